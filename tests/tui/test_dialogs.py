"""Help, the command line and questions over a screen: keys, sizes, type-ahead."""
import json

import pytest


def lists(it):
    return [row["name"] for row in json.loads(it.run("list", "list", "--json").stdout)]


def test_help_runs_what_it_lists(start_ui, sample):
    ui = start_ui(sample)
    ui.key("?")
    assert ui.shows("What can I do here?") and ui.shows("the command line")
    ui.type("command li")
    assert not ui.shows("mouse on or off")
    x, y = ui.find(">:")
    assert ui.terminal.cursor == (x + 1, y), "the cursor is not at the row"
    ui.key("enter")
    assert ui.shows("Command") and not ui.shows("What can I do here?")


def test_help_explains_and_goes_back_by_steps(start_ui, sample):
    ui = start_ui(sample)
    ui.key("?").type("mouse").key("f1")
    assert ui.shows("global = { mouse") and ui.shows("Key: M")
    ui.key("esc")
    assert ui.shows("1 of ")
    ui.key("esc")
    assert not ui.shows("1 of ") and ui.shows("What can I do here?")
    ui.key("esc")
    assert not ui.shows("What can I do here?")


def test_manual_scrolls_and_searches(start_ui, sample):
    ui = start_ui(sample)
    ui.key("f1")
    assert ui.row(1).strip() == "Manual" and ui.shows("KEYS: ")
    ui.key("/").type("maybe sent").key("enter")
    assert ui.shows("maybe sent")
    ui.key("esc", "esc")
    assert ui.row(1).strip() != "Manual"


def test_command_completes_and_runs(start_ui, sample):
    ui = start_ui(sample)
    ui.key(":").type("list sh").key("tab")
    assert ui.shows(":list show ")
    ui.type("pr").key("tab").key("enter")
    assert ui.shows("crier list show press") and ui.shows("Press")
    ui.key("esc")
    assert "[1Home]" in ui.row(1)
    # What was run before comes back.
    ui.key(":", "ctrl-p")
    assert ui.shows(":list show press")
    ui.key("esc")


def test_command_tells_what_it_does_not_know(start_ui, sample):
    ui = start_ui(sample)
    ui.key(":").type("abuot").key("enter")
    assert "Did you mean about?" in ui.row(-2)
    ui.key(":").type("campaign edit").key("enter")
    assert "Name only the campaign" in ui.row(-2)
    ui.key(":").type("campaign report nosuch").key("enter")
    assert ui.shows("nosuch")


def test_command_shows_a_failure(start_ui, sample):
    ui = start_ui(sample)
    ui.key(":").type("list delete nosuch").key("enter")
    assert ui.shows("nosuch") and "press" in lists(sample)
    ui.key("esc")


def keys(it):
    return [row["selector"] for row in json.loads(it.run("dkim", "show", "--json").stdout)]


def test_what_is_typed_ahead_does_not_confirm(start_ui, sample):
    sample.run("dkim", "new", "example.org", "--selector", "old")
    ui = start_ui(sample)
    ui.key(":").type("dkim delete example.org\ryyyyyy\r\r")
    assert ui.shows("Do this?"), "the question was answered before it was seen"
    assert keys(sample) == ["old"]
    ui.key("enter")
    assert not ui.shows("Do this?") and keys(sample) == ["old"]
    ui.key(":", "ctrl-p", "enter", "n")
    assert keys(sample) == ["old"]
    ui.key(":", "ctrl-p", "enter", "y")
    assert keys(sample) == []


def test_the_bin_is_emptied_by_a_number(start_ui, sample):
    sample.run("list", "new", "old")
    sample.run("list", "delete", "old")
    ui = start_ui(sample)
    ui.key(":").type("bin empty").key("enter")
    assert ui.shows("Empty the bin?")
    _, y = ui.find("Type  ")
    number = ui.row(y).split("Type  ")[1].split("  for")[0].replace(",", "")
    ui.key("y", "enter")
    assert json.loads(sample.run("bin", "list", "--json").stdout)
    ui.type(number).key("y")
    assert json.loads(sample.run("bin", "list", "--json").stdout) == []
    ui.key(":").type("bin empty").key("enter")
    assert "The bin is empty." in ui.row(-2)


def test_a_number_is_typed_never_pasted(start_ui, sample):
    address = json.loads(sample.run("people", "list", "--json").stdout)[0]["address"]
    ui = start_ui(sample)
    ui.key(":").type(f"people erase {address}").key("enter")
    _, y = ui.find("Type  ")
    number = ui.row(y).split("Type  ")[1].split("  for")[0].replace(",", "")
    ui.paste(number + "\ny")
    assert "not pasted" in ui.row(-2)
    ui.key("y")
    assert "not the number" in ui.row(-2)
    ui.type(number).key("enter")
    assert "Enter does not confirm" in ui.row(-2) and ui.shows("Do this?")
    ui.key("y")
    assert not ui.shows("Do this?")
    left = json.loads(sample.run("people", "list", "--json").stdout)
    assert address not in [row["address"] for row in left]


