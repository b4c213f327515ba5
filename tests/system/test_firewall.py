"""What others have to let through: each format is read by the program that it is for, and what
its rules accept gets through where everything else is dropped."""
import contextlib
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

import crier
import netlab
from spaces import Space

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
FORMATS = ["nft", "iptables", "ufw", "firewalld", "cloud", "router", "ssh", "nginx", "apache",
           "caddy"]


def program(*names):
    """The first of these that is installed; without one the case is counted as skipped."""
    for name in names:
        path = shutil.which(name) or shutil.which(name, path=PATH)
        if path:
            return path
    pytest.skip(f"{names[0]} is not installed")
    return None


@pytest.fixture(name="lab", scope="module")
def _lab(tmp_path_factory):
    with netlab.Lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture(name="space", scope="module")
def _space():
    space = Space()
    yield space
    space.close()


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory):
    """A workspace with ports and peers of every kind; no test changes it."""
    home = tmp_path_factory.mktemp("home", numbered=True)
    workspace = crier.Crier(home / "workspace", home)
    workspace.workspace.mkdir(mode=0o700)
    secret = home / "secret"
    secret.write_text("x\n")
    secret.chmod(0o600)
    for name, *args in (
            ("clicks", "--listen", "*:8081", "--public-url", "http://news.example.org:81"),
            ("proxied", "--listen", "127.0.0.1:8181", "--public-url", "https://news.example.org/c"),
            ("four", "--listen", "0.0.0.0:8880", "--public-url", "http://four.example.org:8880"),
            ("six", "--listen", "[2001:db8::2]:8880", "--public-url", "http://six.example.org"),
            ("tls", "--listen", "10.0.1.2:8881", "--public-url", "https://tls.example.org"),
            ("off", "--listen", "*:18081", "--enabled", "no"),
            ("desk", "--role", "admin")):
        workspace.run("port", "add", name, *args)
    workspace.run("server", "add", "main", "--host", "smtp.example.org")
    workspace.run("server", "add", "second", "--host", "smtp2.example.org")
    for name in "abc":  # together longer than any program takes as a comment
        workspace.run("server", "add", name + "x" * 63, "--host", "smtp3.example.org : 2460")
    workspace.run("server", "add", "six", "--host", "[2001:db8::25]:25")
    workspace.run("server", "add", "unused", "--host", "192.0.2.99:2525", "--enabled", "no")
    workspace.run("mailbox", "add", "bounces", "--address", "bounce@example.org", "--host",
                  "192.0.2.9", "--user", "b", "--password-file", secret)
    workspace.env["CRIER_DNS"] = "192.0.2.53,[2001:db8::53]:53"
    return workspace


def text_of(it, name, *more):
    return it.run("firewall", "--format", name, *more).stdout


def source_ports():
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        return file.read().split()


