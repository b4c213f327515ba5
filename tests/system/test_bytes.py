"""What a receiver stores is what was composed, byte for byte, and what a header or an envelope
holds is what was meant, whatever stood in a person's fields."""
import email
import email.policy
import re

import pytest

import crier
import peers
import sentences

NAME = "Änne 🌷 O'Hara"
BODIES = {
    "plain": "Hello\nthere\n",
    "dots": ".\n..\n.a\n...\n. \n.\n.\n",
    "only-a-dot": ".\n",
    "ends-with-a-dot": "end\n.\n",
    "998": "x" * 998 + "\n" + "y" * 998 + "\n",
    "5000": "z" * 5000 + "\n.\n" + "ä" * 3000 + "\n",
    "accents": "Zürich, élève, smørrebrød, Čeština; e\u0301 a\u0308\n",
    "emoji": "🌷 👩‍👩‍👧‍👦 🏳️‍🌈 and 漢字, עברית, العربية\n",
    "from": "From here on\n>From there\n From\nFrom\n",
    "blanks": "trailing blank \ntab\t\n \n\t\n  two  \n",
    "no-last-newline": "the end",
    "empty-last-lines": "the end\n\n\n",
    "empty-lines-only": "\n\n",
    "equals": "a=b =3D = =\n=\n==\nsoft=\n",
    "percent": "100 % %s %n %d%%\n",
    "boundary-like": "--\n--=_\n--=_0--\nContent-Type: text/html\n\n--b--\n",
    "header-like": "Subject: no\nBcc: eve@example.net\n\nbody\n",
    "controls": "bell \x07, escape \x1b[1m, form feed \x0c, delete \x7f\n",
    "soft-characters": "soft\u00adhyphen no\u00a0break zero\u200bwidth \ufeffmark \u2028line\n",
    "look-alikes": "=?utf-8?q?x?= =?UTF-8?B?eA==?=\n",
    "merged": "Dear {{name}}!\n.{{name}}\n{{name}}{{name}}\n" + "{{name}} " * 200 + "\n.\n",
    "long-merged": "x" * 990 + "{{name}}" + "y" * 990 + "\n",
}
CRLF = {f"{name}-crlf": BODIES[name].replace("\n", "\r\n")
        for name in ("plain", "dots", "998", "emoji", "empty-last-lines", "merged")}
ALL = {**BODIES, **CRLF}


def rendered(text):
    """What arrives: the last line always has its end."""
    text = text.replace("{{name}}", NAME).replace("\r\n", "\n")
    return text if text.endswith("\n") else text + "\n"


def as_html(text):
    """A body that shows the same text: only what HTML itself needs is escaped."""
    plain = re.sub("[&<>]", lambda found: {"&": "&amp;", "<": "&lt;", ">": "&gt;"}[found[0]], text)
    return f"<html><body><pre>\n{plain}</pre></body></html>\n"


def html_rendered(text):
    return rendered(as_html(text).replace("{{name}}", NAME.replace("'", "&#39;")))


def folder(workspace, name, text, html=None, subject=None, **settings):
    path = workspace.home / name
    path.mkdir()
    (path / "body.txt").write_bytes(text.encode())
    lines = ['from = "\\"Müller & Söhne, Vertrieb\\" <news@example.org>";',
             f'reply_to = "Büro <office@example.org>";',
             f'subject = "{subject or name}";', 'lists = ( "members" );', 'server = "main";',
             'text_file = "body.txt";', *(f'{key} = "{settings[key]}";' for key in settings)]
    if html is not None:
        (path / "body.html").write_bytes(html.encode())
        lines.append('html_file = "body.html";')
    (path / "campaign.cfg").write_text("format = 1;\ncampaign = {\n" + "\n".join(lines) + "\n};\n")
    return path


def prepare(workspace, peer, people=None):
    workspace.run("list", "new", "members", "--title", "Unsere Freunde ❤")
    for address, fields in (people or {"ann@example.net": {"name": NAME}}).items():
        words = [word for key, value in fields.items() for word in ("--set", f"{key}={value}")]
        workspace.run("people", "add", address, *words, "--list", "members")
    workspace.run("server", "add", "main", "--host", f"{peer.host}:{peer.port}", "--security",
                  "none")


def send(workspace, names, people=1):
    for name in names:
        workspace.run("campaign", "start", name, "--yes", people, "--no-worker")
    workspace.run("worker", "--once")


