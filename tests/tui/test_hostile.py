"""Text from outside that would like to be more than text: nothing of it reaches the terminal but
what can be shown, and the frame stands where it should. The strict terminal fails each test at
the first octet that it should not have got."""
import pytest

import samples
from screens import SCREENS, go

SIZES = ((80, 24), (40, 12), (200, 60))


def check_frame(ui):
    """The clock at the right of row 1 is where it is on every screen."""
    assert ui.terminal.rows()[0].rstrip().endswith("14:32"), ui.picture()
    before = ui.terminal.rows()
    ui.key("ctrl-l")
    after = ui.terminal.rows()
    del before[-2], after[-2]  # a message goes with the next key
    assert after == before, ui.picture()


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_hostile_text(start_ui, sample, screen, size):
    samples.poison(sample.workspace)
    ui = start_ui(sample, columns=size[0], rows=size[1])
    ui.key(*screen.keys)
    check_frame(ui)
    for _ in range(10):
        ui.key("down")
    check_frame(ui)
    ui.key("right", "right", "end", "pagedown")
    check_frame(ui)


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_hostile_text_in_ascii(start_ui, sample, screen):
    samples.poison(sample.workspace)
    ui = start_ui(sample, env={"LC_ALL": "C"}, is_utf8=False)
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
