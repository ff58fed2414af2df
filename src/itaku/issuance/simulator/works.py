"""Model crypto and model works: what keys, cards, registers and forms do, without the mathematics."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any, NamedTuple

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.basis.yen import Yen
from itaku.issuance.center.calendar import FeeRow, ServiceCalendar
from itaku.issuance.center.machine import MunicipalityFacts, OpenRefusedError
from itaku.issuance.center.row import CenterRow
from itaku.issuance.kiosk.machine import DocumentRefusedError, Secret
from itaku.issuance.municipality.machine import Finished, Job, WithheldError
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.challenges import ChallengeFacts
from itaku.issuance.protocol.digests import application_digest
from itaku.issuance.protocol.kinds import Kind
from itaku.issuance.simulator.devices import Odds

FEES = ServiceCalendar(
    fees=(
        FeeRow(kind=Kind.RESIDENT_RECORD, fee_yen=Yen(300), since=dt.date(2020, 4, 1)),
        FeeRow(kind=Kind.SEAL_REGISTRATION, fee_yen=Yen(300), since=dt.date(2020, 4, 1)),
    ),
    opens_minute=0,
    closes_minute=24 * 60,
)
CITY = MunicipalityFacts(code="991015", name_ja="汐見市", name_en="Shiomi City", calendar=FEES)


class ModelBinding(NamedTuple):
    """What ties a model document to its application."""

    resident_key: bytes
    serial_number: str


class ModelDocument(NamedTuple):
    """A model certificate: whose it is and for what it was made."""

    issuance_id: bytes
    digest: bytes
    resident: str
    pages: int


class ModelSecret:
    """A session key: opens what was sealed to its public half."""

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
    """The kiosk's side."""

    def __init__(self, chance: random.Random, documents: dict[bytes, tuple[bytes, bytes, ModelDocument]]) -> None:
        self._chance = chance
        self._documents = documents

    def new_secret(self) -> Secret:
        """A fresh session key."""
        return ModelSecret(self._chance.randbytes(8) + bytes(1208))

    def open_document(self, secret: Secret, answer: m.Prepared, application: m.Application, now: InstantMs) -> Any:
        """Opens and checks as the real one does."""
        del now
        public, info, document = self._documents[answer.sealed]
        digest = application_digest(application)
        if public != secret.public or info != digest:
            raise DocumentRefusedError
        if (document.issuance_id, document.digest) != (application.issuance_id, digest):
            raise DocumentRefusedError
        return document

    def receipt(self, issuance_id: IssuanceId, session_key_sha256: bytes, now: InstantMs) -> m.Receipt:
        """A model receipt."""
        return m.Receipt(
            session_key_sha256=session_key_sha256, erased_ms=now, signature=issuance_id, certificate=b"model"
        )


class ModelPolicy:
    """The center's policy: everything is admitted that the odds allow."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def admit(self, request: m.Open, now: InstantMs) -> MunicipalityFacts:
        """Refuses one in fifty."""
        del request, now
        if self._chance.random() < 0.02:
            raise OpenRefusedError("busy")
        return CITY

    def municipality(self, code: str) -> MunicipalityFacts | None:
        """The one there is."""
        return CITY if code == CITY.code else None

    def challenge(self) -> bytes:
        """32 bytes."""
        return self._chance.randbytes(32)

    def sign_challenge(self, facts: ChallengeFacts) -> bytes:
        """A model token."""
        return facts.challenge

    def receipt_holds(self, receipt: m.Receipt, row: CenterRow) -> bool:
        """Whether the receipt speaks of this session's key."""
        return receipt.session_key_sha256 == row.session_key_sha256


class ModelWorks:
    """The municipality's works. A card's certificate is its resident's name in the model."""

    def __init__(
        self, chance: random.Random, odds: Odds, documents: dict[bytes, tuple[bytes, bytes, ModelDocument]]
    ) -> None:
        self._chance = chance
        self._odds = odds
        self._documents = documents

    def verify(self, request: m.Apply, now: InstantMs) -> str:
        """The card's serial."""
        del now
        if request.signature != request.digest[:8]:
            raise WithheldError("signature_invalid")
        return request.card_certificate.decode()

    def make_job(self, request: m.Apply, household: Any, now: InstantMs, attempt: int) -> Job:
        """The content is the resident's name."""
        del now
        if self._chance.random() < self._odds.withheld:
            raise WithheldError("moved_out")
        binding = ModelBinding(household.encode(), self._chance.randbytes(8).hex())
        return Job(request.issuance_id, attempt, household, binding)

    def render(self, request: m.Apply, job: Job) -> ModelDocument:
        """The render job's document."""
        return ModelDocument(job.issuance_id, request.digest, str(job.content), 1 + len(str(job.content)) % 3)

    def finish(self, job: Job, document: Any, request: m.Apply, now: InstantMs) -> Finished:
        """Reads back, and seals."""
        del now
        facts = (document.issuance_id, document.digest, document.resident)
        if facts != (job.issuance_id, request.digest, job.content):
            raise WithheldError("readback_mismatch")
        handle = self._chance.randbytes(16)
        self._documents[handle] = (request.application.session_key, request.digest, document)
        return Finished(handle, handle + handle, document.pages)
