"""A STUN server (RFC 8489) for the internet of a laboratory: answers Binding requests over UDP with the address that they
came from. No authentication, no fingerprint, no other port.

    stun.py ADDRESS:PORT…
"""

import ipaddress
import select
import socket
import struct
import sys

COOKIE = 0x2112A442
BINDING_REQUEST, BINDING_SUCCESS, BINDING_ERROR = 0x0001, 0x0101, 0x0111
XOR_MAPPED_ADDRESS, ERROR_CODE, UNKNOWN_ATTRIBUTES, SOFTWARE = 0x0020, 0x0009, 0x000A, 0x8022
HEADER = struct.Struct("!HHI12s")


def answer(packet, source):
    """The answer to a packet, or nothing when it is no Binding request."""
    if len(packet) < HEADER.size or len(packet) % 4:
        return None
    kind, length, cookie, transaction = HEADER.unpack_from(packet)
    if kind != BINDING_REQUEST or cookie != COOKIE or length != len(packet) - HEADER.size:
        return None
    unknown = unknown_attributes(packet[HEADER.size:])
    if unknown:
        body = attribute(ERROR_CODE, b"\0\0\x04\x14Unknown Attribute") \
            + attribute(UNKNOWN_ATTRIBUTES, struct.pack(f"!{len(unknown)}H", *unknown))
        return HEADER.pack(BINDING_ERROR, len(body), COOKIE, transaction) + body
    body = attribute(XOR_MAPPED_ADDRESS, xor_address(source, transaction)) + attribute(SOFTWARE, b"Rhizome lab")
    return HEADER.pack(BINDING_SUCCESS, len(body), COOKIE, transaction) + body


def unknown_attributes(body):
    """Those that a server must understand (section 14: types below 0x8000); this one understands none."""
    unknown, offset = [], 0
    while offset + 4 <= len(body):
        kind, length = struct.unpack_from("!HH", body, offset)
        if kind < 0x8000:
            unknown.append(kind)
        offset += 4 + (length + 3) // 4 * 4
    return unknown


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def xor_address(source, transaction):
    """Section 14.2: the port and address, mixed with the cookie so that no middlebox rewrites them."""
    address = ipaddress.ip_address(source[0].partition("%")[0])
    mask = struct.pack("!I", COOKIE) + transaction
    mixed = bytes(one ^ two for one, two in zip(address.packed, mask))
    return struct.pack("!BBH", 0, 1 if address.version == 4 else 2, source[1] ^ COOKIE >> 16) + mixed


def listen(place):
    """A socket of its own for each address, so that an answer comes from where it was asked."""
    host, _, port = place.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_DGRAM)
    server.bind((host.strip("[]"), int(port)))
    return server


def serve(servers):
    while True:
        for server in select.select(servers, [], [])[0]:
            packet, source = server.recvfrom(2048)
            reply = answer(packet, source)
            if reply:
                server.sendto(reply, source)


if __name__ == "__main__":
    serve([listen(place) for place in sys.argv[1:]])
