"""Standing in a network namespace, and making and removing many at once."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

from declaration import LabError

NETNS = Path("/run/netns")
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def inside(namespace):
    """Sockets made and programs started in the block belong to the namespace, and so do files under /proc/sys/net; only
    this thread is there."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    enter(NETNS / namespace)
    try:
        yield
    finally:
        set_namespace(home)


def enter(path):
    try:
        set_namespace(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    except FileNotFoundError:
        raise LabError(f"there is no place {path.name}") from None


def set_namespace(file):
    try:
        if libc.setns(file, CLONE_NEWNET) != 0:
            raise LabError(f"cannot enter a network namespace: {os.strerror(ctypes.get_errno())}")
    finally:
        os.close(file)


def feed(words, text, namespace=None):
    """Starts a program and hands it its input; `finish` waits for it."""
    def start():
        child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                 text=True)
        child.stdin.write(text)
        child.stdin.close()
        child.stdin = None
        return child
    if namespace is None:
        return start()
    with inside(namespace):
        return start()


def finish(children):
    for child in children:
        _, errors = child.communicate(timeout=30)
        if child.returncode != 0:
            raise LabError(f"{' '.join(child.args)} failed: {errors.strip()}")


def ip(lines, namespace=None):
    """A batch for ip(8), started."""
    return feed(["ip", "-batch", "-"], "\n".join(lines) + "\n", namespace)


def identity(namespace):
    """The number of a namespace, which says what a process stands in."""
    return os.stat(NETNS / namespace).st_ino


def sockets(namespace, tables, port, state):
    """How many sockets stand at a port in a state, as the files of /proc/net write it: `0A` listens, `07` is bound."""
    with inside(namespace):
        rows = [row.split() for table in tables for row in Path(f"/proc/thread-self/net/{table}").read_text().splitlines()]
    return sum(len(row) > 3 and row[1].endswith(f":{port:04X}") and row[3] == state for row in rows)


def until(holds, otherwise, seconds=10):
    """Waits for what was started; `otherwise` says what did not come about."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise LabError(otherwise)
        time.sleep(0.005)


def processes(identities):
    """Those that stand in one of the namespaces, with their names, except this one and its ancestors' business."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{entry}/ns/net").st_ino in identities:
                    found.append((int(entry), Path(f"/proc/{entry}/comm").read_text().strip()))
    return found


def kill(pids, seconds=10):
    """Ends processes for certain, and waits until they are gone or at least dead."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + seconds
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.005)


def alive(pid):
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"
