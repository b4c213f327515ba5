"""The screens in German, whose words are longer: tabs, headings and keys still fit."""
import re

import pytest

from screens import SCREENS, by_name

HEADING = re.compile(r"^[ >]*(?:[A-ZÄÖÜ][A-ZÄÖÜ.]+(?: [v^])?\s*){3,}$")


def shown(start_ui, sample, german, screen):
    ui = start_ui(sample, env=german)
    ui.key(*screen.keys)
    return ui, ui.terminal.rows()


@pytest.mark.parametrize("name", ["home", "campaigns", "people", "servers", "log"])
def test_tabs_and_keys_fit(start_ui, sample, german, name):
    ui, rows = shown(start_ui, sample, german, by_name(name))
    assert rows[1].startswith((" 1Start", "[1Start", " [1Start")), ui.picture()
    assert rows[1].rstrip().endswith("?"), ui.picture()
    keys = [part for part in re.split(" {2,}", rows[-1].strip()) if part]
    assert len(keys) >= 3 and keys[-1] == "? Tasten", ui.picture()


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_headings_are_not_cut(start_ui, sample, german, screen):
    """What a column is called stands there in full; its German word was chosen to fit."""
    ui, rows = shown(start_ui, sample, german, screen)
    for row in rows[2:-2]:
        if HEADING.match(row.replace("…", "").replace("│", " ")):
            assert "…" not in row, ui.picture()


def test_states_of_reported_campaigns_are_not_cut(start_ui, sample, german):
    """A state is never guessed from its beginning."""
    assert {"cancelled", "sending"} <= {row["state"] for row in sample.status()["campaigns"]}
    ui, rows = shown(start_ui, sample, german, by_name("reports"))
    text = "\n".join(rows)
    assert "abgebrochen" in text and "im Versand" in text, ui.picture()


def test_the_pages_of_a_preview_are_german(start_ui, sample, german):
    """One of them has a word of its own, the others have the common ones."""
    ui, rows = shown(start_ui, sample, german, by_name("campaign-preview"))
    text = "\n".join(rows)
    assert "Kopfzeilen" in text and "Quelltext" in text, ui.picture()


@pytest.mark.parametrize("keys", [("?",), ("f1",), (":",)], ids=str)
def test_the_help_is_german(start_ui, sample, german, keys):
    ui = start_ui(sample, env=german)
    ui.key(*keys)
    text = "\n".join(ui.terminal.rows())
    assert re.search(r"\b(Was|Tasten|TASTEN|Befehl|Bildschirm|schließen|zeigt)\b", text)
    assert not re.search(r"\b(What can|keys|the screen|close)\b", text), ui.picture()
