"""Screen 3 by keys, its effect checked by verbs: lists, people, never mail, imports."""
import json

import pytest


def people(it, *args):
    return json.loads(it.run("people", "list", *args, "--json").stdout)


def addresses(it, *args):
    return {row["address"] for row in people(it, *args)}


def person(it, address):
    return json.loads(it.run("people", "show", address, "--json").stdout)


def lists(it):
    return {row["name"] for row in json.loads(it.run("list", "list", "--json").stdout)}


def never(it):
    return {row["address"]: row for row in
            json.loads(it.run("suppress", "list", "--json").stdout)}


def number_asked(ui):
    """The number that a level 3 question wants typed."""
    line = next(row for row in ui.terminal.rows() if "Type " in row and " for " in row)
    return "".join(c for c in line[line.index("Type "):line.index(" for ")] if c.isdigit())


@pytest.fixture
def ui(start_ui, sample):
    it = start_ui(sample)
    it.key("3")
    return it


# ---- lists ----


def test_a_list_is_made_named_and_deleted(ui, sample):
    ui.key("n").type("Friends & helpers").key("ctrl-s")
    assert "friends-helpers" in lists(sample)
    assert ui.find(">Friends & help")
    ui.key("e", "ctrl-u").type("Friends").key("ctrl-s")
    assert ui.find(">Friends ") and "u takes that back" in ui.said()
    ui.key("u")
    assert ui.find(">Friends & help")
    ui.key("d")
    assert "friends-helpers" not in lists(sample)
    ui.key("u")
    assert "friends-helpers" in lists(sample)


def test_a_list_of_a_taken_name_is_refused(ui, sample):
    before = lists(sample)
    ui.key("n").type("Members").key("ctrl-s")
    assert "already" in ui.said() and ui.shows("New list")
    ui.key("esc")
    assert lists(sample) == before


def test_a_list_in_use_stays(ui, sample):
    ui.key("d")
    assert "members" in lists(sample)
    assert "members" in ui.said().lower()


def test_everybody_is_no_list(ui, sample):
    ui.key("end")
    assert ui.shows("Everybody: 364 people")
    ui.key("x")
    assert "Choose a list" in ui.said()
    ui.key("e")
    assert "not a list" in ui.said()


def test_a_list_is_written_to_a_file(ui, sample):
    ui.key("down", "x", "ctrl-u").type(str(sample.home / "out.csv")).key("enter")
    ui.wait_text("24 people")
    text = (sample.home / "out.csv").read_bytes()
    assert text.startswith(b"address,") and text.count(b"\r\n") == 25


def test_a_file_that_is_there_is_asked_for(ui, sample):
    path = sample.home / "out.csv"
    path.write_text("mine")
    ui.key("down", "x", "ctrl-u").type(str(path)).key("enter")
    assert ui.shows("is there already") and ui.shows("[ Overwrite ]"), ui.picture()
    ui.key("enter")
    assert not ui.shows("Overwrite") and path.read_text() == "mine"
    ui.key("x", "ctrl-u").type(str(path)).key("enter", "o")
    ui.wait_text("24 people")
    assert path.read_bytes().startswith(b"address,")


# ---- members ----


def test_words_and_fields_narrow_the_members(ui, sample):
    here = [row for row in people(sample, "--list", "members")
            if row["fields"]["city"] == "Bern"]
    ui.key("tab", "/").type("city:bern").key("enter")
    assert f"{len(here)} of 300" in ui.row(0) + ui.row(-2)
    ui.key("esc", "/").type("0123").key("enter")
    assert ui.find("> member0123@")
    ui.key("esc", "/").type("state:bounced").key("enter")
    assert ui.find("> member0011@")
    ui.key("esc")
    assert ui.find("> member0011@"), "the cursor kept to its row"


def test_members_are_paged_to_the_end_and_back(ui):
    ui.key("tab", "end")
    assert ui.find("> member0300@")
    ui.key("pageup", "home")
    assert ui.find("> member0001@")
    # In the order in which they came, the newest first.
    ui.key("s").type("added").key("enter", "I", "home")
    assert ui.find("> member0300@")


def test_who_is_taken_off_comes_back(ui, sample):
    ui.key("tab", "space", "space", "d")
    assert ui.shows("2 people: off the list Members")
    ui.key("right", "enter")
    assert len(people(sample, "--list", "members")) == 298
    assert len(people(sample)) == 364
    ui.key("u")
    assert len(people(sample, "--list", "members")) == 300
    shown = person(sample, "member0001@example.net")["memberships"][0]
    assert shown["consent"] == "web form 2026"


