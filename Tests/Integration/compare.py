"""Side by side, each in a home of its own: Rhizome; the tool `upnpc`, run once; and a plain script that asks for each port
anew every 60 s with leases of 300 s and never deletes. Prints a Markdown table of what was measured.

All three have the same router, the same five ports, and the same misfortunes at the same moments.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from collective import ANSWERER, Collective, LabError, Port, forwarded, homes, wait_for
from namespaces import kill

NAMES = {"rhizome": "Rhizome", "upnpc": "`upnpc`, run once", "renew": "renewed every 60 s"}
COUNT = 5
DECLARATION = "".join(f"home {home} machines=m1,tv\n" for home in NAMES)
RENEW = """
while :; do
  failed=0
  for port in %(ports)s; do
    upnpc -u %(url)s -e service -a %(address)s $((port + 1000)) $port TCP 300 | grep -q 'is redirected' || failed=1
  done
  echo $failed >%(status)s
  sleep 60
done
"""


class Contender:
    """Something that keeps ports open, and what it says about them."""
    keeps_watch = True

    def __init__(self, lab, home, gateway="{mode: upnp}"):
        self.lab, self.home, self.layout = lab, home, lab.layouts[home]
        self.ports = [Port(f"s{number}", home, "m1", "tcp", 8000 + number, 9000 + number) for number in range(COUNT)]
        self.collective = Collective(lab, [(home, "m1")], gateway)
        self.script = None

    def spawn(self, words):
        words = ["ip", "netns", "exec", self.lab.namespace(f"{self.home}/m1"), *words]
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                start_new_session=True)

    def serve(self):
        for port in self.ports:
            self.spawn([sys.executable, "-c", ANSWERER, port.service, port.protocol, str(port.internal)])

    def dead(self):
        """How many ports do not answer from the internet."""
        return len(self.collective.silent(self.ports))

    def left(self):
        """How many of its mappings the router still has."""
        address = self.layout.machine_address("m1")
        return len(forwarded(self.lab, self.home) & {("tcp", port.external, address, port.internal) for port in self.ports})

    def start(self):
        self.serve()
        self.resume()

    def close(self):
        self.collective.stop()
        self.collective.remove()


class Rhizome(Contender):
    node = property(lambda self: (self.home, "m1"))

    def start(self):
        self.launch()
        self.resume()

    def launch(self):
        self.collective.start(self.node)
        wait_for(lambda: self.collective.answers(self.node), 60, "the daemon answers")

    def resume(self):
        self.collective.apply(self.ports)

    def says_fine(self):
        answer = self.collective.run(self.node, "get", "portmapping", "-o", "json")
        resources = json.loads(answer.stdout) if answer.returncode == 0 and answer.stdout else []
        return len(resources) == COUNT and all(map(is_ready, resources))

    def withdraw(self):
        self.collective.apply([])

    def die(self):
        self.collective.kill(self.node)

    def return_without_ports(self):
        self.launch()
        self.withdraw()


def is_ready(resource):
    return any(condition["type"] == "Ready" and condition["state"] == "True"
               for condition in resource["status"]["conditions"])


class Upnpc(Contender):
    """What a person does by hand: it succeeds, and nobody looks again."""
    keeps_watch = False

    def resume(self):
        outcomes = [self.spawn(["upnpc", "-u", self.layout.description_url, "-e", "service", "-a",
                                self.layout.machine_address("m1"), str(port.internal), str(port.external), "TCP"]).wait(30)
                    for port in self.ports]
        self.fine = not any(outcomes)

    def says_fine(self):
        return self.fine

    def withdraw(self):
        """Nothing runs that could."""

    die = return_without_ports = withdraw


class Renew(Contender):
    """Its word is the outcome of its last round."""
    status = property(lambda self: self.collective.root / "renew.status")

    def resume(self):
        self.script = self.spawn(["sh", "-c", RENEW % {
            "ports": " ".join(str(port.external) for port in self.ports), "url": self.layout.description_url,
            "address": self.layout.machine_address("m1"), "status": self.status}])

    def says_fine(self):
        return self.status.exists() and self.status.read_text().strip() == "0"

    def withdraw(self):
        kill([self.script.pid])

    die = withdraw

    def return_without_ports(self):
        """It starts again with an empty list, and asks for nothing."""


KINDS = {"rhizome": Rhizome, "upnpc": Upnpc, "renew": Renew}


def watch(contender, disturb, seconds):
    """Disturbs, and watches until all ports answer again: after how long, or None, and how long it said "fine" while
    some were dead."""
    disturb()
    started = last = time.monotonic()
    wrong = 0.0
    while True:
        fine, dead, now = contender.says_fine(), contender.dead(), time.monotonic()
        wrong += now - last if fine and dead else 0
        last = now
        if not dead or now - started > seconds:
            return (None if dead else now - started), wrong
        time.sleep(0.2)


def leaves(contender, act, seconds):
    """Acts, and watches until no mapping of the contender is left: after how long, or None, and how many are left."""
    act()
    started = time.monotonic()
    while contender.left() and time.monotonic() - started < seconds:
        time.sleep(0.2)
    left = contender.left()
    return (None if left else time.monotonic() - started), left


def measure(lab, home, options):
    """The whole course of one contender."""
    contender, rng = KINDS[home](lab, home), random.Random(f"{options.seed} {home}")
    try:
        contender.start()
        wait_for(lambda: not contender.dead(), 90, f"{home}: all ports answer at first")
        found = {"reboots": [], "removals": []}
        for _ in range(options.rounds if contender.keeps_watch else 1):
            time.sleep(rng.uniform(0, 60))  # At any moment of a contender's own rhythm.
            found["reboots"].append(watch(contender, lambda: lab.router(home).reboot(forget=True), options.limit))
        if not contender.keeps_watch:
            contender.resume()
        for _ in range(options.rounds if contender.keeps_watch else 1):
            time.sleep(rng.uniform(0, 60))
            found["removals"].append(watch(contender, lambda: remove(contender), options.limit))
        contender.resume()
        wait_for(lambda: not contender.dead(), 90, f"{home}: all ports answer again")
        found["withdrawn"] = leaves(contender, contender.withdraw, options.patience)
        contender.resume()
        wait_for(lambda: contender.left() == COUNT, 90, f"{home}: the router has all mappings again")
        contender.die()
        found["killed"] = leaves(contender, contender.return_without_ports, options.patience)
        return found
    finally:
        contender.close()


def remove(contender):
    """Somebody deletes the mappings on the router: for UPnP any program on the machine may."""
    for port in contender.ports:
        contender.spawn(["upnpc", "-u", contender.layout.description_url, "-d", str(port.external), "TCP"]).wait(30)


def span(seconds):
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def recovery(samples, limit):
    times = [taken for taken, _ in samples]
    if None in times:
        return f"never ({limit} s watched)"
    return f"{span(statistics.median(times))} median, {span(max(times))} longest of {len(times)}"


def blind(samples):
    return span(statistics.median(wrong for _, wrong in samples))


def leftovers(outcome, patience):
    seconds, left = outcome
    return f"{left} still there after {patience} s" if left else f"none after {span(seconds)}"


def table(found, limit, patience):
    rows = [
        ("", [NAMES[home] for home in found]),
        ("router rebooted, mappings lost: all ports back after", [recovery(f["reboots"], limit) for f in found.values()]),
        ("… said \"fine\" meanwhile, median", [blind(f["reboots"]) for f in found.values()]),
        ("mappings deleted by another program: all ports back after",
         [recovery(f["removals"], limit) for f in found.values()]),
        ("… said \"fine\" meanwhile, median", [blind(f["removals"]) for f in found.values()]),
        (f"service withdrawn: {COUNT} mappings", [leftovers(f["withdrawn"], patience) for f in found.values()]),
        ("killed with -9, no longer wanted at the next start", [leftovers(f["killed"], patience) for f in found.values()]),
    ]
    lines = [f"| {name} | {' | '.join(cells)} |" for name, cells in rows]
    return "\n".join([lines[0], "|---|" + "---|" * len(found), *lines[1:]])


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="reboots and removals for each")
    parser.add_argument("--limit", type=int, default=90, help="seconds that a recovery may take")
    parser.add_argument("--patience", type=int, default=330, help="seconds that mappings may outlive their service")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    try:
        with homes(f"compare-{os.getpid()}", DECLARATION) as lab, ThreadPoolExecutor(len(NAMES)) as pool:
            running = {home: pool.submit(measure, lab, home, options) for home in NAMES}
            print(table({home: future.result() for home, future in running.items()}, options.limit, options.patience))
    except LabError as error:
        raise SystemExit(f"compare: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
