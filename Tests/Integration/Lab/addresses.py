"""Who has which address. Nothing here touches the system.

    internet 11.0.N.1 ---- 11.0.N.2 [carrier 100.64.N.1 ---- 100.64.N.2] router LAN.1 ---- LAN.10, LAN.11… machines

A router's outer address must look public, else miniupnpd refuses to work: 11.0.0.0/8 is not announced to anybody, and
neither is 3ffe::/16, which was given back in 2006. Documentation ranges would be refused as reserved.
"""

from ipaddress import IPv6Address

INTERNET, INTERNET_SECOND, INTERNET6 = "11.255.0.1", "11.255.0.2", "3ffe:ffff::1"
STUN_PORT, DESCRIPTION_PORT, PORT_CONTROL = 3478, 5000, 5351
FIRST_MACHINE = 10
#: What is between the carrier's box, or the home's other box, and the home's router.
MIDDLE = {"carrier": "100.64.{}.{}", "double": "10.0.{}.{}", "hidden": "11.128.{}.{}"}


class Layout:
    """The addresses of one home."""

    def __init__(self, lab, home, number, address_serial=2, prefix_serial=0):
        self.lab, self.home, self.number = lab, home, number
        self.address_serial, self.prefix_serial = address_serial, prefix_serial

    def namespace(self, place):
        return f"rz-{self.lab}-{self.home.name}-{place}"

    @property
    def router(self):
        return self.namespace("router")

    @property
    def carrier(self):
        return self.namespace("carrier")

    @property
    def outer(self):
        """Where the home's public address is."""
        return self.router if self.home.nat == "plain" else self.carrier

    @property
    def link(self):
        """The interface in the internet that leads to this home."""
        return self.home.name

    @property
    def internet_address(self):
        return f"11.0.{self.number}.1"

    @property
    def public_address(self):
        """What the internet sees of the home."""
        return f"11.0.{self.number}.{self.address_serial}"

    @property
    def middle_address(self):
        return MIDDLE[self.home.nat].format(self.number, 1)

    @property
    def wan_address(self):
        """What the router takes for its own address."""
        return self.public_address if self.home.nat == "plain" else MIDDLE[self.home.nat].format(self.number, 2)

    @property
    def wan_gateway(self):
        return self.internet_address if self.home.nat == "plain" else self.middle_address

    @property
    def lan_address(self):
        return str(self.home.lan[1])

    def machine_address(self, machine):
        return str(self.home.lan[FIRST_MACHINE + self.home.machines.index(machine)])

    @property
    def internet_address6(self):
        return f"3ffe:fff0:{self.number:x}::1"

    @property
    def public_address6(self):
        """Of the first box of the home, seen from the internet."""
        return f"3ffe:fff0:{self.number:x}::2"

    @property
    def middle_address6(self):
        return f"3ffe:fff1:{self.number:x}::1"

    @property
    def wan_address6(self):
        return self.public_address6 if self.home.nat == "plain" else f"3ffe:fff1:{self.number:x}::2"

    @property
    def wan_gateway6(self):
        return self.internet_address6 if self.home.nat == "plain" else self.middle_address6

    @property
    def prefix6(self):
        """The /48 that the provider gives to the home."""
        return str(IPv6Address(f"3ffe:{self.number + 1:x}:{self.prefix_serial:x}::"))

    def lan6(self, host):
        return str(IPv6Address(self.prefix6) + (1 << 64) + host)

    @property
    def lan_address6(self):
        return self.lan6(1)

    def machine_address6(self, machine):
        return self.lan6(0x10 + self.home.machines.index(machine))

    @property
    def description_url(self):
        return f"http://{self.lan_address}:{DESCRIPTION_PORT}/rootDesc.xml"

    def next_address(self):
        """The serial of another public address of the same home."""
        return 2 + (self.address_serial - 1) % 250

