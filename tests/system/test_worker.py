"""The worker as a process: one a workspace, what it does when told to end, hang-up, pause."""
import fcntl
import os
import pty
import re
import signal
import socket
import subprocess
import termios
import threading
import time

import pytest

import sending
import waiting

CONNECTIONS = 2


@pytest.fixture
def holding(start_receiver):
    """A server that gives no final reply before it is released."""
    return start_receiver(hold="dot")


def wait_held(server, n=CONNECTIONS):
    waiting.wait_for(lambda: server.receiver.held == n, what=f"{n} messages in flight")


def check_all_accepted(workspace, server, people):
    result = sending.account(workspace, server.receiver.taken, people).check()
    assert result.states == {"accepted": len(people)}, result


# ---- one worker --------------------------------------------------------------------------


def test_of_twenty_workers_one_wins(workspace):
    workspace.run("init")
    started = [workspace.popen("worker", stderr=subprocess.PIPE) for _ in range(20)]
    waiting.wait_for(lambda: sum(p.poll() is not None for p in started) == 19,
                     what="19 of 20 workers to end")
    winner = next(p for p in started if p.poll() is None)
    for process in started:
        if process is winner:
            continue
        text = process.stderr.read().decode()
        assert process.returncode == 3, text
        assert text.startswith("crier: ") and text.count("\n") == 1
        assert re.search(rf"pid {winner.pid} since 20\S+Z on {socket.gethostname()}\b", text)
    assert workspace.worker_pid() == winner.pid
    winner.terminate()
    assert winner.wait(waiting.DEADLINE_S) == 0
    for process in started:
        process.stderr.close()


def test_no_second_worker_while_a_role_lives(workspace, holding):
    people = sending.prepare(workspace, holding, 6, CONNECTIONS)
    sending.start(workspace, len(people))
    worker = sending.Worker(workspace)
    wait_held(holding)
    role = worker.role_pid()
    worker.kill(role=False)
    assert sending.is_alive(role)
    second = workspace.run("worker", "--once", exit_code=3)
    assert f"pid {worker.pid}" in second.stderr and "role" in second.stderr
    holding.receiver.release()
    waiting.wait_for(lambda: not sending.is_alive(role), what="the role to drain and end")
    row = sending.look(workspace, len(people))
    assert (row["accepted"], row["leased"], row["uncertain"]) == (CONNECTIONS, 0, 0)
    sending.run_to_end(workspace, len(people))
    check_all_accepted(workspace, holding, people)


def test_a_role_that_is_killed_is_started_again(workspace, holding):
    people = sending.prepare(workspace, holding, 6, CONNECTIONS)
    sending.start(workspace, len(people))
    worker = sending.Worker(workspace)
    wait_held(holding)
    role = worker.kill(supervisor=False)
    holding.receiver.release()
    row = sending.wait_finished(workspace, len(people))
    assert worker.role_pid() not in (0, role)
    assert (row["accepted"], row["uncertain"]) == (4, CONNECTIONS)
    worker.wait_log("killed by signal 9")
    worker.terminate()
    assert len(holding.receiver.taken) == len(set(holding.receiver.taken)) == len(people)


# ---- told to end -------------------------------------------------------------------------


def test_sigterm_drains(workspace, holding):
    people = sending.prepare(workspace, holding, 6, CONNECTIONS)
    sending.start(workspace, len(people))
    worker = sending.Worker(workspace)
    wait_held(holding)
    worker.process.terminate()
    worker.wait_log("draining")
    assert worker.process.poll() is None
    holding.receiver.release()
    assert worker.process.wait(waiting.DEADLINE_S) == 0, worker.log()
    row = sending.look(workspace, len(people))
    assert (row["state"], row["accepted"], row["queued"]) == ("sending", CONNECTIONS, 4)
    sending.run_to_end(workspace, len(people))
    check_all_accepted(workspace, holding, people)


def test_worker_stop_ends_it(workspace, sink):
    people = sending.prepare(workspace, sink, 3)
    sending.start(workspace, len(people), background=True)
    sending.wait_finished(workspace, len(people))
    assert workspace.worker_pid()
    workspace.run("worker", "stop")
    assert workspace.worker_pid() is None
    assert "No worker runs" in workspace.run("worker", "stop").stderr


