"""The person's own editor over the screens: missing, failing, killed, leaving garbage, stopped by
^Z, at another size. Whatever it does, the screens come back whole and no text is lost."""
import os
import re
import stat

import pytest

import emulator
from screens import go, by_name

EDIT = by_name("campaign-edit")
TYPED = "Typed before the editor"


def script(it, name, text):
    """An editor: a shell script that gets the file's name."""
    path = it.home / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def begin(start_ui, it, editor, **options):
    """In the form of a draft, on its text field, with something typed before."""
    ui = start_ui(it, env={"VISUAL": str(editor), "EDITOR": "/nonexistent"}, **options)
    go(ui, EDIT)
    ui.key("end").type(TYPED)
    return ui


def check_back(ui):
    assert ui.shows(TYPED), ui.picture()
    assert emulator.RUBBISH not in ui.text()
    assert {"alternate screen", "bracketed paste"} <= ui.terminal.modes
    ui.check_redraw()


def left_files(it):
    return sorted(path.name for path in (it.home / "run").iterdir())


def test_what_it_wrote_is_taken(start_ui, sample):
    ui = begin(start_ui, sample, script(sample, "good", 'printf "Hello from outside" > "$1"\n'))
    ui.key("ctrl-o")
    check_back(ui)
    assert left_files(sample) == []
    ui.key("ctrl-s")
    shown = sample.json("campaign", "show", "volunteers")
    assert "Hello from outside" in str(shown)


def test_the_terminal_is_its_own_meanwhile(start_ui, sample):
    """It finds a terminal as a shell's programs do; the file is nobody else's."""
    editor = script(sample, "look", '/bin/stty -a > "$HOME/stty"; /bin/stat -c %a "$1" > '
                                    '"$HOME/mode"; printf "looked" > "$1"\n')
    ui = begin(start_ui, sample, editor)
    switched = ui.terminal.counts["CSI t"]
    ui.key("ctrl-o")
    check_back(ui)
    assert ui.terminal.counts["CSI t"] == switched + 2, "left once and entered once"
    assert re.search(r"(?<!-)icanon", (sample.home / "stty").read_text())
    assert (sample.home / "mode").read_text() == "600\n"


@pytest.mark.parametrize("text, words", [
    ('exit 3\n', "exit code 3"),
    ('kill -9 $$\n', "killed by signal 9"),
    ('kill -2 $$\n', "killed by signal 2"),
    ('printf "\\377\\376" > "$1"\n', "what the editor left"),
    ('rm "$1"\n', "what the editor left"),
    ('rm "$1"; mkdir "$1"\n', "what the editor left"),
    ('printf "Good text" > "$1"; exit 1\n', "exit code 1"),
])
def test_it_fails(start_ui, sample, tools, text, words):
    editor = script(sample, "bad", "PATH=/bin:/usr/bin\n" + text)
    ui = begin(start_ui, sample, editor)
    ui.key("ctrl-o")
    assert words in ui.said() or "the text is as it was" in ui.said(), ui.picture()
    check_back(ui)


def test_what_a_failed_one_wrote_is_kept(start_ui, sample):
    """It may be all there is of an hour's work."""
    ui = begin(start_ui, sample, script(sample, "bad", 'printf "An hour" > "$1"; exit 1\n'))
    ui.key("ctrl-o")
    names = left_files(sample)
    assert len(names) == 1
    path = sample.home / "run" / names[0]
    assert path.read_text() == "An hour"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_is_missing(start_ui, sample):
    ui = begin(start_ui, sample, "/nonexistent/editor")
    ui.key("ctrl-o")
    assert "the text is as it was" in ui.said(), ui.picture()
    check_back(ui)


def test_it_was_left_without_a_change(start_ui, sample):
    ui = begin(start_ui, sample, "true")
    ui.key("ctrl-o")
    check_back(ui)
    assert left_files(sample) == []


def waiting_editor(it):
    """Says that it is there and waits for a line at the terminal."""
    return script(it, "wait", 'echo "the editor is here"; read line\n'
                              'printf "%s" "$line" > "$1"\n')


def test_another_size_meanwhile(start_ui, sample):
    ui = begin(start_ui, sample, waiting_editor(sample))
    before = ui.terminal.marks
    ui.send(b"\x0f")
    ui.wait_text("the editor is here")
    ui.set_size(100, 30)
    ui.send(b"from the line\n")
    ui.wait_frame(before)
    check_back(ui)
    assert ui.row(0).endswith("14:32") and len(ui.terminal.rows()[0]) == 100


def test_stopped_inside_and_brought_back(start_ui, sample):
    """^Z in the editor stops both, fg brings both back: the terminal is the editor's again."""
    ui = begin(start_ui, sample, waiting_editor(sample), job_control=True)
    before, taken = ui.terminal.marks, ui.terminal.counts["CSI t"]
    ui.send(b"\x0f")
    ui.wait_text("the editor is here")
    ui.send(b"\x1a")
    ui.wait_stopped()
    ui.foreground(wait=False)
    ui.send(b"after the stop\n")
    ui.wait_frame(before)
    ui.tick()
    # Given to the editor, taken back.
    assert ui.terminal.counts["CSI t"] == taken + 2, "the screen was taken more than once"
    check_back(ui)
    ui.key("ctrl-s")
    assert "after the stop" in str(sample.json("campaign", "show", "volunteers"))


def test_an_interrupt_inside_is_the_editors(start_ui, sample):
    """^C ends the editor, never the screens."""
    ui = begin(start_ui, sample, waiting_editor(sample))
    before = ui.terminal.marks
    ui.send(b"\x0f")
    ui.wait_text("the editor is here")
    ui.send(b"\x03")
    ui.wait_frame(before)
    check_back(ui)


def test_the_line_is_cut_meanwhile(start_ui, sample):
    """Both go; what was typed is there to be restored."""
    ui = begin(start_ui, sample, waiting_editor(sample))
    ui.send(b"\x0f")
    ui.wait_text("the editor is here")
    ui.hang_up()
    assert ui.wait_exit() in (129, -1)
    again = start_ui(sample)
    assert os.path.exists(sample.workspace / "crier.db") and again.shows("crier")
