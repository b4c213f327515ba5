"""What is said of receivers: who waits and why, what a check knows before, mistakes, verbs."""
import sending
import waiting
from receivers import NAME, people, provider, table, wait_row


def test_who_waits_is_said_everywhere(workspace, sink):
    table(workspace,
          "providers = (" + provider("rare", "rare.example", per_second="0.0001") + ");")
    sending.prepare(workspace, sink, people("rare.example", 1501) + people("quick.example", 2))
    sending.start(workspace, 1503)
    worker = sending.Worker(workspace)
    wait_row(workspace, "rare", "the others to wait", lambda r: r["waiting"] == 1500)
    said = "Rare Mail: 1,500 waiting: one in 10000 s"
    reasons = workspace.json("campaign", "explain", NAME)["reasons"]
    assert [r for r in reasons if r["text"] == said and r["kind"] == "goes"
            and r["verb"] == "provider show rare"]
    holds = workspace.status()["receivers"]
    assert [h["text"] for h in holds] == [said] and holds[0]["waiting"] == 1500
    late = people("rare.example", 1501)[-1]
    person = workspace.json("campaign", "explain", NAME, late)["reasons"]
    assert "waits for Rare Mail" in person[0]["text"] and "one in 10000 s" in person[0]["text"]
    assert workspace.campaign(NAME)["deferred"] == 1500
    # Nobody of them used an attempt, and cancelling takes all of them.
    assert sending.deliveries(workspace)[late]["attempts"] == 0
    workspace.run("campaign", "cancel", NAME)
    assert workspace.campaign(NAME)["cancelled"] == 1500
    assert workspace.status()["receivers"] == []
    worker.terminate()
    workspace.run("db", "check")


def test_a_mistake_in_the_shipped_table_is_told_with_its_place(workspace, tmp_path):
    shipped = tmp_path / "providers.cfg"
    shipped.write_text("format = 1;\nprovider = ();\n")
    said = workspace.run("provider", "list", env={"CRIER_DATADIR": str(tmp_path)},
                         exit_code=1).stderr
    assert said.startswith(f"crier: {shipped}:2: ")


def test_a_mistake_in_the_table_is_told_and_nothing_goes(workspace, sink):
    table(workspace, "providers = (\n" + provider("x", "x.example", per_second='"ten"') + ");")
    sending.prepare(workspace, sink, 3)
    sending.start(workspace, 3)
    said = workspace.run("provider", "list", exit_code=1).stderr
    path = workspace.workspace / "providers.cfg"
    assert f"crier: {path}:3: per_second: this is a text" in said
    # Nobody mends it while --once waits.
    assert "providers.cfg:3: per_second" in workspace.run("worker", "--once", exit_code=1).stderr
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: any("providers.cfg:3" in p["text"] and "Nothing new is sent" in p["text"]
                                 for p in workspace.status()["problems"]),
                     what="status to name the line")
    assert sink.taken() == []
    table(workspace, "")
    sending.wait_finished(workspace, 3)
    worker.terminate()
    assert worker.log().count("providers.cfg:3") == 1


def test_a_mistake_while_it_is_sent_is_told_once(workspace, sink):
    table(workspace, "")
    sending.prepare(workspace, sink, 3)
    worker = sending.Worker(workspace)
    sending.start(workspace, 3)
    sending.wait_finished(workspace, 3)

    def told():
        return [p for p in workspace.status()["problems"] if "providers.cfg:3" in p["text"]]

    table(workspace, "providers = (\n" + provider("x", "x.example", per_second='"ten"') + ");")
    assert len(told()) == 1 and "the limits of before hold" in told()[0]["text"]
    worker.terminate()
    worker = sending.Worker(workspace)
    waiting.wait_for(lambda: any("Nothing new is sent" in p["text"] for p in told()),
                     what="the new worker's own word about the line")
    assert len(told()) == 1
    worker.terminate()


def test_once_says_when_the_next_may_go(workspace, sink):
    table(workspace, "providers = (" + provider("rare", "rare.example", per_second="0.005") + ");")
    sending.prepare(workspace, sink, people("rare.example", 3))
    sending.start(workspace, 3)
    said = workspace.run("worker", "--once").stderr
    assert "nothing is due now; the next is due at" in said
    assert len(sink.taken()) == 1 and workspace.campaign(NAME)["state"] == "sending"


