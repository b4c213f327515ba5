"""Mailbox records, the envelope senders made from them, and the unsubscribe addresses."""
import re

import pytest

import peers

PLACEHOLDER = r"[a-z2-7]{20,32}"


def add_mailbox(workspace, name="bounces", address="bounce@bounce.example.org", *args, **kwargs):
    return workspace.run("mailbox", "add", name, "--address", address, "--host",
                         "127.0.0.1:1", "--user", "bounce", "--password-command",
                         "echo p4ss", *args, **kwargs)


def prepare(workspace, peer, people=("ann@example.net",), server=(), campaign=()):
    workspace.run("list", "new", "members")
    for address in people:
        workspace.run("people", "add", address, "--list", "members")
    workspace.run("server", "add", "main", "--host", f"{peer.host}:{peer.port}", "--security",
                  "none", *server)
    path = workspace.home / "spring"
    path.mkdir()
    (path / "body.txt").write_text("Hello\n\nNo more: {{unsubscribe_url}}\n")
    (path / "campaign.cfg").write_text(
        'format = 1;\ncampaign = { from = "News <news@example.org>"; subject = "Spring";\n'
        'lists = ( "members" ); server = "main"; text_file = "body.txt"; };\n')
    workspace.run("apply", path)
    if campaign:
        workspace.run("campaign", "set", "spring", *campaign)


def send(workspace, people=1):
    workspace.run("campaign", "start", "spring", "--yes", people, "--no-worker")
    workspace.run("worker", "--once")


# ---- the record --------------------------------------------------------------------------


def test_add_set_show_list_delete(workspace):
    said = add_mailbox(workspace).stderr
    assert "bounce+TOKEN@bounce.example.org" in said
    shown = workspace.json("mailbox", "show", "bounces")
    assert shown["bounces_to"] == "bounce+TOKEN@bounce.example.org"
    assert shown["unsubscribe_to"] == "bounce+u-TOKEN@bounce.example.org"
    assert (shown["protocol"], shown["security"], shown["folder"]) == ("imap", "tls", "INBOX")
    assert "p4ss" in shown["password_command"]  # a command is no secret, what it prints is
    workspace.run("mailbox", "set", "bounces", "--protocol", "pop3")
    assert workspace.json("mailbox", "list")[0]["protocol"] == "pop3"
    assert add_mailbox(workspace, exit_code=1).stderr.startswith("crier: mailbox bounces")
    workspace.run("mailbox", "delete", "bounces")
    assert workspace.json("mailbox", "list") == []


@pytest.mark.parametrize("args, message", [
    (["--address", "bounce+x@example.org"], "without a +"),
    (["--address", "a" * 40 + "@example.org"], "room"),
    (["--address", "nobody"], "--address"),
    (["--security", "none"], "--plain-host"),
    (["--password-file", "/run/secret"], "both set"),
    (["--token-command", "t"], "both set"),
    (["--auth", "xoauth2"], "--token-command"),
    (["--protocol", "exchange"], "imap"),
])
def test_a_bad_mailbox_is_refused_and_not_stored(workspace, args, message):
    given = ["--address", "bounce@example.org", "--host", "imap.example.org", "--user", "b",
             "--password-command", "echo p4ss", *args]
    result = workspace.run("mailbox", "add", "m", *given, exit_code=2)
    assert result.stderr.startswith("crier: ") and result.stderr.count("\n") == 1
    assert message in result.stderr
    assert workspace.json("mailbox", "list") == []


def test_a_mailbox_needs_its_members(workspace):
    assert "--address" in workspace.run("mailbox", "add", "m", exit_code=2).stderr
    assert "user" in workspace.run("mailbox", "add", "m", "--address", "b@example.org", "--host",
                                   "imap.example.org", exit_code=2).stderr


# ---- start -------------------------------------------------------------------------------


@pytest.mark.parametrize("make, message", [
    (lambda w: None, "there is no mailbox 'bounces'"),
    (lambda w: add_mailbox(w, "bounces", "bounce@b.example.org", "--enabled", "no"),
     "crier mailbox set bounces --enabled yes"),
    (lambda w: add_mailbox(w, "bouncers"), "Did you mean 'bouncers'?"),
])
def test_start_wants_the_mailbox_there_and_on(workspace, sink, make, message):
    prepare(workspace, sink, campaign=["--mailbox", "bounces"])
    make(workspace)
    result = workspace.run("campaign", "start", "spring", "--yes", 1, exit_code=1)
    assert message in result.stderr and "spring" in result.stderr
    assert workspace.campaign("spring")["state"] == "draft"


