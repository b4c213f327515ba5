"""The doctor looks at this machine: its network, its own address, the way out, the first machine
on it, and what crier needs besides."""
import contextlib
import glob
import json
import os
import shutil
import signal
import smtplib
import sqlite3
import subprocess
import time

import pytest

import crier
import netlab
import peers
import popbox
import shims
import waiting

pytestmark = pytest.mark.waits

BEYOND = netlab.SERVER
SILENT = "10.0.1.99"


def look(lab, target, situation, check, **options):
    """The report on a target; the sentence of the check goes into the table."""
    with netlab.Stopwatch() as watch:
        runs = lab.doctor(target, **options)["runs"]
    assert len(runs) == 1
    found = netlab.check_of(runs[0], check)
    netlab.record_situation(situation, found["text"], watch.seconds)
    return runs[0], found


def expect(found, result, code, text):
    assert (found["result"], found["code"], found["text"]) == (result, code, text), found


@pytest.fixture
def served(lab):
    """A server that anybody may speak to; without a name server's help."""
    return lab.serve(port=2525)


# ---- 2: this machine's network ------------------------------------------------------------

MACHINE = [
    ("the only interface is off", "ip link set eth0 down", "down",
     "no interface is up: eth0 is switched off"),
    ("no carrier", "ip link set lan down", "no-carrier",
     "eth0 has no carrier: the cable is unplugged, the switch's port is off, or the radio is not "
     "joined"),
    ("only 169.254: no DHCP lease",
     "ip addr flush dev eth0; ip addr add 169.254.7.7/16 dev eth0", "no-lease",
     "eth0 has only an address of 169.254.0.0/16, which it gave to itself: no DHCP lease came"),
    ("no address", "ip addr flush dev eth0", "no-address",
     "eth0 is up, but has no address: no DHCP lease came, or none was set"),
]
_BACK = """ip addr flush dev eth0; ip link set eth0 up
ip addr add 10.0.1.2/24 dev eth0; ip -6 addr add fd00:1::2/64 dev eth0 nodad
ip route replace default via 10.0.1.1; ip -6 route replace default via fd00:1::1"""


@pytest.mark.parametrize("situation, script, code, text", MACHINE, ids=[m[2] for m in MACHINE])
def test_no_network(lab, situation, script, code, text):
    space = "r1" if " lan " in script else "client"
    # What the other end loses with its address comes back, too.
    lab.change("client", ":", _BACK)
    if space == "r1":
        lab.change("r1", script, "ip link set lan up; ip -6 addr replace fd00:1::1/64 dev lan nodad")
    else:
        lab.change("client", script, ":")
    report, found = look(lab, f"{BEYOND}:2525", situation, "machine", exit_code=1)
    expect(found, "fail", code, text)
    assert report["verdict"] == text and report["who"] == "admin"
    assert netlab.check_of(report, "route")["result"] == "skip"


def test_no_network_is_needed_for_this_machine(lab):
    lab.change("client", "ip link set eth0 down", _BACK)
    report, found = look(lab, "127.0.0.1:2525", "no network, server on this machine", "machine")
    expect(found, "ok", None,
           "no network is needed: 127.0.0.1 is this machine, or on its own wire")
    assert netlab.check_of(report, "route")["text"] == \
        "127.0.0.1 is this machine itself: no packet leaves it"
    _, found = look(lab, "localhost:2525", "no network, localhost by name", "machine")
    assert found["result"] == "ok"


# ---- 3: own address -----------------------------------------------------------------------

ADDRESSES = [
    ("a private address", None, "10.0.1.2 is private (RFC 1918): a router translates it"),
    ("a carrier's address", "100.64.1.2",
     "100.64.1.2 is behind the address translation of a provider (RFC 6598): nobody outside can "
     "open a connection to it"),
    ("a public address", "192.31.196.2", "192.31.196.2 is a public address"),
]


