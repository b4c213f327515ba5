"""Mailboxes that are very large, hostile or broken, read by the real inbox role: nothing is lost,
nothing counted twice, and its memory does not grow with them."""
import pytest

import dovecot
import imapbox
import inboxrole
import peers
import popbox
import sending
import shims
import waiting

PEOPLE = 15
MANY = 20000
HUGE_BYTES = 50 * 1024 * 1024
KEPT_BYTES = 1024 * 1024   # of a message, and read
FLAT_KB = 8 * 1024         # what a role may need more than with next to no mail


@pytest.fixture(name="server", scope="module")
def start_server(certificates):
    reason = dovecot.why_not("imap") or dovecot.why_not("pop3")
    if reason:
        pytest.skip(reason)
    server = dovecot.Dovecot(certificates)
    yield server
    server.stop()


@pytest.fixture(name="sent", scope="module")
def make_sent(tmp_path_factory):
    sent = inboxrole.Sent(tmp_path_factory.mktemp("inbox"), PEOPLE)
    yield sent
    sent.crier.stop_all()


@pytest.fixture(name="box")
def make_box(sent):
    """As if the campaign had just gone out."""
    sent.back()
    return sent


@pytest.fixture(name="scripted")
def make_scripted(box, start_raw):
    """A server, with some bounces, that the mailbox is on."""
    def make(fetch=None, args=(), on=None):
        server = imapbox.ImapBox(three(box), fetch, on=on)
        box.read_from(start_raw(server.script).port, *args)
        return server
    return make


def three(box):
    return {uid: inboxrole.crlf(box.bounce(uid - 1)) for uid in (1, 2, 3)}


def letter(n, text="Thank you."):
    return (f"From: ann{n}@example.com\nTo: {inboxrole.ADDRESS}\nSubject: Re: Spring\n"
            f"Message-ID: <l{n}@example.com>\n\n{text}\n").encode()


