"""Whoever is to be told is told: a command and a mail at the events of a campaign, also when
something is killed in between."""
import email
import email.policy
import json
import os
import pathlib
import signal
import sqlite3

import pytest

import sending
import waiting

pytestmark = pytest.mark.waits

NAME = sending.CAMPAIGN
PEOPLE = 6
SECRET = "hunter2-not-for-hooks"


class Hook:
    """A program that keeps its standard input, arguments and environment, a folder a run."""

    def __init__(self, home, then=""):
        self.folder = home / "told"
        self.folder.mkdir()
        self.path = home / "hook.sh"
        self.path.write_text(f"""#!/bin/sh
d={self.folder}/$$
mkdir $d && printf '%s\\n' "$@" >$d/args && env >$d/env && cat >$d/json && : >$d/read
{then}
mv $d $d.done
""")
        self.path.chmod(0o700)

    def wish(self, workspace, *args):
        words = " ".join([str(self.path), *args])
        workspace.run("settings", "set", "--hook-command", words)

    def begun(self):
        """Where it has read all that it was given."""
        return [p for p in self.folder.iterdir() if (p / "read").exists()]

    def done(self):
        """What was told: parsed JSON, in order."""
        runs = [p for p in self.folder.iterdir() if p.name.endswith(".done")]
        return sorted((json.loads((p / "json").read_text()) for p in runs),
                      key=lambda told: told["id"])

    def read(self, name):
        return [(p / name).read_text() for p in self.begun()]


@pytest.fixture
def hook(home):
    return Hook(home)


def rows(workspace):
    return workspace.json("hook", "list")


def wait_told(hook, *events):
    waiting.wait_for(lambda: len(hook.done()) >= len(events), what=lambda: f"{events}, told: "
                     f"{[told['event'] for told in hook.done()]}")
    assert [told["event"] for told in hook.done()] == list(events)
    return hook.done()


def wait_settled(workspace):
    waiting.wait_for(lambda: all(row["state"] != "pending" for row in rows(workspace)),
                     what=lambda: rows(workspace))


def test_each_event_once_with_the_right_words(workspace, sink, hook):
    sending.prepare(workspace, sink, PEOPLE, server=("--per-second", 1))
    hook.wish(workspace, "'two words'", "$HOME")
    sending.start(workspace, PEOPLE)
    worker = sending.Worker(workspace, env={"CRIER_SMTP_PASSWORD": SECRET})
    workspace.run("campaign", "pause", NAME, "--as", "ann")
    told, = wait_told(hook, "paused")
    assert (told["format"], told["name"], told["actor"]) == (1, NAME, "ann")
    assert told["reason"] is None and told["workspace"] == str(workspace.workspace)
    assert told["campaign"]["state"] == "paused" and told["campaign"]["total"] == PEOPLE
    workspace.run("server", "set", "main", "--per-second", 0)
    workspace.run("campaign", "resume", NAME)
    sending.wait_finished(workspace, PEOPLE)
    told = wait_told(hook, "paused", "finished")[-1]
    assert told["campaign"]["accepted"] == PEOPLE and told["actor"] == "worker"
    wait_settled(workspace)
    assert [(row["event"], row["kind"], row["state"], row["tries"])
            for row in rows(workspace)] == [("finished", "command", "done", 1),
                                            ("paused", "command", "done", 1)]
    worker.terminate()
    # No shell came near the words, and nothing of ours the environment.
    assert hook.read("args") == ["two words\n$HOME\n"] * 2
    assert not any(SECRET in text or "CRIER" in text for text in hook.read("env"))


def test_once_ends_only_when_it_has_told(workspace, sink, hook):
    sending.prepare(workspace, sink, PEOPLE)
    hook.wish(workspace)
    sending.start(workspace, PEOPLE)
    workspace.run("worker", "--once")
    assert [told["event"] for told in hook.done()] == ["finished"]