@pytest.mark.parametrize("situation, address, text", ADDRESSES, ids=range(len(ADDRESSES)))
def test_own_address(lab, served, situation, address, text):
    if address:
        lab.change("client", f"""ip addr add {address}/32 dev eth0
            ip route replace default via 10.0.1.1 src {address}""",
                   f"""ip route replace default via 10.0.1.1
            ip addr del {address}/32 dev eth0""")
        lab.change("r1", f"ip route add {address}/32 dev lan", f"ip route del {address}/32 dev lan")
    report, found = look(lab, f"{BEYOND}:2525", situation, "own-address")
    assert (found["result"], found["text"].split("; ")[0]) == ("ok", text)
    assert netlab.check_of(report, "route")["text"] == \
        f"to {BEYOND} through 10.0.1.1 from {address or '10.0.1.2'} on eth0"


# ---- 5: route -----------------------------------------------------------------------------

ROUTES = [
    ("no default route", "ip route del default", "ip route add default via 10.0.1.1",
     BEYOND, "no-route", f"no default route: nothing here leads to {BEYOND}"),
    ("a prohibit route", f"ip route add prohibit {BEYOND}", f"ip route del prohibit {BEYOND}",
     BEYOND, "prohibited",
     f"a prohibit route or rule of this machine forbids packets to {BEYOND}"),
    ("an unreachable route", f"ip route add unreachable {BEYOND}",
     f"ip route del unreachable {BEYOND}", BEYOND, "unreachable",
     f"a route of this machine says that {BEYOND} is unreachable"),
    ("a blackhole route", f"ip route add blackhole {BEYOND}", f"ip route del blackhole {BEYOND}",
     BEYOND, "blackhole", f"a blackhole route of this machine swallows packets to {BEYOND}"),
    ("a prohibit route, IPv6", f"ip -6 route add prohibit {netlab.SERVER6}",
     f"ip -6 route del prohibit {netlab.SERVER6}", netlab.SERVER6, "prohibited",
     f"a prohibit route or rule of this machine forbids packets to {netlab.SERVER6}"),
    ("no default route, IPv6", "ip -6 route del default", "ip -6 route add default via fd00:1::1",
     netlab.SERVER6, "no-route", f"no default route: nothing here leads to {netlab.SERVER6}"),
    ("the address of a network", ":", ":", "10.0.1.255", "broadcast",
     "10.0.1.255 is the address of a whole network or group, not of a machine"),
]


@pytest.mark.parametrize("situation, script, undo, address, code, text", ROUTES,
                         ids=[row[0] for row in ROUTES])
def test_no_way(lab, situation, script, undo, address, code, text):
    lab.change("client", script, undo)
    target = f"[{address}]:2525" if ":" in address else f"{address}:2525"
    report, found = look(lab, target, situation, "route", exit_code=1)
    expect(found, "fail", code, text)
    assert report["verdict"] == text
    assert netlab.check_of(report, "neighbour")["code"] == "blocked"


def test_the_family_that_has_a_way_is_taken(lab, served):
    lab.change("client", "ip -6 route del default", "ip -6 route add default via fd00:1::1")
    report, found = look(lab, f"{netlab.HOST}:2525", "IPv4 and IPv6, a way for IPv4 only", "route")
    assert found["text"] == f"to {BEYOND} through 10.0.1.1 from 10.0.1.2 on eth0"
    assert netlab.check_of(report, "connect")["result"] == "ok"


def test_the_family_that_works_is_taken(lab, served):
    """IPv6 comes first and leads nowhere; crier, as everybody, connects by IPv4."""
    lab.filter("r1", f"ip6 daddr {netlab.SERVER6} drop")
    report, found = look(lab, f"{netlab.HOST}:2525", "IPv6 is broken, IPv4 works", "route")
    expect(found, "warn", "one-address",
           f"{netlab.HOST} is reached at {BEYOND} only: at {netlab.SERVER6}, which comes first, no "
           "connection to port 2525 comes up (no answer)")
    assert netlab.check_of(report, "connect")["result"] == "ok"


def test_a_refusal_delays_nobody(lab):
    lab.serve(port=2525, address=BEYOND)
    report, found = look(lab, f"{netlab.HOST}:2525", "listens at IPv4 only", "route")
    expect(found, "ok", None, f"to {BEYOND} through 10.0.1.1 from 10.0.1.2 on eth0")
    assert f"{netlab.SERVER6}: refused, so {BEYOND} is spoken to" in found["evidence"]
    assert netlab.check_of(report, "connect")["result"] == "ok"


