"""Deaths of the worker: at every step in turn, and at random. Nobody lost, nobody twice."""
import collections
import os
import random

import pytest

import sending
import steps
import waiting

pytestmark = pytest.mark.proof

IS_LONG = bool(os.environ.get("CRIER_LONG_TESTS"))

# ---- a death at every step ---------------------------------------------------------------

# Call, and each how many-th of it is tried here; all of them in the long variant. Together
# they cut a run of the role between any two things that it does to the world.
ROLE_CALLS = [("write", 1), ("fdatasync", 1), ("sendto", 2), ("rename", 1), ("fallocate", 1),
              ("recvfrom", 6), ("pwrite64", 6), ("openat", 14), ("epoll_wait", 5)]
SUPERVISOR_CALLS = [("fdatasync", 3), ("pwrite64", 17), ("write", 2), ("ftruncate", 1)]


@pytest.fixture
def the_steps(workspace, start_sink):
    reason = sending.why_no_strace()
    if reason:
        pytest.skip(reason)
    return steps.Steps(workspace, start_sink(maildir=False, script=steps.SCRIPT))


def die_at_every_step(campaign, run, call, stride):
    stride = 1 if IS_LONG else stride
    deaths = uncertain = 0
    for when in range(1, 10000, stride):
        campaign.reset()
        if run(call, when):
            break
        uncertain += campaign.check((call, when))
        deaths += 1
    print(f"\n{call}: {deaths} deaths, at each {stride}. call, {uncertain} uncertain, "
          f"lost 0, doubled 0")
    assert deaths > 0, f"{call} is never called"


@pytest.mark.parametrize("call, stride", ROLE_CALLS, ids=[call for call, _ in ROLE_CALLS])
def test_the_role_dies_at_every_step(the_steps, call, stride):
    die_at_every_step(the_steps, the_steps.run_role, call, stride)


@pytest.mark.parametrize("call, stride", SUPERVISOR_CALLS,
                         ids=[call for call, _ in SUPERVISOR_CALLS])
def test_the_supervisor_dies_at_every_step(the_steps, call, stride):
    die_at_every_step(the_steps, the_steps.run_worker, call, stride)


def test_a_death_at_every_step_of_the_recovery(the_steps):
    """The first one dies with messages in flight, the second while it puts that in order."""
    for when in range(1, 20 if IS_LONG else 5):
        the_steps.reset()
        assert not the_steps.run_role("sendto", 9)
        the_steps.run_role("fdatasync", when)
        the_steps.check(("sendto", 9, "fdatasync", when))


# ---- deaths at random --------------------------------------------------------------------

LOG_LINE_BYTES = 245  # of the sink, about
KILLS = 1000 if IS_LONG else 102
RANDOM_PEOPLE = 100000 if IS_LONG else 20000
RANDOM_CONNECTIONS = 8
# Every message takes a moment, so that a kill meets some of them in flight.
RANDOM_SCRIPT = """greylist once p*77@example.net
rcpt p*055@example.net refuse 550 5.1.1 Nobody here
at dot share 100 delay 3
at dot share 0.05 swallow
at dot share 0.2 half-reply
at dot share 0.2 drop-after-dot
"""
# Who is killed, in turn. A role alone comes back after a second or two, so not so often; and
# its supervisor is also killed while there is no role.
_ROUND = ("supervisor", "both", "role, then supervisor")
KINDS = ("supervisor", "both", "role", *_ROUND * 5)


class Killing:
    def __init__(self, crier, sink, people, most=KILLS):
        self.crier, self.sink, self.people, self.most = crier, sink, people, most
        self.chance = random.Random(20270301)
        self.worker = sending.Worker(crier)
        self.kills = collections.Counter()

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
        while n < self.most and not self.is_over():
            self.wait_progress(self.most - n)
            sending.look(self.crier, len(self.people))
            n += self.strike(KINDS[n % len(KINDS)])
            self.go_on()


def test_random_kills(workspace, start_sink):
    sink = start_sink(script=RANDOM_SCRIPT, maildir=False)
    people = sending.prepare(workspace, sink, RANDOM_PEOPLE, RANDOM_CONNECTIONS,
                             server=["--reply-timeout", "2"])
    sending.start(workspace, len(people))
    killing = Killing(workspace, sink, people)
    killing.run()
    sending.wait_finished(workspace, len(people), 120)
    killing.worker.terminate()
    result = sending.account(workspace, sink.taken(), people)
    kills = sum(killing.kills.values())
    unanswered = {row["to"] for row in sink.log() if row["taken"] and row["code"] == 0}
    print(f"\nkills {kills} ({', '.join(f'{n} {k}' for k, n in killing.kills.items())}), "
          f"people {len(people)}, {result}, of which {len(unanswered)} had no whole reply")
    result.check()
    # On a slow build the people may run out before the kills do.
    assert kills >= KILLS * 8 // 10
    assert unanswered <= result.uncertain
    assert len(result.uncertain) <= RANDOM_CONNECTIONS * kills + len(unanswered)
    assert result.states["refused"] == len([p for p in people if p.endswith("055@example.net")])