def test_the_stop_rule_and_the_end_of_a_campaign(workspace, start_sink, hook):
    sink = start_sink(script="rcpt * refuse 550 5.1.1 Nobody here\n")
    people = 2000
    sending.prepare(workspace, sink, people, server=("--per-second", 100))
    hook.wish(workspace)
    workspace.run("settings", "set", "--hook-mail", "Ops <ops@example.org>")
    # The receiver refuses ops, too: the mail has nowhere to go, the command is told all the same.
    sending.start(workspace, people)
    worker = sending.Worker(workspace)
    told, = wait_told(hook, "held")
    assert told["reason"].startswith("stop rule:") and told["campaign"]["state"] == "held"
    workspace.run("campaign", "cancel", NAME)
    told = wait_told(hook, "held", "cancelled")[-1]
    assert told["campaign"]["cancelled"] > 0
    # The mails are tried again later.
    def mails():
        return [row["result"] or "" for row in rows(workspace) if row["kind"] == "mail"]

    waiting.wait_for(lambda: sum("550" in result for result in mails()) == 2, what=mails)
    worker.terminate()


def test_a_late_schedule_is_told(workspace, sink, hook):
    sending.prepare(workspace, sink, PEOPLE)
    hook.wish(workspace)
    workspace.run("campaign", "start", NAME, "--yes", PEOPLE, "--at", "in 1h", "--no-worker")
    # An hour and more goes by without a worker.
    with sqlite3.connect(workspace.workspace / "crier.db") as db:
        db.execute("UPDATE campaign SET schedule_us = schedule_us - 7200000000")
    db.close()
    worker = sending.Worker(workspace)
    told, = wait_told(hook, "held")
    assert told["reason"].startswith("late schedule:")
    worker.terminate()


@pytest.mark.parametrize("command, why", [
    ("/bin/sh -c 'echo out of order >&2; exit 3'", "exit code 3: out of order"),
    ("/nowhere/hook", "no such program"),
])
def test_one_that_fails_is_given_up_and_shown(workspace, sink, hook, command, why):
    sending.prepare(workspace, sink, PEOPLE)
    workspace.run("settings", "set", "--hook-command", command)
    sending.start(workspace, PEOPLE)
    workspace.run("worker", "--once")
    row, = rows(workspace)
    assert (row["state"], row["tries"]) == ("pending", 1) and why in row["result"]
    assert workspace.run("worker", "--once")  # not due yet
    assert rows(workspace)[0]["tries"] == 1
    for n in 2, 3, 4:
        assert not workspace.status()["problems"]
        workspace.run("hook", "run", exit_code=1)
        assert rows(workspace)[0]["tries"] == n
    assert rows(workspace)[0]["state"] == "given up"
    problem, = workspace.status()["problems"]
    assert why in problem["text"] and problem["verb"] == f"hook run {row['id']}"
    # Put right, it is told after all.
    hook.wish(workspace)
    workspace.run("hook", "run", row["id"])
    assert [told["event"] for told in hook.done()] == ["finished"]
    assert not workspace.status()["problems"]


def test_one_that_hangs_stops_nothing_and_outlives_a_kill(workspace, sink, home):
    go = home / "go"
    os.mkfifo(go)
    hook = Hook(home, then=f"read x <{go}")
    sending.prepare(workspace, sink, PEOPLE)
    hook.wish(workspace)
    sending.start(workspace, PEOPLE)
    worker = sending.Worker(workspace)
    waiting.wait_for(hook.begun, what="the command to begin")
    sending.wait_finished(workspace, PEOPLE)
    run, = [pid for pid in sending.children(worker.pid)
            if b"\0hook\0" in _command_line(pid)]
    command, = sending.children(run)
    # While it runs nobody else begins one.
    assert "another crier runs hooks" in workspace.run("hook", "run", exit_code=75).stderr
    for pid in (worker.pid, run, command):
        os.kill(pid, signal.SIGKILL)
    worker.process.wait(waiting.DEADLINE_S)
    row, = rows(workspace)
    assert (row["state"], row["tries"]) == ("pending", 1)
    sending.wait_lock_free(workspace)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: len(hook.begun()) == 2, what="it to be run again")
    assert hook.done() == []
    with open(go, "w", encoding="ascii") as file:
        file.write("on\n")
    wait_told(hook, "finished")
    wait_settled(workspace)
    assert rows(workspace)[0]["tries"] == 2
    worker.terminate()


