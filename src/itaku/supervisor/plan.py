"""Which nodes run on this machine, what each needs to start, and what stands in the settings file of each.

One municipality (the invented 汐見市) and in the sandbox a second one (北浜市), one center, one relay, one shop with
two kiosks, and the kept contracts beside them. All on loopback, each with its own certificate, database user and keys:
the same programs would run on machines of their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
from cryptography import x509

from itaku.basis.clock import InstantMs
from itaku.basis.yen import Yen
from itaku.contracts.keeping.settings import FILE_NAME as CONTRACTS_FILE
from itaku.contracts.keeping.settings import KeptSettings
from itaku.desk.settings import BooksOf, DeskSettings, SealFiles
from itaku.issuance.center.admission import Limits
from itaku.issuance.center.calendar import FAMILY_REGISTER_HOURS, FeeRow, ServiceCalendar
from itaku.issuance.center.pace import TARGET_MS
from itaku.issuance.center.settings import CenterSettings
from itaku.issuance.center.settings import MunicipalitySettings as TakingPart
from itaku.issuance.center.shops import Shop
from itaku.issuance.certificates.seal import draw_office_seal
from itaku.issuance.devices.card_office import TEST_USER_AUTHENTICATION_POLICY
from itaku.issuance.devices.device_line import LineSettings
from itaku.issuance.kiosk.settings import KioskSettings
from itaku.issuance.municipality.settings import MunicipalitySettings
from itaku.issuance.municipality.signer.settings import CodeKeySettings, SignerSettings
from itaku.issuance.protocol.card_check import JPKI_USER_AUTHENTICATION_POLICY
from itaku.issuance.protocol.kinds import Kind
from itaku.issuance.protocol.sealing import StandingSecret
from itaku.issuance.relay.settings import RelaySettings
from itaku.issuance.shop.settings import ShopSettings
from itaku.issuance.transport.build import RUNNING_BUILD
from itaku.issuance.transport.identity import Identity, Role
from itaku.issuance.transport.settings import Peer
from itaku.operations.settings import OperationsSettings
from itaku.record.sequencer import Settings as SequencerSettings
from itaku.sandbox import neighbour
from itaku.sandbox.cash_unit import CashUnitSettings
from itaku.sandbox.contract_works import works
from itaku.sandbox.demo import RESIDENCES
from itaku.sandbox.desk_people import CERTIFICATES, PEOPLE, desk_people
from itaku.sandbox.ocsp import OcspSettings
from itaku.sandbox.register import RegisterSettings
from itaku.sandbox.registry import RegistrySettings
from itaku.sandbox.stand.stand import StandSettings
from itaku.sandbox.tax_ledger import FISCAL_YEARS
from itaku.sandbox.town import CODE, NAME_EN, NAME_JA
from itaku.sandbox.works_schedules import schedules
from itaku.supervisor.failures import StartError
from itaku.supervisor.keyfiles import write_whole
from itaku.supervisor.pki import Pki
from itaku.supervisor.practice_cards import CardPlaces, card_places, lay_out_cards
from itaku.supervisor.processes import Process, module
from itaku.supervisor.settings import plain, write_settings
from itaku.supervisor.state import CLOCK_FILE, Address, Ports, StateDirectory, short_socket_folder
from itaku.verification.keys import CodeKey, Issuer, published
from itaku.verification.settings import PUBLISHED_KEYS, AskedIssuer, OnlineSettings, VerificationSettings

OFFICE_JA, MAYOR_JA, SEAL_JA = "汐見市長", "浜野 汐里", "汐見市長之印"
SHOP_JA, SHOP_EN = "マルマート 汐見駅前店", "Marumart Shiomi Station"
KIOSKS = ("k01", "k02")
"""k01 is the kiosk whose page a person opens; k02 serves the command line."""
SHOP = Shop(name="shop-1", name_ja=SHOP_JA, name_en=SHOP_EN, kiosks=KIOSKS, east=560, north=470)

REGISTER = "register-1"
"""The shop's register, a program of its own at the shop's device line."""

KIOSK_PORT, SHOP_PORT, SECOND_KIOSK_PORT, VERIFICATION_PORT = 8400, 8401, 8402, 8403
OPERATIONS_PORT, DESK_PORT = 8404, 8405
BUILD = RUNNING_BUILD
"""The build that kiosks report and the center approves."""

CENTER_DATABASE, MUNICIPALITY, CONTRACTS = "center", f"m{CODE}", "contracts"
NEIGHBOUR = f"m{neighbour.CODE}"
_FEES = dict.fromkeys(Kind, Yen(300)) | {
    Kind.FAMILY_REGISTER_ALL: Yen(450),
    Kind.FAMILY_REGISTER_INDIVIDUAL: Yen(450),
}
_FEES_SINCE = dt.date(2016, 1, 25)
"""The day on which kiosks of convenience stores first took the My Number Card."""

SEAL_ANCHORS = "desk-seal-anchors.pem"
_HEARTBEAT_S = 5.0
_PRACTICE_PREPARE_MS = 10_000
"""Practice runs on any machine: one that is slow at it is no rush, and holds nobody back."""
_PRACTICE_LIMITS = Limits(shop=3600, kiosk=1200)
"""Whoever practises by program presses faster than people do."""
_HOST = "127.0.0.1"
_OCSP = "ocsp-1"
RESIDENTS = "residents"
"""The work of loading the sandbox's residents and laying out their cards (`up`), for which some nodes wait."""