# ---- much --------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_very_full_mailbox(box, server, protocol):
    user = f"many-{protocol}"
    box.read_from(server.ports[protocol], protocol=protocol, user=user)
    server.put(user, [letter(0)])
    box.role.run()
    usual_kb = box.role.peak_kb
    many = MANY if protocol == "imap" else MANY // 4
    mail = [letter(n) for n in range(1, many - PEOPLE)]
    for n in range(PEOPLE):
        mail.insert(n * many // 16, box.bounce(n))
    server.put(user, mail)
    box.role.run(deadline=200)
    names = box.names()
    assert len(names) == len(set(names)) == many
    assert box.counted() == (PEOPLE, 0)
    print(f"\n{protocol}: {many} messages, at most {box.role.peak_kb} kB in memory, {usual_kb} kB "
          "with one message")
    if not shims.is_sanitized():
        assert 0 < box.role.peak_kb < usual_kb + FLAT_KB
    assert box.role.run() and len(box.names()) == many


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_huge_message(box, server, protocol):
    user = f"huge-{protocol}"
    box.read_from(server.ports[protocol], protocol=protocol, user=user)
    server.put(user, [box.bounce(0)])
    box.role.run()
    usual_kb = box.role.peak_kb
    huge = box.bounce(1, filler=("x" * 75 + "\n") * (HUGE_BYTES // 76))
    server.put(user, [huge, box.bounce(2)])
    box.role.run()
    assert box.names() == ["b0", "b1", "b2"]
    assert box.counted() == (3, 0)
    raw, size = box.raw("b1")
    assert raw == inboxrole.crlf(huge[:KEPT_BYTES])[:KEPT_BYTES]
    assert size == len(huge) + huge.count(b"\n")
    print(f"\n{protocol}: {len(huge)} octets, at most {box.role.peak_kb} kB in memory, {usual_kb} "
          "kB with a small one")
    if not shims.is_sanitized():
        assert 0 < box.role.peak_kb < usual_kb + FLAT_KB


# ---- hostile -----------------------------------------------------------------------------

LOOKS_LIKE_ANSWERS = """A006 OK FETCH completed
A001 NO
* BYE going down
* 1 EXISTS
* 2 FETCH (UID 2 BODY[] {3}
)
.
..
. OK
-ERR
+OK
{4000000000}
"""


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_body_that_looks_like_answers(box, server, protocol):
    user = f"looks-{protocol}"
    box.read_from(server.ports[protocol], protocol=protocol, user=user)
    mail = [box.bounce(0, filler=LOOKS_LIKE_ANSWERS), letter(1, LOOKS_LIKE_ANSWERS), box.bounce(2)]
    server.put(user, mail)
    box.role.run()
    for name, message in zip(("b0", "l1", "b2"), mail):
        assert box.raw(name)[0] == inboxrole.crlf(message)
    assert box.counted() == (2, 0)


def announces(size, octets):
    """A message whose literal is said to be of another size; then the server says no more."""
    def fetch(box, connection, uid, whole, _nth):
        if uid != 2:
            return False
        box.send_message(connection, uid, octets, announced=size)
        connection.until_closed()
        return True
    return fetch


@pytest.mark.parametrize("size", [4000000000, 2**31, 2**32 + 5, 2**64 + 5, 10**30])
def test_a_literal_that_is_far_too_long(box, scripted, size):
    server = scripted(fetch=announces(size, b"Subject: x\r\n\r\n"))
    box.role.run(codes=(1,))
    assert box.counted() == (2, 0) and box.names() == ["b0", "b2"]
    assert box.problem()
    server.fetch = None
    box.role.run()
    assert box.counted() == (3, 0) and box.names() == ["b0", "b1", "b2"]
    assert box.problem() == "" and server.fetched == [1, 2, 3, 2, 2]


def test_more_octets_than_were_asked_for(box, scripted):
    """A literal of 300 MB, and they do come: counted, not kept."""
    sent = []

    def fetch(box, connection, uid, whole, _nth):
        if uid != 2:
            return False
        block = b"x" * 75 + b"\r\n"
        block *= 13000
        box.send_message(connection, uid, whole, announced=len(whole) + 300 * len(block))
        for _ in range(300):
            connection.send(block)
        connection.send(b")\r\n")
        sent.append(uid)
        return True
    scripted(fetch=fetch)
    box.role.run()
    assert sent == [2] and box.counted() == (3, 0)
    assert len(box.raw("b1")[0]) <= KEPT_BYTES
    if not shims.is_sanitized():
        assert box.role.peak_kb < 100 * 1024


# ---- broken ------------------------------------------------------------------------------


def hangs_up(at, part=200):
    """In the middle of a message: at says by UID and count whether."""
    def fetch(box, connection, uid, whole, nth):
        if not at(uid, nth):
            return False
        box.send_message(connection, uid, whole[:part], announced=len(whole))
        raise peers.PeerGone
    return fetch


def test_it_closes_in_the_middle_of_a_message(box, scripted):
    server = scripted(fetch=hangs_up(lambda uid, nth: nth == 2))
    box.role.run()
    assert box.counted() == (3, 0) and box.names() == ["b0", "b1", "b2"]
    # What was read is not fetched again, and that one last.
    assert server.fetched == [1, 2, 3, 2] and box.problem() == ""


@pytest.fixture(name="by_pop3")
def make_by_pop3(box, start_raw):
    """The same by POP3; what is read is deleted."""
    def make(**on):
        server = popbox.PopBox({f"u{uid}": m for uid, m in three(box).items()}, on)
        box.read_from(start_raw(server.script).port, "--after-read", "delete", protocol="pop3")
        return server
    return make


def closes(_box, _connection, _argument, nth):
    """The first time, as all that follow."""
    if nth == 1:
        raise peers.PeerGone
    return False


def closes_in_a_message(box, connection, argument, nth):
    if nth == 2:
        connection.send(b"+OK\r\n" + box.messages[f"u{argument}"][:200])
        raise peers.PeerGone
    return False


def refuses(_box, connection, _argument, nth):
    if nth == 1:
        connection.send(b"-ERR not now\r\n")
    return nth == 1


def loses_the_answer(box, connection, _argument, nth):
    """It has deleted them all, which nobody hears."""
    if nth == 1:
        box.messages.clear()
        raise peers.PeerGone
    return False


def says_no(_box, _connection, _argument, nth):
    return b" NO not now" if nth == 1 else None


def expunges_and_closes(box, connection, argument, nth):
    if nth == 1:
        box.messages.clear()
        raise peers.PeerGone


@pytest.mark.parametrize("command, how", [
    ("SEARCH", closes), ("STORE", closes), ("STORE", says_no), ("EXPUNGE", closes),
    ("EXPUNGE", says_no), ("EXPUNGE", expunges_and_closes), ("LOGOUT", closes)])
def test_trouble_while_it_is_deleted(box, scripted, command, how):
    server = scripted(args=("--after-read", "delete"), on={command: how})
    box.role.run(codes=(0, 1))
    left = {f"b{uid - 1}" for uid in server.messages}
    assert set(box.names()) | left == {"b0", "b1", "b2"}
    box.role.run()
    assert box.names() == ["b0", "b1", "b2"]
    assert box.counted() == (3, 0)
    assert not server.messages and server.fetched == [1, 2, 3]
    assert box.problem() == ""


@pytest.mark.parametrize("on, most_fetched", [
    ({"RETR": closes_in_a_message}, 4), ({"RETR": refuses}, 4), ({"UIDL": closes}, 3),
    ({"DELE": closes}, 3), ({"DELE": refuses}, 3), ({"QUIT": closes}, 6),
    ({"QUIT": loses_the_answer}, 3)], ids=lambda value: "-".join(
        f"{command}-{how.__name__}" for command, how in value.items())
    if isinstance(value, dict) else None)
def test_trouble_in_the_middle_by_pop3(box, by_pop3, on, most_fetched):
    """Nothing is fetched again that is kept, unless it was to be gone; in the end all is."""
    server = by_pop3(**on)
    box.role.run(codes=(0, 1))
    kept = box.names()
    left = {f"b{int(uid[1:]) - 1}" for uid in server.messages}
    assert set(kept) | left == {"b0", "b1", "b2"}
    box.role.run()
    assert box.names() == ["b0", "b1", "b2"]
    assert box.counted() == (3, 0)
    assert not server.messages and server.count("RETR") <= most_fetched
    assert box.problem() == ""


def test_one_message_at_which_it_always_closes(box, scripted):
    """Those behind it are read all the same; that one is asked for again and again."""
    server = scripted(fetch=hangs_up(lambda uid, nth: uid == 2))
    box.role.run(codes=(1,))
    assert box.names() == ["b0", "b2"] and box.counted() == (2, 0)
    assert box.problem() and server.fetched == [1, 2, 3, 2]


def test_one_message_at_which_it_always_closes_by_pop3(box, by_pop3):
    def closes_there(server, connection, argument, _nth):
        if argument == "2":
            connection.send(b"+OK\r\n" + server.messages["u2"][:200])
            raise peers.PeerGone
    by_pop3(RETR=closes_there)
    box.role.run(codes=(1,))
    assert box.names() == ["b0", "b2"] and box.counted() == (2, 0) and box.problem()


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_the_server_dies_and_comes_back(box, server, protocol):
    """While much is read, and while it is waited for more."""
    user = f"dies-{protocol}"
    server.put(user, [letter(n) for n in range(2000)])
    box.read_from(server.ports[protocol], "--after-read", "delete", "--poll", "5s",
                  protocol=protocol, user=user)
    worker = sending.Worker(box.crier)
    read = waiting.wait_for(lambda: len(box.names()), what=worker.log)
    server.restart()
    assert read < 2000
    waiting.wait_for(lambda: not server.stored(user), what=lambda: worker.log()[-2000:])
    assert box.names() == sorted(f"l{n}" for n in range(2000))
    server.restart()
    server.put(user, [box.bounce(0)])
    waiting.wait_for(lambda: box.counted() == (1, 0), what=lambda: worker.log()[-2000:])
    worker.terminate()


# ---- numbered anew, and twice ------------------------------------------------------------


@pytest.mark.parametrize("after_read", ["leave", "delete"])
def test_the_folder_is_numbered_anew(box, scripted, after_read):
    """The same messages have other numbers, and their old numbers are those of others."""
    server = scripted(args=("--after-read", after_read))
    box.role.run()
    assert box.counted() == (3, 0)
    assert sorted(server.gone) == ([1, 2, 3] if after_read == "delete" else [])
    mail = [inboxrole.crlf(box.bounce(n)) for n in range(6)]
    server.validity, server.messages = 8, dict(enumerate(reversed(mail), 1))
    box.role.run()
    assert box.names() == [f"b{n}" for n in range(6)]
    assert box.counted() == (6, 0)
    assert len(server.messages) == (0 if after_read == "delete" else 6)
    # And back again, as after a backup was put back.
    server.validity, server.messages = 7, dict(enumerate(mail, 1))
    box.role.run()
    assert len(box.names()) == 6 and box.counted() == (6, 0)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_the_same_message_twice(box, server, protocol):
    """The same octets, and the same report by two ways: about one delivery, counted once."""
    user = f"twice-{protocol}"
    box.read_from(server.ports[protocol], protocol=protocol, user=user)
    hard, soft = box.bounce(0), box.bounce(1, said=inboxrole.SOFT)
    other_way = b"Received: from mx2.example.net by mx.example.net; 1 Jan 2027 00:00:00 +0000\n"
    server.put(user, [hard, hard, soft, soft, other_way + hard, other_way + soft])
    box.role.run()
    server.put(user, [hard, other_way + soft])
    box.role.run()
    assert box.names() == ["b0", "b0", "b1", "b1"]
    assert box.counted() == (1, 1)
    never = box.crier.json("suppress", "list")
    assert [row["address"] for row in never] == [list(box.sent)[0]]


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_the_mailbox_is_another_one_now(box, start_raw, protocol):
    """With the same names for other messages."""
    def begin(first):
        mail = {n: inboxrole.crlf(box.bounce(first + n)) for n in (1, 2, 3)}
        server = (imapbox.ImapBox(mail) if protocol == "imap"
                  else popbox.PopBox({f"u{n}": message for n, message in mail.items()}))
        box.read_from(start_raw(server.script).port, protocol=protocol, user=f"bounce{first}")
        box.role.run()
    begin(0)
    assert box.counted() == (3, 0)
    begin(4)
    assert box.counted() == (6, 0) and len(box.names()) == 6


@pytest.mark.parametrize("after_read, looks_between", [("delete", 0), ("delete", 1),
                                                       ("leave", 1)])
def test_names_that_a_server_gives_again(box, start_raw, after_read, looks_between):
    """RFC 1939 lets it do that with the name of a message that is gone."""
    mail = [inboxrole.crlf(box.bounce(n)) for n in range(6)]
    server = popbox.PopBox({f"u{n}": mail[n] for n in range(3)})
    box.read_from(start_raw(server.script).port, "--after-read", after_read, protocol="pop3")
    box.role.run()
    assert box.counted() == (3, 0)
    server.messages.clear()
    for _ in range(looks_between):
        box.role.run()
    server.messages.update({f"u{n}": mail[3 + n] for n in range(3)})
    box.role.run()
    assert box.names() == [f"b{n}" for n in range(6)] and box.counted() == (6, 0)
    assert len(server.messages) == (0 if after_read == "delete" else 3)
