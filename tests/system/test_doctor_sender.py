"""What the doctor says about the sender's domain: what receivers will look up, record by record."""
import json

import pytest

import dnsserver
import netlab
import peers
from doctordns import expect, found, name_server, run_of

pytestmark = pytest.mark.waits

DOMAIN = "example.org"
FROM = f"news@{DOMAIN}"
OUR_PTR = "7.100.51.198.in-addr.arpa"

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
    ("SPF is aligned, but does not pass", {DOMAIN: [["TXT", "v=spf1 ip4:192.0.2.1 -all"]]}, "dmarc",
     "warn", "not-passing",
     f"mail from {DOMAIN} does not pass DMARC (policy reject) unless the relay signs for {DOMAIN}: "
     f"SPF of {DOMAIN} does not pass, and crier does not sign"),
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


def test_all_is_well_with_a_server_of_the_workspace(built_lab, reports):
    """Every check of the sender, by name, key and address. The server is that of the reports."""
    assert reports({})
    lab = built_lab
    it = lab.crier("sender")
    folder = lab.folder / "home" / "spring"
    folder.mkdir()
    write_campaign(folder)
    it.run("server", "add", "main", "--host", f"{netlab.HOST}:25", "--security", "none",
           "--plain-host", f"{netlab.HOST}:25", "--hello", "out.example.org")
    it.run("list", "new", "members")
    it.run("apply", f"{lab.base}/home/spring")
    name, text = new_key(it)
    records = {**SENDER, name: [["TXT", [text[:255], text[255:]]]],
               f"_submission._tcp.{DOMAIN}": [["SRV", f"0 0 25 {netlab.HOST}"]]}
    with name_server(lab, records=records), netlab.Stopwatch() as watch:
        told = run_of(it.run("doctor", "main", "--json", exit_code=None).json())
    for check, says in (
            ("spf", f"SPF of {DOMAIN} covers {OURS}"),
            ("dkim", f"{name} is published and has our key"),
            ("dmarc", f"DMARC of {DOMAIN}: policy reject, aligned by SPF and DKIM"),
            ("reverse", f"{OURS} is out.example.org, and that name leads back to it"),
            ("srv", f"{DOMAIN} names this very server (SRV)")):
        expect(found("all is well", told, check, watch.seconds), "ok", None, says)


# ---- keys, and what needs no lab ---------------------------------------------------------------


def add_campaign(workspace, sender=FROM, name="spring"):
    folder = workspace.home / name
    folder.mkdir()
    write_campaign(folder, sender)
    workspace.run("list", "new", "members")
    workspace.run("apply", folder)


def write_campaign(folder, sender=FROM):
    (folder / "body.txt").write_text("Hello\n")
    (folder / "campaign.cfg").write_text(
        f'format = 1;\ncampaign = {{ from = "News <{sender}>"; subject = "Spring";\n'
        'lists = ( "members" ); server = "main"; text_file = "body.txt"; };\n')


@pytest.fixture
def sender_at(workspace, start_raw, start_dns):
    """A workspace whose campaign goes out by a local server; ask(records, …) looks."""
    peer = start_raw(peers.smtp_session())
    workspace.run("server", "add", "main", "--host", f"localhost:{peer.port}", "--security", "none")

    def ask(records, sender=FROM, **options):
        if not (workspace.home / "spring").exists():
            add_campaign(workspace, sender)
        ask.names = start_dns(records, **options)
        workspace.env["CRIER_DNS"] = ask.names.address
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
           f"DMARC of a.news.{DOMAIN}, found at {DOMAIN}: policy quarantine, aligned by DKIM alone")


def test_a_name_server_that_falls_silent_costs_two_questions(workspace, sender_at):
    """After the second question without an answer none is asked."""
    name, _ = new_key(workspace)
    report, seconds = sender_at({}, silent=[DOMAIN, f"_dmarc.{DOMAIN}", name])
    it = found("the name server falls silent", report, "spf", seconds)
    expect(it, "warn", "spf-unknown", "no name server answered in time")
    assert set(sender_at.names.asked) == {(DOMAIN, dnsserver.TYPES["TXT"]),
                                          (name, dnsserver.TYPES["TXT"])}
    for check in ("dkim", "dmarc", "reverse"):
        assert "no name server answered in time" in netlab.check_of(report, check)["text"]


def test_private_addresses_are_not_judged(workspace, start_raw, start_dns):
    """Only the record itself can be."""
    peer = start_raw(peers.smtp_session())
    names = start_dns({DOMAIN: [("TXT", "v=spf1 ip4:192.0.2.1 -all")]})
    told = workspace.run("doctor", f"127.0.0.1:{peer.port}", "--from", FROM, "--json",
                         exit_code=None, env={"CRIER_DNS": names.address}).json()
    it = netlab.check_of(run_of(told), "spf")
    assert it["result"] in ("skip", "warn"), it
    assert (DOMAIN, dnsserver.TYPES["TXT"]) in names.asked
    if it["result"] == "skip":
        assert "only private addresses are known" in it["text"], it
    else:  # this machine has a public address
        assert it["code"] == "spf-not-covered", it
