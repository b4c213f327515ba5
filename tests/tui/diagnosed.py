"""What the doctor found, put into a database as `crier doctor` keeps it: runs of steps that are the
same on every machine. Not for tests of the doctor itself: nothing is looked at.
"""
import contextlib
import datetime
import json
import sqlite3

# number, name, title, result, sentence, who, what to do, evidence, transcript
DROPPED = (
    (1, "settings", "settings", "ok", "server main: its settings agree with each other"),
    (2, "machine", "this machine's network", "ok", "eth0 is up with 10.0.1.2 and fe80::1c2a"),
    (3, "own-address", "own address", "ok",
     "10.0.1.2 is private (RFC 1918): a router translates it"),
    (4, "names", "name lookup", "ok", "smtp.example.org is 198.51.100.7, 12 ms"),
    (5, "route", "route", "ok", "through 10.0.1.1 from 10.0.1.2 on eth0"),
    (6, "neighbour", "router", "ok", "10.0.1.1 answers, 0a:a4:95:00:00:01"),
    (7, "ping", "ping", "ok", "198.51.100.7 answers in 31 ms"),
    (8, "connect", "connection", "fail",
     "packets to 198.51.100.7 port 25 are dropped right after 10.0.1.1, the router of this network; "
     "port 587 of the same server answers in 31 ms", "network",
     "Use port 587 with STARTTLS, or ask who runs the router to open outgoing port 25",
     ("connect to 198.51.100.7:25: no answer in 5.0 s, 3 tries",
      "hop 1: 10.0.1.1 answers in 0.4 ms", "hop 2: silent", "port 587: open in 31 ms"),
     ("* connect 198.51.100.7:25", "* timed out"), 587),
    (9, "way", "the way there", "warn",
     "the way ends at hop 1, 10.0.1.1, on port 25; on port 587 it has 3 hops"),
    (10, "doors", "other ports", "ok", "587 and 465 are open, 25 and 2525 are not"),
    *((n, name, title, "skip", "not looked at: it needs 8, connection") for n, name, title in (
        (11, "path", "quality of the way"), (12, "mtu", "packet size"),
        (13, "greeting", "greeting"), (14, "hello", "hello"), (15, "tls", "encryption"),
        (16, "login", "login"), (17, "envelope", "sender and recipient"))),
    (19, "spf", "SPF", "ok", "SPF of example.org covers 198.51.100.7"),
    (20, "dkim", "DKIM", "ok", "the key crier-2026 of example.org stands in the DNS"),
    (21, "dmarc", "DMARC", "warn", "example.org has no DMARC record", "domain",
     "Publish _dmarc.example.org with v=DMARC1; p=none"),
    (22, "reverse", "reverse name", "ok", "198.51.100.7 is smtp.example.org, and back"),
    (24, "resources", "resources", "ok", "41 % disk free, clock right, database whole"),
)
REFUSED = (
    (1, "settings", "settings", "ok", "server backup: its settings agree with each other"),
    (4, "names", "name look-up", "skip", "127.0.0.1 is an address: no name to look up"),
    (5, "route", "route", "ok", "127.0.0.1 is this machine itself"),
    (8, "connect", "connection", "fail", "nothing listens at 127.0.0.1 port 1: it refuses at once",
     "you", "Enter the port that the mail server listens at",
     ("connect to 127.0.0.1:1: refused in 0.1 ms",), ("* connect 127.0.0.1:1", "* refused")),
    *((n, name, title, "skip", "not looked at: it needs 8, connection") for n, name, title in (
        (13, "greeting", "greeting"), (14, "hello", "hello"), (15, "tls", "encryption"),
        (16, "login", "login"), (17, "envelope", "sender and recipient"))),
    (21, "dmarc", "DMARC", "warn", "example.org has no DMARC record", "domain",
     "Publish _dmarc.example.org with v=DMARC1; p=none"),
    (24, "resources", "resources", "ok", "41 % disk free, clock right, database whole"),
)
WELL = tuple((n, name, title, "ok", text) for n, name, title, text in (
    (1, "settings", "settings", "mailbox bounces: its settings agree with each other"),
    (4, "names", "name lookup", "imap.example.org is 198.51.100.9, 9 ms"),
    (8, "connect", "connection", "198.51.100.9 port 993 answers in 28 ms"),
    (15, "tls", "encryption", "TLS 1.3, certificate good for 61 days"),
    (16, "login", "login", "logged in as back"),
    (23, "mailbox", "mailbox", "INBOX is there, 31 messages")))


def _utc(wall_us):
    at = datetime.datetime.fromtimestamp(wall_us // 10**6, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def report(kind, name, steps, host, port, begun):
    """As `crier doctor --json` has a run."""
    checks = []
    for step in steps:
        step = (*step, *(None, None, (), (), 0)[len(step) - 5:])
        check = dict(zip(("number", "check", "title", "result", "text", "who", "next",
                          "evidence", "transcript", "use_port"), step))
        checks.append({**check, "code": None, "seconds": 0.031})
    cause = next((each for result in ("fail", "warn") for each in checks
                  if each["result"] == result), None)
    return {"kind": kind, "name": name, "protocol": "smtp" if kind == "server" else "imap",
            "host": host, "port": port, "security": "tls", "begun": begun, "seconds": 6.4,
            "result": cause["result"] if cause else "ok",
            "verdict": cause["text"] if cause else f"mail can be read from {host}",
            "code": None, "who": cause and cause["who"], "next": cause and cause["next"],
            "checks": checks}


def put(workspace, kind, name, begun_us, steps=DROPPED, host="smtp.example.org", port=25,
        cause=None):
    """The newest run of one server or mailbox."""
    run = report(kind, name, steps, host, port, _utc(begun_us))
    with contextlib.closing(sqlite3.connect(workspace / "crier.db")) as db, db:
        number = db.execute(f"SELECT id FROM {kind} WHERE name = ?", (name,)).fetchone()[0]
        db.execute("INSERT INTO doctor_verdict (kind, record_id, name, begun_us, took_us, result, "
                   "text, code, who, next, cause, report) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                   (kind, number, name, begun_us, 6400000, run["result"], run["verdict"], None,
                    run["who"], run["next"], cause, json.dumps(run)))


def spoil(workspace):
    """Reports of another version: none of them can be read."""
    with contextlib.closing(sqlite3.connect(workspace / "crier.db")) as db, db:
        db.execute("UPDATE doctor_verdict SET report = '{\"format\": 9}'")


def kept(workspace):
    """Kind, name and result of each run that is kept, the oldest first."""
    with contextlib.closing(sqlite3.connect(workspace / "crier.db")) as db:
        return db.execute("SELECT kind, name, result FROM doctor_verdict ORDER BY id").fetchall()
