"""Many who wait for a receiver: nobody else is slowed, and no death of the worker loses one."""
import collections
import sqlite3

import killing
import sending
import shims
import waiting
from receivers import NAME, people, provider, table, wait_row


def test_deaths_while_people_wait(workspace, start_sink):
    """Nobody is lost and nobody is mailed twice, wherever a transaction is cut."""
    sink = start_sink(script=killing.script(), maildir=False)
    table(workspace, "providers = (" + provider("net", "example.net", per_second=700,
                                               connections=4) + ");")
    everybody = sending.prepare(workspace, sink, 1500, 8, server=["--reply-timeout", "2"])
    sending.start(workspace, len(everybody))
    run = killing.Killing(workspace, sink, everybody, 8)
    run.run()
    sending.wait_finished(workspace, len(everybody), 120)
    run.worker.terminate()
    found = killing.Found(run, 8)
    found.check()
    assert found.kills >= 4
    assert workspace.status()["receivers"] == []


def test_ten_thousand_who_wait_slow_nobody(workspace, start_sink):
    sink = start_sink(maildir=False)
    table(workspace,
          "providers = (" + provider("rare", "rare.example", per_second="0.0001") + ");")
    quick = people("quick.example", 500)
    sending.prepare(workspace, sink, people("rare.example", 10000) + quick)
    sending.start(workspace, 10500)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: workspace.campaign(NAME)["accepted"] == 501, what="the others to go")
    found = wait_row(workspace, "rare", "the rest to wait", lambda r: r["waiting"] == 9999)
    assert found["state"] == "paced"
    row_now = workspace.campaign(NAME)
    assert (row_now["deferred"], row_now["queued"], row_now["leased"]) == (9999, 0, 0)
    with open(f"/proc/{worker.role_pid()}/status", encoding="ascii") as status:
        kept = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    assert kept < 30 * 1024 or shims.is_sanitized()
    workspace.run("provider", "set", "rare", "--per-second", 0)
    sending.wait_finished(workspace, 10500)
    worker.terminate()
    assert collections.Counter(sink.taken()).most_common(1)[0][1] == 1
    workspace.run("db", "check")


def test_who_was_lost_is_found_at_the_start(workspace, start_sink):
    """As if a counter or a row had gone: db check tells it, the next worker puts it right."""
    sink = start_sink(maildir=False)
    table(workspace,
          "providers = (" + provider("rare", "rare.example", per_second="0.0001") + ");")
    everybody = sending.prepare(workspace, sink, people("rare.example", 10))
    sending.start(workspace, 10)
    worker = sending.Worker(workspace)
    wait_row(workspace, "rare", "nine to wait", lambda r: r["waiting"] == 9)
    worker.terminate()
    sending.wait_lock_free(workspace)
    with sqlite3.connect(workspace.workspace / "crier.db", timeout=10) as db:
        db.execute("DELETE FROM held WHERE delivery_id IN (SELECT delivery_id FROM held LIMIT 4)")
        db.execute("UPDATE hold_waiting SET n = 0")
    said = workspace.run("db", "check", exit_code=1).stdout
    assert "4 people wait, and nothing says for what" in said
    worker = sending.Worker(workspace)
    wait_row(workspace, "rare", "nine to wait again", lambda r: r["waiting"] == 9)
    workspace.run("provider", "set", "rare", "--per-second", 0)
    sending.wait_finished(workspace, 10)
    worker.terminate()
    assert sorted(sink.taken()) == everybody


def test_a_backup_with_people_who_wait(workspace, sink):
    """Who was sent to since the backup is not sent to again, and who waits in it is found."""
    n = 40
    table(workspace, "providers = (" + provider("slow", "slow.example", per_second="8") + ");")
    sending.prepare(workspace, sink, people("slow.example", n))
    sending.start(workspace, n)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: len(sink.taken()) >= 4 and workspace.campaign(NAME)["deferred"] > 20,
                     what=lambda: workspace.campaign(NAME))
    worker.terminate()
    backup = workspace.home / "backup.db"
    workspace.run("db", "backup", backup)
    worker = sending.Worker(workspace)
    before = len(sink.taken())
    waiting.wait_for(lambda: len(sink.taken()) > before + 4, what=sink.taken)
    worker.terminate()
    workspace.run("db", "restore", backup)
    workspace.run("db", "check")
    table(workspace, "")
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: workspace.campaign(NAME)["state"] == "held",
                     what=lambda: workspace.campaign(NAME))
    workspace.run("campaign", "resume", NAME)
    sending.wait_finished(workspace, n)
    worker.terminate()
    workspace.run("db", "check")
    account = sending.account(workspace, sink.taken(), people("slow.example", n)).check()
    assert account.states == {"accepted": n}
