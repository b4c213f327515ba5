"""crier campaign explain: why it is not out yet."""
import sending
import waiting


def reasons(workspace, *args):
    return workspace.json("campaign", "explain", sending.CAMPAIGN, *args)["reasons"]


def test_before_it_is_started(workspace, sink):
    people = sending.prepare(workspace, sink, 3)
    workspace.run("list", "new", "other")
    workspace.run("people", "add", "else@example.net", "--list", "other")
    workspace.run("suppress", "add", people[1], "--reason", "manual")
    assert reasons(workspace) == [{"kind": "stopped", "verb": "campaign start spring",
                                   "text": "it is a draft: it goes to nobody before it is "
                                           "started"}]
    assert reasons(workspace, people[0]) == reasons(workspace)
    assert "never-mail" in reasons(workspace, people[1])[0]["text"]
    assert "none of its lists" in reasons(workspace, "else@example.net")[0]["text"]
    assert "nobody is known" in reasons(workspace, "who@example.net")[0]["text"]
    workspace.run("campaign", "explain", sending.CAMPAIGN, "no address", exit_code=1)
    workspace.run("campaign", "explain", "sprung", exit_code=1)


def test_what_keeps_it(workspace, sink):
    people = sending.prepare(workspace, sink, 3)
    workspace.run("campaign", "start", sending.CAMPAIGN, "--yes", 3, "--no-worker")
    told = reasons(workspace)
    assert (told[0]["kind"], told[0]["verb"]) == ("stopped", "worker")
    assert any("3 people wait" in reason["text"] for reason in told)
    workspace.run("server", "set", "main", "--enabled", "no")
    assert any(reason["verb"] == "server set main --enabled yes" for reason in reasons(workspace))
    workspace.run("campaign", "pause", sending.CAMPAIGN)
    assert [r["verb"] for r in reasons(workspace)] == ["campaign resume spring"]
    told = reasons(workspace, people[0])
    assert "waits for its turn" in told[0]["text"] and "paused" in told[1]["text"]


def test_what_became_of_a_person(workspace, start_sink):
    people = sending.addresses(3)
    sink = start_sink(script=f"rcpt {people[0]} refuse 550 5.1.1 no such user\n"
                             f"rcpt {people[1]} defer 451 4.7.1 come again\n")
    sending.prepare(workspace, sink, 3, retry_s=3600)
    workspace.run("campaign", "start", sending.CAMPAIGN, "--yes", 3)
    waiting.wait_for(lambda: workspace.campaign(sending.CAMPAIGN)["queued"] == 0 and
                     workspace.campaign(sending.CAMPAIGN)["leased"] == 0, what="all to be tried")
    assert "550 5.1.1 no such user" in reasons(workspace, people[0])[0]["text"]
    deferred = reasons(workspace, people[1])[0]
    assert deferred["kind"] == "goes" and "come again" in deferred["text"]
    assert "took it" in reasons(workspace, people[2])[0]["text"]
    assert any("put off" in reason["text"] for reason in reasons(workspace))
    text = workspace.run("campaign", "explain", sending.CAMPAIGN).stdout
    assert "put off" in text and "crier campaign" not in text
