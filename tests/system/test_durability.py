"""What the disk can do wrong, and what the next worker makes of it: full, locked, failing; a
flight journal that is gone, damaged, cut off or of another boot; an old backup put back."""
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import threading

import pytest

import crier
import journal
import sending
import waiting

pytestmark = pytest.mark.proof

CONNECTIONS = 2
STOPPED = "nothing (new )?is sent"


def begin(workspace, server, n, **options):
    people = sending.prepare(workspace, server, n, CONNECTIONS, **options)
    sending.start(workspace, n)
    return people


def slow(start_receiver, n=1 << 30):
    """Takes n, waits for server.gate.let(), and then needs five milliseconds for each."""
    tick = threading.Event()
    gate = sending.Gate(n)

    def rcpt(address, nth):
        gate(address, nth)
        tick.wait(0.005)

    server = start_receiver(replies={"rcpt": rcpt})
    server.gate = gate
    return server


def wait_taken(server, n):
    waiting.wait_for(lambda: len(server.receiver.taken) >= n, what=f"{n} messages")


def finish(workspace, server, people, worker):
    """Everybody has it, once, and the ledger knows."""
    sending.wait_finished(workspace, len(people))
    worker.terminate()
    result = sending.account(workspace, server.receiver.taken, people).check()
    assert result.states == {"accepted": len(people)}, result


# ---- the database is locked --------------------------------------------------------------


