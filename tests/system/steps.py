"""One small campaign that is begun anew for every step at which something goes wrong: the role, or
the whole worker, runs until it is struck down, and then the next one brings it to its end.

What strikes it down is the caller's: a signal at a call (strace), a preloaded library, a pull of
the plug.
"""
import fcntl
import json
import socket
import sqlite3
import subprocess

import sending
import waiting

PEOPLE = 8
CONNECTIONS = 2
REFUSED = "p00003@example.net"
SCRIPT = f"rcpt {REFUSED} refuse 550 5.1.1 Nobody\n"


class Steps:
    """Every step begins with the same bytes, in the same file: as another one the database
    would be a copy, and a copy is held."""

    def __init__(self, crier, sink, people=PEOPLE, connections=CONNECTIONS, window=1):
        self.crier = crier
        self.sink = sink
        self.window = window
        self.most_uncertain = connections * window
        self.people = sending.prepare(crier, sink, people, connections,
                                      server=["--window", window])
        sending.start(crier, people)
        self.path = crier.workspace / "crier.db"
        base = sqlite3.connect(self.path)
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        base.close()
        self.bytes = self.path.read_bytes()
        self.output = ""

    def reset(self):
        for name in ("crier.db-wal", "crier.db-shm", "flight.journal", "flight.journal.new"):
            (self.crier.workspace / name).unlink(missing_ok=True)
        rewrite(self.path, self.bytes)
        self.log_size = self.sink.log_path.stat().st_size

    def run_role(self, call=None, when=0, env=None, deaths=(-9, 137)):
        """Whether the role came to its end; it is killed as it makes the when-th such call."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        argv = ["worker", "--role", "send", "--link", theirs.fileno(), "--once"]
        # The role inherits the lock, as from a supervisor.
        with ours, theirs, open(self.crier.workspace / "worker.lock", "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return self._run(argv, call, when, [theirs.fileno(), lock.fileno()], env, deaths)

    def run_worker(self, call=None, when=0, env=None, deaths=(-9, 137)):
        """The same with the supervisor as what is killed, and its role alive."""
        is_over = self._run(["worker", "--once"], call, when, [], env, deaths)
        sending.wait_lock_free(self.crier)
        return is_over

    def _run(self, args, call, when, pass_fds, more_env, deaths):
        argv = self.crier.argv(*args)
        env = {**self.crier.env, **(more_env or {})}
        if call:
            env = sending.traced_environment(env)
            argv = ["strace", "-o", "/dev/null", "-e", f"trace={call}",
                    "-e", f"inject={call}:signal=KILL:when={when}", *argv]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=env, cwd=self.crier.home,
                              pass_fds=pass_fds, timeout=waiting.DEADLINE_S, check=False)
        self.output = done.stdout.decode("utf-8", "replace")
        self.code = done.returncode
        assert done.returncode in (0, *deaths), (done.returncode, self.output)
        return done.returncode == 0

    def check(self, step, leases_are_lost=False):
        """After a death: the next role brings it to its end. How many are uncertain; after a loss
        of power that may be all that were leased."""
        at_death = sending.look(self.crier, len(self.people))
        assert self.run_role(), step
        assert "finished: " in self.output or at_death["state"] == "finished", self.output
        with open(self.sink.log_path, encoding="utf-8") as log:
            log.seek(self.log_size)
            taken = [row["to"] for row in map(json.loads, log) if row["taken"]]
        result = sending.account(self.crier, taken, self.people).check()
        most = len(self.people) if leases_are_lost else self.most_uncertain
        assert len(result.uncertain) <= most, (step, result)
        # By a window the one who is refused is in flight with the others.
        refused = result.states.get("refused", 0)
        in_doubt = (leases_are_lost or self.window > 1) and REFUSED in result.uncertain
        assert refused + in_doubt == 1, (step, result)
        accepted = result.states.get("accepted", 0)
        assert accepted + refused + len(result.uncertain) == len(self.people), (step, result)
        return len(result.uncertain)


def rewrite(path, data):
    """Other content for the same file."""
    with open(path, "r+b") as file:
        file.write(data)
        file.truncate()
