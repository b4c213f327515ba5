"""The strict terminal itself: what it shows, what it counts and what it refuses."""
import pytest

import emulator


def fed(octets, columns=20, lines=4, **options):
    terminal = emulator.Terminal(columns, lines, **options)
    # An octet at a time: no sequence depends on how it was cut by the line.
    for i in range(len(octets)):
        terminal.feed(octets[i:i + 1])
    return terminal


@pytest.mark.parametrize("octets, text", [
    (b"abc\r\ndef", "abc\ndef"),
    ("äß€".encode(), "äß€"),
    (b"\x1b[2;3Hx\x1b[H\x1b[1Py", "y\n  x"),
    (b"abcdef\x1b[1;1H\x1b[2@", "  abcdef"),
    (b"abcdef\x1b[1;3H\x1b[2X", "ab  ef"),
    (b"1\r\n2\r\n3\r\n4\x1b[1;4r\x1b[4;1H\n5", "2\n3\n4\n5"),
    (b"1\r\n2\r\n3\r\n4\x1b[S", "2\n3\n4"),
    (b"1\r\n2\r\n3\r\n4\x1b[2;3r\x1b[T", "1\n\n2\n4"),
    (b"1\r\n2\r\n3\x1b[H\x1b[2M", "3"),       # a row moves up that nothing was written to
    (b"1\r\n2\r\n3\x1b[2S", "3"),
    (b"=\x1b[5b", "======"),
    (b"\x1b(0lqk\x1b(B", "┌─┐"),
    (b"\x1b)0a\x0eq\x0fb", "a─b"),
    (b"\x1b7abc\x1b8x", "xbc"),
    ("日本".encode(), "日本"),
    ("日本\x1b[1;2Hx".encode(), " x本"),      # the second half is written over
    ("日本\x1b[1;1Hx".encode(), "x 本"),      # the first half is
    ("e\u0301a".encode(), "éa"),
])
def test_shows(octets, text):
    terminal = fed(octets)
    assert terminal.text().rstrip("\n") == text
    assert terminal.is_whole()


@pytest.mark.parametrize("octets", [
    b"\x00", b"\x05", b"\x0b", b"\x18", b"\x7f",
    b"\x1bc", b"\x1bZ", b"\x1bP1$q\x1b\\", b"\x1b_x\x1b\\",
    b"\x1b[c", b"\x1b[6n", b"\x1b[5i", b"\x1b[?9999h", b"\x1b[?1003h", b"\x1b[20h",
    b"\x1b[5m", b"\x1b[8m", b"\x1b[38;2;1;2;3m", b"\x1b[8;24;80t", b"\x1b[!p", b"\x1b[1;2;3H",
    b"\x1b]0;title\x07", b"\x1b]8;;http://example.org\x07", b"\x1b]7770;2\x07",
    b"\xff", b"\xc0\xaf", "\u202e".encode(), "\u200b".encode(), "\ufe0f".encode(),
    "\u009b".encode(), "\u2028".encode(),
    b"\x1b[1;20H" + "日".encode(),
])
def test_refuses(octets):
    with pytest.raises(emulator.ProtocolError):
        fed(octets)


def test_refuses_utf8_in_another_charset():
    with pytest.raises(emulator.ProtocolError):
        fed("ä".encode(), is_utf8=False)


def test_sequences_wait_for_their_end():
    terminal = fed(b"a\x1b[3")
    assert not terminal.is_whole()
    terminal.feed(b"1mb")
    assert terminal.is_whole() and terminal.text().strip() == "ab"
    assert terminal.cells(0)[1].fg == "red"


def test_modes_and_the_other_screen():
    terminal = fed(b"below\x1b[?1049h\x1b[22;0;0t\x1b[?1h\x1b=\x1b[?2004h\x1b[?25lover")
    assert terminal.modes == {"wrap", "alternate screen", "application cursor keys",
                              "bracketed paste"}
    assert terminal.text().split() == ["over"] and terminal.keypad
    terminal.feed(b"\x1b[?1049l\x1b[23;0;0t\x1b[?1l\x1b>\x1b[?2004l\x1b[?25h")
    assert terminal.modes == {"wrap", "cursor"} and terminal.text().split() == ["below"]


def test_counts_signs_and_questions():
    terminal = fed(b"x\x1b]7770;1\x07\x1b[5ny\x1b]7770;2\x07\x07\x1b]52;c;YQ==\x07")
    assert (terminal.marks, terminal.asked, terminal.bells) == (2, 1, 1)
    assert terminal.clipboard == ["YQ=="]
    assert terminal.octets - terminal.mark_octets == len(b"xy\x1b[5n\x07\x1b]52;c;YQ==\x07")
    assert terminal.text().split() == ["xy"]


def test_another_size_leaves_rubbish():
    terminal = fed(b"text\x1b[4;20H")
    terminal.resize(3, 2)
    assert terminal.rows() == ["•••", "•••"] and terminal.cursor == (2, 1)
    terminal.feed(b"\x1b[m\x1b[H\x1b[2J")
    assert terminal.rows() == ["   ", "   "]
