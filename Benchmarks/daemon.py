"""Measures the daemon as its users meet it: a change applied until it holds, and what it costs at rest.

For comparison in the same run: what the same change costs the disk at least (the syncs it needs), and what a process
that does nothing but answer `version` takes.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Tests" / "Integration"))
from ports import free_port

RHIZOME = os.environ.get("RHIZOME", ".build/release/rhizome")
ONE_BOX = Path(__file__).resolve().parent.parent / "Examples" / "one-box"


class Daemon:
    def __init__(self, root, *options, environment=None):
        self.data = root / "data"
        listens = [word for name in ("s3", "web", "ldap") for word in (f"--{name}-listen", f"127.0.0.1:{free_port()}")]
        self.process = subprocess.Popen(
            [RHIZOME, "agent", "--data-dir", str(self.data), *listens, *options], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
        while not (self.data / "rhizome.sock").exists() or self.run("history").returncode != 0:
            time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.process.terminate()
        self.process.wait(timeout=60)

    def run(self, *arguments):
        return subprocess.run([RHIZOME, *arguments, "--data-dir", str(self.data)], capture_output=True, text=True)

    def status(self, field):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        return 0

    def memory(self):
        """What it takes now, and the most it ever took."""
        return f"{self.status('VmRSS') / 1024:.0f} MB, peak {self.status('VmHWM') / 1024:.0f} MB"

    def processor_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sync_cost(folder, count=200):
    """Seconds of one small write with its sync, which is the floor under everything that is acknowledged."""
    times = []
    with open(folder / "sync", "wb", buffering=0) as file:
        for _ in range(count):
            started = time.perf_counter()
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started)
    return statistics.median(times)


def timed(command):
    started = time.perf_counter()
    answer = command()
    elapsed = time.perf_counter() - started
    if answer.returncode != 0:
        raise SystemExit(answer.stdout + answer.stderr)
    return elapsed


def show(name, values, unit="ms", scale=1000):
    ordered = sorted(values)
    print(f"{name}: median {statistics.median(ordered) * scale:.1f} {unit}, min {ordered[0] * scale:.1f}, "
          f"max {ordered[-1] * scale:.1f} (n={len(ordered)})")


def measure_apply(daemon, folder, runs=50):
    """From calling `apply` to its return with everything ready, a new bucket each time; process start included."""
    base = [timed(lambda: daemon.run("version")) for _ in range(runs)]
    applies = []
    for number in range(runs):
        (folder / f"bucket-{number}.yaml").write_text(
            f"apiVersion: rhizome/v1\nkind: Bucket\nmetadata: {{name: extra-{number}}}\nspec: {{}}\n")
        applies.append(timed(lambda: daemon.run("apply", "-f", str(folder))))
    show("a program start that only asks for the version", base)
    show("apply one new bucket to converged, whole command", applies)
    inside = [max(0.0, a - statistics.median(base)) for a in applies]
    show("apply one new bucket to converged, less the program start", inside)
    return statistics.median(inside)


def measure_rest(daemon, seconds=60):
    time.sleep(5)
    before = daemon.processor_seconds()
    time.sleep(seconds)
    share = (daemon.processor_seconds() - before) / seconds
    resident, anonymous = daemon.status("VmRSS") / 1024, daemon.status("RssAnon") / 1024
    print(f"at rest for {seconds} s: {share * 100:.2f} % of a core, {resident:.1f} MB resident, {anonymous:.1f} MB anonymous")


def main():
    with tempfile.TemporaryDirectory(prefix="rhz-bench-") as name:
        root, folder = Path(name), Path(name) / "manifests"
        shutil.copytree(ONE_BOX, folder, ignore=shutil.ignore_patterns("*.sh", "*.md"))
        with Daemon(root) as daemon:
            measure(daemon, root, folder)


def measure(daemon, root, folder):
    first = daemon.run("apply", "-f", str(folder))
    if first.returncode != 0:
        raise SystemExit(first.stdout + first.stderr)
    measure_rest(daemon)
    floor = sync_cost(root)
    print(f"one 4 KiB write with fdatasync: {floor * 1000:.2f} ms")
    inside = measure_apply(daemon, folder)
    print(f"ratio of apply-to-converged to one synced write: {inside / floor:.0f}")
    print(json.dumps({"apply_to_converged_ms": round(inside * 1000, 1)}))


if __name__ == "__main__":
    main()
