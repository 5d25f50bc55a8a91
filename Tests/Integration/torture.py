"""Kills the daemon with SIGKILL at random moments, while manifests are applied and objects uploaded.

After each restart: every acknowledged upload is there, byte for byte; each SQLite file passes its integrity check; the
cluster converges by itself; the drift report knows of no orphan. Ends with a line that says how many kills passed.
"""

import argparse
import atexit
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ports import free_port

# How long the test's own service sleeps: a number that tells it from those of other runs on this machine.
SLEEP = f"10000.{os.getpid()}"
RHIZOME = os.environ.get("RHIZOME", ".build/debug/rhizome")

CLUSTER = """
apiVersion: rhizome/v1
kind: Cluster
metadata: {name: torture}
spec: {domain: torture.example, policy: {prune: true, deletions: {max: 100, percent: 100}, resync: 2s}}
---
apiVersion: rhizome/v1
kind: Zone
metadata: {name: home}
spec: {}
---
apiVersion: rhizome/v1
kind: Node
metadata: {name: box}
spec: {zone: home}
---
apiVersion: rhizome/v1
kind: AccessKey
metadata: {name: writer}
spec: {}
---
apiVersion: rhizome/v1
kind: Bucket
metadata: {name: data}
spec:
  access: [{key: writer, permissions: [read, write, owner]}]
---
apiVersion: rhizome/v1
kind: Secret
metadata: {name: first}
spec: {generated: {length: 16}}
"""


def variant(number, rng):
    """Manifests beside the fixed ones: a random set of buckets, users, groups and services."""
    documents = []
    users = [f"u{n}" for n in range(8) if rng.random() < 0.6]
    for user in users:
        name = f"Person {user} {number}"
        documents.append(f"kind: User\nmetadata: {{name: {user}}}\nspec: {{displayName: {name}, password: {{secret: first}}}}")
    if users:
        members = ", ".join(rng.sample(users, rng.randint(1, len(users))))
        documents.append(f"kind: Group\nmetadata: {{name: people}}\nspec: {{members: [{members}]}}")
    for n in range(8):
        if rng.random() < 0.6:
            access = "access: [{key: writer, permissions: [read]}], " if rng.random() < 0.5 else ""
            quota = rng.randint(1, 1000)
            documents.append(
                f"kind: Bucket\nmetadata: {{name: bucket-{n}}}\nspec: {{{access}quotas: {{objects: {quota}}}, deletionPolicy: delete}}")
    if rng.random() < 0.5:
        documents.append(
            "kind: Service\nmetadata: {name: sleeper}\n"
            f"spec:\n  run: {{process: {{command: [/bin/sleep, '{SLEEP}']}}}}\n"
            f"  environment: {{NUMBER: '{number}'}}")
    return "".join("---\napiVersion: rhizome/v1\n" + document + "\n" for document in documents)


class Daemon:
    def __init__(self, root):
        self.root, self.data = root, root / "data"
        self.ports = {name: free_port() for name in ("s3", "web", "ldap")}
        self.process = None
        self.log = open(root / "daemon.log", "ab")

    def start(self):
        listens = [word for name, port in self.ports.items() for word in (f"--{name}-listen", f"127.0.0.1:{port}")]
        self.process = subprocess.Popen(
            [RHIZOME, "agent", "--data-dir", str(self.data), *listens], stdout=self.log, stderr=self.log)
        self.wait_for(lambda: self.run("version", "-o", "json").returncode == 0 and b"processID" in
                      self.run("version", "-o", "json").stdout, 30, "the daemon answers")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def run(self, verb, *arguments, timeout=60):
        place = [] if verb == "validate" else ["--data-dir", str(self.data)]
        return subprocess.run([RHIZOME, verb, *arguments, *place], capture_output=True, timeout=timeout)

    def wait_for(self, holds, seconds, what):
        deadline = time.monotonic() + seconds
        while not holds():
            if self.process.poll() is not None:
                raise SystemExit(f"the daemon ended by itself; see {self.log.name}")
            if time.monotonic() > deadline:
                raise SystemExit(f"not within {seconds} s: {what}; see {self.log.name}")
            time.sleep(0.02)

    def s3(self):
        key = json.loads(self.run("get", "AccessKey/writer", "--show-secrets", "-o", "json").stdout)[0]["spec"]
        return boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{self.ports['s3']}", region_name="garage",
            aws_access_key_id=key["id"], aws_secret_access_key=key["secret"],
            config=Config(retries={"max_attempts": 1}, connect_timeout=2, read_timeout=10,
                          s3={"addressing_style": "path"}))


