"""What stands between a key and other people's mailboxes: the check list and its number, the
countdown, pause. Each test asks the ledger afterwards, not the screen alone."""
import re

import pytest

import samples
from screens import by_name, go

SEND = by_name("campaign-send")
PEOPLE = "60"


def state(it, campaign="volunteers"):
    return it.campaign(campaign)["state"]


@pytest.mark.parametrize("keys", [
    ("enter",), ("y",), ("enter", "enter", "y"), ("s",), ("S", "S", "S"), ("space", "y"),
    (*"6", "enter", "y"), (*"600", "enter", "y"), (*"06", "y"), (*"61", "enter", "y"),
    (*PEOPLE, "enter", "enter", "enter"), (*PEOPLE, "enter", "esc"), (*PEOPLE, "S", "esc", "y"),
    ("tab", "enter"), ("tab", "tab", "enter"), ("backtab", "backtab", "enter", "enter"),
], ids=" ".join)
def test_nothing_but_its_number_and_y_starts_it(start_ui, sample, keys):
    ui = go(start_ui(sample), SEND)
    ui.key(*keys)
    assert state(sample) == "draft", ui.picture()


def test_a_pasted_number_does_not(start_ui, sample):
    ui = go(start_ui(sample), SEND)
    ui.paste(PEOPLE).paste(PEOPLE + "\ny\n")
    ui.key("enter", "y")
    assert state(sample) == "draft"


def test_what_was_typed_ahead_does_not(start_ui, sample):
    """Before the list has been seen, and on the way to it."""
    ui = start_ui(sample)
    ui.key("2", "down", "down")
    before = ui.terminal.marks
    ui.send(f"S{PEOPLE}\ryy".encode())
    ui.wait_frame(before)
    ui.wait_text("Type  60")
    ui.key("y", "enter")
    assert state(sample) == "draft", ui.picture()


def test_nothing_starts_while_a_check_fails(start_ui, sample):
    """Nobody could leave: parish does not say how."""
    sample.run("campaign", "unschedule", "parish")
    ui = start_ui(sample)
    ui.key("2", "/").type("parish").key("enter", "S")
    assert ui.shows("[FAIL]"), ui.picture()
    ui.type("24").key("enter", "y", "y", "esc")
    assert state(sample, "parish") == "draft"


def test_somebody_joined_after_the_check(start_ui, sample):
    """What was checked is what is sent, or nothing is."""
    ui = go(start_ui(sample), SEND)
    sample.run("people", "add", "late@example.org", "--list", "volunteers")
    ui.type(PEOPLE).key("enter", "y")
    assert state(sample) == "draft", ui.picture()
    assert not ui.shows("begins in"), ui.picture()


def test_it_starts_and_the_countdown_is_taken_back(start_ui, sample, play_worker):
    play_worker(sample.workspace)
    ui = go(start_ui(sample), SEND)
    ui.type(PEOPLE).key("enter", "y")
    assert state(sample) == "scheduled", ui.picture()
    assert ui.shows("It begins in"), ui.picture()
    ui.key("u")
    assert state(sample) == "draft", ui.picture()


def test_u_takes_back_to_the_end_of_the_countdown(start_ui, sample, play_worker):
    """Also when another sentence has taken the place of the one that offered it."""
    play_worker(sample.workspace)
    ui = go(start_ui(sample), SEND)
    ui.type(PEOPLE).key("enter", "y", "y", "ctrl-c")
    assert ui.shows("It begins in"), ui.picture()
    ui.key("u")
    assert state(sample) == "draft", ui.picture()


def test_a_time_is_read_aloud_or_refused_where_it_is_typed(start_ui, sample):
    ui = go(start_ui(sample), SEND)
    ui.key("backtab", "right", "down")
    assert ui.shows("for example: tomorrow"), ui.picture()
    ui.type("tomorrow 25:00").key("tab")
    assert ui.shows("! ") and ui.shows("25:00' is no time"), ui.picture()
    ui.key("backtab", "ctrl-a", "ctrl-k").type("tomorrow 08:30").key("tab")
    assert ui.shows("= 2027-03-11 08:30"), ui.picture()
    assert state(sample) == "draft"


