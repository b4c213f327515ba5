"""A network of one's own for the doctor: client - NAT router - router - server, in namespaces.

    client           r1 (NAT)                 r2                        server
    10.0.1.2    --   10.0.1.1 | 198.51.100.7  --  198.51.100.1 | 203.0.113.1  --  203.0.113.25
    fd00:1::2        fd00:1::1 | fd00:2::7        fd00:2::1 | fd00:3::1           fd00:3::25

IPv4 is translated by r1, IPv6 is not. The server is also 203.0.113.53, where its dnsmasq listens,
which the client asks. Nothing of this is seen outside, and it is gone with its processes, so many
labs stand side by side. It needs root or a user namespace; else whoever asks for it is skipped
with a sentence. crier runs in the client as nobody (without root: without any capability).

A situation: change something with filter(), nft(), change() and serve() (all of it is undone by
reset(), which the fixture `lab` calls after each test), look with doctor(), and tell what came of
it with record_situation().
"""
import contextlib
import itertools
import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import time

import pytest

import crier
import peers
import waiting

NAT = "10.0.1.1"
OUTSIDE = "198.51.100.7"
MIDDLE = "198.51.100.1"
SERVER = "203.0.113.25"
SERVER6 = "fd00:3::25"
CLIENT = "10.0.1.2"
CLIENT6 = "fd00:1::2"
NAT6, MIDDLE6 = "fd00:1::1", "fd00:2::1"
DNS = "203.0.113.53"
HOST = "mail.example.org"

_ROOT = os.getuid() == 0
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_COUNT = itertools.count(1)
# Routers answer every probe: how many a second is for the test that asks about it.
_SYSCTLS = "net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 net.ipv4.ip_forward=1 " \
    "net.ipv6.conf.all.forwarding=1"
# Addresses are used at once, without a look whether somebody has them.
_NEW = "ip link set lo up; sysctl -qw net.ipv6.conf.default.accept_dad=0 " \
    "net.ipv6.conf.default.dad_transmits=0"
_WIRES = (  # one end, the other: space, device, addresses
    (("client", "eth0", "10.0.1.2/24", "fd00:1::2/64"),
     ("r1", "lan", "10.0.1.1/24", "fd00:1::1/64")),
    (("r1", "wan", "198.51.100.7/24", "fd00:2::7/64"),
     ("r2", "lan", "198.51.100.1/24", "fd00:2::1/64")),
    (("r2", "wan", "203.0.113.1/24", "fd00:3::1/64"),
     ("server", "eth0", "203.0.113.25/24", "fd00:3::25/64")),
)
_ROUTES = {
    "client": ("default via 10.0.1.1", "default via fd00:1::1"),
    "r1": ("default via 198.51.100.1", "default via fd00:2::1"),
    "r2": ("fd00:1::/64 via fd00:2::7",),
    "server": ("default via 203.0.113.1", "default via fd00:3::1"),
}
_NAT_RULES = """table ip lab {
  chain after { type nat hook postrouting priority 100; oifname "wan" masquerade; }
}
"""
_HOOKS = {"client": "output", "r1": "forward", "r2": "forward", "server": "input"}
_DNS_RECORDS = (f"host-record={HOST},{SERVER},{SERVER6}", f"host-record=four.example.org,{SERVER}",
                f"host-record=six.example.org,{SERVER6}")
_LISTEN = """
import socket, sys
address, port = sys.argv[1], int(sys.argv[2])
six = ":" in address
made = socket.create_server((address, port), family=socket.AF_INET6 if six else socket.AF_INET,
                            dualstack_ipv6=address == "::", backlog=64)
socket.send_fds(socket.socket(fileno=0), [b"x"], [made.fileno()])
"""


def _why_not():
    for program, package in (("unshare", "util-linux"), ("nsenter", "util-linux"),
                             ("setpriv", "util-linux"), ("ip", "iproute2"),
                             ("sysctl", "procps"), ("nft", "nftables")):
        if shutil.which(program, path=_PATH) is None:
            return f"{program} is not installed (Debian: {package})"
    return None


