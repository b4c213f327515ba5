"""Workspaces to look at: empty, a sample of everything, a big one. Made once a run, copied for
each test. Not for sending while a screen looks: that is in the tests.

What verbs write has the time of the run in it, and ports: still() puts what is always the same
in their place, so that screens can be compared with written ones.
"""
import calendar
import contextlib
import fcntl
import os
import shutil
import sqlite3
import subprocess
import time

import crier
import diagnosed
import peers

# A Wednesday.
NOW = "2027-03-10T14:32:00Z"
NOW_US = 1804689120 * 10**6
MINUTE_US = 60 * 10**6

BIG_DELIVERIES = 1_000_000

_NAMES = ("Ada", "Ben", "Chiara", "Dimitri", "Elif", "Farid", "Gül", "Hana", "Ilse", "Jürgen",
          "Kaito", "Linh", "Mats", "Noor", "Ólöf", "Paula")
_CITIES = ("Bern", "Kraków", "Lyon", "Oslo", "Porto", "Riga", "Split")
_DOMAINS = ("example.org", "example.net", "mail.example.com", "grey.example", "post.example")

# About the people, but nothing that lets later campaigns pass them by.
_REFUSES_SOME = "rcpt *8@grey.example refuse 552 5.2.2 This mailbox is full\n"
_DEFERS_MANY = "share 40 defer 450 4.2.2 Mailbox full, try again later\n"

_CAMPAIGN = """format = 1;
campaign = {{
  name = "{name}"; title = "{title}"; from = "Example Association <news@example.org>";
  reply_to = "office@example.org"; subject = "{subject}"; lists = ( {lists} );
  server = "{server}"; text_file = "body.txt"; postal_address = "Lake Road 1, 1000 Town";
}};
"""
_BODY = """Dear {{first_name|friend}},

spring comes to {{city}}, and so do we. Come and see us: https://example.org/spring

Yours, the association
"""
_FOOT = """
--
Example Association, Lake Road 1, 1000 Town
You get this because you joined us. To leave: {{unsubscribe_url}}
"""
# Its author forgot how people can leave.
_WITHOUT_FOOT = ("parish",)
# name, title, subject, lists, server
_CAMPAIGNS = (
    ("winter", "Winter newsletter", "Winter with us, {{first_name|friend}}", '"members"',
     "main"),
    ("spring", "Spring newsletter", "Spring is here", '"members", "volunteers"', "main"),
    ("renewal", "Members renewal", "Your membership", '"members"', "main"),
    ("press", "Opening day", "You are invited", '"press"', "backup"),
    ("appeal", "Donation appeal", "A word about money", '"members"', "main"),
    ("parish", "Parish letter", "The parish in spring", '"press"', "main"),
    ("volunteers", "Volunteers March", "We need you on 22 March", '"volunteers"', "main"),
)


class Author(crier.Crier):
    """crier as always the same person, so that the audit is the same everywhere."""

    def argv(self, *args):
        return [crier.program(), "-w", str(self.workspace), "--as", "anna", *map(str, args)]


