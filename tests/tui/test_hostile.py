"""Text from outside that would like to be more than text: nothing of it reaches the terminal but
what can be shown, and the frame stands where it should. The strict terminal fails each test at
the first octet that it should not have got."""
import pytest

import peers
import samples
from screens import SCREENS, by_name, go

SIZES = ((80, 24), (40, 12), (200, 60))


def check_frame(ui):
    """The clock at the right of row 1 is where it is on every screen."""
    assert ui.terminal.rows()[0].rstrip().endswith("14:32"), ui.picture()
    ui.check_redraw()


@pytest.mark.parametrize("screen, size", [
    *((screen, size) for screen in SCREENS for size in SIZES[:2]),
    *((screen, SIZES[2]) for screen in SCREENS[:3])], ids=str)
def test_hostile_text(start_ui, hostile, screen, size):
    ui = start_ui(hostile, columns=size[0], rows=size[1])
    ui.key(*screen.keys)
    check_frame(ui)
    for _ in range(10):
        ui.key("down")
    check_frame(ui)
    ui.key("right", "right", "end", "pagedown")
    check_frame(ui)


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_hostile_text_in_ascii(start_ui, hostile, screen):
    ui = start_ui(hostile, env={"LC_ALL": "C"}, is_utf8=False)
    ui.key(*screen.keys)
    check_frame(ui)


def test_hostile_text_comes_while_it_is_live(start_ui, sample, play_worker):
    worker = play_worker(sample.workspace)
    ui = start_ui(sample)
    worker.send("renewal", 5)
    ui.tick()
    samples.poison(sample.workspace)
    worker.send("renewal", 5)
    ui.tick()
    check_frame(ui)


def test_hostile_names_of_the_workspace(start_ui, empty, tmp_path):
    """A folder's name is text from outside, too."""
    path = empty.home / "a\x1b]0;pwned\x07\u202e\nb"
    path.mkdir(mode=0o700)
    empty.workspace = path
    empty.run("init")
    ui = start_ui(empty)
    (path / "crier.db").unlink()
    ui.tick()
    check_frame(ui)
    assert ui.quit() == 0


NASTY = "\x1b]0;pwned\x07\u202e\u200b\x9b31m 日本 \x08\x08 ".encode() + b"\xff\xfe" + b"A" * 400


@pytest.mark.parametrize("where", ["banner", "mail", "rcpt", "after_dot"])
def test_hostile_replies_of_a_server(start_ui, sample, start_raw, where):
    """As they come: in the talk of a server's test and of a test send."""
    code = {"banner": b"220 ", "mail": b"550 5.7.1 ", "rcpt": b"550 5.1.1 ",
            "after_dot": b"250 2.0.0 "}[where]
    server = start_raw(peers.smtp_session(**{where: code + NASTY + b"\r\n"}))
    sample.run("server", "set", "main", "--host", f"{server.host}:{server.port}")
    ui = start_ui(sample)
    ui.key("4", "down", "t")
    assert ui.shows("TEST"), ui.picture()
    check_frame(ui)
    ui.key("esc", "1")
    go(ui, by_name("campaign-test"))
    ui.type("me@example.org").key("tab", "tab", "enter")
    check_frame(ui)
    ui.key("down", "up", "pagedown")
    check_frame(ui)
