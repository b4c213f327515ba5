"""The doctor in conversation with servers: greeting, what is offered, TLS, login and senders."""
import socket
import ssl
import subprocess

import pytest

import netlab
import peers
from talking import (FROM, PASSWORD, add_campaign, add_server, look, look_at_all, of_check)

pytestmark = pytest.mark.waits

# ---- the greeting ------------------------------------------------------------------------


GREETINGS = [
    (b"554 5.7.1 Service unavailable; [192.0.2.9] is on block list\r\n", "refused",
     "554 5.7.1 Service unavailable; [192.0.2.9] is on block list", "greeting 554"),
    (b"421 4.3.2 Too many connections\r\n", "busy", "421 4.3.2 Too many connections",
     "greeting 421"),
    (b"554-mx.example.net\r\n554 No\r\n", "refused", "554-mx.example.net", None),
    (b"SSH-2.0-OpenSSH_9.2\r\n", "wrong-protocol", "an SSH server", "an SSH server at the port"),
    (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", "wrong-protocol", "an IMAP server",
     "an IMAP server at the port"),
    (b"+OK ready\r\n", "wrong-protocol", "a POP3 server", None),
    (b"220 (vsFTPd 3.0.3)\r\n", "wrong-protocol", "an FTP server", None),
    (b"\x00\x01\x02\xff\xfe" * 600, "wrong-protocol", "something else", None),
    (b"x" * 100000, "wrong-protocol", "something else", None),
    (b"\x15\x03\x01\x00\x02\x02\x46\n", "tls-first", "TLS from the first byte", None),
]


def test_greetings_that_are_none(workspace, start_raw):
    servers = [start_raw(peers.says(said)) for said, *_ in GREETINGS]
    reports = look_at_all(workspace, [((f"127.0.0.1:{server.port}",), row[3], None)
                                      for server, row in zip(servers, GREETINGS)])
    for report, (said, code, needle, _) in zip(reports, GREETINGS):
        found = of_check(report, "greeting", "fail", code)
        assert needle in found["text"] and report["verdict"] == found["text"], said
        assert len(found["text"]) < 400 and found["text"].isprintable()
        assert of_check(report, "hello", "skip", "blocked")


def test_a_connection_that_is_closed_at_once(workspace, start_raw):
    server = start_raw(lambda connection: None)
    report = look(workspace, f"127.0.0.1:{server.port}", situation="closed without a greeting")
    assert of_check(report, "greeting", "fail", "closed")
    server = start_raw(lambda connection: connection.reset())
    report = look(workspace, f"127.0.0.1:{server.port}")
    assert "breaks the connection off" in of_check(report, "greeting", "fail", "closed")["text"]


def test_ports_that_say_nothing_first(workspace, start_raw, start_aiosmtpd, certificates):
    """A silent server, a web server, and two that wait for TLS: looked at side by side, as each
    takes its time."""
    web = start_raw(peers.http)
    silent = start_raw(peers.silent)
    implicit = start_aiosmtpd(tls="implicit", context=certificates.context())
    nothing_within = start_raw(lambda connection: silent_within_tls(connection, certificates))
    slow = start_raw(Slowly())
    half = start_raw(peers.says(b"421 full"))
    of_web, of_silent, of_implicit, of_nothing, of_half, of_slow = look_at_all(workspace, [
        ((f"localhost:{peer.port}",), situation, None) for peer, situation in (
            (web, "a web server at the port"), (silent, "a port that stays silent"),
            (implicit, "TLS first where STARTTLS is configured"), (nothing_within, None),
            (half, None), (slow, "a greeting after 5 s"))])
    found = of_check(of_web, "greeting", "fail", "web-server")
    assert "a web server" in found["text"] and "HTTP/1.1 400" in found["text"]
    found = of_check(of_silent, "greeting", "fail", "silent")
    assert "says nothing for" in found["text"] and found["who"] == "server"
    found = of_check(of_implicit, "greeting", "fail", "tls-first")
    assert "TLS from the first byte" in found["text"] and "220 mx.example.net" in found["text"]
    assert "--security tls" in found["next"]
    found = of_check(of_nothing, "greeting", "fail", "tls-first")
    assert "220" not in found["text"]
    assert "“421 full”" in of_check(of_half, "greeting", "fail", "busy")["text"]
    found = of_check(of_slow, "greeting", "warn", "slow")
    assert "220 mx.example.net" in found["text"]