def test_who_is_deleted_comes_back(ui, sample):
    ui.key("tab", "d", "right", "right", "enter")
    assert "member0001@example.net" not in addresses(sample)
    assert "in the bin" in ui.said()
    ui.key("u")
    assert "member0001@example.net" in addresses(sample, "--list", "members")


def test_keep_is_what_enter_presses(ui, sample):
    ui.key("tab", "d", "enter")
    assert len(people(sample, "--list", "members")) == 300


def test_consent_goes_along_to_another_list(ui, sample):
    ui.key("tab", "m").type("press").key("enter")
    assert ui.shows("On both lists")
    ui.key("right", "right", "enter")
    there = person(sample, "member0001@example.net")["memberships"]
    assert [(m["list"], m["consent"]) for m in there] == [("press", "web form 2026")]


# ---- one person ----


def test_a_person_is_added_with_what_they_agreed_to(ui, sample):
    ui.key("a").type("Nobody Here").key("tab", "ctrl-s")
    assert ui.shows("! ") and len(people(sample)) == 364
    ui.key("esc")
    assert ui.shows("Not saved")
    ui.key("D")
    ui.key("a").type("new.person@example.org").key("tab").type("Nora").key("ctrl-s")
    assert ui.shows("How is it known that they agreed"), "consent is asked for"
    ui.type("form on paper").key("ctrl-s")
    shown = person(sample, "new.person@example.org")
    assert shown["fields"] == {"first_name": "Nora"}
    assert [(m["list"], m["consent"]) for m in shown["memberships"]] == [
        ("members", "form on paper")]


def test_a_known_address_is_not_added_again(ui, sample):
    ui.key("a").type("Member0001@Example.net").key("tab")
    assert ui.shows("known already")


def test_a_person_is_changed_and_changed_back(ui, sample):
    ui.key("tab", "e", "tab", "ctrl-u").type("Benedikt").key("tab", "ctrl-u", "ctrl-s")
    assert person(sample, "member0001@example.net")["fields"] == {"first_name": "Benedikt"}
    ui.key("u")
    assert person(sample, "member0001@example.net")["fields"] == {
        "first_name": "Ben", "city": "Kraków"}


def test_a_field_is_added(ui, sample):
    ui.key("tab", "e", "tab", "tab", "tab", "enter").type("bad name").key("enter")
    assert ui.shows("Another field")
    ui.key("ctrl-u").type("member_no").key("enter").type("4711").key("ctrl-s")
    assert person(sample, "member0001@example.net")["fields"]["member_no"] == "4711"


def test_two_edits_of_one_person(ui, sample):
    ui.key("tab", "e", "tab", "ctrl-u").type("Mine")
    sample.run("people", "set", "member0001@example.net", "--set", "first_name=Theirs")
    ui.key("ctrl-s")
    assert ui.shows("Changed meanwhile") and ui.shows("anna")
    ui.key("S")
    assert ui.shows("theirs: Theirs") and ui.shows("mine:   Mine")
    ui.key("esc", "ctrl-s", "R")
    assert ui.shows("Theirs") and not ui.shows("Mine")
    ui.key("tab", "ctrl-u").type("Third")
    sample.run("people", "set", "member0001@example.net", "--set", "first_name=Fourth")
    ui.key("ctrl-s", "O")
    assert person(sample, "member0001@example.net")["fields"]["first_name"] == "Third"


def test_the_card_tells_every_mail(ui, sample):
    ui.key("tab", "enter")
    assert ui.shows("Ben <member0001@example.net>") and ui.shows("agreed to: web form 2026")
    ui.key("G")
    assert ui.shows("250 2.0.0 Ok") and ui.shows("members.csv")
    ui.key("x", "ctrl-u").type(str(sample.home / "one.json")).key("enter")
    held = json.loads((sample.home / "one.json").read_text())
    assert held["address"] == "member0001@example.net" and held["mail"]


def test_lists_of_a_person_by_marks(ui, sample):
    ui.key("tab", "enter", "m")
    assert ui.shows("On which lists?")
    ui.key("space").type("press").key("space", "enter")
    assert {m["list"] for m in person(sample, "member0001@example.net")["memberships"]} == {
        "press"}