class Lab:
    """The network; folder is what the client's home is in."""

    def __init__(self, folder):
        reason = _why_not()
        if reason:
            pytest.skip(reason)
        self.folder = pathlib.Path(folder)
        self.base = f"/run/crier-lab-{os.getpid()}-{next(_COUNT)}"
        self._holders = {}
        self._undo = []
        self._dns = None
        self._dns_lines = ()
        try:
            self._hold("client", ["unshare", *([] if _ROOT else ["-r"]), "-n", "-m"])
            self._mount()
            for space in ("r1", "r2", "server"):
                self._hold(space, [*self.inside("client"), "unshare", "-n"])
            self._connect()
            self.start_dns()
            for space in _HOOKS:
                self._wait_for_links(space)
        except BaseException:
            self.close()
            raise

    # ---- commands ----

    def inside(self, space="client"):
        """What a command begins with that is to run there."""
        user = [] if _ROOT else ["-U", "--preserve-credentials"]
        # Mounts are the same for all of them.
        return ["nsenter", *user, "-n", "-m", "-t", str(self._holders[space].pid)]

    def as_nobody(self, space="client"):
        """The same, without any right beyond those of a plain user."""
        user = []
        if _ROOT:
            nobody = pwd.getpwnam("nobody")
            user = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        return [*self.inside(space), "setpriv", *user, "--inh-caps=-all", "--bounding-set=-all",
                "--no-new-privs"]

    def run(self, space, *argv, **options):
        return self._run(self.inside(space), space, *argv, **options)

    def run_as_nobody(self, space, *argv, **options):
        return self._run(self.as_nobody(space), space, *argv, **options)

    @staticmethod
    def _run(before, space, *argv, check=True, stdin="", env=None):
        done = subprocess.run([*before, *map(str, argv)], input=stdin.encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              env=env, timeout=60)
        said = done.stdout.decode("utf-8", "replace")
        assert not check or done.returncode == 0, f"{space}: {' '.join(map(str, argv))}: {said}"
        return said

    def shell(self, space, script):
        return self.run(space, "sh", "-e", stdin=script)

    # ---- what a test changes ----

    def nft(self, space, chains):
        """Chains of a table `inet situation` there, in the words of nft; gone by reset()."""
        clean = "add table inet situation\ndelete table inet situation\n"
        self.run(space, "nft", "-f", "-", stdin=f"{clean}table inet situation {{\n{chains}\n}}\n")
        self._undo.append(lambda: self.run(space, "nft", "-f", "-", stdin=clean))

    def filter(self, space, *rules, hook=None):
        """Rules like "tcp dport 25 drop": of what the client sends, what a router passes on, or
        what the server takes; `hook` names another."""
        hook = hook or _HOOKS[space]
        # Later than the filters of others, so that theirs were passed.
        lines = "\n".join(rules)
        self.nft(space, f"chain c {{ type filter hook {hook} priority 10;\n{lines}\n}}")

    def change(self, space, script, undo):
        """A shell script there, and the one that takes it back in reset()."""
        self._undo.append(lambda: self.shell(space, undo))
        self.shell(space, script)

    def mtu(self, size):
        """The wire between the routers takes no larger packets."""
        self.change("r1", f"ip link set wan mtu {size}", "ip link set wan mtu 1500")
        self.change("r2", f"ip link set lan mtu {size}", "ip link set lan mtu 1500")
        # What was learnt about the way must not outlive it.
        self._undo.append(self.forget_ways)

    def forget_ways(self):
        for space in ("client", "server"):
            self.shell(space, "ip route flush cache; ip -6 route flush cache")

    def reset(self):
        """The network as it was built; servers that were started are stopped."""
        undo, self._undo = self._undo, []
        with contextlib.ExitStack() as stack:
            for call in undo:
                stack.callback(call)

    # ---- servers ----

    def listen(self, port, space="server", address="::"):
        """A listening socket of that space, for whatever serves in this process; "::" is both
        families."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            done = subprocess.run(
                [*self.inside(space), "/usr/bin/python3", "-I", "-S", "-c", _LISTEN, address,
                 str(port)], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                check=False, timeout=60)
            assert done.returncode == 0, done.stdout.decode()
            _, fds, _, _ = socket.recv_fds(ours, 1, 1)
        return socket.socket(fileno=fds[0])

    def serve(self, script=None, port=25, space="server", address="::"):
        """A peers.RawServer there; without a script a plain SMTP server. Ends by reset()."""
        server = peers.RawServer(script or peers.smtp_session(),
                                 listener=self.listen(port, space, address))
        self._undo.append(server.stop)
        return server

    def serve_smtp(self, handler=None, port=25, space="server", address="::", **options):
        """A peers.AioSmtpServer there (TLS, AUTH). Ends by reset()."""
        server = peers.AioSmtpServer(handler, listener=self.listen(port, space, address),
                                     **options)
        self._undo.append(server.stop)
        return server

    def start_dns(self, *lines):
        """The name server, with these lines of dnsmasq.conf besides the usual names; every name
        it does not know does not exist. Replaces the one that runs until reset()."""
        if shutil.which("dnsmasq", path=_PATH) is None:
            if lines:
                pytest.skip("dnsmasq is not installed (Debian: dnsmasq-base)")
            return
        if lines and self._dns_lines != lines:
            self._undo.append(self.start_dns)
        self.stop_dns(back=False)
        self._dns_lines = lines
        config = self.folder / "dnsmasq.conf"
        known = [f"local=/{top}/" for top in ("org", "net", "com", "test", "invalid", "arpa")]
        config.write_text("\n".join([
            # Without no-daemon it changes its user, which a user namespace does not allow.
            "no-daemon", "no-resolv", "no-hosts", "bind-interfaces", f"listen-address={DNS}",
            *known, *_DNS_RECORDS, *lines, ""]))
        log = self.folder / "dnsmasq.log"
        with open(log, "wb") as output:
            self._dns = subprocess.Popen(
                [*self.inside("server"), "dnsmasq", "-C", f"{self.base}/lab/dnsmasq.conf"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        waiting.wait_for(lambda: self._dns.poll() is not None or self._answers_names(),
                         what="dnsmasq to answer")
        assert self._dns.poll() is None, log.read_text()

    def stop_dns(self, back=True):
        """No name server runs; it does again after reset(), unless `back` is false."""
        if self._dns is not None:
            crier.stop_process(self._dns)
            self._dns = None
            if back:
                lines = self._dns_lines
                self._undo.append(lambda: self.start_dns(*lines))

    def _answers_names(self):
        return ":53 " in self.run("server", "ss", "-lnuH", f"src {DNS}")

    # ---- crier ----

    def crier(self, workspace="workspace"):
        """crier of the plain user in the client, on a workspace of that name."""
        return LabCrier(self, workspace)

    def doctor(self, *args, space="client", exit_code=None):
        """What `crier doctor ARGS --json` prints there."""
        it = LabCrier(self, None, space)
        result = it.run("doctor", *args, "--json", exit_code=exit_code)
        assert result.stdout.startswith("{"), repr(result)
        return result.json()

    # ---- building and removing ----

    def _hold(self, space, before):
        holder = subprocess.Popen(
            [*before, "sh", "-ec", f"{_NEW}; sysctl -qw {_SYSCTLS}; echo ready; read line"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._holders[space] = holder
        said = holder.stdout.readline().decode()
        if said != "ready\n":
            pytest.skip(f"no network of one's own here: {said.strip()}")

    def _mount(self):
        """Names are asked of the lab's server alone; what crier needs is within its reach,
        wherever it stands outside."""
        (self.folder / "home").mkdir(exist_ok=True, mode=0o700)
        if _ROOT:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder / "home", nobody.pw_uid, nobody.pw_gid)
        (self.folder / "resolv.conf").write_text(f"nameserver {DNS}\noptions timeout:2 attempts:1\n")
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
        (self.folder / "nsswitch.conf").write_text(
            "passwd: files\ngroup: files\nservices: files\nhosts: files dns\n")
        binds = {"home": self.folder / "home", "lab": self.folder,
                 "build": pathlib.Path(crier.program()).parent}
        if "CRIER_DATADIR" in os.environ:
            binds["data"] = os.environ["CRIER_DATADIR"]
        lines = []
        for name, path in binds.items():
            lines.append(f"mkdir /mnt/{name}; mount --bind '{path}' /mnt/{name}")
        for name in ("resolv.conf", "hosts", "nsswitch.conf"):
            # It may be a link to where /run hides it.
            lines.append(f"f=$(readlink -f /etc/{name}); mkdir -p \"$(dirname \"$f\")\"; "
                         f"[ -e \"$f\" ] || : >\"$f\"; "
                         f"mount --bind {self.base}/lab/{name} \"$f\"")
        script = "\n".join([
            "mount -t tmpfs -o mode=755 lab /mnt", *lines[:len(binds)],
            "mount -t tmpfs -o mode=755 lab /run", f"mkdir {self.base}",
            "chmod 755 " + self.base,
            *(f"mkdir {self.base}/{name}; mount --move /mnt/{name} {self.base}/{name}"
              for name in binds),
            "umount /mnt", *lines[len(binds):]])
        self.shell("client", script)

    def _connect(self):
        for one, other in _WIRES:
            self.run(one[0], "ip", "link", "add", one[1], "type", "veth", "peer", "name", other[1],
                     "netns", self._holders[other[0]].pid)
        for space in _HOOKS:
            lines = []
            for end in (end for wire in _WIRES for end in wire if end[0] == space):
                _, device, four, six = end
                lines += [f"ip addr add {four} dev {device}",
                          f"ip -6 addr add {six} dev {device} nodad", f"ip link set {device} up"]
            if space == "server":
                lines.append(f"ip addr add {DNS}/24 dev eth0")
            self.shell(space, "\n".join(lines))
        for space, routes in _ROUTES.items():
            self.shell(space, "\n".join(f"ip route add {route}" for route in routes))
        self.shell("client", "sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0")
        self.shell("server", "sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0")
        said = self.run("r1", "nft", "-f", "-", stdin=_NAT_RULES, check=False)
        if said:
            pytest.skip(f"no address translation here: nft: {said.strip()}")

    def _wait_for_links(self, space):
        """The kernel may take a second to notice that the other end of a wire is there; until
        then nobody is answered by IPv6."""
        ends = sum(end[0] == space for wire in _WIRES for end in wire)
        waiting.wait_for(
            lambda: self.run(space, "ip", "-6", "-o", "addr", "show", "scope",
                             "link").count(" fe80::") == ends, what=f"the links of {space}")

    def close(self):
        with contextlib.ExitStack() as stack:
            for holder in self._holders.values():
                stack.callback(self._let_go, holder)
            stack.callback(self.stop_dns, back=False)
            stack.callback(self.reset)

    @staticmethod
    def _let_go(holder):
        holder.stdin.close()
        crier.stop_process(holder)
        holder.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class LabCrier(crier.Crier):
    """crier inside of a lab. workspace is its path in there; from outside it is
    lab.folder/home/NAME. None: it runs without one."""

    def __init__(self, lab, workspace, space="client"):
        self._lab = lab
        self._space = space
        self._named = workspace is not None
        inside = f"{lab.base}/home/{workspace or 'none'}"
        env = {"HOME": f"{lab.base}/home", "CRIER_DNS": ""}
        if "CRIER_DATADIR" in os.environ:
            env["CRIER_DATADIR"] = f"{lab.base}/data"
        # The home is where a command begins, before it enters.
        super().__init__(inside, lab.folder / "home", env)

    def argv(self, *args):
        words = ["-w", str(self.workspace)] if self._named else []
        return [*self._lab.as_nobody(self._space), f"{self._lab.base}/build/crier", *words,
                *map(str, args)]


def check_of(report, name):
    """The finding of the check of that name in what doctor() returned."""
    rows = [row for row in report["checks"] if row["check"] == name]
    assert rows, f"no check {name}: {json.dumps(report, indent=1)}"
    return rows[0]


# ---- what the session tells at its end ----


def record_situation(situation, verdict, seconds):
    """A row of the table (situation, verdict, seconds) that the session prints at its end. The
    file is one for all processes of a session."""
    path = os.environ.get("CRIER_SITUATIONS")
    if path:
        row = json.dumps([situation, verdict, round(float(seconds), 2)], ensure_ascii=False)
        with open(path, "ab", buffering=0) as file:
            file.write(row.encode() + b"\n")


def situations(path):
    """The rows of that file, by situation."""
    with contextlib.suppress(OSError):
        with open(path, encoding="utf-8") as file:
            return sorted(json.loads(line) for line in file)
    return []


class Stopwatch:
    """with Stopwatch() as watch: … ; watch.seconds. For the table, never for an assertion."""

    def __enter__(self):
        self._begun = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self._begun
