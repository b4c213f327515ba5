"""What a campaign's own settings hold back: sending hours, days, dates, a spread."""
import time

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


def wait_reason(workspace, text):
    def told():
        reasons = workspace.json("campaign", "explain", NAME)["reasons"]
        return next((r for r in reasons if text in r["text"]), None)
    return waiting.wait_for(told, what=f"explain to say {text!r}")


def set_campaign(workspace, *args):
    workspace.run("campaign", "set", NAME, *args)


@pytest.mark.parametrize("setting, words", (
    (("--hours", "13:00-14:00"),
     "outside of its sending hours (13:00-14:00), it goes on at 13:00"),
    (("--hours", "08:00-12:00"), "outside of its sending hours (08:00-12:00), it goes on at "),
    (("--not-on", "2020-01-01..2126-01-01"),
     "it is not sent on this date (2020-01-01..2126-01-01), and so it is for a whole year")))
def test_outside_of_its_hours(noon, sink, setting, words):
    people = sending.prepare(noon, sink, 3)
    set_campaign(noon, *setting)
    sending.start(noon, 3)
    said = noon.run("worker", "--once").stderr
    assert "outside of its sending hours until" in said
    assert "13:00" not in words.split("it goes on")[-1] or "due at 13:00" in said
    reason = wait_reason(noon, words)
    assert reason["kind"] == "goes"
    assert accepted(noon) == 0 and sink.taken() == []
    noon.run("campaign", "pause", NAME)
    set_campaign(noon, "--hours", "12:00-13:00", "--not-on", "")
    noon.run("campaign", "resume", NAME)
    sending.wait_finished(noon, 3)
    assert sorted(sink.taken()) == sorted(people)


def test_what_cannot_be_read_is_refused(workspace, sink):
    sending.prepare(workspace, sink, 1)
    for option, value in (("--hours", "8-18"), ("--days", "weekdays"), ("--not-on", "soon")):
        said = workspace.run("campaign", "set", NAME, option, value, exit_code=2).stderr
        assert value in said and "Write it like" in said


def test_spread(workspace, sink):
    people = sending.prepare(workspace, sink, 6)
    set_campaign(workspace, "--spread", "3s")
    sending.start(workspace, 6)
    wait_reason(workspace, "spread over 3 s: about 7,200 an hour")
    began = time.monotonic()
    worker = sending.Worker(workspace)
    sending.wait_finished(workspace, 6)
    # The first goes at once, each other half a second later: never sooner.
    assert time.monotonic() - began > 2
    worker.terminate()
    assert sorted(sink.taken()) == sorted(people)
