"""Which failed tests the whole suite runs a second time (tests/secondrun.py)."""
import os
import pathlib
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parent.parent

SUITE = """
import os
import pytest

@pytest.mark.parametrize("n", range(int(os.environ["HOW_MANY"])))
def test_busy(n):
    assert False, n

@pytest.mark.proof
def test_nobody_twice():
    assert "DOUBLED" not in os.environ

def test_good():
    pass
"""


@pytest.mark.parametrize("how_many, doubled, again", [
    (0, False, 0), (1, False, 1), (3, False, 3), (4, False, 0), (0, True, 0), (1, True, 0)])
def test_a_few_are_and_a_proof_never_is(tmp_path, how_many, doubled, again):
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = proof: x\n")
    wanted = tmp_path / "again"
    env = {**os.environ, "PYTHONPATH": str(TESTS), "HOW_MANY": str(how_many),
           "CRIER_SECOND_RUN": str(wanted), "PYTEST_ADDOPTS": ""}
    if doubled:
        env["DOUBLED"] = "yes"
    subprocess.run([sys.executable, "-s", "-m", "pytest", "-q", "-p", "secondrun", "-n", "2",
                    "-p", "no:cacheprovider", "."], cwd=tmp_path, env=env, check=False,
                   capture_output=True, timeout=120)
    names = wanted.read_text().split("\0")[:-1] if wanted.exists() else []
    suite = tmp_path / "test_suite.py"
    assert sorted(names) == [f"{suite}::test_busy[{n}]" for n in range(again)]
