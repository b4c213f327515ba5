"""The first day of somebody who has only an address file and a mail server: the setup, a mail to
oneself, people from a file by the screen, a letter, preview, a copy, the start, watching it
finish, leaving and coming back. By keys alone; real mail to a real server on this machine."""
from test_whole_way import now, preview, watch_it_finish
from test_wizard import begin, fill, go_to, press

PEOPLE = 12


def set_up(ui, server):
    begin(ui)
    fill(ui, "Host", f"{server.host}:{server.port}")
    go_to(ui, "Encryption").key("right")
    fill(ui, "User", "")
    press(ui, "Test")
    assert ui.shows("TEST  works"), ui.picture()
    press(ui, "Next")
    press(ui, "Skip")
    press(ui, "Send it to me").key("enter")
    assert ui.shows("Accepted by the server."), ui.picture()
    ui.key("esc")
    press(ui, "Next")
    press(ui, "Finish")
    assert ui.shows("[1Home]")


def read_people(ui):
    ui.key("3", "i", "enter")
    assert ui.shows("people.csv"), ui.picture()
    ui.key("down", "enter", "ctrl-s")
    press(ui, "New list")
    ui.type("members")
    press(ui, "Make the list")
    fill(ui, "Agreed to", "the form on our web page")
    ui.key("tab")
    assert ui.shows(str(PEOPLE)), ui.picture()
    press(ui, "Import")
    assert ui.shows("[4 Import]"), ui.picture()
    ui.key("esc", "esc")


def write_letter(ui):
    ui.key("2", "n")
    fill(ui, "Title", "Spring letter")
    # Whom the setup asked stands there already.
    assert ui.shows("Ada Example <ada@example.org>"), ui.picture()
    fill(ui, "Subject", "Hello {{first_name}}")
    go_to(ui, "Text ").key("enter")
    ui.type("Dear {{first_name}},\r\rspring is here.\r\rTo leave: {{unsubscribe_url}}\r")
    ui.key("esc", "pagedown", "pagedown")
    go_to(ui, "Lists").key("enter").type("members").key("space", "enter", "ctrl-s")
    assert ui.shows("Saved: spring-letter."), ui.picture()
    ui.key("esc")
    assert ui.row(ui.terminal.cursor[1]).startswith("> Spring letter"), ui.picture()


def start(ui):
    """At a time, which is at once."""
    ui.key("S")
    # Once, at the first send.
    assert ui.shows("Sending stops at a reboot"), ui.picture()
    ui.key("esc", "backtab", "right", "down").type("in 1s").key("tab")
    ui.type(str(PEOPLE)).key("enter", "y")


def test_first_day(start_ui, empty, start_aiosmtpd):
    server = start_aiosmtpd()
    inbox = empty.workspace / "inbox"
    inbox.mkdir(mode=0o700)
    (inbox / "people.csv").write_text("email,first_name\n" + "".join(
        f"p{i:02d}@example.net,Ada{i}\n" for i in range(PEOPLE)))
    ui = start_ui(empty, now=now(), is_first_run=True)
    assert ui.shows("Welcome."), ui.picture()
    set_up(ui, server)
    read_people(ui)
    write_letter(ui)
    preview(ui)
    ui.key("t", "enter")
    assert ui.shows("Accepted by the server."), ui.picture()
    ui.key("esc")
    start(ui)
    watch_it_finish(ui)
    ui.key("esc", "esc", "esc")
    assert ui.quit() == 0

    again = start_ui(empty, now=now(), is_first_run=True)
    assert not again.shows("Setup")
    again.key("2")
    assert again.shows("Spring letter") and again.shows("finished")
    row = empty.campaign("spring-letter")
    assert (row["total"], row["accepted"], row["state"]) == (PEOPLE, PEOPLE, "finished")
    got = sorted(address for message in server.received for address in message.recipients)
    assert got == sorted(["ada@example.org"] * 2 +
                         [f"p{i:02d}@example.net" for i in range(PEOPLE)])
