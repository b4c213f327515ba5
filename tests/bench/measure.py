"""Runs one program to its end and says what it cost. Not for judging the cost: figures.py."""
import dataclasses
import os
import signal
import subprocess
import threading
import time

RUN_DEADLINE_S = 1800
_SAMPLE_S = 0.02


class BenchFailed(Exception):
    """A run did not do what it was measured for: its figures mean nothing."""


@dataclasses.dataclass
class Cost:
    """One run. Processor time and memory are those of the program and all its children.

    peak_kib adds up what was resident in each process, so a library that two of them use counts
    twice. once_kib is the most at a moment, with such pages once: memory of their own of all
    processes, and mapped files of the one that has the most of them, as all are of one program.
    """
    seconds: float
    cpu_s: float
    peak_kib: int
    once_kib: int
    stdout: str


def _children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def _memory(pid):
    """Of its status, in KiB: VmHWM, the most that was resident at a time, and what is resident
    now of its own (RssAnon) and of files (RssFile, RssShmem). None when the process is gone."""
    found = {}
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                key, _, value = line.partition(":")
                if key in ("VmHWM", "RssAnon", "RssFile", "RssShmem"):
                    found[key] = int(value.split()[0])
    except OSError:
        pass
    return found if len(found) == 4 else None


class _Watch(threading.Thread):
    """Looks at a process tree until told to end; kills a program that outlives its deadline.

    The last look at each process counts, not the highest: until a child has executed its
    program it is a copy of its parent, and would be charged with that one's memory.
    """

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid = pid
        self.once = 0
        self._now = []
        self.peaks = {}
        self.is_expired = False
        self._end = threading.Event()

    def run(self):
        deadline = time.monotonic() + RUN_DEADLINE_S
        while not self._end.wait(_SAMPLE_S):
            self._now.clear()
            self._look(self.pid)
            if self._now:
                self.once = max(self.once, sum(one["RssAnon"] for one in self._now) +
                                max(one["RssFile"] + one["RssShmem"] for one in self._now))
            if time.monotonic() > deadline:
                self.is_expired = True
                os.kill(self.pid, signal.SIGKILL)
                return

    def finish(self):
        self._end.set()
        self.join()

    def _look(self, pid):
        memory = _memory(pid)
        if memory is not None:
            self.peaks[pid] = memory["VmHWM"]
            self._now.append(memory)
        for child in _children(pid):
            self._look(child)


def run(argv, env, cwd, stdin=None, exit_codes=(0,)):
    """Runs argv to its end, which must be one of exit_codes.

    What it printed on standard error is shown only if it failed. Time is taken from before
    the fork until the end was seen; processor time comes from wait4, so that of children it
    has waited for is in it.
    """
    argv = [str(word) for word in argv]
    errors = os.path.join(cwd, "stderr")
    output = os.path.join(cwd, "stdout")
    with open(errors, "wb") as err, open(output, "wb") as out:
        began = time.monotonic()
        process = subprocess.Popen(argv, stdin=stdin or subprocess.DEVNULL, stdout=out,
                                   stderr=err, env=env, cwd=cwd)
        watch = _Watch(process.pid)
        watch.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:  # told to end: so is the program
            process.terminate()
            process.wait()
            raise
        seconds = time.monotonic() - began
    watch.finish()
    process.returncode = os.waitstatus_to_exitcode(status)
    with open(output, encoding="utf-8", errors="replace") as file:
        printed = file.read()
    if process.returncode not in exit_codes:
        with open(errors, encoding="utf-8", errors="replace") as file:
            said = file.read()[-2000:]
        why = (f"took more than {RUN_DEADLINE_S} s" if watch.is_expired
               else f"ended with {process.returncode}")
        raise BenchFailed(f"{' '.join(argv)}: {why}\n{said}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, sum(watch.peaks.values()),
                watch.once, printed)
