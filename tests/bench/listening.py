"""crier ports beside ss, in a network of its own where 2,000 sockets listen."""
import json
import os
import shutil
import subprocess

import crier
import measure
from figures import Aim
from place import check, number, say

SOCKETS = 2000
PROGRAMS = 20
LIMIT_MS = 100
FIRST_PORT = 10000

# Forks PROGRAMS children with so many listening sockets each; says "ready" and ends, with them,
# with its standard input.
_HOLD = f"""
import os, socket, sys
for program in range({PROGRAMS}):
    made = []
    for i in range({SOCKETS // PROGRAMS}):
        one = socket.socket()
        one.bind(("127.0.0.1", {FIRST_PORT} + program * {SOCKETS // PROGRAMS} + i))
        one.listen()
        made.append(one)
    if os.fork() == 0:
        sys.stdin.read()
        os._exit(0)
    for one in made:
        one.close()
print("ready", flush=True)
sys.stdin.read()
"""


def _held():
    """The process whose network it is, or None and why there is none."""
    for program, package in (("unshare", "util-linux"), ("nsenter", "util-linux"),
                             ("ss", "iproute2")):
        if shutil.which(program) is None:
            return None, f"{program} is not installed (Debian: {package})"
    user = [] if os.getuid() == 0 else ["-r"]
    holder = subprocess.Popen(["unshare", *user, "-n", "/usr/bin/python3", "-I", "-S", "-c",
                               _HOLD],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    said = holder.stdout.readline().decode()
    if said == "ready\n":
        return holder, None
    _end(holder)
    return None, f"no network of one's own here: {said.strip()}"


def _end(holder):
    holder.stdin.close()
    crier.stop_process(holder)
    holder.stdout.close()


def _inside(holder, *argv):
    user = [] if os.getuid() == 0 else ["-U", "--preserve-credentials"]
    return ["nsenter", *user, "-n", "-t", str(holder.pid), *argv]


def part_ports(bench):
    """How long it takes to say who holds what; every socket must be found with its program by
    both."""
    holder, reason = _held()
    if holder is None:
        bench.report.skip("ports", reason)
        return
    say(f"ports: {number(SOCKETS)} sockets")
    env = {**os.environ, "HOME": str(bench.folder)}
    env.pop("CRIER_WORKSPACE", None)
    figure = {}
    for option, words in (((), "crier ports"), (("--all",), "crier ports --all")):
        name = f"{words}, {number(SOCKETS)} sockets"
        figure[option] = (bench.report.figure(name, "ms", "ss -ltnp", False,
                                              Aim(LIMIT_MS, is_ratio=False)))

    def ours(option):
        cost = measure.run(_inside(holder, crier.program(), "-w", str(bench.folder / "none"),
                                   "ports", *option, "--json"), env, bench.folder)
        if option:
            found = [row for row in json.loads(cost.stdout) if row["role"] == "other"]
            check(len(found) == SOCKETS and all(row["pid"] for row in found),
                  f"crier ports --all found {len(found)} sockets")
        return cost.seconds * 1000

    def theirs():
        cost = measure.run(_inside(holder, "ss", "-ltnp"), env, bench.folder)
        found = cost.stdout.count("pid=")
        check(found == SOCKETS, f"ss found {found} sockets with a program")
        return cost.seconds * 1000

    try:
        for option, row in figure.items():
            for own, peer in bench.in_turns(lambda option=option: ours(option), theirs):
                row.add(own, peer)
    finally:
        _end(holder)
