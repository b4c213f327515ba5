"""Pools: who of them sends, and what is said of who does not."""
import pytest

import sending
import waiting
from pooling import NAME, counts, prepare, send, taken, wait_reason


@pytest.fixture(name="noon")
def _noon(workspace):
    """No hour or day ends while a test runs."""
    workspace.env["TZ"] = sending.noon_zone()
    return workspace


def test_weights(workspace, start_sink):
    sinks = [start_sink(), start_sink()]
    people = prepare(workspace, sinks, 200, ["main:3", "second:1"])
    send(workspace, 200)
    sending.account(workspace, taken(sinks), people).check()
    got = [len(sink.taken()) for sink in sinks]
    assert abs(got[0] - 150) <= 2 and sum(got) == 200, got
    assert counts(workspace) == {"main": got[0], "second": got[1]}


def test_one_at_its_limit_a_second_does_not_hold_up_the_other(workspace, start_sink):
    sinks = [start_sink(), start_sink()]
    people = prepare(workspace, sinks, 200, ["main", "second"], [("--per-second", 5)])
    send(workspace, 200)
    assert sorted(taken(sinks)) == sorted(people)
    assert len(sinks[1].taken()) > 150, "its weight is half of them"


def test_a_reserve_is_used_only_while_no_other_may_send(workspace, start_sink):
    sinks = [start_sink(), start_sink(), start_sink()]
    people = prepare(workspace, sinks, 60, ["third:0", "main:1", "second:0"])
    workspace.run("server", "set", "main", "--connections", 1)
    send(workspace, 60)
    assert [len(sink.taken()) for sink in sinks] == [60, 0, 0]
    sending.draft(workspace, "summer")
    workspace.run("campaign", "set", "summer", "--server", "both")
    workspace.run("server", "set", "main", "--enabled", "no")
    sending.start(workspace, 60, "summer")
    workspace.run("worker", "--once")
    assert [len(sink.taken()) for sink in sinks] == [60, 0, 60]
    assert sorted(sinks[2].taken()) == sorted(people)


def test_a_daily_quota_moves_on_to_the_next(noon, start_sink):
    sinks = [start_sink(), start_sink()]
    people = prepare(noon, sinks, 60, ["main:3", "second:1"], [("--per-day", 10)])
    sending.start(noon, 60)
    worker = sending.Worker(noon)
    sending.wait_finished(noon, 60)
    assert [len(sink.taken()) for sink in sinks] == [10, 50]
    worker.terminate()
    sending.account(noon, taken(sinks), people).check()


def test_hourly_quotas_of_all(noon, start_sink):
    sinks = [start_sink(), start_sink()]
    prepare(noon, sinks, 9, ["main", "second"], [("--per-hour", 3), ("--per-hour", 2)])
    sending.start(noon, 9)
    assert "13:00" in noon.run("worker", "--once").stderr
    assert [len(sink.taken()) for sink in sinks] == [3, 2]
    worker = sending.Worker(noon)
    wait_reason(noon, "server main: hourly limit of 3 reached, again at 13:00")
    wait_reason(noon, "server second: hourly limit of 2 reached, again at 13:00")
    assert wait_reason(noon, "pool both: none of its servers may send now")["kind"] == "goes"
    noon.run("server", "set", "second", "--per-hour", 0)
    sending.wait_finished(noon, 9)
    worker.terminate()
    assert [len(sink.taken()) for sink in sinks] == [3, 6]


def test_explain_says_who_rests_and_who_goes_on(workspace, start_receiver, start_sink):
    busy = start_receiver(replies={"mail": lambda *_: b"421 4.3.2 Too busy\r\n"})
    slow = start_receiver(hold="dot")
    people = prepare(workspace, [busy, slow], 20, ["main:3", "second:1"])
    sending.start(workspace, 20)
    worker = sending.Worker(workspace)
    told = wait_reason(workspace, "server main: rests since", "421 Too busy")
    assert told["kind"] == "goes" and "until" in told["text"]
    wait_reason(workspace, "pool both: it goes by second")
    shown = workspace.json("pool", "show", "both")
    assert [m["takes"] for m in shown["members"]] == [False, True]
    slow.receiver.release()
    sending.wait_finished(workspace, 20)
    worker.terminate()
    assert sorted(slow.receiver.taken) == sorted(people)
    # What the other server's state was used up nobody's tries.
    assert {row["attempts"] for row in sending.deliveries(workspace).values()} == {1}


def test_all_rest(workspace, start_receiver):
    busy = [start_receiver(replies={"mail": lambda *_: b"421 4.3.2 Too busy\r\n"})
            for _ in range(2)]
    prepare(workspace, busy, 5, ["main:3", "second:1"])
    sending.start(workspace, 5)
    worker = sending.Worker(workspace)
    wait_reason(workspace, "server main: rests since", "421 Too busy")
    wait_reason(workspace, "server second: rests since", "421 Too busy")
    wait_reason(workspace, "pool both: none of its servers may send now")
    assert sending.look(workspace, 5)["accepted"] == 0
    worker.terminate()


def test_a_wrong_password_at_one(workspace, start_aiosmtpd, start_sink):
    locked, sink = start_aiosmtpd(users={"news": "right"}), start_sink()
    people = prepare(workspace, [locked, sink], 30, ["main:3", "second:1"],
                     [("--user", "news", "--password-command", "echo wrong")])
    sending.start(workspace, 30)
    worker = sending.Worker(workspace)
    sending.wait_finished(workspace, 30)
    assert sorted(sink.taken()) == sorted(people)
    assert [good for _, _, good in locked.logins] == [False]
    member = workspace.json("pool", "show", "both")["members"][0]
    assert member["needs_person"] and "login is refused" in member["why_not"], member
    assert any(p["verb"] == "server test main" for p in workspace.status()["problems"])
    worker.terminate()


def test_what_one_puts_off_may_go_by_another(workspace, start_sink):
    greylists = start_sink(script="rcpt * defer 451 4.7.1 come again\n")
    sink = start_sink()
    prepare(workspace, [greylists, sink], 12, ["main", "second"])
    sending.start(workspace, 12)
    worker = sending.Worker(workspace)

    def second_time():
        return [row for row in sending.deliveries(workspace).values()
                if row["state"] == "accepted" and row["attempts"] > 1]
    rows = waiting.wait_for(second_time, what="somebody's second try to be taken")
    assert {row["server"] for row in rows} == {"second"} and not greylists.taken()
    worker.terminate()


def test_each_has_its_own_envelope(workspace, start_sink):
    sinks = [start_sink(), start_sink()]
    workspace.run("mailbox", "add", "bounces", "--address", "bounce@bounce.example.org",
                  "--host", "imap.example.org", "--user", "bounce", "--password-command",
                  "echo p4ss")
    prepare(workspace, sinks, 20, ["main", "second"], [(), ("--envelope", "plain")])
    workspace.run("campaign", "set", NAME, "--mailbox", "bounces")
    send(workspace, 20)
    senders = [{row["from"] for row in sink.log()} for sink in sinks]
    assert len(senders[0]) == 10 and all(s.startswith("bounce+") for s in senders[0])
    assert senders[1] == {"news@example.org"}
