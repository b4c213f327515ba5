"""crier demo: its account, and that nothing stays behind, however it ends."""
import json
import signal
import subprocess

import pytest

import crier
import waiting


@pytest.fixture
def place(home):
    """The folder for temporary files, as a workspace so that its processes are found."""
    folder = home / "tmp"
    folder.mkdir(mode=0o700)
    it = crier.Crier(folder, home, {"TMPDIR": str(folder)})
    yield it
    it.stop_all()


def begin(place, *args):
    return subprocess.Popen([crier.program(), "demo", *args], env=place.env, cwd=place.home,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def check_nothing_is_left(place):
    waiting.wait_for(lambda: not place.processes(), what="the processes of the demo to end")
    assert list(place.workspace.iterdir()) == []


def test_to_its_end(place):
    demo = begin(place, "--people", "300", "--json")
    out, err = demo.communicate(timeout=crier.RUN_DEADLINE_S)
    assert demo.returncode == 0, err
    assert json.loads(out)["people"] == 300
    check_nothing_is_left(place)


# What the folder has when it prepares, and when it sends.
@pytest.mark.parametrize("sign", ["*/workspace/crier.db", "*/workspace/flight.journal"],
                         ids=["prepares", "sends"])
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_on_the_way(place, signum, sign):
    demo = begin(place, "--people", "30000")
    waiting.wait_for(lambda: list(place.workspace.glob(sign)), what=sign)
    demo.send_signal(signum)
    _, err = demo.communicate(timeout=crier.RUN_DEADLINE_S)
    assert demo.returncode == 128 + signum, err
    assert b"the demo was stopped" in err
    check_nothing_is_left(place)
