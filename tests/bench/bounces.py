"""Reading mails that came back: crier bounce classify beside Sisimai, on the same files."""
import json
import os
import pathlib
import shutil
import subprocess

import crier
import measure
from figures import Aim
from place import check, say

HERE = pathlib.Path(__file__).resolve().parent
PEER = HERE / "sisimai.pl"
# How often each reads all files in a run: so often that a run takes seconds, since the start of
# the program counts for both. Each name is read anew; no program keeps what it read before.
OUR_TURNS = 40
PEER_TURNS = 3


def _files():
    """The mails and None, or None and why there are none."""
    root = os.environ.get("CRIER_TESTDATA", "")
    folder = pathlib.Path(root) / "bounces/eml"
    files = sorted(folder.glob("*.eml")) if root else []
    return (files, None) if files else (None, "no mails in CRIER_TESTDATA/bounces/eml")


def _peer_version():
    """What it calls itself, or None: not installed."""
    if shutil.which("perl") is None:
        return None
    found = subprocess.run(["perl", "-MSisimai", "-e", "print Sisimai->version"], check=False,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return found.stdout.strip() or None if found.returncode == 0 else None


def _on_one_core():
    """What to put before a command. Without it both may move between processors; the rate is of
    processor time in either case, so neither gains by a second one."""
    if shutil.which("taskset") is None:
        return []
    return ["taskset", "-c", str(max(os.sched_getaffinity(0)))]


def _names(bench, files, turns):
    path = bench.folder / f"names-{turns}"
    path.write_text("".join(f"{file}\n" for file in files) * turns, encoding="utf-8")
    return path


def _measured(bench, argv, env, names):
    """Messages a second of processor time, and what was printed. Both programs are given names
    on standard input, read each file, and print a line for each recipient they found."""
    with open(names, "rb") as stdin:
        cost = measure.run([*_on_one_core(), *argv], env, bench.folder, stdin=stdin)
    with open(names, "rb") as file:
        count = sum(1 for _ in file)
    return count / cost.cpu_s, cost.stdout


def _about(stdout, name_of):
    """How many files at least one line is about."""
    return len({name_of(line) for line in stdout.splitlines()})


def part_bounce(bench):
    files, why = _files()
    if why:
        bench.report.skip("bounce", why)
        return
    version = _peer_version()
    peer = f"Sisimai {version}" if version else "Sisimai: not installed"
    say(f"reading {len(files)} mails that came back: {bench.options.bounce_rounds} rounds")
    rate = bench.report.figure("bounce classify, one core", "messages/s", peer,
                               aim=Aim(15) if version else None)
    if not version:
        bench.report.skip("bounce beside Sisimai",
                          "Sisimai is not installed (Debian: libsisimai-perl)")
    own_names = _names(bench, files, OUR_TURNS)
    peer_names = _names(bench, files, PEER_TURNS)
    def ours():
        figure, printed = _measured(
            bench, [crier.program(), "bounce", "classify", "--jsonl", "-"],
            crier.clean_environment(bench.folder), own_names)
        check(_about(printed, lambda line: json.loads(line)["file"]) == len(files),
              "bounce classify did not print each mail")
        return figure

    def theirs():
        figure, printed = _measured(bench, ["perl", PEER], dict(os.environ), peer_names)
        check(_about(printed, lambda line: line.split("\t", 1)[0]) > len(files) // 2,
              "Sisimai read less than half of the mails")
        return figure

    if version:
        for own, peer_rate in bench.in_turns(ours, theirs, bench.options.bounce_rounds):
            rate.add(own, peer_rate)
    else:
        rate.ours = [ours() for _ in range(bench.options.bounce_rounds)]
