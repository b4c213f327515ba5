"""The part of a shell that matters to ^Z: runs one program in a job of its own, says when it
stopped, brings it back on "fg". A pseudo-terminal's first process cannot be stopped by ^Z.

usage: jobshell.py COMMANDS-FD REPORTS-FD PROGRAM ARGUMENT...
"""
import os
import signal
import sys

TERMINAL = 0


def run(argv):
    """Starts the job in the foreground; returns its pid, which is its group's number, too."""
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(TERMINAL, os.getpgrp())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(argv[0], argv)
    try:
        os.setpgid(pid, pid)
    except PermissionError:  # it was faster, and runs its program already
        pass
    return pid


def main():
    commands, reports = int(sys.argv[1]), int(sys.argv[2])
    os.set_inheritable(commands, False)
    os.set_inheritable(reports, False)
    # A shell in the background may still set who is in the foreground.
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = run(sys.argv[3:])
    while True:
        _, status = os.waitpid(job, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            break
        os.tcsetpgrp(TERMINAL, os.getpgrp())
        os.write(reports, b"stopped\n")
        if os.read(commands, 100) != b"fg\n":
            break
        os.tcsetpgrp(TERMINAL, job)
        os.killpg(job, signal.SIGCONT)
    code = os.waitstatus_to_exitcode(status)
    sys.exit(code if code >= 0 else 128 - code)


main()
