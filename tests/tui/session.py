"""A program at a terminal: starts it on a pseudo-terminal, types, waits for its frames.

Waiting is in band. After each frame with nothing left to do the program signs
OSC 7770;N BEL (CRIER_TEST=1), so a key is sent and the next sign awaited. While an answer to
ESC[5n is out, no sign comes: so the next one always belongs to what was asked last.

Not for what stands on the screen: emulator.py.
"""
import errno
import fcntl
import os
import pathlib
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import emulator

HERE = pathlib.Path(__file__).resolve().parent
JOB_SHELL = HERE / "jobshell.py"

# For a machine that is busy with much else: what does not come fails later, nothing is slower.
DEADLINE_S = 60
SANITIZED_DEADLINE_S = 120

_CURSOR_KEYS = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F"}
_KEYS = {
    "enter": b"\r", "tab": b"\t", "backtab": b"\x1b[Z", "esc": b"\x1b", "space": b" ",
    "backspace": b"\x7f", "delete": b"\x1b[3~", "insert": b"\x1b[2~",
    "pageup": b"\x1b[5~", "pagedown": b"\x1b[6~",
    "f1": b"\x1bOP", "f2": b"\x1bOQ", "f3": b"\x1bOR", "f4": b"\x1bOS", "f5": b"\x1b[15~",
    "f6": b"\x1b[17~", "f7": b"\x1b[18~", "f8": b"\x1b[19~", "f9": b"\x1b[20~",
    "f10": b"\x1b[21~", "f11": b"\x1b[23~", "f12": b"\x1b[24~",
}
_LINUX_KEYS = {"f1": b"\x1b[[A", "f2": b"\x1b[[B", "f3": b"\x1b[[C", "f4": b"\x1b[[D",
               "f5": b"\x1b[[E", "home": b"\x1b[1~", "end": b"\x1b[4~"}


class NoFrame(AssertionError):
    """What was waited for did not come; the message has the last screen."""


