"""Who waits for a receiver's limit is seen on the live screen, wide, narrow and in words."""
import sqlite3

import pytest

SAID = "Gmail: 3,812 waiting: 10 a second"
SLOWED = "Shy Mail: 12 waiting: it asked for less: 2 a second at present"


@pytest.fixture
def limited(sample):
    with sqlite3.connect(sample.workspace / "crier.db") as db:
        campaign, = db.execute("SELECT id FROM campaign WHERE name = 'spring'").fetchone()
        for n, (name, label, cause, rate, base, waiting) in enumerate((
                ("gmail", "Gmail", 1, 10, 0, 3812), ("shy", "Shy Mail", 3, 2, 4, 12)), 1):
            db.execute("INSERT INTO hold (id, receiver, label, cause, since_us, rate, base_rate)"
                       " VALUES (?, ?, ?, ?, 1804689120000000, ?, ?)",
                       (n, name, label, cause, rate, base))
            db.execute("INSERT INTO hold_waiting (campaign_id, hold_id, n) VALUES (?, ?, ?)",
                       (campaign, n, waiting))
    return sample


@pytest.mark.parametrize("columns, rows, words", ((160, 48, (SAID, SLOWED)), (80, 24, (SAID,))))
def test_live(start_ui, limited, columns, rows, words):
    ui = start_ui(limited, columns=columns, rows=rows)
    ui.key("2", "/").type("spring").key("enter", "enter")
    for text in words:
        assert ui.shows(text), ui.picture()


def test_live_in_words(start_ui, limited):
    ui = start_ui(limited, "--accessible", columns=120)
    ui.key("2", "/").type("spring").key("enter", "enter")
    assert ui.shows(SAID) and ui.shows(SLOWED), ui.picture()
