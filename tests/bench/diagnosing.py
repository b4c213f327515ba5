"""crier doctor in a network of its own: a healthy server, and a port that is dropped on the way.

Beside what the network itself takes: a bare connection to the same server, and one that gives up
after the time that the doctor gives a connection.
"""
import json
import logging
import os
import shutil
import warnings

import measure
from figures import Aim
from place import check, say

HOST = "four.example.org"
HEALTHY_MS = 2000
DROPPED_MS = 8000
PATIENCE_S = 4
BOTH = "mail.example.org"  # by IPv4 and IPv6
SERVERS = {"fine": (HOST, 587), "dropped": (HOST, 25), "both": (BOTH, 25)}

_BARE = f"""
import socket, sys
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout={PATIENCE_S}) as s:
        lines = s.makefile("rwb", buffering=0)
        lines.readline()
        lines.write(b"EHLO client.example.org\\r\\n")
        while lines.readline()[3:4] == b"-":
            pass
        lines.write(b"QUIT\\r\\n")
        print("over", lines.readline())
except TimeoutError:
    print("silence")
"""


def _server_in(lab, certificates):
    """A server with all that a healthy one has, its name for crier, and the login."""
    certificate = certificates._signed("healthy", f"DNS:{HOST}")
    lab.serve_smtp(port=587, tls="starttls", context=certificates.context(certificate),
                   users={"news": "secret"})
    lab.start_dns(f"host-record=client.example.org,{netlab().OUTSIDE}")
    home = lab.folder / "home"
    shutil.copy(certificates.ca, home / "ca.pem")
    (home / "ca.pem").chmod(0o644)
    (home / "password").write_text("secret\n")
    if os.getuid() == 0:
        shutil.chown(home / "password", "nobody")
    (home / "password").chmod(0o600)
    it = lab.crier("bench")
    inside = f"{lab.base}/home"
    it.run("init")
    it.run("settings", "set", "--hello", "client.example.org")
    for name, (host, port) in SERVERS.items():
        it.run("server", "add", name, "--host", f"{host}:{port}", "--security", "starttls", "--ca-file",
               f"{inside}/ca.pem", "--user", "news", "--password-file", f"{inside}/password")
    return it


def netlab():
    """The lab of the system tests; it needs pytest to say why there is none."""
    import netlab as module
    return module


def _doctor(bench, it, name):
    cost = measure.run(it.argv("doctor", name, "--json"), it.env, bench.folder, exit_codes=(0, 1))
    run, = json.loads(cost.stdout)["runs"]
    return cost, run


def _measure(bench, lab, certificates):
    it = _server_in(lab, certificates)
    lab.filter("r1", "tcp dport 25 drop")
    rows = (
        ("fine", "doctor, a healthy server", "a bare session", HEALTHY_MS, "ok", None, "over"),
        ("dropped", "doctor, a dropped port", f"a connection of {PATIENCE_S} s", DROPPED_MS,
         "fail", "dropped", "silence"),
        ("both", "doctor, a dropped port, IPv4 and IPv6", f"two connections of {PATIENCE_S} s",
         DROPPED_MS, "fail", "dropped", "silence"))

    def ours(name, result, code):
        cost, run = _doctor(bench, it, name)
        check((run["result"], run["code"]) == (result, code),
              f"the doctor says of {name}: {run['result']}: {run['verdict']}")
        return cost.seconds * 1000

    def theirs(name, said):
        cost = measure.run([*lab.as_nobody(), "/usr/bin/python3", "-I", "-S", "-c", _BARE,
                            *SERVERS[name]], it.env, bench.folder)
        check(cost.stdout.startswith(said), f"a bare session: {cost.stdout}")
        return cost.seconds * 1000

    for name, title, peer_title, limit, result, code, said in rows:
        figure = bench.report.figure(title, "ms", peer_title, False, Aim(limit, is_ratio=False))
        for own, peer in bench.in_turns(lambda: ours(name, result, code),
                                        lambda: theirs(name, said)):
            figure.add(own, peer)


def part_doctor(bench):
    """A dropped port is understood while a plain connection still waits."""
    try:
        import peers
        import pytest
        lab_of = netlab().Lab
    except ImportError as error:
        bench.report.skip("doctor", f"{error.name} is not installed (Debian: python3-pytest, "
                                    "python3-aiosmtpd)")
        return
    if shutil.which("openssl") is None or shutil.which("dnsmasq", path="/usr/sbin:/usr/bin") is None:
        bench.report.skip("doctor", "openssl or dnsmasq is not installed (Debian: openssl, "
                                    "dnsmasq-base)")
        return
    say("doctor: a healthy server, and a dropped port")
    folder = bench.folder / "lab"
    folder.mkdir()
    try:
        lab = lab_of(folder)
    except pytest.skip.Exception as reason:
        bench.report.skip("doctor", str(reason))
        return
    with lab:
        certificates = bench.folder / "certificates"
        certificates.mkdir()
        # The server tells of each handshake that is broken off.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
        warnings.simplefilter("ignore")
        _measure(bench, lab, peers.Certificates(certificates))
