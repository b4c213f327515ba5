"""Both sides of the mail of a campaign, privately: a Postfix that delivers what it can into the
mailboxes of a Dovecot, writes a report about whatever it cannot, and brings these, as any other
mail to the bounce address, into the mailbox that crier reads.
"""
import collections
import email
import email.policy
import os
import smtplib

import dovecot
import peers

PEOPLE = "people.example.net"    # who is not in the table of boxes is unknown there
TIGHT = "tight.example.net"      # Postfix's own limit of a mailbox: all are full
FULL = "full.example.net"        # Dovecot's quota: all are full
STRICT = "strict.example.net"    # another host, scripted: see far_replies
DOWN = "down.example.net"        # where nobody listens
BOUNCES = "bounce.example.org"
BOX = "bounce"                   # the user whose mailbox this is
LIMIT_BYTES = 2000000

BLOCKED = "550 5.7.1 Service unavailable, client host [203.0.113.7] blocked by our blocklist"
SPAM = "554 5.7.1 Message rejected as spam by content filtering"

# What the strict host says to a recipient, by the beginning of the local part.
FAR_REPLIES = {
    "gone": "550 5.1.1 User unknown in our directory",
    "blocked": BLOCKED,
    "stuffed": "452 4.2.2 Mailbox full",
    "later": "451 4.3.2 System is not accepting messages, come back later",
    "off": "550 5.2.1 This mailbox is disabled",
}

_SETTINGS = """\
recipient_delimiter = +
smtpd_recipient_restrictions =
smtpd_reject_unlisted_recipient = no
virtual_mailbox_domains = {people}, {tight}, {bounces}
virtual_transport = virtual:
virtual_mailbox_base = {base}
virtual_mailbox_maps = texthash:{folder}/etc/boxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
virtual_mailbox_limit = {limit}
message_size_limit = 1000000
transport_maps = texthash:{folder}/etc/transport
smtp_tls_security_level = none
smtp_host_lookup = native
quota_destination_recipient_limit = 1
smtp_connection_cache_on_demand = no
# What cannot be delivered now comes back at once.
maximal_queue_lifetime = 0
bounce_queue_lifetime = 1d
"""

# dovecot-lda as it is run from Postfix: with -e it leaves it to that to write the report.
_QUOTA_SERVICE = """\
quota unix - n n - - pipe
  flags=DORhu user=nobody argv={lda} -e -c {conf} -f ${{sender}} -a ${{original_recipient}}
"""

_QUOTA_CONFIG = """\
log_path = {folder}/quota.log
base_dir = {folder}/run
mail_location = maildir:{folder}/full
mail_home = {folder}/full
first_valid_uid = 0
first_valid_gid = 0
mail_plugins = quota
plugin {{
  quota = maildir:User quota
  quota_rule = *:bytes=10
}}
"""


def why_not(protocol):
    return peers.why_no_postfix() or dovecot.why_not(protocol) or (
        None if (dovecot.DAEMONS / "dovecot-lda").exists() else "dovecot-lda is not installed")


def _far_rcpt(address, _nth):
    return next((reply for start, reply in FAR_REPLIES.items() if address.startswith(start)),
                None)


def _far_data(recipients, _nth):
    return SPAM if any(address.startswith("spam") for address in recipients) else None


class PostOffice(peers.Postfix):
    """boxes: the addresses at PEOPLE that are there; all their mail is in one mailbox, Dovecot's
    user "people". What the other host took is in far.received."""

    def __init__(self, certificates, box_server, boxes):
        self.dovecot = box_server
        self.boxes = list(boxes)
        self.far = peers.AioSmtpServer(peers.ScriptedHandler(
            {"RCPT": _far_rcpt, "DATA": _far_data}))
        self.dead_port = peers.free_port()
        super().__init__(certificates)

    def stop(self):
        super().stop()
        self.far.stop()

    def client(self):
        return smtplib.SMTP(self.host, self.port, timeout=60)

    def send(self, sender, recipient, message, **options):
        """By smtplib; message is text or bytes."""
        try:
            with self.client() as smtp:
                smtp.sendmail(sender, [recipient], message, **options)
        except (smtplib.SMTPException, OSError) as error:
            raise AssertionError(f"Postfix does not take it: {self.log()[-3000:]}") from error

    def bounces(self):
        """The bytes of every message in the mailbox that crier reads."""
        return [path.read_bytes() for path in self.dovecot.stored(BOX)]

    def delivered(self):
        """Of the people's mail: the messages by address."""
        found = collections.defaultdict(list)
        for path in self.dovecot.stored("people"):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            found[str(message["Delivered-To"])].append(message)
        return found

    def settings(self):
        etc = self.folder / "etc"
        owner, base = self.dovecot.owner, self.dovecot.folder / "mail"
        (etc / "boxes").write_text(
            "".join(f"{address} people/\n" for address in self.boxes) +
            f"{BOX}@{BOUNCES} {BOX}/\n@{TIGHT} tight\n")
        far, dead = (f"smtp:[{peers.HOST}]:{port}" for port in (self.far.port, self.dead_port))
        (etc / "transport").write_text(f"{FULL} quota:\n{STRICT} {far}\n{DOWN} {dead}\n")
        with open(base / "tight", "wb") as file:
            file.truncate(LIMIT_BYTES)
        os.chown(base / "tight", owner.pw_uid, owner.pw_gid)
        return _SETTINGS.format(
            folder=self.folder, base=base, uid=owner.pw_uid, gid=owner.pw_gid,
            limit=LIMIT_BYTES, people=PEOPLE, tight=TIGHT, bounces=BOUNCES)

    def services(self):
        folder = self.dovecot.folder / "mail" / "quota"
        if not folder.exists():
            folder.mkdir()
            os.chown(folder, self.dovecot.owner.pw_uid, self.dovecot.owner.pw_gid)
        conf = self.folder / "etc" / "quota.conf"
        conf.write_text(_QUOTA_CONFIG.format(folder=folder))
        conf.chmod(0o644)
        return _QUOTA_SERVICE.format(lda=dovecot.DAEMONS / "dovecot-lda", conf=conf)
