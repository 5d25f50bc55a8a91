"""Side by side, each in a home of its own: Rhizome; the tool `upnpc`, run once; and a plain script that asks for each port
anew every 60 s with leases of 300 s and never deletes. Prints a Markdown table of what was measured.

All three have the same router, the same five ports, and the same misfortunes at the same moments.
"""

import argparse
import contextlib
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
#: Two good homes, whose probes look at the others, and three whose ports nobody outside can reach.
TROUBLED_HOMES = """
home fir machines=m1
home oak machines=m1
home elm machines=m1,u,r nat=double
home hay machines=m1,u,r nat=hidden
home ivy machines=m1,u,r inbound=blocked
"""
TROUBLES = {"elm": "private address on the router", "hay": "NAT above a public-looking address",
            "ivy": "provider lets nobody in"}
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
    #: Where it cannot, being told to stop and being killed are the same.
    can_withdraw = False

    def __init__(self, lab, home, machine="m1", first=8000):
        self.lab, self.home, self.machine, self.layout = lab, home, machine, lab.layouts[home]
        self.ports = [Port(f"s{number}", home, machine, "tcp", first + number, first + number + 1000)
                      for number in range(COUNT)]
        self.collective = Collective(lab, [(home, machine)])
        self.script = None

    def there(self, words):
        return ["ip", "netns", "exec", self.lab.namespace(f"{self.home}/{self.machine}"), *words]

    def spawn(self, words):
        return subprocess.Popen(self.there(words), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, start_new_session=True)

    def serve(self):
        for port in self.ports:
            self.spawn([sys.executable, "-c", ANSWERER, port.service, port.protocol, str(port.internal)])

    def dead(self):
        """How many ports do not answer from the internet."""
        return len(self.collective.silent(self.ports))

    def left(self):
        """How many of its mappings the router still has."""
        address = self.layout.machine_address(self.machine)
        return len(forwarded(self.lab, self.home) & {("tcp", port.external, address, port.internal) for port in self.ports})

    def start(self):
        self.serve()
        self.resume()

    def close(self):
        self.collective.stop()
        self.collective.remove()


class Rhizome(Contender):
    can_withdraw = True
    node = property(lambda self: (self.home, self.machine))

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
        self.fine = all(map(self.map, self.ports))

    def map(self, port):
        """Whether the tool says that it worked."""
        words = ["upnpc", "-u", self.layout.description_url, "-e", "service", "-a",
                 self.layout.machine_address(self.machine), str(port.internal), str(port.external), "TCP"]
        answer = subprocess.run(self.there(words), capture_output=True, text=True, timeout=30, check=False)
        return "is redirected to internal" in answer.stdout

    def says_fine(self):
        return self.fine

    def withdraw(self):
        """Nothing runs that could."""


class Renew(Contender):
    """Its word is the outcome of its last round."""
    status = property(lambda self: self.collective.root / "renew.status")

    def resume(self):
        self.script = self.spawn(["sh", "-c", RENEW % {
            "ports": " ".join(str(port.external) for port in self.ports), "url": self.layout.description_url,
            "address": self.layout.machine_address(self.machine), "status": self.status}])

    def says_fine(self):
        return self.status.exists() and self.status.read_text().strip() == "0"

    def withdraw(self):
        kill([self.script.pid])


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
        if not contender.keeps_watch:
            contender.resume()
        wait_for(lambda: not contender.dead(), 90, f"{home}: all ports answer again")
        found["withdrawn"] = leaves(contender, contender.withdraw, options.patience)
        found["killed"] = found["withdrawn"]
        if contender.can_withdraw:
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


def mistakes():
    """What each says of a port that nobody outside can reach, by trouble."""
    from verdicts import Troubled  # Homes whose probes look at each other.
    with homes(f"mistakes-{os.getpid()}", TROUBLED_HOMES) as lab:
        collective = Troubled(lab, [(home, "m1") for home in lab.layouts])
        try:
            for node in collective.nodes:
                collective.start(node)
            wait_for(lambda: all(map(collective.answers, collective.nodes)), 120, "all daemons answer")
            collective.apply([Port(f"web-{home}", home, "m1", "tcp", 8443, 9443) for home in lab.layouts])
            others = {home: [word(kind(lab, home, *place)) for kind, place in ((Upnpc, ("u", 8100)), (Renew, ("r", 8200)))]
                      for home in TROUBLES}
            return {home: [judged(collective, home), *others[home]] for home in TROUBLES}
        finally:
            collective.stop()
            collective.remove()


def word(contender):
    contender.start()
    try:
        if contender.keeps_watch:
            wait_for(contender.status.exists, 60, "the first round of the script")
        return '"fine"' if contender.says_fine() else "failed"
    finally:
        contender.withdraw()
        contender.close()


def verdict(collective, home):
    return (collective.facts((home, "m1")).get("ports") or {}).get("tcp-8443")


def judged(collective, home):
    """Its word once the outside has been asked, or what it says after two minutes."""
    with contextlib.suppress(SystemExit):
        wait_for(lambda: verdict(collective, home) not in (None, "unknown", "mapped"), 120, "a verdict")
    return f"`{verdict(collective, home)}`"


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


def table(found, said, limit, patience):
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
    rows += [(f"{TROUBLES[home]}: says", words) for home, words in said.items()]
    lines = [f"| {name} | {' | '.join(cells)} |" for name, cells in rows]
    return "\n".join([lines[0], "|---|" + "---|" * len(found), *lines[1:]])


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="reboots and removals for each")
    parser.add_argument("--limit", type=int, default=90, help="seconds that a recovery may take")
    parser.add_argument("--patience", type=int, default=330, help="seconds that mappings may outlive their service")
    parser.add_argument("--troubles", action="store_true", help="also what each says of homes that cannot be reached")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    try:
        # The short part first: what is wrong with it shows before the long one.
        said = mistakes() if options.troubles else {}
        with homes(f"compare-{os.getpid()}", DECLARATION) as lab, ThreadPoolExecutor(len(NAMES)) as pool:
            running = {home: pool.submit(measure, lab, home, options) for home in NAMES}
            found = {home: future.result() for home, future in running.items()}
        print(table(found, said, options.limit, options.patience))
    except LabError as error:
        raise SystemExit(f"compare: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
