"""Messages in the person's language, and nothing else in it: what programs read stays as it is."""
import fcntl
import os
import gettext
import pathlib
import pty
import re
import shutil
import socket
import struct
import subprocess
import termios
import unicodedata

import pytest

import waiting

SOURCE = pathlib.Path(__file__).resolve().parents[2]
LANGUAGES = [line for line in (SOURCE / "po/LINGUAS").read_text().split("\n")
             if line and not line.startswith("#")]
# Of each language a message of the help that no other language has.
USAGE = {"de": "Aufruf:", "ja": "使い方:"}

pytestmark = pytest.mark.skipif(shutil.which("msgfmt") is None, reason="no msgfmt")


@pytest.fixture(scope="module")
def localedir(tmp_path_factory):
    """The translations of the source tree, where CRIER_LOCALEDIR wants them."""
    base = tmp_path_factory.mktemp("locale")
    for language in LANGUAGES:
        target = base / language / "LC_MESSAGES"
        target.mkdir(parents=True)
        subprocess.run(["msgfmt", "-o", target / "crier.mo", SOURCE / "po" / f"{language}.po"],
                       check=True)
    return base


@pytest.fixture
def speaks(localedir):
    """The environment of a person with this language; no locale has to be installed."""
    return lambda language: {"LANGUAGE": language, "CRIER_LOCALEDIR": str(localedir)}


def paths(value, at=""):
    """Where something stands in a JSON text: keys, and [] for each list."""
    if isinstance(value, dict):
        return {at} | {p for k, v in value.items() for p in paths(v, f"{at}.{k}")}
    if isinstance(value, list):
        return {at} | {p for v in value for p in paths(v, f"{at}[]")}
    return {at}


@pytest.mark.parametrize("language", USAGE)
def test_help_is_translated(workspace, speaks, language):
    plain = workspace.run("--help")
    mine = workspace.run("--help", env=speaks(language))
    assert "Usage:" in plain.stdout
    assert "Usage:" not in mine.stdout
    assert mine.stdout.startswith(USAGE[language])


@pytest.mark.parametrize("language", USAGE)
def test_the_locale_c_stays_english(workspace, speaks, language):
    mine = workspace.run("--help", env={**speaks(language), "LC_ALL": "C"})
    assert mine.stdout.startswith("Usage:")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_help_shows_the_head_of_the_translations(workspace, speaks, language):
    """gettext("") is the header of the file: an empty text must not be asked for."""
    nouns = re.findall(r"^  ([a-z]+)", workspace.run("--help").stdout, re.MULTILINE)
    assert len(nouns) > 10
    for noun in nouns:
        said = workspace.run(noun, "--help", env=speaks(language)).stdout
        assert "Content-Type: text/plain" not in said, noun


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_have_the_same_exit_codes(workspace, speaks, language):
    for args in (["nonsense"], ["campaign", "show", "none"], ["people", "show", "not-an-address"],
                 ["campaign", "start", "none", "--yes", "1"], ["server", "add", "a b"]):
        plain = workspace.run(*args, exit_code=None)
        mine = workspace.run(*args, exit_code=None, env=speaks(language))
        assert plain.returncode != 0
        assert mine.returncode == plain.returncode, args
        assert mine.stderr.startswith("crier: "), args


@pytest.mark.parametrize("language", LANGUAGES)
def test_json_is_the_same(workspace, speaks, language):
    workspace.run("list", "new", "letters", "--title", "Letters")
    workspace.run("people", "add", "ann@example.org", "--list", "letters")
    workspace.run("server", "add", "main", "--host", "127.0.0.1:2525", "--security", "none")
    for args in (["status"], ["list", "list"], ["people", "list"], ["server", "show", "main"],
                 ["settings", "list"]):
        plain = workspace.json(*args)
        mine = workspace.json(*args, env=speaks(language))
        assert paths(mine) == paths(plain), args


@pytest.mark.parametrize("language", LANGUAGES)
def test_tsv_has_the_same_columns(workspace, speaks, language):
    workspace.run("list", "new", "letters", "--title", "Letters")
    for args in (["list", "list"], ["settings", "list"]):
        plain = workspace.run(*args, "--tsv").stdout.split("\n")[0]
        mine = workspace.run(*args, "--tsv", env=speaks(language)).stdout.split("\n")[0]
        assert mine == plain, args


def on_terminal(workspace, *args, columns=80, **kwargs):
    """The lines that a verb writes to a terminal of that width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = workspace.popen(*args, stdin=theirs, stdout=theirs, stderr=theirs, **kwargs)
    os.close(theirs)
    shown = b""
    try:
        while True:
            waiting.wait_readable(ours, what="the end")
            shown += os.read(ours, 65536)
    except OSError:
        pass # the other end is closed
    os.close(ours)
    process.wait(60)
    return shown.decode().replace("\r\n", "\n").rstrip("\n").split("\n")


def cells(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_options_fit_a_terminal(workspace, speaks, language):
    """No line of the options is wider than the terminal, and what goes on stands below itself."""
    for verb in (["server", "add"], ["campaign", "set"], ["people", "import"]):
        lines = on_terminal(workspace, *verb, "--help", env=speaks(language))
        blocks = "\n".join(lines).split("\n\n")
        options = blocks[-2].split("\n")[1:]
        assert len(options) > 8
        for line in options:
            assert cells(line) <= 80, line
            assert line.startswith("  -") or re.match(r" {30}\S", line), line


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_line_up(workspace, speaks, language):
    """Each column begins in the same cell in every row, wide characters and all."""
    workspace.run("list", "new", "letters", "--title", "お知らせ")
    workspace.run("list", "new", "b", "--title", "Brief")
    head, *rows = on_terminal(workspace, "list", "list", "--fields", "title,name",
                              env=speaks(language))
    begins = {cells(row[:row.rindex(row.split()[-1])]) for row in [head, *rows]}
    assert len(rows) == 2 and len(begins) == 1, [head, *rows]


def test_a_held_port_is_no_held_campaign(workspace, speaks):
    """One English word for two things, which German tells apart."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        listen = f"127.0.0.1:{holder.getsockname()[1]}"
        workspace.run("port", "add", "clicks", "--listen", listen)
        lines = on_terminal(workspace, "ports", "--fields", "bind,state", env=speaks("de"))
    assert [line.split() for line in lines if line.startswith(listen)] == [[listen, "belegt"]]


def translations(localedir, language):
    """(message, translation) of all that is translated, each plural form by itself."""
    with open(localedir / language / "LC_MESSAGES/crier.mo", "rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog
    for message, translation in catalog.items():
        if isinstance(message, tuple):
            message = message[0]
        if message:
            yield message, re.sub(r"%\d+\$", "%", translation)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_typed_is_not_translated(localedir, language):
    """Options, commands and the names of files are typed as they stand."""
    typed = re.compile(r"(?<![a-z0-9-])--[a-z][a-z-]+|`crier[^`]*`|[a-z_]+\.cfg|[a-z]+_[a-z_]+",
                       re.ASCII)
    wrong = [(message, translation) for message, translation in translations(localedir, language)
             if sorted(typed.findall(message)) != sorted(typed.findall(translation))]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_edges_are_kept(localedir, language):
    """Lines stay lines, and nothing is translated by nothing."""
    def edges(text):
        return (len(text) - len(text.lstrip("\n")), len(text) - len(text.rstrip("\n")))

    wrong = [(message, translation) for message, translation in translations(localedir, language)
             if edges(message) != edges(translation) or not translation.strip()]
    assert wrong == []