def shared(tmp_path_factory, name, build):
    """The folder `name` of this run, built by the first process that asks for it."""
    base = tmp_path_factory.getbasetemp()
    if base.name.startswith("popen-"):  # of a process of xdist: the run's is one above
        base = base.parent
    folder = base / name
    with open(base / f"{name}.lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = base / f"{name}.done"
        if not done.exists():
            for left in (folder, base / f"{name}-home"):  # by one that failed
                shutil.rmtree(left, ignore_errors=True)
            folder.mkdir(mode=0o700)
            build(folder)
            done.touch()
    return folder


def copy(folder, home):
    """A copy of a finished workspace to play with; returns a crier on it."""
    target = home / "workspace"
    shutil.copytree(folder, target)
    target.chmod(0o700)
    adopt(target)
    return Author(target, home)


# ---- the sample ----


def _write_people(path, first, count):
    with open(path, "w", encoding="utf-8") as file:
        file.write("email,first_name,city\n")
        for i in range(first, first + count):
            file.write(f"member{i:04d}@{_DOMAINS[i % len(_DOMAINS)]},"
                       f"{_NAMES[i % len(_NAMES)]},{_CITIES[i % len(_CITIES)]}\n")


def _lists(it):
    for name, title, first, count in (("members", "Members", 1, 300),
                                      ("volunteers", "Volunteers", 281, 60),
                                      ("press", "Press", 501, 24)):
        table = it.home / f"{name}.csv"
        _write_people(table, first, count)
        it.run("list", "new", name, "--title", title)
        it.run("people", "import", table, "--list", name, "--consent", "web form 2026")
    it.run("suppress", "add", "member0007@mail.example.com", "--reason", "unsubscribed",
           "--evidence", "asked by phone")
    it.run("suppress", "add", "member0011@example.net", "--reason", "bounced", "--evidence",
           "550 5.1.1 There is no such mailbox here")
    it.run("suppress", "add", "gone@example.org", "--reason", "complained")


def _drafts(it):
    for name, title, subject, lists, server in _CAMPAIGNS:
        folder = it.home / name
        folder.mkdir()
        (folder / "campaign.cfg").write_text(_CAMPAIGN.format(
            name=name, title=title, subject=subject, lists=lists, server=server))
        (folder / "body.txt").write_text(_BODY + ("" if name in _WITHOUT_FOOT else _FOOT))
        it.run("apply", folder)
    it.run("campaign", "new", "camp", "--title", "Summer camp", "--lists", "volunteers",
           "--from", "Example Association <news@example.org>")


def _start(it, name, *options):
    people = it.json("campaign", "check", name, "--no-spamassassin", exit_code=None)["people"]
    it.run("campaign", "start", name, "--people", f"1..{people}", "--no-worker", *options)


def _send(it, script, *names):
    """Starts campaigns and lets a worker do what it can at once with a server of that mind."""
    sink = peers.CrierSink(it.home, script=script, maildir=False)
    try:
        it.run("server", "set", "main", "--host", f"{sink.host}:{sink.port}")
        for name in names:
            _start(it, name)
        it.run("worker", "--once", "--role", "send")
    finally:
        sink.stop()
    return sink.port


def _mailboxes(it):
    for name, host, *more in (("bounces", "imap.example.org"),
                              ("requests", "pop.example.org", "--protocol", "pop3"),
                              ("old", "127.0.0.1:1143", "--security", "none",
                               "--enabled", "no")):
        it.run("mailbox", "add", name, "--address", f"{name}@example.org", "--host", host,
               "--user", f"{name}@example.org", "--password-command", f"pass {name}", *more)


def _ports(it):
    """Where nobody else listens, outside the ports of outgoing connections."""
    it.run("port", "add", "web", "--listen", "127.0.0.1:28081", "--public-url",
           "https://news.example.org")
    it.run("port", "add", "admin", "--role", "admin", "--listen", "127.0.0.1:28082",
           "--enabled", "no")


def build_sample(folder):
    """Three lists, people, never-mail, servers that work and fail, campaigns in each state."""
    it = Author(folder, folder.parent / (folder.name + "-home"))
    it.home.mkdir(mode=0o700)
    _lists(it)
    it.run("server", "add", "main", "--host", "127.0.0.1:2525", "--security", "none",
           "--connections", 1)
    it.run("server", "add", "backup", "--host", "127.0.0.1:1", "--security", "none")
    it.run("pool", "set", "together", "main:3", "backup:0")
    _mailboxes(it)
    _ports(it)
    _drafts(it)
    ports = [_send(it, _REFUSES_SOME, "winter"),
             _send(it, _DEFERS_MANY, "spring", "renewal", "appeal", "press")]
    it.stop_all()
    it.run("campaign", "pause", "spring")
    it.run("campaign", "cancel", "appeal")
    _start(it, "parish", "--at", "2030-03-11T08:30:00Z")
    still(folder, ports)
    diagnosed.put(folder, "server", "backup", NOW_US - MINUTE_US // 2, diagnosed.REFUSED,
                  "127.0.0.1", 1, "the server could not be reached 3 times in a row")
    diagnosed.put(folder, "mailbox", "bounces", NOW_US - 30 * MINUTE_US, diagnosed.WELL,
                  "imap.example.org", 993)
    (folder / "ballast").unlink(missing_ok=True)  # a worker makes it anew; copies are cheaper
    shutil.rmtree(it.home)


# ---- the big one ----

_BIG_PEOPLE = BIG_DELIVERIES // 5
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
_BIG_DOMAINS = 500


def build_big(folder, sample):
    """The sample and five campaigns to 200,000 people more: four finished, one half sent."""
    shutil.copytree(sample, folder, dirs_exist_ok=True)
    adopt(folder)
    with contextlib.closing(sqlite3.connect(folder / "crier.db")) as db:
        db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
                         "PRAGMA cache_size = -200000; PRAGMA foreign_keys = OFF;")
        first = db.execute("SELECT max(id) + 1 FROM person").fetchone()[0]
        _big_people(db, first)
        for i in range(5):
            _big_campaign(db, first, i, is_finished=i < 4)
        db.commit()
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("ANALYZE")
        db.commit()


