"""Who is refused as a recipient is never mailed again: by the next campaign, whoever is killed and
whether a worker looked at it or not."""
import contextlib
import sqlite3

import pytest

import sending
import steps
import waiting

PEOPLE = 12
DEAD = "p00003@example.net"
FULL = "p00005@example.net"
BLOCKED = "p00007@example.net"
NEXT = "summer"
SCRIPT = f"""rcpt {DEAD} refuse 550 5.1.1 Nobody of that name
rcpt {FULL} refuse 552 5.2.2 That mailbox is full
"""


@pytest.fixture(scope="module")
def strace():
    reason = sending.why_no_strace()
    if reason:
        pytest.skip(reason)


def never_mailed(crier):
    return [row["address"] for row in crier.json("suppress", "list")]


def judged(crier):
    """(to be judged, judged)."""
    with contextlib.closing(sqlite3.connect(crier.workspace / "crier.db")) as db:
        return tuple(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                     for table in ("refusal", "said"))


def send_next(crier, expect):
    """Another campaign to the same people; who got it."""
    sending.draft(crier, NEXT)
    sending.start(crier, expect, NEXT)
    crier.run("worker", "--once")
    rows = sending.deliveries(crier, NEXT)
    return {address for address, row in rows.items() if row["state"] != "suppressed"}


def test_the_next_campaign_passes_them_by(workspace, start_sink):
    people = sending.prepare(workspace, start_sink(script=SCRIPT), PEOPLE)
    sending.start(workspace, PEOPLE)
    workspace.run("worker", "--once")
    row, = workspace.json("suppress", "list")
    assert (row["address"], row["reason"]) == (DEAD, "bounced")
    assert "campaign spring, delivery 4: 550 5.1.1 Nobody of that name" in row["evidence"], row
    assert judged(workspace) == (0, 2)
    assert workspace.campaign("spring")["refused"] == 2
    assert send_next(workspace, PEOPLE - 1) == set(people) - {DEAD}
    workspace.run("suppress", "undo", "--since", "1h", "--domain", "example.net")
    assert never_mailed(workspace) == []


def test_a_worker_that_stays_does_it_soon(workspace, start_sink):
    sending.prepare(workspace, start_sink(script=SCRIPT), PEOPLE)
    sending.start(workspace, PEOPLE)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: never_mailed(workspace), what="somebody to be never mailed again")
    assert never_mailed(workspace) == [DEAD]
    worker.terminate()


def test_what_is_our_fault_marks_nobody(workspace, start_sink):
    script = f"rcpt {BLOCKED} refuse 550 5.7.1 Your address is on our blocklist\n"
    sending.prepare(workspace, start_sink(script=script), PEOPLE)
    sending.start(workspace, PEOPLE)
    workspace.run("worker", "--once")
    assert never_mailed(workspace) == []
    assert judged(workspace) == (0, 0)


@pytest.mark.parametrize("ask", ["start", "check"])
def test_who_asks_whom_it_goes_to_judges_first(workspace, start_sink, ask):
    """The role has written it down, and no supervisor has looked since."""
    it = steps.Steps(workspace, start_sink(script=SCRIPT), PEOPLE)
    assert it.run_role()
    assert judged(workspace) == (2, 0)
    sending.draft(workspace, NEXT)
    if ask == "check":
        found = workspace.json("campaign", "check", NEXT, "--no-spamassassin", exit_code=None)
        assert found["people"] == PEOPLE - 1
    else:
        workspace.run("campaign", "start", NEXT, "--yes", PEOPLE, "--no-worker", exit_code=5)
    assert never_mailed(workspace) == [DEAD]
    assert judged(workspace) == (0, 2)


def check_marked(crier, step):
    assert judged(crier) == (0, 2), step
    assert never_mailed(crier) == [DEAD], step


def test_the_supervisor_dies_at_every_step_of_the_judgement(workspace, start_sink, strace):
    it = steps.Steps(workspace, start_sink(script=SCRIPT), PEOPLE)
    assert it.run_role()
    recorded = _bytes(it)
    n, seen = 0, []
    is_over = False
    while not is_over:
        n += 1
        _put_back(it, recorded)
        is_over = it.run_worker("fdatasync", n)
        seen.append(judged(workspace))
        workspace.run("worker", "--once")
        check_marked(workspace, n)
    assert set(seen) == {(2, 0), (0, 2)}, seen


def test_the_role_dies_at_every_step(workspace, start_sink, strace):
    it = steps.Steps(workspace, start_sink(script=SCRIPT), PEOPLE)
    n, is_over = 0, False
    while not is_over:
        n += 1
        it.reset()
        is_over = it.run_role("fdatasync", n)
        workspace.run("worker", "--once")
        assert workspace.campaign("spring")["refused"] == 2
        check_marked(workspace, n)
    assert n > 2


def _bytes(it):
    with contextlib.closing(sqlite3.connect(it.path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return it.path.read_bytes()


def _put_back(it, data):
    it.bytes, before = data, it.bytes
    it.reset()
    it.bytes = before