# ---- 6 and 7: neighbour, ping -------------------------------------------------------------


def test_the_router_is_there(lab, served):
    mac = json.loads(lab.run("r1", "ip", "-j", "link", "show", "lan"))[0]["address"]
    lab.shell("client", "ip neigh flush all")
    _, found = look(lab, f"{BEYOND}:2525", "the router answers", "neighbour")
    expect(found, "ok", None, f"router 10.0.1.1 is {mac}, REACHABLE")
    _, found = look(lab, f"[{netlab.SERVER6}]:2525", "the router answers, IPv6", "neighbour")
    assert found["result"] == "ok" and found["text"].startswith(f"router fd00:1::1 is {mac}, ")


def test_the_router_is_known_from_before(lab, served):
    """Whoever was seen minutes ago is asked for with a packet that it answers."""
    mac = json.loads(lab.run("r1", "ip", "-j", "link", "show", "lan"))[0]["address"]
    lab.shell("client", f"ip neigh replace 10.0.1.1 lladdr {mac} dev eth0 nud stale")
    _, found = look(lab, f"{BEYOND}:2525", "the router is known from before", "neighbour")
    assert found["result"] == "ok" and mac in found["text"], found
    assert any("ICMP came back" in line for line in found["evidence"])


def test_an_entry_by_hand(lab, served):
    mac = json.loads(lab.run("r1", "ip", "-j", "link", "show", "lan"))[0]["address"]
    lab.change("client", f"ip neigh replace 10.0.1.1 lladdr {mac} dev eth0 nud permanent",
               "ip neigh del 10.0.1.1 dev eth0")
    # It says nothing when packets end there.
    lab.filter("client", "icmp type time-exceeded drop", hook="input")
    _, found = look(lab, f"{BEYOND}:2525", "a PERMANENT neighbour entry", "neighbour")
    expect(found, "ok", None,
           f"10.0.1.1 is {mac} by an entry that was written by hand (PERMANENT): nobody checks it")


