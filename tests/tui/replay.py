#!/usr/bin/python3
"""Shows a failed test's octets again, frame by frame: replay.py FILE [COLUMNS ROWS [FRAME]].

Without FRAME all frames; an octet that the strict terminal refuses is shown where it stands.
"""
import pathlib
import re
import sys

import emulator

MARK = re.compile(rb"\x1b\]7770;(\d+)\x07")


def show(terminal, number):
    print(f"---- frame {number}, cursor {terminal.cursor}, {terminal.octets} octets")
    print(terminal.text())


def main():
    raw = pathlib.Path(sys.argv[1]).read_bytes()
    columns, rows = map(int, (sys.argv + [80, 24][len(sys.argv) - 2:])[2:4])
    wanted = int(sys.argv[4]) if len(sys.argv) > 4 else None
    terminal = emulator.Terminal(columns, rows)
    at = 0
    for match in MARK.finditer(raw):
        try:
            terminal.feed(raw[at:match.end()])
        except emulator.ProtocolError as error:
            print(f"frame {match[1].decode()}: {error}\n{raw[at:match.end()]!r}")
            return 1
        at = match.end()
        if wanted in (None, int(match[1])):
            show(terminal, int(match[1]))
    print(f"---- after the last frame: {raw[at:]!r}")
    return 0


sys.exit(main())
