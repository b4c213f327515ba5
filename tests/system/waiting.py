"""Waiting with a deadline: the one place in the tests where time passes on purpose.

Not for measuring time: no test may depend on how fast something was.
"""
import select
import threading
import time

DEADLINE_S = 60.0
_POLL_S = 0.02
# To look may take a process and as much time as the pause; what takes long is looked at less often.
_LONGEST_POLL_S = 0.1
_POLL_SHARE = 0.05


class DeadlinePassed(AssertionError):
    """What was waited for did not come."""


def wait_for(condition, deadline=DEADLINE_S, what="a condition"):
    """Calls condition until it returns something true, which is returned.

    what says in a failure what was waited for; a callable is asked for it only then.
    """
    pause = threading.Event()
    begin = time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        passed = time.monotonic() - begin
        if passed > deadline:
            text = what() if callable(what) else what
            raise DeadlinePassed(f"waited {deadline:g} s in vain for {text}")
        pause.wait(min(max(_POLL_S, passed * _POLL_SHARE), _LONGEST_POLL_S))


def wait_readable(fd, deadline=DEADLINE_S, what="data"):
    """Waits until fd has data or is at its end."""
    poller = select.poll()
    poller.register(fd, select.POLLIN | select.POLLHUP)
    if not poller.poll(deadline * 1000):
        raise DeadlinePassed(f"waited {deadline:g} s in vain for {what}")
