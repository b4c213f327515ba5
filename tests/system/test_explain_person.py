"""crier campaign explain NAME ADDRESS: a row for each thing that may have become of a person."""
import collections
import re

import pytest

import sending
import waiting

NAME = sending.CAMPAIGN


class Stage:
    def __init__(self, workspace, start_receiver):
        self.it = workspace
        self.start_receiver = start_receiver
        self.who = None

    def prepare(self, **receiver):
        server = self.start_receiver(**receiver)
        self.who = sending.prepare(self.it, server, 1, 1, 3600)[0]
        return server

    def begin(self, rule=None, once=True, **receiver):
        """Sent by one worker to one person, whose replies are `rule`: a phase and a reply."""
        server = self.prepare(replies={rule[0]: lambda address, nth: rule[1]} if rule else {},
                              **receiver)
        sending.start(self.it, 1)
        if once:
            self.it.run("worker", "--once")
        return server

    def reasons(self):
        return self.it.json("campaign", "explain", NAME, self.who)["reasons"]


@pytest.fixture(name="stage")
def _stage(workspace, start_receiver):
    return Stage(workspace, start_receiver)


def draft(stage):
    stage.prepare()


def nobody(stage):
    stage.prepare()
    stage.who = "who@example.net"


def elsewhere(stage):
    stage.prepare()
    stage.it.run("list", "new", "other")
    stage.who = "else@example.net"
    stage.it.run("people", "add", stage.who, "--list", "other")


def excluded(stage):
    elsewhere(stage)
    stage.it.run("people", "add", "third@example.net", "--list", "all", "--list", "other")
    stage.it.run("campaign", "set", NAME, "--exclude", "other")
    stage.who = "third@example.net"


def never_before(stage):
    stage.prepare()
    stage.it.run("suppress", "add", stage.who, "--reason", "bounced")


def never(stage):
    stage.begin(once=False)
    stage.it.run("suppress", "add", stage.who, "--reason", "unsubscribed")
    stage.it.run("worker", "--once")


def late_joiner(stage):
    stage.begin()
    stage.who = "late@example.net"
    stage.it.run("people", "add", stage.who, "--list", "all")


def waiting_one(stage):
    stage.begin(once=False)


def cancelled(stage):
    stage.begin(once=False)
    stage.it.run("campaign", "cancel", NAME)


def sent(*rule):
    def make(stage):
        stage.begin(rule or None)
    return make


def left_alone(stage):
    sent("dot", sending.close)(stage)
    stage.it.run("campaign", "resolve", NAME, "--skip")


def on_its_way(stage, is_killed=False):
    server = stage.begin(once=False, hold="dot")
    worker = sending.Worker(stage.it)
    waiting.wait_for(lambda: server.receiver.held, what="the dot to be held")
    if is_killed:
        worker.kill()
        sending.wait_lock_free(stage.it)


def killed(stage):
    on_its_way(stage, is_killed=True)


Row = collections.namedtuple("Row", "make cause kind words verb", defaults=(None,))

# {} is the address.
ROWS = {
    "draft": Row(draft, "draft", "stopped", "it is a draft", "campaign start spring"),
    "unknown": Row(nobody, "unknown-person", "done", "nobody is known under this address"),
    "on no list": Row(elsewhere, "not-on-its-lists", "done", "on none of its lists"),
    "excluded": Row(excluded, "not-on-its-lists", "done", "on a list that it excludes"),
    "never mailed, a draft": Row(never_before, "suppressed", "done",
                                 "on the never-mail list: bounced, since", "people show {}"),
    "never mailed": Row(never, "suppressed", "done",
                        "on the never-mail list: unsubscribed, since", "people show {}"),
    "late joiner": Row(late_joiner, "not-on-its-lists", "done",
                       "was not on its lists, .*, when it began", "campaign join spring"),
    "waits": Row(waiting_one, "queue", "goes", "it waits for its turn"),
    "cancelled": Row(cancelled, "cancelled", "done", "cancelled before this person's turn"),
    "accepted": Row(sent(), "accepted", "done", r"server main took it at .*: 250 2\.0\.0 Ok"),
    "refused": Row(sent("rcpt", b"550 5.1.1 No such user\r\n"), "refused", "done",
                   r"server main refused it at .*: 550 5\.1\.1 No such user"),
    "greylisted": Row(sent("rcpt", b"451 4.7.1 Try again in 90 minutes\r\n"), "deferred", "goes",
                      r"server main put it off at .*: 451 4\.7\.1 Try again in 90 minutes\. It "
                      r"is tried again at .*\d\d:\d\d"),
    "uncertain": Row(sent("dot", sending.close), "uncertain", "stopped",
                     "maybe sent over server main at .*: the connection was lost before",
                     "campaign resolve spring --resend {}"),
    "uncertain, decided": Row(left_alone, "uncertain", "done", "maybe sent over server main at"),
    "on its way": Row(on_its_way, "on-its-way", "goes", "it is being sent at this moment"),
    "on its way at a kill": Row(killed, "on-its-way", "stopped",
                                "taken for sending when the worker ended", "worker"),
}


@pytest.mark.parametrize("name", ROWS)
def test_cause(stage, name):
    row = ROWS[name]
    row.make(stage)
    reason = stage.reasons()[0]
    assert reason["cause"] == row.cause and re.search(row.words, reason["text"]), reason
    assert reason["kind"] == row.kind
    assert reason["verb"] == (row.verb and row.verb.format(stage.who))


def test_the_campaign_counts_for_who_waits(stage):
    waiting_one(stage)
    assert [r["cause"] for r in stage.reasons()][:2] == ["queue", "no-worker"]


def test_no_address(stage):
    stage.prepare()
    stage.it.run("campaign", "explain", NAME, "no address", exit_code=1)
