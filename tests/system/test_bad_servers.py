"""Mail servers that cannot be used: what is told, and that nobody is lost by it. And passwords:
where they never appear."""
import base64
import os
import pathlib
import pty
import re
import termios

import pytest

import peers
import sentences
import waiting

SECRET = "c0rrect-h0rse-battery"


def tls(which, mode):
    """A server with one of the bad certificates."""
    def start(it):
        context = it.certificates.context(getattr(it.certificates, which))
        return it.start_aiosmtpd(tls=mode, context=context)
    return start


def login(users):
    return lambda it: it.start_aiosmtpd(users=users)


def raw(script):
    return lambda it: it.start_raw(script)


class Nobody:
    """A port that nobody listens on."""

    def __init__(self):
        self.port = peers.free_port()


PLAIN = ("--security", "none")
CA = ("--ca-file", "CA")
USER = ("--user", "news", "--password-command", f"echo {SECRET}")

# name, host (the port is the peer's), the peer, options, what the sentence must hold
SERVERS = [
    ("unresolved", "mail.invalid", lambda it: Nobody(), (), ["mail.invalid", "Check"]),
    ("refused", "127.0.0.1", lambda it: Nobody(), PLAIN, ["refused", "Nothing listens"]),
    ("self-signed", "localhost", tls("self_signed", "implicit"), ("--security", "tls", *CA),
     ["self-signed", "--ca-file", "Nothing was sent"]),
    ("self-signed-starttls", "localhost", tls("self_signed", "starttls"), CA, ["self-signed"]),
    ("wrong-name", "localhost", tls("wrong_name", "implicit"), ("--security", "tls", *CA),
     ["another name", "Nothing was sent"]),
    ("wrong-name-starttls", "localhost", tls("wrong_name", "starttls"), CA, ["another name"]),
    ("expired", "localhost", tls("expired", "implicit"), ("--security", "tls", *CA),
     ["expired", "Nothing was sent"]),
    ("expired-starttls", "localhost", tls("expired", "starttls"), CA, ["expired"]),
    ("unknown-authority", "localhost", tls("good", "implicit"), ("--security", "tls"),
     ["authority", "--ca-file"]),
    ("no-starttls", "localhost", login(None), CA, ["STARTTLS", "Nothing was sent in clear"]),
    ("no-tls", "localhost", login(None), ("--security", "tls", *CA), ["does not speak TLS"]),
    ("password", "localhost", login({"news": "another"}), PLAIN + USER,
     ["login is refused", "535", "Check user name and password"]),
    ("no-login", "localhost", raw(peers.smtp_session()), PLAIN + USER, ["login", "user"]),
    ("http", "localhost", raw(peers.says(b"HTTP/1.1 400 Bad Request\r\n\r\n")), PLAIN,
     ["web server"]),
    ("http-that-waits", "localhost", raw(peers.http), PLAIN, ["no greeting"]),
    ("silent", "localhost", raw(peers.silent), PLAIN, ["no greeting", "port"]),
    ("silent-tls", "localhost", raw(peers.silent), ("--security", "tls", *CA), ["within"]),
    ("other-protocol", "localhost", raw(peers.says(b"+OK POP3 ready\r\n")), PLAIN,
     ["POP3|no mail server|not a mail server|not an SMTP"]),
    ("not-welcome", "localhost", raw(peers.says(b"554 5.7.1 Go away\r\n")), PLAIN,
     ["554 5.7.1 Go away"]),
    ("too-busy", "localhost", raw(peers.says(b"421 4.3.2 Too busy\r\n")), PLAIN,
     ["421 4.3.2 Too busy"]),
    ("sender-refused", "localhost", raw(peers.smtp_session(mail=b"550 5.7.60 Not yours\r\n")),
     PLAIN, ["550 5.7.60 Not yours", "news@example.org"]),
    ("recipient-refused", "localhost", raw(peers.smtp_session(rcpt=b"550 5.1.1 Nobody\r\n")),
     PLAIN, ["550 5.1.1 Nobody"]),
    ("hangs-up", "localhost", raw(peers.smtp_session(mail=lambda connection:
                                                     connection.reset())), PLAIN, ["connection"]),
]


class Peers:
    """The factories that a row may need."""

    def __init__(self, start_aiosmtpd, start_raw, certificates):
        self.start_aiosmtpd, self.start_raw = start_aiosmtpd, start_raw
        self.certificates = certificates


@pytest.fixture
def makers(start_aiosmtpd, start_raw, certificates):
    return Peers(start_aiosmtpd, start_raw, certificates)


