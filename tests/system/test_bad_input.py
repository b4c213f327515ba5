"""Bad input from outside: one clear sentence, the right exit code, nothing changed.

Campaign files, people files, addresses, words on the command line and databases. Bad servers
are in test_bad_servers.py.
"""
import os
import pathlib
import re
import resource
import select
import shutil
import socket
import sqlite3
import subprocess

import pytest

import crier
import sentences
import waiting

PEOPLE = "address,first_name\nann@example.org,Ann\nbob@example.org,Bob\n"
CAMPAIGN = '''format = 1;
campaign = {
  title = "Spring newsletter";
  from = "Example Association <news@example.org>";
  subject = "Spring is here";
  lists = ( "members" );
  server = "main";
  text_file = "body.txt";
};
'''


class Site(crier.Crier):
    """A workspace that is ready to send, with a server that nobody may ever connect to."""

    def __init__(self, home):
        workspace = home / "workspace"
        workspace.mkdir(mode=0o700)
        super().__init__(workspace, home)
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        people = home / "people.csv"
        people.write_text(PEOPLE)
        self.run("list", "new", "members")
        self.run("people", "import", people, "--list", "members")
        self.run("server", "add", "main", "--host", f"127.0.0.1:{port}", "--security", "none")
        self.run("apply", self.folder(home / "spring"))

    @staticmethod
    def folder(path, text=CAMPAIGN):
        path.mkdir()
        (path / "campaign.cfg").write_text(text)
        (path / "body.txt").write_text("Dear {{first_name|friend}}\n")
        return path

    def was_contacted(self):
        return bool(select.select([self.listener], [], [], 0)[0])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Shared by all: every command here is refused and leaves it as it was."""
    home = tmp_path_factory.mktemp("site")
    it = Site(home)
    yield it
    it.stop_all()
    contacted = it.was_contacted()
    it.listener.close()
    assert not contacted


@pytest.fixture
def own_site(tmp_path):
    """A site of the test's own, that it may change."""
    it = Site(tmp_path)
    yield it
    it.stop_all()
    it.listener.close()


# ---- campaign files ----------------------------------------------------------------------


def change(old, new):
    """An edit of campaign.cfg, by regular expression."""
    def edit(folder):
        path = folder / "campaign.cfg"
        text = path.read_text()
        changed = re.sub(old, lambda match: new, text, count=1)
        assert changed != text
        path.write_text(changed)
    return edit


def body_is(make):
    """The body is something else than a plain file: make(path)."""
    def edit(folder):
        (folder / "body.txt").unlink()
        make(folder / "body.txt")
    return edit


def config_is(make):
    def edit(folder):
        (folder / "campaign.cfg").unlink()
        make(folder / "campaign.cfg")
    return edit


def linked_folder(folder):
    """texts/ is a symbolic link to a folder outside."""
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "body.txt").write_text("secret")
    (folder / "texts").symlink_to(outside)
    change("body.txt", "texts/body.txt")(folder)


