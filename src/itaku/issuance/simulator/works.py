"""Model crypto, policy and works: what keys, cards, registers and forms do, without the mathematics."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

from itaku.basis.clock import InstantMs
from itaku.basis.eras import era_date
from itaku.basis.randomness import IssuanceId
from itaku.basis.text import individual_number_check_digit
from itaku.issuance.center.machine import MunicipalityFacts, OpenRefusedError
from itaku.issuance.center.row import CenterRow
from itaku.issuance.certificates.completeness import require_complete
from itaku.issuance.certificates.content import ItemsPerson, ResidentRecordItems
from itaku.issuance.certificates.failures import RecordIncomplete
from itaku.issuance.kiosk.machine import DocumentRefusedError, Secret
from itaku.issuance.municipality.machine import Finished, Job, WithheldError
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.challenges import ChallengeFacts
from itaku.issuance.protocol.digests import application_digest
from itaku.issuance.protocol.kinds import FAMILY_REGISTER_KINDS, TAX_KINDS, Kind, Options, TaxPaymentOptions, kind_of
from itaku.issuance.simulator.kinds import FEES, FISCAL_YEARS, ModelCalendar, is_numbered
from itaku.issuance.simulator.population import FRESHNESS_MS, Facts

if TYPE_CHECKING:
    from itaku.issuance.simulator.world import World

APPROVED_BUILD = "simulated"
OLD_BUILD = "simulated-old"
_STOP_LASTS_MS = 30_000
"""So long does a person take to look into an incident and to lift the stop of a route."""


def city_code(number: int) -> str:
    """The code of an invented municipality."""
    return f"99{number:04d}"


_ADDRESS = "汐見市潮見台一丁目2番3号"
_NUMBER = f"99900000001{individual_number_check_digit('99900000001')}"


def numbered_items(facts: Facts) -> ResidentRecordItems:
    """The content of a certificate on which the personal number stands; an empty one where the record has none."""
    number = _NUMBER if facts.number else ""
    return ResidentRecordItems((ItemsPerson(facts.name, "", facts.born, _ADDRESS, individual_number=number),), True)


_date_text = functools.cache(era_date)


class ModelBinding(NamedTuple):
    """What ties a model document to its application."""

    resident_key: bytes
    serial_number: str


class ModelContent(NamedTuple):
    """What a model certificate is made from."""

    facts: Facts
    kind: Kind
    numbered: bool
    made_ms: int
    """When the registers were asked."""


class ModelDocument(NamedTuple):
    """A model certificate: whose it is, for what it was made, and what is printed on it."""

    issuance_id: bytes
    digest: bytes
    facts: Facts
    pages: int
    date_text: str
    sealed: bool
    number: bool
    made_ms: int


class ModelSecret:
    """A session key: opens what was sealed to its public half."""

    __slots__ = ("alive", "public")

    def __init__(self, public: bytes) -> None:
        self.public = public
        self.alive = True

    def open(self, sealed: bytes, application_digest: bytes) -> bytes:
        """Not used: the model's documents are objects, opened by `ModelCrypto`."""
        raise NotImplementedError

    def destroy(self) -> None:
        """Lets the key go."""
        self.alive = False


class ModelCrypto:
    """The kiosk's side. `sealed` maps a handle to (public key, info, document), as only its key could open it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rest = bytes(1208) if world.on_the_wire else b""

    def new_secret(self) -> Secret:
        """A fresh session key."""
        return ModelSecret(self._world.chance.bytes(8) + self._rest)

    def open_document(self, secret: Secret, answer: m.Prepared, application: m.Application, now: InstantMs) -> Any:
        """Opens and checks as the real one does."""
        del now
        document = self.unseal(secret, answer, application)
        self.check(document, application)
        return document

    def unseal(self, secret: Secret, answer: m.Prepared, application: m.Application) -> ModelDocument:
        """Opens with the session's key and the application digest, or not at all."""
        public, info, document = self._world.sealed.get(answer.sealed, (b"", b"", None))
        if document is None or public != secret.public or info != application_digest(application):
            raise DocumentRefusedError
        return document

    def check(self, document: ModelDocument, application: m.Application) -> None:
        """Whether the document was made for this application."""
        if (document.issuance_id, document.digest) != (application.issuance_id, application_digest(application)):
            raise DocumentRefusedError

    def receipt(self, issuance_id: IssuanceId, session_key_sha256: bytes, now: InstantMs) -> m.Receipt:
        """A model receipt."""
        return m.Receipt(
            session_key_sha256=session_key_sha256, erased_ms=now, signature=issuance_id, certificate=b"model"
        )


class ModelPolicy:
    """The center's policy: builds, the record, admission, and where a card's holder lives."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.calendar = calendar = ModelCalendar(fees=FEES, fiscal_years=FISCAL_YEARS)
        self.cities = {
            city_code(number): MunicipalityFacts(
                code=city_code(number), name_ja="汐見市", name_en="Shiomi City", calendar=calendar
            )
            for number in range(world.topology.municipalities)
        }

    def admit(self, request: m.Open, now: InstantMs) -> MunicipalityFacts:
        """Refuses builds that are not approved, and everyone while the record takes no entries."""
        world = self._world
        if request.build != APPROVED_BUILD:
            raise OpenRefusedError("build_not_approved")
        if world.center_record[0] <= now < world.center_record[1]:
            raise OpenRefusedError("record_unavailable")
        if world.chance.hit("busy"):
            raise OpenRefusedError("busy")
        return self.cities[city_code(world.source.city_of(request.card_certificate.decode()))]

    def municipality(self, code: str) -> MunicipalityFacts | None:
        """A municipality by its code."""
        return self.cities.get(code)

    def challenge(self) -> bytes:
        """32 bytes."""
        return self._world.chance.bytes(32)

    def sign_challenge(self, facts: ChallengeFacts) -> bytes:
        """A model token."""
        return facts.challenge

    def void_holds(self, request: m.Void) -> bool:
        """Whether the receipt speaks of this set."""
        return request.receipt.signature == request.issuance_id

    def receipt_holds(self, receipt: m.Receipt, row: CenterRow) -> bool:
        """Whether the receipt speaks of this session's key."""
        return receipt.session_key_sha256 == row.session_key_sha256


