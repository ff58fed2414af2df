"""The zones in network namespaces, with the real nodes in them: what is allowed works, and no other pair does."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
import pytest
from zone_namespaces import Namespaces, descend, missing, namespaces

from itaku.supervisor.plan import NEIGHBOUR, Plan
from itaku.supervisor.processes import Process, without
from itaku.supervisor.progress import Silence
from itaku.supervisor.up import start
from itaku.zones.description import read_zones
from itaku.zones.paths import connections

WHY_NOT = missing()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=f"no network namespaces here: {WHY_NOT}")
ZONES = read_zones(Path(__file__).parents[2] / "deploy/zones.toml")
PAGE_PORTS = {"shop-1": 8080, "verification": 443}
ALLOWED = {(caller, flow.to, f"tcp/{flow.port}") for caller, flow in connections(ZONES)}


@pytest.fixture(scope="module")
def networks():
    with namespaces(ZONES) as built:
        yield built


def test_without_rules_everybody_reaches_everybody(networks: Namespaces):
    """The probes can succeed: what they do not reach later is held off by the rules alone."""
    networks.listen()
    networks.open_everything()
    reached = networks.reached(patience_s=6.0)
    networks.close_everything()
    pairs = {(caller, to) for caller in ZONES.host for to in ZONES.host if caller != to}
    for kind in ("tcp/22", "tcp/8443", "udp/8443", "icmp"):
        assert {(caller, to) for caller, to, way in reached if way == kind} == pairs, kind


def test_with_the_rules_only_what_is_allowed_passes_by_protocol_and_port(networks: Namespaces):
    networks.apply()
    assert networks.reached() == ALLOWED


def test_the_rules_hold_where_the_routes_would_lead_anywhere(networks: Namespaces):
    """A wrong route is not a way in: the rules stand by themselves."""
    networks.open_everything()
    networks.apply()
    reached = networks.reached()
    networks.close_everything()
    assert reached == ALLOWED


NOT_ASKED = {
    *("desk", "sequencer-contracts", "operations", "k01", "stand-k01"),
    *(NEIGHBOUR, f"sequencer-{NEIGHBOUR}", f"signer-{NEIGHBOUR[1:]}"),
}
"""Nodes that neither the certificate below nor its pages pass: they are not started."""


class ZonedPlan(Plan):
    """The sandbox's nodes, each on the machine that the description gives it, with that machine's addresses."""

    networks: Namespaces

    def processes(self) -> list[Process]:
        """The plan's own processes, moved."""
        machine = {host.node: name for name, host in ZONES.host.items() if host.node}
        machine |= {f"stand-{kiosk}": kiosk for kiosk in ("k01", "k02")}
        beside = {"ocsp-1": "center-1", "register-1": "shop-1"}  # stand-ins that their callers ask on loopback
        moved = []
        made = without(super().processes(), NOT_ASKED)
        self.contracts_dsn = None
        changes = {}
        for name, port in self._node_ports.items():
            if name in machine:
                changes[f"https://127.0.0.1:{port}"] = f"https://{ZONES.address(machine[name])}:8443"
        for process in made:
            assert process.settings is not None
            where = machine.get(process.name)
            descend(process.settings, changes)
            if where is None:
                place = beside.get(process.name)
                argv = self.networks.inside(place, *process.argv) if place else process.argv
                moved.append(msgspec.structs.replace(process, argv=argv))
                continue
            port = self._node_ports.get(process.name)
            own = {f"listen_port = {port}": "listen_port = 8443"}
            own['listen_host = "127.0.0.1"'] = f'listen_host = "{ZONES.address(where)}"'
            if process.name in PAGE_PORTS:
                page = self.pages[process.name].url.rstrip("/").rpartition(":")[2]
                own[f"page_port = {page}"] = f"page_port = {PAGE_PORTS[process.name]}"
                own['page_host = "127.0.0.1"'] = f'page_host = "{ZONES.address(where)}"'
            descend(process.settings, own)
            argv = self.networks.inside(where, *process.argv)
            moved.append(msgspec.structs.replace(process, argv=argv))
        return moved


def test_a_certificate_is_issued_through_all_zones_and_the_clerks_page_opens_at_the_register_alone(open_directory):
    with namespaces(ZONES) as networks:
        networks.apply()
        plan = type("HereZoned", (ZonedPlan,), {"networks": networks})
        state = open_directory / "var"
        supervisor = start(state, True, Silence(), make_plan=plan)
        try:
            said = networks.run("k02", sys.executable, "-m", "itaku.cli", "issue", "--state", str(state), "--json")
            assert Path(json.loads(said)["pdf"]).read_bytes().startswith(b"%PDF")
            page = f"http://{ZONES.address('shop-1')}:8080/"
            fetch = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=3).status)"
            assert networks.run("register", sys.executable, "-c", fetch, page).strip() == "200"
            with pytest.raises(AssertionError, match=r"timed out|unreachable"):
                networks.run("handset", sys.executable, "-c", fetch, page)
            with pytest.raises(AssertionError, match=r"timed out|unreachable"):
                networks.run("elsewhere", sys.executable, "-c", fetch, page)
            public = f"http://{ZONES.address('verification')}:443/"
            assert networks.run("elsewhere", sys.executable, "-c", fetch, public).strip() == "200"
            networks.listen()
            assert networks.reached() == ALLOWED
        finally:
            supervisor.stop()
