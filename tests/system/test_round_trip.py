"""Out and back: a campaign to 200 people through a real Postfix, which reports on those whom it
cannot reach; crier reads these reports from a real Dovecot and marks exactly those people.

The campaign goes out once. What came back of it is read anew in each way, from the workspace as it
was when the campaign had gone out.
"""
import collections
import re
import sqlite3
import urllib.parse

import pytest

import crier
import dovecot
import postoffice
import sending
import steps
import waiting

PEOPLE = 200
CAMPAIGN = "spring"
NOBODY = ("bounced_hard", "bounced_soft", "complained", "unsubscribed")


class Group:
    """People whose mail goes the same way. fate: what crier is to make of it."""

    def __init__(self, count, start, domain, fate=None, status=None):
        self.addresses = [f"{start}{i:03d}@{domain}" for i in range(count)]
        self.fate = fate
        self.status = status


GROUPS = {
    "there": Group(120, "ann", postoffice.PEOPLE),
    "there, elsewhere": Group(10, "fine", postoffice.STRICT),
    "unknown": Group(12, "nobody", postoffice.PEOPLE, "hard", "5.1.1"),
    "unknown elsewhere": Group(10, "gone", postoffice.STRICT, "hard", "5.1.1"),
    "switched off": Group(4, "off", postoffice.STRICT, "hard", "5.2.1"),
    "Postfix's limit": Group(6, "tight", postoffice.TIGHT, "soft", "5.2.2"),
    "Dovecot's quota": Group(8, "full", postoffice.FULL, "soft", "5.7.0"),
    "full elsewhere": Group(6, "stuffed", postoffice.STRICT, "soft", "4.2.2"),
    "busy": Group(5, "later", postoffice.STRICT, "soft", "4.3.2"),
    "nobody listens": Group(5, "any", postoffice.DOWN, "soft", "4.4.1"),
    "we are blocked": Group(9, "blocked", postoffice.STRICT, "ours", "5.7.1"),
    "it is spam": Group(5, "spam", postoffice.STRICT, "ours", "5.7.1"),
}

WAYS = [("imap", "tls", "imaps"), ("imap", "starttls", "imap"),
        ("pop3", "tls", "pop3s"), ("pop3", "starttls", "pop3")]


def of_fate(fate):
    return {address for group in GROUPS.values() if group.fate == fate
            for address in group.addresses}


HARD, SOFT, OURS = map(of_fate, ("hard", "soft", "ours"))
COMES_BACK = HARD | SOFT | OURS


