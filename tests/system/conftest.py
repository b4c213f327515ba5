"""Fixtures of the system tests. A start_X fixture is a factory; what it made ends with the
test."""
import os
import shutil
import signal
import tempfile

import pytest

import crier
import dnsserver
import netlab
import peers
import sending
import shims

TEST_DEADLINE_S = 2400 if os.environ.get("CRIER_LONG_TESTS") else 240


def pytest_configure(config):
    """One file of situations for all processes of the session; a name from outside is kept."""
    # Ignored in the background of a shell, and then by whatever is started here.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput") and "CRIER_SITUATIONS" not in os.environ:
        handle, path = tempfile.mkstemp(prefix="crier-situations-")
        os.close(handle)
        os.environ["CRIER_SITUATIONS"] = path
        config.add_cleanup(lambda: (os.environ.pop("CRIER_SITUATIONS"), os.unlink(path)))


def pytest_terminal_summary(terminalreporter):
    rows = netlab.situations(os.environ.get("CRIER_SITUATIONS", ""))
    if rows:
        terminalreporter.section("situations of the doctor")
    for situation, verdict, seconds in rows:
        terminalreporter.write_line(f"{situation:<50} {seconds:6.2f} s  {verdict}")


@pytest.fixture(autouse=True)
def deadline():
    """No test hangs: past its deadline it fails where it stands."""
    def expire(signum, frame):
        raise TimeoutError(f"the test took more than {TEST_DEADLINE_S} s")

    before = signal.signal(signal.SIGALRM, expire)
    signal.alarm(TEST_DEADLINE_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session", autouse=True)
def shims_end():
    """Libraries to be preloaded are built once a session, by who needs them first."""
    yield
    shims.remove_all()


@pytest.fixture
def home(tmp_path):
    """An empty home folder."""
    path = tmp_path / "home"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture
def workspace(home):
    """crier on an empty workspace; its worker, if one was started, ends with the test."""
    path = home / "workspace"
    path.mkdir(mode=0o700)
    it = crier.Crier(path, home)
    yield it
    it.stop_all()


def _factory(make):
    """The body of a start_X fixture: stops, newest first, whatever was made."""
    made = []

    def start(*args, **kwargs):
        made.append(make(*args, **kwargs))
        return made[-1]

    yield start
    for peer in reversed(made):
        peer.stop()


@pytest.fixture
def start_sink(tmp_path_factory):
    """Factory of crier sink: start_sink(script="...", maildir=True)."""
    yield from _factory(lambda **kwargs: peers.CrierSink(
        tmp_path_factory.mktemp("sink"), **kwargs))


@pytest.fixture
def sink(start_sink):
    """crier sink that accepts everything and keeps it in a Maildir."""
    return start_sink()


@pytest.fixture
def start_smtp_sink(tmp_path_factory):
    """Factory of Postfix's smtp-sink: start_smtp_sink(options=["-r", "RCPT"], dump=True)."""
    if not os.access(peers.SMTP_SINK, os.X_OK):
        pytest.skip("smtp-sink is not installed (Debian: postfix)")
    yield from _factory(lambda **kwargs: peers.SmtpSink(
        tmp_path_factory.mktemp("smtp-sink"), **kwargs))


@pytest.fixture
def smtp_sink(start_smtp_sink):
    """smtp-sink that accepts everything and keeps nothing."""
    return start_smtp_sink()


@pytest.fixture
def start_aiosmtpd():
    """Factory of aiosmtpd servers: see peers.AioSmtpServer and peers.ScriptedHandler."""
    yield from _factory(peers.AioSmtpServer)


@pytest.fixture
def start_raw():
    """Factory of raw scripted servers: start_raw(peers.silent)."""
    yield from _factory(peers.RawServer)


@pytest.fixture
def start_receiver(start_raw):
    """Factory of raw servers that run a sending.Receiver, theirs as .receiver; what one of
    them still holds is let go at the end."""
    made = []

    def start(**options):
        receiver = sending.Receiver(**options)
        server = start_raw(receiver.script)
        server.receiver = receiver
        made.append(receiver)
        return server

    yield start
    for receiver in made:
        receiver.release()


@pytest.fixture
def start_dns():
    """Factory of name servers: start_dns({"name": [("TXT", "text")]})."""
    yield from _factory(dnsserver.DnsServer)


@pytest.fixture(scope="module")
def built_lab(tmp_path_factory):
    """The namespaces of netlab.py, built once for the tests of a file."""
    with netlab.Lab(tmp_path_factory.mktemp("lab")) as it:
        yield it


@pytest.fixture
def lab(built_lab):
    """They again, as built: what a test changed is taken back."""
    yield built_lab
    built_lab.reset()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """A test authority and its good, wrong and expired certificates."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return peers.Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def postfix(certificates):
    """A private Postfix that discards what it takes; one a session, so count from where you
    began. Root only."""
    reason = peers.why_no_postfix()
    if reason:
        pytest.skip(reason)
    server = peers.Postfix(certificates)
    yield server
    server.stop()
