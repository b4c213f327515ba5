"""Sending beside a peer: near, slowed down, far away. Each part makes its own workspace and
receiver and is told by the receiver's count that everybody got it once."""
import json
import mmap
import pathlib
import shutil

import crier
import far
import measure
import place
import takers
from figures import Aim
from place import check, number, say

FEW = 200
MANY = 50                 # connections, where one reply takes long
LARGE_BYTES = 20_000
FAR_MS = 50
WINDOW = 8
THINKING_MS = 100


# -- letters --

def large_letter(bench):
    """The letter again, with so much in it that a message has LARGE_BYTES."""
    folder = bench.folder / "large"
    if folder.is_dir():
        return folder
    folder.mkdir()
    shutil.copy(bench.letter / "body.txt", folder)
    html = (bench.letter / "body.html").read_text(encoding="utf-8")
    mean, _ = bench.payload(bench.letter)
    line = '<p style="margin:0 0 12px 0">One more paragraph of what happened this year.</p>\n'
    more = line * max(0, round((LARGE_BYTES - mean) / (len(line) + 1)))
    (folder / "body.html").write_text(html.replace("</body>", more + "</body>"),
                                      encoding="utf-8")
    return folder


def measure_payload(bench, letter):
    """Everybody once, address by address: (the mean size of our messages, the size to give
    smtp-source so that its messages are as large)."""
    say(f"checking {letter.name} with {FEW} people, one by one")
    log = bench.folder / f"check-{letter.name}.log"
    sink = takers.CrierSink(bench.folder, 2 * FEW, log)
    workspace = place.Workspace(bench.folder, FEW)
    guess = 1000
    try:
        workspace.import_people()
        workspace.aim(sink.port)
        workspace.send(workspace.start(letter)[0])
        smtp_source(bench, sink.port, FEW, guess)
        sink.check_total()
    finally:
        workspace.stop()
        sink.stop()
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    ours = [row for row in rows if row["from"] == "news@example.org"]
    theirs = [row["bytes"] for row in rows if row["from"] != "news@example.org"]
    check(sorted(row["to"] for row in ours) == sorted(map(place.address, range(FEW))),
          "the sink's log does not name everybody exactly once")
    mean = sum(row["bytes"] for row in ours) // FEW
    bench.report.notes.append(f"{letter.name}: messages of {number(mean)} bytes with HTML and "
                              "text, every outcome on disk (synchronous=FULL)")
    return mean, max(0, mean - (sum(theirs) // FEW - guess))


# -- the peer --

def smtp_source(bench, port, count, payload, *options, connections=place.CONNECTIONS):
    argv = [takers.SMTP_SOURCE, "-d", "-s", connections, "-m", count, "-l", payload,
            *options, f"127.0.0.1:{port}"]
    return measure.run(argv, crier.clean_environment(bench.folder), bench.folder)


class Race:
    """Rounds of ours and smtp-source to one receiver, which must have taken them all. What
    differs from race to race is in the fields."""

    def __init__(self, bench, make_receiver, people):
        self.bench = bench
        self.make_receiver = make_receiver
        self.people = people
        self.peer_count = people    # fewer where the peer would take minutes
        self.letter = bench.letter
        self.connections = place.CONNECTIONS
        self.server_options = ()
        self.env = {}               # of our worker
        self.delay_ms = 0           # of a round trip, through the proxy

    def run(self, rate, cpu=None):
        """Fills the figures; both may be None where only the counting matters."""
        bench, rounds = self.bench, self.bench.options.rounds
        _, payload = bench.payload(self.letter)
        workspace = place.Workspace(bench.folder, self.people)
        receiver = None
        try:
            receiver = self.make_receiver(bench.folder,
                                          (self.people + self.peer_count) * rounds)
            workspace.import_people()

            def ours():
                with far.reach(bench, receiver.port, self.delay_ms) as port:
                    workspace.aim(port, self.connections, options=self.server_options)
                    campaign, _ = workspace.start(self.letter)
                    cost = workspace.send(campaign, env=self.env)
                receiver.settle(self.people)
                return cost

            def theirs():
                with far.reach(bench, receiver.port, self.delay_ms) as port:
                    cost = smtp_source(bench, port, self.peer_count, payload,
                                       *receiver.source_options, connections=self.connections)
                receiver.settle(self.peer_count)
                return cost

            for own, peer in bench.in_turns(ours, theirs):
                rate.add(self.people / own.seconds, self.peer_count / peer.seconds)
                if cpu:
                    cpu.add(own.cpu_s * 1e6 / self.people, peer.cpu_s * 1e6 / self.peer_count)
            receiver.check_total()
        finally:
            workspace.stop()
            if receiver:
                receiver.stop()


def _rate(bench, name, aim):
    return bench.report.figure(name, "messages/s", "smtp-source",
                               aim=None if aim is None else Aim(aim))


def _cpu(bench, name, aim):
    return bench.report.figure(name, "ms/1000 messages", "smtp-source", False,
                               aim=None if aim is None else Aim(aim))


# -- parts --

def part_sending(bench):
    """2 KB to smtp-sink and to crier sink."""
    for name, make, aims in (("smtp-sink", takers.SmtpSink, (2.0, 0.6)),
                             ("crier sink", takers.CrierSink, (None, None))):
        say(f"sending to {name}: {bench.options.rounds} rounds")
        Race(bench, make, bench.options.people).run(
            _rate(bench, f"2 KB to {name}", aims[0]),
            _cpu(bench, f"processor time, 2 KB to {name}", aims[1]))


def part_large(bench):
    """20 KB to smtp-sink, which is the limit then."""
    say(f"20 KB to smtp-sink: {bench.options.rounds} rounds")
    race = Race(bench, takers.SmtpSink, bench.options.people // 2)
    race.letter = large_letter(bench)
    race.run(_rate(bench, "20 KB to smtp-sink", 1.1),
             _cpu(bench, "processor time, 20 KB to smtp-sink", None))


def part_fsync(bench):
    """2 KB to smtp-sink, with every fsync of ours slower. The preloaded library counts them:
    with none at all the figure would be of something else."""
    library = pathlib.Path(crier.program()).parent / "tests/bench/slow_fsync.so"
    count = bench.folder / "fsyncs"
    count.write_bytes(bytes(mmap.PAGESIZE))
    say(f"slow fsync: {bench.options.rounds} rounds")
    race = Race(bench, takers.SmtpSink, bench.options.people)
    race.env = {"LD_PRELOAD": str(library), "SLOW_FSYNC_COUNT": str(count)}
    race.run(_rate(bench, "2 KB to smtp-sink, every fsync 5 ms slower", 1.5))
    slowed = int.from_bytes(count.read_bytes()[:8], "little")
    check(slowed >= bench.options.rounds, "no fsync was slowed down")
    bench.report.notes.append(f"{number(slowed)} fsyncs were slowed down in "
                              f"{bench.options.rounds} runs")


def part_far(bench):
    """50 ms away, PIPELINING: smtp-sink knows no CHUNKING."""
    say(f"{FAR_MS} ms away: {bench.options.rounds} rounds")
    race = Race(bench, takers.SmtpSink, bench.options.far_people)
    race.peer_count = bench.options.far_people // 2
    race.connections = MANY
    race.delay_ms = FAR_MS
    race.run(_rate(bench, f"{FAR_MS} ms away, {MANY} connections, PIPELINING", 3.5))


def part_chunking(bench):
    """50 ms away, CHUNKING with a window. smtp-source goes the same way to the same sink."""
    if "--window " not in place.server_options():
        bench.report.skip("chunking", "this crier has no window of messages in flight")
        return
    say(f"{FAR_MS} ms away, with CHUNKING: {bench.options.rounds} rounds")
    race = Race(bench, takers.CrierSink, bench.options.far_people * 10)
    race.peer_count = bench.options.far_people // 2
    race.connections = MANY
    race.delay_ms = FAR_MS
    race.server_options = ("--window", WINDOW)
    race.run(_rate(bench, f"{FAR_MS} ms away, {MANY} connections, CHUNKING, window {WINDOW}", 20))


def part_slow(bench):
    """A server that thinks for 100 ms after each message: its peer is arithmetic."""
    say(f"{THINKING_MS} ms to each final reply: {bench.options.rounds} rounds")
    people = bench.options.far_people
    best = MANY * 1000 / THINKING_MS
    figure = bench.report.figure(f"{THINKING_MS} ms to each final reply, {MANY} connections",
                                 "messages/s", "connections / delay", aim=Aim(0.9))
    sink = takers.CrierSink(bench.folder, people * bench.options.rounds,
                               script=f"every 1 delay {THINKING_MS}\n")
    workspace = place.Workspace(bench.folder, people)
    try:
        workspace.import_people()
        workspace.aim(sink.port, MANY)
        for _ in range(bench.options.rounds):
            cost = workspace.send(workspace.start(bench.letter)[0])
            figure.add(people / cost.seconds, best)
        sink.check_total()
    finally:
        workspace.stop()
        sink.stop()


def part_postfix(bench):
    """Through a real MTA. It is slower than any sender: the processor time is what counts."""
    why = takers.why_no_postfix()
    if why:
        bench.report.skip("through Postfix", why)
        return
    say(f"sending through Postfix: {bench.options.rounds} rounds")
    people = bench.options.postfix_people
    race = Race(bench, takers.make_postfix(
        [place.address(i) for i in range(people)], bench.options.rounds), people)
    race.run(_rate(bench, "2 KB to Postfix", None),
             _cpu(bench, "processor time, 2 KB to Postfix", None))
