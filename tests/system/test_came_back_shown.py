"""What came back of a campaign, as the verbs show it: a real Dovecot, read once, and then status,
campaign deliveries, people show and people export.
"""
import json

import pytest

import dovecot
import returning

PEOPLE = 5


@pytest.fixture(scope="module", name="server")
def start_server(certificates):
    reason = dovecot.why_not("imap")
    if reason:
        pytest.skip(reason)
    server = dovecot.Dovecot(certificates)
    yield server
    server.stop()


@pytest.fixture(name="who")
def send_and_read(workspace, server, certificates, sink):
    """Who bounced hard, who softly, who left, and somebody of whom nothing came back."""
    returning.add_mailbox(workspace, server.ports["imaps"], certificates, user="shown")
    sent = returning.send_campaign(workspace, sink, PEOPLE)
    leaves = str(sink.parsed()[0]["To"])
    hard, soft, silent, *_ = (to for to in sorted(sent) if to != leaves)
    server.put("shown", [
        returning.bounce(sent[hard], 1),
        returning.bounce(sent[soft], 2, "4.2.2", 452, "Mailbox full"),
        returning.request(sink.parsed()[0], leaves, 3)])
    assert workspace.json("mailbox", "read", "bounces")["read"] == 3
    return {"hard": hard, "soft": soft, "left": leaves, "silent": silent}


def test_as_the_verbs_show_it(workspace, who):
    _status(workspace)
    _deliveries(workspace, who)
    _people(workspace, who)


def _status(workspace):
    status = workspace.json("status")
    mailbox, = status["mailboxes"]
    assert (mailbox["name"], mailbox["state"], mailbox["n_read"], mailbox["problem"]) == (
        "bounces", "read", 3, None)
    assert mailbox["last_read"]
    campaign, = status["campaigns"]
    assert [campaign[key] for key in ("bounced_hard", "bounced_soft", "complained",
                                      "unsubscribed")] == [1, 1, 0, 1]
    text = workspace.run("status").stdout
    assert "bounced hard 1, bounced soft 1, complained 0, unsubscribed 1." in text
    assert "bounces was last read at" in text and "3 messages so far" in text
    assert "no worker runs, so nobody reads what comes back" in text


def _deliveries(workspace, who):
    for state, key in (("bounced_hard", "hard"), ("bounced_soft", "soft"),
                       ("unsubscribed", "left")):
        rows = workspace.json("campaign", "deliveries", "spring", "--state", state)
        assert [row["address"] for row in rows] == [who[key]]
    assert workspace.json("campaign", "deliveries", "spring", "--state", "complained") == []
    assert "bounced_soft" in workspace.run("campaign", "deliveries", "spring", "--state", "bounced",
                                           exit_code=2).stderr


def _people(workspace, who):
    hard = workspace.json("people", "show", who["hard"])
    said, = hard["came_back"]
    assert (said["kind"], said["class"], said["reason"], said["status"], said["campaign"]) == (
        "bounce", "hard", "user-unknown", "5.1.1", "spring")
    assert said["why"] == "There is no such mailbox." and said["effects"] == ["hard", "suppressed"]
    assert "Undelivered Mail Returned to Sender" in said["evidence"]
    assert f"message #{said['message']}," in hard["suppressions"][0]["evidence"]
    soft = workspace.json("people", "show", who["soft"])
    assert (soft["soft_in_a_row"], soft["soft_most"], soft["suppressions"]) == (1, 5, [])
    assert "Soft bounces in a row: 1; after 5" in workspace.run("people", "show",
                                                                who["soft"]).stdout
    left = workspace.json("people", "show", who["left"])
    assert [each["kind"] for each in left["came_back"]] == ["unsubscribe"]
    assert workspace.json("people", "show", who["silent"])["came_back"] == []
    exported = json.loads(workspace.run("people", "export", who["hard"]).stdout)
    assert exported["came_back"] == hard["came_back"]
