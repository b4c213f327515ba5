"""Fixtures of the tests of the terminal UI. Those of the system tests serve here, too."""
import importlib.util
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SYSTEM = HERE.parent / "system"
sys.path.insert(0, str(SYSTEM))

import crier  # noqa: E402
import samples  # noqa: E402
import session  # noqa: E402
import stage  # noqa: E402
import terminfo  # noqa: E402

_spec = importlib.util.spec_from_file_location("system_conftest", SYSTEM / "conftest.py")
_system = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_system)
for _name in ("deadline", "home", "workspace", "start_sink", "sink", "start_raw",
              "start_receiver", "start_aiosmtpd"):
    globals()[_name] = getattr(_system, _name)


def is_sanitized():
    """Whether the program under test was built with sanitizers."""
    makefile = pathlib.Path(crier.program()).parent / "Makefile"
    try:
        return "-fsanitize" in makefile.read_text(errors="replace")
    except OSError:
        return False


@pytest.fixture(scope="session")
def deadline_s():
    """How long a frame may take before it is missed."""
    return session.SANITIZED_DEADLINE_S if is_sanitized() else session.DEADLINE_S


@pytest.fixture(scope="session")
def terminals(tmp_path_factory):
    """The folder with our own terminal descriptions, for TERMINFO."""
    reason = terminfo.why_none()
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("terminfo")
    terminfo.build(folder)
    return folder


def _speaking(language, tmp_path_factory):
    """The environment of somebody who reads this language; no locale has to be installed."""
    if shutil.which("msgfmt") is None:
        pytest.skip("msgfmt is not installed")
    base = tmp_path_factory.mktemp("locale")
    target = base / language / "LC_MESSAGES"
    target.mkdir(parents=True)
    subprocess.run(["msgfmt", "-o", target / "crier.mo",
                    HERE.parents[1] / "po" / f"{language}.po"], check=True)
    return {"LANGUAGE": language, "CRIER_LOCALEDIR": str(base)}


@pytest.fixture(scope="session")
def japanese(tmp_path_factory):
    return _speaking("ja", tmp_path_factory)


@pytest.fixture(scope="session")
def german(tmp_path_factory):
    return _speaking("de", tmp_path_factory)


@pytest.fixture
def start_session(request, tmp_path, terminals, deadline_s):
    """Factory of sessions on any program: start_session([program], env, columns=40)."""
    made = []

    def start(argv, env, wait=True, **options):
        options.setdefault("deadline_s", deadline_s)
        options.setdefault("cwd", tmp_path)
        it = session.Session(argv, {**env, "TERMINFO": str(terminals)}, **options)
        made.append(it)
        return it.start(wait)

    request.node.sessions = made
    yield start
    for it in made:
        it.close()


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory):
    return samples.shared(tmp_path_factory, "sample", samples.build_sample)


@pytest.fixture(scope="session")
def big_folder(tmp_path_factory, sample_folder):
    return samples.shared(tmp_path_factory, "big",
                          lambda folder: samples.build_big(folder, sample_folder))


def _end(request, it):
    """A stopped program ends at its terminal only."""
    for each in getattr(request.node, "sessions", ()):
        each.close()
    it.stop_all()


@pytest.fixture
def empty(request, home):
    """crier on a workspace with nothing in it."""
    path = home / "workspace"
    path.mkdir(mode=0o700)
    it = samples.Author(path, home)
    yield it
    _end(request, it)


@pytest.fixture
def sample(request, sample_folder, home):
    """crier on a workspace with something of everything, at samples.NOW."""
    it = samples.copy(sample_folder, home)
    yield it
    _end(request, it)


@pytest.fixture(scope="session")
def hostile_folder(tmp_path_factory, sample_folder):
    return samples.shared(tmp_path_factory, "hostile",
                          lambda folder: samples.build_hostile(folder, sample_folder))


@pytest.fixture
def hostile(request, hostile_folder, home):
    """crier on the sample with hostile text in it."""
    it = samples.copy(hostile_folder, home)
    yield it
    _end(request, it)


@pytest.fixture(scope="module")
def big(big_folder, tmp_path_factory):
    """The same with 1,000,000 deliveries more; the tests of a file share it, as copying takes
    longer than looking."""
    home = tmp_path_factory.mktemp("big")
    it = samples.copy(big_folder, home)
    yield it
    it.stop_all()
    shutil.rmtree(it.workspace)


@pytest.fixture(scope="session")
def tools(tmp_path_factory):
    """The PATH of the UI: the same few programs everywhere, whatever this machine has."""
    folder = tmp_path_factory.mktemp("tools")
    for name in ("sh", "true", "cat"):
        (folder / name).symlink_to(shutil.which(name, path="/usr/bin:/bin"))
    return folder


def _leave_setup(home):
    """As somebody who has seen the setup already."""
    path = home / ".config" / "crier" / "ui.ini"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text("[setup]\nseen=yes\n[service]\nasked=yes\n")


@pytest.fixture
def start_ui(start_session, tools):
    """Factory of the UI on a workspace: start_ui(sample, columns=40, env={"NO_COLOR": "1"})."""
    def start(it, *args, env=None, now=samples.NOW, program=None, is_first_run=False,
              **options):
        if not is_first_run:
            _leave_setup(it.home)
        clock = it.home / "clock"
        clock.write_text(now + "\n")
        runtime = it.home / "run"
        runtime.mkdir(mode=0o700, exist_ok=True)
        settings = {**it.env, "PATH": str(tools), "CRIER_TEST": "1", "CRIER_TEST_CLOCK": str(clock),
                    "XDG_RUNTIME_DIR": str(runtime), "SHELL": "/bin/sh", **(env or {})}
        options.setdefault("cwd", it.home)
        ui = start_session(program or [crier.program(), "-w", it.workspace, *args], settings,
                           **options)
        ui.clock = clock
        return ui
    return start


@pytest.fixture
def play_worker():
    """Factory of played workers: play_worker(sample.workspace)."""
    made = []

    def start(workspace):
        made.append(stage.Worker(workspace))
        return made[-1]

    yield start
    for worker in made:
        worker.end()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows the last screens and says where the octets lie for replay.py."""
    report = (yield).get_result()
    if call.when != "call" or not report.failed:
        return
    for n, it in enumerate(getattr(item, "sessions", ())):
        path = pathlib.Path(crier.program()).parent / "tui-failures" / f"{_plain(item.name)}.{n}.raw"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(it.raw)
        happened = "\n".join(f"{offset:8d} {what}" for offset, what in it.log[-40:])
        report.sections.append(
            (f"terminal {n}", f"{it.picture()}\n{happened}\n"
             f"replay: python3 {HERE / 'replay.py'} {path}"))


def _plain(name):
    return "".join(c if c.isalnum() else "-" for c in name)[:100]