class Trip:
    """The post office, and the workspace of a campaign that has gone out."""

    def __init__(self, folder, certificates):
        self.certificates = certificates
        (folder / "workspace").mkdir(mode=0o700)
        self.crier = crier.Crier(folder / "workspace", folder)
        self.dovecot = dovecot.Dovecot(certificates)
        self.office = postoffice.PostOffice(certificates, self.dovecot,
                                            GROUPS["there"].addresses)
        self._prepare()
        self._send()
        waiting.wait_for(lambda: len(self.office.bounces()) >= len(COMES_BACK),
                         what=self.office.log)
        self.came_back = len(self.office.bounces())
        self.wait_delivered(len(GROUPS["there"].addresses))
        self.first = self.office.delivered()
        self._keep()

    def stop(self):
        self.crier.stop_all()
        self.office.stop()
        self.dovecot.stop()

    def rewind(self):
        """Back to when the campaign had gone out."""
        self.crier.stop_all()
        for name in ("crier.db-wal", "crier.db-shm"):
            (self.crier.workspace / name).unlink(missing_ok=True)
        steps.rewrite(self.crier.workspace / "crier.db", self._bytes)

    def read_by(self, protocol, security, port):
        self.crier.run("mailbox", "set", "bounces", "--protocol", protocol, "--security", security,
                       "--host", f"localhost:{self.dovecot.ports[port]}")

    def rows(self, sql, *args):
        db = sqlite3.connect(f"file:{self.crier.workspace}/crier.db?mode=ro", uri=True, timeout=10)
        try:
            return db.execute(sql, args).fetchall()
        finally:
            db.close()

    def wait_delivered(self, count):
        waiting.wait_for(lambda: len(self.dovecot.stored("people")) >= count,
                         what=lambda: f"{count} letters: {self.office.log()[-3000:]}")

    def read_count(self):
        [(count,)] = self.rows("SELECT count(*) FROM inbound")
        return count

    def wait_read(self, worker, count):
        waiting.wait_for(lambda: self.read_count() >= count,
                         what=lambda: f"{count} to be read: {worker.log()[-4000:]}")

    def _prepare(self):
        run, home = self.crier.run, self.crier.home
        people = [address for group in GROUPS.values() for address in group.addresses]
        assert len(people) == PEOPLE
        (home / "people.csv").write_text("email\n" + "".join(f"{a}\n" for a in people))
        (home / "password").write_text(dovecot.PASSWORD + "\n")
        (home / "password").chmod(0o600)
        run("list", "new", "members")
        run("people", "import", home / "people.csv", "--list", "members")
        run("server", "add", "main", "--host", f"localhost:{self.office.port}", "--security",
            "starttls", "--ca-file", self.certificates.ca)
        # Nobody listens there: nothing is read before the test says so.
        run("mailbox", "add", "bounces", "--address", f"bounce@{postoffice.BOUNCES}", "--host",
            f"localhost:{self.office.dead_port}", "--user", postoffice.BOX, "--password-file",
            home / "password", "--ca-file", self.certificates.ca)
        draft(self.crier, CAMPAIGN)

    def _send(self):
        self.crier.run("campaign", "start", CAMPAIGN, "--yes", PEOPLE, "--no-worker")
        worker = sending.Worker(self.crier)
        sending.wait_finished(self.crier, PEOPLE)
        worker.terminate()
        assert self.crier.campaign(CAMPAIGN)["accepted"] == PEOPLE

    def _keep(self):
        path = self.crier.workspace / "crier.db"
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        self._bytes = path.read_bytes()


def draft(crier, name):
    path = crier.home / name
    path.mkdir()
    (path / "body.txt").write_text("Hello\n\nNo more: {{unsubscribe_url}}\n")
    (path / "campaign.cfg").write_text(
        'format = 1;\ncampaign = { from = "News <news@example.org>"; subject = "Hello";\n'
        'lists = ( "members" ); server = "main"; mailbox = "bounces";\n'
        'text_file = "body.txt"; };\n')
    crier.run("apply", path)


@pytest.fixture(name="trip", scope="module")
def make_trip(certificates, tmp_path_factory):
    reason = postoffice.why_not("imap") or postoffice.why_not("pop3")
    if reason:
        pytest.skip(reason)
    it = Trip(tmp_path_factory.mktemp("trip"), certificates)
    yield it
    it.stop()


# ---- what is found -----------------------------------------------------------------------


def suppressed(trip):
    return {row["address"]: row for row in trip.crier.json("suppress", "list")}


def check_marked(trip):
    """Exactly those people are marked, each for the reason that Postfix wrote."""
    said = trip.rows("SELECT address, kind, class, fault, status, found_by FROM said")
    by_address = {row[0]: row[1:] for row in said}
    assert len(said) == len(by_address) == len(COMES_BACK)
    for name, group in GROUPS.items():
        for address in group.addresses if group.fate else ():
            kind, class_, fault, status, found_by = by_address[address]
            expected = "hard" if group.fate == "hard" else "soft"
            assert (kind, class_, status) == ("bounce", expected, group.status), (name, address)
            assert (fault == "us") == (group.fate == "ours"), (name, address, fault)
            assert found_by == 1, "not by its token"
    never = suppressed(trip)
    assert set(never) == HARD
    for address, row in never.items():
        assert row["reason"] == "bounced" and "spring" in row["evidence"], row


