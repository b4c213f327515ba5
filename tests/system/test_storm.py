"""Far more bounces of a provider than usual wait for a person's word."""

import sqlite3

import pytest

ROWS = """
INSERT INTO campaign (id, name, created_us, give_up_s) VALUES (1, 'spring', 1, 100);
INSERT INTO storm (provider, campaign_id, state, since_us, hard, taken, usual)
  VALUES ('example.org', 1, 0, 1700000000000000, 30, 60, 0.02);
INSERT INTO said (inbound_id, at_us, campaign_id, address, address_key, provider, kind, class,
                  reason, fault, status, text, found_by, effects)
  VALUES (7, 5, 1, 'a@example.org', 'a@example.org', 'example.org', 'bounce', 'hard',
          'user-unknown', 'address', '5.1.1', 'no such user', 1, 33);
"""


@pytest.mark.parametrize("word,suppressed", [("--never", ["a@example.org"]), ("--again", [])])
def test_a_person_decides(workspace, word, suppressed):
    workspace.run("init")
    with sqlite3.connect(workspace.workspace / "crier.db", timeout=10) as db:
        db.executescript(ROWS)
    row, = workspace.json("suppress", "storms")
    assert (row["provider"], row["campaign"], row["waiting"]) == ("example.org", "spring", 1)
    problem, = [p for p in workspace.json("status")["problems"] if p["kind"] == "receiver"]
    assert problem["text"].endswith("crier suppress storm example.org")
    for wrong in ([], ["--never", "--again"]):
        workspace.run("suppress", "storm", "example.org", *wrong, exit_code=2)
    workspace.run("suppress", "storm", "example.org", word)
    assert [r["address"] for r in workspace.json("suppress", "list")] == suppressed
    assert workspace.json("suppress", "storms") == []
    workspace.run("suppress", "storm", "example.org", word, exit_code=1)