class TownOffice(NamedTuple):
    """A municipality of this machine: its code, names and office, and fees that differ from the usual ones."""

    code: str
    ja: str
    en: str
    office: str
    mayor: str
    seal: str
    fees: dict[Kind, Yen]

    @property
    def node(self) -> str:
        """Name of its node, database and database user."""
        return f"m{self.code}"


SHIOMI = TownOffice(CODE, NAME_JA, NAME_EN, OFFICE_JA, MAYOR_JA, SEAL_JA, {})
KITAHAMA = TownOffice(
    neighbour.CODE,
    neighbour.NAME_JA,
    neighbour.NAME_EN,
    "北浜市長",
    "磯部 北斗",
    "北浜市長之印",
    {Kind.FAMILY_REGISTER_ALL: Yen(400), Kind.FAMILY_REGISTER_INDIVIDUAL: Yen(400)},
)


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

    `port` asks for the first kiosk's page at exactly that port. `cash_units_apart` names the practice kiosks whose
    cash unit is a program of its own at a device line. Outside the sandbox there is no practice clock, no
    kiosk (a kiosk needs devices), no stand and no feed: these come from the shop and the municipality, and so do the
    card CAs (`card-trust/`) and the mayor's seal (`data/mayor-seal.png`).
    """

    seconds_per_sheet = 0.35
    """How long the practice printers take for a sheet of paper."""

    def __init__(
        self,
        state: StateDirectory,
        database: DatabaseServer,
        *,
        sandbox: bool,
        port: int | None = None,
        cash_units_apart: Collection[str] = (),
    ) -> None:
        self._cash_units_apart = frozenset(cash_units_apart) if sandbox else frozenset()
        self.sandbox = sandbox
        self.pages: dict[str, Address] = {}
        self.notes: dict[str, str] = {}
        self._path = state.path
        self._settings, self._logs, self._data = (state.folder(name) for name in ("settings", "log", "data"))
        self._sandbox_folder = state.folder("sandbox" if sandbox else "card-trust")
        self._cards: CardPlaces = card_places(self._sandbox_folder)
        for folder in (self._cards.anchors, self._cards.crls):
            folder.mkdir(mode=0o700, exist_ok=True)
        self._pki = Pki(state.path / "pki")
        self._ports = Ports(state.path / "ports.json")
        self._node_ports: dict[str, int] = {}
        self._page_port = self._ports.take("page-k01", KIOSK_PORT, exactly=port) if sandbox else 0
        self._database = database
        self._center_dsn = database.ensure_database(CENTER_DATABASE, CENTER_DATABASE)
        self._municipality_dsn = database.ensure_database(MUNICIPALITY, MUNICIPALITY)
        self.municipality_dsn: str | None = self._municipality_dsn
        self.neighbour_dsn = database.ensure_database(NEIGHBOUR, NEIGHBOUR) if sandbox else None
        self.contracts_dsn: str | None = database.ensure_database(CONTRACTS, CONTRACTS)
        self._challenge = self._pki.signing("center-challenge")
        self._towns = (SHIOMI, KITAHAMA) if sandbox else (SHIOMI,)
        self._documents = {town.code: self._pki.documents(town.code, town.ja, town.office) for town in self._towns}
        if not sandbox:
            self._require_what_the_sandbox_would_invent()

    def processes(self) -> list[Process]:
        """Writes all settings files; the processes, those first that need nobody and take long."""
        kept = KeptSettings(
            dsn=self.contracts_dsn or "", clock_file=str(self._clock_file) if self._clock_file else None
        )
        write_settings(self._settings / CONTRACTS_FILE, plain(kept))
        nodes = [
            self._sequencer(CONTRACTS, "契約の記録"),
            self._desk(),
            self._sequencer(CENTER_DATABASE, "センターの記録"),
        ]
        for town in self._towns:
            nodes += [self._sequencer(town.node, f"{town.ja}の記録"), self._signer(town)]
        nodes += [self._verification(), self._center(), *map(self._municipality, self._towns)]
        if self.sandbox:
            nodes += [self._ocsp(), self._registry(), self._register()]
        nodes += [self._relay(), self._shop(), self._operations()]
        if self.sandbox:
            for kiosk in KIOSKS:
                nodes += [self._cash_unit(kiosk)] if kiosk in self._cash_units_apart else []
                nodes += [self._stand(kiosk), self._kiosk(kiosk)]
        return nodes

    def give_ports_back(self) -> None:
        """Ends the claims on ports. They last as long as their servers, which may die and must find them free again."""
        self._ports.close()

    def lay_out_cards(self, now: InstantMs) -> None:
        """Gives the stands their cards and the center its trust in them; to be done when the residents are there."""
        lay_out_cards(self._path, self._cards, now)

    # --- the nodes, from the inside out

    def _sequencer(self, record: str, label: str) -> Process:
        name = _sequencer_of(record)
        settings = SequencerSettings(
            name=name,
            dsn=self._database.ensure_member(f"{record}_sequencer", record, record),
            origin=f"itaku.internal/{record}",
            key_file=str(self._pki.signing(f"record-{record}").key),
            clock_file=str(self._clock_file) if self._clock_file else None,
            log_file=str(self._log(name)),
        )
        return self._process(name, label, f"record of {record}", "itaku.record.sequencer", settings)

    def _ocsp(self) -> Process:
        settings = OcspSettings(
            name=_OCSP,
            office=str(self._cards.office),
            anchors=str(self._cards.anchors),
            crls=str(self._cards.crls),
            listen_host=_HOST,
            listen_port=self._port_of(_OCSP),
            clock_file=str(self._clock_file),
            log_file=str(self._log(_OCSP)),
        )
        label = "カードの有効性確認(代役)"
        return self._process(_OCSP, label, "card validity (stand-in)", "itaku.sandbox.ocsp", settings, self._residents)

    def _center(self) -> Process:
        settings = CenterSettings(
            **self._shared("center-1", Role.CENTER),
            dsn=self._center_dsn,
            municipalities=tuple(map(self._taking_part, self._towns)),
            residences=str(self._path / RESIDENCES) if self.sandbox else None,
            card_anchors=str(self._cards.anchors),
            card_policies=self._card_policies,
            card_crl=str(self._cards.crls),
            card_ocsp_url=f"http://{_HOST}:{self._port_of(_OCSP)}/" if self.sandbox else None,
            challenge_key=str(self._challenge.key),
            approved_builds=(BUILD,),
            limits=self._limits,
            target_prepare_ms=_PRACTICE_PREPARE_MS if self.sandbox else TARGET_MS,
            kiosks=KIOSKS,
            shops=(SHOP,),
        )
        needs = (_sequencer_of(CENTER_DATABASE), *self._residents)
        return self._process(
            "center-1", "証明書交付センター", "issuing center", "itaku.issuance.center", settings, needs
        )

    def _taking_part(self, town: TownOffice) -> TakingPart:
        peer = self._peer(town.node, Role.MUNICIPALITY)
        return TakingPart(
            code=town.code,
            name_ja=town.ja,
            name_en=town.en,
            url=peer.url,
            peer_name=peer.peer_name,
            calendar=self._calendar(town),
            takes_registrations=self.sandbox,
        )

    def _calendar(self, town: TownOffice) -> ServiceCalendar:
        """Practice goes on at weekends: only real service keeps family registers to the office's hours."""
        fees = tuple(FeeRow(kind, fee, _FEES_SINCE) for kind, fee in (_FEES | town.fees).items())
        hours = () if self.sandbox else FAMILY_REGISTER_HOURS
        return ServiceCalendar(fees=fees, fiscal_years=FISCAL_YEARS, hours=hours)

    def _municipality(self, town: TownOffice) -> Process:
        code_key, documents = self._pki.code(town.code), self._documents[town.code]
        if town is SHIOMI:
            self.notes["code-public-key"] = str(code_key.public)
            self.notes["document-anchor"] = str(documents.anchor)
        settings = MunicipalitySettings(
            **self._shared(town.node, Role.MUNICIPALITY),
            dsn=self._municipality_dsn if town is SHIOMI else self.neighbour_dsn or "",
            code=town.code,
            name_ja=town.ja,
            mayor_title=town.office,
            mayor_name=town.mayor,
            seal_image=str(self._seal(town)),
            signer_socket=str(self._signer_socket(town)),
            document_certificate=str(documents.certificate),
            document_chain=str(documents.chain),
            code_public_key=str(code_key.public),
            code_key_id=f"{town.code}-1",
            claims_secret=str(self._pki.secret(f"claims-{town.code}")),
            card_anchors=str(self._cards.anchors),
            card_crl=str(self._cards.crls),
            card_policies=self._card_policies,
            card_status_required=self.sandbox,
            center_challenge_public_key=str(self._challenge.public),
            fiscal_years=FISCAL_YEARS,
            resident_key_secret=str(self._pki.secret(f"resident-keys-{town.code}")),
        )
        label, program = f"{town.ja}の証明書発行", "itaku.issuance.municipality"
        needs = (_sequencer_of(town.node), _signer_of(town), *self._residents)
        return self._process(town.node, label, f"{town.en}'s issuing", program, settings, needs)

    def _claims_key(self, town: TownOffice) -> Path:
        """The key that the municipality publishes for claims: kiosks have it from its file, never from the way."""
        path = self._path / "pki" / f"claims-{town.code}.pub"
        secret = StandingSecret(self._pki.secret(f"claims-{town.code}").read_bytes())
        write_whole(path, secret.public, 0o644)
        return path

    def _signer(self, town: TownOffice) -> Process:
        name, documents = _signer_of(town), self._documents[town.code]
        settings = SignerSettings(
            name=name,
            socket=str(self._signer_socket(town)),
            document_certificate=str(documents.certificate),
            document_chain=str(documents.chain),
            document_key=str(documents.key),
            code=CodeKeySettings(
                municipality=town.code, key_id=f"{town.code}-1", key=str(self._pki.code(town.code).key)
            ),
            log_file=str(self._log(name)),
        )
        program = "itaku.issuance.municipality.signer"
        return self._process(name, f"{town.ja}の署名", f"{town.en}'s signer", program, settings)

    def _operations(self) -> Process:
        page = self._ports.take("page-operations", OPERATIONS_PORT)
        self.pages["operations"] = Address("運用の状況", "operations board", f"http://{_HOST}:{page}/")
        settings = OperationsSettings(
            name="operations",
            dsn=self._database.ensure_member(f"{CENTER_DATABASE}_operations", CENTER_DATABASE, CENTER_DATABASE),
            shops=(SHOP,),
            limits=self._limits,
            approved_builds=(BUILD,),
            page_host=_HOST,
            page_port=page,
            clock_file=str(self._clock_file) if self._clock_file else None,
            log_file=str(self._log("operations")),
        )
        # It reads the center's tables.
        return self._process(
            "operations", "運用の状況", "operations board", "itaku.operations", settings, ("center-1",)
        )

    def _desk(self) -> Process:
        page = self._ports.take("page-desk", DESK_PORT)
        self.pages["desk"] = Address("委託の机", "desk", f"http://{_HOST}:{page}/")
        files = self._data / "desk-files"
        files.mkdir(mode=0o700, exist_ok=True)
        settings = DeskSettings(
            name="desk",
            dsn=self._database.ensure_member(f"{CONTRACTS}_desk", CONTRACTS, CONTRACTS),
            secret_key=str(self._pki.secret("desk-sessions")),
            code_key=str(self._pki.secret("desk-codes")),
            code_keys_before=self._pki.secrets_before("desk-codes"),
            files=str(files),
            page_host=_HOST,
            page_port=page,
            first_people=str(self._desk_people()) if self.sandbox else None,
            first_schedules=str(self._first_schedules()) if self.sandbox else None,
            seals=self._seals() if self.sandbox else {},
            trust_anchors=str(self._sandbox_folder / SEAL_ANCHORS) if self.sandbox else "",
            sandbox=self.sandbox,
            settlement_dsn=self._database.ensure_member(f"{CENTER_DATABASE}_desk", CENTER_DATABASE, CENTER_DATABASE),
            books=self._books() if self.sandbox else (),
            incident_phones={"marathon-2026": "情報政策課 当番 内線2210"} if self.sandbox else {},
            clock_file=str(self._clock_file) if self._clock_file else None,
            log_file=str(self._log("desk")),
        )
        return self._process("desk", "委託の机", "desk", "itaku.desk", settings, (_sequencer_of(CONTRACTS),))

    def _seals(self) -> dict[str, SealFiles]:
        """A practice seal for each organisation that hands papers in, and the file of those who vouch for them."""
        found, anchors = {}, b""
        for number, each in enumerate(each for each in PEOPLE if each.kind in {"client", "contractor"}):
            made = self._pki.documents(f"desk-{number}", each.name, "練習用の電子印")
            chain = self._sandbox_folder / f"desk-seal-{number}.pem"
            write_whole(chain, made.certificate.read_bytes() + made.chain.read_bytes(), 0o644)
            anchors += made.anchor.read_bytes()
            found[each.name] = SealFiles(key=str(made.key), certificates=str(chain))
        write_whole(self._sandbox_folder / SEAL_ANCHORS, anchors, 0o644)
        return found

    def _books(self) -> tuple[BooksOf, ...]:
        """Both municipalities' fees; of the second, only who keeps the books sits at the desk."""
        home = BooksOf(contract=CERTIFICATES, municipality=SHIOMI.code, ja=SHIOMI.ja, en=SHIOMI.en, client="client")
        return home, BooksOf(contract=CERTIFICATES, municipality=KITAHAMA.code, ja=KITAHAMA.ja, en=KITAHAMA.en)

    def _desk_people(self) -> Path:
        """The demonstration's people, with the password that the sandbox prints."""
        path = self._sandbox_folder / "desk-people.json"
        write_whole(path, desk_people({each.id: each.form for each in works()}), 0o600)
        return path

    def _first_schedules(self) -> Path:
        """The demonstration's works schedules."""
        path = self._sandbox_folder / "desk-schedules.json"
        write_whole(path, schedules(), 0o600)
        return path

    def _verification(self) -> Process:
        """The public page: it has the published keys, and may ask the issuer one thing, void or not."""
        page = self._ports.take("page-verification", VERIFICATION_PORT)
        self.pages["verification"] = Address("証明書を確かめる", "verify a paper", f"http://{_HOST}:{page}/")
        certificate, key = self._pki.node("verification", Role.VERIFICATION)
        settings = VerificationSettings(
            name="verification",
            page_host=_HOST,
            page_port=page,
            keys=str(self._published_keys()),
            online=OnlineSettings(
                certificate=str(certificate),
                key=str(key),
                ca=str(self._pki.ca),
                issuers=(AskedIssuer(municipality=CODE, node=self._peer(MUNICIPALITY, Role.MUNICIPALITY)),),
            ),
            log_file=str(self._log("verification")),
        )
        label = "証明書の確認ページ"
        return self._process("verification", label, "verification page", "itaku.verification", settings)

    def _published_keys(self) -> Path:
        """The file that the municipalities publish, for the days on which their documents' roots are valid."""
        path = self._path / PUBLISHED_KEYS
        path.parent.mkdir(mode=0o755, exist_ok=True)
        write_whole(path, published(*map(self._issuer, self._towns)), 0o644)
        self.notes["issuer-keys"] = str(path)
        return path

    def _issuer(self, town: TownOffice) -> Issuer:
        root = self._documents[town.code].anchor.read_bytes()
        valid = x509.load_pem_x509_certificate(root)
        key = CodeKey(
            key_id=f"{town.code}-1",
            public_key=self._pki.code(town.code).public.read_text(encoding="ascii"),
            not_before=valid.not_valid_before_utc.date(),
            not_after=valid.not_valid_after_utc.date(),
        )
        return Issuer(town.code, town.ja, town.en, (key,), (root.decode("ascii"),))

    def _registry(self) -> Process:
        name = f"registry-{CODE}"
        settings = RegistrySettings(
            **self._shared(name, Role.REGISTRY),
            municipality=self._peer(MUNICIPALITY, Role.MUNICIPALITY),
            more=(self._peer(NEIGHBOUR, Role.MUNICIPALITY),),
            interval_s=_HEARTBEAT_S,
        )
        label, needs = "住記システム(代役)", tuple(town.node for town in self._towns)
        return self._process(name, label, "registry (stand-in)", "itaku.sandbox.registry", settings, needs)

    def _relay(self) -> Process:
        settings = RelaySettings(
            **self._shared("relay-1", Role.RELAY),
            center=self._peer("center-1", Role.CENTER),
            database=str(self._data / "relay-1.sqlite"),
        )
        return self._process("relay-1", "コンビニECセンター", "relay", "itaku.issuance.relay", settings, ("center-1",))

    def _shop(self) -> Process:
        page = self._ports.take("page-shop-1", SHOP_PORT)
        self.pages["shop-1"] = Address("店員の画面", "clerk's page", f"http://{_HOST}:{page}/")
        settings = ShopSettings(
            **self._shared("shop-1", Role.SHOP),
            database=str(self._data / "shop-1.sqlite"),
            kiosks=KIOSKS,
            relay=self._peer("relay-1", Role.RELAY),
            page_host=_HOST,
            page_port=page,
            register=LineSettings(_HOST, self._port_of(REGISTER)) if self.sandbox else None,
        )
        label, needs = "ストアコントローラー", ("relay-1", *((REGISTER,) if self.sandbox else ()))
        return self._process("shop-1", label, "shop controller", "itaku.issuance.shop", settings, needs)

    def _register(self) -> Process:
        settings = RegisterSettings(
            data=str(self._data / f"{REGISTER}.sqlite"), host=_HOST, port=self._port_of(REGISTER)
        )
        return self._process(REGISTER, "レジ(代役)", "register (stand-in)", "itaku.sandbox.register", settings)

    def _stand(self, kiosk: str) -> Process:
        name, first = f"stand-{kiosk}", kiosk == KIOSKS[0]
        socket = self._stand_socket(kiosk)
        tray = self._sandbox_folder / f"tray-{kiosk}"
        tray.mkdir(mode=0o700, exist_ok=True)
        self.notes[name] = str(socket)
        self.notes[f"tray-{kiosk}"] = str(tray)
        settings = StandSettings(
            socket=socket,
            data=self._data / f"{name}.sqlite",
            tray=tray,
            office=self._cards.office,
            cards=self._cards.shown if first else self._cards.everyone,
            clock=self._clock_file,
            seconds_per_sheet=self.seconds_per_sheet,
        )
        label, program = kiosk.upper(), "itaku.sandbox.stand"
        return self._process(name, f"{label} の機器(代役)", f"devices of {label}", program, settings, self._residents)

    def _kiosk(self, kiosk: str) -> Process:
        first, label, cash_apart = kiosk == KIOSKS[0], kiosk.upper(), kiosk in self._cash_units_apart
        page = self._page_port if first else self._ports.take(f"page-{kiosk}", SECOND_KIOSK_PORT)
        self.pages[kiosk] = Address(f"キオスク {label}", f"kiosk {label}", f"http://{_HOST}:{page}/", for_people=first)
        settings = KioskSettings(
            **self._shared(kiosk, Role.KIOSK),
            page_host=_HOST,
            page_port=page,
            practice=self.sandbox,
            shop_name_ja=SHOP_JA,
            shop_name_en=SHOP_EN,
            municipality=NAME_JA,
            relay=self._peer("relay-1", Role.RELAY),
            shop=self._peer("shop-1", Role.SHOP),
            stand_socket=str(self._stand_socket(kiosk)),
            journal=str(self._data / f"{kiosk}.sqlite"),
            journal_key=str(self._pki.secret(f"journal-{kiosk}")),
            document_anchors=tuple(str(documents.anchor) for documents in self._documents.values()),
            claims_keys={town.code: str(self._claims_key(town)) for town in self._towns},
            build=BUILD,
            clerk_page=self.pages["shop-1"].url,
            cash_unit=LineSettings(_HOST, self._port_of(f"cash-{kiosk}")) if cash_apart else None,
            cash_person_socket=self._cash_socket(kiosk) if cash_apart else None,
        )
        needs = (f"stand-{kiosk}", "shop-1", "relay-1", *((f"cash-{kiosk}",) if cash_apart else ()))
        return self._process(kiosk, f"キオスク {label}", f"kiosk {label}", "itaku.issuance.kiosk", settings, needs)

    def _cash_unit(self, kiosk: str) -> Process:
        name, label = f"cash-{kiosk}", kiosk.upper()
        settings = CashUnitSettings(
            data=str(self._data / f"{name}.sqlite"),
            person_socket=self._cash_socket(kiosk),
            host=_HOST,
            port=self._port_of(name),
        )
        self.notes[name] = settings.person_socket
        program = "itaku.sandbox.cash_unit"
        return self._process(name, f"{label} の現金機(代役)", f"cash unit of {label}", program, settings)

    def _cash_socket(self, kiosk: str) -> str:
        return str(short_socket_folder(self._path) / f"c-{kiosk}.sock")

    # --- parts

    @property
    def _environment(self) -> dict[str, str]:
        """Practice talks to nobody outside: it trusts no public CA, and no node takes the time to read them all."""
        return {"SSL_CERT_FILE": str(self._pki.ca)} if self.sandbox else {}

    @property
    def _residents(self) -> tuple[str, ...]:
        """What waits for the residents' cards and tables to be laid out."""
        return (RESIDENTS,) if self.sandbox else ()

    @property
    def _limits(self) -> Limits:
        return _PRACTICE_LIMITS if self.sandbox else Limits()

    @property
    def _clock_file(self) -> Path | None:
        return self._path / CLOCK_FILE if self.sandbox else None

    @property
    def _card_policies(self) -> tuple[str, ...]:
        """The sandbox takes practice cards only, real service takes real ones only."""
        return (TEST_USER_AUTHENTICATION_POLICY if self.sandbox else JPKI_USER_AUTHENTICATION_POLICY,)

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _require_what_the_sandbox_would_invent(self) -> None:
        """Real service has no default for whom it trusts and with which seal it signs: `StartError` names the place."""
        seal = self._seal(SHIOMI)
        places = [] if seal.exists() else [seal]
        places += [folder for folder in (self._cards.anchors, self._cards.crls) if not any(folder.iterdir())]
        if places:
            raise StartError(
                f"missing: {', '.join(map(str, places))}",
                remedy_ja="公印の画像、カードの認証局の証明書(PEM)、失効リスト(DER)を示した場所に置いてください。"
                "試すだけなら --sandbox を付けてください。",
                remedy_en="Put the mayor's seal (PNG), the card CAs (PEM) and their revocation lists (DER) there; "
                "to try things out, add --sandbox.",
            )

    def _seal(self, town: TownOffice) -> Path:
        name = "mayor-seal.png" if town is SHIOMI else f"mayor-seal-{town.code}.png"
        path = (self._sandbox_folder if self.sandbox else self._data) / name
        if self.sandbox and not path.exists():
            write_whole(path, draw_office_seal(town.seal), 0o644)
        return path

    def _signer_socket(self, town: TownOffice) -> Path:
        return short_socket_folder(self._path) / ("signer.sock" if town is SHIOMI else f"signer-{town.code}.sock")

    def _stand_socket(self, kiosk: str) -> Path:
        return short_socket_folder(self._path) / f"{kiosk}.sock"

    def _peer(self, name: str, role: Role) -> Peer:
        return Peer(url=f"https://{_HOST}:{self._port_of(name)}", peer_name=Identity(name, role).dns_name)

    def _port_of(self, name: str) -> int:
        if name not in self._node_ports:
            self._node_ports[name] = self._ports.take(name)
        return self._node_ports[name]

    def _shared(self, name: str, role: Role) -> dict[str, Any]:
        """What all nodes' settings have in common."""
        certificate, key = self._pki.node(name, role)
        return {
            "name": name,
            "role": role.value,
            "certificate": str(certificate),
            "key": str(key),
            "ca": str(self._pki.ca),
            "listen_host": _HOST,
            "listen_port": self._port_of(name),
            "clock_file": str(self._clock_file) if self._clock_file else None,
            "log_file": str(self._log(name)),
        }

    def _process(
        self,
        name: str,
        ja: str,
        en: str,
        program: str,
        settings: msgspec.Struct,
        needs: tuple[str, ...] = (),
    ) -> Process:
        file = write_settings(self._settings / f"{name}.toml", plain(settings))
        return Process(
            name=name,
            ja=ja,
            en=en,
            argv=module(program, file),
            settings=file,
            needs=needs,
            environment=self._environment,
        )


def _sequencer_of(record: str) -> str:
    """The name of the process that numbers a record."""
    return f"sequencer-{record}"


def _signer_of(town: TownOffice) -> str:
    """The name of the process that holds a municipality's keys."""
    return f"signer-{town.code}"
