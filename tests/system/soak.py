#!/usr/bin/python3
"""A thousand deaths of the worker over one campaign: make soak. Says in the end how many were
killed, lost, doubled, uncertain; fails when anybody was lost or doubled, or when fewer died than
were to.

Not part of a test run: it takes some minutes. CRIER_SOAK_KILLS, CRIER_SOAK_PEOPLE and
CRIER_SOAK_MINUTES make it shorter or longer.
"""
import os
import pathlib
import sys
import tempfile
import time

import crier
import killing
import peers
import sending

KILLS = int(os.environ.get("CRIER_SOAK_KILLS", "1000"))
PEOPLE = int(os.environ.get("CRIER_SOAK_PEOPLE", "60000"))
MINUTES = int(os.environ.get("CRIER_SOAK_MINUTES", "40"))
CONNECTIONS = 8
# So slow that there is somebody left for the last one.
DELAY_MS = 20
REST_S = 900  # for those who are left when all are dead


class Told(killing.Killing):
    """Says each minute how far it is."""

    next_word = 0.0

    def strike(self, kind):
        if time.monotonic() >= self.next_word:
            self.next_word = time.monotonic() + 60
            print(f"soak: {sum(self.kills.values())} of {self.most} kills, "
                  f"{self.sink.log_path.stat().st_size // killing.LOG_LINE_BYTES} messages seen",
                  flush=True)
        return super().strike(kind)


def soak(home, sink):
    workspace = home / "workspace"
    workspace.mkdir(mode=0o700)
    it = crier.Crier(workspace, home)
    try:
        people = sending.prepare(it, sink, PEOPLE, CONNECTIONS, server=["--reply-timeout", "2"])
        sending.start(it, len(people))
        run = Told(it, sink, people, KILLS, time.monotonic() + 60 * MINUTES)
        run.run()
        sending.wait_finished(it, len(people), REST_S)
        run.worker.terminate()
        return killing.Found(run, CONNECTIONS)
    finally:
        it.stop_all()


def main():
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="crier-soak-") as folder:
        home = pathlib.Path(folder)
        (home / "sink").mkdir()
        sink = peers.CrierSink(home / "sink", script=killing.script(DELAY_MS), maildir=False)
        try:
            found = soak(home, sink)
        finally:
            sink.stop()
    print(f"soak: {found}; {time.monotonic() - began:.0f} s")
    found.check()
    if found.kills < KILLS:
        print(f"soak: only {found.kills} of {KILLS} were killed before time or people ran out")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
