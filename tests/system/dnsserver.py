"""A small name server on 127.0.0.1, UDP and TCP, that knows what a test puts into it.

As a program: dnsserver.py PORT NAME ADDRESS… until its standard input ends; or dnsserver.py PORT
--json, with a line of {"records", "failing", "silent", "refusing"} on it before.

Not a resolver: it follows aliases within its own names only, as a resolver's answer would.
"""
import ipaddress
import json
import socket
import socketserver
import struct
import sys
import threading

TYPES = {"A": 1, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33}
NO_ERROR, SERVER_FAILURE, NO_SUCH_NAME, REFUSED = 0, 2, 3, 5
UDP_BYTES = 512
HEADER = struct.Struct(">HHHHHH")


def pack_name(name):
    labels = [label for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def pack_data(kind, value):
    """A TXT is a string, cut into pieces of 255, or a list of its pieces; an MX "10 host", an
    SRV "0 0 587 host"."""
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind == "TXT":
        data = value if isinstance(value, list) else [
            value[at:at + 255] for at in range(0, max(len(value), 1), 255)]
        return b"".join(bytes([len(piece)]) + piece.encode() for piece in data)
    if kind == "MX":
        preference, host = value.split(" ")
        return struct.pack(">H", int(preference)) + pack_name(host)
    if kind == "SRV":
        priority, weight, port, host = value.split(" ")
        return struct.pack(">HHH", int(priority), int(weight), int(port)) + pack_name(host)
    return pack_name(value)


def unpack_question(packet):
    at, labels = HEADER.size, []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii", "replace").lower())
        at += 1 + packet[at]
    kind, = struct.unpack(">H", packet[at + 1:at + 3])
    return ".".join(labels), kind, packet[HEADER.size:at + 5]


class DnsServer:
    """records: {"name": [("TXT", "text"), …]}; failing: names answered by a server failure;
    silent: names never answered; refusing: nobody is told anything. asked lists the (name, type)
    that came."""

    def __init__(self, records=None, failing=(), silent=(), port=0, refusing=False):
        self.records = dict(records or {})
        self.failing = set(failing)
        self.silent = set(silent)
        self.refusing = refusing
        self.asked = []
        self._tcp = _Tcp(("127.0.0.1", port), self)
        self.port = self._tcp.server_address[1]
        self.address = f"127.0.0.1:{self.port}"
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        self._threads = [threading.Thread(target=self._serve_udp, daemon=True),
                         threading.Thread(target=self._tcp.serve_forever, args=(0.02,),
                                          daemon=True)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._tcp.shutdown()
        self._tcp.server_close()
        self._udp.sendto(b"", ("127.0.0.1", self.port))
        for thread in self._threads:
            thread.join(20)
        self._udp.close()

    def answer(self, packet):
        """The whole answer to a packet, or None."""
        identity, flags = struct.unpack(">HH", packet[:4])
        name, kind, question = unpack_question(packet)
        self.asked.append((name, kind))
        if name in self.silent:
            return None
        answers, code = self._find(name, kind)
        body = b"".join(pack_name(owner) + struct.pack(">HHIH", TYPES[what], 1, 60, len(data)) + data
                        for owner, what, data in answers)
        return HEADER.pack(identity, 0x8080 | (flags & 0x0100) | code, 1, len(answers), 0, 0) + \
            question + body

    def _find(self, name, kind):
        if self.refusing:
            return [], REFUSED
        if name in self.failing:
            return [], SERVER_FAILURE
        answers = []
        for _ in range(8):
            here = self.records.get(name)
            if here is None:
                below = any(known.endswith("." + name) for known in self.records)
                return answers, NO_ERROR if below else NO_SUCH_NAME
            alias = [value for what, value in here if what == "CNAME"]
            if not alias or kind == TYPES["CNAME"]:
                break
            answers.append((name, "CNAME", pack_data("CNAME", alias[0])))
            name = alias[0].rstrip(".").lower()
        answers += [(name, what, pack_data(what, value)) for what, value in here
                    if TYPES[what] == kind]
        return answers, NO_ERROR

    def _serve_udp(self):
        while True:
            packet, source = self._udp.recvfrom(4096)
            if not packet:
                return
            answer = self.answer(packet)
            if answer is None:
                continue
            if len(answer) > UDP_BYTES:  # truncated: ask again over TCP
                name_end = HEADER.size + len(unpack_question(packet)[2])
                answer = (answer[:2] + struct.pack(">H", struct.unpack(">H", answer[2:4])[0] | 0x0200) +
                          struct.pack(">HHHH", 1, 0, 0, 0) + answer[HEADER.size:name_end])
            self._udp.sendto(answer, source)


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, address, names):
        self.names = names
        super().__init__(address, _TcpHandler)


class _TcpHandler(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self):
        while True:
            head = self.rfile.read(2)
            if len(head) < 2:
                return
            answer = self.server.names.answer(self.rfile.read(struct.unpack(">H", head)[0]))
            if answer is None:
                return
            self.wfile.write(struct.pack(">H", len(answer)) + answer)


def main(port, *records):
    """Names and their addresses in turn, or all there is as JSON."""
    if records == ("--json",):
        server = DnsServer(port=int(port), **json.loads(sys.stdin.readline()))
    else:
        server = DnsServer({name: [("A", address)] for name, address in
                            zip(records[::2], records[1::2])}, port=int(port))
    print("ready", flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
