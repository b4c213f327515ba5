"""Messages in the person's language, and nothing else in it: what programs read stays as it is."""
import pathlib
import re
import shutil
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
LANGUAGES = [line for line in (SOURCE / "po/LINGUAS").read_text().split("\n")
             if line and not line.startswith("#")]
# Of each language a message of the help that no other language has.
USAGE = {"de": "Aufruf:"}

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
