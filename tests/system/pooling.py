"""Servers in a pool, a campaign that goes by it, and what is said of it."""
import collections

import sending
import waiting

NAME = sending.CAMPAIGN


def add_server(workspace, name, peer, *options):
    workspace.run("server", "add", name, "--host", f"{peer.host}:{peer.port}", "--security",
                  "none", "--connections", 2, *options)


def prepare(workspace, peers, people, members, options=(), retry_s=1):
    """main and its stand-ins second, third: a server a peer; options: of each, in order."""
    options = [*options, *[()] * (len(peers) - len(options))]
    people = sending.prepare(workspace, peers[0], people, server=options[0], retry_s=retry_s)
    for name, peer, more in zip(("second", "third"), peers[1:], options[1:]):
        add_server(workspace, name, peer, *more)
    workspace.run("pool", "set", "both", *members)
    workspace.run("campaign", "set", NAME, "--server", "both")
    return people


def send(workspace, n):
    sending.start(workspace, n)
    worker = sending.Worker(workspace)
    sending.wait_finished(workspace, n)
    worker.terminate()


def taken(sinks):
    return [address for sink in sinks for address in sink.taken()]


def reasons(workspace):
    return workspace.json("campaign", "explain", NAME)["reasons"]


def wait_reason(workspace, *needles):
    def told():
        return next((r for r in reasons(workspace)
                     if all(needle in r["text"] for needle in needles)), None)
    return waiting.wait_for(told, what=lambda: f"explain to say {needles}: "
                                               f"{reasons(workspace)}")


def counts(workspace):
    """Who got how many, by the ledger."""
    return collections.Counter(row["server"] for row in sending.deliveries(workspace).values()
                               if row["state"] == "accepted")


def check(workspace):
    return workspace.json("campaign", "check", NAME, "--no-spamassassin", exit_code=None)
