"""A strict terminal: octets in, a screen of cells out. A sequence it does not know is an error.

pyte keeps the cells; what reads the octets is here, since pyte's own reader passes over what it
does not know, prints the rest of private sequences as text and knows neither SU, SD nor REP.
Not for processes: session.py.
"""
import collections
import re
import unicodedata

import pyte
from pyte import charsets, modes
from wcwidth import wcwidth

# One whole sequence, control character or run of text at the beginning of what came.
_CSI = re.compile(rb"\x1b\[([<=>?!]?)([0-9;:]*)([ -/]*)([@-~])")
_CSI_BEGUN = re.compile(rb"\x1b\[[<=>?!]?[0-9;:]*[ -/]*\Z")
# The Linux console's reset of its palette has no end of its own.
_OSC = re.compile(rb"\x1b\](?:R|([^\x07\x1b\x00-\x06\x08-\x1a\x1c-\x1f]*)(?:\x07|\x1b\\))")
_OSC_BEGUN = re.compile(rb"\x1b\][^\x07\x1b\x00-\x06\x08-\x1a\x1c-\x1f]*\x1b?\Z")
_CHARSET = re.compile(rb"\x1b([()])([0B])")
_TEXT = re.compile(rb"[ -~\x80-\xff]+")
_UTF8_LENGTH = ((0x80, 0xc0, 0), (0xc2, 0xe0, 2), (0xe0, 0xf0, 3), (0xf0, 0xf5, 4))
SEQUENCE_MAX = 1 << 17  # OSC 52 carries a clipboard

# Private modes that a program may switch, and what they are called in Terminal.modes.
PRIVATE_MODES = {
    1: "application cursor keys", 7: "wrap", 12: "blinking cursor", 25: "cursor",
    47: "alternate screen", 1000: "mouse", 1002: "mouse drag", 1006: "mouse sgr", 1049: "alternate screen",
    2004: "bracketed paste",
}
# SGR that a screen of ours may use: no dim on a console, no blink, nothing invisible.
_SGR_PLAIN = {0, 1, 2, 4, 7, 10, 11, 22, 24, 27, 39, 49, *range(30, 38), *range(40, 48),
              *range(90, 98), *range(100, 108)}
SYNC_OSC = "7770"
MOVE_OSC = "7771"
RUBBISH = "\N{BULLET}"


class ProtocolError(AssertionError):
    """The program wrote what no terminal should be sent."""


class Cells(pyte.Screen):
    """pyte's screen with the halves of wide characters kept together as terminals do it."""

    _made = {}  # cells are never changed: each is made once

    def draw(self, data):
        end = self.cursor.x + len(data)
        if end <= self.columns and data.isascii() and modes.IRM not in self.mode:
            self._draw_plain(data, end)
            return
        for char in data:
            width = wcwidth(char)
            if width == 0:
                super().draw(char)
                continue
            if width == 2 and self.cursor.x == self.columns - 1:
                raise ProtocolError(f"{char!r} is two cells wide and was put into the last one")
            self._split_wide()
            super().draw(char)
            self._heal(self.cursor.y, self.cursor.x)

    def _draw_plain(self, data, end):
        """Most of what comes: a run of ASCII that stays in its row."""
        self._split_wide()
        y, x = self.cursor.y, self.cursor.x
        line, attrs = self.buffer[y], self.cursor.attrs[1:]
        for char in data:
            key = (char, attrs)
            if key not in self._made:
                self._made[key] = pyte.screens.Char(char, *attrs)
            line[x] = self._made[key]
            x += 1
        self.cursor.x = end
        self.dirty.add(y)
        self._heal(y, end)

    def _split_wide(self):
        """What is about to be written over may be the second half of something."""
        if modes.IRM in self.mode or self.cursor.x >= self.columns:
            return
        line, x = self.buffer[self.cursor.y], self.cursor.x
        if line[x].data == "" and x:
            line[x - 1] = line[x - 1]._replace(data=" ")
            line[x] = line[x]._replace(data=" ")

    def _heal(self, y, x):
        """The second half of what was written over is a blank now."""
        if x < self.columns:
            line = self.buffer[y]
            before = line[x - 1].data if x else " "
            if line[x].data == "" and wcwidth(before[:1] or " ") != 2:
                line[x] = line[x]._replace(data=" ")

    def delete_lines(self, count=None):
        """pyte leaves a row as it was when the one that moves there was never written."""
        for y in range(self.lines):
            self.buffer[y] = self.buffer[y]
        super().delete_lines(count)

    def scroll(self, count):
        """SU by count lines, SD when it is negative; the cursor stays."""
        top, _ = self.margins or (0, self.lines - 1)
        y, self.cursor.y = self.cursor.y, top
        (self.insert_lines if count < 0 else self.delete_lines)(abs(count))
        self.cursor.y = y

    def whole_rows(self):
        """Rows of exactly `columns` cells, each (text, attributes); "" is a second half."""
        return [[self.buffer[y][x] for x in range(self.columns)] for y in range(self.lines)]


