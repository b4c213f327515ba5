"""Mailboxes that are read by POP3, by `crier mailbox read` and by the worker's inbox role: a real
Dovecot, and scripted servers for what that one does not do."""
import poplib
import ssl

import pytest

import dovecot
import returning
import sending

pytestmark = pytest.mark.waits

PEOPLE = 3


@pytest.fixture(scope="module", name="server")
def start_server(certificates):
    reason = dovecot.why_not("pop3")
    if reason:
        pytest.skip(reason)
    server = dovecot.Dovecot(certificates)
    yield server
    server.stop()


@pytest.fixture(name="add")
def make_add(workspace, server, certificates):
    def add(*args, **kwargs):
        return returning.add_mailbox(workspace, server.ports["pop3s"], certificates, *args,
                                     protocol="pop3", **kwargs)
    return add


def read(workspace, exit_code=0):
    return workspace.json("mailbox", "read", "bounces", exit_code=exit_code)


@pytest.mark.parametrize("after, left", [("leave", PEOPLE + 1), ("delete", 0)])
def test_what_is_read_marks_and_is_put_away(workspace, server, add, sink, after, left):
    add("--after-read", after, user=f"marks-{after}")
    sent = returning.send_campaign(workspace, sink, PEOPLE)
    server.put(f"marks-{after}", [returning.bounce(row, n)
                                  for n, row in enumerate(sent.values(), 1)])
    server.put(f"marks-{after}", [returning.letter(9)])
    report = read(workspace)
    assert (report["read"], report["bounces"], report["others"], report["marked"]) == (
        PEOPLE + 1, PEOPLE, 1, PEOPLE)
    assert len(server.stored(f"marks-{after}")) == left
    assert returning.never_mailed(workspace) == sorted((who, "bounced") for who in sent)
    assert read(workspace)["found"] == 0
    assert returning.counters(workspace)["bounced_hard"] == PEOPLE


def test_no_folder_to_move_to(workspace, add):
    assert "IMAP" in add("--after-read", "move", exit_code=2).stderr


def test_what_was_left_before_is_deleted_later(workspace, server, add):
    add(user="later")
    server.put("later", [returning.letter(n) for n in range(3)])
    assert read(workspace)["read"] == 3
    workspace.run("mailbox", "set", "bounces", "--after-read", "delete")
    report = read(workspace)
    assert (report["found"], server.stored("later")) == (0, [])


def test_somebody_else_has_it_open(workspace, server, add, certificates):
    add(user="held")
    server.put("held", [returning.letter(1)])
    other = poplib.POP3_SSL("localhost", server.ports["pop3s"],
                            context=ssl.create_default_context(cafile=str(certificates.ca)))
    other.user("held")
    other.pass_(dovecot.PASSWORD)
    report = read(workspace, exit_code=1)
    assert "IN-USE" in report["problem"] and "worker" in report["problem"], report
    other.quit()
    assert read(workspace)["read"] == 1
    assert returning.problem(workspace) == ""


def test_the_worker_looks_again_and_again(workspace, server, add, sink):
    add("--poll", "1s", "--after-read", "delete", user="looks")
    sent = returning.send_campaign(workspace, sink, 2)
    worker = sending.Worker(workspace, "--role", "inbox")
    for number, row in enumerate(sent.values(), 1):
        server.put("looks", [returning.bounce(row, number)])
        returning.wait_counters(workspace, bounced_hard=number)
    worker.terminate()
    assert server.stored("looks") == []
