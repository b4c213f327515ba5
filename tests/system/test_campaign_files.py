"""Campaign folders: `crier apply`, what it refuses, and that nothing is half done."""
import os
import pathlib
import subprocess

import pytest

import crier

GOOD = """format = 1;
campaign = {
  title = "Spring newsletter";
  from = "Example Association <news@example.org>";
  subject = "{{first_name|Friend}}, spring is here";
  lists = ( "news" );
  server = "main";
  html_file = "body.html";
  text_file = "body.txt";
};
"""


@pytest.fixture
def folder(workspace):
    """A good campaign folder spring/ in the home folder."""
    path = workspace.home / "spring"
    path.mkdir()
    (path / "campaign.cfg").write_text(GOOD)
    (path / "body.html").write_text("<p>Hello {{first_name}}</p>\n")
    (path / "body.txt").write_text("Hello {{first_name}}\n")
    return path


def names(workspace):
    return [campaign["name"] for campaign in workspace.json("campaign", "list")]


def change(folder, old, new):
    text = (folder / "campaign.cfg").read_text()
    assert old in text
    (folder / "campaign.cfg").write_text(text.replace(old, new))


def refused(workspace, *args, exit_code=1):
    """One sentence on standard error; returns it."""
    result = workspace.run("apply", *args, exit_code=exit_code)
    assert result.stdout == ""
    assert result.stderr.startswith("crier: ") and result.stderr.count("\n") == 1, result
    return result.stderr


def test_created_unchanged_updated(workspace, folder):
    first = workspace.run("apply", folder)
    assert first.stdout == "spring: created\n"
    assert "list news is not there yet" in first.stderr and "server main" in first.stderr
    shown = workspace.json("campaign", "show", "spring")
    assert shown["title"] == "Spring newsletter" and shown["lists"] == ["news"]
    assert shown["html_bytes"] == 28 and shown["state"] == "draft"
    assert workspace.run("apply", folder).stdout == "spring: unchanged\n"
    (folder / "body.txt").write_text("Good morning\n")
    assert workspace.run("apply", folder / "campaign.cfg").stdout == "spring: updated\n"
    assert workspace.json("campaign", "show", "spring")["text_bytes"] == 13


def test_import_is_the_same_verb(workspace, folder):
    assert workspace.run("import", folder).stdout == "spring: created\n"


def test_dry_run_changes_nothing(workspace, folder):
    assert workspace.run("apply", folder, "--dry-run").stdout == "spring: would be created\n"
    assert names(workspace) == []


def test_changes_made_here_are_not_overwritten(workspace, folder):
    workspace.run("apply", folder)
    workspace.run("campaign", "set", "spring", "--subject", "Mine")
    change(folder, "spring is here", "spring came")
    assert "--force" in refused(workspace, folder, exit_code=5)
    assert workspace.json("campaign", "show", "spring")["subject"] == "Mine"
    workspace.run("apply", folder, "--force")
    assert workspace.json("campaign", "show", "spring")["subject"].endswith("spring came")


def test_a_campaign_made_here_is_not_overwritten(workspace, folder):
    workspace.run("campaign", "new", "spring", "--subject", "Mine")
    refused(workspace, folder, exit_code=5)
    assert workspace.json("campaign", "show", "spring")["subject"] == "Mine"


def test_several_folders_are_all_or_none(workspace, folder):
    bad = workspace.home / "summer"
    bad.mkdir()
    (bad / "campaign.cfg").write_text(GOOD)
    refused(workspace, folder, bad)
    assert names(workspace) == []


