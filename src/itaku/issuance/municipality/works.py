"""What the municipality's machine is handed in a running node: trust, registers' rules, form, signature, seal."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.errors import ItakuError
from itaku.basis.randomness import Randomness
from itaku.issuance.certificates.content import Binding, IssuerText
from itaku.issuance.certificates.contents import Content
from itaku.issuance.certificates.readback import compare, read_back
from itaku.issuance.certificates.render import Renderer
from itaku.issuance.certificates.signing import DocumentSigner
from itaku.issuance.municipality.eligibility import Withheld, check
from itaku.issuance.municipality.extract import extract
from itaku.issuance.municipality.holder import holder_of
from itaku.issuance.municipality.machine import Finished, Job, WithheldError
from itaku.issuance.municipality.registrations.registrant import Registration, content_for
from itaku.issuance.municipality.registry import Household
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.card_check import CardTrust
from itaku.issuance.protocol.fiscal_years import FiscalYearRow
from itaku.issuance.protocol.kinds import Kind, Options, kind_of
from itaku.issuance.protocol.refusals import REFUSALS
from itaku.issuance.protocol.sealing import is_session_key, seal

_SERIAL_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Thirty-two signs that cannot be taken for one another when read aloud or copied by hand."""


class Registers(NamedTuple):
    """The registers' answer about one card: the household, and when the replica last equalled its source."""

    household: Household | None
    as_of: InstantMs | None
    registration: Registration | None = None
    """Of a card whose holder lives elsewhere, for family registers: the registration for use, or why there is none."""


class LiveWorks:
    """The works of a running municipality. `stopped` holds the kinds whose route was stopped by an incident."""

    def __init__(
        self,
        *,
        code: str,
        issuer: IssuerText,
        trust: Callable[[], CardTrust],
        challenge_key: Ed25519PublicKey,
        renderer: Renderer,
        signer: DocumentSigner,
        resident_secret: bytes,
        freshness_limit_ms: int,
        randomness: Randomness,
        fiscal_years: Sequence[FiscalYearRow] = (),
        card_status_required: bool = False,
    ) -> None:
        self._code = code
        self._issuer = issuer
        self._trust = trust
        self._challenge_key = challenge_key
        self.renderer = renderer
        self._signer = signer
        self._resident_secret = resident_secret
        self._freshness_limit_ms = freshness_limit_ms
        self._randomness = randomness
        self._fiscal_years = tuple(fiscal_years)
        self._card_status_required = card_status_required
        self.stopped: frozenset[Kind] = frozenset()
        self.record_writable = True
        """Whether the municipality's own record takes entries: where it does not, nothing new is made (I7)."""

    def verify(self, request: m.Apply, now: InstantMs) -> str:
        """Checks challenge, card and signature end to end; answers the card's serial."""
        application = request.application
        if application.municipality != self._code:
            raise WithheldError("municipality_unknown")
        if not is_session_key(application.session_key):
            raise WithheldError("malformed")
        stapled = request.card_status if self._card_status_required else None
        return holder_of(request, self._code, self._challenge_key, self._trust, now, stapled).serial_hex

    def make_job(self, request: m.Apply, household: Registers, now: InstantMs, attempt: int) -> Job:
        """Checks the resident's blocks, freshness, options and characters, and extracts what the paper will say."""
        application = request.application
        if not self.record_writable:
            raise WithheldError("record_unavailable")
        if kind_of(application.options) in self.stopped:
            raise WithheldError("stopped")
        try:
            content, holder = self._content(application.options, household, now)
            laid_out = self.renderer.check_text(content)
        except Withheld as withheld:
            again = household.registration.again_ms if household.registration else None
            raise WithheldError(withheld.code, again) from withheld
        except ItakuError as error:
            raise WithheldError(_known(error.code)) from error
        binding = Binding(
            issuance_id=request.issuance_id,
            application_digest=request.digest,
            resident_key=self._resident_key(holder),
            serial_number=self._serial_number(),
        )
        return Job(request.issuance_id, attempt, content, binding, laid_out)

    def _content(self, options: Options, found: Registers, now: InstantMs) -> tuple[Content, str]:
        """What the paper will say, and what names its holder here: a resident's number, or a registrant's key."""
        registration, limit_ms = found.registration, self._freshness_limit_ms
        if registration is not None:
            content = content_for(registration, options, now, found.as_of, limit_ms)
            assert registration.registrant is not None, "without a registrant nothing is allowed"
            return content, registration.registrant.key
        check(found.household, options, now, found.as_of, limit_ms, self._fiscal_years)
        assert found.household is not None, "the check refuses an unknown resident"
        return extract(found.household, options), found.household.holder.resident_no

    def render(self, job: Job, now: InstantMs) -> bytes:
        """The unsigned document; `ItakuError` with a code of the refusals."""
        return self.renderer.render(job.content, job.binding, _today(now), now, job.laid_out).pdf

    def finish(self, job: Job, document: bytes, request: m.Apply, now: InstantMs) -> Finished:
        """Reads the finished document back against the job, signs it, seals it to the session's key."""
        try:
            back = read_back(document)
            compare(back, job.content, job.binding, self._issuer)
        except ItakuError as error:
            raise WithheldError("readback_mismatch") from error
        signed = self._signer.sign(document, now)
        sealed = seal(signed, request.application.session_key, request.digest)
        return Finished(sealed, hashlib.sha256(signed).digest(), back.pages)

    def _resident_key(self, resident_no: str) -> bytes:
        return hmac.new(self._resident_secret, resident_no.encode(), hashlib.sha256).digest()

    def _serial_number(self) -> str:
        letters = "".join(_SERIAL_LETTERS[byte % 32] for byte in self._randomness.token(14))
        return f"{letters[:4]}-{letters[4:9]}-{letters[9:]}"


def _today(now: InstantMs) -> dt.date:
    return to_jst(now).date()


def _known(code: str) -> str:
    return code if code in REFUSALS else "render_failed"


def failure_code(error: ItakuError) -> str:
    """The refusal with which a failed rendering is answered."""
    return _known(error.code)


def kinds_of(codes: Sequence[str]) -> frozenset[Kind]:
    """Kinds by their codes."""
    return frozenset(Kind(code) for code in codes)
