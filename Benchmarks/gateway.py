"""Measures what keeping 200 public ports on one real router costs: questions to the router for each renewal, the share
of a processor that the daemon takes meanwhile, and how long all of them are gone after the router restarted.

Needs root: the home is one of Tests/Integration/Lab. What the router is asked is counted by listening there. Settings:
PORTS (200), LEASE in seconds (240), SETTLE (seconds before measuring, by default past the first renewals), SECONDS (90).
"""

import collections
import functools
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

print = functools.partial(print, flush=True)
HERE = Path(__file__).resolve().parent
LAB = HERE.parent / "Tests" / "Integration" / "Lab" / "lab"
RHIZOME = os.environ.get("RHIZOME", ".build/release/rhizome")
PORTS = int(os.environ.get("PORTS", 200))
LEASE = int(os.environ.get("LEASE", 240))
SETTLE = int(os.environ.get("SETTLE", LEASE * 55 // 100))
SECONDS = int(os.environ.get("SECONDS", 90))

MANIFEST = """
apiVersion: rhizome/v1
kind: Cluster
metadata: {name: bench}
spec: {domain: bench.example}
---
apiVersion: rhizome/v1
kind: Zone
metadata: {name: home}
spec: {gateway: {mode: upnp, lease: LEASEs, methods: [upnp], descriptionURL: 'DESCRIPTION'}}
---
apiVersion: rhizome/v1
kind: Node
metadata: {name: laptop}
spec: {zone: home, address: ADDRESS}
---
apiVersion: rhizome/v1
kind: Service
metadata: {name: sleeper}
spec:
  run: {process: {command: [/bin/sleep, infinity]}}
  ports:
"""

# Counts the actions of SOAP requests that come in at an interface, one line a second on its standard output.
SNIFFER = r"""
import collections, json, re, socket, subprocess, sys, time
address, port = sys.argv[1], int(sys.argv[2])
links = json.loads(subprocess.run(["ip", "-j", "address"], capture_output=True, check=True).stdout)
link = next(l["ifname"] for l in links if any(a["local"] == address for a in l["addr_info"]))
sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
sniffer.bind((link, 0))
sniffer.settimeout(0.2)
count, told = collections.Counter(), 0
while True:
    try:
        frame, origin = sniffer.recvfrom(65536)
        tcp = 14 + 4 * (frame[14] & 15)
        if origin[2] != socket.PACKET_OUTGOING and frame[23] == 6 and int.from_bytes(frame[tcp + 2:tcp + 4]) == port:
            for action in re.findall(rb'(?i)soapaction: *"[^"#]*#(\w+)"', frame[tcp:]):
                count[action.decode()] += 1
    except TimeoutError:
        pass
    if time.monotonic() - told > 1:
        print(json.dumps(count), flush=True)
        told = time.monotonic()
"""


class Home:
    """A home with one machine, and somebody who counts what its router is asked."""

    def __init__(self):
        self.name = f"bench-{os.getpid()}"
        environment = os.environ | {"LAB_OWNER_PID": str(os.getpid())}
        facts = subprocess.run([LAB, "-n", self.name, "up", "--json", "--text", "home larch machines=1"], check=True,
                               capture_output=True, text=True, env=environment).stdout
        home = json.loads(facts)["homes"][0]
        self.router, self.machine = home["router"], home["machines"][0]
        port = re.search(r":(\d+)/", self.router["descriptionURL"]).group(1)
        self.counts = tempfile.NamedTemporaryFile("w+")
        self.sniffer = subprocess.Popen(
            ["ip", "netns", "exec", self.router["namespace"], sys.executable, "-c", SNIFFER, self.router["lanAddress"],
             port], stdout=self.counts)

    def count(self):
        time.sleep(1.1)
        lines = Path(self.counts.name).read_text().splitlines()
        return collections.Counter(json.loads(lines[-1]) if lines else {})

    def mapped(self):
        rules = subprocess.run(["ip", "netns", "exec", self.router["namespace"], "nft", "list", "ruleset"], check=True,
                               capture_output=True, text=True).stdout
        return rules.count("dnat ip to")

    def reboot(self):
        subprocess.run([LAB, "-n", self.name, "router-reboot", "larch", "--forget"], check=True)

    def down(self):
        self.sniffer.kill()
        self.sniffer.wait()
        subprocess.run([LAB, "-n", self.name, "down"], check=False)


def start(home, folder):
    ports = "".join(f"    - {{name: p{n}, port: {20000 + n}, public: {{port: {10000 + n}}}}}\n" for n in range(PORTS))
    text = MANIFEST
    for word, value in (("LEASE", LEASE), ("DESCRIPTION", home.router["descriptionURL"]),
                        ("ADDRESS", home.machine["address"])):
        text = text.replace(word, str(value))
    (folder / "manifests").mkdir()
    (folder / "manifests" / "all.yaml").write_text(text + ports)
    command = ["ip", "netns", "exec", home.machine["namespace"], RHIZOME, "agent", "--node", "laptop", "--data-dir",
               str(folder / "data")]
    with open(folder / "log", "w") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=log)
    apply = [RHIZOME, "apply", "--folder", str(folder / "manifests"), "--timeout", "900",
             "--data-dir", str(folder / "data")]
    until(lambda: (folder / "data" / "rhizome.sock").exists(), 30, "the daemon's socket")
    started = time.monotonic()
    answer = subprocess.run(apply, capture_output=True, text=True)
    if answer.returncode != 0:
        raise SystemExit(answer.stdout[-2000:] + answer.stderr[-2000:])
    until(lambda: home.mapped() == PORTS, 300, f"{PORTS} mappings")
    print(f"{PORTS} mappings made: {time.monotonic() - started:.1f} s")
    return daemon


def until(condition, limit, what):
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"not within {limit} s: {what}")
        time.sleep(0.1)


def processor_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_rest(home, daemon):
    time.sleep(SETTLE)
    before, used, started = home.count(), processor_seconds(daemon), time.monotonic()
    time.sleep(SECONDS)
    after, used, elapsed = home.count(), processor_seconds(daemon) - used, time.monotonic() - started
    asked = after - before
    renewals = asked["AddPortMapping"]
    reads = asked["GetSpecificPortMappingEntry"] + asked["GetGenericPortMappingEntry"]
    print(f"over {elapsed:.0f} s with a lease of {LEASE} s: {dict(asked)}")
    print(f"renewals: {renewals}; read-backs a renewal: {reads / max(renewals, 1):.3f}; "
          f"questions a renewal: {sum(asked.values()) / max(renewals, 1):.2f}")
    print(f"processor: {100 * used / elapsed:.2f} % of a core")


def measure_restart(home):
    home.reboot()
    started = time.monotonic()
    until(lambda: home.mapped() == PORTS, 900, "all mappings after a restart of the router")
    print(f"all {PORTS} back after a restart of the router: {time.monotonic() - started:.1f} s")


def main():
    home = Home()
    daemon = None
    try:
        with tempfile.TemporaryDirectory() as folder:
            daemon = start(home, Path(folder))
            measure_rest(home, daemon)
            measure_restart(home)
            daemon.terminate()
            daemon.wait()
    finally:
        if daemon and daemon.poll() is None:
            daemon.kill()
        home.down()


if __name__ == "__main__":
    main()
