"""Rules for nftables, routes and allow-lists, one set for each machine: what is not named is dropped and counted."""

from __future__ import annotations

from typing import Any

from itaku.zones.description import Zones
from itaku.zones.paths import Connection, connections, path, routes

_OPENS = "tcp flags & (fin | syn | rst | ack) == syn ct state new counter accept"
_REFUSED = "counter name refused drop"


def files(zones: Zones) -> dict[str, str]:
    """Everything to be written, by file name: `NAME.nft`, `NAME.routes` for each machine, and `allow-list.json`."""
    ways = routes(zones)
    found = {f"{name}.nft": host_rules(zones, name) for name in zones.host}
    found |= {f"{name}.nft": router_rules(zones, name) for name in zones.router}
    for name in (*zones.host, *zones.router):
        found[f"{name}.routes"] = "".join(f"{way.to}/32 via {way.via}\n" for way in ways[name])
    return found


def router_rules(zones: Zones, router: str) -> str:
    """What a router forwards: the first packet of an allowed connection, and what belongs to one. IPv6 not at all."""
    lines = []
    for connection in connections(zones):
        caller, flow = connection
        for hop in path(zones, zones.network_of(caller), zones.network_of(flow.to)):
            if hop.router == router:
                interfaces = f'iifname "{hop.enters}" oifname "{hop.leaves}"'
                lines.append(f"{interfaces} {_between(zones, connection)} {_OPENS} {_comment(connection)}")
    return _table(router, zones.router[router].clause, {"input": [], "forward": lines, "output": []})


def host_rules(zones: Zones, host: str) -> str:
    """What a machine takes and sends, whatever the routers do: neighbours in its own network are held off as well."""
    own = zones.address(host)
    to_it = [each for each in connections(zones) if each.flow.to == host]
    from_it = [each for each in connections(zones) if each.caller == host]
    takes = [f"{_between(zones, each)} {_OPENS} {_comment(each)}" for each in to_it]
    sends = [f"{_between(zones, each)} {_OPENS} {_comment(each)}" for each in from_it]
    lo_in, lo_out = ['iif "lo" accept'], ['oif "lo" accept']
    clause = zones.network[zones.network_of(host)].clause
    return _table(f"{host} {own}", clause, {"input": lo_in + takes, "forward": [], "output": lo_out + sends})


def allow_list(zones: Zones) -> list[dict[str, Any]]:
    """For each listener: its address and port, and the names of those who may call it, as their certificates say."""
    return [
        {
            "listener": flow.to,
            "node": zones.host[flow.to].node,
            "address": zones.address(flow.to),
            "port": flow.port,
            "callers": [
                {"machine": each, "node": zones.host[each].node, "address": zones.address(each)}
                for each in flow.callers
            ],
            "clause": flow.clause,
        }
        for flow in zones.flow
    ]


def _between(zones: Zones, connection: Connection) -> str:
    caller, flow = connection
    return f"ip saddr {zones.address(caller)} ip daddr {zones.address(flow.to)} tcp dport {flow.port}"


def _comment(connection: Connection) -> str:
    return f'comment "{connection.flow.clause} {connection.caller} to {connection.flow.to}"'


def _table(title: str, clause: str, chains: dict[str, list[str]]) -> str:
    lines = [f"# {title} ({clause})", "flush ruleset", "table inet itaku {", "  counter refused {", "  }"]
    for chain, rules in chains.items():
        lines += [f"  chain {chain} {{", f"    type filter hook {chain} priority filter; policy drop;"]
        lines += ["    ct state invalid counter name refused drop", "    ct state { established, related } accept"]
        lines += [f"    {rule}" for rule in rules]
        lines += [f"    {_REFUSED}", "  }"]
    return "\n".join([*lines, "}"]) + "\n"