# name, edit of the folder, the line that is named, what else the sentence must hold
CAMPAIGN_FILES = [
    ("unknown-key", change("subject", "subjekt"), 5, ['"subjekt"', '"subject"']),
    ("unknown-key-outside", change("format", "formatt"), 1, ["format"]),
    ("unknown-key-far-off", change("  title", "  zzzzzz"), 3, ['"zzzzzz"', "html_file"]),
    ("missing-body", change("body.txt", "letter.txt"), 8, ["letter.txt", "Check the name"]),
    ("include", change("^", '@include "/etc/passwd"\n'), 1, ["@include"]),
    ("include-inside", change("  title", '  @include "x.cfg"\n  title'), 3, ["@include"]),
    ("body-above", change("body.txt", "../body.txt"), 8, ['".."']),
    ("body-absolute", change("body.txt", "/etc/passwd"), 8, ["/etc/passwd", "absolute"]),
    ("body-symlink", body_is(lambda path: path.symlink_to("/etc/passwd")), 8, ["link"]),
    ("body-in-linked-folder", linked_folder, 8, ["link"]),
    ("body-fifo", body_is(os.mkfifo), 8, ["not a regular file"]),
    ("body-folder", body_is(pathlib.Path.mkdir), 8, ["not a regular file"]),
    ("body-device", body_is(lambda path: path.symlink_to("/dev/zero")), 8, ["link"]),
    ("body-too-big", body_is(lambda path: path.write_bytes(b"x" * (33 << 20))), 8, ["bytes"]),
    ("body-not-utf8", body_is(lambda path: path.write_bytes(b"caf\xe9")), 8, ["UTF-8"]),
    ("body-nul", body_is(lambda path: path.write_bytes(b"a\0b")), 8, ["NUL"]),
    ("string-of-10-MiB", change("Spring is here", "x" * (10 << 20)), None,
     ["campaign.cfg", "bytes"]),
    ("string-of-1-MiB", change("Spring is here", "x" * (1 << 20)), 5, ["too long|longer"]),
    ("title-too-long", change("Spring newsletter", "x" * 1000), 3, ["title", "500"]),
    ("config-fifo", config_is(os.mkfifo), None, ["campaign.cfg", "not a regular file"]),
    ("config-symlink", config_is(lambda path: path.symlink_to("/etc/passwd")), None,
     ["campaign.cfg", "link"]),
    ("config-missing", config_is(lambda path: None), None, ["campaign.cfg", "Check the name"]),
    ("config-not-utf8", config_is(lambda path: path.write_bytes(
        CAMPAIGN.encode().replace(b"Spring n", b"Fr\xfchling n"))), 3, ["UTF-8"]),
    ("config-nul", config_is(lambda path: path.write_bytes(
        CAMPAIGN.encode().replace(b"Spring n", b"Spr\0ng n"))), 3, ["NUL"]),
    ("overflow", change("title = .*", "give_up = 99999999999999999999;"), 3,
     ["99999999999999999999", "64 bits"]),
    ("overflow-of-32-bits", change("title = .*", "give_up = 4294967356;"), 3, ["give_up"]),
    ("overflow-hexadecimal", change("title = .*", "give_up = 0xffffffffffffffffff;"), 3,
     ["64 bits"]),
    ("overflow-in-text", change("title = .*", 'give_up = "99999999999999999999d";'), 3,
     ["give_up"]),
    ("number-for-text", change("title = .*", "title = 5;"), 3, ["title", "quotes"]),
    ("truth-for-span", change("title = .*", "give_up = true;"), 3, ["give_up"]),
    ("number-for-list", change("lists = .*", "lists = 5;"), 6, ["lists"]),
    ("number-in-list", change("lists = .*", "lists = ( 5 );"), 6, ["lists"]),
    ("group-for-text", change("title = .*", "title = { a = 1; };"), 3, ["title"]),
    ("bad-name-in-list", change("lists = .*", 'lists = ( "a b" );'), 6, ['"a b"']),
    ("duplicate-key", change("  title", '  title = "Twice";\n  title'), None,
     [r"campaign\.cfg:[34]: ", "twice"]),
    ("syntax-error", change("title = ", "title "), 3, ["cannot be read"]),
    ("open-string", change('newsletter";', "newsletter;"), None,
     [r"campaign\.cfg:\d+: ", "never closed|cannot be read"]),
    ("newer-format", change("format = 1", "format = 2"), 1, ["format 2"]),
    ("no-format", change("format = 1;", ""), None, ["format = 1"]),
    ("line-break-in-subject", change("Spring is here", r"a\r\nBcc: x@example.org"), 5,
     ["subject", "line break"]),
    ("line-break-in-from", change("news@example.org", r"n@example.org\r\nBcc: x@example.org"),
     4, ["from", "line break"]),
    ("nul-escape", change("Spring is here", r"a\x00b"), 5, [r"\\x00"]),
    ("broken-escape", change("Spring is here", r"a\xff"), 5, ["UTF-8"]),
    ("bad-sender", change("<news@example.org>", "<news@@example.org>"), 4, ["two @"]),
    ("no-sender-address", change(" <news@example.org>", ""), 4, ["no @"]),
    ("bad-name", change("  title", '  name = "A B";\n  title'), 3, ['"A B"']),
]


