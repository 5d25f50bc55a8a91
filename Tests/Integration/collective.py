"""A collective in the laboratory: machines that run the real daemon, public ports with programs behind them, and a probe
that stands on the internet. For the scripts beside this one."""

import concurrent.futures
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "Lab"))

import laboratory  # noqa: E402
import wiring  # noqa: E402
from declaration import LabError  # noqa: E402
from namespaces import inside  # noqa: E402

RHIZOME = str(Path(os.environ.get("RHIZOME", ".build/debug/rhizome")).resolve())

#: Tells its name to whoever connects, or sends it a packet.
ANSWERER = """
import socket, sys
name, protocol, port = sys.argv[1].encode(), sys.argv[2], int(sys.argv[3])
if protocol == "udp":
    server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.bind(("", port))
    while True:
        _, source = server.recvfrom(100)
        server.sendto(name, source)
server = socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
while True:
    connection, _ = server.accept()
    connection.sendall(name)
    connection.close()
"""


@dataclass(frozen=True)
class Port:
    """One public port: who answers where."""
    service: str
    home: str
    machine: str
    protocol: str
    external: int
    internal: int

    @property
    def place(self):
        return f"{self.home}/{self.machine}"

    @property
    def node(self):
        return f"{self.home}-{self.machine}"


def ports(homes, machines, count):
    """`count` public ports, spread evenly; each sixth is UDP."""
    found = []
    for number in range(count):
        home, machine = homes[number % len(homes)], machines[number // len(homes) % len(machines)]
        protocol = "udp" if number % 6 == 5 else "tcp"
        found.append(Port(f"s{number:02}", home, machine, protocol, 8000 + number, 9000 + number))
    return found


class Collective:
    """Runs the daemon on machines of a laboratory, pairs of home and machine: all on the same manifests, each with its
    own data folder."""

    def __init__(self, lab, nodes, gateway="{mode: upnp}"):
        self.lab, self.nodes, self.gateway = lab, nodes, gateway
        self.root = Path(tempfile.mkdtemp(prefix="rhz-homes-"))
        self.manifests = self.root / "manifests"
        self.manifests.mkdir()
        self.daemons = {}

    def write(self, wanted):
        documents = [
            "kind: Cluster\nmetadata: {name: homes}\nspec: {domain: homes.example, "
            "policy: {prune: true, deletions: {max: 1000, percent: 100}}}"]
        documents += [f"kind: Zone\nmetadata: {{name: {home}}}\nspec: {{gateway: {self.gateway}}}"
                      for home in sorted({home for home, _ in self.nodes})]
        documents += [f"kind: Node\nmetadata: {{name: {home}-{machine}}}\nspec: {{zone: {home}, "
                      f"address: {self.lab.layouts[home].machine_address(machine)}}}" for home, machine in self.nodes]
        documents += [self.service(port) for port in wanted]
        text = "".join(f"---\napiVersion: rhizome/v1\n{document}\n" for document in documents)
        (self.manifests / "all.yaml").write_text(text)

    @staticmethod
    def service(port):
        command = json.dumps(["/usr/bin/env", "python3", "answer.py", port.service, port.protocol, str(port.internal)])
        program = "".join(f"        {line}\n" for line in ANSWERER.strip().splitlines())
        return (f"kind: Service\nmetadata: {{name: {port.service}}}\nspec:\n"
                f"  run: {{process: {{command: {command}}}}}\n  placement: {{nodes: [{port.node}]}}\n"
                f"  ports: [{{name: main, port: {port.internal}, protocol: {port.protocol}, "
                f"public: {{port: {port.external}}}}}]\n"
                f"  files:\n    - path: answer.py\n      content: |\n{program}")

    def data(self, node):
        return self.root / f"{node[0]}-{node[1]}"

    def start(self, node):
        """Starts the daemon of a machine, in its namespace."""
        home, machine = node
        words = ["ip", "netns", "exec", self.lab.namespace(f"{home}/{machine}"), RHIZOME, "agent", "--data-dir",
                 str(self.data(node)), "--node", f"{home}-{machine}"]
        with open(self.root / f"{home}-{machine}.log", "ab") as log:
            self.daemons[node] = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self, node):
        self.daemons[node].send_signal(signal.SIGKILL)
        self.daemons[node].wait()

    def run(self, node, *words, seconds=120):
        return subprocess.run([RHIZOME, *words, "--data-dir", str(self.data(node))], capture_output=True, text=True,
                              timeout=seconds, check=False)

    def answers(self, node):
        """Whether the daemon of a machine is there and answers; one that ended by itself is a failure."""
        if self.daemons[node].poll() is not None:
            raise SystemExit(f"the daemon of {node[0]}/{node[1]} ended by itself; see {self.root}/{node[0]}-{node[1]}.log")
        return self.run(node, "history").returncode == 0

    def apply(self, wanted, waits=True):
        """Gives all machines the manifests with these ports only, at the same time."""
        self.write(wanted)
        words = ["apply", "-f", str(self.manifests), "--prune", "--wait" if waits else "--no-wait"]
        with concurrent.futures.ThreadPoolExecutor(len(self.nodes)) as pool:
            answers = pool.map(lambda node: (node, self.run(node, *words)), self.nodes)
            for node, answer in answers:
                if answer.returncode != 0:
                    raise SystemExit(f"apply on {node[0]}/{node[1]} ended with {answer.returncode}:\n"
                                     f"{answer.stdout}{answer.stderr}")

    def stop(self):
        for daemon in self.daemons.values():
            daemon.terminate()
        for daemon in self.daemons.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(timeout=30)

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def doors(self, port):
        """Where somebody on the internet finds a port: the home's public address, and the machine's own over IPv6."""
        layout = self.lab.layouts[port.home]
        yield layout.public_address, port.external
        if layout.home.ipv6:
            yield layout.machine_address6(port.machine), port.internal

    def silent(self, wanted):
        """Where ports do not answer somebody on the internet with their own service's name: port and address."""
        doors = [(port, *door) for port in wanted for door in self.doors(port)]
        with inside(wiring.internet(self.lab.name)):
            sockets = [socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                                     socket.SOCK_DGRAM if port.protocol == "udp" else socket.SOCK_STREAM)
                       for port, address, _ in doors]
        with concurrent.futures.ThreadPoolExecutor(max(len(doors), 1)) as pool:
            heard = pool.map(lambda one, door: ask(one, *door[1:]), sockets, doors)
            return [(port, address) for (port, address, _), name in zip(doors, heard) if name != port.service]


