"""A home's router: nftables, and the real miniupnpd. And the box above it, where a home has one."""

import contextlib
import subprocess
from pathlib import Path

from addresses import DESCRIPTION_PORT, PORT_CONTROL
from declaration import LabError
from namespaces import feed, finish, identity, inside, ip, kill, processes, sockets, until
from wiring import wan_lines


class Router:
    def __init__(self, layout, folder):
        self.layout, self.home = layout, layout.home
        self.folder = Path(folder)

    def file(self, suffix):
        return self.folder / f"{self.home.name}.{suffix}"

    def prepare(self):
        """The rules of the router and of what is above it, started."""
        children = [feed(["nft", "-f", "-"], rules(self.layout), self.layout.router)]
        if self.home.nat != "plain":
            children.append(feed(["nft", "-f", "-"], CARRIER_RULES, self.layout.carrier))
        return children

    def start(self):
        """Starts the daemon unless it runs; `wait` says when it answers."""
        if not self.home.has_daemon or self.pids():
            return
        configuration = self.file("conf")
        configuration.write_text(settings(self.layout, self.folder))
        words = ["ip", "netns", "exec", self.layout.router, "miniupnpd", "-d", "-f", str(configuration),
                 "-P", str(self.file("pid"))]
        with open(self.file("log"), "ab") as log:
            subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def wait(self):
        if not self.home.has_daemon:
            return
        until(self.listens, f"the router of {self.home.name} did not start; see {self.file('log')}")

    def listens(self):
        place = (("tcp", "tcp6"), DESCRIPTION_PORT, "0A") if self.home.upnp else (("udp", "udp6"), PORT_CONTROL, "07")
        return sockets(self.layout.router, *place) > 0

    def pids(self):
        return [pid for pid, name in processes({identity(self.layout.router)}) if name == "miniupnpd"]

    def stop(self):
        """Ends the daemon as a crash does: what it had set up stays."""
        kill(self.pids())
        # It would take an ended daemon that nobody has collected yet for a running one.
        self.file("pid").unlink(missing_ok=True)

    def reboot(self, forget=False):
        """As pulling the plug: the daemon, its rules and all connections end; what is in a lease file comes back."""
        self.stop()
        if forget:
            self.forget()
        finish([ip(["link set wan0 down", "address flush dev wan0", *wan_lines(self.layout)], self.layout.router),
                feed(["nft", "-f", "-"], rules(self.layout), self.layout.router)])
        self.start()
        self.wait()

    def forget(self):
        for suffix in ("leases", "leases6"):
            self.file(suffix).unlink(missing_ok=True)


def rules(layout):
    """The chains that miniupnpd fills, jumped to from real hooks. What it does not forward stays outside."""
    silence = "\n".join(f"    {line}" for line in silences(layout.home))
    return f"""
flush ruleset
table inet filter {{
  chain forward {{
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "br0" accept
    meta l4proto ipv6-icmp accept
    jump miniupnpd
  }}
  chain miniupnpd {{ }}
  chain prerouting {{
    type nat hook prerouting priority -100; policy accept;
    jump prerouting_miniupnpd
  }}
  chain prerouting_miniupnpd {{ }}
  chain postrouting {{
    type nat hook postrouting priority 100; policy accept;
    meta nfproto ipv4 oifname "wan0" masquerade
    jump postrouting_miniupnpd
  }}
  chain postrouting_miniupnpd {{ }}
}}
table inet silence {{
  chain input {{
    type filter hook input priority 0; policy accept;
{silence}
  }}
  chain output {{
    type filter hook output priority 0; policy accept;
{silence}
  }}
}}
"""


def silences(home):
    """What the router does not hear and does not say."""
    if not home.multicast:
        yield "ip daddr 224.0.0.0/4 udp dport 1900 drop"
        yield "ip6 daddr ff00::/8 udp dport 1900 drop"
    # One daemon serves both; the version is the first byte.
    if not home.natpmp:
        yield f"udp dport {PORT_CONTROL} @th,64,8 0 drop"
    if not home.pcp:
        yield f"udp dport {PORT_CONTROL} @th,64,8 2 drop"


CARRIER_RULES = """
table inet carrier {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan0" accept
    meta nfproto ipv6 accept
  }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    meta nfproto ipv4 oifname "wan0" masquerade
  }
}
"""


def settings(layout, folder):
    home = layout.home
    lines = f"""
ext_ifname=wan0
listening_ip=br0
http_port={DESCRIPTION_PORT}
enable_upnp={word(home.upnp)}
enable_natpmp={word(home.natpmp or home.pcp)}
ipv6_disable={word(not home.ipv6)}
secure_mode=yes
system_uptime=no
notify_interval=30
clean_ruleset_interval=600
uuid=6b1d3f2c-0000-4000-8000-0000000000{layout.number:02x}
friendly_name=Lab router of {home.name}
upnp_table_name=filter
upnp_nat_table_name=filter
upnp_forward_chain=miniupnpd
upnp_nat_chain=prerouting_miniupnpd
upnp_nat_postrouting_chain=postrouting_miniupnpd
allow {home.ports[0]}-{home.ports[1]} {home.lan} 1-65535
deny 0-65535 0.0.0.0/0 0-65535
"""
    if home.ipv6:
        lines += "ext_ifname6=wan0\n"
    if home.lease_file:
        base = Path(folder) / home.name
        lines += f"lease_file={base}.leases\nlease_file6={base}.leases6\n"
    return lines


def word(switch):
    return "yes" if switch else "no"


def plant(layout, machine, external, internal, protocol, label, lease):
    """A mapping that somebody else asks the router for."""
    if not layout.home.upnp:
        raise LabError(f"the router of {layout.home.name} has UPnP off: nobody can plant a mapping")
    words = ["upnpc", "-u", layout.description_url, "-e", label, "-a", layout.machine_address(machine), str(internal),
             str(external), protocol.upper(), str(lease)]
    with inside(layout.namespace(machine)), contextlib.suppress(subprocess.TimeoutExpired):
        answer = subprocess.run(words, capture_output=True, text=True, timeout=20)
        if answer.returncode == 0 and "is redirected to internal" in answer.stdout:
            return
        raise LabError(f"the router refused the mapping: {(answer.stdout + answer.stderr).strip()}")
    raise LabError("the router did not answer within 20 s")