@pytest.mark.parametrize("edit, line, words", [row[1:] for row in CAMPAIGN_FILES],
                         ids=[row[0] for row in CAMPAIGN_FILES])
def test_a_bad_campaign_file(site, tmp_path, edit, line, words):
    good, bad = site.folder(tmp_path / "good"), site.folder(tmp_path / "bad")
    edit(bad)
    # The good one is read first, and is not stored because of the bad one.
    said = sentences.refused(site, "apply", good, bad)
    assert "bad/campaign.cfg" in said
    if line:
        assert f"campaign.cfg:{line}: " in said
    for word in words:
        assert re.search(word, said), said


def test_a_campaign_path_that_is_no_folder(site, tmp_path):
    assert "no such campaign folder" in sentences.refused(site, "apply", tmp_path / "nowhere")
    os.mkfifo(tmp_path / "fifo")
    assert "not a regular file" in sentences.refused(site, "apply", tmp_path / "fifo")


# ---- people files ------------------------------------------------------------------------


def csv(text):
    data = text if isinstance(text, bytes) else text.encode()
    return lambda path: path.write_bytes(data)


# name, what makes the file, what the sentence must hold beside the file's name
PEOPLE_FILES = [
    ("no-address-column", csv("name,town\nAnn,Bern\n"), ["name, town", "--map"]),
    ("nul", csv("address,name\nann@example.org,A\0B\n"), ["line 2", "NUL"]),
    ("nul-in-heading", csv("address,na\0me\nann@example.org,A\n"), ["line 1", "NUL"]),
    ("broken-utf8", csv(b"address,n\xc3\xa9\nann@example.org,Fran\xe7ois\n"),
     ["line 2", "UTF-8"]),
    ("broken-utf8-in-heading", csv(b"address,pr\xe9nom\nann@example.org,\xc3\xa9\n"),
     ["line 1", "UTF-8"]),
    ("unknown-charset", csv(b"address,name\nann@example.org,Fran\x81ois\n"), ["--charset"]),
    ("utf16-without-mark", csv("address,name\nx@example.org,X\n".encode("utf-16-le")),
     ["line 1", "NUL"]),
    ("empty", csv(""), ["is empty"]),
    ("header-only", csv("address,name\r\n"), ["nothing below the heading"]),
    ("header-without-newline", csv("address,name"), ["nothing below the heading"]),
    ("open-quote", csv('address,name\nann@example.org,A\nbob@example.org,"B\nx,y\n'),
     ["line 3", "never closed"]),
    ("open-quote-in-heading", csv('address,"name\nann@example.org,A\n'), ["never closed"]),
    ("300-columns", csv(",".join(["address"] + [f"c{i}" for i in range(299)]) + "\n"
                        + "ann@example.org" + ",x" * 299 + "\n"), ["300", "250"]),
    ("column-twice", csv("address,name,name\nx@example.org,a,b\n"), ['"name"', "twice"]),
    ("too-many-cells", csv("address\nann@example.org,x\n"), ["line 2", "2 cells"]),
    ("endless-cell", csv("address,name\nx@example.org," + "x" * 100000 + "\n"),
     ["line 2", "longer"]),
    ("folder", pathlib.Path.mkdir, ["folder"]),
    ("fifo", os.mkfifo, ["no regular file"]),
    ("missing", lambda path: None, ["Check the name"]),
    ("address-cr", csv('address\n"x@example.org\rRCPT TO:<y@example.org>"\n'),
     ["line 2", "line break"]),
    ("address-lf", csv('address\n"x@example\n.org"\n'), ["line 2", "line break"]),
    ("address-blank", csv("address\nx y@example.org\n"), ["line 2", "blank"]),
    ("address-two-at", csv("address\nx@y@example.org\n"), ["line 2", "two @"]),
    ("address-no-at", csv("address\nexample.org\n"), ["line 2", "no @"]),
    ("address-too-long", csv("address\n" + "x" * 65 + "@example.org\n"), ["line 2", "64"]),
    ("domain-too-long", csv("address\nx@" + "y." * 130 + "org\n"), ["line 2", "domain|254"]),
]


