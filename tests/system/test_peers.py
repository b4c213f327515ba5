"""One ordinary campaign to 200 people through each kind of server, and what crier tells of it:
status, deliveries, people, the audit, backups."""
import email
import email.policy
import json
import re
import sqlite3

import pytest

import peers
import sentences
import waiting

PEOPLE = 200
PASSWORD = "s3same-open"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
STATES = ("queued", "leased", "accepted", "refused", "deferred", "uncertain", "suppressed",
          "cancelled")
CAMPAIGN_KEYS = ("name", "state", "total", *STATES, "in_flight", "bounced_hard", "bounced_soft",
                 "complained", "unsubscribed", "opened", "clicked", "rate_per_s", "eta_s")
DELIVERY_KEYS = ("address", "state", "attempts", "server", "time", "code", "enhanced", "reply",
                 "version")


def person(i):
    return {"address": f"p{i}@d{i % 7}.example.net", "name": f"Jürgen {i}", "town": f"Örebro {i % 5}"}


def prepare(workspace, people=PEOPLE):
    """The list, the people and the campaign; everything but the server."""
    path = workspace.home / "people.csv"
    path.write_text("address,name,town\n" + "".join(
        "{address},{name},{town}\n".format(**person(i)) for i in range(people)))
    folder = workspace.home / "spring"
    folder.mkdir()
    (folder / "campaign.cfg").write_text(
        'format = 1;\ncampaign = { title = "Spring"; from = "News <news@example.org>";\n'
        '  subject = "{{name}}, spring is here"; lists = ( "members" ); server = "main";\n'
        '  html_file = "body.html"; text_file = "body.txt"; };\n')
    (folder / "body.txt").write_text("Dear {{name}} of {{town}}\n{{unsubscribe_url}}\n")
    (folder / "body.html").write_text(
        "<html><body><h1>Dear {{name}}</h1><p>of {{town}}</p>"
        "<a href=\"{{unsubscribe_url}}\">unsubscribe</a></body></html>\n")
    workspace.run("list", "new", "members")
    workspace.run("people", "import", path, "--list", "members")
    workspace.run("apply", folder)


def check_letters(letters):
    """Of (recipient, bytes): each person once, with their own letter."""
    assert sorted(to for to, _ in letters) == sorted(person(i)["address"] for i in range(PEOPLE))
    by_address = dict(letters)
    ids = set()
    for i in range(PEOPLE):
        who = person(i)
        message = email.message_from_bytes(by_address[who["address"]],
                                           policy=email.policy.default)
        assert str(message["Subject"]) == f"{who['name']}, spring is here"
        assert [a.addr_spec for a in message["To"].addresses] == [who["address"]]
        text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
        assert text.startswith(f"Dear {who['name']} of {who['town']}\n")
        html = message.get_body(("html",)).get_content()
        assert f"<h1>Dear {who['name']}</h1><p>of {who['town']}</p>" in html
        assert re.search(r"mailto:news\+u-[a-z0-9]+@example\.org", html)
        ids.add(message["Message-ID"])
    assert len(ids) == PEOPLE


def send(workspace):
    workspace.run("campaign", "start", "spring", "--yes", PEOPLE, "--wait")
    row = workspace.campaign("spring")
    assert (row["state"], row["accepted"], row["total"]) == ("finished", PEOPLE, PEOPLE)
    ledger = workspace.json("campaign", "deliveries", "spring")
    assert {line["state"] for line in ledger} == {"accepted"}
    assert {line["attempts"] for line in ledger} == {1}


def add_server(workspace, peer, *options, host=None):
    workspace.run("server", "add", "main", "--host", f"{host or peer.host}:{peer.port}", *options)


