"""The doctor and the network in between: who stops a connection, where, and what gets through.
No way at all, prohibit routes and dead neighbours on the own wire: test_doctor_machine.py."""
import concurrent.futures

import pytest

import netlab
import peers

pytestmark = pytest.mark.waits

FOUR, SIX = f"{netlab.SERVER}:25", f"[{netlab.SERVER6}]:25"
NO_SIZE = ("icmp type destination-unreachable icmp code frag-needed drop",
           "icmpv6 type packet-too-big drop")
OTHER_DOOR = "Use port 587, which is open (with STARTTLS and a login). Or else: "


def look(lab, target, situation=None, check="connect"):
    """The report, and the finding of the check."""
    with netlab.Stopwatch() as watch:
        runs = lab.doctor(target)["runs"]
    assert len(runs) == 1
    found = netlab.check_of(runs[0], check)
    if situation:
        netlab.record_situation(situation, found["text"], watch.seconds)
    return runs[0], found


def look_both(lab, targets, situation, check="connect"):
    """IPv4 and IPv6 side by side: what is dropped takes its seconds."""
    names = [situation, f"{situation}, IPv6", f"{situation}, both"]
    with concurrent.futures.ThreadPoolExecutor(len(targets)) as pool:
        return list(pool.map(lambda row: look(lab, *row, check), zip(targets, names)))


def serve(lab, *ports):
    for port in ports or (25, 587):
        lab.serve(port=port)


def assert_stopped(pair, code, who, text, next_part):
    """The connection is the cause, and nothing behind it was tried."""
    report, found = pair
    assert (found["result"], found["code"], found["who"]) == ("fail", code, who), found
    assert found["text"] == text
    assert next_part in found["next"]
    assert report["verdict"] == text and report["code"] == code
    for name in ("path", "mtu", "greeting"):
        assert netlab.check_of(report, name)["result"] == "skip"


# ---- all is well -------------------------------------------------------------------------


def test_all_fine(lab):
    """From start to end, by name, and with the NAT in between."""
    serve(lab)
    lab.start_dns(f"host-record=client.example.org,{netlab.OUTSIDE}")
    it = lab.crier("fine")
    it.run("init")
    it.run("settings", "set", "--hello", "client.example.org")
    it.run("server", "add", "main", "--host", f"{netlab.HOST}:25", "--security", "none",
           "--plain-host", netlab.HOST)
    with netlab.Stopwatch() as watch:
        run, = it.run("doctor", "main", "--json", exit_code=None).json()["runs"]
    netlab.record_situation("all fine", run["verdict"], watch.seconds)
    assert run["result"] == "ok", run
    for name in ("connect", "way", "doors", "path", "mtu", "greeting", "hello"):
        assert netlab.check_of(run, name)["result"] == "ok", netlab.check_of(run, name)


@pytest.mark.parametrize("target, address, routers, mss", [
    (FOUR, netlab.SERVER, (netlab.NAT, netlab.MIDDLE), 1448),
    (SIX, netlab.SERVER6, (netlab.NAT6, netlab.MIDDLE6), 1428),
], ids=["ipv4", "ipv6"])
def test_a_way_without_trouble(lab, target, address, routers, mss):
    server = lab.serve()
    lab.serve(port=587)
    report, way = look(lab, target, check="way")
    assert way["text"] == f"{address} is 3 hops away"
    for port in (25, 587):
        for hop, router in enumerate(routers, 1):
            assert any(line.startswith(f"port {port}, hop {hop}: {router} ")
                       for line in way["evidence"]), way
    assert netlab.check_of(report, "doors")["text"] == "open: 25, 587; closed: 465, 2525"
    path = netlab.check_of(report, "path")
    assert path["text"].startswith(f"MTU 1500; a packet carries {mss} octets of mail (MSS), ")
    assert "a packet of 1500 octets got to the host" in path["evidence"]
    assert netlab.check_of(report, "mtu")["text"] == f"full-size packets get to {address}"
    # The attempt, three hop limits, and the checks that speak: no flood.
    assert len(server.connections) <= 12


