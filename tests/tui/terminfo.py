"""Terminal descriptions of our own: the system's, without what emulators disagree about.

REP, SU and SD are left out, so that the octets that a frame takes do not depend on which
release of ncurses-base this machine has.
"""
import re
import shutil
import subprocess

LEFT_OUT = ("rep", "indn", "rin")
NAMES = ("xterm-256color", "xterm-mono", "linux", "vt100", "screen-256color", "tmux-256color")


def why_none():
    """What keeps us from making them, or None."""
    for tool in ("infocmp", "tic"):
        if shutil.which(tool, path="/usr/bin:/bin:/usr/sbin:/sbin") is None:
            return f"{tool} is not installed (Debian: ncurses-bin)"
    return None


def build(folder):
    """Writes the descriptions into folder, for TERMINFO; returns the names that exist."""
    made = []
    for name in NAMES:
        found = subprocess.run(["infocmp", "-1", "-x", name], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, check=False)
        if found.returncode == 0:
            made.append(_without(found.stdout.decode()))
    source = folder / "crier.ti"
    source.write_text("\n".join(made))
    subprocess.run(["tic", "-x", "-o", folder, source], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return [name for name in NAMES if list(folder.glob(f"?/{name}"))]


def _without(text):
    for capability in LEFT_OUT:
        text = re.sub(rf"(?m)^\t{capability}=.*,\n", "", text)
    return text
