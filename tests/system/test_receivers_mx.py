"""Domains that share a receiver because the same hosts take their mail."""
import sending
import waiting
from receivers import NAME, Receiver, provider, table, wait_row


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
