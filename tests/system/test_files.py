"""Files in and out: campaign folders, site files, e-mails; diff, copy and edit."""
import email.message
import email.policy
import os
import pathlib
import pty
import stat

import pytest

import crier
import sentences

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
HOSTILE = {
    "quotes": 'say "hi" \\ and \\" and \\\\',
    "escapes": "\\n \\x00 \\t {{{x}}} %s",
    "comment": "# no /* comment */ // @include \"/etc/passwd\"",
    "scripts": "Größe Ελλάδα 東京 🎈 שלום",
    "bidi": "a\u202eb\u200bc",
    "long": "x" * 998,
    "braces": "}; ); campaign = { };",
}


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def tree(folder):
    """{relative path: bytes} of a folder."""
    folder = pathlib.Path(folder)
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*"))
            if p.is_file()}


@pytest.fixture
def other(home):
    """A second workspace."""
    path = home / "other"
    path.mkdir(mode=0o700)
    it = crier.Crier(path, home)
    yield it
    it.stop_all()


@pytest.fixture
def spring(home):
    """A folder with everything in it."""
    folder = home / "spring"
    (folder / "images").mkdir(parents=True)
    (folder / "campaign.cfg").write_text("""format = 1;
campaign = {
  subject = "{{first_name|Friend}}"; from = "Example <news@example.org>";
  lists = ( "news", "members" ); exclude = ( "staff" ); server = "main"; mailbox = "bounces";
  html_file = "body.html"; text_file = "body.txt"; markdown_file = "body.md";
  layout = "newsletter"; logo = "images/logo.svg"; postal_address = "1 Street, Town";
  preheader = "Look inside"; late = "send"; give_up = 5400;
  attachments = ( { file = "flyer.pdf"; }, { file = "flyer.pdf"; name = "Größe \\"1\\".pdf";
                    type = "application/x-flyer"; } );
};
""")
    (folder / "body.html").write_bytes(b'<p>Hi\r\n<img src="cid:images/a%20b.png" alt="">\n\n')
    (folder / "body.txt").write_bytes(b"no newline at the end")
    (folder / "body.md").write_bytes(b"")
    (folder / "images" / "a b.png").write_bytes(PNG)
    (folder / "images" / "logo.svg").write_bytes(b"<svg/>")
    (folder / "flyer.pdf").write_bytes(b"%PDF\0\r\n" * 1000)
    return folder


def round_trip(workspace, other, name, home):
    """Exports, imports elsewhere, exports again; returns the first tree."""
    workspace.run("export", name, "-o", home / "one")
    assert other.run("import", home / "one").stdout == f"{name}: created\n"
    other.run("export", name, "-o", home / "two")
    first = tree(home / "one")
    assert first == tree(home / "two")
    # What comes back is what was there.
    assert workspace.run("diff", home / "two", "--exit-code").stdout == ""
    return first


def test_a_whole_folder_comes_back_the_same(workspace, other, spring, home):
    workspace.run("apply", spring)
    files = round_trip(workspace, other, "spring", home)
    assert set(files) == {"campaign.cfg", "body.html", "body.txt", "body.md", "flyer.pdf",
                          "images/a b.png", "images/logo.svg"}
    for name in set(files) - {"campaign.cfg"}:
        assert files[name] == (spring / name).read_bytes(), name
    cfg = files["campaign.cfg"].decode()
    assert "list_id" not in cfg and "reply_to" not in cfg and "title" not in cfg
    assert 'give_up = "90m";' in cfg and "late" in cfg


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_hostile_values_come_back_the_same(workspace, other, home, kind):
    value = HOSTILE[kind]
    folder = home / "spring"
    folder.mkdir()
    title = value[:400]
    (folder / "campaign.cfg").write_text(
        f"format = 1; campaign = {{ title = {quoted(title)}; subject = {quoted(value)};"
        f" preheader = {quoted(title)}; text_file = \"body.txt\"; }};")
    (folder / "body.txt").write_text(value)
    workspace.run("apply", folder)
    files = round_trip(workspace, other, "spring", home)
    assert f"  subject = {quoted(value)};\n" in files["campaign.cfg"].decode()
    assert files["body.txt"].decode() == value