def test_the_check_list_leads_to_the_editor(start_ui, sample):
    """What has to be put right is one key away."""
    ui = go(start_ui(sample), SEND)
    ui.key("tab", "tab", "e")
    assert ui.shows("> Edit"), ui.picture()
    ui.key("esc")
    assert ui.shows("BEFORE IT GOES OUT"), ui.picture()


def test_paused_it_is_edited_and_seen_from_live(start_ui, sample):
    ui = start_ui(sample)
    ui.key("enter")
    assert ui.shows("> Live") and ui.shows("paused"), ui.picture()
    ui.key("e")
    assert ui.shows("> Edit"), ui.picture()
    ui.key("esc", "p")
    assert ui.shows("> Preview"), ui.picture()
    ui.key("esc")
    assert ui.shows("> Live"), ui.picture()


def test_one_key_says_why_it_is_not_out(start_ui, sample):
    ui = start_ui(sample)
    ui.key("enter", "W").wait_text("it is paused: nothing more goes out")
    ui.key("esc")
    assert ui.shows("> Live"), ui.picture()


def test_late_joiners_want_a_number(start_ui, sample):
    sample.run("people", "add", "late@example.org", "--list", "members", "--set", "city=Here")
    before = sample.campaign("spring")["queued"]
    ui = start_ui(sample)
    ui.key("enter", "J").wait_text("1 person came onto the lists of spring since it began")
    ui.key("enter", "y", "esc")
    assert sample.campaign("spring")["queued"] == before, ui.picture()
    ui.key("J").wait_text("Type")
    number = re.search(r"Type +([\d,]+)", ui.text()).group(1)
    ui.type(number).key("enter", "y").wait_text("1 person more gets it")
    assert sample.campaign("spring")["queued"] == before + 1
    ui.key("J").wait_text("nobody who could get it came onto its lists")


def test_pause_is_at_once_and_resume_asks(start_ui, sample, play_worker):
    play_worker(sample.workspace)
    ui = start_ui(sample)
    ui.key("down", "P")
    assert state(sample, "renewal") == "paused"
    for keys in (("P", "enter"), ("P", "P"), ("P", "esc"), ("P", "n"), ("P", "space")):
        ui.key(*keys)
        if ui.shows("Resume") or ui.shows("y/N"):
            ui.key("esc")
        assert state(sample, "renewal") == "paused", f"{keys}\n{ui.picture()}"
    ui.key("P", "y")
    assert state(sample, "renewal") == "sending", ui.picture()


def test_pause_all_is_one_key(start_ui, sample, play_worker):
    play_worker(sample.workspace)
    ui = start_ui(sample)
    ui.key("A")
    assert {row["state"] for row in sample.status()["campaigns"]} & {"sending"} == set()
    assert "sending" not in ui.row(0), ui.picture()


def test_stopping_for_good_wants_a_number(start_ui, sample, play_worker):
    play_worker(sample.workspace)
    ui = start_ui(sample)
    ui.key("down", "enter", "X", "enter", "y", "X", "esc", "esc")
    assert state(sample, "renewal") == "sending", ui.picture()


def test_a_pause_while_another_program_writes(start_ui, sample):
    """It cannot be done now: a sentence says so, and nothing is half done."""
    from test_database import locked
    ui = start_ui(sample)
    with locked(sample.workspace, "IMMEDIATE"):
        ui.key("down", "P")
        said = ui.row(-2)
    assert state(sample, "renewal") in ("sending", "paused")
    assert state(sample, "renewal") == "paused" or said, ui.picture()
    ui.key("P")
    assert samples.NOW[11:16] in ui.row(0)