def test_this_machine(lab):
    lab.serve(port=2525, space="client")
    report, found = look(lab, "127.0.0.1:2525")
    assert found["result"] == "ok"
    for name in ("way", "doors", "path", "mtu"):
        assert netlab.check_of(report, name)["result"] == "skip"


# ---- refused, rejected, forged: known within round trips ---------------------------------

REJECTS = [
    ("refused by the server", "server", None, None, FOUR, "refused", "server",
     f"{netlab.SERVER} is up, but nothing listens on its port 25", "Is 25 the right port?"),
    ("refused by the server, IPv6", "server", None, None, SIX, "refused", "server",
     f"{netlab.SERVER6} is up, but nothing listens on its port 25", "Is 25 the right port?"),
    ("rejected by the server's firewall", "server", "tcp dport 25 reject", None, FOUR,
     "host-rejects", "server", f"{netlab.SERVER} is up, and its own firewall rejects port 25",
     "let this machine in"),
    ("a forged reset behind router 1", "r1", "tcp dport 25 reject with tcp reset", None, FOUR,
     "forged", "network", f"a firewall at hop 2, behind {netlab.NAT}, forges the refusal of port "
     f"25: {netlab.SERVER} is at hop 3", f"the network behind {netlab.NAT}"),
    ("a forged reset behind router 1, IPv6", "r1", "tcp dport 25 reject with tcp reset", None, SIX,
     "forged", "network", f"a firewall at hop 2, behind {netlab.NAT6}, forges the refusal of port "
     f"25: {netlab.SERVER6} is at hop 3", f"the network behind {netlab.NAT6}"),
    ("a forged reset at router 1", "r1", "tcp dport 25 reject with tcp reset", "prerouting", FOUR,
     "refused-near", "admin", "port 25 is refused before the first router passes it on, in the "
     f"name of {netlab.SERVER}, which is at hop 3: this machine's own firewall or {netlab.NAT} "
     "does it", "sudo nft list ruleset"),
    ("prohibited by router 1", "r1", "tcp dport 25 reject with icmpx type admin-prohibited", None,
     FOUR, "forbidden", "network",
     f"{netlab.NAT} forbids connections to {netlab.SERVER} port 25 by rule",
     f"Ask who runs {netlab.NAT}"),
    ("prohibited by router 2, IPv6", "r2", "tcp dport 25 reject with icmpx type admin-prohibited",
     None, SIX, "forbidden", "network",
     f"{netlab.MIDDLE6} forbids connections to {netlab.SERVER6} port 25 by rule",
     f"Ask who runs {netlab.MIDDLE6}"),
    ("rejected by router 2", "r2", "tcp dport 25 reject", None, FOUR, "rejected", "network",
     f"{netlab.MIDDLE} rejects connections to {netlab.SERVER} port 25",
     f"Ask who runs {netlab.MIDDLE}"),
    ("rejected by the client's own firewall", "client", "tcp dport 25 reject", None, FOUR,
     "own-firewall", "admin",
     f"this machine's own firewall rejects connections to {netlab.SERVER} port 25",
     "sudo nft list ruleset"),
    ("rejected by the client's own firewall, IPv6", "client",
     "tcp dport 25 reject with icmpx type admin-prohibited", None, SIX, "own-firewall", "admin",
     f"this machine's own firewall rejects connections to {netlab.SERVER6} port 25",
     "sudo nft list ruleset"),
]


@pytest.mark.parametrize("row", REJECTS, ids=[row[0] for row in REJECTS])
def test_rejected(lab, row):
    situation, space, rule, hook, target, code, who, text, next_part = row
    serve(lab, *([587] if rule is None else (25, 587)))
    if rule:
        lab.filter(space, rule, hook=hook)
    pair = look(lab, target, situation)
    assert_stopped(pair, code, who, text, next_part)
    assert pair[1]["next"].startswith(OTHER_DOOR)
    doors = netlab.check_of(pair[0], "doors")
    assert doors["code"] == "other-door" and doors["text"].endswith(", but 587 is open")
    assert doors["use_port"] == 587


