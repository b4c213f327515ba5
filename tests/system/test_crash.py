"""Deaths of the worker: at every step in turn, and at random. Nobody lost, nobody twice."""
import os

import pytest

import killing
import sending
import steps

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

KILLS = 1000 if IS_LONG else 102
RANDOM_PEOPLE = 60000 if IS_LONG else 20000
RANDOM_CONNECTIONS = 8


def test_random_kills(workspace, start_sink):
    sink = start_sink(script=killing.script(), maildir=False)
    people = sending.prepare(workspace, sink, RANDOM_PEOPLE, RANDOM_CONNECTIONS,
                             server=["--reply-timeout", "2"])
    sending.start(workspace, len(people))
    run = killing.Killing(workspace, sink, people, KILLS)
    run.run()
    sending.wait_finished(workspace, len(people), 120)
    run.worker.terminate()
    found = killing.Found(run, RANDOM_CONNECTIONS)
    print(f"\n{found}")
    found.check()
    # On a slow build the people may run out before the kills do.
    assert found.kills >= KILLS // 2