class Terminal:
    """A command on a pseudo-terminal of its own, as after a login."""

    def __init__(self, crier, *args):
        self.master, slave = pty.openpty()
        self.process = crier.popen(*args, stdin=slave, stdout=slave, stderr=slave,
                                   start_new_session=True,
                                   preexec_fn=_take_terminal)
        os.close(slave)
        self.seen = b""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def type(self, data):
        os.write(self.master, data)

    def hang_up(self):
        os.close(self.master)

    def _read(self):
        try:
            while data := os.read(self.master, 4096):
                self.seen += data
        except OSError:
            pass


def _take_terminal():
    # Whoever runs the tests may ignore hang-ups; so would the child.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_a_hang_up_ends_nothing(workspace, holding):
    people = sending.prepare(workspace, holding, 6, CONNECTIONS)
    terminal = Terminal(workspace, "campaign", "start", sending.CAMPAIGN, "--yes", len(people),
                        "--wait")
    wait_held(holding)
    pid = workspace.worker_pid()
    terminal.hang_up()
    assert terminal.process.wait(waiting.DEADLINE_S) == -signal.SIGHUP
    for process in (pid, *sending.children(pid)):
        assert os.getsid(process) != terminal.process.pid
        os.kill(process, signal.SIGHUP)
    holding.receiver.release()
    sending.wait_finished(workspace, len(people))
    assert workspace.worker_pid() == pid
    check_all_accepted(workspace, holding, people)


def test_a_foreground_worker_outlives_its_terminal(workspace, holding):
    people = sending.prepare(workspace, holding, 6, CONNECTIONS)
    sending.start(workspace, len(people))
    terminal = Terminal(workspace, "worker")
    wait_held(holding)
    terminal.hang_up()
    holding.receiver.release()
    sending.wait_finished(workspace, len(people))
    assert workspace.worker_pid() == terminal.process.pid
    check_all_accepted(workspace, holding, people)


def test_ctrl_c_drains_and_twice_stops(workspace, start_receiver):
    """One message is before the dot and one behind it: the first goes back for certain, the
    second still gets its reply."""
    half = threading.Event()

    def data(address, nth):
        # The second one that comes waits before 354 for ever.
        return None if nth == 0 else lambda connection: half.wait(60) and b"354 Late\r\n"

    server = start_receiver(hold="dot", replies={"data": data})
    people = sending.prepare(workspace, server, 6, CONNECTIONS)
    sending.start(workspace, len(people))
    terminal = Terminal(workspace, "worker")
    waiting.wait_for(lambda: server.receiver.held == 1 and server.receiver.count("data") == 2,
                     what="one message before and one after the dot")
    terminal.type(b"\x03")
    waiting.wait_for(lambda: b"draining" in terminal.seen, what="the first ^C to drain")
    assert terminal.process.poll() is None
    terminal.type(b"\x03")
    waiting.wait_for(lambda: sending.look(workspace, len(people))["queued"] == 5,
                     what="what was before the dot to go back")
    server.receiver.release()
    assert terminal.process.wait(waiting.DEADLINE_S) == 0, terminal.seen
    row = sending.look(workspace, len(people))
    assert (row["accepted"], row["uncertain"], row["leased"]) == (1, 0, 0), terminal.seen
    half.set()
    sending.run_to_end(workspace, len(people))
    check_all_accepted(workspace, server, people)


# ---- pause, resume, cancel ---------------------------------------------------------------


def slow(start_receiver):
    """Twenty milliseconds a recipient until server.hurry(): there is a middle of the campaign."""
    tick = threading.Event()
    server = start_receiver(replies={"rcpt": lambda address, nth: tick.wait(0.02) and None})
    server.hurry = tick.set
    return server


def wait_taken(server, n):
    waiting.wait_for(lambda: len(server.receiver.taken) >= n, what=f"{n} messages")


