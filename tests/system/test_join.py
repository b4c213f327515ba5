"""Late joiners, and what else can be decided about people once a campaign has begun: each with a
dry run, as JSON, and with a way back as far as nothing was sent."""
import fcntl
import os
import sqlite3
import struct

import pytest

import sending
import waiting

NAME = sending.CAMPAIGN


def add_people(workspace, *people):
    for address in people:
        workspace.run("people", "add", address, "--list", "all", "--set", "n=9")


def join(workspace, *args, exit_code=0):
    return workspace.run("campaign", "join", NAME, *args, exit_code=exit_code)


def finished_days_ago(workspace, days):
    with sqlite3.connect(workspace.workspace / "crier.db", timeout=10) as db:
        db.execute("UPDATE campaign SET finished_us = finished_us - ?", (days * 86400 * 10**6,))


def test_who_joined_since_gets_it(workspace, sink):
    people = sending.prepare(workspace, sink, 3)
    sending.start(workspace, 3)
    workspace.run("worker", "--once")
    assert "nobody came onto its lists" in join(workspace).stderr
    add_people(workspace, "late@example.net", "never@example.net")
    workspace.run("suppress", "add", "never@example.net")
    # Removed and there again: another person, the same mailbox.
    workspace.run("people", "remove", people[0])
    add_people(workspace, people[0])
    told = workspace.json("campaign", "join", NAME, "--dry-run")
    assert told == {"name": NAME, "dry_run": True, "people": 1, "suppressed": 1, "known": 1}
    assert sending.look(workspace, 3)["state"] == "finished"
    assert "not 2" in join(workspace, "--yes", 2, exit_code=5).stderr
    said = join(workspace, "--yes", 1).stderr
    assert "1 person more gets it" in said and "never to be mailed" in said and "left out" in said
    row = sending.wait_finished(workspace, 5)
    assert (row["accepted"], row["suppressed"]) == (4, 1)
    assert sorted(sink.taken()) == sorted([*people, "late@example.net"])
    workspace.run("db", "check")
    assert "nobody came onto its lists" in join(workspace).stderr


def test_the_way_back(workspace, sink):
    sending.prepare(workspace, sink, 2)
    sending.start(workspace, 2)
    workspace.run("campaign", "pause", NAME)
    add_people(workspace, "late@example.net")
    assert workspace.json("campaign", "join", NAME)["people"] == 1
    assert sending.look(workspace, 3)["queued"] == 3
    said = workspace.run("undo")
    assert "1 of 1 late joiners" in said.stdout + said.stderr
    assert sending.look(workspace, 2)["queued"] == 2
    workspace.run("db", "check")
    assert workspace.json("campaign", "join", NAME)["people"] == 1
    workspace.run("campaign", "resume", NAME)
    sending.wait_finished(workspace, 3)
    # What is out is out.
    assert "nothing is taken back" in workspace.run("undo", exit_code=None).stderr
    assert len(sink.taken()) == 3


def test_while_it_is_being_sent(workspace, start_receiver):
    """Everything adds up whenever it is asked for, and a worker that dies in between loses none."""
    server = start_receiver(hold="dot")
    people = sending.prepare(workspace, server, 6)
    sending.start(workspace, 6)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: server.receiver.held, what="a dot to be held")
    late = [f"late{i}@example.net" for i in range(3)]
    add_people(workspace, *late)
    assert workspace.json("campaign", "join", NAME)["people"] == 3
    sending.look(workspace, 9)
    worker.kill()
    server.receiver.release()
    sending.run_to_end(workspace, 9)
    account = sending.account(workspace, server.receiver.taken, people + late)
    assert not account.lost and not account.doubled
    assert set(late) <= set(server.receiver.taken) | account.uncertain


class Adding:
    """What `campaign join` holds from its first batch to its last: the campaign's byte of a file."""

    def __init__(self, workspace, campaign_id):
        self.fd = os.open(workspace.workspace / "adding.lock", os.O_RDWR | os.O_CREAT, 0o600)
        lock = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, campaign_id, 1, 0)
        fcntl.fcntl(self.fd, 37, lock)  # F_OFD_SETLK

    def end(self):
        os.close(self.fd)