def test_crier_sink(workspace, sink):
    prepare(workspace)
    add_server(workspace, sink, "--security", "none")
    send(workspace)
    assert sorted(sink.taken()) == sorted(person(i)["address"] for i in range(PEOPLE))
    messages = sink.messages()
    assert len(messages) == PEOPLE
    check_letters([(email.message_from_bytes(raw, policy=email.policy.default)["To"]
                    .addresses[0].addr_spec, raw) for raw in messages])


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_aiosmtpd_with_tls_and_login(workspace, start_aiosmtpd, certificates, tls):
    server = start_aiosmtpd(tls=tls, context=certificates.context(), users={"news": PASSWORD})
    prepare(workspace)
    secret = workspace.home / "secret"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    add_server(workspace, server, "--security", "tls" if tls == "implicit" else tls, "--ca-file",
               certificates.ca, "--user", "news", "--password-file", secret, host="localhost")
    tried = workspace.run("server", "test", "main")
    assert re.search(r"(?m)^\* .*(TLSv1\.[23]|SSL connection using)", tried.stdout)
    assert "> EHLO" in tried.stdout and "MAIL FROM:<news@example.org>" in tried.stdout
    assert PASSWORD not in tried.stdout + tried.stderr and not server.received
    send(workspace)
    assert all(mail.tls and mail.user == "news" for mail in server.received)
    assert all(good for _, _, good in server.logins)
    assert all(len(mail.recipients) == 1 for mail in server.received)
    check_letters([(mail.recipients[0], mail.content) for mail in server.received])


def test_smtp_sink(workspace, start_smtp_sink):
    server = start_smtp_sink(dump=True)
    prepare(workspace)
    add_server(workspace, server, "--security", "none")
    send(workspace)
    waiting.wait_for(lambda: server.transactions() == PEOPLE, what="the dump")
    dumped = re.split(rb"(?m)^X-Client-Addr: ", server.dump_path.read_bytes())[1:]
    letters = []
    for one in dumped:
        [recipient] = re.findall(rb"(?m)^X-Rcpt-Args: <([^>]*)>", one)
        letters.append((recipient.decode(), b"X-Client-Addr: " + one))
    check_letters(letters)


def test_postfix(workspace, certificates):
    reason = peers.why_no_postfix()
    if reason:
        pytest.skip(reason)
    server = peers.Postfix(certificates, keeps=True)
    try:
        prepare(workspace)
        add_server(workspace, server, "--security", "starttls", "--ca-file", certificates.ca,
                   host="localhost")
        send(workspace)
        kept = server.wait_for_messages(PEOPLE)
        assert all(b"TLSv1." in raw for raw in kept)
        check_letters([(re.search(rb"(?m)^Delivered-To: (\S+)", raw).group(1).decode(), raw)
                       for raw in kept])
    finally:
        server.stop()


# ---- what is told ------------------------------------------------------------------------


@pytest.fixture
def mixed(workspace, start_sink):
    """A campaign of which some are accepted, refused, put off, lost and never mailed."""
    sink = start_sink(script="rcpt p1@* refuse 550 5.1.1 Nobody here\n"
                             "rcpt p2@* defer 450 4.2.1 Come again\n"
                             "rcpt p3@* drop-after-dot\n")
    prepare(workspace, 20)
    workspace.run("suppress", "add", "p4@d4.example.net", "--reason", "complained")
    add_server(workspace, sink, "--security", "none")
    workspace.run("campaign", "start", "spring", "--yes", 19, "--no-worker")
    workspace.run("worker", "--once")
    return workspace


def test_status(mixed):
    status = mixed.json("status")
    assert {"format", "worker", "campaigns", "servers", "mailboxes", "ports",
            "problems"} <= set(status)
    assert status["format"] == 1
    assert set(status["worker"]) >= {"running", "pid", "since"}
    [row] = status["campaigns"]
    assert set(CAMPAIGN_KEYS) <= set(row)
    assert sum(row[state] for state in STATES) == row["total"] == 20
    assert [row[state] for state in STATES] == [0, 0, 16, 1, 1, 1, 1, 0]
    assert row["state"] == "sending" and row["in_flight"] == 0
    for value in status["campaigns"][0].items():
        assert value[0] not in ("started", "finished") or value[1] is None or \
            TIME.fullmatch(value[1])
    assert mixed.json("status", "spring")["campaigns"] == status["campaigns"]
    mixed.run("campaign", "cancel", "spring")
    row = mixed.campaign("spring")
    assert [row[state] for state in STATES] == [0, 0, 16, 1, 0, 1, 1, 1]


