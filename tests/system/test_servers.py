"""Server records and `crier server test` against peers that work and peers that do not."""
import os
import pty
import stat
import subprocess

import pytest

import peers


def add(workspace, peer, name="main", *args):
    workspace.run("server", "add", name, "--host", f"{peer.host}:{peer.port}", "--security", "none",
                  *args)


def test_add_set_show_delete(workspace):
    workspace.run("server", "add", "main", "--host", "smtp.example.org: 465", "--per-second=5")
    shown = workspace.json("server", "show", "main")
    assert (shown["host"], shown["security"], shown["per_second"]) == ("smtp.example.org:465", "tls",
                                                                       5)
    workspace.run("server", "set", "main", "--connections", "9")
    assert workspace.json("server", "list")[0]["connections"] == 9
    workspace.run("server", "add", "main", "--host", "x.example.org", exit_code=1)
    workspace.run("server", "delete", "main")
    assert workspace.json("server", "list") == []


@pytest.mark.parametrize("args, message", [
    (["--host", "smtp.example.org:70000"], "70000"),
    (["--host", "smtp.example.org:"], "port"),
    (["--host", "http://smtp.example.org"], "--host"),
    (["--host", "smtp.example.org", "--connections", "0"], "1–500"),
    (["--host", "smtp.example.org", "--connections", "99999999999999999999"], "--connections"),
    (["--host", "smtp.example.org", "--security", "none"], "plain"),
    (["--host", "smtp.example.org", "--security", "sll"], "--security"),
    (["--host", "smtp.example.org", "--user", "u"], "password"),
    (["--host", "smtp.example.org", "--user", "u", "--password", "p4ss"], "--password-file"),
    (["--host", "smtp.example.org", "--conections", "4"], "--connections"),
    ([], "--host"),
])
def test_a_bad_server_is_refused_and_not_stored(workspace, args, message):
    result = workspace.run("server", "add", "main", *args, exit_code=2)
    assert result.stderr.startswith("crier: ") and result.stderr.count("\n") == 1
    assert message in result.stderr and "p4ss" not in result.stderr
    assert workspace.json("server", "list") == []


def test_a_relative_password_file_is_stored_absolute(workspace):
    (workspace.home / "secret").write_text("p4ss\n")
    workspace.run("server", "add", "main", "--host", "smtp.example.org", "--user", "u",
                  "--password-file", "secret")
    shown = workspace.run("server", "show", "main", "--json")
    assert shown.json()["password_file"] == str(workspace.home / "secret")
    assert "p4ss" not in shown.stdout


def converse(terminal, typed):
    screen, is_typed = b"", False
    while True:
        try:
            octets = os.read(terminal, 4096)
        except OSError:  # the other side is closed
            return screen
        screen += octets
        if b"Password of" in screen and not is_typed:
            os.write(terminal, typed)
            is_typed = True


