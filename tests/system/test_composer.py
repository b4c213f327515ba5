"""Whole messages, read by Python's own parser: text, HTML, Markdown, layouts, images and
attachments, for people whose fields hold what breaks careless mail. And what SpamAssassin,
where it is installed, thinks of the shipped layouts."""
import html
import os
import re
import shutil
import struct
import subprocess
import zlib

import pytest

import crier
import peers
from test_bytes import check_wire, parse, part, prepare, send

PEOPLE = {
    "latin": "Jürgen Größe-Łukasz Őry",
    "greek": "Αλέξανδρος",
    "cyrillic": "Дмитрий",
    "hebrew": "יוסף",
    "arabic": "محمد بن علي",
    "devanagari": "राहुल शर्मा",
    "bengali": "সুমন",
    "tamil": "ராஜா",
    "thai": "สมชาย",
    "georgian": "გიორგი",
    "armenian": "Արամ",
    "amharic": "አበበ",
    "japanese": "山田太郎",
    "korean": "김철수",
    "chinese": "王小明",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 🎉",
    "marks": "e\u0301\u0302\u0303\u0304\u0305",
    "bidi": "\u202egnp.exe\u202c \u2067x\u2069",
    "long": "Ann " + "x" * 892 + " end",
    "long-wide": "山" * 900,
    "lines": "Ann\r\nBcc: eve@example.net\r\n\r\n<b>",
    "line": "a\nb\rc",
    "end": "\r\n.\r\nMAIL FROM:<eve@example.net>",
    "encoded": "=?utf-8?Q?Eve?= =?utf-8?B?RXZl?=",
    "equals": "= =3D =\t=",
    "dots": "..",
    "dot-lines": ".\n..\n.a",
    "from": "From eve",
    "percent": "100 % %s %n %0d%0a",
    "markup": "<script>alert(\"1\")</script> & 'x' &amp;",
    "tags": "{{address}} {{{x}}} {{#a}}",
    "boundary": "--=_m\r\n--=_a--",
    "blanks": "a  b   c",
    "markdown": "*a* _b_ [c](d) `e`\n# f\n- g",
}
TERMS = b"\x00\xff\r\n.\r\nFrom \n" * 400
NAMES = {
    "a.bin": "a.bin",
    "b.bin": "Grüße \"und\" 📎 100%.pdf",
    "c.bin": "=?utf-8?Q?x?=.txt",
    "d.bin": "長" * 60 + ".docx",
    "e.bin": ".hidden",
}


