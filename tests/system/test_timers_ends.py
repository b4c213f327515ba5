"""A server that falls silent at the beginning of a session, between messages, in the middle of one,
at its end: see test_timers.py."""
import pytest

import peers
import sending
import waiting
from silence import Silence, send

pytestmark = pytest.mark.waits

NAME = sending.CAMPAIGN


def test_the_final_reply_of_bdat(workspace, start_raw):
    """All that are in flight are uncertain, nobody else."""
    silence = Silence()

    def script(connection):
        connection.send(b"220 mx.example.net ESMTP\r\n")
        connection.line()
        connection.send(b"250-mx.example.net\r\n250-PIPELINING\r\n250 CHUNKING\r\n")
        connection.line()
        connection.send(b"250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n")
        silence(connection)

    server = start_raw(script)
    workspace.env["CRIER_TIMERS"] = "dot=1"
    sending.prepare(workspace, server, 1, 1, server=("--window", 4))
    sending.start(workspace, 1)
    sending.Worker(workspace)
    assert silence.over.wait(waiting.DEADLINE_S)
    assert sending.wait_finished(workspace, 1)["uncertain"] == 1


@pytest.mark.parametrize("greets", (False, True), ids=("banner", "ehlo"))
def test_no_greeting(workspace, start_raw, greets):
    silence = Silence()

    def script(connection):
        if greets:
            connection.send(b"220 mx.example.net ESMTP\r\n")
        silence(connection)

    people, worker = send(workspace, start_raw(script), "greeting")
    assert silence.over.wait(waiting.DEADLINE_S)
    worker.wait_log("not ready within 1 s" if greets else "no greeting within 1 s")
    row = waiting.wait_for(
        lambda: (row := sending.look(workspace, len(people)))["queued"] == len(people) and row,
        what="everybody to be queued")
    assert row["state"] == "sending"
    assert {d["attempts"] for d in sending.deliveries(workspace).values()} == {0}


def test_after_a_refusal(workspace, start_raw):
    """RSET is not answered: who was refused stays so, the next one goes by another connection."""
    silence = Silence()
    refused = []
    taken = []

    def rcpt(connection):
        if refused:
            return b"250 2.1.5 Ok\r\n"
        refused.append(sending.recipient(connection))
        return b"550 5.1.1 No such user\r\n"

    def dot(connection):
        taken.append(sending.recipient(connection))
        return b"250 2.0.0 Ok\r\n"

    server = start_raw(peers.smtp_session(rcpt=rcpt, after_dot=dot, rset=silence))
    people, worker = send(workspace, server, "rset")
    worker.wait_log("no answer to RSET within 1 s")
    assert silence.over.wait(waiting.DEADLINE_S)
    row = sending.wait_finished(workspace, len(people))
    assert (row["accepted"], row["refused"]) == (1, 1)
    assert sorted(refused + taken) == people


def test_in_the_middle_of_a_body(workspace, start_raw):
    """The server stops reading: the message can still be cut for certain."""
    silence = Silence()
    taken = []

    def data(connection):
        """354, and not one byte is read until crier has given up."""
        if silence.first():
            connection.send(b"354 Go on\r\n")
            path = workspace.home / "worker.out"
            waiting.wait_for(lambda: "took nothing of the message" in path.read_text(
                errors="replace"), what="crier to give up")
            silence.over.set()
            raise peers.PeerGone
        return b"354 Go on\r\n"

    def dot(connection):
        taken.append(sending.recipient(connection))
        return b"250 2.0.0 Ok\r\n"

    server = start_raw(peers.smtp_session(data=data, after_dot=dot))
    workspace.env["CRIER_TIMERS"] = "block=1"
    workspace.run("settings", "set", "--log-level", "debug")
    people = sending.prepare(workspace, server, 1, 1)
    folder = workspace.home / NAME
    (folder / "large.bin").write_bytes(bytes(range(256)) * 40000)
    config = (folder / "campaign.cfg").read_text()
    (folder / "campaign.cfg").write_text(config.replace(
        "text_file", 'attachments = ( { file = "large.bin"; } );\n  text_file'))
    workspace.run("apply", folder)
    sending.start(workspace, 1)
    worker = sending.Worker(workspace)
    worker.wait_log("the server took nothing of the message for 1 s")
    assert silence.over.wait(waiting.DEADLINE_S)
    row = sending.wait_finished(workspace, 1)
    assert (row["accepted"], row["uncertain"]) == (1, 0) and taken == people


def test_no_goodbye(workspace, start_raw):
    """QUIT is not answered: the worker ends all the same."""
    silence = Silence()
    server = start_raw(peers.smtp_session(quit_=silence))
    send(workspace, server, "quit")
    assert silence.over.wait(waiting.DEADLINE_S)
    assert sending.wait_finished(workspace, 2)["accepted"] == 2


def test_what_is_no_timer_is_told(workspace, sink):
    workspace.env["CRIER_TIMERS"] = "post=1"
    sending.prepare(workspace, sink, 1)
    sending.start(workspace, 1)
    assert "'post=1' is no PHASE=SECONDS" in workspace.run("worker", "--once").stderr
    assert workspace.campaign(NAME)["accepted"] == 1