def silent_within_tls(connection, certificates):
    with certificates.context().wrap_socket(connection.sock, server_side=True) as within:
        while within.recv(4096):
            pass


class Slowly:
    """A server that waits for five seconds of silence, as some do on purpose: whoever speaks in
    that time is turned away."""

    def __call__(self, connection):
        connection.sock.settimeout(5)
        try:
            if connection.sock.recv(1):
                connection.send(b"554 5.5.1 You spoke first\r\n")
            return
        except socket.timeout:
            connection.sock.settimeout(60)
        peers.smtp_session()(connection)


# ---- what it offers ----------------------------------------------------------------------


def named(name):
    def script(connection):
        peer = connection.sock.getpeername()[0].removeprefix("::ffff:").encode()
        connection.send(b"220 mx.example.net\r\n")
        while not connection.line().startswith(b"QUIT"):
            connection.send(b"250-" + name.replace(b"PEER", peer) +
                            b"\r\n250-PIPELINING\r\n250 SIZE 1000\r\n")
        connection.send(b"221 Bye\r\n")
    return script


NAMES = [
    (b"mx.example.net Hello localhost [198.51.100.7]",
     "the server sees 198.51.100.7, we are 127.0.0.1: NAT in between"),
    (b"mx.example.net Hello localhost [PEER], pleased to meet you", "our own address"),
    (b"mx.example.net at your service, [IPv6:2001:db8::7]", "NAT in between"),
    (b"mx.example.net", "offers PIPELINING, SIZE"),
    (b"mx.example.net [999.1.2.3] []", "offers PIPELINING, SIZE"),
]


def test_as_whom_the_server_sees_us(workspace, start_raw):
    servers = [start_raw(named(name)) for name, _ in NAMES]
    reports = look_at_all(workspace, [((f"127.0.0.1:{server.port}",), None, None)
                                      for server in servers])
    for report, (_, needle) in zip(reports, NAMES):
        assert needle in of_check(report, "hello", "ok")["text"]


def test_nat_is_seen_by_the_reply_to_ehlo(lab):
    lab.serve(named(b"mail.example.org Hello client [PEER]"))
    with netlab.Stopwatch() as watch:
        report = lab.doctor(f"{netlab.SERVER}:25")["runs"][0]
    found = of_check(report, "hello", "ok")
    assert found["text"] == (f"the server sees {netlab.OUTSIDE}, we are {netlab.CLIENT}: "
                             "NAT in between")
    netlab.record_situation("NAT by the EHLO reply", found["text"], watch.seconds)


def test_starttls_that_another_port_of_the_host_offers(lab):
    lab.serve(peers.smtp_session(capabilities=(b"SIZE 1000",)))
    lab.serve(peers.smtp_session(capabilities=(b"STARTTLS",)), port=587)
    with netlab.Stopwatch() as watch:
        report = lab.doctor(f"{netlab.SERVER}:25")["runs"][0]
    found = of_check(report, "tls", "fail", "no-starttls")
    assert "port 587 of the same host does" in found["text"] and found["who"] == "network", found
    assert found["use_port"] == 587
    netlab.record_situation("STARTTLS at another port only", found["text"], watch.seconds)


