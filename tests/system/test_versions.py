"""The worst day: a campaign is paused, what it says is changed, and it goes on. Who had got it
keeps version 1, everybody else gets version 2, nobody gets both or a mix."""
import re
import subprocess
import threading

import pytest

import sending
import waiting

NAME = sending.CAMPAIGN
OLD, NEW = "Spring is here", "Summer is here"
STRACE = sending.why_no_strace()


class Letters:
    """Replies of a sending.Receiver that note which subject each address got. `dots` are replies
    after the dot by number, None for 250; wait_s slows it down."""

    def __init__(self, wait_s=0, dots=None):
        self.subjects = {}
        self._dots = dots or (lambda nth: None)
        self._tick = threading.Event()
        self.replies = {"dot": self._dot}
        if wait_s:
            self.replies["rcpt"] = lambda address, nth: self._tick.wait(wait_s) and None

    def _dot(self, address, nth):
        reply = self._dots(nth)

        def note(connection):
            if reply is None:
                subject = re.search(rb"^Subject: (.*?), \d+\r$", connection.message, re.M)
                self.subjects.setdefault(address, []).append(subject.group(1).decode())
            return reply or sending.Receiver.DEFAULTS["dot"]
        return note

    def got(self, subject):
        return {address for address, all_ in self.subjects.items() if all_ == [subject]}


def pause(workspace, total):
    workspace.run("campaign", "pause", NAME)
    waiting.wait_for(lambda: sending.look(workspace, total)["leased"] == 0,
                     what="nothing to be leased")


def edit(workspace, subject=NEW):
    return workspace.run("campaign", "set", NAME, "--subject", subject + ", {{n}}")


def versions(workspace):
    return {address: row["version"] for address, row in sending.deliveries(workspace).items()}


def check_split(workspace, server, letters, people):
    """Everybody has exactly one, and the ledger knows which."""
    sending.account(workspace, server.receiver.taken, people).check()
    old, new = letters.got(OLD), letters.got(NEW)
    assert old | new == set(people) and not old & new
    named = versions(workspace)
    assert {a for a, v in named.items() if v == 1} == old
    assert {a for a, v in named.items() if v == 2} == new
    return old, new


def test_the_rest_get_version_2(workspace, start_receiver):
    letters = Letters(wait_s=0.02)
    server = start_receiver(replies=letters.replies)
    people = sending.prepare(workspace, server, 60)
    sending.start(workspace, len(people), background=True)
    worker = workspace.worker_pid()
    waiting.wait_for(lambda: len(server.receiver.taken) >= 10, what="some to have it")
    pause(workspace, len(people))
    before = len(server.receiver.taken)
    assert "resume" in edit(workspace).stderr
    left = f"p{len(people) - 1:05d}@example.net"
    shown = workspace.run("campaign", "preview", NAME, "--as", left, "--part", "headers").stdout
    assert NEW in shown
    assert set(versions(workspace).values()) == {1}
    said = workspace.run("campaign", "resume", NAME).stderr
    assert f"the {len(people) - before} people" in said and "version 2" in said
    assert workspace.worker_pid() == worker
    sending.wait_finished(workspace, len(people))
    old, new = check_split(workspace, server, letters, people)
    assert len(old) == before and left in new


def test_who_was_put_off_gets_version_2(workspace, start_receiver):
    letters = Letters(dots=lambda nth: b"451 4.7.1 Later\r\n" if nth < 4 else None)
    server = start_receiver(replies=letters.replies)
    people = sending.prepare(workspace, server, 4, retry_s=1)
    sending.start(workspace, len(people), background=True)
    waiting.wait_for(lambda: sending.look(workspace, len(people))["deferred"] == 4,
                     what="all to be put off")
    pause(workspace, len(people))
    edit(workspace)
    workspace.run("campaign", "resume", NAME)
    sending.wait_finished(workspace, len(people))
    assert letters.got(NEW) == set(people)
    assert set(versions(workspace).values()) == {2}