def test_the_check_says_how_long_a_receiver_takes(workspace, sink):
    table(workspace, "providers = (" + provider("slow", "slow.example", per_second="0.5") + ");")
    sending.prepare(workspace, sink, people("slow.example", 11) + people("quick.example", 3))

    def found():
        report = workspace.run("campaign", "check", NAME, "--json", exit_code=None).json()
        return [f for f in report["findings"] if f["key"] == "receivers"]
    said = found()
    assert [f["sentence"] for f in said] == [
        "Slow Mail: by its limit (one in 2 s) 11 messages take 20 s."] and said[0]["count"] == 11
    # Who is never mailed, or is left out, takes no time.
    workspace.run("suppress", "add", people("slow.example", 11)[0])
    workspace.run("list", "new", "staff")
    workspace.run("people", "set", people("slow.example", 11)[1], "--list", "staff")
    workspace.run("campaign", "set", NAME, "--exclude", "staff")
    assert [f["sentence"] for f in found()] == [
        "Slow Mail: by its limit (one in 2 s) 9 messages take 16 s."]
    table(workspace, "default = { per_second = -3; };")
    assert found()[0]["level"] == "fail" and "providers.cfg:2" in found()[0]["sentence"]


def test_the_check_counts_the_slowest_receiver(workspace, sink):
    """All of the campaign takes as long as it; a limit of messages at once is told, too."""
    workspace.env["TZ"] = sending.noon_zone()
    table(workspace, "providers = (" + provider("slow", "slow.example", per_second="0.01") +
          ', { name = "tight"; label = "Tight"; domains = [ "tight.example" ]; connections = 2; });')
    sending.prepare(workspace, sink, people("slow.example", 3) + people("tight.example", 3))

    def found(key):
        report = workspace.run("campaign", "check", NAME, "--json", exit_code=None).json()
        return [f["sentence"] for f in report["findings"] if f["key"] == key]
    assert found("receivers")[1] == (
        "Tight: by its limit at most 2 of 3 messages are under way at once.")
    assert found("limits")[0].startswith(
        "By the limits (Slow Mail: one in 100 s) 6 messages take 3 min, until ")
    # A server that takes longer is what counts, and both are within the campaign's hours.
    workspace.run("server", "set", "main", "--per-hour", 1)
    assert found("limits")[0].startswith("By the limits (1 an hour) 6 messages do not go out")
    workspace.run("server", "set", "main", "--per-hour", 0)
    workspace.run("campaign", "set", NAME, "--hours", "14:00-18:00")
    assert "14:03" in found("limits")[0] and "Slow Mail" in found("limits")[0]


def test_verbs(workspace):
    workspace.run("provider", "set", "gmail", "--per-second", "0.5", "--connections", 3)
    gmail = workspace.json("provider", "show", "gmail")
    assert (gmail["per_second"], gmail["connections"]) == (0.5, 3)
    assert "googlemail.com" in gmail["domains"] and "*.google.com" in gmail["mx"]
    workspace.run("provider", "set", "gmail", "--default")
    assert workspace.json("provider", "list") == []
    assert len(workspace.json("provider", "list", "--all")) > 30
    workspace.run("provider", "set", "Example.org", "--per-second", 2)
    assert workspace.json("provider", "show", "example.org")["domains"] == ["example.org"]
    for words, said in (
            (("set", "gmial", "--per-second", 1), "Did you mean 'gmail'?"),
            (("set", "gmail"), "nothing to set"),
            (("set", "gmail", "--per-second", "ten"), "is not a number of messages a second"),
            (("set", "gmail", "--connections", -1), "connections"),
            (("wake", "gmail"), "nobody waits for gmail"),
            (("show", "a..b"), "is not a domain")):
        result = workspace.run("provider", *words, exit_code=None)
        assert result.returncode != 0 and said in result.stderr, words
    workspace.run("provider", "set", "gmail", "--per-second", "ten", exit_code=2)
