"""The cables between the places of a laboratory: namespaces, interfaces, addresses, routes, link speeds."""

from addresses import INTERNET, INTERNET6, INTERNET_SECOND
from namespaces import feed, finish, inside, ip

#: What every place is told before its first interface exists: IPv6 addresses are usable at once, and never by chance.
SETTINGS = {"default/accept_dad": "0", "default/dad_transmits": "0", "default/accept_ra": "0"}
#: One packet of this size is let through at once; a queue of 50 ms is what home routers keep.
BURST = "burst 32k latency 50ms"


def internet(lab):
    return f"rz-{lab}-internet"


def places(lab, layouts):
    """The namespaces of a laboratory."""
    names = [internet(lab)]
    for layout in layouts:
        carrier = [] if layout.home.nat == "plain" else [layout.carrier]
        names += [layout.router, *carrier, *map(layout.namespace, layout.home.machines)]
    return names


def connect(lab, layouts):
    """Makes everything but the routers' own work."""
    names = places(lab, layouts)
    finish([ip(f"netns add {name}" for name in names)])
    for name in names:
        with inside(name):
            for path, value in SETTINGS.items():
                write(f"/proc/sys/net/ipv6/conf/{path}", value)
    finish([ip([cable for layout in layouts for cable in cables(lab, layout)])])
    batches = {internet(lab): internet_lines(layouts)}
    for layout in layouts:
        batches |= home_lines(layout)
    finish([ip(["link set lo up", *lines], name) for name, lines in batches.items()])
    for layout in layouts:
        for name in (layout.router, layout.carrier):
            if name in names:
                forward(name)
    forward(internet(lab))
    finish([feed(["nft", "-f", "-"], provider_rules(layouts), internet(lab)), *speeds(lab, layouts)])


def write(path, value):
    with open(path, "w", encoding="ascii") as file:
        file.write(value)


def forward(namespace):
    with inside(namespace):
        write("/proc/sys/net/ipv4/ip_forward", "1")
        write("/proc/sys/net/ipv6/conf/all/forwarding", "1")


def cables(lab, layout):
    yield f"link add name {layout.link} netns {internet(lab)} type veth peer name wan0 netns {layout.outer}"
    if layout.home.nat != "plain":
        yield f"link add lan0 netns {layout.carrier} type veth peer name wan0 netns {layout.router}"
    for number, machine in enumerate(layout.home.machines, start=1):
        yield f"link add lan{number} netns {layout.router} type veth peer name eth0 netns {layout.namespace(machine)}"


def internet_lines(layouts):
    yield from (f"address add {address}/32 dev lo" for address in (INTERNET, INTERNET_SECOND))
    yield f"address add {INTERNET6}/128 dev lo"
    for layout in layouts:
        yield f"address add {layout.internet_address}/24 dev {layout.link}"
        yield f"link set dev {layout.link} up"
        if layout.home.ipv6:
            yield f"address add {layout.internet_address6}/64 dev {layout.link}"
            yield f"route add {layout.prefix6}/48 via {layout.public_address6}"
            if layout.home.nat != "plain":
                yield f"route add {layout.wan_address6}/128 via {layout.public_address6}"


def home_lines(layout):
    """The batch of each place of a home."""
    batches = {layout.router: router_lines(layout)}
    if layout.home.nat != "plain":
        batches[layout.carrier] = carrier_lines(layout)
    for machine in layout.home.machines:
        batches[layout.namespace(machine)] = machine_lines(layout, machine)
    return batches


def router_lines(layout):
    yield "link add br0 type bridge"
    for number in range(1, len(layout.home.machines) + 1):
        yield f"link set lan{number} master br0"
        yield f"link set lan{number} up"
    yield f"address add {layout.lan_address}/24 dev br0"
    yield "link set br0 up"
    if layout.home.ipv6:
        yield f"address add {layout.lan_address6}/64 dev br0"
    yield from wan_lines(layout)


def wan_lines(layout):
    """What a router does to go on line."""
    yield f"address add {layout.wan_address}/24 dev wan0"
    yield "link set wan0 up"
    yield f"route add default via {layout.wan_gateway}"
    if layout.home.ipv6:
        yield f"address add {layout.wan_address6}/64 dev wan0"
        yield f"route add default via {layout.wan_gateway6}"


def carrier_lines(layout):
    yield f"address add {layout.public_address}/24 dev wan0"
    yield f"address add {layout.middle_address}/24 dev lan0"
    yield "link set wan0 up"
    yield "link set lan0 up"
    yield f"route add default via {layout.internet_address}"
    # Carriers without an IPv4 address for everybody give IPv6 all the same.
    if layout.home.ipv6:
        yield f"address add {layout.public_address6}/64 dev wan0"
        yield f"address add {layout.middle_address6}/64 dev lan0"
        yield f"route add default via {layout.internet_address6}"
        yield f"route add {layout.prefix6}/48 via {layout.wan_address6}"


def machine_lines(layout, machine):
    yield f"address add {layout.machine_address(machine)}/24 dev eth0"
    yield "link set eth0 up"
    yield f"route add default via {layout.lan_address}"
    if layout.home.ipv6:
        yield f"address add {layout.machine_address6(machine)}/64 dev eth0"
        yield f"route add default via {layout.lan_address6}"


def speeds(lab, layouts):
    """Link speeds; the internet's end of a cable limits what comes down."""
    for layout in layouts:
        for namespace, interface, rate in ((layout.outer, "wan0", layout.home.uplink),
                                           (internet(lab), layout.link, layout.home.downlink)):
            if rate:
                words = ["tc", "qdisc", "add", "dev", interface, "root", "tbf", "rate", rate, *BURST.split()]
                yield feed(words, "", namespace)


def provider_rules(layouts):
    """Providers that let no connection in."""
    blocked = "\n".join(f"    oifname \"{layout.link}\" ct state new drop" for layout in layouts if not layout.home.inbound)
    return f"""
table inet provider {{
  chain output {{
    type filter hook output priority 0; policy accept;
{blocked}
  }}
  chain forward {{
    type filter hook forward priority 0; policy accept;
{blocked}
  }}
}}
"""


def change_address(old, new):
    """Gives the home another public address; connections over the old one end as they do in life."""
    finish([ip([f"address del {old.public_address}/24 dev wan0", f"address add {new.public_address}/24 dev wan0",
                f"route replace default via {new.internet_address}"], new.outer)])


def change_prefix(lab, old, new):
    """Gives the home another IPv6 prefix; machines have the new addresses at once, and no old one."""
    children = [ip(reroute(old, new, new.public_address6), internet(lab)),
                ip(readdress(old.lan_address6, new.lan_address6, "br0"), new.router)]
    if new.home.nat != "plain":
        children.append(ip(reroute(old, new, new.wan_address6), new.carrier))
    for machine in new.home.machines:
        lines = readdress(old.machine_address6(machine), new.machine_address6(machine), "eth0")
        lines.append(f"route replace default via {new.lan_address6}")
        children.append(ip(lines, new.namespace(machine)))
    finish(children)


def reroute(old, new, gateway):
    return [f"route del {old.prefix6}/48", f"route add {new.prefix6}/48 via {gateway}"]


def readdress(old, new, interface):
    return [f"address del {old}/64 dev {interface}", f"address add {new}/64 dev {interface}"]