def check_wire(raw):
    """MAIL.md section 5, of the bytes as they came over the connection."""
    assert re.sub(rb"\r\n", b"", raw).find(b"\r") == -1
    assert re.sub(rb"\r\n", b"", raw).find(b"\n") == -1
    assert max(raw) < 0x80 and b"\0" not in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    head = raw[:raw.index(b"\r\n\r\n")]
    assert max(map(len, head.split(b"\r\n"))) <= 78 + 20


def parse(raw):
    """By Python's parser, which must find nothing wrong."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for part in message.walk():
        assert not part.defects
        for name, value in part.items():
            assert not value.defects, (name, value, value.defects)
    return message


def part(message, kind):
    [found] = [p for p in message.walk() if p.get_content_type() == kind]
    assert found.get_content_charset() in ("utf-8", "us-ascii")
    return found.get_payload(decode=True).decode().replace("\r\n", "\n")


def slug(name):
    return f"b-{name}"


def send_all(workspace, peer):
    """Every body as a campaign of its own, as text and HTML."""
    prepare(workspace, peer)
    folders = [folder(workspace, slug(name), text, as_html(text)) for name, text in ALL.items()]
    workspace.run("apply", *folders)
    send(workspace, [slug(name) for name in ALL])
    for row in workspace.status()["campaigns"]:
        assert (row["state"], row["accepted"]) == ("finished", 1), row


def check_all(messages):
    """The parsed messages of send_all hold what was written."""
    by_subject = {str(message["Subject"]): message for message in messages}
    assert sorted(by_subject) == sorted(map(slug, ALL)) and len(messages) == len(ALL)
    for name, text in ALL.items():
        message = by_subject[slug(name)]
        assert part(message, "text/plain") == rendered(text), name
        assert part(message, "text/html") == html_rendered(text), name


def test_every_body_at_crier_sink(workspace, sink):
    send_all(workspace, sink)
    for raw in sink.messages():
        check_wire(raw)
    check_all([parse(raw) for raw in sink.messages()])


def test_every_body_at_aiosmtpd(workspace, start_aiosmtpd):
    server = start_aiosmtpd()
    send_all(workspace, server)
    for mail in server.received:
        check_wire(mail.content)
    check_all([parse(mail.content) for mail in server.received])


@pytest.fixture
def keeping_postfix(certificates):
    reason = peers.why_no_postfix()
    if reason:
        pytest.skip(reason)
    server = peers.Postfix(certificates, keeps=True)
    yield server
    server.stop()


def test_every_body_at_postfix(workspace, keeping_postfix):
    send_all(workspace, keeping_postfix)
    kept = keeping_postfix.wait_for_messages(len(ALL))
    check_all([parse(raw) for raw in kept])


class KeepsAndDefers(peers.ScriptedHandler):
    """Stores what comes and then asks to come again, so that another server gets it too."""

    async def handle_DATA(self, server, session, envelope):
        self.received.append(peers.Received(server, session, envelope))
        return "450 4.3.0 Once more, please"


def without_date(raw):
    changed, n = re.subn(rb"(?m)^Date: [^\r\n]*\r\n", b"", raw, count=1)
    assert n == 1
    return changed


def message_id(raw):
    return re.search(rb"(?mi)^Message-ID: (\S+)\r\n", raw).group(1)


def test_two_servers_get_the_same_bytes(workspace, start_aiosmtpd, sink):
    """The same deliveries, first to aiosmtpd, which puts them off, then to crier sink."""
    first = start_aiosmtpd(KeepsAndDefers())
    workspace.run("settings", "set", "--retry", "1")
    prepare(workspace, first)
    names = ["dots", "998", "5000", "emoji", "from", "no-last-newline", "merged", "controls"]
    workspace.run("apply", *(folder(workspace, slug(name), ALL[name], as_html(ALL[name]))
                             for name in names))
    send(workspace, map(slug, names))
    assert len(first.received) == len(names)
    workspace.run("server", "set", "main", "--host", f"{sink.host}:{sink.port}")
    workspace.popen("worker")
    for name in names:
        workspace.run("campaign", "wait", slug(name), "--timeout", "60")
    one = {message_id(mail.content): without_date(mail.content) for mail in first.received}
    two = {message_id(raw): without_date(raw) for raw in sink.messages()}
    assert len(one) == len(names) and one == two


def test_a_body_of_20_megabytes(workspace, sink, start_aiosmtpd):
    line = ".Grüße an {{name}}, und noch etwas, das die Zeile lang genug macht für einen Umbruch\n"
    many = line + line.replace("{{name}}", "alle") * 99
    text = many * (20 * 1000 * 1000 // len(many.encode()) + 1)
    assert len(text.encode()) >= 20 * 1000 * 1000
    server = start_aiosmtpd(data_size_limit=64 << 20)
    prepare(workspace, sink)
    workspace.run("apply", folder(workspace, "big", text), folder(workspace, "again", text))
    send(workspace, ["big"])
    workspace.run("server", "set", "main", "--host", f"{server.host}:{server.port}")
    send(workspace, ["again"])
    [raw], [mail] = sink.messages(), server.received
    for got in (raw, mail.content):
        check_wire(got)
        assert part(parse(got), "text/plain") == rendered(text)


# ---- headers -----------------------------------------------------------------------------


ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Reply-To", "List-Id",
        "X-Campaign", "Feedback-ID", "List-Unsubscribe")


def test_headers(workspace, sink):
    prepare(workspace, sink)
    subject = "Frühling für {{name|alle}} 🌷: " + "sehr lange Betreffzeile " * 6 + "{{name}}"
    workspace.run("apply", folder(workspace, "spring", "Hello\n{{unsubscribe_url}}\n", "<p>Hi</p>",
                                  subject))
    send(workspace, ["spring"])
    [raw] = sink.messages()
    check_wire(raw)
    message = parse(raw)
    for name in ONCE:
        assert len(message.get_all(name, [])) == 1, name
    for name in ("Bcc", "Return-Path", "Precedence", "Auto-Submitted", "Received"):
        assert name not in message
    [sender] = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Müller & Söhne, Vertrieb",
                                                       "news@example.org")
    assert message["Reply-To"].addresses[0].display_name == "Büro"
    assert [to.addr_spec for to in message["To"].addresses] == ["ann@example.net"]
    expected = subject.replace("{{name|alle}}", NAME).replace("{{name}}", NAME)
    assert str(message["Subject"]) == expected
    for word in re.findall(rb"=\?[^?]+\?[^?]+\?[^?]*\?=", raw):
        assert len(word) <= 75
    assert re.fullmatch(r"\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}",
                        re.search(rb"(?m)^Date: ([^\r]*)", raw).group(1).decode())
    assert re.fullmatch(r"<[^@<>\s]+@example\.org>", message["Message-ID"])
    assert message["MIME-Version"] == "1.0"
    assert message["Feedback-ID"].count(":") == 3
    assert re.search(r"<members\.example\.org>$", message["List-Id"])
    assert "Unsere Freunde ❤" in message["List-Id"]
    # The raw field: never encoded, folded between URIs only (RFC 8058).
    unsubscribe = re.search(rb"(?m)^List-Unsubscribe: (<mailto:[^>]+>)\r\n", raw).group(1)
    assert unsubscribe.decode().startswith("<mailto:news+")
    assert unsubscribe.decode()[1:-1] in part(message, "text/plain").replace("&amp;", "&")


INJECTIONS = {
    "cr-lf": "Eve\r\nBcc: x@example.net",
    "lf": "Eve\nTo: x@example.net",
    "cr": "Eve\rSubject: other",
    "blank-line": "Eve\r\n\r\n<html>",
    "look-alike": "=?utf-8?q?Eve=0D=0ABcc:_x@example.net?=",
    "percent": "%s%n%0d%0aBcc: x@example.net",
    "bidi": "Eve \u202egnp.exe\u2066x\u2069",
    "quotes": "Eve \"x\" <x@example.net>, y@example.net",
    "separators": "Eve\u2028Bcc: x@example.net\u2029\u0085",
    "tags": "{{address}}{{#a}}",
    "dot": "Eve\r\n.\r\nMAIL FROM:<x@example.net>",
    "controls": "Eve\x07\x1b[31m\x7f",
    "long": "Eve " * 500,
    "zwj": "👩‍👩‍👧‍👦" * 30,
}


@pytest.fixture(scope="module")
def injected(tmp_path_factory):
    """A letter to each of INJECTIONS, {address: the bytes that came}."""
    home = tmp_path_factory.mktemp("injected")
    (home / "workspace").mkdir(mode=0o700)
    it = crier.Crier(home / "workspace", home)
    server = peers.AioSmtpServer()
    people = {f"{name}@example.net": {"name": value} for name, value in INJECTIONS.items()}
    prepare(it, server, people)
    it.run("apply", folder(it, "spring", "Dear {{name}},\nbye\n",
                           "<p title=\"{{name}}\">{{name}} <a href=\"https://example.org/?n="
                           "{{name}}\">x</a></p>", "For {{name}}"))
    send(it, ["spring"], len(people))
    received = server.received
    it.stop_all()
    server.stop()
    assert len(received) == len(INJECTIONS)
    for mail in received:
        assert len(mail.recipients) == 1 and mail.mail_from == "news@example.org"
    return {mail.recipients[0]: mail.content for mail in received}


@pytest.mark.parametrize("name", INJECTIONS)
def test_a_value_adds_no_header_and_no_recipient(injected, name):
    raw, value = injected[f"{name}@example.net"], INJECTIONS[name]
    check_wire(raw)
    message = parse(raw)
    assert sorted(message.keys()) == sorted([*ONCE, "Content-Type"])
    assert [to.addr_spec for to in message["To"].addresses] == [f"{name}@example.net"]
    # In a header what would break or hide is left out or made a blank; the rest is there.
    subject = str(message["Subject"])
    assert subject.startswith("For ") and not re.search("[\r\n\x00-\x1f\x7f\u2028\u2029]", subject)
    letters = re.sub(r"[^a-zA-Z0-9.:@]", "", value)
    assert re.sub(r"[^a-zA-Z0-9.:@]", "", subject[4:]) == letters
    # In the text it stands as it was; only controls are left out, which nobody can read.
    lines = re.sub("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]", "", value)
    lines = lines.replace("\r\n", "\n").replace("\r", "\n")
    assert part(message, "text/plain").replace("\r", "\n") == f"Dear {lines},\nbye\n"
    html = part(message, "text/html")
    assert html.count("<") == 4 and html.count(">") == 4


def test_a_subject_that_looks_encoded_is_shown_as_typed(injected):
    message = parse(injected["look-alike@example.net"])
    assert str(message["Subject"]) == "For " + INJECTIONS["look-alike"]


# ---- addresses ---------------------------------------------------------------------------


ADDRESSES = {"jörg@example.net": {"name": "Jörg"}, "ann@bücher.example": {"name": "Ann"},
             "bob@example.net": {"name": "Bob"}}


def test_smtputf8_where_it_is_announced(workspace, start_aiosmtpd):
    server = start_aiosmtpd(enable_SMTPUTF8=True)
    prepare(workspace, server, ADDRESSES)
    workspace.run("apply", folder(workspace, "spring", "Dear {{name}}\n"))
    send(workspace, ["spring"], 3)
    got = {mail.recipients[0]: mail for mail in server.received}
    assert sorted(got) == sorted(["jörg@example.net", "ann@xn--bcher-kva.example",
                                  "bob@example.net"])
    assert "SMTPUTF8" in got["jörg@example.net"].mail_options
    assert "SMTPUTF8" not in got["bob@example.net"].mail_options
    assert "SMTPUTF8" not in got["ann@xn--bcher-kva.example"].mail_options
    assert parse(got["ann@xn--bcher-kva.example"].content)["To"].addresses[0].addr_spec == \
        "ann@xn--bcher-kva.example"
    for address in ("bob@example.net", "ann@xn--bcher-kva.example"):
        check_wire(got[address].content)


def test_smtputf8_where_it_is_not_announced(workspace, start_aiosmtpd):
    server = start_aiosmtpd(enable_SMTPUTF8=False)
    prepare(workspace, server, ADDRESSES)
    workspace.run("apply", folder(workspace, "spring", "Dear {{name}}\n"))
    send(workspace, ["spring"], 3)
    assert sorted(mail.recipients[0] for mail in server.received) == [
        "ann@xn--bcher-kva.example", "bob@example.net"]
    [row] = workspace.json("campaign", "deliveries", "spring", "--state", "refused")
    assert row["address"] == "jörg@example.net" and row["code"] in (0, None)
    sentences.check(f"crier: {row['reply']}")
    assert re.search("SMTPUTF8|international", row["reply"])
    assert "jörg@example.net" not in [argument for _, argument in server.handler.commands]
    assert workspace.campaign("spring")["state"] == "finished"
