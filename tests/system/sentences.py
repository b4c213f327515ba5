"""How an error message must read, and proof that a refused command changed nothing."""
import re
import sqlite3

# Words of the machine room: a person who reads them knows neither what nor what to do.
_CODE_LIKE = re.compile(r"SQLITE|errno|\(null\)|assert|%s|No such file or directory|"
                        r"Permission denied|Is a directory|SSL:|\\n|CRIER_")


_UNCOUNTED = ('INSERT INTO "meta"', 'INSERT INTO "campaign_list"')


def check(sentence):
    """The rules of CLI.md for one error message, without its newline."""
    assert sentence.startswith("crier: "), sentence
    said = sentence[len("crier: "):]
    assert "\n" not in said and not said.startswith("crier:"), sentence
    assert not _CODE_LIKE.search(said), sentence
    assert not re.search(r"(?:^|: )([^:]+): \1(?::|$)", said), f"said twice: {sentence}"
    assert ".." not in said.replace("..\"", "").replace("/..", "").replace("MIN..MAX", "") or \
        re.search(r"\d\.\.\d|\.\./|[a-z]\.\.[a-z]", said), sentence
    assert not said.endswith((".", ":", " ")), sentence
    assert len(said) <= 420, sentence


def one(result):
    """The one sentence that a refused command printed, on standard error alone."""
    assert result.stdout == "", f"{result!r}"
    assert result.stderr.count("\n") == 1 and result.stderr.endswith("\n"), f"{result!r}"
    check(result.stderr[:-1])
    return result.stderr[:-1]


def snapshot(workspace):
    """Everything that the database holds, and the names of the files beside it.

    Not meta: it notes that the database was opened. Not campaign_list: it is the lists of the
    campaign's record in another form, made whenever its people are counted."""
    path = workspace.workspace / "crier.db"
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        rows = [line for line in db.iterdump() if not line.startswith(_UNCOUNTED)]
    finally:
        db.close()
    files = sorted(str(p.relative_to(workspace.workspace))
                   for p in workspace.workspace.rglob("*")
                   if not p.name.startswith("crier.db-") and p.name != "worker.lock")
    return rows, files


def refused(workspace, *args, exit_code=1, **kwargs):
    """Runs a command that must be refused; returns the sentence. Nothing may have changed."""
    before = snapshot(workspace)
    result = workspace.run(*args, exit_code=exit_code, **kwargs)
    sentence = one(result)
    assert snapshot(workspace) == before, sentence
    return sentence