@pytest.mark.parametrize("make, words", [row[1:] for row in PEOPLE_FILES],
                         ids=[row[0] for row in PEOPLE_FILES])
def test_a_bad_people_file(site, tmp_path, make, words):
    path = tmp_path / "in.csv"
    make(path)
    before = site.json("people", "list"), site.json("list", "list")
    result = site.run("people", "import", path, "--list", "members", exit_code=1)
    # The counts of a file that could be read are printed, whatever they are.
    assert result.stderr.count("\n") == 1 and result.stderr.startswith(f"crier: {path}: ")
    sentences.check(result.stderr[:-1])
    for word in words:
        assert re.search(word, result.stderr), result.stderr
    assert (site.json("people", "list"), site.json("list", "list")) == before


def test_one_bad_row_does_not_keep_the_others_out(workspace, tmp_path):
    workspace.run("list", "new", "members")
    path = tmp_path / "in.csv"
    path.write_bytes(b"address,name\nann@example.org,Ann\nx@y@z,\nbob@example.org,\xff\n"
                     b"eve@example.org,\xc3\x88ve\n")
    result = workspace.run("people", "import", path, "--list", "members", "--json")
    assert (result.json()[0]["new"], result.json()[0]["invalid"]) == (2, 2)
    for said, line in zip(result.stderr.splitlines(), (3, 4), strict=True):
        sentences.check(said)
        assert said.startswith(f"crier: {path}: line {line}")


@pytest.mark.parametrize("address, words", [
    ("", "empty"),
    ("ann\rx@example.org", "line break"),
    ("ann@example.org\nDATA", "line break"),
    ("ann@example.org\r\nRCPT TO:<eve@example.org>", "line break"),
    ("ann x@example.org", "blank"),
    ("ann@exa mple.org", "domain|blank"),
    ("ann@example.org@example.net", "two @"),
    ("ann", "no @"),
    ("@example.org", "before the @"),
    ("ann@", "behind the @"),
    ("ann@example..org", "domain"),
    ("ann@-example.org", "domain"),
    (".ann@example.org", "dot"),
    ("ann..x@example.org", "dots"),
    ("x" * 65 + "@example.org", "64"),
    ("x@" + "y" * 64 + ".org", "63"),
    ("x" * 60 + "@" + "yyyyyyyyy." * 20 + "org", "254|domain"),
    ("x" * 5000 + "@example.org", "254|64"),
    ("ann\u202e@example.org", "invisible"),
    ("ann\x07@example.org", "control"),
    ('"ann@example.org', "quote"),
    ("ann@[300.1.1.1]", "IP address"),
], ids=lambda value: None)
def test_a_bad_address(site, address, words):
    said = sentences.refused(site, "people", "add", address)
    assert re.search(words, said), said
    assert re.search(words, sentences.refused(site, "suppress", "add", address))


# ---- words on the command line -----------------------------------------------------------


