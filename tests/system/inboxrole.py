"""The inbox role alone, with the test in its supervisor's place: it gets the password from here,
is run until it has read its mailboxes once, and dies where that is asked for.
"""
import fcntl
import socket
import sqlite3
import subprocess
import threading

import crier
import dovecot
import peers
import sending
import steps
import waiting

MAILBOX = "bounces"
ADDRESS = "bounce@bounce.example.org"

_BOUNCE = """\
Return-Path: <>
Delivered-To: {verp}
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: {verp}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{name}@mx.example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {to}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {reply}

--b
Content-Type: application/octet-stream

{filler}
--b--
"""
HARD = ("5.1.1", "550 5.1.1 User unknown")
SOFT = ("4.2.2", "452 4.2.2 Mailbox full")


def bounce(sent, name, said=HARD, filler=""):
    """Of a delivery, by the row of the sink's log. name stands in its Message-ID."""
    return _BOUNCE.format(verp=sent["from"], to=sent["to"], name=name, status=said[0],
                          reply=said[1], filler=filler).encode()


def crlf(message):
    return message.replace(b"\n", b"\r\n")


def add_mailbox(crier, port, *args, user="bounce"):
    secret = crier.home / "password"
    secret.write_text(dovecot.PASSWORD + "\n")
    secret.chmod(0o600)
    crier.run("mailbox", "add", MAILBOX, "--address", ADDRESS, "--host", f"127.0.0.1:{port}",
              "--security", "none", "--user", user, "--password-file", secret, *args)


class Sent:
    """A workspace from which a campaign has gone out to so many people, made once for many tests;
    each begins with back(). sent has the rows of the sink's log by address, in their order."""

    def __init__(self, folder, people):
        self.folder = folder
        (folder / "workspace").mkdir(mode=0o700)
        self.crier = crier.Crier(folder / "workspace", folder)
        self.role = Role(self.crier)
        sink = peers.CrierSink(folder, maildir=False)
        try:
            self.sent = self._send(sink, people)
        finally:
            sink.stop()
        self.path = self.crier.workspace / "crier.db"
        db = sqlite3.connect(self.path)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        self._bytes = self.path.read_bytes()

    def back(self):
        """Into the same file: as another one it would be a copy, and a copy is held."""
        self.crier.stop_all()
        for name in ("crier.db-wal", "crier.db-shm"):
            (self.crier.workspace / name).unlink(missing_ok=True)
        steps.rewrite(self.path, self._bytes)

    def read_from(self, port, *args, protocol="imap", user="bounce"):
        self.crier.run("mailbox", "set", MAILBOX, "--host", f"127.0.0.1:{port}", "--protocol",
                       protocol, "--user", user, *args)

    def bounce(self, n, name=None, **kwargs):
        """Of the n-th person."""
        return bounce(list(self.sent.values())[n], name or f"b{n}", **kwargs)

    def counted(self):
        row = sending.look(self.crier, len(self.sent))
        return row["bounced_hard"], row["bounced_soft"]

    def problem(self):
        return self.crier.json("mailbox", "show", MAILBOX)["problem"] or ""

    def rows(self, sql, *args):
        """What stands in the database."""
        db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10)
        try:
            return db.execute(sql, args).fetchall()
        finally:
            db.close()

    def names(self):
        """Of the messages that are kept, in their Message-IDs, as often as they are kept."""
        return sorted(name.split("@")[0]
                      for (name,) in self.rows("SELECT message_id FROM inbound"))

    def raw(self, name):
        """What is kept of a message, and how large it was."""
        [(raw, size)] = self.rows("SELECT raw, bytes FROM inbound JOIN inbound_raw ON inbound_id"
                                  " = id WHERE message_id LIKE ?", name + "@%")
        return raw, size

    def _send(self, sink, people):
        add_mailbox(self.crier, peers.free_port())
        sending.prepare(self.crier, sink, people)
        self.crier.run("campaign", "set", sending.CAMPAIGN, "--mailbox", MAILBOX)
        sending.start(self.crier, people)
        worker = sending.Worker(self.crier, "--role", "send")
        sending.wait_finished(self.crier, people)
        worker.terminate()
        return {row["to"]: row for row in sorted(sink.log(), key=lambda row: row["to"])}


class Role:
    """run() is one role from its beginning to its end, or to its death."""

    def __init__(self, crier):
        self.crier = crier
        self.output = ""
        self.code = None
        self.peak_kb = 0

    def run(self, call=None, when=0, env=None, codes=(0,), deadline=waiting.DEADLINE_S,
            fault="signal=KILL"):
        """Whether it came to its end; it is killed as it makes the when-th such call, or meets
        another fault there, in strace's words, or dies by what env has it run with."""
        argv = self.crier.argv("worker", "--role", "inbox", "--once")
        may_die = bool(call or env)
        env = {**self.crier.env, **(env or {})}
        if call:
            env = sending.traced_environment(env)
            argv = ["strace", "-o", "/dev/null", "-e", f"trace={call}",
                    "-e", f"inject={call}:{fault}:when={when}", *argv]
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, open(self.crier.workspace / "worker.lock", "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with theirs:
                process = subprocess.Popen(
                    [*argv, "--link", str(theirs.fileno())], stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env,
                    cwd=self.crier.home, pass_fds=[theirs.fileno(), lock.fileno()])
            teller = threading.Thread(target=_tell_secrets, args=(ours,))
            reader = threading.Thread(target=self._read, args=(process,))
            teller.start()
            reader.start()
            try:
                waiting.wait_for(lambda: self._has_ended(process), deadline,
                                 lambda: f"the role to end: {self.output[-3000:]}")
            finally:
                process.kill()
                process.wait()
                reader.join()
                teller.join()
        self.code = process.returncode
        died = self.code in (-9, 137)
        assert (died and may_die) or self.code in codes, (self.code, self.output)
        return not died

    def _has_ended(self, process):
        """Asked again and again, so that its memory is measured on the way."""
        try:
            with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
                for line in file:
                    if line.startswith("VmHWM:"):
                        self.peak_kb = int(line.split()[1])
        except OSError:
            pass
        return process.poll() is not None

    def _read(self, process):
        with process.stdout:
            self.output = process.stdout.read().decode("utf-8", "replace")


def _tell_secrets(link):
    """What the supervisor says, to each question."""
    while True:
        try:
            question = link.recv(4096)
        except OSError:
            return
        if not question:
            return
        number = question.split()[1].decode()
        try:
            link.send(f"give {number} 0 {dovecot.PASSWORD}".encode())
        except OSError:
            return
