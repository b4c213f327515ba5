"""A server that falls silent, phase by phase: its timer ends the wait, and everybody's state is as
certain as it can be. CRIER_TIMERS shortens the phase under test; all others keep the RFC's minutes,
so that none of them can be what ended it. Beginning and end of a session: test_timers_ends.py."""
import pytest

import sending
import waiting
from silence import Silence, send

pytestmark = pytest.mark.waits

PIPELINING = (b"PIPELINING",)


@pytest.mark.parametrize("phase, words, capabilities", (
    ("mail", "MAIL FROM", ()), ("rcpt", "RCPT TO", PIPELINING), ("data", "DATA", ())))
def test_before_the_dot_nobody_is_lost(workspace, start_receiver, phase, words, capabilities):
    silence = Silence()
    server = start_receiver(replies={phase: silence.first}, capabilities=capabilities)
    people, worker = send(workspace, server, phase)
    worker.wait_log(f"no answer to {words} within 1 s")
    assert silence.over.wait(waiting.DEADLINE_S)
    row = sending.wait_finished(workspace, len(people))
    assert row["accepted"] == len(people)
    # It was no attempt of anybody.
    assert {d["attempts"] for d in sending.deliveries(workspace).values()} == {1}


def test_no_final_reply_is_uncertain(workspace, start_receiver):
    silence = Silence()
    server = start_receiver(replies={"dot": silence.first}, capabilities=PIPELINING)
    people, worker = send(workspace, server, "dot")
    worker.wait_log("no answer to end of data within 1 s")
    assert silence.over.wait(waiting.DEADLINE_S)
    row = sending.wait_finished(workspace, len(people))
    assert (row["accepted"], row["uncertain"]) == (len(people) - 1, 1)
