"""What is where in a laboratory: JSON for programs, a table for people."""

from addresses import INTERNET, INTERNET6, INTERNET_SECOND, STUN_PORT
from router import Router


def facts(lab):
    return {
        "name": lab.name,
        "internet": {
            "namespace": lab.namespace("internet"),
            "address": INTERNET,
            "address6": INTERNET6,
            "stun": [f"{INTERNET}:{STUN_PORT}", f"{INTERNET_SECOND}:{STUN_PORT}"],
            "stun6": f"[{INTERNET6}]:{STUN_PORT}",
        },
        "homes": [home_facts(lab, layout) for layout in lab.layouts.values()],
    }


def home_facts(lab, layout):
    home = layout.home
    return {
        "name": home.name,
        "publicAddress": layout.public_address,
        "prefix6": layout.prefix6 + "/48" if home.ipv6 else "",
        "carrierNamespace": "" if home.nat == "plain" else layout.carrier,
        "router": {
            "namespace": layout.router,
            "wanAddress": layout.wan_address,
            "lanAddress": layout.lan_address,
            "lanAddress6": layout.lan_address6 if home.ipv6 else "",
            "descriptionURL": layout.description_url,
            "log": str(Router(layout, lab.folder).file("log")),
        },
        "machines": [{
            "name": machine,
            "namespace": layout.namespace(machine),
            "address": layout.machine_address(machine),
            "address6": layout.machine_address6(machine) if home.ipv6 else "",
        } for machine in home.machines],
    }


def table(lab):
    rows = [("PLACE", "ADDRESS", "IPV6", "WHAT"),
            ("internet", INTERNET, INTERNET6, f"the outside; STUN on {INTERNET} and {INTERNET_SECOND} port {STUN_PORT}")]
    for layout in lab.layouts.values():
        rows += home_rows(layout)
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[3]]) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


NAT = {"carrier": "carrier's NAT", "double": "the home's other box", "hidden": "NAT behind a public-looking address"}


def home_rows(layout):
    home = layout.home
    if home.nat != "plain":
        yield (f"{home.name}/carrier", layout.public_address, "", NAT[home.nat])
    six = layout.prefix6 + "/48" if home.ipv6 else ""
    yield (f"{home.name}/router", layout.wan_address, six, router_text(home, layout))
    for machine in home.machines:
        yield (f"{home.name}/{machine}", layout.machine_address(machine),
               layout.machine_address6(machine) if home.ipv6 else "", "")


def router_text(home, layout):
    ways = [name for name, on in (("UPnP", home.upnp), ("PCP", home.pcp), ("NAT-PMP", home.natpmp)) if on]
    traits = [" ".join(ways) or "no port mapping", f"inside {layout.lan_address}"]
    traits += [f"up {home.uplink}"] if home.uplink else []
    traits += [f"down {home.downlink}"] if home.downlink else []
    traits += ["lease file"] if home.lease_file else []
    traits += [] if home.multicast else ["multicast blocked"]
    traits += [] if home.inbound else ["provider blocks inbound"]
    traits += [f"ports {home.ports[0]}-{home.ports[1]}"] if home.ports != (80, 65535) else []
    return ", ".join(traits)