def test_starttls_that_is_taken_away_on_the_way(lab):
    """Port 25 is answered by somebody at the first router, who does not offer STARTTLS; the
    server itself does, at port 587."""
    offers = peers.smtp_session(capabilities=(b"STARTTLS",))
    lab.serve(offers)
    lab.serve(offers, port=587)
    lab.serve(peers.smtp_session(capabilities=(b"SIZE 1000",)), space="r1", port=2500)
    lab.nft("r1", "chain c { type nat hook prerouting priority dstnat;\n"
            "iifname lan tcp dport 25 redirect to :2500\n}")
    with netlab.Stopwatch() as watch:
        report = lab.doctor(f"{netlab.SERVER}:25")["runs"][0]
    found = of_check(report, "tls", "fail", "no-starttls")
    assert "in between t" in found["text"] and found["who"] == "network", found
    netlab.record_situation("STARTTLS taken away on the way", found["text"], watch.seconds)


def test_a_server_that_does_not_answer_ehlo(workspace, start_raw):
    refuses = start_raw(lambda c: (c.send(b"220 mx\r\n"), c.line(), c.send(b"550 no such name\r\n"),
                                   c.line(), c.send(b"550 nor this\r\n"), c.line()))
    report = look(workspace, f"127.0.0.1:{refuses.port}", situation="EHLO refused")
    assert "nor this" in of_check(report, "hello", "fail", "hello")["text"]
    leaves = start_raw(lambda c: (c.send(b"220 mx\r\n"), c.line()))
    report = look(workspace, f"127.0.0.1:{leaves.port}")
    assert of_check(report, "hello", "fail", "unanswered")
    knows_helo = start_raw(lambda c: (c.send(b"220 mx\r\n"), c.line(), c.send(b"502 what\r\n"),
                                      c.line(), c.send(b"250 mx\r\n"), c.line()))
    report = look(workspace, f"127.0.0.1:{knows_helo.port}")
    assert of_check(report, "hello", "warn", "no-ehlo")
    assert of_check(report, "tls", "fail", "no-starttls")


# ---- TLS ---------------------------------------------------------------------------------


BAD_CERTIFICATES = [
    ("expired", "expired", "expired on 2020-01-01"),
    ("wrong_name", "wrong-name", "is not for localhost, but for other.example.net"),
    ("self_signed", "self-signed", "self-signed"),
]


@pytest.mark.parametrize("tls, security", [("starttls", "starttls"), ("implicit", "tls")])
def test_certificates_that_are_bad(workspace, start_aiosmtpd, certificates, tls, security):
    servers = []
    for which, _, _ in BAD_CERTIFICATES:
        servers.append(start_aiosmtpd(
            tls=tls, context=certificates.context(getattr(certificates, which)),
            users={"news": PASSWORD}))
        add_server(workspace, servers[-1], "--ca-file", certificates.ca, user=True,
                   security=security, name=which)
    reports = look_at_all(workspace, [((which,), f"certificate: {which} ({tls})", None)
                                      for which, _, _ in BAD_CERTIFICATES])
    for report, server, (_, code, needle) in zip(reports, servers, BAD_CERTIFICATES):
        found = of_check(report, "tls", "fail", code)
        assert needle in found["text"] and any("issued by" in line for line in found["evidence"])
        assert of_check(report, "login", "skip", "blocked") and server.logins == []


def test_an_authority_that_nobody_knows(workspace, start_aiosmtpd, certificates):
    server = start_aiosmtpd(tls="starttls", context=certificates.context())
    add_server(workspace, server, security="starttls")
    report = look(workspace, "main", situation="certificate: unknown authority")
    found = of_check(report, "tls", "fail", "unknown-ca")
    assert "crier test authority" in found["text"] and "--ca-file" in found["next"]


def test_a_certificate_that_is_good(workspace, start_aiosmtpd, certificates):
    server = start_aiosmtpd(tls="starttls", context=certificates.context())
    add_server(workspace, server, "--ca-file", certificates.ca, security="starttls")
    report = look(workspace, "main", situation="a good certificate", check="tls")
    found = of_check(report, "tls", "ok")
    assert "TLSv1.3" in found["text"] and "crier test authority" in found["text"]
    assert of_check(report, "login", "skip")["text"] == "no login is configured"


