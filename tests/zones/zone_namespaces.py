"""Networks of the test's own: a namespace for each machine and router, joined as the zone description says."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from itaku.zones.description import Zones
from itaku.zones.rules import files

PROBED = (22, 80, 443, 631, 5432, 8080, 8443)
"""Ports on which something listens on every machine, so that only rules and routes can hold a packet off."""

LISTENERS = """
import signal, socket, sys
held = []
for port in map(int, sys.argv[1].split(",")):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        one = socket.socket(socket.AF_INET, kind)
        try:
            one.bind(("0.0.0.0", port))
        except OSError:
            continue  # a node listens there itself
        if kind == socket.SOCK_STREAM:
            one.listen(200)
        held.append(one)
print("ready", flush=True)
import select
while True:
    for one in select.select(held, [], [])[0]:
        if one.type == socket.SOCK_DGRAM:
            data, peer = one.recvfrom(100)
            try:
                one.sendto(data, peer)
            except OSError:
                pass
        else:
            one.accept()[0].close()
"""

PROBE = """
import errno, json, os, select, socket, struct, sys, time
wanted = json.loads(sys.argv[1])
waiting, through = {}, []
for kind, address, port in wanted:
    if kind == "tcp":
        one = socket.socket()
    elif kind == "udp":
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    else:
        one = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    one.setblocking(False)
    try:
        if kind == "icmp":
            echo = struct.pack("!BBHHH", 8, 0, 0, 7, 1)
            total = 0xffff - (sum(struct.unpack("!4H", echo)) % 0xffff)
            one.connect((address, 0))
            one.send(struct.pack("!BBHHH", 8, 0, total, 7, 1))
        elif one.connect_ex((address, port)) in (0, errno.EINPROGRESS):
            if kind == "udp":
                one.send(b"probe")
        else:
            continue
    except OSError:
        continue
    waiting[one] = (kind, address, port)
until = time.monotonic() + float(sys.argv[2])
while waiting and time.monotonic() < until:
    tcp = [one for one, what in waiting.items() if what[0] == "tcp"]
    rest = [one for one, what in waiting.items() if what[0] != "tcp"]
    readable, writable, _ = select.select(rest, tcp, [], max(0.0, until - time.monotonic()))
    for one in (*readable, *writable):
        what = waiting.pop(one)
        try:
            if what[0] == "icmp" and one.recv(200, socket.MSG_PEEK)[20] == 8:
                one.recv(200)  # the other side's own question: the answer to ours is still to come
                waiting[one] = what
                continue
            if what[0] == "tcp":
                if one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                    through.append(what)
            elif what[0] == "icmp":
                if one.recv(200)[20] == 0:
                    through.append(what)
            elif one.recv(100) == b"probe":
                through.append(what)
        except OSError:
            pass
