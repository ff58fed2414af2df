"""Center and municipality as they are, with real keys, cards and forms; what is between them is the test's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, load_pem_public_key
from kiosk_by_hand import Hand, Session

from itaku.basis.clock import FixedClock, InstantMs, to_instant
from itaku.basis.errors import ItakuError
from itaku.basis.randomness import SeededRandomness, SystemRandomness
from itaku.basis.yen import Yen
from itaku.issuance.center import machine as center
from itaku.issuance.center.admission import Admission, Limits
from itaku.issuance.center.calendar import FeeRow, ServiceCalendar
from itaku.issuance.center.policy import CenterPolicy
from itaku.issuance.center.row import CenterRow
from itaku.issuance.certificates.code import CodeSigner
from itaku.issuance.certificates.content import IssuerText
from itaku.issuance.certificates.fonts import installed_font
from itaku.issuance.certificates.render import Renderer
from itaku.issuance.certificates.seal import draw_office_seal
from itaku.issuance.certificates.signing import DocumentSigner
from itaku.issuance.devices.card_office import TEST_USER_AUTHENTICATION_POLICY, CardOffice
from itaku.issuance.kiosk.crypto import KioskCrypto
from itaku.issuance.municipality import machine as city
from itaku.issuance.municipality.registry import Household, Resident
from itaku.issuance.municipality.row import MunicipalityRow
from itaku.issuance.municipality.works import LiveWorks, Registers, failure_code
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.card_check import CardTrust, trust_from
from itaku.issuance.protocol.kinds import Kind
from itaku.issuance.transport.identity import Role
from itaku.sandbox.showcase import settle_showcase
from itaku.sandbox.town import CODE, NAME_EN, NAME_JA, Town
from itaku.supervisor.pki import NodeFiles, Pki
from itaku.supervisor.plan import BUILD

_TODAY = dt.datetime.now(dt.UTC)
NOW = to_instant(_TODAY.replace(month=min(_TODAY.month, 11), day=min(_TODAY.day, 28), hour=1, minute=0, second=0))
"""A service day near today (node and document certificates live by the machine's clock) at 10:00 in Japan."""
SHOP_OF = {"k01": "shop-1", "k02": "shop-1"}
YEAR_MS = 365 * 86_400_000


class Parts:
    """All keys, cards, residents and the form of one town, made once."""

    now = NOW

    def __init__(self, folder: Path) -> None:
        self.pki = Pki(folder / "pki")
        self.office = CardOffice(folder / "office")
        self.residents = _residents()
        self.challenge = self.pki.signing("center-challenge")
        self.documents = self.pki.documents(CODE, NAME_JA, "汐見市長")
        self.issuer = IssuerText(CODE, NAME_JA, "汐見市長", "浜野 汐里", draw_office_seal("汐見市長之印"))
        self._trust = self._make_trust()

    def trust(self) -> CardTrust:
        return self._trust

    def resident(self, resident_no: str) -> Resident:
        return next(resident for resident in self.residents if resident.resident_no == resident_no)

    def card(self, resident_no: str):
        serial = int(self.resident(resident_no).card_serial, 16)
        return self.office.issue(serial, InstantMs(NOW - YEAR_MS), InstantMs(NOW + YEAR_MS))

    def household(self, card_serial: str, as_of: InstantMs | None = NOW) -> Household | None:
        found = [resident for resident in self.residents if resident.card_serial == card_serial]
        if not found:
            return None
        members = tuple(each for each in self.residents if each.household_no == found[0].household_no)
        return Household(found[0], members, None, as_of)

    def policy(self) -> CenterPolicy:
        calendar = ServiceCalendar(
            fees=tuple(FeeRow(kind, Yen(300), dt.date(2016, 1, 25)) for kind in Kind),
            opens_minute=0,
            closes_minute=1440,
            hours=(),
        )
        return CenterPolicy(
            municipalities={CODE: center.MunicipalityFacts(CODE, NAME_JA, NAME_EN, calendar)},
            trust=self.trust,
            challenge_key=load_pem_private_key(self.challenge.key.read_bytes(), None),
            approved_builds=frozenset({BUILD}),
            kiosks=frozenset({"k01", "k02"}),
            node_ca=x509.load_pem_x509_certificate(self.pki.ca.read_bytes()),
            randomness=SystemRandomness(),
            admission=Admission(Limits(total=10_000, shop=10_000, kiosk=10_000), SHOP_OF),
            shop_of=SHOP_OF,
        )

    def works(self) -> LiveWorks:
        """A municipality's works of its own, with its own renderer."""
        code = self.pki.code(CODE)
        key = load_pem_private_key(code.key.read_bytes(), None)
        return LiveWorks(
            code=CODE,
            issuer=self.issuer,
            trust=self.trust,
            challenge_key=load_pem_public_key(self.challenge.public.read_bytes()),
            renderer=Renderer(self.issuer, CodeSigner(key, b"test"), installed_font()),
            signer=DocumentSigner(
                load_pem_private_key(self.documents.key.read_bytes(), None),
                x509.load_pem_x509_certificate(self.documents.certificate.read_bytes()),
                tuple(x509.load_pem_x509_certificates(self.documents.chain.read_bytes())),
            ),
            resident_secret=bytes(32),
            freshness_limit_ms=300_000,
            randomness=SystemRandomness(),
        )

    def kiosk_crypto(self, kiosk: str) -> KioskCrypto:
        files = self.pki.node(kiosk, Role.KIOSK)
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        return KioskCrypto(
            kiosk,
            load_pem_private_key(files.key.read_bytes(), None),
            certificate.public_bytes(Encoding.DER),
            x509.load_pem_x509_certificates(self.documents.anchor.read_bytes()),
        )

    def _make_trust(self) -> CardTrust:
        lists = [self.office.crl(number, {}, NOW, InstantMs(NOW + YEAR_MS)) for number in (1, 2)]
        return trust_from(self.office.anchors_pem(), lists, (TEST_USER_AUTHENTICATION_POLICY,))


def _residents() -> list[Resident]:
    town = Town(7)
    settle_showcase(town, dt.date(2026, 4, 1))
    return town.residents


Change = Callable[[m.Request], m.Request]


class Chain:
    """Kiosk, relay, center and municipality in a row. The hooks stand for whoever sits on the way."""

    def __init__(self, parts: Parts, works: LiveWorks) -> None:
        self.parts = parts
        self.pki = parts.pki
        self.policy = parts.policy()
        self.works = works
        self.clock = FixedClock(NOW)
        self.as_of: InstantMs | None = NOW
        self.relay_to_center: Change = lambda request: request
        self.relay_to_kiosk: Callable[[m.Answer], m.Answer] = lambda answer: answer
        self.center_to_city: Change = lambda request: request
        self.city_answers = True
        self.center_rows: dict[bytes, CenterRow] = {}
        self.city_rows: dict[bytes, MunicipalityRow] = {}
        self.incidents: list[str] = []

    def now(self) -> InstantMs:
        return self.clock.now()

    def kiosk(self, name: str = "k01") -> _Hand:
        return _Hand(self, name)

    async def state(self, issuance_id: bytes) -> str | None:
        row = self.center_rows.get(issuance_id)
        return row.state if row else None

    def center_state(self, issuance_id: bytes) -> str:
        row = self.center_rows.get(issuance_id)
        return row.state if row else "absent"

    def city_state(self, issuance_id: bytes) -> str:
        row = self.city_rows.get(issuance_id)
        return row.state if row else "absent"

    def ask(self, request: m.Request) -> m.Answer:
        """A kiosk's request and its answer, through the relay."""
        answer = self.at_center(m.decode_request(m.encode(self.relay_to_center(request))))
        assert answer is not None, "every request has an answer"
        return m.decode_answer(m.encode(self.relay_to_kiosk(answer)))

    def center_step(self, event: center.Event) -> center.Step:
        """One step of the center's machine, kept."""
        issuance_id = event.request.issuance_id if isinstance(event, center.FromMunicipality) else event.issuance_id
        step = center.handle(self.now(), event, self.center_rows.get(issuance_id), self.policy)
        if step.row is not None:
            self.center_rows[issuance_id] = step.row
        return step

    def at_center(self, event: center.Event) -> m.Answer | None:
        answer: m.Answer | None = None
        for effect in self.center_step(event).effects:
            match effect:
                case center.Reply():
                    answer = effect.answer
                case center.Incident():
                    self.incidents.append(effect.code)
                case center.Forward() | center.Tell():
                    request = effect.request
                    if not self.city_answers:
                        answer = answer or m.refuse(request, "municipality_unavailable")
                        continue
                    back = self.at_city(self.center_to_city(request))
                    answer = self.at_center(center.FromMunicipality(back, request)) or answer
        return answer

    def city_step(self, event: city.Event) -> city.Step:
        """One step of the municipality's machine, kept."""
        issuance_id = (
            event.issuance_id if isinstance(event, m.Apply | m.Outcome | m.Void) else event.request.issuance_id
        )
        step = city.handle(self.now(), event, self.city_rows.get(issuance_id), self.works)
        if step.row is not None:
            self.city_rows[issuance_id] = step.row
        return step

    def at_city(self, event: city.Event) -> m.Answer:
        answer: m.Answer | None = None
        for effect in self.city_step(event).effects:
            match effect:
                case city.Reply():
                    answer = effect.answer
                case city.LookUp():
                    household = self.parts.household(effect.card_serial, self.as_of)
                    answer = self.at_city(city.Asked(effect.request, Registers(household, self.as_of)))
                case city.Render():
                    answer = self.at_city(self.rendered(effect))
                case city.Incident():
                    self.incidents.append(effect.code)
                case city.Wait():
                    answer = m.refuse(effect.request, "municipality_unavailable")
        assert answer is not None, "every request has an answer"
        return answer

    def rendered(self, effect: city.Render) -> city.Rendered:
        try:
            return city.Rendered(effect.request, effect.job, self.works.render(effect.job, self.now()))
        except ItakuError as error:
            return city.Rendered(effect.request, effect.job, b"", failure_code(error))


class _Hand(Hand):
    """A kiosk worked by hand at the chain's end."""

    def __init__(self, chain: Chain, name: str) -> None:
        self.town = chain
        self.name = name
        self.files: NodeFiles = chain.pki.node(name, Role.KIOSK)

    async def ask(self, request: m.Request) -> m.Answer:
        return self.town.ask(request)

    def session(self, card: str = "r0001") -> Session:
        return Session(self, self.town.parts.card(card))


@pytest.fixture(scope="session")
def parts(tmp_path_factory) -> Parts:
    return Parts(tmp_path_factory.mktemp("parts"))


@pytest.fixture(scope="session")
def works(parts) -> LiveWorks:
    return parts.works()


@pytest.fixture
def chain(parts, works) -> Chain:
    works.stopped = frozenset()
    return Chain(parts, works)


@pytest.fixture
def dice() -> SeededRandomness:
    return SeededRandomness(1)


@pytest.fixture
def changed():
    """Copies of a message with some fields replaced."""
    return msgspec.structs.replace