def test_an_empty_campaign_comes_back_the_same(workspace, other, home):
    workspace.run("campaign", "new", "empty")
    files = round_trip(workspace, other, "empty", home)
    assert files == {"campaign.cfg": b'format = 1;\n\ncampaign = {\n  name = "empty";\n};\n'}


def test_export_overwrites_only_when_told(workspace, spring, home):
    workspace.run("apply", spring)
    workspace.run("export", "spring", "--force")
    workspace.run("export", "spring")
    assert "body.html" in tree(home / "spring")
    (spring / "body.txt").write_text("mine\n")
    before = tree(spring)
    workspace.run("export", "spring", exit_code=1)
    assert tree(spring) == before
    workspace.run("export", "spring", "--force")
    assert (spring / "body.txt").read_text() == "no newline at the end"


def test_parts_are_compared_and_replaced(workspace, spring):
    assert workspace.run("apply", spring, "--dry-run").stdout == "spring: would be created\n"
    workspace.run("apply", spring)
    assert workspace.run("apply", spring).stdout == "spring: unchanged\n"
    (spring / "flyer.pdf").write_bytes(b"%PDF new")
    told = workspace.run("diff", spring).stdout
    assert "attachment flyer.pdf" in told and "8 bytes" in told and "subject" not in told
    assert workspace.run("apply", spring, "--dry-run").stdout == "spring: would be updated\n"
    assert workspace.run("apply", spring).stdout == "spring: updated\n"
    workspace.run("campaign", "set", "spring", "--subject", "Mine")
    sentences.refused(workspace, "apply", spring, exit_code=5)
    assert workspace.run("apply", spring, "--force").stdout == "spring: updated\n"


@pytest.mark.parametrize("change, where, message", [
    (lambda f: (f / "images" / "a b.png").unlink(), "body.html:2:", "a b.png"),
    (lambda f: (f / "images" / "logo.svg").unlink(), "campaign.cfg:6:", "logo"),
    (lambda f: (f / "flyer.pdf").unlink(), "campaign.cfg:8:", "flyer.pdf"),
    (lambda f: (f / "body.html").write_text('<img src="cid:../../secret">'), "body.html:1:", ".."),
    (lambda f: (f / "body.html").write_text('<img src="cid:/etc/passwd">'), "body.html:1:",
     "/etc/passwd"),
    (lambda f: (f / "body.html").write_text('<img src="cid:{{logo}}">'), "body.html:1:", "{{logo}}"),
    (lambda f: ((f / "flyer.pdf").unlink(), os.mkfifo(f / "flyer.pdf")), "campaign.cfg:8:",
     "regular"),
    (lambda f: ((f / "flyer.pdf").unlink(), (f / "flyer.pdf").symlink_to("/etc/passwd")),
     "campaign.cfg:8:", "symbolic"),
    (lambda f: (f / "images" / "logo.svg").write_bytes(b"x" * (33 * 1024 * 1024)),
     "campaign.cfg:6:", "bytes"),
])
def test_bad_parts_are_refused_by_file_and_line(workspace, spring, change, where, message):
    workspace.run("init")
    change(spring)
    told = sentences.refused(workspace, "apply", spring)
    assert where in told and message in told


# ---- site files ----

def add_site(workspace):
    workspace.run("server", "add", "main", "--host", "smtp.example.org:587", "--user", "news",
                  "--password-command", "cat /run/s3cret", "--connections", "7", "--per-second", "50",
                  "--hello", "mail.example.org")
    workspace.run("server", "add", "relay", "--host", "127.0.0.1:2525", "--security", "none")
    secret = workspace.home / "pop-s3cret"
    secret.write_text("x\n")
    secret.chmod(0o600)
    workspace.run("mailbox", "add", "bounces", "--address", "bounce@example.org", "--host",
                  "imap.example.org", "--user", "bounce", "--password-file", secret)


