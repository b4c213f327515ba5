"""Screens against those written down in golden/: text, looks and cursor."""
import dataclasses
import re

import pytest

import golden
from screens import SCREENS, go


@dataclasses.dataclass(frozen=True)
class Variant:
    """A kind of terminal that each screen is written down for."""
    name: str
    columns: int = 80
    rows: int = 24
    term: str = "xterm-256color"
    env: tuple = ()
    args: tuple = ()
    is_utf8: bool = True

    def __str__(self):
        return self.name


VARIANTS = (
    Variant("80x24"),
    Variant("200x60", 200, 60),
    Variant("40x12", 40, 12),
    Variant("mono", env=(("NO_COLOR", "1"),)),
    Variant("accessible", args=("--accessible",)),
    Variant("ascii", env=(("LC_ALL", "C"),), is_utf8=False),
)


def start(start_ui, workspace, variant):
    return start_ui(workspace, *variant.args, columns=variant.columns, rows=variant.rows, term=variant.term,
                    env=dict(variant.env), is_utf8=variant.is_utf8)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("screen", [s for s in SCREENS if s.is_written], ids=str)
def test_screen(start_ui, sample, screen, variant):
    ui = start(start_ui, sample, variant)
    ui.key(*screen.keys)
    golden.check(ui, f"{screen}-{variant}", screen.hides)


@pytest.mark.parametrize("variant", VARIANTS[:3], ids=str)
def test_nothing_there_yet(start_ui, empty, variant):
    empty.run("init")
    golden.check(start(start_ui, empty, variant), f"home-empty-{variant}")


def test_home_in_japanese(start_ui, sample, japanese):
    golden.check(start_ui(sample, env=japanese), "home-ja")


@pytest.mark.parametrize("screen, term", [
    *((screen, term) for screen in SCREENS for term in ("linux", "vt100")),
    *((SCREENS[0], term) for term in ("xterm-mono", "screen-256color", "tmux-256color")),
], ids=str)
def test_the_same_text_at_every_terminal(start_ui, sample, screen, term):
    """In ASCII, that no terminal lacks."""
    env = {"LC_ALL": "C"}
    usual = go(start_ui(sample, env=env, is_utf8=False), screen)
    other = go(start_ui(sample, term=term, env=env, is_utf8=False), screen)
    assert other.terminal.rows() == usual.terminal.rows()
    assert other.terminal.cursor == usual.terminal.cursor
    assert other.terminal.counts["dim"] == 0


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_colour_is_never_the_only_sign(start_ui, sample, screen):
    """Without colours every word is the same."""
    usual = go(start_ui(sample), screen)
    plain = go(start_ui(sample, env={"NO_COLOR": "1"}), screen)
    # Without underlining a field is a row of underscores.
    assert ([row.replace("_", " ") for row in plain.terminal.rows()] ==
            [row.replace("_", " ") for row in usual.terminal.rows()])
    for y in range(24):
        for cell in plain.terminal.cells(y):
            assert (cell.fg, cell.bg) == ("default", "default")


# What no font of the Linux console has: parts of blocks, braille, check marks.
_NO_CONSOLE = re.compile("[\u2581-\u2587\u2589-\u258f\u2590\u2800-\u28ff\u2713\u2714]")


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_the_consoles_fonts_have_every_sign(start_ui, sample, screen):
    ui = go(start_ui(sample, term="linux"), screen)
    assert not _NO_CONSOLE.search(ui.text()), ui.picture()
    assert ui.terminal.counts["dim"] == 0


@pytest.mark.parametrize("theme", ["auto", "dark", "light", "high-contrast", "mono"])
@pytest.mark.parametrize("screen", SCREENS[:3], ids=str)
def test_themes(start_ui, sample, screen, theme):
    """The usual one leaves white and black to the terminal; no text is hidden in any."""
    ui = go(start_ui(sample, "--theme", theme), screen)
    for row in ui.terminal.screen.whole_rows():
        for cell in row:
            if theme in ("auto", "mono"):
                assert cell.fg in ("default", "red", "green", "cyan"), cell
                assert cell.bg == "default", cell
            assert cell.fg != cell.bg or cell.fg == "default", cell


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_the_cursor_is_shown_where_the_eye_should_be(start_ui, sample, screen):
    ui = go(start_ui(sample), screen)
    assert ui.terminal.is_cursor_shown
    x, y = ui.terminal.cursor
    assert y < 23, "it stands on the key bar"
    ui.tick()
    ui.key("f12")
    assert ui.terminal.cursor == (x, y), "a tick without news moved it"