class Uploader(threading.Thread):
    """Puts objects until told to stop, and remembers what was acknowledged."""

    def __init__(self, client, acknowledged, seed):
        super().__init__(daemon=True)
        self.client, self.acknowledged = client, acknowledged
        self.rng, self.stopped = random.Random(seed), threading.Event()

    def run(self):
        while not self.stopped.is_set():
            key = f"object-{self.rng.randint(0, 400)}"
            body = self.rng.randbytes(self.rng.choice([10, 3_000, 200_000]))
            # From here on the object may be either version until an answer comes.
            before = self.acknowledged.pop(key, None)
            try:
                self.client.put_object(Bucket="data", Key=key, Body=body)
                self.acknowledged[key] = {hashlib.sha256(body).hexdigest()}
            except (BotoCoreError, ClientError):
                if before:
                    self.acknowledged[key] = before | {hashlib.sha256(body).hexdigest()}
                self.stopped.wait(0.05)


def check_uploads(client, acknowledged):
    for key, digests in sorted(acknowledged.items()):
        body = client.get_object(Bucket="data", Key=key)["Body"].read()
        if hashlib.sha256(body).hexdigest() not in digests:
            raise SystemExit(f"an acknowledged upload was lost or damaged: {key}")


def check_databases(data):
    """Reads each database while nobody writes to it."""
    files = [path for path in Path(data).rglob("*") if path.is_file() and path.open("rb").read(15) == b"SQLite format 3"]
    if not files:
        raise SystemExit("found no database to check")
    for path in files:
        with sqlite3.connect(path) as database:
            answer = database.execute("PRAGMA integrity_check").fetchone()[0]
        if answer != "ok":
            raise SystemExit(f"{path}: {answer}")


def settled(daemon):
    """True when nothing is left to do and nothing of ours lies around unknown."""
    report = daemon.run("drift", "-o", "json")
    if report.returncode not in (0, 2) or not report.stdout:
        return False
    return not json.loads(report.stdout)["entries"]


def torture(root, kills, seed):
    rng = random.Random(seed)
    folder = root / "manifests"
    folder.mkdir(parents=True)
    (folder / "base.yaml").write_text(CLUSTER)
    daemon = Daemon(root)
    atexit.register(lambda: daemon.process and daemon.process.kill())
    daemon.start()
    first = daemon.run("apply", "-f", str(folder))
    if first.returncode != 0:
        raise SystemExit((first.stdout + first.stderr).decode())
    acknowledged = {}
    for number in range(1, kills + 1):
        (folder / "variant.yaml").write_text(variant(number, rng))
        if daemon.run("validate", "-f", str(folder)).returncode != 0:
            raise SystemExit("the torture's own manifests are not valid")
        uploader = Uploader(daemon.s3(), acknowledged, rng.random())
        uploader.start()
        applying = subprocess.Popen(
            [RHIZOME, "apply", "-f", str(folder), "--data-dir", str(daemon.data)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.01, 0.6))
        daemon.kill()
        uploader.stopped.set()
        uploader.join()
        applying.wait(timeout=60)
        check_databases(daemon.data)
        daemon.start()
        daemon.wait_for(lambda: settled(daemon), 30, f"convergence after kill {number}")
        check_uploads(daemon.s3(), acknowledged)
        if number % 10 == 0:
            print(f"  {number} kills, {len(acknowledged)} acknowledged objects intact", flush=True)
    final = daemon.run("apply", "-f", str(folder), "--prune")
    plan = daemon.run("plan", "-f", str(folder))
    if final.returncode != 0 or plan.returncode != 0:
        raise SystemExit((final.stdout + final.stderr + plan.stdout + plan.stderr).decode())
    sleepers = subprocess.run(["pgrep", "-fc", f"^/bin/sleep {SLEEP}$"], capture_output=True).stdout.decode().strip()
    expected = "1" if "sleeper" in (folder / "variant.yaml").read_text() else "0"
    if sleepers != expected:
        raise SystemExit(f"{sleepers} sleepers run, {expected} should")
    daemon.process.terminate()
    daemon.process.wait(timeout=30)
    return len(acknowledged)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"torture: seed {options.seed}, {options.kills} kills", flush=True)
    root = Path(tempfile.mkdtemp(prefix="rhz-torture-"))
    started = time.monotonic()
    objects = torture(root, options.kills, options.seed)
    shutil.rmtree(root)
    print(f"torture: {options.kills} kills survived, {objects} acknowledged objects intact, "
          f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
