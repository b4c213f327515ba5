"""The send role after it gave up its rights: it still does all its work, the kernel says that
they are gone, and it gets others only by being started anew.

What exactly is refused is tests/unit/worker/test_harden.c's.
"""
import collections
import os
import pathlib

import pytest

import sending

ALL = ["no_new_privs", "files", "ports", "calls"]
PEOPLE = 20


def facts(pid):
    """/proc/PID/status as a dict."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def hardened(workspace):
    """What status says that holds; all of it, or the test has nothing to look at here."""
    worker = workspace.status()["worker"]
    if worker["hardened_missing"]:
        pytest.skip(f"this kernel does not have: {', '.join(worker['hardened_missing'])}")
    return worker["hardened"]


def login(workspace, peer, certificates, *more):
    """Options of a server with TLS, whose password a command prints."""
    secret = workspace.home / "secret"
    secret.write_text("p4ss\n")
    secret.chmod(0o600)
    return ["--host", f"localhost:{peer.port}", "--ca-file", certificates.ca, "--user", "news",
            "--password-command", f"cat {secret}", *more]


def start_tls(start_aiosmtpd, certificates, tls="starttls"):
    return start_aiosmtpd(tls=tls, context=certificates.context(), users={"news": "p4ss"})


def recipients(peer):
    return collections.Counter(address for mail in peer.received
                               for address in mail.recipients)


@pytest.mark.parametrize("tls, security", [("starttls", "starttls"), ("implicit", "tls")])
def test_a_hardened_role_sends_signed_mail_over_tls_with_a_login(
        workspace, start_aiosmtpd, certificates, tls, security):
    peer = start_tls(start_aiosmtpd, certificates, tls)
    people = sending.prepare(workspace, peer, PEOPLE)
    workspace.run("settings", "set", "--log-level", "debug")
    workspace.run("dkim", "new", "example.org")
    workspace.run("server", "set", "main",
                  *login(workspace, peer, certificates, "--security", security))
    sending.start(workspace, PEOPLE)
    worker = sending.Worker(workspace)
    sending.wait_finished(workspace, PEOPLE)
    assert hardened(workspace) == ALL
    assert "hardened: no_new_privs, files, ports, calls" in workspace.run("status").stdout
    assert worker.wait_log("hardening: in force: no_new_privs, files, ports, calls")
    role, supervisor = facts(worker.role_pid()), facts(worker.pid)
    assert (role["NoNewPrivs"], role["Seccomp"]) == ("1", "2")
    # It runs commands and starts roles.
    assert supervisor["NoNewPrivs"] == facts(os.getpid())["NoNewPrivs"]
    assert supervisor["Seccomp"] == facts(os.getpid())["Seccomp"]
    worker.terminate()
    assert recipients(peer) == collections.Counter(people)
    assert all(mail.tls and mail.user == "news" for mail in peer.received)
    assert all(b"\nDKIM-Signature:" in b"\n" + mail.content for mail in peer.received)
    # Not one of its own requests was among those refused.
    assert "ermission denied" not in worker.log() and "not permitted" not in worker.log()


def test_a_server_on_a_new_port_with_new_certificates(workspace, start_receiver, start_aiosmtpd,
                                                      certificates):
    """The role that runs may reach neither: it is started anew, and nobody gets two."""
    first = start_receiver()
    people = sending.prepare(workspace, first, PEOPLE)
    sending.start(workspace, PEOPLE)
    worker = sending.Worker(workspace)
    sending.wait_finished(workspace, PEOPLE)
    before = worker.role_pid()
    hardened(workspace)
    second = start_tls(start_aiosmtpd, certificates)
    workspace.run("server", "set", "main",
                  *login(workspace, second, certificates, "--security", "starttls"))
    sending.draft(workspace, "summer")
    sending.start(workspace, PEOPLE, "summer")
    sending.wait_finished(workspace, PEOPLE, campaign="summer")
    assert worker.role_pid() != before
    assert "is started anew" in worker.log()
    assert "ended with code" not in worker.log() and "rests until" not in worker.log()
    worker.terminate()
    assert sorted(first.receiver.taken) == sorted(people)
    assert recipients(second) == collections.Counter(people)


def test_certificates_that_were_replaced(workspace, start_aiosmtpd, certificates):
    """A new file under the old name is another file: the role that runs may not read it."""
    peer = start_tls(start_aiosmtpd, certificates)
    trusted = workspace.home / "ca.pem"
    trusted.write_bytes(pathlib.Path(certificates.ca).read_bytes())
    people = sending.prepare(workspace, peer, PEOPLE)
    workspace.run("server", "set", "main",
                  *login(workspace, peer, certificates, "--security", "starttls"))
    workspace.run("server", "set", "main", "--ca-file", trusted)
    sending.start(workspace, PEOPLE)
    worker = sending.Worker(workspace)
    sending.wait_finished(workspace, PEOPLE)
    before = worker.role_pid()
    hardened(workspace)
    copy = workspace.home / "new.pem"
    copy.write_bytes(trusted.read_bytes())
    copy.rename(trusted)
    # Before a connection needs it, since it looks each second.
    sending.waiting.wait_for(lambda: worker.role_pid() not in (0, before), what="a new role")
    sending.draft(workspace, "summer")
    sending.start(workspace, PEOPLE, "summer")
    sending.wait_finished(workspace, PEOPLE, campaign="summer")
    assert "ended with code" not in worker.log() and "rests until" not in worker.log()
    worker.terminate()
    assert recipients(peer) == collections.Counter(people * 2)


def test_once_goes_on_with_a_role_that_was_started_anew(workspace, start_receiver):
    """--once ends when nothing is due, not when a role wants what it gave up."""
    first = start_receiver(hold="dot")
    people = sending.prepare(workspace, first, PEOPLE, connections=1)
    sending.start(workspace, PEOPLE)
    worker = sending.Worker(workspace, "--once")
    sending.waiting.wait_for(lambda: first.receiver.held, what="a message in hand")
    hardened(workspace)
    second = start_receiver()
    workspace.run("server", "set", "main", "--host", f"127.0.0.1:{second.port}")
    worker.wait_log("is started anew")
    first.receiver.release()
    assert worker.process.wait(sending.waiting.DEADLINE_S) == 0, worker.log()
    taken = first.receiver.taken + second.receiver.taken
    assert second.receiver.taken
    sending.account(workspace, taken, people).check()
    assert sorted(taken) == sorted(people)


def test_switched_off(workspace, start_receiver):
    peer = start_receiver()
    sending.prepare(workspace, peer, PEOPLE)
    sending.start(workspace, PEOPLE)
    worker = sending.Worker(workspace, env={"CRIER_HARDEN": "off"})
    sending.wait_finished(workspace, PEOPLE)
    status = workspace.status()
    assert status["worker"]["hardened"] == []
    assert status["worker"]["hardened_missing"] == ALL
    assert ["switched off" in note["what"] for note in status["notes"]
            if note["name"] == "send"] == [True]
    assert "is hardened" not in workspace.run("status").stdout
    assert "warning" in worker.log() and "CRIER_HARDEN=off" in worker.log()
    worker.terminate()
    assert workspace.status()["worker"]["hardened"] is None
