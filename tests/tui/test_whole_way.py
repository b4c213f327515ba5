"""The whole way of somebody who begins: nothing there, a server, a letter, people from a file, a
look at it, a copy to oneself, the start, watching it finish, leaving and coming back. Real mail
to a real server on this machine, by keys alone."""
import datetime

import waiting
from test_wizard import fill, go_to, press

PEOPLE = 12


def now():
    """Workers go by the real clock."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def add_server(ui, port):
    ui.key("4", "n")
    ui.type("main").key("tab", "tab")
    ui.type(f"127.0.0.1:{port}").key("tab", "right", "ctrl-s")
    assert ui.shows("Saved: main."), ui.picture()
    ui.key("esc")


def import_people(ui, path):
    ui.key(":").type("list new members").key("enter", "esc")
    ui.key(":").type(f"people import {path}").key("enter")
    assert ui.shows("People > Import"), ui.picture()
    while not ui.shows("[3 Check]"):
        ui.key("ctrl-s")
    go_to(ui, "Into list").key("enter").type("members").key("enter")
    fill(ui, "Agreed to", "the form on our web page").key("tab")
    press(ui, "Import")
    assert ui.shows("[4 Import]"), ui.picture()
    ui.key("esc", "esc")


def write_letter(ui):
    ui.key("2")
    assert ui.shows("No campaigns yet.")
    ui.key("n")
    ui.type("Spring letter").key("tab", "tab")
    ui.type("Association <news@example.org>").key("tab", "tab")
    ui.type("Hello {{first_name}}").key("tab", "tab", "enter")
    ui.type("Dear {{first_name}},\r\rspring is here.\r\rTo leave: {{unsubscribe_url}}\r")
    ui.key("esc", "pagedown", "pagedown", "enter", "space", "enter", "ctrl-s")
    assert ui.shows("Saved: spring-letter."), ui.picture()
    ui.key("esc")
    assert ui.shows("Spring letter")


def preview(ui):
    ui.key("p")
    assert ui.shows("Dear Ada0,") and ui.shows("Subject: Hello Ada0"), ui.picture()
    ui.key(">")
    assert ui.shows("Dear Ada1,"), ui.picture()
    ui.key("esc")


def send_copy(ui):
    ui.key("t").type("me@example.org").key("tab", "tab", "enter")
    assert ui.shows("Accepted by the server."), ui.picture()
    ui.key("esc")


def take_back(ui, it):
    """The countdown can be called off by one key."""
    ui.key("S")
    assert ui.shows(f"This sends e-mail to {PEOPLE} people."), ui.picture()
    ui.type(str(PEOPLE)).key("enter")
    assert ui.shows("Enter does not"), ui.picture()
    ui.key("y")
    assert it.campaign("spring-letter")["state"] == "scheduled"
    assert ui.shows("u takes it back"), ui.picture()
    ui.key("u")
    assert it.campaign("spring-letter")["state"] == "draft"


def start(ui):
    """At a time, which is at once."""
    ui.key("esc", "S", "backtab", "right", "down").type("in 1s").key("tab")
    ui.type(str(PEOPLE)).key("enter", "y")


def watch_it_finish(ui):
    """Step by step, as seconds pass."""
    def is_finished():
        ui.tick()
        return ui.shows("finished")
    waiting.wait_for(is_finished, 60, lambda: f"the end of the campaign\n{ui.picture()}")


def test_from_nothing_to_a_finished_campaign(start_ui, empty, start_aiosmtpd):
    server = start_aiosmtpd()
    people = empty.home / "people.csv"
    people.write_text("email,first_name\n" + "".join(
        f"p{i:02d}@example.net,Ada{i}\n" for i in range(PEOPLE)))
    ui = start_ui(empty, now=now())
    assert ui.shows("Nothing is being sent"), ui.picture()
    add_server(ui, server.port)
    import_people(ui, people.name)
    write_letter(ui)
    preview(ui)
    send_copy(ui)
    take_back(ui, empty)
    start(ui)
    watch_it_finish(ui)
    ui.key("esc", "esc", "esc")
    assert ui.quit() == 0

    again = start_ui(empty, now=now())
    again.key("2")
    assert again.shows("Spring letter") and again.shows("finished")
    row = empty.campaign("spring-letter")
    assert (row["total"], row["accepted"], row["state"]) == (PEOPLE, PEOPLE, "finished")
    got = sorted(address for message in server.handler.received
                 for address in message.recipients)
    assert got == sorted(["me@example.org", *(f"p{i:02d}@example.net" for i in range(PEOPLE))])
