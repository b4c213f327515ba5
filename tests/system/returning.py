"""Mail that comes back: a campaign that went out through crier sink, the bounces and requests that
its envelopes call for, and the mailbox that they lie in."""
import re

import dovecot
import sending
import waiting

ADDRESS = "bounce@bounce.example.org"

_BOUNCE = """\
Return-Path: <>
Delivered-To: {verp}
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: {verp}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{id}@mx.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system at host mx.example.net. Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {to}
Action: failed
Status: {status}
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; {code} {status} {words}

--b--
"""

_REQUEST = """\
Return-Path: <{person}>
From: {person}
To: {to}
Subject: {subject}
Message-ID: <{id}@example.net>

unsubscribe
"""


def bounce(envelope, number=1, status="5.1.1", code=550, words="User unknown"):
    """Of a delivery, by the row of the sink's log."""
    return _BOUNCE.format(verp=envelope["from"], to=envelope["to"], id=f"b{number}",
                          status=status, code=code, words=words).encode()


def request(message, person, number=1):
    """To unsubscribe, as the List-Unsubscribe of the message as sent says."""
    uri = re.sub(r"\s+", "", message["List-Unsubscribe"])
    to, subject = re.search(r"mailto:([^?>]+)\?subject=([^>]+)", uri).groups()
    return _REQUEST.format(person=person, to=to, subject=subject.replace("%20", " "),
                           id=f"r{number}").encode()


def letter(number=1, text="Thank you, see you on Sunday."):
    return (f"From: ann{number}@example.com\nTo: {ADDRESS}\nSubject: Re: Spring {number}\n"
            f"Message-ID: <l{number}@example.com>\n\n{text}\n").encode()


def add_mailbox(workspace, port, certificates, *args, protocol="imap", user="bounce",
                password=dovecot.PASSWORD, name="bounces", security="tls", exit_code=0):
    """certificates may be None with security none."""
    secret = workspace.home / f"password-{name}"
    secret.write_text(password + "\n")
    secret.chmod(0o600)
    return workspace.run("mailbox", "add", name, "--protocol", protocol, "--address", ADDRESS,
                         "--host", f"localhost:{port}", "--user", user, "--password-file", secret,
                         "--security", security,
                         *(["--ca-file", certificates.ca] if certificates else []), *args,
                         exit_code=exit_code)


def send_campaign(workspace, sink, people):
    """Sends to them, the mailbox being there; the rows of the sink's log by address."""
    sending.prepare(workspace, sink, people)
    workspace.run("campaign", "set", sending.CAMPAIGN, "--mailbox", "bounces")
    sending.start(workspace, len(people) if not isinstance(people, int) else people)
    workspace.run("worker", "--once", "--role", "send")
    return {row["to"]: row for row in sink.log()}


def counters(workspace):
    row = workspace.campaign(sending.CAMPAIGN)
    return {key: row[key] for key in ("bounced_hard", "bounced_soft", "complained",
                                      "unsubscribed")}


def never_mailed(workspace):
    return sorted((row["address"], row["reason"]) for row in workspace.json("suppress", "list"))


def problem(workspace, name="bounces"):
    return workspace.json("mailbox", "show", name)["problem"] or ""


def wait_problem(workspace, words, name="bounces"):
    return waiting.wait_for(lambda: words in problem(workspace, name) and problem(workspace, name),
                            what=lambda: f"“{words}” as its problem: {problem(workspace, name)}")


def wait_counters(workspace, **wanted):
    waiting.wait_for(lambda: wanted.items() <= counters(workspace).items(),
                     what=lambda: f"{wanted}: {counters(workspace)}")