def test_a_certificate_that_ends_soon(workspace, start_aiosmtpd, certificates, tmp_path):
    pem, key = tmp_path / "soon.pem", tmp_path / "soon.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "5", "-subj", "/CN=soon",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", pem],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    server = start_aiosmtpd(tls="implicit", context=context)
    add_server(workspace, server, "--ca-file", pem, security="tls")
    report = look(workspace, "main", situation="a certificate for 5 more days", check="tls")
    found = of_check(report, "tls", "warn", "expires-soon")
    assert "expires in 4 days" in found["text"] or "expires in 5 days" in found["text"]


NO_STARTTLS = [
    ((b"SIZE 1000",), "no-starttls", "does not offer STARTTLS", "STARTTLS not offered"),
    ((b"SIZE 1000", b"XXXXXXXA"), "no-starttls", "a firewall in between took STARTTLS away",
     "STARTTLS masked by a firewall"),
    ((b"STARTTLS",), "starttls-refused", "500 5.5.1 What?", "STARTTLS refused"),
]


def test_starttls_that_is_not_there(workspace, start_raw):
    servers = [start_raw(peers.smtp_session(capabilities=row[0])) for row in NO_STARTTLS]
    reports = look_at_all(workspace, [((f"localhost:{server.port}",), row[3], None)
                                      for server, row in zip(servers, NO_STARTTLS)])
    for report, (_, code, needle, _) in zip(reports, NO_STARTTLS):
        assert needle in of_check(report, "tls", "fail", code)["text"]
        # The mask alone is a warning of the check before.
        assert (netlab.check_of(report, "hello")["result"] == "warn") == ("firewall" in needle)


def test_plain_where_tls_is_expected(workspace, start_raw):
    server = start_raw(peers.smtp_session())
    add_server(workspace, server, security="tls")
    report = look(workspace, "main", situation="plain first where TLS is configured")
    found = of_check(report, "greeting", "fail", "plain-first")
    assert "220 mx.example.net" in found["text"] and "--security starttls" in found["next"]
    assert "crier server set main" in found["next"]


# ---- login -------------------------------------------------------------------------------


def test_a_wrong_password(workspace, start_aiosmtpd, certificates):
    server = start_aiosmtpd(tls="starttls", context=certificates.context(),
                            users={"news": "another"})
    add_server(workspace, server, "--ca-file", certificates.ca, user=True, security="starttls")
    add_campaign(workspace)
    report = look(workspace, "main", situation="wrong password")
    found = of_check(report, "login", "fail", "login")
    assert "refuses the login of news, wrong name or password: “535 " in found["text"]
    assert len(server.logins) == 1 and found["who"] == "you"
    assert of_check(report, "envelope", "skip", "blocked")
    look(workspace, "main", "--no-login")
    assert len(server.logins) == 1


def test_a_login_that_works(workspace, start_aiosmtpd, certificates):
    server = start_aiosmtpd(tls="starttls", context=certificates.context(),
                            users={"news": PASSWORD})
    add_server(workspace, server, "--ca-file", certificates.ca, user=True, security="starttls")
    add_campaign(workspace)
    report = look(workspace, "main", situation="all is well: login and sender",
                  check="envelope")
    assert of_check(report, "login", "ok")["text"] == "logged in as news"
    assert "> ***" in netlab.check_of(report, "login")["transcript"]
    assert of_check(report, "envelope", "ok")["text"].endswith(f"takes mail from {FROM}")
    assert server.received == [] and ("MAIL", FROM) in server.handler.commands
    assert ("RCPT", FROM) in server.handler.commands


def auth_session(verdict, offered):
    def script(connection):
        connection.send(b"220 mx.example.net\r\n")
        while True:
            line = connection.line().upper()
            if line.startswith(b"EHLO"):
                connection.send(b"250-mx.example.net\r\n250 " + offered + b"\r\n")
            elif line.startswith(b"AUTH"):
                if len(line.split()) < 3:
                    connection.send(b"334 \r\n")
                    connection.line()
                connection.send(verdict)
            else:
                connection.send(b"221 Bye\r\n")
                return
    return script