# words, exit code, what the sentence must hold
WORDS = [
    ("peple list", 2, ["'peple'", "crier people"]),
    ("people lst", 2, ["'lst'", "people list"]),
    ("campaign strt spring", 2, ["'strt'", "campaign start"]),
    ("people list --jsn", 2, ["--jsn", "--json"]),
    ("campaign new autumn --subjekt x", 2, ["--subjekt", "--subject"]),
    ("people list -Z", 2, ["-Z"]),
    ("people list --fields nonsense", 2, ["nonsense", "address"]),
    ("people list extra", 2, ["'extra'"]),
    ("people", 2, ["needs a verb"]),
    ("people add", 2, ["ADDRESS"]),
    ("people import x.csv", 2, ["--list"]),
    ("people list --list", 2, ["--list", "value"]),
    ("people add x@example.org --as", 2, ["--as"]),
    ("people add x@example.org --list nowhere", 1, ["nowhere"]),
    ("people add ann@example.org", 1, ["there already", "people set"]),
    ("people show eve@example.org", 1, ["eve@example.org"]),
    ("list new members", 1, ["members", "already"]),
    ("list new two~words", 2, ["two"]),
    ("list delete nowhere", 1, ["nowhere"]),
    ("suppress add x@example.org --reason no", 2, ["--reason", "manual"]),
    ("server add main --host localhost", 1, ["already", "server set"]),
    ("server add x --host localhost --connections 0", 2, ["connections", "1"]),
    ("server add x --host localhost --connections 99999999999999999999", 2, ["connections"]),
    ("server add x --host localhost:70000", 2, ["70000", "65535"]),
    ("server add x --host localhost --security perhaps", 2, ["starttls"]),
    ("server add x --host smtp.example.org --security none", 2, ["--plain-host"]),
    ("server add x --host localhost --user u", 2, ["--password-command"]),
    ("server add x --host localhost --user u --password secret", 2, ["--password-file"]),
    ("server add x --host localhost --user u --password=secret", 2, ["--password-file"]),
    ("server add x", 2, ["--host"]),
    ("server test nowhere", 1, ["nowhere", "server add"]),
    ("campaign set spring --give-up soon", 2, ["give"]),
    ("campaign show sprng", 1, ["sprng", "spring"]),
    ("campaign pause spring", 1, ["draft", "Start it"]),
    ("campaign resume spring", 1, ["draft", "start"]),
    ("campaign resolve spring", 2, ["--resend", "--skip"]),
    ("campaign deliveries spring --state sent", 2, ["sent", "accepted"]),
    ("campaign wait spring --timeout never", 2, ["--timeout"]),
    ("campaign wait spring --for done", 2, ["done", "finished"]),
    ("campaign start spring --yes 3", 5, ["2 people", "to 3", "--yes 2"]),
    ("campaign start spring --people 3..9", 5, ["2 people", r"3\.\.9"]),
    ("campaign start spring", 2, ["--yes 2"]),
    ("campaign start spring --yes two", 2, ["'two'", "whole number"]),
    ("campaign start spring --yes 0", 2, ["whole number"]),
    ("campaign start spring --yes 99999999999999999999", 2, ["whole number"]),
    ("campaign start spring --people 2", 2, ["MIN..MAX"]),
    ("campaign start spring --yes 2 --people 1..2", 2, ["--yes", "--people"]),
    ("campaign start nowhere --yes 2", 1, ["nowhere"]),
    ("campaign start spring --yes 2 --at soon", 2, ["--at", "'soon'"]),
    ("campaign set spring --hours 8-18", 2, ["hours", "08:00-18:00"]),
    ("campaign test spring --to a@example.org --timeout x", 2, ["--timeout"]),
    ("campaign new A~Slug", 2, ["'A Slug'"]),
    ("list new x --title " + "t" * 300, 2, ["title", "300"]),
    ("list set members --title " + "t" * 300, 2, ["--title", "300"]),
    ("people set ann@example.org --set city", 2, ["--set city", "FIELD=VALUE"]),
    ("people set ann@example.org --set a~b=c", 2, ["'a b'"]),
    ("people set ann@example.org --address nobody", 2, ["--address: 'nobody'"]),
    ("suppress undo --since 2h --domain a~b", 2, ["--domain: 'a b'"]),
    ("server set main --window abc", 2, ["--window: 'abc'"]),
    ("server set main --warm-up soon~50", 2, ["warm_up"]),
    ("server set main --messages-per-connection x", 2, ["--messages-per-connection: 'x'"]),
    ("server set main --preset gmial", 2, ["--preset"]),
    ("server test main --timeout x", 2, ["--timeout"]),
    ("server test main --from nobody", 2, ["--from: 'nobody'"]),
    ("server test main --from a@example.org --to nobody", 2, ["--to: 'nobody'"]),
    ("pool set p main:abc", 2, ["'main:abc'", "0 to 1000"]),
    ("pool set p --servers main:2000", 2, ["'main:2000'", "0 to 1000"]),
    ("pool set p nowhere:1", 1, ["'nowhere'", "server add"]),
    ("pool set P~x main", 2, ["'P x'"]),
    ("mailbox add m --address nobody", 2, ["--address: 'nobody'"]),
    ("mailbox add m --address b@example.org", 2, ["host is not set"]),
    ("settings set --hook-command a~'b", 2, ["--hook-command: "]),
    ("pause", 2, ["--all"]),
    ("worker --role post", 2, ["--role post", "send and inbox"]),
    ("db restore people.csv", 1, ["people.csv", "not a crier database"]),
    ("db restore nowhere.db", 1, ["nowhere.db", "Check the name"]),
    ("db backup people.csv", 1, ["people.csv", "another name"]),
    ("db backup nowhere/x.db", 1, ["nowhere/x.db", "Check the name"]),
    ("log --level loud", 2, ["loud", "warning"]),
    ("log --since yesterday", 2, ["--since"]),
    ("settings set --nonsense x", 2, ["--nonsense"]),
]


