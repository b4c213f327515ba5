"""Mail that came back, by the verbs: listed, shown, assigned by hand, read anew by rules of the
user's own, and all of it taken back. The mail lies in a real Dovecot."""
import json
import re
import sqlite3

import pytest

import crier
import dovecot
import peers
import returning

PEOPLE = 6
GONE = "has left this house for good"


def odd(person, number=1, words=GONE):
    """What no parser knows: an automatic notice in words of its own."""
    return (f"Return-Path: <>\nFrom: Desk <desk{number}@example.com>\nTo: {returning.ADDRESS}\n"
            f"Subject: Notice {number}\nMessage-ID: <odd{number}@example.com>\n"
            f"\nConcerning {person}:\nthe one you wrote to {words}.\n").encode()


@pytest.fixture(scope="module", name="server")
def start_server(certificates):
    reason = dovecot.why_not("imap") or dovecot.why_not("pop3")
    if reason:
        pytest.skip(reason)
    server = dovecot.Dovecot(certificates)
    yield server
    server.stop()


def come_back(workspace, server, certificates, sink, user):
    """A hard and a soft bounce, two odd notices about others, and a letter."""
    returning.add_mailbox(workspace, server.ports["imaps"], certificates, user=user)
    sent = returning.send_campaign(workspace, sink, PEOPLE)
    people = sorted(sent)
    server.put(user, [
        returning.bounce(sent[people[0]], 1),
        returning.bounce(sent[people[1]], 2, "4.2.2", 452, "Mailbox full"),
        odd(people[2], 3), odd(people[3], 4), returning.letter(5)])
    assert workspace.json("mailbox", "read", "bounces")["read"] == 5
    return people


@pytest.fixture(name="people")
def came_back(workspace, server, certificates, sink, request):
    return come_back(workspace, server, certificates, sink, re.sub(r"\W", "", request.node.name))


@pytest.fixture(scope="module", name="shared")
def looked_at(server, certificates, tmp_path_factory):
    """One workspace for all that only look."""
    home = tmp_path_factory.mktemp("shared")
    workspace = crier.Crier(home / "workspace", home)
    sink = peers.CrierSink(tmp_path_factory.mktemp("sink"))
    people = come_back(workspace, server, certificates, sink, "shared")
    sink.stop()
    return workspace, people


def rows(workspace, *args):
    return workspace.json("bounce", "list", *args)


def never(workspace):
    return sorted(row["address"] for row in workspace.json("suppress", "list"))


def states(workspace):
    return {row["id"]: row["state"] for row in rows(workspace)}


# ---- looking ----

@pytest.mark.parametrize("args, ids", [
    ([], [5, 4, 3, 2, 1]),
    (["--limit", "2"], [5, 4]),
    (["--campaign", "spring"], [2, 1]),
    (["--kind", "bounce"], [2, 1]),
    (["--kind", "reply"], [5]),
    (["--kind", "complaint"], []),
    (["--reason", "mailbox-full"], [2]),
    (["--class", "hard"], [1]),
    (["--domain", "example.net"], [2, 1]),
    (["--domain", "EXAMPLE.org"], []),
    (["--state", "unknown"], [4, 3]),
    (["--state", "decided", "--kind", "bounce", "--class", "soft"], [2]),
    (["--since", "1h"], [5, 4, 3, 2, 1]),
    (["--since", "2099-01-01T00:00:00Z"], []),
])
def test_filters(shared, args, ids):
    workspace, _ = shared
    assert [row["id"] for row in rows(workspace, *args)] == ids


def test_a_row_says_about_whom_and_why(shared):
    workspace, people = shared
    row, = rows(workspace, "--class", "hard")
    line = workspace.run("bounce", "list", "--class", "hard", "--jsonl").stdout
    assert json.loads(line) == row
    assert {key: row[key] for key in ("mailbox", "kind", "recipient", "class", "status",
                                      "reason", "campaign", "state", "found_by")} == {
        "mailbox": "bounces", "kind": "bounce", "recipient": people[0], "class": "hard",
        "status": "5.1.1", "reason": "user-unknown", "campaign": "spring", "state": "decided",
        "found_by": "token"}
    assert workspace.run("bounce", "list", "--fields", "id,recipient", "--class",
                         "hard").stdout == f"id\trecipient\n1\t{people[0]}\n"


