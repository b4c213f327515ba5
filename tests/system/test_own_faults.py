"""Refusals that are our own fault: which they are (crier fault), and what follows from them."""
import csv
import os
import pathlib
import re

import pytest

SPF = "550 5.7.27 Your email has been blocked because SPF authentication did not pass"


# ---- the table ---------------------------------------------------------------------------


def explain(workspace, reply, *args):
    return workspace.json("fault", "explain", reply, *args)


def test_whose_fault_a_reply_is(workspace):
    ours = explain(workspace, SPF)
    assert (ours["ours"], ours["cause"], ours["code"], ours["enhanced"]) == (
        True, "spf", 550, "5.7.27")
    assert "SPF record" in ours["todo"] and ours["rests"] == "receiver"
    assert re.fullmatch(r".*/faults\.cfg:\d+", ours["row"])
    person = explain(workspace, "550 5.1.1 blocked, spam, SPF")
    assert (person["ours"], person["cause"], person["rests"]) == (False, "person", "nothing")
    nobody = explain(workspace, "451 4.3.0 Try later")
    assert (nobody["ours"], nobody["cause"], nobody["row"]) == (False, None, None)
    # The same code means another thing elsewhere.
    assert explain(workspace, "550 5.7.27 no", "--receiver", "gmail")["cause"] == "spf"
    assert explain(workspace, "550 5.7.27 no", "--receiver", "example.org")["cause"] == "sender"
    assert "begins with its code" in workspace.run("fault", "explain", "blocked",
                                                   exit_code=2).stderr
    assert "No row fits" in nobody["todo"]
    assert "Did you mean 'gmail'?" in workspace.run("fault", "explain", SPF, "--receiver", "gmial",
                                                    exit_code=1).stderr
    text = workspace.run("fault", "explain", SPF).stdout
    assert "SPF" in text and "faults.cfg:" in text


def test_the_table_and_a_persons_own_rows_before_it(workspace):
    shipped = workspace.json("fault", "list")
    assert len(shipped) > 100 and shipped[0]["row"] == 1
    assert all(row["cause"] and row["todo"] and row["line"] > 0 for row in shipped)
    own = workspace.workspace / "faults.cfg"
    own.write_text('format = 1;\nfaults = (\n'
                   '  { cause = "tax"; label = "unpaid tax"; todo = "Pay it"; text = "levy*"; },\n'
                   '  { cause = "later"; code = "550"; enhanced = "5.7.27"; }\n);\n')
    rows = workspace.json("fault", "list")
    assert len(rows) == len(shipped) + 2
    assert [row["file"] for row in rows[:3]] == [str(own), str(own), shipped[0]["file"]]
    tax = explain(workspace, "554 A levying office closed us")
    assert (tax["ours"], tax["label"], tax["todo"], tax["row"]) == (
        True, "unpaid tax", "Pay it", f"{own}:3")
    assert explain(workspace, SPF)["ours"] is False


def test_a_broken_table_is_told_in_one_sentence(workspace):
    own = workspace.workspace / "faults.cfg"
    own.write_text(
        'format = 1;\nfaults = (\n  { cause = "spff"; text = "spf"; }\n);\n')
    done = workspace.run("fault", "list", "--json", exit_code=4)
    assert f"crier: {own}:3: cause:" in done.stderr and 'Did you mean "spf"?' in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert len(done.json()) > 100
    # What is shipped is in force all the same.
    assert workspace.run("fault", "explain", "--json", SPF, exit_code=4).json()["cause"] == "spf"


def test_a_broken_installation_is_no_warning(workspace, tmp_path):
    """Without the shipped table nothing is decided."""
    shipped = tmp_path / "faults.cfg"
    shipped.write_text('format = 1;\nfaults = ( { caus = "spf"; } );\n')
    for verb in (("fault", "list"), ("fault", "explain", SPF)):
        done = workspace.run(*verb, env={"CRIER_DATADIR": str(tmp_path)}, exit_code=1)
        assert done.stderr.startswith(f"crier: {shipped}:2: ") and not done.stdout


def bounces():
    folder = pathlib.Path(os.environ.get("CRIER_TESTDATA", "/nowhere")) / "bounces"
    if not (folder / "labels.tsv").exists():
        pytest.skip("CRIER_TESTDATA has no bounces")
    with open(folder / "labels.tsv", encoding="utf-8") as file:
        for label in csv.DictReader(file, delimiter="\t"):
            if label["kind"] in ("bounce", "delayed"):
                yield label, (folder / "eml" / label["file"]).read_bytes()


def reply_in(raw):
    """The refusal that a bounce's Diagnostic-Code names, else the first in its text."""
    field = re.search(rb"(?im)^Diagnostic-Code:\s*((?:.*)(?:\r?\n[ \t]+.*)*)", raw)
    for text, pattern in ((field and field.group(1), rb"(?<![\d.])[45]\d\d[ -].*"),
                          (raw, rb"(?<![\w.])[45]\d\d[ -][^\n]*(?:\n[^\n]+){0,3}")):
        found = text and re.search(pattern, re.sub(rb"\r?\n[ \t]+", b" ", text))
        if found:
            return " ".join(found.group(0).decode("utf-8", "replace").split())[:900]
    return None


def test_real_bounces(workspace):
    """Nobody whose address is at fault is taken for ours; most of what is ours is found."""
    about_us = {"spam", "blocked", "requireptr", "authfailure", "spamdetected", "norelaying",
                "policyviolation", "virusdetected"}
    wrong, found, n_ours = [], 0, 0
    step = 1 if os.environ.get("CRIER_LONG_TESTS") else 3
    for label, raw in list(bounces())[::step]:
        reply = reply_in(raw)
        is_ours = bool(set(label["reason"].split(",")) & about_us)
        if not reply or not (is_ours or label["class"] == "hard" or "full" in label["reason"]):
            continue
        told = explain(workspace, reply)
        if is_ours:
            n_ours += 1
            found += told["ours"]
        elif told["ours"]:
            wrong.append((label["file"], told["cause"]))
    assert wrong == []
    assert n_ours > 25 and found / n_ours > 0.9
