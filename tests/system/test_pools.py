"""Pools: the choice between servers, failover, and what is said of it."""
import collections

import pytest

import crier
import sending
import waiting

NAME = sending.CAMPAIGN


@pytest.fixture(name="noon")
def _noon(workspace):
    """No hour or day ends while a test runs."""
    workspace.env["TZ"] = sending.noon_zone()
    return workspace


def add_server(workspace, name, peer, *options):
    workspace.run("server", "add", name, "--host", f"{peer.host}:{peer.port}", "--security",
                  "none", "--connections", 2, *options)


def prepare(workspace, peers, people, members, options=(), retry_s=1):
    """main and its stand-ins second, third: a server a peer; options: of each, in order."""
    options = [*options, *[()] * (len(peers) - len(options))]
    people = sending.prepare(workspace, peers[0], people, server=options[0], retry_s=retry_s)
    for name, peer, more in zip(("second", "third"), peers[1:], options[1:]):
        add_server(workspace, name, peer, *more)
    workspace.run("pool", "set", "both", *members)
    workspace.run("campaign", "set", NAME, "--server", "both")
    return people


def send(workspace, n):
    sending.start(workspace, n)
    worker = sending.Worker(workspace)
    sending.wait_finished(workspace, n)
    worker.terminate()


def taken(sinks):
    return [address for sink in sinks for address in sink.taken()]


def reasons(workspace):
    return workspace.json("campaign", "explain", NAME)["reasons"]


def wait_reason(workspace, *needles):
    def told():
        return next((r for r in reasons(workspace)
                     if all(needle in r["text"] for needle in needles)), None)
    return waiting.wait_for(told, what=lambda: f"explain to say {needles}: "
                                               f"{reasons(workspace)}")


def counts(workspace):
    """Who got how many, by the ledger."""
    return collections.Counter(row["server"] for row in sending.deliveries(workspace).values()
                               if row["state"] == "accepted")


# ---- records -----------------------------------------------------------------------------


def test_set_list_show_delete(workspace, sink):
    for name in ("main", "second"):
        add_server(workspace, name, sink)
    said = workspace.run("pool", "set", "both", "main:3", "second").stderr
    assert "Pool both is there: main:3, second:1" in said and "--server both" in said
    shown = workspace.json("pool", "show", "both")
    assert shown["servers"] == "main:3, second:1"
    assert [(m["server"], m["weight"], m["takes"]) for m in shown["members"]] == [
        ("main", 3, True), ("second", 1, True)]
    assert shown["members"][0]["text"] == "takes 3 of 4"
    workspace.run("pool", "set", "both", "--servers", "main second:0")
    assert [row["servers"] for row in workspace.json("pool", "list")] == ["main:1, second:0"]
    assert "in reserve" in workspace.run("pool", "show", "both").stdout
    workspace.run("undo")
    assert workspace.json("pool", "show", "both")["servers"] == "main:3, second:1"
    workspace.run("pool", "delete", "both")
    assert workspace.json("pool", "list") == []
    assert workspace.json("bin", "list")[0]["noun"] == "pool"
    workspace.run("undo")
    assert workspace.json("pool", "show", "both")["servers"] == "main:3, second:1"
    assert "v_pools" in workspace.run("sql").stdout
    rows = workspace.json("sql", "SELECT * FROM v_pools")
    assert "main:3, second:1" in str(rows)


@pytest.mark.parametrize("args, needles", (
    (("set", "both"), ("which servers", "main:3")),
    (("set", "both", "main", "--servers", "second"), ("which servers",)),
    (("set", "both", "main:x"), ("'main:x'", "0 to 1000")),
    (("set", "both", "main", "main:2"), ("'main:2'", "twice")),
    (("set", "both", "mian:2"), ("no server 'mian'", "main")),
    (("set", "Both", "main"), ("pool name 'Both'",)),
    (("set", "main", "second"), ("there is a server 'main' already", "Choose another name")),
    (("show", "bot"), ("no pool 'bot'", "crier pool set")),
    (("delete", "bot"), ("no pool 'bot'",))))