LOGINS = [
    (b"454 4.7.0 Temporary authentication failure\r\n", b"AUTH PLAIN LOGIN", "login-later",
     "454 4.7.0 Temporary authentication failure", "login: 454"),
    (b"535 5.7.8 Bad\r\n", b"AUTH PLAIN", "login", "535 5.7.8 Bad", None),
    (b"", b"AUTH GSSAPI KERBEROS_V4", "no-auth", "it knows GSSAPI KERBEROS_V4",
     "login: no mechanism in common"),
    (b"", b"STARTTLS", "needs-tls", "wants TLS before a login",
     "login only within TLS, none configured"),
]


def test_logins_that_fail(workspace, start_raw):
    for number, (verdict, offered, *_) in enumerate(LOGINS):
        add_server(workspace, start_raw(auth_session(verdict, offered)), user=True,
                   name=f"s{number}")
    reports = look_at_all(workspace, [((f"s{number}",), row[4], None)
                                      for number, row in enumerate(LOGINS)])
    for report, (_, _, code, needle, _) in zip(reports, LOGINS):
        assert needle in of_check(report, "login", "fail", code)["text"]


# ---- senders -----------------------------------------------------------------------------


SENDERS = [
    ({"rcpt": b"554 5.7.1 <news@example.org>: Relay access denied\r\n"}, "fail", "relay",
     "relay denied", "relay denied"),
    ({"rcpt": b"450 4.2.0 Greylisted, come back\r\n"}, "warn", "greylisted",
     "450 4.2.0 Greylisted", "greylisted"),
    ({"mail": b"530 5.7.0 Authentication required\r\n"}, "fail", "needs-login",
     "wants a login", "login needed, none configured"),
    ({"mail": b"553 5.7.1 Sender not owned\r\n"}, "fail", "sender",
     "refuses the sender news@example.org", "sender refused"),
    ({"mail": b"451 4.3.0 Disk full\r\n"}, "warn", "later", "451 4.3.0 Disk full", None),
    ({"rcpt": b"550 5.1.1 Unknown\r\n"}, "warn", "recipient", "the campaigns' own address", None),
    ({"mail": b"421 4.3.2 Going down\r\n"}, "fail", "busy", "421 4.3.2", None),
    ({"rcpt": b"504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname\r\n"}, "fail",
     "hello", "does not accept our name", "our EHLO name refused"),
    ({"rcpt": b"554 5.7.1 Client host [192.0.2.1] blocked using bl.example.org\r\n"}, "fail",
     "client", "the address that we come from", "our address on a block list"),
    ({"mail": b"530 5.7.0 Must issue a STARTTLS command first\r\n"}, "fail", "needs-tls",
     "wants TLS", "TLS needed, none configured"),
    ({"mail": peers.Connection.reset}, "fail", "lost", "no answer", None),
]


def test_senders_that_are_not_taken(workspace, start_raw):
    servers = [start_raw(peers.smtp_session(**replies)) for replies, *_ in SENDERS]
    for number, server in enumerate(servers):
        add_server(workspace, server, name=f"s{number}")
        add_campaign(workspace, f"c{number}" if number else "spring", server=f"s{number}")
    reports = look_at_all(workspace, [((f"s{number}",), row[4], None)
                                      for number, row in enumerate(SENDERS)])
    for report, server, (_, result, code, needle, _) in zip(reports, servers, SENDERS):
        found = of_check(report, "envelope", result, code)
        assert needle in found["text"], found
        said = [line for connection in server.connections for line in connection.lines]
        assert said and not any(line.upper().startswith(b"DATA") for line in said)


