"""Screens written down: the text, how each cell looks, the cursor; compared with what is shown.

CRIER_UPDATE_GOLDEN=1 (make update-golden) writes them anew: look at the difference before you
commit it.
"""
import difflib
import os
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent / "golden"

# How a cell looks, as a letter: (colour, bold, underlined, reverse).
_LOOKS = {
    ("default", False, False, False): ".",
    ("default", True, False, False): "b",   # title, heading, warning
    ("default", False, True, False): "u",   # input
    ("default", False, False, True): "S",   # selected
    ("cyan", False, False, False): "c",     # key
    ("cyan", True, False, False): "C",      # marked
    ("green", False, False, False): "g",    # ok, a bar
    ("red", True, False, False): "R",       # error
    ("red", False, False, False): "r",      # input with an error
    ("red", False, True, False): "v",       # the same, underlined
}
_SPARE = "0123456789"
# What a campaign's revision is made of grows with each new field.
_STAMP = re.compile("(revision is )[0-9a-f]{12}")


def look(cell):
    return (cell.fg if cell.bg == "default" else f"{cell.fg}/{cell.bg}", cell.bold,
            cell.underscore, cell.reverse)


def shown(terminal, hides=()):
    """What is compared: the screen as text, without the words of rows that have one of `hides`."""
    legend = {}

    def letter(cell):
        it = look(cell)
        if it in _LOOKS:
            return _LOOKS[it]
        if it not in legend:
            legend[it] = _SPARE[len(legend)]
        return legend[it]

    rows = terminal.screen.whole_rows()
    bar = "+" + "-" * terminal.columns + "+"
    texts = [_STAMP.sub(r"\1............", "".join(cell.data for cell in row)) for row in rows]
    texts = ["?" * terminal.columns if any(word in text for word in hides) else text
             for text in texts]
    lines = [bar, *(f"|{text}|" for text in texts), bar]
    lines += ["".join(letter(cell) for cell in row).rstrip(".") or "." for row in rows]
    lines.append(f"cursor {terminal.cursor[0]},{terminal.cursor[1]}"
                 f"{'' if terminal.is_cursor_shown else ' hidden'}")
    lines += [f"{sign} = {' '.join(str(part) for part in it)}" for it, sign in legend.items()]
    return "\n".join(lines) + "\n"


def is_updating():
    return os.environ.get("CRIER_UPDATE_GOLDEN", "") not in ("", "0")


def check(session, name, hides=()):
    """The screen is the one in golden/NAME.txt."""
    path = FOLDER / f"{name}.txt"
    got = shown(session.terminal, hides)
    if is_updating():
        FOLDER.mkdir(exist_ok=True)
        path.write_text(got, encoding="utf-8")
        return
    assert path.exists(), f"{path} is missing: make update-golden writes it\n{got}"
    wanted = path.read_text(encoding="utf-8")
    if got != wanted:
        difference = "\n".join(difflib.unified_diff(wanted.splitlines(), got.splitlines(),
                                                    str(path), "the screen", lineterm="", n=2))
        raise AssertionError(f"the screen is not as in {path} (make update-golden, if it "
                             f"should be):\n{difference}")
