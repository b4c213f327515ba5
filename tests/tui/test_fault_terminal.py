"""The line to the terminal drops, the screens are killed, in the middle of a campaign that they
show: the worker lives, and everybody gets theirs once."""
import signal

import pytest

import sending
import waiting

CONNECTIONS = 2
PEOPLE = 12


def hang_up(ui):
    ui.hang_up()


def kill(ui):
    ui.signal(signal.SIGKILL)


@pytest.mark.parametrize("end", [hang_up, kill], ids=lambda f: f.__name__)
def test_the_screens_end_in_the_middle(start_ui, workspace, start_receiver, end):
    server = start_receiver(hold="dot")
    people = sending.prepare(workspace, server, PEOPLE, CONNECTIONS)
    # By the verb, whose child it was: nobody but init has it now.
    sending.start(workspace, PEOPLE, background=True)
    waiting.wait_for(lambda: server.receiver.held == CONNECTIONS, what="messages in flight")
    pid = workspace.worker_pid()
    ui = start_ui(workspace)
    assert "worker up" in ui.row(0), ui.picture()
    end(ui)
    ui.wait_exit()
    server.receiver.release()
    row = sending.wait_finished(workspace, PEOPLE)
    assert (row["accepted"], row["uncertain"]) == (PEOPLE, 0)
    assert workspace.worker_pid() == pid
    result = sending.account(workspace, server.receiver.taken, people).check()
    assert result.states == {"accepted": PEOPLE}
