"""Keys as they come over a line: pasted, too early, cut in pieces, alone."""
import time

import pytest

from screens import SCREENS, go, leave

pytestmark = pytest.mark.waits

# A key's octets belong together when they come within 50 ms.
IN_TIME_S = 0.02
TRIES = 20


@pytest.mark.parametrize("screen", [s for s in SCREENS if not s.is_field], ids=str)
def test_what_is_pasted_outside_a_field_is_refused(start_ui, sample, screen):
    ui = go(start_ui(sample), screen)
    before = sample.status()
    rows = ui.terminal.rows()[:-2]
    for text in ("q\ny\n", "X\r\r\r", "dddd", "\x1b\x1bq", "1\n" * 500):
        ui.paste(text)
        assert "pasted" in ui.row(-2), ui.picture()
        assert ui.terminal.rows()[:-2] == rows
    assert sample.status() == before
    ui.key("esc")
    assert "pasted" not in ui.row(-2)


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_esc_alone_never_leaves(start_ui, sample, screen):
    ui = go(start_ui(sample), screen)
    ui.key("esc", "esc", "esc")
    assert ui.shows("crier")
    ui.type_raw(b"\x1b\x1b\x1b\x1b")
    assert ui.shows("crier")
    assert leave(ui) == 0


@pytest.mark.parametrize("octets", [
    b"\x1b[99;99~", b"\x1b[1;7A", b"\x1bOz", b"\x1b[?1;2c", b"\x1b[12;34R", b"\x1b[I",
    b"\x1b[O", b"\x1b[200", b"\x1b[M !!", b"\x1b[<0;5;5M", b"\x00", b"\xff\xfe", b"\xc3",
    b"\x1b]11;rgb:0000/0000/0000\x07", b"\x1b[" + b"1" * 200 + b"m",
])
def test_what_no_key_sends_does_no_harm(start_ui, sample, octets):
    """Answers and reports that a terminal sends unasked, keys that nobody knows, broken UTF-8."""
    ui = start_ui(sample)
    before = sample.status()
    ui.type_raw(octets)
    ui.key("esc")
    ui.key("1")
    assert ui.shows("[1Home]"), ui.picture()
    assert sample.status() == before
    ui.key("ctrl-l")


def test_a_key_cut_in_pieces_is_one_key(start_ui, sample):
    """A slow line hands over an arrow's octets one by one: not Esc and two letters."""
    for _ in range(TRIES):
        ui = start_ui(sample)
        ui.key("down")
        row = ui.terminal.cursor
        ui.key("up")
        before = ui.terminal.marks
        began = time.monotonic()
        for octet in ui.octets("down"):
            ui.send(bytes([octet]))
        is_in_time = time.monotonic() - began < IN_TIME_S
        ui.wait_frame(before)
        ui.tick()
        if is_in_time:
            assert ui.terminal.cursor == row
            return
    pytest.skip("this machine is too busy to type three octets within a moment")


def test_many_keys_at_once_are_one_frame(start_ui, sample):
    ui = start_ui(sample)
    before = ui.terminal.marks
    ui.type_raw(ui.octets("down") * 50 + ui.octets("up") * 50)
    assert ui.terminal.marks - before <= 3
    assert ui.frame_octets <= 600


def test_ctrl_c_says_how_to_leave(start_ui, sample):
    ui = start_ui(sample)
    ui.key("ctrl-c")
    assert "q quits" in ui.row(-2)
    ui.key("ctrl-s", "ctrl-q", "ctrl-d", "ctrl-\\")
    assert ui.shows("[1Home]")


@pytest.mark.parametrize("term, does_paste", [("xterm-256color", True), ("linux", False),
                                              ("vt100", False)])
def test_modes_that_the_terminal_knows(start_ui, sample, term, does_paste):
    ui = start_ui(sample, term=term)
    assert ("bracketed paste" in ui.terminal.modes) == does_paste
    assert not {"mouse", "mouse drag", "mouse sgr"} & ui.terminal.modes
    assert ui.quit() == 0


def test_the_mouse_is_the_terminals_until_asked_for(start_ui, sample):
    ui = start_ui(sample)
    ui.key("M")
    assert "mouse" in ui.terminal.modes
    ui.key("M")
    assert not {"mouse", "mouse drag", "mouse sgr"} & ui.terminal.modes
    ui.key("M")
    assert ui.quit() == 0
