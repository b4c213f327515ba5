"""Limits an hour and a day: they hold over the death of a worker, and every place says until
when."""
import signal
import sqlite3

import pytest

import sending
import waiting

NAME = sending.CAMPAIGN


@pytest.fixture(name="noon")
def _noon(workspace):
    workspace.env["TZ"] = sending.noon_zone()
    return workspace


def accepted(workspace):
    return workspace.campaign(NAME)["accepted"]


def wait_accepted(workspace, n):
    waiting.wait_for(lambda: accepted(workspace) == n and
                     workspace.campaign(NAME)["leased"] == 0, what=f"{n} to be accepted")


def wait_reason(workspace, text):
    def told():
        reasons = workspace.json("campaign", "explain", NAME)["reasons"]
        return next((r for r in reasons if text in r["text"]), None)
    return waiting.wait_for(told, what=f"explain to say {text!r}")


def wait_limit(workspace):
    return waiting.wait_for(
        lambda: next((s["live"]["limit"] for s in workspace.status()["servers"]
                      if s["live"]["limit"]), None), what="a limit in status")


def an_hour_later(workspace, slots=8):
    """As if what was sent had been sent two hours ago."""
    with sqlite3.connect(workspace.workspace / "crier.db", timeout=10) as db:
        db.execute("UPDATE server_use SET slot = slot - ?", (slots,))


@pytest.mark.parametrize("ending", (signal.SIGKILL, signal.SIGTERM))
def test_hourly_limit_holds_over_a_restart(noon, sink, ending):
    people = sending.prepare(noon, sink, 8, server=("--per-hour", 3))
    sending.start(noon, 8)
    worker = sending.Worker(noon)
    wait_accepted(noon, 3)
    assert wait_limit(noon) == "hourly limit of 3 reached, again at 13:00"
    reason = wait_reason(noon, "hourly limit of 3 reached, again at 13:00")
    assert reason["kind"] == "goes" and reason["text"].startswith("server main:")
    if ending == signal.SIGKILL:
        worker.kill()
    else:
        worker.terminate()
    sending.wait_lock_free(noon)
    worker = sending.Worker(noon)
    wait_reason(noon, "hourly limit of 3 reached")
    assert accepted(noon) == 3 and len(sink.taken()) == 3
    worker.terminate()
    an_hour_later(noon)
    worker = sending.Worker(noon)
    wait_accepted(noon, 6)
    noon.run("server", "set", "main", "--per-hour", 0)
    sending.wait_finished(noon, 8)
    worker.terminate()
    assert sorted(sink.taken()) == sorted(people)


@pytest.mark.parametrize("limit, words", (
    (("--per-day", 2), "daily limit of 2 reached, again at 00:00"),
    (("--warm-up", "2020-01-01 1 1"), None),
    (("--per-day", 5, "--warm-up", "2126-01-01 2 100"),
     "warm-up: today's 2 are sent, again at 00:00")))
def test_daily_limits(noon, sink, limit, words):
    sending.prepare(noon, sink, 4, server=limit)
    sending.start(noon, 4)
    said = noon.run("worker", "--once").stderr
    if words is None:
        assert accepted(noon) == 4
        return
    assert accepted(noon) == 2 and "the next is due at" in said and "00:00" in said
    worker = sending.Worker(noon)
    told = wait_limit(noon)
    assert told.split(", again")[0] == words.split(", again")[0] and told.endswith("00:00")
    wait_reason(noon, told)
    assert accepted(noon) == 2
    worker.terminate()


def test_refusals_count_and_what_never_came_to_it_does_not(noon, start_sink):
    people = sending.addresses(6)
    sink = start_sink(script=f"rcpt {people[0]} refuse 550 5.1.1 no such user\n")
    sending.prepare(noon, sink, people, server=("--per-hour", 3))
    sending.start(noon, 6)
    noon.run("worker", "--once")
    row = noon.campaign(NAME)
    assert row["accepted"] + row["refused"] == 3


def test_warm_up_is_checked(workspace, sink):
    sending.prepare(workspace, sink, 1)
    said = workspace.run("server", "set", "main", "--warm-up", "soon 50", exit_code=2).stderr
    assert "warm_up" in said and "2026-12-01 50" in said
