"""What the doctor says about names: of the server, in the lab, where name servers stop, lie and
fall silent; and of the sender's domain, as receivers will look it up."""
import contextlib
import json
import pathlib
import subprocess
import sys

import pytest

import crier
import dnsserver
import netlab
import peers
import waiting

DNSSERVER = pathlib.Path(dnsserver.__file__)
DOMAIN = "example.org"
FROM = f"news@{DOMAIN}"
OUR_PTR = "7.100.51.198.in-addr.arpa"


def check(report, name):
    return netlab.check_of(report, name)


def run_of(told):
    return told["runs"][0]


def found(situation, report, name, seconds):
    """The finding of that check, which is a row of the table."""
    it = check(report, name)
    netlab.record_situation(f"{name}: {situation}", it["text"], seconds)
    return it


# ---- the server's name ---------------------------------------------------------------------


def look_up(lab, situation, host, *args):
    """The finding of the check of names, by `crier doctor HOST:25` in the client."""
    with netlab.Stopwatch() as watch:
        report = run_of(lab.doctor(f"{host}:25", *args))
    return found(situation, report, "names", watch.seconds)


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
        [*lab.inside("client"), "/usr/bin/python3", "-s", DNSSERVER, "53", "--json"],
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


def test_a_name_server_that_runs_no_more(lab):
    lab.stop_dns()
    it = look_up(lab, "the name server is stopped", netlab.HOST)
    expect(it, "fail", "dns-closed", f"nothing answers as a name server at {netlab.DNS}")
    assert it["who"] == "admin" and "/etc/resolv.conf" in it["next"], it


def test_questions_that_a_firewall_drops(lab):
    lab.filter("r1", "udp dport 53 drop", "tcp dport 53 drop")
    it = look_up(lab, "udp and tcp 53 are dropped", netlab.HOST)
    expect(it, "fail", "dns-silent", f"name server {netlab.DNS} does not answer (2.")


def test_what_needs_a_name_is_not_waited_for(lab):
    lab.filter("r1", "udp dport 53 drop", "tcp dport 53 drop")
    report = run_of(lab.doctor(f"{netlab.HOST}:25", "--from", FROM))
    assert report["code"] == "dns-silent", report["verdict"]
    for name in ("dmarc", "reverse", "srv"):
        it = check(report, name)
        assert it["result"] == "skip" and it["seconds"] < 1, it
        assert "does not answer" in it["text"], it


@pytest.mark.parametrize("host, code, says", [
    ("nowhere.example.org", "no-name", "the name nowhere.example.org does not exist"),
    ("dangling.example.org", "no-name",
     "dangling.example.org is an alias of gone.example.net, and that name does not exist"),
    ("text.example.org", "no-address", "the name text.example.org exists, but has no address"),
    ("domain.example.org", "only-mx", "domain.example.org is a mail domain and no host"),
])
def test_names_without_an_address(lab, host, code, says):
    with name_server(lab, records={
            "text.example.org": [["TXT", "words"]], "domain.example.org": [["MX", f"10 {netlab.HOST}"]],
            "dangling.example.org": [["CNAME", "gone.example.net"]]}):
        expect(look_up(lab, f"{code}, {host}", host), "fail", code, says)


@pytest.mark.parametrize("told, code, says", [
    ({"failing": [netlab.HOST]}, "dns-fails",
     f"name server 127.0.0.1 cannot find out {netlab.HOST}"),
    ({"refusing": True}, "dns-refuses", "name server 127.0.0.1 refuses to answer this machine"),
])
def test_answers_that_are_none(lab, told, code, says):
    with name_server(lab, **told):
        expect(look_up(lab, code, netlab.HOST), "fail", code, says)


def test_the_first_of_two_name_servers_is_silent(lab):
    path = lab.folder / "resolv.conf"
    before = path.read_text()
    try:
        path.write_text("nameserver 203.0.113.99\n" + before)
        it = look_up(lab, "the first of two name servers is silent", netlab.HOST)
    finally:
        path.write_text(before)
    expect(it, "warn", "dns-one", f"{netlab.HOST} is ", netlab.SERVER,
           "but name server 203.0.113.99 does not answer")


def test_a_table_that_is_out_of_date(lab):
    path = lab.folder / "hosts"
    before = path.read_text()
    try:
        path.write_text(f"{before}203.0.113.77 {netlab.HOST}\n")
        it = look_up(lab, "/etc/hosts names another address", netlab.HOST)
    finally:
        path.write_text(before)
    expect(it, "warn", "hosts-file", "203.0.113.77 by /etc/hosts", f"{netlab.SERVER}")


@pytest.mark.parametrize("host, says", [
    ("four.example.org", f"four.example.org is {netlab.SERVER}"),
    ("six.example.org", f"six.example.org is {netlab.SERVER6} (IPv6 only)"),
])
def test_one_family(lab, host, says):
    it = look_up(lab, host, host)
    assert (it["result"], it["text"]) == ("ok", says), it