def test_a_loop(lab):
    lab.change("r2", "ip route add 2001:db8:9::/64 via fd00:2::7",
               "ip route del 2001:db8:9::/64 via fd00:2::7")
    pair = look(lab, "[2001:db8:9::1]:25", "two routers point at each other, IPv6")
    text = pair[0]["verdict"]
    assert text.startswith("packets to 2001:db8:9::1 go round in circles at fd00:2::")
    assert (pair[1]["code"], pair[1]["who"]) == ("loop", "network")


# ---- somebody else answers ---------------------------------------------------------------


@pytest.mark.parametrize("target", [FOUR, SIX], ids=["ipv4", "ipv6"])
def test_a_proxy_in_between(lab, target):
    serve(lab)
    lab.nft("r1", "chain pre { type nat hook prerouting priority -110; tcp dport 25 redirect\n}")
    proxy = lab.serve(space="r1")
    six = ", IPv6" if target == SIX else ""
    _, way = look(lab, target, f"a proxy in between answers port 25{six}", "way")
    address = netlab.SERVER6 if six else netlab.SERVER
    assert (way["result"], way["code"], way["who"]) == ("warn", "proxy", "network")
    assert way["text"] == (
        f"something at hop 1 answers port 25 in place of {address}, which is at hop 3: a "
        "transparent proxy, an antivirus or the network of a hotel")
    assert way["next"].startswith("Use port 587")
    assert proxy.connections


def test_a_network_that_answers_every_port(lab):
    """As a hotel does: another port tells nothing, and UDP does."""
    lab.nft("r1", "chain pre { type nat hook prerouting priority -110; meta l4proto tcp redirect\n}")
    for port in (25, 587):
        lab.serve(port=port, space="r1")
    _, way = look(lab, FOUR, "somebody in between answers all ports", "way")
    assert (way["code"], way["who"]) == ("proxy", "network")
    assert f"in place of {netlab.SERVER}, which is at hop 3: a transparent proxy" in way["text"]
    assert "587" not in way["next"], "it is answered by the same"


def test_the_router_is_the_server(lab):
    """At hop 1, and nobody's proxy."""
    lab.serve(space="r1")
    _, way = look(lab, f"{netlab.OUTSIDE}:25", check="way")
    assert (way["result"], way["text"]) == ("ok", f"{netlab.OUTSIDE} is 1 hop away")


def test_no_source_port(lab):
    lab.serve()
    lab.change("client", "sysctl -qw net.ipv4.ip_local_port_range='40001 40008' "
               "net.ipv4.ip_local_reserved_ports=40001-40008",
               "sysctl -qw net.ipv4.ip_local_reserved_ports= "
               "net.ipv4.ip_local_port_range='32768 60999'")
    for pair in look_both(lab, [FOUR, SIX], "no free source port"):
        assert (pair[1]["code"], pair[1]["who"]) == ("no-source-port", "admin")
        assert pair[0]["verdict"].startswith("this machine has no free source port or address")
        assert "net.ipv4.ip_local_port_range" in pair[1]["next"]


# ---- silence: takes its four seconds -----------------------------------------------------


def test_dropped_at_router_1(lab):
    """Where routers answer no more than a few probes a second, as they do."""
    serve(lab)
    for router in ("r1", "r2"):
        keys = ("net.ipv4.icmp_ratelimit", "net.ipv6.icmp.ratelimit")
        lab.change(router, "sysctl -qw " + " ".join(f"{key}=1000" for key in keys),
                   "sysctl -qw " + " ".join(f"{key}=0" for key in keys))
    lab.filter("r1", "tcp dport 25 drop")
    four, six, both = look_both(lab, [FOUR, SIX, f"{netlab.HOST}:25"],
                                "port 25 dropped at router 1")
    assert both[1]["code"] == "dropped", "of several addresses the first is the one to mend"
    for pair, router, server in ((four, netlab.NAT, netlab.SERVER),
                                 (six, netlab.NAT6, netlab.SERVER6)):
        assert_stopped(
            pair, "dropped", "network",
            f"port 25 to {server} is dropped right after {router} (hop 1), while port 587 gets to "
            "hop 3", f"Ask who runs {router} and the network behind it")
        assert pair[1]["next"].startswith(OTHER_DOOR)
        assert netlab.check_of(pair[0], "way")["text"] == (
            f"packets for port 25 get to {router} (hop 1) and no further; port 587 gets to hop 3")