@pytest.mark.parametrize("words, code, needles", WORDS, ids=[row[0] for row in WORDS])
def test_bad_words(site, words, code, needles):
    argv = [word.replace("~", " ") for word in words.split()]
    said = sentences.refused(site, *argv, exit_code=code)
    for needle in needles:
        assert re.search(needle, said), said
    if "secret" in words:
        assert "secret" not in said.replace("--password-file", "")
    assert not site.was_contacted()


# ---- campaigns that cannot be started ----------------------------------------------------


def set_draft(*options):
    return lambda it: it.run("campaign", "set", "spring", *options)


# name, what is done before, what the sentence must hold
STARTS = [
    ("empty-list", lambda it: (it.run("list", "new", "empty"),
                               set_draft("--lists", "empty")(it)), ["nobody", "people import"]),
    ("all-suppressed", lambda it: [it.run("suppress", "add", address) for address in
                                   ("ann@example.org", "bob@example.org")], ["nobody"]),
    ("missing-list", set_draft("--lists", "nowhere"), ["nowhere", "list list"]),
    ("missing-server", set_draft("--server", "nowhere"), ["nowhere", "server add"]),
    ("server-off", lambda it: it.run("server", "set", "main", "--enabled", "no"),
     ["switched off", "--enabled yes"]),
    ("missing-body", lambda it: it.run("campaign", "new", "bare", "--from", "a@example.org",
                                       "--subject", "x", "--lists", "members", "--server",
                                       "main"), ["body"]),
    ("missing-subject", set_draft("--subject", ""), ["subject"]),
    ("open-tag-in-subject", set_draft("--subject", "{{first_name"), ["subject"]),
]


@pytest.mark.parametrize("prepare, needles", [row[1:] for row in STARTS],
                         ids=[row[0] for row in STARTS])
def test_a_start_that_cannot_be(own_site, prepare, needles):
    it = own_site
    prepare(it)
    name = "bare" if any(row["name"] == "bare" for row in it.status()["campaigns"]) else "spring"
    said = sentences.refused(it, "campaign", "start", name, "--yes", "2")
    for needle in needles:
        assert re.search(needle, said), said
    assert it.worker_pid() is None and not it.was_contacted()


@pytest.mark.parametrize("tail, words", [("{{#a}}x\n", "a"), ("{{a\n", "never closed|}}"),
                                         ("{{/a}}\n", "a")])
def test_a_body_that_is_no_template(own_site, tail, words):
    folder = own_site.home / "spring"
    (folder / "body.txt").write_text("Hello\n" + tail)
    own_site.run("apply", folder)
    said = sentences.refused(own_site, "campaign", "start", "spring", "--yes", "2")
    assert re.search(words, said) and re.search("line 2", said), said


def test_a_campaign_is_not_started_twice(workspace, sink, tmp_path):
    workspace.run("list", "new", "members")
    workspace.run("people", "add", "ann@example.org", "--list", "members")
    workspace.run("server", "add", "main", "--host", f"{sink.host}:{sink.port}", "--security",
                  "none")
    workspace.run("apply", Site.folder(tmp_path / "spring"))
    workspace.run("campaign", "start", "spring", "--yes", "1", "--no-worker")
    said = sentences.refused(workspace, "campaign", "start", "spring", "--yes", "1")
    assert "sending" in said
    workspace.run("worker", "--once")
    assert workspace.campaign("spring")["state"] == "finished"
    said = sentences.refused(workspace, "campaign", "start", "spring", "--yes", "1")
    assert "finished" in said
    assert "finished" in sentences.refused(workspace, "campaign", "set", "spring", "--subject",
                                           "x")
    assert sink.taken() == ["ann@example.org"]


