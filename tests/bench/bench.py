#!/usr/bin/python3
"""make bench: crier beside its peers on this machine, one table.

Each figure stands next to a peer's, measured in the same minute: smtp-source for sending,
sqlite3 for import. Nothing is asserted about time. What is asserted: every run sent to
everybody, exactly once, by our ledger and by the receiver's count; else nothing is printed
and the exit code is 1.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))
sys.dont_write_bytecode = True

import crier  # noqa: E402
import figures  # noqa: E402
import measure  # noqa: E402
import receivers  # noqa: E402
import waiting  # noqa: E402

CONNECTIONS = 10
FEW = 200
LIST = "members"
SERVER = "main"

CAMPAIGN = """\
format = 1;
campaign = {{
  name = "{name}";
  title = "Measured";
  from = "Example Association <news@example.org>";
  reply_to = "office@example.org";
  subject = "{{{{first_name|Friend}}}}, spring is here";
  lists = ( "{list}" );
  server = "{server}";
  html_file = "body.html";
  text_file = "body.txt";
}};
"""

FIRST_NAMES = ("Ada", "Ben", "Chiara", "Dimitri", "Elif", "Farid", "Gül", "Hana", "Ilse",
               "Jürgen", "Kaito", "", "Linh", "Mats", "Noor", "Ólöf")
CITIES = ("Bern", "Kraków", "Lyon", "Oslo", "Porto", "Riga", "Split")
DOMAINS = ("example.org", "example.net", "mail.example.com", "grey.example", "post.example")


def say(text):
    print(text, file=sys.stderr, flush=True)


def number(value):
    return f"{value:,}"


def address(i):
    return f"member{i:07d}@{DOMAINS[i % len(DOMAINS)]}"


def write_people(path, count):
    """A CSV file of made-up people, always the same ones. Not in the order of the alphabet:
    files that come from a shop or a form are not either."""
    step = 7919 if count % 7919 else 7907
    with open(path, "w", encoding="utf-8") as file:
        file.write("address,first_name,city,member_since\n")
        for k in range(count):
            i = k * step % count
            file.write(f"{address(i)},{FIRST_NAMES[i % len(FIRST_NAMES)]},"
                       f"{CITIES[i % len(CITIES)]},{1994 + i % 30}\n")


def check(is_good, what):
    if not is_good:
        raise measure.BenchFailed(what)


class Workspace:
    """A workspace with people in it, from which campaigns are sent to a receiver."""

    def __init__(self, folder, people):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ws-", dir=folder))
        self.people = people
        path = self.folder / "workspace"
        path.mkdir(mode=0o700)
        self.crier = crier.Crier(path, self.folder)
        self.n_campaigns = 0
        self.csv = self.folder / "people.csv"
        write_people(self.csv, people)
        self.crier.run("list", "new", LIST)

    def import_people(self):
        cost = self._measured("people", "import", self.csv, "--list", LIST, "--json")
        counts = json.loads(cost.stdout)
        counts = counts[0] if isinstance(counts, list) else counts
        check(counts["new"] == self.people, f"imported {counts}, not {self.people} people")
        return cost

    def aim(self, port):
        verb = ["set"] if self.crier.json("server", "list") else ["add"]
        self.crier.run("server", *verb, SERVER, "--host", f"127.0.0.1:{port}",
                       "--security", "none", "--connections", CONNECTIONS)

    def draft(self, letter):
        """A new campaign to everybody; returns its name."""
        self.n_campaigns += 1
        name = f"run-{self.n_campaigns}"
        folder = self.folder / name
        folder.mkdir()
        for body in ("body.html", "body.txt"):
            shutil.copy(letter / body, folder / body)
        (folder / "campaign.cfg").write_text(
            CAMPAIGN.format(name=name, list=LIST, server=SERVER), encoding="utf-8")
        self.crier.run("apply", folder)
        return name

    def start(self, letter):
        """The same with its delivery rows built; returns its name and what building them cost."""
        name = self.draft(letter)
        return name, self._measured("campaign", "start", name, "--yes", self.people,
                                    "--no-worker")

    def check(self, name):
        """Preflight of everybody; it must have looked at each."""
        cost = self._measured("campaign", "check", name, "--no-spamassassin", "--json",
                              exit_codes=(0, 4))
        report = json.loads(cost.stdout)
        check(report["people"] == self.people, f"checked {report['people']}, not {self.people}")
        return cost

    def select_people(self):
        """What reading the same people costs by itself."""
        script = self.folder / "peer.sql"
        script.write_text("SELECT address, fields FROM person;\n", encoding="utf-8")
        with open(script, "rb") as stdin:
            return measure.run(["sqlite3", "-readonly", self.crier.workspace / "crier.db"],
                               self.crier.env, self.folder, stdin=stdin)

    def send(self, name, **options):
        """The whole of `crier worker --once`, from exec to exit; everybody must be accepted."""
        cost = self._measured("worker", "--once", **options)
        row = self.crier.campaign(name)
        check(row["state"] == "finished" and row["total"] == row["accepted"] == self.people,
              f"not everybody was accepted: {row}")
        return cost

    def stop(self):
        self.crier.stop_all()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _measured(self, *args, **options):
        return measure.run(self.crier.argv(*args), self.crier.env, self.folder, **options)


class Bench:
    """Settings and folder of one call; each part_X adds its figures to the report."""

    def __init__(self, options, folder):
        self.folder = folder
        self.options = options
        self.letter = pathlib.Path(options.letter)
        self.payload_bytes = 0
        self.check_peaks = {}  # people -> KiB
        self.report = figures.Report({
            "people": options.people, "rounds": options.rounds,
            "import_rows": options.import_rows, "memory_people": options.memory_people,
            "postfix_people": options.postfix_people, "connections": CONNECTIONS})

    # -- helpers --

    def smtp_source(self, port, count, *options, wants_share=False):
        argv = [receivers.SMTP_SOURCE, "-d", "-s", CONNECTIONS, "-m", count,
                "-l", self.payload_bytes, *options, f"127.0.0.1:{port}"]
        return measure.run(argv, crier.clean_environment(self.folder), self.folder,
                           wants_share=wants_share)

    def in_turns(self, ours, theirs):
        """Both once a round, taking turns in going first."""
        for i in range(self.options.rounds):
            if i % 2:
                peer = theirs()
                yield ours(), peer
            else:
                own = ours()
                yield own, theirs()

    def race(self, workspace, receiver, name, building=None):
        """Rounds of ours and smtp-source to one receiver, which must have taken them all."""
        count = workspace.people
        rate = self.report.figure(f"sending to {name}", "messages/s", "smtp-source")
        cpu = self.report.figure(f"processor time, to {name}", "ms/1000 messages",
                                 "smtp-source", more_is_better=False)

        def ours():
            campaign, built = workspace.start(self.letter)
            if building is not None:
                building.append(built)
            cost = workspace.send(campaign)
            receiver.settle(count)
            return cost

        def theirs():
            cost = self.smtp_source(receiver.port, count, *receiver.source_options)
            receiver.settle(count)
            return cost

        for own, peer in self.in_turns(ours, theirs):
            rate.add(count / own.seconds, count / peer.seconds)
            cpu.add(own.cpu_s * 1e6 / count, peer.cpu_s * 1e6 / count)
        receiver.check_total()

    # -- parts --

    def part_letter(self):
        """Everybody once, address by address, and the size that smtp-source is given."""
        say(f"checking with {FEW} people, one by one")
        log = self.folder / "check.log"
        sink = receivers.CrierSink(self.folder, 2 * FEW, log)
        workspace = Workspace(self.folder, FEW)
        try:
            workspace.import_people()
            workspace.aim(sink.port)
            workspace.send(workspace.start(self.letter)[0])
            self.payload_bytes = 1000
            self.smtp_source(sink.port, FEW)
            sink.check_total()
        finally:
            workspace.stop()
            sink.stop()
        rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        ours = [row for row in rows if row["from"] == "news@example.org"]
        theirs = [row["bytes"] for row in rows if row["from"] != "news@example.org"]
        check(sorted(row["to"] for row in ours) == sorted(map(address, range(FEW))),
              "the sink's log does not name everybody exactly once")
        mean = sum(row["bytes"] for row in ours) // FEW
        self.payload_bytes = max(0, mean - (sum(theirs) // FEW - self.payload_bytes))
        self.report.notes.append(
            f"{number(self.options.people)} people, a message of {number(mean)} bytes with HTML "
            f"and text, {CONNECTIONS} connections, every outcome on disk (synchronous=FULL)")

    def part_sending(self):
        """To smtp-sink and to crier sink; on the way, how fast delivery rows are built."""
        workspace = Workspace(self.folder, self.options.people)
        building = []
        try:
            workspace.import_people()
            for name, make in (("smtp-sink", receivers.SmtpSink),
                               ("crier sink", receivers.CrierSink)):
                say(f"sending to {name}: {self.options.rounds} rounds")
                receiver = make(self.folder, 2 * workspace.people * self.options.rounds)
                try:
                    workspace.aim(receiver.port)
                    self.race(workspace, receiver, name, building)
                finally:
                    receiver.stop()
            self._building(workspace, building)
        finally:
            workspace.stop()

    def _building(self, workspace, costs):
        """Beside INSERT … SELECT of as many rows into a table with the same unique index."""
        if shutil.which("sqlite3") is None:
            self.report.skip("delivery rows", "sqlite3 is not installed")
            return
        figure = self.report.figure("building delivery rows", "rows/s", "sqlite3 INSERT")
        count = workspace.people
        for cost in costs:
            peer = self._sqlite3(f"INSERT INTO person (address) SELECT format('member%07d@"
                                 f"example.org', value) FROM generate_series(1, {count});",
                                 "INSERT INTO delivery (campaign_id, person_id, state, address) "
                                 "SELECT 1, id, 0, address FROM person;")
            figure.add(count / cost.seconds, count / peer.seconds)

    def _sqlite3(self, before, measured):
        path = self.folder / "peer.db"
        path.unlink(missing_ok=True)
        schema = ("CREATE TABLE person (id INTEGER PRIMARY KEY, address TEXT UNIQUE,"
                  " first_name TEXT, city TEXT, member_since TEXT);"
                  "CREATE TABLE delivery (id INTEGER PRIMARY KEY, campaign_id INTEGER,"
                  " person_id INTEGER, state INTEGER, address TEXT,"
                  " UNIQUE (campaign_id, person_id));")
        env = crier.clean_environment(self.folder)
        for sql in (schema, before):
            subprocess.run(["sqlite3", path, sql], env=env, check=True)
        script = self.folder / "peer.sql"
        script.write_text(measured + "\n", encoding="utf-8")
        with open(script, "rb") as stdin:
            return measure.run(["sqlite3", "-bail", path], env, self.folder, stdin=stdin)

    def part_memory(self):
        """What supervisor and send role need together, and that it does not grow."""
        sizes = self.options.memory_people
        say("memory: " + ", ".join(number(n) for n in sizes) + " people")
        costs = []
        receiver = receivers.SmtpSink(self.folder, sum(sizes) + sizes[0])
        try:
            for people in sizes:
                workspace = Workspace(self.folder, people)
                try:
                    workspace.import_people()
                    workspace.aim(receiver.port)
                    costs.append(workspace.send(workspace.start(self.letter)[0],
                                                wants_share=True))
                finally:
                    workspace.stop()
            source = self.smtp_source(receiver.port, sizes[0], wants_share=True)
            receiver.check_total()
        finally:
            receiver.stop()
        rivals = ["smtp-source", *(f"worker, {number(n)}" for n in sizes)]
        for name, of in (("VmHWM added up", lambda cost: cost.peak_kib),
                         ("proportional", lambda cost: cost.share_kib)):
            for people, rival, cost, before in zip(sizes, rivals, costs, [source, *costs]):
                if of(cost):
                    self.report.figure(f"worker memory, {number(people)} people, {name}", "MiB",
                                       rival, False).add(of(cost) / 1024, of(before) / 1024)

    def part_postfix(self):
        """Through a real MTA. It is slower than any sender: the processor time is what counts."""
        receiver, why = receivers.postfix_or_why(
            self.folder, 2 * self.options.postfix_people * self.options.rounds)
        if receiver is None:
            self.report.skip("through Postfix", why)
            return
        say(f"sending through Postfix: {self.options.rounds} rounds")
        workspace = Workspace(self.folder, self.options.postfix_people)
        try:
            workspace.import_people()
            workspace.aim(receiver.port)
            self.race(workspace, receiver, "Postfix")
            receiver.check_each([address(i) for i in range(workspace.people)],
                                self.options.rounds)
        finally:
            workspace.stop()
            receiver.stop()

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
            return self._sqlite3(
                "", "CREATE TABLE plain (address TEXT UNIQUE, first_name TEXT, city TEXT,"
                    f" member_since TEXT);\n.mode csv\n.import --skip 1 {source} plain")

        for own, peer in self.in_turns(ours, theirs):
            rate.add(count / own.seconds, count / peer.seconds)
            memory.add(own.peak_kib / 1024, peer.peak_kib / 1024)
        self._other_writer(count)

    def _other_writer(self, count):
        """What somebody else who writes waits while people are imported, at the worst; beside
        the same writer when nothing else goes on."""
        figure = self.report.figure("worst wait of another writer", "ms", "while idle", False)
        program = pathlib.Path(crier.program()).parent / "tests/bench/bench_writer"
        for _ in range(self.options.rounds):
            workspace = Workspace(self.folder, count)
            try:
                idle = self._wait_while(program, workspace, lambda: time.sleep(1))
                busy = self._wait_while(program, workspace, workspace.import_people)
            finally:
                workspace.stop()
            figure.add(busy, idle)

    @staticmethod
    def _wait_while(program, workspace, work):
        database = workspace.folder / "workspace" / "crier.db"
        writer = subprocess.Popen([program, database], stdout=subprocess.PIPE,
                                  env=crier.clean_environment(workspace.folder))
        try:
            work()
        finally:
            writer.terminate()
            said = writer.communicate()[0].decode()
        found = re.search(r"worst ([\d.]+) ms", said)
        check(writer.returncode == 0 and found, f"bench_writer: {said}")
        return float(found[1])

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
        rate = self.report.figure(f"preflight of {number(count)} people", "people/s", "sqlite3 SELECT")
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


PARTS = ("sending", "postfix", "memory", "import", "check", "compose", "dkim", "tui")


def parse_arguments():
    """Every setting can come from the environment too: make gives its variables on there."""
    env = os.environ.get
    quick, long = (env(name, "") not in ("", "0") for name in ("BENCH_QUICK", "BENCH_LONG"))
    parser = argparse.ArgumentParser(description="crier beside its peers on this machine")
    parser.add_argument("--people", type=int,
                        default=int(env("BENCH_PEOPLE") or (5000 if quick else 40000)),
                        help="people a sending run goes to (BENCH_PEOPLE)")
    parser.add_argument("--rounds", type=int,
                        default=int(env("BENCH_ROUNDS") or (1 if quick else 3)),
                        help="runs of each, ours and the peer's in turns (BENCH_ROUNDS)")
    parser.add_argument("--postfix-people", type=int,
                        default=int(env("BENCH_POSTFIX_PEOPLE") or (300 if quick else 4000)),
                        help="people a run through Postfix goes to (BENCH_POSTFIX_PEOPLE)")
    parser.add_argument("--letter", default=env("BENCH_LETTER") or HERE / "letter",
                        help="folder with body.html and body.txt (BENCH_LETTER)")
    parser.add_argument("--only", action="append", choices=PARTS,
                        default=[p for p in (env("BENCH_ONLY") or "").split() if p in PARTS],
                        help="this part; may be repeated (BENCH_ONLY)")
    parser.add_argument("--json", metavar="FILE", nargs="?", const="-", default=env("BENCH_JSON"),
                        help="write all figures as JSON; without FILE, or with -, instead of the "
                             "table (BENCH_JSON)")
    options = parser.parse_args()
    options.import_rows = 20000 if quick else 1000000 if long else 200000
    options.memory_people = ([1000, 10000] if quick else
                             [10000, 100000] + ([1000000] if long else []))
    options.check_people = ([1000, 10000] if quick else
                            [10000, 100000] + ([1000000] if long else []))
    options.compose = 20000 if quick else 200000
    options.signing_s = 1 if quick else 3
    return options


def run_parts(options):
    with tempfile.TemporaryDirectory(prefix="crier-bench-") as folder:
        # smtp-sink and Postfix run as users of their own and look in here.
        os.chmod(folder, 0o711)
        bench = Bench(options, pathlib.Path(folder))
        has_postfix = all(os.access(program, os.X_OK) for program in (receivers.SMTP_SOURCE,
                                                                      receivers.SMTP_SINK))
        if has_postfix:
            bench.part_letter()
        for part in PARTS:
            if options.only and part not in options.only:
                continue
            if part in ("sending", "postfix", "memory") and not has_postfix:
                bench.report.skip(part, "smtp-source and smtp-sink are not installed (postfix)")
                continue
            getattr(bench, f"part_{part}")()
        return bench.report


def main():
    options = parse_arguments()
    try:
        report = run_parts(options)
    except (measure.BenchFailed, AssertionError, waiting.DeadlinePassed) as error:
        say(f"bench: {error}")
        return 1
    if options.json:
        if options.json == "-":
            print(report.as_json())
            return 0
        pathlib.Path(options.json).write_text(report.as_json() + "\n", encoding="utf-8")
    print(report.as_table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
