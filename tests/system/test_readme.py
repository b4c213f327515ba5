"""What README promises works as it is written there."""
import pathlib
import re
import subprocess
import textwrap

import crier

README = pathlib.Path(__file__).resolve().parents[2] / "README"


def tour():
    """The commands of the five minutes, as one script."""
    section = README.read_text().split("\nFive minutes\n")[1].split("\nWhen more than one")[0]
    indented = [line for line in section.splitlines() if line.startswith("    ")]
    return textwrap.dedent("\n".join(indented)) + "\n"


def test_begins_with_the_two_commands():
    commands = re.findall(r"^    (\./bootstrap \w+)", README.read_text(), re.MULTILINE)
    assert commands[:2] == ["./bootstrap demo", "./bootstrap check"]


def test_tour_works(home, sink):
    script = tour()
    # The test's own server, folder and program take the places of the reader's.
    replaced = [("/tmp/tour", str(home / "tour")),
                ("127.0.0.1:2525", f"127.0.0.1:{sink.port}"),
                ("crier sink --port 2525 --maildir mail &\n", ""),
                ("$PWD/build", str(pathlib.Path(crier.program()).parent))]
    for old, new in replaced:
        assert old in script
        script = script.replace(old, new)
    workspace = crier.Crier(home / "tour" / "workspace", home)
    try:
        done = subprocess.run(["/bin/sh", "-eu", "-c", script], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                              env=crier.clean_environment(home), cwd=home, check=False)
        assert done.returncode == 0, done.stdout.decode()
        assert workspace.campaign("spring")["accepted"] == 3
    finally:
        workspace.stop_all()
    assert sorted(sink.taken()) == ["ann@example.org", "bob@example.net", "eve@example.com"]
    subjects = sorted(str(message["Subject"]) for message in sink.parsed())
    assert subjects == ["Ann, spring is here", "Bob, spring is here", "Friend, spring is here"]