def test_neighbours_that_do_not_answer(lab):
    """Side by side: the kernel asks three times, a second apart; of whom it knew it is patient
    for a while first, five seconds elsewhere."""
    lab.change("client", """
        ip route replace default via 10.0.1.98
        sysctl -qw net.ipv4.neigh.eth0.delay_first_probe_time=1
        ip neigh replace 10.0.1.97 lladdr 02:00:00:00:00:97 dev eth0 nud stale
        ip route add 192.31.197.0/24 via 10.0.1.97
        ip route add 192.31.196.0/24 via 172.20.0.1 dev eth0 onlink""", """
        sysctl -qw net.ipv4.neigh.eth0.delay_first_probe_time=5
        ip route del 192.31.197.0/24
        ip route del 192.31.196.0/24
        ip route replace default via 10.0.1.1""")
    lab.change("client", "ip addr add 10.20.0.2/8 dev eth0", "ip addr del 10.20.0.2/8 dev eth0")
    rows = [
        ("the router is off", f"{BEYOND}:2525", "router-silent", "network",
         "the router 10.0.1.98 does not answer ARP on eth0: cable, VLAN or wrong gateway"),
        ("the router went off a while ago", "192.31.197.5:2525", "router-silent", "network",
         "the router 10.0.1.97 does not answer ARP on eth0: cable, VLAN or wrong gateway"),
        ("the host on our wire is off", f"{SILENT}:2525", "host-silent", "server",
         f"{SILENT} does not answer ARP on eth0, where 10.0.1.2/24 takes it for local: "
         "it is switched off, or the netmask is wrong"),
        ("the gateway is in none of our networks", "192.31.196.5:2525", "netmask", "admin",
         "the router 172.20.0.1 does not answer ARP on eth0, and lies in none of its networks "
         "(10.0.1.2/24, 10.20.0.2/8): the gateway or the netmask is wrong"),
        ("the netmask is too wide", "10.3.3.3:2525", "host-silent", "server",
         "10.3.3.3 does not answer ARP on eth0, where 10.20.0.2/8 takes it for local: it is "
         "switched off, or the netmask is wrong"),
    ]
    began = time.monotonic()
    runs = [(row, subprocess.Popen(
        netlab.LabCrier(lab, None).argv("doctor", row[1], "--json"), env=crier.clean_environment(
            "/"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)) for row in rows]
    for (situation, _, code, who, text), process in runs:
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 1, errors
        report = json.loads(output)["runs"][0]
        found = netlab.check_of(report, "neighbour")
        netlab.record_situation(situation, found["text"], time.monotonic() - began)
        expect(found, "fail", code, text)
        assert found["who"] == who and report["verdict"] == text


def test_our_own_firewall_keeps_us_from_asking(lab, served):
    lab.shell("client", "ip neigh flush all")
    lab.filter("client", "meta l4proto udp drop")
    _, found = look(lab, f"{BEYOND}:2525", "our firewall drops the question", "neighbour")
    assert found["result"] in ("skip", "ok")
    assert found["code"] is None


PINGS = [
    ("ping allowed", "0 2147483647", None, "ok", f"{BEYOND} answers a ping after "),
    ("ping not allowed", "1 0", None, "skip",
     "a ping is not allowed here (net.ipv4.ping_group_range): Permission denied; nothing depends "
     "on it"),
    ("ping dropped", "0 2147483647", "icmp type echo-request drop", "skip",
     f"{BEYOND} does not answer a ping, and no ping answer proves nothing: many drop it"),
]


@pytest.mark.parametrize("situation, groups, rule, result, text", PINGS,
                         ids=[row[0] for row in PINGS])
def test_ping(lab, served, situation, groups, rule, result, text):
    if os.getuid() != 0:
        pytest.skip("the groups that may ping can be set by root only")
    lab.change("client", f"sysctl -qw net.ipv4.ping_group_range='{groups}'",
               "sysctl -qw net.ipv4.ping_group_range='1 0'")
    if rule:
        lab.filter("r2", rule)
    _, found = look(lab, f"{BEYOND}:2525", situation, "ping")
    assert found["result"] == result and found["text"].startswith(text), found


# ---- 24: resources ------------------------------------------------------------------------


def resources(workspace, situation, *args, env=None, exit_code=None):
    if env:
        workspace.env.update(env)
    with netlab.Stopwatch() as watch:
        report = workspace.run("doctor", *args, "--json", exit_code=exit_code).json()["runs"][-1]
    found = netlab.check_of(report, "resources")
    netlab.record_situation(situation, found["text"], watch.seconds)
    return found


def test_a_disk_that_is_nearly_full(lab):
    """A file system of 120 MB in the lab's own mounts, for the plain user."""
    it = lab.crier("small/workspace")
    folder = f"{lab.base}/home/small"
    lab.change("client", f"mkdir -p {folder}; mount -t tmpfs -o size=120m,mode=777 small {folder}",
               f"umount {folder}")
    it.run("init")
    for left, result, code, part in ((5000, "warn", "disk", "4 % of the disk of"),
                                     (2000, "fail", "disk-full", "sending stops")):
        lab.shell("client", f"""
            free=$(df --output=avail -k {folder} | tail -1)
            fallocate -l $(( free - {left} ))K {folder}/fill-{left}""")
        found = resources(it, f"{left} kB of the disk left")
        assert (found["result"], found["code"]) == (result, code), found
        assert part in found["text"]


def test_a_workspace_that_cannot_be_written_to(lab):
    it = lab.crier("fixed/workspace")
    folder = f"{lab.base}/home/fixed"
    lab.change("client", f"mkdir -p {folder}; mount -t tmpfs -o size=40m,mode=777 fixed {folder}",
               f"umount {folder}")
    it.run("init")
    lab.shell("client", f"mount -o remount,bind,ro {folder}")
    found = resources(it, "the workspace is mounted read-only", exit_code=1)
    assert (found["result"], found["code"]) == ("fail", "read-only"), found
    assert f"{folder}/workspace cannot be written to" in found["text"]


def test_a_database_that_is_none(workspace):
    workspace.run("init")
    # Its log would bring it back.
    (workspace.workspace / "crier.db-wal").unlink(missing_ok=True)
    (workspace.workspace / "crier.db").write_bytes(b"nothing of ours" * 1000)
    found = resources(workspace, "the database is overwritten", exit_code=1)
    assert (found["result"], found["code"]) == ("fail", "unreadable"), found


def _faketime():
    libraries = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    if not libraries:
        pytest.skip("libfaketime is not installed (Debian: libfaketime)")
    return libraries[0]


def test_a_clock_that_is_off(workspace, start_raw):
    """The greeting tells what time it is there, as those of many servers do."""
    if shims.is_sanitized():
        pytest.skip("a sanitized build has its own library in that place")
    stamp = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
    server = start_raw(peers.smtp_session(banner=f"220 mx.example.net ESMTP; {stamp}\r\n".encode()))
    target = f"127.0.0.1:{server.port}"
    found = resources(workspace, "the clock is right", target)
    assert found["result"] == "ok", found
    found = resources(workspace, "the clock is 7 min ahead", target,
                      env={"LD_PRELOAD": _faketime(), "FAKETIME": "+7m",
                           "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
    assert (found["result"], found["code"]) == ("warn", "clock"), found
    assert "the clock of this machine is 7 min ahead of 127.0.0.1" in found["text"]


def test_a_clock_that_mail_proves_wrong(workspace, start_raw):
    """A mail that was received later than it was read."""
    later = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(time.time() + 7230))
    mail = (f"Received: from a.example.net by mx.example.org; {later}\r\nFrom: a@example.net\r\n"
            "To: b@example.org\r\nSubject: hello\r\n\r\nHello\r\n")
    box = start_raw(popbox.PopBox({"one": mail.encode()}).script)
    secret = workspace.home / "password"
    secret.write_text("x\n")
    secret.chmod(0o600)
    workspace.run("mailbox", "add", "bounces", "--protocol", "pop3", "--address",
                  "bounce@example.org", "--host", f"127.0.0.1:{box.port}", "--user", "bounce",
                  "--security", "none", "--password-file", secret)
    assert workspace.json("mailbox", "read", "bounces")["read"] == 1
    found = resources(workspace, "a mail from the future", "--machine")
    assert (found["result"], found["code"]) == ("warn", "clock"), found
    assert found["text"].startswith(
        "the clock of this machine is 2 h 00 min behind the mailbox's server: "), found


def test_a_clock_behind_our_own_files(workspace):
    workspace.run("init")
    later = time.time() + 3630
    os.utime(workspace.workspace / "crier.db", (later, later))
    found = resources(workspace, "a clock behind the workspace's files")
    assert (found["result"], found["code"]) == ("warn", "clock"), found
    assert "is 1 h 00 min behind the workspace's own files: " in found["text"], found


def test_a_worker_that_hangs(workspace):
    """The send role is there, but its last sign of life is old."""
    workspace.popen("worker")
    path = workspace.workspace / "crier.db"

    def beating():
        if not path.exists():
            return None
        with contextlib.closing(sqlite3.connect(path)) as db, contextlib.suppress(sqlite3.Error):
            return db.execute("SELECT pid FROM role WHERE role = 'send'").fetchone()
        return None

    waiting.wait_for(lambda: beating() is not None, what="the send role")
    pid, = beating()
    os.kill(pid, signal.SIGSTOP)
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=20)) as db:
            db.execute("UPDATE role SET beat_us = beat_us - 99000000 WHERE role = 'send'")
        found = resources(workspace, "the worker hangs")
        assert (found["result"], found["code"]) == ("fail", "worker"), found
        assert f"the role send (process {pid}) has been silent for" in found["text"]
    finally:
        os.kill(pid, signal.SIGCONT)


