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
    twice; share_kib splits such pages between all who map them (0 where that cannot be read).
    """
    seconds: float
    cpu_s: float
    peak_kib: int
    share_kib: int
    stdout: str


def _children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def _peak_kib(pid):
    """VmHWM: the most memory that was resident at a time; None when the process is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return None


def _share_kib(pid):
    """Pss at this moment; None when the process is gone or not ours to look into."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return None


class _Watch(threading.Thread):
    """Looks at a process tree until told to end; kills a program that outlives its deadline.

    The last look at each process counts, not the highest: until a child has executed its
    program it is a copy of its parent, and would be charged with that one's memory.
    """

    def __init__(self, pid, wants_share):
        super().__init__(daemon=True)
        self.pid = pid
        self.wants_share = wants_share
        self.share = 0
        self._shares = []
        self.peaks = {}
        self.is_expired = False
        self._end = threading.Event()

    def run(self):
        deadline = time.monotonic() + RUN_DEADLINE_S
        while not self._end.wait(_SAMPLE_S):
            self._shares.clear()
            self._look(self.pid)
            self.share = max(self.share, sum(self._shares))
            if time.monotonic() > deadline:
                self.is_expired = True
                os.kill(self.pid, signal.SIGKILL)
                return

    def finish(self):
        self._end.set()
        self.join()

    def _look(self, pid):
        peak = _peak_kib(pid)
        if peak is not None:
            self.peaks[pid] = peak
        share = _share_kib(pid) if self.wants_share else None
        if share is not None:
            self._shares.append(share)
        for child in _children(pid):
            self._look(child)


def run(argv, env, cwd, stdin=None, wants_share=False, exit_codes=(0,)):
    """Runs argv to its end, which must be one of exit_codes.

    What it printed on standard error is shown only if it failed. Time is taken from before
    the fork until the end was seen; processor time comes from wait4, so that of children it
    has waited for is in it. wants_share costs the program some speed.
    """
    argv = [str(word) for word in argv]
    errors = os.path.join(cwd, "stderr")
    output = os.path.join(cwd, "stdout")
    with open(errors, "wb") as err, open(output, "wb") as out:
        began = time.monotonic()
        process = subprocess.Popen(argv, stdin=stdin or subprocess.DEVNULL, stdout=out,
                                   stderr=err, env=env, cwd=cwd)
        watch = _Watch(process.pid, wants_share)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
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
                watch.share, printed)
