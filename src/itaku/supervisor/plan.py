"""Which nodes run on this machine, in which order, and what stands in the settings file of each.

One municipality (the invented 汐見市, 122301), one center, one relay, one shop with two kiosks. All on loopback, each
with its own certificate, database user and keys: the same programs would run on machines of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from itaku import __version__
from itaku.issuance.transport.identity import Identity, Role
from itaku.supervisor.pki import Pki
from itaku.supervisor.practice_seal import ensure_seal
from itaku.supervisor.processes import Process, module
from itaku.supervisor.settings import Value, write_settings
from itaku.supervisor.state import Address, Ports, StateDirectory, short_socket_folder

CODE = "122301"
CITY_JA, CITY_EN = "汐見市", "Shiomi City"
"""Invented: no municipality of Japan has this name."""

OFFICE_JA, MAYOR_JA = "汐見市長", "浜野 汐里"
SHOP_JA, SHOP_EN = "マルマート 汐見駅前店", "Marumart Shiomi Station"
KIOSKS = ("k01", "k02")
"""k01 is the kiosk whose page a person opens; k02 serves the command line."""

KIOSK_PORT, SHOP_PORT, SECOND_KIOSK_PORT = 8400, 8401, 8402
BUILD = f"itaku-{__version__}"
"""The build that kiosks report and the center approves."""

CENTER_DATABASE, MUNICIPALITY_DATABASE = "center", f"m{CODE}"
FRESHNESS_LIMIT_S = 300
_FEES = (("resident-record", 300), ("seal-registration", 300))
"""Yen a copy; in force since the sandbox's beginning."""

_HOST = "127.0.0.1"


class DatabaseServer(Protocol):
    """Gives each node a database, or a login to another's (embedded or external server)."""

    def ensure_database(self, name: str, owner: str) -> str:
        """The URL of the owner's own database."""
        ...

    def ensure_member(self, login: str, owner: str, database: str) -> str:
        """The URL of a second login to it."""
        ...