def test_more_connections_than_descriptors(workspace):
    workspace.run("server", "add", "main", "--host", "127.0.0.1:2", "--security", "none",
                  "--connections", "500")
    argv = ["prlimit", "--nofile=256:256", *workspace.argv("doctor", "--json")]
    if shutil.which("prlimit") is None:
        pytest.skip("prlimit is not installed (Debian: util-linux)")
    done = subprocess.run(argv, env=workspace.env, capture_output=True, check=False)
    runs = json.loads(done.stdout)["runs"]
    found = netlab.check_of(runs[-1], "resources")
    netlab.record_situation("more connections than descriptors", found["text"], 0)
    assert (found["result"], found["code"]) == ("warn", "descriptors"), found
    assert "500 connections" in found["text"] and "256 descriptors" in found["text"]


# ---- 25: a mail server of our own ---------------------------------------------------------


@pytest.fixture
def queueing(certificates):
    if os.getuid() != 0 or shutil.which("postqueue", path="/usr/sbin:/usr/bin") is None:
        pytest.skip("a Postfix of one's own takes root and postfix (Debian: postfix)")
    it = peers.Postfix(certificates, relay_to=peers.free_port())
    yield it
    it.stop()


def own_queue(workspace, target, situation):
    with netlab.Stopwatch() as watch:
        report = workspace.run("doctor", target, "--json", exit_code=None).json()["runs"][0]
    found = netlab.check_of(report, "own-queue")
    netlab.record_situation(situation, found["text"], watch.seconds)
    return found