def test_dropped_at_router_2(lab):
    """And nothing else is open: what is compared with is UDP."""
    lab.filter("r2", "meta l4proto tcp drop")
    four, six = look_both(lab, [FOUR, SIX], "TCP dropped at router 2")
    for pair, router, server in ((four, netlab.MIDDLE, netlab.SERVER),
                                 (six, netlab.MIDDLE6, netlab.SERVER6)):
        assert_stopped(
            pair, "dropped-at-host", "server",
            f"port 25 is dropped at the end of the way: its packets get to {router} (hop 2), the "
            f"last router before {server}, and that router or the host's own firewall drops them; "
            "UDP gets to hop 3", f"Ask who runs that host or {router}")


def test_dropped_by_the_clients_own_firewall(lab):
    serve(lab)
    lab.filter("client", "tcp dport 25 drop")
    pair = look(lab, FOUR, "port 25 dropped by the client's own firewall")
    assert_stopped(pair, "own-drop", "admin",
                   f"this machine's own firewall drops connections to {netlab.SERVER} port 25: "
                   "they do not leave it", "sudo nft list ruleset")


def test_dropped_by_the_first_router(lab):
    serve(lab)
    lab.filter("r1", "tcp dport 25 drop", hook="prerouting")
    pair = look(lab, FOUR, "port 25 dropped before router 1 answers")
    assert_stopped(pair, "dropped", "network",
                   f"port 25 to {netlab.SERVER} is dropped by the first router, {netlab.NAT}, "
                   "while port 587 gets to hop 3", f"Ask who runs {netlab.NAT}")


def test_dropped_where_routers_are_silent(lab):
    """They are not blamed: nobody is, and the host is the next that answers."""
    serve(lab)
    quiet = ("chain quiet { type filter hook output priority 0;\n"
             "icmp type time-exceeded drop\nicmpv6 type time-exceeded drop\n}\n")
    lab.nft("r1", quiet + "chain c { type filter hook forward priority 10;\n"
            "tcp dport 25 drop\n}")
    lab.nft("r2", quiet)
    pairs = look_both(lab, [FOUR, SIX], "port 25 dropped where no router answers")
    for pair, address, router in zip(pairs, (netlab.SERVER, netlab.SERVER6),
                                     (netlab.NAT, netlab.NAT6)):
        assert_stopped(pair, "dropped", "network",
                       f"port 25 to {address} is dropped somewhere before the host (hop 3): port "
                       "587 gets there, and no router before it answers", f"Ask who runs {router}")


def test_dropped_by_a_server_on_the_own_wire(lab):
    lab.filter("r1", "tcp dport 25 drop", hook="input")
    pairs = look_both(lab, [f"{netlab.NAT}:25", f"[{netlab.NAT6}]:25"],
                      "port 25 dropped by a server on the own wire")
    for pair, address in zip(pairs, (netlab.NAT, netlab.NAT6)):
        assert_stopped(pair, "dropped-at-host", "server",
                       f"{address} is up, on the network of eth0, but its firewall drops port 25",
                       "let this machine in")


def test_a_host_that_is_silent(lab):
    """Dropped is all that is for it; and one that is switched off."""
    lab.filter("r1", f"ip daddr {netlab.SERVER} drop")
    silent, off = look_both(lab, [FOUR, "[fd00:3::77]:25"], "the host answers on no port")
    assert_stopped(silent, "host-silent", "server",
                   f"{netlab.SERVER} answers on no port that was tried, and nothing gets beyond "
                   f"{netlab.NAT} (hop 1)", "Is that host on")
    assert_stopped(off, "host-unreachable", "server",
                   f"{netlab.MIDDLE6} cannot find fd00:3::77: it is switched off, or the address is "
                   "wrong", "Is that host on")


# ---- the size of packets -----------------------------------------------------------------


