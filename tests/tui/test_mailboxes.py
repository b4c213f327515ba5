"""Screen 5: mailboxes are added, changed, switched, put away and brought back, by keys."""
import signal

import pytest

import peers
import returned
from test_wizard import fill, press

PASSWORD = "Pass word 1"
WRONG = "pop.example.org port 995: the login was refused: [AUTH] Invalid credentials"
SECRET = "Password  "  # not "Password from"


def names(it):
    return [each["name"] for each in it.json("mailbox", "list")]


def shown(it, name):
    return it.json("mailbox", "show", name)


@pytest.fixture
def ui(start_ui, sample):
    it = start_ui(sample)
    it.key("5")
    assert it.shows("[5Mailboxes]")
    return it


def fill_new(ui, name="second", host="imap.example.net"):
    ui.key("n")
    fill(ui, "Name", name)
    fill(ui, "Its address", "back@example.net")
    fill(ui, "Host", host)
    return ui


def test_nothing_there_says_what_it_is_for(start_ui, empty):
    empty.run("init")
    ui = start_ui(empty)
    ui.key("5")
    assert ui.shows("Mail that cannot be delivered") and ui.shows("n        add one")
    ui.key("o")
    assert ui.shows("There is no mailbox under the cursor.")
    ui.key("n")
    assert ui.shows("Mailboxes > new > Edit")
    ui.key("esc", "1")
    ui.quit()


def test_added(ui, sample):
    fill_new(ui)
    fill(ui, SECRET, PASSWORD)
    assert ui.shows("Bounces come to back+TOKEN@example.net") and not ui.shows(PASSWORD)
    ui.key("ctrl-s")
    assert ui.shows("Saved: second.")
    it = shown(sample, "second")
    assert (it["host"], it["security"], it["user"]) == ("imap.example.net", "tls",
                                                        "back@example.net")
    kept = sample.workspace / "secrets" / "mailbox" / "second.password"
    assert kept.read_text().strip() == PASSWORD and kept.stat().st_mode & 0o777 == 0o600
    assert it["password_file"] == str(kept)
    ui.key("esc")
    assert ui.shows("[5Mailboxes]") and ui.shows("back@example.net")
    ui.key("1")
    ui.quit()


@pytest.mark.parametrize("host, protocol, security", [
    ("pop.example.net", "pop3", "tls"),
    ("mail.example.net:995", "pop3", "tls"),
    ("mail.example.net:110", "pop3", "starttls"),
    ("mail.example.net:143", "imap", "starttls"),
    ("imaps://mail.example.net", "imap", "tls"),
])
def test_the_port_says_the_rest(ui, sample, host, protocol, security):
    fill_new(ui, host=host)
    fill(ui, SECRET, PASSWORD).key("ctrl-s")
    assert ui.shows("Saved: second.")
    it = shown(sample, "second")
    assert (it["protocol"], it["security"]) == (protocol, security)


def test_what_is_wrong_stands_at_its_row(ui, sample):
    before = names(sample)
    fill_new(ui, name="bounces").key("ctrl-s")
    assert ui.shows("There is a mailbox of this name already.")
    assert ui.shows("A mailbox is not read without a password: type it.")
    fill(ui, "Name", "second")
    fill(ui, "Its address", "nobody").key("ctrl-s")
    assert ui.row(ui.terminal.cursor[1]).lstrip().startswith(("Its address", "!")), ui.picture()
    fill(ui, "Its address", "back+tag@example.net")
    fill(ui, SECRET, PASSWORD).key("ctrl-s")
    assert ui.shows("give a bare address without"), ui.picture()
    assert ui.row(ui.terminal.cursor[1]).lstrip().startswith("Its address")
    assert names(sample) == before
    ui.key("esc")
    assert ui.shows("What you typed here is not saved.")
    ui.key("d")
    assert ui.shows("[5Mailboxes]") and names(sample) == before


def test_without_encryption_the_host_is_asked_again(ui, sample):
    fill_new(ui)
    fill(ui, SECRET, PASSWORD)
    for _ in range(20):
        if ui.row(ui.terminal.cursor[1]).lstrip().startswith("Encryption"):
            break
        ui.key("backtab")
    ui.key("right", "right", "ctrl-s")
    assert "second" not in names(sample)
    assert ui.shows("type the same host here"), ui.picture()
    fill(ui, "Host again", "imap.example.net").key("ctrl-s")
    assert ui.shows("Saved: second.") and shown(sample, "second")["security"] == "none"


def test_somebody_else_saved_it(ui, sample):
    ui.key("e")
    fill(ui, "Folder", "Returned")
    sample.run("mailbox", "set", "bounces", "--user", "other")
    ui.key("ctrl-s")
    assert ui.shows("Somebody else saved bounces")
    assert shown(sample, "bounces")["folder"] == "INBOX"
    press(ui, "Overwrite")
    assert ui.shows("Saved: bounces.")
    assert shown(sample, "bounces")["folder"] == "Returned"


def test_on_and_off(ui, sample):
    assert ui.shows("> bounces")
    ui.key("o")
    assert ui.shows("bounces is off: no campaign that names it begins.")
    assert shown(sample, "bounces")["enabled"] is False
    ui.key("o")
    assert ui.shows("bounces is on: campaigns may use it.")
    assert shown(sample, "bounces")["enabled"] is True


def test_the_bin_and_back(ui, sample):
    ui.key("d")
    assert ui.shows("bounces is in the bin for 30 days.") and "bounces" not in names(sample)
    ui.key("u")
    assert ui.shows("bounces is back.") and "bounces" in names(sample)


