"""After a bad hour: sending again to those who were refused, and mailing again those who bounced
because a receiver was out of order."""
import pytest

import sending

pytestmark = pytest.mark.proof

NAME = sending.CAMPAIGN


def refusing(start_receiver, broken):
    """Refuses the addresses of `broken` as long as they are in it."""
    return start_receiver(replies={
        "rcpt": lambda address, nth: b"550 5.7.1 No\r\n" if address in broken else None})


def test_the_refused_get_it_after_all(workspace, start_receiver):
    broken = set()
    server = refusing(start_receiver, broken)
    people = sending.prepare(workspace, server, 6)
    broken.update(people[:3])
    sending.start(workspace, len(people))
    workspace.run("worker", "--once")
    assert sending.look(workspace, len(people))["refused"] == 3
    assert "--failed is missing" in workspace.run("campaign", "resend", NAME, exit_code=2).stderr
    broken.discard(people[0])
    workspace.run("suppress", "add", people[1])
    said = workspace.run("campaign", "resend", NAME, "--failed").stderr
    assert "3 people who were refused" in said
    row = sending.wait_finished(workspace, len(people))
    assert (row["accepted"], row["refused"], row["suppressed"]) == (4, 1, 1)
    sending.account(workspace, server.receiver.taken, people).check()
    rows = sending.deliveries(workspace)
    assert rows[people[0]]["attempts"] == 2 and rows[people[0]]["state"] == "accepted"
    # The counters by domain follow.
    domain, = workspace.json("campaign", "report", NAME)["domains"]
    assert (domain["accepted"], domain["refused"]) == (4, 1)


def test_nobody_was_refused(workspace, sink):
    people = sending.prepare(workspace, sink, 2)
    assert "draft" in workspace.run("campaign", "resend", NAME, "--failed", exit_code=1).stderr
    sending.start(workspace, len(people))
    workspace.run("worker", "--once")
    assert workspace.run("campaign", "resend", NAME, "--failed").stderr.startswith("0 people")
    assert workspace.campaign(NAME)["state"] == "finished"


def test_a_cancelled_one_sends_nothing(workspace, start_receiver):
    broken = set()
    server = refusing(start_receiver, broken)
    people = sending.prepare(workspace, server, 2)
    broken.update(people)
    sending.start(workspace, len(people))
    workspace.run("campaign", "cancel", NAME)
    assert "cancelled" in workspace.run("campaign", "resend", NAME, "--failed",
                                        exit_code=1).stderr


def test_bounces_of_a_bad_hour(workspace):
    for name, reason in (("a@broken.example", "bounced"), ("b@broken.example", "unsubscribed"),
                         ("c@fine.example", "bounced"), ("d@broken.example", "bounced")):
        workspace.run("suppress", "add", name, "--reason", reason)
    rest = ["undo", "--since", "1h", "--domain", "BROKEN.example"]
    assert "2 addresses" in workspace.run("suppress", *rest, "--dry-run").stderr
    assert len(workspace.json("suppress", "list")) == 4
    assert "2 addresses" in workspace.run("suppress", *rest).stderr
    left = {row["address"] for row in workspace.json("suppress", "list")}
    assert left == {"b@broken.example", "c@fine.example"}
    workspace.run("suppress", "undo", "--since", "2100-01-01T00:00:00Z")
    assert len(workspace.json("suppress", "list")) == 2
    assert "--since is missing" in workspace.run("suppress", "undo", exit_code=2).stderr
    # One undo brings all of them back.
    workspace.run("undo")
    assert len(workspace.json("suppress", "list")) == 4
