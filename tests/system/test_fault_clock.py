"""The machine's clock jumps by hours or a day: it is told, and nothing waits longer for it or goes
out twice (I10)."""
import glob
import re
import sqlite3
import threading
import time

import pytest

import sending
import shims
import waiting

pytestmark = pytest.mark.waits

CONNECTIONS = 2
PEOPLE = 40


class Clock:
    """A wall clock that can be set, of a worker that is started with environment()."""

    def __init__(self, workspace):
        libraries = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
        if not libraries:
            pytest.skip("libfaketime is not installed (Debian: libfaketime)")
        if shims.is_sanitized():
            pytest.skip("a sanitized build has its own library in that place")
        self._library = libraries[0]
        # Where a hardened role may read.
        self._path = workspace.workspace / "clock"
        self.set("+0")

    def set(self, offset):
        fresh = self._path.with_suffix(".new")
        fresh.write_text(offset + "\n")
        fresh.rename(self._path)

    def environment(self):
        return {"LD_PRELOAD": self._library, "FAKETIME_TIMESTAMP_FILE": str(self._path),
                "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


class Putting:
    """Puts some off: before the clock jumps each time, and once more after that."""

    def __init__(self):
        self.has_jumped = threading.Event()
        self.before, self.after = set(), set()

    def __call__(self, address, nth):
        if not address.endswith("5@example.net"):
            return None
        if not self.has_jumped.is_set():
            self.before.add(address)
        elif address in self.after:
            return None
        else:
            self.after.add(address)
        return b"450 4.7.1 Greylisted\r\n"


# The clock is that of all of crier: the verbs are asked in the same hour. Three days are more than
# the age at which one is given up.
@pytest.mark.parametrize("offset, told", [("+259200", r"\+259(199|2)"), ("-86400", "-86(399|4)")],
                         ids=["forward", "back"])
def test_a_jump_in_the_middle(workspace, start_receiver, offset, told):
    clock = Clock(workspace)
    workspace.env.update(clock.environment())
    putting = Putting()
    server = start_receiver(replies={"rcpt": putting})
    people = sending.prepare(workspace, server, PEOPLE, CONNECTIONS, server=["--per-second", 20])
    sending.start(workspace, PEOPLE)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: len(putting.before) >= 2, what="some to be put off")
    clock.set(offset)
    putting.has_jumped.set()
    worker.wait_log(f"the clock jumped by {told}")
    waiting.wait_for(lambda: any("clock" in problem["what"]
                                 for problem in workspace.status()["problems"]),
                     what=lambda: f"a word about the clock: {workspace.status()}")
    sending.wait_finished(workspace, PEOPLE)
    worker.terminate()
    result = sending.account(workspace, server.receiver.taken, people).check()
    assert result.states == {"accepted": PEOPLE}, result
    rows = sending.deliveries(workspace)
    assert all(rows[address]["attempts"] >= 3 for address in putting.before & putting.after)
    assert putting.before & putting.after


@pytest.mark.parametrize("offset", ["+259200", "-259200"], ids=["forward", "back"])
def test_a_jump_while_nothing_runs(workspace, start_receiver, offset):
    """Who was put off for minutes is not given up, nor waits for days: minutes it is."""
    clock = Clock(workspace)
    workspace.env.update(clock.environment())
    server = start_receiver(replies={"rcpt": lambda address, nth: b"450 4.7.1 Greylisted\r\n"})
    people = sending.prepare(workspace, server, 1)
    workspace.run("settings", "set", "--retry", "20m")
    sending.start(workspace, 1)
    workspace.run("worker", "--once")
    before = sending.deliveries(workspace)[people[0]]
    assert before["attempts"] == 1
    clock.set(offset)
    said = workspace.run("worker", "--once").stderr
    assert re.search(r"the clock jumped by \%s\d+ s while nothing was sent" % offset[0], said)
    after = sending.deliveries(workspace)[people[0]]
    assert after["attempts"] == 1 and after["state"] == before["state"]
    with sqlite3.connect(workspace.workspace / "crier.db") as db:
        due, = db.execute("SELECT due_us / 1000000 FROM delivery").fetchone()
    now = time.time() + int(offset)
    assert now < due < now + 3600
    assert "jumped" not in workspace.run("worker", "--once").stderr
