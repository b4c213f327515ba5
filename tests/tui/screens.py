"""The screens that every test of screens goes through. A new screen joins by a row."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Screen:
    """How to get there from Home on the sample workspace, and what is special about it.

    keys: pressed one after the other, each with its frame.
    shows: words that stand on it, so that a test knows it has arrived.
    is_live: a running worker moves it.
    is_field: letters are text there, and what is pasted, too.
    is_chart: a minute moves more than the clock.
    echo: a key that changes a little of it.
    steps: keys that move the cursor there.
    is_written: it is compared with golden/; not what lists every key and verb there is.
    hides: rows with one of these words are of this machine, and not compared.
    """
    name: str
    keys: tuple = ()
    shows: str = ""
    is_live: bool = False
    is_field: bool = False
    is_chart: bool = False
    echo: str = "down"
    steps: tuple = ("down", "down", "up", "j", "k")
    is_written: bool = True
    hides: tuple = ()

    def __str__(self):
        return self.name


# The draft "volunteers" on screen 2.
_DRAFT = ("2", "down", "down")

_IN_FIELD = ("left", "right")

SCREENS = (
    Screen("home", (), "[1Home]", is_live=True),
    Screen("live", ("down", "enter"), "Members renewal > Live", is_live=True, is_chart=True,
           echo="f"),
    Screen("live-people", ("down", "enter", "enter"), "Members renewal >"),
    # Process numbers and times of the run: test_log_screen.py has one written down.
    Screen("log", ("9",), "[9Log]", echo="up", is_written=False),
    Screen("audit", ("9", "]"), "[Who did what]", echo="up"),
    Screen("tries", ("down", "enter", "enter", "enter"), "member0001@example.net"),
    Screen("campaigns", ("2",), "Volunteers March"),
    Screen("campaign-edit", (*_DRAFT, "e"), "Volunteers March > Edit", is_field=True,
           steps=_IN_FIELD),
    Screen("campaign-preview", (*_DRAFT, "p"), "Volunteers March > Preview"),
    Screen("campaign-test", (*_DRAFT, "t"), "Test send: Volunteers March", is_field=True,
           steps=_IN_FIELD),
    Screen("campaign-send", (*_DRAFT, "S"), "Volunteers March > Send"),
    Screen("people", ("3",), "[3People]"),
    Screen("members", ("3", "enter"), "member0001@"),
    Screen("person", ("3", "enter", "enter"), "People > member0001@example.net"),
    Screen("person-edit", ("3", "enter", "e"), "member0001@example.net", is_field=True,
           steps=_IN_FIELD),
    Screen("person-never", ("3", "enter", "v"), "Only for", is_field=True, steps=_IN_FIELD),
    Screen("never-mail", ("3", "]"), "[Never mail]"),
    Screen("imports", ("3", "]", "]"), "[Imports]"),
    Screen("import", ("3", "i"), "step 1 of 4", is_field=True, steps=_IN_FIELD),
    Screen("servers", ("4",), "[4Servers]"),
    Screen("server-edit", ("4", "down", "e"), "Servers > main > Edit", is_field=True,
           steps=_IN_FIELD),
    Screen("server-limits", ("4", "down", "e", "pagedown"), "[Limits]", is_field=True,
           steps=_IN_FIELD),
    Screen("pool", ("4", "end"), "takes all"),
    Screen("pool-edit", ("4", "end", "e"), "Servers > together > Edit", steps=("down", "up")),
    Screen("mailboxes", ("5",), "[5Mailboxes]"),
    Screen("mailbox-edit", ("5", "e"), "Mailboxes > bounces > Edit", is_field=True,
           steps=_IN_FIELD),
    Screen("ports", ("6",), "[6Ports]", hides=("listed",)),
    Screen("ports-peers", ("6", "tab"), "[6Ports]", hides=("listed", "Row 1 of")),
    Screen("port-edit", ("6", "end", "e"), "Ports > web > Edit", is_field=True, steps=_IN_FIELD),
    Screen("firewall", ("6", "x"), "Ports > Firewall", is_written=False),
    Screen("doctor", ("7",), "[7Doctor]"),
    Screen("doctor-run", ("7", "enter"), "Doctor > backup"),
    Screen("reports", ("8",), "[8Reports]"),
    Screen("reports-unknown", ("8", "]"), "Nothing waits here.", steps=("down", "up")),
    Screen("reports-storms", ("8", "["), "Nothing waits for your word.", steps=("down", "up")),
    Screen("report", ("8", "end", "enter"), "Reports > Winter newsletter", is_chart=True),
    Screen("report-domains", ("8", "end", "enter", "]"), "[Domains]"),
    Screen("report-replies", ("8", "end", "enter", "]", "]", "]"), "[Replies]"),
    Screen("report-compare", ("8", "end", "enter", "["), "[Compare]"),
    Screen("report-people", ("8", "end", "enter", "]", "enter"), "winter > "),
    Screen("settings", (":", *"settings", "enter"), "[Workspace]", is_field=True,
           steps=_IN_FIELD),
    Screen("bin", (":", *"bin", "enter"), "The bin is empty."),
    Screen("about", (":", *"about", "enter"), "GNU General Public", is_written=False),
    Screen("help", ("?",), "What can I do here?", is_field=True,
           steps=("down", "up"), is_written=False),
    Screen("manual", ("f1",), "Manual", is_written=False),
    Screen("command", (":",), "Command", is_field=True,
           steps=_IN_FIELD, is_written=False),
)


def by_name(name):
    return next(screen for screen in SCREENS if screen.name == name)


def go(ui, screen):
    """From Home, as the UI begins."""
    ui.key(*screen.keys)
    assert ui.shows(screen.shows), f"{screen} was not reached\n{ui.picture()}"
    return ui


def leave(ui):
    """From anywhere: Esc never leaves, q on Home does. An Esc alone costs its moment, so no more of
    them than there is to close."""
    for _ in range(4):
        before = ui.text()
        ui.key("esc")
        if ui.text() == before:
            break
    ui.key("1")
    return ui.quit()