def test_a_second_worker(workspace):
    workspace.run("init")
    first = workspace.popen("worker")
    waiting.wait_for(lambda: workspace.worker_pid() == first.pid, what="the worker")
    said = sentences.one(workspace.run("worker", exit_code=3))
    assert str(first.pid) in said
    sentences.one(workspace.run("worker", "--once", exit_code=3))
    said = sentences.one(workspace.run("db", "restore", workspace.home / "x.db", exit_code=None))
    assert first.poll() is None and workspace.worker_pid() == first.pid


# ---- databases ---------------------------------------------------------------------------


def with_sql(statement):
    def make(path):
        db = sqlite3.connect(path)
        db.execute(statement)
        db.commit()
        db.close()
    return make


def fresh(make):
    """In place of the database and without its log."""
    def replace(path):
        for old in path.parent.glob("crier.db*"):
            old.unlink()
        make(path)
    return replace


def cut(path):
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    for log in path.parent.glob("crier.db-*"):
        log.unlink()
    os.truncate(path, 20000)


DATABASES = [
    ("newer-schema", with_sql("PRAGMA user_version = 99"), ["99", "newer crier"]),
    ("no-database", fresh(lambda path: path.write_bytes(b"To whom it may concern\n" * 100)),
     ["not a crier database"]),
    ("another-program's", fresh(with_sql("CREATE TABLE songs (title)")),
     ["another program", "-w DIR"]),
    ("another-program's-with-id", fresh(with_sql("PRAGMA application_id = 252006673")),
     ["another program"]),
    ("cut-short", cut, ["damaged", "db restore"]),
    ("folder", fresh(pathlib.Path.mkdir), ["not a regular file"]),
    ("fifo", fresh(os.mkfifo), ["not a regular file"]),
]
VERBS = (("status",), ("people", "add", "eve@example.org"), ("worker", "--once"))


@pytest.mark.parametrize("make, needles", [row[1:] for row in DATABASES],
                         ids=[row[0] for row in DATABASES])
def test_a_bad_database(site, tmp_path, make, needles):
    copy = tmp_path / "workspace"
    shutil.copytree(site.workspace, copy)
    make(copy / "crier.db")
    it = crier.Crier(copy, tmp_path)
    before = (copy / "crier.db").read_bytes() if (copy / "crier.db").is_file() else None
    for verb in VERBS:
        said = sentences.one(it.run(*verb, exit_code=1))
        for needle in needles:
            assert re.search(needle, said), said
    if before is not None:
        assert (copy / "crier.db").read_bytes() == before


