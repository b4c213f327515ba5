"""The servers crier talks to in the tests: scripted ones in Python, and programs run privately.

Each has host and port, starts before its constructor returns and ends with stop(). None uses
a file or a port outside of its own folder and 127.0.0.1.
"""
import asyncio
import email
import json
import os
import pathlib
import pwd
import random
import re
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import threading

import aiosmtpd.smtp

import crier
import waiting

HOST = "127.0.0.1"
POSTFIX_DAEMONS = pathlib.Path("/usr/lib/postfix/sbin")
SMTP_SINK = "/usr/sbin/smtp-sink"


def free_port():
    """A port nobody listens on now, of those that the system hands out to nobody by itself: one
    of these could be another test's before it is used."""
    first = 10000
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        end = int(file.read().split()[0])
    chance = random.SystemRandom()
    for _ in range(100):
        with socket.socket() as sock:
            try:
                sock.bind((HOST, chance.randrange(first, end) if end > first + 1000 else 0))
            except OSError:
                continue
            return sock.getsockname()[1]
    raise AssertionError("no port is free")


def answers(port):
    try:
        with socket.create_connection((HOST, port), timeout=5):
            return True
    except OSError:
        return False


class Certificates:
    """A throw-away authority and what it signed; every path is a PEM file.

    good is for localhost and 127.0.0.1; wrong_name for another host; expired ended in 2020;
    self_signed is signed by nobody we know.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.ca = self._self_signed("ca", "crier test authority", [
            "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign"])
        self._ca_files()
        self.good = self._signed("good", "DNS:localhost,IP:127.0.0.1")
        self.wrong_name = self._signed("wrong_name", "DNS:other.example.net")
        self.expired = self._signed("expired", "DNS:localhost,IP:127.0.0.1",
                                    "20190101000000Z", "20200101000000Z")
        self.self_signed = self._self_signed("self_signed", "localhost", [
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])

    def key(self, certificate):
        return certificate.with_suffix(".key")

    def context(self, certificate=None):
        """A server's TLS context with one of the certificates."""
        certificate = certificate or self.good
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, self.key(certificate))
        return context

    def _openssl(self, *args):
        done = subprocess.run(["openssl", *map(str, args)], cwd=self.folder, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout.decode()

    def _self_signed(self, name, common_name, extensions):
        certificate = self.folder / f"{name}.pem"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                      "-subj", f"/CN={common_name}", "-keyout", self.key(certificate),
                      "-out", certificate, *extensions)
        return certificate

    def _ca_files(self):
        (self.folder / "index.txt").touch()
        (self.folder / "ca.cnf").write_text(
            "[ca]\ndefault_ca = a\n[a]\ndatabase = index.txt\nnew_certs_dir = .\n"
            "rand_serial = yes\npolicy = p\nunique_subject = no\ndefault_md = sha256\n"
            "copy_extensions = copy\n[p]\ncommonName = supplied\n")

    def _signed(self, name, alt_names, start=None, end=None):
        certificate = self.folder / f"{name}.pem"
        request = self.folder / f"{name}.csr"
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                      "-addext", f"subjectAltName={alt_names}",
                      "-keyout", self.key(certificate), "-out", request)
        dates = ["-startdate", start, "-enddate", end] if start else ["-days", "30"]
        self._openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", self.ca,
                      "-keyfile", self.key(self.ca), "-in", request, "-out", certificate,
                      *dates)
        return certificate


# ---- crier sink --------------------------------------------------------------------------


