"""Refusals that are a matter of our own outgoing server, not of a receiver's."""
import re

import sending
import waiting

from test_own_faults_rest import Moody, prepare, problems

BLOCKED = "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org"


def test_what_our_own_server_says_rests_the_server(workspace, start_receiver):
    people = sending.addresses(6)
    server = start_receiver(replies={
        "rcpt": lambda _address, _nth: b"554 5.7.1 Relay access denied\r\n"})
    sending.prepare(workspace, server, people, connections=1)
    sending.start(workspace, len(people))
    worker = sending.Worker(workspace)
    problem, = waiting.wait_for(lambda: problems(workspace, "server"), what="the server to rest")
    assert "Relay access denied" in problem["text"] and not problems(workspace)
    assert server.receiver.count("rcpt") == 1
    waiting.wait_for(lambda: sending.look(workspace, len(people))["queued"] == len(people),
                     what="all of them to be queued again")
    worker.terminate()


def test_refused_by_everybody_is_the_server(workspace, start_receiver):
    people = [f"someone@d{i}.example.net" for i in range(8)]
    mood = Moody(lambda _address, _nth: True, BLOCKED.encode() + b"\r\n")
    server = prepare(workspace, start_receiver, mood, people, retry_s=2)
    worker = sending.Worker(workspace)
    worker.wait_log(r"server main: 5 receivers in a row refuse us \(blocklist\): " +
                    re.escape(BLOCKED))
    mood.refuses = None
    sending.wait_finished(workspace, len(people))
    worker.terminate()
    sending.account(workspace, server.receiver.taken, people).check()