def png(width, height):
    """A small picture of one colour."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))
    rows = b"".join(b"\0" + b"\x20\x80\x60" * width for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


PICTURE, LOGO = png(40, 30), png(120, 48)
TEXT = "Dear [{{name}}],\nsee https://example.org/?n={{name}} .\n.{{name}}\n"
HTML = ("<p title=\"{{name}}\">Dear [{{name}}],</p>"
        "<p><a href=\"https://example.org/?n={{name}}\">here</a></p>")
MARKDOWN = ("# Dear [{{name}}],\n\n- [here](https://example.org/?n={{name}})\n"
            "{{#name}}\n- for {{name}}\n{{/name}}\n")
IMAGES = "<p><img src=\"cid:picture.png\" alt=\"a picture\"> [{{name}}]</p>"
ATTACHED = "  attachments = ( " + ", ".join(
    "{ file = \"%s\"; name = \"%s\"; }" % (file, name.replace("\\", "\\\\").replace("\"", "\\\""))
    for file, name in NAMES.items()) + " );\n"
LETTERS = {
    "text": {"body.txt": TEXT},
    "html": {"body.html": HTML},
    "both": {"body.txt": TEXT, "body.html": HTML},
    "markdown": {"body.md": MARKDOWN},
    "images": {"body.html": IMAGES, "picture.png": PICTURE},
    "attachments": {"body.txt": TEXT, "": ATTACHED},
    "all": {"body.md": MARKDOWN + "\n![a picture](cid:picture.png)\n", "picture.png": PICTURE,
            "logo.png": LOGO,
            "": ATTACHED + "  layout = \"newsletter\"; logo = \"logo.png\";\n"
                "  postal_address = \"1 Example Street, Example Town\";\n"
                "  preheader = \"For {{name}}\";\n"},
}
STRUCTURES = {
    "text": "text/plain",
    "html": "multipart/alternative(text/plain, text/html)",
    "both": "multipart/alternative(text/plain, text/html)",
    "markdown": "multipart/alternative(text/plain, text/html)",
    "images": "multipart/alternative(text/plain, multipart/related(text/html, image/png))",
    "attachments": "multipart/mixed(text/plain, " + ", ".join(
        ["application/octet-stream"] * len(NAMES)) + ")",
    "all": "multipart/mixed(multipart/alternative(text/plain, multipart/related(text/html, "
           "image/png, image/png)), " + ", ".join(
               ["application/octet-stream"] * len(NAMES)) + ")",
}


def folder(it, name, files, subject="For {{name}} & <you>"):
    path = it.home / name
    path.mkdir()
    lines = ['from = "Müller & Söhne <news@example.org>";', f'subject = "{subject}";',
             'lists = ( "members" );', 'server = "main";']
    for file, key in (("body.txt", "text_file"), ("body.html", "html_file"),
                      ("body.md", "markdown_file")):
        if file in files:
            lines.append(f'{key} = "{file}";')
    for file, content in files.items():
        if file:
            (path / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    for file in NAMES:
        (path / file).write_bytes(file.encode() + TERMS)
    (path / "campaign.cfg").write_text(
        "format = 1;\ncampaign = {\n" + "\n".join(lines) + "\n" + files.get("", "") + "};\n")
    return path


@pytest.fixture(scope="module")
def received(tmp_path_factory):
    """Every letter to every person: {letter: {person: the bytes that came}}."""
    home = tmp_path_factory.mktemp("composer")
    (home / "workspace").mkdir(mode=0o700)
    it = crier.Crier(home / "workspace", home)
    server = peers.AioSmtpServer(data_size_limit=64 << 20)
    prepare(it, server, {f"{key}@example.net": {"name": value} for key, value in PEOPLE.items()})
    it.run("settings", "set", "--organisation", "Tom & {{Söhne}} <e.V.>")
    it.run("apply", *(folder(it, name, files) for name, files in LETTERS.items()))
    send(it, LETTERS, len(PEOPLE))
    messages = {name: {} for name in LETTERS}
    for mail in server.received:
        name = re.search(rb"(?m)^X-Campaign: (\S+)\r\n", mail.content).group(1).decode()
        messages[name][mail.recipients[0].split("@")[0]] = mail.content
    it.stop_all()
    server.stop()
    return messages


def structure(message):
    inner = ", ".join(map(structure, message.iter_parts())) if message.is_multipart() else ""
    return message.get_content_type() + (f"({inner})" if inner else "")


def shown(value):
    """A value in a text: line ends are line ends, controls are gone."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", value)


@pytest.mark.parametrize("name", LETTERS)
def test_every_message_is_sound(received, name):
    """No defect, the structure that was meant, one of each header field, whatever the value."""
    assert received[name].keys() == PEOPLE.keys()
    for person, raw in received[name].items():
        check_wire(raw)
        message = parse(raw)
        assert structure(message) == STRUCTURES[name], person
        assert [to.addr_spec for to in message["To"].addresses] == [f"{person}@example.net"]
        assert sorted(message.keys()) == sorted({*message.keys()}), person
        assert "Bcc" not in message
        subject = str(message["Subject"])
        assert subject.startswith("For ") and subject.endswith(" & <you>")
        assert not re.search("[\r\n\x00-\x1f\x7f]", subject)


@pytest.mark.parametrize("name", ["text", "both", "attachments"])
def test_a_text_holds_the_values(received, name):
    for person, raw in received[name].items():
        text = part(parse(raw), "text/plain")
        value = shown(PEOPLE[person])
        assert text.startswith(f"Dear [{value}],\n"), person
        assert text.endswith(f"\n.{value}\n"), person
        assert re.search(r"\nsee https://example\.org/\?n=[A-Za-z0-9%._~-]* \.\n", text), person


@pytest.mark.parametrize("name", [name for name in LETTERS if name not in ("text", "attachments")])
def test_html_holds_the_values_as_text(received, name):
    for person, raw in received[name].items():
        message = parse(raw)
        body = part(message, "text/html")
        value = shown(PEOPLE[person])
        assert f"[{value}]" in html.unescape(body), person
        assert "<script" not in body and "{{" not in body.replace(html.escape(value), "")
        assert f"[{value}]" in part(message, "text/plain"), person
        for link in re.findall(r'href="(https://example[^"]*)"', body):
            assert re.fullmatch(r"https://example\.org/\?n=[A-Za-z0-9%._~-]*", link), person


