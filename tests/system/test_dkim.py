"""DKIM as receivers see it: dkimpy verifies what arrived, with the very records that crier
printed; and crier dkim check against a name server."""
import collections
import json
import os
import re
import shutil
import signal
import stat
import subprocess

import dkim
import pytest

import peers
import sentences
import waiting

DOMAIN = "example.org"
PEOPLE = 24
BODIES = {
    "plain": ("Hello {{name}}\n\nSee you.\n", None),
    "blanks": ("two  blanks, a\ttab \n trailing \n\n\n", None),
    "both": ("Grüße, {{name}} 🌷\n.\n..\n", "<p>Grüße, <b>{{name}}</b>  🌷</p>\n" + "<p>x</p>\n" * 400),
    "empty-lines": ("\n\n", None),
}


def strings_of(zone):
    """The records of a zone file, as {name: text}; no string is longer than a TXT can hold."""
    zone = re.sub(r"(?m)^;.*\n", "", zone)
    records = {}
    for name, rest in re.findall(r'(?m)^(\S+)\. 3600 IN TXT ((?:[^"]*"[^"]*")+ ?\)?)$', zone):
        pieces = re.findall(r'"([^"]*)"', rest)
        assert all(len(piece) <= 255 for piece in pieces)
        records[name] = "".join(pieces)
    return records


def new_key(workspace, *args, domain=DOMAIN):
    records = strings_of(workspace.run("dkim", "new", domain, *args).stdout)
    assert len(records) == 1
    return records


def lookup(records):
    def txt(name, timeout=5):
        return records[name.decode().rstrip(".")].encode()
    return txt


def verify(raw, records, count=1):
    """Every signature of a message, by dkimpy."""
    assert raw.lower().count(b"dkim-signature:") == count, raw[:3000]
    for i in range(count):
        assert dkim.DKIM(raw).verify(idx=i, dnsfunc=lookup(records)), raw


def is_valid(raw, records):
    try:
        return dkim.DKIM(raw).verify(dnsfunc=lookup(records))
    except dkim.ValidationError:
        return False


def tags(raw):
    """Of the first signature."""
    field = re.match(rb"DKIM-Signature:((?:[^\r]|\r\n[ \t])*)\r\n", raw).group(1)
    flat = re.sub(rb"\s", b"", field).decode()
    return dict(tag.split("=", 1) for tag in flat.split(";"))


def prepare(workspace, peer, people=PEOPLE, **server):
    workspace.run("list", "new", "members")
    csv = workspace.home / "people.csv"
    csv.write_text("address,name\n" + "".join(
        f"member{i:04}@example.net,\"Änne {i},  Söhne\"\n" for i in range(people)))
    workspace.run("people", "import", csv, "--list", "members")
    options = [word for key, value in server.items() for word in (f"--{key.replace('_', '-')}", value)]
    workspace.run("server", "add", "main", "--host", f"{peer.host}:{peer.port}", "--security",
                  "none", *options)


def apply(workspace, name, text, html=None, sender=f"news@{DOMAIN}"):
    folder = workspace.home / name
    folder.mkdir()
    (folder / "body.txt").write_text(text)
    lines = [f'from = "Müller & Söhne <{sender}>";', 'subject = "{{name}}, ein Gruß 🌷";',
             'lists = ( "members" );', 'server = "main";', 'text_file = "body.txt";']
    if html:
        (folder / "body.html").write_text(html)
        lines.append('html_file = "body.html";')
    (folder / "campaign.cfg").write_text("format = 1;\ncampaign = {\n" + "\n".join(lines) + "\n};\n")
    workspace.run("apply", folder)


def send(workspace, name, people=PEOPLE):
    workspace.run("campaign", "start", name, "--yes", people, "--no-worker")
    workspace.run("worker", "--once")


# ---- what is sent ------------------------------------------------------------------------


