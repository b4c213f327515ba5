"""crier ports with real programs that listen, in a network of its own: who holds which port, as
far as a plain user can tell."""
import contextlib
import fcntl
import os
import pty
import re
import socket
import struct
import subprocess
import termios

import pytest

import portlab
import waiting

KEYS = ["direction", "role", "name", "bind", "public", "state", "text", "notes", "pid", "program",
        "user", "uid", "service", "since", "suggestion", "next", "last", "ms"]


@pytest.fixture
def lab():
    with contextlib.closing(portlab.PortLab()) as it:
        yield it


def me():
    return portlab.ME if os.getuid() == 0 else 0


def test_free_without_a_workspace(lab):
    lab.sysctl("ip_unprivileged_port_start", 80)
    rows = lab.rows(exit_code=0)
    assert all(list(row) == KEYS for row in rows)
    tracking, admin = rows[:2]
    assert (tracking["role"], tracking["bind"], tracking["state"], tracking["text"]) == (
        "tracking", "*:81", "free", "port 81 is free")
    assert (admin["role"], admin["bind"], admin["state"]) == ("admin", "127.0.0.1:82", "free")
    assert not lab.workspace.exists()


def test_held_by_an_own_program(lab):
    holder = lab.listen("0.0.0.0,8081")
    lab.want("0.0.0.0:8081")
    row = lab.row(exit_code=1,
                  situation="port held by a program of the own user")
    assert row["state"] == "held"
    assert (row["program"], row["pid"], row["uid"]) == ("webserver", holder.pid, me())
    assert re.fullmatch(rf"port 8081 is held by webserver \(process {holder.pid}, user .*\)",
                        row["text"])
    assert row["suggestion"] == "0.0.0.0:8181"
    assert row["next"] == "Use port 8181 instead, or stop webserver."
    lab.end_programs()
    assert lab.row(exit_code=0)["state"] == "free"


def test_held_by_another_user(lab):
    """Of root there are many programs, so which one cannot be told."""
    portlab.needs_users()
    lab.listen("0.0.0.0,8081", uid=0)
    lab.want("0.0.0.0:8081")
    row = lab.row(exit_code=1,
                  situation="port held by another user")
    assert row["state"] == "hidden" and row["pid"] is None and row["program"] is None
    assert (row["uid"], row["user"]) == (0, "root")
    assert row["text"] == "port 8081 is held by another user's program (user root)"
    assert row["next"].endswith("find out who has it (sudo ss -ltnp 'sport = :8081').")


def test_the_only_program_of_another_user(lab):
    """Nobody may look into it, but who else can it be?"""
    portlab.needs_users()
    holder = lab.listen("0.0.0.0,8081", uid=portlab.OTHER)
    lab.want("0.0.0.0:8081")
    row = lab.row(exit_code=1,
                  situation="port held by the only program of a user")
    assert (row["state"], row["program"], row["pid"]) == ("held", "webserver", holder.pid)
    assert "webserver, as far as can be seen" in row["text"]


@pytest.mark.parametrize("held,wanted,words", [
    ("127.0.0.1,8081", "0.0.0.0:8081",
     "0.0.0.0:8081 is every IPv4 address, and one of them, 127.0.0.1:8081"),
    ("0.0.0.0,8081", "127.0.0.1:8081",
     "127.0.0.1:8081 clashes with 0.0.0.0:8081, which is every IPv4"),
    ("::,8081", "0.0.0.0:8081", "0.0.0.0:8081 clashes with [::]:8081, which takes IPv4 too"),
    ("0.0.0.0,8081", "*:8081", "*:8081 is IPv4 and IPv6 together, and 0.0.0.0:8081"),
    ("::1,8081", "[::]:8081", "[::]:8081 is every IPv6 address, and one of them, [::1]:8081"),
    ("::,8081,o", "0.0.0.0:8081", None),
    ("0.0.0.0,8081", "[::]:8081", None),
    ("127.0.0.1,8081", "127.0.0.2:8081", None),
], ids=lambda value: str(value)[:20])
def test_clash(lab, held, wanted, words):
    if not portlab.has_ipv6() and ":" in held + wanted.partition("]")[0]:
        pytest.skip("this machine has no IPv6")
    lab.listen(held)
    lab.want(wanted)
    situation = f"{wanted} beside {held.replace(',', ' port ')}" if words else None
    row = lab.row(exit_code=1 if words else 0, situation=situation)
    assert row["state"] == ("clash" if words else "free"), row
    if words:
        assert row["text"].startswith(words) and "webserver" in row["text"]


