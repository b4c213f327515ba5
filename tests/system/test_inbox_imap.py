"""Mailboxes that are read by IMAP, by `crier mailbox read` and by the worker's inbox role: a real
Dovecot."""
import contextlib
import sqlite3
import threading

import pytest

import dovecot
import returning
import sending
import waiting

pytestmark = pytest.mark.waits

PEOPLE = 4


@pytest.fixture(scope="module", name="server")
def start_server(certificates):
    reason = dovecot.why_not("imap")
    if reason:
        pytest.skip(reason)
    server = dovecot.Dovecot(certificates)
    yield server
    server.stop()


@pytest.fixture(name="add")
def make_add(workspace, server, certificates):
    def add(*args, **kwargs):
        return returning.add_mailbox(workspace, server.ports["imaps"], certificates, *args,
                                     **kwargs)
    return add


def read(workspace, exit_code=0):
    return workspace.json("mailbox", "read", "bounces", exit_code=exit_code)


def test_a_bounce_marks_by_its_token(workspace, server, add, sink):
    add(user="marks")
    sent = returning.send_campaign(workspace, sink, PEOPLE)
    first, second, third, _ = sorted(sent)
    server.put("marks", [returning.bounce(sent[first], 1),
                         returning.bounce(sent[second], 2, "4.2.2", 452, "Mailbox full"),
                         returning.request(sink.parsed()[0], third, 3),
                         returning.letter(4)])
    report = read(workspace)
    asked = sink.parsed()[0]["To"]
    assert {key: report[key] for key in ("ok", "problem", "read", "bounces", "complaints",
                                         "unsubscribes", "others", "marked")} == {
        "ok": True, "problem": "", "read": 4, "bounces": 2, "complaints": 0, "unsubscribes": 1,
        "others": 1, "marked": 2}
    assert returning.never_mailed(workspace) == sorted([(first, "bounced"),
                                                        (asked, "unsubscribed")])
    assert returning.counters(workspace) == {"bounced_hard": 1, "bounced_soft": 1,
                                             "complained": 0, "unsubscribed": 1}
    again = read(workspace)
    assert (again["read"], again["found"]) == (0, 0)
    assert len(server.stored("marks")) == 4  # they are left there


@pytest.mark.parametrize("args, left, moved", [
    (["--after-read", "delete"], 0, 0),
    (["--after-read", "move", "--move-to", "Gelesenes für später"], 0, 3),
])
def test_what_was_read_is_put_away(workspace, server, add, args, left, moved):
    user = f"away-{args[1]}"
    add(*args, user=user)
    server.put(user, [returning.letter(n) for n in range(3)])
    assert read(workspace)["read"] == 3
    assert len(server.stored(user)) == left
    folders = [path for path in (server.folder / "mail" / user).iterdir()
               if path.name.startswith(".Gelesenes")]
    assert sum(len(list(folder.glob("[cn]*/*M*"))) for folder in folders) == moved


def test_the_same_message_twice_is_taken_once(workspace, server, add):
    add(user="twice")
    server.put("twice", [returning.letter(1), returning.letter(1)])
    report = read(workspace)
    assert (report["read"], report["read_before"], report["others"]) == (2, 1, 1)


def test_a_folder_that_is_numbered_anew(workspace, server, add, sink):
    add(user="anew")
    sent = returning.send_campaign(workspace, sink, 1)
    server.put("anew", [returning.bounce(*sent.values(), 1), returning.letter(2)])
    assert read(workspace)["read"] == 2
    before = returning.counters(workspace)
    server.renumber("anew")
    server.put("anew", [returning.letter(3)])
    report = read(workspace)
    assert (report["found"], report["read_before"], report["others"]) == (3, 2, 1)
    assert returning.counters(workspace) == before


def test_a_wrong_password_is_told_and_not_tried_again(workspace, server, add):
    add(user="locked", password="wr0ng")
    worker = sending.Worker(workspace)
    said = returning.wait_problem(workspace, "login is refused")
    assert "wr0ng" not in said
    problems = [p["text"] for p in workspace.json("status")["problems"]]
    assert any(said in text for text in problems), problems
    server.put("locked", [returning.letter(1)])
    right = workspace.home / "right"
    right.write_text(dovecot.PASSWORD + "\n")
    right.chmod(0o600)
    tries = server.log().count("auth failed")
    workspace.run("mailbox", "set", "bounces", "--password-file", right)
    worker.wait_log("1 messages read")
    assert returning.problem(workspace) == ""
    assert server.log().count("auth failed") == tries == 1
    worker.terminate()


def test_new_mail_is_seen_at_once(workspace, server, add, sink):
    """By IDLE: the next look would be an hour later."""
    add("--poll", "1h", user="idle")
    sent = returning.send_campaign(workspace, sink, 2)
    workspace.run("settings", "set", "--log-level", "debug")
    worker = sending.Worker(workspace, "--role", "inbox")
    worker.wait_log("reading -> watching")
    for number, row in enumerate(sent.values(), 1):
        server.put("idle", [returning.bounce(row, number)])
        returning.wait_counters(workspace, bounced_hard=number)
    worker.terminate()


def test_a_message_that_kills_is_kept_unread(workspace, server, add, sink):
    """What is in hand is on disk: the third death with the same one was the last."""
    add(user="kills")
    sent = returning.send_campaign(workspace, sink, 2)
    server.put("kills", [returning.bounce(row, n) for n, row in enumerate(sent.values(), 1)])
    (workspace.workspace / "inbox.guard").write_text("3 1 2")
    workspace.run("worker", "--once", "--role", "inbox")
    assert returning.counters(workspace)["bounced_hard"] == 1
    assert kept(workspace) == [("bounce", "decided"), ("other", "unknown")]