def test_erasing_wants_a_number(ui, sample):
    ui.key("tab", "X")
    assert ui.shows("Erase for good?")
    ui.key("y", "enter")
    assert "member0001@example.net" in addresses(sample)
    ui.type(number_asked(ui)).key("y")
    assert "member0001@example.net" not in addresses(sample)
    assert "Erased" in ui.said()


def test_the_command_line_opens_card_and_import(ui, sample):
    ui.key("1", ":").type("people show member0002@mail.example.com").key("enter")
    assert ui.shows("People > member0002@mail.example.com")
    ui.key(":").type("people import").key("enter")
    assert ui.shows("People > Import")
    path = write(sample, "few.csv", "email\nfew@example.org\n")
    ui.key("esc", ":").type(f"people import {path} --list press").key("enter")
    assert "few@example.org" in addresses(sample, "--list", "press")
    ui.key("esc", ":").type("people show nobody@example.org").key("enter")
    assert "nobody of this address" in ui.said()


# ---- never mail ----


def test_never_mail_and_allowed_again(ui, sample):
    ui.key("tab", "v")
    ui.key("tab", "tab").type("by phone").key("ctrl-s")
    entry = never(sample)["member0001@example.net"]
    assert (entry["reason"], entry["evidence"]) == ("unsubscribed", "by phone")
    assert ui.find("unsubscribed")
    ui.key("]")
    assert ui.find("> member0001@")
    ui.key("d")
    assert ui.shows("Allow mail again?")
    ui.key("d", "y", "enter")
    assert "member0001@example.net" in never(sample)
    ui.type(number_asked(ui)).key("y")
    assert "member0001@example.net" not in never(sample)
    ui.key("u")
    assert "member0001@example.net" in never(sample)


def test_an_address_nobody_knows_is_never_mailed(ui, sample):
    ui.key("]", "a").type("not an address").key("tab")
    assert ui.shows("! ")
    ui.key("backtab", "ctrl-u").type("stranger@example.org").key("ctrl-s")
    assert "stranger@example.org" in never(sample)
    ui.key("enter")
    assert ui.shows("Nobody of this address is known any more")


def test_files_of_never_mail(ui, sample):
    ui.key("]", "x", "ctrl-u").type(str(sample.home / "never.csv")).key("enter")
    assert "gone@example.org" in (sample.home / "never.csv").read_text()


def test_an_export_needs_a_name(ui):
    ui.key("x", "ctrl-u", "enter")
    assert ui.shows("no name is typed"), ui.picture()
    ui.key("esc")


# ---- import ----


def write(it, name, text):
    path = it.home / name
    path.write_text(text, encoding="utf-8")
    return path


ROWS = ("E-Mail;Vorname;Kd-Nr\nnew1@example.org;Nora;1\nnew2@example.org;Nils;2\n"
        "member0001@example.net;Ben;3\nnonsense;X;4\nnew1@example.org;Nora;1\n"
        "gone@example.org;Gone;5\n")


def to_columns(ui, path):
    return ui.key("i").type(str(path)).key("ctrl-s")


def test_import_in_four_steps_and_back(ui, sample):
    before = addresses(sample)
    to_columns(ui, write(sample, "people.csv", ROWS))
    assert ui.shows("[2 Columns]") and ui.shows("utf-8, separated by ;")
    # The first name has a name of its own, the number is left out.
    ui.key("down", "enter").type("first_name").key("enter")
    ui.key("down", "enter").type("nowhere").key("enter")
    assert ui.shows("field first_name") and ui.shows("(left out)")
    ui.key("ctrl-s")
    assert ui.shows("[3 Check]")
    ui.wait_text("cannot be used")
    for words in ("6  lines", "2  new", "1  never mail", "1  cannot be used",
                  "1  twice in the file"):
        assert ui.shows(words), f"{words}\n{ui.picture()}"
    ui.key("ctrl-s")
    assert "How is it known" in ui.said() and addresses(sample) == before
    ui.type("form on paper").key("ctrl-s")
    ui.wait_text("They are in")
    assert addresses(sample) - before == {"new1@example.org", "new2@example.org",
                                          "gone@example.org"}
    shown = person(sample, "new1@example.org")
    assert shown["fields"] == {"first_name": "Nora"}
    assert shown["memberships"][0]["consent"] == "form on paper"
    ui.key("u")
    ui.wait_text("Take this import back?")
    ui.key("u")
    assert ui.shows("Take this import back?") and addresses(sample) != before
    ui.key("y")
    ui.wait_text("removed")
    assert addresses(sample) == before
    ui.key("esc", "enter")
    assert ui.shows("[Lists]")


