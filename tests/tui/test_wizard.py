"""The first run: from nothing to a mail to oneself."""
import pytest

import golden


def go_to(ui, words, key="tab"):
    """The row of the form with this label, or the button."""
    for _ in range(20):
        x, y = ui.terminal.cursor
        rows = ui.terminal.rows()
        # In narrow terminals the label stands above its field.
        above = rows[y - 1] if not rows[y][:x].strip() else ""
        is_label = words[0] != "[" and (words in rows[y][:x] or words in above)
        if is_label or rows[y][x - 2:].startswith(words):
            return ui
        ui.key(key)
    raise AssertionError(f"{words} is not reached\n{ui.picture()}")


def press(ui, button):
    go_to(ui, f"[ {button} ]")
    return ui.key("enter")


def fill(ui, row, text):
    go_to(ui, row)
    ui.key("ctrl-e", "ctrl-u")
    return ui.type(text) if text else ui


def begin(ui):
    """To the server's step, as Ada."""
    press(ui, "Begin")
    fill(ui, "Organisation", "Example Association")
    fill(ui, "Sender's name", "Ada Example")
    fill(ui, "Your address", "ada@example.org")
    return press(ui, "Next")


@pytest.fixture
def fresh(start_ui, empty):
    empty.run("init")
    return start_ui(empty, is_first_run=True)


@pytest.mark.parametrize("columns,rows,env,name", [
    (80, 24, {}, "80x24"), (40, 12, {}, "40x12"), (80, 24, {"LC_ALL": "C"}, "ascii")])
def test_as_written(start_ui, empty, columns, rows, env, name):
    empty.run("init")
    ui = start_ui(empty, is_first_run=True, columns=columns, rows=rows, env=env,
                  is_utf8="LC_ALL" not in env)
    golden.check(ui, f"setup-welcome-{name}")
    begin(ui)
    golden.check(ui, f"setup-server-{name}")
    press(ui, "Skip")
    golden.check(ui, f"setup-bounces-{name}")
    press(ui, "Skip")
    golden.check(ui, f"setup-mail-{name}")


def test_from_nothing_to_a_mail(fresh, empty, start_aiosmtpd):
    server = start_aiosmtpd()
    ui = begin(fresh)
    assert empty.run("settings", "list").stdout.count("Example Association") == 1
    fill(ui, "Host", f"{server.host}:{server.port}")
    go_to(ui, "Encryption").key("right")
    fill(ui, "User", "")
    press(ui, "Test")
    assert ui.shows("TEST  works"), ui.picture()
    press(ui, "Next")
    press(ui, "Skip")
    assert ui.shows("From Ada Example <ada@example.org>, to yourself only, by main.")
    press(ui, "Send it to me")
    assert ui.shows("ada@example.org")
    ui.key("enter")
    assert ui.shows("Accepted by the server.")
    mail = server.received[0]
    assert mail.recipients == ["ada@example.org"]
    assert b"Ada" in mail.content and b"the first mail from here" in mail.content
    ui.key("esc")
    press(ui, "Next")
    assert ui.shows("tested, it works") and ui.shows("a draft on the screen Campaigns")
    golden.check(ui, "setup-done-80x24")
    press(ui, "Finish")
    assert ui.shows("[1Home]") and not ui.shows("step 6")
    campaign = empty.json("campaign", "show", "first-mail")
    assert campaign["state"] == "draft" and campaign["server"] == "main"
    assert empty.json("campaign", "check", "first-mail", "--no-spamassassin",
                      exit_code=None)["people"] == 1


def test_accessible(start_ui, empty, start_aiosmtpd):
    """What is asked, what is at hand, and what came of a test, in lines."""
    empty.run("init")
    server = start_aiosmtpd()
    ui = start_ui(empty, "--accessible", is_first_run=True)
    ui.key("ctrl-s")
    assert ui.row(1) == " You. Who sends?"
    ui.key("tab", "tab").type("ada@example.org").key("ctrl-s")
    assert ui.row(1) == " Outgoing mail. Which server takes your mail?"
    ui.key("tab").type(f"{server.host}:{server.port}").key("tab", "right", "tab", "ctrl-u")
    ui.key("tab", "enter")
    assert ui.shows("Server main works"), ui.picture()