def test_mistakes(workspace, sink, args, needles):
    for name in ("main", "second"):
        add_server(workspace, name, sink)
    said = workspace.run("pool", *args, exit_code=None)
    assert said.returncode in (1, 2)
    for needle in needles:
        assert needle in said.stderr, said
    assert workspace.json("pool", "list") == []


def test_names_are_shared_and_what_is_used_stays(workspace, sink):
    prepare(workspace, [sink, sink], 1, ["main", "second"])
    said = workspace.run("server", "add", "both", "--host", "x.example.org", exit_code=1).stderr
    assert "there is a pool 'both' already" in said
    said = workspace.run("server", "delete", "second", exit_code=1).stderr
    assert "in pool 'both'" in said and "crier pool set both" in said
    said = workspace.run("pool", "delete", "both", exit_code=1).stderr
    assert "used by campaign 'spring'" in said
    workspace.run("campaign", "set", NAME, "--server", "main")
    workspace.run("pool", "delete", "both")
    # Its name is a server's meanwhile: it comes back under another.
    workspace.run("server", "add", "both", "--host", "x.example.org")
    entry = workspace.json("bin", "list")[0]["id"]
    workspace.run("bin", "restore", entry)
    assert [row["name"] for row in workspace.json("pool", "list")] == ["both-2"]


def test_check_names_the_members(workspace, start_sink):
    sinks = [start_sink(), start_sink()]
    prepare(workspace, sinks, 4, ["main:3", "second"])
    first = workspace.json("campaign", "check", NAME, exit_code=None)
    text = " ".join(f["sentence"] for f in first["findings"] if f["key"] == "server")
    assert "goes by main (3 of 4) and second (1 of 4)" in text, text
    workspace.run("server", "set", "second", "--enabled", "no")
    report = workspace.json("campaign", "check", NAME, exit_code=None)
    text = " ".join(f["sentence"] for f in report["findings"] if f["key"] == "server")
    assert "'second' of the pool is switched off" in text and "goes by main." in text, text
    assert report["revision"] and report["revision"] != first["revision"]
    workspace.run("server", "set", "main", "--enabled", "no")
    said = workspace.run("campaign", "start", NAME, "--yes", 4, exit_code=1).stderr
    assert "pool 'both': none of its servers is switched on" in said


def test_site_files_carry_pools(workspace, sink, tmp_path):
    for name in ("main", "second"):
        add_server(workspace, name, sink)
    without = workspace.run("export", "--site").stdout
    assert "pools" not in without
    workspace.run("pool", "set", "both", "main:3", "second:1")
    text = workspace.run("export", "--site").stdout
    assert 'servers = "main:3, second:1";' in text
    path = workspace.home / "site.cfg"
    path.write_text(text)
    assert "unchanged" in workspace.run("apply", path).stdout
    path.write_text(text.replace("main:3, second:1", "second, main:0"))
    assert "main:3, second:1" in workspace.run("diff", path).stdout
    said = workspace.run("apply", path)
    assert "pool both: updated" in said.stdout and "pool both" not in said.stderr
    assert workspace.json("pool", "show", "both")["servers"] == "second:1, main:0"
    # Into a workspace that has none of them.
    other = crier.Crier(tmp_path / "other", workspace.home)
    other.workspace.mkdir(mode=0o700)
    other.run("apply", path)
    assert other.json("pool", "show", "both")["servers"] == "second:1, main:0"
    assert other.run("export", "--site").stdout == path.read_text().replace(
        "second, main:0", "second:1, main:0")
    for wrong, needle in (("main:x", "0 to 1000"), ("", "at least one")):
        path.write_text(f'format = 1;\npools = ( {{ name = "x"; servers = "{wrong}"; }} );\n')
        said = workspace.run("apply", path, exit_code=1).stderr
        assert needle in said and "site.cfg:2" in said, said
    path.write_text('format = 1;\npools = ( { name = "x"; servers = "nobody"; } );\n')
    assert "no server 'nobody'" in workspace.run("apply", path, exit_code=1).stderr


# ---- sending -----------------------------------------------------------------------------


def test_weights(workspace, start_sink):
    sinks = [start_sink(), start_sink()]
    people = prepare(workspace, sinks, 200, ["main:3", "second:1"])
    send(workspace, 200)
    sending.account(workspace, taken(sinks), people).check()
    got = [len(sink.taken()) for sink in sinks]
    assert abs(got[0] - 150) <= 2 and sum(got) == 200, got
    assert counts(workspace) == {"main": got[0], "second": got[1]}


