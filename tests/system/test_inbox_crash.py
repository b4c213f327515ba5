"""Deaths of the role that reads mailboxes, at every step in turn: nothing that came back is lost,
nothing is counted twice."""
import contextlib
import fcntl
import os
import shutil
import socket
import sqlite3
import subprocess
import threading

import pytest

import dovecot
import returning
import sending
import steps
import waiting

pytestmark = pytest.mark.proof

IS_LONG = bool(os.environ.get("CRIER_LONG_TESTS"))
PEOPLE = 5

# Call, and each how many-th of it is tried here; all of them in the long variant.
CALLS = [("fdatasync", 1), ("sendto", 3), ("pwrite64", 29), ("recvfrom", 9), ("epoll_wait", 9)]
WAYS = [("imap", "move"), ("pop3", "delete")]
WAYS += [("imap", "delete"), ("imap", "leave"), ("pop3", "leave")] if IS_LONG else []


@pytest.fixture(scope="module", name="server")
def start_server(certificates):
    for reason in (dovecot.why_not("imap"), dovecot.why_not("pop3"), sending.why_no_strace()):
        if reason:
            pytest.skip(reason)
    server = dovecot.Dovecot(certificates)
    yield server
    server.stop()


class Deaths:
    """Every step begins with the same octets in the same file, and the same mailbox."""

    def __init__(self, workspace, server, sink, protocol, after):
        self.crier, self.server, self.after = workspace, server, after
        returning.add_mailbox(workspace, server.ports[protocol], None, "--after-read", after,
                              protocol=protocol, user="deaths", security="none")
        sent = returning.send_campaign(workspace, sink, PEOPLE)
        rows = [sent[who] for who in sorted(sent)]
        self.mail = [returning.bounce(rows[0], 1), returning.bounce(rows[1], 2),
                     returning.bounce(rows[2], 3, "4.2.2", 452, "Mailbox full"),
                     returning.request(sink.parsed()[0], rows[0]["to"], 4),
                     returning.letter(5)]
        self.path = workspace.workspace / "crier.db"
        base = sqlite3.connect(self.path)
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        base.close()
        self.bytes = self.path.read_bytes()
        self.reset()
        assert self.run()
        self.wanted = self.found()
        assert self.wanted[0] == {"bounced_hard": 2, "bounced_soft": 1, "complained": 0,
                                  "unsubscribed": 1}

    def reset(self):
        for name in ("crier.db-wal", "crier.db-shm"):
            (self.crier.workspace / name).unlink(missing_ok=True)
        steps.rewrite(self.path, self.bytes)
        shutil.rmtree(self.server.folder / "mail" / "deaths", ignore_errors=True)
        self.server.put("deaths", self.mail)

    def found(self):
        """What is known of the campaign, who is not mailed any more, and how many messages."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=10)) as db:
            kinds = db.execute("SELECT kind, count(*) FROM inbound GROUP BY kind").fetchall()
            said = db.execute("SELECT count(*) FROM said").fetchone()
        return (returning.counters(self.crier), returning.never_mailed(self.crier),
                sorted(kinds), said, len(self.server.stored("deaths")), self.moved())

    def moved(self):
        return len(list((self.server.folder / "mail" / "deaths").glob(".crier-read/[cn]*/*")))

    def run(self, call=None, when=0):
        """The role, once; whether it came to its end: it is killed as it makes the when-th such
        call."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        argv = self.crier.argv("worker", "--role", "inbox", "--link", theirs.fileno(), "--once")
        env = self.crier.env
        if call:
            env = sending.traced_environment(env)
            argv = ["strace", "-o", "/dev/null", "-e", f"trace={call}",
                    "-e", f"inject={call}:signal=KILL:when={when}", *argv]
        with ours, open(self.crier.workspace / "worker.lock", "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            answering = threading.Thread(target=self._answer, args=(ours,))
            answering.start()
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, env=env, cwd=self.crier.home,
                                  pass_fds=[theirs.fileno(), lock.fileno()],
                                  timeout=waiting.DEADLINE_S, check=False)
            theirs.close()
            answering.join()
        assert done.returncode in (0, -9, 137), (call, when, done)
        return done.returncode == 0

    @staticmethod
    def _answer(line):
        """The supervisor's part: it gives the password."""
        try:
            while asked := line.recv(100):
                line.send(f"give {asked.split()[1].decode()} 0 {dovecot.PASSWORD}".encode())
        except ConnectionError:
            return  # killed with the answer unread


@pytest.mark.parametrize("protocol, after", WAYS, ids=["-".join(way) for way in WAYS])
def test_the_role_dies_at_every_step(workspace, server, sink, protocol, after):
    it = Deaths(workspace, server, sink, protocol, after)
    for call, stride in CALLS:
        deaths = 0
        for when in range(1, 10000, 1 if IS_LONG else stride):
            it.reset()
            if it.run(call, when):
                break
            assert it.run(), (call, when)
            assert it.found() == it.wanted, (call, when)
            deaths += 1
        print(f"\n{call}: {deaths} deaths, lost 0, counted twice 0")
        assert deaths > 0, f"{call} is never called"
    workspace.run("db", "check")
