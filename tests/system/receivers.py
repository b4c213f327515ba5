"""What tests about receivers share: a table, a server that knows when it took mail for whom."""
import asyncio
import collections
import time

import peers
import sending
import waiting

NAME = sending.CAMPAIGN


def table(workspace, text):
    (workspace.workspace / "providers.cfg").write_text("format = 1;\n" + text)


def provider(name, domain, **limits):
    words = "".join(f" {key} = {value};" for key, value in limits.items())
    return (f'{{ name = "{name}"; label = "{name.title()} Mail"; domains = [ "{domain}" ];'
            f"{words} }}")


def people(domain, n):
    return [f"p{i:05d}@{domain}" for i in range(n)]


class Receiver(peers.ScriptedHandler):
    """Knows when it took mail for each domain, and how many at once at most."""

    def __init__(self, delay_s=0):
        super().__init__()
        self.delay_s = delay_s
        self.times = collections.defaultdict(list)
        self.at_once = collections.Counter()
        self.most = collections.Counter()

    async def handle_DATA(self, server, session, envelope):
        domain = envelope.rcpt_tos[0].rsplit("@")[-1]
        self.times[domain].append(time.monotonic())
        self.at_once[domain] += 1
        self.most[domain] = max(self.most[domain], self.at_once[domain])
        await asyncio.sleep(self.delay_s)
        self.at_once[domain] -= 1
        return await super().handle_DATA(server, session, envelope)

    def taken(self):
        return sorted(r.recipients[0] for r in self.received)

    def span(self, domain):
        return self.times[domain][-1] - self.times[domain][0]


def row(workspace, name):
    return next((p for p in workspace.json("provider", "list") if p["name"] == name), None)


def wait_row(workspace, name, what, fits):
    def look():
        found = row(workspace, name)
        return found if found and fits(found) else None
    return waiting.wait_for(look, what=what)