def test_cancel_goes_the_way_of_the_screens(start_ui, sample):
    ui = start_ui(sample)
    ui.key(":").type("cancel press").key("enter")
    assert ui.shows("Stop for good?") and ui.shows("Type  ")
    ui.key("esc")
    states = json.loads(sample.run("campaign", "list", "--json").stdout)
    assert {row["name"]: row["state"] for row in states}["press"] == "sending"


def test_a_test_send_named_alone_is_asked_for_on_the_screen(start_ui, sample):
    ui = start_ui(sample)
    ui.key(":").type("campaign test nosuch").key("enter")
    assert "nosuch" in ui.row(-2)
    ui.key(":").type("campaign test volunteers").key("enter")
    assert ui.shows("Test send")
    ui.key("esc")
    ui.key(":").type("campaign test volunteers --to me@example.org").key("enter")
    assert ui.shows("Do this?") and ui.shows("me@example.org") and ui.shows(">[ Cancel ]")
    ui.key("enter")
    assert not ui.shows("Do this?")


def test_start_and_edit_go_to_the_screens(start_ui, sample):
    ui = start_ui(sample)
    ui.key(":").type("campaign start volunteers --yes 5").key("enter")
    assert "Name only the campaign" in ui.row(-2)
    ui.key(":").type("start nosuch").key("enter")
    assert "nosuch" in ui.row(-2)
    ui.key(":").type("start volunteers").key("enter")
    assert "Send" in ui.row(0)
    ui.key("esc", ":").type("campaign edit camp").key("enter")
    assert "Edit" in ui.row(0)
    states = json.loads(sample.run("campaign", "list", "--json").stdout)
    assert {row["name"]: row["state"] for row in states}["volunteers"] == "draft"


@pytest.mark.parametrize("columns, rows", [(40, 12), (59, 15), (80, 24), (200, 60)])
def test_sizes(start_ui, sample, columns, rows):
    ui = start_ui(sample, columns=columns, rows=rows)
    for key, words in (("?", "What can I do here?"), (":", "Command"), ("f1", "Manual")):
        ui.key(key)
        assert ui.shows(words)
        ui.resize(100, 30).resize(columns, rows)
        assert ui.shows(words)
        ui.key("esc")
    ui.key(":").type("worker stop").key("enter")
    assert ui.shows("y  Do it")
    ui.key("n")


def test_accessible(start_ui, sample):
    ui = start_ui(sample, "--accessible")
    ui.key("?")
    assert ui.shows("What can I do here?") and "│" not in ui.text() and "+--" not in ui.text()
    ui.key("down")
    x, y = ui.terminal.cursor
    assert ui.row(y)[x - 1] == ">"
    ui.key("esc", ":")
    assert "│" not in ui.text()


def settings(it):
    return {row["key"]: row["value"] for row in
            json.loads(it.run("settings", "list", "--json").stdout)}


def test_settings_are_edited(start_ui, sample):
    ui = start_ui(sample)
    ui.key(":").type("settings").key("enter", "ctrl-u").type("Lake Choir").key("ctrl-s")
    assert "stored" in ui.row(-2)
    assert settings(sample)["organisation"] == "Lake Choir"
    ui.key(":").type("settings").key("enter", "tab", "tab", "ctrl-u").type("banana").key("ctrl-s")
    assert ui.shows("! ")
    ui.key("esc")
    assert ui.shows(">[ Keep editing ]")
    ui.key("esc")
    assert ui.shows("banana")
    ui.key("esc", "d")
    assert not ui.shows("banana")


def test_settings_changed_elsewhere_are_not_overwritten_silently(start_ui, sample):
    ui = start_ui(sample)
    ui.key(":").type("settings").key("enter", "ctrl-u").type("Ours")
    sample.run("settings", "set", "--organisation", "Theirs")
    ui.key("ctrl-s")
    assert ui.shows("Changed meanwhile") and ui.shows('"Theirs" there, "Ours" here')
    ui.key("esc", "ctrl-s").key("t")
    assert ui.shows("Theirs") and settings(sample)["organisation"] == "Theirs"
    ui.key("ctrl-u").type("Ours")
    sample.run("settings", "set", "--organisation", "Theirs again")
    ui.key("ctrl-s", "o")
    assert settings(sample)["organisation"] == "Ours"


def test_what_runs_can_be_stopped(start_ui, sample):
    ui = start_ui(sample)
    ui.key(":").type("demo --people 20000").send(b"\r")
    ui.wait_text("Esc stops it.")
    before = ui.terminal.marks
    ui.send(b"\x1b")
    ui.wait_frame(before)
    assert ui.shows("was stopped"), ui.picture()
    ui.key("esc")
    assert not ui.shows("Esc stops it.")


def test_quit_from_the_command_line(start_ui, sample):
    ui = start_ui(sample)
    ui.key(":").send(b"q\r")
    assert ui.wait_exit() == 0
    ui.check_given_back()
