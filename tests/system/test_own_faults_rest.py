"""What follows from refusals that are our own fault: nobody is refused for them, the receiver
rests and is tried again with one message, others go on, and whoever wants to know is told."""
import re
import sqlite3
import time

import sending
import waiting

NAME = sending.CAMPAIGN
SPF = b"550-5.7.27 Your email has been blocked\r\n550 5.7.27 because SPF did not pass\r\n"
REPLY = "550 5.7.27 Your email has been blocked because SPF did not pass"


class Moody:
    """Answers the final dot of whoever `refuses` says so (address, nth of those) with `reply`."""

    def __init__(self, refuses, reply=SPF):
        self.refuses, self.reply = refuses, reply
        self.refused = []

    def __call__(self, address, _nth):
        if self.refuses and self.refuses(address, len(self.refused)):
            self.refused.append(address)
            return self.reply
        return None


def is_gmail(address, _nth=0):
    return address.endswith("@gmail.com")


def mixed(n):
    """n people of Gmail and n others, in turns."""
    return [f"p{i:03d}@{domain}" for i in range(n) for domain in ("gmail.com", "example.net")]


def prepare(workspace, start_receiver, mood, people, retry_s=1, **options):
    server = start_receiver(replies={"dot": mood})
    workspace.run("settings", "set", "--hook-command", "true")
    sending.prepare(workspace, server, people, connections=1, retry_s=retry_s, **options)
    sending.start(workspace, len(people))
    return server


def problems(workspace, kind="receiver"):
    return [p for p in workspace.json("status")["problems"] if p["kind"] == kind]


def told(workspace, event="rest"):
    return [row for row in workspace.json("hook", "list") if row["event"] == event]


def reasons(workspace, *address):
    return [r for r in workspace.json("campaign", "explain", NAME, *address)["reasons"]
            if r["cause"] == "ours"]


def wait_resting(workspace, line):
    """Until Home says so, and nothing more is on its way."""
    def look():
        found = problems(workspace)
        row = workspace.campaign(NAME)
        return found if found and re.search(line, found[0]["text"]) and row["leased"] == 0 else None
    return waiting.wait_for(look, what=lambda: f"{line!r}: {workspace.json('status')}")


def test_five_in_a_row_rest_the_provider(workspace, start_receiver):
    n = 20
    people, mood = mixed(n), Moody(is_gmail)
    server = prepare(workspace, start_receiver, mood, people)
    worker = sending.Worker(workspace)
    # The five that were refused come back, too, and are held like those behind them.
    told_first, = wait_resting(workspace, f"^Gmail: {n} waiting: SPF ")
    row = sending.look(workspace, 2 * n)
    assert (row["accepted"], row["deferred"], row["refused"]) == (n, n, 0)
    assert len(mood.refused) == 5
    assert REPLY in told_first["text"] and "SPF record" in told_first["text"]
    assert told_first["text"].endswith("crier provider wake gmail")
    # Why, asked for the campaign and for one person.
    why, = reasons(workspace)
    assert why["kind"] == "stopped" and why["verb"] == "provider wake gmail"
    assert f"Gmail: {n} waiting: SPF ({REPLY})" in why["text"] and "tries again at" in why["text"]
    of_one = reasons(workspace, people[2 * n - 2])[0]
    assert of_one["text"].startswith("it waits, because Gmail") and REPLY in of_one["text"]
    assert not [r for r in reasons(workspace, people[1]) if "it waits" in r["text"]]
    # Told once.
    waiting.wait_for(lambda: told(workspace) and told(workspace)[0]["state"] == "done",
                     what=lambda: told(workspace))
    news, = told(workspace)
    assert news["reason"] == f"Gmail: SPF: {REPLY}" and news["campaign"] == NAME
    assert len(re.findall("refuses us 5 times in a row", worker.log())) == 1
    # Mended: all of them go out, each once.
    mood.refuses = None
    workspace.run("provider", "wake", "gmail")
    sending.wait_finished(workspace, 2 * n)
    worker.terminate()
    assert not problems(workspace) and len(told(workspace)) == 1
    account = sending.account(workspace, server.receiver.taken, people).check()
    assert account.states == {"accepted": 2 * n}


def test_once_does_not_wait_for_the_end_of_a_rest(workspace, start_receiver):
    n = 8
    people, mood = mixed(n), Moody(is_gmail)
    prepare(workspace, start_receiver, mood, people, retry_s=600)
    workspace.run("worker", "--once")
    row = sending.look(workspace, 2 * n)
    assert (row["accepted"], row["deferred"], row["refused"]) == (n, n, 0)
    assert len(mood.refused) == 5 and [row["state"] for row in told(workspace)] == ["done"]


