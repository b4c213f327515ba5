"""Fixtures of the tests of the terminal UI. Those of the system tests serve here, too."""
import importlib.util
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SYSTEM = HERE.parent / "system"
sys.path.insert(0, str(SYSTEM))

import crier  # noqa: E402
import session  # noqa: E402
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
    return "".join(c if c.isalnum() else "-" for c in name)
