"""A campaign that too many receivers refuse is held; who resumes it begins a new count."""
import sending
import waiting

NAME = sending.CAMPAIGN
PEOPLE = 2000
# Every person whose number ends in 7 is refused: 10 of a hundred.
REFUSALS = "rcpt *7@example.net refuse 550 5.1.1 Nobody here\n"


def held(workspace):
    return workspace.campaign(NAME)["state"] == "held"


def test_it_is_held_and_goes_on_when_somebody_says_so(workspace, start_sink):
    sink = start_sink(script=REFUSALS)
    people = sending.prepare(workspace, sink, PEOPLE, server=("--per-second", 100))
    sending.start(workspace, PEOPLE)
    with _worker(workspace):
        waiting.wait_for(lambda: held(workspace), what="the campaign to be held")
        row = workspace.campaign(NAME)
        assert "stop rule" in row["held_reason"] and "5 %" in row["held_reason"]
        done = row["accepted"] + row["refused"]
        assert 100 <= done < PEOPLE and row["refused"] * 20 > done
        # What went before does not count again: it needs a hundred more to be held anew.
        workspace.run("campaign", "resume", NAME)
        waiting.wait_for(lambda: held(workspace), what="the second time")
        later = workspace.campaign(NAME)
        assert later["accepted"] + later["refused"] >= done + 100
        workspace.run("campaign", "set", NAME, "--max-failed", 0)
        workspace.run("server", "set", "main", "--per-second", 0)
        workspace.run("campaign", "resume", NAME)
        sending.wait_finished(workspace, PEOPLE)
    row = workspace.campaign(NAME)
    assert (row["accepted"], row["refused"]) == (PEOPLE * 9 // 10, PEOPLE // 10)
    assert sorted(sink.taken()) == sorted(a for a in people if not a.split("@")[0].endswith("7"))


class _worker:
    """A worker for the length of a block."""

    def __init__(self, workspace):
        self.workspace = workspace

    def __enter__(self):
        self.process = self.workspace.popen("worker")

    def __exit__(self, *_):
        self.workspace.run("worker", "stop")
        self.process.wait(60)


def test_a_few_refusals_are_no_reason(workspace, start_sink):
    sink = start_sink(script="rcpt p00001@example.net refuse 550 5.1.1 Nobody here\n")
    sending.prepare(workspace, sink, 120)
    sending.start(workspace, 120)
    with _worker(workspace):
        sending.wait_finished(workspace, 120)
    assert workspace.campaign(NAME)["refused"] == 1


def test_ninety_nine_are_too_few_to_judge(workspace, start_sink):
    sink = start_sink(script="rcpt * refuse 550 5.1.1 Nobody here\n")
    sending.prepare(workspace, sink, 99)
    sending.start(workspace, 99)
    with _worker(workspace):
        sending.wait_finished(workspace, 99)
    assert workspace.campaign(NAME)["refused"] == 99
