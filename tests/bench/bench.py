#!/usr/bin/python3
"""make bench: crier beside its peers on this machine, one table.

Each figure stands next to a peer's, measured in the same minute: smtp-source for sending,
nodemailer, sqlite3 for import, Sisimai for mail that comes back. Nothing is asserted about time.
What is asserted: every run sent to everybody, exactly once, by our ledger and by the receiver's
count; else the part's figures are not shown and the exit code is 1.
"""
import argparse
import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "system"))
sys.dont_write_bytecode = True

import beside  # noqa: E402
import bounces  # noqa: E402
import crier  # noqa: E402
import crowd  # noqa: E402
import diagnosing  # noqa: E402
import far  # noqa: E402
import figures  # noqa: E402
import listening  # noqa: E402
import measure  # noqa: E402
import node  # noqa: E402
import place  # noqa: E402
import races  # noqa: E402
import takers  # noqa: E402
import waiting  # noqa: E402
from place import Workspace, check, number, say, write_people  # noqa: E402


class Bench:
    """Settings and folder of one call; each part adds its figures to the report."""

    def __init__(self, options, folder):
        self.folder = folder
        self.options = options
        self.letter = pathlib.Path(options.letter)
        self._payloads = {}     # letter -> sizes
        self.proxy_runs = []    # what the delaying proxy said about itself
        self.check_peaks = {}   # people -> KiB
        self.report = figures.Report({
            "people": options.people, "rounds": options.rounds, "far_people": options.far_people,
            "import_rows": options.import_rows, "memory_people": options.memory_people,
            "postfix_people": options.postfix_people, "connections": place.CONNECTIONS})

    def payload(self, letter):
        if letter not in self._payloads:
            self._payloads[letter] = races.measure_payload(self, letter)
        return self._payloads[letter]

    def in_turns(self, ours, theirs, rounds=None):
        """Both once a round, taking turns in going first."""
        for i in range(rounds or self.options.rounds):
            if i % 2:
                peer = theirs()
                yield ours(), peer
            else:
                own = ours()
                yield own, theirs()

    def part_import(self):
        """people import beside .import of the same file; each round begins with nothing."""
        count = self.options.import_rows
        if shutil.which("sqlite3") is None:
            self.report.skip("import", "sqlite3 is not installed")
            return
        say(f"import of {number(count)} rows: {self.options.rounds} rounds")
        rate = self.report.figure(f"import of {number(count)} rows", "rows/s", "sqlite3 .import")
        memory = self.report.figure("import memory", "MiB", "sqlite3 .import", False)
        source = self.folder / "import.csv"
        write_people(source, count)

        def ours():
            workspace = Workspace(self.folder, count)
            try:
                return workspace.import_people()
            finally:
                workspace.stop()

        def theirs():
            return crowd.sqlite3(
                self, "", "CREATE TABLE plain (address TEXT UNIQUE, first_name TEXT, city TEXT,"
                    f" member_since TEXT);\n.mode csv\n.import --skip 1 {source} plain")

        for own, peer in self.in_turns(ours, theirs):
            rate.add(count / own.seconds, count / peer.seconds)
            memory.add(own.peak_kib / 1024, peer.peak_kib / 1024)
        self._other_writer(count)

    def _other_writer(self, count):
        """What somebody else who writes waits while people are imported, at the worst; beside
        the same writer when nothing else goes on."""
        figure = self.report.figure("worst wait of another writer during an import", "ms",
                                    "while idle", False)
        for _ in range(self.options.rounds):
            workspace = Workspace(self.folder, count)
            try:
                idle = beside.wait_while(workspace, lambda: time.sleep(1))
                busy = beside.wait_while(workspace, workspace.import_people)
            finally:
                workspace.stop()
            figure.add(busy, idle)

    def part_check(self):
        """campaign check of everybody, beside sqlite3 printing the same rows once."""
        sizes = self.options.check_people
        if shutil.which("sqlite3") is None:
            self.report.skip("preflight", "sqlite3 is not installed")
            return
        for count in sizes:
            say(f"preflight of {number(count)} people: {self.options.rounds} rounds")
            self._check_people(count, None if count == sizes[0] else sizes[0])

    def _check_people(self, count, fewer):
        rate = self.report.figure(f"preflight of {number(count)} people", "people/s",
                                  "sqlite3 SELECT")
        memory = self.report.figure(f"preflight memory, {number(count)} people", "MiB",
                                    f"{number(fewer)} people" if fewer else "sqlite3 SELECT", False)
        workspace = Workspace(self.folder, count)
        try:
            workspace.import_people()
            workspace.aim(9)
            campaign = workspace.draft(self.letter)
            for _ in range(self.options.rounds):
                own = workspace.check(campaign)
                peer = workspace.select_people()
                rate.add(count / own.seconds, count / peer.seconds)
                before = self.check_peaks.get(fewer, peer.peak_kib)
                memory.add(own.peak_kib / 1024, before / 1024)
                self.check_peaks[count] = own.peak_kib
        finally:
            workspace.stop()

    def part_compose(self):
        """One message filled in, beside copying the same bytes."""
        say("composing")
        program = pathlib.Path(crier.program()).parent / "tests/bench/bench_compose"
        figure = self.report.figure("composing a message", "us", "memcpy", False)
        for _ in range(self.options.rounds):
            cost = measure.run([program, self.options.compose], dict(os.environ), self.folder)
            found = re.search(r"compose ([\d.]+) us, memcpy ([\d.]+) us", cost.stdout)
            check(found, f"bench_compose printed {cost.stdout!r}")
            figure.add(float(found[1]), float(found[2]))


    def part_dkim(self):
        """Signing whole messages beside bare signatures; two threads beside one."""
        if shutil.which("openssl") is None:
            self.report.skip("dkim", "openssl is not installed")
            return
        for algorithm, name in (("rsa", "rsa2048"), ("ed25519", "ed25519")):
            say(f"signing with {name}")
            alone = self.report.figure(f"signing, {name}", "messages/core s", "openssl speed")
            both = self.report.figure(f"signing, {name}, two threads", "messages/s", "one thread")
            for _ in range(self.options.rounds):
                ours = self._signing(algorithm)
                alone.add(ours[0], self._openssl_speed(name))
                both.add(ours[2], ours[1])

    def _signing(self, algorithm):
        program = pathlib.Path(crier.program()).parent / "tests/bench/bench_dkim"
        cost = measure.run([program, algorithm, self.options.signing_s], dict(os.environ),
                           self.folder)
        found = re.search(r": (\d+) signed per .* one thread (\d+)/s, two (\d+)/s", cost.stdout)
        check(found, f"bench_dkim printed {cost.stdout!r}")
        return [float(number) for number in found.groups()]

    def part_tui(self):
        """The screens beside top."""
        try:
            import terminal
        except ImportError as error:
            self.report.skip("tui", f"{error.name} is not installed (Debian: python3-pyte)")
            return
        terminal.run(self, say)

    def _openssl_speed(self, name):
        """Its own signatures a second of processor time, from the lines for machines: +F2 is
        RSA, +F6 EdDSA."""
        cost = measure.run(["openssl", "speed", "-mr", "-seconds", self.options.signing_s, name],
                           dict(os.environ), self.folder)
        found = re.search(r"(?m)^\+F(?:2:\d+:\d+|6:\d+:\d+:[^:]+):([\d.e-]+):", cost.stdout)
        check(found, f"openssl speed printed {cost.stdout!r}")
        return float(found[1])


