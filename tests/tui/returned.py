"""Mail that came back, written as app/evidence writes it, so that a screen shows exactly what a
test says. Deciding what a message means is not done here.
"""
import contextlib
import sqlite3

import samples

HARD, SOFT, COMPLAINED, UNSUBSCRIBED, SUPPRESSED, WAITS, AGAINST = 1, 2, 4, 8, 16, 32, 256
_COUNTERS = {HARD: "bounced_hard", SOFT: "bounced_soft", COMPLAINED: "complained",
             UNSUBSCRIBED: "unsubscribed"}
# kind, class, reason, fault, status, words, effects, reason of never mail
_KINDS = {
    "hard": ("bounce", "hard", "user-unknown", "address", "5.1.1",
             "550 5.1.1 <{address}>: Recipient address rejected: User unknown",
             HARD | SUPPRESSED, "bounced"),
    "soft": ("bounce", "soft", "mailbox-full", "address", "4.2.2",
             "452 4.2.2 The mailbox of {address} is over quota", SOFT | AGAINST, None),
    "complaint": ("complaint", "none", "unknown", "nobody", "", "", COMPLAINED | SUPPRESSED,
                  "complained"),
    "unsubscribe": ("unsubscribe", "none", "unknown", "nobody", "", "",
                    UNSUBSCRIBED | SUPPRESSED, "unsubscribed"),
    "storm": ("bounce", "hard", "user-unknown", "address", "5.1.1",
              "550-5.1.1 The email account that you tried to reach does not exist",
              HARD | WAITS, None),
}


class Returned:
    """with-less: each call is one commit. `now_us` is when it came back."""

    def __init__(self, workspace, now_us=samples.NOW_US):
        self.path = workspace / "crier.db"
        self.now_us = now_us

    @contextlib.contextmanager
    def _commit(self):
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None,
                                                timeout=10)) as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    def come(self, kind, campaign, count=1):
        """From the next people of this campaign who got it and of whom nothing came back yet.
        Their addresses."""
        with self._commit() as db:
            number, = db.execute("SELECT id FROM campaign WHERE name = ?", (campaign,)).fetchone()
            people = db.execute(
                "SELECT d.id, d.person_id, d.address FROM delivery d WHERE d.campaign_id = ? AND "
                "d.state = 2 AND NOT EXISTS (SELECT 1 FROM said WHERE delivery_id = d.id) "
                "ORDER BY d.id LIMIT ?", (number, count)).fetchall()
            for delivery, person, address in people:
                self._say(db, kind, number, delivery, person, address)
            if kind == "storm":
                self._storm(db, number, len(people))
        assert len(people) == count
        return [address for _, _, address in people]

    def _say(self, db, kind, campaign, delivery, person, address):
        what, class_, reason, fault, status, words, effects, never = _KINDS[kind]
        words = words.format(address=address)
        message = db.execute(
            "INSERT INTO inbound (mailbox_id, received_us, kind, state, bytes, hash, sender, "
            "subject) VALUES (1, ?, ?, 0, 4000, ?, 'MAILER-DAEMON@mx.example.net', "
            "'Undelivered Mail Returned to Sender')",
            (self.now_us, what, f"{delivery}-{kind}")).lastrowid
        provider = "gmail" if kind == "storm" else address.rpartition("@")[2]
        said = db.execute(
            "INSERT INTO said (inbound_id, at_us, delivery_id, campaign_id, person_id, address, "
            "address_key, provider, kind, class, reason, fault, status, text, found_by, effects) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)",
            (message, self.now_us, delivery, campaign, person, address, address.lower(), provider,
             what, class_, reason, fault, status, words, effects)).lastrowid
        for bit, counter in _COUNTERS.items():
            if effects & bit:
                db.execute(f"UPDATE campaign_counter SET {counter} = {counter} + 1 "
                           "WHERE campaign_id = ?", (campaign,))
        if never:
            entry = db.execute(
                "INSERT OR IGNORE INTO suppression (address_key, list_id, address, reason, "
                "evidence, actor, created_us) VALUES (?, 0, ?, ?, ?, 'worker', ?)",
                (address.lower(), address, never,
                 f"message #{message}, delivery {delivery}: {what} {status}: {words}",
                 self.now_us)).lastrowid
            db.execute("INSERT OR IGNORE INTO said_suppression VALUES (?, ?)", (entry, said))

    def _storm(self, db, campaign, count):
        db.execute("INSERT OR IGNORE INTO storm (provider, campaign_id, state, since_us, hard, "
                   "taken, usual) VALUES ('gmail', ?, 0, ?, ?, ?, 0.004)",
                   (campaign, self.now_us, count, count * 12))

    def not_understood(self, count=1):
        with self._commit() as db:
            for n in range(count):
                db.execute(
                    "INSERT INTO inbound (mailbox_id, received_us, kind, state, bytes, hash, "
                    "pattern, sender, subject) VALUES (1, ?, 'other', 1, 900, ?, 'p', "
                    "'somebody@example.net', 'About your letter')", (self.now_us, f"u{n}"))

    def fail(self, mailbox, problem):
        with self._commit() as db:
            db.execute("UPDATE mailbox SET problem = ? WHERE name = ?", (problem, mailbox))

    def read(self, mailbox, count, at_us=None):
        """The mailbox was looked into, and so many messages have come so far."""
        with self._commit() as db:
            db.execute("INSERT OR REPLACE INTO mailbox_state (mailbox_id, validity, last_uid, "
                       "read_us, n_read) SELECT id, 7, ?, ?, ? FROM mailbox WHERE name = ?",
                       (count, at_us or self.now_us, count, mailbox))
