"""The peers of the tests are tested themselves, with Python's smtplib in crier's place: when
one of these fails, a failure elsewhere says nothing about crier."""
import hashlib
import pathlib
import smtplib
import socket
import ssl
import stat
import subprocess
import threading

import pytest

import crier
import peers
import waiting

MESSAGE = (b"From: a@example.org\r\nTo: b@example.net\r\nSubject: dots\r\n\r\n"
           b"one\r\n.\r\n..two\r\n" + b"x" * 998 + b"\r\n")


def client(peer, context=None):
    if context:
        return smtplib.SMTP_SSL(peer.host, peer.port, timeout=60, context=context)
    return smtplib.SMTP(peer.host, peer.port, timeout=60)


def trusting(certificates):
    return ssl.create_default_context(cafile=str(certificates.ca))


def test_wait_for_gives_the_value_and_passes_its_deadline():
    turns = iter([0, 0, 7])
    assert waiting.wait_for(lambda: next(turns)) == 7
    with pytest.raises(waiting.DeadlinePassed, match="pigs to fly"):
        waiting.wait_for(lambda: False, 0.05, "pigs to fly")


def test_workspace_is_private_and_empty(workspace):
    assert stat.S_IMODE(workspace.workspace.stat().st_mode) == 0o700
    assert not list(workspace.workspace.iterdir())
    assert workspace.workspace.name in " ".join(workspace.argv("status"))


def test_binary_says_its_version(home):
    result = crier.Crier(home, home).run("--version")
    assert result.stdout.startswith("crier ")


def test_stop_all_ends_only_what_is_on_the_workspace(workspace):
    # Looks like a crier of this workspace and of another one, and waits for its input.
    mine, other = (
        subprocess.Popen(["/usr/bin/crier", "-c", "read line", str(path)],
                         executable="/bin/sh", stdin=subprocess.PIPE)
        for path in (workspace.workspace, workspace.home / "workspace-2"))
    with mine, other:
        waiting.wait_for(lambda: workspace.processes() == [mine.pid], what="our process")
        threading.Thread(target=mine.wait).start()
        workspace.stop_all()
        assert mine.wait(30) != 0
        assert other.poll() is None


def test_sink_keeps_the_exact_bytes(sink):
    with client(sink) as smtp:
        smtp.sendmail("a@example.org", ["b@example.net"], MESSAGE)
    assert sink.messages() == [MESSAGE]
    [row] = sink.log()
    assert (row["from"], row["to"], row["verdict"]) == (
        "a@example.org", "b@example.net", "accepted")
    assert row["sha256"] == hashlib.sha256(MESSAGE).hexdigest()


def test_sink_follows_its_script(start_sink):
    sink = start_sink(script="rcpt no@example.net refuse 550 5.1.1 No such person\n"
                             "rcpt lost@example.net drop-after-dot\n")
    with client(sink) as smtp:
        smtp.ehlo()
        smtp.mail("a@example.org")
        assert smtp.rcpt("no@example.net") == (550, b"5.1.1 No such person")
    smtp = client(sink)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        smtp.sendmail("a@example.org", ["lost@example.net"], MESSAGE)
    assert sink.taken() == ["lost@example.net"]


def test_smtp_sink_takes_and_keeps(start_smtp_sink):
    sink = start_smtp_sink(dump=True)
    with client(sink) as smtp:
        smtp.sendmail("a@example.org", ["b@example.net"], MESSAGE)
        smtp.sendmail("a@example.org", ["c@example.net"], MESSAGE)
    waiting.wait_for(lambda: sink.transactions() == 2, what="two transactions in the dump")


def test_smtp_sink_options_reach_it(start_smtp_sink):
    sink = start_smtp_sink(options=["-r", "RCPT"])
    with client(sink) as smtp:
        smtp.ehlo()
        smtp.mail("a@example.org")
        assert smtp.rcpt("b@example.net")[0] == 450


def test_aiosmtpd_keeps_the_exact_bytes(start_aiosmtpd):
    server = start_aiosmtpd()
    with client(server) as smtp:
        smtp.sendmail("a@example.org", ["b@example.net", "c@example.net"], MESSAGE)
    [mail] = server.received
    assert mail.content == MESSAGE
    assert (mail.mail_from, mail.recipients) == (
        "a@example.org", ["b@example.net", "c@example.net"])
    assert not mail.tls


def test_aiosmtpd_replies_as_scripted(start_aiosmtpd):
    server = start_aiosmtpd(peers.ScriptedHandler({
        "RCPT": lambda address, nth: "450 4.7.1 Greylisted" if nth == 0 else None,
        "DATA": lambda recipients, nth: "554 5.7.1 No" if "no@example.net" in recipients
        else None}))
    with client(server) as smtp:
        smtp.ehlo()
        smtp.mail("a@example.org")
        assert smtp.rcpt("b@example.net") == (450, b"4.7.1 Greylisted")
        assert smtp.rcpt("b@example.net")[0] == 250
        assert smtp.data(MESSAGE)[0] == 250
        smtp.mail("a@example.org")
        smtp.rcpt("no@example.net")
        assert smtp.data(MESSAGE) == (554, b"5.7.1 No")
    assert len(server.received) == 1


