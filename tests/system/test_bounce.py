"""crier bounce classify: what real mail that came back says, and that no rule knows the tests."""
import csv
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

import crier

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "src"
MAIL = """\
Return-Path: <>
From: Mail System <MAILER-DAEMON@mx.example.net>
To: news@example.org
Subject: failure notice

<ann@example.net>:
550 5.1.1 no such user here

<bob@example.net>:
552 5.2.2 mailbox is full
"""
# The aims of design: all of the visible half, and of it what no parser's own corpus holds.
AIMS = [
    ((), dict(kind=97.5, found=99.0, precision=99.5, recall=98.5)),
    (("--exclude", "sisimai"), dict(kind=97.0, found=98.5, precision=99.5, recall=97.0)),
]


@pytest.fixture
def data():
    folder = pathlib.Path(os.environ.get("CRIER_TESTDATA", "/nowhere")) / "bounces"
    if not (folder / "labels.tsv").exists():
        pytest.skip("CRIER_TESTDATA has no bounces")
    return folder


@pytest.fixture
def mail(workspace):
    path = workspace.home / "returned.eml"
    path.write_text(MAIL)
    return path


def rows(done):
    return list(csv.DictReader(done.stdout.splitlines(), delimiter="\t"))


# ---- the verb ----


def test_a_row_a_recipient(workspace, mail):
    ann, bob = rows(workspace.run("bounce", "classify", "--tsv", mail))
    assert ann == {"file": str(mail), "kind": "bounce", "recipient": "ann@example.net",
                   "status": "5.1.1", "class": "hard"}
    assert (bob["recipient"], bob["status"], bob["class"]) == ("bob@example.net", "5.2.2", "soft")


def test_json_says_why(workspace, mail):
    ann, bob = workspace.run("bounce", "classify", "--json", mail).json()
    assert ann["reason"] == "user-unknown" and ann["fault"] == "address" and ann["rule"]
    assert "mailbox is full" in bob["diagnostic"] and "no such user" not in bob["diagnostic"]
    assert ann["sender"] == "MAILER-DAEMON@mx.example.net"


def test_needs_no_workspace(workspace, mail, tmp_path):
    where = tmp_path / "none"
    done = subprocess.run([crier.program(), "-w", where, "bounce", "classify", mail],
                          env=workspace.env, capture_output=True, check=True)
    assert b"ann@example.net" in done.stdout and not where.exists()


def test_names_on_standard_input(workspace, mail):
    done = workspace.run("bounce", "classify", "-", stdin=f"{mail}\n\n{mail}\n".encode())
    assert len(rows(done)) == 4


def test_what_cannot_be_read(workspace, mail):
    """Told, and the rest is read all the same."""
    folder = workspace.home / "folder"
    folder.mkdir()
    done = workspace.run("bounce", "classify", workspace.home / "no.eml", folder, mail,
                         exit_code=1)
    assert len(rows(done)) == 2
    assert done.stderr.count("\n") == 2 and "no.eml" in done.stderr and "folder" in done.stderr


def test_a_name_that_never_ends(workspace):
    done = workspace.run("bounce", "classify", "-", stdin=b"x" * 10000, exit_code=1)
    assert "One name a line" in done.stderr


@pytest.mark.parametrize("octets", [b"", b"\0" * 100, b"\xff" * 5000, b"From: \x1b[2J@\n\n"])
def test_any_file_will_do(workspace, octets):
    path = workspace.home / "odd.eml"
    path.write_bytes(octets)
    row, = rows(workspace.run("bounce", "classify", path))
    assert (row["kind"], row["recipient"], row["class"]) == ("other", "", "none")


def test_nothing_of_the_mail_drives_the_terminal(workspace):
    path = workspace.home / "odd.eml"
    path.write_text(MAIL.replace("no such user", "no \x1b]0;x\x07 such\x9b user"))
    for how in ("--tsv", "--json"):
        done = workspace.run("bounce", "classify", how, "--fields", "diagnostic", path)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", done.stdout)


@pytest.mark.parametrize("words", [(), ("--fields", "nonsense", "x.eml"), ("--nonsense", "x.eml")])
def test_wrong_words(workspace, words):
    assert workspace.run("bounce", "classify", *words, exit_code=2).stderr


# ---- real mail ----


@pytest.fixture
def answers(workspace, data):
    names = "".join(f"{path}\n" for path in sorted((data / "eml").iterdir()))
    path = workspace.home / "answers.tsv"
    path.write_text(workspace.run("bounce", "classify", "--tsv", "-", stdin=names.encode()).stdout)
    return path


def score(data, answers, *options):
    done = subprocess.run([sys.executable, data / "score.py", data / "labels.tsv", answers,
                           "--json", *options], capture_output=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("options,aims", AIMS, ids=["all", "without-sisimai"])
def test_aims(data, answers, options, aims):
    got = score(data, answers, *options)
    reached = {"kind": 100 * got["kind_ok"] / got["files"],
               "found": 100 * got["b_ok"] / got["b_tot"],
               "precision": got["precision"], "recall": got["recall"]}
    assert not {name: value for name, value in reached.items() if value < aims[name]}
    assert got["nb_false"] == 0


def test_every_request_to_unsubscribe_is_found(data, answers):
    kinds = {}
    for row in csv.DictReader(answers.read_text(encoding="utf-8").splitlines(), delimiter="\t"):
        kinds[os.path.basename(row["file"])] = row["kind"]
    with open(data / "labels.tsv", encoding="utf-8") as file:
        wanted = [label["file"] for label in csv.DictReader(file, delimiter="\t")
                  if label["kind"] == "unsubscribe"]
    assert wanted and all(kinds[name] == "unsubscribe" for name in wanted)


def test_no_rule_names_a_message_of_the_tests(data):
    """A rule that knows a test message says nothing about the next one."""
    sources = [*(SOURCES / "inbound").iterdir(), *(SOURCES / "model").glob("bounce*")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources).lower()
    files, addresses = set(), set()
    with open(data / "labels.tsv", encoding="utf-8") as file:
        for label in csv.DictReader(file, delimiter="\t"):
            files.add(pathlib.Path(label["file"]).stem.split("__")[-1].lower())
            addresses |= {a for a in re.split("[,|]", label["recipients"].lower()) if "@" in a}
    hosts = {address.rpartition("@")[2] for address in addresses}
    hosts = {h for h in hosts if not h.startswith("example.") and h.count(".") and len(h) > 6}
    locals_ = {a.partition("@")[0] for a in addresses}
    locals_ = {name for name in locals_ if len(name) > 9 and not name.isalpha()}
    names = {name for name in files if len(name) > 5 and re.search(r"\d", name)}
    used = set()
    for word in re.findall(r"[\w.@+-]+", text):
        used |= {word, word.strip(".-"), *word.split("@")}
    assert addresses and names and not used & (names | addresses | hosts | locals_)
