"""How the leases are shared out: each server has room for its pace, as far as there is any."""
import sending
import waiting

PEOPLE = 9000
PACE = 400  # a second; each server holds leases for about one second of its pace
EQUAL_SHARE = 250  # of two servers


def _waiting_for(workspace, name):
    return next(row["live"]["waiting"] for row in workspace.json("status")["servers"]
                if row["name"] == name and "live" in row)


def test_a_slow_server_leaves_its_part_to_a_fast_one(workspace, start_sink):
    fast = start_sink(maildir=False)
    slow = start_sink(script="every 1 delay 60000\n", maildir=False)
    sending.prepare(workspace, fast, PEOPLE, connections=4, server=("--per-second", PACE))
    workspace.run("server", "add", "slow", "--host", f"{slow.host}:{slow.port}",
                  "--security", "none", "--connections", 4)
    sending.draft(workspace, "other")
    workspace.run("campaign", "set", "other", "--server", "slow")
    sending.start(workspace, PEOPLE, campaign="other")
    sending.start(workspace, PEOPLE)
    worker = sending.Worker(workspace)
    most = 0

    def is_more():
        nonlocal most
        most = max(most, _waiting_for(workspace, "main"))
        return most > EQUAL_SHARE

    waiting.wait_for(is_more, what=lambda: f"more than {EQUAL_SHARE} leases for main: {most}")
    assert _waiting_for(workspace, "slow") < EQUAL_SHARE
    worker.kill()