def test_images_are_where_the_html_looks(received):
    for name, images in (("images", {PICTURE}), ("all", {PICTURE, LOGO})):
        for raw in received[name].values():
            message = parse(raw)
            ids = {p["Content-ID"]: p for p in message.walk() if p["Content-ID"]}
            named = set(re.findall(r'src="cid:([^"]+)"', part(message, "text/html")))
            assert {f"<{cid}>" for cid in named} == set(ids) and len(ids) == len(images)
            assert {p.get_payload(decode=True) for p in ids.values()} == images
            for cid, p in ids.items():
                assert cid.endswith("@example.org>")
                assert p.get_content_disposition() == "inline"


@pytest.mark.parametrize("name", ["attachments", "all"])
def test_attachments_have_their_names_and_bytes(received, name):
    for raw in received[name].values():
        found = {p.get_filename(): p.get_payload(decode=True)
                 for p in parse(raw).walk() if p.get_content_disposition() == "attachment"}
        assert found == {shown_as: file.encode() + TERMS for file, shown_as in NAMES.items()}


def test_the_layout_shows_what_the_record_says(received):
    for raw in received["all"].values():
        message = parse(raw)
        body, text = part(message, "text/html"), part(message, "text/plain")
        for seen in (html.unescape(body), text):
            assert "Tom & {{Söhne}} <e.V.>" in seen
            assert "1 Example Street, Example Town" in seen
        link = re.search(r"<(mailto:[^>]+)>", str(message["List-Unsubscribe"])).group(1)
        assert f'href="{html.escape(link)}"' in body and f"<{link}>" in text
        assert re.search(r"<body[^>]*>\s*<div style=\"display:none", body)
        assert not text.startswith("For ")


# ---- what filters think ------------------------------------------------------------------


LETTER = """# Spring is here, {{name|friend}}

The garden gates are open again, the seedlings are on the tables, and the kettle in the club room
is on. **Thank you** for being with us: without its members there would be no association.

## What is on

- Seed exchange, 3 April, from 10:00. Bring what you have, take what you need.
- Open garden day, 24 April. Guides are still wanted: answer this mail.
- Members' meeting, 8 May, 18:30. The agenda is on [our pages](https://www.example.org/meeting).

Has anything changed, an address or a name? Answer this mail, and the next letter will find you.

With kind regards,
Ann Bell
"""


@pytest.mark.skipif(not shutil.which("spamassassin"), reason="spamassassin is not installed")
def test_spamassassin_has_little_against_the_layouts(workspace, sink):
    layouts = ("plain", "newsletter", "announcement")
    prepare(workspace, sink, {"ann@example.net": {"name": "Ann"}})
    workspace.run("settings", "set", "--organisation", "Example Association")
    for layout in layouts:
        settings = (f"  layout = \"{layout}\"; logo = \"logo.png\";\n"
                    "  postal_address = \"1 Example Street, Example Town\";\n"
                    "  preheader = \"Seeds, gardens and our meeting\";\n")
        workspace.run("apply", folder(workspace, layout, {
            "body.md": LETTER, "logo.png": LOGO, "": settings}, "Spring is here, {{name}}"))
    send(workspace, layouts)
    messages = sink.messages()
    assert len(messages) == len(layouts)
    # One start for all of them: it takes seconds.
    mbox = workspace.home / "mbox"
    mbox.write_bytes(b"".join(b"From a@example.net Thu Jan  1 00:00:00 1970\n"
                              + raw.replace(b"\r\n", b"\n") + b"\n" for raw in messages))
    judged = subprocess.run(
        ["spamassassin", "-L", "-t", "--mbox", str(mbox)], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, timeout=60, check=True,
        env={**os.environ, "HOME": str(workspace.home), "LC_ALL": "C.UTF-8"}).stdout.decode()
    scores = [float(found) for found in re.findall(r"X-Spam-Status:[^=]*?score=(-?[0-9.]+)", judged)]
    assert len(scores) == len(layouts) and max(scores) < 3, re.findall(
        r"(?s)Content analysis details:.*?\n\n\n", judged)
