"""crier campaign report: its numbers are those of the ledger, part by part, and on paper the same
as in JSON."""
import collections
import csv
import io
import sqlite3

import pytest

import sending

NAME = sending.CAMPAIGN
DOMAINS = ("example.net", "grey.example", "mail.example")
SCRIPT = ("rcpt *3@grey.example refuse 550 5.1.1 There is no such mailbox here\n"
          "rcpt *5@mail.example refuse 550 5.7.1 We do not want it\n")
PEOPLE = 60

# What reading a mailbox leaves: kind, class, reason, fault, status, effects, how many.
CAME_BACK = (("bounce", "hard", "user-unknown", "address", "5.1.1", 1, 3),
             ("bounce", "soft", "mailbox-full", "address", "4.2.2", 2, 2),
             ("complaint", "none", "unknown", "nobody", "", 4, 1))


def came_back(workspace, campaign):
    """Rows as app/evidence writes them, with the counters in step; returns the bounces by domain."""
    bounced = collections.Counter()
    with sqlite3.connect(workspace.workspace / "crier.db", timeout=10) as db:
        number, = db.execute("SELECT id FROM campaign WHERE name = ?", (campaign,)).fetchone()
        rows = iter(db.execute("SELECT id, person_id, address FROM delivery WHERE campaign_id = ?"
                               " AND state = 2 ORDER BY id", (number,)).fetchall())
        for kind, bounce, reason, fault, status, effect, n in CAME_BACK:
            for _ in range(n):
                delivery, person, address = next(rows)
                domain = address.rpartition("@")[2]
                db.execute("INSERT INTO said (inbound_id, at_us, delivery_id, campaign_id,"
                           " person_id, address, address_key, provider, kind, class, reason,"
                           " fault, status, text, found_by, effects) VALUES (7, 5, ?, ?, ?, ?, ?,"
                           " ?, ?, ?, ?, ?, ?, 'words', 1, ?)",
                           (delivery, number, person, address, address, domain, kind, bounce,
                            reason, fault, status, effect))
                if effect < 4:
                    bounced[domain] += 1
        db.execute("UPDATE campaign_counter SET bounced_hard = 3, bounced_soft = 2, complained = 1"
                   " WHERE campaign_id = ?", (number,))
    return bounced


@pytest.fixture
def sent(workspace, start_sink):
    sink = start_sink(script=SCRIPT, maildir=False)
    people = [f"p{i:03d}@{DOMAINS[i % 3]}" for i in range(PEOPLE)]
    sending.prepare(workspace, sink, people)
    workspace.run("suppress", "add", people[0])
    sending.start(workspace, PEOPLE - 1)
    workspace.run("worker", "--once")
    return workspace


def ledger(workspace):
    return workspace.json("campaign", "deliveries", NAME)


def test_the_numbers_are_the_ledgers(sent):
    rows = ledger(sent)
    states = collections.Counter(row["state"] for row in rows)
    report = sent.json("campaign", "report", NAME)
    assert {state: report[state] for state in states} == states
    assert report["total"] == PEOPLE == sum(report[state] for state in sending.STATES)
    assert report["people"] == PEOPLE - 1 and report["suppressed"] == 1
    assert report["failed"] == states["refused"] == report["refused"] > 0
    assert report["sent"] + report["left"] == report["people"]
    domains = collections.Counter(row["address"].rpartition("@")[2] for row in rows)
    assert {row["domain"]: row["total"] for row in report["domains"]} == domains
    refused = collections.Counter(row["address"].rpartition("@")[2] for row in rows
                                  if row["state"] == "refused")
    assert {row["domain"]: row["refused"] for row in report["domains"] if row["refused"]} == refused
    replies = {(row["code"], row["enhanced"]): row["count"] for row in report["replies"]}
    assert replies[550, "5.1.1"] + replies[550, "5.7.1"] == states["refused"]
    assert sum(row["total"] for row in report["providers"]) == PEOPLE
    assert sum(row["accepted"] for row in report["minutes"]) == states["accepted"]
    assert report["bounces"] == [] and report["bounced"] == 0
    figures = {row["figure"]: row for row in report["figures"]}
    assert figures["accepted"]["share"] == pytest.approx(states["accepted"] / (PEOPLE - 1))


