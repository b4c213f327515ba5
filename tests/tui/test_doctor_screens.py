"""Screen 7: who was looked at and what was found, a run as it goes on, and the way to what mends it.

What the doctor finds is tests/system's; here it is a refused or a silent port of this machine, or
a run that was kept (diagnosed.py).
"""
import unicodedata

import pytest

import diagnosed
import peers
import samples
from test_wizard import press

SENTENCE = "packets to 198.51.100.7 port 25 are dropped right after 10.0.1.1"


def verdicts(it):
    return diagnosed.kept(it.workspace)


def cells(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def selected(ui):
    return ui.row(ui.terminal.cursor[1])


@pytest.fixture
def ui(start_ui, sample):
    it = start_ui(sample)
    it.key("7")
    assert it.shows("[7Doctor]")
    return it


@pytest.fixture
def dropped(start_ui, sample):
    """The steps of a server whose port is dropped on the way."""
    diagnosed.put(sample.workspace, "server", "backup", samples.NOW_US - 20 * 10**6)
    it = start_ui(sample)
    it.key("7", "enter")
    assert it.shows("Doctor > backup")
    return it


# ---- the list ----


def test_nothing_there_says_what_it_is_for(start_ui, empty):
    empty.run("init")
    ui = start_ui(empty)
    ui.key("7")
    assert ui.shows("> this machine") or ui.shows(">this machine"), ui.picture()
    assert ui.shows("not yet") and ui.shows("Nothing is changed and no mail is")
    ui.key("1")
    ui.quit()


def test_each_stands_with_what_was_found(ui):
    assert selected(ui).startswith(">backup              [FAIL]"), ui.picture()
    assert ui.shows("To act     you, in crier's settings")
    assert ui.shows("To do      Enter the port that the mail server listens at")
    assert ui.shows("Because    the server could not be reached 3 times in a row")
    ui.key("down", "down")
    assert selected(ui).startswith(">bounces             [ok]"), ui.picture()
    ui.key("up")
    assert "not yet" in selected(ui)


def test_filter_and_sort(ui):
    ui.key("/").type("mailbox").key("enter")
    assert ui.shows("3 of 6"), ui.picture()
    ui.key("esc", "s")
    assert ui.shows("RESULT")
    ui.key("esc")


def test_a_record_that_is_gone_is_gone_here(ui, sample):
    sample.run("mailbox", "delete", "bounces")
    ui.tick()
    assert not ui.shows("bounces") and ui.shows("backup")


# ---- the steps ----


def test_the_cause_is_what_one_sees_first(dropped):
    ui = dropped
    assert selected(ui).startswith(">[FAIL]    8  connection"), ui.picture()
    assert ui.shows("1 failed, 2 warnings") and ui.shows(SENTENCE)
    assert ui.shows("To act:  who runs the network in between")
    assert ui.shows("hop 1: 10.0.1.1 answers in 0.4 ms")
    ui.key("down")
    assert ui.shows("on port 587 it has 3 hops") and not ui.shows("To act:  who runs")
    ui.key("home")
    assert selected(ui).startswith(">[ok]      1  settings")
    ui.key("esc")
    assert ui.shows("[7Doctor]") and ui.shows("LOOKED")


def test_looked_at_without_looking_again(dropped, sample):
    assert len(verdicts(sample)) == 3
    assert dropped.shows("smtp.example.org:25, today 14:31, in 6.4 s")


def test_enter_opens_what_mends_it(dropped, sample):
    ui = dropped
    assert ui.shows("Enter:   open the settings of backup, with port 587")
    ui.key("enter")
    assert ui.shows("Servers > backup > Edit") and ui.shows("smtp.example.org:587")
    assert ui.shows("(o) starttls") and ui.shows("not saved")
    assert sample.json("server", "show", "backup")["host"] == "127.0.0.1:1"
    ui.key("ctrl-s")
    assert ui.shows("Saved: backup.")
    assert sample.json("server", "show", "backup")["host"] == "smtp.example.org:587"


def test_what_nobody_can_mend_here_opens_its_log(dropped):
    ui = dropped
    ui.key("end", "enter")
    assert ui.shows("24  resources") and ui.shows("41 % disk free")
    ui.key("esc")
    assert ui.shows("Doctor > backup")


def test_from_one_problem_to_the_next(dropped):
    ui = dropped
    ui.key("n")
    assert selected(ui).startswith(">[warn]    9"), ui.picture()
    ui.key("n")
    assert selected(ui).startswith(">[warn]   21"), ui.picture()
    ui.key("n")
    assert selected(ui).startswith(">[FAIL]    8"), ui.picture()


def test_all_is_well(start_ui, sample):
    ui = start_ui(sample)
    ui.key("7", "down", "down", "enter")
    assert ui.shows("Doctor > bounces") and ui.shows("all is well"), ui.picture()
    assert ui.shows("mail can be read from imap.example.org, today 14:02")
    ui.key("n")
    assert ui.shows("Nothing failed, and nothing warns.")


def test_the_log_of_a_step(dropped):
    ui = dropped
    ui.key("l")
    for words in ("[fail] 8  connection", "Who must act", "What was seen", "hop 2: silent",
                  "What was said", "* timed out"):
        if not ui.shows(words):
            ui.key("end")
        assert ui.shows(words), ui.picture()
        ui.key("home")


def test_the_report_is_saved_and_copied(dropped, sample):
    ui = dropped
    path = sample.home / "report.txt"
    ui.key("w", "ctrl-u").type(str(path)).key("enter")
    assert ui.shows("The report is in"), ui.picture()
    text = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert text.startswith("Doctor of crier ") and "server backup (smtp.example.org:25)" in text
    assert "[fail]  8  connection: packets to" in text and "| * timed out" in text
    assert all(len(line) <= 78 for line in text.splitlines()[1:]), text
    ui.key("w", "ctrl-u").type(str(path)).key("enter")
    assert ui.shows("is there already")
    ui.key("k")
    ui.key("y")
    assert (sample.workspace / "copied.txt").read_text() == text


def test_a_report_that_cannot_be_written_says_why(dropped, sample):
    ui = dropped
    ui.key("w", "ctrl-u").type(str(sample.home / "no" / "report.txt")).key("enter")
    assert "there is no such file or folder" in ui.said(), ui.picture()


def test_a_broken_report_is_no_report(start_ui, sample):
    """It says of which version it is by being unreadable: then it is looked at anew."""
    diagnosed.put(sample.workspace, "server", "backup", samples.NOW_US - 10**7)
    diagnosed.spoil(sample.workspace)
    ui = start_ui(sample)
    ui.key("7", "enter")
    assert ui.shows("Doctor > backup") and ui.shows("127.0.0.1:1"), ui.picture()
    assert not ui.shows(SENTENCE)


# ---- looking ----


def test_a_refused_port(ui, sample):
    ui.key("r")
    assert ui.shows("Doctor > backup") and ui.shows("1 failed"), ui.picture()
    assert selected(ui).startswith(">[FAIL]    8  connection"), ui.picture()
    kind, name, result = verdicts(sample)[-1]
    assert (kind, name, result) == ("server", "backup", "fail")
    ui.key("r")
    assert ui.shows("1 failed") and len(verdicts(sample)) == 4
    ui.key("s")
    assert ui.shows("LOOKED")


def test_this_machine(ui, sample):
    ui.key("end", "enter")
    assert ui.shows("Doctor > this machine") and ui.shows("own address"), ui.picture()
    assert not ui.shows("greeting")
    assert verdicts(sample)[-1][0] == "machine"


def test_another_host(ui, sample, start_raw):
    server = start_raw(peers.smtp_session())
    before = verdicts(sample)
    ui.key("n").type("127.0.0.1:70000").key("enter")
    assert ui.shows("Another host"), ui.picture()
    ui.key("ctrl-u").type(f"127.0.0.1 : {server.port}").key("enter")
    assert ui.shows(f"Doctor > 127.0.0.1:{server.port}"), ui.picture()
    assert ui.shows("greeting") and ui.shows("encryption")
    assert verdicts(sample) == before
    ui.key("t")
    assert ui.shows("A letter goes by a server of the workspace.")
    ui.key("esc", "n")
    assert ui.shows(f"127.0.0.1:{server.port}"), ui.picture()


def test_steps_come_one_by_one_and_esc_stops(start_ui, sample, start_raw):
    server = start_raw(peers.silent)
    sample.run("server", "set", "backup", "--host", f"127.0.0.1:{server.port}")
    before = verdicts(sample)
    ui = start_ui(sample)
    ui.key("7")
    ui.send(b"r")  # no frame counts while it runs
    ui.wait_until(lambda: any("greeting" in row and "looking.." in row
                              for row in ui.terminal.rows()), "the greeting to be waited for")
    assert ui.shows("Esc stops it.") and ui.shows("[ok]      8  connection"), ui.picture()
    ui.send(b"\x1b")
    ui.wait_text("Stopped: what was found so far. r looks again.")
    assert ui.shows("[ok]      8  connection") and not ui.shows("looking..")
    assert verdicts(sample) == before
    ui.key("w")
    assert ui.shows("There is no report of a whole run yet.")
    ui.key("esc")
    assert ui.shows("LOOKED")


def test_leaving_while_it_looks_ends_it(start_ui, sample, start_raw):
    server = start_raw(peers.silent)
    sample.run("server", "set", "backup", "--host", f"127.0.0.1:{server.port}")
    ui = start_ui(sample)
    ui.key("7")
    ui.send(b"r")
    ui.wait_text("looking..")
    ui.send(b"q")
    ui.wait_text("LOOKED")
    ui.key("1")
    ui.quit()


def test_a_run_elsewhere_is_seen(dropped, sample):
    ui = dropped
    diagnosed.put(sample.workspace, "server", "backup", samples.NOW_US, diagnosed.REFUSED,
                  "127.0.0.1", 1, "the server could not be reached")
    ui.tick()
    assert ui.shows("because the server could not be reached"), ui.picture()
    assert not ui.shows(SENTENCE)


# ---- a letter ----


def test_a_letter_names_whom_it_goes_to_and_goes_to_nobody_else(start_ui, sample, start_sink):
    sink = start_sink()
    sample.run("server", "set", "backup", "--host", f"127.0.0.1:{sink.port}")
    ui = start_ui(sample)
    ui.key("7", "r", "t").type("nobody").key("enter")
    assert ui.shows("Whom does it go to?")
    ui.key("ctrl-u").type("ada@example.org").key("enter")
    assert ui.shows("One letter goes to ada@example.org by backup, now"), ui.picture()
    ui.key("esc")
    assert ui.shows("Doctor > backup") and sink.taken() == []
    ui.key("t", "ctrl-u").type("ada@example.org").key("enter")
    press(ui, "Send")
    assert sink.taken() == ["ada@example.org"], ui.picture()
    assert ui.shows("test letter"), ui.picture()
    ui.key("r")
    assert sink.taken() == ["ada@example.org"]


# ---- the ways there ----


def test_home_leads_to_the_steps(start_ui, sample):
    ui = start_ui(sample)
    for _ in range(20):
        if ui.shows(">! server backup"):
            break
        ui.key("down")
    assert ui.shows(">! server backup: nothing listens at 127.0.0.1 port 1"), ui.picture()
    ui.key("enter")
    assert ui.shows("Doctor > backup") and len(verdicts(sample)) == 2


@pytest.mark.parametrize("keys, title", [(("4", "D"), "Doctor > backup"),
                                         (("5", "D"), "Doctor > bounces"),
                                         ((":", *"doctor backup", "enter"), "Doctor > backup"),
                                         ((":", *"doctor", "enter"), "[7Doctor]"),
                                         ((":", *"doctor --machine", "enter"), "own address"),
                                         ((":", *"ports", "enter"), "[6Ports]"),
                                         ((":", *"firewall", "enter"), "[Overview]")])
def test_other_ways(start_ui, sample, keys, title):
    ui = start_ui(sample)
    ui.key(*keys)
    assert ui.shows(title), ui.picture()


def test_servers_and_mailboxes_show_the_verdict(start_ui, sample):
    ui = start_ui(sample)
    ui.key("4")
    assert ui.shows("Doctor         [FAIL] today 14:31: nothing listens at"), ui.picture()
    ui.key("down")
    assert ui.shows("Doctor         not asked yet: D asks")
    ui.key("5")
    assert ui.shows("Doctor         [ok] today 14:02"), ui.picture()


# ---- other terminals ----


def test_in_words(start_ui, sample):
    ui = start_ui(sample, "--accessible")
    ui.key("7", "enter")
    assert ui.shows("[FAIL], step 8, connection, nothing listens"), ui.picture()
    assert ui.shows("To do:   Enter the port")


@pytest.mark.parametrize("columns, rows", [(40, 12), (79, 24), (120, 30), (200, 60)])
def test_every_size(start_ui, sample, columns, rows):
    diagnosed.put(sample.workspace, "server", "backup", samples.NOW_US - 20 * 10**6)
    ui = start_ui(sample, columns=columns, rows=rows)
    ui.key("7", "enter")
    assert ui.shows("[FAIL]") and ui.shows("packets to"), ui.picture()
    ui.check_redraw()


def test_wide_characters_keep_the_columns(start_ui, sample, japanese):
    steps = tuple((*step[:2], "名前の検索と接続の確認と証明書", *step[3:])
                  for step in diagnosed.REFUSED)
    diagnosed.put(sample.workspace, "server", "backup", samples.NOW_US - 10**7, steps,
                  "127.0.0.1", 1)
    ui = start_ui(sample, env=japanese)
    ui.key("7", "enter")
    places = {cells(row[:row.index("名")]) for row in ui.terminal.rows()[4:13]}
    assert len(places) == 1, ui.picture()
    ui.check_redraw()


def test_hostile_words_do_not_act(start_ui, sample):
    steps = tuple((*step[:4], f"{step[4]} {samples.POISON[n % len(samples.POISON)]}", *step[5:])
                  for n, step in enumerate(diagnosed.REFUSED))
    diagnosed.put(sample.workspace, "server", "backup", samples.NOW_US - 10**7, steps)
    ui = start_ui(sample)
    ui.key("7", "enter")
    for _ in diagnosed.REFUSED:
        ui.key("down")
    ui.key("l", "esc", "esc")
    assert ui.shows("LOOKED")


def test_changed_by_somebody_else_meanwhile(dropped, sample):
    """The proposal is typed into the form as it was read; saving over another's change asks."""
    ui = dropped
    ui.key("enter")
    assert ui.shows("Servers > backup > Edit")
    sample.run("server", "set", "backup", "--connections", 3)
    ui.key("ctrl-s")
    assert ui.shows("Somebody else saved backup"), ui.picture()
    assert sample.json("server", "show", "backup")["host"] == "127.0.0.1:1"