def add_server(workspace, makers, host, peer, options):
    words = [str(makers.certificates.ca) if word == "CA" else word for word in options]
    workspace.run("server", "add", "main", "--host", f"{host}:{peer.port}", *words)


@pytest.mark.parametrize("host, start, options, needles", [row[1:] for row in SERVERS],
                         ids=[row[0] for row in SERVERS])
def test_a_bad_server(workspace, makers, host, start, options, needles):
    peer = start(makers)
    add_server(workspace, makers, host, peer, options)
    before = sentences.snapshot(workspace)
    result = workspace.run("server", "test", "main", "--from", "news@example.org", "--timeout",
                           "2", exit_code=1)
    assert result.stderr.count("\n") == 1, result
    sentences.check(result.stderr[:-1])
    for needle in ["main", *needles]:
        assert re.search(needle, result.stderr), result.stderr
    assert SECRET not in result.stdout + result.stderr
    assert sentences.snapshot(workspace) == before


@pytest.mark.parametrize("option, value, needles", [
    ("--password-command", "false", ["false", "exit code 1"]),
    ("--password-command", "nosuchprogram x", ["nosuchprogram", "no such program"]),
    ("--password-command", "true", ["printed nothing"]),
    ("--password-command", "kill -9 0", ["kill"]),
    ("--password-file", "nowhere", ["nowhere", "Check the name"]),
    ("--password-file", "open", ["open", "chmod 600"]),
    ("--password-file", "empty", ["empty"]),
    ("--password-file", "folder", ["folder", "regular file"]),
    ("--password-file", "fifo", ["fifo", "regular file"]),
])
def test_a_bad_source_of_the_password(workspace, sink, option, value, needles):
    for name, mode in (("open", 0o644), ("empty", 0o600)):
        path = workspace.home / name
        path.write_text(SECRET if name == "open" else "")
        path.chmod(mode)
    (workspace.home / "folder").mkdir()
    os.mkfifo(workspace.home / "fifo", 0o600)
    workspace.run("server", "add", "main", "--host", f"{sink.host}:{sink.port}", *PLAIN,
                  "--user", "news", option, value)
    said = sentences.refused(workspace, "server", "test", "main", "--from", "a@example.org",
                             timeout=60)
    for needle in ["main", *needles]:
        assert needle in said
    assert SECRET not in said


# ---- campaigns ---------------------------------------------------------------------------


def campaign(workspace, n=3):
    """A campaign to n people through main."""
    folder = workspace.home / "spring"
    folder.mkdir()
    (folder / "campaign.cfg").write_text(
        'format = 1;\ncampaign = { from = "News <news@example.org>"; subject = "Spring";\n'
        '  lists = ( "members" ); server = "main"; text_file = "body.txt"; };\n')
    (folder / "body.txt").write_text("Dear {{name}}\n")
    people = workspace.home / "people.csv"
    people.write_text("address,name\n" + "".join(f"p{i}@example.net,P{i}\n" for i in range(n)))
    workspace.run("list", "new", "members")
    workspace.run("people", "import", people, "--list", "members")
    workspace.run("apply", folder)
    return n


def problem_of(workspace):
    """What status says about the server main, once it says something."""
    def look():
        [server] = workspace.status()["servers"]
        return server["problem"]
    return waiting.wait_for(look, what="a problem of the server")


@pytest.mark.parametrize("host, start, options, needles", [
    row[1:] for row in SERVERS if row[0] in (
        "unresolved", "refused", "wrong-name", "expired", "password", "http", "not-welcome")],
    ids=lambda value: None)
def test_a_campaign_through_a_bad_server(workspace, makers, host, start, options, needles):
    peer = start(makers)
    add_server(workspace, makers, host, peer, options)
    people = campaign(workspace)
    workspace.run("campaign", "start", "spring", "--yes", people)
    problem = problem_of(workspace)
    sentences.check(f"crier: {problem}")
    for needle in needles:
        assert re.search(needle, problem), problem
    assert [row for row in workspace.status()["problems"] if "main" in str(row)]
    row = workspace.campaign("spring")
    assert row["accepted"] + row["refused"] + row["uncertain"] == 0
    assert row["queued"] + row["leased"] == row["total"] == people
    # Nobody's tries were used up: it was the server's fault.
    assert {line["attempts"] for line in workspace.json("campaign", "deliveries", "spring")} == {0}
    if isinstance(peer, peers.AioSmtpServer):
        assert not peer.received and len(peer.logins) <= 1