def test_who_is_told_to_end_stops_the_command_and_loses_nothing(workspace, sink, home):
    go = home / "go"
    os.mkfifo(go)
    hook = Hook(home, then=f"read x <{go}")
    sending.prepare(workspace, sink, PEOPLE)
    hook.wish(workspace)
    sending.start(workspace, PEOPLE)
    workspace.run("campaign", "cancel", NAME)
    run = workspace.popen("hook", "run")
    waiting.wait_for(hook.begun, what="the command to begin")
    command, = sending.children(run.pid)
    run.terminate()
    run.wait(waiting.DEADLINE_S)
    waiting.wait_for(lambda: not sending.is_alive(command), what="the command to be gone")
    row, = rows(workspace)
    assert (row["state"], row["tries"]) == ("pending", 0)


def _command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _mails(sink, to):
    found = [email.message_from_bytes(raw, policy=email.policy.default)
             for raw in sink.messages()]
    return [m for m in found if m["To"] == to]


def test_the_mail_says_what_happened(workspace, start_sink):
    sink = start_sink(script="rcpt p00001@example.net refuse 550 5.1.1 Nobody here\n",
                      maildir=True)
    sending.prepare(workspace, sink, PEOPLE)
    workspace.run("campaign", "set", NAME, "--max-failed", 0)
    workspace.run("settings", "set", "--hook-mail", "Ops <ops@example.org>")
    sending.start(workspace, PEOPLE)
    workspace.run("worker", "--once")
    row, = rows(workspace)
    assert (row["kind"], row["state"]) == ("mail", "done")
    mail, = _mails(sink, "ops@example.org")
    assert mail["Subject"] == f"crier: {NAME}: the campaign is finished"
    assert mail["From"] == "Example Association <news@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Return-Path"] in (
        None, "<news@example.org>")
    text = mail.get_content()
    assert "5  accepted" in text and "1  refused" in text
    assert "550 5.1.1 Nobody here" in text and str(workspace.workspace) in text


def test_a_mail_that_is_put_off_goes_later_and_the_command_not_again(workspace, start_sink,
                                                                     hook):
    sink = start_sink(script="rcpt full@example.org defer 452 4.2.2 Mailbox full\n")
    sending.prepare(workspace, sink, PEOPLE)
    hook.wish(workspace)
    workspace.run("settings", "set", "--hook-mail", "full@example.org")
    sending.start(workspace, PEOPLE)
    workspace.run("campaign", "cancel", NAME)
    workspace.run("hook", "run", exit_code=1)
    states = {row["kind"]: (row["state"], row["tries"]) for row in rows(workspace)}
    assert states == {"command": ("done", 1), "mail": ("pending", 1)}
    workspace.run("settings", "set", "--hook-mail", "ops@example.org")
    workspace.run("hook", "run")
    states = {row["kind"]: (row["state"], row["tries"]) for row in rows(workspace)}
    assert states == {"command": ("done", 1), "mail": ("done", 2)}
    assert len(hook.done()) == 1 and len(_mails(sink, "ops@example.org")) == 1


def test_a_trial_says_so(workspace, sink, hook):
    sending.prepare(workspace, sink, PEOPLE)
    hook.wish(workspace)
    workspace.run("settings", "set", "--hook-mail", "ops@example.org")
    said = workspace.run("hook", "test", NAME).stderr
    assert "command: " in said and "mail: " in said
    told, = hook.done()
    assert told["event"] == "test" and told["campaign"]["state"] == "draft"
    assert len(_mails(sink, "ops@example.org")) == 1
    assert rows(workspace) == []
    workspace.run("settings", "set", "--hook-command", "/bin/false")
    assert "command: " in workspace.run("hook", "test", NAME, exit_code=1).stderr
