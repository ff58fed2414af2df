"""The one description of networks, machines and allowed flows, read from TOML and checked as a whole."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated

import msgspec

from itaku.basis.errors import ItakuError

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,14}$")]
"""A name that is an interface's as well: fifteen letters, digits and hyphens."""
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class ZonesError(ItakuError):
    """The description contradicts itself, or allows what the contract refuses."""

    code = "zones_unfit"
    ja = "区分の定義に誤りがあります。detail の箇所を直してください。何も書き出していません。"
    en = "The description of the zones has a mistake. Please correct what is named; nothing was written."


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ja: str
    en: str


class Network(_Strict, frozen=True, kw_only=True):
    """A network (区分): its range of addresses, and the clause that sets it apart."""

    range: str
    clause: str


class Host(_Strict, frozen=True, kw_only=True):
    """A machine in one network. `node` is the name in its certificate, if one of ours runs there."""

    network: Name
    address: str
    node: str | None = None


class Router(_Strict, frozen=True, kw_only=True):
    """A router or firewall: its address in each network that it joins. It forwards what is allowed, nothing else."""

    addresses: dict[Name, str]
    clause: str


class Pair(_Strict, frozen=True, kw_only=True):
    """Two networks between which something may pass at all; `clause` says so. Every other pair is refused."""

    of: tuple[Name, Name]
    clause: str


class Flow(_Strict, frozen=True, kw_only=True):
    """Who may open a TCP connection to which port of whom."""

    callers: tuple[Name, ...]
    to: Name
    port: Port
    clause: str


class Zones(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole description."""

    network: dict[Name, Network]
    host: dict[Name, Host]
    router: dict[Name, Router]
    pair: tuple[Pair, ...]
    flow: tuple[Flow, ...]

    def network_of(self, host: str) -> str:
        """The network in which a machine stands."""
        return self.host[host].network

    def address(self, host: str) -> str:
        """A machine's address."""
        return self.host[host].address


def read_zones(path: Path) -> Zones:
    """The description in a TOML file; `ZonesError` names the first mistake."""
    try:
        zones = msgspec.toml.decode(path.read_bytes(), type=Zones)
    except (OSError, msgspec.DecodeError) as error:
        raise ZonesError(f"{path.name}: {error}") from error
    for mistake in _mistakes(zones):
        raise ZonesError(f"{path.name}: {mistake}")
    return zones


def _mistakes(zones: Zones) -> list[str]:
    found = _address_mistakes(zones)
    found += [
        f"pair {pair.of}: no network {name}" for pair in zones.pair for name in pair.of if name not in zones.network
    ]
    for flow in zones.flow:
        found += [
            f"flow to {flow.to}: no machine {name}" for name in (*flow.callers, flow.to) if name not in zones.host
        ]
    if found:
        return found
    allowed = {frozenset(pair.of) for pair in zones.pair}
    for flow in zones.flow:
        for caller in flow.callers:
            between = frozenset({zones.network_of(caller), zones.network_of(flow.to)})
            if len(between) > 1 and between not in allowed:
                found.append(f"flow {caller} to {flow.to}: nothing passes between {' and '.join(sorted(between))}")
    return found


def _address_mistakes(zones: Zones) -> list[str]:
    found: list[str] = []
    ranges: dict[str, ipaddress.IPv4Network] = {}
    for name, network in zones.network.items():
        try:
            ranges[name] = ipaddress.IPv4Network(network.range)
        except ValueError as error:
            found.append(f"network {name}: {error}")
    names = sorted(ranges)
    for place, name in enumerate(names):
        found += [
            f"networks {name} and {other} overlap"
            for other in names[place + 1 :]
            if ranges[name].overlaps(ranges[other])
        ]
    placed = [(name, host.network, host.address) for name, host in zones.host.items()]
    placed += [(name, joined, at) for name, router in zones.router.items() for joined, at in router.addresses.items()]
    seen: dict[str, str] = {}
    for name, joined, address in placed:
        if joined not in zones.network:
            found.append(f"{name}: no network {joined}")
        elif joined in ranges and not _lies_in(address, ranges[joined]):
            found.append(f"{name}: {address} does not lie in {zones.network[joined].range}")
        if seen.setdefault(address, name) != name:
            found.append(f"{name} and {seen[address]} have one address, {address}")
    found += [f"{name} is a machine and a router" for name in zones.host.keys() & zones.router.keys()]
    return found


def _lies_in(address: str, network: ipaddress.IPv4Network) -> bool:
    try:
        return ipaddress.IPv4Address(address) in network
    except ValueError:
        return False
