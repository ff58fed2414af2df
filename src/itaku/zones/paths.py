"""Paths and routes: through which routers a flow goes, and what each machine must therefore know of the way."""

from __future__ import annotations

from typing import NamedTuple

from itaku.zones.description import Flow, Zones, ZonesError


class Hop(NamedTuple):
    """A router on the way: the networks through which a flow enters and leaves it."""

    router: str
    enters: str
    leaves: str


class Route(NamedTuple):
    """Where packets for one address go next."""

    to: str
    via: str


class Connection(NamedTuple):
    """One caller's part of a flow."""

    caller: str
    flow: Flow


def connections(zones: Zones) -> tuple[Connection, ...]:
    """Every allowed caller of every flow."""
    return tuple(Connection(caller, flow) for flow in zones.flow for caller in flow.callers)


def path(zones: Zones, source: str, target: str) -> tuple[Hop, ...]:
    """The routers between two networks, fewest first; `ZonesError` if no way leads there."""
    reached: dict[str, tuple[Hop, ...]] = {source: ()}
    waiting = [source]
    while waiting:
        network = waiting.pop(0)
        if network == target:
            return reached[network]
        for name, router in zones.router.items():
            if network not in router.addresses:
                continue
            for beyond in router.addresses:
                if beyond not in reached:
                    reached[beyond] = (*reached[network], Hop(name, network, beyond))
                    waiting.append(beyond)
    raise ZonesError(f"no way from {source} to {target}")


def routes(zones: Zones) -> dict[str, tuple[Route, ...]]:
    """For each machine and router the single addresses that it can reach beyond its own networks. No default route."""
    found: dict[str, dict[str, str]] = {name: {} for name in (*zones.host, *zones.router)}
    for caller, flow in connections(zones):
        for one, other in ((caller, flow.to), (flow.to, caller)):
            hops = path(zones, zones.network_of(one), zones.network_of(other))
            towards = zones.address(other)
            places = [one, *(hop.router for hop in hops)]
            for place, hop in zip(places, hops, strict=False):
                found[place][towards] = zones.router[hop.router].addresses[hop.enters]
    return {name: tuple(Route(*each) for each in sorted(ways.items())) for name, ways in found.items()}
