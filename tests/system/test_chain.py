"""Chained messages: the next envelope leaves with the dot of the one before. Nobody lost,
nobody twice, whatever the server does to the one or the other."""
import pytest

import sending
import waiting

pytestmark = pytest.mark.proof

PIPELINING = (b"PIPELINING",)
# Each at a domain of their own: one that asks for less gets its mail so slowly that the rest of
# the campaign would wait for that, and have no trouble but that.
PEOPLE = [f"p{i:05d}@d{i}.example.net" for i in range(80)]
CONNECTIONS = 3

# Each meets chained and first messages alike; who is met is chosen by the address.
TROUBLE = {
    "drop after the dot": "at dot once share 15 drop-after-dot",
    "drop before the dot": "at dot once share 15 drop-before-dot",
    "421 to MAIL": "at mail every 7 code421",
    "421 to DATA": "at data once share 15 code421",
    "close behind the final reply": "at dot every 5 close",
    "refused RCPT": "at rcpt share 15 refuse 550 5.1.1 Nobody",
    "everything": """at rcpt share 5 refuse 550 5.1.1 Nobody
at rcpt once share 15 code421
at data once share 25 defer 451 4.3.0 Later
at dot once share 10 drop-after-dot
at dot every 9 close""",
}


@pytest.mark.parametrize("script", TROUBLE.values(), ids=TROUBLE)
def test_nobody_lost_nobody_twice(workspace, start_sink, script):
    sink = start_sink(maildir=False, script=script + "\n")
    people = sending.prepare(workspace, sink, PEOPLE, CONNECTIONS)
    sending.start(workspace, len(people), background=True)
    row = sending.wait_finished(workspace, len(people))
    account = sending.account(workspace, sink.taken(), people).check()
    # Those, and only those, whose final reply never came: never the one chained behind.
    assert account.uncertain == {r["to"] for r in sink.log()
                                 if r["phase"] == "dot" and r["code"] == 0}, row
    assert row["accepted"] + row["refused"] == len(people) - len(account.uncertain)
    assert (row["refused"] > 0) == ("refuse" in script)


WINDOW_TROUBLE = ("drop after the dot", "421 to MAIL", "refused RCPT", "everything")


@pytest.mark.parametrize("script", [TROUBLE[name] for name in WINDOW_TROUBLE],
                         ids=WINDOW_TROUBLE)
def test_nobody_lost_nobody_twice_by_bdat(workspace, start_sink, script):
    """With four in flight those behind a lost one are uncertain, too, and nobody else."""
    sink = start_sink(maildir=False, script=script + "\n")
    people = sending.prepare(workspace, sink, PEOPLE, CONNECTIONS, server=["--window", "4"])
    sending.start(workspace, len(people), background=True)
    row = sending.wait_finished(workspace, len(people))
    account = sending.account(workspace, sink.taken(), people).check()
    assert {r["to"] for r in sink.log() if r["phase"] == "dot" and r["code"] == 0} \
        <= account.uncertain, row
    assert row["accepted"] + row["refused"] == len(people) - len(account.uncertain)
    assert (row["refused"] > 0) == ("refuse" in script)
    if "refuse 550" in script and "drop" not in script:
        assert not account.uncertain


@pytest.mark.parametrize("announced", [PIPELINING, (b"CHUNKING",)], ids=["PIPELINING", "CHUNKING"])
def test_no_window_by_half(workspace, start_receiver, announced):
    """A server that announces but one of the two gets one message at a time, by DATA."""
    server = start_receiver(hold="dot", capabilities=announced)
    people = sending.prepare(workspace, server, 6, connections=1, server=["--window", "8"])
    sending.start(workspace, len(people), background=True)
    waiting.wait_for(lambda: server.receiver.held == 1, what="a final reply that waits")
    server.receiver.release()
    row = sending.wait_finished(workspace, len(people))
    assert row["accepted"] == len(people)
    sending.account(workspace, server.receiver.taken, people).check()


def test_a_pause_keeps_back_the_chained_one(workspace, start_receiver):
    """Its envelope left with the dot of the first, which keeps its final reply."""
    server = start_receiver(hold="dot", capabilities=PIPELINING)
    people = sending.prepare(workspace, server, 6, connections=1)
    sending.start(workspace, len(people), background=True)
    waiting.wait_for(lambda: server.receiver.held == 1, what="a final reply that waits")
    workspace.run("campaign", "pause", sending.CAMPAIGN)
    server.receiver.release()
    waiting.wait_for(lambda: sending.look(workspace, len(people))["accepted"] == 1,
                     what="the final reply of the first")
    # It was asked about the second, on the same connection, and got no end of data.
    waiting.wait_for(lambda: server.receiver.count("data") == 2, what="the chained envelope")
    assert server.receiver.count("dot") == 1
    assert len(server.connections) == 1
    workspace.run("campaign", "resume", sending.CAMPAIGN)
    row = sending.wait_finished(workspace, len(people))
    assert row["accepted"] == len(people)
    sending.account(workspace, server.receiver.taken, people).check()
    assert {d["attempts"] for d in sending.deliveries(workspace).values()} == {1}


def test_messages_a_connection_are_kept_to(workspace, start_receiver):
    server = start_receiver(capabilities=PIPELINING)
    people = sending.prepare(workspace, server, 12, connections=1,
                             server=["--messages-per-connection", "3"])
    sending.start(workspace, len(people), background=True)
    row = sending.wait_finished(workspace, len(people))
    assert row["accepted"] == len(people)
    assert len(server.connections) == 4