def test_locked_for_longer_than_it_waits(workspace, start_receiver):
    server = slow(start_receiver, 50)
    people = begin(workspace, server, 300)
    worker = sending.Worker(workspace)
    wait_taken(server, 50)
    other = sqlite3.connect(workspace.workspace / "crier.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    server.gate.let()
    worker.wait_log(STOPPED)
    other.execute("ROLLBACK")
    other.close()
    finish(workspace, server, people, worker)


# ---- writing fails -----------------------------------------------------------------------


# The database's are after its opening and the first leases, the journal's in between two
# outcomes. Each try to go on is one more call. They are counted by thread; the ledger's own makes
# most of those of the database.
FAILURES = [("pwrite64", "EIO", 150), ("pwrite64", "ENOSPC", 130), ("pwrite64", "EDQUOT", 170),
            ("fdatasync", "EIO", 12),
            ("write", "ENOSPC", 80), ("write", "EDQUOT", 90), ("write", "EIO", 70)]
if os.environ.get("CRIER_LONG_TESTS"):
    FAILURES += [(call, error, first + more) for call, error, first in FAILURES
                 for more in range(1, 40, 4)]


class Traced(crier.Crier):
    """crier whose worker runs under strace."""

    def __init__(self, workspace, options):
        super().__init__(workspace.workspace, workspace.home,
                         sending.traced_environment(workspace.env))
        self.trace = self.home / "trace"
        self._strace = ["strace", "-D", "-f", "-o", str(self.trace), *options]

    def argv(self, *args):
        return [*(self._strace if args[0] == "worker" else []), *super().argv(*args)]


@pytest.mark.parametrize("call, error, first", FAILURES)
def test_a_call_fails_for_a_while(workspace, start_receiver, call, error, first):
    """write is the journal, the others are the database. Nobody is even uncertain after it."""
    reason = sending.why_no_strace()
    if reason:
        pytest.skip(reason)
    server = slow(start_receiver)
    people = begin(workspace, server, 200)
    traced = Traced(workspace, ["-e", f"trace={call}", "-e",
                                f"inject={call}:error={error}:when={first}..{first + 3}"])
    worker = sending.Worker(traced)
    finish(workspace, server, people, worker)
    assert traced.trace.read_text().count("(INJECTED)") >= 3
    # The log is written by the same call as the journal.
    assert call == "write" or re.search(STOPPED, worker.log())


def test_file_size_limit(workspace, start_receiver):
    """As a full disk: no signal ends it, nothing leaves that cannot be recorded."""
    server = slow(start_receiver, 30)
    people = begin(workspace, server, 200)
    worker = sending.Worker(workspace)
    wait_taken(server, 30)
    role = worker.role_pid()
    limit = resource.prlimit(role, resource.RLIMIT_FSIZE)
    size = (workspace.workspace / "flight.journal").stat().st_size
    resource.prlimit(role, resource.RLIMIT_FSIZE, (size, limit[1]))
    server.gate.let()
    worker.wait_log(STOPPED)
    taken = len(server.receiver.taken)
    assert taken < len(people)
    assert sending.look(workspace, len(people))["state"] == "sending"
    resource.prlimit(role, resource.RLIMIT_FSIZE, limit)
    finish(workspace, server, people, worker)
    assert worker.role_pid() == 0 and "killed" not in worker.log()


# ---- the disk is full --------------------------------------------------------------------


class SmallDisk(crier.Crier):
    """crier whose workspace is a small tmpfs in a mount namespace of its own."""

    def __init__(self, workspace, megabytes):
        super().__init__(workspace.workspace, workspace.home)
        root = os.getuid() == 0
        self._enter = ["nsenter", *([] if root else ["-U", "--preserve-credentials"]), "-m"]
        script = (f"mount -t tmpfs -o size={megabytes}m,mode=700 tmpfs '{self.workspace}' && "
                  "echo ready && read line")
        self.holder = subprocess.Popen(
            ["unshare", *([] if root else ["-r"]), "-m", "sh", "-c", script],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = self.holder.stdout.readline().decode()
        if said != "ready\n":
            self.close()
            pytest.skip(f"no private mount here: {said}")
        self.folder = f"/proc/{self.holder.pid}/root{self.workspace}"
        self.fill_path = os.path.join(self.folder, "fill")

    def argv(self, *args):
        return [*self._enter, "-t", str(self.holder.pid), *super().argv(*args)]

    def inside(self, *argv):
        """A command in there, with pipes."""
        return subprocess.Popen([*self._enter, "-t", str(self.holder.pid), *argv],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def fill(self):
        """Takes all that is free; whether there was anything."""
        with open(self.fill_path, "ab", buffering=0) as file:
            size = file.tell()
            try:
                while True:
                    file.write(bytes(65536))
            except OSError:
                return os.fstat(file.fileno()).st_size > size

    def free(self):
        os.unlink(self.fill_path)

    def close(self):
        self.holder.stdin.close()
        self.holder.wait(waiting.DEADLINE_S)
        self.holder.stdout.close()


@pytest.fixture
def small_disk(workspace):
    if not (shutil.which("unshare") and shutil.which("nsenter")):
        pytest.skip("unshare or nsenter is not installed (Debian: util-linux)")
    disk = SmallDisk(workspace, 24)
    yield disk
    disk.stop_all()
    disk.close()


_READER = """import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("BEGIN")
c.execute("SELECT count(*) FROM delivery").fetchone()
print("reading", flush=True)
sys.stdin.read()
"""


def test_disk_full_in_the_middle(small_disk, start_receiver):
    """A reader keeps the write-ahead log from being used again, so that it needs room."""
    server = slow(start_receiver, 50)
    people = begin(small_disk, server, 600)
    worker = sending.Worker(small_disk)
    wait_taken(server, 50)
    with small_disk.inside("/usr/bin/python3", "-c", _READER,
                           f"{small_disk.workspace}/crier.db") as reader:
        assert reader.stdout.readline() == b"reading\n"

        def is_stopped():
            # The ballast that is given up is taken, too.
            small_disk.fill()
            return re.search(STOPPED, worker.log())
        small_disk.fill()
        server.gate.let()
        waiting.wait_for(is_stopped, what=lambda: f"no room to stop it: {worker.log()}")
        taken = len(server.receiver.taken)
        assert taken < len(people)
        row = sending.look(small_disk, len(people))
        assert row["state"] == "sending" and row["uncertain"] == 0
        # Nothing goes on while it lasts: several more tries have failed by then.
        role = worker.role_pid()
        _wait_blocked_try(small_disk, role)
        assert len(server.receiver.taken) <= taken + CONNECTIONS
    small_disk.free()
    finish(small_disk, server, people, worker)


def _wait_blocked_try(disk, role):
    """Until the role has slept and woken a few times more."""
    def switches():
        with open(f"/proc/{role}/status", encoding="ascii") as file:
            return int(next(line for line in file
                            if line.startswith("voluntary_ctxt")).split()[1])
    before = switches()
    waiting.wait_for(lambda: switches() >= before + 10, what="the role to try again")


def test_disk_full_from_the_start(small_disk, start_receiver):
    server = start_receiver()
    people = begin(small_disk, server, 20)
    small_disk.fill()
    worker = sending.Worker(small_disk)
    waiting.wait_for(lambda: "Free some" in worker.log() or "full" in worker.log(),
                     what=lambda: f"the worker to say why: {worker.log()}")
    assert not server.receiver.taken
    small_disk.free()
    waiting.wait_for(lambda: worker.process.poll() is not None or
                     small_disk.campaign(sending.CAMPAIGN)["accepted"] > 0,
                     what="the worker to end or to go on")
    if worker.process.poll() is not None:
        assert worker.process.returncode == 75, worker.log()
        worker = sending.Worker(small_disk)
    finish(small_disk, server, people, worker)


# ---- the flight journal ------------------------------------------------------------------

def remove(path):
    path.unlink()


def empty(path):
    path.write_bytes(b"")


def spoil_header(path):
    data = bytearray(path.read_bytes())
    data[20] ^= 0xFF
    path.write_bytes(data)


def spoil_first_record(path):
    data = bytearray(path.read_bytes())
    data[journal.HEADER.size + 30] ^= 0xFF
    path.write_bytes(data)


@pytest.fixture
def died_in_flight(workspace, start_receiver):
    """Both processes killed with 2 of 12 messages in flight and more leased:
    (workspace, server, people, what status said then)."""
    server = start_receiver(hold="dot")
    people = begin(workspace, server, 12)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: server.receiver.held == CONNECTIONS, what="messages in flight")
    worker.kill()
    server.receiver.release()
    row = sending.look(workspace, len(people))
    assert row["leased"] > CONNECTIONS
    return workspace, server, people, row


@pytest.mark.parametrize("damage", [
    remove, empty, spoil_header, journal.of_another_boot, spoil_first_record],
    ids=lambda f: f.__name__)
def test_without_a_journal_to_trust_all_leased_are_uncertain(died_in_flight, damage):
    workspace, server, people, at_death = died_in_flight
    damage(workspace.workspace / "flight.journal")
    sending.run_to_end(workspace, len(people))
    result = sending.account(workspace, server.receiver.taken, people).check()
    assert len(result.uncertain) == at_death["leased"]
    assert set(server.receiver.taken[:CONNECTIONS]) <= result.uncertain


@pytest.mark.parametrize("tail", [
    b"\x28", bytes([40, 0, 0, 0, 215, 255, 255, 255]) + b"\1" * 20],
    ids=["a byte", "most of a record"])
def test_a_journal_that_is_cut_off_is_trusted(died_in_flight, tail):
    """Half a record was never written, so what it would have allowed never left."""
    workspace, server, people, _ = died_in_flight
    with open(workspace.workspace / "flight.journal", "ab") as file:
        file.write(tail)
    sending.run_to_end(workspace, len(people))
    result = sending.account(workspace, server.receiver.taken, people).check()
    assert result.uncertain == set(server.receiver.taken[:CONNECTIONS])


def test_the_journal_of_another_workspace_says_nothing(died_in_flight, tmp_path):
    workspace, server, people, at_death = died_in_flight
    other = crier.Crier(tmp_path / "other", workspace.home)
    other.workspace.mkdir(mode=0o700)
    other.run("init")
    other.run("worker", "--once")
    shutil.copyfile(other.workspace / "flight.journal", workspace.workspace / "flight.journal")
    sending.run_to_end(workspace, len(people))
    result = sending.account(workspace, server.receiver.taken, people).check()
    assert len(result.uncertain) == at_death["leased"]


# ---- an old backup -----------------------------------------------------------------------


def restore_and_finish(workspace, server, people, backup):
    workspace.run("db", "restore", backup)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: sending.look(workspace, len(people))["state"] == "held",
                     what="the restored campaign to be held")
    taken = len(server.receiver.taken)
    problems = [p["text"] for p in workspace.status()["problems"]]
    assert any("held" in text for text in problems)
    assert len(server.receiver.taken) == taken
    workspace.run("campaign", "resume", sending.CAMPAIGN)
    sending.wait_finished(workspace, len(people))
    worker.terminate()
    workspace.run("db", "check")
    return sending.Account(sending.deliveries(workspace), server.receiver.taken, people)


def test_an_old_backup_and_the_journal(workspace, start_receiver):
    """Whoever was accepted between backup and death is known from the journal, if the worker
    was the same one all the time."""
    server = slow(start_receiver, 50)
    people = begin(workspace, server, 300)
    worker = sending.Worker(workspace)
    wait_taken(server, 50)
    backup = workspace.home / "backup.db"
    workspace.run("db", "backup", backup)
    server.gate.let(100)
    wait_taken(server, 100)
    worker.kill()
    server.gate.let()
    result = restore_and_finish(workspace, server, people, backup)
    result.check()
    assert len(result.uncertain) <= CONNECTIONS


def test_an_old_backup_and_a_younger_journal(workspace, start_receiver):
    """A worker that was started after the backup has begun a new journal: the database that was
    set aside still knows who was accepted since."""
    server = start_receiver(hold="dot")
    people = begin(workspace, server, 12)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: server.receiver.held == CONNECTIONS, what="messages in flight")
    backup = workspace.home / "backup.db"
    workspace.run("db", "backup", backup)
    server.receiver.release()
    sending.wait_finished(workspace, len(people))
    worker.terminate()
    workspace.run("worker", "--once")
    workspace.run("suppress", "add", "late@example.net", "--reason", "manual")
    result = restore_and_finish(workspace, server, people, backup)
    result.check()
    assert not result.uncertain
    assert [row["address"] for row in workspace.json("suppress", "list")] == ["late@example.net"]
