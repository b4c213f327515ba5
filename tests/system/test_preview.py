"""What preview shows is what is sent; what test sends is marked and leaves no trace."""
import re
from email.header import decode_header, make_header

import pytest

TOKEN = re.compile(rb"[a-z2-7]{20,32}")
PEOPLE = [("ann@example.net", "first_name=Änne 🌷"), ("bob@example.net", "first_name=Bob")]
CONFIG = """\
format = 1;
campaign = {
  from = "News <news@example.org>";
  subject = "{{first_name|Friend}}, spring is here";
  lists = ( "members" ); server = "main";
  html_file = "body.html"; text_file = "body.txt";
};
"""
HTML = ('<html><body><h1>Dear {{first_name|friend}}</h1><p>“Spring”</p>'
        '<p><a href="{{unsubscribe_url}}">Leave</a></p></body></html>\n')
TEXT = "Dear {{first_name|friend}},\n\nspring!\n\nLeave: {{unsubscribe_url}}\n"


def prepare(workspace, peer, people=PEOPLE, config=CONFIG):
    workspace.run("list", "new", "members", "--title", "Members")
    for address, *fields in people:
        workspace.run("people", "add", address, "--list", "members",
                      *[word for field in fields for word in ("--set", field)])
    workspace.run("server", "add", "main", "--host", f"{peer.host}:{peer.port}", "--security",
                  "none")
    path = workspace.home / "spring"
    path.mkdir()
    (path / "body.html").write_text(HTML)
    (path / "body.txt").write_text(TEXT)
    (path / "campaign.cfg").write_text(config)
    workspace.run("apply", path)


def comparable(message):
    """Without the two things that differ: the time and the tokens. Those of a preview are longer,
    so that soft line breaks stand elsewhere."""
    message = re.sub(rb"(?m)^Date: .*\r\n", b"", message).replace(b"=\r\n", b"")
    return TOKEN.sub(b"TOKEN", message)


def preview(workspace, *args, **kwargs):
    return workspace.run("campaign", "preview", "spring", *args, **kwargs)


# ---- preview -----------------------------------------------------------------------------


def test_source_is_what_is_sent(workspace, sink):
    prepare(workspace, sink)
    before = {address: preview(workspace, "--as", address, "--part", "source").stdout_bytes
              for address, _ in PEOPLE}
    workspace.run("campaign", "start", "spring", "--yes", 2, "--no-worker")
    workspace.run("worker", "--once")
    sent = {row["to"]: message for row, message in zip(sink.log(), sink.messages())}
    assert sorted(sent) == sorted(before)
    for address in before:
        assert comparable(before[address]) == comparable(sent[address])
        assert before[address] != sent[address]
        # And the same of a campaign that is over: its frozen version.
        again = preview(workspace, "--as", address, "--part", "source").stdout_bytes
        assert comparable(again) == comparable(sent[address])
    assert b"\xc3" not in before["ann@example.net"]


def test_tokens_of_a_preview_are_nobodys(workspace, sink):
    prepare(workspace, sink)
    sources = [preview(workspace, "--as", address, "--part", "source").stdout_bytes
               for address, _ in PEOPLE]
    ids = {re.search(rb"Message-ID: <(.*?)@", source).group(1) for source in sources}
    assert len(ids) == 1


def test_parts(workspace, sink):
    prepare(workspace, sink)
    as_bob = ["--as", "BOB@example.net"]
    text = preview(workspace, *as_bob, "--part", "text").stdout
    assert text.startswith("Dear Bob,\n\nspring!\n\nLeave: mailto:news+u-")
    assert "<h1>Dear Bob</h1>" in preview(workspace, *as_bob, "--part", "html").stdout
    headers = preview(workspace, *as_bob, "--part", "headers").stdout_bytes
    assert b"Subject: Bob, spring is here\r\n" in headers and headers.endswith(b"\r\n")
    assert b"\r\n\r\n" not in headers
    summary = preview(workspace, *as_bob).stdout
    assert "To: bob@example.net\nSubject: Bob, spring is here\n\nDear Bob," in summary
    assert "Dear Änne 🌷," in preview(workspace).stdout  # the first person


def test_made_up_values_where_nobody_is(workspace, sink):
    prepare(workspace, sink, people=[])
    result = preview(workspace)
    assert "[first_name], spring is here" in result.stdout
    assert "made up" in result.stderr


def test_what_cannot_be_shown(workspace, sink):
    prepare(workspace, sink)
    assert "nobody with the address" in preview(workspace, "--as", "eve@example.net",
                                                exit_code=1).stderr
    assert "source or headers" in preview(workspace, "--part", "pdf", exit_code=2).stderr
    assert "Did you mean 'spring'" in workspace.run("campaign", "preview", "sprin",
                                                    exit_code=1).stderr
    workspace.run("campaign", "set", "spring", "--subject", "{{#x}}")
    assert "campaign 'spring'" in preview(workspace, exit_code=1).stderr


# ---- test --------------------------------------------------------------------------------


def test_a_marked_copy(workspace, sink):
    prepare(workspace, sink)
    said = workspace.run("campaign", "test", "spring", "--to", "me@example.com",
                         "you@example.com", "--as", "bob@example.net").stderr
    assert "2 copies" in said and "bob@example.net" in said
    assert [row["to"] for row in sink.log()] == ["me@example.com", "you@example.com"]
    for row, message in zip(sink.log(), sink.parsed()):
        assert message["Subject"] == "[Test] Bob, spring is here"
        assert message["X-Crier-Test"] == "yes"
        assert message["To"] == row["to"]
        assert message.defects == []
    rows = workspace.campaign("spring")
    assert (rows["state"], rows["total"]) == ("draft", 0)


def test_a_copy_of_one_that_is_over(workspace, sink):
    prepare(workspace, sink)
    workspace.run("campaign", "start", "spring", "--yes", 2, "--no-worker")
    workspace.run("worker", "--once")
    before = workspace.campaign("spring")
    workspace.run("campaign", "test", "spring", "--to", "me@example.com")
    assert workspace.campaign("spring") == before
    assert str(make_header(decode_header(sink.parsed()[-1]["Subject"]))) == "[Test] Änne 🌷, spring is here"


def test_a_refused_copy_is_told_with_the_transcript(workspace, start_sink):
    peer = start_sink(script="rcpt no@example.com refuse 550 5.1.1 no such user\n")
    prepare(workspace, peer)
    result = workspace.run("campaign", "test", "spring", "--to", "no@example.com", "--to",
                           "me@example.com", exit_code=1)
    assert "> RCPT TO:<no@example.com>" in result.stderr
    assert "did not take the copy to no@example.com: RCPT TO: 550" in result.stderr
    assert "took 1 copy" in result.stderr
    assert [row["to"] for row in peer.log() if row["code"] < 300] == ["me@example.com"]


@pytest.mark.parametrize("args, code, message", [
    ([], 2, "--to ADDRESS"),
    (["--to", "nobody"], 1, "--to"),
    (["--to", "me@example.com", "--timeout", "soon"], 2, "--timeout"),
    (["--to", "me@example.com", "--as", "eve@example.net"], 1, "nobody with the address"),
])
def test_a_bad_call_sends_nothing(workspace, sink, args, code, message):
    prepare(workspace, sink)
    assert message in workspace.run("campaign", "test", "spring", *args, exit_code=code).stderr
    assert sink.log() == []


def test_no_server_at_the_port(workspace, sink):
    prepare(workspace, sink)
    sink.stop()
    result = workspace.run("campaign", "test", "spring", "--to", "me@example.com", exit_code=1)
    assert "server main: the copy to me@example.com was not sent" in result.stderr
