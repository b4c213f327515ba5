"""Ports as records: defaults, what is refused and what is said, files, undo, the bin, status."""
import crier


def test_a_port_has_its_defaults_by_its_role(workspace):
    told = workspace.run("port", "add", "clicks")
    assert "Port clicks is there" in told.stderr and "*:81" in told.stderr
    assert "no public URL" in told.stderr
    workspace.run("port", "add", "desk", "--role", "admin")
    rows = workspace.json("port", "list")
    assert [(r["name"], r["role"], r["listen"], r["enabled"]) for r in rows] == [
        ("clicks", "tracking", "*:81", True), ("desk", "admin", "127.0.0.1:82", True)]
    assert workspace.json("port", "show", "desk")["try"] is None
    told = workspace.run("port", "set", "clicks", "--listen", " * : 8081 ", "--public-url",
                         "http://News.example.org:81/")
    assert told.stderr == ""
    shown = workspace.json("port", "show", "clicks")
    assert shown["listen"] == "*:8081" and shown["try"] == "http://news.example.org:81"
    assert shown["warnings"] == [] and shown["problem"] is None


def test_what_cannot_work_is_refused_with_its_reason(workspace):
    workspace.run("port", "add", "clicks", "--listen", "*:8081")
    for args, needle in (
            (("add", "clicks"), "port set clicks changes it"),
            (("add", "x", "--listen", "*:8081"), "port 'clicks' listens on *:8081 already"),
            (("add", "x", "--role", "admin", "--listen", "127.0.0.1:8081"), "'clicks'"),
            (("add", "x", "--listen", "localhost:81"), "Write the address itself"),
            (("add", "x", "--listen", "*:70000"), "above 65535"),
            (("add", "x", "--role", "web"), "role"),
            (("set", "clicks", "--public-url", "news.example.org"), "no web address"),
            (("set", "clicks"), "nothing to set"),
            (("set", "click", "--enabled", "no"), "clicks")):
        told = workspace.run("port", *args, exit_code=None)
        assert told.returncode != 0 and needle in told.stderr, (args, told.stderr)
    assert len(workspace.json("port", "list")) == 1


def test_what_is_unwise_is_said(workspace):
    for name, args, needle in (
            ("a", ("--listen", "127.0.0.1:8081"), "only this machine reaches"),
            ("b", ("--listen", "*:6000", "--public-url", "http://news.example.org:6000"),
             "browsers refuse links to port 6000"),
            ("c", ("--role", "admin", "--listen", "*:8082"), "come by SSH"),
            ("d", ("--listen", "*:8181", "--public-url", "http://192.168.1.5:8181"),
             "no way to 192.168.1.5")):
        assert needle in workspace.run("port", "add", name, *args).stderr
        assert needle in " ".join(workspace.json("port", "show", name)["warnings"])


def test_deleting_and_changing_can_be_taken_back(workspace):
    workspace.run("port", "add", "clicks", "--listen", "*:8081")
    workspace.run("port", "set", "clicks", "--listen", "*:8181")
    workspace.run("undo")
    assert workspace.json("port", "show", "clicks")["listen"] == "*:8081"
    workspace.run("port", "delete", "clicks")
    assert workspace.json("port", "list") == []
    workspace.run("port", "add", "other", "--listen", "127.0.0.1:8081")
    told = workspace.run("undo", exit_code=1).stderr
    assert "port 'other' listens on 127.0.0.1:8081 already" in told
    workspace.run("port", "set", "other", "--enabled", "no")
    entry = workspace.json("bin", "list")[0]
    assert (entry["noun"], entry["name"]) == ("port", "clicks")
    workspace.run("bin", "restore", entry["id"])
    assert workspace.json("port", "show", "clicks")["listen"] == "*:8081"
    log = workspace.run("sql", "SELECT action, name FROM v_audit WHERE noun = 'port'").stdout
    for action in ("new", "change", "delete", "restore"):
        assert action in log


def test_status_and_backup_hold_the_ports(workspace, tmp_path):
    workspace.run("port", "add", "clicks", "--listen", "*:8081")
    assert workspace.json("status")["ports"] == [
        {"name": "clicks", "role": "tracking", "listen": "*:8081", "public_url": None,
         "enabled": True, "problem": None}]
    assert workspace.json("sql", "SELECT name, role, listen FROM v_ports") == [
        {"name": "clicks", "role": "tracking", "listen": "*:8081"}]
    workspace.run("db", "backup", tmp_path / "kept.db")
    workspace.run("port", "delete", "clicks")
    workspace.run("db", "restore", tmp_path / "kept.db")
    assert workspace.json("port", "list")[0]["listen"] == "*:8081"


def test_site_files_carry_ports_byte_for_byte(workspace, tmp_path):
    assert "ports" not in workspace.run("export", "--site").stdout
    workspace.run("port", "add", "clicks", "--listen", "[::]:8081", "--public-url",
                  "https://news.example.org/c")
    workspace.run("port", "add", "desk", "--role", "admin")
    text = workspace.run("export", "--site").stdout
    assert "enabled" not in text
    path = workspace.home / "site.cfg"
    path.write_text(text)
    assert workspace.run("apply", path).stdout.count("unchanged") == 2
    other = crier.Crier(tmp_path / "other", workspace.home)
    other.workspace.mkdir(mode=0o700)
    told = other.run("apply", path)
    assert told.stdout == "port clicks: created\nport desk: created\n"
    assert told.stderr.count("port set") == 2 and "password" not in told.stderr
    assert [p["enabled"] for p in other.json("port", "list")] == [False, False]
    assert other.run("export", "--site").stdout == text
    # Whoever changes where it listens, or where readers are led, does not open it by a file.
    path.write_text(text.replace("news.example.org/c", "news.example.net/c"))
    assert "+ public_url: https://news.example.net/c" in workspace.run("diff", path).stdout
    assert "port clicks: it comes from a file" in workspace.run("apply", path).stderr
    shown = workspace.json("port", "show", "clicks")
    assert shown["public_url"] == "https://news.example.net/c" and not shown["enabled"]
    # Without its listen address it has that of its role.
    path.write_text('format = 1;\nports = ( { name = "x"; role = "tracking"; } );\n')
    other.run("apply", path)
    assert other.json("port", "show", "x")["listen"] == "*:81"
    for wrong, needle in (('listen = "*:0"', "port 0"), ('public_url = "x"', "no web address"),
                          ('listen = "localhost:1"', "address itself"),
                          ("enabled = true", "enabled")):
        path.write_text(f'format = 1;\nports = ( {{ name = "y"; {wrong}; }} );\n')
        said = workspace.run("apply", path, exit_code=1).stderr
        assert needle in said and "site.cfg:2" in said, said


def test_mailboxes_hear_of_a_port_that_speaks_otherwise(workspace):
    add = ("mailbox", "add", "b", "--address", "bounce@example.org", "--user", "b",
           "--password-file", "/nowhere/secret", "--host")
    assert "port 143 speaks plain first" in workspace.run(*add, "imap.example.org:143").stderr
    told = workspace.run("mailbox", "set", "b", "--host", "imap.example.org: 993")
    assert "speaks" not in told.stderr
