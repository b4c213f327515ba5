"""Mailboxes that are read by IMAP, by `crier mailbox read` and by the worker's inbox role: a real
Dovecot."""
import pytest

import dovecot
import returning
import sending

PEOPLE = 4


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


def read(workspace, exit_code=0):
    return workspace.json("mailbox", "read", "bounces", exit_code=exit_code)


def test_a_bounce_marks_by_its_token(workspace, server, add, sink):
    add(user="marks")
    sent = returning.send_campaign(workspace, sink, PEOPLE)
    first, second, third, _ = sorted(sent)
    server.put("marks", [returning.bounce(sent[first], 1),
                         returning.bounce(sent[second], 2, "4.2.2", 452, "Mailbox full"),
                         returning.request(sink.parsed()[0], third, 3),
                         returning.letter(4)])
    report = read(workspace)
    asked = sink.parsed()[0]["To"]
    assert {key: report[key] for key in ("ok", "problem", "read", "bounces", "complaints",
                                         "unsubscribes", "others", "marked")} == {
        "ok": True, "problem": "", "read": 4, "bounces": 2, "complaints": 0, "unsubscribes": 1,
        "others": 1, "marked": 2}
    assert returning.never_mailed(workspace) == sorted([(first, "bounced"),
                                                        (asked, "unsubscribed")])
    assert returning.counters(workspace) == {"bounced_hard": 1, "bounced_soft": 1,
                                             "complained": 0, "unsubscribed": 1}
    again = read(workspace)
    assert (again["read"], again["found"]) == (0, 0)
    assert len(server.stored("marks")) == 4  # they are left there


@pytest.mark.parametrize("args, left, moved", [
    (["--after-read", "delete"], 0, 0),
    (["--after-read", "move", "--move-to", "Gelesenes für später"], 0, 3),
])
def test_what_was_read_is_put_away(workspace, server, add, args, left, moved):
    user = f"away-{args[1]}"
    add(*args, user=user)
    server.put(user, [returning.letter(n) for n in range(3)])
    assert read(workspace)["read"] == 3
    assert len(server.stored(user)) == left
    folders = [path for path in (server.folder / "mail" / user).iterdir()
               if path.name.startswith(".Gelesenes")]
    assert sum(len(list(folder.glob("[cn]*/*M*"))) for folder in folders) == moved


def test_the_same_message_twice_is_taken_once(workspace, server, add):
    add(user="twice")
    server.put("twice", [returning.letter(1), returning.letter(1)])
    report = read(workspace)
    assert (report["read"], report["read_before"], report["others"]) == (2, 1, 1)


def test_a_folder_that_is_numbered_anew(workspace, server, add, sink):
    add(user="anew")
    sent = returning.send_campaign(workspace, sink, 1)
    server.put("anew", [returning.bounce(*sent.values(), 1), returning.letter(2)])
    assert read(workspace)["read"] == 2
    before = returning.counters(workspace)
    server.renumber("anew")
    server.put("anew", [returning.letter(3)])
    report = read(workspace)
    assert (report["found"], report["read_before"], report["others"]) == (3, 2, 1)
    assert returning.counters(workspace) == before


def test_a_wrong_password_is_told_and_not_tried_again(workspace, server, add):
    add(user="locked", password="wr0ng")
    worker = sending.Worker(workspace)
    said = returning.wait_problem(workspace, "login is refused")
    assert "wr0ng" not in said
    problems = [p["text"] for p in workspace.json("status")["problems"]]
    assert any(said in text for text in problems), problems
    server.put("locked", [returning.letter(1)])
    right = workspace.home / "right"
    right.write_text(dovecot.PASSWORD + "\n")
    right.chmod(0o600)
    tries = server.log().count("auth failed")
    workspace.run("mailbox", "set", "bounces", "--password-file", right)
    worker.wait_log("1 messages read")
    assert returning.problem(workspace) == ""
    assert server.log().count("auth failed") == tries == 1
    worker.terminate()


def test_new_mail_is_seen_at_once(workspace, server, add, sink):
    """By IDLE: the next look would be an hour later."""
    add("--poll", "1h", user="idle")
    sent = returning.send_campaign(workspace, sink, 2)
    workspace.run("settings", "set", "--log-level", "debug")
    worker = sending.Worker(workspace, "--role", "inbox")
    worker.wait_log("reading -> watching")
    for number, row in enumerate(sent.values(), 1):
        server.put("idle", [returning.bounce(row, number)])
        returning.wait_counters(workspace, bounced_hard=number)
    worker.terminate()
