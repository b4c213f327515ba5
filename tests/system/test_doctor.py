"""crier doctor as a person and the worker use it: what it is asked, what it keeps, what it costs
an account. What the single checks find is in the files of their own."""
import re
import socket

import pytest

import crier
import peers
import sending
import test_own_faults_rest
import waiting

pytestmark = pytest.mark.waits

ON = {"CRIER_DOCTOR": "on"}


def doctor(it, *args, **kwargs):
    """The only run of `crier doctor … --json`."""
    told = it.json("doctor", *args, exit_code=None, **kwargs)
    assert told["format"] == 1 and len(told["runs"]) == 1, told
    assert told["result"] == told["runs"][0]["result"], told
    return told["runs"][0]


def problem_of(it, kind):
    return next((p for p in it.status()["problems"] if p["kind"] == kind), None)


# ---- what it is asked ----------------------------------------------------------------------


def test_needs_no_workspace_and_makes_none(home):
    place = home / "nowhere"
    it = crier.Crier(place, home)
    run = doctor(it, f"127.0.0.1:{peers.free_port()}")
    assert run["kind"] == "host" and run["result"] == "fail", run
    assert run["verdict"] and run["who"] and run["next"], run
    it.run("doctor", exit_code=None)
    assert not place.exists()


@pytest.mark.parametrize("words, code, says", [
    (["nowhere"], 1, "no server and no mailbox 'nowhere'"),
    (["mail.example.org:0"], 2, "mail.example.org:0"),
    (["a:b:c"], 2, "more than one colon"),
    (["smtp://user@host.example"], 2, "user@"),
    (["main", "second"], 2, "second"),
    (["main", "--letter", "ann@example.org"], 1, "no server and no mailbox 'main'"),
    (["127.0.0.1:25", "--letter", "ann@example.org"], 2, "--letter: name the server"),
    (["127.0.0.1:25", "--letter", "not an address"], 2, "--letter"),
    (["127.0.0.1:25", "--from", "@"], 2, "--from"),
    (["--mailbox", "box"], 1, "no mailbox 'box'"),
])
def test_wrong_words(workspace, words, code, says):
    workspace.run("init")
    result = workspace.run("doctor", *words, exit_code=code)
    assert says in result.stderr and result.stdout == "", result


def test_all_that_is_switched_on(workspace):
    for name, on in (("a", "yes"), ("b", "no"), ("c", "yes")):
        workspace.run("server", "add", name, "--host", f"127.0.0.1:{peers.free_port()}",
                      "--security", "none", "--enabled", on)
    told = workspace.json("doctor", exit_code=1)
    assert [(run["kind"], run["name"]) for run in told["runs"]] == [("server", "a"),
                                                                   ("server", "c")]


def test_report_for_an_administrator(workspace, start_raw):
    secret = workspace.home / "secret"
    secret.write_text("Opensesame-4711\n")
    secret.chmod(0o600)
    peer = start_raw(peers.smtp_session(capabilities=(b"AUTH PLAIN LOGIN",)))
    workspace.run("server", "add", "main", "--host", f"127.0.0.1:{peer.port}", "--security",
                  "none", "--user", "news", "--password-file", secret)
    path = workspace.home / "report.txt"
    workspace.run("doctor", "main", "--report", path, exit_code=None)
    text = path.read_text()
    assert re.search(r"^Verdict: +\S", text, re.M) and f"127.0.0.1:{peer.port}" in text
    assert re.search(r"^\[(ok|fail|warn|skip)\] +1  ", text, re.M)
    for hidden in ("Opensesame", "T3BlbnNlc2FtZS00NzEx", "AG5ld3MAT3BlbnNlc2FtZS00NzEx"):
        assert hidden not in text, text
    refused = workspace.run("doctor", "main", "--report", path, exit_code=1)
    assert "--force" in refused.stderr and path.read_text() == text
    workspace.run("doctor", "main", "--report", path, "--force", exit_code=None)


def test_ports_say_what_a_name_server_said_last(workspace, start_dns):
    names = start_dns({"mail.example.org": [("A", "127.0.0.1")]})
    workspace.run("server", "add", "main", "--host", f"mail.example.org:{peers.free_port()}",
                  "--security", "none", "--plain-host", "mail.example.org")

    def row():
        rows = workspace.run("ports", "--json", env={"CRIER_DNS": names.address},
                             exit_code=None).json()
        return next(r for r in rows if r["bind"] == names.address)

    assert (row()["state"], row()["last"]) == ("listed", None)
    workspace.run("doctor", "main", env={"CRIER_DNS": names.address}, exit_code=None)
    now = row()
    assert now["state"] == "listed" and now["last"], now
    assert "mail.example.org A: 127.0.0.1 (" in now["text"], now


