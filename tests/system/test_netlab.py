"""The lab of the doctor's tests: that packets take the way that the situations are about."""
import netlab
import peers


def reach(lab, address, port, space="client"):
    """What a plain connection there says: the first line, or the error's name."""
    return lab.run(space, "/usr/bin/python3", "-I", "-S", "-c", f"""
import errno, socket
try:
    with socket.create_connection(({address!r}, {port}), timeout=5) as s:
        print(s.makefile().readline().strip(), s.getsockname()[0])
except OSError as e:
    print(errno.errorcode.get(e.errno, e))
""").strip()


def seen_from(connection):
    """A script: says where the connection comes from."""
    connection.send(f"220 {connection.sock.getpeername()[0]}\r\n".encode())
    connection.until_closed()


def test_ways(lab):
    lab.serve(seen_from)
    assert reach(lab, netlab.SERVER, 25) == "220 ::ffff:198.51.100.7 10.0.1.2", "translated"
    assert reach(lab, netlab.SERVER6, 25) == "220 fd00:1::2 fd00:1::2", "not translated"
    assert reach(lab, netlab.HOST, 25).startswith("220 "), "by name"
    assert reach(lab, netlab.SERVER, 26) == "ECONNREFUSED"


def test_filter_and_reset(lab):
    lab.serve(peers.says(b"220 there\r\n"))
    lab.filter("r2", "tcp dport 25 reject with icmpx type admin-prohibited")
    assert reach(lab, netlab.SERVER, 25) == "EHOSTUNREACH"
    lab.filter("r2", "tcp dport 25 reject with tcp reset")
    assert reach(lab, netlab.SERVER, 25) == "ECONNREFUSED"
    lab.reset()
    lab.serve(peers.says(b"220 back\r\n"))
    assert reach(lab, netlab.SERVER, 25).startswith("220 back")


def test_names(lab):
    ask = "import socket\ntry: print(socket.getaddrinfo({!r}, 25)[0][4][0])\n" \
          "except socket.gaierror as e: print(e.errno)"

    def name(text):
        return lab.run("client", "/usr/bin/python3", "-I", "-S", "-c", ask.format(text)).strip()

    assert name("four.example.org") == netlab.SERVER
    assert name("none.example.org") == "-2", "EAI_NONAME"
    lab.start_dns("host-record=none.example.org,203.0.113.99")
    assert name("none.example.org") == "203.0.113.99"
    lab.stop_dns()
    assert name("four.example.org") == "-3", "EAI_AGAIN"
    lab.reset()
    assert name("none.example.org") == "-2"


def test_crier_runs_as_a_plain_user(lab):
    it = lab.crier("plain")
    it.run("init")
    assert (lab.folder / "home" / "plain").is_dir()
    rights = lab.run_as_nobody("client", "grep", "CapEff", "/proc/self/status").split()[1]
    assert rights.strip("0") == "", rights