def test_one_message(shared):
    workspace, people = shared
    shown = workspace.json("bounce", "show", 1)
    said, = shown["said"]
    assert (said["recipient"], said["status"], said["remote_host"], said["rule"]) == (
        people[0], "5.1.1", "mx.example.net", "user unknown")
    assert said["diagnostic"] == "550 5.1.1 User unknown"
    assert any("not mailed any more" in words for words in said["followed"])
    assert "mail system at host" in shown["text"] and shown["has_raw"]
    for_people = workspace.run("bounce", "show", 1).stdout
    assert "What followed: the address is not mailed any more." in for_people
    raw = workspace.run("bounce", "show", 1, "--raw").stdout_bytes
    assert b"Final-Recipient: rfc822; " in raw and len(raw) == shown["bytes"]


def test_unknown_ones_stand_together(shared):
    workspace, _ = shared
    group, = workspace.json("bounce", "unknown")
    assert (group["count"], group["example"], group["subject"]) == (2, 4, "Notice 4")
    told = workspace.run("bounce", "unknown").stderr
    assert f"crier bounce assign --pattern {group['pattern_id']}" in told
    for word in (group["pattern_id"], group["pattern_id"][:6], group["pattern"]):
        assert [row["id"] for row in workspace.json("bounce", "unknown", word)] == [4, 3]
    told = workspace.run("bounce", "unknown", "zz", exit_code=1).stderr
    assert "crier bounce unknown" in told
    assert "crier bounce assign 3" in workspace.run("bounce", "show", 3).stderr


# ---- a person's word ----

def test_assigned_and_taken_back(workspace, people):
    before = returning.counters(workspace), never(workspace), states(workspace)
    args = ["bounce", "assign", 3, "--kind", "bounce", "--reason", "user-unknown",
            "--address", people[2]]
    told = workspace.run(*args, "--dry-run").stderr
    assert "would not be mailed" in told and "Nothing was changed" in told
    assert (returning.counters(workspace), never(workspace), states(workspace)) == before
    row, = workspace.json(*args)
    assert (row["was"], row["is"], row["follows"]) == ("other", "bounce hard user-unknown",
                                                       "suppressed")
    assert never(workspace) == [people[0], people[2]]
    assert returning.counters(workspace)["bounced_hard"] == 2
    assert states(workspace)[3] == "assigned"
    # Another word takes the first one back; then both are undone.
    workspace.run("bounce", "assign", 3, "--kind", "complaint", "--address", people[2])
    assert returning.counters(workspace) == {"bounced_hard": 1, "bounced_soft": 1,
                                             "complained": 1, "unsubscribed": 0}
    workspace.run("undo")
    assert returning.counters(workspace)["bounced_hard"] == 2
    workspace.run("undo")
    assert (returning.counters(workspace), never(workspace), states(workspace)) == before


def test_a_pattern_is_assigned_at_once(workspace, people):
    group, = workspace.json("bounce", "unknown")
    told = workspace.run("bounce", "assign", "--pattern", group["pattern_id"], "--kind", "bounce",
                         "--reason", "user-unknown", exit_code=1).stderr
    assert "message #4 names nobody" in told and "message #3 names nobody" in told
    assert workspace.json("bounce", "assign", "--pattern", group["pattern_id"], "--kind", "nothing")
    assert workspace.json("bounce", "unknown") == []
    assert never(workspace) == [people[0]]
    told = workspace.run("undo", env={"CRIER_PROGRESS": "1"}).stderr
    assert "progress 2 2\n" in told
    assert workspace.json("bounce", "unknown") == [group]
    # Some can be, some not: exit 4.
    told = workspace.run("bounce", "assign", 2, 3, "--kind", "complaint", exit_code=4).stderr
    assert "message #3 names nobody" in told and "1 message is assigned" in told
    assert never(workspace) == people[:2]


# ---- rules ----

