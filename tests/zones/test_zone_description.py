"""The description of the zones: what it refuses, the ways it finds, and that deploy/ holds what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from itaku.cli import main
from itaku.commands.zones import zones
from itaku.issuance.transport.identity import MAY_CALL, Role
from itaku.zones.description import ZonesError, read_zones
from itaku.zones.paths import connections, path, routes

DEPLOY = Path(__file__).parents[2] / "deploy"
TEXT = (DEPLOY / "zones.toml").read_text(encoding="utf-8")


def described(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = tmp_path / "zones.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_what_lies_in_deploy_is_what_the_description_says(tmp_path):
    zones(DEPLOY / "zones.toml", tmp_path)
    written = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()}
    kept = {file.name: file.read_text(encoding="utf-8") for file in (DEPLOY / "zones").iterdir()}
    assert kept == written, "run `itaku zones --write deploy/zones`"


def test_shop_and_outside_meet_in_the_dmz_only():
    zones_ = read_zones(DEPLOY / "zones.toml")
    shop, outside = {"shop", "staff", "line"}, {"outside", "center", "administration", "public"}
    for caller, flow in connections(zones_):
        between = {zones_.network_of(caller), zones_.network_of(flow.to)}
        assert not (between & shop and between & outside), f"{caller} to {flow.to} (S1-A1-1-2)"


def test_every_connection_between_nodes_is_one_that_the_protocol_knows():
    zones_ = read_zones(DEPLOY / "zones.toml")
    roles = {"k": Role.KIOSK, "shop": Role.SHOP, "relay": Role.RELAY, "center": Role.CENTER, "m9": Role.MUNICIPALITY}

    def role(host: str) -> Role | None:
        node = zones_.host[host].node or ""
        return next((found for prefix, found in roles.items() if node.startswith(prefix)), None)

    found = {
        (role(caller), role(flow.to))
        for caller, flow in connections(zones_)
        if role(flow.to) in MAY_CALL and role(caller) is not None
    }
    assert found == {(caller, to) for to, callers in MAY_CALL.items() for caller in callers}


def test_the_printer_is_reached_by_the_shops_kiosks_alone_and_reaches_nobody():
    zones_ = read_zones(DEPLOY / "zones.toml")
    touching = {
        (caller, flow.to, flow.port) for caller, flow in connections(zones_) if "printer-1" in {caller, flow.to}
    }
    assert touching == {("k01", "printer-1", 631), ("k02", "printer-1", 631)}
    assert zones_.network_of("printer-1") == zones_.network_of("k01"), "the sheets never leave the shop's network"


def test_whoever_comes_from_outside_gets_no_further_than_the_verification_page():
    zones_ = read_zones(DEPLOY / "zones.toml")
    from_outside = {(caller, flow.to) for caller, flow in connections(zones_) if zones_.network_of(caller) == "outside"}
    assert from_outside == {("elsewhere", "verification")}
    onwards = {(flow.to, flow.port) for caller, flow in connections(zones_) if caller == "verification"}
    assert onwards == {("city-1", 8443)}


def test_a_way_leads_through_every_router_between():
    zones_ = read_zones(DEPLOY / "zones.toml")
    assert [hop.router for hop in path(zones_, "shop", "administration")] == ["shop-router", "operator-fw", "city-fw"]
    assert path(zones_, "shop", "shop") == ()


def test_no_machine_has_a_route_to_more_than_it_may_reach():
    zones_ = read_zones(DEPLOY / "zones.toml")
    found = routes(zones_)
    assert [(way.to, way.via) for way in found["k01"]] == [("10.61.1.10", "10.60.1.1")]
    assert [(way.to, way.via) for way in found["elsewhere"]] == [("10.64.2.10", "10.62.0.3")]
    assert [(way.to, way.via) for way in found["verification"]] == [
        ("10.62.0.99", "10.64.2.1"),
        ("10.64.1.10", "10.64.2.1"),
    ]
    assert found["printer-1"] == ()
    assert found["handset"] == ()
    assert {way.to for way in found["register"]} == {"10.60.1.10"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('to = "center-1"\nport = 8443', 'to = "city-1"\nport = 8443', "flow relay-1 to city-1"),
        ('callers = ["register"]', 'callers = ["elsewhere"]', "nothing passes between outside and shop"),
        ('callers = ["register"]', 'callers = ["nobody"]', "no machine nobody"),
        ('address = "10.60.1.11"', 'address = "10.60.2.11"', "does not lie in 10.60.1.0/24"),
        ('address = "10.60.1.12"', 'address = "10.60.1.11"', "have one address"),
        ('address = "10.60.1.12"', 'address = "somewhere"', "somewhere does not lie"),
        ('range = "10.60.2.0/24"', 'range = "10.60.0.0/16"', "overlap"),
        ('range = "10.60.2.0/24"', 'range = "ten"', "network staff"),
        ("port = 8080", "port = 0", "port"),
        ("port = 8080", 'port = 8080\nprotocol = "udp"', "protocol"),
        ('of = ["staff", "shop"]', 'of = ["staff", "moon"]', "no network moon"),
        ("[host.register]", '[host."register; drop"]', "host"),
    ],
)
def test_a_description_that_contradicts_itself_or_the_contract_is_refused_with_its_place(tmp_path, old, new, said):
    with pytest.raises(ZonesError, match=re.escape(said)):
        read_zones(described(tmp_path, (old, new)))


def test_the_command_refuses_what_it_cannot_use_and_writes_nothing(tmp_path, capsys):
    file = described(tmp_path, ('callers = ["register"]', 'callers = ["elsewhere"]'))
    assert main(["zones", str(file), "--write", str(tmp_path / "out"), "--json"]) == 1
    assert '"zones_unfit"' in capsys.readouterr().out
    assert not (tmp_path / "out").exists()
