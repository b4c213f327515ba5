"""What a mail server can do wrong while a campaign goes out, and what becomes of everybody."""
import pytest

import peers
import sending
import waiting

pytestmark = pytest.mark.proof

CONNECTIONS = 2
PEOPLE = 8


def first(*, n=1, reply):
    """A rule of a Receiver: the first n events get this reply."""
    return lambda address, nth: reply if nth < n else None


def send(workspace, server, people=PEOPLE, connections=CONNECTIONS):
    """A campaign to its end by a worker in the background; its row and its account."""
    people = sending.prepare(workspace, server, people, connections)
    sending.start(workspace, len(people), background=True)
    row = sending.wait_finished(workspace, len(people))
    return row, sending.account(workspace, server.receiver.taken, people).check()


def and_close(data):
    """A reply, and then the end of the connection."""
    def script(connection):
        connection.send(data)
        raise peers.PeerGone
    return script


def reset(connection):
    connection.reset()


# ---- a connection that breaks, replies that are none -------------------------------------

BROKEN = {
    "closed": sending.close,
    "reset": reset,
    "a digit": and_close(b"2"),
    "no line end": and_close(b"250 2.0.0"),
    "half a reply": and_close(b"250-2.0.0 Ok\r\n"),
    "control characters": and_close(b"\x00\x01\x02 what\r\n"),
    "http": and_close(b"HTTP/1.1 200 OK\r\n\r\n"),
    "a long line": and_close(b"250 " + b"x" * 9000 + b"\r\n"),
    "another code": and_close(b"999 What\r\n"),
}


def spoil(rules):
    """(people, those who are spoiled, rule): each of rules is the reply to one person, once. Four others go before each of them, so that its connection was in use."""
    people = [f"p{i:02d}.{k}@example.net" for i in range(len(rules)) for k in range(5)]
    spoiled = dict(zip(people[4::5], rules))
    seen = set()

    def decide(address, nth):
        if address in seen or address not in spoiled:
            return None
        seen.add(address)
        return spoiled[address]
    return people, spoiled, decide