@pytest.mark.parametrize("once", ([], ["--once"]))
def test_not_finished_between_two_batches(workspace, sink, once):
    """However the worker runs: it waits for the last batch, and tells of one end."""
    workspace.run("settings", "set", "--hook-command", "/bin/true")
    sending.prepare(workspace, sink, 3)
    sending.start(workspace, 3)
    adding = Adding(workspace, 1)
    worker = sending.Worker(workspace, *once)
    waiting.wait_for(lambda: workspace.campaign(NAME)["accepted"] == 3, what="all to go")
    add_people(workspace, "late@example.net")
    assert workspace.json("campaign", "join", NAME)["people"] == 1
    waiting.wait_for(lambda: workspace.campaign(NAME)["accepted"] == 4, what="the fourth to go")
    assert sending.look(workspace, 4)["state"] == "sending"
    adding.end()
    sending.wait_finished(workspace, 4)
    assert [h["event"] for h in workspace.json("hook", "list")] == ["finished"]
    if once:
        assert worker.process.wait(waiting.DEADLINE_S) == 0
    else:
        worker.terminate()


@pytest.mark.parametrize("state, words", (
    ("draft", "Who is on its lists when it begins gets it"),
    ("cancelled", "campaign copy")))
def test_nobody_joins(workspace, sink, state, words):
    sending.prepare(workspace, sink, 1)
    if state == "cancelled":
        sending.start(workspace, 1)
        workspace.run("campaign", "cancel", NAME)
    add_people(workspace, "late@example.net")
    assert words in join(workspace, exit_code=1).stderr


def test_long_after_its_end(workspace, sink):
    sending.prepare(workspace, sink, 1)
    sending.start(workspace, 1)
    workspace.run("worker", "--once")
    add_people(workspace, "late@example.net")
    finished_days_ago(workspace, 8)
    assert "was finished 8 d" in join(workspace, exit_code=1).stderr
    assert "--within" in join(workspace, "--within", "soon", exit_code=2).stderr
    join(workspace, "--within", "9d")
    sending.wait_finished(workspace, 2)


def test_it_is_tried_on_them_first(workspace, sink):
    sending.prepare(workspace, sink, 1)
    workspace.run("campaign", "set", NAME, "--subject", "{{n}}{{n}}{{n}}")
    sending.start(workspace, 1)
    workspace.run("worker", "--once")
    workspace.run("people", "add", "late@example.net", "--list", "all", "--set",
                  "n=" + "long " * 800)
    said = join(workspace, exit_code=1).stderr
    assert "late@example.net" in said and "nobody joins" in said
    assert sending.look(workspace, 1)["state"] == "finished"


# ---- the refused and the maybe sent ----------------------------------------------------


def refuse_all(address, nth):
    return b"550 5.1.1 No\r\n"


def test_resend_can_be_tried_and_taken_back(workspace, start_receiver):
    server = start_receiver(replies={"rcpt": refuse_all})
    sending.prepare(workspace, server, 3)
    sending.start(workspace, 3)
    workspace.run("worker", "--once")
    assert sending.look(workspace, 3)["refused"] == 3
    resend = ("campaign", "resend", NAME, "--failed")
    told = workspace.json(*resend, "--dry-run")
    assert told == {"name": NAME, "decision": "resend", "dry_run": True, "people": 3}
    assert sending.look(workspace, 3)["refused"] == 3
    workspace.run("server", "set", "main", "--enabled", "no")
    assert workspace.json(*resend)["people"] == 3
    assert sending.look(workspace, 3)["queued"] == 3
    said = workspace.run("undo")
    assert "refused as before: 3 of 3" in said.stdout + said.stderr
    assert sending.look(workspace, 3)["refused"] == 3
    workspace.run("db", "check")


def test_resolve_can_be_tried_and_taken_back(workspace, start_receiver):
    server = start_receiver(replies={"dot": lambda address, nth: sending.close})
    people = sending.prepare(workspace, server, 2)
    sending.start(workspace, 2)
    workspace.run("worker", "--once")
    assert sending.look(workspace, 2)["uncertain"] == 2
    workspace.run("server", "set", "main", "--enabled", "no")

    def undecided():
        return [p for p in workspace.status()["problems"] if "maybe sent" in p["text"]]

    for decision, words in (("--skip", "to be decided as before"),
                            ("--resend", "maybe sent as before")):
        resolve = ("campaign", "resolve", NAME, decision)
        assert workspace.json(*resolve, "--dry-run")["people"] == 2
        assert workspace.json(*resolve, people[1], "--dry-run")["people"] == 1
        assert undecided()
        assert workspace.json(*resolve)["people"] == 2
        assert not undecided()
        said = workspace.run("undo")
        assert words in said.stdout + said.stderr
        assert undecided() and sending.look(workspace, 2)["uncertain"] == 2
        workspace.run("db", "check")
    workspace.run("campaign", "resolve", NAME, "--skip", "who@example.net", "--dry-run",
                  exit_code=1)