class CrierSink:
    """crier sink on a free port; what it took is in maildir and log. before is what its command
    line begins with, such as nsenter."""

    def __init__(self, folder, script=None, maildir=True, port=0, extra=(), before=()):
        self.host = HOST
        self.folder = pathlib.Path(folder)
        self.log_path = self.folder / "sink.log"
        self.maildir = self.folder / "maildir" if maildir else None
        argv = [*before, crier.program(), "sink", "--port", str(port), "--log", str(self.log_path)]
        if self.maildir:
            argv += ["--maildir", str(self.maildir)]
        if script is not None:
            script_path = self.folder / "sink.script"
            script_path.write_text(script)
            argv += ["--script", str(script_path)]
        self.process = subprocess.Popen([*argv, *extra], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        env=crier.clean_environment(self.folder))
        self.port = self._read_port()

    def messages(self):
        """Every stored message as bytes, in the order of the file names."""
        if not (self.maildir / "new").is_dir():
            return []
        return [path.read_bytes() for path in sorted((self.maildir / "new").iterdir())]

    def parsed(self):
        return [email.message_from_bytes(message) for message in self.messages()]

    def log(self):
        """Its log: a dict a recipient, with to, phase, verdict, taken, code, sha256…"""
        if not self.log_path.exists():
            return []
        return [json.loads(line) for line in self.log_path.read_text().splitlines()]

    def taken(self):
        """Every recipient of every message it has, in order, whatever its reply was."""
        return [row["to"] for row in self.log() if row["taken"]]

    def stop(self):
        crier.stop_process(self.process)
        self.process.stdout.close()

    def _read_port(self):
        seen = b""
        while True:
            waiting.wait_readable(self.process.stdout, what="crier sink to say its port")
            data = os.read(self.process.stdout.fileno(), 4096)
            seen += data
            match = re.search(rb"listening on 127\.0\.0\.1:(\d+)", seen)
            if match:
                return int(match.group(1))
            assert data, f"crier sink ended at once: {seen.decode('utf-8', 'replace')}"


# ---- smtp-sink ---------------------------------------------------------------------------


class SmtpSink:
    """Postfix's smtp-sink. options are its own, e.g. ["-r", "RCPT"] to refuse softly.

    With dump it keeps every transaction in dump_path, led by X-Mail-Args and X-Rcpt-Args.
    """

    def __init__(self, folder, options=(), dump=False):
        self.host = HOST
        self.dump_path = None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="crier-smtp-sink-"))
        self.log_path = pathlib.Path(folder) / "smtp-sink.log"
        argv = [SMTP_SINK]
        if os.getuid() == 0:
            # As root it insists on another user, who must be able to write the dump.
            argv += ["-u", "nobody"]
            shutil.chown(self.folder, "nobody")
            self.folder.chmod(0o755)
        if dump:
            self.dump_path = self.folder / "dump"
            argv += ["-D", "dump"]
        self._start([*argv, *options])

    def transactions(self):
        """The number of mail transactions in the dump."""
        if not self.dump_path or not self.dump_path.exists():
            return 0
        return self.dump_path.read_bytes().count(b"\nX-Mail-Args: ")

    def stop(self):
        crier.stop_process(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, argv):
        for _ in range(5):
            self.port = free_port()
            with open(self.log_path, "wb") as log:
                self.process = subprocess.Popen([*argv, f"{HOST}:{self.port}", "128"],
                                                stdin=subprocess.DEVNULL, stdout=log,
                                                stderr=log, cwd=self.folder)
            waiting.wait_for(lambda: self.process.poll() is not None or answers(self.port),
                             what="smtp-sink to listen")
            if self.process.poll() is None:
                return
        raise AssertionError(f"smtp-sink does not start: {self.log_path.read_text()}")


# ---- aiosmtpd ----------------------------------------------------------------------------


class Received:
    """One message as the server got it: content is the exact bytes."""

    def __init__(self, server, session, envelope):
        self.mail_from = envelope.mail_from
        self.mail_options = list(envelope.mail_options)
        self.recipients = list(envelope.rcpt_tos)
        self.rcpt_options = list(envelope.rcpt_options)
        self.content = envelope.original_content
        self.helo = session.host_name
        self.tls = server.transport.get_extra_info("sslcontext") is not None
        self.user = session.auth_data


class ScriptedHandler:
    """Keeps what came; replies says what to answer.

    replies maps "MAIL", "RCPT" or "DATA" to a function of (argument, nth), with the address
    (for DATA the list of recipients) and how many of that command came before; it returns a
    whole reply line, or None for the usual 250. "CLOSE" instead of a line drops the connection.
    """

    def __init__(self, replies=None):
        self.replies = replies or {}
        self.received = []
        self.commands = []
        self._counts = {}

    def decide(self, server, command, argument):
        nth = self._counts.get(command, 0)
        self._counts[command] = nth + 1
        self.commands.append((command, argument))
        reply = self.replies[command](argument, nth) if command in self.replies else None
        if reply == "CLOSE":
            server.transport.abort()
        return reply

    async def handle_MAIL(self, server, session, envelope, address, options):
        reply = self.decide(server, "MAIL", address)
        if reply is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply or "250 2.1.0 Ok"

    async def handle_RCPT(self, server, session, envelope, address, options):
        reply = self.decide(server, "RCPT", address)
        if reply is None:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return reply or "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        reply = self.decide(server, "DATA", list(envelope.rcpt_tos))
        if reply is None:
            self.received.append(Received(server, session, envelope))
        return reply or f"250 2.0.0 Ok: queued as {len(self.received)}"