def test_what_is_in_hand_is_taken_back(workspace, start_receiver):
    """Paused, changed and resumed so fast that the pause was hardly there: what is spoken of but
    has no dot yet goes out as version 2."""
    letters = Letters()
    server = start_receiver(hold="data", replies=letters.replies)
    people = sending.prepare(workspace, server, 6)
    sending.start(workspace, len(people), background=True)
    waiting.wait_for(lambda: server.receiver.held == 2, what="2 messages under way")
    workspace.run("campaign", "pause", NAME)
    edit(workspace)
    workspace.run("campaign", "resume", NAME)
    server.receiver.release()
    sending.wait_finished(workspace, len(people))
    assert letters.got(NEW) == set(people)
    sending.account(workspace, server.receiver.taken, people).check()


def test_a_kill_with_messages_in_flight(workspace, start_receiver):
    """They keep their version, also as maybe sent; a later decision to resend is a new try."""
    letters = Letters()
    server = start_receiver(hold="dot", replies=letters.replies)
    people = sending.prepare(workspace, server, 12)
    sending.start(workspace, len(people))
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: server.receiver.held == 2, what="2 messages in flight")
    workspace.run("campaign", "pause", NAME)
    edit(workspace)
    worker.kill()
    server.receiver.release()
    workspace.run("campaign", "resume", NAME)
    sending.wait_finished(workspace, len(people))
    result = sending.account(workspace, server.receiver.taken, people).check()
    assert len(result.uncertain) == 2
    named = versions(workspace)
    assert {a for a, v in named.items() if v == 1} == result.uncertain
    assert letters.got(NEW) == set(people) - result.uncertain


def test_the_rest_by_another_server(workspace, start_receiver):
    letters = Letters(wait_s=0.02)
    first, second = (start_receiver(replies=letters.replies) for _ in range(2))
    people = sending.prepare(workspace, first, 40)
    workspace.run("server", "add", "spare", "--host", f"{second.host}:{second.port}",
                  "--security", "none")
    sending.start(workspace, len(people), background=True)
    waiting.wait_for(lambda: len(first.receiver.taken) >= 5, what="some to have it")
    pause(workspace, len(people))
    before = len(first.receiver.taken)
    workspace.run("campaign", "set", NAME, "--server", "spare")
    said = workspace.run("campaign", "resume", NAME).stderr
    assert "version" not in said
    sending.wait_finished(workspace, len(people))
    assert len(first.receiver.taken) == before
    assert len(second.receiver.taken) == len(people) - before
    assert set(versions(workspace).values()) == {1}


def test_a_folder_is_applied_to_a_paused_one(workspace, start_receiver):
    letters = Letters()
    server = start_receiver(hold="dot", replies=letters.replies)
    people = sending.prepare(workspace, server, 5, connections=1)
    folder = workspace.home / NAME
    sending.start(workspace, len(people), background=True)
    waiting.wait_for(lambda: server.receiver.held == 1, what="one in flight")
    config = folder / "campaign.cfg"
    config.write_text(config.read_text().replace(OLD, NEW))
    refused = workspace.run("apply", folder, exit_code=1).stderr
    assert "campaign pause" in refused
    workspace.run("campaign", "pause", NAME)
    (folder / "note.txt").write_text("Bring it along.\n")
    config.write_text(config.read_text().replace(
        'text_file', 'attachments = ( { file = "note.txt"; } );\n  text_file'))
    workspace.run("apply", folder)
    server.receiver.release()
    workspace.run("campaign", "resume", NAME)
    sending.wait_finished(workspace, len(people))
    old, new = check_split(workspace, server, letters, people)
    assert (len(old), len(new)) == (1, 4)


# ---- what is refused ---------------------------------------------------------------------


@pytest.fixture
def paused(workspace, start_receiver):
    server = start_receiver(hold="dot")
    people = sending.prepare(workspace, server, 5, connections=1)
    sending.start(workspace, len(people), background=True)
    waiting.wait_for(lambda: server.receiver.held == 1, what="one in flight")
    workspace.run("campaign", "pause", NAME)
    server.receiver.release()
    waiting.wait_for(lambda: sending.look(workspace, len(people))["leased"] == 0,
                     what="nothing to be leased")
    return workspace


def test_whom_it_goes_to_stays(paused):
    paused.run("list", "new", "more")
    for option, value in (("--lists", "more"), ("--exclude", "more"),
                          ("--list-id", "other.example.org")):
        said = paused.run("campaign", "set", NAME, option, value, exit_code=1).stderr
        key = option.strip("-").replace("-", "_")
        assert "has begun" in said and f"'{key}' stays as it is" in said


