"""Pools as records: made, changed, put away, in files, and looked at before a start."""
import pytest

import crier
from pooling import NAME, add_server, check, prepare, send


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
    assert workspace.status()["pools"] == [shown]
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


@pytest.mark.parametrize("args, code, needles", (
    (("set", "both"), 2, ("which servers", "main:3")),
    (("set", "both", "main", "--servers", "second"), 2, ("which servers",)),
    (("set", "both", "main:x"), 2, ("'main:x'", "0 to 1000")),
    (("set", "both", "main", "main:2"), 2, ("'main:2'", "twice")),
    (("set", "both", "mian:2"), 1, ("no server 'mian'", "main")),
    (("set", "Both", "main"), 2, ("'Both' cannot be a name",)),
    (("set", "main", "second"), 1, ("there is a server 'main' already", "Choose another name")),
    (("show", "bot"), 1, ("no pool 'bot'", "crier pool set")),
    (("delete", "bot"), 1, ("no pool 'bot'",))))
def test_mistakes(workspace, sink, args, code, needles):
    for name in ("main", "second"):
        add_server(workspace, name, sink)
    said = workspace.run("pool", *args, exit_code=code)
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


def test_one_that_lost_a_server_in_the_bin(workspace, start_sink):
    sinks = [start_sink(), start_sink()]
    people = prepare(workspace, sinks, 5, ["main", "second"])
    workspace.run("campaign", "set", NAME, "--server", "main")
    workspace.run("pool", "delete", "both")
    workspace.run("server", "delete", "main", exit_code=1)
    workspace.run("campaign", "set", NAME, "--server", "second")
    workspace.run("server", "delete", "main")
    entry = next(e["id"] for e in workspace.json("bin", "list") if e["noun"] == "pool")
    workspace.run("bin", "restore", entry)
    workspace.run("campaign", "set", NAME, "--server", "both")
    member = next(m for m in workspace.json("pool", "show", "both")["members"]
                  if m["server"] == "main")
    assert member["why_not"] == "is not there any more" and member["needs_person"]
    assert "crier pool set both" in str(check(workspace))
    send(workspace, 5)
    assert sorted(sinks[1].taken()) == sorted(people)


def test_check_names_the_members(workspace, start_sink):
    sinks = [start_sink(), start_sink()]
    prepare(workspace, sinks, 4, ["main:3", "second"])
    first = check(workspace)
    text = " ".join(f["sentence"] for f in first["findings"] if f["key"] == "server")
    assert "goes by main (3 of 4) and second (1 of 4)" in text, text
    workspace.run("server", "set", "second", "--enabled", "no")
    report = check(workspace)
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
