"""What the worker does with a server that changes, hangs, loses replies or takes little; with files
of its own that are not installed; and two people who start one campaign."""
import pathlib
import shutil
import sqlite3
import subprocess
import threading

import pytest

import crier
import peers
import sending
import waiting

pytestmark = pytest.mark.waits

DATA = pathlib.Path(__file__).resolve().parents[2] / "data"


def add_server(workspace, peer, name="main", *args):
    workspace.run("server", "add", name, "--host", f"{peer.host}:{peer.port}", "--security", "none",
                  *args)


def make(workspace, count, name="spring", server="main"):
    """A campaign to people of its own."""
    people = workspace.home / f"{name}.csv"
    people.write_text("address\n" + "".join(f"{name}{i}@example.org\n" for i in range(count)))
    folder = workspace.home / name
    folder.mkdir()
    (folder / "body.txt").write_text("Hello\n")
    (folder / "campaign.cfg").write_text(
        'format = 1;\ncampaign = { from = "news@example.org"; subject = "Hello";\n'
        f'lists = ( "{name}" ); server = "{server}"; text_file = "body.txt"; }};\n')
    workspace.run("list", "new", name)
    workspace.run("people", "import", people, "--list", name)
    workspace.run("apply", folder)


def start(workspace, count, name="spring"):
    workspace.run("campaign", "start", name, "--yes", count)


def wait_finished(workspace, name="spring"):
    workspace.run("campaign", "wait", name, "--timeout", "100")
    return workspace.campaign(name)


class Smtp:
    """A script for RawServer: takes everything. Without a final reply when silent, without a word
    after RCPT when hanging; at most `most` connections at a time."""

    def __init__(self, silent=False, hanging=False, most=1000):
        self.silent, self.hanging, self.most = silent, hanging, most
        self.live, self.turned_away, self.taken = 0, 0, []
        self.lock = threading.Lock()

    def __call__(self, connection):
        with self.lock:
            self.live += 1
            is_over = self.live > self.most
            self.turned_away += is_over
        try:
            if is_over:
                connection.send(b"421 4.7.0 too many connections\r\n")
            else:
                self._serve(connection)
        finally:
            with self.lock:
                self.live -= 1

    def _serve(self, connection):
        connection.send(b"220 ready\r\n")
        recipient = b""
        while True:
            line = connection.line().upper()
            if line.startswith(b"RCPT"):
                recipient = line[len(b"RCPT TO:"):]
                if self.hanging:
                    connection.until_closed()
                    return
            if line == b"DATA":
                connection.send(b"354 go on\r\n")
                connection.data()
                self.taken.append(recipient)
                if self.silent:
                    return
            connection.send(b"250 ok\r\n")


def test_a_changed_server_takes_the_rest(workspace, start_sink):
    slow, other = start_sink(script="rcpt * delay 200\n"), start_sink()
    add_server(workspace, slow, "main", "--connections", "2")
    make(workspace, 400)
    start(workspace, 400)
    waiting.wait_for(lambda: len(slow.taken()) >= 10, what="the first messages")
    workspace.run("server", "set", "main", "--host", f"{other.host}:{other.port}")
    # Whatever was in hand may come to its end at the old one; the next goes to the new one.
    assert wait_finished(workspace)["accepted"] == 400
    assert len(other.taken()) > 300
    assert len(set(slow.taken() + other.taken())) == len(slow.taken() + other.taken()) == 400


def test_a_wrong_password_is_tried_once(workspace, start_aiosmtpd):
    server = start_aiosmtpd(users={"news": "right"})
    secret = workspace.home / "secret"
    secret.write_text("wrong\n")
    secret.chmod(0o600)
    add_server(workspace, server, "main", "--connections", "10", "--user", "news",
               "--password-file", secret)
    make(workspace, 50)
    start(workspace, 50)
    waiting.wait_for(lambda: workspace.json("status")["problems"], what="the problem to be shown")
    assert len(server.logins) == 1
    secret.write_text("right\n")
    workspace.run("server", "set", "main", "--connections", "9")
    assert wait_finished(workspace)["accepted"] == 50
    assert [good for _, _, good in server.logins].count(False) == 1


def test_a_server_that_takes_few_connections_is_not_rested(workspace, start_raw):
    smtp = Smtp(most=2)
    server = start_raw(smtp)
    # None is renewed on the way: the last two could both be gone for a moment.
    add_server(workspace, server, "main", "--connections", "10", "--messages-per-connection", "5000")
    make(workspace, 3000)
    start(workspace, 3000)
    assert wait_finished(workspace)["accepted"] == 3000
    assert smtp.turned_away > 0 and len(smtp.taken) == len(set(smtp.taken)) == 3000
    log = workspace.run("log", "-n", "1000").stdout
    assert "Tried again in" not in log and "goes on with the" in log