@pytest.mark.parametrize("kills_worker", (False, True))
def test_one_is_killed_in_the_middle(workspace, start_sink, kills_worker):
    sinks = [start_sink(), start_sink()]
    people = prepare(workspace, sinks, 400, ["main:3", "second:1"],
                     [("--per-second", 200)])
    sending.start(workspace, 400)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: len(sinks[0].taken()) >= 40, what="the first to have some")
    sinks[0].process.kill()
    if kills_worker:
        worker.kill()
        sending.wait_lock_free(workspace)
        worker = sending.Worker(workspace)
    sending.wait_finished(workspace, 400)
    worker.terminate()
    result = sending.account(workspace, taken(sinks), people).check()
    # Those in its hands, and with the worker killed, too, those in the other's.
    assert len(result.uncertain) <= (8 if kills_worker else 4), result
    assert len(sinks[1].taken()) > 200


def test_a_reserve_is_used_only_while_no_other_may_send(workspace, start_sink):
    sinks = [start_sink(), start_sink(), start_sink()]
    people = prepare(workspace, sinks, 60, ["third:0", "main:1", "second:0"])
    workspace.run("server", "set", "main", "--connections", 1)
    send(workspace, 60)
    assert [len(sink.taken()) for sink in sinks] == [60, 0, 0]
    sending.draft(workspace, "summer")
    workspace.run("campaign", "set", "summer", "--server", "both")
    workspace.run("server", "set", "main", "--enabled", "no")
    sending.start(workspace, 60, "summer")
    workspace.run("worker", "--once")
    assert [len(sink.taken()) for sink in sinks] == [60, 0, 60]
    assert sorted(sinks[2].taken()) == sorted(people)


def test_a_daily_quota_moves_on_to_the_next(noon, start_sink):
    sinks = [start_sink(), start_sink()]
    people = prepare(noon, sinks, 60, ["main:3", "second:1"], [("--per-day", 10)])
    sending.start(noon, 60)
    worker = sending.Worker(noon)
    sending.wait_finished(noon, 60)
    assert [len(sink.taken()) for sink in sinks] == [10, 50]
    worker.terminate()
    sending.account(noon, taken(sinks), people).check()


def test_hourly_quotas_of_all(noon, start_sink):
    sinks = [start_sink(), start_sink()]
    prepare(noon, sinks, 9, ["main", "second"], [("--per-hour", 3), ("--per-hour", 2)])
    sending.start(noon, 9)
    assert "13:00" in noon.run("worker", "--once").stderr
    assert [len(sink.taken()) for sink in sinks] == [3, 2]
    worker = sending.Worker(noon)
    wait_reason(noon, "server main: hourly limit of 3 reached, again at 13:00")
    wait_reason(noon, "server second: hourly limit of 2 reached, again at 13:00")
    assert wait_reason(noon, "pool both: none of its servers may send now")["kind"] == "goes"
    noon.run("server", "set", "second", "--per-hour", 0)
    sending.wait_finished(noon, 9)
    worker.terminate()
    assert [len(sink.taken()) for sink in sinks] == [3, 6]


def test_explain_says_who_rests_and_who_goes_on(workspace, start_receiver, start_sink):
    busy = start_receiver(replies={"mail": lambda *_: b"421 4.3.2 Too busy\r\n"})
    slow = start_receiver(hold="dot")
    people = prepare(workspace, [busy, slow], 20, ["main:3", "second:1"])
    sending.start(workspace, 20)
    worker = sending.Worker(workspace)
    told = wait_reason(workspace, "server main: rests since", "421 Too busy")
    assert told["kind"] == "goes" and "until" in told["text"]
    wait_reason(workspace, "pool both: it goes by second")
    shown = workspace.json("pool", "show", "both")
    assert [m["takes"] for m in shown["members"]] == [False, True]
    slow.receiver.release()
    sending.wait_finished(workspace, 20)
    worker.terminate()
    assert sorted(slow.receiver.taken) == sorted(people)
    # What the other server's state was used up nobody's tries.
    assert {row["attempts"] for row in sending.deliveries(workspace).values()} == {1}


