"""A network of its own for crier ports, with programs that listen in it and crier as one plain
user. Ports 81 and 82 are free there, whatever this machine does; it ends with its processes."""
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import tempfile
import time

import pytest

import crier
import netlab

_ROOT = os.getuid() == 0
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
# Nobody else's processes run as these, so what can be told of a user's processes is told of ours.
ME = 700000 + os.getpid() % 100000
OTHER = 800000 + os.getpid() % 100000

# argv: the name of the program, then ADDRESS,PORT[,r][,o] (SO_REUSEPORT, IPv6 alone). It says
# "ready" when it listens and ends with its standard input.
_LISTENER = """
import ctypes, socket, sys
ctypes.CDLL(None).prctl(15, sys.argv[1].encode(), 0, 0, 0)
made = []
for word in sys.argv[2:]:
    address, port, *options = word.split(",")
    six = ":" in address
    one = socket.socket(socket.AF_INET6 if six else socket.AF_INET)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if six:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, "o" in options)
    if "r" in options:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    one.bind((address, int(port)))
    one.listen()
    made.append(one)
print("ready", flush=True)
sys.stdin.read()
"""

# argv: FROM, TO: one connection from 127.0.0.1:FROM to a listener on TO, both of this program.
_CONNECTION = """
import ctypes, socket, sys
ctypes.CDLL(None).prctl(15, b"talker", 0, 0, 0)
listener = socket.create_server(("127.0.0.1", int(sys.argv[2])))
one = socket.create_connection(listener.getsockname(),
                               source_address=("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
sys.stdin.read()
"""

# argv: PORT, 1 or 0: a server that was there, with or without SO_REUSEADDR; a connection of it is
# in TIME_WAIT.
_ENDED = """
import socket, sys
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(sys.argv[2]))
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen()
client = socket.create_connection(listener.getsockname())
one, _ = listener.accept()
one.close()
client.recv(1)
client.close()
listener.close()
print("ready", flush=True)
sys.stdin.read()
"""

# argv: PORT: bound, and no more.
_BOUND = """
import ctypes, socket, sys
ctypes.CDLL(None).prctl(15, b"sitter", 0, 0, 0)
one = socket.socket()
one.bind(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
sys.stdin.read()
"""


# argv: a command that may not have netlink sockets, as in many a sandbox.
_SOCKET_CALL = {"x86_64": 41, "aarch64": 198}
_WITHOUT_NETLINK = """
import ctypes, os, struct, sys
call = int(sys.argv[1])
code = [(0x20, 0, 0, 0), (0x15, 0, 2, call), (0x20, 0, 0, 16), (0x15, 1, 0, 16),
        (0x06, 0, 0, 0x7fff0000), (0x06, 0, 0, 0x00050001)]
text = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in code))
program = struct.pack("HxxxxxxQ", len(code), ctypes.addressof(text))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, program, 0, 0) == 0, os.strerror(ctypes.get_errno())
os.execv(sys.argv[2], sys.argv[2:])
"""


def without_netlink():
    """What a command begins with whose netlink sockets are refused (EPERM)."""
    call = _SOCKET_CALL.get(platform.machine())
    if call is None:
        pytest.skip(f"no filter of system calls for {platform.machine()}")
    return ["/usr/bin/python3", "-I", "-S", "-c", _WITHOUT_NETLINK, str(call)]


def needs_users():
    """Skips where only one user is to be had."""
    if not _ROOT:
        pytest.skip("only root can run programs as several users")