def _big_people(db, first):
    db.execute(_NUMBERS.format(_BIG_PEOPLE) + "INSERT INTO person (id, address, address_key, "
               "domain, fields, created_us, updated_us) SELECT ? + i, "
               "printf('p%07d@d%03d.example', i, i % ?), printf('p%07d@d%03d.example', i, i % ?),"
               " printf('d%03d.example', i % ?), '{\"first_name\":\"Ada\"}', ?, ? FROM n",
               (first, _BIG_DOMAINS, _BIG_DOMAINS, _BIG_DOMAINS, NOW_US, NOW_US))
    db.execute("INSERT INTO list (id, name, title, created_us) VALUES (100, 'zoo', "
               "'Zoo friends', ?)", (NOW_US,))
    db.execute("INSERT INTO membership (list_id, person_id, joined_us) "
               "SELECT 100, id, created_us FROM person WHERE id > ?", (first,))


def _big_campaign(db, first, i, is_finished):
    """A copy of campaign winter (1) or renewal (3) with counters that are right."""
    campaign, like = 100 + i, 1 if is_finished else 3
    for table, key in (("campaign", "id"), ("content", "campaign_id")):
        names = [row[1] for row in db.execute(f'PRAGMA table_info("{table}")') if row[1] != key]
        columns = ", ".join(f'"{name}"' for name in names)
        values = columns.replace('"name"', f"'big{i}'").replace('"title"', f"'Big {i}'")
        db.execute(f'INSERT INTO "{table}" ("{key}", {columns}) SELECT ?, {values} '
                   f'FROM "{table}" WHERE "{key}" = ?', (campaign, like))
    db.execute("UPDATE campaign SET lists = (SELECT replace(lists, 'members', 'zoo')) "
               "WHERE id = ?", (campaign,))
    db.execute("INSERT INTO campaign_list (campaign_id, list_id, is_excluded) "
               "VALUES (?, 100, 0)", (campaign,))
    sent = _BIG_PEOPLE if is_finished else _BIG_PEOPLE // 2
    before = db.execute("SELECT coalesce(max(id), 0) FROM delivery").fetchone()[0]
    db.execute("INSERT INTO delivery (id, campaign_id, person_id, version, state, attempts, "
               "address) SELECT ? + id - ?, ?, id, 1, CASE WHEN id - ? > ? THEN 0 "
               "WHEN id % 50 = 0 THEN 3 ELSE 2 END, id - ? <= ?, address FROM person "
               "WHERE id > ?", (before, first, campaign, first, sent, first, sent, first))
    db.execute("INSERT INTO attempt (delivery_id, n, at_us, server_id, phase, state, code, "
               "enhanced, reply, version) SELECT id, 1, ? - (? - id) * 1000, 1, 5, state, "
               "CASE state WHEN 2 THEN 250 ELSE 550 END, CASE state WHEN 2 THEN '2.0.0' ELSE "
               "'5.1.1' END, CASE state WHEN 2 THEN 'Ok' ELSE 'No such mailbox' END, 1 "
               "FROM delivery WHERE campaign_id = ? AND state > 0",
               (NOW_US, before + sent, campaign))
    refused = db.execute("SELECT count(*) FROM delivery WHERE campaign_id = ? AND state = 3",
                         (campaign,)).fetchone()[0]
    db.execute("INSERT INTO campaign_counter (campaign_id, total, queued, leased, accepted, "
               "refused, deferred, uncertain, suppressed, cancelled, first_id, cursor, last_id) "
               "VALUES (?, ?, ?, 0, ?, ?, 0, 0, 0, 0, ?, ?, ?)",
               (campaign, _BIG_PEOPLE, _BIG_PEOPLE - sent, sent - refused, refused, before,
                before + sent, before + _BIG_PEOPLE))
    db.execute("INSERT INTO domain_counter (campaign_id, domain, total, accepted, refused) "
               "SELECT d.campaign_id, p.domain, count(*), sum(d.state = 2), sum(d.state = 3) "
               "FROM delivery d JOIN person p ON p.id = d.person_id WHERE d.campaign_id = ? "
               "GROUP BY p.domain", (campaign,))
    db.execute("INSERT INTO reply_counter (campaign_id, state, code, enhanced, n, reply) "
               "VALUES (?, 2, 250, '2.0.0', ?, 'Ok'), "
               "(?, 3, 550, '5.1.1', ?, 'No such mailbox')",
               (campaign, sent - refused, campaign, refused))
    db.execute("INSERT INTO event (campaign_id, id, delivery_id, attempt) "
               "SELECT campaign_id, ? * 1000000 + id, id, 1 FROM delivery "
               "WHERE campaign_id = ? AND id > ? AND id <= ?",
               (i + 1, campaign, before + sent - 1000, before + sent))
    db.execute("UPDATE campaign_counter SET event_id = (SELECT max(id) FROM event WHERE "
               "campaign_id = ?) WHERE campaign_id = ?", (campaign, campaign))
    db.execute(_NUMBERS.format(120) + "INSERT INTO minute_counter (campaign_id, minute, accepted,"
               " refused) SELECT ?, ? - i, ?, 1 FROM n",
               (campaign, NOW_US // MINUTE_US, sent // 120))


def build_drafts(it, port):
    """Lists, people and drafts; nothing was ever sent. The server is a real one."""
    _lists(it)
    it.run("server", "add", "main", "--host", f"127.0.0.1:{port}", "--security", "none")
    _drafts(it)


# ---- always the same ----


def still(folder, ports=()):
    """Times by row number, in the order of their columns; ports and folders with plain names."""
    db = sqlite3.connect(folder / "crier.db")
    triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute(f'DROP TRIGGER "{name}"')
    for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' "
                               "AND name NOT LIKE 'sqlite_%'").fetchall():
        _still_table(db, table, [(str(folder), "/srv/crier"),
                                 *((str(port), "2525") for port in ports)])
    for _, sql in triggers:
        db.execute(sql)
    _still_events(db)
    _still_replies(db)
    # Whether the worker came to say something before it ended is chance.
    db.execute("DELETE FROM role")
    db.execute("DELETE FROM server_live")
    db.execute("DELETE FROM doctor_verdict")  # what it finds is of this machine
    db.execute("INSERT INTO server_live (server_id, at_us, connections, in_flight, waiting, "
               "rate, rest_until_us, code, reply, reply_us) "
               "SELECT id, ?, 0, 0, 0, 0, 0, 250, '2.0.0 Ok', ? "
               "FROM server WHERE name = 'main'", (NOW_US - 9 * MINUTE_US,) * 2)
    db.execute("UPDATE mailbox SET problem = 'pop.example.org port 995: the login was refused: "
               "[AUTH] Invalid credentials' WHERE name = 'requests'")
    db.execute("INSERT INTO mailbox_state (mailbox_id, validity, last_uid, read_us, n_read) "
               "SELECT id, 7, 31, ?, 31 FROM mailbox WHERE name = 'bounces'",
               (NOW_US - 2 * MINUTE_US,))
    db.execute("UPDATE meta SET value = ? WHERE key = 'hmac_key'", (bytes(range(32)),))
    db.execute("UPDATE campaign SET schedule_us = ? WHERE schedule_us > 0",
               (NOW_US + 18 * 60 * MINUTE_US,))
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def adopt(folder):
    """Tells a copied database that it is at home: a worker holds every campaign of a copy."""
    path = folder / "crier.db"
    inode, born = subprocess.run(["stat", "-c", "%i %w", path], stdout=subprocess.PIPE,
                                 env={**os.environ, "TZ": "UTC"}, check=True,
                                 text=True).stdout.split(" ", 1)
    day, _, fraction = born.partition(".")
    seconds = calendar.timegm(time.strptime(day, "%Y-%m-%d %H:%M:%S"))
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA synchronous = OFF")
        stored = db.execute("SELECT value FROM meta WHERE key = 'identity'").fetchone()[0]
        machine = stored.split(" inode ")[0]
        db.execute("UPDATE meta SET value = ? WHERE key = 'identity'",
                   (f"{machine} inode {inode} born {seconds}.{fraction[:9]}",))


def _still_table(db, table, words):
    columns = [(row[1], row[2]) for row in db.execute(f'PRAGMA table_info("{table}")')]
    keys = [row[1] for row in db.execute(f'PRAGMA table_info("{table}")') if row[5]]
    order = ", ".join(f'"{key}"' for key in keys)
    for n, (column, kind) in enumerate(columns):
        if column.endswith("_us") and column != "schedule_us" and column != "due_us":
            _still_times(db, table, column, keys, order, n)
        elif kind == "TEXT" and column not in keys:
            for old, new in words:
                db.execute(f'UPDATE "{table}" SET "{column}" = replace("{column}", ?, ?) '
                           f'WHERE instr("{column}", ?)', (old, new, old))
    if table == "minute_counter":
        _still_minutes(db)


def _still_times(db, table, column, keys, order, n):
    """The newest row is a minute old, each before it a minute older; of long tables a second."""
    rows = db.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
    step_us = MINUTE_US if rows < 100 else 10**6
    match = " AND ".join(f'"{table}"."{key}" IS numbered."{key}"' for key in keys)
    db.execute(f'WITH numbered AS (SELECT {order}, row_number() OVER (ORDER BY {order}) AS n, '
               f'count(*) OVER () AS total FROM "{table}") '
               f'UPDATE "{table}" SET "{column}" = ? + (numbered.n - numbered.total) * ? + ? '
               f'FROM numbered WHERE {match} AND "{table}"."{column}" IS NOT NULL',
               (NOW_US - MINUTE_US, step_us, n * 1000))


def _still_events(db):
    """Of a commit only the last are kept, and how many there were in it is chance: now all are."""
    db.execute("DELETE FROM event")
    db.execute("INSERT INTO event (campaign_id, id, delivery_id, attempt) "
               "SELECT d.campaign_id, row_number() OVER (ORDER BY d.campaign_id, d.id, a.n), d.id, "
               "a.n FROM attempt a JOIN delivery d ON d.id = a.delivery_id")
    db.execute("UPDATE campaign_counter SET event_id = (SELECT coalesce(max(id), 0) FROM event "
               "WHERE event.campaign_id = campaign_counter.campaign_id)")


def _still_replies(db):
    """How campaigns took turns on the connection, by which the server counts, is chance."""
    db.execute("UPDATE attempt SET reply = 'Ok: ' || delivery_id WHERE code = 250")
    db.execute("UPDATE reply_counter SET reply = (SELECT 'Ok: ' || min(d.id) FROM delivery d WHERE "
               "d.campaign_id = reply_counter.campaign_id AND d.state = 2) WHERE code = 250")


def _still_minutes(db):
    rows = db.execute("SELECT campaign_id, sum(accepted), sum(refused), sum(deferrals), "
                      "sum(uncertain) FROM minute_counter GROUP BY campaign_id").fetchall()
    db.execute("DELETE FROM minute_counter")
    for campaign, *counts in rows:
        minute = NOW_US // MINUTE_US - 30 + campaign
        db.execute("INSERT INTO minute_counter (campaign_id, minute, accepted, refused, "
                   "deferrals, uncertain) VALUES (?, ?, ?, ?, ?, ?)",
                   (campaign, minute, *counts))


# ---- hostile ----

# OSC 0 is what the strict terminal does not know: whatever lets an Esc through is found out.
POISON = ("\x1b]0;pwned\x07", "\x1b[2J\x1b[H", "\x9b31m", "\u202eevil\u202c", "\u2066x\u2069",
          "\u200b\u200d\ufeff\u00ad", "x\ufe0f", "a" + "\u0301" * 40, "\r\nBcc: x\r\n", "\t",
          "日本語のお知らせ", "\u2028\u2029", "\x7f\x08\x08", "\U000e0001", "\ud7ff")
LONG = "W" * 10_000
# What people and servers have written, wherever it is kept. None of it is a name by which
# something is found.
_FREE_TEXT = {
    "campaign": ("title", "subject", "preheader", "postal_address"),
    "content": ("subject", "title"), "list": ("title",), "attempt": ("reply",),
    "reply_counter": ("reply",), "server": ("problem",), "server_live": ("reply",),
    "mailbox": ("problem", "user", "folder"),
    "port": ("problem", "public_url"), "doctor_verdict": ("text", "next", "cause"),
    "suppression": ("evidence",), "consent": ("text", "source"), "import": ("source",),
    "role": ("note",),
}


def build_hostile(folder, sample):
    """The sample with hostile text in it."""
    shutil.copytree(sample, folder, dirs_exist_ok=True)
    adopt(folder)
    poison(folder)
    with contextlib.closing(sqlite3.connect(folder / "crier.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def poison(workspace):
    """Puts hostile text wherever text from outside is kept, one kind a row, and long ones."""
    texts = [*POISON, LONG, "".join(POISON)]
    with contextlib.closing(sqlite3.connect(workspace / "crier.db")) as db:
        triggers = db.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            db.execute(f'DROP TRIGGER "{name}"')
        db.execute("PRAGMA ignore_check_constraints = ON")
        for table, columns in _FREE_TEXT.items():
            keys = _keys_of(db, table)
            match = " AND ".join(f'"{key}" IS ?' for key in keys)
            names = ", ".join(f'"{key}"' for key in keys)
            rows = db.execute(f'SELECT {names} FROM "{table}" ORDER BY {names}').fetchall()
            for k, column in enumerate(columns):
                db.executemany(f'UPDATE "{table}" SET "{column}" = ? WHERE {match}',
                               ((f"{n} {texts[(n + k) % len(texts)]} end", *row)
                                for n, row in enumerate(rows)))
        _poison_people(db, texts)
        for _, sql in triggers:
            db.execute(sql)
        db.commit()


def _keys_of(db, table):
    return [row[1] for row in db.execute(f'PRAGMA table_info("{table}")') if row[5]]


def _poison_people(db, texts):
    for n, text in enumerate(texts):
        db.execute("UPDATE person SET fields = json_set(fields, '$.first_name', ?), address = "
                   "address || ? WHERE id = ?", (text, text, n + 1))
        db.execute("UPDATE delivery SET address = address || ? WHERE person_id = ?",
                   (text, n + 1))
