"""The nodes of one machine: settings that each node's own reader accepts, and what each waits for."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509

from itaku.contracts.keeping.settings import read_kept_settings
from itaku.desk.settings import DeskSettings
from itaku.issuance.center.settings import CenterSettings
from itaku.issuance.devices.device_line import LineSettings
from itaku.issuance.kiosk.settings import KioskSettings
from itaku.issuance.municipality.settings import MunicipalitySettings
from itaku.issuance.municipality.signer.settings import SignerSettings
from itaku.issuance.relay.settings import RelaySettings
from itaku.issuance.shop.settings import ShopSettings
from itaku.issuance.transport.settings import read_settings
from itaku.operations.settings import OperationsSettings
from itaku.record.sequencer import Settings as SequencerSettings
from itaku.record.signing_key import read_signer
from itaku.sandbox.cash_unit import CashUnitSettings
from itaku.sandbox.ocsp import OcspSettings
from itaku.sandbox.register import RegisterSettings
from itaku.sandbox.registry import RegistrySettings
from itaku.sandbox.stand.stand import read_settings as read_stand_settings
from itaku.supervisor.databases import ExternalPostgres
from itaku.supervisor.plan import CONTRACTS, KIOSKS, MUNICIPALITY, NEIGHBOUR, RESIDENTS, Plan
from itaku.supervisor.state import StateDirectory
from itaku.verification.settings import VerificationSettings

RECORDS = ("center", MUNICIPALITY, NEIGHBOUR, CONTRACTS)


@pytest.fixture(scope="module")
def plan(tmp_path_factory, postgres_server):
    folder = tmp_path_factory.mktemp("plan")
    state = StateDirectory(folder / "var")
    server = ExternalPostgres(postgres_server.dsn("postgres"), folder / "passwords")
    made = Plan(state, server, sandbox=True)
    yield made
    made.give_ports_back()
    state.release()
    for record in RECORDS:
        postgres_server.drop_database(record, f"{record}_sequencer")
        postgres_server.drop_database(record, record)


@pytest.fixture(scope="module")
def files(plan):
    return {process.name: process.settings for process in plan.processes()}


def test_every_settings_file_is_read_by_its_own_node(files):
    settings = dict(files)
    shop = settings["shop-1"]
    kinds = {
        "center-1": CenterSettings,
        MUNICIPALITY: MunicipalitySettings,
        NEIGHBOUR: MunicipalitySettings,
        "signer-991023": SignerSettings,
        f"sequencer-{NEIGHBOUR}": SequencerSettings,
        "relay-1": RelaySettings,
        "shop-1": ShopSettings,
        "k01": KioskSettings,
        "k02": KioskSettings,
        "registry-991015": RegistrySettings,
        "ocsp-1": OcspSettings,
        "signer-991015": SignerSettings,
        "sequencer-center": SequencerSettings,
        f"sequencer-{MUNICIPALITY}": SequencerSettings,
        "sequencer-contracts": SequencerSettings,
        "verification": VerificationSettings,
        "operations": OperationsSettings,
        "desk": DeskSettings,
    }
    for name, kind in kinds.items():
        assert read_settings(settings.pop(name), kind).name == name
    register = read_settings(settings.pop("register-1"), RegisterSettings)
    assert read_settings(shop, ShopSettings).register == LineSettings(register.host, register.port)
    for kiosk in KIOSKS:
        assert read_stand_settings(settings.pop(f"stand-{kiosk}")).socket.name == f"{kiosk}.sock"
    assert settings == {}


def test_each_peer_named_in_a_settings_file_is_who_listens_there(files):
    relay = read_settings(files["relay-1"], RelaySettings)
    center = read_settings(files["center-1"], CenterSettings)
    kiosk = read_settings(files["k01"], KioskSettings)
    assert relay.center.url.endswith(f":{center.listen_port}")
    assert kiosk.relay.url.endswith(f":{relay.listen_port}")
    assert kiosk.relay.peer_name == "relay-1.relay.itaku.internal"
    leaf = x509.load_pem_x509_certificate(Path(relay.certificate).read_bytes())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert kiosk.relay.peer_name in names.get_values_for_type(x509.DNSName)


def test_the_nodes_hold_different_ways_into_the_database(files):
    dsns = [
        read_settings(files["center-1"], CenterSettings).dsn,
        read_settings(files[MUNICIPALITY], MunicipalitySettings).dsn,
        read_settings(files[NEIGHBOUR], MunicipalitySettings).dsn,
        read_kept_settings(files["relay-1"].parent / "contracts.toml").dsn,
        *(read_settings(files[f"sequencer-{record}"], SequencerSettings).dsn for record in RECORDS),
    ]
    logins = [dsn.split("//")[1].split(":")[0] for dsn in dsns]
    assert logins == ["center", MUNICIPALITY, NEIGHBOUR, "contracts", *(f"{record}_sequencer" for record in RECORDS)]


def test_two_municipalities_share_no_key_and_no_database(files):
    one, other = (read_settings(files[name], MunicipalitySettings) for name in (MUNICIPALITY, NEIGHBOUR))
    for what in ("dsn", "certificate", "document_certificate", "code_key_id", "claims_secret", "resident_key_secret"):
        assert getattr(one, what) != getattr(other, what), what
    assert Path(one.claims_secret).read_bytes() != Path(other.claims_secret).read_bytes()
    kiosk = read_settings(files["k01"], KioskSettings)
    assert set(kiosk.claims_keys) == {one.code, other.code}
    assert len({Path(path).read_bytes() for path in kiosk.claims_keys.values()}) == 2


def test_the_sequencers_key_is_one_that_it_takes(files):
    settings = read_settings(files["sequencer-center"], SequencerSettings)
    assert read_signer(Path(settings.key_file), settings.origin)


def test_each_node_waits_for_those_it_relies_on_and_all_of_them_are_there(plan):
    nodes = {process.name: process.needs for process in plan.processes()}
    assert {need for needs in nodes.values() for need in needs} - nodes.keys() == {RESIDENTS}
    assert nodes["center-1"] == ("sequencer-center", RESIDENTS)
    assert nodes[NEIGHBOUR] == (f"sequencer-{NEIGHBOUR}", "signer-991023", RESIDENTS)
    assert nodes["k01"] == ("stand-k01", "shop-1", "relay-1")


def test_cash_units_can_be_programs_of_their_own_that_their_kiosks_wait_for(plan, monkeypatch):
    monkeypatch.setattr(plan, "_cash_units_apart", frozenset(KIOSKS))
    nodes = {process.name: process for process in plan.processes()}
    for kiosk in KIOSKS:
        own = read_settings(nodes[kiosk].settings, KioskSettings)
        unit = read_settings(nodes[f"cash-{kiosk}"].settings, CashUnitSettings)
        assert own.cash_unit == LineSettings(unit.host, unit.port)
        assert own.cash_person_socket == unit.person_socket
        assert f"cash-{kiosk}" in nodes[kiosk].needs


def test_real_service_takes_no_practice_card(plan, files, monkeypatch):
    practice = read_settings(files["center-1"], CenterSettings).card_policies
    monkeypatch.setattr(plan, "sandbox", False)
    assert set(plan._card_policies).isdisjoint(practice)