def test_the_queue_of_a_mail_server_here(workspace, queueing):
    workspace.env["MAIL_CONFIG"] = str(queueing.folder / "etc")
    target = f"127.0.0.1:{queueing.port}"
    found = own_queue(workspace, target, "own Postfix, its queue is empty")
    expect(found, "ok", None, "the queue of this machine's own mail server is empty: what it "
                              "accepted went out or came back")
    with smtplib.SMTP("127.0.0.1", queueing.port) as client:
        for number in range(6):
            client.sendmail("a@example.org", [f"p{number}@example.net"], "Subject: x\r\n\r\nx\r\n")
    waiting.wait_for(lambda: queueing.log().count("status=deferred") >= 6,
                     what=lambda: "six mails to be deferred: " + queueing.log()[-2000:])
    found = own_queue(workspace, target, "own Postfix, six mails deferred")
    assert (found["result"], found["code"]) == ("warn", "queue"), found
    assert found["text"].startswith("6 mails wait in the queue of this machine's own mail server")
    assert "Connection refused" in found["text"]
    assert any(line.startswith("6 x ") for line in found["evidence"])


def test_a_queue_that_cannot_be_seen(workspace, start_raw, tmp_path):
    program = tmp_path / "bin" / "postqueue"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'fatal: not for you' >&2\nexit 69\n")
    program.chmod(0o755)
    workspace.env["PATH"] = f"{program.parent}:{workspace.env['PATH']}"
    found = own_queue(workspace, f"127.0.0.1:{start_raw(peers.smtp_session()).port}",
                      "own mail server, its queue is closed")
    assert found["result"] == "skip" and "not for you" in found["text"]


# ---- 26: the worker's rights --------------------------------------------------------------


def test_the_connection_with_the_workers_rights(workspace, start_raw):
    server = start_raw(peers.smtp_session())
    workspace.run("server", "add", "main", "--host", f"localhost:{server.port}", "--security",
                  "none")
    with netlab.Stopwatch() as watch:
        report = workspace.run("doctor", "main", "--json", exit_code=None).json()["runs"][0]
    found = netlab.check_of(report, "sandbox")
    netlab.record_situation("the worker's rights are enough", found["text"], watch.seconds)
    assert found["result"] == "ok", found
    assert any(line.startswith("given up: no_new_privs") for line in found["evidence"])


def test_what_the_worker_may_not(workspace, start_raw):
    """A port that is in no record is closed to the roles: the trial says so of itself."""
    server = start_raw(peers.smtp_session())
    workspace.run("init")
    said = workspace.run("worker", "--role", "send", "--try", f"127.0.0.1:{server.port}").json()
    if "ports" not in said["held"].split(", "):
        pytest.skip("this kernel does not restrict ports (Landlock 4)")
    assert said["connect"] == "Permission denied", said
    assert not server.connections