def test_pooled(lab):
    """Two programs of one user share a port and neither notices."""
    lab.listen("0.0.0.0,8081,r")
    lab.listen("0.0.0.0,8081,r", name="otherserver")
    lab.want("0.0.0.0:8081")
    row = lab.row(exit_code=1,
                  situation="port shared by two programs")
    assert row["state"] == "pooled"
    assert row["text"].startswith("2 programs share port 8081, and requests are split at random: ")
    assert "webserver" in row["text"] and "otherserver" in row["text"]


def test_one_program_with_several_sockets(lab):
    lab.listen("0.0.0.0,8081,r", "0.0.0.0,8081,r")
    lab.want("0.0.0.0:8081")
    row = lab.row(exit_code=1)
    assert row["state"] == "pooled"
    assert row["text"].endswith("with several sockets (SO_REUSEPORT)")


def test_privileged(lab):
    """Only to be known as long as nobody asked for it; then it is trouble."""
    lab.sysctl("ip_unprivileged_port_start", 1024)
    tracking = lab.rows(exit_code=0)[0]
    assert tracking["state"] == "privileged" and tracking["suggestion"] == "*:8081"
    assert "ports below 1024 need a privilege" in tracking["text"]
    ways = "\n".join(tracking["notes"])
    for word in ("redirect: listen on 8081", "ip_unprivileged_port_start=81",
                 f"setcap cap_net_bind_service=+ep {lab.program}", "ListenStream=81"):
        assert word in ways
    lab.want("*:81")
    assert lab.row(exit_code=1, situation="port that needs a privilege")["state"] == "privileged"
    lab.sysctl("ip_unprivileged_port_start", 81)
    assert lab.row(exit_code=0)["state"] == "free"


def test_privileged_and_held(lab):
    """Who holds it is more than that we may not have it."""
    portlab.needs_users()
    lab.sysctl("ip_unprivileged_port_start", 80)
    lab.listen("0.0.0.0,81", uid=portlab.OTHER)
    lab.sysctl("ip_unprivileged_port_start", 1024)
    assert lab.rows(exit_code=0)[0]["state"] == "clash"


def test_ephemeral(lab):
    lab.want("*:40000")
    row = lab.row(exit_code=4,
                  situation="port of outgoing connections")
    assert row["state"] == "free"
    assert "an outgoing connection may take port 40000 first, as 32768 to 60999" in row["notes"][0]
    lab.sysctl("ip_local_reserved_ports", "39990-40010")
    row = lab.row(exit_code=0)
    assert row["state"] == "free" and row["notes"] == []


def test_browser_blocked(lab):
    lab.run("port", "add", "mine", "--listen", "*:6667")
    row = lab.row(exit_code=4,
                  situation="port that browsers refuse")
    assert row["state"] == "free" and "browsers refuse links to port 6667" in row["notes"]


def test_known_name(lab):
    known = None
    with contextlib.suppress(OSError):
        known = socket.getservbyport(3306, "tcp")
    if known != "mysql":
        pytest.skip("this machine's list of services is another one, or missing")
    lab.want("*:3306")
    row = lab.row(exit_code=0)
    assert row["notes"] == ["port 3306 is known as mysql: unusual for a web page"]


def test_not_our_address(lab):
    lab.want("203.0.113.7:8081")
    row = lab.row(exit_code=1,
                  situation="port on an address of another machine")
    assert row["state"] == "not-ours" and row["suggestion"] == "*:8081"
    assert row["text"].startswith("203.0.113.7 is no address of this machine, which has 127.0.0.1")


