"""A server that falls silent in one phase, for the tests of the phase timers."""
import threading

import peers
import sending


class Silence:
    """The first reply of a phase that never comes; `over` is set when crier has closed."""

    def __init__(self):
        self.over = threading.Event()
        self._once = threading.Lock()

    def __call__(self, connection):
        connection.until_closed()
        self.over.set()
        raise peers.PeerGone

    def first(self, address=None, nth=None):
        return self if self._once.acquire(blocking=False) else None


def send(workspace, server, phase, people=2):
    """A campaign by one connection, with a second for this phase; its people and the worker."""
    workspace.env["CRIER_TIMERS"] = f"{phase}=1"
    workspace.run("settings", "set", "--log-level", "debug")
    people = sending.prepare(workspace, server, people, 1)
    sending.start(workspace, len(people))
    return people, sending.Worker(workspace)
