"""The screens beside top at the same kind of terminal: how long, how many octets, how much
memory. Octets are asserted in the tests; here they only stand beside a peer's."""
import os
import pathlib
import shutil
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "tui"))

import crier  # noqa: E402
import measure  # noqa: E402
import samples  # noqa: E402
import session  # noqa: E402
import stage  # noqa: E402

RATE = 2400        # octets a second of a slow line
KEYS = 50
LIVE_S = 8
TOP = "/usr/bin/top"


class Watched(session.Session):
    """A session without a screen: only signs are looked for, so that reading costs nothing."""

    def _take(self, data):
        now = time.monotonic()
        self.raw += data
        self.arrivals.append((now, len(data)))
        terminal = self.terminal
        terminal.octets += len(data)
        terminal.marks += data.count(b"\x1b]7770;")
        terminal.asked += data.count(b"\x1b[5n")
        while self.answers and terminal.asked:
            self.answer()

    def start(self, wait=True):
        self.arrivals = []
        self.began = time.monotonic()
        return super().start(wait)

    def wait_octets(self, count, what):
        start = self.terminal.octets
        self.wait_until(lambda: self.terminal.octets - start >= count, what)

    def octets_since(self, when):
        return sum(size for at, size in self.arrivals if at >= when)


class Screens:
    """Workspace and programs of the part; everything it starts ends with it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / "screens"
        self.folder.mkdir(mode=0o700)
        sample, big = self.folder / "sample", self.folder / "big"
        for path in (sample, big):
            path.mkdir(mode=0o700)
        samples.build_sample(sample)
        samples.build_big(big, sample)
        self.crier = samples.Author(big, self.folder)
        self.clock = self.folder / "clock"
        self.clock.write_text(samples.NOW + "\n")

    def start(self):
        env = {**self.crier.env, "CRIER_TEST": "1", "CRIER_TEST_CLOCK": str(self.clock)}
        return Watched([crier.program(), "-w", self.crier.workspace], env,
                       cwd=self.folder).start()

    def start_top(self):
        """Its first screen is there once it has written as much as a screen of text has."""
        top = Watched([TOP, "-d", "1"], crier.clean_environment(self.folder),
                      cwd=self.folder).start(wait=False)
        top.wait_octets(1500, "top's first screen")
        return top

    def stop(self):
        self.crier.stop_all()
        shutil.rmtree(self.folder, ignore_errors=True)


def _key_ms(it, press):
    """The middle of many key presses; each waits for what it brought."""
    costs = []
    for n in range(KEYS):
        began = time.monotonic()
        press(n)
        costs.append((time.monotonic() - began) * 1000)
    return statistics.median(costs)


def _peak_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise measure.BenchFailed("the screens have ended")


def _echo_ms(backlog, echo):
    return (backlog + echo) / RATE * 1000


def _live(ui, worker):
    """Seconds of a live campaign on the slow line, in its own time: (octets a second, the echo of
    a key at the end)."""
    ui.answers = False
    written, arrived = [ui.terminal.octets], float(ui.terminal.octets)
    for _ in range(LIVE_S):
        worker.send("big4", 11)
        before, was_asked = ui.terminal.marks, ui.terminal.asked
        ui.signal(session.signal.SIGUSR1)
        if not was_asked:
            ui.wait_until(lambda: ui.terminal.asked or ui.terminal.marks > before, "a live frame")
        written.append(ui.terminal.octets)
        arrived = min(arrived + RATE, written[-1])
        if arrived == written[-1] and ui.terminal.asked:
            before = ui.terminal.marks
            ui.answer()
            ui.wait_frame(before, "the frame after an answer")
    backlog = ui.terminal.octets - arrived
    before = ui.terminal.octets
    ui.send(b"j")
    ui.wait_octets(1, "the echo")
    ui.answers = True
    return (written[-1] - written[0]) / LIVE_S, _echo_ms(backlog, ui.terminal.octets - before)


def _live_top(top):
    began = time.monotonic()
    top.wait_until(lambda: time.monotonic() - began >= LIVE_S, "time to pass")
    return top.octets_since(began) / LIVE_S


def run(bench, say):
    """The part of make bench."""
    if not os.access(TOP, os.X_OK):
        bench.report.skip("tui", f"{TOP} is not installed (procps)")
        return
    figure = bench.report.figure
    first = figure("first frame, 1,000,000 deliveries", "ms", "top", False)
    key = figure("key to frame", "ms", "top", False)
    memory = figure("memory of the screens", "MiB", "top", False)
    live = figure("live screen", "octets/s", "top -d 1", False)
    echo = figure(f"echo of a key while live, {RATE} octets/s", "ms", "top -d 1", False)
    say("screens: a workspace with 1,000,000 deliveries")
    screens = Screens(bench.folder)
    try:
        for _ in range(bench.options.rounds):
            with screens.start() as ui, screens.start_top() as top:
                first.add((ui.arrivals[-1][0] - ui.began) * 1000,
                          (top.arrivals[-1][0] - top.began) * 1000)
                ui.key("2")
                key.add(_key_ms(ui, lambda n: ui.key("jk"[n % 2])),
                        _key_ms(top, lambda n: (top.send(b" "), top.wait_octets(1, "top"))))
                ui.key("1")
                with stage.Worker(screens.crier.workspace) as worker:
                    octets, echo_ms = _live(ui, worker)
                of_top = _live_top(top)
                live.add(octets, of_top)
                # It asks nobody: what the line cannot carry away is before the key's echo.
                echo.add(echo_ms, _echo_ms(max(of_top, LIVE_S * (of_top - RATE)), 0))
                memory.add(_peak_mib(ui.pid), _peak_mib(top.pid))
    finally:
        screens.stop()
