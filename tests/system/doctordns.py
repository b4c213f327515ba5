"""What the tests of the doctor's names share: findings as rows of the table, and a name server of
the client's own."""
import contextlib
import json
import pathlib
import subprocess

import crier
import dnsserver
import netlab

PROGRAM = pathlib.Path(dnsserver.__file__)


def run_of(told):
    """The only run of `crier doctor … --json`."""
    return told["runs"][0]


def found(situation, report, name, seconds):
    """The finding of that check, which is a row of the table."""
    it = netlab.check_of(report, name)
    netlab.record_situation(f"{name}: {situation}", it["text"], seconds)
    return it


def expect(it, result, code, *says):
    assert (it["result"], it["code"]) == (result, code), it
    for text in says:
        assert text in it["text"], it


@contextlib.contextmanager
def name_server(lab, **told):
    """The client asks a DnsServer of its own at 127.0.0.1 instead of the lab's."""
    path = lab.folder / "resolv.conf"
    before = path.read_text()
    process = subprocess.Popen(
        [*lab.inside("client"), "/usr/bin/python3", "-s", PROGRAM, "53", "--json"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        process.stdin.write(json.dumps(told).encode() + b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"ready\n"
        # Written in place: it is a mount in there.
        path.write_text("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
        yield
    finally:
        path.write_text(before)
        process.stdin.close()
        crier.stop_process(process)
        process.stdout.close()