def test_a_rule_is_tried_kept_and_read_by(workspace, people):
    rule = ["--match", GONE, "--reason", "user-unknown"]
    tried = workspace.json("bounce", "rules", "test", *rule)
    assert [(row["id"], row["recipient"], row["class"]) for row in tried] == [
        (3, people[2], "hard"), (4, people[3], "hard")]
    assert workspace.json("bounce", "rules") == []
    workspace.run("bounce", "rules", "add", "gone", *rule)
    kept, = workspace.json("bounce", "rules", "list")
    assert (kept["name"], kept["match"], kept["reason"], kept["class"]) == (
        "gone", GONE, "user-unknown", "hard")
    dry = workspace.json("bounce", "rerun", "--dry-run")
    assert never(workspace) == [people[0]]
    done = workspace.json("bounce", "rerun")
    assert dry == done and [row["recipient"] for row in done] == people[2:4]
    assert never(workspace) == [people[0], people[2], people[3]]
    assert returning.counters(workspace)["bounced_hard"] == 3
    # A second time there is nothing left to do, and nothing more to undo.
    steps = workspace.json("undo", "--list")
    assert workspace.json("bounce", "rerun") == []
    assert workspace.json("undo", "--list") == steps
    # The rule says another thing: who was marked by it can be mailed again.
    workspace.run("bounce", "rules", "set", "gone", "--class", "soft")
    told = workspace.run("bounce", "rerun")
    assert "2 addresses can be mailed again." in told.stderr
    assert never(workspace) == [people[0]]
    assert returning.counters(workspace) == {"bounced_hard": 1, "bounced_soft": 3,
                                             "complained": 0, "unsubscribed": 0}
    workspace.run("undo")
    assert never(workspace) == [people[0], people[2], people[3]]
    assert returning.counters(workspace)["bounced_hard"] == 3
    workspace.run("undo")
    assert workspace.json("bounce", "rules", "list")[0]["class"] == "hard"
    workspace.run("bounce", "rules", "delete", "gone")
    workspace.run("bounce", "rerun")
    assert never(workspace) == [people[0]] and len(workspace.json("bounce", "unknown")) == 1


def test_what_a_person_did_since_stays(workspace, people):
    """Reading anew takes back neither a word about a message nor one about a person."""
    workspace.run("suppress", "remove", people[0])
    workspace.run("bounce", "assign", 4, "--kind", "nothing")
    workspace.run("bounce", "rules", "add", "gone", "--match", "user unknown|" + GONE,
                  "--reason", "user-unknown")
    assert [row["id"] for row in workspace.json("bounce", "rerun")] == [3]
    assert never(workspace) == [people[2]] and states(workspace)[4] == "assigned"


def test_a_rule_of_an_unknown_message(workspace, people):
    args = ["bounce", "assign", 3, "--kind", "bounce", "--reason", "user-unknown",
            "--address", people[2], "--make-rule", "gone"]
    told = workspace.run(*args, "--dry-run").stderr
    assert "crier bounce rules add gone --match" in told and workspace.json(
        "bounce", "rules") == []
    workspace.run(*args)
    rule, = workspace.json("bounce", "rules")
    assert GONE in rule["match"]
    assert [row["recipient"] for row in workspace.json("bounce", "rerun", "--unknown")] == [
        people[3]]
    workspace.run("undo")
    workspace.run("undo")  # the word and its rule are one step
    assert workspace.json("bounce", "rules") == [] and never(workspace) == [people[0]]


# ---- what is kept ----

def database(workspace):
    return sqlite3.connect(workspace.workspace / "crier.db", timeout=10, isolation_level=None)


def names(workspace):
    with database(workspace) as db:
        return db.execute("SELECT count(*) FROM inbound_key").fetchone()[0]


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_names_of_what_left_the_mailbox_go(workspace, server, certificates,
                                           protocol):
    user = f"leaves{protocol}"
    returning.add_mailbox(workspace, server.ports[protocol + "s"], certificates, user=user,
                          protocol=protocol)
    server.put(user, [returning.letter(n) for n in range(4)])
    assert workspace.json("mailbox", "read", "bounces")["read"] == 4
    for path in server.stored(user)[:2]:
        path.unlink()
    assert workspace.json("mailbox", "read", "bounces")["found"] == 0
    # A UIDL that is gone may be given to another message at once (RFC 1939), a UID never is.
    assert names(workspace) == (4 if protocol == "imap" else 2)
    with database(workspace) as db:
        db.execute("UPDATE inbound SET received_us = received_us - 40 * 86400 * 1000000")
    assert workspace.json("mailbox", "read", "bounces")["found"] == 0
    assert names(workspace) == 2
    # Put there again it is found and known.
    server.put(user, [returning.letter(0)])
    report = workspace.json("mailbox", "read", "bounces")
    assert (report["found"], report["read_before"]) == (1, 1)
    assert len(rows(workspace)) == 4