class AioSmtpServer:
    """aiosmtpd on a thread of its own.

    tls: "none", "starttls" (and then required) or "implicit", with context from Certificates;
    users: {name: password} switches AUTH on and makes it necessary; listener is a socket that
    listens already, elsewhere.
    """

    def __init__(self, handler=None, tls="none", context=None, users=None, listener=None,
                 **options):
        self.handler = handler or ScriptedHandler()
        self.logins = []
        self._users = users
        if tls == "starttls":
            options.update(tls_context=context, require_starttls=True)
        if users is not None:
            options.update(authenticator=self._authenticate, auth_required=True,
                           auth_require_tls=False)
        options.setdefault("hostname", "mx.example.net")
        options.setdefault("enable_SMTPUTF8", True)
        self._loop = asyncio.new_event_loop()
        self._sessions = []
        self._server = self._loop.run_until_complete(self._loop.create_server(
            lambda: self._session(options), sock=listener or socket.create_server((HOST, 0)),
            ssl=context if tls == "implicit" else None))
        self.host, self.port = self._server.sockets[0].getsockname()[:2]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def received(self):
        return self.handler.received

    def stop(self):
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()

    def _session(self, options):
        self._sessions.append(aiosmtpd.smtp.SMTP(self.handler, loop=self._loop, **options))
        return self._sessions[-1]

    async def _shut(self):
        # One that was just accepted gets its transport first: of a closed server it would get half.
        await asyncio.sleep(0)
        self._server.close()
        # With STARTTLS a connection has two transports, of which aiosmtpd closes one.
        for session in self._sessions:
            for transport in (session.transport, session._original_transport):
                if transport is not None and not transport.is_closing():
                    transport.abort()
        await asyncio.sleep(0)
        tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # One that is closed and still has something to send, or is in the middle of a handshake,
        # would be found unclosed by some later test.
        for transport in list(self._loop._transports.values()):
            transport.abort()
        await asyncio.sleep(0)

    def _authenticate(self, server, session, envelope, mechanism, auth_data):
        name, password = auth_data.login.decode(), auth_data.password.decode()
        good = self._users.get(name) == password
        self.logins.append((mechanism, name, good))
        # handled=False leaves the 535 to aiosmtpd.
        return aiosmtpd.smtp.AuthResult(success=good, handled=good, auth_data=name)


# ---- a server that says what it is told --------------------------------------------------


class PeerGone(Exception):
    """The other side ended the connection."""


