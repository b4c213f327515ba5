"""A campaign ready to go out, its worker and its death, and the account at the end: what the
ledger says of each person against what the receiver has.

Not for looking into the database: everything is asked of crier itself or of the receiver.
"""
import collections
import fcntl
import os
import re
import signal
import subprocess
import threading
import time

import peers
import waiting

CAMPAIGN = "spring"
STATES = ("queued", "leased", "accepted", "refused", "deferred", "uncertain", "suppressed",
          "cancelled")
OPEN_STATES = ("queued", "leased", "deferred")

_CONFIG = """format = 1;
campaign = {
  title = "Spring"; from = "Example Association <news@example.org>";
  subject = "Spring is here, {{n}}"; lists = ( "all" ); server = "main";
  text_file = "body.txt";
};
"""


def noon_zone():
    """A zone in which it is between 12:15 and 12:30 now: no hour ends while a test runs."""
    minutes = int(time.time() // 60) % (24 * 60) // 15 * 15
    east = (12 * 60 + 15 - minutes + 24 * 60) % (24 * 60)
    west = 24 * 60 - east
    sign, offset = ("-", east) if east < 14 * 60 else ("", west)
    return f"NOON{sign}{offset // 60}:{offset % 60:02}"


def addresses(n):
    return [f"p{i:05d}@example.net" for i in range(n)]


def prepare(crier, peer, people, connections=2, retry_s=1, server=(), campaign=CAMPAIGN):
    """People, server and a draft; returns the addresses."""
    if isinstance(people, int):
        people = addresses(people)
    table = crier.home / "people.csv"
    table.write_text("email,n\n" + "".join(f"{a},{i}\n" for i, a in enumerate(people)))
    crier.run("list", "new", "all")
    crier.run("people", "import", table, "--list", "all")
    crier.run("settings", "set", "--retry", retry_s)
    crier.run("server", "add", "main", "--host", f"{peer.host}:{peer.port}",
              "--security", "none", "--connections", connections, *server)
    draft(crier, campaign)
    return people


def draft(crier, campaign):
    folder = crier.home / campaign
    folder.mkdir()
    (folder / "campaign.cfg").write_text(_CONFIG)
    (folder / "body.txt").write_text("Hello number {{n}}\n")
    crier.run("apply", folder)


def start(crier, n, campaign=CAMPAIGN, background=False):
    crier.run("campaign", "start", campaign, "--yes", n,
              *([] if background else ["--no-worker"]))


def deliveries(crier, campaign=CAMPAIGN):
    """The ledger: a dict a person, by address."""
    return {row["address"]: row
            for row in crier.json("campaign", "deliveries", campaign)}


def look(crier, total, campaign=CAMPAIGN):
    """One row of status; it must add up whenever it is asked for (I1)."""
    row = crier.campaign(campaign)
    assert row["total"] == total, row
    assert sum(row[state] for state in STATES) == total, row
    assert row["in_flight"] <= row["leased"], row
    if row["state"] == "finished":
        assert not any(row[state] for state in OPEN_STATES), row
    return row


def wait_finished(crier, total, deadline=waiting.DEADLINE_S, campaign=CAMPAIGN):
    """Waits for the end, looking all the while."""
    def is_finished():
        row = look(crier, total, campaign)
        return row if row["state"] == "finished" else None
    return waiting.wait_for(is_finished, deadline,
                            lambda: f"the campaign to finish: {crier.campaign(campaign)}")


class Account:
    """lost: nobody has it, and the ledger does not know that. doubled: the receiver has it more
    than once. uncertain: the ledger cannot say. wrong: the receiver has it and the ledger is
    sure that it has not."""

    def __init__(self, rows, taken, people):
        assert sorted(rows) == sorted(people), "the ledger has other people than the list"
        took = collections.Counter(taken)
        by_state = collections.defaultdict(set)
        for address, row in rows.items():
            by_state[row["state"]].add(address)
        self.states = {state: len(who) for state, who in by_state.items()}
        self.uncertain = by_state["uncertain"]
        self.doubled = {address for address, n in took.items() if n > 1}
        self.lost = by_state["accepted"] - set(took)
        for state in OPEN_STATES:
            self.lost |= by_state[state]
        self.wrong = set(took) - by_state["accepted"] - by_state["uncertain"]

    def check(self):
        assert (self.lost, self.doubled, self.wrong) == (set(), set(), set()), self
        return self

    def __str__(self):
        return (f"lost {len(self.lost)}, doubled {len(self.doubled)}, "
                f"uncertain {len(self.uncertain)}")

    def __repr__(self):
        return (f"{self.states} lost {sorted(self.lost)[:9]} doubled "
                f"{sorted(self.doubled)[:9]} uncertain {sorted(self.uncertain)[:9]} wrong "
                f"{sorted(self.wrong)[:9]}")


def account(crier, taken, people, campaign=CAMPAIGN):
    """Of a finished campaign: also every counter against every row."""
    crier.run("db", "check")
    return Account(deliveries(crier, campaign), taken, people)


# ---- the worker --------------------------------------------------------------------------


def children(pid):
    """Pids of the children of a process."""
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            with open(f"{entry.path}/stat", encoding="ascii", errors="replace") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(entry.name))
    return found


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def is_lock_free(crier):
    """Whether no process holds the worker's lock."""
    with open(crier.workspace / "worker.lock", "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


class Worker:
    """crier worker in the foreground; its log is in worker.out of the home folder."""

    def __init__(self, crier, *args, **kwargs):
        self.crier = crier
        self.log_path = crier.home / "worker.out"
        with open(self.log_path, "ab") as log:
            self.process = crier.popen("worker", *args, stdout=log, stderr=log, **kwargs)
        self.pid = self.process.pid

    def log(self):
        return self.log_path.read_text(errors="replace")

    def role_pid(self):
        """Of the send role, 0 when it is not there."""
        return next(iter(children(self.pid)), 0)

    def kill(self, supervisor=True, role=True):
        """kill -9, the supervisor first; returns the role's pid."""
        pid = self.role_pid()
        if supervisor:
            self.process.kill()
        if role and pid:
            _kill(pid, signal.SIGKILL)
        if supervisor:
            self.process.wait(waiting.DEADLINE_S)
        if role and pid:
            waiting.wait_for(lambda: not is_alive(pid), what="the killed role to be gone")
        return pid

    def wait_log(self, pattern, deadline=waiting.DEADLINE_S):
        return waiting.wait_for(lambda: re.search(pattern, self.log()), deadline,
                                lambda: f"{pattern!r} in the log:\n{self.log()}")

    def terminate(self):
        """SIGTERM and the end, which must be clean."""
        self.process.terminate()
        assert self.process.wait(waiting.DEADLINE_S) == 0, self.log()


def wait_lock_free(crier):
    waiting.wait_for(lambda: is_lock_free(crier), what="the worker's lock to be free")


def run_to_end(crier, total, deadline=waiting.DEADLINE_S):
    """A new worker until the campaign is finished; then it ends cleanly."""
    wait_lock_free(crier)
    worker = Worker(crier)
    wait_finished(crier, total, deadline)
    worker.terminate()
    return worker


def _kill(pid, sig):
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        pass


# ---- a receiver whose final reply waits for the test -----------------------------------


class Receiver:
    """A script for peers.RawServer: a plain SMTP server that counts, and holds what it is told
    to hold until release().

    hold: "dot", "data", "rcpt", "mail" or None; replies: {"rcpt": function of (address, nth)}
    and the like, which return a whole reply line, a function of the connection, or None.
    """

    DEFAULTS = {"mail": b"250 2.1.0 Ok\r\n", "rcpt": b"250 2.1.5 Ok\r\n",
                "data": b"354 Go on\r\n", "dot": b"250 2.0.0 Ok\r\n"}

    def __init__(self, hold=None, replies=None, capabilities=(), **options):
        self.taken = []
        self.seen = collections.defaultdict(list)  # phase -> addresses, in order
        self.times = []                            # of each MAIL, monotonic
        self.held = 0
        self._hold = hold
        self._go = threading.Event()
        self._lock = threading.Lock()
        self._replies = replies or {}
        self.script = peers.smtp_session(
            mail=self._phase("mail"), rcpt=self._phase("rcpt"), data=self._phase("data"),
            after_dot=self._phase("dot"), capabilities=capabilities, **options)

    def release(self):
        self._go.set()

    def count(self, phase):
        with self._lock:
            return len(self.seen[phase])

    def _phase(self, phase):
        return lambda connection: self._answer(phase, connection)

    def _answer(self, phase, connection):
        address = recipient(connection)
        with self._lock:
            nth = len(self.seen[phase])
            self.seen[phase].append(address)
            if phase == "mail":
                self.times.append(time.monotonic())
            if phase == "dot":
                self.taken.append(address)
        if phase == self._hold and not self._go.is_set():
            with self._lock:
                self.held += 1
            assert self._go.wait(waiting.DEADLINE_S), f"nobody released {phase}"
        reply = self._reply(phase, connection, address, nth)
        if phase == "rcpt":
            connection.has_recipient = reply is not None and reply.startswith(b"2")
        if phase == "dot" and reply is not None and reply[:1] in b"45" and len(reply) > 4:
            with self._lock:
                self.taken.remove(address)
        return reply

    def _reply(self, phase, connection, address, nth):
        """What is to be sent, or None when the rule has done that itself."""
        if phase == "data" and not connection.has_recipient:
            return b"554 5.5.1 No valid recipients\r\n"
        decide = self._replies.get(phase)
        reply = decide(address, nth) if decide else None
        if callable(reply):
            return reply(connection)
        return reply or self.DEFAULTS[phase]


class Gate:
    """A rule of a Receiver: the first n go through, the others wait for let(): so that there is
    a middle of the campaign, however slow or fast everything is."""

    def __init__(self, n):
        self._n = n
        self._changed = threading.Condition()

    def __call__(self, _address, nth):
        with self._changed:
            assert self._changed.wait_for(lambda: nth < self._n, waiting.DEADLINE_S), (
                f"nobody let more than {self._n} through")

    def let(self, n=1 << 30):
        """The first n, all of them by default."""
        with self._changed:
            self._n = n
            self._changed.notify_all()


def recipient(connection):
    for line in reversed(connection.lines):
        match = re.match(rb"RCPT TO:<([^>]*)>", line, re.IGNORECASE)
        if match:
            return match.group(1).decode()
    return ""


def close(connection):
    """A reply of a Receiver: none, and the end of the connection."""
    raise peers.PeerGone


# ---- strace ------------------------------------------------------------------------------


def traced_environment(env):
    """Of a sanitized build: the search for leaks is a tracer too, and there can be only one."""
    return {**env, "ASAN_OPTIONS": env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


def why_no_strace():
    """What keeps strace from following a process here, or None."""
    try:
        done = subprocess.run(["strace", "-f", "-o", "/dev/null", "-e",
                               "inject=write:signal=KILL:when=1", "-e", "trace=write",
                               "echo", "x"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False)
    except OSError:
        return "strace is not installed"
    if done.returncode not in (137, -9):
        return f"strace may not follow a process here: {done.stderr.decode().strip()}"
    return None
