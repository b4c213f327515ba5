"""The worker's role that reads mailboxes: beside others, through deaths, on a full disk."""
import contextlib
import os
import re
import resource
import signal
import sqlite3

import pytest

import dovecot
import peers
import returning
import sending
import waiting


@pytest.fixture(scope="module", name="server")
def start_server(certificates):
    reason = dovecot.why_not("imap")
    if reason:
        pytest.skip(reason)
    server = dovecot.Dovecot(certificates)
    yield server
    server.stop()


@pytest.fixture(name="add")
def make_add(workspace, server, certificates):
    def add(*args, **kwargs):
        return returning.add_mailbox(workspace, server.ports["imaps"], certificates, *args,
                                     **kwargs)
    return add


def role_pid(worker, nth=1):
    """Of the nth inbox role that the worker has started."""
    def found():
        pids = re.findall(r"role inbox started, pid (\d+)", worker.log())
        return int(pids[nth - 1]) if len(pids) >= nth else 0
    return waiting.wait_for(found, what=lambda: f"role {nth}: {worker.log()}")


def row(workspace, name="bounces"):
    return next(row for row in workspace.json("status")["mailboxes"] if row["name"] == name)


def wait_read(workspace, count, name="bounces"):
    waiting.wait_for(lambda: row(workspace, name)["n_read"] == count,
                     what=lambda: f"{count} messages of {name}: {row(workspace, name)}")


def test_it_is_there_while_a_mailbox_is_in_use(workspace, server, add):
    workspace.run("init")
    worker = sending.Worker(workspace)
    worker.wait_log("role send started")
    server.put("comes", [returning.letter(1)])
    add(user="comes")
    wait_read(workspace, 1)
    status = workspace.json("status")["worker"]
    assert status["inbox"] is True and status["inbox_hardened"] == status["hardened"]
    assert "bounces was last read" in workspace.run("status").stdout
    workspace.run("mailbox", "set", "bounces", "--enabled", "no")
    waiting.wait_for(lambda: not workspace.json("status")["worker"]["inbox"],
                     what=lambda: f"the role to end: {worker.log()}")
    workspace.run("mailbox", "set", "bounces", "--enabled", "yes")
    server.put("comes", [returning.letter(2)])
    wait_read(workspace, 2)
    worker.terminate()


def test_a_mailbox_that_hangs_holds_up_no_other(workspace, server, add, start_raw):
    hangs = start_raw(peers.silent)
    returning.add_mailbox(workspace, hangs.port, None, "--host", f"127.0.0.1:{hangs.port}",
                          name="hangs", security="none")
    add(user="beside")
    server.put("beside", [returning.letter(1)])
    worker = sending.Worker(workspace)
    wait_read(workspace, 1)
    assert hangs.connections and row(workspace, "hangs")["n_read"] == 0
    # One on a port that the role gave up the right to: it is started anew.
    server.put("late", [returning.letter(1)])
    returning.add_mailbox(workspace, server.ports["imap"], None, name="late", user="late",
                          security="none")
    wait_read(workspace, 1, "late")
    worker.terminate()


def test_a_role_that_is_killed_comes_back(workspace, server, add, sink):
    add(user="killed")
    sent = list(returning.send_campaign(workspace, sink, 2).values())
    worker = sending.Worker(workspace)
    for nth, envelope in enumerate(sent, 1):
        server.put("killed", [returning.bounce(envelope, nth)])
        returning.wait_counters(workspace, bounced_hard=nth)
        os.kill(role_pid(worker, nth), signal.SIGKILL)
        role_pid(worker, nth + 1)
    assert row(workspace)["n_read"] == len(sent)
    worker.terminate()


def test_it_ends_with_its_supervisor(workspace, add):
    add(user="ends")
    worker = sending.Worker(workspace)
    pid = role_pid(worker)
    worker.kill(role=False)
    waiting.wait_for(lambda: not sending.is_alive(pid), what=lambda: f"its end: {worker.log()}")
    sending.wait_lock_free(workspace)


def test_a_full_disk_deletes_nothing(workspace, server, add, sink):
    """No file may grow beyond its first byte: as on a disk without room."""
    add("--after-read", "delete", "--poll", "1s", user="full")
    sent = list(returning.send_campaign(workspace, sink, 2).values())
    workspace.run("settings", "set", "--log-level", "debug")
    worker = sending.Worker(workspace, "--role", "inbox")
    worker.wait_log("reading -> watching")
    pid = role_pid(worker)
    limits = resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    server.put("full", [returning.bounce(envelope, n) for n, envelope in enumerate(sent, 1)])
    waiting.wait_for(lambda: any("able to write" in p["text"] for p in
                                 workspace.json("status")["problems"]), what="silence")
    assert len(server.stored("full")) == 2 and returning.counters(workspace)["bounced_hard"] == 0
    resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
    returning.wait_counters(workspace, bounced_hard=2)
    waiting.wait_for(lambda: server.stored("full") == [], what="them to be deleted there")
    assert returning.problem(workspace) == ""
    worker.terminate()


def test_once(workspace, server, add):
    """A mailbox that cannot be read is no matter of what is sent."""
    add(user="once")
    server.put("once", [returning.letter(1)])
    workspace.run("worker", "--once")
    assert row(workspace)["n_read"] == 1
    workspace.run("mailbox", "set", "bounces", "--host", f"localhost:{peers.free_port()}")
    workspace.run("worker", "--once")
    workspace.run("worker", "--once", "--role", "inbox", exit_code=1)
    assert "refused" in returning.problem(workspace)
    workspace.run("worker", "--role", "other", exit_code=2)


def test_beside_a_worker_nothing_is_taken_twice(workspace, server, add):
    add("--after-read", "delete", user="both")
    workspace.run("settings", "set", "--log-level", "debug")
    worker = sending.Worker(workspace, "--role", "inbox")
    worker.wait_log("reading -> watching")
    for begin in range(0, 120, 40):
        server.put("both", [returning.letter(n) for n in range(begin, begin + 40)])
        assert workspace.json("mailbox", "read", "bounces")["ok"]
    waiting.wait_for(lambda: server.stored("both") == [], what="all to be taken and deleted")
    worker.terminate()
    with contextlib.closing(sqlite3.connect(workspace.workspace / "crier.db")) as db:
        assert db.execute("SELECT count(*), count(DISTINCT message_id) FROM inbound").fetchone() \
            == (120, 120)