# ---- the envelope ------------------------------------------------------------------------


def test_each_message_has_a_sender_of_its_own(workspace, sink):
    add_mailbox(workspace, address="bounce@bücher.example")
    prepare(workspace, sink, ["ann@example.net", "bob@example.net"],
            campaign=["--mailbox", "bounces"])
    send(workspace, 2)
    rows = sink.log()
    senders = [row["from"] for row in rows]
    assert len(set(senders)) == 2
    for sender in senders:
        assert re.fullmatch(rf"bounce\+{PLACEHOLDER}@xn--bcher-kva\.example", sender)
        assert len(sender.split("@")[0]) <= 64
    for message, row in zip(sink.parsed(), rows):
        assert "bounce@" not in str(message["From"])


def test_envid_and_message_id_are_one_token(workspace, sink):
    add_mailbox(workspace)
    prepare(workspace, sink, campaign=["--mailbox", "bounces"])
    send(workspace)
    (row,), (message,) = sink.log(), sink.parsed()
    assert message["Message-ID"] == f"<{row['envid']}@example.org>"
    assert row["envid"] not in row["from"]  # each kind has a token of its own


@pytest.mark.parametrize("campaign, server", [
    ([], []),
    (["--mailbox", "bounces"], ["--envelope", "plain"]),
])
def test_the_plain_sender(workspace, sink, campaign, server):
    add_mailbox(workspace)
    prepare(workspace, sink, campaign=campaign, server=server)
    send(workspace)
    assert [row["from"] for row in sink.log()] == ["news@example.org"]
    assert sink.log()[0]["envid"]


def test_a_version_keeps_the_address_it_was_frozen_with(workspace, sink):
    add_mailbox(workspace)
    prepare(workspace, sink, campaign=["--mailbox", "bounces"])
    workspace.run("campaign", "start", "spring", "--yes", 1, "--no-worker")
    refused = workspace.run("mailbox", "set", "bounces", "--address", "b@other.example.org",
                            exit_code=1).stderr
    assert "spring" in refused and "bounce@bounce.example.org" in refused
    workspace.run("mailbox", "delete", "bounces", exit_code=1)
    workspace.run("worker", "--once")
    assert sink.log()[0]["from"].endswith("@bounce.example.org")
    workspace.run("mailbox", "delete", "bounces")


# ---- unsubscribe -------------------------------------------------------------------------


@pytest.mark.parametrize("campaign, before, after", [
    (["--mailbox", "bounces"], "mailto:bounce+u-", "@bounce.example.org?subject=unsubscribe"),
    ([], "mailto:news+u-", "@example.org?subject=unsubscribe"),
    (["--from", '"news..letter"@example.org'],
     "mailto:%22news..letter%22@example.org?subject=unsubscribe%20", ""),
    (["--from", "Büro <" + "a" * 60 + "@bücher.example>"],
     "mailto:" + "a" * 60 + "@xn--bcher-kva.example?subject=unsubscribe%20", ""),
])
def test_unsubscribe_addresses(workspace, sink, campaign, before, after):
    add_mailbox(workspace)
    prepare(workspace, sink, campaign=campaign)
    send(workspace)
    raw, = sink.messages()
    message, = sink.parsed()
    value = re.sub(r"\s+", "", message["List-Unsubscribe"])
    assert value.startswith("<mailto:") and value.endswith(after + ">")
    assert re.search(re.escape(before) + PLACEHOLDER, value)
    field = re.search(rb"^List-Unsubscribe:.*\r\n([ \t].*\r\n)*", raw, re.MULTILINE).group()
    assert b"=?" not in field and field.isascii()
    assert message["List-Unsubscribe-Post"] is None  # only with an https address
    text = message.get_payload(decode=True).decode()
    assert f"No more: {value[1:-1]}" in text


# ---- server test -------------------------------------------------------------------------


def refuses(pattern, reply="550 5.7.60 SMTP; Client does not have permissions to send as this sender"):
    """A server that does not take senders like this."""
    return peers.ScriptedHandler(
        {"MAIL": lambda sender, nth: reply if re.search(pattern, sender) else None})