def test_what_cannot_be_sent_stays_paused(paused):
    edit(paused, "{{#n}}Summer")
    said = paused.run("campaign", "resume", NAME, exit_code=1).stderr
    assert "stays paused" in said and "subject" in said
    assert paused.campaign(NAME)["state"] == "paused"
    paused.run("campaign", "set", NAME, "--subject", NEW, "--server", "nowhere")
    said = paused.run("campaign", "resume", NAME, exit_code=1).stderr
    assert "nowhere" in said
    paused.run("campaign", "set", NAME, "--server", "main")
    paused.run("campaign", "resume", NAME)
    sending.wait_finished(paused, 5)


def test_check_is_about_the_change(paused):
    edit(paused, "{{town}} is here")
    report = paused.run("campaign", "check", NAME, "--no-spamassassin", "--json",
                        exit_code=None).json()
    by_key = {f["key"]: f for f in report["findings"]}
    assert "version 2" in by_key["state"]["sentence"]
    assert by_key["field.town"]["level"] == "fail"


def test_back_to_what_it_was_is_no_version(paused):
    edit(paused)
    edit(paused, OLD)
    assert "version" not in paused.run("campaign", "resume", NAME).stderr
    sending.wait_finished(paused, 5)
    assert set(versions(paused).values()) == {1}


def test_a_finished_one_is_not_changed(paused):
    paused.run("campaign", "resume", NAME)
    sending.wait_finished(paused, 5)
    assert "campaign copy" in paused.run("campaign", "set", NAME, "--subject", "x",
                                         exit_code=1).stderr


# ---- a kill at each write of the resume --------------------------------------------------


@pytest.mark.skipif(STRACE is not None, reason=str(STRACE))
def test_resume_is_all_or_nothing(paused, tmp_path):
    edit(paused)
    paused.run("worker", "stop", exit_code=None)
    sending.wait_lock_free(paused)
    for nth in range(1, 20):
        argv = paused.argv("campaign", "resume", NAME)
        done = subprocess.run(
            ["strace", "-qq", "-o", str(tmp_path / "trace"), "-e", "trace=fdatasync,pwrite64",
             "-e", f"inject=fdatasync,pwrite64:signal=KILL:when={nth}", *argv],
            env=sending.traced_environment(paused.env), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=60, check=False)
        state = paused.campaign(NAME)["state"]
        shown = paused.json("campaign", "show", NAME)
        assert (state, shown["version"]) in (("paused", 1), ("sending", 2), ("finished", 2))
        if state != "paused":
            break
        assert done.returncode != 0
    else:
        raise AssertionError("it never came to its end")
    assert nth > 1
    if paused.worker_pid():
        sending.wait_finished(paused, 5)
    else:
        sending.run_to_end(paused, 5)
    assert sorted(versions(paused).values()) == [1, 2, 2, 2, 2]


# ---- a backup from before the change -----------------------------------------------------


def test_a_restored_backup_knows_the_newer_version(workspace, start_receiver):
    """Who got version 2 since the backup is known to have got it; who is left gets it, too."""
    letters = Letters()
    server = start_receiver(hold="dot", replies=letters.replies)
    people = sending.prepare(workspace, server, 8, connections=1)
    sending.start(workspace, len(people))
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: server.receiver.held == 1, what="one in flight")
    workspace.run("campaign", "pause", NAME)
    backup = workspace.home / "backup.db"
    server.receiver.release()
    waiting.wait_for(lambda: sending.look(workspace, len(people))["accepted"] == 1,
                     what="one to have it")
    workspace.run("db", "backup", backup)
    edit(workspace)
    for address in people[4:]:
        workspace.run("suppress", "add", address)
    workspace.run("campaign", "resume", NAME)
    sending.wait_finished(workspace, len(people))
    worker.terminate()
    assert letters.got(NEW) == set(people[1:4])
    workspace.run("db", "restore", backup)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: workspace.campaign(NAME)["state"] in ("paused", "held"),
                     what="the restored campaign to wait")
    assert workspace.json("campaign", "show", NAME)["version"] == 2
    for address in people[4:]:
        workspace.run("suppress", "remove", address)
    workspace.run("campaign", "resume", NAME)
    sending.wait_finished(workspace, len(people))
    worker.terminate()
    old, new = check_split(workspace, server, letters, people)
    assert (len(old), len(new)) == (1, 7)
