"""Logging in with access tokens: XOAUTH2 and OAUTHBEARER, their expiry, renewal and refusal. The
server's side of both is written here."""
import os
import re
import signal

import pytest

import peers
from aiosmtpd.smtp import MISSING, AuthResult

pytestmark = pytest.mark.waits

OFF = {"auth_exclude_mechanism": ["LOGIN", "PLAIN"]}


class TokenHandler(peers.ScriptedHandler):
    """accepts(token, nth) decides about each login; how: 535 at once, or a challenge before it."""

    def __init__(self, accepts=lambda token, nth: True, by_challenge=False):
        super().__init__()
        self.accepts = accepts
        self.by_challenge = by_challenge
        self.logins = []  # (mechanism, user, token)

    async def _login(self, server, mechanism, pattern, challenge):
        octets = await server.challenge_auth("", encode_to_b64=False)
        found = None if octets is MISSING else re.fullmatch(pattern, octets, re.DOTALL)
        assert found, octets
        user, token = (found["user"].decode(), found["token"].decode())
        good = self.accepts(token, len(self.logins))
        self.logins.append((mechanism, user, token))
        if not good and self.by_challenge:
            await server.challenge_auth(challenge)
        # handled=False leaves the 535 to aiosmtpd.
        return AuthResult(success=good, handled=good, auth_data=user)

    async def auth_XOAUTH2(self, server, args):
        return await self._login(
            server, "XOAUTH2", rb"user=(?P<user>[^\x01]*)\x01auth=Bearer (?P<token>[^\x01]*)\x01\x01",
            '{"status":"400","schemes":"Bearer"}')

    async def auth_OAUTHBEARER(self, server, args):
        # RFC 7628 3.1
        return await self._login(
            server, "OAUTHBEARER", rb"n,a=(?P<user>[^,\x01]*),\x01host=127\.0\.0\.1\x01port=\d+\x01"
            rb"auth=Bearer (?P<token>[^\x01]*)\x01\x01", '{"status":"invalid_token"}')


class TokenCommand:
    """Prints token-1, token-2… with a life; counts its runs."""

    def __init__(self, folder, body):
        self.runs_path = folder / "runs"
        self.path = folder / "token-command"
        self.path.write_text(f"#!/bin/sh\necho run >>{self.runs_path}\n"
                             f"n=$(wc -l <{self.runs_path})\n{body}\n")
        self.path.chmod(0o700)

    def runs(self):
        return len(self.runs_path.read_text().splitlines()) if self.runs_path.exists() else 0


def add_server(workspace, peer, command, *args, auth="xoauth2"):
    workspace.run("server", "add", "main", "--host", f"{peer.host}:{peer.port}", "--security",
                  "none", "--user", "news@example.org", "--token-command", command.path, "--auth",
                  auth, *args)


def campaign(workspace, people):
    workspace.run("list", "new", "members")
    for n in range(people):
        workspace.run("people", "add", f"p{n}@example.net", "--list", "members")
    path = workspace.home / "spring"
    path.mkdir()
    (path / "body.txt").write_text("Hello\n")
    (path / "campaign.cfg").write_text(
        'format = 1;\ncampaign = { from = "News <news@example.org>"; subject = "Spring";\n'
        'lists = ( "members" ); server = "main"; text_file = "body.txt"; };\n')
    workspace.run("apply", path)
    workspace.run("campaign", "start", "spring", "--yes", people, "--no-worker")


@pytest.fixture(autouse=True)
def quiet(caplog):
    """aiosmtpd warns of logins without TLS with every connection."""
    caplog.set_level("ERROR", logger="mail.log")


def serve(start_aiosmtpd, handler, **options):
    return start_aiosmtpd(handler, auth_required=True, auth_require_tls=False, **(options or OFF))


@pytest.mark.parametrize("auth, mechanism", [("xoauth2", "XOAUTH2"),
                                             ("oauthbearer", "OAUTHBEARER")])
def test_login_and_send(workspace, start_aiosmtpd, auth, mechanism):
    handler = TokenHandler()
    command = TokenCommand(workspace.home, "echo token-$n; echo 3600")
    add_server(workspace, serve(start_aiosmtpd, handler), command, auth=auth)
    campaign(workspace, 3)
    workspace.run("worker", "--once")
    assert len(handler.received) == 3
    assert set(handler.logins) == {(mechanism, "news@example.org", "token-1")}
    # Nothing of the token is kept anywhere but in memory.
    for file in workspace.workspace.rglob("*"):
        assert not file.is_file() or b"token-1" not in file.read_bytes()


def test_token_command_alone_means_xoauth2(workspace):
    workspace.run("server", "add", "main", "--host", "smtp.example.org", "--user", "u",
                  "--token-command", "t")
    assert workspace.json("server", "show", "main")["auth"] == "xoauth2"


@pytest.mark.parametrize("args, message", [
    (["--token-command", "t"], "--user"),
    (["--user", "u", "--token-command", "t", "--auth", "password"], "--auth xoauth2"),
    (["--user", "u", "--auth", "xoauth2"], "--token-command"),
    (["--user", "u", "--token-command", "t", "--password-file", "/f"], "both set"),
    (["--user", "u", "--auth", "ntlm"], "--auth"),
])
def test_what_does_not_fit_together_is_refused(workspace, args, message):
    result = workspace.run("server", "add", "main", "--host", "smtp.example.org", *args,
                           exit_code=2)
    assert message in result.stderr


