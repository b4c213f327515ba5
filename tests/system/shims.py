"""Small libraries to be preloaded into crier, which make something go wrong inside of it that
nobody can make go wrong from outside. Their sources are in preload/; each is one file of C that
says itself what it does.

Not for what strace can inject.
"""
import pathlib
import shutil
import subprocess
import tempfile

import crier
import pytest

SOURCES = pathlib.Path(__file__).resolve().parent / "preload"
_built = {}


def is_sanitized():
    """Whether the program under test was built with sanitizers."""
    makefile = pathlib.Path(crier.program()).parent / "Makefile"
    try:
        return "-fsanitize" in makefile.read_text(errors="replace")
    except OSError:
        return False


def _compiler():
    return next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)


def path(name):
    """The library made of preload/NAME.c; skips the test where it cannot be made."""
    if name not in _built:
        compiler = _compiler()
        if compiler is None:
            pytest.skip("no C compiler here (Debian: gcc)")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="crier-preload-"))
        library = folder / f"{name}.so"
        done = subprocess.run([compiler, "-std=gnu11", "-O1", "-Wall", "-Werror", "-shared",
                               "-fPIC", "-o", library, SOURCES / f"{name}.c", "-ldl"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert done.returncode == 0, done.stdout.decode()
        _built[name] = library
    return _built[name]


def environment(name, **variables):
    """What has crier run with preload/NAME.c, which reads the variables."""
    if is_sanitized():
        pytest.skip("a sanitized build has its own library in that place")
    return {"LD_PRELOAD": str(path(name)), **{key: str(v) for key, v in variables.items()}}


def remove_all():
    """What was built, at the end of a session."""
    for library in _built.values():
        shutil.rmtree(library.parent, ignore_errors=True)
    _built.clear()
