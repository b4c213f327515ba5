"""What the doctor says about the server's name, in the lab, where name servers stop, lie and fall
silent."""
import pytest

import netlab
from doctordns import expect, found, name_server, run_of

pytestmark = pytest.mark.waits

FROM = "news@example.org"


def look_up(lab, situation, host, *args):
    """The finding of the check of names, by `crier doctor HOST:25` in the client."""
    with netlab.Stopwatch() as watch:
        report = run_of(lab.doctor(f"{host}:25", *args))
    return found(situation, report, "names", watch.seconds)


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
        it = netlab.check_of(report, name)
        assert it["result"] == "skip", it
        assert it["text"].startswith("not looked at: name server"), it


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


@pytest.mark.parametrize("options, code, says", [
    ("options timeout:1 attempts:1", "dns-one", "but name server 203.0.113.99 does not answer"),
    ("options timeout:9 attempts:1", "dns-slow",
     "but looking it up takes this machine longer than 3 s"),
])
def test_the_first_of_two_name_servers_is_silent(lab, options, code, says):
    """Whoever asks waits for it; when that is longer than our patience, the second is believed."""
    lab.filter("r1", "ip daddr 203.0.113.99 drop")
    path = lab.folder / "resolv.conf"
    before = path.read_text()
    try:
        path.write_text(f"nameserver 203.0.113.99\nnameserver {netlab.DNS}\n{options}\n")
        it = look_up(lab, f"the first of two name servers is silent, {options}", netlab.HOST)
    finally:
        path.write_text(before)
    expect(it, "warn", code, f"{netlab.HOST} is ", netlab.SERVER, says)


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