def test_without_a_whole_final_reply_it_is_uncertain(workspace, start_receiver):
    """Also where it stays open: what comes later is never taken for another one's reply."""
    rules = [*BROKEN.values(), lambda c: c.send(b"354 Go on\r\n") or None,
             lambda c: c.send(b"\x15\x03 what\r\n250 2.0.0 Ok\r\n") or None]
    people, spoiled, decide = spoil(rules)
    server = start_receiver(replies={"dot": decide})
    row, account = send(workspace, server, people)
    assert account.uncertain == set(spoiled), row
    assert row["accepted"] == len(people) - len(spoiled)
    assert {d["attempts"] for d in sending.deliveries(workspace).values()} == {1}


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
def test_broken_before_the_dot_is_sent_again(workspace, start_receiver, phase):
    """Certain that it did not go, whoever breaks off how: it is no attempt of the person."""
    people, spoiled, decide = spoil([*BROKEN.values(), and_close(b"421 4.3.2 Going down\r\n")])
    if phase == "mail":  # nobody has been named then
        rules = dict(enumerate(spoiled.values()))
        server = start_receiver(replies={
            phase: lambda address, nth: rules.get(nth // 5) if nth % 5 == 4 else None})
    else:
        server = start_receiver(replies={phase: decide})
    row, _ = send(workspace, server, people)
    assert row["accepted"] == len(people), row
    assert {d["attempts"] for d in sending.deliveries(workspace).values()} == {1}


def test_421_after_the_dot(workspace, start_receiver):
    """A whole reply: the message was not taken, and is sent again."""
    server = start_receiver(replies={
        "dot": first(n=2, reply=lambda connection: b"421 4.3.2 Going down\r\n")})
    row, _ = send(workspace, server)
    assert (row["accepted"], row["uncertain"]) == (PEOPLE, 0)


def test_closed_after_every_reply(workspace, start_receiver):
    server = start_receiver(replies={
        "dot": lambda address, nth: and_close(b"250 2.0.0 Ok\r\n")})
    row, _ = send(workspace, server)
    assert (row["accepted"], row["uncertain"]) == (PEOPLE, 0)
    assert len(server.connections) >= PEOPLE


@pytest.mark.parametrize("script", [
    peers.silent, peers.says(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    peers.says(b"554 5.3.2 No mail here\r\n"), peers.says(b"421 4.3.2 Busy\r\n")],
    ids=["silent", "http", "554", "421"])
def test_no_server_at_all_uses_up_nobody(workspace, start_raw, script):
    """A banner that is none: everyone stays queued, the status says why, nobody is tried."""
    server = start_raw(script)
    sending.prepare(workspace, server, PEOPLE, CONNECTIONS)
    sending.start(workspace, PEOPLE, background=True)
    waiting.wait_for(lambda: server.connections, what="a connection")
    if script is not peers.silent:
        waiting.wait_for(lambda: any(p["kind"] == "server" and p["name"] == "main"
                                     for p in workspace.status()["problems"]),
                         what=lambda: f"a problem in {workspace.status()}")
    row = waiting.wait_for(
        lambda: (row := sending.look(workspace, PEOPLE))["queued"] + row["leased"] == PEOPLE
        and row, what="everyone to be queued")
    assert (row["state"], row["accepted"], row["in_flight"]) == ("sending", 0, 0)
    assert all(d["attempts"] == 0 for d in sending.deliveries(workspace).values())


# ---- refusals and greylists --------------------------------------------------------------


def test_a_refusal_keeps_the_connection(workspace, start_receiver):
    server = start_receiver(replies={
        "rcpt": lambda address, nth: b"550 5.1.1 Nobody here\r\n" if nth % 2 else None})
    row, _ = send(workspace, server, 40)
    assert (row["accepted"], row["refused"]) == (20, 20)
    assert len(server.connections) == CONNECTIONS
    refused = [d for d in sending.deliveries(workspace).values() if d["state"] == "refused"]
    assert {(d["code"], d["enhanced"], d["reply"], d["server"], d["attempts"])
            for d in refused} == {(550, "5.1.1", "Nobody here", "main", 1)}


@pytest.mark.parametrize("capabilities", [(), (b"PIPELINING",)], ids=["lockstep", "pipelined"])
@pytest.mark.parametrize("phase", ["rcpt", "data", "dot"])
def test_each_kind_of_refusal(workspace, start_receiver, phase, capabilities):
    server = start_receiver(capabilities=capabilities, replies={
        phase: first(n=3, reply=b"554 5.6.0 Not this\r\n")})
    row, _ = send(workspace, server)
    assert (row["accepted"], row["refused"]) == (PEOPLE - 3, 3)
    assert len(server.connections) == CONNECTIONS


def test_a_greylist_lets_everyone_in_at_last(workspace, start_receiver):
    seen = set()

    def greylist(address, nth):
        is_new = address not in seen
        seen.add(address)
        return b"450 4.7.1 Greylisted\r\n" if is_new else None

    server = start_receiver(replies={"rcpt": greylist})
    row, _ = send(workspace, server)
    assert row["accepted"] == PEOPLE
    assert {d["attempts"] for d in sending.deliveries(workspace).values()} == {2}


def test_who_is_put_off_for_ever_is_given_up(workspace, start_receiver):
    server = start_receiver(replies={
        "rcpt": lambda address, nth: b"452 4.2.2 Mailbox full\r\n"})
    # A minute at most: the first wait of 70 s already is too long.
    people = sending.prepare(workspace, server, 4, CONNECTIONS, retry_s=70)
    workspace.run("campaign", "set", sending.CAMPAIGN, "--give-up", "1m")
    sending.start(workspace, len(people), background=True)
    row = sending.wait_finished(workspace, len(people))
    assert row["refused"] == 4 and not server.receiver.taken
    for delivery in sending.deliveries(workspace).values():
        assert delivery["reply"].startswith("expired: ") and "Mailbox full" in delivery["reply"]
        assert delivery["code"] == 452 and delivery["attempts"] == 1


# ---- the password ------------------------------------------------------------------------


class Logins:
    """Takes AUTH PLAIN with one password; counts the tries."""

    def __init__(self):
        self.tries = 0
        self.receiver = sending.Receiver()

    def script(self, connection):
        connection.send(b"220 mx.example.net ESMTP\r\n")
        while True:
            line = connection.line().upper()
            if line.startswith(b"EHLO"):
                connection.send(b"250-mx.example.net\r\n250 AUTH PLAIN\r\n")
            elif line.startswith(b"AUTH PLAIN"):
                self.tries += 1
                word = connection.lines[-1].split()[2:] or [self._ask(connection)]
                if word[0] == b"AG5ld3MAcmlnaHQ=":  # \0news\0right
                    break
                connection.send(b"535 5.7.8 Wrong password\r\n")
            elif line.startswith(b"QUIT"):
                connection.send(b"221 2.0.0 Bye\r\n")
                return
            else:
                connection.send(b"530 5.7.0 Log in first\r\n")
        connection.send(b"235 2.7.0 Welcome\r\n")
        self._session(connection)

    def _ask(self, connection):
        connection.send(b"334 \r\n")
        return connection.line()

    def _session(self, connection):
        # The banner and EHLO are over.
        greeted = peers.Connection(connection.sock, connection.number)
        greeted._buffer = connection._buffer
        peers.smtp_session(banner=lambda c: None, after_dot=self._taken)(greeted)

    def _taken(self, connection):
        self.receiver.taken.append(sending.recipient(connection))
        return b"250 2.0.0 Ok\r\n"


def test_a_wrong_password_is_tried_once(workspace, start_raw):
    logins = Logins()
    server = start_raw(logins.script)
    secret = workspace.home / "password"
    secret.write_text("wrong\n")
    secret.chmod(0o600)
    people = sending.prepare(workspace, server, PEOPLE, CONNECTIONS, server=[
        "--user", "news", "--password-file", secret])
    sending.start(workspace, PEOPLE, background=True)

    def problem():
        texts = [p["text"] for p in workspace.status()["problems"] if p["kind"] == "server"]
        return texts[0] if texts else None
    text = waiting.wait_for(problem, what="the server's problem in status")
    assert "535" in text or "password" in text or "login" in text, text
    assert "wrong" not in text.replace("Wrong password", "")
    # It must not come back by itself, nor try on other connections meanwhile.
    wait_beats(workspace, 4)
    assert logins.tries == 1
    row = sending.look(workspace, PEOPLE)
    assert (row["queued"], row["accepted"]) == (PEOPLE, 0)
    secret.write_text("right\n")
    workspace.run("server", "set", "main", "--password-file", secret)
    sending.wait_finished(workspace, PEOPLE)
    assert sending.account(workspace, logins.receiver.taken, people).check().states == {
        "accepted": PEOPLE}
    assert not workspace.status()["problems"]


def wait_beats(workspace, n):
    """Until the worker's processes have written n heartbeats; each has one a second."""
    path = workspace.workspace / "crier.db-wal"
    for _ in range(n):
        before = path.stat().st_mtime_ns
        waiting.wait_for(lambda: path.stat().st_mtime_ns != before, what="a heartbeat")
