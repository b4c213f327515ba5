"""Domains that share a receiver because the same hosts take their mail."""
import pytest

import sending
import waiting
from receivers import NAME, Receiver, provider, table, wait_row

pytestmark = pytest.mark.waits


def test_domains_share_a_limit_by_their_mx_hosts(workspace, start_aiosmtpd, start_dns):
    """The worker looks them up by itself; what gives no answer is its own receiver."""
    names = {"one.hosted-example.de": "mx1.host.provider.de", "two.hosted-example.de":
             "mx2.host.provider.de", "three.hosted-example.de": "mx.elsewhere.de"}
    server = start_dns({name: [("MX", "10 " + host)] for name, host in names.items()})
    workspace.env["CRIER_DNS"] = server.address
    table(workspace, 'providers = ( { name = "hoster"; label = "Hoster";'
                     ' mx = [ "*.provider.de" ]; per_second = 0.0001; } );')
    receiver = Receiver()
    both = [f"a{i}@{domain}" for domain in names for i in range(2)]
    sending.prepare(workspace, start_aiosmtpd(receiver), both)
    found = workspace.json("provider", "look", *names)
    assert {r["domain"]: r["hosts"] for r in found} == names
    assert workspace.run("provider", "look", "nowhere.hosted-example.de", "--json"
                         ).json()[0]["status"] == "none"
    sending.start(workspace, 6)
    worker = sending.Worker(workspace)
    wait_row(workspace, "hoster", "three of four to wait", lambda r: r["waiting"] == 3)
    waiting.wait_for(lambda: workspace.campaign(NAME)["accepted"] == 3, what="the others to go")
    assert sum(a.endswith("@three.hosted-example.de") for a in receiver.taken()) == 2
    workspace.run("provider", "set", "hoster", "--per-second", 0)
    sending.wait_finished(workspace, 6)
    worker.terminate()


def test_the_worker_looks_up_what_is_not_known(workspace, start_aiosmtpd, start_dns):
    """By itself each domain would get one message in hours; their provider takes any number."""
    domain = "mail.hosted-example.de"
    server = start_dns({domain: [("MX", "10 mx1.host.provider.de")]})
    workspace.env["CRIER_DNS"] = server.address
    table(workspace, "default = { per_second = 0.0001; };"
                     ' providers = ( { name = "hoster"; mx = [ "*.provider.de" ]; } );')
    receiver = Receiver()
    both = sending.prepare(workspace, start_aiosmtpd(receiver),
                           [f"{name}@{domain}" for name in "abcdef"])
    sending.start(workspace, 6)
    worker = sending.Worker(workspace)
    sending.wait_finished(workspace, 6)
    worker.terminate()
    assert receiver.taken() == both and (domain, 15) in server.asked


LIMITED = ('providers = ( { name = "hoster"; label = "Hoster"; mx = [ "*.provider.de" ];'
           ' per_second = 0.0001; } );')


def test_once_looks_before_it_sends(workspace, start_aiosmtpd, start_dns):
    """Two domains of one provider: by the limit that they share, one of four may go."""
    names = {"one.hosted-example.de": "mx1.host.provider.de",
             "two.hosted-example.de": "mx2.host.provider.de"}
    server = start_dns({name: [("MX", "10 " + host)] for name, host in names.items()})
    workspace.env["CRIER_DNS"] = server.address
    table(workspace, LIMITED)
    receiver = Receiver()
    sending.prepare(workspace, start_aiosmtpd(receiver),
                    [f"{name}{i}@{domain}" for i, domain in enumerate(names) for name in "ab"])
    sending.start(workspace, 4)
    workspace.run("worker", "--once")
    assert len(receiver.taken()) == 1
    assert sorted(server.asked) == sorted((name, 15) for name in names)


def test_once_asks_nobody_without_limits(workspace, start_aiosmtpd, start_dns):
    server = start_dns({})
    workspace.env["CRIER_DNS"] = server.address
    both = sending.prepare(workspace, start_aiosmtpd(receiver := Receiver()),
                           ["a@one.hosted-example.de", "b@two.hosted-example.de"])
    sending.start(workspace, 2)
    workspace.run("worker", "--once")
    assert receiver.taken() == both and server.asked == []


def test_once_is_ended_while_it_looks(workspace, start_aiosmtpd, start_dns):
    """A name server that says nothing holds nobody back who wants to stop, and no child is left."""
    domain = "one.hosted-example.de"
    server = start_dns({}, silent=[domain])
    workspace.env["CRIER_DNS"] = server.address
    table(workspace, LIMITED)
    receiver = Receiver()
    sending.prepare(workspace, start_aiosmtpd(receiver), ["a@" + domain])
    sending.start(workspace, 1)
    worker = sending.Worker(workspace, "--once")
    waiting.wait_for(lambda: (domain, 15) in server.asked, what="the question")
    looker = worker.role_pid()
    worker.terminate()
    waiting.wait_for(lambda: not sending.is_alive(looker), what="the child to be gone")
    assert receiver.taken() == []


def test_once_goes_on_without_an_answer(workspace, start_aiosmtpd, start_dns):
    domains = ["one.hosted-example.de", "two.hosted-example.de"]
    workspace.env["CRIER_DNS"] = start_dns({}, silent=domains).address
    table(workspace, LIMITED)
    receiver = Receiver()
    both = sending.prepare(workspace, start_aiosmtpd(receiver), ["a@" + d for d in domains])
    sending.start(workspace, 2)
    workspace.run("worker", "--once")
    assert receiver.taken() == both
