"""The worker behind the screens: it comes, falls silent, is killed. The screens say so, and never
touch it themselves."""
import signal

import sending


def test_it_comes_and_is_killed(start_ui, sample, play_worker):
    ui = start_ui(sample)
    assert "NO WORKER" in ui.row(0)
    worker = play_worker(sample.workspace)
    ui.tick()
    assert "worker up" in ui.row(0), ui.picture()
    worker.end(signal.SIGKILL)
    ui.tick()
    assert "NO WORKER" in ui.row(0), ui.picture()
    assert ui.quit() == 0


def test_a_real_one_outlives_the_screens(start_ui, sample):
    """Quit, hang-up and crash leave it alone."""
    worker = sending.Worker(sample)
    sending.waiting.wait_for(sample.worker_pid, what="the worker")
    for end in (lambda ui: ui.signal(signal.SIGHUP), lambda ui: ui.signal(signal.SIGKILL),
                lambda ui: ui.send(b"q")):
        ui = start_ui(sample)
        assert "worker up" in ui.row(0)
        end(ui)
        ui.wait_exit()
        assert sample.worker_pid() == worker.pid
    worker.terminate()