def test_a_running_worker_is_told(workspace):
    workspace.run("init")
    process = workspace.popen("worker")
    waiting.wait_for(workspace.worker_pid, what="the worker")
    worker = workspace.status()["worker"]
    assert worker["pid"] == process.pid and TIME.fullmatch(worker["since"])
    workspace.run("worker", "stop")
    assert process.wait(60) == 0
    ended = workspace.status()["worker"]
    assert (ended["running"], ended["pid"], ended["since"]) == (False, None, None)


def test_deliveries(mixed):
    ledger = {row["address"]: row for row in mixed.json("campaign", "deliveries", "spring")}
    assert len(ledger) == 20
    for row in ledger.values():
        assert list(row)[:len(DELIVERY_KEYS)] == list(DELIVERY_KEYS)
        assert row["time"] is None or TIME.fullmatch(row["time"])
    refused = ledger["p1@d1.example.net"]
    assert (refused["state"], refused["code"], refused["enhanced"], refused["reply"]) == (
        "refused", 550, "5.1.1", "Nobody here")
    put_off = ledger["p2@d2.example.net"]
    assert (put_off["state"], put_off["code"], put_off["attempts"]) == ("deferred", 450, 1)
    assert TIME.fullmatch(put_off["due"])
    lost = ledger["p3@d3.example.net"]
    assert (lost["state"], lost["server"]) == ("uncertain", "main")
    assert not lost["code"] and lost["reply"]
    never = ledger["p4@d4.example.net"]
    assert (never["state"], never["attempts"], never["server"]) == ("suppressed", 0, None)
    for state in STATES:
        chosen = mixed.json("campaign", "deliveries", "spring", "--state", state)
        assert chosen == [row for row in ledger.values() if row["state"] == state]


def test_every_form_of_a_list(mixed):
    for words, key, keys in (
            (("campaign", "deliveries", "spring"), "address", DELIVERY_KEYS),
            (("people", "list"), "address", ("address", "fields", "lists", "status")),
            (("server", "list"), "name", ("name", "host", "security")),
            (("list", "list"), "name", ("name", "members")),
            (("suppress", "list"), "address", ("address", "reason")),
            (("campaign", "list"), "name", ("name", "state", "total"))):
        rows = mixed.json(*words)
        assert rows and set(keys) <= set(rows[0])
        lines = mixed.run(*words, "--jsonl").stdout.splitlines()
        assert [json.loads(line) for line in lines] == rows
        # A pipe gets tab-separated rows with a heading.
        table = [line.split("\t") for line in mixed.run(*words).stdout.splitlines()]
        assert key in table[0] and {len(line) for line in table} == {len(table[0])}
        assert [line[table[0].index(key)] for line in table[1:]] == [row[key] for row in rows]
        assert mixed.run(*words, "--tsv").stdout.splitlines() == [
            "\t".join(line) for line in table]
        chosen = mixed.run(*words, "--tsv", "--fields", f"{keys[1]},{key}").stdout.splitlines()
        assert chosen[0] == f"{keys[1]}\t{key}"
        assert [line.split("\t")[1] for line in chosen[1:]] == [row[key] for row in rows]


