"""What a person answers to the bounce address: passed on to whoever reads the campaign's answers,
once, by the worker or by `crier worker --once`."""
import email
import email.policy

import pytest

import dovecot
import returning
import sending

OFFICE = "office@example.org"

_ANSWER = """\
Return-Path: <{person}>
From: A Reader <{person}>
To: {to}
Subject: Re: {subject}
Message-ID: <answer-{number}@example.com>
In-Reply-To: {id}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Schöne Grüße, and a question: when?
"""


@pytest.fixture(scope="module", name="server")
def start_server(certificates):
    reason = dovecot.why_not("imap")
    if reason:
        pytest.skip(reason)
    server = dovecot.Dovecot(certificates)
    yield server
    server.stop()


def _answer(message, number):
    return _ANSWER.format(person=message["To"], to=returning.ADDRESS, id=message["Message-ID"],
                          subject=message["Subject"], number=number).encode()


def _send(workspace, sink, people, *mailbox):
    workspace.run("mailbox", "set", "bounces", *mailbox)
    sending.prepare(workspace, sink, people)
    workspace.run("campaign", "set", sending.CAMPAIGN, "--mailbox", "bounces",
                  "--reply-to", f"Office <{OFFICE}>")
    sending.start(workspace, people)
    workspace.run("worker", "--once", "--role", "send")
    return sink.parsed()


def _passed_on(sink):
    return [email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
            for message in sink.parsed() if OFFICE in message["To"]]


def test_an_answer_is_passed_on_once(workspace, server, certificates, sink):
    returning.add_mailbox(workspace, server.ports["imaps"], certificates, user="answers")
    sent = _send(workspace, sink, 2, "--forward-replies", "yes")
    raw = _answer(sent[0], 1)
    server.put("answers", [raw])
    workspace.run("worker", "--once")
    message, = _passed_on(sink)
    person = sent[0]["To"]
    assert person in message["Reply-To"] and message["From"] == sent[0]["From"]
    assert message["Subject"] == f"Re: {sent[0]['Subject']}"
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_body(("plain",)).get_content()
    assert f"{person} answered the campaign {sending.CAMPAIGN}." in text
    assert "Schöne Grüße, and a question: when?" in text
    attached, = message.iter_attachments()
    assert attached.get_content().replace(b"\r\n", b"\n") == raw
    assert returning.never_mailed(workspace) == []
    row, = [row for row in workspace.json("hook", "list") if row["kind"] == "reply"]
    assert (row["state"], row["event"], row["reason"]) == ("done", "reply", person)
    server.put("answers", [raw])  # the same once more
    workspace.run("mailbox", "read", "bounces")
    workspace.run("worker", "--once")
    assert len(_passed_on(sink)) == 1


def test_not_passed_on_unless_it_is_wished(workspace, server, certificates, sink):
    returning.add_mailbox(workspace, server.ports["imaps"], certificates, user="kept")
    sent = _send(workspace, sink, 1, "--forward-replies", "no")
    server.put("kept", [_answer(sent[0], 1)])
    assert workspace.json("mailbox", "read", "bounces")["others"] == 1
    workspace.run("worker", "--once")
    assert _passed_on(sink) == [] and workspace.json("hook", "list") == []