def test_used_by_a_connection(lab):
    talker = lab.connect_from(8081, 9000)
    lab.want("127.0.0.1:8081")
    row = lab.row(exit_code=1,
                  situation="port used by a connection")
    assert row["state"] == "busy"
    assert row["text"].startswith("nobody listens on port 8081 of 127.0.0.1, but a connection of "
                                  f"talker (process {talker.pid}, user")


@pytest.mark.parametrize("may_again", [True, False])
def test_connections_that_are_ending(lab, may_again):
    """They keep a server off only when the one before had not asked for the opposite."""
    lab.end_server(8081, may_again)
    lab.want("127.0.0.1:8081")
    row = lab.row(exit_code=0 if may_again else 1)
    if may_again:
        assert row["state"] == "free"
        assert row["notes"] == ["connections of the server that was there are just ending"]
    else:
        assert row["state"] == "busy"
        assert row["text"] == "nobody listens on port 8081 of 127.0.0.1 any more, but " \
            "connections to it are just ending"


def test_bound_and_no_more(lab):
    """Newer kernels tell who it is."""
    sitter = lab.bind(8081)
    lab.want("127.0.0.1:8081")
    row = lab.row(exit_code=1,
                  situation="port bound, and nobody listens")
    assert row["state"] == "busy"
    newer = f"port 8081 of 127.0.0.1 is bound by sitter (process {sitter.pid}, user "
    older = "a program has bound port 8081 of 127.0.0.1 without listening on it"
    assert row["text"].startswith((newer, older))


def test_suggestions_pass_all_rows(lab):
    """The next is taken when the first ones are held, reserved for connections or ours."""
    lab.listen("0.0.0.0,8081", "0.0.0.0,8181")
    lab.want("0.0.0.0:8081")
    lab.want("127.0.0.1:8880", role="admin", name="desk")
    assert lab.row(exit_code=1)["suggestion"] == "0.0.0.0:18081"
    lab.sysctl("ip_local_port_range", "15000 20000")
    assert lab.row(exit_code=1)["suggestion"] == "0.0.0.0:28081"


def test_switched_off(lab):
    lab.listen("0.0.0.0,8081")
    lab.want("0.0.0.0:8081")
    lab.run("port", "set", "mine", "--enabled", "no")
    assert lab.row(exit_code=None)["state"] == "off"