def test_a_rest_ends_with_one_message_and_outlives_the_worker(workspace, start_receiver):
    n = 12
    people, mood = mixed(n), Moody(is_gmail)
    prepare(workspace, start_receiver, mood, people)
    worker = sending.Worker(workspace)
    wait_resting(workspace, f"^Gmail: {n} waiting: SPF ")
    worker.kill()
    with sqlite3.connect(workspace.workspace / "crier.db") as db:
        until, = db.execute("SELECT until_us FROM hold WHERE receiver = 'gmail'").fetchone()
    assert 3300 < until / 1e6 - time.time() <= 3600
    sending.wait_lock_free(workspace)
    worker = sending.Worker(workspace)
    worker.wait_log(r"campaign spring: sending")
    worker.kill()
    assert len(mood.refused) == 5
    # An hour later one tries, is refused, and it rests for twice as long.
    with sqlite3.connect(workspace.workspace / "crier.db") as db:
        db.execute("UPDATE hold SET until_us = until_us - 3600 * 1000000")
    sending.wait_lock_free(workspace)
    worker = sending.Worker(workspace)
    worker.wait_log(r"refuses us 6 times in a row and rests for 2 h")
    wait_resting(workspace, f"^Gmail: {n} waiting: SPF ")
    assert len(mood.refused) == 6 and len(told(workspace)) == 1
    worker.terminate()
    row = sending.look(workspace, 2 * n)
    assert (row["accepted"], row["deferred"], row["refused"]) == (n, n, 0)


def test_an_acceptance_in_between_resets_the_count(workspace, start_receiver):
    n = 20
    people = [f"p{i:03d}@gmail.com" for i in range(n)]
    mood = Moody(lambda _address, _nth: len(server.receiver.seen["dot"]) % 5 != 0)
    server = prepare(workspace, start_receiver, mood, people, retry_s=3)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: workspace.campaign(NAME)["queued"] == 0 and
                     workspace.campaign(NAME)["leased"] == 0,
                     what=lambda: workspace.campaign(NAME))
    assert len(mood.refused) >= 16 and not problems(workspace) and not told(workspace)
    mood.refuses = None
    sending.wait_finished(workspace, n)
    worker.terminate()
    account = sending.account(workspace, server.receiver.taken, people).check()
    assert account.states == {"accepted": n}
    assert "times in a row" not in worker.log()


def test_a_persons_own_rows_and_a_broken_table(workspace, start_receiver):
    own = workspace.workspace / "faults.cfg"
    own.write_text('format = 1;\nfaults = (\n'
                   '  { cause = "person"; text = "spf"; },\n'
                   '  { cause = "tax"; label = "unpaid tax"; todo = "Pay it"; text = "levy*"; }'
                   '\n);\n')
    n = 8
    people = mixed(n)

    def answer(address, nth):
        return SPF if is_gmail(address) else b"554 No mail before the levy is paid\r\n"
    prepare(workspace, start_receiver, answer, people)
    worker = sending.Worker(workspace)
    row, = wait_resting(workspace, f"^example.net: {n} waiting: unpaid tax ")
    assert "Pay it" in row["text"]
    counts = sending.look(workspace, 2 * n)
    assert (counts["refused"], counts["deferred"]) == (n, n)
    # Broken while it runs: told once, with its line; the shipped one holds on.
    own.write_text('format = 1;\nfaults = (\n  { caus = "person"; text = "spf"; }\n);\n')
    worker.wait_log(r'faults.cfg:3: unknown key "caus"')
    note, = [x for x in workspace.json("status")["notes"] if "faults.cfg" in x["text"]]
    assert "faults.cfg:3: " in note["text"] and "shipped table" in note["text"]
    workspace.run("people", "add", "late@gmail.com", "--list", "all")
    workspace.run("campaign", "join", NAME, "--yes", 1)
    waiting.wait_for(lambda: sending.deliveries(workspace).get("late@gmail.com", {}).get("state")
                     == "deferred", what=lambda: sending.deliveries(workspace))
    worker.terminate()
    assert worker.log().count("faults.cfg:3") == 1


def three_days_pass(workspace):
    with sqlite3.connect(workspace.workspace / "crier.db", timeout=10) as db:
        span = 3 * 86400 * 1000000
        db.execute("UPDATE delivery SET first_us = first_us - ?, due_us = 1 WHERE state = 4", (span,))
        db.execute("UPDATE attempt SET at_us = at_us - ?", (span,))


def test_the_time_of_our_fault_does_not_count_against_a_person(workspace, start_receiver):
    """Nor what was waited for other reasons, such as a pause: given up is after two days."""
    person, mood = "a@gmail.com", Moody(lambda *_: True)
    prepare(workspace, start_receiver, mood, [person], retry_s=600)
    workspace.run("worker", "--once")
    assert mood.refused == [person]
    mood.reply = b"450 4.2.0 Greylisted, come back\r\n"
    for n in (2, 3):
        three_days_pass(workspace)
        workspace.run("worker", "--once")
        assert len(mood.refused) == n and sending.look(workspace, 1)["deferred"] == 1
    # Put off again and again, it is given up all the same.
    for _ in range(9):
        if sending.look(workspace, 1)["deferred"]:
            three_days_pass(workspace)
            workspace.run("worker", "--once")
    assert sending.look(workspace, 1)["refused"] == 1