def commands_of(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_both_ways_are_told_with_the_real_source_ports(site):
    first, last = source_ports()
    told = site.json("firewall")
    assert [told["source_first"], told["source_last"]] == [int(first), int(last)]
    assert [(r["port"], r["address"], r["family"], r["names"]) for r in told["in"]] == [
        (8081, None, None, "port clicks"), (8880, None, "ipv4", "port four"),
        (443, None, None, "proxy of port proxied"), (8880, "2001:db8::2", "ipv6", "port six"),
        (8881, "10.0.1.2", "ipv4", "port tls")]
    out = {(r["protocol"], r["port"], r["address"]): r for r in told["out"]}
    assert out["tcp", 587, None]["names"] == "server main, server second"
    assert out["tcp", 587, None]["hosts"] == "smtp.example.org, smtp2.example.org"
    assert out["tcp", 2460, None]["hosts"] == "smtp3.example.org"
    assert len(out["tcp", 2460, None]["names"]) > 200
    assert set(out) == {("tcp", 587, None), ("tcp", 2460, None), ("tcp", 25, "2001:db8::25"), ("tcp", 993, "192.0.2.9"),
                        ("udp", 53, "192.0.2.53"), ("tcp", 53, "192.0.2.53"),
                        ("udp", 53, "2001:db8::53"), ("tcp", 53, "2001:db8::53")}
    assert told["notes"][0] == "Port off is switched off and left out."
    assert "a proxy has to answer https at port 443 and pass it on to our port 8881" in told["notes"][1]
    assert len(told["notes"]) == 2
    words = site.run("firewall").stdout
    assert f"TCP from our ports {first}-{last} to port 587 of any address" in words
    assert f"in: TCP from port 993 of 192.0.2.9 to our ports {first}-{last}" in words


def test_it_needs_no_workspace_and_makes_none(workspace):
    told = workspace.json("firewall")
    assert {r["port"] for r in told["out"]} >= {25, 465, 587, 110, 995, 143, 993, 53}
    assert [r["port"] for r in told["in"]] == [81]
    assert "no workspace" in told["notes"][0]
    assert not list(workspace.workspace.iterdir())
    workspace.run("init")
    notes = " ".join(workspace.json("firewall")["notes"])
    assert "No port is recorded yet" in notes and "No server or mailbox" in notes


@pytest.mark.parametrize("name", FORMATS)
def test_each_says_that_nothing_was_applied(site, name):
    text = text_of(site, name)
    assert text.startswith("# ") and "Nothing was applied" in " ".join(text.split())
    assert site.json("firewall", "--format", name)["text"] == text
    assert "port off" not in text and ":18081" not in text


def test_it_is_written_to_a_file_and_never_over_one(site, tmp_path):
    path = tmp_path / "crier.nft"
    told = site.run("firewall", "--format", "nft", "-o", path)
    assert told.stdout == "" and "Nothing was applied" in told.stderr
    assert path.read_text() == text_of(site, "nft")
    assert "--force" in site.run("firewall", "-o", path, exit_code=1).stderr
    site.run("firewall", "-o", path, "--force")
    assert "In:" in path.read_text()
    said = site.run("firewall", "--format", "pf", exit_code=2).stderr
    assert "Choose one of nft, iptables" in said


@pytest.mark.parametrize("more", [(), ("--redirect",)])
def test_nft_takes_the_table(site, space, tmp_path, more):
    program("nft")
    if space.why_no_filter():
        pytest.skip(space.why_no_filter())
    path = tmp_path / "crier.nft"
    path.write_text(text_of(site, "nft", *more))
    done = space.run("nft", "-c", "-f", str(path))
    assert done.returncode == 0, done.stdout.decode()
    for _ in range(2):  # loading it again replaces it
        done = space.run("nft", "-f", str(path))
        assert done.returncode == 0, done.stdout.decode()
    listed = space.run("nft", "list", "table", "inet", "crier").stdout.decode()
    assert listed.count("dport 8081") == 1 and "drop" not in listed
    assert ("redirect to :8081" in listed) is bool(more)
    assert space.run("nft", "delete", "table", "inet", "crier").returncode == 0


@pytest.mark.parametrize("restore", ["iptables-restore", "ip6tables-restore"])
@pytest.mark.parametrize("more", [(), ("--redirect",)])
def test_iptables_takes_the_chains(site, space, tmp_path, restore, more):
    restore = program(restore)
    if space.run("iptables", "-S").returncode != 0:
        pytest.skip("iptables does not work here")
    path = tmp_path / "rules"
    path.write_text(text_of(site, "iptables", *more))
    done = space.run(restore, "--test", "--noflush", str(path))
    assert done.returncode == 0, done.stdout.decode()
    done = space.run(restore, "--noflush", str(path))
    assert done.returncode == 0, done.stdout.decode()
    listed = space.run(restore.replace("-restore", ""), "-S", "CRIER-OUT").stdout.decode()
    # What is of the other family alone is left out there.
    assert ("2001:db8::25" in listed) is ("ip6" in restore)
    assert ("192.0.2.9" in listed) is ("ip6" not in restore)


def test_ufw_takes_every_command(site, space):
    ufw = program("ufw")
    if space.run(ufw, "--dry-run", "allow", "22").returncode != 0:
        pytest.skip("ufw does not work here")
    lines = commands_of(text_of(site, "ufw"))
    assert len(lines) == 5 + 8
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "ufw"
        done = space.run(ufw, "--dry-run", *words[1:])
        assert done.returncode == 0 and b"ERROR" not in done.stdout, (line, done.stdout.decode())
    assert "before.rules" in text_of(site, "ufw", "--redirect")


def test_firewalld_takes_every_command(site, tmp_path):
    lines = commands_of(text_of(site, "firewalld", "--redirect"))
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "firewall-cmd" and words[1] in ("--permanent", "--reload")
    assert "--add-forward-port=port=81:proto=tcp:toport=8081" in " ".join(lines)
    offline = program("firewall-offline-cmd")
    for line in lines:
        words = [w for w in shlex.split(line)[1:] if w not in ("--permanent", "--reload")]
        if not words:
            continue
        done = subprocess.run([offline, f"--system-config={tmp_path}", *words],
                              capture_output=True, check=False)
        assert done.returncode == 0, (line, done.stdout, done.stderr)


def test_a_router_is_told_in_words(site):
    text = text_of(site, "router")
    assert re.search(r"TCP to PUBLIC port 81 -> \S+:8081 \(port clicks\)", text)
    assert re.search(r"TCP to PUBLIC port 443 -> \S+:443 \(port proxied\)", text)
    assert "let TCP to [2001:db8::2]:8880 through (port six)" in text
    assert "PUBLIC port 443 -> the proxy that speaks https for port tls" in text
    assert ":82" not in text and "never forwarded" in text


def test_ssh_leads_to_the_admin_port(site):
    line, = commands_of(text_of(site, "ssh"))
    assert "-L 127.0.0.1:8082:127.0.0.1:82 " in line
    done = subprocess.run([program("ssh"), "-G", *shlex.split(line)[1:]], capture_output=True,
                          check=False)
    assert b"localforward [127.0.0.1]:8082 [127.0.0.1]:82" in done.stdout, done.stderr


def certificate(folder, text):
    """The text with a certificate that is there."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run([program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=news.example.org",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    text = re.sub(r"/etc/letsencrypt/\S+fullchain.pem", str(cert), text)
    return re.sub(r"/etc/letsencrypt/\S+privkey.pem", str(key), text)


def test_nginx_takes_its_configuration(site, space, tmp_path):
    text = text_of(site, "nginx")
    assert "Both cannot have port 8880" in text and "Both cannot have port 8081" not in text
    nginx = program("nginx")
    (tmp_path / "crier.conf").write_text(certificate(tmp_path, text))
    (tmp_path / "logs").mkdir()
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/logs/e;\nevents {{ }}\n"
        "http { access_log off; " +
        "".join(f"{what}_temp_path {tmp_path}/{what}; "
                for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) +
        f"include {tmp_path}/crier.conf; }}\n")
    done = space.run(nginx, "-t", "-p", str(tmp_path), "-e", f"{tmp_path}/logs/e", "-c",
                     str(tmp_path / "nginx.conf"))
    assert done.returncode == 0, done.stdout.decode()


def test_apache_takes_its_configuration(site, space, tmp_path):
    text = text_of(site, "apache")
    apache = program("apache2", "httpd")
    modules = next(m for m in (pathlib.Path(apache).parents[1] / "lib/apache2/modules",
                               pathlib.Path("/usr/lib64/httpd/modules")) if m.is_dir())
    (tmp_path / "crier.conf").write_text(certificate(tmp_path, text))
    (tmp_path / "httpd.conf").write_text("".join(
        f"LoadModule {m}_module {modules}/mod_{m}.so\n"
        for m in ("mpm_event", "authz_core", "proxy", "proxy_http", "headers", "socache_shmcb",
                  "ssl")) +
        f"ServerRoot {tmp_path}\nServerName localhost\nPidFile {tmp_path}/pid\n"
        f"ErrorLog {tmp_path}/e\nInclude {tmp_path}/crier.conf\n")
    done = space.run(apache, "-t", "-f", str(tmp_path / "httpd.conf"))
    assert done.returncode == 0, done.stdout.decode()


def test_caddy_takes_its_configuration(site, space, tmp_path):
    text = text_of(site, "caddy")
    caddy = program("caddy")
    (tmp_path / "Caddyfile").write_text(text)
    done = space.run("env", f"HOME={tmp_path}", caddy, "validate", "--adapter", "caddyfile",
                     "--config", str(tmp_path / "Caddyfile"))
    assert done.returncode == 0, done.stdout.decode()


# ---- what the rules let through ----

CONNECT = """
import socket, sys
host, port = sys.argv[1], int(sys.argv[2])
try:
    socket.create_connection((host, port), 1).close()
    print("yes", end="")
except OSError:
    print("no", end="")
"""


def load_nft(text, path):
    """Hooked into a table that drops, by the very lines that the text says."""
    lines = re.findall(r"^#   (nft insert rule .*)$", text, re.M)
    path.write_text("table inet filter {\n"
                    "  chain input { type filter hook input priority 0; policy drop; }\n"
                    "  chain output { type filter hook output priority 0; policy drop; }\n}\n")
    return [("nft", "-f", path)] + [shlex.split(line) for line in lines]


def load_iptables(text, path):
    path.write_text(text)
    lines = re.findall(r"^#   (iptables .*)$", text, re.M)
    assert len(lines) == 2
    return [(program("iptables-restore"), "--noflush", path), *map(shlex.split, lines),
            ("iptables", "-P", "INPUT", "DROP"), ("iptables", "-P", "OUTPUT", "DROP")]


@pytest.mark.parametrize("load", [load_nft, load_iptables])
def test_what_they_accept_gets_through_and_nothing_else(workspace, lab, tmp_path, load):
    """All else is dropped by the machine itself, both ways."""
    program("nft" if load is load_nft else "iptables-restore")
    workspace.run("port", "add", "clicks", "--listen", "*:8081", "--public-url",
                  "http://news.example.org:8081")
    workspace.run("server", "add", "main", "--host", netlab.SERVER)
    name = "nft" if load is load_nft else "iptables"
    with contextlib.ExitStack() as stack:
        for port, space in ((587, "server"), (9999, "server"), (8081, "client"), (9999, "client")):
            stack.enter_context(lab.listen(port, space))
        ways = [("client", netlab.SERVER, 587), ("client", netlab.SERVER, 9999),
                ("r1", netlab.CLIENT, 8081), ("r1", netlab.CLIENT, 9999)]
        assert [connects(lab, *way) for way in ways] == [True] * 4
        stack.callback(lab.shell, "client", "nft flush ruleset")  # iptables' are in it, too
        for command in load(text_of(workspace, name), tmp_path / "rules"):
            lab.run("client", *command)
        assert [connects(lab, *way) for way in ways] == [True, False, True, False]


def connects(lab, space, host, port):
    return lab.run(space, "/usr/bin/python3", "-I", "-S", "-c", CONNECT, host, port,
                   check=False) == "yes"
