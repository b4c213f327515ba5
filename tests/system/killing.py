"""A worker that is killed again and again while a campaign goes out, at moments drawn by chance,
and what is found in the end: who was lost, who was mailed twice, for whom nobody can know.
"""
import collections
import random
import time

import sending
import waiting

LOG_LINE_BYTES = 245  # of the sink, about
NOBODY = "055@example.net"


def script(delay_ms=3):
    """Of crier sink. Every message takes a moment, so that a kill meets some of them in flight."""
    return f"""greylist once p*77@example.net
rcpt p*{NOBODY} refuse 550 5.1.1 Nobody here
at dot share 100 delay {delay_ms}
at dot share 0.05 swallow
at dot share 0.2 half-reply
at dot share 0.2 drop-after-dot
"""


# Who is killed, in turn. A role alone comes back after a second or two, so not so often; and
# its supervisor is also killed while there is no role.
_ROUND = ("supervisor", "both", "role, then supervisor")
KINDS = ("supervisor", "both", "role", *_ROUND * 5)


class Killing:
    """At most `most` deaths over a campaign of these people; deadline (monotonic) ends it before
    that."""

    def __init__(self, crier, sink, people, most, deadline=None):
        self.crier, self.sink, self.people, self.most = crier, sink, people, most
        self.chance = random.Random(20270301)
        self.worker = sending.Worker(crier)
        self.kills = collections.Counter()
        self.deadline = deadline

    def wait_progress(self, kills_left):
        """Until the sink has seen some more people, or all is over. What is left of them is
        shared out among what is left of the kills, as some go out between two of these."""
        seen = self.sink.log_path.stat().st_size // LOG_LINE_BYTES
        share = max(0, len(self.people) - seen) // (kills_left + 1)
        size = (seen + self.chance.randrange(share // 2 + 1)) * LOG_LINE_BYTES
        waiting.wait_for(lambda: self.sink.log_path.stat().st_size >= size or self.is_over(),
                         what=lambda: f"the sink to be sent more; {self.worker.log()[-2000:]}")

    def is_over(self):
        return "finished: " in self.worker.log()[-4000:]

    def is_late(self):
        return self.deadline is not None and time.monotonic() > self.deadline

    def strike(self, kind):
        role = self.worker.role_pid()
        if not role:
            return False
        if kind == "supervisor":
            self.worker.kill(role=False)
        elif kind == "both":
            self.worker.kill()
        else:
            self.worker.kill(supervisor=False)
            if kind != "role":
                self.worker.kill()
        self.kills[kind] += 1
        return True

    def go_on(self):
        if self.worker.process.poll() is not None:
            sending.wait_lock_free(self.crier)
            self.worker = sending.Worker(self.crier)
        waiting.wait_for(self.worker.role_pid, what=lambda: f"a role: {self.worker.log()}")

    def run(self):
        n = 0
        while n < self.most and not self.is_over() and not self.is_late():
            self.wait_progress(self.most - n)
            sending.look(self.crier, len(self.people))
            n += self.strike(KINDS[n % len(KINDS)])
            self.go_on()


class Found:
    """The account of a campaign that is finished: the ledger against the sink."""

    def __init__(self, killing, connections):
        self.killing = killing
        self.connections = connections
        self.kills = sum(killing.kills.values())
        self.account = sending.account(killing.crier, killing.sink.taken(), killing.people)
        self.unanswered = {row["to"] for row in killing.sink.log()
                           if row["taken"] and row["code"] == 0}

    def check(self):
        self.account.check()
        assert self.unanswered <= self.account.uncertain
        # What was in flight, and what the sink gave no whole reply to.
        most = self.connections * self.kills + len(self.unanswered)
        assert len(self.account.uncertain) <= most, self.account
        refused = [p for p in self.killing.people if p.endswith(NOBODY)]
        assert self.account.states["refused"] == len(refused), self.account

    def __str__(self):
        kinds = ", ".join(f"{n} {kind}" for kind, n in self.killing.kills.items())
        return (f"kills {self.kills} ({kinds}), people {len(self.killing.people)}, {self.account},"
                f" of which {len(self.unanswered)} had no whole reply")