def test_ours(lab):
    """A socket that the worker has is ours, also where that hides its descriptors from its own
    user, as it does."""
    lab.want("127.0.0.1:8081")
    lab.sysctl("ip_unprivileged_port_start", 80)
    starter = """
import os, socket, sys
one = socket.create_server(("127.0.0.1", 8081))
os.set_inheritable(one.fileno(), True)
print("ready", flush=True)
os.execv(sys.argv[1], sys.argv[1:])
"""
    env = dict(lab.env)
    process = subprocess.Popen([*lab.inside(portlab.ME), "/usr/bin/python3", "-I", "-S", "-c",
                                starter, str(lab.program), "-w", str(lab.workspace), "worker"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, env=env, cwd=lab.home)
    try:
        assert process.stdout.readline() == b"ready\n"
        waiting.wait_for(lambda: lab.worker_pid() == process.pid, what="the worker")
        row = lab.row(exit_code=0)
        assert row["state"] == "ours", row
        assert row["text"].startswith("our worker listens on port 8081 of 127.0.0.1")
        assert row["next"] is None
    finally:
        lab.stop_all()
        process.wait(20)
        process.stdout.close()


def test_service_by_the_sockets_group(lab):
    """Of another user's program the socket still tells the unit."""
    portlab.needs_users()
    root = portlab.cgroup_root()
    if root is None:
        pytest.skip("no control groups of version 2 that we may write to")
    unit = f"{root}/crier-test-{os.getpid()}.service"
    try:
        os.mkdir(unit)
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    try:
        lab.listen("0.0.0.0,8081", uid=0,
                   before=["sh", "-c", f'echo $$ >{unit}/cgroup.procs; exec "$@"', "sh"])
        lab.want("0.0.0.0:8081")
        row = lab.row(exit_code=1)
        assert row["service"] == os.path.basename(unit)
        # The unit has one program alone, and so that must be it.
        assert row["program"] == "webserver"
        assert row["next"].endswith(f"or stop {os.path.basename(unit)}.")
        services = [r["service"] for r in lab.rows("--all") if r["role"] == "other"]
        assert services == [os.path.basename(unit)]
    finally:
        lab.end_programs()
        waiting.wait_for(lambda: _removed(unit), what="the group to be empty")


def _removed(folder):
    try:
        os.rmdir(folder)
    except OSError:
        return False
    return True


def test_all(lab):
    lab.listen("127.0.0.1,9001", "::1,9002" if portlab.has_ipv6() else "127.0.0.1,9002")
    others = [row for row in lab.rows("--all") if row["role"] == "other"]
    assert [(row["bind"].rpartition(":")[2], row["state"], row["program"]) for row in others] == [
        ("9001", "held", "webserver"), ("9002", "held", "webserver")]
    assert all(row["pid"] and row["since"] for row in others)
    assert [row for row in lab.rows() if row["role"] == "other"] == []


def test_where_netlink_is_refused(lab):
    """The text of /proc/net has less, and enough."""
    lab.sysctl("ip_unprivileged_port_start", 80)
    holder = lab.listen("0.0.0.0,8081")
    lab.want("0.0.0.0:8081")
    lab.before = portlab.without_netlink()
    refused = subprocess.run([*lab.inside(portlab.ME), *lab.before, "/usr/bin/python3", "-I", "-S",
                              "-c", "import socket; socket.socket(socket.AF_NETLINK)"],
                             stderr=subprocess.PIPE, check=False, cwd="/", timeout=60)
    assert b"Operation not permitted" in refused.stderr
    row = lab.row(exit_code=1)
    assert (row["state"], row["program"], row["pid"]) == ("held", "webserver", holder.pid)
    assert row["suggestion"] == "0.0.0.0:81"
    others = [row for row in lab.rows("--all") if row["role"] == "other"]
    assert [row["program"] for row in others] == ["webserver"]


def test_what_we_connect_to(lab):
    lab.run("server", "add", "main", "--host", "mail.example.org: 2525", "--security", "none",
            "--plain-host", "mail.example.org")
    lab.run("server", "add", "old", "--host", "old.example.org:587", "--enabled", "no")
    lab.run("mailbox", "add", "back", "--address", "b@example.org", "--host",
            "imap.example.org : 993", "--security", "tls", "--user", "b", "--password-command",
            "true")
    rows = {row["name"]: row for row in lab.rows() if row["direction"] == "connect"}
    names = ("main", "old", "back")
    assert [(rows[n]["role"], rows[n]["bind"], rows[n]["state"]) for n in names] \
        == [("server", "mail.example.org:2525", "unused"),
            ("server", "old.example.org:587", "off"),
            ("mailbox", "imap.example.org:993", "unused")]


def test_name_servers_are_listed(lab):
    lab.env["CRIER_DNS"] = "192.0.2.1,[2001:db8::1]:5353"
    binds = [row["bind"] for row in lab.rows() if row["role"] == "dns"]
    assert binds[:2] == ["192.0.2.1:53", "[2001:db8::1]:5353"]


def test_host_and_port_with_blanks(lab):
    """host: port, wherever a port can be typed."""
    lab.run("server", "add", "main", "--host", " smtp.example.org : 2025 ")
    assert lab.json("server", "show", "main")["host"].replace(" ", "") == "smtp.example.org:2025"
    lab.run("server", "set", "main", "--host", "smtp.example.org: submission")
    assert lab.rows()[-1]["direction"] == "connect"
    assert [r["bind"] for r in lab.rows() if r["name"] == "main"] == ["smtp.example.org:587"]
    lab.run("port", "add", "mine", "--listen", "127.0.0.1: 8081")
    assert lab.row()["state"] == "free"
    lab.run("port", "set", "mine", "--listen", " * : 8082 ")
    assert lab.row()["text"] == "port 8082 is free"
    report = lab.run("doctor", "127.0.0.1 : 2525", "--json", exit_code=1).json()
    assert report["runs"][0]["port"] == 2525
    site = lab.home / "site.cfg"
    site.write_text('format = 1;\n'
                    'servers = ( { name = "more"; host = "more.example.org : 2526"; } );\n')
    site.chmod(0o644)
    lab.run("apply", site)
    assert [r["bind"] for r in lab.rows() if r["name"] == "more"] == ["more.example.org:2526"]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    report = lab.run("doctor", f"[::ffff:127.0.0.1]: {port}", "--json", exit_code=1).json()
    assert report["runs"][0]["port"] == port


def test_note_for_the_worker(lab):
    lab.listen("0.0.0.0,8081")
    lab.want("0.0.0.0:8081")
    done = lab.run("ports", "--note", exit_code=1)
    assert done.stdout == ""
    assert "port 8081 is held by webserver" in lab.json("port", "show", "mine")["problem"]
    assert "port 8081 is held by webserver" in lab.run("status").stdout
    lab.end_programs()
    lab.run("ports", "--note", exit_code=0)
    assert not lab.json("port", "show", "mine")["problem"]


def test_the_worker_notes_it_by_itself(lab):
    lab.listen("0.0.0.0,8081")
    lab.want("0.0.0.0:8081")
    del lab.env["CRIER_DOCTOR"]  # elsewhere it is off, as it looks at every server in trouble
    lab.popen("worker")
    waiting.wait_for(lambda: lab.json("port", "show", "mine")["problem"],
                     what="the worker to look at its ports")
    texts = [problem["text"] for problem in lab.status()["problems"]]
    assert any("port 8081 is held by webserver" in text for text in texts), texts


def on_a_terminal(lab, *args, columns=80):
    """What a verb prints on a terminal of so many columns, as lines."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(lab.argv(*args), stdin=subprocess.DEVNULL, stdout=theirs,
                          stderr=subprocess.STDOUT, env=lab.env, cwd=lab.home) as process:
        os.close(theirs)
        said = b""
        # The last reader of the other end is told so by an error.
        with contextlib.suppress(OSError):
            while piece := os.read(ours, 65536):
                said += piece
        process.wait(60)
    os.close(ours)
    return said.decode().replace("\r", "").splitlines()


def test_on_a_terminal(lab):
    holder = lab.listen("0.0.0.0,8081")
    lab.want("0.0.0.0:8081")
    lab.run("server", "add", "main", "--host", "mail.example.org:587")
    lines = on_a_terminal(lab, "ports")
    assert lines[0] == "We listen on:"
    assert lines[1].split() == ["Role", "Name", "Address", "State", "Program", "Process", "User"]
    assert all(len(line) <= 80 for line in lines), lines
    sentences = " ".join(line.strip() for line in lines)
    assert f"mine: port 8081 is held by webserver (process {holder.pid}, user" in sentences
    assert "Use port 8181 instead, or stop webserver." in sentences
    assert "We connect to:" in lines
    assert [line.split() for line in lines if line.startswith("server")] == [
        ["server", "main", "mail.example.org:587", "unused"]]
    everything = on_a_terminal(lab, "ports", "--all")
    heads = [line for line in everything if line.endswith(":")]
    assert heads == ["We listen on:", "On this machine listen:", "We connect to:"]
    below = everything[everything.index("On this machine listen:") + 1:]
    assert below[1].split()[:4] == ["0.0.0.0:8081", "held", "webserver", str(holder.pid)]


def test_in_a_pipe(lab):
    holder = lab.listen("0.0.0.0,8081")
    lab.want("0.0.0.0:8081")
    shown = lab.run("ports", "--fields", "role,bind,state,program,pid", exit_code=1).stdout
    assert shown.splitlines()[:2] == ["role\tbind\tstate\tprogram\tpid",
                                      f"tracking\t0.0.0.0:8081\theld\twebserver\t{holder.pid}"]