def test_pause_and_resume(workspace, start_receiver):
    server = slow(start_receiver)
    people = sending.prepare(workspace, server, 2000, CONNECTIONS)
    sending.start(workspace, len(people), background=True)
    wait_taken(server, 20)
    workspace.run("campaign", "pause", sending.CAMPAIGN)
    paused = time.monotonic()
    waiting.wait_for(lambda: sending.look(workspace, len(people))["leased"] == 0,
                     what="nothing to be leased")
    row = sending.look(workspace, len(people))
    assert row["state"] == "paused" and row["queued"] > 0
    assert row["accepted"] == len(server.receiver.taken) and not row["uncertain"]
    # I6: no new MAIL FROM from a second on; nine more for a machine that has much else to do.
    # There was mail for twenty.
    assert max(server.receiver.times) <= paused + 10.0
    began = server.receiver.count("mail")
    assert sending.look(workspace, len(people))["queued"] == row["queued"]
    assert server.receiver.count("mail") == began
    server.hurry()
    workspace.run("campaign", "resume", sending.CAMPAIGN)
    sending.wait_finished(workspace, len(people))
    check_all_accepted(workspace, server, people)


def test_pause_stops_a_message_before_its_dot(workspace, start_receiver):
    """It was spoken of, its body was not sent: it goes back, and the receiver gets no dot."""
    server = start_receiver(hold="data")
    people = sending.prepare(workspace, server, 6, CONNECTIONS)
    sending.start(workspace, len(people), background=True)
    wait_held(server)
    workspace.run("campaign", "pause", sending.CAMPAIGN)
    server.receiver.release()
    waiting.wait_for(lambda: sending.look(workspace, len(people))["queued"] == len(people),
                     what="all to be queued again")
    assert server.receiver.count("dot") == 0
    workspace.run("campaign", "resume", sending.CAMPAIGN)
    sending.wait_finished(workspace, len(people))
    check_all_accepted(workspace, server, people)


def test_cancel_leaves_nobody_queued(workspace, holding):
    people = sending.prepare(workspace, holding, 50, CONNECTIONS)
    sending.start(workspace, len(people), background=True)
    wait_held(holding)
    workspace.run("campaign", "cancel", sending.CAMPAIGN)
    waiting.wait_for(lambda: sending.look(workspace, len(people))["leased"] == CONNECTIONS,
                     what="only the messages in flight to be left")
    holding.receiver.release()
    row = waiting.wait_for(lambda: (row := sending.look(workspace, len(people)))["leased"] == 0
                           and row, what="the messages in flight to be settled")
    assert (row["state"], row["accepted"], row["cancelled"], row["queued"]) == (
        "cancelled", CONNECTIONS, len(people) - CONNECTIONS, 0)
    workspace.run("db", "check")
    states = {a: d["state"] for a, d in sending.deliveries(workspace).items()}
    assert {a for a, s in states.items() if s == "accepted"} == set(holding.receiver.taken)


def test_cancel_after_a_death_leaves_nobody_queued(workspace, holding):
    """What was leased when the worker died is cancelled too, by the next one."""
    people = sending.prepare(workspace, holding, 50, CONNECTIONS)
    sending.start(workspace, len(people))
    worker = sending.Worker(workspace)
    wait_held(holding)
    worker.kill()
    workspace.run("campaign", "cancel", sending.CAMPAIGN)
    workspace.run("worker", "--once")
    row = sending.look(workspace, len(people))
    assert (row["cancelled"], row["uncertain"]) == (len(people) - CONNECTIONS, CONNECTIONS)
    assert set(holding.receiver.taken) == {
        a for a, d in sending.deliveries(workspace).items() if d["state"] == "uncertain"}