def check_counters(trip, **others):
    row = sending.look(trip.crier, PEOPLE, CAMPAIGN)
    expected = dict.fromkeys(NOBODY, 0)
    expected.update(bounced_hard=len(HARD), bounced_soft=len(SOFT), deferred=len(OURS),
                    accepted=PEOPLE - len(OURS), **others)
    assert {key: row[key] for key in expected} == expected


def check_ours(trip):
    """That we are blocked is told as a problem of ours, and they are tried once more."""
    def told():
        return [p for p in trip.crier.status()["problems"] if postoffice.STRICT in p["text"]]
    [problem] = waiting.wait_for(told, what=lambda: f"a problem: {trip.crier.status()}")
    assert "blocked by our blocklist" in problem["text"] or "spam" in problem["text"]
    assert postoffice.STRICT in trip.crier.json("server", "show", "main")["refused_by"]
    ledger = sending.deliveries(trip.crier, CAMPAIGN)
    assert {a for a, row in ledger.items() if row["state"] == "deferred"} == OURS
    return problem


def counts(trip):
    found = collections.Counter(trip.rows("SELECT kind, class, fault FROM said"))
    return ", ".join(f"{n} {kind} {class_} ({fault})"
                     for (kind, class_, fault), n in sorted(found.items()))


@pytest.mark.parametrize("way", WAYS, ids=["-".join(way[:2]) for way in WAYS])
def test_exactly_those_are_marked(trip, way, record_property):
    trip.rewind()
    trip.read_by(*way)
    worker = sending.Worker(trip.crier)
    trip.wait_read(worker, trip.came_back)
    problem = check_ours(trip)
    check_marked(trip)
    check_counters(trip)
    worker.terminate()
    trip.crier.run("db", "check")
    line = (f"{way[0]} {way[1]}: sent {PEOPLE}, read {trip.read_count()}: {counts(trip)}; "
            f"suppressed {len(suppressed(trip))}; problem: {problem['text']}")
    record_property("round trip", line)
    print(f"\n{line}")


# ---- what else comes to that address ------------------------------------------------------

ANN = GROUPS["there"].addresses


def delivered(trip, address):
    return trip.first[address][0]


def sender_of(trip, address):
    """The address that this person's message came from: the token stands in it."""
    return str(delivered(trip, address)["Return-Path"]).strip("<>")


def request_of(trip, address):
    """Where this person's request goes, and its subject."""
    header = str(delivered(trip, address)["List-Unsubscribe"])
    [uri] = re.findall(r"mailto:[^>]+", header)
    parts = urllib.parse.urlsplit(uri)
    return parts.path, urllib.parse.parse_qs(parts.query).get("subject", ["unsubscribe"])[0]


def forge(sender):
    """Another signature: the last letters of a token are of nothing else."""
    local, domain = sender.split("@")
    return f"{local[:-3]}{'aaa' if local[-3:] != 'aaa' else 'bbb'}@{domain}"


def vacation(trip, who):
    return "", sender_of(trip, who), (
        f"From: {who}\nTo: news@example.org\nSubject: Out of office: Re: Hello\n"
        "Auto-Submitted: auto-replied\nPrecedence: bulk\n\n"
        "I am away until Monday and cannot be reached. Mail is not forwarded.\n")


def receipt(trip, who):
    return who, sender_of(trip, who), (
        f"From: {who}\nTo: news@example.org\nSubject: Read: Hello\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nYour message was displayed.\n\n"
        "--b\nContent-Type: message/disposition-notification\n\n"
        f"Final-Recipient: rfc822; {who}\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\n\n--b--\n")


def forged(trip, who):
    """That this person is unknown, with a token that nobody signed; somebody else is named, too,
    so that no address marks anyone either."""
    return "", forge(sender_of(trip, who)), (
        "From: Mail System <mailer-daemon@mx.example.net>\nTo: bounce@bounce.example.org\n"
        "Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\n<{who}>: user unknown\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
        f"Final-Recipient: rfc822; {who}\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 user unknown\n\n--b--\n")


