"""The network goes: packets that vanish without a word, and names that nobody resolves."""
import signal
import subprocess

import pytest

import crier
import dnsserver
import peers
import sending
import shims
import spaces
import waiting

pytestmark = pytest.mark.waits

CONNECTIONS = 2
PEOPLE = 60
SCRIPT = "at dot share 100 delay 150\n"  # so that there is a middle


@pytest.fixture
def start_space():
    """Factory of spaces.Space."""
    made = []

    def start(*args):
        made.append(spaces.Space(*args))
        return made[-1]

    yield start
    for space in made:
        space.close()


def begin(crier, sink, server=(), host=None):
    """A campaign on its way over connections that are renewed now and then."""
    people = sending.prepare(crier, sink, PEOPLE, CONNECTIONS, server=[
        "--messages-per-connection", 10, *server])
    if host:
        crier.run("server", "set", "main", "--host", host, "--plain-host", host)
    sending.start(crier, PEOPLE)
    return people


def wait_taken(sink, n):
    waiting.wait_for(lambda: len(sink.taken()) >= n, what=f"{n} messages")


def problem(crier):
    return waiting.wait_for(lambda: crier.status()["servers"][0]["problem"],
                            what="the server's problem in status")


def finish(crier, sink, people, worker):
    sending.wait_finished(crier, PEOPLE)
    worker.terminate()
    return sending.account(crier, sink.taken(), people).check()


def test_a_half_open_connection(workspace, start_space, start_sink):
    """From one packet to the next nothing comes through, and nobody says so. The kernel is asked
    to notice; its seconds are made shorter here, not crier's."""
    space = start_space()
    reason = space.why_no_filter()
    if reason:
        pytest.skip(reason)
    hurry = shims.environment("hurry")
    sink = start_sink(maildir=False, script=SCRIPT, before=space.inside())
    crier = spaces.Inside(workspace, space)
    people = begin(crier, sink)
    worker = sending.Worker(crier, env=hurry)
    wait_taken(sink, 10)
    space.drop(f"tcp dport {sink.port}")
    space.drop(f"tcp sport {sink.port}")
    said = problem(crier)
    row = sending.look(crier, PEOPLE)
    assert row["uncertain"] <= CONNECTIONS and row["refused"] == 0, (row, said)
    space.pass_all()
    result = finish(crier, sink, people, worker)
    assert len(result.uncertain) <= CONNECTIONS, result
    assert result.states["accepted"] == PEOPLE - len(result.uncertain)
    assert crier.status()["servers"][0]["problem"] is None


NAME = "mail.example.net"


class Resolver:
    """A name server in the space, which is what the system asks there."""

    def __init__(self, space):
        self.process = subprocess.Popen(
            [*space.inside(), "/usr/bin/python3", dnsserver.__file__, "53", NAME, peers.HOST],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n"

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
        crier.stop_process(self.process)
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.mark.parametrize("loss", ["stopped", "silent"])
def test_no_names_for_a_while(workspace, start_space, start_sink, loss):
    """The name server is gone, or its packets are: nobody's attempts are used up by that. The
    worker is another one then, as one that runs knows the name for a minute."""
    config = workspace.home / "resolv.conf"
    config.write_text(f"nameserver {peers.HOST}\noptions timeout:1 attempts:1\n")
    space = start_space(f"mount --bind '{config}' /etc/resolv.conf")
    sink = start_sink(maildir=False, script=SCRIPT, before=space.inside())
    crier = spaces.Inside(workspace, space)
    names = Resolver(space)
    try:
        people = begin(crier, sink, host=f"{NAME}:{sink.port}")
        worker = sending.Worker(crier)
        wait_taken(sink, 10)
        if loss == "stopped":
            names.stop()
        else:
            names.process.send_signal(signal.SIGSTOP)
        worker.terminate()
        at_loss = len(sink.taken())
        assert at_loss < PEOPLE
        worker = sending.Worker(crier)
        said = problem(crier)
        assert NAME in said and "name server does not answer" in said, said
        row = sending.look(crier, PEOPLE)
        assert (row["accepted"], row["queued"] + row["leased"]) == (at_loss, PEOPLE - at_loss), row
        assert sum(d["attempts"] for d in sending.deliveries(crier).values()) == at_loss
        names.stop()
        names = Resolver(space)
        result = finish(crier, sink, people, worker)
        assert result.states == {"accepted": PEOPLE}, result
        assert {d["attempts"] for d in sending.deliveries(crier).values()} == {1}
    finally:
        names.stop()
