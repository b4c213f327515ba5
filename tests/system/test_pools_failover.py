"""Pools whose servers die, hang, are switched off or shared while they are used."""
import pytest

import sending
import waiting
from pooling import NAME, prepare, taken


@pytest.mark.parametrize("kills_worker", (False, True))
def test_one_is_killed_in_the_middle(workspace, start_sink, kills_worker):
    sinks = [start_sink(), start_sink()]
    people = prepare(workspace, sinks, 120, ["main:3", "second:1"],
                     [("--per-second", 20)] * 2)
    sending.start(workspace, 120)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: len(sinks[0].taken()) >= 15, what="the first to have some")
    sinks[0].process.kill()
    if kills_worker:
        worker.kill()
        sending.wait_lock_free(workspace)
        worker = sending.Worker(workspace)
    sending.wait_finished(workspace, 120)
    worker.terminate()
    result = sending.account(workspace, taken(sinks), people).check()
    # Those in its hands, and with the worker killed, too, those in the other's.
    assert len(result.uncertain) <= (8 if kills_worker else 4), result
    assert len(sinks[1].taken()) > 60


def test_a_slow_one_does_not_hold_up_the_other(workspace, start_receiver, start_sink):
    stuck, sink = start_receiver(hold="dot"), start_sink()
    prepare(workspace, [stuck, sink], 200, ["main", "second"])
    sending.start(workspace, 200)
    worker = sending.Worker(workspace)
    # All but what it holds: 2 connections and what is leased for them.
    waiting.wait_for(lambda: len(sink.taken()) >= 190, what="the other one to go on")
    assert "does not take" in worker.log() or "too slowly" in worker.log()
    stuck.receiver.release()
    sending.wait_finished(workspace, 200)
    worker.terminate()


def test_a_pool_is_changed_while_it_is_used(workspace, start_receiver, start_sink):
    stuck, sink = start_receiver(hold="rcpt"), start_sink()
    people = prepare(workspace, [stuck, sink], 30, ["main:1", "second:0"])
    sending.start(workspace, 30)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: stuck.receiver.held > 0, what="the first to have begun")
    workspace.run("pool", "set", "both", "second:1")
    waiting.wait_for(lambda: len(sink.taken()) >= 28, what="the other to get the rest")
    stuck.receiver.release()
    sending.wait_finished(workspace, 30)
    worker.terminate()
    sending.account(workspace, stuck.receiver.taken + sink.taken(), people).check()


def test_one_is_switched_off_and_on_while_it_is_used(workspace, start_receiver, start_sink):
    stuck, sink = start_receiver(hold="rcpt"), start_sink()
    people = prepare(workspace, [stuck, sink], 40, ["main:9", "second:1"],
                     [(), ("--per-second", 5)])
    sending.start(workspace, 40)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: stuck.receiver.held > 0, what="the first to have begun")
    workspace.run("server", "set", "main", "--enabled", "no")
    waiting.wait_for(lambda: len(sink.taken()) >= 10, what="the other to take over")
    stuck.receiver.release()
    workspace.run("server", "set", "main", "--enabled", "yes")
    sending.wait_finished(workspace, 40)
    worker.terminate()
    assert len(stuck.receiver.taken) > 2
    sending.account(workspace, stuck.receiver.taken + sink.taken(), people).check()


def test_two_campaigns_share_a_pool_and_a_server(workspace, start_sink):
    sinks = [start_sink(), start_sink()]
    people = prepare(workspace, sinks, 60, ["main:1", "second:1"])
    sending.draft(workspace, "summer")
    for name in (NAME, "summer"):
        sending.start(workspace, 60, name)
    worker = sending.Worker(workspace)
    for name in (NAME, "summer"):
        sending.wait_finished(workspace, 60, campaign=name)
        workspace.run("db", "check")
    worker.terminate()
    # spring in halves, summer by main alone.
    assert abs(len(sinks[0].taken()) - 90) <= 2 and len(taken(sinks)) == 120
    assert sorted(taken(sinks)) == sorted(people * 2)


def test_servers_and_worker_killed_again_and_again(workspace, start_sink):
    """Each of three servers and the worker die in turn and come back."""
    scripts = [None, "once rcpt p001* defer 451 4.7.1 later\n", "rcpt p0001* drop-after-dot\n"]
    sinks = [start_sink(script=script) for script in scripts]
    people = prepare(workspace, sinks, 300, ["main:2", "second:1", "third:1"],
                     [("--per-second", 40)] * 3)
    gone = []
    sending.start(workspace, 300)
    worker = sending.Worker(workspace)
    for i, sink in enumerate(sinks):
        left = sending.look(workspace, 300)["queued"] - 40
        waiting.wait_for(lambda: sending.look(workspace, 300)["queued"] <= max(left, 0),
                         what="some to go out")
        sink.process.kill()
        sink.process.wait()
        worker.kill()
        gone.append(sink)
        sinks[i] = start_sink(port=sink.port, script=scripts[i])
        sending.wait_lock_free(workspace)
        worker = sending.Worker(workspace)
    sending.wait_finished(workspace, 300)
    worker.terminate()
    result = sending.account(workspace, taken([*gone, *sinks]), people).check()
    # A death of the worker leaves at most two on each of two connections to three servers; the
    # third server never says what became of ten.
    assert len(result.uncertain) <= 3 * 12 + 10, result
