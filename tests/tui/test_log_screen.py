"""Screen 9: the log as it grows, levels, filter, details, a file; and who did what."""
import os

import pytest

import golden
from samples import POISON

LINES = (
    "2027-03-09T16:20:11Z notice worker[2100] worker started, workspace /srv/crier",
    "2027-03-10T14:31:52Z info send[2114] campaign spring: 40 mails handed to main",
    "2027-03-10T14:31:53Z debug send[2114] connection 3 to main is kept",
    "2027-03-10T14:31:55Z warning send[2114] server backup: 421 4.3.2 try again later",
    "2027-03-10T14:32:00Z error send[2114] server backup: 535 5.7.8 authentication failed",
    "no line of ours",
    "2027-03-10T14:32:01Z info send[2114] campaign spring: deferred nils@example.se 4.7.1",
)


@pytest.fixture
def log(empty):
    empty.run("init")
    path = empty.workspace / "crier.log"
    path.write_text("".join(line + "\n" for line in LINES))
    return path


def add(log, *lines):
    with open(log, "a", encoding="utf-8", errors="surrogateescape") as file:
        file.write("".join(line + "\n" for line in lines))


def info(n, text="campaign spring: something"):
    return f"2027-03-10T14:32:{n:02d}Z info send[2114] {text} {n}"


@pytest.mark.parametrize("columns,rows,env,name", [
    (80, 24, {}, "80x24"), (40, 12, {}, "40x12"), (200, 60, {}, "200x60"),
    (80, 24, {"LC_ALL": "C"}, "ascii")])
def test_as_written(start_ui, empty, log, columns, rows, env, name):
    ui = start_ui(empty, columns=columns, rows=rows, env=env, is_utf8="LC_ALL" not in env)
    ui.key("9", "up", "up")
    golden.check(ui, f"log-lines-{name}")


def test_nothing_yet(start_ui, empty):
    empty.run("init")
    ui = start_ui(empty)
    ui.key("9")
    assert ui.shows("Nothing in the log yet.")
    assert ui.shows("]   who did what")


def test_follows_until_it_is_scrolled(start_ui, empty, log):
    ui = start_ui(empty)
    ui.key("9")
    assert ui.row(-2) == " following"
    add(log, *(info(n) for n in range(2, 40)))
    ui.tick()
    assert ui.row(-3).endswith("something 39")
    ui.key("up", "up")
    at = ui.row(-5)
    assert at.startswith(">") and at.endswith("something 37")
    add(log, info(40), info(41))
    ui.tick()
    assert ui.row(-5) == at, "it moved under the reader"
    assert ui.shows("2 new lines below   End follows")
    ui.key("end")
    assert ui.row(-2) == " following" and ui.row(-3).endswith("something 41")
    add(log, info(42))
    ui.tick()
    assert ui.row(-3).startswith(">") and ui.row(-3).endswith("something 42")


def test_down_reaches_what_is_new(start_ui, empty, log):
    ui = start_ui(empty)
    ui.key("9", "up")
    add(log, info(2), info(3))
    ui.tick()
    ui.key("down", "down", "down")
    assert ui.row(-2) == " following" and ui.shows("> 14:32:03")


def test_freeze(start_ui, empty, log):
    ui = start_ui(empty)
    add(log, *(info(n) for n in range(2, 40)))
    ui.key("9", "f")
    assert ui.shows("not following")
    add(log, info(40))
    ui.tick()
    assert ui.shows("1 new line below") and not ui.shows("something 40")
    ui.key("f")
    assert ui.shows("something 40") and not ui.shows("below")


def test_a_tick_costs_little(start_ui, empty, log):
    ui = start_ui(empty)
    ui.key("9")
    add(log, *(info(n) for n in range(2, 40)))
    ui.tick()
    add(log, info(40))
    ui.tick()
    assert ui.frame_octets < 600
    ui.tick()
    assert ui.frame_octets == 0


def test_levels(start_ui, empty, log):
    ui = start_ui(empty)
    ui.key("9")
    assert not ui.shows("connection 3")
    ui.key("L", "home", "enter")
    assert ui.shows("connection 3") and ui.shows("level: everything")
    ui.key("L", "end", "enter")
    assert ui.shows("535 5.7.8") and ui.shows("no line of ours")
    assert not ui.shows("handed to main") and ui.shows("level: errors only")
    ui.quit()
    again = start_ui(empty)
    again.key("9")
    assert again.shows("level: errors only")


def test_filter(start_ui, empty, log):
    ui = start_ui(empty)
    ui.key("9", "/")
    ui.type("text:spring -nils")
    ui.key("enter")
    assert ui.shows("40 mails handed") and not ui.shows("nils@") and not ui.shows("535")
    assert ui.shows("filter: text:spring -nils   Esc clears")
    add(log, info(2), info(3, "server main: something else"))
    ui.tick()
    assert ui.shows("something 2") and not ui.shows("something else")
    ui.key("esc")
    assert ui.shows("something else")


def test_details_copy_and_file(start_ui, empty, log):
    ui = start_ui(empty)
    ui.key("9", "up", "up", "enter")
    assert ui.shows("2027-03-10T14:32:00Z") and ui.shows("error, send 2114")
    ui.key("esc", "y")
    assert (empty.workspace / "copied.txt").read_text() == LINES[4] + "\n"
    ui.key("w")
    assert ui.shows("log-20270310-143200.txt")
    ui.key("enter")
    assert ui.shows("6 lines are in")
    saved = empty.workspace / "log-20270310-143200.txt"
    assert saved.read_text() == "".join(l + "\n" for l in LINES if " debug " not in l)
    assert saved.stat().st_mode & 0o777 == 0o600
    ui.key("w", "enter")
    assert ui.shows("is there already")
    ui.key("enter")
    saved.write_text("mine\n" * 1000)
    ui.key("w", "enter", "o")
    assert ui.shows("6 lines are in") and "mine" not in saved.read_text()


def test_hostile_and_long_lines(start_ui, empty, log):
    add(log, *(info(i, text) for i, text in enumerate(POISON, 2)),
        info(40, "W" * 10_000 + " end"), "\udcff\udcfe\x00 broken")
    ui = start_ui(empty, columns=40, rows=12)
    ui.key("9", "up", "enter")
    ui.key("end")
    assert ui.shows("WWW end 40")
    ui.key("esc", "home")
    for _ in range(24):
        ui.key("down")
    assert ui.row(-2) == " following"


def test_rotated_meanwhile(start_ui, empty, log):
    ui = start_ui(empty)
    ui.key("9")
    os.rename(log, str(log) + ".1")
    log.write_text(info(9) + "\n")
    ui.tick()
    assert ui.shows("something 9") and ui.shows("deferred nils@")


def test_who_did_what(start_ui, empty):
    empty.run("list", "new", "members", "--title", "Members")
    ui = start_ui(empty)
    ui.key("9", "]")
    assert ui.shows("anna") and ui.shows("new list") and ui.shows("members")
    empty.run("list", "new", "press")
    ui.tick()
    assert ui.shows("press")
    ui.key("/")
    ui.type("who:anna name:mem")
    ui.key("enter")
    assert ui.shows("members") and not ui.shows("press")
    ui.key("enter")
    assert ui.shows("anna: new list members")