def test_one_in_use_stays(start_ui, sample):
    sample.run("campaign", "set", "volunteers", "--mailbox", "bounces")
    ui = start_ui(sample)
    ui.key("5")
    assert ui.shows("volunteers")
    ui.key("d")
    assert ui.shows("is used by campaign 'volunteers'") and "bounces" in names(sample)


def test_filter_sort_and_what_is_wrong(ui, sample):
    returned.Returned(sample.workspace).fail("requests", WRONG)
    ui.tick()
    ui.key("/").type("pop3").key("enter")
    assert ui.shows("1 of 3") and ui.shows("requests") and not ui.shows("imap.example.org")
    assert ui.shows("the login was refused")
    ui.key("esc", "I")
    assert ui.shows("> requests") and ui.shows("3")
    ui.key("down", "down")
    assert ui.shows("> bounces")


def test_what_was_typed_survives_a_dropped_line(ui, start_ui, sample):
    ui.key("n").type("second").key("tab")
    assert ui.shows("not saved")
    ui.signal(signal.SIGHUP)
    assert ui.wait_exit() == 129
    ui = start_ui(sample)
    assert ui.shows("You were editing a new mailbox")
    ui.key("r")
    assert ui.shows("Mailboxes > new > Edit") and ui.shows("second")


def test_a_change_from_outside_is_seen(ui, sample):
    sample.run("mailbox", "set", "bounces", "--host", "new.example.org")
    ui.tick()
    assert ui.shows("new.example.org:993")


def test_when_it_was_read(ui, sample):
    assert ui.shows("14:30                  31") and ui.shows("Last read      14:30, 31 messages")
    returned.Returned(sample.workspace).read("bounces", 32)
    ui.tick()
    assert ui.shows("14:32                  32"), ui.picture()
    assert ui.frame_octets <= 200


def test_home_tells_of_them(start_ui, sample):
    ui = start_ui(sample)
    assert ui.shows("MAILBOXES  bounces read 14:30, 31 came   old off   requests FAIL")


def test_home_leads_to_one_with_a_problem(start_ui, sample):
    returned.Returned(sample.workspace).fail("requests", WRONG)
    ui = start_ui(sample, columns=120)
    assert ui.shows("requests FAIL") and ui.shows("! mailbox requests: pop"), ui.picture()
    for _ in range(20):
        if ui.shows(">! mailbox requests"):
            break
        ui.key("down")
    assert ui.shows("Mend it, then test the mailbox: it goes on by itself.")
    ui.key("enter")
    assert ui.shows("[5Mailboxes]")


def _pop3(password):
    """A script: a POP3 server with three mails, for who knows the password."""
    answers = {b"CAPA": b"+OK\r\nUSER\r\nUIDL\r\n.\r\n", b"USER": b"+OK\r\n",
               b"STAT": b"+OK 3 1234\r\n", b"LIST": b"+OK\r\n1 400\r\n2 400\r\n3 434\r\n.\r\n",
               b"UIDL": b"+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n", b"QUIT": b"+OK bye\r\n"}

    def script(connection):
        connection.send(b"+OK ready\r\n")
        verb = b""
        while verb != b"QUIT":
            verb, _, rest = connection.line().strip().partition(b" ")
            verb = verb.upper()
            if verb == b"PASS":
                is_right = rest == password.encode()
                connection.send(b"+OK\r\n" if is_right else b"-ERR [AUTH] Go away \x1b[31m\r\n")
            else:
                connection.send(answers.get(verb, b"-ERR what?\r\n"))
    return script


def _use(it, server):
    secret = it.home / "password"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    it.run("mailbox", "set", "bounces", "--protocol", "pop3", "--host",
           f"{server.host}:{server.port}", "--security", "none", "--user", "back",
           "--password-command", "", "--password-file", secret)


def test_read_now(ui, sample, start_raw):
    _use(sample, start_raw(_pop3("another")))
    ui.tick()
    ui.key("R")
    ui.wait_text("Go away")
    ui.key("esc", "o", "R")
    assert ui.shows("It is off: o switches it on.")


def test_a_test_shows_the_talk(ui, sample, start_raw):
    _use(sample, start_raw(_pop3(PASSWORD)))
    ui.tick()
    ui.key("t")
    ui.wait_text("TEST  works")
    assert ui.shows("ok       messages") and ui.shows("3 messages"), ui.picture()
    assert not ui.shows(PASSWORD)
    ui.key("esc")
    assert not ui.shows("TEST") and ui.shows("Bounces to")


def test_a_test_says_what_is_wrong(ui, sample, start_raw):
    _use(sample, start_raw(_pop3("another")))
    ui.tick()
    ui.key("t")
    ui.wait_text("TEST  does not work")
    assert ui.shows("Go away") and ui.shows("password"), ui.picture()
    ui.key("down")
    assert not ui.shows("TEST")
    ui.key("1")
    ui.quit()


def test_a_test_from_the_form_saves_first(ui, sample, start_raw):
    _use(sample, start_raw(_pop3(PASSWORD)))
    ui.tick()
    ui.key("e")
    fill(ui, "User", "somebody").key("f5")
    ui.wait_text("TEST  works")
    assert shown(sample, "bounces")["user"] == "somebody"
    ui.key("esc")
    assert ui.shows("[5Mailboxes]") and not ui.shows("Edit")


def test_a_test_is_stopped(ui, sample, start_raw):
    _use(sample, start_raw(peers.silent))
    ui.tick()
    ui.send(b"t")  # no frame counts while it runs
    ui.wait_text("Connected to")
    ui.send(b"\x1b")
    ui.wait_text("The test was stopped.")
    ui.key("esc")
    assert not ui.shows("TEST")
