"""Measures a look at everything that finds nothing changed: time, processor, memory, and how much it asks of the engines.

Half of the resources are people, the rest buckets, keys and grants. SIZE chooses how many, 1,000 by default. Requests are
counted from outside by requests.c: statements of the object store's and the state store's databases, and LDAP requests
to the directory.

For comparison in the same run: `rhizome get`, which sends as much to the command and asks no engine.
"""

import os
import statistics
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from daemon import Daemon, show, timed

SIZE = int(os.environ.get("SIZE", "1000"))
TIMEOUT = int(os.environ.get("TIMEOUT", "1800"))
CLUSTER = ("apiVersion: rhizome/v1\nkind: Cluster\nmetadata: {name: plant}\n"
           "spec: {domain: plant.example, policy: {resync: 24h}}\n")


def declarations(size):
    """Half people; of each five of the others, two buckets with a grant each, and a key."""
    header = "apiVersion: rhizome/v1\n"
    for number in range(size // 2):
        yield (f"{header}kind: User\nmetadata: {{name: user-{number}}}\n"
               f"spec: {{displayName: Person {number}, mail: [user-{number}@plant.example]}}\n")
    for number in range(size // 10):
        yield f"{header}kind: AccessKey\nmetadata: {{name: key-{number}}}\nspec: {{}}\n"
        for bucket in (f"one-{number}", f"two-{number}"):
            yield (f"{header}kind: Bucket\nmetadata: {{name: {bucket}}}\n"
                   f"spec: {{quotas: {{size: 1GiB}}, access: [{{key: key-{number}, permissions: [read]}}]}}\n")


def write(folder, size):
    """One file for every hundred declarations."""
    (folder / "cluster.yaml").write_text(CLUSTER)
    texts = list(declarations(size))
    for first in range(0, len(texts), 100):
        (folder / f"part-{first // 100}.yaml").write_text("---\n".join(texts[first:first + 100]))


class Counters:
    """What requests.c has counted so far."""

    def __init__(self, root):
        self.file, self.library = root / "requests", root / "requests.so"
        source = Path(__file__).resolve().parent / "requests.c"
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", self.library,
                        source, "-ldl"], check=True)

    def environment(self):
        return {"LD_PRELOAD": str(self.library), "REQUESTS_FILE": str(self.file)}

    def read(self):
        return struct.unpack("3L", self.file.read_bytes())


def measure(daemon, counters, runs=5):
    looks, processor, requests, gets = [], [], [], []
    for _ in range(runs):
        before, asked = daemon.processor_seconds(), counters.read()
        looks.append(timed(lambda: daemon.run("drift")))
        requests.append([now - then for then, now in zip(asked, counters.read())])
        processor.append(daemon.processor_seconds() - before)
        gets.append(timed(lambda: daemon.run("get", "-o", "name")))
    show("a look at everything that finds nothing changed, whole command", looks)
    show("the same, the daemon's processor", processor)
    show("rhizome get of the same, which asks no engine", gets)
    print(f"ratio of the look to rhizome get: {statistics.median(looks) / statistics.median(gets):.1f}")
    for name, values in zip(("object store, statements", "state store, statements", "directory, requests"), zip(*requests)):
        median = statistics.median(values)
        print(f"asked of the {name}: {median:.0f} a look, {median / SIZE:.4f} for each resource")


def main():
    with tempfile.TemporaryDirectory(prefix="rhz-bench-drift-") as name:
        root, folder = Path(name), Path(name) / "manifests"
        folder.mkdir()
        write(folder, SIZE)
        counters = Counters(root)
        with Daemon(root, environment=counters.environment()) as daemon:
            applied = timed(lambda: daemon.run("apply", "-f", str(folder), "--timeout", str(TIMEOUT)))
            print(f"{SIZE} new resources from apply to converged: {applied:.1f} s, "
                  f"{daemon.processor_seconds():.1f} s of processor")
            asked = dict(zip(("objects", "state", "ldap"), counters.read()))
            print("asked on the way: " + ", ".join(f"{name} {number}" for name, number in asked.items()))
            measure(daemon, counters)
            print(f"memory of the daemon: {daemon.memory()}")


if __name__ == "__main__":
    main()
