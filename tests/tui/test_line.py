"""A slow line, in virtual time: what counts is how many octets stand before a key's echo."""
import signal

import pytest

from screens import SCREENS, go

ECHO_S = 1.5
LIVE_S = 8


class SlowLine:
    """Octets leave at a rate in a time of its own; the terminal answers what has arrived.

    What the program writes is read at once, but counts as being on its way until its time has
    come: a pseudo-terminal, too, takes it without a word.
    """

    def __init__(self, ui, rate):
        self.ui = ui
        self.rate = rate
        self.now_s = 0.0
        self.arrived = float(self._written())

    def _written(self):
        return self.ui.terminal.octets - self.ui.terminal.mark_octets

    def backlog(self):
        return self._written() - self.arrived

    def pass_time(self, seconds):
        """Whatever arrives meanwhile is answered when it does: a question is the last that a
        frame writes, so it has come when nothing is on its way any more."""
        self.now_s += seconds
        self.arrived = min(self.arrived + seconds * self.rate, self._written())
        if self.backlog() == 0 and self.ui.terminal.asked:
            before = self.ui.terminal.marks
            self.ui.answer()
            self._wait_frame(before)

    def _wait_frame(self, before):
        """A sign, or the question of a frame that was waiting for its turn."""
        self.ui.wait_until(lambda: self.ui.terminal.asked or self.ui.terminal.marks > before,
                           "a live frame")

    def tick(self):
        """One second's step. While an answer is out nothing is written, and no sign comes."""
        before = self.ui.terminal.marks
        was_asked = self.ui.terminal.asked
        self.ui.signal(signal.SIGUSR1)
        if not was_asked:
            self._wait_frame(before)


@pytest.mark.parametrize("rate", [2400, 1200, 300])
@pytest.mark.parametrize("screen", [s for s in SCREENS if s.is_live], ids=str)
def test_a_key_is_echoed_soon(start_ui, big, play_worker, screen, rate):
    """While a campaign is live; at 300 octets a second frames take longer than a second each."""
    worker = play_worker(big.workspace)
    ui = go(start_ui(big, answers=True), screen)
    ui.answers = False
    line = SlowLine(ui, rate)
    line.pass_time(60)
    for _ in range(LIVE_S):
        worker.send("big4", 11)
        if screen.is_chart:
            worker.send("renewal", 3)
        line.tick()
        line.pass_time(1)
    backlog = line.backlog()
    assert backlog <= 600, "more than one live frame is on its way"
    before = ui.terminal.rows(), ui.terminal.cursor
    written = line._written()
    ui.send(ui.octets(screen.echo))
    ui.wait_until(lambda: (ui.terminal.rows(), ui.terminal.cursor) != before, "the echo")
    echo = line._written() - written
    assert echo <= 600
    if rate >= 2400:
        assert (backlog + echo) / rate <= ECHO_S
    if ui.terminal.asked:
        line.pass_time(60)


def test_without_an_answer_no_frames_pile_up(start_ui, big, play_worker):
    """A line that stands still: one live frame, however many seconds pass."""
    worker = play_worker(big.workspace)
    ui = start_ui(big)
    assert ui.terminal.cursor[1] == 3
    ui.answers = False
    line = SlowLine(ui, 0)
    for _ in range(LIVE_S):
        worker.send("big4", 11)
        line.tick()
    ui.send(ui.octets("down"))
    ui.wait_until(lambda: ui.terminal.cursor[1] > 3, "the cursor to move")
    assert ui.terminal.counts["CSI n"] <= 1
    assert line.backlog() <= 800
