"""tmux as an independent second opinion: a terminal that others wrote shows the same text."""
import os
import shutil
import subprocess
import tempfile

import pytest

import crier
import samples
import waiting


class Tmux:
    """crier in a tmux of its own, synchronised by a file: tmux keeps the signs to itself."""

    def __init__(self, it, folder):
        self.sync = it.home / "sync"
        clock = it.home / "clock"
        clock.write_text(samples.NOW + "\n")
        self.env = {**it.env, "TMUX_TMPDIR": folder, "TERM": "xterm-256color",
                    "CRIER_TEST": "1", "CRIER_TEST_CLOCK": str(clock),
                    "CRIER_TEST_SYNC": str(self.sync)}
        self.run("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-s", "crier",
                 "sleep 1000000", ";", "set", "-g", "status", "off", ";",
                 "set", "-g", "default-terminal", "tmux-256color", ";",
                 "set", "-g", "remain-on-exit", "on", ";", "respawn-pane", "-k", "-t", "crier",
                 crier.program(), "-w", str(it.workspace))

    def run(self, *args):
        done = subprocess.run(["tmux", "-L", "crier", *args], env=self.env, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def frames(self):
        try:
            return int(self.sync.read_text())
        except (OSError, ValueError):
            return 0

    def key(self, *names):
        for name in names:
            before = self.frames()
            self.run("send-keys", "-t", "crier", name)
            waiting.wait_for(lambda: self.frames() > before, what=f"the frame after {name}")

    def text(self):
        return self.run("capture-pane", "-p", "-t", "crier").rstrip("\n")

    def history(self):
        """Also what was scrolled away: tmux does that when a program has ended."""
        return self.run("capture-pane", "-p", "-S", "-", "-t", "crier")

    def wait_text(self, wanted):
        """The frame is written; tmux may still be reading it."""
        waiting.wait_for(lambda: self.text() == wanted,
                         what=lambda: f"tmux to show\n{wanted}\nnot\n{self.text()}")


@pytest.fixture
def start_tmux():
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    made = []
    # The socket's path has little room: not below pytest's folder.
    folder = tempfile.mkdtemp(prefix="crier-tmux-")

    def start(it):
        made.append(Tmux(it, folder))
        return made[-1]

    yield start
    for each in made:
        each.run("kill-server")
    # The server removes its socket itself, after it has answered.
    shutil.rmtree(folder, ignore_errors=True)


def test_tmux_shows_the_same(start_tmux, start_ui, sample):
    if not os.path.exists("/lib/terminfo/t/tmux-256color"):
        pytest.skip("the system does not describe tmux-256color (Debian: ncurses-base)")
    ours = start_ui(sample, term="tmux-256color")
    theirs = start_tmux(sample)
    waiting.wait_for(lambda: theirs.frames() > 0, what="the first frame")
    theirs.wait_text(ours.text().rstrip("\n"))
    for ours_key, theirs_key in (("down", "Down"), ("?", "?"), ("esc", "Escape"), ("up", "Up")):
        ours.key(ours_key)
        theirs.key(theirs_key)
        theirs.wait_text(ours.text().rstrip("\n"))
    theirs.run("resize-window", "-x", "60", "-y", "20", "-t", "crier")
    ours.resize(60, 20)
    theirs.wait_text(ours.text().rstrip("\n"))
    theirs.run("send-keys", "-t", "crier", "q")
    waiting.wait_for(lambda: "2 campaigns wait for a worker" in theirs.history(),
                     what=lambda: f"the way out\n{theirs.history()}")
