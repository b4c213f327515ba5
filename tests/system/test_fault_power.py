"""The power goes: of the database and its log only what was synchronised is left, the end of the
flight journal is perhaps lost, and the machine has been started anew."""
import os
import random

import pytest

import journal
import sending
import shims
import steps
import waiting

pytestmark = pytest.mark.proof

IS_LONG = bool(os.environ.get("CRIER_LONG_TESTS"))
SECTOR_BYTES = 4096
LEASE_MOST = 500


class Disk:
    """The durable copies of one workspace, and what a machine finds after a loss of power."""

    def __init__(self, crier, copies=None, seed=20270401):
        self.folder = crier.workspace
        self.copies = copies or crier.home / "durable"
        self.copies.mkdir()
        self.chance = random.Random(seed)
        self.losses = 0

    def environment(self, **variables):
        # A hardened role may write to its workspace only.
        return {"CRIER_HARDEN": "off", **shims.environment("power", POWER_COPY=self.copies,
                                                           **variables)}

    def begin(self):
        """What lies there now has been there for long."""
        for copy in self.copies.iterdir():
            copy.unlink()
        for name in ("crier.db", "crier.db-wal"):
            if (self.folder / name).exists():
                (self.copies / name).write_bytes((self.folder / name).read_bytes())

    def lose_power(self):
        """In turn: nothing but what was synchronised, or by chance some of the rest as well, as a
        disk writes what it likes before it is told to."""
        self.losses += 1
        for name in ("crier.db", "crier.db-wal"):
            self._lose(name, some_more=self.losses % 2 == 0)
        (self.folder / "crier.db-shm").unlink(missing_ok=True)
        self._lose_journal((self._keep, self._cut, self._lost)[self.losses % 3])

    def _lose(self, name, some_more):
        live, copy = self.folder / name, self.copies / name
        if not copy.exists():
            live.unlink(missing_ok=True)
            return
        kept = bytearray(copy.read_bytes())
        if some_more:
            new = live.read_bytes()
            kept += bytes(max(0, len(new) - len(kept)))
            for at in range(0, len(new), SECTOR_BYTES):
                if self.chance.random() < 0.5:
                    part = new[at:at + SECTOR_BYTES]
                    kept[at:at + len(part)] = part
        steps.rewrite(live, kept)

    def _lose_journal(self, how):
        path = self.folder / "flight.journal"
        if path.exists() and path.stat().st_size >= journal.HEADER.size:
            how(path)

    def _keep(self, path):
        journal.of_another_boot(path)

    def _cut(self, path):
        journal.of_another_boot(path)
        size = path.stat().st_size
        os.truncate(path, self.chance.randint(journal.HEADER.size, size))

    def _lost(self, path):
        path.unlink()


def test_at_every_synchronisation(workspace, start_sink):
    """The role dies with it, and nothing of that synchronisation has come to the disk."""
    campaign = steps.Steps(workspace, start_sink(maildir=False, script=steps.SCRIPT))
    disk = Disk(workspace)
    uncertain = 0
    for when in range(1, 1000):
        campaign.reset()
        disk.begin()
        if campaign.run_role(env=disk.environment(POWER_OFF_AT=when)):
            break
        disk.lose_power()
        uncertain += campaign.check(("power", when), leases_are_lost=True)
    print(f"\npower lost {disk.losses} times, {uncertain} uncertain, lost 0, doubled 0")
    assert disk.losses >= 5 and uncertain > 0


LOSSES = 60 if IS_LONG else 5
PEOPLE = 20000 if IS_LONG else 1500
CONNECTIONS = 4
SCRIPT = """rcpt p*055@example.net refuse 550 5.1.1 Nobody here
at dot share 100 delay 3
"""


def test_at_any_moment(workspace, start_sink):
    """Of the whole worker, some leases on the way each time."""
    sink = start_sink(maildir=False, script=SCRIPT)
    people = sending.prepare(workspace, sink, PEOPLE, CONNECTIONS)
    sending.start(workspace, len(people))
    disk = Disk(workspace)
    chance = random.Random(20270402)
    while disk.losses < LOSSES:
        disk.begin()
        before = len(sink.taken())
        enough = before + 1 + chance.randrange(len(people) // (LOSSES + 1))
        worker = sending.Worker(workspace, env=disk.environment())
        waiting.wait_for(lambda: len(sink.taken()) >= enough or
                         "finished: " in worker.log(), what=lambda: worker.log()[-2000:])
        worker.kill()
        disk.lose_power()
        sending.look(workspace, len(people))
    sending.run_to_end(workspace, len(people))
    result = sending.account(workspace, sink.taken(), people).check()
    print(f"\npower lost {disk.losses} times, people {len(people)}, {result}")
    assert len(result.uncertain) <= LEASE_MOST * disk.losses
    assert result.states["accepted"] > 0
