"""crier port test: whether anybody outside reaches a port of ours, told by somebody who comes."""
import re
import socket
import subprocess

import pytest

import crier
import netlab
import peers
import waiting


def begin(it, name="clicks", wait="30s"):
    """The running test and the link that it waits for."""
    process = it.popen("port", "test", name, "--wait", wait, text=True)
    said = []
    for line in process.stdout:
        said.append(line)
        if re.match(r"https?://\S+/crier-[0-9a-f]{24}$", line):
            return process, line.strip(), "".join(said)
    raise AssertionError("".join(said))


def end(process):
    out, _ = process.communicate(timeout=waiting.DEADLINE_S)
    return process.returncode, out


def ask(port, path, *headers, host=peers.HOST):
    """The first line of the answer; an empty one: the other side went away."""
    with socket.create_connection((host, port), 10) as sock:
        lines = "".join(f"{h}\r\n" for h in headers)
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
        return sock.makefile("rb").readline().decode().strip()


def path_of(url):
    return "/" + url.split("/", 3)[3]


@pytest.fixture
def port(workspace):
    """A port of ours on loopback, whose public URL leads straight back."""
    number = peers.free_port()
    workspace.run("port", "add", "clicks", "--role", "tracking", "--listen",
                  f"127.0.0.1:{number}", "--public-url", f"http://127.0.0.1:{number}/c")
    return number


def test_nobody_comes(workspace, port):
    result = workspace.run("port", "test", "clicks", "--wait", "1s", exit_code=1)
    assert "nobody came within 1 second" in result.stdout, result
    assert f"From here http://127.0.0.1:{port}/c leads to this port." in result.stderr


def test_this_machine_is_not_outside(workspace, port):
    process, url, _ = begin(workspace)
    assert ask(port, path_of(url)) == "HTTP/1.1 200 OK"
    assert ask(port, path_of(url), "X-Forwarded-For: 198.51.100.9, 10.0.0.1") == "HTTP/1.1 200 OK"
    code, out = end(process)
    assert code == 0 and "127.0.0.1 is this machine itself" in out, out
    assert re.search(r"reached at \d\d:\d\d by the proxy 127\.0\.0\.1, which says it was asked by "
                     r"198\.51\.100\.9\n", out), out


def test_strangers_do_not_count_nor_keep_others_away(workspace, port):
    process, url, _ = begin(workspace)
    idle = [socket.create_connection((peers.HOST, port)) for _ in range(3)]
    assert ask(port, "/crier-" + "0" * 24) == "HTTP/1.1 404 Not Found"
    for junk in (b"\0" * 10, b"x" * 9000, b"GET /" + b"a" * 5000 + b"\r\n\r\n"):
        with socket.create_connection((peers.HOST, port)) as sock:
            sock.sendall(junk)
    assert process.poll() is None
    assert ask(port, path_of(url), "X-Forwarded-For: \x1b[2J<b>") == "HTTP/1.1 200 OK"
    code, out = end(process)
    assert code == 0 and "\x1b" not in out and "\\x1b" in out, out
    for sock in idle:
        sock.close()


def test_another_program_holds_it(workspace, port):
    with socket.create_server((peers.HOST, port)):
        result = workspace.run("port", "test", "clicks", exit_code=1)
    assert f"port clicks: 127.0.0.1:{port} cannot be listened on" in result.stderr, result


def test_its_public_url_leads_elsewhere(workspace, start_raw):
    other = start_raw(peers.http)
    workspace.run("port", "add", "clicks", "--role", "tracking", "--listen",
                  f"127.0.0.1:{peers.free_port()}", "--public-url",
                  f"http://127.0.0.1:{other.port}/")
    told = workspace.run("port", "test", "clicks", "--wait", "1s", "--json", exit_code=1)
    assert told.json()["from_here"] == "other" and told.json()["reached"] is False
    assert "is answered by another program: HTTP/1.1 400" in told.stderr, told


@pytest.mark.parametrize("words, code, says", [
    (["nothing"], 1, "there is no port 'nothing'"),
    (["clicks", "--wait", "soon"], 2, "--wait"),
    (["here"], 1, "no URL leads to it from outside"),
])
def test_wrong_words(workspace, port, words, code, says):
    workspace.run("port", "add", "here", "--role", "admin", "--listen",
                  f"127.0.0.1:{peers.free_port()}")
    result = workspace.run("port", "test", *words, exit_code=code)
    assert says in result.stderr, result


def test_through_a_router(lab):
    """From outside it is reached at the router's port; from inside that does not show."""
    it = lab.crier("outside")
    it.run("port", "add", "clicks", "--role", "tracking", "--listen", "*:18081", "--public-url",
           f"http://{netlab.OUTSIDE}:81/")
    lab.nft("r1", "chain into { type nat hook prerouting priority -100; "
            f"iifname \"wan\" tcp dport 81 dnat ip to {netlab.CLIENT}:18081; }}")
    process, url, said = begin(it)
    assert "That proves nothing" in said, said
    script = ("import sys, urllib.request as u\n"
              "print(u.urlopen(sys.argv[1], timeout=10).read().decode())")
    page = lab.run("server", "/usr/bin/python3", "-c", script, url)
    assert "this port is reached" in page
    code, out = end(process)
    assert code == 0 and f"reached from {netlab.SERVER} at " in out, out
