"""An allocation fails, in the role that sends and in the supervisor: whatever becomes of the
process, the next one brings everybody to an end, once."""
import os
import random
import signal

import pytest

import shims
import steps

pytestmark = pytest.mark.proof

IS_LONG = bool(os.environ.get("CRIER_LONG_TESTS"))
TRIES = 1000 if IS_LONG else 10
# How a process may end by it: GLib's way, an assertion's, that of a library which never asks
# (libcrypto, libcurl), or by itself with a word about it.
DEATHS = (-signal.SIGTRAP, -signal.SIGABRT, -signal.SIGSEGV, -signal.SIGFPE, 1, 75)


def fail_in_turn(campaign, run):
    """Makes as many different allocations fail as there are tries, all over the run."""
    counts = campaign.crier.workspace / "count"  # where a hardened role may write
    campaign.reset()
    assert run(env=shims.environment("memory", MEMORY_COUNT=counts)), campaign.output
    total = int(counts.read_text())
    chance = random.Random(20270501)
    deaths = survived = 0
    for n in range(TRIES):
        campaign.reset()
        at = total * n // TRIES + chance.randint(1, max(1, total // TRIES))
        if run(env=shims.environment("memory", MEMORY_FAIL_AT=at), deaths=DEATHS):
            survived += 1
        else:
            deaths += 1
        campaign.check(("allocation", at, campaign.output))
    print(f"\n{TRIES} of {total} allocations failed: {deaths} deaths, {survived} lived on, "
          f"lost 0, doubled 0")
    assert deaths > 0


def test_in_the_role(workspace, start_sink):
    campaign = steps.Steps(workspace, start_sink(maildir=False, script=steps.SCRIPT))
    fail_in_turn(campaign, campaign.run_role)


def test_in_the_supervisor(workspace, start_sink):
    """Its role lives, drains and ends when there is nobody above it any more."""
    campaign = steps.Steps(workspace, start_sink(maildir=False, script=steps.SCRIPT))
    fail_in_turn(campaign, campaign.run_worker)