def test_all_rest(workspace, start_receiver):
    busy = [start_receiver(replies={"mail": lambda *_: b"421 4.3.2 Too busy\r\n"})
            for _ in range(2)]
    prepare(workspace, busy, 5, ["main:3", "second:1"])
    sending.start(workspace, 5)
    worker = sending.Worker(workspace)
    wait_reason(workspace, "server main: rests since", "421 Too busy")
    wait_reason(workspace, "server second: rests since", "421 Too busy")
    wait_reason(workspace, "pool both: none of its servers may send now")
    assert sending.look(workspace, 5)["accepted"] == 0
    worker.terminate()


def test_a_wrong_password_at_one(workspace, start_aiosmtpd, start_sink):
    locked, sink = start_aiosmtpd(users={"news": "right"}), start_sink()
    people = prepare(workspace, [locked, sink], 30, ["main:3", "second:1"],
                     [("--user", "news", "--password-command", "echo wrong")])
    sending.start(workspace, 30)
    worker = sending.Worker(workspace)
    sending.wait_finished(workspace, 30)
    assert sorted(sink.taken()) == sorted(people)
    assert [good for _, _, good in locked.logins] == [False]
    member = workspace.json("pool", "show", "both")["members"][0]
    assert member["needs_person"] and "login is refused" in member["why_not"], member
    assert any(p["verb"] == "server test main" for p in workspace.status()["problems"])
    worker.terminate()


def test_what_one_puts_off_may_go_by_another(workspace, start_sink):
    greylists = start_sink(script="rcpt * defer 451 4.7.1 come again\n")
    sink = start_sink()
    prepare(workspace, [greylists, sink], 12, ["main", "second"])
    sending.start(workspace, 12)
    worker = sending.Worker(workspace)

    def second_time():
        return [row for row in sending.deliveries(workspace).values()
                if row["state"] == "accepted" and row["attempts"] > 1]
    rows = waiting.wait_for(second_time, what="somebody's second try to be taken")
    assert {row["server"] for row in rows} == {"second"} and not greylists.taken()
    worker.terminate()


def test_each_has_its_own_envelope(workspace, start_sink):
    sinks = [start_sink(), start_sink()]
    workspace.run("mailbox", "add", "bounces", "--address", "bounce@bounce.example.org",
                  "--host", "imap.example.org", "--user", "bounce", "--password-command",
                  "echo p4ss")
    prepare(workspace, sinks, 20, ["main", "second"], [(), ("--envelope", "plain")])
    workspace.run("campaign", "set", NAME, "--mailbox", "bounces")
    send(workspace, 20)
    senders = [{row["from"] for row in sink.log()} for sink in sinks]
    assert len(senders[0]) == 10 and all(s.startswith("bounce+") for s in senders[0])
    assert senders[1] == {"news@example.org"}


def test_a_slow_one_does_not_hold_up_the_other(workspace, start_receiver, start_sink):
    stuck, sink = start_receiver(hold="dot"), start_sink()
    prepare(workspace, [stuck, sink], 200, ["main", "second"])
    sending.start(workspace, 200)
    worker = sending.Worker(workspace)
    # All but what it holds: 2 connections and what is leased for them.
    waiting.wait_for(lambda: len(sink.taken()) >= 190, what="the other one to go on")
    assert "does not take" in worker.log() or "too slowly" in worker.log()
    stuck.receiver.release()
    sending.wait_finished(workspace, 200)
    worker.terminate()


# ---- changes while it goes out -------------------------------------------------------------


def test_a_pool_is_changed_while_it_is_used(workspace, start_receiver, start_sink):
    stuck, sink = start_receiver(hold="rcpt"), start_sink()
    people = prepare(workspace, [stuck, sink], 30, ["main:1", "second:0"])
    sending.start(workspace, 30)
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: stuck.receiver.held > 0, what="the first to have begun")
    workspace.run("pool", "set", "both", "second:1")
    waiting.wait_for(lambda: len(sink.taken()) >= 28, what="the other to get the rest")
    stuck.receiver.release()
    sending.wait_finished(workspace, 30)
    worker.terminate()
    sending.account(workspace, stuck.receiver.taken + sink.taken(), people).check()