def test_a_server_that_gives_no_final_reply_is_rested(workspace, start_raw):
    server = start_raw(Smtp(silent=True))
    add_server(workspace, server, "main", "--connections", "2")
    make(workspace, 500)
    start(workspace, 500)
    waiting.wait_for(lambda: "no final reply" in str(workspace.json("status")["problems"]),
                     what="the problem to be shown")
    workspace.run("campaign", "pause", "spring")
    row = workspace.campaign("spring")
    assert row["uncertain"] + row["queued"] + row["leased"] == 500
    assert row["uncertain"] < 20


def test_servers_that_hang_do_not_hold_up_another(workspace, start_raw, sink):
    for name in ("hanging", "dead", "mute"):
        peer = start_raw(Smtp(hanging=True))
        add_server(workspace, peer, name, "--connections", "2")
        make(workspace, 1000, f"to-{name}", name)
    add_server(workspace, sink, "main")
    make(workspace, 8000)
    for name in ("hanging", "dead", "mute"):
        start(workspace, 1000, f"to-{name}")
    start(workspace, 8000)
    assert wait_finished(workspace)["accepted"] == 8000
    assert workspace.campaign("to-dead")["state"] == "sending"


def test_a_server_that_is_switched_off_is_named(workspace, sink):
    add_server(workspace, sink, "main", "--per-second", "20")
    make(workspace, 100)
    start(workspace, 100)
    waiting.wait_for(lambda: workspace.campaign("spring")["accepted"], what="the first message")
    workspace.run("server", "set", "main", "--enabled", "no")
    assert "is switched off" in str(workspace.status()["problems"])
    waiting.wait_for(lambda: workspace.campaign("spring")["leased"] == 0, what="the leases' return")
    waiting.wait_for(lambda: "waits: its server" in workspace.run("log", "-n", "100").stdout,
                     what="a line in the log")
    assert workspace.campaign("spring")["state"] == "sending"
    workspace.run("server", "set", "main", "--enabled", "yes", "--per-second", "0")
    assert wait_finished(workspace)["accepted"] == 100
    assert len(set(sink.taken())) == len(sink.taken()) == 100
    assert workspace.run("log", "-n", "100").stdout.count("waits: its server") == 1


def test_a_problem_of_an_earlier_life_is_over_with_the_first_success(workspace, start_sink):
    port = peers.free_port()
    workspace.run("server", "add", "main", "--host", f"127.0.0.1:{port}", "--security", "none")
    make(workspace, 3)
    start(workspace, 3)
    waiting.wait_for(lambda: workspace.status()["problems"], what="the problem to be shown")
    workspace.run("worker", "stop")
    start_sink(port=port)
    assert workspace.popen("worker")
    assert wait_finished(workspace)["accepted"] == 3
    assert workspace.status()["problems"] == []


def test_the_worker_ends_although_a_password_command_hangs(workspace, sink):
    begun = workspace.home / "begun"
    script = workspace.home / "password"
    script.write_text(f"#!/bin/sh\n: > {begun}\nexec sleep 1000\n")
    script.chmod(0o700)
    add_server(workspace, sink, "main", "--user", "u", "--password-command", script)
    make(workspace, 3)
    start(workspace, 3)
    waiting.wait_for(begun.exists, what="the password command")
    workspace.run("worker", "stop")
    # It is not the server's fault.
    assert workspace.json("server", "show", "main")["problem"] is None
    assert workspace.campaign("spring")["queued"] == 3


def test_nothing_is_sent_again_by_a_deleted_server(workspace, start_raw):
    add_server(workspace, start_raw(Smtp(silent=True)), "main", "--connections", "1")
    make(workspace, 2)
    start(workspace, 2)
    assert wait_finished(workspace)["uncertain"] == 2
    workspace.run("server", "delete", "main")
    refused = workspace.run("campaign", "resolve", "spring", "--resend", exit_code=1)
    assert "no server 'main'" in refused.stderr
    assert workspace.campaign("spring")["state"] == "finished"


def test_two_starts_at_once(workspace, start_sink):
    """Whichever comes first: everybody has one row, and the other one is told in words."""
    add_server(workspace, start_sink(maildir=False), "main", "--per-second", "1")
    make(workspace, 60000)
    both = []
    for _ in range(2):
        both.append(workspace.popen("campaign", "start", "spring", "--yes", "60000",
                                    stderr=subprocess.PIPE))
        # The second finds it half prepared, as after a start that was cut short.
        waiting.wait_for(lambda: workspace.campaign("spring")["state"] != "draft", what="a start")
    said = [process.communicate(timeout=100)[1].decode() for process in both]
    codes = [process.returncode for process in both]
    assert 0 in codes and set(codes) <= {0, 1, 5}, said
    assert "UNIQUE" not in "".join(said)
    row = workspace.campaign("spring")
    assert (row["state"], row["total"]) == ("sending", 60000)
    workspace.run("campaign", "cancel", "spring")
    workspace.run("db", "check")


# ---- a database that is locked while there is something to tell ------------------------------