def test_a_site_file_comes_back_the_same_without_secrets(workspace, other, home):
    add_site(workspace)
    first = workspace.run("export", "--site").stdout_bytes
    assert b"s3cret" not in first and b"enabled" not in first and b"password" not in first
    workspace.run("export", "--site", "-o", home / "site.cfg")
    assert (home / "site.cfg").read_bytes() == first
    assert stat.S_IMODE((home / "site.cfg").stat().st_mode) == 0o600
    told = other.run("apply", home / "site.cfg")
    assert told.stdout == "server main: created\nserver relay: created\nmailbox bounces: created\n"
    assert told.stderr.count("disabled") == 3
    shown = other.json("server", "show", "main")
    assert shown["enabled"] is False and not shown["password_command"]
    assert (shown["host"], shown["connections"], shown["user"]) == ("smtp.example.org:587", 7, "news")
    assert other.json("mailbox", "show", "bounces")["enabled"] is False
    assert other.run("export", "--site").stdout_bytes == first
    # Where the records are already, they stay as they were.
    assert workspace.run("apply", home / "site.cfg").stdout.count("unchanged") == 3
    assert workspace.json("server", "show", "main")["enabled"] is True


def test_a_site_file_changes_and_never_leads_a_password_away(workspace, home):
    add_site(workspace)
    site = home / "site.cfg"
    workspace.run("export", "--site", "-o", site)
    site.write_text(site.read_text().replace("connections = 7", "connections = 9"))
    told = workspace.run("diff", site, "--exit-code", exit_code=1).stdout
    assert "- connections: 7" in told and "+ connections: 9" in told and "relay" not in told
    assert "server main: updated" in workspace.run("apply", site).stdout
    shown = workspace.json("server", "show", "main")
    assert shown["connections"] == 9 and shown["enabled"] and shown["password_command"]
    site.write_text(site.read_text().replace("smtp.example.org", "smtp.example.net"))
    assert "another host" in workspace.run("apply", site).stderr
    shown = workspace.json("server", "show", "main")
    assert shown["host"] == "smtp.example.net:587"
    assert shown["enabled"] is False and not shown["password_command"]


def test_a_site_file_names_dkim_keys_but_has_none(workspace, other, home):
    workspace.run("dkim", "new", "example.org", "--selector", "spring", "--algorithm", "ed25519")
    text = workspace.run("export", "--site").stdout
    assert 'selector = "spring";' in text and 'algorithm = "ed25519";' in text
    assert "PRIVATE" not in text
    (home / "site.cfg").write_text(text)
    assert workspace.run("apply", home / "site.cfg").stderr == ""
    assert "DKIM key spring of example.org" in other.run("apply", home / "site.cfg").stderr
    assert other.run("dkim", "show").stdout.count("example.org") == 0


@pytest.mark.parametrize("text, where, message", [
    ("servers = ( { host = \"a.example\"; } );", ":2:", "name"),
    ("servers = (\n{ name = \"a\"; } );", ":3:", "host"),
    ("servers = ( { name = \"No Slug\"; host = \"a.example\"; } );", ":2:", "No Slug"),
    ("servers = ( { name = \"a\"; hots = \"a.example\"; } );", ":2:", "\"host\""),
    ("servers = ( { name = \"a\"; host = \"a.example\";\npassword_command = \"id\"; } );", ":3:",
     "password_command"),
    ("servers = ( { name = \"a\"; host = \"a.example\"; enabled = true; } );", ":2:", "enabled"),
    ("servers = ( { name = \"a\"; host = \"a.example\"; security = \"none\"; } );", ":2:", "a.example"),
    ("servers = ( { name = \"a\"; host = \"a.example\"; connections = 100000; } );", ":2:",
     "connections"),
    ("servers = ( { name = \"a\"; host = \"a.example\"; ca_file = \"x.pem\"; } );", ":2:", "ca_file"),
    ("servers = ( { name = \"a\"; host = \"a.example\"; },\n{ name = \"a\"; host = \"b.example\"; } );",
     ":3:", "twice"),
    ("servers = { };", ":2:", "servers"),
    ("servers = ( 7 );", ":2:", "servers"),
    ("servers = ( ); people = ( );", ":2:", "people"),
    ("mailboxes = ( { name = \"b\"; host = \"a.example\"; address = \"a+b@example.org\";"
     " user = \"u\"; } );", ":2:", "a+b"),
    ("dkim = ( { domain = \"example.org\"; } );", ":2:", "selector"),
    ("servers = ( ); campaign = { };", ":2:", "servers"),
])
def test_a_bad_site_file_names_line_and_reason(workspace, home, text, where, message):
    workspace.run("init")
    (home / "site.cfg").write_text("format = 1;\n" + text + "\n")
    told = sentences.refused(workspace, "apply", "site.cfg")
    assert f"site.cfg{where}" in told and message in told


