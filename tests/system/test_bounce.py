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


# Words that are in rules for what they mean, and happen to be in a test address or file name too.
GENERIC = {"aol", "bounce", "complaint", "courrier", "delayed", "disposition-notification", "email",
           "example", "expired", "filtered", "final", "gmail", "host", "invalid", "local", "mail",
           "multipart", "original", "postmaster", "quota", "quoted-printable", "recipient", "test",
           "undeliverable", "user", "yahoo"}
# What programs write in front of a reply, as a name of a mail server would look; qmail's list.
PROGRAMS = re.compile(r"resolver\.(adr|rst)\..*|mail\.delivery\.system")
PRODUCTS = {"badrcptto"}
HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")


def rule_words():
    """All words of the strings in the sources of the rules, and what looks like a host in them."""
    words, hosts = set(), set()
    for path in [*(SOURCES / "inbound").iterdir(), *(SOURCES / "model").glob("bounce*")]:
        text = re.sub(r"/\*.*?\*/|^#include.*?$", "", path.read_text(encoding="utf-8"),
                      flags=re.S | re.M)
        text = re.sub(r"'(?:\\.|[^'\\])'", "", re.sub(r'"\s*\n\s*"', "", text))
        for literal in re.findall(r'"((?:\\.|[^"\\])*)"', text):
            hosts |= set(HOST.findall(literal.lower()))
            for word in re.findall(r"[\w.@+-]+", literal.lower()):
                words |= {word, word.strip(".-"), *word.split("@")}
    return words, {host for host in hosts if not PROGRAMS.fullmatch(host)}


def test_no_rule_names_a_message_of_the_tests(data):
    """A rule that knows a test message says nothing about the next one: no address in it, no
    part of one, no host that it went through, no name of its file."""
    words, hosts = rule_words()
    mail = "\n".join(path.read_bytes().decode("latin-1").lower()
                     for path in (data / "eml").iterdir())
    stems, addresses = set(), set()
    with open(data / "labels.tsv", encoding="utf-8") as file:
        for label in csv.DictReader(file, delimiter="\t"):
            stem = pathlib.Path(label["file"]).stem.lower()
            stems |= {stem, stem.split("__")[-1]}
            addresses |= {a for a in re.split("[,|]", label["recipients"].lower()) if "@" in a}
    parts = {part for address in addresses
             for part in (*address.split("@"), *address.partition("@")[2].split("."))}
    named = {name for name in stems | addresses | parts if len(name) > 3}
    assert len(addresses) > 200 and len(stems) > 600 and len(words) > 1000
    assert not (words & named) - GENERIC - PRODUCTS
    assert not {host for host in hosts if host in mail}
