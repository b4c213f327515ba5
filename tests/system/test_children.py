"""Verbs as children of another program: the lines of doc/PROGRESS on standard error."""
import sending

PROGRESS = {"CRIER_PROGRESS": "1"}
WORDS = {"doing", "progress", "line", "said", "error"}


def told(result):
    """[(word, text)] of standard error; nothing else may stand there."""
    lines = [line.partition(" ") for line in result.stderr.splitlines()]
    assert all(word in WORDS for word, _, _ in lines), result
    assert "\r" not in result.stderr and "\x1b" not in result.stderr
    return [(word, text) for word, _, text in lines]


def texts(result, word):
    return [text for kind, text in told(result) if kind == word]


def test_import_counts(workspace):
    table = workspace.home / "people.csv"
    table.write_text("email\n" + "".join(f"p{i}@example.org\n" for i in range(20000)) + "bad\n")
    workspace.run("list", "new", "all")
    result = workspace.run("people", "import", table, "--list", "all", "--json", env=PROGRESS)
    assert result.json()[0]["new"] == 20000
    assert texts(result, "doing") == [str(table)]
    counted = [tuple(map(int, text.split())) for text in texts(result, "progress")]
    assert counted[-1] == (table.stat().st_size, table.stat().st_size)
    assert counted == sorted(counted)
    assert any("line 20002" in text for text in texts(result, "error"))


def test_start_counts_people(workspace, sink):
    sending.prepare(workspace, sink, 30)
    result = workspace.run("campaign", "start", sending.CAMPAIGN, "--yes", 30, "--no-worker",
                           env=PROGRESS)
    assert texts(result, "doing") == ["preparing"]
    assert texts(result, "progress")[-1] == "30 30"
    assert any("30 people" in text for text in texts(result, "said"))


def test_errors_and_exit_codes(workspace):
    result = workspace.run("server", "show", "none", "--json", exit_code=None, env=PROGRESS)
    plain = workspace.run("server", "show", "none", "--json", exit_code=None)
    assert result.returncode == plain.returncode == 1
    assert texts(result, "error") == [plain.stderr.removeprefix("crier: ").rstrip("\n")]
    usage = workspace.run("server", "sow", exit_code=2, env=PROGRESS)
    assert len(texts(usage, "error")) == 1


def test_server_test_shows_the_conversation_as_it_comes(workspace, sink):
    workspace.run("server", "add", "main", "--host", f"{sink.host}:{sink.port}",
                  "--security", "none")
    result = workspace.run("server", "test", "main", "--from", "news@example.org", "--json",
                           env=PROGRESS)
    lines = texts(result, "line")
    assert any(line.startswith("> MAIL FROM:<news@example.org>") for line in lines)
    assert lines == result.json()["transcript"]


def test_campaign_test_shows_the_conversation(workspace, sink):
    sending.prepare(workspace, sink, 3)
    result = workspace.run("campaign", "test", sending.CAMPAIGN, "--to", "me@example.org",
                           env=PROGRESS)
    lines = texts(result, "line")
    assert any(line.startswith("> RCPT TO:<me@example.org>") for line in lines)
    assert any(line.startswith("< 250") for line in lines)
    assert len(texts(result, "said")) == 1


def test_export_and_erase(workspace):
    table = workspace.home / "people.csv"
    table.write_text("email\n" + "".join(f"p{i}@example.org\n" for i in range(3000)))
    workspace.run("list", "new", "all")
    workspace.run("people", "import", table, "--list", "all")
    result = workspace.run("people", "export", "--list", "all", "-o", workspace.home / "out.csv",
                           env=PROGRESS)
    assert texts(result, "progress")[-1] == "3000 3000"
    erased = workspace.run("people", "erase", "p1@example.org", "--yes", env=PROGRESS)
    assert texts(erased, "doing") and len(texts(erased, "said")) == 2


def test_taking_back_counts(workspace):
    """An import by both verbs."""
    table = workspace.home / "people.csv"
    workspace.run("list", "new", "all")
    for verb in ("undo",), ("people", "undo", "--last"):
        table.write_text("email\n" + "".join(f"p{i}@example.org\n" for i in range(3000)))
        workspace.run("people", "import", table, "--list", "all")
        result = workspace.run(*verb, env=PROGRESS)
        assert len(texts(result, "doing")) == 1, result
        counted = [tuple(map(int, text.split())) for text in texts(result, "progress")]
        assert counted == sorted(counted) and counted[-1] == (3000, 3000), result
        assert workspace.json("people", "list") == []
    # Who was known before counts, too.
    workspace.run("people", "import", table, "--list", "all")
    workspace.run("list", "new", "more")
    workspace.run("people", "import", table, "--list", "more")
    assert texts(workspace.run("undo", env=PROGRESS), "progress")[-1] == "3000 3000"


def test_taking_back_counts_what_was_done_together(workspace):
    for i in range(3):
        workspace.run("suppress", "add", f"p{i}@example.org", "--reason", "bounced")
    workspace.run("suppress", "undo", "--since", "1h")
    assert workspace.json("suppress", "list") == []
    result = workspace.run("undo", env=PROGRESS)
    assert texts(result, "progress")[-1] == "3 3"
    assert len(workspace.json("suppress", "list")) == 3


def test_backup_counts_pages(workspace):
    workspace.run("list", "new", "all")
    result = workspace.run("db", "backup", workspace.home / "copy.db", env=PROGRESS)
    done, total = map(int, texts(result, "progress")[-1].split())
    assert done == total > 0
    assert texts(result, "said")


def test_campaign_test_as_json(workspace, start_sink):
    sink = start_sink(script="rcpt b@example.org refuse 550 5.1.1 no such user\n")
    sending.prepare(workspace, sink, 3)
    result = workspace.run("campaign", "test", sending.CAMPAIGN, "--to", "a@example.org", "--to",
                           "b@example.org", "--json", exit_code=1, env=PROGRESS)
    told_json = result.json()
    assert [(c["to"], c["ok"]) for c in told_json["copies"]] == [("a@example.org", True),
                                                                 ("b@example.org", False)]
    assert "no such user" in told_json["copies"][1]["reply"]
    assert told_json["transcript"] == texts(result, "line")
    assert len(texts(result, "error")) == 1
