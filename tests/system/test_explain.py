"""crier campaign explain: a row a cause, and the sentence that it must say: which limit, how long,
which reply is behind it. Limits are test_explain_limits.py's, receivers and pools
test_explain_elsewhere.py's; what a person's own row says is test_explain_person.py's."""
import shutil

import pytest

import sending
from explaining import Row, Stage

NAME = sending.CAMPAIGN


@pytest.fixture(name="stage")
def _stage(workspace, start_receiver):
    return Stage(workspace, start_receiver)


# ---- what the rows do ------------------------------------------------------------------


def draft(stage):
    stage.prepare()


def scheduled(stage):
    stage.prepare()
    stage.it.run("campaign", "start", NAME, "--yes", 3, "--at", "tomorrow 08:30", "--no-worker")


def late(stage):
    scheduled(stage)
    stage.sql("UPDATE campaign SET schedule_us = strftime('%s', 'now') * 1000000 - 3600000000")
    stage.it.run("worker", "--once")


def copied(stage):
    stage.prepare()
    sending.start(stage.it, 3)
    path = stage.it.workspace / "crier.db"
    shutil.copy(path, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)
    for end in ("-wal", "-shm"):
        (path.parent / f"crier.db{end}").unlink(missing_ok=True)
    stage.it.run("worker", "--once")


def no_worker(stage):
    stage.prepare()
    sending.start(stage.it, 3)


def preparing(stage):
    stage.prepare()
    stage.sql("UPDATE campaign SET state = 1")


def paused(stage):
    no_worker(stage)
    stage.it.run("campaign", "pause", NAME)


def finished(stage):
    no_worker(stage)
    stage.it.run("worker", "--once")


def cancelled(stage):
    no_worker(stage)
    stage.it.run("campaign", "cancel", NAME)


def frozen(text):
    def make(stage):
        stage.begin(settings=("--hours", "13:00-14:00"))
        stage.freeze(text)
    return make


def server_off(stage):
    no_worker(stage)
    stage.it.run("server", "set", "main", "--enabled", "no")


def server_gone(stage):
    no_worker(stage)
    stage.sql("UPDATE server SET name = 'main~1', deleted_us = 1")


def server_rests(stage):
    stage.begin(replies={"mail": lambda address, nth: b"451 4.3.2 Out of order\r\n"})


def server_is_silent(stage):
    # More of them than any rest lets through.
    stage.begin(n=200, replies={"dot": lambda address, nth: sending.close})


def wrong_password(stage):
    def login(connection):
        connection.send(b"220 mx.example.net ESMTP\r\n")
        connection.line()
        connection.send(b"250-mx.example.net\r\n250 AUTH PLAIN\r\n")
        connection.line()
        connection.send(b"535 5.7.8 Wrong password\r\n")
        connection.until_closed()
        return b""
    secret = stage.it.home / "password"
    secret.write_text("wrong\n")
    secret.chmod(0o600)
    stage.begin(banner=login, server=("--user", "news", "--password-file", secret))


def uncertain(stage):
    stage.begin(replies={"dot": lambda address, nth: sending.close})


# ---- the table -------------------------------------------------------------------------

NOW = "strftime('%s', 'now') * 1000000"

ROWS = {
    "draft": Row(draft, "draft", "stopped", "it is a draft: it goes to nobody before it is",
                 "campaign start spring"),
    "scheduled": Row(scheduled, "schedule", "goes", "it begins at .*08:30"),
    "scheduled without a worker": Row(scheduled, "no-worker", "stopped",
                                      "no worker runs, so it would not begin then", "worker"),
    "late schedule": Row(late, "held", "stopped",
                         "held: late schedule: it was to begin at .* ago, and no worker ran",
                         "campaign resume spring"),
    "copied database": Row(copied, "copied-database", "stopped",
                           "held: copied database. When it is sure that no other copy sends it",
                           "campaign resume spring"),
    "no worker": Row(no_worker, "no-worker", "stopped", "to be sent and no worker runs",
                     "worker"),
    "preparing": Row(preparing, "preparing", "stopped", "is being prepared",
                     "campaign start spring"),
    "pause": Row(paused, "pause", "stopped", "it is paused: nothing more goes out",
                 "campaign resume spring"),
    "finished": Row(finished, "finished", "done", "it was finished at"),
    "cancelled": Row(cancelled, "cancelled", "done", "it was cancelled at .*nobody else gets it"),
    "stuck worker": Row(frozen(f"UPDATE role SET beat_us = {NOW} - 99000000"), "stuck-worker",
                        "stopped", r"the role send \(process \d+\) has been silent for \d+ s",
                        "worker stop"),
    "database locked": Row(frozen(f"UPDATE role SET beat_us = {NOW} - 9000000"), "cannot-write",
                           "stopped", r"has not been able to write for \d+ s\. Is the disk full"),
    "disk full": Row(frozen(f"UPDATE role SET beat_us = {NOW}, note = 'database: disk full'"
                            " WHERE role = 'send'"), "cannot-write", "stopped",
                     "database: disk full. Nothing new is sent until that is over"),
    "clock jump": Row(frozen(f"UPDATE role SET beat_us = {NOW}, note = 'the clock jumped'"
                             " WHERE role = 'supervisor'"), "worker", "goes",
                      "the clock jumped. It goes on by itself"),
    "server off": Row(server_off, "server-off", "stopped", "its server main is switched off",
                      "server set main --enabled yes"),
    "server gone": Row(server_gone, "server-missing", "stopped",
                       "its server main is not there any more", "server add main"),
    "breaker": Row(server_rests, "server-rests", "goes",
                   r"it answered MAIL FROM with 451 Out of order\. It is tried again by itself "
                   r"at \d\d:\d\d"),
    "breaker after silence": Row(server_is_silent, "server-rests", "goes",
                                 r"took \d+ messages in a row and gave no final reply.* at "),
    "wrong password": Row(wrong_password, "server-needs-person", "stopped",
                          "535.*Wrong password.*Mend it, then test the server",
                          "server test main"),
    "uncertain": Row(uncertain, "uncertain", "stopped", "was maybe sent to 3 people",
                     "campaign resolve spring"),
}


@pytest.mark.parametrize("name", ROWS)
def test_cause(stage, name):
    stage.check(ROWS[name])


def test_text(workspace, sink):
    """For a person: a line a reason, with the command that helps."""
    sending.prepare(workspace, sink, 1)
    text = workspace.run("campaign", "explain", NAME).stdout
    assert text == ("it is a draft: it goes to nobody before it is started: crier campaign start "
                    "spring\n")
    workspace.run("campaign", "explain", "sprung", exit_code=1)
