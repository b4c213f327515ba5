"""The harness itself, on a small program that keeps the same rules as crier: fixture.py."""
import os
import pathlib
import signal
import sys

import pytest

import emulator
import session

FIXTURE = [sys.executable, "-S", str(pathlib.Path(__file__).resolve().parent / "fixture.py")]


@pytest.fixture
def fixture(start_session):
    """Starts fixture.py on a terminal."""
    def start(**options):
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        return start_session(FIXTURE, env, **options)
    return start


def test_first_frame_keys_and_end(fixture):
    s = fixture()
    assert s.row(0) == "fixture 80x24 tick 0" and s.terminal.cursor == (2, 2)
    assert s.frame_octets > 100
    s.key("down", "down")
    assert s.terminal.cursor == (2, 4)
    assert s.terminal.cells(4)[2].reverse and not s.terminal.cells(2)[2].reverse
    assert 0 < s.frame_octets < 100
    s.type_raw(s.octets("up") * 2)
    assert s.terminal.cursor == (2, 2)
    assert s.quit() == 0


def test_ticks_are_answered(fixture):
    s = fixture()
    for n in range(1, 6):
        s.tick()
        assert f"tick {n}" in s.row(0)
        assert s.terminal.counts["CSI n"] == n and s.terminal.asked == 0


def test_without_answers_no_sign_comes(fixture):
    s = fixture(answers=False)
    s.signal(signal.SIGUSR1)
    s.wait_text("tick 1")
    s.wait_until(lambda: s.terminal.asked, "the question")
    before = s.terminal.marks
    s.answer()
    s.wait_frame(before)
    assert s.terminal.asked == 0


@pytest.mark.parametrize("term", ["xterm-256color", "xterm-mono", "linux", "vt100",
                                  "screen-256color", "tmux-256color"])
def test_terminals(fixture, term):
    s = fixture(term=term)
    s.key("down")
    assert s.terminal.cursor == (2, 3) and "Doubs" in s.row(4)
    assert s.quit() == 0


def test_sizes(fixture):
    s = fixture(columns=30, rows=8)
    for columns, rows in ((1, 1), (200, 60), (40, 12), (80, 24)):
        s.resize(columns, rows)
        assert "•" not in s.text()
    assert s.row(0) == "fixture 80x24 tick 0"


def test_paste_arrives_whole(fixture):
    s = fixture()
    s.paste("q\ny\n")
    assert "q\\ny\\n" in s.row(11)


def test_stop_and_foreground(fixture):
    s = fixture(job_control=True)
    s.key("down")
    s.send(b"\x1a")
    s.wait_stopped()
    s.set_size(60, 20)
    s.foreground()
    assert s.row(0).startswith("fixture 60x20")
    assert s.quit() == 0


def test_hang_up(fixture):
    s = fixture()
    s.signal(signal.SIGHUP)
    assert s.wait_exit() == 129


def test_an_unknown_sequence_fails(fixture):
    s = fixture()
    with pytest.raises(emulator.ProtocolError, match="1337"):
        s.key("!")


def test_a_missing_frame_fails_with_the_screen(fixture):
    s = fixture(answers=False)
    s.deadline_s = 0.2
    with pytest.raises(session.NoFrame, match="(?s)live tick.*Aare.*cursor 2,2"):
        s.tick()


def test_an_early_end_is_told(fixture):
    s = fixture()
    with pytest.raises(session.NoFrame, match="ended with 0"):
        s.key("q")