def test_the_worst_of_several_senders_speaks(workspace, start_aiosmtpd):
    replies = {"other@example.org": "451 4.7.1 Greylisting", "third@example.org": "550 5.7.1 No"}
    server = start_aiosmtpd(peers.ScriptedHandler({
        "MAIL": lambda address, _: replies.get(address)}))
    add_server(workspace, server)
    add_campaign(workspace)
    add_campaign(workspace, "summer", "other@example.org")
    add_campaign(workspace, "autumn", "third@example.org")
    report = look(workspace, "main")
    found = of_check(report, "envelope", "fail", "sender")
    assert "third@example.org" in found["text"]
    assert len([line for line in found["evidence"] if line.startswith("from ")]) == 3
    assert any("campaigns summer" in line for line in found["evidence"])


def test_mail_that_is_too_large(workspace, start_raw):
    server = start_raw(peers.smtp_session(capabilities=(b"SIZE 2000",)))
    add_server(workspace, server)
    add_campaign(workspace, body="Hello\n" * 1000)
    report = look(workspace, "main", situation="SIZE too small for a campaign")
    found = of_check(report, "envelope", "fail", "size")
    assert "2.0\N{NO-BREAK SPACE}kB" in found["text"] and "campaign spring" in found["text"]
    assert not any(b"DATA" in line for line in server.connections[-1].lines)


def test_a_sender_at_a_mailbox_that_is_refused(workspace, start_aiosmtpd):
    def mail(address, _):
        return None if address == FROM else "553 5.7.1 Sender address rejected: not owned"
    server = start_aiosmtpd(peers.ScriptedHandler({"MAIL": mail}))
    add_server(workspace, server)
    add_campaign(workspace)
    workspace.run("mailbox", "add", "bounces", "--address", "bounce@bounce.example.org", "--host",
                  "127.0.0.1:1", "--user", "bounce", "--password-command", "echo p4ss")
    workspace.run("campaign", "set", "spring", "--mailbox", "bounces")
    report = look(workspace, "main", situation="sender at a mailbox refused")
    found = of_check(report, "envelope", "fail", "sender")
    assert "bounce+" in found["text"] and "--envelope plain" in found["next"]


# ---- real programs -----------------------------------------------------------------------


def test_postfix(workspace, postfix, certificates):
    add_server(workspace, postfix, "--ca-file", certificates.ca, security="starttls")
    add_campaign(workspace)
    report = look(workspace, "main", situation="Postfix: all is well", check="envelope")
    for check in ("greeting", "hello", "tls", "envelope"):
        assert of_check(report, check, "ok")
    assert "STARTTLS" in netlab.check_of(report, "hello")["text"]
    assert postfix.deliveries() == []


class StrictPostfix(peers.Postfix):
    """It passes mail on for nobody."""

    def settings(self):
        return ("mynetworks = 192.0.2.0/24\n"
                "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n")


def test_postfix_that_passes_nothing_on(workspace, certificates):
    reason = peers.why_no_postfix()
    if reason:
        pytest.skip(reason)
    server = StrictPostfix(certificates)
    try:
        add_server(workspace, server, "--ca-file", certificates.ca, security="starttls")
        add_campaign(workspace)
        report = look(workspace, "main", situation="Postfix: relay denied")
    finally:
        server.stop()
    found = of_check(report, "envelope", "fail", "relay")
    assert "Relay access denied" in found["text"] and found["next"].startswith("Set a user")


def test_postfix_that_knows_the_sender_too_well(workspace, postfix, certificates):
    add_server(workspace, postfix, "--ca-file", certificates.ca, security="starttls")
    add_campaign(workspace, sender="news@busy.example.net")
    report = look(workspace, "main", situation="Postfix: 450 for the sender's own address")
    assert "450 4.2.1" in of_check(report, "envelope", "warn", "greylisted")["text"]
    add_campaign(workspace, "summer", sender="news@refused.example.net")
    report = look(workspace, "main")
    assert "does not know news@refused.example.net" in of_check(report, "envelope", "warn",
                                                                "recipient")["text"]
