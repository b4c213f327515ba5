"""The doctor in conversation with servers: greeting, what is offered, TLS, login and senders."""
import base64
import concurrent.futures
import socket
import ssl
import subprocess
import threading

import pytest

import dovecot
import netlab
import peers
import waiting

PASSWORD = "s3cret-Passw0rd"
FROM = "news@example.org"


def look(workspace, *args, situation=None, check=None):
    """The report of one doctor; with a situation: its row in the table."""
    with netlab.Stopwatch() as watch:
        result = workspace.run("doctor", *map(str, args), "--json", exit_code=None)
    runs = result.json()["runs"]
    assert len(runs) == 1
    report = runs[0]
    if situation:
        netlab.record_situation(
            situation, netlab.check_of(report, check)["text"] if check else report["verdict"],
            watch.seconds)
    for octets in (PASSWORD, base64.b64encode(PASSWORD.encode()).decode(),
                   base64.b64encode(f"\0news\0{PASSWORD}".encode()).decode()):
        assert octets not in result.stdout
    return report


def look_at_all(workspace, asks):
    """Side by side, as each waits for somebody: reports of (words, situation, check)."""
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        running = [pool.submit(look, workspace, *words, situation=situation, check=check)
                   for words, situation, check in asks]
        return [one.result() for one in running]


def of_check(report, check, result, code=None):
    found = netlab.check_of(report, check)
    assert (found["result"], found["code"]) == (result, code), found
    return found


def add_server(workspace, peer, *args, security="none", user=False, password=PASSWORD,
               name="main"):
    if user:
        secret = workspace.home / "password"
        secret.write_text(password + "\n")
        secret.chmod(0o600)
        args = [*args, "--user", "news", "--password-file", secret]
    workspace.run("server", "add", name, "--host", f"localhost:{peer.port}", "--security",
                  security, *args)


def add_campaign(workspace, name="spring", sender=FROM, body="Hello\n", server="main"):
    folder = workspace.home / name
    folder.mkdir()
    (folder / "body.txt").write_text(body)
    (folder / "campaign.cfg").write_text(
        f'format = 1;\ncampaign = {{ from = "News <{sender}>"; subject = "Spring";\n'
        f'lists = ( "members" ); server = "{server}"; text_file = "body.txt"; }};\n')
    if name == "spring":
        workspace.run("list", "new", "members")
    workspace.run("apply", folder)


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
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        def asked(peer, situation):
            return pool.submit(look, workspace, f"localhost:{peer.port}", situation=situation)
        of_web, of_silent, of_implicit, of_nothing, of_half, of_slow = (
            asked(web, "a web server at the port"), asked(silent, "a port that stays silent"),
            asked(implicit, "TLS first where STARTTLS is configured"), asked(nothing_within, None),
            asked(half, None), asked(slow, "a greeting after 5 s"))
    found = of_check(of_web.result(), "greeting", "fail", "web-server")
    assert "a web server" in found["text"] and "HTTP/1.1 400" in found["text"]
    found = of_check(of_silent.result(), "greeting", "fail", "silent")
    assert "says nothing for" in found["text"] and found["who"] == "server"
    found = of_check(of_implicit.result(), "greeting", "fail", "tls-first")
    assert "TLS from the first byte" in found["text"] and "220 mx.example.net" in found["text"]
    assert "--security tls" in found["next"]
    found = of_check(of_nothing.result(), "greeting", "fail", "tls-first")
    assert "220" not in found["text"]
    assert "“421 full”" in of_check(of_half.result(), "greeting", "fail", "busy")["text"]
    found = of_check(of_slow.result(), "greeting", "warn", "slow")
    assert "220 mx.example.net" in found["text"]
    assert of_check(of_slow.result(), "hello", "ok")


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


# ---- mailboxes ---------------------------------------------------------------------------


@pytest.fixture(scope="module", name="box_server")
def start_box_server(certificates):
    reason = dovecot.why_not("imap") or dovecot.why_not("pop3")
    if reason:
        pytest.skip(reason)
    server = dovecot.Dovecot(certificates)
    yield server
    server.stop()


def add_mailbox(workspace, port, *args, protocol="imap", security="none", user="bounce",
                password=PASSWORD, address="bounce@example.org", name="bounces"):
    secret = workspace.home / "password"
    secret.write_text(password + "\n")
    secret.chmod(0o600)
    workspace.run("mailbox", "add", name, "--protocol", protocol, "--address", address,
                  "--host", f"localhost:{port}", "--security", security, "--user", user,
                  "--password-file", secret, *args)


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
