"""One laboratory: made, found again by later commands, changed, removed. Its folder says what it is."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import declaration
import wiring
from addresses import INTERNET, INTERNET6, INTERNET_SECOND, STUN_PORT, Layout
from declaration import LabError
from namespaces import alive, finish, identity, inside, ip, kill, processes, sockets, until
from router import Router, plant

FOLDER = Path(os.environ.get("LAB_DIR", "/run/rhizome-lab"))
STUN_PLACES = (f"{INTERNET}:{STUN_PORT}", f"{INTERNET_SECOND}:{STUN_PORT}", f"[{INTERNET6}]:{STUN_PORT}")
TOOLS = {"ip": "iproute2", "tc": "iproute2", "nft": "nftables", "miniupnpd": "miniupnpd-nftables"}


def check():
    """Whether a laboratory can be made here."""
    if sys.platform != "linux":
        raise LabError("network namespaces need Linux")
    if os.geteuid() != 0:
        raise LabError("making network namespaces needs root")
    for tool, package in TOOLS.items():
        if not shutil.which(tool):
            raise LabError(f"{tool} is not installed (package {package})")
    probe = f"rzprobe-{os.getpid()}"
    with contextlib.suppress(LabError):
        finish([ip([f"netns add {probe}", f"netns delete {probe}"])])
        return
    raise LabError("this system does not let root make network namespaces")


class Laboratory:
    def __init__(self, name, record):
        self.name, self.record = name, record
        self.folder = FOLDER / name
        homes = declaration.parse(record["declaration"])
        self.layouts = {home.name: Layout(name, home, number, **record["serials"].get(home.name, {}))
                        for number, home in enumerate(homes)}

    @classmethod
    def named(cls, name):
        """A laboratory that is there."""
        try:
            return cls(name, json.loads((FOLDER / name / "lab.json").read_text()))
        except OSError:
            raise LabError(f"there is no lab called {name}") from None

    @classmethod
    def up(cls, name, text, owner):
        """Makes one, or nothing at all."""
        check()
        lab = cls(name, {"declaration": text, "owner": owner, "serials": {}, "namespaces": []})
        FOLDER.mkdir(parents=True, exist_ok=True)
        try:
            lab.folder.mkdir(mode=0o700)
        except FileExistsError:
            raise LabError(f"there is a lab called {name} already: remove it with `lab -n {name} down`") from None
        try:
            lab.make()
        except BaseException:
            lab.down()
            raise
        return lab

    def make(self):
        self.save()
        layouts = list(self.layouts.values())
        wiring.connect(self.name, layouts)
        self.record["namespaces"] = [identity(name) for name in wiring.places(self.name, layouts)]
        self.save()
        routers = [Router(layout, self.folder) for layout in layouts]
        finish([child for router in routers for child in router.prepare()])
        self.start_stun()
        for router in routers:
            router.start()
        for router in routers:
            router.wait()
        self.wait_for_stun()

    def save(self):
        draft = self.folder / "lab.json.new"
        draft.write_text(json.dumps(self.record))
        draft.rename(self.folder / "lab.json")

    def start_stun(self):
        """Two servers, because one may lie."""
        words = [sys.executable, "-E", "-S", str(Path(__file__).with_name("stun.py")), *STUN_PLACES]
        with open(self.folder / "stun.log", "ab") as log, inside(wiring.internet(self.name)):
            subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def wait_for_stun(self):
        until(lambda: sockets(wiring.internet(self.name), ("udp", "udp6"), STUN_PORT, "07") == len(STUN_PLACES),
              f"the STUN servers did not start; see {self.folder / 'stun.log'}")

    def down(self):
        """Ends every process in it and removes it; fine when it is not there."""
        names = [path.name for path in Path("/run/netns").glob(f"rz-{self.name}-*")]
        identities = set(self.record["namespaces"])
        for name in names:
            with contextlib.suppress(OSError):
                identities.add(identity(name))
        # Never a test process with one thread visiting, nor whoever waits for this command.
        spared = {self.record["owner"], os.getpid(), os.getppid()}
        kill([pid for pid, _ in processes(identities) if pid not in spared])
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def layout(self, home):
        try:
            return self.layouts[home]
        except KeyError:
            raise LabError(f"there is no home {home!r}; there are {', '.join(self.layouts)}") from None

    def router(self, home):
        return Router(self.layout(home), self.folder)

    def namespace(self, place):
        """Of `internet`, `HOME/router`, `HOME/carrier` or `HOME/MACHINE`."""
        if place == "internet":
            return wiring.internet(self.name)
        home, _, part = place.partition("/")
        layout = self.layout(home)
        parts = ["router", *layout.home.machines] + (["carrier"] if layout.home.nat != "plain" else [])
        if part not in parts:
            raise LabError(f"there is no place {place!r}; in {home} there are {', '.join(parts)}")
        return layout.namespace(part)

    def run(self, place, words):
        """Becomes a program in a place."""
        os.execvp("ip", ["ip", "netns", "exec", self.namespace(place), *words])

    def change_address(self, home):
        old, new = self.layout(home), self.renumbered(home, address_serial=self.layout(home).next_address())
        wiring.change_address(old, new)
        return new.public_address

    def change_prefix(self, home):
        if not self.layout(home).home.ipv6:
            raise LabError(f"{home} has no IPv6: declare it with ipv6=on")
        old, new = self.layout(home), self.renumbered(home, prefix_serial=self.layout(home).prefix_serial + 1)
        wiring.change_prefix(self.name, old, new)
        return new.prefix6

    def renumbered(self, home, **change):
        """The layout of a home from now on, remembered."""
        serials = self.record["serials"].setdefault(home, {})
        serials.update(change)
        self.save()
        old = self.layouts[home]
        self.layouts[home] = Layout(self.name, old.home, old.number, **serials)
        return self.layouts[home]

    def plant(self, place, *mapping):
        home, _, machine = place.partition("/")
        if machine not in self.layout(home).home.machines:
            raise LabError(f"expected HOME/MACHINE, not {place!r}")
        plant(self.layout(home), machine, *mapping)


def down(name):
    if (FOLDER / name).is_dir():
        with contextlib.suppress(LabError, ValueError):
            return Laboratory.named(name).down()
    # Half made, by a program of another version, or not there at all.
    blank = {"declaration": "home none", "owner": 0, "serials": {}, "namespaces": []}
    return Laboratory(name, blank).down()


def sweep():
    """Removes laboratories whose owner has ended, as a killed test run leaves them."""
    for folder in sorted(FOLDER.glob("*/lab.json")):
        try:
            owner = json.loads(folder.read_text())["owner"]
        except (OSError, ValueError):
            continue
        if owner and not alive(owner):
            down(folder.parent.name)
