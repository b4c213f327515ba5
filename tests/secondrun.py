"""A plugin: which tests may be run a second time, alone.

The tests run beside each other on whatever machine there is, and a busy one can break a test that
says nothing of crier. So a few that failed are run once more with nothing beside them, and are
named in the output. Never one that is marked `proof`: it counts who was lost or mailed twice, and
one failure in a thousand runs is what it looks for.
"""
import os

MOST = 3

_failed = {}


def pytest_runtest_logreport(report):
    if report.failed:  # outside the rootdir a node's id names no file
        test = report.location[0], report.nodeid.partition("::")[2]
        _failed[test] = _failed.get(test, False) or "proof" in report.keywords


def pytest_sessionfinish(session):
    """NUL-separated, for xargs; no file when there is nothing to be run again."""
    path = os.environ.get("CRIER_SECOND_RUN")
    if not path or hasattr(session.config, "workerinput"):
        return
    if not 0 < len(_failed) <= MOST or any(_failed.values()):
        return
    with open(path, "w", encoding="utf-8") as file:
        for name, node in _failed:
            file.write(f"{(session.config.rootpath / name).resolve()}::{node}\0")
