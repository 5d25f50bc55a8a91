"""Three homes, six machines, twenty public ports, and a year of misfortunes: routers reboot, public addresses change,
other devices take ports, daemons are killed.

After each event every port answers from the internet with its own service's name within a minute, half of the time
within a quarter of one; what others forward and every rule that is not ours is as before. After the withdrawal no router
forwards anything of ours. Ends with a line that says how long it took.
"""

import argparse
import os
import random
import statistics
import sys
import time
from ipaddress import IPv6Address

from collective import Collective, LabError, forwarded, homes, ports, ruleset, wait_for

#: One router as it should be; one that cannot be found by searching, and remembers; one that speaks PCP only.
DECLARATION = """
home larch machines=m1,m2,tv lan=192.168.1.0/24 uplink=100mbit ipv6=on
home birch machines=m1,m2,tv lan=192.168.2.0/24 uplink=20mbit leases=file multicast=blocked
home cedar machines=m1,m2,tv lan=192.168.1.0/24 uplink=50mbit upnp=off natpmp=off
"""
MACHINES, COUNT = ("m1", "m2"), 20
LIMIT, MEDIAN = 60, 15
#: The ports must go on answering for so long before an event counts as survived.
STEADY = 2


class Scenario:
    def __init__(self, lab, seed):
        self.lab, self.rng = lab, random.Random(seed)
        self.wanted = ports(list(lab.layouts), MACHINES, COUNT)
        self.collective = Collective(lab, [(home, machine) for home in lab.layouts for machine in MACHINES])
        self.bare = {home: self.foreign_rules(home) for home in lab.layouts}
        self.expected = dict(self.bare)
        self.planted = 0

    def ours(self, home):
        return {(port.protocol, port.external, self.lab.layouts[home].machine_address(port.machine), port.internal)
                for port in self.wanted if port.home == home}

    def foreign_rules(self, home):
        """The router's rules without those that forward our ports."""
        marks = []
        for protocol, external, address, internal in self.ours(home):
            packed = "".join(f"{int(part):02x}" for part in address.split("."))
            marks.append(f"dport {external} dnat ip to {address}:{internal}")
            marks.append(f"dport {internal} @nh,128,32 0x{packed} @nh,72,8 0x{17 if protocol == 'udp' else 6:x}")
            # An opening for IPv6, also one for an address that the machine no longer has: that ends with its lease.
            marks.append(f"dport {internal} @nh,192,128 0x3ffe")
        return sorted(line for line in ruleset(self.lab, home).splitlines() if not any(mark in line for mark in marks))

    def left(self, home):
        """What the router still lets through for us: mappings, and IPv6 openings for addresses that machines have."""
        layout, rules = self.lab.layouts[home], ruleset(self.lab, home)
        addresses = [IPv6Address(layout.machine_address6(machine)).packed.hex() for machine in MACHINES]
        return self.ours(home) & forwarded(self.lab, home) or [one for one in addresses if f"0x{one}" in rules]

    def check_foreign(self, after):
        for home, expected in self.expected.items():
            found = self.foreign_rules(home)
            if found != expected:
                raise SystemExit(f"after {after}, rules of {home}'s router that are not ours have changed:\n  gone: "
                                 f"{[line for line in expected if line not in found]}\n  new: "
                                 f"{[line for line in found if line not in expected]}")

    # Events. Each says what it did.

    def reboot(self):
        home = self.rng.choice(list(self.lab.layouts))
        forget = not self.lab.layouts[home].home.lease_file or self.rng.random() < 0.3
        self.lab.router(home).reboot(forget)
        if forget:
            self.expected[home] = self.bare[home]
        return f"reboot of {home}'s router, leases {'lost' if forget else 'kept'}"

    def change_address(self):
        home = self.rng.choice(list(self.lab.layouts))
        return f"new public address of {home}: {self.lab.change_address(home)}"

    def change_prefix(self):
        home = self.rng.choice([home for home, layout in self.lab.layouts.items() if layout.home.ipv6])
        return f"new IPv6 prefix of {home}: {self.lab.change_prefix(home)}"

    def outage(self):
        home = self.rng.choice(list(self.lab.layouts))
        nodes = [node for node in self.collective.nodes if node[0] == home]
        for node in nodes:
            self.collective.kill(node)
        address = self.lab.change_address(home)
        self.lab.router(home).reboot(forget=True)
        self.expected[home] = self.bare[home]
        for node in nodes:
            self.collective.start(node)
        return f"power cut in {home}, then a new public address: {address}"

    def plant(self):
        home = self.rng.choice([home for home, layout in self.lab.layouts.items() if layout.home.upnp])
        machine = self.rng.choice([*MACHINES, "tv"])
        self.planted += 1
        port = 30000 + self.planted
        self.lab.plant(f"{home}/{machine}", port, 6881, self.rng.choice(["tcp", "udp"]), "torrent", 0)
        self.expected[home] = self.foreign_rules(home)
        return f"port {port} of {home} taken by another program on {machine}"

    def kill(self):
        node = self.rng.choice(self.collective.nodes)
        self.collective.kill(node)
        self.collective.start(node)
        return f"kill -9 of the daemon of {node[0]}/{node[1]}, and restart"

    EVENTS = {"reboot": reboot, "change of address": change_address, "change of prefix": change_prefix,
              "foreign mapping": plant, "kill": kill, "power cut": outage}

    def recover(self):
        """Seconds until every port answers and every daemon is there, and goes on so for a while."""
        started, good_since = time.monotonic(), None
        while good_since is None or time.monotonic() - good_since < STEADY:
            now = time.monotonic()
            silent = self.collective.silent(self.wanted)
            if silent or not all(map(self.collective.answers, self.collective.nodes)):
                good_since = None
            elif good_since is None:
                good_since = now
            if good_since is None and now - started > LIMIT:
                self.fail(silent)
            time.sleep(0.1)
        return good_since - started

    def fail(self, silent):
        lines = [f"{port.service} ({port.protocol} {port.external} of {port.home}, on {port.machine}) at {address}"
                 for port, address in silent]
        for home in sorted({port.home for port, _ in silent}):
            lost = self.ours(home) - forwarded(self.lab, home)
            lines.append(f"{home}'s router does not forward {sorted(lost)}" if lost else f"{home}'s router forwards all")
        for port in {port.node: port for port, _ in silent}.values():
            mapping = f"PortMapping/{port.home}.{port.protocol}-{port.external}"
            lines.append(self.collective.run((port.home, port.machine), "describe", mapping).stdout)
        raise SystemExit(f"not within {LIMIT} s: all ports answer from the internet. Silent:\n  " + "\n  ".join(lines)
                         + f"\nThe daemons' logs are in {self.collective.root}")

    def run(self, count):
        collective = self.collective
        started = time.monotonic()
        for node in collective.nodes:
            collective.start(node)
        wait_for(lambda: all(map(collective.answers, collective.nodes)), 60, "six daemons answer")
        collective.apply(self.wanted)
        self.recover()
        self.check_foreign("the start")
        print(f"homes: {len(self.wanted)} ports of {len(self.expected)} homes answer after "
              f"{time.monotonic() - started:.0f} s", flush=True)
        times = [self.event(number, count) for number in range(1, count + 1)]
        self.withdraw()
        return times

    def event(self, number, count):
        # Each kind comes up in turn, so that short runs see them all.
        kinds = list(self.EVENTS)
        kind = kinds[number - 1] if number <= len(kinds) else self.rng.choice(kinds)
        what = self.EVENTS[kind](self)
        seconds = self.recover()
        self.check_foreign(what)
        print(f"  {number}/{count} {what}: all ports answer after {seconds:.1f} s", flush=True)
        return kind, seconds

    def check_orphans(self):
        """Nothing has been an orphan, so nobody may have removed one: not even from another home's point of view."""
        for node in self.collective.nodes:
            removed = [line for line in self.collective.run(node, "events").stdout.splitlines() if "OrphanRemoved" in line]
            if removed:
                raise SystemExit(f"{node[0]}/{node[1]} removed what was wanted:\n  " + "\n  ".join(removed))

    def withdraw(self):
        self.check_orphans()
        self.collective.apply([])
        wait_for(lambda: not any(map(self.left, self.expected)), LIMIT,
                 "no router forwards a port of ours after the withdrawal")
        self.check_foreign("the withdrawal")
        doors = sum(len(list(self.collective.doors(port))) for port in self.wanted)
        if len(self.collective.silent(self.wanted)) < doors:
            raise SystemExit("a port answers that was withdrawn")
        print("  withdrawn: no mapping of ours is left, others' are as they were", flush=True)


def report(times):
    for kind in Scenario.EVENTS:
        seconds = [taken for name, taken in times if name == kind]
        if seconds:
            print(f"  {kind}: {len(seconds)} times, median {statistics.median(seconds):.1f} s, "
                  f"longest {max(seconds):.1f} s")
    median = statistics.median(taken for _, taken in times)
    if median > MEDIAN:
        raise SystemExit(f"the median of {median:.1f} s is above {MEDIAN} s")
    print(f"homes: {len(times)} events survived, median {median:.1f} s, longest {max(s for _, s in times):.1f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"homes: seed {options.seed}, {options.events} events", flush=True)
    try:
        with homes(f"homes-{os.getpid()}", DECLARATION) as lab:
            scenario = Scenario(lab, options.seed)
            try:
                times = scenario.run(options.events)
            finally:
                scenario.collective.stop()
            report(times)
            scenario.collective.remove()
    except LabError as error:
        raise SystemExit(f"homes: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
