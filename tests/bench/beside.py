"""What goes on at the same time: another writer of the database, and a slow server beside a
fast one."""
import pathlib
import re
import subprocess
import time

import crier
import place
import takers
import waiting
from figures import Aim
from place import check, say

SLOW_MS = 4000
SLOW_PEOPLE = 400     # at 10 connections far more than the fast one gives them time for
WAIT_AIM_MS = 50


# -- another writer --

def wait_while(workspace, work):
    """The worst wait, in ms, of a process that writes all the time while work() is done."""
    program = pathlib.Path(crier.program()).parent / "tests/bench/bench_writer"
    database = workspace.crier.workspace / "crier.db"
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


def part_writer(bench):
    """Somebody else's write during a send."""
    people = bench.options.writer_people
    say(f"another writer during a send: {bench.options.rounds} rounds")
    figure = bench.report.figure("worst wait of another writer during a send", "ms", "while idle",
                                 False, Aim(WAIT_AIM_MS, is_ratio=False))
    workspace = place.Workspace(bench.folder, people)
    receiver = takers.SmtpSink(bench.folder, people * bench.options.rounds)
    try:
        workspace.import_people()
        workspace.aim(receiver.port)
        for _ in range(bench.options.rounds):
            campaign, _ = workspace.start(bench.letter)
            idle = wait_while(workspace, lambda: time.sleep(1))
            busy = wait_while(workspace, lambda: workspace.send(campaign))
            figure.add(busy, idle)
        receiver.check_total()
    finally:
        workspace.stop()
        receiver.stop()


# -- a slow server --

def _fast_rate(bench, port, slow_port=None):
    """Messages a second to the fast one, by the evidence: from its first to its last."""
    people = bench.options.people
    workspace = place.Workspace(bench.folder, people)
    try:
        workspace.import_people()
        workspace.aim(port)
        fast = workspace.draft(bench.letter)
        said = open(workspace.folder / "worker.log", "wb")  # closed with the process
        worker = workspace.crier.popen("worker", stdout=said)
        if slow_port:
            workspace.import_few("few", SLOW_PEOPLE)
            workspace.aim(slow_port, server="slow")
            slow = workspace.draft(bench.letter, "few", "slow")
            workspace.crier.run("campaign", "start", slow, "--yes", SLOW_PEOPLE)
            waiting.wait_for(lambda: workspace.crier.campaign(slow)["accepted"], 60,
                             "the slow server's first mail")
        workspace.crier.run("campaign", "start", fast, "--yes", people)
        waiting.wait_for(lambda: workspace.crier.campaign(fast)["state"] == "finished", 300,
                         "the fast server's campaign")
        workspace.check_sent(fast)
        if slow_port:
            row = workspace.crier.campaign(slow)
            check(row["accepted"] < row["total"], "the slow server was done before the fast one")
            workspace.crier.run("campaign", "cancel", slow)
        worker.terminate()
        worker.communicate(timeout=60)
        return people / workspace.sending_s(fast)
    finally:
        workspace.stop()


def part_beside(bench):
    """A server that takes 4 s for each final reply must not slow down its neighbour."""
    rounds = bench.options.rounds
    say(f"a slow server beside a fast one: {rounds} rounds")
    figure = bench.report.figure(f"to smtp-sink, beside a server with {SLOW_MS // 1000} s to each"
                                 " final reply", "messages/s", "alone", aim=Aim(0.95))
    receiver = takers.SmtpSink(bench.folder, 2 * bench.options.people * rounds)
    slow = takers.CrierSink(bench.folder, 0, script=f"every 1 delay {SLOW_MS}\n")
    try:
        for own, peer in bench.in_turns(
                lambda: _fast_rate(bench, receiver.port, slow.port),
                lambda: _fast_rate(bench, receiver.port)):
            figure.add(own, peer)
        receiver.check_total()
    finally:
        slow.stop()
        receiver.stop()
