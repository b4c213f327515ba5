"""A POP3 server for one mailbox that misbehaves on purpose, as a script of peers.RawServer. It
takes any password.
"""
import threading


class PopBox:
    """messages: {UIDL: octets, lines ending in CRLF}. on: {command: function of (box, connection,
    argument, nth) that may answer in its own way and returns True then}; what it raises ends the
    connection. What DELE marked is gone after QUIT."""

    def __init__(self, messages, on=None):
        self.messages = dict(messages)
        self.on = on or {}
        self.asked = []  # (command, argument), in order
        self._lock = threading.Lock()

    def script(self, connection):
        connection.send(b"+OK ready\r\n")
        there, marked = list(self.messages), set()
        while True:
            command, _, argument = connection.line().partition(b" ")
            command = command.upper().decode()
            with self._lock:
                self.asked.append((command, argument.decode()))
                nth = sum(asked == command for asked, _ in self.asked)
            special = self.on.get(command)
            if special and special(self, connection, argument.decode(), nth):
                continue
            answer = getattr(self, "_" + command.lower(), None)
            if answer is None:
                connection.send(b"-ERR what?\r\n")
                continue
            answer(connection, argument, there, marked)
            if command == "QUIT":
                return

    def count(self, command):
        return sum(asked == command for asked, _ in self.asked)

    def _capa(self, connection, *_):
        connection.send(b"+OK\r\nUSER\r\nUIDL\r\nTOP\r\nSASL PLAIN\r\n.\r\n")

    def _auth(self, connection, argument, *_):
        if b" " not in argument:
            connection.send(b"+ \r\n")
            connection.line()
        connection.send(b"+OK in\r\n")

    def _user(self, connection, *_):
        connection.send(b"+OK\r\n")

    _pass = _noop = _user

    def _stat(self, connection, _argument, there, _marked):
        size = sum(len(self.messages[name]) for name in there)
        connection.send(b"+OK %d %d\r\n" % (len(there), size))

    def _uidl(self, connection, _argument, there, marked):
        connection.send(b"+OK\r\n" + b"".join(
            b"%d %s\r\n" % (number, name.encode()) for number, name in enumerate(there, 1)
            if number not in marked) + b".\r\n")

    def _list(self, connection, _argument, there, marked):
        connection.send(b"+OK\r\n" + b"".join(
            b"%d %d\r\n" % (number, len(self.messages[name]))
            for number, name in enumerate(there, 1) if number not in marked) + b".\r\n")

    def _retr(self, connection, argument, there, _marked):
        lines = self.messages[there[int(argument) - 1]].split(b"\r\n")
        stuffed = [b"." + line if line.startswith(b".") else line for line in lines]
        connection.send(b"+OK\r\n" + b"\r\n".join(stuffed) + b".\r\n")

    def _dele(self, connection, argument, _there, marked):
        marked.add(int(argument))
        connection.send(b"+OK\r\n")

    def _quit(self, connection, _argument, there, marked):
        for number in marked:
            del self.messages[there[number - 1]]
        connection.send(b"+OK bye\r\n")
