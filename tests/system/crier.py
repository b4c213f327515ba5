"""Drives the built crier from outside, as a person's shell or cron would."""
import json
import os
import pathlib
import signal
import subprocess

import waiting

RUN_DEADLINE_S = 120


def stop_process(process):
    """Ends a process we started, by its own pid, and waits for it."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def program():
    """The binary under test: CRIER_BUILDDIR/crier."""
    builddir = os.environ.get("CRIER_BUILDDIR")
    if builddir is None:
        builddir = pathlib.Path(__file__).resolve().parents[2] / "build"
    path = pathlib.Path(builddir) / "crier"
    assert os.access(path, os.X_OK), f"{path} is missing: run ./bootstrap check"
    return str(path)


def clean_environment(home):
    """What a bare login has, so that nobody's own settings reach a test."""
    env = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "dumb",
        # Scripted servers count who comes: the doctor looks where a test asks for it.
        "CRIER_DOCTOR": "off",
        # Nobody's name servers are asked: nothing listens there.
        "CRIER_DNS": "127.0.0.1:9",
    }
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "CRIER_TESTDATA",
                 "CRIER_DATADIR"):
        if name in os.environ:
            env[name] = os.environ[name]
    return env


class Result:
    """What a finished command left: exit code and both outputs as text."""

    def __init__(self, argv, returncode, stdout, stderr):
        self.argv = argv
        self.returncode = returncode
        self.stdout_bytes = stdout
        self.stderr_bytes = stderr
        self.stdout = stdout.decode("utf-8", "replace")
        self.stderr = stderr.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.stdout)

    def __repr__(self):
        return (f"$ {' '.join(map(str, self.argv))}\nexit {self.returncode}\n"
                f"--- standard output\n{self.stdout}\n--- standard error\n{self.stderr}")


class Crier:
    """crier on one workspace. run() waits for the end, popen() does not."""

    def __init__(self, workspace, home, env=None):
        self.workspace = pathlib.Path(workspace)
        self.home = pathlib.Path(home)
        self.env = {**clean_environment(home), **(env or {})}
        self._started = []

    def argv(self, *args):
        return [program(), "-w", str(self.workspace), *map(str, args)]

    def run(self, *args, exit_code=0, stdin=None, env=None, timeout=RUN_DEADLINE_S, cwd=None):
        """Runs one verb; exit_code is what it must end with, None for whatever comes."""
        argv = self.argv(*args)
        if isinstance(stdin, str):
            stdin = stdin.encode()
        done = subprocess.run(argv, input=stdin if stdin is not None else b"",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**self.env, **(env or {})}, timeout=timeout,
                              cwd=cwd or self.home, check=False)
        result = Result(argv, done.returncode, done.stdout, done.stderr)
        assert exit_code is None or result.returncode == exit_code, (
            f"expected exit {exit_code}\n{result!r}")
        return result

    def json(self, *args, **kwargs):
        """Runs a verb with --json and returns what it printed, parsed."""
        return self.run(*args, "--json", **kwargs).json()

    def popen(self, *args, env=None, **kwargs):
        """Starts a verb without waiting; it is stopped at the end of the test."""
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        kwargs.setdefault("stdout", subprocess.PIPE)
        kwargs.setdefault("stderr", subprocess.STDOUT)
        process = subprocess.Popen(self.argv(*args), env={**self.env, **(env or {})},
                                   cwd=self.home, **kwargs)
        self._started.append(process)
        return process

    def status(self, campaign=None):
        return self.json("status", *([campaign] if campaign else []))

    def campaign(self, name):
        """The row of status --json of one campaign."""
        rows = [row for row in self.status()["campaigns"] if row["name"] == name]
        assert rows, f"status does not know campaign {name}"
        return rows[0]

    def worker_pid(self):
        """Of the running worker, or None."""
        worker = self.status()["worker"]
        return worker["pid"] if worker["running"] else None

    def processes(self):
        """Pids of processes on this workspace: named in argv or with one of its files open."""
        mark = os.fsencode(self.workspace)
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) != os.getpid():
                if _belongs(f"/proc/{name}", mark):
                    found.append(int(name))
        return found

    def stop_all(self):
        """Ends every process of this workspace; a test's clean-up, not a way of stopping."""
        for sig in (signal.SIGTERM, signal.SIGKILL):
            for pid in self.processes():
                _kill(pid, sig)
            try:
                waiting.wait_for(self._all_gone, 10, "crier processes to end")
            except waiting.DeadlinePassed:
                continue
            break
        for process in self._started:
            process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def _all_gone(self):
        for process in self._started:
            process.poll()
        return not self.processes()


def _belongs(proc, mark):
    """Whether the process at /proc/N is a crier of the workspace whose path is mark."""
    try:
        with open(f"{proc}/cmdline", "rb") as file:
            argv = file.read().split(b"\0")
        # An empty command line is a process that ended and waits for its parent.
        if not argv[0].endswith(b"crier"):
            return False
        if any(word == mark or word.startswith(mark + b"/") for word in argv):
            return True
        for fd in os.listdir(f"{proc}/fd"):
            if os.readlink(f"{proc}/fd/{fd}").encode().startswith(mark + b"/"):
                return True
    except OSError:
        pass
    return False


def _kill(pid, sig):
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        pass
