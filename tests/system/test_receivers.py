"""Receivers: each provider gets its own pace, others are not slowed by it, and a limit or who waits
outlives the worker."""
import signal

import pytest
import sending
import waiting
from receivers import NAME, Receiver, people, provider, table, wait_row

pytestmark = pytest.mark.waits


def test_a_limited_provider_keeps_its_rate_and_others_flow(workspace, start_aiosmtpd):
    receiver = Receiver()
    both = people("slow.example", 12) + people("quick.example", 200)
    table(workspace, "providers = (" + provider("slow", "slow.example", per_second="5.0") + ");")
    sending.prepare(workspace, start_aiosmtpd(receiver), both)
    sending.start(workspace, len(both))
    workspace.run("worker", "--once")
    slow, quick = receiver.times["slow.example"], receiver.times["quick.example"]
    assert receiver.taken() == sorted(both)
    # Never faster; that a busy machine takes longer is no fault.
    assert receiver.span("slow.example") >= (12 - 2) / 5
    assert quick[-1] < slow[-1]
    assert workspace.campaign(NAME)["state"] == "finished"
    workspace.run("db", "check")


def test_in_flight_limit(workspace, start_aiosmtpd):
    receiver = Receiver(delay_s=0.05)
    both = people("tight.example", 12) + people("wide.example", 40)
    table(workspace,
          "providers = (" + provider("tight", "tight.example", connections=2) + ");")
    sending.prepare(workspace, start_aiosmtpd(receiver), both, connections=8)
    sending.start(workspace, len(both))
    workspace.run("worker", "--once")
    assert receiver.taken() == sorted(both)
    assert receiver.most["tight.example"] <= 2 < receiver.most["wide.example"]


def test_default_is_for_each_domain_by_itself(workspace, start_aiosmtpd):
    receiver = Receiver()
    table(workspace, "default = { per_second = 4; };")
    both = [a for pair in zip(people("a.example", 6), people("b.example", 6)) for a in pair]
    sending.prepare(workspace, start_aiosmtpd(receiver), both)
    sending.start(workspace, len(both))
    workspace.run("worker", "--once")
    assert receiver.taken() == sorted(both)
    for domain in ("a.example", "b.example"):
        assert receiver.span(domain) >= (6 - 2) / 4


@pytest.mark.parametrize("ending", (signal.SIGKILL, signal.SIGTERM))
def test_a_limit_holds_over_a_restart(workspace, sink, ending):
    table(workspace,
          "providers = (" + provider("rare", "rare.example", per_second="0.0001") + ");")
    everybody = people("rare.example", 4) + people("quick.example", 4)
    sending.prepare(workspace, sink, everybody)
    sending.start(workspace, 8)
    worker = sending.Worker(workspace)
    wait_row(workspace, "rare", "three to wait", lambda r: r["waiting"] == 3)
    for _ in range(2):
        worker.kill() if ending == signal.SIGKILL else worker.terminate()
        sending.wait_lock_free(workspace)
        worker = sending.Worker(workspace)
        waiting.wait_for(lambda: workspace.status()["worker"]["running"], what="the worker")
        found = wait_row(workspace, "rare", "three to wait still", lambda r: r["waiting"] == 3)
        assert found["state"] == "paced"
    assert sum(a.endswith("@rare.example") for a in sink.taken()) == 1
    # Another limit is taken at once, without a new start of anything.
    workspace.run("provider", "set", "rare", "--per-second", 0)
    sending.wait_finished(workspace, 8)
    worker.terminate()
    assert sorted(sink.taken()) == sorted(everybody)


def test_a_reply_that_asks_for_less_halves_and_it_climbs_back(workspace, start_sink):
    first = people("shy.example", 1)[0]
    sink = start_sink(script=f'once rcpt {first} defer 450 4.7.28 too many from you\n')
    table(workspace, "pace = { quiet_s = 1; climb_s = 2; };\n"
                     "providers = (" + provider("shy", "shy.example", per_second=4) + ");")
    sending.prepare(workspace, sink, people("shy.example", 20), retry_s=1)
    sending.start(workspace, 20)
    worker = sending.Worker(workspace)
    slowed = wait_row(workspace, "shy", "it to be slowed", lambda r: r["state"] == "slowed")
    assert 2 <= slowed["rate_now"] < 4 and "too many from you" in slowed["why"]
    wait_row(workspace, "shy", "it to climb back",
             lambda r: r["state"] != "slowed" and r["rate_now"] in (0, 4))
    sending.wait_finished(workspace, 20)
    worker.terminate()