class Plan:
    """The nodes of this machine. Making one makes databases, ports, keys and settings files that are missing.

    `port` asks for the first kiosk's page at exactly that port. Outside the sandbox there is no practice clock, no
    kiosk (a kiosk needs devices), no stand and no feed: these come from the shop and the municipality.
    """

    def __init__(
        self, state: StateDirectory, database: DatabaseServer, *, sandbox: bool, port: int | None = None
    ) -> None:
        self.sandbox = sandbox
        self.pages: dict[str, Address] = {}
        self.notes: dict[str, str] = {}
        self._path = state.path
        self._settings = state.folder("settings")
        self._logs = state.folder("log")
        self._data = state.folder("data")
        self.sandbox_folder = state.folder("sandbox") if sandbox else None
        self._pki = Pki(state.path / "pki")
        self._ports = Ports(state.path / "ports.json")
        self._node_ports: dict[str, int] = {}
        self._page_port = self._ports.take("page-k01", KIOSK_PORT, exactly=port) if sandbox else 0
        self.center_dsn = database.ensure_database(CENTER_DATABASE, "center")
        self.municipality_dsn: str | None = database.ensure_database(MUNICIPALITY_DATABASE, f"m{CODE}")
        self._center_sequencer = database.ensure_member("center_sequencer", "center", CENTER_DATABASE)
        self._municipality_sequencer = database.ensure_member(f"m{CODE}_sequencer", f"m{CODE}", MUNICIPALITY_DATABASE)
        self._documents = self._pki.documents(CODE, CITY_JA, OFFICE_JA)
        self._code = self._pki.code(CODE)
        self._challenge = self._pki.signing("center-challenge")
        self._records = {
            "center": self._pki.signing("record-center"),
            f"m{CODE}": self._pki.signing(f"record-m{CODE}"),
        }
        trust = self.sandbox_folder or state.folder("card-trust")
        self.card_anchors = trust / "card-anchors"
        self.card_crl = trust / "card-crl"
        for folder in (self.card_anchors, self.card_crl):
            folder.mkdir(mode=0o700, exist_ok=True)

    def processes(self) -> list[Process]:
        """Writes all settings files; the processes in the order of their start."""
        nodes = [
            self._sequencer("center", self._center_sequencer),
            self._center(),
            self._sequencer(f"m{CODE}", self._municipality_sequencer),
            self._municipality(),
        ]
        if self.sandbox:
            nodes.append(self._registry())
        nodes += [self._relay(), self._shop()]
        if self.sandbox:
            for kiosk in KIOSKS:
                nodes += [self._stand(kiosk), self._kiosk(kiosk)]
        return nodes

    # --- the nodes, from the inside out

    def _sequencer(self, record: str, dsn: str) -> Process:
        name = f"sequencer-{record}"
        settings = self._write(
            name,
            {
                "name": name,
                "dsn": dsn,
                "origin": f"itaku.internal/{record}",
                "key_file": self._records[record].key,
                "clock_file": self._clock_file,
                "log_file": self._logs / f"{name}.log",
            },
        )
        whose = "センター" if record == "center" else CITY_JA
        return _process(name, f"{whose}の記録", f"record of {record}", "itaku.record.sequencer", settings)

    def _center(self) -> Process:
        fees: list[Value] = [{"kind": kind, "fee_yen": fee, "since": "2020-04-01"} for kind, fee in _FEES]
        municipality: dict[str, Value] = {
            "code": CODE,
            "name_ja": CITY_JA,
            "name_en": CITY_EN,
            **self._peer(f"m{CODE}", Role.MUNICIPALITY),
            "calendar": {"fees": fees},
        }
        settings = self._node(
            "center-1",
            Role.CENTER,
            {
                "dsn": self.center_dsn,
                "municipalities": [municipality],
                "card_anchors": self.card_anchors,
                "card_crl": self.card_crl,
                "challenge_key": self._challenge.key,
                "approved_builds": [BUILD],
                "kiosks": list(KIOSKS),
            },
        )
        return _process("center-1", "証明書交付センター", "issuing center", "itaku.issuance.center", settings)

    def _municipality(self) -> Process:
        seal = ensure_seal(self.sandbox_folder / "mayor-seal.png") if self.sandbox_folder else self._data / "seal.png"
        settings = self._node(
            f"m{CODE}",
            Role.MUNICIPALITY,
            {
                "dsn": self.municipality_dsn,
                "code": CODE,
                "name_ja": CITY_JA,
                "mayor_title": OFFICE_JA,
                "mayor_name": MAYOR_JA,
                "seal_image": seal,
                "document_key": self._documents.key,
                "document_certificate": self._documents.certificate,
                "document_chain": self._documents.chain,
                "code_key": self._code.key,
                "code_key_id": f"{CODE}-1",
                "card_anchors": self.card_anchors,
                "card_crl": self.card_crl,
                "center_challenge_public_key": self._challenge.public,
                "resident_key_secret": self._pki.secret(f"resident-keys-{CODE}"),
                "freshness_limit_s": FRESHNESS_LIMIT_S,
            },
        )
        return _process(
            f"m{CODE}", f"{CITY_JA}の証明書発行", f"{CITY_EN}'s issuing", "itaku.issuance.municipality", settings
        )

    def _registry(self) -> Process:
        name = f"registry-{CODE}"
        values: dict[str, Value] = {"municipality": self._peer(f"m{CODE}", Role.MUNICIPALITY), "interval_s": 30}
        settings = self._node(name, Role.REGISTRY, values)
        return _process(name, "住記システム(代役)", "resident registry stand-in", "itaku.sandbox.registry", settings)

    def _relay(self) -> Process:
        settings = self._node(
            "relay-1",
            Role.RELAY,
            {"center": self._peer("center-1", Role.CENTER), "database": self._data / "relay-1.sqlite"},
        )
        return _process("relay-1", "コンビニECセンター", "relay", "itaku.issuance.relay", settings)

    def _shop(self) -> Process:
        page = self._ports.take("page-shop-1", SHOP_PORT)
        settings = self._node(
            "shop-1",
            Role.SHOP,
            {
                "database": self._data / "shop-1.sqlite",
                "journal_key": self._pki.secret("journal-shop-1"),
                "kiosks": list(KIOSKS),
                "relay": self._peer("relay-1", Role.RELAY),
                "page_host": _HOST,
                "page_port": page,
            },
        )
        self.pages["shop-1"] = Address("店員の画面", "clerk's page", f"http://{_HOST}:{page}/")
        return _process("shop-1", "ストアコントローラー", "shop controller", "itaku.issuance.shop", settings)

    def _stand(self, kiosk: str) -> Process:
        assert self.sandbox_folder is not None
        name = f"stand-{kiosk}"
        tray = self.sandbox_folder / f"tray-{kiosk}"
        tray.mkdir(mode=0o700, exist_ok=True)
        self.notes[f"stand-{kiosk}"] = str(self._stand_socket(kiosk))
        self.notes[f"tray-{kiosk}"] = str(tray)
        settings = self._write(
            name,
            {
                "name": name,
                "role": "stand",
                "kiosk": kiosk,
                "socket": self._stand_socket(kiosk),
                "database": self._data / f"{name}.sqlite",
                "tray": tray,
                "cards_file": self.sandbox_folder / "cards.json",
                "card_office": self.sandbox_folder / "card-office",
                "sheet_ms": 350,
                "clock_file": self._clock_file,
                "log_file": self._logs / f"{name}.log",
            },
        )
        return _process(
            name, f"{kiosk.upper()} の機器(代役)", f"devices of {kiosk.upper()}", "itaku.sandbox.stand", settings
        )

    def _kiosk(self, kiosk: str) -> Process:
        first = kiosk == KIOSKS[0]
        page = self._page_port if first else self._ports.take(f"page-{kiosk}", SECOND_KIOSK_PORT)
        settings = self._node(
            kiosk,
            Role.KIOSK,
            {
                "page_host": _HOST,
                "page_port": page,
                "practice": self.sandbox,
                "shop_name_ja": SHOP_JA,
                "shop_name_en": SHOP_EN,
                "municipality": CITY_JA,
                "relay": self._peer("relay-1", Role.RELAY),
                "shop": self._peer("shop-1", Role.SHOP),
                "stand_socket": self._stand_socket(kiosk),
                "journal": self._data / f"{kiosk}.sqlite",
                "journal_key": self._pki.secret(f"journal-{kiosk}"),
                "document_anchors": [self._documents.anchor],
                "build": BUILD,
            },
        )
        label = kiosk.upper()
        self.pages[kiosk] = Address(f"キオスク {label}", f"kiosk {label}", f"http://{_HOST}:{page}/")
        return _process(kiosk, f"キオスク {label}", f"kiosk {label}", "itaku.issuance.kiosk", settings)

    # --- parts

    @property
    def _clock_file(self) -> Path | None:
        return self._path / "clock" if self.sandbox else None

    def _stand_socket(self, kiosk: str) -> Path:
        return short_socket_folder(self._path) / f"{kiosk}.sock"

    def _peer(self, name: str, role: Role) -> dict[str, Value]:
        port = self._port_of(name)
        return {"url": f"https://{_HOST}:{port}", "peer_name": Identity(name, role).dns_name}

    def _port_of(self, name: str) -> int:
        if name not in self._node_ports:
            self._node_ports[name] = self._ports.take(name)
        return self._node_ports[name]

    def _node(self, name: str, role: Role, values: dict[str, Value]) -> Path:
        certificate, key = self._pki.node(name, role)
        shared: dict[str, Value] = {
            "name": name,
            "role": role.value,
            "certificate": certificate,
            "key": key,
            "ca": self._pki.ca,
            "listen_host": _HOST,
            "listen_port": self._port_of(name),
            "clock_file": self._clock_file,
            "log_file": self._logs / f"{name}.log",
        }
        return self._write(name, {**shared, **values})

    def _write(self, name: str, values: dict[str, Value]) -> Path:
        return write_settings(self._settings / f"{name}.toml", values)


def _process(name: str, ja: str, en: str, program: str, settings: Path) -> Process:
    return Process(name=name, ja=ja, en=en, argv=module(program, settings), settings=settings)