class Connection:
    """One accepted connection, for a script: blocking, with a deadline on everything."""

    def __init__(self, sock, number):
        self.sock = sock
        self.number = number
        self.lines = []
        self._buffer = b""
        sock.settimeout(waiting.DEADLINE_S)

    def send(self, data):
        self.sock.sendall(data)

    def line(self):
        """The next line without its CRLF."""
        while b"\n" not in self._buffer:
            self._more()
        line, self._buffer = self._buffer.split(b"\n", 1)
        line = line.rstrip(b"\r")
        self.lines.append(line)
        return line

    def expect(self, start):
        line = self.line()
        if not line.upper().startswith(start.upper()):
            raise AssertionError(f"expected {start!r}, got {line!r}")
        return line

    def data(self):
        """Reads a message up to the lone dot and returns it as sent, dot stuffing and all."""
        while not (self._buffer.startswith(b".\r\n") or b"\r\n.\r\n" in self._buffer):
            self._more()
        if self._buffer.startswith(b".\r\n"):
            self._buffer = self._buffer[3:]
            return b""
        message, self._buffer = self._buffer.split(b"\r\n.\r\n", 1)
        return message + b"\r\n"

    def until_closed(self):
        """Says nothing and reads until the other side goes away."""
        try:
            while True:
                self._more()
        except (PeerGone, OSError):
            pass

    def reset(self):
        """Ends the connection with RST, so that the other side sees an error."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def _more(self):
        data = self.sock.recv(65536)
        if not data:
            raise PeerGone
        self._buffer += data


class RawServer:
    """Runs script(connection) in a thread a connection; the end of it closes the connection.

    An exception of a script other than the peer's going away is kept in errors, and stop()
    raises the first: a test whose script saw something unexpected fails. listener is a socket
    that listens already, elsewhere.
    """

    def __init__(self, script, listener=None):
        self.script = script
        self.connections = []
        self.errors = []
        self._threads = []
        self._listener = listener or socket.create_server((HOST, 0))
        self.host, self.port = self._listener.getsockname()[:2]
        self._stopping = False
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def stop(self):
        self._stopping = True
        # Wakes accept(): closing a descriptor does not wake a thread that waits on it.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(20)
        self._listener.close()
        for connection in self.connections:
            try:
                connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self._threads:
            thread.join(20)
        if self.errors:
            raise self.errors[0]

    def _accept(self):
        while not self._stopping:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            connection = Connection(sock, len(self.connections))
            self.connections.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection):
        try:
            self.script(connection)
        except (PeerGone, OSError):
            pass
        except Exception as error:
            self.errors.append(error)
        finally:
            connection.sock.close()


def says(*chunks):
    """A script: send these bytes at once, then read until the other side goes away."""
    def script(connection):
        for chunk in chunks:
            connection.send(chunk)
        connection.until_closed()
    return script


def silent(connection):
    """A script: accept, and never say a word."""
    connection.until_closed()


def http(connection):
    """A script: a web server, met where a mail server was meant."""
    connection.line()
    connection.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"
                    b"Connection: close\r\n\r\n")


def smtp_session(after_dot=b"250 2.0.0 Ok\r\n", mail=b"250 2.1.0 Ok\r\n",
                 rcpt=b"250 2.1.5 Ok\r\n", data=b"354 Go on\r\n", capabilities=(),
                 rset=b"250 2.0.0 Ok\r\n", quit_=b"221 2.0.0 Bye\r\n",
                 banner=b"220 mx.example.net ESMTP\r\n"):
    """A script: a plain SMTP server. Each reply is bytes, or a function of the connection
    that does what it likes (drop, send half a line) and may return bytes to send."""
    greeting = [b"mx.example.net", *capabilities]
    ehlo = b"".join(b"250" + (b" " if word is greeting[-1] else b"-") + word + b"\r\n"
                    for word in greeting)

    def answer(connection, reply):
        reply = reply(connection) if callable(reply) else reply
        if reply:
            connection.send(reply)
        return reply or b""

    def script(connection):
        answer(connection, banner)
        while True:
            verb = connection.line().split(b" ")[0].split(b":")[0].upper()
            if verb == b"QUIT":
                answer(connection, quit_)
                return
            if verb == b"DATA":
                if answer(connection, data).startswith(b"354"):
                    connection.message = connection.data()
                    answer(connection, after_dot)
                continue
            replies = {b"EHLO": ehlo, b"HELO": b"250 mx.example.net\r\n",
                       b"MAIL": mail, b"RCPT": rcpt, b"RSET": rset,
                       b"NOOP": b"250 2.0.0 Ok\r\n"}
            answer(connection, replies.get(verb, b"500 5.5.1 What?\r\n"))

    return script


# ---- a private Postfix -------------------------------------------------------------------

_POSTFIX_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}/log
syslog_name = crier-test
myhostname = mx.example.net
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
local_transport = discard:
default_transport = discard:
relay_transport = discard:
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions =
    check_recipient_access texthash:{folder}/etc/recipients
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_tls_security_level = may
smtpd_tls_chain_files = {folder}/etc/server.pem
smtp_dns_support_level = disabled
disable_dns_lookups = yes
notify_classes =
message_size_limit = 52428800
"""

# Instead of discard: a Maildir for everybody.
_POSTFIX_KEEPS = """\
default_transport = virtual:
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
smtpd_tls_received_header = yes
"""

# Instead of discard: on to another server.
_POSTFIX_RELAYS = """\
default_transport = smtp:[127.0.0.1]:{port}
smtp_tls_security_level = none
smtp_host_lookup = native
"""

