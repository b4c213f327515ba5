"""Who takes the mail in a measurement, and counts it: smtp-sink, crier sink, a private Postfix.

Each has port, source_options for smtp-source, settle(count), which waits until it has worked off
what one run gave it, check_total(), which says whether it took as many messages as it was made
for, and stop(). All listen on 127.0.0.1 and are ended by their own pid.
"""
import collections
import json
import os
import re
import socket
import subprocess
import tempfile

import crier
import measure
import waiting

HOST = "127.0.0.1"
SMTP_SINK = "/usr/sbin/smtp-sink"
SMTP_SOURCE = "/usr/sbin/smtp-source"


class CrierSink:
    """crier sink that keeps nothing but its totals; with a log, a line a recipient; with a
    script, as slow as that says."""

    source_options = ()

    def __init__(self, folder, total, log=None, script=None):
        self.total = total
        argv = [crier.program(), "sink", "--port", "0", "--json"]
        if log:
            argv += ["--log", str(log)]
        if script:
            with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
                file.write(script)
            argv += ["--script", file.name]
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        env=crier.clean_environment(folder))
        line = self.process.stdout.readline().decode()
        found = re.search(r"listening on 127\.0\.0\.1:(\d+)", line)
        if not found:
            raise measure.BenchFailed(f"crier sink said {line!r}")
        self.port = int(found[1])

    def settle(self, count):
        """It answers a message when it is done with it."""

    def check_total(self):
        self.process.terminate()
        taken = json.loads(self.process.stdout.read())
        if taken["messages"] != self.total or taken["accepted"] != self.total:
            raise measure.BenchFailed(f"crier sink took {taken}, {self.total} were sent")

    def stop(self):
        crier.stop_process(self.process)
        self.process.stdout.close()


class SmtpSink:
    """Postfix's smtp-sink. Its counters would slow it down, so it is told to end by itself with
    the message after the last one."""

    source_options = ()

    def __init__(self, folder, total):
        self.folder = tempfile.mkdtemp(prefix="smtp-sink-", dir=folder)
        self.total = total
        for _ in range(5):
            self._start()
            if self.process.poll() is None:
                return
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as log:
            raise measure.BenchFailed(f"smtp-sink does not start: {log.read()}")

    def settle(self, count):
        """It answers a message when it is done with it."""

    def check_total(self):
        if self.process.poll() is not None:
            raise measure.BenchFailed(f"smtp-sink took more than the {self.total} messages sent")
        # It ends in the middle of this one, so what smtp-source says about it is no matter.
        subprocess.run([SMTP_SOURCE, f"{HOST}:{self.port}"], check=False,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            raise measure.BenchFailed(
                f"smtp-sink took fewer than the {self.total} messages sent") from None

    def stop(self):
        crier.stop_process(self.process)

    def _start(self):
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        argv = [SMTP_SINK, "-M", str(self.total + 1)]
        if os.getuid() == 0:
            argv += ["-u", "postfix"]
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen([*argv, f"{HOST}:{self.port}", "128"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        waiting.wait_for(lambda: self.process.poll() is not None or self._answers(), 30,
                         "smtp-sink to listen")

    def _answers(self):
        try:
            with socket.create_connection((HOST, self.port), timeout=5):
                return True
        except OSError:
            return False


class Postfix:
    """The private Postfix of the system tests, whose discard transport takes everything."""

    # A recipient each, as ours: with one for all, Postfix would look up only the first.
    source_options = ("-N", "-f", "news@example.org", "-t", "source@example.org")

    def __init__(self, peer, total, addresses, times):
        self._peer = peer
        self._each = (addresses, times)
        self.port = peer.port
        self.total = total
        self._expected = 0

    def settle(self, count):
        self._expected += count
        waiting.wait_for(lambda: len(self._peer.deliveries()) >= self._expected, 120,
                         f"Postfix to discard {count} messages")

    def check_total(self):
        """As many as were sent, and to each of ours exactly so often, by Postfix's log."""
        found = collections.Counter(self._peer.deliveries())
        if found.total() != self.total:
            raise measure.BenchFailed(f"Postfix delivered {found.total()} of {self.total} messages")
        addresses, times = self._each
        wrong = [one for one in addresses if found[one] != times]
        if wrong:
            raise measure.BenchFailed(f"Postfix delivered {found[wrong[0]]} times to {wrong[0]}, "
                                      f"not {times}; {len(wrong)} people are wrong")

    def stop(self):
        self._peer.stop()


def why_no_postfix():
    """What keeps it from running here; None when nothing does."""
    try:
        import peers
    except ImportError as error:
        return f"the harness of the system tests is not complete: {error}"
    return peers.why_no_postfix()


def make_postfix(addresses, times):
    """How to make one that is to see each of the addresses so often."""
    def make(folder, total):
        import peers
        peer = peers.Postfix(peers.Certificates(tempfile.mkdtemp(dir=folder)))
        return Postfix(peer, total, addresses, times)
    return make