def ask(connection, address, port):
    """What a port says within a second; nothing when it is not there."""
    with connection:
        connection.settimeout(1)
        try:
            connection.connect((address, port))
            connection.send(b"?")
            return connection.recv(100).decode("ascii", "replace")
        except OSError:
            return None


def forwarded(lab, home):
    """What a router forwards, as seen in its rules: protocol, external port, address, port. Rules and daemon agree
    unless the daemon crashed."""
    listing = ruleset(lab, home)
    found = re.findall(r"@nh,72,8 (0x\w+) th dport (\d+) dnat ip to ([\d.]+):(\d+)", listing)
    return {("udp" if int(number, 16) == 17 else "tcp", int(external), address, int(internal))
            for number, external, address, internal in found}


def ruleset(lab, home):
    words = ["ip", "netns", "exec", lab.namespace(f"{home}/router"), "nft", "list", "ruleset"]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=120).stdout


def wait_for(holds, seconds, what):
    """Waits for a condition; what it was, is in the failure."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(f"not within {seconds} s: {what}")
        time.sleep(0.1)


@contextlib.contextmanager
def homes(name, declaration):
    """A laboratory that goes away with the block, and with the process."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    laboratory.check()
    laboratory.sweep()
    lab = laboratory.Laboratory.up(name, declaration, os.getpid())
    try:
        yield lab
    finally:
        lab.down()


__all__ = ["Collective", "LabError", "Port", "forwarded", "homes", "ports", "ruleset", "wait_for"]
