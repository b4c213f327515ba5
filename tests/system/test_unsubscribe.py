"""Requests to unsubscribe, acted on by hand."""
import re

import pytest

from test_envelope import PLACEHOLDER, add_mailbox, prepare, send


def unsubscribe_address(sink):
    return re.sub(r"\s+", "", sink.parsed()[0]["List-Unsubscribe"])[1:-1]


@pytest.mark.parametrize("campaign", [["--mailbox", "bounces"],
                                      ["--from", '"news..letter"@example.org']])
@pytest.mark.parametrize("shape", [
    lambda uri: uri,
    lambda uri: re.search(PLACEHOLDER, uri).group().upper(),
    lambda uri: uri.removeprefix("mailto:").replace("?subject=", " ").replace("%20", " "),
])
def test_a_request_is_acted_on_by_its_token(workspace, sink, campaign, shape):
    add_mailbox(workspace)
    prepare(workspace, sink, campaign=campaign)
    send(workspace)
    text = shape(unsubscribe_address(sink))
    said = workspace.run("suppress", "token", text, "--evidence", "mail of Monday").stderr
    assert "ann@example.net" in said and "members" in said
    row, = workspace.json("suppress", "list")
    assert (row["address"], row["list"], row["reason"]) == ("ann@example.net", "members",
                                                            "unsubscribed")
    assert "spring" in row["evidence"] and "mail of Monday" in row["evidence"]
    assert "already" in workspace.run("suppress", "token", text).stderr
    assert len(workspace.json("suppress", "list")) == 1


def test_a_request_follows_the_person_to_a_new_address(workspace, sink):
    prepare(workspace, sink)
    send(workspace)
    workspace.run("people", "set", "ann@example.net", "--address", "ann@example.com")
    workspace.run("suppress", "token", unsubscribe_address(sink))
    assert sorted(row["address"] for row in workspace.json("suppress", "list")) == [
        "ann@example.com", "ann@example.net"]


def test_the_lists_of_a_request_may_be_gone(workspace, sink):
    prepare(workspace, sink)
    send(workspace)
    workspace.run("list", "delete", "members")
    workspace.run("bin", "empty", "--yes", 1)
    workspace.run("suppress", "token", unsubscribe_address(sink))
    assert [row["list"] for row in workspace.json("suppress", "list")] == [None]


def test_what_is_no_request_changes_nothing(workspace, sink):
    add_mailbox(workspace)
    prepare(workspace, sink, campaign=["--mailbox", "bounces"])
    send(workspace)
    token = re.search(PLACEHOLDER, unsubscribe_address(sink)).group()
    forged = token[:-1] + ("a" if token[-1] != "a" else "b")
    preview = re.search(r"bounce\+u-(" + PLACEHOLDER + ")", workspace.run(
        "campaign", "preview", "spring", "--part", "source").stdout).group(1)
    for text, message in ((forged, "no token of this workspace"), ("", "no token"),
                          ("x" * 5000, "no token"), (sink.log()[0]["from"], "bounces"),
                          (sink.log()[0]["envid"], "message"), (preview, "preview")):
        assert message in workspace.run("suppress", "token", text, exit_code=1).stderr
    assert workspace.json("suppress", "list") == []
