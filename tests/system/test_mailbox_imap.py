"""`crier mailbox test` of mailboxes that are read by IMAP: a real Dovecot, and scripted servers
for what that one does not do."""
import pytest

import dovecot
import peers

MANY = 3000


@pytest.fixture(scope="module", name="server")
def start_server(certificates):
    reason = dovecot.why_not("imap")
    if reason:
        pytest.skip(reason)
    server = dovecot.Dovecot(certificates)
    yield server
    server.stop()


@pytest.fixture(scope="module", name="plain_server")
def start_plain_server(certificates):
    reason = dovecot.why_not("imap")
    if reason:
        pytest.skip(reason)
    server = dovecot.Dovecot(certificates, with_tls=False)
    yield server
    server.stop()


def add(workspace, port, *args, user="bounce", password=dovecot.PASSWORD, host="localhost"):
    secret = workspace.home / "password"
    secret.write_text(password + "\n")
    secret.chmod(0o600)
    workspace.run("mailbox", "add", "bounces", "--protocol", "imap", "--address",
                  "bounce@example.org", "--host", f"{host}:{port}", "--user", user,
                  "--password-file", secret, *args)


def told(workspace, exit_code=1):
    """What mailbox test --json says; it is an error message, too, unless it works."""
    result = workspace.run("mailbox", "test", "bounces", "--json", exit_code=exit_code)
    report = result.json()
    assert report["ok"] == (exit_code == 0)
    assert (report["verdict"] in result.stderr) == (exit_code != 0)
    assert "\n" not in report["verdict"] and "bounces" in report["verdict"]
    for line in report["transcript"]:
        assert dovecot.PASSWORD not in line
    return report


def states(report):
    return {step["step"]: step["state"] for step in report["steps"]}


def letters(count):
    return [b"Subject: %d\n\nA006 OK\n* BYE\n" % number for number in range(count)]


@pytest.mark.parametrize("security, name", [("tls", "imaps"), ("starttls", "imap")])
def test_it_counts_and_leaves_all_as_it_is(workspace, server, certificates, security, name):
    user = f"count-{security}"
    server.put(user, letters(3))
    add(workspace, server.ports[name], "--security", security, "--ca-file", certificates.ca,
        user=user)
    report = told(workspace, exit_code=0)
    assert report["messages"] == 3 and "3 messages" in report["verdict"]
    assert report["offers"] == {"idle": True, "move": True, "uidplus": True}
    assert report["read_only"] is False
    assert set(states(report).values()) == {"ok"}
    said = [line.split(" ", 2)[2] for line in report["transcript"] if line.startswith("> ")]
    assert said[-3:] == ["CAPABILITY", 'SELECT "INBOX"', "LOGOUT"]
    assert [path.read_bytes() for path in server.stored(user)] == letters(3)


def test_the_conversation_and_the_steps_are_shown(workspace, server, certificates):
    add(workspace, server.ports["imap"], "--security", "starttls", "--ca-file", certificates.ca)
    result = workspace.run("mailbox", "test", "bounces")
    lines = result.stdout.splitlines()
    assert any(line.endswith("AUTHENTICATE PLAIN ***") for line in lines)
    assert lines[-7:-1] == ["Connect: OK", "Greeting: OK", "TLS: OK", "Login: OK",
                            "Messages: OK", "The server offers: IDLE, MOVE, UIDPLUS"]
    assert lines[-1].startswith("Mailbox bounces works: 0 messages")
    assert dovecot.PASSWORD not in result.stdout and result.stderr == ""


def test_many_messages(workspace, server, certificates):
    server.put("many", letters(MANY))
    add(workspace, server.ports["imaps"], "--security", "tls", "--ca-file", certificates.ca,
        user="many")
    assert told(workspace, exit_code=0)["messages"] == MANY


@pytest.mark.parametrize("security, name", [("tls", "imaps"), ("starttls", "imap")])
def test_a_wrong_password(workspace, server, certificates, security, name):
    add(workspace, server.ports[name], "--security", security, "--ca-file", certificates.ca,
        password="wr0ng")
    report = told(workspace)
    assert report["fault"] == "login" and "password" in report["verdict"]
    assert not any("wr0ng" in line for line in report["transcript"])
    assert states(report) == {"connect": "ok", "greeting": "ok", "tls": "ok",
                              "login": "failed", "folder": "skipped"}


