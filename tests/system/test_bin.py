"""What was deleted comes back from the bin, and what was done is undone; from outside."""
import re
import sqlite3

import pytest

import sending
import waiting


def entries(workspace):
    return workspace.json("bin", "list")


def names(workspace, noun):
    return {row["name"] for row in workspace.json(noun, "list")}


@pytest.fixture
def finished(workspace, sink):
    people = sending.prepare(workspace, sink, 4)
    sending.start(workspace, len(people))
    workspace.run("worker", "--once")
    assert workspace.campaign("spring")["state"] == "finished"
    return workspace


def test_a_finished_campaign_with_its_ledger(finished):
    finished.run("campaign", "delete", "spring")
    assert names(finished, "campaign") == set()
    finished.run("campaign", "show", "spring", exit_code=1)
    assert finished.status()["campaigns"] == []
    entry, = entries(finished)
    assert (entry["noun"], entry["name"]) == ("campaign", "spring")
    assert entry["until"] > entry["deleted"]
    # What a person got is still known, and a request to unsubscribe that comes now still counts.
    shown = finished.json("people", "show", "p00001@example.net")
    assert [mail["campaign"] for mail in shown["mail"]] == ["spring"]
    finished.run("db", "check")
    said = finished.run("bin", "restore", entry["id"]).stderr
    assert "campaign spring is back" in said
    assert len(sending.deliveries(finished)) == 4
    assert entries(finished) == []


def test_a_request_for_a_binned_campaign_counts(workspace, sink):
    people = sending.prepare(workspace, sink, 1)
    workspace.run("mailbox", "add", "bounces", "--address", "bounce@bounce.example.org",
                  "--host", "imap.example.org", "--user", "bounce",
                  "--password-command", "true")
    workspace.run("campaign", "set", "spring", "--mailbox", "bounces")
    sending.start(workspace, 1)
    workspace.run("worker", "--once")
    message, = sink.parsed()
    token = re.search(r"<mailto:([^>?]+)", message["List-Unsubscribe"]).group(1)
    workspace.run("campaign", "delete", "spring")
    workspace.run("list", "delete", "all")
    said = workspace.run("suppress", "token", token).stderr
    assert "no more mail of all" in said and people[0] in said
    row, = workspace.json("suppress", "list")
    assert row["list"] == "all"
    # Made again under the same name, the list leaves them alone.
    workspace.run("list", "new", "all")
    workspace.run("people", "set", people[0], "--list", "all")
    sending_again = workspace.home / "again"
    sending_again.mkdir()
    (sending_again / "campaign.cfg").write_text((workspace.home / "spring" / "campaign.cfg")
                                                .read_text())
    (sending_again / "body.txt").write_text("Hello\n")
    workspace.run("apply", sending_again)
    said = workspace.run("campaign", "start", "again", "--yes", 1, exit_code=1).stderr
    assert "never to be mailed" in said


def test_nothing_of_the_bin_is_mailed(workspace, sink):
    """A person in the bin while their campaign goes out; a draft in the bin with a time."""
    people = sending.prepare(workspace, sink, 3)
    sending.start(workspace, len(people))
    workspace.run("people", "remove", people[1])
    workspace.run("worker", "--once")
    assert sorted(sink.taken()) == [people[0], people[2]]
    assert sending.deliveries(workspace)[people[1]]["state"] == "suppressed"
    workspace.run("bin", "restore", entries(workspace)[0]["id"])
    workspace.run("worker", "--once")
    assert len(sink.taken()) == 2
    shown = workspace.json("people", "show", people[1])
    assert shown["lists"] == ["all"] and shown["mail"][0]["state"] == "suppressed"


def test_names_are_free_and_a_taken_one_gets_a_number(workspace):
    workspace.run("server", "add", "main", "--host", "smtp.example.org")
    workspace.run("server", "delete", "main")
    workspace.run("server", "add", "main", "--host", "other.example.org")
    said = workspace.run("bin", "restore", entries(workspace)[0]["id"]).stderr
    assert "main-2" in said and "another server" in said
    assert names(workspace, "server") == {"main", "main-2"}
    assert workspace.json("server", "show", "main-2")["host"] == "smtp.example.org"


def test_emptying_wants_the_number(workspace):
    for name in ("a", "b", "c"):
        workspace.run("campaign", "new", name)
        workspace.run("campaign", "delete", name)
    assert "3 entries" in workspace.run("bin", "empty", exit_code=5).stderr
    assert "--yes 3" in workspace.run("bin", "empty", "--yes", 2, exit_code=5).stderr
    first = entries(workspace)[0]["id"]
    workspace.run("bin", "empty", first, "--yes", 1)
    assert len(entries(workspace)) == 2
    workspace.run("bin", "restore", first, exit_code=1)
    workspace.run("bin", "empty", "--yes", 2)
    assert entries(workspace) == []
    assert "empty" in workspace.run("bin", "empty").stderr
    workspace.run("db", "check")