def unsubscribe(trip, who):
    address, subject = request_of(trip, who)
    return who, address, f"From: {who}\nTo: {address}\nSubject: {subject}\n\n\n"


def complaint(trip, who):
    return "feedback@isp.example.net", sender_of(trip, who), (
        "From: feedback@isp.example.net\nTo: bounce@bounce.example.org\nSubject: Abuse report\n"
        "MIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nThis is an abuse report.\n\n"
        "--b\nContent-Type: message/feedback-report\n\n"
        "Feedback-Type: abuse\nUser-Agent: Loop/1\nVersion: 1\n\n"
        "--b\nContent-Type: message/rfc822\n\n"
        f"From: News <news@example.org>\nTo: {who}\nSubject: Hello\n\nHello\n\n--b--\n")


def success(trip, who):
    """Postfix's own report that it did deliver it."""
    with trip.office.client() as smtp:
        smtp.ehlo()
        smtp.sendmail(sender_of(trip, who), [who], delivered(trip, who).as_bytes(),
                      rcpt_options=["NOTIFY=SUCCESS"])


# Who is marked by it, by which counter.
MARKS_NOBODY = [vacation, receipt, success, forged]
MARKS = [(unsubscribe, "unsubscribed", "unsubscribed"), (complaint, "complained", "complained")]


def send_back(trip, worker, make, who):
    """One more message to that address; until it is read."""
    before = len(trip.office.bounces())
    letter = make(trip, who)
    if letter:
        trip.office.send(*letter)
    waiting.wait_for(lambda: len(trip.office.bounces()) > before, what=trip.office.log)
    trip.wait_read(worker, before + 1)


def test_what_else_comes_there(trip, record_property):
    """While the worker waits for more; and who is left for the next campaign."""
    trip.rewind()
    trip.read_by("imap", "starttls", "imap")
    worker = sending.Worker(trip.crier)
    trip.wait_read(worker, trip.came_back)
    for make, who in zip(MARKS_NOBODY, ANN):
        send_back(trip, worker, make, who)
    check_counters(trip)
    assert set(suppressed(trip)) == HARD
    [(note,)] = trip.rows("SELECT note FROM inbound WHERE state = 1")
    assert "did not sign" in note  # the forged one waits for a person
    marked = {}
    for (make, counter, reason), who in zip(MARKS, ANN[10:]):
        send_back(trip, worker, make, who)
        marked[who] = reason
        check_counters(trip, **{c: 1 for _, c, r in MARKS if r in marked.values()})
    never = suppressed(trip)
    assert set(never) == HARD | set(marked)
    assert {who: never[who]["reason"] for who in marked} == marked
    assert never[ANN[10]]["list"] == "members" and never[ANN[11]]["list"] is None
    kinds = collections.Counter(kind for (kind,) in trip.rows("SELECT kind FROM inbound"))
    line = f"all of it: {dict(kinds)}, suppressed {len(never)}"
    next_campaign(trip, set(never))
    worker.terminate()
    record_property("round trip", line)
    print(f"\n{line}")


def next_campaign(trip, never):
    """It goes to all but those, whatever came back of them."""
    draft(trip.crier, "summer")
    before = {who: len(found) for who, found in trip.office.delivered().items()}
    rcpts = len(trip.office.far.handler.commands)
    trip.crier.run("campaign", "start", "summer", "--yes", PEOPLE - len(never), "--no-worker")
    row = sending.look(trip.crier, PEOPLE, "summer")
    assert row["suppressed"] == len(never)
    left = set(ANN) - never

    trip.wait_delivered(sum(before.values()) + len(left))
    now = trip.office.delivered()
    assert all(len(now[who]) == before[who] + 1 for who in left)
    assert all(len(now[who]) == before[who] for who in set(ANN) & never)
    later = {argument for command, argument in trip.office.far.handler.commands[rcpts:]
             if command == "RCPT"}
    assert not later & never
    ledger = sending.deliveries(trip.crier, "summer")
    assert {a for a, row in ledger.items() if row["state"] == "suppressed"} == never
