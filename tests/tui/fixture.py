"""A small program that keeps the rules which crier keeps at a terminal, for the harness to be
tested with: signs its frames, asks for answers, leaves cleanly. Python's own curses.
"""
import curses
import os
import select
import signal
import sys

COLUMNS = ("Aare", "Broye", "Doubs", "Emme", "Inn", "Linth", "Reuss", "Rhone")


class Program:
    def __init__(self, window):
        self.window = window
        self.at = 0
        self.ticks = 0
        self.frames = 0
        self.asked = 0
        self.pasted = ""
        self.pipe = os.pipe()
        for signum in (signal.SIGUSR1, signal.SIGWINCH, signal.SIGHUP, signal.SIGCONT):
            signal.signal(signum, self.caught)
        if curses.has_colors():
            curses.use_default_colors()
            curses.init_pair(1, curses.COLOR_GREEN, -1)
            curses.init_pair(2, curses.COLOR_RED, -1)
        window.keypad(True)
        window.nodelay(True)
        raw("\x1b[?2004h")

    def caught(self, signum, _):
        os.write(self.pipe[1], bytes([signum]))

    def draw(self):
        rows, columns = self.window.getmaxyx()
        self.window.erase()
        self.put(0, 0, f"fixture {columns}x{rows} tick {self.ticks}", curses.A_BOLD)
        for i, name in enumerate(COLUMNS):
            role = curses.A_REVERSE if i == self.at else curses.color_pair(i % 3)
            self.put(2, 2 + i, name, role)
        self.put(0, 11, f"pasted {self.pasted!r}" if self.pasted else "", curses.A_UNDERLINE)
        if self.at + 2 < rows and columns > 2:
            self.window.move(2 + self.at, 2)
        self.window.refresh()

    def put(self, x, y, text, role):
        rows, columns = self.window.getmaxyx()
        if y < rows and x < columns - 1:
            self.window.addnstr(y, x, text, columns - 1 - x, role)

    def frame(self):
        self.draw()
        if not self.asked and not select.select([0], [], [], 0)[0]:
            self.frames += 1
            raw(f"\x1b]7770;{self.frames}\a")

    def run(self):
        self.frame()
        while True:
            ready, _, _ = select.select([0, self.pipe[0]], [], [])
            if self.pipe[0] in ready and not self.signals(os.read(self.pipe[0], 100)):
                return 129
            if 0 in ready and not self.keys():
                return 0
            self.frame()

    def signals(self, caught):
        if signal.SIGHUP in caught:
            return False
        if signal.SIGWINCH in caught:
            size = os.get_terminal_size(0)
            curses.resizeterm(size.lines, size.columns)
        if signal.SIGCONT in caught:
            self.window.redrawwin()
        if signal.SIGUSR1 in caught:
            self.ticks += 1
            self.asked += 1
            self.draw()
            raw("\x1b[5n")
        return True

    def keys(self):
        """False: it is left."""
        while True:
            key = self.window.getch()
            if key == -1:
                return True
            if key == ord("q"):
                return False
            if key == curses.KEY_DOWN:
                self.at = min(self.at + 1, len(COLUMNS) - 1)
            elif key == curses.KEY_UP:
                self.at = max(self.at - 1, 0)
            elif key == 26:  # ^Z
                curses.endwin()
                os.kill(0, signal.SIGSTOP)
                curses.doupdate()
            elif key == ord("!"):
                raw("\x1b[?1337h")
            elif key == 27:
                self.escape()

    def escape(self):
        rest = ""
        while not rest.endswith(("n", "~")):
            key = self.window.getch()
            if key == -1:
                return
            rest += chr(key)
        if rest == "[0n":
            self.asked -= 1
        elif rest == "[200~":
            while not self.pasted.endswith("\x1b[201~"):
                self.pasted += chr(self.window.getch())
            self.pasted = self.pasted[:-6]


def raw(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def main(window):
    curses.raw()
    return Program(window).run()


os.environ.setdefault("ESCDELAY", "25")
code = curses.wrapper(main)
raw("\x1b[?2004l")
sys.exit(code)
