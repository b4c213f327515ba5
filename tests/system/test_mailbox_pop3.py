"""`crier mailbox test` of mailboxes that are read by POP3: a real Dovecot, and scripted servers
for what that one does not do."""
import pytest

import dovecot
import peers

MANY = 5000


@pytest.fixture(scope="module", name="server")
def start_server(certificates):
    reason = dovecot.why_not("pop3")
    if reason:
        pytest.skip(reason)
    server = dovecot.Dovecot(certificates)
    yield server
    server.stop()


@pytest.fixture(scope="module", name="plain_server")
def start_plain_server(certificates):
    reason = dovecot.why_not("pop3")
    if reason:
        pytest.skip(reason)
    server = dovecot.Dovecot(certificates, with_tls=False)
    yield server
    server.stop()


def add(workspace, port, *args, user="bounce", password=dovecot.PASSWORD, host="localhost"):
    secret = workspace.home / "password"
    secret.write_text(password + "\n")
    secret.chmod(0o600)
    workspace.run("mailbox", "add", "bounces", "--protocol", "pop3", "--address",
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


def letters(count):
    return [b"Subject: %d\n\n.dots\n.\nend\n" % number for number in range(count)]


@pytest.mark.parametrize("security, name", [("tls", "pop3s"), ("starttls", "pop3")])
def test_it_counts_and_leaves_all_as_it_is(workspace, server, certificates, security, name):
    user = f"count-{security}"
    server.put(user, letters(3))
    add(workspace, server.ports[name], "--security", security, "--ca-file", certificates.ca,
        user=user)
    report = told(workspace, exit_code=0)
    assert (report["messages"], report["unnamed"]) == (3, 0) and report["bytes"] > 0
    assert "3 messages" in report["verdict"]
    assert len(server.stored(user)) == 3
    said = [line for line in report["transcript"] if line.startswith("> ")]
    assert said[-4:] == ["> CAPA", "> STAT", "> UIDL", "> QUIT"]
    assert not any(word in line for line in said for word in ("RETR", "TOP", "DELE"))


def test_the_conversation_is_shown_without_the_password(workspace, server, certificates):
    add(workspace, server.ports["pop3s"], "--security", "tls", "--ca-file", certificates.ca)
    result = workspace.run("mailbox", "test", "bounces")
    lines = result.stdout.splitlines()
    assert "> UIDL" in lines and lines[-1].startswith("Mailbox bounces works: 0 messages")
    assert dovecot.PASSWORD not in result.stdout and result.stderr == ""


def test_many_messages(workspace, server, certificates):
    server.put("many", letters(MANY))
    add(workspace, server.ports["pop3s"], "--security", "tls", "--ca-file", certificates.ca,
        user="many")
    report = told(workspace, exit_code=0)
    assert (report["messages"], report["unnamed"]) == (MANY, 0)


@pytest.mark.parametrize("security, name", [("tls", "pop3s"), ("starttls", "pop3")])
def test_a_wrong_password(workspace, server, certificates, security, name):
    add(workspace, server.ports[name], "--security", security, "--ca-file", certificates.ca,
        password="wr0ng")
    report = told(workspace)
    assert report["fault"] == "login" and "password" in report["verdict"]
    assert not any("wr0ng" in line for line in report["transcript"])


def test_a_server_without_stls_gets_no_password(workspace, plain_server, certificates):
    add(workspace, plain_server.ports["pop3"], "--security", "starttls", "--ca-file",
        certificates.ca)
    report = told(workspace)
    assert "STARTTLS" in report["verdict"] and "995" in report["verdict"]
    assert not any(line.startswith(("> USER", "> PASS", "> AUTH", "> APOP"))
                   for line in report["transcript"])


def test_a_certificate_that_nobody_knows(workspace, server):
    add(workspace, server.ports["pop3s"], "--security", "tls")
    report = told(workspace)
    assert report["fault"] == "tls" and "certificate" in report["verdict"].lower()


# ---- scripted servers: an answer for each command -----------------------------------------

LOGGED_IN = {
    b"CAPA": b"+OK\r\nUSER\r\nUIDL\r\nRESP-CODES\r\n.\r\n",
    b"USER": b"+OK\r\n",
    b"PASS": b"+OK\r\n",
    b"STAT": b"+OK 2 320\r\n",
    b"UIDL": b"+OK\r\n1 aa\r\n2 bb\r\n.\r\n",
    b"QUIT": b"+OK\r\n",
}


def scripted(answers):
    """A server that answers by the command's first word. None: it closes instead; an answer that
    does not end in a line's end is its last."""
    def script(connection):
        connection.send(b"+OK ready\r\n")
        answer = b"\r\n"
        while answer.endswith(b"\r\n"):
            word = connection.line().split(b" ")[0].upper()
            answer = {**LOGGED_IN, **answers}[word]
            if answer is None:
                return
            connection.send(answer)
    return script


def test_a_mailbox_in_use(workspace, start_raw):
    server = start_raw(scripted({b"PASS": b"-ERR [IN-USE] Locked by another session.\r\n"}))
    add(workspace, server.port, "--security", "none", host="127.0.0.1")
    report = told(workspace)
    assert report["fault"] == "login-later" and "[IN-USE]" in report["verdict"]
    assert "password" not in report["verdict"]


@pytest.mark.parametrize("answers, words", [
    ({b"UIDL": b"-ERR unknown command\r\n"}, "IMAP"),
    ({b"STAT": b"-ERR [SYS/TEMP] disk\r\n"}, "[SYS/TEMP] disk"),
    ({b"STAT": b"+OK two messages\r\n"}, "STAT"),
    ({b"STAT": b"250 what\r\n"}, "250 what"),
    ({b"STAT": None}, "closed"),
    ({b"UIDL": b"+OK\r\n1 aa\r\n\x1b[2J"}, "closed"),
])
def test_what_a_server_does_not_do(workspace, start_raw, answers, words):
    add(workspace, start_raw(scripted(answers)).port, "--security", "none", host="127.0.0.1")
    report = told(workspace)
    assert report["fault"] == "mailbox" and words in report["verdict"]
    assert "\x1b" not in report["verdict"]


@pytest.mark.parametrize("answers, unnamed", [
    ({b"CAPA": b"-ERR what\r\n"}, 0),
    ({b"UIDL": b"+OK\r\n1 aa\r\n2 aa\r\n.\r\n"}, 1),
    ({b"UIDL": b"+OK\r\n1 aa\r\n2 \xff\r\n.\r\n"}, 1),
])
def test_a_careless_server(workspace, start_raw, answers, unnamed):
    add(workspace, start_raw(scripted(answers)).port, "--security", "none", host="127.0.0.1")
    report = told(workspace, exit_code=0)
    assert (report["messages"], report["unnamed"]) == (2, unnamed)


def test_not_a_pop3_server(workspace, start_raw):
    add(workspace, start_raw(peers.says(b"HTTP/1.1 400 Bad Request\r\n\r\n")).port, "--security",
        "none", host="127.0.0.1")
    assert told(workspace)["fault"] == "greeting"


def test_wrong_words(workspace):
    workspace.run("mailbox", "test", "nowhere", exit_code=1)
    workspace.run("mailbox", "test", exit_code=2)
