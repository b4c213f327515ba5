"""What a frame costs on the line: at 80x24, with 1,000,000 deliveries. Octets, never time."""
import pytest

import samples
from screens import SCREENS, go

FIRST_FRAME = 3000
LIVE_TICK = 600
MOVE = 200
CLOCK = 40
CHART = 200  # a minute later a column of bars begins
TICKS = 5


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_first_frame_moves_and_idle(start_ui, big, screen):
    ui = start_ui(big)
    assert ui.frame_octets <= FIRST_FRAME
    go(ui, screen)
    ui.key("ctrl-l")
    assert 0 < ui.frame_octets <= FIRST_FRAME
    for key in screen.steps:
        ui.key(key)
        # A pane that follows the cursor comes behind, in a live frame of its own.
        assert ui.key_octets <= MOVE, f"{key}: {ui.key_octets}\n{ui.picture()}"
        assert ui.frame_octets - ui.key_octets <= LIVE_TICK, f"{key}\n{ui.picture()}"
    for _ in range(3):
        ui.tick()
        assert ui.frame_octets == 0, ui.picture()
    ui.set_clock(samples.NOW.replace(":32:00", ":33:00"))
    ui.tick()
    assert 0 < ui.frame_octets <= (CHART if screen.is_chart else CLOCK), ui.picture()
    ui.tick()
    assert ui.frame_octets == 0


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_a_live_tick(start_ui, big, play_worker, screen):
    worker = play_worker(big.workspace)
    ui = go(start_ui(big), screen)
    worker.send("big4", 11)
    ui.tick()  # the first says more: since when, how fast
    costs = []
    for n in range(TICKS):
        worker.send("big4", 9 + n)
        if screen.is_chart:
            worker.send("renewal", 4)
        ui.tick()
        costs.append(ui.frame_octets)
    assert max(costs) <= LIVE_TICK, costs
    if screen.is_live:
        assert min(costs) > 0, f"nothing moved: {costs}\n{ui.picture()}"


@pytest.mark.parametrize("term", ["linux", "vt100", "screen-256color", "tmux-256color",
                                  "xterm-mono"])
def test_other_terminals_cost_no_more(start_ui, sample, play_worker, term):
    worker = play_worker(sample.workspace)
    ui = start_ui(sample, term=term)
    assert ui.frame_octets <= FIRST_FRAME
    for _ in range(TICKS):
        worker.send("renewal", 7)
        ui.tick()
        assert ui.frame_octets <= LIVE_TICK
