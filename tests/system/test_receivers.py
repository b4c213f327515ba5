"""Receivers: each provider gets its own pace, others are not slowed by it, and a limit or who waits
outlives the worker."""
import signal

import pytest
import sending
import waiting
from receivers import NAME, Receiver, people, provider, table, wait_row


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


def test_who_waits_is_said_everywhere(workspace, sink):
    table(workspace,
          "providers = (" + provider("rare", "rare.example", per_second="0.0001") + ");")
    sending.prepare(workspace, sink, people("rare.example", 1501) + people("quick.example", 2))
    sending.start(workspace, 1503)
    worker = sending.Worker(workspace)
    wait_row(workspace, "rare", "the others to wait", lambda r: r["waiting"] == 1500)
    said = "Rare Mail: 1,500 waiting: one in 10000 s"
    reasons = workspace.json("campaign", "explain", NAME)["reasons"]
    assert [r for r in reasons if r["text"] == said and r["kind"] == "goes"
            and r["verb"] == "provider show rare"]
    holds = workspace.status()["receivers"]
    assert [h["text"] for h in holds] == [said] and holds[0]["waiting"] == 1500
    late = people("rare.example", 1501)[-1]
    person = workspace.json("campaign", "explain", NAME, late)["reasons"]
    assert "waits for Rare Mail" in person[0]["text"] and "one in 10000 s" in person[0]["text"]
    assert workspace.campaign(NAME)["deferred"] == 1500
    # Nobody of them used an attempt, and cancelling takes all of them.
    assert sending.deliveries(workspace)[late]["attempts"] == 0
    workspace.run("campaign", "cancel", NAME)
    assert workspace.campaign(NAME)["cancelled"] == 1500
    assert workspace.status()["receivers"] == []
    worker.terminate()
    workspace.run("db", "check")


def test_a_mistake_in_the_table_is_told_and_nothing_goes(workspace, sink):
    table(workspace, "providers = (\n" + provider("x", "x.example", per_second='"ten"') + ");")
    sending.prepare(workspace, sink, 3)
    sending.start(workspace, 3)
    said = workspace.run("provider", "list", exit_code=1).stderr
    assert "providers.cfg:3: per_second: this is a text" in said
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: any("providers.cfg:3" in p["text"]
                                 for p in workspace.status()["problems"]),
                     what="status to name the line")
    assert sink.taken() == []
    table(workspace, "")
    sending.wait_finished(workspace, 3)
    worker.terminate()


def test_once_says_when_the_next_may_go(workspace, sink):
    table(workspace, "providers = (" + provider("rare", "rare.example", per_second="0.005") + ");")
    sending.prepare(workspace, sink, people("rare.example", 3))
    sending.start(workspace, 3)
    said = workspace.run("worker", "--once").stderr
    assert "nothing is due now; the next is due at" in said
    assert len(sink.taken()) == 1 and workspace.campaign(NAME)["state"] == "sending"


def test_the_check_says_how_long_a_receiver_takes(workspace, sink):
    table(workspace, "providers = (" + provider("slow", "slow.example", per_second="0.5") + ");")
    sending.prepare(workspace, sink, people("slow.example", 11) + people("quick.example", 3))

    def found():
        report = workspace.run("campaign", "check", NAME, "--json", exit_code=None).json()
        return [f for f in report["findings"] if f["key"] == "receivers"]
    said = found()
    assert [f["sentence"] for f in said] == [
        "Slow Mail: by its limit (one in 2 s) 11 messages take 20 s."] and said[0]["count"] == 11
    table(workspace, "default = { per_second = -3; };")
    assert found()[0]["level"] == "fail" and "providers.cfg:2" in found()[0]["sentence"]


def test_verbs(workspace):
    workspace.run("provider", "set", "gmail", "--per-second", "0.5", "--connections", 3)
    gmail = workspace.json("provider", "show", "gmail")
    assert (gmail["per_second"], gmail["connections"]) == (0.5, 3)
    assert "googlemail.com" in gmail["domains"] and "*.google.com" in gmail["mx"]
    workspace.run("provider", "set", "gmail", "--default")
    assert workspace.json("provider", "list") == []
    assert len(workspace.json("provider", "list", "--all")) > 30
    workspace.run("provider", "set", "Example.org", "--per-second", 2)
    assert workspace.json("provider", "show", "example.org")["domains"] == ["example.org"]
    for words, said in (
            (("set", "gmial", "--per-second", 1), "Did you mean 'gmail'?"),
            (("set", "gmail"), "nothing to set"),
            (("set", "gmail", "--per-second", "ten"), "is not a number of messages a second"),
            (("set", "gmail", "--connections", -1), "connections"),
            (("wake", "gmail"), "nobody waits for gmail"),
            (("show", "a..b"), "is not a domain")):
        result = workspace.run("provider", *words, exit_code=None)
        assert result.returncode != 0 and said in result.stderr, words
