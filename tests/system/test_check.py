"""crier campaign check: each finding provoked once, exit codes, the shape of --json, and the
revision that start takes."""
import json
import os
import re
import sqlite3
import subprocess

import pytest

import crier
import sending
import waiting

SUBJECT = "{{first_name|Friend}}, spring is here"
WAY_OUT = '<p><a href="{{unsubscribe_url}}">Leave the list</a></p>'
HTML = ('<html><body><h1>Dear {{first_name|friend}}</h1><p>Read <a href="https://www.spring.eu/">'
        'our news</a>.</p><p>Example Association, 1 Long Street, Bern</p>' + WAY_OUT +
        '</body></html>')
TEXT = ("Dear {{first_name|friend}},\n\nread our news: https://www.spring.eu/\n\nExample Association\n"
        "1 Long Street, Bern\n\nLeave the list: {{unsubscribe_url}}\n")
PEOPLE = {"ann@example.net": {"first_name": "Ann"}, "bob@example.net": {}}
FINE = {"from": "News <news@spring.eu>", "subject": SUBJECT, "lists": "members", "server": "main",
        "mailbox": "bounces", "postal_address": "Example Association, 1 Long Street, Bern"}


def write(workspace, html=HTML, text=TEXT, **fields):
    """The draft anew, without fault but for what the arguments say."""
    path = workspace.home / "spring"
    path.mkdir(exist_ok=True)
    lines = []
    for name, body in (("html", html), ("text", text)):
        if body is not None:
            (path / f"body.{name}").write_text(body)
            lines.append(f'{name}_file = "body.{name}";')
    values = {**FINE, **{key: fields[key] for key in fields}}
    lists = ", ".join(f'"{name}"' for name in values.pop("lists").split(","))
    lines += [f'{key} = "{values[key]}";' for key in values] + [f"lists = ( {lists} );"]
    (path / "campaign.cfg").write_text("format = 1;\ncampaign = {\n" + "\n".join(lines) + "\n};\n")
    workspace.run("apply", path)


def prepare(workspace, people=None, port=2525, **content):
    workspace.run("list", "new", "members")
    for address, values in (PEOPLE if people is None else people).items():
        words = [word for key in values for word in ("--set", f"{key}={values[key]}")]
        workspace.run("people", "add", address, "--list", "members", *words)
    workspace.run("server", "add", "main", "--host", f"127.0.0.1:{port}", "--security", "none")
    workspace.run("mailbox", "add", "bounces", "--address", "bounce@b.spring.eu", "--host",
                  "imap.spring.eu", "--user", "b", "--password-command", "echo p")
    write(workspace, **content)


def check(workspace, exit_code=0, *args, env=None):
    return workspace.run("campaign", "check", "spring", "--json", "--no-spamassassin", *args,
                         exit_code=exit_code, env=env).json()


def finding(report, key, level):
    found = [f for f in report["findings"] if f["key"] == key and f["level"] == level]
    assert found, (key, level, [(f["key"], f["level"]) for f in report["findings"]])
    return found[0]


def faults(report):
    return {f["key"] for f in report["findings"] if f["level"] != "ok"}


# ---- the whole ---------------------------------------------------------------------------


def test_nothing_to_find(workspace):
    prepare(workspace)
    report = check(workspace)
    assert faults(report) == set()
    assert (report["level"], report["state"], report["name"]) == ("ok", "draft", "spring")
    assert (report["total"], report["suppressed"], report["people"]) == (2, 0, 2)
    assert re.fullmatch("[0-9a-f]{12}", report["revision"])
    assert report["format"] == 1
    for row in report["findings"]:
        assert set(row) == {"level", "key", "sentence", "count", "examples"}
        assert row["sentence"].endswith((".", "?", "!")) and "\n" not in row["sentence"]
    keys = {row["key"] for row in report["findings"]}
    assert keys >= {"ready", "lists", "people", "addresses", "suppressed", "duplicates", "render",
                    "subject", "field.first_name", "size.html", "size.message", "unsubscribe", "text",
                    "preheader", "postal", "links", "mailbox", "from", "envelope", "dkim", "server",
                    "limits", "schedule", "worker", "start"}