# service type private unpriv chroot wakeup maxproc command
_POSTFIX_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
smtp unix - - n - - smtp
anvil unix - - n - 1 anvil
"""

_POSTFIX_OWNED = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold",
                  "incoming", "private", "saved", "trace")


def why_no_postfix():
    """What keeps a private Postfix from running here, or None."""
    if os.getuid() != 0:
        return "needs root: Postfix's master takes on its own users"
    if not (POSTFIX_DAEMONS / "master").exists():
        return "Postfix is not installed"
    return None


class Postfix:
    """A Postfix of our own: smtpd on a free port, everything it takes goes to discard, or
    with keeps into one Maildir, or with relay_to on to the server on that port.

    It has its own configuration, queue, data and log. Its master is our child, started
    without postfix(1): that one would set owners of installed files. Recipients ending in
    @refused.example.net get 550 5.1.1, in @busy.example.net 450 4.2.1.
    """

    def __init__(self, certificates, keeps=False, relay_to=None):
        self.host = HOST
        self.keeps = keeps
        self.relay_to = relay_to
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="crier-postfix-"))
        self.log_path = self.folder / "log" / "mail.log"
        # The daemons run as another user and must get through to their folders.
        self.folder.chmod(0o755)
        self._make_queue()
        self._write_config(certificates)
        self._start()

    def deliveries(self):
        """The recipient of every delivery the discard transport took, in order."""
        if not self.log_path.exists():
            return []
        return re.findall(r"discard\[\d+\]: \w+: to=<([^>]*)>.*status=sent",
                          self.log_path.read_text(errors="replace"))

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def wait_for_messages(self, count):
        """The bytes of every message in the Maildir, when there are so many."""
        new = self.folder / "mail" / "all" / "new"
        waiting.wait_for(lambda: new.is_dir() and len(list(new.iterdir())) >= count,
                         what=lambda: f"{count} messages: {self.log_path.read_text()[-2000:]}")
        return [path.read_bytes() for path in sorted(new.iterdir())]

    def stop(self):
        crier.stop_process(self.process)
        # The master ends before its daemons; the queue is removed when none is left.
        waiting.wait_for(lambda: not self._daemons(), what="Postfix daemons to end")
        shutil.rmtree(self.folder)

    def _daemons(self):
        mark = os.fsencode(self.folder)
        found = []
        for proc in os.scandir("/proc"):
            try:
                if proc.name.isdigit() and os.fsencode(
                        os.readlink(f"{proc.path}/cwd")).startswith(mark):
                    found.append(int(proc.name))
            except OSError:
                pass
        return found

    def _make_queue(self):
        owner = pwd.getpwnam("postfix")
        for name in ("etc", "log", "spool", "spool/pid"):
            (self.folder / name).mkdir(mode=0o755)
        for name in ("data", *(f"spool/{queue}" for queue in _POSTFIX_OWNED)):
            (self.folder / name).mkdir(mode=0o700)
            os.chown(self.folder / name, owner.pw_uid, -1)
        for name, mode in (("maildrop", 0o1730), ("public", 0o2710)):
            path = self.folder / "spool" / name
            path.mkdir()
            shutil.chown(path, "postfix", "postdrop")
            path.chmod(mode)

    def _make_mail_folder(self):
        nobody = pwd.getpwnam("nobody")
        (self.folder / "mail").mkdir(mode=0o700)
        os.chown(self.folder / "mail", nobody.pw_uid, nobody.pw_gid)
        return _POSTFIX_KEEPS.format(folder=self.folder, uid=nobody.pw_uid, gid=nobody.pw_gid)

    def settings(self):
        """What follows the settings that all have: the last one of a name counts."""
        if self.keeps:
            return self._make_mail_folder()
        return _POSTFIX_RELAYS.format(port=self.relay_to) if self.relay_to else ""

    def services(self):
        """More lines of master.cf."""
        return ""

    def _write_config(self, certificates):
        etc = self.folder / "etc"
        (etc / "main.cf").write_text(_POSTFIX_MAIN.format(folder=self.folder) + self.settings())
        (etc / "recipients").write_text("refused.example.net 550 5.1.1 No such person\n"
                                        "busy.example.net 450 4.2.1 Come back later\n")
        chain = etc / "server.pem"
        chain.touch(mode=0o600)
        chain.write_bytes(certificates.key(certificates.good).read_bytes() +
                          certificates.good.read_bytes())

    def _start(self):
        for _ in range(5):
            self.port = free_port()
            (self.folder / "etc" / "master.cf").write_text(
                _POSTFIX_MASTER.format(port=self.port) + self.services())
            self.process = subprocess.Popen(
                [POSTFIX_DAEMONS / "master", "-c", self.folder / "etc"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, cwd=self.folder,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"})
            waiting.wait_for(lambda: self.process.poll() is not None or answers(self.port),
                             what="Postfix to listen")
            if self.process.poll() is None:
                return
        log = self.log_path.read_text() if self.log_path.exists() else "it wrote no log"
        raise AssertionError(f"Postfix does not start: {log}")
