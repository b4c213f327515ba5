"""FAULTS beside this file says which test makes which fault happen: it must be true."""
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
NAMED = re.compile(r"^    (\S+\.py)::(\w+)$", re.MULTILINE)


def rows():
    """{fault: [(file, test), …]} of FAULTS."""
    text = (HERE / "FAULTS").read_text(encoding="utf-8")
    parts = [part for part in text.split("\n\n") if NAMED.search(part)]
    return {part.splitlines()[0]: NAMED.findall(part) for part in parts}


def functions_of(path):
    return set(re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_test_that_is_named_is_there():
    assert len(rows()) >= 19
    missing = [f"{file}::{test}" for named in rows().values() for file, test in named
               if test not in functions_of(HERE / file)]
    assert not missing


def test_every_test_of_a_fault_is_named():
    named = {(HERE / file).resolve().name: set() for row in rows().values() for file, _ in row}
    for row in rows().values():
        for file, test in row:
            named[pathlib.Path(file).name].add(test)
    paths = [*HERE.glob("test_fault_*.py"), *(HERE.parent / "tui").glob("test_fault_*.py")]
    paths.remove(pathlib.Path(__file__).resolve())
    assert len(paths) >= 7
    for path in paths:
        assert functions_of(path) == named.get(path.name), path.name