@pytest.mark.parametrize("old, new, line, message", [
    ("title =", "titel =", 3, '"title"'),
    ("subject =", "subjekt =", 5, '"subject"'),
    ('"body.html"', '"missing.html"', 8, "missing.html"),
    ('"body.html"', '"../body.html"', 8, "../body.html"),
    ('"body.html"', '"/etc/passwd"', 8, "/etc/passwd"),
    ('( "news" )', '"news', 0, ""),
    ('( "news" )', '( "No News" )', 6, "No News"),
    ("format = 1;", "format = 99999999999999999999999;", 1, ""),
    ("format = 1;", "format = 2;", 1, "format"),
    ("format = 1;", "", 0, "format"),
    ('server = "main"', "server = 7", 7, "server"),
    ('server = "main"', 'server = "main"; give_up = 9999999999999L', 7, "give_up"),
    ("<news@example.org>", "<news@exa mple.org>", 4, "from"),
    ("};", "}; @include \"/etc/hostname\"", 10, "include"),
])
def test_a_bad_file_names_line_and_reason(workspace, folder, old, new, line, message):
    change(folder, old, new)
    told = refused(workspace, folder)
    assert "campaign.cfg" in told and message in told
    if line:
        assert f"campaign.cfg:{line}:" in told
    assert names(workspace) == []


def test_a_string_of_ten_mebibytes_is_refused(workspace, folder):
    change(folder, "Spring newsletter", "x" * (10 * 1024 * 1024))
    refused(workspace, folder)
    assert names(workspace) == []


