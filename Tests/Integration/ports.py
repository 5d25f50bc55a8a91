"""Free ports for servers that are started a moment later. Run as a program, it prints one.

They lie below those that the system hands out by itself: any connection of anybody may get one of these between the
choice and the start, and the server then finds its port taken."""

import random
import socket
from pathlib import Path

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST, OTHERWISE = 10_000, 32_768
given = set()


def highest():
    """The first port that the system hands out by itself, as far as it says so."""
    first = int(RANGE.read_text().split()[0]) if RANGE.exists() else OTHERWISE
    return first if first > LOWEST + 1_000 else OTHERWISE


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port():
    """One that nobody listens on, and that this program was not given before."""
    while (port := random.SystemRandom().randrange(LOWEST, highest())) in given or not is_free(port):
        pass
    given.add(port)
    return port


if __name__ == "__main__":
    print(free_port())