def kept(workspace):
    with contextlib.closing(sqlite3.connect(workspace.workspace / "crier.db")) as db:
        states = ("decided", "unknown", "assigned")
        return [(kind, states[state]) for kind, state in
                db.execute("SELECT kind, state FROM inbound ORDER BY id")]


# ---- scripted servers: what Dovecot does not do ---------------------------------------------


class Mail:
    """A script for peers.RawServer: an IMAP server with these messages, by UID. cut: the UID of
    the message in the middle of which it hangs up; refused: of one that it does not give."""

    def __init__(self, messages, idle=None, mode="READ-WRITE", cut=None, refused=None,
                 validity=7):
        self.messages, self.idle, self.mode = messages, idle, mode
        self.cut, self.refused, self.validity = cut, refused, validity
        self.fetched, self.commands = [], []
        self.idling = threading.Event()

    def __call__(self, connection):
        self.say = connection.send
        self.say(b"* OK ready\r\n")
        while True:
            line = connection.line()
            if not line:
                return
            tag, command, *words = line.split()
            self.commands.append(line[len(tag) + 1:].strip())
            if command.upper() == b"UID":
                command, words = words[0], words[1:]
            if self._answer(command.decode().upper(), words) is False:
                return
            self.say(tag + b" " + self.reply + b"\r\n")
            if command.upper() == b"LOGOUT":
                return

    def _answer(self, command, words):
        self.reply = b"OK done"
        return getattr(self, f"_on_{command.lower()}")(words)

    def _on_capability(self, _words):
        self.say(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR" +
                 (b" IDLE" if self.idle else b"") + b"\r\n")

    def _on_authenticate(self, _words):
        pass

    def _on_noop(self, _words):
        self.say(b"* %d EXISTS\r\n" % len(self.messages))

    def _on_idle(self, _words):
        self.idling.set()
        self.reply = self.idle

    def _on_logout(self, _words):
        self.say(b"* BYE\r\n")

    def _on_select(self, _words):
        self.say(b"* %d EXISTS\r\n* OK [UIDVALIDITY %d] x\r\n" % (
            len(self.messages), self.validity))
        self.reply = b"OK [" + self.mode.encode() + b"] x"

    def _on_search(self, _words):
        self.say(b"* SEARCH " + b" ".join(b"%d" % uid for uid in sorted(self.messages)) + b"\r\n")

    def _on_fetch(self, words):
        uid = int(words[0])
        if uid == self.refused:
            self.reply = b"NO it is not to be had"
            return None
        body = self.messages[uid].replace(b"\n", b"\r\n")
        head = b"* 1 FETCH (UID %d RFC822.SIZE %d BODY[]<0> {%d}\r\n" % (uid, len(body), len(body))
        if uid == self.cut:
            self.say(head + body[:len(body) // 2])
            return False
        self.fetched.append(uid)
        self.say(head + body + b")\r\n")
        return None


@pytest.fixture(name="serve")
def make_serve(workspace, start_raw):
    """Starts a server of that mind, and the mailbox there."""
    def serve(mail, *args):
        peer = start_raw(mail)
        returning.add_mailbox(workspace, peer.port, None, "--host", f"127.0.0.1:{peer.port}",
                              *args, security="none")
        return mail
    return serve


def letters(n):
    return {uid: returning.letter(uid) for uid in range(1, n + 1)}


def test_a_server_that_hangs_up_in_the_middle(workspace, serve):
    mail = serve(Mail(letters(4), cut=3))
    report = read(workspace, exit_code=1)
    assert (report["ok"], report["read"], mail.fetched) == (False, 3, [1, 2, 4])
    assert "in the middle" in report["problem"], report
    assert returning.problem(workspace) == report["problem"]
    mail.cut = None
    assert read(workspace)["read"] == 1
    assert mail.fetched == [1, 2, 4, 3] and returning.problem(workspace) == ""


def test_a_message_that_the_server_does_not_give(workspace, serve):
    mail = serve(Mail(letters(4), refused=2))
    report = read(workspace)
    assert (report["ok"], report["read"], mail.fetched) == (True, 3, [1, 3, 4])
    assert "it is not to be had" in report["problem"]
    mail.refused = None
    assert (read(workspace)["read"], mail.fetched) == (1, [1, 3, 4, 2])


def test_a_folder_that_can_only_be_read(workspace, serve):
    serve(Mail(letters(2), mode="READ-ONLY"), "--after-read", "delete")
    report = read(workspace)
    assert (report["ok"], report["read"]) == (True, 2) and "only be read" in report["problem"]


@pytest.mark.parametrize("idle", [None, b"BAD what is that", b"OK that was it"],
                         ids=["without", "refused", "ended"])
def test_a_server_without_idle_is_asked_again(workspace, serve, idle):
    mail = serve(Mail(letters(1), idle=idle), "--poll", "1s")
    workspace.run("settings", "set", "--log-level", "debug")
    worker = sending.Worker(workspace, "--role", "inbox")
    worker.wait_log("reading -> watching")
    mail.messages[2] = returning.letter(2)
    waiting.wait_for(lambda: mail.fetched == [1, 2], what=lambda: f"the second: {mail.commands}")
    worker.terminate()
    assert mail.commands.count(b"IDLE") < 10 and mail.fetched == [1, 2]