# In this order; what sends needs smtp-source and smtp-sink.
PARTS = {
    "sending": races.part_sending, "large": races.part_large, "fsync": races.part_fsync,
    "far": races.part_far, "chunking": races.part_chunking, "slow": races.part_slow,
    "nodemailer": node.part_nodemailer, "beside": beside.part_beside, "crowd": crowd.part_crowd,
    "writer": beside.part_writer, "postfix": races.part_postfix,
    "import": Bench.part_import, "check": Bench.part_check, "compose": Bench.part_compose,
    "dkim": Bench.part_dkim, "bounce": bounces.part_bounce, "ports": listening.part_ports,
    "doctor": diagnosing.part_doctor, "tui": Bench.part_tui,
}
WITHOUT_POSTFIX = ("import", "check", "compose", "dkim", "bounce", "ports", "doctor", "tui",
                   "slow")


def parse_arguments():
    """Every setting can come from the environment too: make gives its variables on there."""
    env = os.environ.get
    quick, long = (env(name, "") not in ("", "0") for name in ("BENCH_QUICK", "BENCH_LONG"))
    parser = argparse.ArgumentParser(description="crier beside its peers on this machine")
    parser.add_argument("--people", type=int,
                        default=int(env("BENCH_PEOPLE") or (5000 if quick else 100000)),
                        help="people a sending run goes to (BENCH_PEOPLE)")
    parser.add_argument("--rounds", type=int,
                        default=int(env("BENCH_ROUNDS") or (1 if quick else 3)),
                        help="runs of each, ours and the peer's in turns (BENCH_ROUNDS)")
    parser.add_argument("--postfix-people", type=int,
                        default=int(env("BENCH_POSTFIX_PEOPLE") or (300 if quick else 4000)),
                        help="people a run through Postfix goes to (BENCH_POSTFIX_PEOPLE)")
    parser.add_argument("--far-people", type=int,
                        default=int(env("BENCH_FAR_PEOPLE") or (500 if quick else 4000)),
                        help="people a run to a far or slow server goes to (BENCH_FAR_PEOPLE)")
    parser.add_argument("--letter", default=env("BENCH_LETTER") or HERE / "letter",
                        help="folder with body.html and body.txt (BENCH_LETTER)")
    parser.add_argument("--only", action="append", choices=list(PARTS),
                        default=[p for p in (env("BENCH_ONLY") or "").split() if p in PARTS],
                        help="this part; may be repeated (BENCH_ONLY)")
    parser.add_argument("--json", metavar="FILE", nargs="?", const="-", default=env("BENCH_JSON"),
                        help="write all figures as JSON; without FILE, or with -, instead of the "
                             "table (BENCH_JSON)")
    options = parser.parse_args()
    options.import_rows = 20000 if quick else 1000000 if long else 200000
    options.memory_people = ([1000, 10000, 50000] if quick else
                             [1000, 100000, 1000000] + ([10000000] if long else []))
    options.writer_people = 20000 if quick else 200000
    options.check_people = ([1000, 10000] if quick else
                            [10000, 100000] + ([1000000] if long else []))
    options.compose = 20000 if quick else 200000
    options.bounce_rounds = 1 if quick else max(options.rounds, 5)
    options.signing_s = 1 if quick else 3
    return options


