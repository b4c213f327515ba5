"""Other sizes of the terminal, from one cell up."""
import os
import random

import emulator
import pytest

from screens import SCREENS, go

RESIZES = 200
SEED = int(os.environ.get("CRIER_TEST_SEED", "4"))
# What moves about and never asks, starts or leaves anything.
HARMLESS = ("down", "up", "j", "k", "pagedown", "pageup", "home", "end", "left", "right", "tab",
            "backtab", "space", "1", "ctrl-l", "esc", "g", "G", "r")


def check_whole(ui):
    """Every cell was written since the size changed, and drawing anew shows the same."""
    before, cursor = ui.terminal.rows(), ui.terminal.cursor
    assert emulator.RUBBISH not in ui.text(), ui.picture()
    ui.key("ctrl-l")
    after = ui.terminal.rows()
    before[-2:-1] = after[-2:-1]  # a message goes with the next key
    assert after == before, ui.picture()
    assert ui.terminal.cursor == cursor, ui.picture()


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_to_one_cell_and_back(start_ui, sample, screen):
    ui = go(start_ui(sample), screen)
    before = ui.text()
    for size in ((1, 1), (80, 24), (1, 24), (80, 1), (39, 11), (40, 12), (300, 100), (80, 24)):
        ui.resize(*size)
        check_whole(ui)
    assert ui.text() == before


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_too_small_says_so_and_takes_no_harm(start_ui, sample, screen):
    ui = go(start_ui(sample), screen)
    ui.resize(30, 8)
    assert "crier needs 40x12" in " ".join(ui.text().split()), ui.picture()
    ui.key("down", "up", "pagedown")
    ui.resize(40, 12)
    ui.key("ctrl-l")  # a sentence about x goes with it
    check_whole(ui)


def test_a_storm_of_sizes_with_keys(start_ui, sample):
    chance = random.Random(SEED)
    ui = start_ui(sample)
    for n in range(RESIZES):
        ui.resize(chance.randint(1, 300), chance.randint(1, 100))
        assert emulator.RUBBISH not in ui.text(), ui.picture()
        if n % 3 == 0:
            ui.key(chance.choice(HARMLESS))
    ui.resize(80, 24)
    check_whole(ui)
    assert ui.quit() == 0


def test_a_size_while_a_key_is_typed(start_ui, sample):
    """Both at once: one frame has both."""
    ui = start_ui(sample)
    for columns in (100, 50, 120, 80):
        ui.set_size(columns, 24)
        ui.key("down")
        ui.wait_until(lambda: emulator.RUBBISH not in ui.text(), "the new size's frame")
    ui.tick()
    check_whole(ui)
