"""A window of messages in flight on a connection, by BDAT: deaths of the worker, refusals and
breaks in the middle of it. Nobody lost, nobody twice, and no more are uncertain than were in
flight."""
import pytest

import killing
import sending
import steps
import test_crash

WINDOW = 8

# ---- a death at every step ---------------------------------------------------------------

# Two connections would share out so few people that no window is full.
CALLS = [("write", 1), ("sendto", 1), ("recvfrom", 2), ("fdatasync", 2)]


@pytest.fixture
def the_steps(workspace, start_sink):
    reason = sending.why_no_strace()
    if reason:
        pytest.skip(reason)
    sink = start_sink(maildir=False, script=steps.SCRIPT)
    return steps.Steps(workspace, sink, people=20, connections=1, window=WINDOW)


@pytest.mark.parametrize("call, stride", CALLS, ids=[call for call, _ in CALLS])
def test_the_role_dies_at_every_step(the_steps, call, stride):
    test_crash.die_at_every_step(the_steps, the_steps.run_role, call, stride)


# ---- deaths at random --------------------------------------------------------------------

KILLS = 200 if test_crash.IS_LONG else 20
PEOPLE = 20000 if test_crash.IS_LONG else 3000
CONNECTIONS = 4
# Every message takes a moment, so that a kill meets whole windows in flight.
SCRIPT = """rcpt p*055@example.net refuse 550 5.1.1 Nobody here
at dot share 100 delay 2
at dot share 0.1 half-reply
at dot share 0.1 drop-after-dot
"""


def test_random_kills(workspace, start_sink):
    sink = start_sink(script=SCRIPT, maildir=False)
    people = sending.prepare(workspace, sink, PEOPLE, CONNECTIONS,
                             server=["--window", WINDOW, "--reply-timeout", "2"])
    sending.start(workspace, len(people))
    run = killing.Killing(workspace, sink, people, KILLS)
    run.run()
    sending.wait_finished(workspace, len(people))
    run.worker.terminate()
    result = sending.account(workspace, sink.taken(), people)
    kills = sum(run.kills.values())
    unanswered = {row["to"] for row in sink.log() if row["taken"] and row["code"] == 0}
    print(f"\nkills {kills}, people {len(people)}, {result}, of which {len(unanswered)} had no "
          "whole reply")
    result.check()
    assert kills >= KILLS // 2
    assert unanswered <= result.uncertain
    assert len(result.uncertain) <= WINDOW * (CONNECTIONS * kills + len(unanswered))
    refused = {p for p, row in sending.deliveries(workspace).items() if row["state"] == "refused"}
    assert refused | result.uncertain >= {p for p in people if p.endswith("055@example.net")}


# ---- trouble in the middle of a window ---------------------------------------------------

FEW = 40


def send(workspace, start_sink, script):
    """One connection; what became of each, by address, and who was uncertain."""
    sink = start_sink(maildir=False, script=script)
    people = sending.prepare(workspace, sink, FEW, 1, server=["--window", WINDOW])
    sending.start(workspace, FEW, background=True)
    row = sending.wait_finished(workspace, FEW)
    return row, sending.account(workspace, sink.taken(), people).check()


def test_a_refusal_in_the_middle(workspace, start_sink):
    """Those before and behind it are taken on the same connection."""
    row, account = send(workspace, start_sink,
                        "rcpt p00003@* refuse 550 5.1.1 Nobody\n"
                        "at dot rcpt p00012@* refuse 554 5.6.0 Not this\n"
                        "at mail nth 20 defer 451 4.3.0 Later\n")
    assert (row["accepted"], row["refused"]) == (FEW - 2, 2)
    assert not account.uncertain
    attempts = [d["attempts"] for d in sending.deliveries(workspace).values()]
    assert max(attempts) <= 2


@pytest.mark.parametrize("action", ["421 at MAIL", "421 at the dot", "drop-after-dot",
                                    "drop-before-dot", "close behind the reply"])
def test_an_end_in_the_middle(workspace, start_sink, action):
    """Those whose reply came are settled; of the others at most a window is uncertain."""
    script = {"421 at MAIL": "at mail nth 12 code421", "421 at the dot": "at dot nth 12 code421",
              "drop-after-dot": "at dot nth 12 drop-after-dot",
              "drop-before-dot": "at dot nth 12 drop-before-dot",
              "close behind the reply": "at dot nth 12 close"}[action]
    row, account = send(workspace, start_sink, script + "\n")
    assert row["accepted"] + len(account.uncertain) == FEW
    assert len(account.uncertain) <= WINDOW
    if action == "drop-after-dot":
        assert account.uncertain