def test_several_files_are_all_or_none(workspace, spring, home):
    workspace.run("init")
    (home / "site.cfg").write_text("format = 1; servers = ( { name = \"a\"; host = \"a.example\"; } );")
    (home / "bad.eml").write_text("nothing\n")
    sentences.refused(workspace, "apply", "site.cfg", spring, "bad.eml")
    told = workspace.run("apply", "site.cfg", spring).stdout
    assert told == "server a: created\nspring: created\n"


# ---- diff ----

def test_diff_shows_keys_and_lines(workspace, spring):
    told = workspace.run("diff", spring).stdout
    assert told.startswith("campaign spring: would be created\n") and "+ server: main" in told
    assert workspace.json("campaign", "list") == []
    workspace.run("apply", spring)
    assert workspace.run("diff", spring, "--exit-code").stdout == ""
    lines = [f"line {n}\n" for n in range(1, 21)]
    (spring / "body.txt").write_text("".join(lines))
    workspace.run("apply", spring)
    lines[9] = "line ten \x1b[31m\n"
    (spring / "body.txt").write_text("".join(lines[:-1]) + "line 20")
    cfg = (spring / "campaign.cfg").read_text()
    (spring / "campaign.cfg").write_text(cfg.replace("Look inside", "Look out"))
    told = workspace.run("diff", spring, "--exit-code", exit_code=1).stdout
    assert told == ("campaign spring: would be updated\n"
                    "- preheader: Look inside\n"
                    "+ preheader: Look out\n"
                    "--- text (here)\n+++ text (file)\n"
                    "@@ -7,7 +7,7 @@\n"
                    " line 7\n line 8\n line 9\n-line 10\n+line ten \\x1b[31m\n"
                    " line 11\n line 12\n line 13\n"
                    "@@ -17,4 +17,4 @@\n"
                    " line 17\n line 18\n line 19\n-line 20\n+line 20\n\\ No newline at the end\n")
    assert workspace.run("diff", spring).returncode == 0
    sentences.refused(workspace, "diff", "nowhere")