def test_the_worker_drops_what_is_old(workspace):
    workspace.run("campaign", "new", "old")
    workspace.run("campaign", "delete", "old")
    workspace.run("campaign", "new", "young")
    workspace.run("campaign", "delete", "young")
    with sqlite3.connect(workspace.workspace / "crier.db") as db:
        db.execute("UPDATE bin SET deleted_us = deleted_us - 31 * 86400000000"
                   " WHERE name = 'old'")
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: [row["name"] for row in entries(workspace)] == ["young"],
                     what="the old one to be dropped")
    worker.terminate()


def test_the_erased_leave_nothing(workspace):
    workspace.run("people", "add", "ann@example.org", "--set", "town=Graz")
    workspace.run("people", "set", "ann@example.org", "--set", "town=Wien")
    workspace.run("people", "remove", "ann@example.org")
    held = workspace.run("people", "export", "ann@example.org").json()
    assert {row["kept"] for row in held["kept"]} == {"bin", "undo"}
    assert "Graz" in str(held["kept"]) and "Wien" in str(held["kept"])
    workspace.run("people", "erase", "ann@example.org", "--yes")
    assert entries(workspace) == [] and workspace.json("undo", "--list") == []
    workspace.run("undo", exit_code=1)


# ---- undo --------------------------------------------------------------------------------


def test_undo_goes_back_step_by_step(workspace):
    table = workspace.home / "people.csv"
    table.write_text("email\na@example.org\nb@example.org\n")
    workspace.run("list", "new", "news")
    workspace.run("people", "import", table, "--list", "news")
    workspace.run("campaign", "new", "spring", "--subject", "One")
    workspace.run("campaign", "set", "spring", "--subject", "Two")
    workspace.run("people", "remove", "a@example.org", "--list", "news")
    workspace.run("suppress", "add", "b@example.org")
    workspace.run("campaign", "delete", "spring")
    done = [row["action"] for row in workspace.json("undo", "--list")]
    assert done == ["delete", "suppress", "leave", "change", "import"]
    assert "campaign spring is back" in workspace.run("undo").stderr
    assert "b@example.org can be mailed" in workspace.run("undo").stderr
    assert "a@example.org is on list news again" in workspace.run("undo").stderr
    assert "subject" in workspace.run("undo").stderr
    assert workspace.json("campaign", "show", "spring")["subject"] == "One"
    assert "people removed 2" in workspace.run("undo").stderr
    assert workspace.json("people", "list") == []
    assert "nothing of yours" in workspace.run("undo", exit_code=1).stderr
    assert all(row["undone"] for row in workspace.json("undo", "--list"))


def test_a_title_goes_back(workspace):
    workspace.run("list", "new", "news", "--title", "One")
    workspace.run("list", "set", "news", "--title", "Two")
    assert workspace.json("list", "show", "news")["title"] == "Two"
    workspace.run("list", "set", "news", exit_code=2)
    assert "list news is as it was: title" in workspace.run("undo").stderr
    assert workspace.json("list", "show", "news")["title"] == "One"


def test_undo_is_ones_own(workspace):
    workspace.run("campaign", "new", "spring")
    workspace.run("campaign", "delete", "spring", "--as", "bob")
    assert "nothing of yours" in workspace.run("undo", exit_code=1).stderr
    number = workspace.json("undo", "--list")[0]["id"]
    workspace.run("undo", number)
    assert names(workspace, "campaign") == {"spring"}


def test_undo_of_a_number_that_is_not_there(workspace):
    """One sentence with its remedy, and nothing about what was done before nothing."""
    said = workspace.run("undo", 999999, exit_code=1).stderr
    assert said == ("crier: there is nothing with the number 999999 to undo."
                    " See what there is with: crier undo --list\n")


def test_what_cannot_be_undone_is_said(workspace):
    workspace.run("campaign", "new", "spring", "--subject", "One")
    workspace.run("campaign", "set", "spring", "--subject", "Two")
    workspace.run("campaign", "new", "other")
    workspace.run("campaign", "cancel", "other")
    said = workspace.run("undo").stderr
    assert "cannot be taken back: campaign other" in said and "spring is as it was" in said


def test_somebodys_later_change_stays(workspace):
    workspace.run("campaign", "new", "spring", "--subject", "One")
    workspace.run("campaign", "set", "spring", "--subject", "Two")
    workspace.run("campaign", "set", "spring", "--subject", "Three", "--as", "bob")
    said = workspace.run("undo", exit_code=5).stderr
    assert "changed again" in said and "undo --list" in said
    assert workspace.json("campaign", "show", "spring")["subject"] == "Three"


def test_a_paused_one_is_undone_before_it_goes_on(workspace, start_receiver):
    server = start_receiver(hold="dot")
    people = sending.prepare(workspace, server, 4, connections=1)
    sending.start(workspace, len(people), background=True)
    waiting.wait_for(lambda: server.receiver.held == 1, what="one in flight")
    workspace.run("campaign", "pause", "spring")
    server.receiver.release()
    workspace.run("campaign", "set", "spring", "--subject", "Wrong")
    workspace.run("undo")
    assert "version" not in workspace.run("campaign", "resume", "spring").stderr
    sending.wait_finished(workspace, len(people))
    workspace.run("campaign", "set", "spring", "--subject", "x", exit_code=1)
