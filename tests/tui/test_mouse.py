"""The mouse, once M has asked for it: rows are chosen and opened by clicks, the wheel scrolls,
and nothing that sends is ever pressed by it."""
import pytest

import samples


def click(ui, words):
    """A press and its release on these words, as xterm tells them."""
    x, y = ui.find(words)
    at = f"\x1b[<0;{x + 1};{y + 1}"
    return ui.type_raw(f"{at}M{at}m".encode(), f"the frame after a click on {words!r}")


def wheel(ui, is_down, x=10, y=5):
    button = 65 if is_down else 64
    return ui.type_raw(f"\x1b[<{button};{x + 1};{y + 1}M".encode(), "the frame after the wheel")


@pytest.fixture
def ui(start_ui, sample):
    it = start_ui(sample)
    it.key("M")
    assert it.shows("The mouse scrolls and selects rows."), it.picture()
    return it


def cursor_row(ui):
    return ui.row(ui.terminal.cursor[1])


def test_a_click_chooses_and_the_next_opens(ui):
    ui.key("2")
    click(ui, "Volunteers March")
    assert "Volunteers March" in cursor_row(ui), ui.picture()
    assert ui.shows("crier Campaigns")
    click(ui, "> Volunteers March")
    assert ui.shows("> Edit"), ui.picture()


def test_home_too(ui):
    click(ui, "Members renewal")
    assert "Members renewal" in cursor_row(ui), ui.picture()
    click(ui, ">Members renewal")
    assert ui.shows("> Live"), ui.picture()


def test_the_tabs(ui):
    click(ui, "4Servers")
    assert ui.shows("crier Servers"), ui.picture()
    click(ui, "1Home")
    assert ui.shows("crier Home"), ui.picture()


def test_the_wheel_scrolls(ui):
    ui.key("2")
    before = cursor_row(ui)
    wheel(ui, True)
    assert cursor_row(ui) != before, ui.picture()
    wheel(ui, False)
    assert cursor_row(ui) == before, ui.picture()


def test_a_field_is_clicked_into(ui):
    ui.key("2", "n")
    click(ui, "Subject *")
    ui.type("Hello")
    assert "Hello" in ui.row(ui.find("Subject *")[1]), ui.picture()


def test_it_confirms_nothing(ui, sample):
    """Level 2 and 3 want their keys."""
    ui.key("2", "/").type("volunteers").key("enter", "S")
    ui.type("60")
    for words in ("y  Send", "Type"):
        click(ui, words)
    assert sample.campaign("volunteers")["state"] == "draft", ui.picture()


def test_who_has_it_is_opened_by_clicks(ui):
    ui.key("2", "/").type("renewal").key("enter", "enter", "enter")
    assert ui.shows("> People"), ui.picture()
    words = cursor_row(ui)[:12]
    click(ui, words)
    assert ui.shows("version 1 of the content"), ui.picture()


def test_rows_are_copied(start_ui, sample):
    ui = start_ui(sample)
    ui.key("2", "/").type("volunteers").key("enter", "y")
    text = (sample.workspace / "copied.txt").read_text()
    assert text.startswith("Volunteers March\tdraft\t"), text
    assert samples.NOW[11:16] in ui.row(0)