def test_people_list(mixed):
    people = mixed.json("people", "list", "--list", "members")
    first = next(row for row in people if row["address"] == "p0@d0.example.net")
    assert first["fields"] == {"name": "Jürgen 0", "town": "Örebro 0"}
    assert first["lists"] == ["members"] and first["status"] == "active"
    # p1 was refused for good, p4 asked never to be mailed.
    assert sorted(row["address"] for row in people if row["status"] == "suppressed") == [
        "p1@d1.example.net", "p4@d4.example.net"]
    assert all(TIME.fullmatch(row["created"]) for row in people)
    mail = mixed.json("people", "show", "p1@d1.example.net")["mail"]
    assert [(row["campaign"], row["state"], row["code"]) for row in mail] == [
        ("spring", "refused", 550)]


def test_report(mixed):
    report = mixed.json("campaign", "report", "spring")
    assert sum(row["total"] for row in report["domains"]) == 20
    assert sum(row["accepted"] for row in report["domains"]) == 16
    assert [row["count"] for row in report["replies"] if row["code"] == 550] == [1]
    path = mixed.home / "report.csv"
    mixed.run("campaign", "report", "spring", "--csv", path)
    assert "--force" in mixed.run("campaign", "report", "spring", "--csv", path, exit_code=1).stderr
    mixed.run("campaign", "report", "spring", "--csv", path, "--force")
    lines = path.read_text().splitlines()
    assert lines[0].startswith("domain,total,accepted") and len(lines) == 8


def test_backup_and_restore(mixed):
    mixed.run("db", "check")
    before = mixed.json("campaign", "deliveries", "spring")
    backup = mixed.home / "backup.db"
    mixed.run("db", "backup", backup)
    assert backup.stat().st_mode & 0o777 == 0o600
    mixed.run("people", "remove", "p0@d0.example.net")
    mixed.run("list", "new", "later")
    mixed.run("db", "restore", backup)
    checked = mixed.run("db", "check").stdout
    assert checked and all(line.startswith("ok") for line in checked.splitlines()), checked
    assert mixed.json("campaign", "deliveries", "spring") == before
    assert "later" not in [row["name"] for row in mixed.json("list", "list")]
    assert len(mixed.json("people", "list")) == 20
    # I8: what was restored does not send by itself, and says so.
    mixed.run("worker", "--once")
    row = mixed.campaign("spring")
    assert row["state"] == "held" and row["held_reason"]
    mixed.run("campaign", "resume", "spring")
    assert mixed.campaign("spring")["state"] == "sending"


def audit(workspace):
    path = workspace.workspace / "crier.db"
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    rows = db.execute("SELECT actor, action, noun, name FROM audit ORDER BY id").fetchall()
    db.close()
    return rows


def test_the_audit_says_who(workspace, sink):
    prepare(workspace)
    before = len(audit(workspace))
    add_server(workspace, sink, "--security", "none", "--as", "Ann Example")
    workspace.run("server", "set", "main", "--connections", "2", "--as", "Bob")
    workspace.run("suppress", "add", "x@example.net", "--as", "cron: nightly")
    workspace.run("campaign", "start", "spring", "--yes", PEOPLE, "--no-worker", "--as",
                  "Ann Example")
    workspace.run("campaign", "pause", "spring", "--as", "Bob")
    workspace.run("campaign", "resume", "spring", "--as", "Eve")
    rows = audit(workspace)[before:]
    assert {noun for actor, _, noun, _ in rows if actor == "Bob"} == {"server", "campaign"}
    assert {noun for actor, _, noun, _ in rows if actor == "Ann Example"} == {
        "server", "campaign"}
    assert "cron: nightly" in [actor for actor, *_ in rows]
    assert "Eve" in [actor for actor, *_ in rows]
    # Without --as it is the login name.
    workspace.run("list", "new", "plain")
    [(actor, *_)] = [row for row in audit(workspace) if row[3] == "plain"]
    assert actor and actor not in ("Bob", "Eve")


@pytest.mark.parametrize("name", ["", "two\nlines", "x" * 101, "bell\x07"])
def test_a_bad_actor(workspace, name):
    workspace.run("init")
    said = sentences.one(workspace.run("list", "new", "a", "--as", name, exit_code=None))
    assert "--as" in said and workspace.json("list", "list") == []