class Session:
    """One run of a program. with Session(argv, env) as s: s.start(); s.key("j"); s.text()

    raw is everything it wrote, kept for replay; frame_octets what the last wait cost on the
    line, without the signs themselves.
    """

    def __init__(self, argv, env, columns=80, rows=24, term="xterm-256color", cwd=None,
                 is_utf8=True, deadline_s=DEADLINE_S, answers=True, job_control=False,
                 ignored=()):
        self.argv = [str(word) for word in argv]
        self.env = {**env, "TERM": term}
        self.term = term
        self.cwd = cwd
        self.deadline_s = deadline_s
        self.answers = answers
        self.job_control = job_control
        self.ignored = tuple(ignored)
        self.terminal = emulator.Terminal(columns, rows, is_utf8)
        self.raw = bytearray()
        self.log = []              # (offset in raw, what happened), for replay
        self.frame_octets = 0
        self.key_octets = 0
        self.master = -1
        self.process = None
        self.status = None         # exit code, or minus the signal
        self.clock = None          # the file that says what time it is
        self._jobs = None

    # ---- life ----

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def start(self, wait=True):
        """Runs the program; waits for its first frame."""
        self.master, slave = os.openpty()
        os.set_blocking(self.master, False)
        self._set_size()
        argv, keep = self.argv, ()
        if self.job_control:
            ours, theirs = os.pipe(), os.pipe()
            argv = [sys.executable, "-S", str(JOB_SHELL), str(ours[0]), str(theirs[1]), *argv]
            keep = (ours[0], theirs[1])
            self._jobs = (ours[1], theirs[0])

        def become_leader():
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            # Whoever runs the tests may ignore hang-ups.
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            for signum in self.ignored:
                signal.signal(signum, signal.SIG_IGN)

        self.process = subprocess.Popen(
            argv, stdin=slave, stdout=slave, stderr=slave, env=self.env, cwd=self.cwd,
            start_new_session=True, preexec_fn=become_leader, pass_fds=keep)
        for fd in (slave, *keep):
            os.close(fd)
        if wait:
            self._wait_mark("its first frame", 0)
        return self

    def close(self):
        """Ends it whatever it does; a clean-up, not a way of leaving."""
        if self.process is not None and self.status is None and self.process.poll() is None:
            for pid in (*self._children(), self.process.pid):
                _kill(pid, signal.SIGKILL)
                _kill(pid, signal.SIGCONT)
            self.process.wait()
        for fd in (self.master, *(self._jobs or ())):
            if fd >= 0:
                os.close(fd)
        self.master = -1
        self._jobs = None

    @property
    def pid(self):
        """Of the program itself."""
        if self.job_control:
            return (self._children() or [self.process.pid])[0]
        return self.process.pid

    def _children(self):
        pid = self.process.pid
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                return [int(word) for word in file.read().split()]
        except OSError:
            return []

    def wait_exit(self, what="the program to end"):
        """Its exit code, minus the signal that killed it."""
        end = time.monotonic() + self.deadline_s
        while True:
            self._read(0.01)
            code = self.process.poll()
            if code is not None:
                self._read_rest()
                self.status = code
                return code
            if time.monotonic() > end:
                self._fail(what)

    def quit(self):
        """Leaves by the key, which gives the terminal back as it was."""
        self.send(b"q")
        code = self.wait_exit()
        self.check_given_back()
        return code

    def check_given_back(self):
        """The terminal is as it was found: its own screen, cursor shown, no mode left on."""
        terminal = self.terminal

        def is_given_back():
            return (terminal.modes == {"wrap", "cursor"} and not terminal.keypad and
                    terminal.screen is terminal.main and terminal.is_whole())

        if self.status is not None:
            assert is_given_back(), f"left on: {terminal.modes}, keypad {terminal.keypad}"
        else:
            self.wait_until(is_given_back, "the terminal to be given back")

    # ---- looking ----

    def text(self):
        return self.terminal.text()

    def row(self, y):
        """Of the screen, from 0; -1 is the last."""
        return self.terminal.rows()[y].rstrip()

    def shows(self, words):
        return words in self.text()

    def said(self):
        """The sentence in the message row and, where it is long, in those above it."""
        return " ".join(row.strip() for row in self.terminal.rows()[-7:-1])

    def check_redraw(self):
        """What stands there is what a redraw makes of it: nothing was left behind. A message goes
        with the key; where it was long it covered rows of the content."""
        before, picture = self.terminal.rows(), self.picture()
        self.key("ctrl-l")
        after = self.terminal.rows()
        n = 2
        while n <= 7 and n < len(after) and before[-n] != after[-n]:
            n += 1
        del before[-n:-1], after[-n:-1]
        assert after == before, f"{picture}\nand redrawn:\n{self.picture()}"

    def find(self, words):
        """Column and row of the first place where it stands."""
        for y, row in enumerate(self.terminal.rows()):
            if words in row:
                return row.index(words), y
        raise AssertionError(f"{words!r} is not on the screen:\n{self.picture()}")

    def picture(self):
        """The screen in a frame, with the cursor's place, for a person to look at."""
        terminal = self.terminal
        bar = "+" + "-" * terminal.columns + "+"
        x, y = terminal.cursor
        return "\n".join([bar, *(f"|{row}|" for row in terminal.rows()), bar,
                          f"cursor {x},{y}; {terminal.columns}x{terminal.lines} {self.term}; "
                          f"frame {terminal.marks}; {terminal.octets} octets"])

    # ---- typing ----

    def octets(self, name):
        """What a terminal sends for a key: one character, its name, or ctrl-x, alt-x."""
        if len(name) == 1:
            return name.encode()
        if name.startswith("ctrl-"):
            return bytes([ord(name[5:].upper()) & 0x1f])
        if name.startswith("alt-"):
            return b"\x1b" + self.octets(name[4:])
        if self.term.startswith("linux") and name in _LINUX_KEYS:
            return _LINUX_KEYS[name]
        if name in _CURSOR_KEYS:
            lead = "\x1bO" if "application cursor keys" in self.terminal.modes else "\x1b["
            return (lead + _CURSOR_KEYS[name]).encode()
        return _KEYS[name]

    def key(self, *names):
        """Presses keys one after the other, each with its frame."""
        for name in names:
            self.type_raw(self.octets(name), f"the frame after key {name!r}")
        return self

    def type(self, text):
        """A text, all at once, as a fast typist or ssh sends it: one wait."""
        return self.type_raw(text.encode(), f"the frame after {text!r}")

    def type_raw(self, octets, what="the frame after input"):
        before = self._mark_before()
        self.send(octets)
        self._wait_mark(what, before)
        return self

    def paste(self, text):
        """As a terminal with bracketed paste on hands it over."""
        assert "bracketed paste" in self.terminal.modes, "bracketed paste is off"
        return self.type_raw(b"\x1b[200~" + text.encode() + b"\x1b[201~", "the paste's frame")

    def send(self, octets):
        """Types without waiting."""
        self._note(f"sent {octets!r}")
        view = memoryview(octets)
        end = time.monotonic() + self.deadline_s
        while view:
            try:
                view = view[os.write(self.master, view):]
            except BlockingIOError:
                self._read(0.05)
                if time.monotonic() > end:
                    self._fail("the program to read its input")

    # ---- the world around it ----

    def tick(self):
        """One step of what is live."""
        before = self._mark_before()
        self.signal(signal.SIGUSR1)
        self._wait_mark("the frame of a live tick", before)
        return self

    def resize(self, columns, rows):
        before = self._mark_before()
        self.set_size(columns, rows)
        self._wait_mark(f"the frame of {columns}x{rows}", before)
        return self

    def set_size(self, columns, rows):
        """Another size without waiting; the kernel sends SIGWINCH."""
        self._note(f"size {columns}x{rows}")
        self.terminal.resize(columns, rows)
        self._set_size()

    def set_clock(self, text):
        """What time it is from the next tick on, RFC 3339."""
        self._note(f"clock {text}")
        self.clock.write_text(text + "\n")

    def signal(self, signum):
        self._note(f"signal {signum}")
        os.kill(self.pid, signum)

    def hang_up(self):
        """The line is cut: the master side closes."""
        self._note("closed")
        os.close(self.master)
        self.master = -1

    def cpu_ticks(self):
        return cpu_ticks(self.pid)

    # ---- a shell with job control around it ----

    def wait_stopped(self):
        """With job_control: until the shell sees the program stopped."""
        self._expect_job(b"stopped\n")

    def foreground(self, wait=True):
        """What `fg` does."""
        before = self._mark_before()
        os.write(self._jobs[0], b"fg\n")
        if wait:
            self._wait_mark("the frame after fg", before)

    def _expect_job(self, word):
        end = time.monotonic() + self.deadline_s
        while not select.select([self._jobs[1]], [], [], 0.01)[0]:
            self._read(0.01)
            if time.monotonic() > end:
                self._fail(f"the shell to say {word!r}")
        said = os.read(self._jobs[1], 100)
        assert said == word, f"the shell said {said!r}, not {word!r}\n{self.picture()}"

    # ---- waiting ----

    def wait_until(self, condition, what):
        """Reads until the condition holds; for what is not a frame of its own."""
        end = time.monotonic() + self.deadline_s
        while not condition():
            self._read(0.05)
            if time.monotonic() > end or self.status is not None:
                self._fail(what)

    def wait_text(self, words):
        self.wait_until(lambda: self.shows(words), f"{words!r} on the screen")
        return self

    def wait_frame(self, before, what="a frame"):
        """Waits for a sign after number `before` (terminal.marks)."""
        self._wait_mark(what, before)

    def _mark_before(self):
        self._read(0)
        return self.terminal.marks

    def _wait_mark(self, what, before):
        start = self.terminal.octets - self.terminal.mark_octets
        self.terminal.moved_at = None
        end = time.monotonic() + self.deadline_s
        while self.terminal.marks <= before:
            self._read(0.05)
            if self.status is None and self.process.poll() is not None:
                self._read_rest()
                if self.terminal.marks > before:
                    break
                self.status = self.process.returncode
                self._fail(f"{what}, but the program ended with {self.status}")
            if time.monotonic() > end:
                self._fail(what)
        self.frame_octets = self.terminal.octets - self.terminal.mark_octets - start
        moved = self.terminal.moved_at
        self.key_octets = self.frame_octets if moved is None else moved - start

    def _fail(self, what):
        raise NoFrame(f"waited in vain for {what}\n{self.picture()}")

    # ---- octets ----

    def _read(self, wait_s):
        """Takes what is there, at most waiting for the first of it. True at the end: nobody
        has the other side open."""
        if self.master < 0:
            return True
        poller = select.poll()
        poller.register(self.master, select.POLLIN)
        if not poller.poll(wait_s * 1000):
            return False
        while True:
            try:
                data = os.read(self.master, 65536)
            except BlockingIOError:
                return False
            except OSError as error:
                if error.errno == errno.EIO:
                    return True
                raise
            self._take(data)

    def _take(self, data):
        self.raw += data
        self.terminal.feed(data)
        while self.answers and self.terminal.asked:
            self.answer()

    def answer(self):
        """The terminal has taken what came, and says so."""
        assert self.terminal.asked, "nothing was asked"
        self.terminal.asked -= 1
        os.write(self.master, b"\x1b[0n")

    def _read_rest(self):
        """To the end: until nobody has the terminal open any more."""
        end = time.monotonic() + self.deadline_s
        while self.master >= 0 and not self._read(0.05):
            if time.monotonic() > end:
                self._fail("the end of the output: somebody keeps the terminal open")

    def _set_size(self):
        size = struct.pack("HHHH", self.terminal.lines, self.terminal.columns, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def _note(self, what):
        self.log.append((len(self.raw), what))


def cpu_ticks(pid):
    """Of processor time used so far, in hundredths of a second."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _kill(pid, signum):
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        pass
