"""Campaigns that begin later: at their time, held when it has gone by, called off, and when the people have become
others meanwhile."""
import os
import pty
import signal
import sqlite3

import sending
import waiting

NAME = sending.CAMPAIGN


def at(workspace, when, people=20, *more):
    return workspace.run("campaign", "start", NAME, "--yes", people, "--at", when, *more)


def make_late(workspace, seconds):
    """As if nobody had looked for a while: the time lies further back."""
    with sqlite3.connect(workspace.workspace / "crier.db", timeout=10) as db:
        db.execute("UPDATE campaign SET schedule_us = schedule_us - ?", (seconds * 1_000_000,))


def state(workspace):
    return workspace.campaign(NAME)["state"]


def test_it_begins_at_its_time(workspace, sink):
    people = sending.prepare(workspace, sink, 20)
    said = at(workspace, "in 1s").stderr
    assert "begins at" in said and "unschedule" in said
    workspace.run("campaign", "wait", NAME, "--timeout", "60s")
    assert sorted(sink.taken()) == sorted(people)


def test_nothing_goes_out_before(workspace, sink):
    sending.prepare(workspace, sink, 5)
    at(workspace, "in 1h", 5, "--no-worker")
    said = workspace.run("worker", "--once").stderr
    assert state(workspace) == "scheduled"
    assert workspace.campaign(NAME)["scheduled"].endswith("Z")
    assert "next is due at" in said
    assert not sink.taken()


def test_a_draft_again(workspace, sink):
    sending.prepare(workspace, sink, 5)
    at(workspace, "tomorrow 08:30", 5, "--no-worker")
    workspace.run("campaign", "unschedule", NAME)
    assert state(workspace) == "draft"
    workspace.run("campaign", "unschedule", NAME, exit_code=1)
    workspace.run("campaign", "set", NAME, "--title", "Changed again")


def test_too_late_is_held_until_somebody_decides(workspace, sink):
    sending.prepare(workspace, sink, 5)
    at(workspace, "in 1s", 5, "--no-worker")
    make_late(workspace, 3600)
    workspace.run("worker", "--once")
    row = workspace.campaign(NAME)
    assert row["state"] == "held" and "late schedule" in row["held_reason"]
    assert not sink.taken()
    workspace.run("campaign", "resume", NAME)
    workspace.run("campaign", "wait", NAME, "--timeout", "60s")
    assert len(sink.taken()) == 5


def test_too_late_is_sent_when_the_campaign_says_so(workspace, sink):
    sending.prepare(workspace, sink, 5)
    workspace.run("campaign", "set", NAME, "--late", "send")
    at(workspace, "in 1s", 5, "--no-worker")
    make_late(workspace, 3600)
    workspace.run("worker", "--once")
    assert state(workspace) == "finished"
    assert len(sink.taken()) == 5


def more_people(workspace, n):
    table = workspace.home / "more.csv"
    table.write_text("email,n\n" + "".join(f"new{i}@example.org,{i}\n" for i in range(n)))
    workspace.run("people", "import", table, "--list", "all")


def test_a_tenth_more_is_as_confirmed(workspace, sink):
    sending.prepare(workspace, sink, 20)
    at(workspace, "in 1s", 20, "--no-worker")
    more_people(workspace, 2)
    make_late(workspace, 2)
    workspace.run("worker", "--once")
    assert state(workspace) == "finished"
    assert len(sink.taken()) == 22


def test_more_than_a_tenth_is_held(workspace, sink):
    sending.prepare(workspace, sink, 20)
    at(workspace, "in 1s", 20, "--no-worker")
    more_people(workspace, 3)
    make_late(workspace, 2)
    workspace.run("worker", "--once")
    row = workspace.campaign(NAME)
    assert row["state"] == "held"
    assert "23 people" in row["held_reason"] and "18..22" in row["held_reason"]
    assert not sink.taken()


def test_what_was_confirmed_is_what_goes_out(workspace, sink):
    sending.prepare(workspace, sink, 5)
    at(workspace, "in 1h", 5, "--no-worker")
    refused = workspace.run("campaign", "set", NAME, "--subject", "Another", exit_code=1).stderr
    assert "has begun" in refused


def test_wrong_times(workspace, sink):
    sending.prepare(workspace, sink, 5)
    for when, part in [("yesterday 09:00", "not known"), ("2020-01-01 09:00", "gone by"),
                       ("2026-02-30 09:00", "no such day"), ("soon", "not known")]:
        said = at_refused(workspace, when)
        assert part in said, said
    zone = {"TZ": "CET-1CEST,M3.5.0/2,M10.5.0/3"}
    said = workspace.run("campaign", "start", NAME, "--yes", 5, "--at", "2030-10-27 02:30", env=zone,
                     exit_code=2).stderr
    assert "+02:00" in said and "+01:00" in said
    assert state(workspace) == "draft"


def at_refused(workspace, when):
    return workspace.run("campaign", "start", NAME, "--yes", 5, "--at", when, exit_code=2).stderr


def test_a_countdown_can_be_called_off(workspace, sink):
    sending.prepare(workspace, sink, 5)
    master, slave = pty.openpty()
    child = workspace.popen("campaign", "start", NAME, "--yes", "5", "--countdown", "600",
                        "--no-worker", stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    seen = b""
    while b"^C calls it off" not in seen:
        waiting.wait_readable(master, what="the countdown")
        seen += os.read(master, 4096)
    assert state(workspace) == "scheduled"
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=30) == 130
    os.close(master)
    assert state(workspace) == "draft"


def test_a_pipe_gets_whole_words(workspace, sink):
    """A table that a terminal of 80 columns would cut."""
    sending.prepare(workspace, sink, 5)
    at(workspace, "in 1h", 5, "--no-worker")
    name = "a-campaign-with-a-long-name-of-sixty-four-letters-as-many-as-can"
    workspace.run("campaign", "new", name)
    said = workspace.run("status").stdout
    assert "…" not in said and name in said and " scheduled " in said
