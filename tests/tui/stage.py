"""A worker that is only played: it holds the lock and writes what a worker would write, one
step at a time, so that a live screen moves exactly as far as a test says.

Not for tests of sending: nothing is sent.
"""
import contextlib
import fcntl
import pathlib
import signal
import sqlite3
import subprocess
import sys
import time

import samples
import waiting

_IDLE = ("import signal, sys\n"
         "for s in (signal.SIGUSR1, signal.SIGHUP): signal.signal(s, signal.SIG_IGN)\n"
         "print('ready', flush=True)\n"
         "sys.stdin.read()")
QUEUED, ACCEPTED, REFUSED, DEFERRED = 0, 2, 3, 4
# One in so many is refused.
_REFUSED_EVERY = 10


class Worker:
    """with Worker(workspace) as w: w.send("renewal", 11)"""

    def __init__(self, workspace, now_us=samples.NOW_US):
        self.path = workspace / "crier.db"
        self.now_us = now_us
        self.sent = 0
        self.process = subprocess.Popen([sys.executable, "-S", "-c", _IDLE],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        waiting.wait_readable(self.process.stdout, what="the played worker")
        self._lock = open(workspace / "worker.lock", "r+b")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._lock.truncate()
        self._lock.write(f"pid {self.process.pid} since 2027-03-10T14:00:00Z on host\n".encode())
        self._lock.flush()
        self.beat(0.0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self, signum=signal.SIGTERM):
        """It is gone, as after a kill: its rows stay."""
        if self._lock is None:
            return
        self.process.send_signal(signum)
        self.process.communicate()
        self._lock.close()
        self._lock = None

    def _database(self):
        return contextlib.closing(sqlite3.connect(self.path, isolation_level=None, timeout=10))

    def beat(self, rate):
        """What it says each second of itself and its servers."""
        with self._database() as db:
            db.execute("BEGIN IMMEDIATE")
            self._beat(db, rate)
            db.execute("COMMIT")

    def _beat(self, db, rate):
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        # Heartbeats are judged by the real clock.
        db.execute("INSERT OR REPLACE INTO role (role, pid, since_us, beat_us, boot_id, rate) "
                   "VALUES ('send', ?, ?, ?, ?, ?)",
                   (self.process.pid, self.now_us, time.time_ns() // 1000 + 10**9, boot, rate))
        db.execute("INSERT OR REPLACE INTO server_live (server_id, at_us, connections, in_flight, "
                   "waiting, rate, rest_until_us, code, reply, reply_us) SELECT id, ?, 4, 2, 40, ?, 0, 250, "
                   "'2.0.0 Ok', ? FROM server WHERE name = 'main'",
                   (self.now_us, rate, self.now_us))

    def send(self, campaign, count, rate=11.0):
        """Hands over the next people of a campaign, in one commit."""
        with self._database() as db:
            db.execute("BEGIN IMMEDIATE")
            row = db.execute("SELECT id FROM campaign WHERE name = ?", (campaign,)).fetchone()
            people = db.execute(
                "SELECT id, state, person_id FROM delivery WHERE campaign_id = ? AND "
                "state IN (0, 4) ORDER BY id LIMIT ?", (row[0], count)).fetchall()
            for delivery, state, person in people:
                self._hand_over(db, row[0], delivery, state, person)
            self._beat(db, rate)
            db.execute("COMMIT")
        return len(people)

    def _hand_over(self, db, campaign, delivery, state, person):
        self.sent += 1
        is_refused = self.sent % _REFUSED_EVERY == 0
        name, code, enhanced, reply = (("refused", 550, "5.1.1", "No such mailbox")
                                       if is_refused else ("accepted", 250, "2.0.0", "Ok"))
        new = REFUSED if is_refused else ACCEPTED
        db.execute("UPDATE delivery SET state = ?, attempts = attempts + 1, due_us = NULL "
                   "WHERE id = ?", (new, delivery))
        n = db.execute("SELECT attempts FROM delivery WHERE id = ?", (delivery,)).fetchone()[0]
        db.execute("INSERT INTO attempt (delivery_id, n, at_us, server_id, phase, state, code, "
                   "enhanced, reply, version) VALUES (?, ?, ?, 1, 5, ?, ?, ?, ?, 1)",
                   (delivery, n, self.now_us, new, code, enhanced, reply))
        old = "queued" if state == QUEUED else "deferred"
        event = db.execute("SELECT max(event_id) + 1 FROM campaign_counter").fetchone()[0]
        db.execute(f"UPDATE campaign_counter SET {old} = {old} - 1, {name} = {name} + 1, "
                   "event_id = ? WHERE campaign_id = ?", (event, campaign))
        db.execute("INSERT INTO event (campaign_id, id, delivery_id, attempt) VALUES (?, ?, ?, ?)",
                   (campaign, event, delivery, n))
        db.execute(f"UPDATE domain_counter SET {name} = {name} + 1 WHERE campaign_id = ? AND "
                   "domain = (SELECT domain FROM person WHERE id = ?)", (campaign, person))
        db.execute("INSERT INTO minute_counter (campaign_id, minute, accepted, refused) "
                   f"VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET {name} = {name} + 1",
                   (campaign, self.now_us // samples.MINUTE_US, not is_refused, is_refused))
        db.execute("INSERT INTO reply_counter (campaign_id, state, code, enhanced, n, reply) "
                   "VALUES (?, ?, ?, ?, 1, ?) "
                   "ON CONFLICT DO UPDATE SET n = n + 1",
                   (campaign, new, code, enhanced, reply))