def test_suppressed_while_sending(workspace, start_receiver):
    """I4: in the middle of the envelope, leased, and still queued: none of them gets it."""
    server = start_receiver(hold="rcpt")
    people = sending.prepare(workspace, server, 40, CONNECTIONS)
    sending.start(workspace, len(people), background=True)
    wait_held(server)
    in_hand = server.receiver.seen["rcpt"][0]
    stopped = {in_hand, people[3], people[30]}
    for address in stopped:
        workspace.run("suppress", "add", address, "--reason", "unsubscribed")
    server.receiver.release()
    row = sending.wait_finished(workspace, len(people))
    assert (row["suppressed"], row["accepted"]) == (3, len(people) - 3)
    assert not stopped & set(server.receiver.taken)
    rows = sending.deliveries(workspace)
    assert {rows[address]["state"] for address in stopped} == {"suppressed"}
    sending.account(workspace, server.receiver.taken, people).check()


# ---- those who have maybe got it ---------------------------------------------------------


def test_wait_and_resolve(workspace, start_receiver):
    server = start_receiver(replies={
        "dot": lambda address, nth: sending.close if nth < 3 else None})
    people = sending.prepare(workspace, server, 8, 1)
    sending.start(workspace, len(people), background=True)
    workspace.run("campaign", "wait", sending.CAMPAIGN, "--timeout", "60s")
    assert sending.look(workspace, len(people))["uncertain"] == 3
    first, second, third = server.receiver.taken[:3]
    problems = [p["text"] for p in workspace.status()["problems"]]
    assert any("maybe sent to 3" in text for text in problems)

    workspace.run("campaign", "resolve", sending.CAMPAIGN, "--skip", first)
    row = sending.look(workspace, len(people))
    assert (row["uncertain"], row["undecided"]) == (3, 2)
    workspace.run("campaign", "resolve", sending.CAMPAIGN, "--resend", second)
    workspace.run("campaign", "wait", sending.CAMPAIGN, "--for", "finished", "--timeout", "60s")
    row = sending.look(workspace, len(people))
    assert (row["accepted"], row["uncertain"], row["undecided"]) == (6, 2, 1)
    workspace.run("campaign", "resolve", sending.CAMPAIGN, "--resend")
    row = waiting.wait_for(
        lambda: (row := sending.look(workspace, len(people)))["accepted"] == 7 and row,
        what="the third to be accepted")
    sending.wait_finished(workspace, len(people))
    taken = server.receiver.taken
    assert [taken.count(a) for a in (first, second, third)] == [1, 2, 2]
    rows = sending.deliveries(workspace)
    assert (rows[first]["state"], rows[first]["decided"]) == ("uncertain", True)
    assert (rows[second]["state"], rows[second]["attempts"]) == ("accepted", 2)
    workspace.run("db", "check")


def test_wait_gives_up_at_its_timeout(workspace, holding):
    people = sending.prepare(workspace, holding, 3, CONNECTIONS)
    sending.start(workspace, len(people), background=True)
    wait_held(holding)
    late = workspace.run("campaign", "wait", sending.CAMPAIGN, "--timeout", "1s", exit_code=75)
    assert "not finished yet" in late.stderr
    holding.receiver.release()
    workspace.run("campaign", "wait", sending.CAMPAIGN)


def test_once_is_not_finished_while_one_waits(workspace, start_receiver):
    """Deferred people keep a campaign open; `--once` says when the next is due."""
    server = start_receiver(replies={
        "rcpt": lambda address, nth: b"450 4.2.0 Later\r\n" if nth == 0 else None})
    people = sending.prepare(workspace, server, 4, 1, retry_s=3600)
    sending.start(workspace, len(people))
    said = workspace.run("worker", "--once").stderr
    assert "the next is due at" in said
    row = sending.look(workspace, len(people))
    assert (row["state"], row["deferred"], row["accepted"]) == ("sending", 1, 3)
    assert workspace.run("worker", "--once").returncode == 0
    assert sending.look(workspace, len(people))["deferred"] == 1


def test_once_ends_where_the_server_is_switched_off(workspace, sink):
    people = sending.prepare(workspace, sink, 4)
    sending.start(workspace, len(people))
    workspace.run("server", "set", "main", "--enabled", "no")
    workspace.run("worker", "--once")
    assert sending.look(workspace, len(people))["queued"] == len(people)
    workspace.run("server", "set", "main", "--enabled", "yes")
    workspace.run("worker", "--once")
    assert sending.look(workspace, len(people))["state"] == "finished"