@pytest.mark.parametrize("name", ["campaign.cfg", "body.txt"])
def test_a_fifo_does_not_hang(workspace, folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    refused(workspace, folder)
    assert names(workspace) == []


@pytest.mark.parametrize("name", ["campaign.cfg", "body.txt"])
def test_broken_utf8_and_nul_are_refused(workspace, folder, name):
    for octets in (b"\xff", b"\0"):
        before = (folder / name).read_bytes()
        (folder / name).write_bytes(before.replace(b"e", octets, 1))
        refused(workspace, folder)
        (folder / name).write_bytes(before)
    assert names(workspace) == []


def test_a_symbolic_link_out_of_the_folder_is_refused(workspace, folder):
    outside = workspace.home / "outside.txt"
    outside.write_text("secret\n")
    (folder / "body.txt").unlink()
    (folder / "body.txt").symlink_to(outside)
    refused(workspace, folder)


def test_no_folder_and_no_words(workspace):
    assert "nowhere" in refused(workspace, "nowhere")
    refused(workspace, exit_code=2)


def test_drafts_are_made_changed_and_deleted(workspace):
    workspace.run("campaign", "new", "spring", "--subject", "Hi", "--give-up", "1d")
    workspace.run("campaign", "new", "spring", exit_code=1)
    workspace.run("campaign", "new", "Not A Slug", exit_code=2)
    workspace.run("campaign", "set", "spring", exit_code=2)
    workspace.run("campaign", "set", "spring", "--from", "two@@example.org", exit_code=2)
    workspace.run("campaign", "set", "spring", "--subject", "a\r\nBcc: x@example.org", exit_code=2)
    shown = workspace.json("campaign", "show", "spring")
    assert (shown["subject"], shown["from"], shown["give_up"]) == ("Hi", None, 86400)
    assert "'spring'" in workspace.run("campaign", "show", "sprng", exit_code=1).stderr
    workspace.run("campaign", "delete", "spring")
    assert names(workspace) == []


def test_status_and_report_of_a_draft(workspace):
    workspace.run("campaign", "new", "spring")
    status = workspace.status()
    assert status["format"] == 1 and status["worker"]["running"] is False
    row = status["campaigns"][0]
    states = ("queued", "leased", "accepted", "refused", "deferred", "uncertain", "suppressed",
              "cancelled")
    assert sum(row[state] for state in states) == row["total"] == 0
    for key in ("in_flight", "bounced_hard", "bounced_soft", "complained", "unsubscribed", "opened",
                "clicked", "rate_per_s", "eta_s"):
        assert key in row
    for key in ("servers", "mailboxes", "ports", "problems"):
        assert key in status
    report = workspace.json("campaign", "report", "spring")
    assert report["domains"] == [] and report["replies"] == []
    assert workspace.json("campaign", "deliveries", "spring") == []
    workspace.run("campaign", "deliveries", "spring", "--state", "sent", exit_code=2)


def test_template_render(workspace):
    home = workspace.home
    (home / "data.json").write_text('{"name": "<Ann>", "town": {"name": "Bern"}}')
    (home / "letter.mustache").write_text("{{name}} {{{name}}} {{>place}}{{nobody|Friend}}\n")
    (home / "partials").mkdir()
    (home / "partials" / "place.mustache").write_text("in {{town.name}} ")
    args = ("template", "render", "--data", "data.json", "letter.mustache", "--partials", "partials")
    assert workspace.run(*args).stdout == "&lt;Ann&gt; <Ann> in Bern Friend\n"
    (home / "letter.mustache").write_text("a\n{{#open}}\n")
    assert "letter.mustache" in workspace.run(*args, exit_code=1).stderr
    (home / "data.json").write_text("{")
    assert "data.json" in workspace.run(*args, exit_code=1).stderr


def test_backup_check_and_restore(workspace):
    workspace.run("campaign", "new", "spring")
    backup = workspace.home / "monday.db"
    workspace.run("db", "backup", backup)
    workspace.run("db", "backup", backup, exit_code=1)
    workspace.run("campaign", "delete", "spring")
    workspace.run("db", "restore", backup)
    assert names(workspace) == ["spring"]
    assert workspace.run("db", "check").stdout.count("BAD") == 0
    assert list(workspace.workspace.glob("crier.db.before-restore-*"))
    workspace.run("db", "restore", workspace.home / "home-alone.db", exit_code=1)
    (workspace.home / "junk.db").write_bytes(b"no database" * 1000)
    workspace.run("db", "restore", workspace.home / "junk.db", exit_code=1)
    assert names(workspace) == ["spring"]


def test_help_on_every_level(workspace):
    top = workspace.run("--help").stdout
    nouns = [line.split()[0] for line in top.split("\n\n")[1].splitlines()[1:]
             if line.startswith("  ") and not line.startswith("   ")]
    assert {"people", "campaign", "server", "status"} <= set(nouns)
    for noun in nouns:
        assert "Usage:" in workspace.run(noun, "--help").stdout
    shown = workspace.run("people", "import", "--help").stdout
    assert "--rejects FILE" in shown and "Example:" in shown
    assert not list(pathlib.Path(workspace.workspace).iterdir())


def test_a_full_standard_output_is_an_error(workspace):
    workspace.run("init")
    with open("/dev/full", "w") as full:
        done = subprocess.run([*workspace.argv("settings", "list")], env=crier.clean_environment(
            workspace.home), stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 75 and done.stderr.startswith(b"crier: ")


def test_the_log_is_filtered(workspace):
    workspace.run("init")
    (workspace.workspace / "crier.log").write_text(
        "2027-03-01T08:00:00Z info worker[1] one\n2027-03-01T09:00:00Z error send[2] two \x1b[31m\n"
        "2027-03-01T10:00:00Z notice worker[1] three: campaign spring: sending\n")
    def last_words(*args):
        return [line.split("] ")[1].split()[0]
                for line in workspace.run("log", *args).stdout.splitlines()]
    assert last_words() == ["one", "two", "three:"]
    assert last_words("-n", "1") == ["three:"]
    assert last_words("--level", "notice") == ["two", "three:"]
    assert last_words("--campaign", "spring") == ["three:"]
    assert last_words("--campaign", "spr") == []
    assert last_words("--since", "2027-03-01T09:00:00Z") == ["two", "three:"]
    assert "\x1b" not in workspace.run("log").stdout
    workspace.run("log", "--level", "loud", exit_code=2)
    workspace.run("log", "--since", "yesterday", exit_code=2)


def test_the_log_is_followed(workspace):
    workspace.run("init")
    path = workspace.workspace / "crier.log"
    path.write_text("2027-03-01T08:00:00Z info worker[1] one\n")
    follower = workspace.popen("log", "-f")
    assert b"one" in follower.stdout.readline()
    with open(path, "a") as log:
        log.write("2027-03-01T08:00:01Z info worker[1] two\n")
    assert b"two" in follower.stdout.readline()
    path.rename(path.with_suffix(".log.1"))
    path.write_text("2027-03-01T08:00:02Z info worker[1] three\n")
    assert b"three" in follower.stdout.readline()