def on_a_terminal(workspace, typed, *args):
    """Runs a verb on a terminal, types when it asks for a password; exit code and screen."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(workspace.argv(*args), env=workspace.env, cwd=workspace.home,
                          stdin=theirs, stdout=theirs, stderr=theirs,
                          start_new_session=True) as process:
        os.close(theirs)
        try:
            screen = converse(ours, typed)
        except TimeoutError:
            process.kill()
            raise
    os.close(ours)
    return process.returncode, screen


def test_a_password_is_asked_for_and_kept_privately(workspace):
    add_it = ("server", "add", "main", "--host", "smtp.example.org", "--user", "ann")
    for typed in (b"\x03", b"\n"):
        code, screen = on_a_terminal(workspace, typed, *add_it)
        assert code == 1 and b"nothing is changed" in screen
    assert workspace.json("server", "list") == []
    code, screen = on_a_terminal(workspace, b"p4ss\n", *add_it)
    assert code == 0 and b"p4ss" not in screen
    path = workspace.json("server", "show", "main")["password_file"]
    with open(path) as file:
        assert file.read() == "p4ss\n"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    for file in workspace.workspace.glob("crier.*"):
        assert b"p4ss" not in file.read_bytes()


def test_the_workspace_is_private(workspace):
    workspace.run("init")
    for path in workspace.workspace.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_trial_shows_the_conversation_and_sends_nothing(workspace, sink):
    add(workspace, sink)
    result = workspace.run("server", "test", "main", "--from", "news@example.org")
    assert "> MAIL FROM:<news@example.org>" in result.stdout
    assert "> RCPT TO:<news@example.org>" in result.stdout
    assert "DATA" not in result.stdout
    assert "works" in result.stdout.splitlines()[-1]
    told = workspace.json("server", "test", "main", "--from", "news@example.org", "--to",
                          "ann@example.net")
    assert told["ok"] and told["recipient"] == "ann@example.net" and told["transcript"]


def test_trial_uses_the_sender_of_the_campaign(workspace, sink):
    add(workspace, sink)
    workspace.run("server", "test", "main", exit_code=2)
    workspace.run("campaign", "new", "spring", "--from", "News <spring@example.org>", "--server",
                  "main")
    assert workspace.json("server", "test", "main")["sender"] == "spring@example.org"
    assert workspace.json("server", "test", "main", "--campaign",
                          "spring")["sender"] == "spring@example.org"


def test_trial_of_a_port_where_nobody_listens(workspace):
    workspace.run("server", "add", "main", "--host", f"127.0.0.1:{peers.free_port()}",
                  "--security", "none")
    told = workspace.json("server", "test", "main", "--from", "a@example.org", exit_code=1)
    assert not told["ok"] and "refused" in told["verdict"]


def test_trial_of_a_silent_server_ends_in_time(workspace, start_raw):
    add(workspace, start_raw(peers.silent))
    told = workspace.json("server", "test", "main", "--from", "a@example.org", "--timeout", "2",
                          exit_code=1)
    assert not told["ok"] and told["verdict"]


def trial(workspace, *args, exit_code=1):
    """`server test main --json` of a server that has a fault: the fault and the verdict."""
    told = workspace.json("server", "test", "main", "--from", "news@example.org", *args,
                          exit_code=exit_code)
    assert told["ok"] == (exit_code == 0)
    assert told["verdict"].count("\n") == 0 and "main" in told["verdict"]
    return told


def test_trial_of_a_name_that_does_not_resolve(workspace):
    workspace.run("server", "add", "main", "--host", "nowhere.invalid")
    assert "nowhere.invalid" in trial(workspace)["verdict"]


def test_trial_of_a_web_server(workspace, start_raw):
    add(workspace, start_raw(peers.says(b"HTTP/1.1 400 Bad Request\r\n\r\n")))
    assert "HTTP" in trial(workspace)["verdict"]


@pytest.mark.parametrize("which", ["wrong_name", "expired", "self_signed"])
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_trial_of_a_wrong_certificate(workspace, start_aiosmtpd, certificates, which, tls):
    peer = start_aiosmtpd(tls=tls, context=certificates.context(getattr(certificates, which)))
    workspace.run("server", "add", "main", "--host", f"localhost:{peer.port}", "--security",
                  "tls" if tls == "implicit" else "starttls", "--ca-file", certificates.ca)
    told = trial(workspace)
    assert "certificate" in told["verdict"].lower()
    assert not peer.handler.commands


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_trial_with_login_over_tls(workspace, start_aiosmtpd, certificates, tls):
    peer = start_aiosmtpd(tls=tls, context=certificates.context(), users={"news": "p4ss"})
    workspace.run("server", "add", "main", "--host", f"localhost:{peer.port}", "--security",
                  "tls" if tls == "implicit" else "starttls", "--ca-file", certificates.ca,
                  "--user", "news", "--password-command", "echo p4ss")
    told = trial(workspace, exit_code=0)
    assert peer.logins and peer.logins[0][2]
    assert "p4ss" not in str(told) and "cDRzcw" not in str(told)
    assert peer.handler.commands == [("MAIL", "news@example.org"), ("RCPT", "news@example.org")]


def test_trial_of_a_wrong_password_is_tried_once(workspace, start_aiosmtpd, certificates):
    peer = start_aiosmtpd(tls="implicit", context=certificates.context(), users={"news": "other"})
    secret = workspace.home / "secret"
    secret.write_text("p4ss\n")
    secret.chmod(0o600)
    workspace.run("server", "add", "main", "--host", f"localhost:{peer.port}", "--security", "tls",
                  "--ca-file", certificates.ca, "--user", "news", "--password-file", secret)
    told = trial(workspace)
    assert "535" in told["verdict"] and "p4ss" not in str(told)
    assert len(peer.logins) == 1


def test_a_password_file_that_others_can_read_is_refused(workspace, sink):
    secret = workspace.home / "secret"
    secret.write_text("p4ss\n")
    secret.chmod(0o644)
    add(workspace, sink, "main", "--user", "news", "--password-file", secret)
    result = workspace.run("server", "test", "main", "--from", "a@example.org", exit_code=1)
    assert str(secret) in result.stderr and "p4ss" not in result.stderr + result.stdout


@pytest.mark.parametrize("part, reply", [("mail", b"550 5.7.1 Not this sender\r\n"),
                                         ("rcpt", b"550 5.1.1 Nobody here\r\n"),
                                         ("rcpt", b"450 4.2.0 Greylisted\r\n")])
def test_trial_tells_what_was_refused(workspace, start_raw, part, reply):
    add(workspace, start_raw(peers.smtp_session(**{part: reply})))
    assert reply.decode().strip() in trial(workspace)["verdict"]


def test_trial_of_a_server_that_hangs_up(workspace, start_raw):
    def drop(connection):
        connection.reset()
    add(workspace, start_raw(peers.smtp_session(mail=drop)))
    trial(workspace)


def test_hostile_replies_are_shown_safely(workspace, start_raw):
    add(workspace, start_raw(peers.smtp_session(mail=b"550 \x1b]0;x\x07\xff red\r\n")))
    result = workspace.run("server", "test", "main", "--from", "a@example.org", exit_code=1)
    assert b"\x1b" not in result.stdout_bytes and b"\x07" not in result.stdout_bytes


# ---- presets -----------------------------------------------------------------------------


def test_a_preset_is_where_a_server_begins(workspace):
    said = workspace.run("server", "add", "m", "--preset", "microsoft-365", "--user",
                         "news@example.org", "--token-command", "print-token").stderr
    assert "5.7.60" in said
    shown = workspace.json("server", "show", "m")
    assert (shown["host"], shown["security"], shown["auth"], shown["envelope"]) == (
        "smtp.office365.com:587", "starttls", "xoauth2", "plain")
    assert (shown["connections"], shown["per_second"], shown["per_day"]) == (3, 1, 10000)


def test_what_is_said_beside_a_preset_counts(workspace):
    workspace.run("server", "add", "m", "--preset", "microsoft-365", "--user", "u",
                  "--password-command", "echo p", "--connections", 1, "--host",
                  "smtp.example.org:465")
    shown = workspace.json("server", "show", "m")
    assert (shown["auth"], shown["connections"], shown["security"]) == ("password", 1, "tls")


@pytest.mark.parametrize("args, message", [
    (["--preset", "gmial"], "Did you mean 'gmail'?"),
    (["--preset", "amazon-ses", "--user", "u", "--password-command", "p"], "--host email-smtp."),
    (["--preset", "outlook", "--user", "u"], "--token-command"),
])
def test_a_preset_that_does_not_suffice(workspace, args, message):
    assert message in workspace.run("server", "add", "m", *args, exit_code=2).stderr
    assert workspace.json("server", "list") == []


def test_presets_are_listed_without_a_workspace(workspace):
    rows = {row["name"]: row for row in workspace.json("server", "presets")}
    assert rows["gmail"]["per_day"] == 500 and rows["amazon-ses"]["host"].startswith("email-smtp.")
    assert not (workspace.workspace / "crier.db").exists()


def steps(workspace, *args, exit_code=0):
    told = workspace.run("server", "test", "main", "--from", "news@example.org", "--json", *args,
                         exit_code=exit_code).json()
    return told, {step["step"]: step["state"] for step in told["steps"]}


@pytest.mark.parametrize("tls, order", [
    ("starttls", ["connect", "greeting", "tls", "login", "sender", "recipient"]),
    ("implicit", ["connect", "tls", "greeting", "login", "sender", "recipient"]),
])
def test_the_steps_of_a_test(workspace, start_aiosmtpd, certificates, tls, order):
    server = start_aiosmtpd(tls=tls, context=certificates.context(), users={"u": "right"})
    password = workspace.home / "password"
    password.write_text("right\n")
    password.chmod(0o600)
    workspace.run("server", "add", "main", "--host", f"localhost:{server.port}", "--security",
                  "tls" if tls == "implicit" else "starttls", "--ca-file", certificates.ca,
                  "--user", "u", "--password-file", password)
    told, states = steps(workspace)
    assert [step["step"] for step in told["steps"]] == order
    assert set(states.values()) == {"ok"}
    seconds = [step["seconds"] for step in told["steps"]]
    assert seconds == sorted(seconds) and seconds[-1] <= told["seconds"]
    assert told["certificate"]["issuer"] == "CN=crier test authority"
    assert told["certificate"]["ends"].endswith("Z")
    assert told["extensions"]["smtputf8"] and told["extensions"]["size_max"] > 0
    password.write_text("wrong\n")
    told, states = steps(workspace, exit_code=1)
    assert (states["tls"], states["login"], states["sender"]) == ("ok", "failed", "skipped")


def test_the_steps_of_a_certificate_that_is_bad(workspace, start_aiosmtpd, certificates):
    server = start_aiosmtpd(tls="starttls", context=certificates.context(certificates.expired))
    workspace.run("server", "add", "main", "--host", f"localhost:{server.port}", "--security",
                  "starttls", "--ca-file", certificates.ca)
    told, states = steps(workspace, exit_code=1)
    assert (states["greeting"], states["tls"], states["login"]) == ("ok", "failed", "off")
    assert told["fault"] == "tls" and "extensions" not in told


def test_the_steps_where_nobody_listens_and_where_one_is_refused(workspace, start_sink):
    workspace.run("server", "add", "main", "--host", f"127.0.0.1:{peers.free_port()}",
                  "--security", "none")
    told, states = steps(workspace, exit_code=1)
    assert (states["connect"], states["greeting"], states["tls"]) == ("failed", "skipped", "off")
    sink = start_sink(script="rcpt news@example.org refuse 550 5.1.1 no such user\n")
    workspace.run("server", "set", "main", "--host", f"{sink.host}:{sink.port}")
    told, states = steps(workspace, exit_code=1)
    assert (states["sender"], states["recipient"]) == ("ok", "failed")
    assert "no such user" in told["steps"][-1]["text"]
