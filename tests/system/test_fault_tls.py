"""The server's certificate is another one from one connection to the next: nothing goes to it any
more, in clear least of all, and it goes on when it is mended."""
import collections
import threading

import pytest

import peers
import sending
import waiting

CONNECTIONS = 2
PEOPLE = 30
BEFORE = 8


class Changing:
    """aiosmtpd that changes its certificate behind the BEFORE-th message."""

    def __init__(self, certificates, which):
        self.certificates = certificates
        self.bad = getattr(certificates, which)
        self.context = certificates.context()
        self.handler = peers.ScriptedHandler({"DATA": self._look})
        self.is_changed = threading.Event()

    def mend(self):
        self._take(self.certificates.good)

    def _take(self, certificate):
        self.context.load_cert_chain(certificate, self.certificates.key(certificate))

    def _look(self, _, nth):
        if nth == BEFORE:
            self._take(self.bad)
            self.is_changed.set()


@pytest.mark.parametrize("which, tls, needle", [
    ("expired", "starttls", "expired"), ("wrong_name", "implicit", "another name"),
    ("self_signed", "starttls", "self-signed")])
def test_a_certificate_that_changes(workspace, start_aiosmtpd, certificates, which, tls, needle):
    changing = Changing(certificates, which)
    server = start_aiosmtpd(changing.handler, tls=tls, context=changing.context,
                            users={"news": "p4ss"})
    secret = workspace.home / "secret"
    secret.write_text("p4ss\n")
    secret.chmod(0o600)
    people = sending.prepare(workspace, server, PEOPLE, CONNECTIONS, server=[
        "--messages-per-connection", 3])
    workspace.run("server", "set", "main", "--host", f"localhost:{server.port}",
                  "--security", "tls" if tls == "implicit" else tls,
                  "--ca-file", certificates.ca, "--user", "news", "--password-file", secret)
    sending.start(workspace, PEOPLE)
    worker = sending.Worker(workspace)
    said = waiting.wait_for(lambda: workspace.status()["servers"][0]["problem"],
                            what=lambda: f"the server's problem: {worker.log()}")
    assert needle in said and "Nothing was sent" in said, said
    assert changing.is_changed.is_set()
    # What was begun on older connections has come to its end; the others wait, unharmed.
    def is_settled():
        row = sending.look(workspace, PEOPLE)
        return row if row["in_flight"] == 0 and row["accepted"] == len(server.received) else None
    row = waiting.wait_for(is_settled, what="the older connections to end")
    assert row["accepted"] < PEOPLE
    assert row["queued"] + row["leased"] == PEOPLE - row["accepted"]
    logins = len(server.logins)
    assert all(good for _, _, good in server.logins)
    changing.mend()
    workspace.run("server", "test", "main")
    sending.wait_finished(workspace, PEOPLE)
    worker.terminate()
    taken = [address for mail in server.received for address in mail.recipients]
    assert sending.account(workspace, taken, people).check().states == {"accepted": PEOPLE}
    assert collections.Counter(taken) == collections.Counter(people)
    assert all(mail.tls and mail.user == "news" for mail in server.received)
    assert len(server.logins) > logins
    assert {d["attempts"] for d in sending.deliveries(workspace).values()} == {1}
