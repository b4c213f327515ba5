"""A receiver that refuses us is seen where one looks: on Home and live, with the reply."""
import sqlite3

import pytest

REPLY = "550 5.7.27 Your email has been blocked because SPF did not pass"


@pytest.fixture
def refused(sample):
    """The sample, and 3,812 people of its campaign spring who wait for Gmail."""
    with sqlite3.connect(sample.workspace / "crier.db") as db:
        campaign, = db.execute("SELECT id FROM campaign WHERE name = 'spring'").fetchone()
        db.execute("INSERT INTO hold (id, receiver, label, cause, reply, since_us, until_us,"
                   " next_us, rate, base_rate, slow_us, connections, n_ours) VALUES (1, 'gmail',"
                   " 'Gmail', 4, ?, 1804689120000000, 1804692720000000, 0, 0, 0, 0, 0, 5)",
                   (REPLY,))
        db.execute("INSERT INTO hold_waiting (campaign_id, hold_id, n) VALUES (?, 1, 3812)",
                   (campaign,))
    return sample


def test_on_home(start_ui, refused):
    ui = start_ui(refused, columns=120)
    assert ui.shows("! Gmail: 3,812 waiting: SPF (550 5.7"), ui.picture()


def test_live(start_ui, refused):
    ui = start_ui(refused, columns=120)
    ui.key("2", "/").type("spring").key("enter", "enter")
    assert ui.shows("Gmail: 3,812 waiting: SPF (550 5.7"), ui.picture()


def test_live_in_words(start_ui, refused):
    ui = start_ui(refused, "--accessible", columns=200)
    ui.key("2", "/").type("spring").key("enter", "enter")
    assert ui.shows(f"Gmail: 3,812 waiting: SPF ({REPLY}). Name the machine"), ui.picture()


def test_home_asks_before_it_goes_on(start_ui, refused):
    ui = start_ui(refused, columns=120)
    for _ in range(20):
        if ui.shows(">! Gmail: 3,812 waiting"):
            break
        ui.key("down")
    ui.key("enter")
    assert ui.shows("Name the machine") and ui.shows("y  Go on"), ui.picture()
    ui.key("n")
    assert refused.json("provider", "show", "gmail")["state"] == "rests"
    ui.key("enter", "y")
    ui.wait_text("Gmail goes on as soon as a worker runs")
    assert refused.json("provider", "show", "gmail")["state"] != "rests"


def test_a_reply_is_read_to_its_end(start_ui, refused):
    """It is longer than the screen is wide."""
    ui = start_ui(refused, columns=60)
    ui.key(":").type("provider show gmail").key("enter")
    ui.wait_text("w fold")
    assert REPLY in " ".join(ui.text().split()), ui.picture()
