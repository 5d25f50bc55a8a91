"""Measures a daemon that follows a repository of many resources: all of them once, one changed file, and a look that finds
nothing changed. SIZE=10000 chooses how many; 1,000 by default, as the first convergence of 10,000 takes long.

For comparison in the same run: `git fetch` of the same commit into a mirror, which is the floor under every look.
"""

import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from daemon import Daemon, show, timed

SIZE = int(os.environ.get("SIZE", "1000"))
CLUSTER = ("apiVersion: rhizome/v1\nkind: Cluster\nmetadata: {name: plant}\n"
           "spec: {domain: plant.example, policy: {resync: 24h}}\n")


def user(number, name):
    return (f"apiVersion: rhizome/v1\nkind: User\nmetadata: {{name: user-{number}}}\n"
            f"spec: {{displayName: {name}, mail: [user-{number}@plant.example]}}\n")


def git(folder, *arguments):
    settings = ["-c", "user.name=bench", "-c", "user.email=bench@plant.example", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", "-C", str(folder), *settings, *arguments], capture_output=True, text=True, check=True)


def write(folder, size):
    """One file for every hundred people."""
    (folder / "cluster.yaml").write_text(CLUSTER)
    for first in range(0, size, 100):
        people = [user(number, f"Person {number}") for number in range(first, min(first + 100, size))]
        (folder / f"people-{first // 100}.yaml").write_text("---\n".join(people))


def change(folder, run):
    file = folder / "people-0.yaml"
    file.write_text(file.read_text().replace(f"Person 7{'x' * run},", f"Person 7{'x' * (run + 1)},"))
    git(folder, "commit", "-qam", f"change {run}")


def is_converged(daemon):
    """Everything is ready."""
    answer = daemon.run("get", "-o", "json")
    if answer.returncode != 0:
        return False
    found = [{item["type"]: item["state"] for item in (view.get("status") or {}).get("conditions", [])}
             for view in json.loads(answer.stdout)]
    return len(found) > SIZE and all(conditions.get("Ready") == "True" for conditions in found)


def converge(daemon, seconds=900):
    started = time.perf_counter()
    while not is_converged(daemon):
        if time.perf_counter() - started > seconds:
            raise SystemExit("not converged in time")
        time.sleep(1)
    return time.perf_counter() - started


def measure_changes(daemon, folder, mirror, runs=7):
    """From a commit to its revision, with everything that was not changed left alone."""
    fetches, syncs, plans, processor = [], [], [], []
    for run in range(runs):
        change(folder, run)
        fetches.append(timed(lambda: git(mirror, "fetch", "-q")))
        started = time.perf_counter()
        answer = daemon.run("plan", "-f", str(folder))
        plans.append(time.perf_counter() - started)
        if answer.returncode != 2:
            raise SystemExit(f"the plan should have one change\n{answer.stdout[-2000:]}{answer.stderr}")
        before = daemon.processor_seconds()
        syncs.append(timed(lambda: daemon.run("git", "sync")))
        processor.append(daemon.processor_seconds() - before)
        converge(daemon)
    show("git fetch of one changed file", fetches)
    show("plan of one changed file, whole command", plans)
    show("one changed file through git to its revision, whole command", syncs)
    show("the same, the daemon's processor", processor)
    print(f"ratio of commit to revision to git fetch: {statistics.median(syncs) / statistics.median(fetches):.1f}")


def measure_looks(daemon, runs=5):
    looks, processor = [], []
    for _ in range(runs):
        before = daemon.processor_seconds()
        looks.append(timed(lambda: daemon.run("drift")))
        processor.append(daemon.processor_seconds() - before)
    show("a look at everything that finds nothing changed, whole command", looks)
    show("the same, the daemon's processor", processor)


def main():
    with tempfile.TemporaryDirectory(prefix="rhz-bench-git-") as name:
        root, folder, mirror = Path(name), Path(name) / "work", Path(name) / "mirror"
        folder.mkdir()
        git(folder, "init", "-q", "-b", "main")
        write(folder, SIZE)
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", "all")
        subprocess.run(["git", "clone", "-q", "--mirror", str(folder), str(mirror)], check=True)
        with Daemon(root, "--git", folder.as_uri(), "--git-interval", "86400") as daemon:
            print(f"{SIZE} new people through git to converged: {converge(daemon):.1f} s")
            measure_changes(daemon, folder, mirror)
            measure_looks(daemon)
            print(f"memory of the daemon: {daemon.memory()}")


if __name__ == "__main__":
    main()