def test_a_mended_server_goes_on_by_itself(workspace, start_aiosmtpd):
    peer = start_aiosmtpd(users={"news": SECRET})
    secret = workspace.home / "secret"
    secret.write_text("wrong\n")
    secret.chmod(0o600)
    workspace.run("server", "add", "main", "--host", f"{peer.host}:{peer.port}", *PLAIN,
                  "--user", "news", "--password-file", secret)
    people = campaign(workspace)
    workspace.run("campaign", "start", "spring", "--yes", people)
    problem_of(workspace)
    # A password that is refused is tried once and then a person is waited for.
    assert [good for _, _, good in peer.logins] == [False]
    secret.write_text(SECRET + "\n")
    workspace.run("server", "test", "main")
    workspace.run("campaign", "wait", "spring", "--timeout", "60")
    assert workspace.campaign("spring")["accepted"] == people == len(peer.received)
    assert workspace.status()["servers"][0]["problem"] is None


# ---- passwords ---------------------------------------------------------------------------


def forms(secret):
    """The secret as it could lie about: itself, and as AUTH PLAIN and LOGIN write it."""
    raw_secret = secret.encode()
    yield raw_secret
    yield base64.b64encode(raw_secret).rstrip(b"=")
    yield base64.b64encode(b"\0news\0" + raw_secret).rstrip(b"=")


def assert_clean(data, where):
    for form in forms(SECRET):
        assert form not in data, f"the password stands in {where}"


class Spy:
    """Looks at every crier process while the server has a message in hand."""

    def __init__(self):
        self.workspace = None
        self.seen = 0

    def look(self, recipients, nth):
        for pid in self.workspace.processes():
            for name in ("cmdline", "environ"):
                try:
                    assert_clean(pathlib.Path(f"/proc/{pid}/{name}").read_bytes(), name)
                    self.seen += name == "cmdline"
                except OSError:
                    pass # environ of a hardened process is nobody's to read


@pytest.mark.parametrize("source", ["file", "command", "typed"])
def test_the_password_appears_nowhere(workspace, start_aiosmtpd, certificates, source):
    spy = Spy()
    spy.workspace = workspace
    peer = start_aiosmtpd(peers.ScriptedHandler({"DATA": spy.look}), tls="starttls",
                          context=certificates.context(), users={"news": SECRET})
    where = ["--host", f"localhost:{peer.port}", "--ca-file", str(certificates.ca), "--user",
             "news"]
    secret = workspace.home / "secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    if source == "file":
        workspace.run("server", "add", "main", *where, "--password-file", secret)
    elif source == "command":
        workspace.run("server", "add", "main", *where, "--password-command", f"cat {secret}")
    else:
        assert_clean(typed(workspace, ["server", "add", "main", *where]), "the terminal")
    out = workspace.run("server", "test", "main", "--from", "news@example.org")
    assert_clean(out.stdout_bytes + out.stderr_bytes, "the transcript")
    assert "> AUTH" in out.stdout or "> ***" in out.stdout
    people = campaign(workspace)
    workspace.run("campaign", "start", "spring", "--yes", people, "--wait")
    assert len(peer.received) == people and spy.seen > 0
    for verb in (["server", "show", "main"], ["server", "show", "main", "--json"],
                 ["server", "list", "--json"], ["status", "--json"], ["log", "--level", "debug"]):
        assert_clean(workspace.run(*verb).stdout_bytes, verb)
    workspace.run("db", "backup", workspace.home / "backup.db")
    assert_clean((workspace.home / "backup.db").read_bytes(), "the backup")
    for path in workspace.workspace.rglob("*"):
        if path.is_file() and path.parent.name == "secrets":
            assert path.stat().st_mode & 0o777 == 0o600
            assert path.parent.stat().st_mode & 0o777 == 0o700
        elif path.is_file():
            assert_clean(path.read_bytes(), path)


def typed(workspace, words):
    """Runs crier on a terminal of its own, types the password, returns what was shown."""
    ours, theirs = pty.openpty()
    process = workspace.popen(*words, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while b"assword" not in shown:
        waiting.wait_readable(ours, what="the prompt")
        shown += os.read(ours, 4096)
    # Not before the echo is off, or the test would see its own typing.
    waiting.wait_for(lambda: not echoes(ours), what="the echo to be off")
    os.write(ours, SECRET.encode() + b"\n")
    try:
        while True:
            waiting.wait_readable(ours, what="the end")
            shown += os.read(ours, 4096)
    except OSError:
        pass # the other end is closed
    os.close(ours)
    assert process.wait(60) == 0, shown
    return shown


def echoes(fd):
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)