def test_rows_in_a_pipe(workspace):
    prepare(workspace)
    result = workspace.run("campaign", "check", "spring", "--no-spamassassin")
    head, *rows = result.stdout.splitlines()
    assert head.split("\t") == ["level", "key", "count", "sentence", "examples"]
    assert all(row.split("\t")[0] == "ok" for row in rows)
    assert "--revision" in result.stderr


def test_check_changes_nothing(workspace):
    prepare(workspace)
    before = workspace.json("campaign", "show", "spring")
    first, second = check(workspace), check(workspace)
    assert first == second
    assert workspace.json("campaign", "show", "spring") == before
    assert workspace.run("campaign", "check", "sprin", exit_code=1).stderr.count("spring") == 1


# ---- one fault each ----------------------------------------------------------------------

BIG = HTML.replace("</h1>", "</h1><p>" + "spring " * 14500 + "</p>")
BODIES = [
    ("unsubscribe", "fail", {"html": HTML.replace(WAY_OUT, "")}, 0),
    ("unsubscribe", "fail", {"text": TEXT.replace("{{unsubscribe_url}}", "ask us")}, 0),
    ("unsubscribe", "fail",
     {"html": HTML.replace(WAY_OUT, f'<div style="display:none">{WAY_OUT}</div>')}, 0),
    ("text", "warn", {"html": HTML.replace("</h1>", "</h1>" + "<p>Words upon words.</p>" * 60)}, 0),
    ("text.links", "warn", {"text": TEXT.replace("https://www.spring.eu/", "on our site")}, 1),
    ("text.links", "warn", {"text": TEXT + "https://other.spring.eu/\n"}, 1),
    ("text.fields", "warn", {"html": HTML.replace("friend}}", "friend}} of {{city|town}}")}, 1),
    ("size.html", "warn", {"html": BIG[:95_000] + BIG[-300:]}, 2),
    ("size.html", "fail", {"html": BIG + "<p>" + "more " * 2000}, 2),
    ("links.empty", "warn", {"html": HTML.replace("https://www.spring.eu/", "#")}, 1),
    ("links.http", "warn", {"html": HTML.replace("https:", "http:"), "text": TEXT.replace("https:", "http:")}, 1),
    ("links.syntax", "fail", {"html": HTML.replace("https://www.spring.eu/", "www.spring.eu")}, 1),
    ("links.script", "fail", {"html": HTML.replace("https://www.spring.eu/", "javascript:x()")}, 1),
    ("links.placeholder", "warn", {"html": HTML.replace("www.spring.eu", "www.example.com")}, 1),
    ("links.person", "warn", {"html": HTML.replace("https://www.spring.eu/", "{{site}}")}, 2),
    ("links.person", "fail", {"html": HTML.replace("https://www.spring.eu/", "https://{{host}}/")}, 2),
    ("images.alt", "warn", {"html": HTML + '<img src="https://www.spring.eu/a.png">'}, 1),
    ("images.source", "fail", {"html": HTML + '<img alt="" src="a.png">'}, 1),
    ("images.http", "warn", {"html": HTML + '<img alt="" src="http://www.spring.eu/a.png">'}, 1),
    ("html.active", "warn", {"html": HTML + "<form></form>"}, 0),
    ("field.town", "fail", {"html": HTML + "{{town}}", "text": TEXT + "{{town}}"}, 2),
    ("field.first_name", "warn", {"html": HTML + "{{first_name}}"}, 1),
    ("subject.odd", "warn", {"subject": "{{first_name}}, spring is here"}, 1),
    ("subject.empty", "fail", {"subject": "{{first_name}}"}, 1),
    ("subject.long", "warn", {"subject": "spring " * 12}, 2),
    ("content", "fail", {"subject": "{{#x}}"}, 0),
    ("preheader", "warn", {"preheader": "spring " * 30}, 0),
    ("postal", "warn", {"postal_address": ""}, 0),
    ("postal", "warn", {"postal_address": "2 Short Street"}, 0),
    ("mailbox", "warn", {"mailbox": ""}, 0),
    ("mailbox", "fail", {"mailbox": "nobody"}, 0),
    ("envelope", "warn", {"from": "news@summer.eu"}, 0),
    ("from", "fail", {"from": "spring@gmail.com"}, 0),
    ("lists", "fail", {"lists": "strangers"}, 0),
    ("server", "fail", {"server": "other"}, 0),
    ("ready", "fail", {"html": None, "text": None}, 0),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One workspace for all whose draft alone differs."""
    home = tmp_path_factory.mktemp("home")
    (home / "workspace").mkdir(mode=0o700)
    it = crier.Crier(home / "workspace", home)
    prepare(it)
    yield it
    it.stop_all()


@pytest.mark.parametrize("key, level, fault, count", BODIES,
                         ids=[f"{row[0]}-{i}" for i, row in enumerate(BODIES)])
def test_finding(shared, key, level, fault, count):
    write(shared, **fault)
    report = check(shared, {"warn": 4, "fail": 1}[level] if key != "links.person" else None)
    found = finding(report, key, level)
    assert report["level"] in (level, "fail")
    if count:
        assert found["count"] == count and found["examples"]
    if report["level"] == "fail" and key != "links.person":
        assert (report["revision"] is None) == (key in ("content", "mailbox", "lists", "server", "ready"))


def test_what_is_made_of_markdown_and_a_layout_is_looked_at(workspace):
    prepare(workspace, html=None, text=None)
    path = workspace.home / "spring"
    (path / "body.md").write_text("Dear {{first_name|friend}},\n\n[read](http://www.spring.eu/)\n")
    config = (path / "campaign.cfg").read_text()
    (path / "campaign.cfg").write_text(
        config.replace("campaign = {", 'campaign = {\nmarkdown_file = "body.md"; layout = "newsletter";'))
    workspace.run("apply", path)
    report = check(workspace, 4)
    assert faults(report) == {"links.http"}  # the way out and the address are the layout's
    assert "made from the HTML" in finding(report, "text", "ok")["sentence"]


def test_nobody(workspace):
    prepare(workspace, people={})
    report = check(workspace, 1)
    assert finding(report, "people", "fail") and report["revision"] is None


def test_addresses_that_need_smtputf8(workspace):
    prepare(workspace, people={"änne@example.net": {"first_name": "Änne"}})
    assert finding(check(workspace, 4), "smtputf8", "warn")["examples"] == ["änne@example.net"]


def test_an_image_that_is_not_there(workspace):
    prepare(workspace)
    db = sqlite3.connect(workspace.workspace / "crier.db")
    with db:
        db.execute("UPDATE campaign SET html = html || '<img alt=x src=cid:none>'")
    db.close()
    assert finding(check(workspace, 1), "images.cid", "fail")["examples"] == ["cid:none"]


def test_who_lacks_a_field_and_whether_there_is_a_default(workspace):
    prepare(workspace)
    with_default = finding(check(workspace), "field.first_name", "ok")
    assert with_default["examples"] == ["bob@example.net"] and "provides" in with_default["sentence"]
    workspace.run("campaign", "set", "spring", "--subject", "For {{first_name}}")
    without = finding(check(workspace, 4), "field.first_name", "warn")
    assert without["examples"] == ["bob@example.net"] and "no default" in without["sentence"]
    workspace.run("campaign", "set", "spring", "--subject",
                  "Spring{{#first_name}} for {{first_name}}{{/first_name}}")
    assert "provides" in finding(check(workspace), "field.first_name", "ok")["sentence"]


def test_a_link_in_a_section_of_its_own_field(workspace):
    html = HTML.replace(WAY_OUT, '{{#site}}<a href="{{site}}">Site</a>{{/site}}' + WAY_OUT)
    prepare(workspace, html=html, text=TEXT + "{{#site}}{{site}}{{/site}}",
            people={"ann@example.net": {"first_name": "A", "site": "https://a.spring.eu/"},
                    "bob@example.net": {"first_name": "B"}})
    assert faults(check(workspace)) == set()


def test_broken_addresses_and_fields_that_cannot_be_read(workspace):
    prepare(workspace)
    db = sqlite3.connect(workspace.workspace / "crier.db")
    with db:
        db.execute("UPDATE person SET address = 'ann@@example.net' WHERE address LIKE 'ann%'")
        db.execute("UPDATE person SET fields = '{broken' WHERE address LIKE 'bob%'")
    db.close()
    report = check(workspace, 1)
    assert finding(report, "addresses", "fail")["examples"] == ["ann@@example.net"]
    assert finding(report, "render", "fail")["examples"] == ["bob@example.net"]


def test_suppressed_and_duplicates(workspace):
    prepare(workspace, lists="members,friends", people={f"p{i}@example.net": {"first_name": "P"}
                                                        for i in range(4)})
    workspace.run("list", "new", "friends")
    for i in (0, 1, 2):
        workspace.run("people", "set", f"p{i}@example.net", "--list", "friends")
    workspace.run("suppress", "add", "p0@example.net", "--reason", "complained")
    workspace.run("suppress", "add", "p1@example.net", "--reason", "bounced")
    report = check(workspace)
    assert (report["total"], report["suppressed"], report["people"]) == (4, 2, 2)
    assert "bounced 1, complained 1" in finding(report, "suppressed", "ok")["sentence"]
    assert finding(report, "duplicates", "ok")["count"] == 3


def test_its_own_hours_and_an_hourly_limit_count(workspace):
    workspace.env["TZ"] = sending.noon_zone()
    prepare(workspace)
    workspace.run("campaign", "set", "spring", "--hours", "14:00-18:00")
    workspace.run("server", "set", "main", "--per-hour", "1")
    assert re.search(r"By the limits \(1 an hour, 14:00-18:00\) 2 messages .* until .*15:00",
                     finding(check(workspace, 4), "limits", "warn")["sentence"])
    # What the server was given in this hour counts.
    workspace.run("campaign", "set", "spring", "--hours", "")
    workspace.run("server", "set", "main", "--per-hour", "2")
    assert "2 messages take 0 s" in finding(check(workspace), "limits", "ok")["sentence"]
    with sqlite3.connect(workspace.workspace / "crier.db") as db:
        db.execute("INSERT INTO server_use SELECT id, strftime('%s', 'now') / 900, 1 FROM server")
    assert re.search("until .*13:00", finding(check(workspace, 4), "limits", "warn")["sentence"])


def test_server_limits_and_problems(workspace):
    prepare(workspace)
    workspace.run("server", "set", "main", "--per-second", "1")
    assert "2 messages take 2 s" in finding(check(workspace), "limits", "ok")["sentence"]
    workspace.run("server", "set", "main", "--per-day", "1")
    assert re.search(r"By the limits \(1 a second, 1 a day\) 2 messages do not go out at one go: it "
                     r"takes at least .*, until .*00:00",
                     finding(check(workspace, 4), "limits", "warn")["sentence"])
    workspace.run("server", "set", "main", "--per-day", "0", "--enabled", "no")
    assert "--enabled yes" in finding(check(workspace, 1), "server", "fail")["sentence"]
    db = sqlite3.connect(workspace.workspace / "crier.db")
    with db:
        db.execute("UPDATE server SET enabled = 1, problem = 'login refused'")
    db.close()
    assert "login refused" in finding(check(workspace, 4), "server", "warn")["sentence"]


def test_scheduled_and_begun(workspace, sink):
    prepare(workspace, port=sink.port)
    workspace.run("campaign", "start", "spring", "--yes", 2, "--at", "in 2h", "--no-worker")
    report = check(workspace, 4)
    assert faults(report) == {"worker"} and report["revision"] is None
    assert "begins at" in finding(report, "schedule", "ok")["sentence"]
    workspace.run("campaign", "unschedule", "spring")
    workspace.run("campaign", "start", "spring", "--yes", 2, "--no-worker")
    workspace.run("worker", "--once")
    report = check(workspace, 4)
    assert report["people"] == 2 and "finished" in finding(report, "state", "warn")["sentence"]


# ---- SpamAssassin ------------------------------------------------------------------------


@pytest.mark.parametrize("script, level", [
    ("echo 'X-Spam-Status: No, score=1.5 required=5.0 tests=A'", "ok"),
    ("echo 'X-Spam-Status: No, score=3.0 required=5.0 tests=A,\n\tB autolearn=no'", "warn"),
    ("echo 'X-Spam-Status: Yes, score=5.1 required=5.0 tests=A'", "fail"),
    ("echo nothing", "warn"),
    ("exit 3", "warn"),
])
def test_the_score(workspace, script, level):
    prepare(workspace)
    folder = workspace.home / "bin"
    folder.mkdir()
    seen = folder / "seen"
    program = folder / "spamassassin"
    program.write_text(f"#!/bin/sh\necho \"$@\" > {seen}\ncat >> {seen}\n{script}\n")
    program.chmod(0o755)
    env = {"PATH": f"{folder}:{os.environ['PATH']}"}
    report = workspace.run("campaign", "check", "spring", "--json", env=env,
                           exit_code={"ok": 0, "warn": 4, "fail": 1}[level]).json()
    found = finding(report, "spam", level)
    if "B" in script:
        assert found["examples"] == ["A", "B"]
    text = seen.read_bytes()
    assert text.startswith(b"-L -t\n") and b"To: ann@example.net\r\n" in text
    seen.unlink()
    check(workspace, env=env)
    assert not seen.exists()


# ---- the revision ------------------------------------------------------------------------


def start(workspace, *args, exit_code=0):
    return workspace.run("campaign", "start", "spring", "--no-worker", *args, exit_code=exit_code)


def test_start_at_the_revision(workspace, sink):
    prepare(workspace, port=sink.port)
    start(workspace, "--revision", check(workspace)["revision"])
    workspace.run("worker", "--once")
    assert sorted(sink.taken()) == sorted(PEOPLE)


@pytest.mark.parametrize("change", [
    ["campaign", "set", "spring", "--subject", "Summer is here"],
    ["server", "set", "main", "--host", "127.0.0.1:2526"],
    ["people", "add", "eve@example.net", "--list", "members"],
    ["suppress", "add", "ann@example.net"],
    ["campaign", "set", "spring", "--exclude", "none"],
])
def test_what_changed_since_is_not_sent(workspace, change):
    prepare(workspace)
    workspace.run("list", "new", "none")
    old = check(workspace)["revision"]
    workspace.run(*change)
    said = start(workspace, "--revision", old, exit_code=5).stderr
    now = check(workspace, None)["revision"]
    assert now != old and old in said and now in said
    assert workspace.campaign("spring")["state"] == "draft"
    start(workspace, "--revision", now.upper())
    assert workspace.campaign("spring")["state"] == "sending"


def test_a_revision_with_a_time(workspace):
    prepare(workspace)
    start(workspace, "--revision", check(workspace)["revision"], "--at", "in 2h")
    assert workspace.campaign("spring")["state"] == "scheduled"


@pytest.mark.parametrize("args", [["--yes", "2"], ["--people", "1..3"]])
def test_one_way_of_confirming(workspace, args):
    prepare(workspace)
    assert "one of them" in start(workspace, "--revision", "x", *args, exit_code=2).stderr


# ---- many --------------------------------------------------------------------------------


def peak_kib(workspace):
    """VmHWM of a check, looked at until it ends."""
    # A sanitizer keeps what was freed for a while.
    options = f"{os.environ.get('ASAN_OPTIONS', '')}:quarantine_size_mb=1:thread_local_quarantine_size_kb=64"
    process = workspace.popen("campaign", "check", "spring", "--no-spamassassin",
                              env={"ASAN_OPTIONS": options},
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0

    def is_over():
        nonlocal peak
        with open(f"/proc/{process.pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    peak = max(peak, int(line.split()[1]))
        return process.poll() is not None

    waiting.wait_for(is_over, what="the check to end")
    assert process.returncode == 0 and peak > 0
    return peak


def test_a_mailbox_that_cannot_be_read(workspace):
    prepare(workspace)
    with sqlite3.connect(workspace.workspace / "crier.db") as db:
        db.execute("UPDATE mailbox SET problem = 'the login was refused'")
    said = finding(check(workspace, 4), "mailbox", "warn")
    assert "mailbox 'bounces', which is not read: the login was refused" in json.dumps(said)


def test_memory_is_flat(workspace, tmp_path):
    prepare(workspace)
    peaks = []
    for count in (5_000, 100_000):
        path = tmp_path / "people.csv"
        path.write_text("address,first_name,note\n" + "".join(
            f"m{i}@example.net,Name {i},{'n' * 200}\n" for i in range(count)))
        workspace.run("people", "import", path, "--list", "members")
        peaks.append(peak_kib(workspace))
        assert check(workspace)["people"] == count + 2
    few, many = peaks
    assert many < few + 6 * 1024, peaks
