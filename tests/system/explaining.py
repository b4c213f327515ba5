"""A workspace in which something holds a campaign up, and the sentence that explain must say."""
import collections
import os
import re
import signal
import sqlite3

import sending
import waiting

NAME = sending.CAMPAIGN

# kind: goes on by itself, or stopped until somebody acts, or done. verb: what helps.
Row = collections.namedtuple("Row", "make cause kind words verb", defaults=(None,))


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
        sending.start(self.it, len(self.people))
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

    def check(self, row):
        row.make(self)
        reason = self.wait_reason(row.cause, row.words)
        assert (reason["kind"], reason["verb"]) == (row.kind, row.verb), reason
        if self.worker:
            self.thaw()