def terminal(workspace, *args, keys=b"", env=None):
    """Runs a verb on a pseudo-terminal; returns its exit code and what it showed."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(workspace.home)
        argv = workspace.argv(*args)
        os.execve(argv[0], argv, {**workspace.env, "TERM": "xterm", **(env or {})})
    os.write(fd, keys)
    shown = b""
    while True:
        try:
            some = os.read(fd, 65536)
        except OSError:
            break
        if not some:
            break
        shown += some
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def test_diff_is_coloured_on_a_terminal_only(workspace, spring):
    assert "\x1b" not in workspace.run("diff", spring).stdout
    code, shown = terminal(workspace, "diff", spring)
    assert code == 0 and "\x1b[32m+ server: main\x1b[0m" in shown
    assert "\x1b" not in terminal(workspace, "diff", spring, env={"NO_COLOR": "1"})[1]


# ---- e-mails ----

def make_mail():
    mail = email.message.EmailMessage()
    mail["From"] = '"Example, Größe" <news@example.org>'
    mail["Reply-To"] = "office@example.org"
    mail["To"] = "ann@example.org"
    mail["Subject"] = "Spring ☀ is here"
    mail["X-Mailer"] = "Example"
    mail.set_content("Hello {{first_name}}, grüße\n")
    mail.add_alternative('<p>Hello <img src="cid:logo@example.org"> <img src="cid:lost@example.org">'
                         "</p>\n", subtype="html")
    mail.get_payload()[1].add_related(PNG, "image", "png", cid="<logo@example.org>",
                                      filename="Logo (neu).png")
    mail.add_attachment(b"%PDF\0" * 10, "application", "pdf", filename="Prospekt Größe.pdf")
    mail.add_attachment("a;b\n", filename="body.txt")
    return mail


def test_an_eml_becomes_a_draft_with_its_structure(workspace, other, home):
    (home / "Spring News (1).eml").write_bytes(make_mail().as_bytes(policy=email.policy.SMTP))
    dry = workspace.run("import", "Spring News (1).eml", "--dry-run")
    assert dry.stdout == "spring-news-1: would be created\n"
    assert workspace.json("campaign", "list") == []
    told = workspace.run("import", "Spring News (1).eml")
    assert told.stdout == "spring-news-1: created\n"
    assert "header fields: To, X-Mailer" in told.stderr and "lost@example.org" in told.stderr
    shown = workspace.json("campaign", "show", "spring-news-1")
    assert shown["from"] == '"Example, Größe" <news@example.org>'
    assert shown["reply_to"] == "office@example.org"
    assert shown["subject"] == "Spring ☀ is here" and shown["state"] == "draft"
    files = round_trip(workspace, other, "spring-news-1", home)
    assert files["body.txt"].decode() == "Hello {{first_name}}, grüße\n"
    assert files["Logo-neu-.png"] == PNG
    assert b'src="cid:Logo-neu-.png"' in files["body.html"]
    assert b'src="missing-cid:lost@example.org"' in files["body.html"]
    assert files["Prospekt-Gr-e.pdf"] == b"%PDF\0" * 10
    assert files["body-2.txt"] == b"a;b\r\n"
    cfg = files["campaign.cfg"].decode()
    assert 'name = "Prospekt Größe.pdf";' in cfg and 'name = "body.txt";' in cfg
    sentences.refused(workspace, "import", "Spring News (1).eml")
    workspace.run("import", "Spring News (1).eml", "--name", "again")


@pytest.mark.parametrize("charset, text", [
    ("iso-8859-1", "Grüße"), ("windows-1252", "„Grüße“ €"), ("utf-8", "Ελλάδα"),
    ("koi8-r", "Привет"), ("iso-2022-jp", "東京"), ("us-ascii", "Grüße €"), ("no-such", "Grüße"),
])
def test_charsets_become_utf8(workspace, home, charset, text):
    known = "cp1252" if charset in ("us-ascii", "no-such") else charset
    (home / "mail.eml").write_bytes(b"From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
                                    b"Content-Type: text/plain; charset=" + charset.encode() +
                                    b"\r\n\r\n" + text.encode(known) + b"\r\n")
    workspace.run("import", "mail.eml")
    workspace.run("export", "mail", "-o", "out")
    assert text in (home / "out" / "body.txt").read_text(), charset


@pytest.mark.parametrize("name, octets, message", [
    ("none.eml", b"", "no e-mail"),
    ("text.eml", b"just some words\n\nand more\n", "no e-mail"),
    ("binary.eml", bytes(range(256)) * 10, "no e-mail"),
    ("---.eml", b"From: a@example.org\n\nx\n", "--name"),
    ("missing.eml", None, "missing.eml"),
])
def test_a_bad_eml_is_refused(workspace, home, name, octets, message):
    workspace.run("init")
    if octets is not None:
        (home / name).write_bytes(octets)
    assert message in sentences.refused(workspace, "import", "./" + name)


def test_hostile_mails_do_no_harm(workspace, home):
    deep = b"From: a@example.org\n"
    for n in range(2000):
        deep += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n)
    many = b"From: a@example.org\nContent-Type: multipart/mixed; boundary=b\n\n"
    many += b"--b\nContent-Disposition: attachment; filename=../../../etc/x\n\ny\n" * 300 + b"--b--\n"
    for name, octets in (("deep", deep), ("many", many)):
        (home / f"{name}.eml").write_bytes(octets)
        assert "left out" in workspace.run("import", f"{name}.eml").stderr
        workspace.run("export", name, "-o", home / "out" / name)
    names = sorted(tree(home / "out" / "many"))
    assert len(names) == 101 and "x.txt" in names and "x-100.txt" in names


def test_wrong_words(workspace, spring):
    workspace.run("init")
    sentences.refused(workspace, "import", spring, "--name", "x", exit_code=2)
    sentences.refused(workspace, "export", exit_code=2)
    sentences.refused(workspace, "export", "spring", "--site", exit_code=2)
    sentences.refused(workspace, "export", "nobody")
    sentences.refused(workspace, "campaign", "copy", "nobody", "x")


# ---- copy and edit ----

def test_a_copy_is_a_draft_of_its_own(workspace, spring, home):
    workspace.run("apply", spring)
    workspace.run("campaign", "copy", "spring", "summer")
    workspace.run("export", "spring", "-o", home / "one")
    workspace.run("export", "summer", "-o", home / "two")
    one, two = tree(home / "one"), tree(home / "two")
    assert two["campaign.cfg"] == one["campaign.cfg"].replace(b'"spring"', b'"summer"')
    assert {**one, "campaign.cfg": b""} == {**two, "campaign.cfg": b""}
    workspace.run("campaign", "set", "summer", "--subject", "Mine")
    assert workspace.json("campaign", "show", "spring")["subject"] != "Mine"
    sentences.refused(workspace, "campaign", "copy", "spring", "summer")
    sentences.refused(workspace, "campaign", "copy", "spring", "No Slug", exit_code=2)


def editor(home, script):
    """An $EDITOR whose words need splitting."""
    path = home / "my editor"
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o700)
    return {"EDITOR": f"'{path}' --wait", "SECRET_TOKEN": "s3cret"}


def left_behind(workspace):
    return list(workspace.workspace.glob("edit-*"))


def test_edit_opens_a_private_folder_and_stores_the_result(workspace, spring, home):
    workspace.run("apply", spring)
    env = editor(home, f"""echo "$@" > '{home}/words'; env > '{home}/env'; stat -c %a . * > '{home}/modes'
