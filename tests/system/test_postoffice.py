"""The post office of the round trip, by smtplib and imaplib: each way in which mail comes back."""
import email
import imaplib
import ssl

import pytest

import dovecot
import postoffice
import waiting

SENDER = f"bounce+abc-123@{postoffice.BOUNCES}"
LETTER = "From: a@example.org\nTo: b@example.net\nSubject: Hello\nMessage-ID: <1@x>\n\nHello\n"

# To whom, and the status and some words of what comes back.
COMES_BACK = [
    (f"nobody@{postoffice.PEOPLE}", "5.1.1", "unknown user"),
    (f"any@{postoffice.TIGHT}", "5.2.2", "error"),
    (f"any@{postoffice.FULL}", "5.7.0", "Quota exceeded"),
    (f"gone@{postoffice.STRICT}", "5.1.1", "User unknown in our directory"),
    (f"blocked@{postoffice.STRICT}", "5.7.1", "blocked by our blocklist"),
    (f"spam@{postoffice.STRICT}", "5.7.1", "rejected as spam"),
    (f"stuffed@{postoffice.STRICT}", "4.2.2", "Mailbox full"),
    (f"later@{postoffice.STRICT}", "4.3.2", "come back later"),
    (f"any@{postoffice.DOWN}", "4.4.1", "Connection refused"),
]


@pytest.fixture(name="office", scope="module")
def start_office(certificates):
    reason = postoffice.why_not("imap")
    if reason:
        pytest.skip(reason)
    box_server = dovecot.Dovecot(certificates)
    office = postoffice.PostOffice(certificates, box_server, [f"ann@{postoffice.PEOPLE}"])
    yield office
    office.stop()
    box_server.stop()


def read(office, certificates):
    """What the bounce mailbox has, by IMAP."""
    context = ssl.create_default_context(cafile=str(certificates.ca))
    with imaplib.IMAP4_SSL("localhost", office.dovecot.ports["imaps"],
                           ssl_context=context) as imap:
        imap.login(postoffice.BOX, dovecot.PASSWORD)
        _, [count] = imap.select("INBOX", readonly=True)
        _, rows = imap.fetch("1:*", "(BODY.PEEK[])") if int(count) else (None, [])
    return [email.message_from_bytes(row[1]) for row in rows if isinstance(row, tuple)]


def fields(message):
    """Of the first recipient of a report."""
    report = next(part for part in message.walk()
                  if part.get_content_type() == "message/delivery-status")
    return report.get_payload()[1]


def test_each_comes_back_to_its_tagged_address(office, certificates):
    for to, _, _ in COMES_BACK:
        office.send(SENDER, to, LETTER)
    office.send(SENDER, f"ann@{postoffice.PEOPLE}", LETTER)
    waiting.wait_for(lambda: len(office.bounces()) >= len(COMES_BACK), what=office.log)
    by_person = {fields(m)["Final-Recipient"].split("; ")[1]: m
                 for m in read(office, certificates)}
    assert sorted(by_person) == sorted(to for to, _, _ in COMES_BACK)
    for to, status, words in COMES_BACK:
        message = by_person[to]
        assert message["Delivered-To"] == SENDER
        assert message["Return-Path"] == "<>"
        assert fields(message)["Action"] == "failed"
        assert fields(message)["Status"] == status, fields(message).as_string()
        text = " ".join(fields(message)["Diagnostic-Code"].split())
        assert words in text
    assert list(office.delivered()) == [f"ann@{postoffice.PEOPLE}"]


def test_a_report_of_success_comes_too(office, certificates):
    before = len(office.bounces())
    with office.client() as smtp:
        smtp.ehlo()
        smtp.sendmail(SENDER, [f"ann@{postoffice.PEOPLE}"], LETTER,
                      rcpt_options=["NOTIFY=SUCCESS"])
    waiting.wait_for(lambda: len(office.bounces()) > before, what=office.log)
    assert fields(read(office, certificates)[-1])["Action"] == "delivered"