# ---- the sender's domain, with the address that receivers see --------------------------------


def greets(address):
    """A server that says as whom it sees us."""
    def script(connection):
        connection.send(b"220 mail.example.org ESMTP\r\n")
        while True:
            verb = connection.line().split(b" ")[0].upper()
            connection.send({
                b"EHLO": f"250 mail.example.org Hello [{address}]\r\n".encode(),
                b"QUIT": b"221 Bye\r\n"}.get(verb, b"250 Ok\r\n"))
            if verb == b"QUIT":
                return
    return script


OURS = netlab.OUTSIDE
SENDER = {  # of the domain, where all is well
    DOMAIN: [["TXT", f"v=spf1 ip4:{OURS} -all"], ["MX", f"10 {netlab.HOST}"]],
    f"_dmarc.{DOMAIN}": [["TXT", f"v=DMARC1; p=reject; rua=mailto:dmarc@{DOMAIN}"]],
    OUR_PTR: [["PTR", "out.example.org"]],
    "out.example.org": [["A", OURS]],
    netlab.HOST: [["A", netlab.SERVER]],
}
ELEVEN = {DOMAIN: [["TXT", "v=spf1 " + " ".join(f"a:h{n}.{DOMAIN}" for n in range(11)) + " -all"],
                   ["MX", f"10 {netlab.HOST}"]],
          **{f"h{n}.{DOMAIN}": [["A", "192.0.2.1"]] for n in range(11)}}
SENDERS = [  # situation, what differs, check, result, code, what it says
    ("SPF covers our address", {}, "spf", "ok", None, f"SPF of {DOMAIN} covers {OURS}"),
    ("SPF covers the relay", {DOMAIN: [["TXT", f"v=spf1 ip4:{netlab.SERVER} -all"]]}, "spf", "ok",
     None, f"SPF of {DOMAIN} covers {netlab.SERVER}"),
    ("SPF covers neither", {DOMAIN: [["TXT", "v=spf1 ip4:192.0.2.1 ~all"]]}, "spf", "warn",
     "spf-not-covered", f"SPF of {DOMAIN} covers neither {OURS}, our address, nor {netlab.SERVER}"),
    ("no SPF", {DOMAIN: [["MX", f"10 {netlab.HOST}"]]}, "spf", "warn", "no-spf",
     f"{DOMAIN} has no SPF record"),
    ("SPF with 11 look-ups", ELEVEN, "spf", "warn", "spf-broken",
     f"it needs more than 10 look-ups; one too many is 'a:h10.{DOMAIN}' of {DOMAIN}"),
    ("DMARC found and aligned", {}, "dmarc", "ok", None,
     f"DMARC of {DOMAIN}: policy reject, aligned by SPF alone"),
    ("no DMARC", {f"_dmarc.{DOMAIN}": []}, "dmarc", "warn", "no-dmarc",
     f"{DOMAIN} has no DMARC record"),
    ("a reverse name that leads back", {}, "reverse", "warn", "hello-name",
     "we call ourselves "),
    ("no reverse name", {OUR_PTR: []}, "reverse", "warn", "no-reverse",
     f"{OURS}, our address as receivers see it, has no reverse name (PTR)"),
    ("a reverse name of somebody else", {"out.example.org": [["A", "192.0.2.1"]]}, "reverse",
     "warn", "reverse-differs",
     f"the reverse name of {OURS} is out.example.org, but that name does not lead back"),
    ("SRV names another server", {f"_submissions._tcp.{DOMAIN}": [["SRV", "0 0 465 smtp.example.org"]]},
     "srv", "warn", "srv-differs",
     f"{DOMAIN} names smtp.example.org:465 for sending (SRV), not {netlab.HOST}:25"),
]


@pytest.fixture(scope="module")
def reports(built_lab):
    """{what differs: the report}: one look serves every check about it."""
    made = {}
    built_lab.serve(greets(OURS))

    def look(differs):
        key = json.dumps(differs)
        if key not in made:
            records = {**SENDER, **differs}
            with name_server(built_lab, records=records), netlab.Stopwatch() as watch:
                told = run_of(built_lab.doctor(f"{netlab.HOST}:25", "--from", FROM))
            made[key] = told, watch.seconds
        return made[key]
    yield look
    built_lab.reset()


@pytest.mark.parametrize("situation, differs, name, result, code, says", SENDERS,
                         ids=[row[0] for row in SENDERS])
def test_sender(reports, situation, differs, name, result, code, says):
    report, seconds = reports(differs)
    it = found(situation, report, name, seconds)
    expect(it, result, code, says)
    if result == "warn":
        assert it["who"] != "nobody" and it["next"], it