# ---- by itself -----------------------------------------------------------------------------


@pytest.fixture
def refused(workspace):
    """A campaign whose server does not listen, and its worker."""
    class Nobody:
        host, port = peers.HOST, peers.free_port()
    sending.prepare(workspace, Nobody, 3)
    sending.start(workspace, 3)
    return workspace


def test_looks_when_a_breaker_opens(refused):
    worker = sending.Worker(refused, env=ON)
    found = waiting.wait_for(
        lambda: (lambda p: p if p and p["screen"] == "doctor" else None)(
            problem_of(refused, "server")), what="the doctor's verdict in status")
    worker.terminate()
    run = refused.status()["servers"][0]["doctor"]
    assert run["result"] == "fail" and run["verdict"] in found["what"], (run, found)
    assert found["verb"] == "doctor main", found
    assert "is in trouble: the doctor looks" in worker.log()
    explained = refused.run("campaign", "explain", sending.CAMPAIGN, exit_code=None).stdout
    assert run["verdict"] in explained.replace("\n", " ") or (
        " ".join(run["verdict"].split()) in " ".join(explained.split())), explained


def test_its_verdict_goes_with_the_trouble(refused):
    worker = sending.Worker(refused, env=ON)
    waiting.wait_for(lambda: "doctor" in refused.status()["servers"][0],
                     what="the doctor's verdict")
    worker.terminate()
    refused.run("server", "set", "main", "--connections", 3)
    assert "doctor" not in refused.status()["servers"][0]
    assert problem_of(refused, "server") is None


def test_once_waits_for_it(refused):
    done = refused.run("worker", "--once", env=ON, exit_code=None)
    server = refused.status()["servers"][0]
    assert server.get("doctor", {}).get("result") == "fail", (server, done)


def test_looks_when_a_receiver_refuses_us(workspace, start_receiver, start_dns):
    """What he finds of the sender's domain stands beside the receiver's refusal."""
    names = start_dns({"example.org": [("A", "192.0.2.1")]})
    mood = test_own_faults_rest.Moody(test_own_faults_rest.is_gmail)
    test_own_faults_rest.prepare(workspace, start_receiver, mood,
                                 test_own_faults_rest.mixed(8), retry_s=60)
    worker = sending.Worker(workspace, env={**ON, "CRIER_DNS": names.address})
    found = waiting.wait_for(
        lambda: (lambda p: p if p and "The doctor found of main" in p["next"] else None)(
            problem_of(workspace, "receiver")),
        what=lambda: f"the doctor beside the refusal: {workspace.status()['problems']}\n"
                     f"{worker.log()}")
    worker.terminate()
    assert found["name"] == "gmail", found
    assert workspace.status()["servers"][0]["doctor"]["verdict"] in found["next"], found


def test_off(refused):
    worker = sending.Worker(refused, env={"CRIER_DOCTOR": "off"})
    worker.wait_log("connection refused")
    waiting.wait_for(lambda: worker.log().count("connection refused") > 1,
                     what="a second try, after the doctor's time")
    worker.terminate()
    assert "doctor" not in worker.log()


def test_a_wrong_password_is_not_tried_once_more(workspace, start_aiosmtpd):
    peer = start_aiosmtpd(users={"news": "right"})
    secret = workspace.home / "secret"
    secret.write_text("wrong\n")
    secret.chmod(0o600)
    sending.prepare(workspace, peer, 3, server=("--user", "news", "--password-file", secret))
    sending.start(workspace, 3)
    worker = sending.Worker(workspace, env=ON)
    waiting.wait_for(lambda: "doctor: server main" in worker.log(), what="the doctor's visit")
    worker.terminate()
    assert len(peer.logins) == 1, peer.logins


def test_a_port_that_another_program_holds(workspace):
    with socket.create_server((peers.HOST, 0)) as holder:
        port = holder.getsockname()[1]
        workspace.run("port", "add", "clicks", "--role", "tracking", "--listen",
                      f"127.0.0.1:{port}", "--public-url", "http://news.example.org:81/")
        worker = sending.Worker(workspace, env=ON)
        found = waiting.wait_for(lambda: problem_of(workspace, "port"),
                                 what="the held port in status")
        worker.terminate()
    assert found["screen"] == "ports" and found["name"] == "clicks", found
    assert f"port {port} of 127.0.0.1 is held by" in found["what"], found
    workspace.run("ports", "--note", exit_code=None)
    assert problem_of(workspace, "port") is None