def test_one_token_serves_many_connections(workspace, start_aiosmtpd):
    handler = TokenHandler()
    command = TokenCommand(workspace.home,
                           """echo '{"access_token":"token-'$n'","expires_in":3599}'""")
    add_server(workspace, serve(start_aiosmtpd, handler), command, "--messages-per-connection", 1)
    campaign(workspace, 5)
    workspace.run("worker", "--once")
    assert len(handler.received) == 5 and len(handler.logins) >= 5
    assert command.runs() == 1


def test_a_token_is_renewed_before_its_end(workspace, start_aiosmtpd):
    handler = TokenHandler()
    # It lives 2 s and is used for the first; messages come a second apart, each on a connection.
    command = TokenCommand(workspace.home, "echo token-$n; echo 2")
    add_server(workspace, serve(start_aiosmtpd, handler), command, "--messages-per-connection", 1,
               "--per-second", 1, "--connections", 1)
    campaign(workspace, 4)
    workspace.run("worker", "--once")
    assert len(handler.received) == 4
    used = [token for _, _, token in handler.logins]
    assert len(set(used)) >= 2 and used == sorted(used, key=lambda token: int(token[6:]))


@pytest.mark.parametrize("by_challenge", [False, True])
@pytest.mark.parametrize("auth", ["xoauth2", "oauthbearer"])
def test_a_token_that_ended_early_is_asked_for_again(workspace, start_aiosmtpd, auth,
                                                     by_challenge):
    handler = TokenHandler(lambda token, nth: token != "token-1", by_challenge)
    command = TokenCommand(workspace.home, "echo token-$n; echo 3600")
    add_server(workspace, serve(start_aiosmtpd, handler), command, auth=auth)
    campaign(workspace, 2)
    workspace.run("worker", "--once")
    assert len(handler.received) == 2
    assert command.runs() == 2
    assert [token for _, _, token in handler.logins].count("token-1") == 1
    assert workspace.json("server", "show", "main")["problem"] is None


def test_a_token_refused_twice_needs_a_person(workspace, start_aiosmtpd):
    handler = TokenHandler(lambda token, nth: int(token[6:]) > 2)
    command = TokenCommand(workspace.home, "echo token-$n; echo 3600")
    add_server(workspace, serve(start_aiosmtpd, handler), command)
    campaign(workspace, 2)
    workspace.run("worker", "--once")
    assert (command.runs(), len(handler.logins), handler.received) == (2, 2, [])
    problem = workspace.json("server", "show", "main")["problem"]
    assert "token is refused" in problem and "535" in problem
    assert workspace.campaign("spring")["queued"] == 2
    # The person mended it: server test finds it well, and sending goes on.
    told = workspace.json("server", "test", "main", "--from", "news@example.org")
    assert told["ok"] and "token-" not in str(told)
    workspace.run("worker", "--once")
    assert len(handler.received) == 2


def test_a_token_command_that_fails_says_why(workspace, start_aiosmtpd):
    handler = TokenHandler()
    command = TokenCommand(workspace.home, "echo 'the refresh token is revoked' >&2; exit 1")
    add_server(workspace, serve(start_aiosmtpd, handler), command)
    result = workspace.run("server", "test", "main", "--from", "news@example.org", exit_code=1)
    assert "the refresh token is revoked" in result.stderr
    campaign(workspace, 1)
    workspace.run("worker", "--once")
    assert "the refresh token is revoked" in workspace.json("server", "show", "main")["problem"]
    assert handler.logins == []


def test_a_token_never_goes_to_a_server_for_passwords(workspace, start_aiosmtpd):
    peer = start_aiosmtpd(users={"news@example.org": ""})
    command = TokenCommand(workspace.home, "echo token-$n; echo 3600")
    add_server(workspace, peer, command)
    told = workspace.json("server", "test", "main", "--from", "news@example.org", exit_code=1)
    assert told["fault"] == "no-auth" and "XOAUTH2" in told["verdict"]
    assert peer.logins == []
    assert not any(line.startswith("> AUTH") for line in told["transcript"])


def test_a_restarted_role_gets_the_kept_token(workspace, start_aiosmtpd):
    handler = TokenHandler()
    command = TokenCommand(workspace.home, "echo token-$n; echo 3600")
    add_server(workspace, serve(start_aiosmtpd, handler), command)
    campaign(workspace, 1)
    worker = workspace.popen("worker")
    workspace.run("campaign", "wait", "spring", "--timeout", "60")
    role = [pid for pid in workspace.processes() if b"--role" in cmdline(pid)]
    assert len(role) == 1
    folder = workspace.home / "autumn"
    folder.mkdir()
    for name in ("body.txt", "campaign.cfg"):
        (folder / name).write_bytes((workspace.home / "spring" / name).read_bytes())
    workspace.run("apply", folder)
    os.kill(role[0], signal.SIGKILL)
    workspace.run("campaign", "start", "autumn", "--yes", 1, "--no-worker")
    workspace.run("campaign", "wait", "autumn", "--timeout", "60")
    assert len(handler.received) == 2
    assert command.runs() == 1 and worker.poll() is None


def cmdline(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read()