def test_what_came_back(sent):
    bounced = came_back(sent, NAME)
    report = sent.json("campaign", "report", NAME)
    assert (report["bounced_hard"], report["bounced_soft"], report["bounced"]) == (3, 2, 5)
    assert report["failed"] == report["refused"] + 5 and report["complained"] == 1
    assert [(row["class"], row["reason"], row["status"], row["count"])
            for row in report["bounces"]] == [("hard", "user-unknown", "5.1.1", 3),
                                              ("soft", "mailbox-full", "4.2.2", 2)]
    assert {row["domain"]: row["bounced"] for row in report["domains"] if row["bounced"]} == bounced
    assert sum(row["bounced"] for row in report["providers"]) == 5


def test_who_is_behind_a_row(sent):
    rows = ledger(sent)

    def asked(*words):
        return sorted(row["address"] for row in
                      sent.json("campaign", "deliveries", NAME, *words))

    assert asked("--domain", "GREY.example") == sorted(
        row["address"] for row in rows if row["address"].endswith("@grey.example"))
    assert asked("--code", 550, "--enhanced", "5.7.1") == sorted(
        row["address"] for row in rows if row["enhanced"] == "5.7.1")
    assert asked("--code", 550, "--domain", "mail.example", "--state", "accepted") == []
    assert len(asked("--domain", "example.net", "--limit", 3)) == 3
    assert len(asked("--limit", 7)) == 7
    for wrong in (("--enhanced", "5.1.1"), ("--code", "x"), ("--code", 600),
                  ("--domain", "no domain"), ("--limit", 0)):
        sent.run("campaign", "deliveries", NAME, *wrong, exit_code=2)


def test_on_paper_it_is_the_same(sent):
    came_back(sent, NAME)
    report = sent.json("campaign", "report", NAME)
    for part, key in (("domains", "domains"), ("providers", "providers"), ("replies", "replies"),
                      ("bounces", "bounces"), ("minutes", "minutes"), ("summary", "figures")):
        assert sent.json("campaign", "report", NAME, "--part", part) == report[key]
        text = sent.run("campaign", "report", NAME, "--part", part, "--csv", "-").stdout
        rows = list(csv.DictReader(io.StringIO(text)))
        assert rows and len(rows) == len(report[key])
        for row, wanted in zip(rows, report[key]):
            assert {name: str(wanted.get(name) if wanted.get(name) is not None else "")
                    for name in row} == row


def test_beside_another(sent):
    sending.draft(sent, "later")
    rows = sent.json("campaign", "report", NAME, "--with", "later")["compare"]
    assert [row["name"] for row in rows] == [NAME, "later"]
    text = sent.run("campaign", "report", NAME, "--with", "later", "--part", "compare", "--csv",
                    "-").stdout
    assert [row["name"] for row in csv.DictReader(io.StringIO(text))] == [NAME, "later"]
    said = sent.run("campaign", "report", NAME, "--with", "spting", exit_code=1).stderr
    assert "spring" in said


def test_a_file(sent):
    path = sent.home / "report.json"
    sent.run("campaign", "report", NAME, "--json", "--output", path)
    before = path.read_bytes()
    assert NAME.encode() in before and path.stat().st_mode & 0o777 == 0o600
    assert "--force" in sent.run("campaign", "report", NAME, "-o", path, exit_code=1).stderr
    assert path.read_bytes() == before
    sent.run("campaign", "report", NAME, "-o", path, "--force")
    assert path.read_bytes() != before
    sent.run("campaign", "report", NAME, "-o", path, "--csv", path, "--force", exit_code=2)
    said = sent.run("campaign", "report", NAME, "--part", "links", exit_code=2).stderr
    assert "'links'" in said and "bounces" in said


def test_a_draft_has_one_too(sent):
    sending.draft(sent, "later")
    report = sent.json("campaign", "report", "later")
    assert report["people"] == 0 and report["per_s"] == 0 and report["domains"] == []
