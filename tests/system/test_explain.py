"""crier campaign explain: a row a cause, and the sentence that it must say: which limit, how long,
which reply is behind it. What a person's own row says is test_explain_person.py's."""
import collections
import os
import re
import shutil
import signal
import sqlite3

import pytest

import sending
import waiting

NAME = sending.CAMPAIGN


class Stage:
    """A workspace in which it is noon, and what a row does to it."""

    def __init__(self, workspace, start_receiver):
        workspace.env["TZ"] = sending.noon_zone()
        self.it = workspace
        self.start_receiver = start_receiver
        self.people = []
        self.worker = None

    def prepare(self, n=3, settings=(), connections=1, server=(), **receiver):
        self.people = sending.prepare(self.it, self.start_receiver(**receiver), n, connections,
                                      3600, server)
        if settings:
            self.it.run("campaign", "set", NAME, *settings)

    def begin(self, n=3, **options):
        """Started, and a worker sends it."""
        self.prepare(n, **options)
        sending.start(self.it, n)
        self.worker = sending.Worker(self.it)

    def sql(self, text):
        with sqlite3.connect(self.it.workspace / "crier.db", timeout=10) as db:
            db.execute(text)

    def freeze(self, text):
        """The worker stands still, and its rows say this."""
        def is_up():
            return self.it.status()["worker"]["hardened"] is not None
        waiting.wait_for(is_up, what="the send role's first beat")
        for pid in (self.worker.pid, *sending.children(self.worker.pid)):
            os.kill(pid, signal.SIGSTOP)
        self.sql(text)

    def thaw(self):
        for pid in (self.worker.pid, *sending.children(self.worker.pid)):
            os.kill(pid, signal.SIGCONT)

    def reasons(self):
        return self.it.json("campaign", "explain", NAME)["reasons"]

    def wait_reason(self, cause, words):
        def told():
            return next((r for r in self.reasons()
                         if r["cause"] == cause and re.search(words, r["text"])), None)
        return waiting.wait_for(told, what=lambda: f"{cause}: {words!r} in {self.reasons()}")


@pytest.fixture(name="stage")
def _stage(workspace, start_receiver):
    return Stage(workspace, start_receiver)


# ---- what the rows do ------------------------------------------------------------------


def draft(stage):
    stage.prepare()


def scheduled(stage):
    stage.prepare()
    stage.it.run("campaign", "start", NAME, "--yes", 3, "--at", "tomorrow 08:30", "--no-worker")


def late(stage):
    scheduled(stage)
    stage.sql("UPDATE campaign SET schedule_us = strftime('%s', 'now') * 1000000 - 3600000000")
    stage.it.run("worker", "--once")


def copied(stage):
    stage.prepare()
    sending.start(stage.it, 3)
    path = stage.it.workspace / "crier.db"
    shutil.copy(path, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)
    for end in ("-wal", "-shm"):
        (path.parent / f"crier.db{end}").unlink(missing_ok=True)
    stage.it.run("worker", "--once")


def no_worker(stage):
    stage.prepare()
    sending.start(stage.it, 3)


def preparing(stage):
    stage.prepare()
    stage.sql("UPDATE campaign SET state = 1")


def paused(stage):
    no_worker(stage)
    stage.it.run("campaign", "pause", NAME)


def finished(stage):
    no_worker(stage)
    stage.it.run("worker", "--once")


def cancelled(stage):
    no_worker(stage)
    stage.it.run("campaign", "cancel", NAME)


def frozen(text):
    def make(stage):
        stage.begin(settings=("--hours", "13:00-14:00"))
        stage.freeze(text)
    return make


def server_off(stage):
    no_worker(stage)
    stage.it.run("server", "set", "main", "--enabled", "no")


def server_gone(stage):
    no_worker(stage)
    stage.sql("UPDATE server SET name = 'main~1', deleted_us = 1")


def server_rests(stage):
    stage.begin(replies={"mail": lambda address, nth: b"451 4.3.2 Out of order\r\n"})


def server_is_silent(stage):
    stage.begin(n=8, replies={"dot": lambda address, nth: sending.close})


def wrong_password(stage):
    def login(connection):
        connection.send(b"220 mx.example.net ESMTP\r\n")
        connection.line()
        connection.send(b"250-mx.example.net\r\n250 AUTH PLAIN\r\n")
        connection.line()
        connection.send(b"535 5.7.8 Wrong password\r\n")
        connection.until_closed()
        return b""
    secret = stage.it.home / "password"
    secret.write_text("wrong\n")
    secret.chmod(0o600)
    stage.begin(banner=login, server=("--user", "news", "--password-file", secret))


def greylisted(stage):
    stage.begin(replies={"rcpt": lambda address, nth:
                         b"451 4.7.1 Greylisted, try again in 7200 seconds\r\n"})


