"""A Dovecot of our own: IMAP and POP3 on free ports, each plain with STARTTLS and with TLS."""
import itertools
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

import crier
import peers
import waiting

PROGRAM = pathlib.Path("/usr/sbin/dovecot")
DAEMONS = pathlib.Path("/usr/lib/dovecot")
PASSWORD = "correct-horse"

_CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = {protocols}
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.pem
disable_plaintext_auth = yes
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 0
first_valid_gid = 0
mail_fsync = never
pop3_lock_session = yes
auth_mechanisms = plain login
auth_failure_delay = 0
auth_cache_size = 0
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
# Or whoever failed to log in waits longer and longer.
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""


def why_not(protocol):
    """Why Dovecot cannot be run with it; None: it can."""
    if not PROGRAM.exists() or not (DAEMONS / f"{protocol}-login").exists():
        return f"Dovecot's {protocol} is not installed (Debian: dovecot-{protocol}d)"
    if os.geteuid() != 0:
        return "Dovecot runs its parts as several users: only root can start it"
    return None


class Dovecot:
    """ports has imap, imaps, pop3, pop3s, as far as it is installed. Every user has PASSWORD and
    a mailbox. with_tls=False: a server that does no TLS at all, and takes no password either."""

    def __init__(self, certificates, with_tls=True):
        self.host = "localhost"
        self._numbers = itertools.count(1)
        # In memory where that can be: a mailbox of thousands is as many files.
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="crier-dovecot-", dir=memory))
        # The daemons run as other users and must get through to their folders.
        self.folder.chmod(0o755)
        self.owner = pwd.getpwnam("nobody")
        (self.folder / "mail").mkdir()
        os.chown(self.folder / "mail", self.owner.pw_uid, self.owner.pw_gid)
        chain = self.folder / "server.pem"
        chain.touch(mode=0o600)
        chain.write_bytes(certificates.key(certificates.good).read_bytes() +
                          certificates.good.read_bytes())
        self._start(with_tls)

    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def put(self, user, messages):
        """Puts messages (bytes, lines ending in LF) into the user's mailbox, in this order."""
        box = self.folder / "mail" / user
        for name in ("", "new", "cur", "tmp"):
            (box / name).mkdir(exist_ok=True)
            os.chown(box / name, self.owner.pw_uid, self.owner.pw_gid)
        for message in messages:
            # Never a name anew: Dovecot would take it for the message that had it.
            number = next(self._numbers)
            name = f"{1800000000 + number}.M{number}P1.localhost"
            path = box / "tmp" / name
            path.write_bytes(message)
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
            # Whole at once: whoever waits for it by IDLE looks at this moment.
            path.rename(box / "new" / name)

    def stored(self, user):
        """The files of the user's mailbox."""
        box = self.folder / "mail" / user
        return [path for name in ("new", "cur") for path in sorted((box / name).glob("*"))]

    def renumber(self, user):
        """Another UIDVALIDITY: whoever knew its messages by number knows none of them now."""
        box = self.folder / "mail" / user
        for path in box.glob("dovecot.index*"):
            path.unlink()
        numbers = box / "dovecot-uidlist"
        head, _, rest = numbers.read_text().partition("\n")
        words = [f"V{int(word[1:]) + 1}" if word.startswith("V") else word
                 for word in head.split(" ")]
        numbers.write_text(" ".join(words) + "\n" + rest)

    def restart(self):
        """It dies, and comes back as it was."""
        self.process.kill()
        self.process.wait()
        waiting.wait_for(lambda: not any(map(peers.answers, self.ports.values())),
                         what="Dovecot's processes to end")
        self._run()

    def stop(self):
        crier.stop_process(self.process)
        shutil.rmtree(self.folder)

    def _write_config(self, with_tls):
        protocols = [name for name in ("imap", "pop3") if why_not(name) is None]
        names = [name + s for name in protocols for s in (("", "s") if with_tls else ("",))]
        self.ports = {name: peers.free_port() for name in names}
        config = _CONFIG.format(
            folder=self.folder, protocols=" ".join(protocols), ssl="yes" if with_tls else "no",
            internal="dovecot", internal_group="dovecot", login="dovenull",
            uid=self.owner.pw_uid, gid=self.owner.pw_gid, password=PASSWORD,
            **{name: self.ports.get(name, 0) for name in ("imap", "imaps", "pop3", "pop3s")})
        (self.folder / "dovecot.conf").write_text(config)

    def _start(self, with_tls):
        for _ in range(5):
            self._write_config(with_tls)
            if self._run():
                return
        raise AssertionError(f"Dovecot does not start: {self.log()}")

    def _run(self):
        self.process = subprocess.Popen(
            [PROGRAM, "-F", "-c", self.folder / "dovecot.conf"], cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        waiting.wait_for(lambda: self.process.poll() is not None or all(
            peers.answers(port) for port in self.ports.values()),
            what=lambda: f"Dovecot to listen: {self.log()}")
        return self.process.poll() is None