class Terminal:
    """Feed it octets; look at rows(), cursor, modes, marks, counts and answers.

    answers: octets that a real terminal would send back, for the owner to pass on.
    marks: the last number of the program's own sign that a frame is done.
    moved_at: where the frame of a cursor ended that a side pane followed.
    counts: how often each kind of sequence came.
    """

    def __init__(self, columns=80, lines=24, is_utf8=True):
        self.is_utf8 = is_utf8
        self.main = Cells(columns, lines)
        self.alternate = Cells(columns, lines)
        self.screen = self.main
        self.modes = {"wrap", "cursor"}
        self.counts = collections.Counter()
        self.marks = 0
        self.mark_lines = 0        # marks of any number
        self.mark_octets = 0       # what the signs themselves took
        self.moved_at = None       # octets up to the last frame of a cursor alone
        self.octets = 0            # everything that came
        self.asked = 0             # DSR that wait for an answer
        self.clipboard = []        # payloads of OSC 52
        self.bells = 0
        self.keypad = False
        self._charsets = ["B", "B"]
        self._shift = 0
        self._last = " "
        self._rest = b""

    # ---- what is on it ----

    @property
    def columns(self):
        return self.screen.columns

    @property
    def lines(self):
        return self.screen.lines

    @property
    def cursor(self):
        """Column and row, from 0."""
        it = self.screen.cursor
        return min(it.x, self.screen.columns - 1), it.y

    @property
    def is_cursor_shown(self):
        return "cursor" in self.modes

    def rows(self):
        """Text of each row, all its cells."""
        return ["".join(cell.data for cell in row) for row in self.screen.whole_rows()]

    def text(self):
        return "\n".join(row.rstrip() for row in self.rows())

    def cells(self, y):
        return self.screen.whole_rows()[y]

    def resize(self, columns, lines):
        """Nothing of the old picture can be relied on after it: the cells hold rubbish."""
        for screen in (self.main, self.alternate):
            screen.resize(lines, columns)
            screen.cursor.x = min(screen.cursor.x, columns - 1)
            screen.cursor.y = min(screen.cursor.y, lines - 1)
            screen.savepoints.clear()
            for y in [y for y in screen.buffer if y >= lines]:
                del screen.buffer[y]
        for y in range(lines):
            for x in range(columns):
                self.screen.buffer[y][x] = self.screen.default_char._replace(data=RUBBISH)

    # ---- octets ----

    def feed(self, data):
        self.octets += len(data)
        self._rest += data
        while self._rest:
            used = self._one()
            if used == 0:
                if len(self._rest) > SEQUENCE_MAX:
                    self._unknown(self._rest[:80])
                return
            self._rest = self._rest[used:]

    def is_whole(self):
        """Whether no sequence or character is cut in two at the end of what came."""
        return not self._rest

    def _unknown(self, what):
        raise ProtocolError(f"a terminal was sent {bytes(what)!r}")

    def _one(self):
        """Takes one sequence from the front; returns its length, 0 while it is not whole."""
        data = self._rest
        first = data[0]
        if first == 0x1b:
            return self._escape(data)
        if first < 0x20 or first == 0x7f:
            return self._control(first)
        text = _TEXT.match(data).group()
        return self._text(text)

    def _text(self, octets):
        cut = len(octets)
        if self.is_utf8:
            cut -= _begun(octets)
            try:
                text = octets[:cut].decode("utf-8")
            except UnicodeDecodeError:
                self._unknown(octets)
        elif octets.isascii():
            text = octets.decode("ascii")
        else:
            self._unknown(octets)
        if not text:
            return 0
        for char in text:
            _check_character(char)
        if self._charsets[self._shift] == "0":
            text = text.translate(charsets.VT100_MAP)
        self.counts["text"] += len(text)
        self.screen.draw(text)
        self._last = text[-1]
        return cut

    def _control(self, code):
        simple = {0x08: self.screen.backspace, 0x09: self.screen.tab,
                  0x0a: self.screen.linefeed, 0x0d: self.screen.carriage_return}
        if code in simple:
            simple[code]()
        elif code in (0x0e, 0x0f):
            self._shift = 1 if code == 0x0e else 0
        elif code == 0x07:
            self.bells += 1
        else:
            self._unknown(bytes([code]))
        self.counts["control"] += 1
        return 1

    def _escape(self, data):
        if len(data) < 2:
            return 0
        kind = data[1:2]
        if kind == b"[":
            return self._matched(_CSI, _CSI_BEGUN, data, self._csi)
        if kind == b"]":
            return self._matched(_OSC, _OSC_BEGUN, data, self._osc)
        if kind in b"()":
            if len(data) < 3:
                return 0
            return self._matched(_CHARSET, _CHARSET, data, self._charset)
        plain = {b"7": self.screen.save_cursor, b"8": self.screen.restore_cursor,
                 b"D": self.screen.index, b"M": self.screen.reverse_index,
                 b"E": self._next_line, b"H": self.screen.set_tab_stop,
                 b"=": lambda: self._set_keypad(True), b">": lambda: self._set_keypad(False)}
        if kind not in plain:
            self._unknown(data[:8])
        plain[kind]()
        self.counts["ESC " + kind.decode()] += 1
        return 2

    def _matched(self, whole, begun, data, take):
        match = whole.match(data)
        if match:
            take(match)
            return match.end()
        if not begun.match(data):
            self._unknown(data[:40])
        return 0

    def _next_line(self):
        self.screen.carriage_return()
        self.screen.linefeed()

    def _set_keypad(self, on):
        self.keypad = on

    def _charset(self, match):
        self._charsets["()".index(match[1].decode())] = match[2].decode()
        self.counts["charset"] += 1

    # ---- OSC ----

    def _osc(self, match):
        number, _, rest = (match[1] or b"R").decode("utf-8", "replace").partition(";")
        self.counts["OSC " + number] += 1
        if number == SYNC_OSC and rest.isdigit():
            self.mark_octets += match.end() - match.start()
            self.mark_lines += 1
            if int(rest) != self.marks + 1:
                raise ProtocolError(f"sign {rest} of a frame came after {self.marks}")
            self.marks = int(rest)
        elif number == MOVE_OSC:
            self.moved_at = self.octets - len(self._rest) - self.mark_octets
            self.mark_octets += match.end() - match.start()
        elif number == "52":
            self.clipboard.append(rest.partition(";")[2])
        elif (number, rest) not in (("104", ""), ("R", "")):  # the palette as it was
            self._unknown(match.group())

    # ---- CSI ----

    def _csi(self, match):
        prefix, numbers, between, final = (part.decode() for part in match.groups())
        self.counts["CSI " + prefix + between + final] += 1
        try:
            values = [int(n) for n in re.split("[;:]", numbers)] if numbers else []
        except ValueError:
            self._unknown(match.group())
        handler = self._CSI_HANDLERS.get((prefix, between, final))
        if handler is None or not handler(self, values):
            self._unknown(match.group())

    def _move(name, most=1):  # makes rows of the table below
        def do(self, values):
            if len(values) > most:
                return False
            getattr(self.screen, name)(*values)
            return True
        return do

    def _erase(name, kinds):
        def do(self, values):
            if len(values) > 1 or (values and values[0] not in kinds):
                return False
            getattr(self.screen, name)(*values)
            return True
        return do

    def _mode(self, values, on):
        if values == [34]:  # screen's and tmux's plain cursor
            return True
        if values != [4]:  # insert
            return False
        (self.screen.set_mode if on else self.screen.reset_mode)(4)
        return True

    def _private(self, values, on):
        if not values or any(value not in PRIVATE_MODES for value in values):
            return False
        for value in values:
            name = PRIVATE_MODES[value]
            (self.modes.add if on else self.modes.discard)(name)
            if name == "wrap":
                (self.screen.set_mode if on else self.screen.reset_mode)(7, private=True)
            if name == "alternate screen":
                self._switch(on)
        return True

    def _switch(self, on):
        screen = self.alternate if on else self.main
        if screen is self.screen:
            return
        if on:
            self.alternate.reset()
        screen.cursor.attrs = self.screen.cursor.attrs
        self.screen = screen

    def _sgr(self, values):
        rest = list(values or [0])
        while rest:
            value = rest.pop(0)
            if value in (38, 48):
                if rest[:1] != [5] or len(rest) < 2 or rest[1] > 255:
                    return False
                del rest[:2]
            elif value not in _SGR_PLAIN:
                return False
        wanted = [v for v in (values or [0]) if v not in (2, 10, 11)]
        if wanted:
            self.screen.select_graphic_rendition(*wanted)
        self.counts["dim"] += (values or [0]).count(2)
        return True

    def _report(self, values):
        if values != [5]:
            return False
        self.asked += 1
        return True

    def _scroll(direction):
        def do(self, values):
            if len(values) > 1:
                return False
            self.screen.scroll(direction * max(1, *values, 1))
            return True
        return do

    def _repeat(self, values):
        if len(values) != 1:
            return False
        self.screen.draw(self._last * values[0])
        return True

    def _margins(self, values):
        if len(values) not in (0, 2):
            return False
        if not values:
            self.screen.margins = None
            self.screen.cursor_position()
        else:
            self.screen.set_margins(*values)
        return True

    def _window(self, values):
        """Only the stack of window titles, which xterm's way into its other screen uses."""
        return values[:1] in ([22], [23]) and len(values) <= 3

    def _back_tab(self, values):
        if values not in ([], [1]):
            return False
        stops = [stop for stop in self.screen.tabstops if stop < self.screen.cursor.x]
        self.screen.cursor.x = max(stops, default=0)
        return True

    _CSI_HANDLERS = {
        ("", "", "@"): _move("insert_characters"),
        ("", "", "A"): _move("cursor_up"),
        ("", "", "B"): _move("cursor_down"),
        ("", "", "C"): _move("cursor_forward"),
        ("", "", "D"): _move("cursor_back"),
        ("", "", "G"): _move("cursor_to_column"),
        ("", "", "H"): _move("cursor_position", 2),
        ("", "", "J"): _erase("erase_in_display", (0, 1, 2, 3)),
        ("", "", "K"): _erase("erase_in_line", (0, 1, 2)),
        ("", "", "L"): _move("insert_lines"),
        ("", "", "M"): _move("delete_lines"),
        ("", "", "P"): _move("delete_characters"),
        ("", "", "S"): _scroll(1),
        ("", "", "T"): _scroll(-1),
        ("", "", "X"): _move("erase_characters"),
        ("", "", "Z"): _back_tab,
        ("", "", "b"): _repeat,
        ("", "", "d"): _move("cursor_to_line"),
        ("", "", "h"): lambda self, values: self._mode(values, True),
        ("", "", "l"): lambda self, values: self._mode(values, False),
        ("", "", "m"): _sgr,
        ("", "", "n"): _report,
        ("", "", "r"): _margins,
        ("", "", "t"): _window,
        ("?", "", "h"): lambda self, values: self._private(values, True),
        ("?", "", "l"): lambda self, values: self._private(values, False),
        # The shape of the Linux console's cursor.
        ("?", "", "c"): lambda self, values: values in ([0], [1], [8]),
    }


def _begun(octets):
    """How many octets at the end are the beginning of a character that is not whole yet."""
    for back in range(1, min(4, len(octets) + 1)):
        octet = octets[-back]
        if octet < 0x80:
            return 0
        for low, high, length in _UTF8_LENGTH:
            if length and low <= octet < high:
                return back if back < length else 0
    return 0


def _check_character(char):
    """C1 controls, marks of direction and the invisible ones never reach a terminal raw."""
    if char.isascii() or (unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") and
                          not "\ufe00" <= char <= "\ufe0f"):
        return
    raise ProtocolError(f"a terminal was sent U+{ord(char):04X} "
                        f"({unicodedata.name(char, unicodedata.category(char))})")
