"""A monkey at the keys, always the same one for a seed (CRIER_TEST_SEED): whatever it presses,
nobody on a list gets mail, since that takes a number typed on purpose; the frame stays whole."""
import os
import random

import pytest

import emulator
import samples
import session

SEED = int(os.environ.get("CRIER_TEST_SEED", "1"))
KEYS = 700
LOOK_EVERY = 40

_LETTERS = "abcdefghijklmnoprstuvwxyzACDEFGHILMNPSUXY"
# What, and how often.
_CHOICES = (
    [*_LETTERS] * 2 + [*"123456789"] * 3 + [*"0?:/*<>[]!\"' .@-"] +
    ["down", "up", "enter", "tab"] * 8 + ["esc"] * 12 +
    ["left", "right", "home", "end", "pagedown", "pageup", "backtab", "space", "backspace",
     "delete", "insert"] * 2 +
    [f"f{n}" for n in range(1, 10)] +
    [f"ctrl-{c}" for c in "abcdefghklnopqrstuvwxy"] + ["alt-x", "q"]
)


def check(ui):
    """What holds after every key."""
    terminal = ui.terminal
    assert terminal.is_cursor_shown
    assert emulator.RUBBISH not in ui.text()


def look(ui):
    """What holds whenever one looks closer: drawing anew shows the same, message apart."""
    before = ui.terminal.rows()
    ui.key("ctrl-l")
    after = ui.terminal.rows()
    del before[-2], after[-2]
    assert after == before


def press(ui, chance, reopen):
    """One thing that happens; returns the UI, which may be another one."""
    dice = chance.random()
    if dice < 0.02:
        return ui.resize(chance.randint(20, 160), chance.randint(5, 50))
    if dice < 0.05:
        return ui.tick()
    if dice < 0.07:
        text = "".join(chance.choice("q\ny123äxX ") for _ in range(chance.randint(1, 30)))
        return ui.paste(text)
    name = chance.choice(_CHOICES)
    before = ui.terminal.marks
    ui.send(ui.octets(name))
    try:
        ui.wait_frame(before, f"the frame after key {name!r}")
    except session.NoFrame:
        if ui.status != 0:
            raise
        ui.check_given_back()
        return reopen()
    return ui


@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_a_monkey_sends_nothing(start_ui, empty, sink, seed):
    chance = random.Random(seed)
    samples.build_drafts(empty, sink.port)
    everybody = {row["address"] for row in empty.json("people", "list", "--list", "members")}
    assert len(everybody) == 300

    def reopen():
        return start_ui(empty, env={"EDITOR": "true", "VISUAL": ""})

    ui = reopen()
    try:
        for n in range(KEYS):
            ui = press(ui, chance, reopen)
            check(ui)
            if n % LOOK_EVERY == 0:
                look(ui)
    finally:
        print(f"seed {seed}, {n} of {KEYS} events")  # shown when it failed
    got = set(sink.taken()) & everybody
    assert not got, f"seed {seed}: {len(got)} people were mailed without being asked for"
    for row in empty.status()["campaigns"]:
        assert row["accepted"] == 0 and row["state"] != "sending", row
    empty.run("db", "check")