def uncertain(stage):
    stage.begin(replies={"dot": lambda address, nth: sending.close})


def busy(stage):
    stage.begin(n=9, hold="dot")


def no_greeting(stage):
    stage.begin(banner=lambda connection: connection.until_closed())


def many(*server, settings=(), n=3):
    def make(stage):
        stage.begin(n=n, server=server, settings=settings)
    return make


# ---- the table -------------------------------------------------------------------------

# kind: goes on by itself, or stopped until somebody acts, or done. verb: what helps.
Row = collections.namedtuple("Row", "make cause kind words verb", defaults=(None,))

NOW = "strftime('%s', 'now') * 1000000"

ROWS = {
    "draft": Row(draft, "draft", "stopped", "it is a draft: it goes to nobody before it is",
                 "campaign start spring"),
    "scheduled": Row(scheduled, "schedule", "goes", "it begins at .*08:30"),
    "scheduled without a worker": Row(scheduled, "no-worker", "stopped",
                                      "no worker runs, so it would not begin then", "worker"),
    "late schedule": Row(late, "held", "stopped",
                         "held: late schedule: it was to begin at .* ago, and no worker ran",
                         "campaign resume spring"),
    "copied database": Row(copied, "copied-database", "stopped",
                           "held: copied database. When it is sure that no other copy sends it",
                           "campaign resume spring"),
    "no worker": Row(no_worker, "no-worker", "stopped", "to be sent and no worker runs",
                     "worker"),
    "preparing": Row(preparing, "preparing", "stopped", "is being prepared",
                     "campaign start spring"),
    "pause": Row(paused, "pause", "stopped", "it is paused: nothing more goes out",
                 "campaign resume spring"),
    "finished": Row(finished, "finished", "done", "it was finished at"),
    "cancelled": Row(cancelled, "cancelled", "done", "it was cancelled at .*nobody else gets it"),
    "stuck worker": Row(frozen(f"UPDATE role SET beat_us = {NOW} - 99000000"), "stuck-worker",
                        "stopped", r"the role send \(process \d+\) has been silent for \d+ s",
                        "worker stop"),
    "database locked": Row(frozen(f"UPDATE role SET beat_us = {NOW} - 9000000"), "cannot-write",
                           "stopped", r"has not been able to write for \d+ s\. Is the disk full"),
    "disk full": Row(frozen(f"UPDATE role SET beat_us = {NOW}, note = 'database: disk full'"
                            " WHERE role = 'send'"), "cannot-write", "stopped",
                     "database: disk full. Nothing new is sent until that is over"),
    "clock jump": Row(frozen(f"UPDATE role SET beat_us = {NOW}, note = 'the clock jumped'"
                             " WHERE role = 'supervisor'"), "worker", "goes",
                      "the clock jumped. It goes on by itself"),
    "server off": Row(server_off, "server-off", "stopped", "its server main is switched off",
                      "server set main --enabled yes"),
    "server gone": Row(server_gone, "server-missing", "stopped",
                       "its server main is not there any more", "server add main"),
    "breaker": Row(server_rests, "server-rests", "goes",
                   r"it answered MAIL FROM with 451 Out of order\. It is tried again by itself "
                   r"at \d\d:\d\d"),
    "breaker after silence": Row(server_is_silent, "server-rests", "goes",
                                 "took 5 messages in a row and gave no final reply.* at "),
    "wrong password": Row(wrong_password, "server-needs-person", "stopped",
                          "535.*Wrong password.*Mend it, then test the server",
                          "server test main"),
    "greylisting": Row(greylisted, "deferred", "goes",
                       "3 people were put off by the server; the next try is at 14:.*; mostly: "
                       "451 4.7.1 Greylisted"),
    "uncertain": Row(uncertain, "uncertain", "stopped", "was maybe sent to 3 people",
                     "campaign resolve spring"),
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
    row = ROWS[name]
    row.make(stage)
    reason = stage.wait_reason(row.cause, row.words)
    assert (reason["kind"], reason["verb"]) == (row.kind, row.verb)
    if stage.worker:
        stage.thaw()


def test_day(stage):
    """A day of the week on which it is not sent, whatever today is."""
    with sqlite3.connect(":memory:") as db:
        today = db.execute("SELECT strftime('%w', 'now')").fetchone()[0]
    far = ("thu", "fri", "sat", "sun", "mon", "tue", "wed")[int(today)]
    many(settings=("--days", far))(stage)
    assert stage.wait_reason("hours", "none of its sending days .*, it goes on at")


def test_text(workspace, sink):
    """For a person: a line a reason, with the command that helps."""
    sending.prepare(workspace, sink, 1)
    text = workspace.run("campaign", "explain", NAME).stdout
    assert text == ("it is a draft: it goes to nobody before it is started: crier campaign start "
                    "spring\n")
    workspace.run("campaign", "explain", "sprung", exit_code=1)
