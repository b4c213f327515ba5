"""The flight journal's file, as far as tests lay hands on it."""
import struct

HEADER = struct.Struct("=8s40s40sII")


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def of_another_boot(path):
    """What a restart of the machine leaves: perhaps without its end."""
    data = path.read_bytes()
    magic, _, ours, _, zero = HEADER.unpack_from(data)
    fields = (magic, b"0" * 36, ours)
    crc = crc32c(HEADER.pack(*fields, 0, 0)[:88])
    path.write_bytes(HEADER.pack(*fields, crc, zero) + data[HEADER.size:])
