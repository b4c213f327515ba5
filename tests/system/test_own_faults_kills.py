"""Killed while a receiver refuses us and rests: nobody is lost, doubled or refused for it."""
import sending
import waiting

from test_own_faults_rest import Moody, is_gmail, mixed, problems, told

N = 40
KILLS = (3, 5, 6)  # after so many refusals


def test_killed_at_every_stage_of_a_rest(workspace, start_receiver):
    people, mood = mixed(N), Moody(is_gmail)
    server = start_receiver(replies={"dot": mood})
    workspace.run("settings", "set", "--hook-command", "true")
    sending.prepare(workspace, server, people, connections=3, retry_s=1)
    sending.start(workspace, len(people))
    for kill in KILLS:
        worker = sending.Worker(workspace)
        # Once it rests no further refusal comes: then what came before counts.
        waiting.wait_for(lambda: len(mood.refused) >= kill or problems(workspace),
                         what=lambda: f"{kill} refusals, had {len(mood.refused)}")
        worker.kill()
        sending.wait_lock_free(workspace)
        sending.look(workspace, len(people))
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: problems(workspace), what="the rest to be seen")
    # In flight when the fifth came: as many as there are connections, each time.
    assert len(mood.refused) <= 5 + 3 * (len(KILLS) + 1)
    mood.refuses = None
    workspace.run("provider", "wake", "gmail")
    sending.wait_finished(workspace, len(people))
    worker.terminate()
    assert len(told(workspace)) == 1
    account = sending.account(workspace, server.receiver.taken, people).check()
    assert account.states.get("refused", 0) == 0
    assert len(account.uncertain) <= 3 * len(KILLS), account
