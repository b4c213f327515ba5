"""The doctor at mailboxes, and the letter that it sends and reads back where somebody asks."""
import threading

import pytest

import dovecot
import imapbox
import netlab
import peers
import waiting
from talking import (FROM, add_campaign, add_mailbox, add_server, look, look_at_all, of_check)

pytestmark = pytest.mark.waits

# ---- mailboxes ---------------------------------------------------------------------------


@pytest.fixture(scope="module", name="box_server")
def start_box_server(certificates):
    reason = dovecot.why_not("imap") or dovecot.why_not("pop3")
    if reason:
        pytest.skip(reason)
    server = dovecot.Dovecot(certificates)
    yield server
    server.stop()


WAYS = [("imap", "tls", "imaps"), ("imap", "starttls", "imap"), ("pop3", "tls", "pop3s"),
        ("pop3", "starttls", "pop3")]


def test_mailboxes_that_work(workspace, box_server, certificates):
    for protocol, security, port in WAYS:
        user = f"{protocol}-{security}"
        box_server.put(user, [b"Subject: 1\n\nx\n", b"Subject: 2\n\nx\n"])
        add_mailbox(workspace, box_server.ports[port], "--ca-file", certificates.ca, user=user,
                    protocol=protocol, security=security, password=dovecot.PASSWORD, name=user,
                    address=f"{user}@example.org")
    reports = look_at_all(workspace, [
        ((f"{protocol}-{security}",), f"Dovecot: all is well ({protocol} {security})", "mailbox")
        for protocol, security, _ in WAYS])
    for report, (protocol, security, _) in zip(reports, WAYS):
        for check in ("greeting", "hello", "tls", "login"):
            assert of_check(report, check, "ok")
        assert "2 messages are in the" in of_check(report, "mailbox", "ok")["text"]
        assert len(box_server.stored(f"{protocol}-{security}")) == 2
        assert dovecot.PASSWORD not in str(report)


@pytest.mark.parametrize("protocol, name", [("imap", "imaps"), ("pop3", "pop3s")])
def test_a_mailbox_that_refuses_the_login(workspace, box_server, certificates, protocol, name):
    add_mailbox(workspace, box_server.ports[name], "--ca-file", certificates.ca,
                protocol=protocol, security="tls")
    report = look(workspace, "bounces", situation=f"{protocol.upper()} login refused")
    found = of_check(report, "login", "fail", "login")
    assert "refuses the login of bounce, wrong name or password" in found["text"]
    assert "Authentication failed" in found["text"]
    assert of_check(report, "mailbox", "skip", "blocked")


def test_a_folder_that_is_not_there(workspace, box_server, certificates):
    box_server.put("folders", [b"Subject: 1\n\nx\n"])
    add_mailbox(workspace, box_server.ports["imaps"], "--ca-file", certificates.ca, "--folder",
                "Nowhere", user="folders", password=dovecot.PASSWORD, security="tls")
    report = look(workspace, "bounces", situation="the mailbox's folder is not there")
    assert "the folder Nowhere cannot be opened" in of_check(report, "mailbox", "fail",
                                                            "mailbox")["text"]
    workspace.run("mailbox", "set", "bounces", "--folder", "INBOX", "--after-read", "move",
                  "--move-to", "Done")
    found = of_check(look(workspace, "bounces"), "mailbox", "ok")
    assert any("Done" in line and "made when it is needed" in line for line in found["evidence"])