class ModelWorks:
    """One municipality's works, shared by its instances. A card's certificate is its holder in the model."""

    def __init__(self, world: World, city: int) -> None:
        self._world = world
        self._city = city
        self._code = city_code(city)
        self._stopped: dict[Kind, int] = {}

    def stop_route(self, kind: Kind) -> None:
        """An incident stops a kind in every instance until a person has looked."""
        self._stopped[kind] = self._world.now + _STOP_LASTS_MS

    def verify(self, request: m.Apply, now: InstantMs) -> str:
        """The card's serial."""
        del now
        if request.application.municipality != self._code:
            raise WithheldError("municipality_unknown")
        if request.signature != request.digest[:8] + request.card_certificate:
            raise WithheldError("signature_invalid")
        return request.card_certificate.decode()

    def make_job(self, request: m.Apply, household: Any, now: InstantMs, attempt: int) -> Job:
        """Checks freshness first, then the resident and what is asked for."""
        facts: Facts | None = household[0]
        options = request.application.options
        kind = kind_of(options)
        if self._world.city_record[0] <= now < self._world.city_record[1]:
            raise WithheldError("record_unavailable")
        if now < self._stopped.get(kind, 0):
            raise WithheldError("stopped")
        self.check_fresh(household[1], now)
        if facts is None:
            raise WithheldError("resident_unknown")
        self.check_kind(facts, kind, options, now)
        numbered = is_numbered(options)
        facts = self._world.poison.record(request.issuance_id, facts, numbered=numbered)
        self.check_complete(facts, numbered=numbered)
        if self._world.chance.hit("withheld"):
            raise WithheldError("character_pending")
        content = ModelContent(facts, kind, numbered, now)
        binding = ModelBinding(facts.resident.encode(), self._world.chance.bytes(8).hex())
        return Job(request.issuance_id, attempt, content, binding)

    def check_kind(self, facts: Facts, kind: Kind, options: Options, now: InstantMs) -> None:
        """What the kind asks of the resident: a seal, this year's tax entry, a family register that is kept here."""
        if kind is Kind.SEAL_REGISTRATION and not facts.seal:
            raise WithheldError("seal_not_registered")
        if kind in TAX_KINDS:
            if getattr(options, "fiscal_year", None) != self._world.policy.calendar.item(kind, now).fiscal_year:
                raise WithheldError("fiscal_year_not_offered")
            if not facts.taxed and not isinstance(options, TaxPaymentOptions):
                raise WithheldError("tax_undeclared")
        if kind in FAMILY_REGISTER_KINDS and facts.register_city != self._city:
            raise WithheldError("register_elsewhere")

    def check_fresh(self, as_of: int | None, now: InstantMs) -> None:
        """Nothing is said from a register that is not proven to be current (R5)."""
        if as_of is None or abs(now - as_of) > FRESHNESS_MS:
            raise WithheldError("replica_stale")

    def check_complete(self, facts: Facts, *, numbered: bool) -> None:
        """What the certificate must state is there (R8): the real check of required items, on such a content."""
        if not numbered:
            return
        try:
            require_complete(numbered_items(facts))
        except RecordIncomplete as incomplete:
            raise WithheldError("record_incomplete") from incomplete

    def render(self, request: m.Apply, job: Job) -> ModelDocument:
        """The render job's document; the job itself writes id and digest into it."""
        content: ModelContent = job.content
        document = ModelDocument(
            issuance_id=job.issuance_id,
            digest=request.digest,
            facts=content.facts,
            pages=2 if content.facts.version % 4 == 0 else 1,
            date_text=_date_text(content.facts.since) if content.kind is Kind.RESIDENT_RECORD else "",
            sealed=True,
            number=content.numbered,
            made_ms=content.made_ms,
        )
        return self._world.poison.page(document)

    def finish(self, job: Job, document: Any, request: m.Apply, now: InstantMs) -> Finished:
        """Reads back, and seals."""
        del now
        self.read_back(job, document, request)
        handle = self._world.chance.bytes(16)
        self._world.keep_sealed(handle, request, document)
        return Finished(handle, handle + handle, document.pages)

    def read_back(self, job: Job, document: ModelDocument, request: m.Apply) -> None:
        """Compares what stands in the finished document with the job and the application."""
        self.compare_binding(job, document, request)
        self.compare_page(job, document)

    def compare_binding(self, job: Job, document: ModelDocument, request: m.Apply) -> None:
        """Issuance id, application digest and resident, as the document's own bytes have them."""
        bound = (document.issuance_id, document.digest, document.facts.resident.encode())
        if bound != (job.issuance_id, request.digest, job.binding.resident_key):
            raise WithheldError("readback_mismatch")

    def compare_page(self, job: Job, document: ModelDocument) -> None:
        """Name, birth date, the dates' eras, and the seal, as they are printed."""
        content: ModelContent = job.content
        facts = content.facts
        date_text = _date_text(facts.since) if content.kind is Kind.RESIDENT_RECORD else ""
        if (document.facts.name, document.facts.born) != (facts.name, facts.born):
            raise WithheldError("readback_mismatch")
        if not document.sealed or document.date_text != date_text:
            raise WithheldError("readback_mismatch")