sed -i 's/Look inside/Look out/' campaign.cfg; printf more >> body.txt
""")
    told = workspace.run("campaign", "edit", "spring", env=env)
    assert "changed" in told.stderr and left_behind(workspace) == []
    assert (home / "words").read_text() == "--wait campaign.cfg body.html body.md body.txt\n"
    assert "s3cret" not in (home / "env").read_text()
    assert set((home / "modes").read_text().split()) <= {"700", "600"}
    workspace.run("export", "spring", "-o", home / "out")
    files = tree(home / "out")
    assert b"Look out" in files["campaign.cfg"] and files["body.txt"].endswith(b"endmore")
    assert files["images/a b.png"] == PNG
    told = workspace.run("campaign", "edit", "spring", env=editor(home, "exit 0\n"))
    assert "as it was" in told.stderr


@pytest.mark.parametrize("script, message", [
    ("sed -i 's/subject/subjekt/' campaign.cfg", "subject"),
    ("printf '\\377' >> body.txt", "UTF-8"),
    ("sed -i 's/name = \"spring\"/name = \"summer\"/' campaign.cfg", "keeps its name"),
    ("exit 3", "ended with 3"),
    ("kill -9 $$", "did not run"),
])
def test_a_bad_edit_changes_nothing_and_is_kept(workspace, spring, home, script, message):
    workspace.run("apply", spring)
    before = workspace.json("campaign", "show", "spring")
    told = workspace.run("campaign", "edit", "spring", env=editor(home, script + "\n"), exit_code=1)
    assert message in told.stderr
    kept = left_behind(workspace)
    assert len(kept) == 1 and str(kept[0]) in told.stderr and (kept[0] / "campaign.cfg").exists()
    assert workspace.json("campaign", "show", "spring") == before


def test_on_a_terminal_a_bad_edit_can_be_mended(workspace, spring, home):
    workspace.run("apply", spring)
    env = editor(home, f"""if [ -e '{home}/second' ]; then sed -i 's/subjekt/subject/' campaign.cfg
else touch '{home}/second'; sed -i 's/subject/subjekt/; s/Look inside/Look out/' campaign.cfg; fi
""")
    code, shown = terminal(workspace, "campaign", "edit", "spring", keys=b"y\n", env=env)
    assert code == 0 and "Edit it again?" in shown and "is changed" in shown
    assert left_behind(workspace) == []


def test_edit_without_a_terminal_needs_an_editor(workspace, spring):
    workspace.run("apply", spring)
    told = workspace.run("campaign", "edit", "spring", exit_code=2).stderr
    assert "EDITOR" in told
    sentences.refused(workspace, "campaign", "edit", "sprng")
