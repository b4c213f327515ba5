"""A correction: a second campaign to those only who got the version with the mistake in it."""
import pytest

import sending
import waiting

NAME = sending.CAMPAIGN


@pytest.fixture
def gone_out(workspace, start_receiver):
    """Five people; two have version 1, three have version 2."""
    server = start_receiver(hold="dot")
    people = sending.prepare(workspace, server, 5, connections=2)
    sending.start(workspace, len(people))
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: server.receiver.held == 2, what="2 messages in flight")
    workspace.run("campaign", "pause", NAME)
    server.receiver.release()
    waiting.wait_for(lambda: sending.look(workspace, len(people))["accepted"] == 2,
                     what="2 to have it")
    workspace.run("campaign", "set", NAME, "--subject", "Summer is here, {{n}}")
    workspace.run("campaign", "resume", NAME)
    sending.wait_finished(workspace, len(people))
    worker.terminate()
    return workspace, server


def got(workspace, version):
    return {address for address, row in sending.deliveries(workspace).items()
            if row["version"] == version}


def test_only_who_got_version_1(gone_out):
    workspace, server = gone_out
    first = got(workspace, 1)
    assert len(first) == 2
    made = workspace.run("campaign", "correct", NAME, "--json")
    assert made.json() == {"name": "spring-correction", "only_campaign": NAME, "only_version": 0,
                           "total": 2, "suppressed": 0, "people": 2}
    assert "2 people" in made.stderr
    draft = workspace.json("campaign", "show", "spring-correction")
    assert (draft["state"], draft["subject"]) == ("draft", "Summer is here, {{n}}")
    report = workspace.run("campaign", "check", "spring-correction", "--no-spamassassin", "--json",
                           exit_code=None).json()
    assert (report["people"], report["total"]) == (2, 2)
    assert any(f["key"] == "only_campaign" and f["level"] == "ok" for f in report["findings"])
    workspace.run("campaign", "set", "spring-correction", "--subject", "Sorry, {{n}}")
    refused = workspace.run("campaign", "start", "spring-correction", "--yes", 5, exit_code=5)
    assert "2 people" in refused.stderr
    before = len(server.receiver.taken)
    sending.start(workspace, 2, "spring-correction")
    workspace.run("worker", "--once")
    assert set(server.receiver.taken[before:]) == first
    assert len(server.receiver.taken) == before + 2
    assert workspace.campaign("spring-correction")["total"] == 2


def test_who_never_wants_mail_or_left_gets_none(gone_out):
    workspace, _ = gone_out
    one, other = sorted(got(workspace, 1))
    workspace.run("suppress", "add", one)
    made = workspace.run("campaign", "correct", NAME, "--name", "sorry", "--json")
    assert (made.json()["total"], made.json()["people"]) == (2, 1)
    assert "1 more got it and" in made.stderr
    workspace.run("people", "remove", other, "--list", "all")
    said = workspace.run("campaign", "start", "sorry", "--yes", 1, exit_code=1).stderr
    assert "never to be mailed" in said
    said = workspace.run("campaign", "correct", NAME, "--version", 3, exit_code=1).stderr
    assert "2 versions" in said


def test_another_version_and_several_lists(gone_out):
    workspace, _ = gone_out
    second = sorted(got(workspace, 2))
    workspace.run("list", "new", "more")
    workspace.run("people", "set", second[0], "--list", "more")
    workspace.run("campaign", "correct", NAME, "--version", 2, "--name", "two")
    workspace.run("campaign", "set", "two", "--lists", "all,more")
    assert workspace.run("campaign", "check", "two", "--no-spamassassin", "--json",
                         exit_code=None).json()["people"] == 3
    workspace.run("campaign", "set", "two", "--exclude", "more")
    revision = workspace.run("campaign", "check", "two", "--no-spamassassin", "--json",
                             exit_code=None).json()["revision"]
    workspace.run("campaign", "set", "two", "--only-version", 1)
    said = workspace.run("campaign", "start", "two", "--revision", revision, exit_code=5).stderr
    assert "Nothing was sent" in said


def test_it_goes_through_files(gone_out):
    workspace, _ = gone_out
    workspace.run("campaign", "correct", NAME, "--version", 1)
    folder = workspace.home / "spring-correction"
    workspace.run("export", "spring-correction", "-o", folder)
    text = (folder / "campaign.cfg").read_text()
    assert f'only_campaign = "{NAME}";' in text and "only_version = 1;" in text
    workspace.run("campaign", "delete", "spring-correction")
    workspace.run("apply", folder)
    assert workspace.run("campaign", "start", "spring-correction", "--yes", 9,
                         exit_code=5).stderr.count("2 people")


def test_names_are_free_ones(gone_out):
    workspace, _ = gone_out
    for name in ("spring-correction", "spring-correction-2", "spring-correction-3"):
        assert workspace.run("campaign", "correct", NAME, "--json").json()["name"] == name
    assert "already" in workspace.run("campaign", "correct", NAME, "--name", "spring-correction",
                                      exit_code=1).stderr


def test_what_cannot_be_corrected(workspace, start_receiver):
    server = start_receiver()
    people = sending.prepare(workspace, server, 2)
    assert "has not begun" in workspace.run("campaign", "correct", NAME, exit_code=1).stderr
    sending.start(workspace, len(people))
    workspace.run("worker", "--once")
    said = workspace.run("campaign", "correct", NAME, exit_code=1).stderr
    assert "one version only" in said and "--version 1" in said
    made = workspace.run("campaign", "correct", NAME, "--version", 1, "--json").json()
    assert made["people"] == 2
    workspace.run("campaign", "set", "spring-correction", "--only-campaign", "spring-correction")
    assert "names itself" in workspace.run("campaign", "start", "spring-correction", "--yes", 2,
                                           exit_code=1).stderr
    workspace.run("campaign", "set", "spring-correction", "--only-campaign", "no-such")
    assert "no-such" in workspace.run("campaign", "start", "spring-correction", "--yes", 2,
                                      exit_code=1).stderr