def test_a_password_is_kept_in_a_private_file(fresh, empty, start_aiosmtpd):
    server = start_aiosmtpd(users={"ada": "s3cret"})
    ui = begin(fresh)
    fill(ui, "Host", f"{server.host}:{server.port}")
    go_to(ui, "Encryption").key("right")
    fill(ui, "User", "ada")
    press(ui, "Test")
    assert ui.shows("Type the password, or empty the user.")
    fill(ui, "Password", "wrong")
    press(ui, "Test")
    assert ui.shows("TEST  does not work")
    fill(ui, "Password", "s3cret")
    assert not ui.shows("s3cret")
    press(ui, "Test")
    assert ui.shows("TEST  works"), ui.picture()
    kept = empty.workspace / "secrets" / "main.password"
    assert kept.read_text().strip() == "s3cret" and kept.stat().st_mode & 0o777 == 0o600


def test_what_is_known_of_a_provider(fresh):
    press(fresh, "Begin")
    fill(fresh, "Your address", "somebody@googlemail.com")
    press(fresh, "Next")
    assert fresh.shows("smtp.gmail.com:587") and fresh.shows("app password")


def test_a_mailbox(fresh, empty):
    ui = begin(fresh)
    press(ui, "Skip")
    assert ui.shows("The worker reads it")
    fill(ui, "Its address", "bounces@example.org")
    fill(ui, "Host", "imap.example.org")
    fill(ui, "User", "bounces")
    fill(ui, "Password", "pw")
    press(ui, "Next")
    assert ui.shows("[5 First mail]")
    assert empty.json("mailbox", "show", "bounces")["address"] == "bounces@example.org"


def test_skipped_it_does_not_come_again(fresh, empty, start_ui):
    for _ in range(5):
        press(fresh, "Begin" if fresh.shows("[ Begin ]") else "Skip")
    assert fresh.shows("[6 Done]") and fresh.shows("none yet")
    press(fresh, "Finish")
    fresh.quit()
    ui = start_ui(empty, is_first_run=True)
    assert not ui.shows("Setup")
    ui.key(":")
    ui.type("setup")
    ui.key("enter")
    assert ui.shows("[1 Welcome]")


def test_esc_asks(fresh, empty, start_ui):
    begin(fresh)
    fresh.key("esc")
    assert fresh.shows("Leave the setup?")
    fresh.key("esc")
    assert fresh.shows("[3 Outgoing mail]")
    fresh.key("esc", "l")
    assert fresh.shows(":setup comes back") and not fresh.shows("[3 Outgoing mail]")
    fresh.quit()
    assert not start_ui(empty, is_first_run=True).shows("step 1 of 6")


def test_a_dropped_line_brings_it_again(fresh, empty, start_ui):
    begin(fresh)
    fresh.hang_up()
    fresh.wait_exit()
    ui = start_ui(empty, is_first_run=True)
    press(ui, "Begin")
    assert ui.shows("Ada Example") and ui.shows("ada@example.org")


def test_not_where_there_is_something(start_ui, sample):
    assert not start_ui(sample, is_first_run=True).shows("Setup")


def test_wrong_input_is_said_at_its_field(fresh):
    press(fresh, "Begin")
    fill(fresh, "Your address", "ada at example")
    press(fresh, "Next")
    assert fresh.shows("! ") and fresh.shows("[2 You]")
    fill(fresh, "Your address", "")
    fill(fresh, "Organisation", "Somebody")
    press(fresh, "Next")
    assert fresh.shows("Your address is needed")


@pytest.mark.parametrize("step", range(6))
def test_any_size(fresh, step):
    """Each step in what is too small, narrow, usual and wide; nothing of it is lost."""
    for _ in range(step):
        press(fresh, "Begin" if fresh.shows("[ Begin ]") else "Skip")
    before = fresh.terminal.rows()
    for columns, rows in ((1, 1), (39, 11), (40, 12), (200, 60), (80, 24)):
        fresh.resize(columns, rows)
    assert fresh.terminal.rows() == before


def test_hostile_names(fresh, empty):
    press(fresh, "Begin")
    fill(fresh, "Organisation", 'The "Friends", Inc. <x@example.net>')
    fill(fresh, "Your address", "ada@example.org")
    press(fresh, "Next")
    press(fresh, "Skip")
    press(fresh, "Skip")
    # Such a name cannot stand in a header: the address alone does.
    assert fresh.shows("From ada@example.org."), fresh.picture()
    press(fresh, "Back")
    press(fresh, "Back")
    press(fresh, "Back")
    fill(fresh, "Sender's name", "Example, Inc.")
    press(fresh, "Next")
    press(fresh, "Skip")
    press(fresh, "Skip")
    assert fresh.shows('From "Example, Inc." <ada@example.org>.'), fresh.picture()