def test_every_message_verifies_as_received(workspace, start_aiosmtpd):
    records = {**new_key(workspace), **new_key(workspace, "--algorithm", "ed25519")}
    server = start_aiosmtpd()
    prepare(workspace, server)
    for name, (text, html) in BODIES.items():
        apply(workspace, name, text, html)
        send(workspace, name)
    assert len(server.received) == PEOPLE * len(BODIES)
    for received in server.received:
        verify(received.content, records, count=2)
        assert tags(received.content)["d"] == DOMAIN
        head = received.content.split(b"\r\n\r\n")[0]
        assert max(map(len, head.split(b"\r\n"))) <= 78 + 20


@pytest.mark.parametrize("algorithm", ["rsa", "ed25519"])
def test_a_changed_message_does_not_verify(workspace, start_aiosmtpd, algorithm):
    records = new_key(workspace, "--algorithm", algorithm)
    server = start_aiosmtpd()
    prepare(workspace, server, people=1)
    apply(workspace, "one", *BODIES["both"])
    send(workspace, "one", people=1)
    [received] = server.received
    raw = received.content
    verify(raw, records)
    assert "l" not in tags(raw)
    signed = tags(raw)["h"].lower().split(":")
    for field in ("from", "to", "subject", "date", "message-id", "list-unsubscribe",
                  "list-unsubscribe-post"):
        there = len(re.findall(rb"(?mi)^" + field.encode() + rb":", raw.split(b"\r\n\r\n")[0]))
        assert signed.count(field) == there + 1, field
    changed = [raw + b"more\r\n", raw.replace(b"To: member", b"To: another", 1)]
    changed += [field + b"\r\n" + raw for field in (
        b"Subject: another", b"From: eve@example.com", b"To: eve@example.com",
        b"Reply-To: eve@example.com", b"List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        if field.split(b":")[0].decode().lower() in signed]
    assert len(changed) >= 6
    for other in changed:
        assert not is_valid(other, records), other[:200]


def test_postfix_delivers_it_on(workspace, certificates, start_aiosmtpd):
    reason = peers.why_no_postfix()
    if reason:
        pytest.skip(reason)
    records = {**new_key(workspace), **new_key(workspace, "--algorithm", "ed25519")}
    end = start_aiosmtpd()
    postfix = peers.Postfix(certificates, relay_to=end.port)
    try:
        prepare(workspace, postfix, people=10)
        for name, (text, html) in BODIES.items():
            apply(workspace, name, text, html)
            send(workspace, name, people=10)
        waiting.wait_for(lambda: len(end.received) == 10 * len(BODIES),
                         what=lambda: postfix.log_path.read_text()[-3000:])
    finally:
        postfix.stop()
    for received in end.received:
        assert received.content.startswith(b"Received: ")
        verify(received.content, records, count=2)


def test_a_key_of_the_parent_signs_for_its_subdomains(workspace, start_aiosmtpd):
    records = new_key(workspace)
    server = start_aiosmtpd()
    prepare(workspace, server, people=2)
    apply(workspace, "sub", "hello\n", sender=f"news@mail.{DOMAIN}")
    send(workspace, "sub", people=2)
    for received in server.received:
        verify(received.content, records)
        assert tags(received.content)["d"] == DOMAIN
    apply(workspace, "stranger", "hello\n", sender=f"news@not{DOMAIN}")
    send(workspace, "stranger", people=2)
    assert len(server.received) == 4
    for received in server.received[2:]:
        assert b"DKIM-Signature" not in received.content


def test_an_imported_key_signs(workspace, start_aiosmtpd):
    """PKCS#1, 4096 bits: its record is longer than a UDP answer."""
    key = workspace.home / "old.pem"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", key, "4096"], check=True,
                   stderr=subprocess.DEVNULL)
    records = new_key(workspace, "--import", key, "--selector", "old.2026")
    server = start_aiosmtpd()
    prepare(workspace, server, people=1)
    apply(workspace, "one", "hello\n")
    send(workspace, "one", people=1)
    verify(server.received[0].content, records)


def test_previews_and_test_copies_are_signed_too(workspace, start_aiosmtpd):
    records = {**new_key(workspace), **new_key(workspace, "--algorithm", "ed25519")}
    server = start_aiosmtpd()
    prepare(workspace, server, people=1)
    apply(workspace, "one", *BODIES["both"])
    source = workspace.run("campaign", "preview", "one", "--part", "source").stdout_bytes
    verify(source, records, count=2)
    headers = workspace.run("campaign", "preview", "one", "--part", "headers").stdout_bytes
    assert headers.count(b"DKIM-Signature: ") == 2
    workspace.run("campaign", "test", "one", "--to", "me@example.net")
    verify(server.received[0].content, records, count=2)


# ---- the ledger's rules ------------------------------------------------------------------


def test_order_is_kept(workspace, start_aiosmtpd):
    new_key(workspace)
    server = start_aiosmtpd()
    prepare(workspace, server, people=60, connections=1)
    apply(workspace, "signed", "hello\n")
    apply(workspace, "plain", "hello\n", sender="news@example.com")
    for name in ("signed", "plain"):
        send(workspace, name, people=60)
    order = [received.recipients[0] for received in server.received]
    assert len(order) == 120 and order[:60] == order[60:]


def test_pause_gives_back_what_is_signed_ahead(workspace, start_sink):
    new_key(workspace)
    sink = start_sink(maildir=False)
    prepare(workspace, sink, people=3000, connections=4, per_second=200)
    apply(workspace, "many", *BODIES["both"])
    workspace.run("campaign", "start", "many", "--yes", 3000)
    waiting.wait_for(lambda: workspace.campaign("many")["accepted"] > 0, what="the first mail")
    workspace.run("campaign", "pause", "many")
    waiting.wait_for(lambda: workspace.campaign("many")["leased"] == 0, what="leases to come back")
    row = workspace.campaign("many")
    assert row["accepted"] + row["queued"] == 3000 and row["queued"] > 0
    workspace.run("server", "set", "main", "--per-second", 0)
    workspace.run("campaign", "resume", "many")
    workspace.run("campaign", "wait", "many", "--timeout", "60s")
    assert workspace.campaign("many")["accepted"] == 3000


def test_a_kill_loses_and_doubles_nobody(workspace, start_aiosmtpd):
    records = new_key(workspace)
    server = start_aiosmtpd()
    prepare(workspace, server, people=300, connections=4, per_second=150)
    apply(workspace, "many", "hello {{name}}\n")
    workspace.run("campaign", "start", "many", "--yes", 300)
    waiting.wait_for(lambda: len(server.received) > 20, what="some mail")
    for pid in workspace.processes():
        os.kill(pid, signal.SIGKILL)
    waiting.wait_for(lambda: not workspace.processes(), what="the worker to be gone")
    workspace.run("worker", "--once")
    rows = {row["address"]: row["state"] for row in workspace.json("campaign", "deliveries", "many")}
    came = collections.Counter(received.recipients[0] for received in server.received)
    assert len(rows) == 300 and set(rows.values()) <= {"accepted", "uncertain"}
    for address, state in rows.items():
        assert came[address] == 1 or (state == "uncertain" and came[address] == 0), address
    for received in server.received:
        verify(received.content, records)


def test_a_key_that_is_gone_holds_the_campaign(workspace, start_aiosmtpd):
    records = new_key(workspace)
    server = start_aiosmtpd()
    prepare(workspace, server, people=3)
    apply(workspace, "one", "hello\n")
    path = workspace.workspace / "secrets" / "dkim" / f"{DOMAIN}-crier.pem"
    kept = path.rename(workspace.home / "kept.pem")
    send(workspace, "one", people=3)
    assert not server.received
    row = workspace.campaign("one")
    assert row["state"] == "held" and row["queued"] == 3
    assert f"DKIM key of {DOMAIN}" in json.dumps(workspace.status())
    shutil.move(kept, path)
    workspace.run("campaign", "resume", "one")
    workspace.run("campaign", "wait", "one", "--timeout", "60s")
    assert len(server.received) == 3
    for received in server.received:
        verify(received.content, records)


def test_a_key_made_on_the_way_is_used(workspace, start_aiosmtpd):
    server = start_aiosmtpd()
    prepare(workspace, server, people=1000, connections=1, per_second=10)
    apply(workspace, "slow", "hello\n")
    workspace.run("campaign", "start", "slow", "--yes", 1000)
    waiting.wait_for(lambda: server.received, what="the first mail")
    records = new_key(workspace)
    waiting.wait_for(lambda: b"DKIM-Signature" in server.received[-1].content,
                     what="a signed mail")
    workspace.run("worker", "stop")
    assert b"DKIM-Signature" not in server.received[0].content
    verify(server.received[-1].content, records)


# ---- keys and their records --------------------------------------------------------------


def test_files_are_private_and_show_repeats_the_record(workspace):
    records = new_key(workspace)
    folder = workspace.workspace / "secrets" / "dkim"
    path = folder / f"{DOMAIN}-crier.pem"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert strings_of(workspace.run("dkim", "show", DOMAIN).stdout) == records
    [row] = workspace.json("dkim", "show", DOMAIN)
    assert {row["name"]: row["record"]} == records and row["file"] == str(path)
    assert "PRIVATE" not in json.dumps(row)
    made = json.loads(workspace.run("dkim", "new", "example.com", "--json").stdout)
    assert made["domain"] == "example.com" and made["record"].startswith("v=DKIM1; k=rsa; p=")
    assert b"PRIVATE KEY" not in (workspace.workspace / "crier.db").read_bytes()
    openssl = subprocess.run(["openssl", "pkey", "-in", path, "-pubout"], check=True,
                             stdout=subprocess.PIPE).stdout.decode()
    assert "".join(openssl.split("\n")[1:-2]) == row["record"].split("p=")[1]


def test_delete_removes_row_and_file(workspace):
    new_key(workspace)
    new_key(workspace, "--selector", "two")
    sentences.refused(workspace, "dkim", "delete", DOMAIN, exit_code=2)
    workspace.run("dkim", "delete", DOMAIN, "--selector", "two")
    assert [path.name for path in (workspace.workspace / "secrets" / "dkim").iterdir()] == [
        f"{DOMAIN}-crier.pem"]
    workspace.run("dkim", "delete", DOMAIN)
    assert workspace.json("dkim", "show") == []
    sentences.refused(workspace, "dkim", "delete", DOMAIN)


def test_what_is_refused(workspace):
    new_key(workspace)
    pem = workspace.home / "none.pem"
    pem.write_text("no key\n")
    for exit_code, *args in (
            (1, "new", DOMAIN), (1, "new", "org"), (1, "new", "a b.org"),
            (2, "new", DOMAIN, "--selector", "A b"), (2, "new", DOMAIN, "--selector", "../../x"),
            (2, "new", DOMAIN, "--selector", "x", "--algorithm", "dsa"),
            (1, "new", DOMAIN, "--selector", "x", "--import", pem),
            (1, "new", DOMAIN, "--selector", "x", "--import", workspace.home / "missing.pem"),
            (1, "show", "example.net"), (1, "check", "example.net"),
            (1, "show", DOMAIN, "--selector", "x")):
        sentences.refused(workspace, "dkim", *args, exit_code=exit_code)


NAME = f"crier._domainkey.{DOMAIN}"
PUBLISHED = {  # what the DNS has, the exit code, what is said
    "ours": (lambda text: {NAME: [("TXT", text)]}, 0, "has our key"),
    "small-pieces": (lambda text: {NAME: [("TXT", [text[:100], text[100:300], text[300:]])]}, 0,
                     "has our key"),
    "alias": (lambda text: {NAME: [("CNAME", "k.host.example.")],
                            "k.host.example": [("TXT", text)]}, 0, "by way of k.host.example"),
    "beside": (lambda text: {NAME: [("TXT", "v=spf1 -all"), ("TXT", text)]}, 4, "beside it"),
    "testing": (lambda text: {NAME: [("TXT", text + "; t=y")]}, 4, "t=y"),
    "missing": (lambda text: {}, 1, "not published"),
    "differs": (lambda text: {NAME: [("TXT", text.replace("p=MIIB", "p=MIIC"))]}, 1, "another key"),
    "several": (lambda text: {NAME: [("TXT", text), ("TXT", text + " ")]}, 1, "2 key records"),
    "revoked": (lambda text: {NAME: [("TXT", "v=DKIM1; k=rsa; p=")]}, 1, "revoked"),
    "dangling": (lambda text: {NAME: [("CNAME", "gone.example.")]}, 1, "alias (CNAME) of gone.example"),
    "other-type": (lambda text: {NAME: [("A", "192.0.2.1")]}, 1, "has no TXT record"),
    "below": (lambda text: {f"x.{NAME}": [("TXT", text)]}, 1, "has no TXT record"),
    "quoted": (lambda text: {NAME: [("TXT", f'"{text}"')]}, 1, "cannot read"),
    "doubled": (lambda text: {f"{NAME}.{DOMAIN}": [("TXT", text)]}, 1, "adds the domain by itself"),
    "no-key": (lambda text: {NAME: [("TXT", "v=spf1 -all")]}, 1, "no DKIM key"),
}


def test_check_says_what_is_published(workspace, start_dns):
    [text] = new_key(workspace).values()
    server = start_dns()
    env = {"CRIER_DNS": server.address}
    for name, (publish, exit_code, says) in PUBLISHED.items():
        server.records = publish(text)
        result = workspace.run("dkim", "check", DOMAIN, exit_code=exit_code, env=env)
        level = {0: "ok", 1: "fail", 4: "warn"}[exit_code]
        assert result.stdout.count("\n") == 1, name
        assert result.stdout.startswith(f"{level}: {NAME}") and says in result.stdout, result.stdout
        [row] = workspace.json("dkim", "check", DOMAIN, exit_code=exit_code, env=env)
        assert row["result"] == level and says in row["text"], name


def test_check_looks_at_every_key(workspace, start_dns):
    """One of 4096 bits too, whose record comes over TCP."""
    key = workspace.home / "old.pem"
    subprocess.run(["openssl", "genrsa", "-out", key, "4096"], check=True, stderr=subprocess.DEVNULL)
    records = {**new_key(workspace), **new_key(workspace, "--algorithm", "ed25519"),
               **new_key(workspace, "--import", key, "--selector", "old")}
    server = start_dns({name: [("TXT", text)] for name, text in records.items()})
    env = {"CRIER_DNS": server.address}
    result = workspace.run("dkim", "check", DOMAIN, env=env)
    assert result.stdout.count("ok: ") == 3
    del server.records[f"crier-ed25519._domainkey.{DOMAIN}"]
    result = workspace.run("dkim", "check", DOMAIN, env=env, exit_code=1)
    assert result.stdout.count("ok: ") == 2 and result.stdout.count("fail: ") == 1
    workspace.run("dkim", "check", DOMAIN, "--selector", "old", env=env)


def test_check_without_an_answer_is_no_verdict(workspace, start_dns):
    new_key(workspace)
    failing = start_dns(failing=[NAME])
    sentence = sentences.one(workspace.run("dkim", "check", DOMAIN, exit_code=75,
                                           env={"CRIER_DNS": failing.address}))
    assert "could not find it out" in sentence
    nobody = peers.free_port()
    sentences.one(workspace.run("dkim", "check", DOMAIN, exit_code=75,
                                env={"CRIER_DNS": f"127.0.0.1:{nobody}"}))
    sentence = sentences.one(workspace.run("dkim", "check", DOMAIN, exit_code=1,
                                           env={"CRIER_DNS": "not an address"}))
    assert "not an address" in sentence
