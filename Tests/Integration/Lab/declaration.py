"""The few lines that declare a laboratory: one `home` a line, with options; `#` starts a comment.

    home larch  machines=2
    home birch  machines=2 leases=file ipv6=on uplink=20mbit
    home aspen  machines=nas,laptop nat=carrier lan=10.7.0.0/24
"""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"[a-z][a-z0-9-]{0,11}")
RATE = re.compile(r"[1-9][0-9]*(kbit|mbit|gbit)")
MOST_HOMES, MOST_MACHINES = 100, 100


class LabError(Exception):
    """Why the laboratory cannot do something, in words for the person who asked."""


@dataclass(frozen=True)
class Home:
    name: str
    machines: tuple = ("m1",)
    #: plain: a public address on the router. carrier: 100.64/10 there. double: a second box of the home's own above it.
    #: hidden: an address that looks public, and is translated again all the same.
    nat: str = "plain"
    lan: ipaddress.IPv4Network = ipaddress.IPv4Network("192.168.77.0/24")
    #: The external ports that the router lets be mapped; others are refused with error 606.
    ports: tuple = (80, 65535)
    uplink: str = ""
    downlink: str = ""
    #: The router remembers its mappings over a reboot.
    lease_file: bool = False
    upnp: bool = True
    natpmp: bool = True
    pcp: bool = True
    ipv6: bool = False
    #: The home's network carries multicast, so that routers are found by searching.
    multicast: bool = True
    #: The provider lets connections in.
    inbound: bool = True

    @property
    def has_daemon(self):
        return self.upnp or self.natpmp or self.pcp


def read(path):
    """The homes of a file."""
    path = Path(path)
    try:
        text = path.read_text()
    except OSError as error:
        raise LabError(f"cannot read {path}: {error.strerror}") from error
    return parse(text, path.name)


def parse(text, origin="the declaration"):
    homes = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            homes.append(home(words))
        except ValueError as error:
            raise LabError(f"{origin}:{number}: {error}") from error
    names = [one.name for one in homes]
    if not homes or len(homes) > MOST_HOMES or len(set(names)) < len(names):
        raise LabError(f"{origin}: expected 1 to {MOST_HOMES} homes with names of their own, found {len(homes)}")
    return homes


def home(words):
    if words[0] != "home" or len(words) < 2:
        raise ValueError(f"expected `home NAME OPTION=VALUE…`, found {' '.join(words)!r}")
    fields = {}
    for word in words[2:]:
        option, _, value = word.partition("=")
        if option not in OPTIONS:
            raise ValueError(f"there is no option {option!r}; there are {', '.join(sorted(OPTIONS))}")
        field, parser = OPTIONS[option]
        fields[field] = parser(option, value)
    return Home(name(words[1]), **fields)


def name(text):
    if not NAME.fullmatch(text):
        raise ValueError(f"a name is 1 to 12 small letters, digits and dashes, not {text!r}")
    return text


def machines(option, value):
    """A number of machines called m1, m2…, or their names."""
    if value.isdigit():
        value = ",".join(f"m{number + 1}" for number in range(int(value)))
    names = tuple(name(word) for word in value.split(","))
    if len(names) > MOST_MACHINES or len(set(names)) < len(names) or {"router", "carrier"} & set(names):
        raise ValueError(f"{option}: expected 1 to {MOST_MACHINES} different names, none of them router or carrier")
    return names


def one_of(*words):
    def parse_word(option, value):
        if value not in words:
            raise ValueError(f"{option} is {' or '.join(words)}, not {value!r}")
        return value
    return parse_word


def switch(on, off):
    choice = one_of(on, off)
    return lambda option, value: choice(option, value) == on


def network(option, value):
    parsed = ipaddress.IPv4Network(value)
    if parsed.prefixlen != 24 or not parsed.is_private:
        raise ValueError(f"{option} is a private /24 such as 192.168.77.0/24, not {value!r}")
    return parsed


def port_range(option, value):
    match = re.fullmatch(r"(\d{1,5})-(\d{1,5})", value)
    if not match or not 1 <= int(match[1]) <= int(match[2]) <= 65535:
        raise ValueError(f"{option} is a range such as 1024-65535, not {value!r}")
    return int(match[1]), int(match[2])


def rate(option, value):
    if not RATE.fullmatch(value):
        raise ValueError(f"{option} is a rate such as 20mbit, not {value!r}")
    return value


OPTIONS = {
    "machines": ("machines", machines),
    "nat": ("nat", one_of("plain", "carrier", "double", "hidden")),
    "lan": ("lan", network),
    "ports": ("ports", port_range),
    "uplink": ("uplink", rate),
    "downlink": ("downlink", rate),
    "leases": ("lease_file", switch("file", "none")),
    "upnp": ("upnp", switch("on", "off")),
    "natpmp": ("natpmp", switch("on", "off")),
    "pcp": ("pcp", switch("on", "off")),
    "ipv6": ("ipv6", switch("on", "off")),
    "multicast": ("multicast", switch("on", "blocked")),
    "inbound": ("inbound", switch("open", "blocked")),
}
