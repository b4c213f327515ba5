"""crier campaign explain: a row a limit of a server or a campaign; see test_explain.py."""
import sqlite3

import pytest

from explaining import Row, Stage


@pytest.fixture(name="stage")
def _stage(workspace, start_receiver):
    return Stage(workspace, start_receiver)


def greylisted(stage):
    stage.begin(replies={"rcpt": lambda address, nth:
                         b"451 4.7.1 Greylisted, try again in 7200 seconds\r\n"})


def busy(stage):
    stage.begin(n=9, hold="dot")


def no_greeting(stage):
    stage.begin(banner=lambda connection: connection.until_closed())


def many(*server, settings=(), n=3):
    def make(stage):
        stage.begin(n=n, server=server, settings=settings)
    return make


ROWS = {
    "greylisting": Row(greylisted, "deferred", "goes",
                       "3 people were put off by the server; the next try is at 14:.*; mostly: "
                       "451 4.7.1 Greylisted"),
    "connection limit": Row(busy, "connections", "goes",
                            "server main: its limit of 1 connection is in use, 9 people wait",
                            "server show main"),
    "no greeting": Row(no_greeting, "connecting", "goes",
                       "server main: no connection is up yet, 127.0.0.1:.* up to 5 min to greet",
                       "server test main"),
    "per second": Row(many("--per-second", 1, n=40), "per-second", "goes",
                      r"server main: limit of 1 a second: the \d+ who wait take \d+ s",
                      "server show main"),
    "per hour": Row(many("--per-hour", 2), "quota", "goes",
                    "server main: hourly limit of 2 reached, again at 13:00", "server show main"),
    "per day": Row(many("--per-day", 2), "quota", "goes",
                   "server main: daily limit of 2 reached, again at .*00:00", "server show main"),
    "warm-up": Row(many("--warm-up", "2126-01-01 2 9"), "quota", "goes",
                   "server main: warm-up: today's 2 are sent, again at .*00:00",
                   "server show main"),
    "hours": Row(many(settings=("--hours", "13:00-14:00")), "hours", "goes",
                 r"outside of its sending hours \(13:00-14:00\), it goes on at 13:00"),
    "dates": Row(many(settings=("--not-on", "2020-01-01..2126-01-01")), "hours", "goes",
                 "it is not sent on this date .*, and so it is for a whole year"),
    "spread": Row(many(settings=("--spread", "2h")), "spread", "goes",
                  "spread over 2 h.*: about 1 an hour"),
    "its turn": Row(busy, "queue", "goes", "9 people wait for their turn"),
}


@pytest.mark.parametrize("name", ROWS)
def test_cause(stage, name):
    stage.check(ROWS[name])


def test_day(stage):
    """A day of the week on which it is not sent, whatever today is."""
    with sqlite3.connect(":memory:") as db:
        today = db.execute("SELECT strftime('%w', 'now')").fetchone()[0]
    far = ("thu", "fri", "sat", "sun", "mon", "tue", "wed")[int(today)]
    many(settings=("--days", far))(stage)
    assert stage.wait_reason("hours", "none of its sending days .*, it goes on at")