def test_bad_lines_are_shown_and_saved(ui, sample):
    to_columns(ui, write(sample, "people.csv", ROWS)).key("ctrl-s")
    ui.wait_text("cannot be used")
    ui.key("tab", "tab", "enter")
    assert ui.shows("nonsense") and ui.shows("it has no @")
    ui.key("esc", "w", "ctrl-u").type(str(sample.home / "bad.csv")).key("enter")
    assert "nonsense" in (sample.home / "bad.csv").read_text()


def test_esc_goes_a_step_back_and_nothing_is_stored(ui, sample):
    before = addresses(sample)
    to_columns(ui, write(sample, "people.csv", ROWS)).key("ctrl-s")
    ui.wait_text("cannot be used")
    ui.key("esc")
    assert ui.shows("[2 Columns]")
    ui.key("esc")
    assert ui.shows("[1 File]")
    ui.key("esc")
    assert ui.shows("[Lists]") and addresses(sample) == before


@pytest.mark.parametrize("text, why", [
    ("", "empty"),
    ("name,city\nAnna,Bern\n", "address"),
    ('email,name\n"open@example.org,Anna\n', "quote"),
])
def test_files_that_cannot_be_read(ui, sample, text, why):
    before = addresses(sample)
    to_columns(ui, write(sample, "bad.csv", text)).key("ctrl-s").key("ctrl-s")
    assert why in ui.text().lower(), ui.picture()
    assert not ui.shows("[4 Import]") and addresses(sample) == before


def test_addresses_are_found_without_a_heading_for_them(ui, sample):
    to_columns(ui, write(sample, "odd.csv", "who,what\nodd@example.org,x\n"))
    assert ui.row(6).split()[:2] == [">who", "address"]
    ui.key("ctrl-s")
    ui.wait_text("1  new")
    # Another column can be the address instead, and then there is none.
    ui.key("esc", "down", "enter").type("the address").key("enter")
    assert ui.row(6).split()[1] != "address" and ui.row(7).split()[1] == "address"
    ui.key("ctrl-s")
    ui.wait_text("1  cannot be used")


def test_an_import_is_taken_back_from_its_page(ui, sample):
    ui.key("]", "]")
    assert ui.find(">today") and ui.shows("press.csv")
    ui.key("enter")
    assert ui.shows("U takes it back")
    ui.key("esc", "U")
    ui.wait_text("Take this import back?")
    ui.key("n")
    assert len(people(sample, "--list", "press")) == 24
    ui.key("U")
    ui.wait_text("Take this import back?")
    ui.key("y")
    ui.wait_text("kept_mailed")
    ui.key("esc")
    assert ui.shows("taken back")


# ---- states ----


def test_nothing_there_yet_says_what_to_do(start_ui, empty):
    empty.run("init")
    ui = start_ui(empty)
    ui.key("3")
    assert ui.shows("No people yet.") and ui.shows("read people from a file")
    ui.key("]")
    assert ui.shows("Nobody yet.")
    ui.key("]")
    assert ui.shows("No file was imported yet.")


def test_others_changes_are_seen(ui, sample):
    sample.run("people", "add", "member0001a@example.org", "--list", "members")
    ui.tick()
    ui.wait_text("Members: 301 people")
    assert ui.find("member0001a@")


def test_one_pane_in_narrow_terminals(start_ui, sample):
    ui = start_ui(sample, columns=40, rows=12)
    ui.key("3")
    assert not ui.shows("ADDRESS")
    ui.key("tab")
    assert ui.shows("ADDRESS") and not ui.shows("LIST ")


def test_read_aloud(start_ui, sample):
    ui = start_ui(sample, "--accessible")
    ui.key("3")
    assert ui.shows("Members, 300 people")
    ui.key("tab")
    assert ui.shows("member0001@example.net, Ben, ok")


def test_narrow_and_spoken_the_counts_are_a_sentence(start_ui, sample):
    path = write(sample, "people.csv", ROWS)
    for options in ({"columns": 40, "rows": 12}, {}):
        ui = start_ui(sample, *(() if options else ("--accessible",)), **options)
        ui.key("3")
        to_columns(ui, path).key("ctrl-s")
        ui.wait_text("6 lines: 2 new")
        ui.key("esc", "esc", "esc", "1").quit()