def imap_session(quota=b"10 1000", select=b"[READ-WRITE] ok"):
    def script(connection):
        connection.send(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR QUOTA] ready\r\n")
        while True:
            tag, verb, *_ = connection.line().split(b" ")
            if verb == b"CAPABILITY":
                connection.send(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR QUOTA\r\n")
            elif verb == b"SELECT":
                connection.send(b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n"
                                b"* OK [UIDNEXT 9] n\r\n" + tag + b" OK " + select + b"\r\n")
                continue
            elif verb == b"GETQUOTAROOT":
                connection.send(b'* QUOTAROOT INBOX "a (b"\r\n'
                                b'* QUOTA "a (b" (MESSAGE 1 9 STORAGE ' + quota + b")\r\n")
            elif verb == b"LOGOUT":
                connection.send(b"* BYE\r\n" + tag + b" OK\r\n")
                return
            connection.send(tag + b" OK done\r\n")
    return script


HITCHES = [
    ({"quota": b"999 1000"}, "warn", "nearly-full", "99 % full"),
    ({"quota": b"1000 1000"}, "fail", "full", "the mailbox is full"),
    ({"quota": b"999999999999999999999 1"}, "ok", None, "3 messages"),
    ({"select": b"[READ-ONLY] ok"}, "warn", "read-only", "only be read"),
    ({}, "ok", None, "3 messages are in the folder INBOX"),
]


def test_mailboxes_with_a_hitch(workspace, start_raw):
    for number, (options, *_) in enumerate(HITCHES):
        add_mailbox(workspace, start_raw(imap_session(**options)).port, "--after-read", "delete",
                    name=f"m{number}", address=f"m{number}@example.org")
    reports = look_at_all(workspace, [
        ((f"m{number}",), f"mailbox: {row[2]}" if row[2] else None, "mailbox")
        for number, row in enumerate(HITCHES)])
    for report, (_, result, code, needle) in zip(reports, HITCHES):
        assert needle in of_check(report, "mailbox", result, code)["text"]


def test_a_server_of_mailboxes_that_turns_us_away(workspace, start_raw):
    server = start_raw(peers.says(b"-ERR [SYS/PERM] go away\r\n"))
    add_mailbox(workspace, server.port, protocol="pop3")
    report = look(workspace, "bounces", situation="POP3: turned away")
    assert "-ERR [SYS/PERM] go away" in of_check(report, "greeting", "fail", "refused")["text"]
    server = start_raw(peers.says(b"* BYE [UNAVAILABLE] later\r\n"))
    workspace.run("mailbox", "set", "bounces", "--protocol", "imap", "--host",
                  f"localhost:{server.port}")
    report = look(workspace, "bounces", situation="IMAP: busy")
    assert of_check(report, "greeting", "fail", "busy")


# ---- the letter --------------------------------------------------------------------------


class Delivering(peers.ScriptedHandler):
    """What a server takes lies in somebody's mailbox once the doctor looks there, with what a
    receiver writes on top."""

    def __init__(self, box_server, user, results):
        super().__init__()
        self.box_server, self.user = box_server, user
        self.head = ("Received: from gate.example.net (gate.example.net [192.0.2.44])\n"
                     "\tby mx.example.com; Sun, 22 Nov 2026 10:00:01 +0000\n"
                     f"Authentication-Results: mx.example.com;\n\t{results}\n"
                     "Received: from vm (nat.example.org [198.51.100.7])\n"
                     "\tby gate.example.net; Sun, 22 Nov 2026 10:00:00 +0000\n").encode()
        self.thread = threading.Thread(target=self._deliver)

    async def handle_DATA(self, server, session, envelope):
        reply = await super().handle_DATA(server, session, envelope)
        self.thread.start()
        return reply

    def _deliver(self):
        waiting.wait_for(lambda: f"user=<{self.user}>" in self.box_server.log(),
                         what="the doctor to look into the mailbox")
        content = self.received[0].content.replace(b"\r\n", b"\n")
        self.box_server.put(self.user, [self.head + content])


@pytest.mark.parametrize("protocol, name, results, result, code, needle", [
    ("imap", "imaps", "spf=pass smtp.mailfrom=example.org; dkim=pass (ok; (good)) header.d=x.org;"
     " dmarc=pass", "ok", None, "SPF pass, DKIM pass, DMARC pass"),
    ("pop3", "pop3s", "dkim=fail header.d=example.org; spf=pass smtp.mailfrom=x", "warn",
     "unauthentic", "SPF pass, DKIM fail"),
])
def test_a_letter_that_is_read_back(workspace, start_aiosmtpd, box_server, certificates, protocol,
                                    name, results, result, code, needle):
    user = f"letters-{protocol}"
    box_server.put(user, [b"Subject: %d\nMessage-ID: <doctor-%d@example.org>\n\nx\n" % (n, n)
                          for n in range(3)])
    delivering = Delivering(box_server, user, results)
    server = start_aiosmtpd(delivering)
    add_server(workspace, server)
    add_campaign(workspace)
    add_mailbox(workspace, box_server.ports[name], "--ca-file", certificates.ca, user=user,
                protocol=protocol, security="tls", password=dovecot.PASSWORD)
    report = look(workspace, "main", "--letter", "Bounce+test@example.org", check="letter",
                  situation=f"a letter, read back by {protocol.upper()}")
    found = of_check(report, "letter", result, code)
    assert found["text"].startswith("arrived after ") and needle in found["text"]
    assert any("198.51.100.7" in line for line in found["evidence"])
    delivering.thread.join()
    letter, = delivering.received
    assert letter.mail_from == FROM and letter.recipients == ["Bounce+test@example.org"]
    assert b"Auto-Submitted: auto-generated" in letter.content
    assert len(box_server.stored(user)) == 4
    assert dovecot.PASSWORD not in str(report)


@pytest.mark.parametrize("protocol, port", [("imap", "imaps"), ("pop3", "pop3s")])
def test_a_letter_that_does_not_come(workspace, start_aiosmtpd, box_server, certificates, protocol,
                                     port):
    workspace.env["CRIER_LETTER_WAIT"] = "1"
    user = f"nothing-{protocol}"
    box_server.put(user, [b"Subject: x\nMessage-ID: <doctor-1@example.org>\n\nx\n"])
    add_server(workspace, start_aiosmtpd())
    add_mailbox(workspace, box_server.ports[port], "--ca-file", certificates.ca, user=user,
                protocol=protocol, security="tls", password=dovecot.PASSWORD)
    report = look(workspace, "main", "--letter", "bounce@example.org", check="letter",
                  situation=f"a letter that does not come ({protocol.upper()})")
    found = of_check(report, "letter", "warn", "not-seen")
    assert "but not in mailbox bounces within 1 s" in found["text"]


def test_a_letter_to_a_mailbox_that_cannot_be_read(workspace, start_aiosmtpd, box_server,
                                                   certificates):
    add_server(workspace, start_aiosmtpd())
    add_mailbox(workspace, box_server.ports["imaps"], "--ca-file", certificates.ca,
                security="tls")
    report = look(workspace, "main", "--letter", "bounce@example.org")
    found = of_check(report, "letter", "warn", "unread")
    assert "the login is refused" in found["text"] and found["next"] == "See crier doctor bounces."


def test_a_letter_whose_connection_breaks(workspace, start_aiosmtpd, start_raw):
    """The mailbox's server hangs up at first: it is asked again."""
    handler = peers.ScriptedHandler()

    def select(box, _connection, _argument, nth):
        if nth == 1:
            raise peers.PeerGone
        box.messages = {1: handler.received[0].content}

    box = imapbox.ImapBox({}, on={"SELECT": select})
    add_server(workspace, start_aiosmtpd(handler))
    add_mailbox(workspace, start_raw(box.script).port)
    report = look(workspace, "main", "--letter", "bounce@example.org")
    assert of_check(report, "letter", "ok")["text"].startswith("arrived after ")
    assert box.connections == 2


def test_a_letter_to_somebody_else(workspace, start_aiosmtpd):
    server = start_aiosmtpd()
    add_server(workspace, server)
    report = look(workspace, "main", situation="no letter unless it is asked for")
    assert all(row["check"] != "letter" for row in report["checks"]) and server.received == []
    report = look(workspace, "main", "--letter", "ann@example.net", check="letter",
                  situation="a letter to somewhere else")
    found = of_check(report, "letter", "ok")
    assert "accepted (“250 2.0.0 Ok: queued as 1”)" in found["text"]
    assert "ann@example.net" in found["text"] and len(server.received) == 1
    assert server.received[0].mail_from == "ann@example.net"


def test_a_letter_that_is_refused(workspace, start_aiosmtpd):
    server = start_aiosmtpd(peers.ScriptedHandler({"DATA": lambda *_: "554 5.7.1 Spam"}))
    add_server(workspace, server)
    report = look(workspace, "main", "--letter", "ann@example.net", situation="letter refused")
    assert "“554 5.7.1 Spam”" in of_check(report, "letter", "fail", "refused")["text"]