class PortLab(crier.Crier):
    """crier of the user ME in a network of its own; run() and json() as always."""

    def __init__(self):
        for program, package in (("unshare", "util-linux"), ("nsenter", "util-linux"),
                                 ("setpriv", "util-linux"), ("ip", "iproute2")):
            if shutil.which(program, path=_PATH) is None:
                pytest.skip(f"{program} is not installed (Debian: {package})")
        source = crier.program()
        # Below pytest's own folders no other user gets.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="crier-ports-"))
        self.folder.chmod(0o755)
        self.program = self.folder / "crier"
        shutil.copy(source, self.program)
        home = self.folder / "home"
        home.mkdir(mode=0o700)
        if _ROOT:
            os.chown(home, ME, ME)
        super().__init__(home / "workspace", home)
        self._programs = []
        self.before = []  # of crier's own command lines
        self._space = self._hold()

    def _hold(self):
        holder = subprocess.Popen(
            ["unshare", *([] if _ROOT else ["-r"]), "-n", "sh", "-ec",
             # Without rights it can be looked into like any program of its user.
             "ip link set lo up; exec setpriv --inh-caps=-all --bounding-set=-all sh -c "
             "'echo ready; read line'"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = holder.stdout.readline().decode()
        if said != "ready\n":
            self._remove(holder)
            shutil.rmtree(self.folder)
            pytest.skip(f"no network of one's own here: {said.strip()}")
        return holder

    def inside(self, uid=None):
        """What a command begins with that is to run there, as that user (None: who we are)."""
        user = [] if _ROOT else ["-U", "--preserve-credentials"]
        words = ["nsenter", *user, "-n", "-t", str(self._space.pid)]
        if uid is not None:
            who = [f"--reuid={uid}", f"--regid={uid}", "--clear-groups"] if _ROOT else []
            words += ["setpriv", *who, "--inh-caps=-all", "--bounding-set=-all"]
        return words

    def argv(self, *args):
        return [*self.inside(ME), *self.before, str(self.program), "-w",
                str(self.workspace), *map(str, args)]

    def start(self, code, *args, uid=ME, before=()):
        """A Python program there; it has said "ready" when this returns."""
        process = subprocess.Popen(
            [*self.inside(uid), *before, "/usr/bin/python3", "-I", "-S", "-c", code,
             *map(str, args)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/")
        self._programs.append(process)
        said = process.stdout.readline().decode()
        if said != "ready\n":
            said += process.stdout.read().decode()
            assert "Address family not supported" not in said, "no IPv6"
            raise AssertionError(f"{args}: {said}")
        return process

    def listen(self, *sockets, name="webserver", uid=ME, before=()):
        return self.start(_LISTENER, name, *sockets, uid=uid, before=before)

    def connect_from(self, port, to):
        return self.start(_CONNECTION, port, to)

    def end_server(self, port, may_again):
        return self.start(_ENDED, port, int(may_again))

    def bind(self, port):
        return self.start(_BOUND, port)

    def sysctl(self, name, value):
        """Of that network alone."""
        subprocess.run([*self.inside(), "sh", "-c", f"echo '{value}' >/proc/sys/net/ipv4/{name}"],
                       check=True, timeout=60)

    def want(self, listen, role="tracking", name="mine"):
        """A record that wants to listen there."""
        self.run("port", "add", name, "--role", role, "--listen", listen)

    def rows(self, *args, exit_code=None):
        """What `crier ports --json` prints."""
        return json.loads(self.run("ports", *args, "--json", exit_code=exit_code).stdout)

    def row(self, name="mine", exit_code=None, situation=None):
        """The row of the record of that name; told at the end of the session as that situation."""
        began = time.monotonic()
        rows = self.rows(exit_code=exit_code)
        seconds = time.monotonic() - began
        row = next(row for row in rows if row["name"] == name)
        if situation:
            verdict = "; ".join([row["text"], *row["notes"][:row["state"] == "free"]])
            # Numbers of processes and users are others each time.
            verdict = re.sub(r"\((?:process \d+, )?user[^)]*\)", "(…)", verdict)
            netlab.record_situation(situation, verdict, seconds)
        return row

    def end_programs(self):
        programs, self._programs = self._programs, []
        for process in programs:
            self._remove(process)

    @staticmethod
    def _remove(process):
        process.stdin.close()
        crier.stop_process(process)
        process.stdout.close()

    def close(self):
        self.stop_all()
        self.end_programs()
        self._remove(self._space)
        shutil.rmtree(self.folder, ignore_errors=True)


def has_ipv6():
    return os.path.exists("/proc/net/if_inet6")


def cgroup_root():
    """Where groups of version 2 are, when we may make one; else None."""
    for path in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
        if os.path.exists(f"{path}/cgroup.procs") and os.path.exists(f"{path}/cgroup.controllers"):
            return path if os.access(path, os.W_OK) else None
    return None
