"""Homes with one trouble each, in the laboratory: the real daemon has to name it, and two good homes have to see each
other's ports from outside."""

import json
import os
import subprocess
import sys

from collective import RHIZOME, Collective, LabError, Port, homes, wait_for

DECLARATION = """
home fir machines=m1
home oak machines=m1
home ash machines=m1 nat=carrier
home elm machines=m1 nat=double
home hay machines=m1 nat=hidden
home yew machines=m1 upnp=off natpmp=off pcp=off
home box machines=m1 natpmp=off pcp=off
home sorb machines=m1 ports=1024-65535
home lime machines=m1
home rue machines=m1
home fig machines=m1 multicast=blocked natpmp=off pcp=off
"""
PROBE = 3910
#: The home, the word on its web port, the word on the home, and what the sentence says.
EXPECTED = [
    ("fir", "reachable", "reachable", "is reachable from the internet"),
    ("oak", "reachable", "reachable", "is reachable from the internet"),
    ("ash", "carrierNAT", "carrierNAT", "share among many customers"),
    ("elm", "doubleNAT", "doubleNAT", "is another router"),
    ("hay", "carrierNAT", "carrierNAT", "on the internet Zone/hay is seen as"),
    ("yew", "upnpDisabled", "upnpDisabled", "does not let programs ask for ports"),
    ("box", "noRouter", "noRouter", "has no way to the internet"),
    ("sorb", "refused", None, None),
    ("lime", "unreachable", None, None),
    ("rue", "notListening", None, None),
    # Found by asking the router alone, so nothing is wrong with it.
    ("fig", "reachable", "reachable", "is reachable from the internet"),
]


class Troubled(Collective):
    """The same, with the probe in the good homes and a key for every node."""

    def write(self, wanted):
        super().write(wanted)
        file = self.manifests / "all.yaml"
        text = file.read_text()
        text = text.replace("domain: homes.example, ", "domain: homes.example, "
                            "reachability: {stun: ['11.255.0.1:3478', '11.255.0.2:3478'], interval: 30s}, ")
        for home, machine in self.nodes:
            gateway = "{mode: static}" if home == "lime" else "{mode: upnp}"
            if home in ("fir", "oak"):
                gateway = f"{{mode: upnp, publicAddress: {self.lab.layouts[home].public_address}}}"
            text = text.replace(f"metadata: {{name: {home}}}\nspec: {{gateway: {self.gateway}}}",
                                f"metadata: {{name: {home}}}\nspec: {{gateway: {gateway}}}")
            text = text.replace(f"spec: {{zone: {home}, ", f"spec: {{zone: {home}, key: '{self.key((home, machine))}', ")
        every = ", ".join(home for home, _ in self.nodes)
        text += (f"---\napiVersion: rhizome/v1\nkind: Service\nmetadata: {{name: probe}}\nspec:\n"
                 f"  run: {{builtin: probe}}\n  replicas: {len(self.nodes)}\n  placement: {{zones: [{every}]}}\n"
                 f"  ports: [{{name: probe, port: {PROBE}, public: {{port: {PROBE}}}}}]\n")
        # There the program listens elsewhere than it is declared to.
        file.write_text(text.replace('"web-rue", "tcp", "9000"', '"web-rue", "tcp", "9001"'))

    def apply(self, wanted):
        """Does not wait: not everything can become ready."""
        self.write(wanted)
        for node in self.nodes:
            answer = self.run(node, "apply", "-f", str(self.manifests), "--prune", "--no-wait")
            if answer.returncode != 0:
                raise SystemExit(f"apply on {node[0]} ended with {answer.returncode}:\n{answer.stdout}{answer.stderr}")

    def key(self, node):
        words = [RHIZOME, "node-key", "--data-dir", str(self.data(node))]
        return subprocess.run(words, capture_output=True, text=True, check=True, timeout=30).stdout.strip()

    def message(self, node, address):
        """The messages of a resource's conditions, one after the other."""
        answer = self.run(node, "get", address, "-o", "json")
        status = json.loads(answer.stdout)[0].get("status") if answer.returncode == 0 else None
        return " ".join(condition["message"] for condition in (status or {}).get("conditions", []))

    def facts(self, node):
        """What the daemon of a home says of it; nothing while it is not ready to."""
        answer = self.run(node, "get", f"Zone/{node[0]}", "-o", "json")
        if answer.returncode != 0:
            return {}
        return (json.loads(answer.stdout)[0].get("status") or {}).get("facts") or {}


def main():
    try:
        with homes(f"verdicts-{os.getpid()}", DECLARATION) as lab:
            nodes = [(home, "m1") for home in lab.layouts]
            collective = Troubled(lab, nodes)
            try:
                check(collective, nodes)
            finally:
                collective.stop()
            collective.remove()
    except LabError as error:
        raise SystemExit(f"verdicts: {error}") from error


def check(collective, nodes):
    box = collective.lab.namespace("box/m1")
    subprocess.run(["ip", "-n", box, "link", "set", "eth0", "down"], check=True)
    for node in nodes:
        collective.start(node)
    wait_for(lambda: all(map(collective.answers, nodes)), 120, "all daemons answer")
    # 443 is below what sorb's router allows.
    collective.apply([Port(f"web-{home}", home, "m1", "tcp", 443 if home == "sorb" else 8443, 9000)
                      for home, _ in nodes])
    for home, port, zone, sentence in EXPECTED:
        number = 443 if home == "sorb" else 8443
        seen = {}

        def holds():
            seen.update(collective.facts((home, "m1")))
            return ((seen.get("ports") or {}).get(f"tcp-{number}") == port and zone in (None, seen.get("verdict"))
                    and (sentence or "") in (seen.get("sentence") or ""))

        try:
            wait_for(holds, 150, f"{home}: {port}, {zone}")
        except SystemExit as failure:
            raise SystemExit(f"{failure}; it says {json.dumps(seen, indent=1)}; logs in {collective.root}") from None
        print(f"  {home}: {port}. {seen.get('sentence')}", flush=True)
    # The port itself says so too, and not that the router's list were full, which is what the router answers.
    for home, words in (("ash", "share among many customers"), ("elm", "is another router")):
        wait_for(lambda: words in collective.message((home, "m1"), f"PortMapping/{home}.tcp-8443"), 150,
                 f"{home}'s port tells why it cannot be forwarded")
    print(f"verdicts: {len(EXPECTED)} homes judged as they are")


if __name__ == "__main__":
    sys.exit(main())
