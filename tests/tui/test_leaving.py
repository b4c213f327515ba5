"""How the UI ends and rests: quit, hang-up, signals, ^Z. The terminal is given back, or left
alone when it is gone."""
import signal

import pytest

import session
import waiting

CPU_TICKS = 50  # hundredths of a second; leaving takes some


def test_quit_says_what_goes_on(start_ui, sample, play_worker):
    play_worker(sample.workspace)
    ui = start_ui(sample)
    assert ui.quit() == 0
    assert "2 campaigns go on being sent" in ui.text()


def test_a_hang_up_ends_it_without_a_word(start_ui, sample):
    ui = start_ui(sample)
    before = len(ui.raw)
    ui.signal(signal.SIGHUP)
    assert ui.wait_exit() == 129
    assert ui.raw[before:] == b"", "it wrote to a terminal that is gone"


def test_a_cut_line_ends_it(start_ui, sample):
    ui = start_ui(sample)
    ui.hang_up()
    assert ui.wait_exit() == 129


def test_a_cut_line_with_hang_ups_ignored_ends_it_and_burns_nothing(start_ui, sample):
    ui = start_ui(sample, ignored=[signal.SIGHUP])
    before = ui.cpu_ticks()
    pid = ui.pid
    ui.hang_up()
    last = [before]

    def has_ended():
        if ui.process.poll() is not None:
            return True
        last[0] = max(last[0], session.cpu_ticks(pid))
        return False

    waiting.wait_for(has_ended, ui.deadline_s, "the end after the line was cut")
    assert ui.process.returncode == 129
    assert last[0] - before < CPU_TICKS


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_being_told_to_end(start_ui, sample, signum):
    ui = start_ui(sample)
    ui.signal(signum)
    assert ui.wait_exit() == 128 + signum
    ui.check_given_back()


def test_stop_and_foreground(start_ui, sample):
    ui = start_ui(sample, job_control=True)
    before = ui.text()
    ui.send(b"\x1a")
    ui.wait_stopped()
    ui.check_given_back()
    entered = ui.terminal.counts["CSI t"]
    ui.foreground()
    assert ui.text() == before
    ui.tick()
    assert ui.terminal.counts["CSI t"] == entered + 1, "the screen was taken more than once"
    ui.key("down")
    assert ui.quit() == 0


def test_another_size_while_it_was_stopped(start_ui, sample):
    ui = start_ui(sample, job_control=True)
    ui.send(b"\x1a")
    ui.wait_stopped()
    ui.set_size(60, 20)
    ui.foreground()
    assert ui.row(0).endswith("14:32"), ui.picture()
    assert "•" not in ui.text()
    ui.resize(80, 24)
    assert ui.quit() == 0


def test_stopped_by_a_signal_from_outside(start_ui, sample):
    """kill -TSTP is what some terminals' menus send."""
    ui = start_ui(sample, job_control=True)
    ui.signal(signal.SIGTSTP)
    ui.wait_stopped()
    ui.check_given_back()
    ui.foreground()
    assert ui.shows("[1Home]")
    assert ui.quit() == 0


def test_stopped_and_continued_by_another_process(start_ui, sample):
    """The terminal may have been anybody's meanwhile."""
    ui = start_ui(sample)
    before = ui.terminal.marks
    ui.signal(signal.SIGSTOP)
    ui.signal(signal.SIGCONT)
    ui.wait_frame(before)
    assert ui.shows("[1Home]") and ui.quit() == 0


def test_stopped_twice(start_ui, sample):
    ui = start_ui(sample, job_control=True)
    for _ in range(2):
        ui.send(b"\x1a")
        ui.wait_stopped()
        ui.foreground()
        ui.key("down", "up")
    assert ui.quit() == 0


def test_a_terminal_that_nobody_knows(start_ui, sample):
    ui = start_ui(sample, term="nonsense", wait=False)
    assert ui.wait_exit() == 1
    said = ui.text().replace("\n", "")
    assert "TERM" in said and "crier --help" in said
    assert b"\x1b" not in ui.raw


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_without_a_cursor_gets_the_verbs(start_ui, sample, term):
    ui = start_ui(sample, term=term, wait=False)
    assert ui.wait_exit() == 0
    assert "--help show more" in ui.text()
    assert b"\x1b" not in ui.raw


def test_without_a_terminal_it_prints_the_verbs(sample):
    done = sample.run()
    assert "--help show more" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
