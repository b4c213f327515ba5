"""Many people: how long the start of their campaign takes, and what the worker needs for them."""
import shutil
import subprocess

import crier
import measure
import place
import races
import takers
from figures import Aim
from place import number, say

START_AIM_S = {1_000_000: 5, 10_000_000: 60}
MEMORY_AIM_MB = 30
KIB_MB = 1024 / 1e6
FLAT = 1.1


def sqlite3(bench, before, measured):
    """Runs SQL of a peer in a database with tables like ours, after what it needs for that."""
    path = bench.folder / "peer.db"
    path.unlink(missing_ok=True)
    schema = ("CREATE TABLE person (id INTEGER PRIMARY KEY, address TEXT UNIQUE,"
              " first_name TEXT, city TEXT, member_since TEXT);"
              "CREATE TABLE delivery (id INTEGER PRIMARY KEY, campaign_id INTEGER,"
              " person_id INTEGER, state INTEGER, address TEXT,"
              " UNIQUE (campaign_id, person_id));")
    env = crier.clean_environment(bench.folder)
    for sql in (schema, before):
        subprocess.run(["sqlite3", path, sql], env=env, check=True)
    script = bench.folder / "peer.sql"
    script.write_text(measured + "\n", encoding="utf-8")
    try:
        with open(script, "rb") as stdin:
            return measure.run(["sqlite3", "-bail", path], env, bench.folder, stdin=stdin)
    finally:
        path.unlink(missing_ok=True)


def _built_by_sqlite3(bench, people):
    """INSERT … SELECT of as many rows into a table with the same unique index."""
    return sqlite3(bench, "INSERT INTO person (address) SELECT format('member%07d@example.org',"
                          f" value) FROM generate_series(1, {people});",
                   "INSERT INTO delivery (campaign_id, person_id, state, address) "
                   "SELECT 1, id, 0, address FROM person;")


def _start(bench, workspace):
    """Starts campaigns to everybody, once a round beside the peer, and returns the last one; the
    others are cancelled."""
    people = workspace.people
    rounds = bench.options.rounds if people <= 1_000_000 else 1
    aim = START_AIM_S.get(people)
    seconds = bench.report.figure(f"start of a campaign to {number(people)} people", "s",
                                  "sqlite3 INSERT", False, aim and Aim(aim, is_ratio=False))
    campaign = None
    for _ in range(rounds):
        if campaign:
            workspace.crier.run("campaign", "cancel", campaign)
        peer = _built_by_sqlite3(bench, people)
        campaign, built = workspace.start(bench.letter)
        seconds.add(built.seconds, peer.seconds)
    return campaign


def _memory(bench, sizes, costs, source):
    """Of supervisor and send role together. The aim is for what they really take: pages that
    both map count once; beside it the plain sum, which counts these twice. Flat is judged from
    the second size on: a run to the first few is over before any cache has its size."""
    for name, of, aim in (
            ("shared pages once", lambda cost: cost.once_kib, Aim(MEMORY_AIM_MB, is_ratio=False)),
            ("VmHWM added up", lambda cost: cost.peak_kib, None)):
        for people, cost in zip(sizes, costs):
            bench.report.figure(
                f"worker memory, {number(people)} people, {races.MANY} connections, {name}",
                "MB", "smtp-source", False, aim).add(of(cost) * KIB_MB, of(source) * KIB_MB)
        for people, cost in list(zip(sizes, costs))[2:]:
            bench.report.figure(
                f"worker memory, {number(people)} people, {name}", "MB",
                f"{number(sizes[1])} people", False, aim and Aim(FLAT)).add(
                    of(cost) * KIB_MB, of(costs[1]) * KIB_MB)


def part_crowd(bench):
    """Start and memory with few people, with many and with very many."""
    sizes = bench.options.memory_people
    if shutil.which("sqlite3") is None:
        bench.report.skip("crowd", "sqlite3 is not installed")
        return
    _, payload = bench.payload(bench.letter)
    costs = []
    receiver = takers.SmtpSink(bench.folder, sum(sizes) + sizes[0])
    try:
        for people in sizes:
            say(f"crowd: {number(people)} people")
            workspace = place.Workspace(bench.folder, people)
            try:
                workspace.import_people()
                workspace.aim(receiver.port, races.MANY)
                costs.append(workspace.send(_start(bench, workspace)))
            finally:
                workspace.stop()
        source = races.smtp_source(bench, receiver.port, sizes[0], payload,
                                   connections=races.MANY)
        receiver.check_total()
    finally:
        receiver.stop()
    _memory(bench, sizes, costs, source)
