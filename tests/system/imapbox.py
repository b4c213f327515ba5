"""An IMAP server for one folder that misbehaves on purpose, as a script of peers.RawServer. It
offers nothing but IMAP4rev1, takes any password and keeps no state but its messages.
"""
import re
import threading


class ImapBox:
    """messages: {uid: octets}. fetch: a function of (box, connection, uid, octets, nth) that may
    send the message in its own way and returns True then; nth counts from 1 over all connections.
    on: {command: function of (box, connection, argument, nth)} likewise, which returns the tagged
    answer without its tag. What they raise ends the connection."""

    def __init__(self, messages, fetch=None, validity=7, on=None):
        self.messages = dict(messages)
        self.fetch = fetch
        self.validity = validity
        self.on = on or {}
        self.asked = []    # commands, in order
        self.fetched = []  # UIDs, as they were asked for
        self.gone = []     # and as they were deleted
        self.connections = 0
        self._lock = threading.Lock()

    def script(self, connection):
        self.connections += 1
        connection.send(b"* OK ready\r\n")
        marked = set()
        while True:
            tag, command, *rest = connection.line().split(b" ", 2)
            argument = rest[0] if rest else b""
            if command.upper() == b"UID":
                command, _, argument = argument.partition(b" ")
            command = command.decode().upper()
            self.asked.append(command)
            special = self.on.get(command)
            said = special and special(self, connection, argument, self.asked.count(command))
            if not said:
                getattr(self, "_" + command.lower())(connection, argument, marked)
            connection.send(tag + (said or b" OK done") + b"\r\n")
            if command == "LOGOUT":
                return

    def send_message(self, connection, uid, octets, announced=None):
        """announced: the size of the literal, when that is to be another one."""
        number = sorted(self.messages).index(uid) + 1
        connection.send(b"* %d FETCH (UID %d RFC822.SIZE %d BODY[]<0> {%d}\r\n" % (
            number, uid, len(octets), len(octets) if announced is None else announced))
        connection.send(octets)
        if announced is None:
            connection.send(b")\r\n")

    def _capability(self, connection, _argument, _marked):
        connection.send(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS\r\n")

    def _authenticate(self, _connection, _argument, _marked):
        pass

    _login = _noop = _authenticate

    def _logout(self, connection, _argument, _marked):
        connection.send(b"* BYE\r\n")

    def _select(self, connection, _argument, _marked):
        following = max(self.messages, default=0) + 1
        connection.send(b"* %d EXISTS\r\n* OK [UIDVALIDITY %d] x\r\n* OK [UIDNEXT %d] x\r\n" % (
            len(self.messages), self.validity, following))

    def _search(self, connection, argument, _marked):
        words = re.findall(rb"(?:(UID) )?(\d+):(\d+|\*)", argument)
        found = []
        for number, uid in enumerate(sorted(self.messages), 1):
            if all(_in(uid if is_uid else number, first, last) for is_uid, first, last in words):
                found.append(b" %d" % uid)
        connection.send(b"* SEARCH" + b"".join(found) + b"\r\n")

    def _fetch(self, connection, argument, _marked):
        uid, most = map(int, re.fullmatch(
            rb"(\d+) \(UID RFC822.SIZE BODY.PEEK\[\]<0\.(\d+)>\)", argument).groups())
        with self._lock:
            self.fetched.append(uid)
            nth = len(self.fetched)
        octets = self.messages.get(uid)
        if octets is None:
            return
        octets = octets[:most]
        if not (self.fetch and self.fetch(self, connection, uid, octets, nth)):
            self.send_message(connection, uid, octets)

    def _store(self, _connection, argument, marked):
        marked.update(self._set(argument))

    def _expunge(self, connection, argument, marked):
        for uid in sorted(marked & self._set(argument), reverse=True):
            connection.send(b"* %d EXPUNGE\r\n" % (sorted(self.messages).index(uid) + 1))
            del self.messages[uid]
            self.gone.append(uid)

    def _set(self, argument):
        ranges = [(int(a), int(b or a)) for a, b in
                  re.findall(rb"(\d+)(?::(\d+))?", argument.split(b" ")[0])]
        return {uid for uid in self.messages for a, b in ranges if a <= uid <= b}


def _in(value, first, last):
    return int(first) <= value and (last == b"*" or value <= int(last))