def test_a_folder_that_is_not_there(workspace, server, certificates):
    add(workspace, server.ports["imaps"], "--security", "tls", "--ca-file", certificates.ca,
        "--folder", "Rückläufer")
    report = told(workspace)
    assert "Rückläufer" in report["verdict"] and "--folder" in report["verdict"]
    assert states(report)["login"] == "ok" and states(report)["folder"] == "failed"


def test_a_server_without_starttls_gets_no_password(workspace, plain_server, certificates):
    add(workspace, plain_server.ports["imap"], "--security", "starttls", "--ca-file",
        certificates.ca)
    report = told(workspace)
    assert report["fault"] == "no-starttls" and "993" in report["verdict"]
    assert states(report)["tls"] == "failed"
    assert not any("LOGIN " in line or "AUTHENTICATE" in line
                   for line in report["transcript"] if line.startswith("> "))


def test_a_certificate_that_nobody_knows(workspace, server):
    add(workspace, server.ports["imaps"], "--security", "tls")
    report = told(workspace)
    assert report["fault"] == "tls" and "certificate" in report["verdict"].lower()
    assert states(report)["tls"] == "failed" and states(report)["login"] == "skipped"


def test_nobody_listens(workspace):
    add(workspace, peers.free_port(), "--security", "none", host="127.0.0.1")
    report = told(workspace)
    assert report["fault"] == "refused"
    assert states(report) == {"connect": "failed", "greeting": "skipped", "tls": "off",
                              "login": "skipped", "folder": "skipped"}


# ---- scripted servers: an answer for each command -----------------------------------------

ANSWERS = {
    b"CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n$ OK\r\n",
    b"AUTHENTICATE": b"$ OK in\r\n",
    b"SELECT": b"* 2 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n$ OK [READ-WRITE] x\r\n",
    b"LOGOUT": b"* BYE\r\n$ OK\r\n",
}


def scripted(answers):
    """A server that answers by the command's word, $ being its tag; None: it closes instead."""
    def script(connection):
        connection.send(b"* OK ready\r\n")
        while True:
            tag, command = connection.line().split()[:2]
            answer = {**ANSWERS, **answers}.get(command.upper())
            if answer is None:
                return
            connection.send(answer.replace(b"$", tag))
    return script


def test_a_server_with_the_least(workspace, start_raw):
    server = start_raw(scripted({b"SELECT": b"* 2 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n"
                                            b"$ OK [READ-ONLY] x\r\n"}))
    add(workspace, server.port, "--security", "none", host="127.0.0.1")
    report = told(workspace, exit_code=0)
    assert report["offers"] == {"idle": False, "move": False, "uidplus": False}
    assert report["read_only"] is True and "only be read" in report["verdict"]


@pytest.mark.parametrize("answers, words", [
    ({b"SELECT": b"* 2 EXISTS\r\n$ OK x\r\n"}, "POP3"),
    ({b"SELECT": b"$ NO [NOPERM] not yours\r\n"}, "[NOPERM] not yours"),
    ({b"SELECT": b"* 2 EXISTS\r\nA003 OK x\r\n"}, "not asked"),
    ({b"SELECT": b"* BYE going down\r\n"}, "going down"),
    ({b"SELECT": None}, "middle of SELECT"),
    ({b"SELECT": b"* 2 EXI" + 70000 * b"S"}, "far too long"),
    ({b"SELECT": b"* OK {99999999999}\r\n"}, "far too long"),
])
def test_what_a_server_says(workspace, start_raw, answers, words):
    script = scripted(answers)

    def closes_after_bye(connection):
        """One who says goodbye hangs up."""
        send = connection.send

        def send_and_close(octets):
            send(octets)
            if b"BYE going" in octets:
                raise EOFError
        connection.send = send_and_close
        try:
            script(connection)
        except EOFError:
            return
    server = start_raw(closes_after_bye)
    add(workspace, server.port, "--security", "none", host="127.0.0.1")
    report = told(workspace)
    assert words in report["verdict"]
    assert states(report)["folder"] == "failed"