# ---- keys, and what needs no lab ---------------------------------------------------------------


def add_campaign(workspace, sender=FROM, name="spring"):
    folder = workspace.home / name
    folder.mkdir()
    (folder / "body.txt").write_text("Hello\n")
    (folder / "campaign.cfg").write_text(
        f'format = 1;\ncampaign = {{ from = "News <{sender}>"; subject = "Spring";\n'
        'lists = ( "members" ); server = "main"; text_file = "body.txt"; };\n')
    workspace.run("list", "new", "members")
    workspace.run("apply", folder)


@pytest.fixture
def sender_at(workspace, start_raw, start_dns):
    """A workspace whose campaign goes out by a local server; ask(records, …) looks."""
    peer = start_raw(peers.smtp_session())
    workspace.run("server", "add", "main", "--host", f"localhost:{peer.port}", "--security", "none")

    def ask(records, sender=FROM, **options):
        if not (workspace.home / "spring").exists():
            add_campaign(workspace, sender)
        workspace.env["CRIER_DNS"] = start_dns(records, **options).address
        with netlab.Stopwatch() as watch:
            told = workspace.run("doctor", "main", "--json", exit_code=None).json()
        return run_of(told), watch.seconds
    return ask


def new_key(workspace):
    """The name and the text of the record that it wants."""
    told = workspace.json("dkim", "new", DOMAIN)
    told = told[0] if isinstance(told, list) else told
    assert len(told["record"]) > 255  # 2048 bits: two strings
    return told["name"], told["record"]


def test_a_key_in_two_strings_is_ours(workspace, sender_at):
    name, text = new_key(workspace)
    report, seconds = sender_at({name: [("TXT", [text[:255], text[255:]])]})
    it = found("the key is published in two strings", report, "dkim", seconds)
    expect(it, "ok", None, f"{name} is published and has our key")


def test_a_key_that_differs(workspace, sender_at):
    name, text = new_key(workspace)
    other = text[:-12] + "AAAA" + text[-8:]
    report, seconds = sender_at({name: [("TXT", other)]})
    it = found("the published key differs", report, "dkim", seconds)
    expect(it, "warn", "dkim-wrong", f"{name} has another key than ours")
    assert it["next"].startswith("Publish the record that"), it
    assert it["who"] == "domain", it


def test_a_key_that_is_not_published(workspace, sender_at):
    name, _ = new_key(workspace)
    report, seconds = sender_at({DOMAIN: [("MX", "10 mx.example.org")]})
    it = found("the key is not published", report, "dkim", seconds)
    expect(it, "warn", "dkim-wrong", f"{name} is not published")


def test_dmarc_by_the_key_alone_and_from_the_domain_above(workspace, sender_at):
    """The policy of the organization, found two labels up; the parent's key signs."""
    name, text = new_key(workspace)
    report, seconds = sender_at(
        {name: [("TXT", text)], f"_dmarc.{DOMAIN}": [("TXT", "v=DMARC1; p=reject; sp=quarantine")],
         f"a.news.{DOMAIN}": [("MX", "10 mx.example.org")]}, sender=f"ann@a.news.{DOMAIN}")
    it = found("DMARC of the domain above", report, "dmarc", seconds)
    expect(it, "ok", None,
           f"DMARC of a.news.{DOMAIN}, found at {DOMAIN}: policy quarantine, aligned by SPF and DKIM")


def test_a_name_server_that_falls_silent_costs_two_questions(workspace, sender_at):
    """After the second question without an answer none is asked."""
    new_key(workspace)
    silent = [DOMAIN, f"_dmarc.{DOMAIN}", f"crier._domainkey.{DOMAIN}", "org", "_dmarc.org"]
    report, seconds = sender_at({}, silent=silent)
    it = found("the name server falls silent", report, "spf", seconds)
    expect(it, "warn", "spf-unknown", "no name server answered in time")
    for name in ("dmarc", "reverse"):
        assert check(report, name)["seconds"] < 4, report


def test_private_addresses_are_not_judged(workspace, start_raw, start_dns):
    """Only the record itself can be."""
    peer = start_raw(peers.smtp_session())
    names = start_dns({DOMAIN: [("TXT", "v=spf1 ip4:192.0.2.1 -all")]})
    told = workspace.run("doctor", f"127.0.0.1:{peer.port}", "--from", FROM, "--json",
                         exit_code=None, env={"CRIER_DNS": names.address}).json()
    it = check(run_of(told), "spf")
    assert it["result"] in ("skip", "warn"), it
    assert (DOMAIN, dnsserver.TYPES["TXT"]) in names.asked
    if it["result"] == "skip":
        assert "only private addresses are known" in it["text"], it
    else:  # this machine has a public address
        assert it["code"] == "spf-not-covered", it
