"""A mail server that puts everybody off, and one that takes for ever: whoever waits for it is not
lost, and who goes by another one does not wait."""
import collections
import threading

import aiosmtpd.smtp
import pytest

import peers
import sending
import waiting

CONNECTIONS = 2
PEOPLE = 24


def settled(workspace):
    """Waits for a moment in which nobody is in flight; the row of status then."""
    def look():
        row = sending.look(workspace, PEOPLE)
        return row if row["in_flight"] == 0 else None
    return waiting.wait_for(look, what="nobody to be in flight")


class Unwell:
    """A rule of a Receiver: this reply until it is well again; counts how often it was said."""

    def __init__(self, reply):
        self.reply = reply
        self.said = 0
        self.is_well = threading.Event()

    def __call__(self, address, nth):
        if self.is_well.is_set():
            return None
        self.said += 1
        return self.reply


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data", "dot"])
def test_454_for_everybody(workspace, start_receiver, phase):
    """Put off, whoever it is and wherever it is said: nobody is refused, and all get theirs when
    it is over."""
    unwell = Unwell(b"454 4.3.0 Not now, anybody\r\n")
    server = start_receiver(replies={phase: unwell})
    people = sending.prepare(workspace, server, PEOPLE, CONNECTIONS)
    sending.start(workspace, PEOPLE)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: unwell.said >= 3, what="it to be said")
    row = settled(workspace)
    assert row["queued"] + row["leased"] + row["deferred"] == PEOPLE, row
    # One at the dot is counted until it is refused.
    waiting.wait_for(lambda: not server.receiver.taken, what="nobody to have it")
    if phase == "mail":  # nobody's own: the server's state
        assert {d["attempts"] for d in sending.deliveries(workspace).values()} == {0}
    unwell.is_well.set()
    workspace.run("server", "set", "main", "--connections", CONNECTIONS + 1)  # no need to wait
    sending.wait_finished(workspace, PEOPLE)
    worker.terminate()
    result = sending.account(workspace, server.receiver.taken, people).check()
    assert result.states == {"accepted": PEOPLE}


def test_454_to_the_login(workspace, start_aiosmtpd):
    """Not a wrong password: it is tried again by itself, and nobody's attempts are used up."""
    unwell = Unwell("454 4.7.0 Temporary authentication failure")
    secret = workspace.home / "secret"
    secret.write_text("p4ss\n")
    secret.chmod(0o600)

    class Handler(peers.ScriptedHandler):
        """Keeps what came; says 454 to a login as long as it is unwell."""

        async def handle_AUTH(self, server, session, envelope, args):
            return unwell(None, 0) or aiosmtpd.smtp.MISSING

    server = start_aiosmtpd(Handler(), users={"news": "p4ss"})
    people = sending.prepare(workspace, server, PEOPLE, CONNECTIONS, server=[
        "--user", "news", "--password-file", secret])
    sending.start(workspace, PEOPLE)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: unwell.said >= 2, what=lambda: f"two tries: {worker.log()}")
    assert "rests until somebody acts" not in worker.log()
    row = settled(workspace)
    assert (row["queued"] + row["leased"], row["accepted"]) == (PEOPLE, 0)
    assert {d["attempts"] for d in sending.deliveries(workspace).values()} == {0}
    unwell.is_well.set()
    sending.wait_finished(workspace, PEOPLE)
    worker.terminate()
    taken = [address for mail in server.received for address in mail.recipients]
    assert sending.account(workspace, taken, people).check().states == {"accepted": PEOPLE}


def test_a_tarpit_beside_a_fast_one(workspace, start_receiver, start_sink):
    """The one takes for ever to say yes, all of its connections are taken up by that, and
    everybody of the other campaign has theirs meanwhile."""
    tarpit = start_receiver(hold="dot")
    people = sending.prepare(workspace, tarpit, PEOPLE, CONNECTIONS)
    fast = start_sink(maildir=False)
    workspace.run("server", "add", "fast", "--host", f"{fast.host}:{fast.port}", "--security",
                  "none")
    sending.draft(workspace, "summer")
    workspace.run("campaign", "set", "summer", "--server", "fast")
    sending.start(workspace, PEOPLE)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: tarpit.receiver.held == CONNECTIONS, what="the tarpit to hold")
    sending.start(workspace, PEOPLE, "summer")
    sending.wait_finished(workspace, PEOPLE, campaign="summer")
    assert not [d for d in sending.deliveries(workspace).values() if d["state"] == "accepted"]
    assert tarpit.receiver.held == CONNECTIONS
    tarpit.receiver.release()
    sending.wait_finished(workspace, PEOPLE)
    worker.terminate()
    for campaign, taken in ((sending.CAMPAIGN, tarpit.receiver.taken),
                            ("summer", fast.taken())):
        result = sending.account(workspace, taken, people, campaign).check()
        assert result.states == {"accepted": PEOPLE}, campaign
        assert collections.Counter(taken) == collections.Counter(people)


class Going:
    """A script of RawServer: the first connections are told 421 at one place before any message,
    and closed; the others serve."""

    PLACES = ("banner", "ehlo", "auth")

    def __init__(self, place, times):
        self.place = place
        self.left = times
        self.taken = []
        self._lock = threading.Lock()

    def __call__(self, connection):
        with self._lock:
            ends_at = self.place if self.left > 0 else None
            self.left -= 1
        try:
            self._greet(connection, ends_at)
        except peers.PeerGone:
            return
        greeted = peers.Connection(connection.sock, connection.number)
        peers.smtp_session(banner=lambda c: None, after_dot=self._take)(greeted)

    def _say(self, connection, place, ends_at, reply):
        connection.send(b"421 4.3.2 Going down\r\n" if place == ends_at else reply)
        if place == ends_at:
            raise peers.PeerGone

    def _greet(self, connection, ends_at):
        self._say(connection, "banner", ends_at, b"220 mx.example.net ESMTP\r\n")
        connection.expect(b"EHLO")
        self._say(connection, "ehlo", ends_at, b"250-mx.example.net\r\n250 AUTH PLAIN\r\n")
        if len(connection.expect(b"AUTH PLAIN").split()) < 3:
            connection.send(b"334 \r\n")
            connection.line()
        self._say(connection, "auth", ends_at, b"235 2.7.0 Welcome\r\n")

    def _take(self, connection):
        self.taken.append(sending.recipient(connection))
        return b"250 2.0.0 Ok\r\n"


@pytest.mark.parametrize("place", Going.PLACES)
def test_421_before_the_first_message(workspace, start_raw, place):
    """It goes on by itself, and nobody's attempts are used up."""
    going = Going(place, 2)
    server = start_raw(going)
    secret = workspace.home / "secret"
    secret.write_text("p4ss\n")
    secret.chmod(0o600)
    people = sending.prepare(workspace, server, PEOPLE, CONNECTIONS, server=[
        "--user", "news", "--password-file", secret])
    sending.start(workspace, PEOPLE)
    worker = sending.Worker(workspace)
    sending.wait_finished(workspace, PEOPLE)
    worker.terminate()
    assert "rests until somebody acts" not in worker.log()
    result = sending.account(workspace, going.taken, people).check()
    assert result.states == {"accepted": PEOPLE}
    assert {d["attempts"] for d in sending.deliveries(workspace).values()} == {1}