def test_aiosmtpd_drops_as_scripted(start_aiosmtpd):
    server = start_aiosmtpd(peers.ScriptedHandler({"DATA": lambda recipients, nth: "CLOSE"}))
    smtp = client(server)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.sendmail("a@example.org", ["b@example.net"], MESSAGE)
    assert not server.received


def test_aiosmtpd_starttls_and_login(start_aiosmtpd, certificates):
    server = start_aiosmtpd(tls="starttls", context=certificates.context(),
                            users={"news": "correct horse"})
    with client(server) as smtp:
        smtp.starttls(context=trusting(certificates))
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login("news", "wrong")
        smtp.login("news", "correct horse")
        smtp.sendmail("a@example.org", ["b@example.net"], MESSAGE)
    [mail] = server.received
    assert mail.tls and mail.user == "news"
    assert [good for _, _, good in server.logins][-1] is True


def test_aiosmtpd_implicit_tls(start_aiosmtpd, certificates):
    server = start_aiosmtpd(tls="implicit", context=certificates.context())
    with client(server, trusting(certificates)) as smtp:
        smtp.sendmail("a@example.org", ["b@example.net"], MESSAGE)
    assert server.received[0].tls


@pytest.mark.parametrize("which, why", [
    ("wrong_name", "mismatch"), ("expired", "expired"), ("self_signed", "self-signed")])
def test_bad_certificates_are_bad(start_aiosmtpd, certificates, which, why):
    server = start_aiosmtpd(tls="implicit",
                            context=certificates.context(getattr(certificates, which)))
    with pytest.raises(ssl.SSLCertVerificationError, match=why):
        client(server, trusting(certificates))


def test_raw_server_speaks_http(start_raw):
    server = start_raw(peers.http)
    with socket.create_connection((server.host, server.port), 30) as sock:
        sock.sendall(b"EHLO me\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 400")


def test_raw_server_speaks_smtp(start_raw):
    server = start_raw(peers.smtp_session(after_dot=b"250 2.0.0 Stored\r\n",
                                          capabilities=(b"PIPELINING", b"SIZE 1000")))
    with client(server) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("pipelining")
        smtp.mail("a@example.org")
        smtp.rcpt("b@example.net")
        assert smtp.data(MESSAGE) == (250, b"2.0.0 Stored")


def test_raw_server_drops_after_the_dot(start_raw):
    server = start_raw(peers.smtp_session(after_dot=lambda connection: connection.reset()))
    smtp = client(server)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        smtp.sendmail("a@example.org", ["b@example.net"], MESSAGE)


def test_raw_server_keeps_silent(start_raw):
    server = start_raw(peers.silent)
    with socket.create_connection((server.host, server.port), 30) as sock:
        sock.setblocking(False)
        waiting.wait_for(lambda: server.connections, what="the server to accept")
        with pytest.raises(BlockingIOError):
            sock.recv(1)


def test_raw_server_tells_of_a_script_that_saw_the_unexpected():
    server = peers.RawServer(lambda connection: connection.expect(b"EHLO"))
    with socket.create_connection((server.host, server.port), 30) as sock:
        sock.sendall(b"HELO me\r\n")
        assert sock.recv(1) == b""
    with pytest.raises(AssertionError, match="HELO me"):
        server.stop()


def test_postfix_takes_refuses_and_defers(postfix):
    before = len(postfix.deliveries())
    with client(postfix) as smtp:
        smtp.sendmail("a@example.org", ["b@example.net"], MESSAGE)
        smtp.mail("a@example.org")
        assert smtp.rcpt("x@refused.example.net") == (550, b"5.1.1 <x@refused.example.net>: "
                                                      b"Recipient address rejected: "
                                                      b"No such person")
        assert smtp.rcpt("x@busy.example.net")[0] == 450
    waiting.wait_for(lambda: len(postfix.deliveries()) > before, what="the delivery")
    assert postfix.deliveries()[before:] == ["b@example.net"]


def test_postfix_offers_starttls(postfix, certificates):
    with client(postfix) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("pipelining") and smtp.has_extn("chunking")
        smtp.starttls(context=trusting(certificates))
        assert smtp.noop()[0] == 250


def test_postfix_stays_in_its_folder(postfix):
    spool = pathlib.Path(f"/proc/{postfix.process.pid}/cwd")
    assert spool.resolve() == (postfix.folder / "spool").resolve()


def test_no_two_files_of_tests_have_one_name():
    """pytest takes the second for the first, and runs neither where both are asked for."""
    tests = pathlib.Path(__file__).resolve().parent.parent
    names = [path.name for path in tests.glob("*/test_*.py")]
    assert len(names) > 50
    assert sorted(set(names)) == sorted(names)