def test_trial_uses_the_sender_of_deliveries(workspace, start_aiosmtpd):
    peer = start_aiosmtpd()
    add_mailbox(workspace)
    prepare(workspace, peer, campaign=["--mailbox", "bounces"])
    told = workspace.json("server", "test", "main")
    assert told["ok"] and re.fullmatch(rf"bounce\+{PLACEHOLDER}@bounce\.example\.org",
                                       told["sender"])
    assert told["recipient"] == "news@example.org"
    assert [row["envelope"] for row in told["tried"]] == ["verp"]
    assert [command for command, _ in peer.handler.commands] == ["MAIL", "RCPT"]
    # Its token is as long as any: what is taken here is taken always.
    workspace.run("campaign", "start", "spring", "--yes", 1, "--no-worker")
    workspace.run("worker", "--once")
    assert len(peer.received[0].mail_from) <= len(told["sender"])


def test_trial_tells_which_setting_helps(workspace, start_aiosmtpd):
    peer = start_aiosmtpd(refuses(r"^bounce\+"))
    add_mailbox(workspace)
    prepare(workspace, peer, campaign=["--mailbox", "bounces"])
    told = workspace.json("server", "test", "main", exit_code=1)
    assert not told["ok"] and "550 5.7.60" in told["verdict"]
    assert "crier server set main --envelope plain" in told["verdict"]
    assert [(row["envelope"], row["ok"]) for row in told["tried"]] == [("verp", False),
                                                                       ("plain", True)]
    workspace.run("server", "set", "main", "--envelope", "plain")
    told = workspace.json("server", "test", "main")
    assert told["ok"] and told["sender"] == "news@example.org"
    send(workspace)
    assert [message.mail_from for message in peer.received] == ["news@example.org"]


def test_trial_when_no_sender_is_taken(workspace, start_aiosmtpd):
    add_mailbox(workspace)
    prepare(workspace, start_aiosmtpd(refuses("")), campaign=["--mailbox", "bounces"])
    told = workspace.json("server", "test", "main", exit_code=1)
    assert "Nor did it take" in told["verdict"] and "--envelope plain" not in told["verdict"]


def test_trial_goes_on_after_a_server_that_hangs_up(workspace, start_raw):
    def refuse_tagged(connection):
        if b"+" not in connection.lines[-1]:
            return b"250 2.1.0 Ok\r\n"
        connection.send(b"550 5.7.1 Not allowed\r\n")
        connection.reset()
        return None

    add_mailbox(workspace)
    prepare(workspace, start_raw(peers.smtp_session(mail=refuse_tagged)),
            campaign=["--mailbox", "bounces"])
    told = workspace.json("server", "test", "main", exit_code=1)
    assert "--envelope plain" in told["verdict"] and "5.7.1" in told["verdict"]


def test_trial_of_every_campaign(workspace, start_aiosmtpd):
    peer = start_aiosmtpd()
    add_mailbox(workspace)
    prepare(workspace, peer, campaign=["--mailbox", "bounces"])
    for name, sender in (("summer", "news@example.org"), ("autumn", "other@example.org"),
                         ("winter", "News <other@example.org>")):
        workspace.run("campaign", "new", name, "--from", sender, "--server", "main")
    told = workspace.json("server", "test", "main")
    assert told["ok"] and "3 envelope senders" in told["verdict"]
    assert sorted(tuple(row["campaigns"]) for row in told["tried"]) == [
        ("autumn", "winter"), ("spring",), ("summer",)]
    told = workspace.json("server", "test", "main", "--campaign", "summer")
    assert [row["campaigns"] for row in told["tried"]] == [["summer"]]


def test_trial_by_from_and_mailbox(workspace, start_aiosmtpd):
    peer = start_aiosmtpd()
    add_mailbox(workspace)
    workspace.run("server", "add", "main", "--host", f"{peer.host}:{peer.port}", "--security",
                  "none")
    told = workspace.json("server", "test", "main", "--from", "a@example.org", "--mailbox",
                          "bounces", "--to", "b@example.net")
    assert told["sender"].startswith("bounce+") and told["recipient"] == "b@example.net"
    workspace.run("server", "test", "main", "--mailbox", "bounces", exit_code=2)
    assert "Did you mean 'bounces'?" in workspace.run(
        "server", "test", "main", "--from", "a@example.org", "--mailbox", "bouncers",
        exit_code=1).stderr