print(json.dumps(through))
"""


class Namespaces:
    """The built networks. Nothing in them can reach anything outside of them."""

    def __init__(self, zones: Zones) -> None:
        self.zones = zones
        self._token = secrets.token_hex(3)
        self._wires = f"itaku-{self._token}-wires"
        self._children: list[subprocess.Popen[str]] = []

    def name(self, machine: str) -> str:
        return f"itaku-{self._token}-{machine}"

    def inside(self, machine: str, *argv: str) -> tuple[str, ...]:
        """A command as it runs on a machine."""
        return ("ip", "netns", "exec", self.name(machine), *argv)

    def run(self, machine: str, *argv: str, stdin: str | None = None) -> str:
        done = subprocess.run(self.inside(machine, *argv), input=stdin, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (machine, argv, done.stderr)
        return done.stdout

    def build(self) -> None:
        _ip("netns", "add", self._wires)
        for network in self.zones.network:
            _ip("-n", self._wires, "link", "add", network, "type", "bridge")
            _ip("-n", self._wires, "link", "set", network, "up")
        for machine in (*self.zones.host, *self.zones.router):
            _ip("netns", "add", self.name(machine))
            _ip("-n", self.name(machine), "link", "set", "lo", "up")
        for name, host in self.zones.host.items():
            self._plug(name, host.network, host.address)
        for name, router in self.zones.router.items():
            for network, address in router.addresses.items():
                self._plug(name, network, address)
            self.run(name, "sysctl", "-qw", "net.ipv4.ip_forward=1")

    def _plug(self, machine: str, network: str, address: str) -> None:
        prefix = ipaddress.IPv4Network(self.zones.network[network].range).prefixlen
        wire = f"w{secrets.token_hex(5)}"
        _ip(
            "-n", self._wires, "link", "add", wire, "type", "veth", "peer", "name", network, "netns", self.name(machine)
        )
        _ip("-n", self._wires, "link", "set", wire, "master", network, "up")
        _ip("-n", self.name(machine), "addr", "add", f"{address}/{prefix}", "dev", network)
        _ip("-n", self.name(machine), "link", "set", network, "up")

    def apply(self) -> None:
        """The generated rules and routes, and nothing else."""
        made = files(self.zones)
        for machine in (*self.zones.host, *self.zones.router):
            self.run(machine, "nft", "-f", "-", stdin=made[f"{machine}.nft"])
            for line in made[f"{machine}.routes"].splitlines():
                self.run(machine, "ip", "route", "replace", *line.split())

    def open_everything(self) -> None:
        """No rule, and a way from everywhere to everywhere: what a network without zones would be."""
        for machine in (*self.zones.host, *self.zones.router):
            self.run(machine, "nft", "flush", "ruleset")
        gateway = {"shop": "shop-router", "staff": "shop-router", "dmz": "operator-fw", "outside": "operator-fw"}
        gateway |= {"center": "center-fw", "administration": "city-fw", "public": "city-fw"}
        for name, host in self.zones.host.items():
            via = self.zones.router[gateway[host.network]].addresses[host.network]
            self.run(name, "ip", "route", "replace", "default", "via", via)
        ways = {
            "shop-router": [("default", "10.60.3.1")],
            "operator-fw": [
                ("10.60.0.0/16", "10.60.3.2"),
                ("10.63.1.0/24", "10.62.0.2"),
                ("10.64.1.0/24", "10.62.0.3"),
                ("10.64.2.0/24", "10.62.0.3"),
            ],
            "center-fw": [("default", "10.62.0.1"), ("10.64.1.0/24", "10.62.0.3"), ("10.64.2.0/24", "10.62.0.3")],
            "city-fw": [("default", "10.62.0.1"), ("10.63.1.0/24", "10.62.0.2")],
        }
        for router, found in ways.items():
            for to, via in found:
                self.run(router, "ip", "route", "replace", to, "via", via)

    def close_everything(self) -> None:
        """Takes back what `open_everything` opened."""
        for machine in (*self.zones.host, *self.zones.router):
            told = self.run(machine, "ip", "-json", "route", "show")
            for route in json.loads(told):
                if "gateway" in route:
                    self.run(machine, "ip", "route", "del", route["dst"])

    def listen(self) -> None:
        """Something answers on every probed port of every machine."""
        ports = ",".join(map(str, PROBED))
        for machine in self.zones.host:
            child = subprocess.Popen(
                self.inside(machine, sys.executable, "-c", LISTENERS, ports), stdout=subprocess.PIPE, text=True
            )
            self._children.append(child)
        for child in self._children:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"

    def reached(self, patience_s: float = 1.5) -> set[tuple[str, str, str]]:
        """Who reaches whom: caller, machine, and `tcp/8443`, `udp/22` or `icmp`."""
        found: set[tuple[str, str, str]] = set()
        running = {}
        for caller in self.zones.host:
            wanted = [
                (kind, host.address, port)
                for name, host in self.zones.host.items()
                if name != caller
                for kind, port in [*(("tcp", port) for port in PROBED), ("udp", 22), ("udp", 8443), ("icmp", 0)]
            ]
            argv = self.inside(caller, sys.executable, "-c", PROBE, json.dumps(wanted), str(patience_s))
            running[caller] = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        by_address = {host.address: name for name, host in self.zones.host.items()}
        for caller, child in running.items():
            said, _ = child.communicate(timeout=60)
            for kind, address, port in json.loads(said):
                found.add((caller, by_address[address], kind if kind == "icmp" else f"{kind}/{port}"))
        return found

    def close(self) -> None:
        for child in self._children:
            child.send_signal(signal.SIGKILL)
            child.wait()
            assert child.stdout is not None
            child.stdout.close()
        for machine in (*self.zones.host, *self.zones.router, "wires"):
            subprocess.run(["ip", "netns", "del", self.name(machine)], capture_output=True, check=False)


@contextlib.contextmanager
def namespaces(zones: Zones) -> Iterator[Namespaces]:
    """Builds them, and removes them whatever happens."""
    built = Namespaces(zones)
    try:
        built.build()
        yield built
    finally:
        built.close()


def missing() -> str:
    """Why namespaces cannot be had here; empty if they can."""
    if os.geteuid() != 0:
        return "only root makes network namespaces"
    for program in ("ip", "nft", "sysctl"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    name = f"itaku-{secrets.token_hex(3)}-try"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    try:
        if tried.returncode == 0:
            tried = subprocess.run(
                ["ip", "netns", "exec", name, "nft", "add", "table", "inet", "itaku"],
                capture_output=True,
                text=True,
                check=False,
            )
        return textwrap.shorten(tried.stderr, 100) if tried.returncode else ""
    finally:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (arguments, done.stderr)


def descend(settings: Path, changes: dict[str, str]) -> None:
    """Puts other addresses into a node's settings file."""
    text = settings.read_text(encoding="utf-8")
    for old, new in changes.items():
        text = text.replace(old, new)
    settings.write_text(text, encoding="utf-8")