def test_a_locked_database(site):
    db = sqlite3.connect(site.workspace / "crier.db", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    try:
        said = sentences.one(site.run("people", "add", "eve@example.org", exit_code=75))
        assert "locked" in said and "Try again" in said
        # Who only reads does not have to wait.
        assert len(site.json("people", "list")) == 2
    finally:
        db.rollback()
        db.close()
    assert len(site.json("people", "list")) == 2


def as_ordinary_user(argv):
    """Root passes by every mode: without these two rights it is stopped like anybody."""
    if os.getuid() != 0:
        return argv
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", *argv]


@pytest.mark.parametrize("file_mode, folder_mode", [(0o400, 0o500), (0o400, 0o700)])
def test_a_read_only_database(site, tmp_path, file_mode, folder_mode):
    copy = tmp_path / "workspace"
    shutil.copytree(site.workspace, copy)
    (copy / "crier.db").chmod(file_mode)
    copy.chmod(folder_mode)
    it = crier.Crier(copy, tmp_path)
    done = subprocess.run(as_ordinary_user(it.argv("people", "add", "eve@example.org")),
                          env=it.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                          check=False)
    copy.chmod(0o700)
    said = sentences.one(crier.Result(done.args, done.returncode, done.stdout, done.stderr))
    assert done.returncode == 1 and "read-only" in said and "mode" in said
    assert sentences.snapshot(it)[0] == sentences.snapshot(site)[0]


FULL_DISK = r'''
set -e
mount -t tmpfs -o size=12m,mode=700 none "$1"
cp -r "$2" "$1/workspace"
cat /dev/zero >"$1/filler" 2>/dev/null || true
code=0
"$3" -w "$1/workspace" people import "$4" --list members || code=$?
echo "code $code"
rm "$1/filler"
"$3" -w "$1/workspace" db check
"$3" -w "$1/workspace" people list --tsv --fields address | tail -n +2 | wc -l
'''


def test_a_full_disk(site, tmp_path):
    unshare = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-Urm"]
    if subprocess.run([*unshare, "mount", "-t", "tmpfs", "none", tmp_path], check=False,
                      capture_output=True).returncode != 0:
        pytest.skip("no file system can be mounted here, not even a private one")
    many = tmp_path / "many.csv"
    many.write_text("address,note\n" + "".join(f"p{i}@example.net,{'x' * 400}\n"
                                               for i in range(30000)))
    mount = tmp_path / "disk"
    mount.mkdir()
    done = subprocess.run([*unshare, "sh", "-c", FULL_DISK, "sh", mount, site.workspace,
                           crier.program(), many], env=site.env, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=120, check=False)
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "code 75" in out, out + err
    assert err.count("\n") == 1, err
    sentences.check(err[:-1])
    assert "disk is full" in err
    assert done.returncode == 0 and "not" not in out, out
    # Whole batches or nothing: what was taken is counted rightly, nobody's row is half there.
    assert int(out.splitlines()[-1]) % 2 == 0


def test_a_full_output(site):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(site.argv("people", "list"), stdout=full, stderr=subprocess.PIPE,
                              env=site.env, stdin=subprocess.DEVNULL, timeout=60, check=False)
    sentences.check(done.stderr.decode()[:-1])
    assert done.returncode == 75 and b"disk is full" in done.stderr
    for verb in (("suppress", "export"), ("people", "export", "--list", "members")):
        said = sentences.refused(site, *verb, "-o", "/dev/full", exit_code=75)
        assert "disk is full" in said and pathlib.Path("/dev/full").is_char_device()


def test_an_export_into_a_pipe(site, tmp_path):
    """It is written to, and still a pipe behind it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        site.run("people", "export", "--list", "members", "-o", pipe)
        assert reader.stdout.read().startswith(b"address,")
    assert pipe.is_fifo()


def test_a_file_size_limit(site, tmp_path):
    many = tmp_path / "many.csv"
    many.write_text("address\n" + "".join(f"p{i}@example.net\n" for i in range(30000)))
    copy = tmp_path / "workspace"
    shutil.copytree(site.workspace, copy)
    it = crier.Crier(copy, tmp_path)
    limit = (copy / "crier.db").stat().st_size + 65536
    done = subprocess.run(it.argv("people", "import", many, "--list", "members"), env=it.env,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                                (limit, limit)))
    said = sentences.one(crier.Result(done.args, done.returncode, done.stdout, done.stderr))
    assert done.returncode == 75, said
    it.run("db", "check")


# ---- workspaces --------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o722])
def test_a_workspace_that_others_may_write_to(tmp_path, mode):
    folder = tmp_path / "workspace"
    folder.mkdir()
    folder.chmod(mode)
    said = sentences.one(crier.Crier(folder, tmp_path).run("status", exit_code=1))
    assert "chmod go-w" in said and not list(folder.iterdir())


@pytest.mark.parametrize("place", ["file", "/dev/null", "/proc/nowhere/x"])
def test_a_workspace_that_cannot_be(tmp_path, place):
    (tmp_path / "file").touch()
    said = sentences.one(crier.Crier(tmp_path / place, tmp_path).run("status", exit_code=1))
    assert place in said