def test_the_octets_go_after_their_time_and_the_facts_stay(workspace, people):
    with database(workspace) as db:
        db.execute("UPDATE inbound SET received_us = received_us - 401 * 86400 * 1000000"
                   " WHERE id = 1")
    workspace.run("bin", "empty", "--expired")
    shown = workspace.json("bounce", "show", 1)
    assert (shown["has_raw"], shown["text"], shown["said"][0]["recipient"]) == (
        False, None, people[0])
    assert "was forgotten" in workspace.run("bounce", "show", 1).stdout
    assert "were forgotten" in workspace.run("bounce", "show", 1, "--raw", exit_code=1).stderr
    assert workspace.run("bounce", "show", 2, "--raw").stdout
    assert "1 could not be read" in workspace.run("bounce", "rerun").stderr
    assert never(workspace) == [people[0]]


# ---- wrong words ----

WRONG = [
    (["list", "--kind", "bouncy"], 2, "did you mean bounce?"),
    (["list", "--reason", "xyzzy"], 2, "must be one of"),
    (["list", "--class", "medium"], 2, "must be one of none, soft, hard"),
    (["list", "--state", "unknwon"], 2, "did you mean unknown?"),
    (["list", "--since", "yesterday"], 2, "yesterday"),
    (["list", "--domain", "a b"], 2, "--domain"),
    (["list", "--limit", "0"], 2, "--limit '0'"),
    (["list", "--campaign", "sprung"], 1, "sprung"),
    (["list", "--fields", "recipent"], 2, "recipient"),
    (["show"], 2, "something is missing"),
    (["show", "x"], 2, "'x' is no number of a message"),
    (["show", "99"], 1, "message #99"),
    (["show", "1", "--raw", "--json"], 2, "do not go together"),
    (["assign", "--kind", "nothing"], 2, "which messages?"),
    (["assign", "3"], 2, "--kind is missing"),
    (["assign", "3", "--kind", "spam"], 2, "must be one of bounce, complaint"),
    (["assign", "99", "--kind", "nothing"], 1, "message #99"),
    (["assign", "3", "--kind", "nothing", "--address", "a@example.org"], 2, "leave out --address"),
    (["assign", "3", "--kind", "complaint", "--reason", "spam"], 2, "--reason is for"),
    (["assign", "3", "--kind", "bounce", "--address", "nobody"], 2, "--address: "),
    (["assign", "3", "--pattern", "x", "--kind", "nothing"], 2, "do not go together"),
    (["assign", "--pattern", "x", "--kind", "nothing"], 1, "crier bounce unknown"),
    (["assign", "3", "--kind", "bounce", "--make-rule", "x"], 2, "--make-rule needs"),
    (["rules", "ad"], 2, "did you mean crier bounce rules add?"),
    (["rules", "add"], 2, "the usage is crier bounce rules add NAME"),
    (["rules", "add", "x"], 2, "--match is missing"),
    (["rules", "add", "x", "--match", "y"], 2, "--reason is missing"),
    (["rules", "add", "X Y", "--match", "y", "--reason", "moved"], 2, "cannot be a name"),
    (["rules", "add", "x", "--match", "(", "--reason", "moved"], 2, "not a regular expression"),
    (["rules", "add", "x", "--match", "a*", "--reason", "moved"], 2, "fits every text"),
    (["rules", "add", "x", "--match", "(a+)+$", "--reason", "moved"], 2, "takes too long"),
    (["rules", "add", "x", "--match", "y" * 600, "--reason", "moved"], 2, "500 bytes"),
    (["rules", "add", "x", "--match", "y", "--reason", "spam", "--class", "hard"], 2,
     "our own fault"),
    (["rules", "set", "none", "--class", "hard"], 1, "no bounce rule 'none'"),
    (["rules", "set", "none"], 2, "nothing to set"),
    (["rules", "delete", "none"], 1, "crier bounce rules list"),
    (["rules", "test", "none"], 1, "no bounce rule 'none'"),
    (["rules", "test"], 2, "--match is missing"),
    (["rerun", "--since", "soon"], 2, "soon"),
]


def test_wrong_words_change_nothing(shared):
    workspace, people = shared
    before = rows(workspace)
    for args, code, words in WRONG:
        result = workspace.run("bounce", *args, exit_code=code)
        assert words in result.stderr and result.stderr.count("\n") == 1, result
    assert rows(workspace) == before and never(workspace) == [people[0]]
    assert workspace.json("bounce", "rules") == []