def large_reply(connection):
    """A script: answers EHLO, and everything else with more than a packet."""
    connection.send(b"220 mx.example.net ESMTP\r\n")
    while True:
        line = connection.line()
        connection.send(b"250 mx.example.net\r\n" if line.startswith(b"EHLO")
                        else b"250 2.0.0 " + b"x" * 3000 + b"\r\n")


def test_mtu_1280_and_told(lab):
    lab.mtu(1280)
    serve(lab)
    pairs = look_both(lab, [FOUR, SIX], "MTU 1280, ICMP passes", "path")
    for (report, path), router, mss in zip(pairs, (netlab.NAT, netlab.NAT6), (1228, 1208)):
        assert path["result"] == "ok"
        assert path["text"].startswith(f"MTU 1280, limited by {router}; a packet carries {mss} "
                                       "octets of mail (MSS)")
        assert netlab.check_of(report, "mtu")["result"] == "ok"


def test_full_size_there_and_back(lab):
    lab.serve(large_reply)
    _, found = look(lab, FOUR, check="mtu")
    assert found["text"] == f"full-size packets get to {netlab.SERVER} and back"


def test_mtu_1280_and_not_told(lab):
    """The black hole, there and back."""
    lab.filter("r1", *NO_SIZE, hook="output")
    lab.mtu(1280)
    lab.serve(large_reply)
    for report, found in look_both(lab, [FOUR, SIX], "MTU 1280, ICMP dropped", "mtu"):
        assert (found["result"], found["code"], found["who"]) == ("fail", "mtu-hole", "network")
        assert found["text"].startswith("small commands get to ")
        assert found["text"].endswith("full-size packets vanish on the way: a path MTU black hole")
        assert "net.ipv4.tcp_mtu_probing=1" in found["next"] and "eth0" in found["next"]
        assert report["verdict"] == found["text"]


def test_mtu_1280_and_not_told_on_the_way_back(lab):
    lab.filter("r2", *NO_SIZE, hook="output")
    lab.mtu(1280)
    lab.serve(large_reply)
    _, found = look(lab, FOUR, "MTU 1280, ICMP dropped on the way back", "mtu")
    assert found["result"] in ("fail", "warn") and found["code"] in ("mtu-hole-back", "mtu-back")
    assert "full-size packets" in found["text"] and "tcp_mtu_probing" in found["next"]


@pytest.mark.parametrize("port, options", [
    (465, {"tls": "implicit"}), (587, {"tls": "starttls"})], ids=["tls", "starttls"])
def test_a_black_hole_where_there_is_tls(lab, certificates, port, options):
    """What is large is the first message of the handshake then."""
    server = lab.serve_smtp(port=port, context=certificates.context(), **options)
    target = f"{netlab.SERVER}:{port}"
    _, found = look(lab, target, check="mtu")
    assert found["text"] == f"full-size packets get to {netlab.SERVER}"
    assert not server.received
    lab.filter("r1", *NO_SIZE, hook="output")
    lab.mtu(1280)
    _, found = look(lab, target, f"MTU 1280, ICMP dropped, port {port}", "mtu")
    assert found["code"] == "mtu-hole"


@pytest.mark.parametrize("port, greeting, said", [
    (143, b"* OK ready\r\n", "full-size packets get to"),
    (110, b"+OK ready\r\n", "not looked at: without TLS this server takes no large command"),
])
def test_mailboxes(lab, port, greeting, said):
    """IMAP and POP3 without TLS; other doors are theirs."""
    def script(connection):
        connection.send(greeting)
        while True:
            words = connection.line().split()
            if words[-1:] == [b"CAPABILITY"]:
                connection.send(b"* CAPABILITY IMAP4rev1\r\n")
            if words[:1] == [b"CAPA"]:
                connection.send(b"+OK\r\nUSER\r\n.\r\n")
            elif port == 110:
                connection.send(b"+OK\r\n")
            else:
                connection.send(words[0] + b" OK done\r\n")

    lab.serve(script, port=port)
    report, found = look(lab, f"{netlab.SERVER}:{port}", check="mtu")
    assert found["text"].startswith(said), found
    assert set(netlab.check_of(report, "doors")["text"]) >= set("993 995")
