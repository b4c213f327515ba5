"""The screens in Japanese, whose characters take two cells: nothing is cut in two, frames close,
columns stand where they stand in English. Home in Japanese is written down in golden/."""
import re
import unicodedata

import pytest

from screens import SCREENS

KANA_OR_KANJI = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")


def cells(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def places(row, sign):
    """The cells in which `sign` stands in a row."""
    return {cells(row[:i]) for i, c in enumerate(row) if c == sign}


@pytest.mark.parametrize("size", [(80, 24), (40, 12)], ids=str)
@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_the_frame_is_japanese_and_fits(start_ui, sample, japanese, screen, size):
    ui = start_ui(sample, env=japanese, columns=size[0], rows=size[1])
    ui.key(*screen.keys)
    rows = ui.terminal.rows()
    assert KANA_OR_KANJI.search(rows[0] + rows[-1]), ui.picture()
    for row in rows:
        assert cells(row.rstrip()) <= size[0], ui.picture()
    # A key and its word are two cells away from those beside them: none was pushed into another.
    bar = [part for part in re.split(" {2,}", rows[-1].strip()) if part]
    assert all(part.count(" ") <= 3 for part in bar), rows[-1]


@pytest.mark.parametrize("keys", [("?",), ("f1",), (":",)], ids=str)
def test_frames_close(start_ui, sample, japanese, keys):
    """Each row of a dialog ends in the cell where its corners stand."""
    ui = start_ui(sample, env=japanese)
    ui.key(*keys)
    rows = ui.terminal.rows()
    tops = [y for y, row in enumerate(rows) if "┌" in row and "┐" in row]
    if not tops:
        assert keys == ("f1",), ui.picture()  # the manual may fill the screen
        return
    top = tops[0]
    left, right = min(places(rows[top], "┌")), max(places(rows[top], "┐"))
    bottom = next(y for y in range(top + 1, len(rows)) if left in places(rows[y], "└"))
    assert right in places(rows[bottom], "┘"), ui.picture()
    assert bottom - top > 3
    for y in range(top + 1, bottom):
        assert {left, right} <= places(rows[y], "│"), f"row {y}\n{ui.picture()}"


def numbers(rows):
    """Where the numbers of each row end, for the rows that have some."""
    found = [[cells(row[:m.end()]) for m in re.finditer(r"(?<!\S)[\d,]+%?(?!\S)", row)]
             for row in rows]
    return [ends for ends in found if ends]


def test_columns_of_numbers_stand_where_they_stand_in_english(start_ui, sample, japanese):
    english = start_ui(sample).terminal.rows()
    ours = start_ui(sample, env=japanese).terminal.rows()
    heading = next(y for y, row in enumerate(english) if "SENDING NOW" in row)
    last = next(y for y in range(heading + 1, 24) if not english[y].strip())
    assert len(numbers(english[heading + 1:last])) > 0
    assert numbers(ours[heading + 1:last]) == numbers(english[heading + 1:last])


@pytest.mark.parametrize("keys", [("?",), (":",), ("2", "?"), ("2", "t"), ("4", "?")], ids=str)
def test_what_a_dialog_covered_comes_back(start_ui, sample, japanese, keys):
    """Its frame stands on one half of wide characters: none of it stays behind."""
    ui = start_ui(sample, env=japanese)
    ui.key(*keys[:-1])
    before = ui.terminal.rows()
    ui.key(keys[-1])
    assert ui.terminal.rows() != before
    ui.key("esc")
    assert ui.terminal.rows() == before
    ui.key("ctrl-l")
    assert ui.terminal.rows() == before