def run_parts(options):
    with tempfile.TemporaryDirectory(prefix="crier-bench-") as folder:
        # smtp-sink and Postfix run as users of their own and look in here.
        os.chmod(folder, 0o711)
        bench = Bench(options, pathlib.Path(folder))
        has_postfix = all(os.access(program, os.X_OK) for program in (takers.SMTP_SOURCE,
                                                                      takers.SMTP_SINK))
        for name, part in PARTS.items():
            if options.only and name not in options.only:
                continue
            if name not in WITHOUT_POSTFIX and not has_postfix:
                bench.report.skip(name, "smtp-source and smtp-sink are not installed (postfix)")
                continue
            n_before = len(bench.report.figures)
            try:
                part(bench)
            except (measure.BenchFailed, AssertionError, waiting.DeadlinePassed) as error:
                say(f"bench: {name}: {error}")
                bench.report.fail(name, str(error).splitlines()[0], n_before)
        far.note(bench)
        return bench.report


def main():
    options = parse_arguments()
    # What was started has to end with us.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    report = run_parts(options)
    if options.json:
        if options.json == "-":
            print(report.as_json())
            return 1 if report.failed else 0
        pathlib.Path(options.json).write_text(report.as_json() + "\n", encoding="utf-8")
    print(report.as_table())
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