class Login:
    """A script for RawServer: refuses each login, the first when `may_answer` is set."""

    def __init__(self):
        self.n, self.asked, self.may_answer = 0, threading.Event(), threading.Event()

    def __call__(self, connection):
        connection.send(b"220 ready\r\n")
        while True:
            line = connection.line().upper()
            if line.startswith(b"EHLO"):
                connection.send(b"250-localhost\r\n250 AUTH PLAIN\r\n")
            elif line.startswith(b"AUTH"):
                self.n += 1
                self.asked.set()
                self.may_answer.wait(waiting.DEADLINE_S)
                connection.send(b"535 5.7.8 not with this password\r\n")
            else:
                connection.send(b"221 bye\r\n")
                return


class Lock:
    """Nobody else writes."""

    def __init__(self, workspace):
        self.db = sqlite3.connect(workspace.workspace / "crier.db", isolation_level=None)

    def __enter__(self):
        waiting.wait_for(self._take, what="the database's lock")

    def _take(self):
        try:
            self.db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True

    def __exit__(self, *_):
        self.db.rollback()
        self.db.close()


@pytest.fixture
def login(workspace, start_raw):
    """Three people to be mailed by a server that refuses our password."""
    script = Login()
    secret = workspace.home / "secret"
    secret.write_text("wrong\n")
    secret.chmod(0o600)
    sending.prepare(workspace, start_raw(script), 3,
                    server=("--user", "news", "--password-file", secret))
    sending.start(workspace, 3)
    yield script
    script.may_answer.set()


def problem(workspace):
    return workspace.json("server", "show", "main")["problem"]


@pytest.mark.parametrize("args", ([], ["--once", "--role", "send"]))
def test_a_problem_that_could_not_be_stored_is_stored_later(workspace, login, args):
    worker = sending.Worker(workspace, *args)
    assert login.asked.wait(waiting.DEADLINE_S)
    with Lock(workspace):
        login.may_answer.set()
        worker.wait_log(r"main: .*password(.|\n)*keeps it locked")
        assert problem(workspace) is None
    waiting.wait_for(lambda: "not with this password" in (problem(workspace) or ""), 20,
                     what=lambda: f"the problem of the server: {worker.log()}")
    # Nor is it taken for one that somebody has mended.
    assert login.n == 1, worker.log()
    if args:
        assert worker.process.wait(waiting.DEADLINE_S) == 0, worker.log()
    else:
        worker.terminate()


# ---- files that come with the program -------------------------------------------------------


@pytest.fixture
def bare(workspace, sink, tmp_path, monkeypatch):
    """Three people to be mailed by a program whose files are not installed."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "installed").mkdir()
    program = tmp_path / "bin" / "crier"
    shutil.copy2(crier.program(), program)
    monkeypatch.setattr(crier, "program", lambda: str(program))
    workspace.env["CRIER_DATADIR"] = str(tmp_path / "installed")
    if workspace.run("fault", "list", exit_code=None).returncode == 0:
        pytest.skip("the files are installed on this machine")
    sending.prepare(workspace, sink, 3)
    sending.start(workspace, 3)
    workspace.installed = tmp_path / "installed"
    return workspace


def last_error(result):
    """What the program itself said last, without the lines of the log."""
    return [line for line in result.stderr.splitlines() if line.startswith("crier: ")][-1]


def test_once_ends_when_files_are_not_installed(bare, sink):
    done = bare.run("worker", "--once", exit_code=1, timeout=30)
    said = last_error(done)
    assert "faults.cfg is not installed" in said and "make install" in said, done
    assert bare.campaign(sending.CAMPAIGN)["queued"] == 3 and sink.taken() == []
    assert sending.is_lock_free(bare)
    # With the files it is as if nothing had been.
    shutil.copytree(DATA, bare.installed, dirs_exist_ok=True)
    bare.run("worker", "--once")
    assert len(sink.taken()) == 3


def test_once_ends_when_files_cannot_be_read(bare):
    (bare.installed / "faults.cfg").write_text('format = 1;\nfaults = ( { caus = "spf"; } );\n')
    done = bare.run("worker", "--once", exit_code=1, timeout=30)
    assert f"{bare.installed}/faults.cfg:2: " in last_error(done), done


def test_a_worker_goes_on_trying_until_files_are_there(bare, sink):
    worker = sending.Worker(bare)
    worker.wait_log(r"(?s)not installed.*started again.*not installed.*started again")
    shutil.copytree(DATA, bare.installed, dirs_exist_ok=True)
    sending.wait_finished(bare, 3)
    worker.terminate()
    assert len(sink.taken()) == 3


def test_once_does_not_start_for_ever_what_is_killed(workspace, start_raw):
    sending.prepare(workspace, start_raw(Smtp(hanging=True)), 3)
    sending.start(workspace, 3)
    worker = sending.Worker(workspace, "--once")
    killed = set()

    def is_over():
        role = worker.role_pid()
        if role and role not in killed:
            worker.kill(supervisor=False)
            killed.add(role)
        return worker.process.poll() is not None

    waiting.wait_for(is_over, 60, what=lambda: f"the end: {worker.log()}")
    assert worker.process.returncode == 1 and 2 <= len(killed) <= 6, (killed, worker.log())
    assert "--once gives up" in worker.log()
