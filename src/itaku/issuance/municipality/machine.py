"""The municipality's machine (市区町村の証明書発行), sans-I/O: `handle(now, event, row, works) -> Step`.

The municipality trusts nobody on the way: it verifies the card's signature itself, finds the resident by the card's
serial, and writes issuance id and application digest into the document before anything is sealed.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.issuance.municipality.row import MunicipalityRow
from itaku.issuance.municipality.table import MUNICIPALITY_TABLE
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.digests import application_digest, content_hash

RENDER_LEASE_MS = 15_000


class WithheldError(Exception):
    """The application cannot be granted; `code` is a code of the refusals."""

    def __init__(self, code: str, again_ms: InstantMs | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.again_ms = again_ms
        """When it can be granted, as far as that is known."""


class Job(NamedTuple):
    """A render job: all that the document is made from. `content` is the form's content, `binding` ties it down.

    `laid_out` is the content on its pages as it was checked, so that it is laid out once; the document is read back
    against `content` all the same.
    """

    issuance_id: IssuanceId
    attempt: int
    content: Any
    binding: Any
    laid_out: Any = None


class Finished(NamedTuple):
    """A document that was read back, signed and sealed."""

    sealed: bytes
    document_sha256: bytes
    pages: int


class Works(Protocol):
    """What the municipality knows and can do; handed in, so that the simulator can hand in its own."""

    def verify(self, request: m.Apply, now: InstantMs) -> str:
        """Checks challenge, card and signature end to end; answers the card's serial or raises `WithheldError`."""
        ...

    def make_job(self, request: m.Apply, household: Any, now: InstantMs, attempt: int) -> Job:
        """Checks the resident's blocks, freshness and options, and extracts the content; raises `WithheldError`."""
        ...

    def finish(self, job: Job, document: bytes, request: m.Apply, now: InstantMs) -> Finished:
        """Reads the finished document back against the job, signs and seals it; raises `WithheldError`."""
        ...


class Asked(msgspec.Struct, frozen=True):
    """The registers' answer to `LookUp`."""

    request: m.Apply
    household: Any


class Rendered(msgspec.Struct, frozen=True):
    """A render job's result: the document, or the code with which it failed."""

    request: m.Apply
    job: Job
    document: bytes
    failed: str = ""


class Reply(msgspec.Struct, frozen=True):
    """Answer the center."""

    answer: m.Answer


class LookUp(msgspec.Struct, frozen=True):
    """Find the household by the card's serial; comes back as `Asked`."""

    request: m.Apply
    card_serial: str


class Render(msgspec.Struct, frozen=True):
    """Render; comes back as `Rendered`."""

    request: m.Apply
    job: Job


class Wait(msgspec.Struct, frozen=True):
    """Another attempt is under way: answer when it is done, or handle the request again when its lease is over."""

    request: m.Apply


class Incident(msgspec.Struct, frozen=True):
    """Something that may never happen was seen. `stops_route` takes this instance out of service."""

    code: str
    issuance_id: IssuanceId
    stops_route: bool = False


Effect = Reply | LookUp | Render | Wait | Incident
Event = m.Apply | m.Outcome | m.Void | Asked | Rendered


class Step(msgspec.Struct, frozen=True):
    """What one event does: the new row (None: no change), the edge's event, and the effects once it is durable."""

    row: MunicipalityRow | None
    event: str
    source: str
    effects: tuple[Effect, ...]


def handle(now: InstantMs, event: Event, row: MunicipalityRow | None, works: Works) -> Step:
    """One step. Pure but for `works`; the driver makes `row` durable before it runs the effects."""
    if isinstance(event, m.Apply):
        return _apply(now, event, row, works)
    if isinstance(event, Asked):
        return _asked(now, event, row, works)
    if isinstance(event, Rendered):
        return _rendered(now, event, row, works)
    if isinstance(event, m.Void):
        return _made_void(event, row)
    return _outcome(event, row)


def _apply(now: InstantMs, event: m.Apply, row: MunicipalityRow | None, works: Works) -> Step:
    if row is None:
        return _verify(now, event, row, works)
    if event.kiosk != row.kiosk or (row.content and content_hash(event) != row.content):
        return _same(row, Reply(m.refuse(event, "conflict")), Incident("other_content", row.issuance_id))
    if row.state == "ready":
        return _stay(row, "Apply", Reply(_prepared(row)))
    if row.state == "accepted":
        if row.deadline_ms is not None and now < row.deadline_ms:
            return _stay(row, "Apply", Wait(event))
        # The lease is over: whoever had it is gone or too slow, and its result will be dropped by its attempt number.
        return _verify(now, event, row, works)
    return _same(row, Reply(m.refuse(event, row.reason or "ended", row.again_ms)))


def _verify(now: InstantMs, event: m.Apply, row: MunicipalityRow | None, works: Works) -> Step:
    application = event.application
    try:
        if (application.issuance_id, application.kiosk) != (event.issuance_id, event.kiosk):
            return _withheld(event, row, "digest_mismatch")
        if application_digest(application) != event.digest:
            return _withheld(event, row, "digest_mismatch")
        serial = works.verify(event, now)
    except WithheldError as withheld:
        return _withheld(event, row, withheld.code)
    return Step(None, "", row.state if row else "absent", (LookUp(event, serial),))


def _asked(now: InstantMs, event: Asked, row: MunicipalityRow | None, works: Works) -> Step:
    request = event.request
    lease_over = row is not None and row.state == "accepted" and row.deadline_ms is not None and now >= row.deadline_ms
    if row is not None and not lease_over:
        return _apply(now, request, row, works)
    attempt = 1 if row is None else row.attempt + 1
    try:
        job = works.make_job(request, event.household, now, attempt)
    except WithheldError as withheld:
        return _withheld(request, row, withheld.code, withheld.again_ms)
    new = MunicipalityRow(
        issuance_id=request.issuance_id,
        kiosk=request.kiosk,
        state="accepted",
        version=1 if row is None else row.version + 1,
        deadline_ms=InstantMs(now + RENDER_LEASE_MS),
        attempt=attempt,
        content=content_hash(request),
        options=request.application.options,
        copies=request.application.copies,
        digest=request.digest,
        resident_key=job.binding.resident_key,
        serial_number=job.binding.serial_number,
    )
    return _edge(new, row, "Apply", Render(request, job))


def _rendered(now: InstantMs, event: Rendered, row: MunicipalityRow | None, works: Works) -> Step:
    request, job = event.request, event.job
    if row is None or row.state != "accepted" or row.attempt != job.attempt:
        # A late result is dropped before read-back: comparing it would stop the route for nothing.
        return Step(None, "", row.state if row else "absent", (Wait(request),))
    if event.failed:
        return _edge(_void(row, event.failed), row, "RenderFailed", Reply(m.refuse(request, event.failed)))
    if row.resident_key != job.binding.resident_key or row.serial_number != job.binding.serial_number:
        return _mismatch(request, row)
    try:
        finished = works.finish(job, event.document, request, now)
    except WithheldError:
        return _mismatch(request, row)
    new = msgspec.structs.replace(
        row,
        state="ready",
        version=row.version + 1,
        deadline_ms=None,
        sealed=finished.sealed,
        document_sha256=finished.document_sha256,
        pages=finished.pages,
    )
    return _edge(new, row, "Rendered", Reply(_prepared(new)))


def _outcome(event: m.Outcome, row: MunicipalityRow | None) -> Step:
    answer = Reply(m.OutcomeOk(event.issuance_id, event.kiosk))
    if row is None:
        if event.delivered:
            refused = Reply(m.refuse(event, "unknown_issuance"))
            return Step(None, "", "absent", (refused, Incident("outcome_unknown", event.issuance_id)))
        tombstone = MunicipalityRow(issuance_id=event.issuance_id, kiosk=event.kiosk, state="void", reason="ended")
        return _edge(tombstone, None, "Outcome", answer)
    if event.kiosk != row.kiosk:
        return _same(row, Reply(m.refuse(event, "conflict")), Incident("another_kiosk", row.issuance_id))
    if row.state in {"counted", "void", "voided"}:
        # What was made void after delivery was delivered: a late repetition of that is no contradiction.
        if event.delivered is (row.state != "void"):
            return _same(row, answer)
        return _same(row, Reply(m.refuse(event, "conflict")), Incident("conflicting_report", row.issuance_id))
    if event.delivered:
        if row.state != "ready":
            return _same(row, Reply(m.refuse(event, "wrong_state")), Incident("outcome_early", row.issuance_id))
        new = msgspec.structs.replace(row, state="counted", version=row.version + 1, deadline_ms=None, sealed=b"")
        return _edge(new, row, "OutcomeDelivered", answer)
    return _edge(_void(row, "ended"), row, "Outcome", answer)


def _made_void(event: m.Void, row: MunicipalityRow | None) -> Step:
    """返金済・無効 (S1-8-1): the set was taken back at the register, and counts no more from here on."""
    answer = Reply(m.VoidOk(event.issuance_id, event.kiosk))
    if row is None:
        refused = Reply(m.refuse(event, "unknown_issuance"))
        return Step(None, "", "absent", (refused, Incident("outcome_unknown", event.issuance_id)))
    if event.kiosk != row.kiosk:
        return _same(row, Reply(m.refuse(event, "conflict")), Incident("another_kiosk", row.issuance_id))
    if row.state == "voided":
        return _same(row, answer)
    if row.state not in {"ready", "counted"}:
        return _same(row, Reply(m.refuse(event, "conflict")), Incident("conflicting_report", row.issuance_id))
    new = msgspec.structs.replace(row, state="voided", version=row.version + 1, sealed=b"", reason=event.reason)
    return _edge(new, row, "Void", answer)


def _withheld(request: m.Apply, row: MunicipalityRow | None, code: str, again_ms: InstantMs | None = None) -> Step:
    if row is not None:
        return _edge(_void(row, code), row, "RenderFailed", Reply(m.refuse(request, code, again_ms)))
    void = MunicipalityRow(
        issuance_id=request.issuance_id,
        kiosk=request.kiosk,
        state="void",
        content=content_hash(request),
        digest=request.digest,
        reason=code,
        again_ms=again_ms,
    )
    return _edge(void, None, "Withheld", Reply(m.refuse(request, code, again_ms)))


def _mismatch(request: m.Apply, row: MunicipalityRow) -> Step:
    code = "readback_mismatch"
    incident = Incident(code, row.issuance_id, stops_route=True)
    return _edge(_void(row, code), row, "Mismatch", Reply(m.refuse(request, code)), incident)


def _void(row: MunicipalityRow, reason: str) -> MunicipalityRow:
    return msgspec.structs.replace(
        row, state="void", version=row.version + 1, deadline_ms=None, sealed=b"", reason=reason
    )


def _prepared(row: MunicipalityRow) -> m.Prepared:
    return m.Prepared(
        issuance_id=row.issuance_id, kiosk=row.kiosk, digest=row.digest, sealed=row.sealed, pages=row.pages
    )


def _edge(new: MunicipalityRow, row: MunicipalityRow | None, event: str, *effects: Effect) -> Step:
    source = "absent" if row is None else row.state
    MUNICIPALITY_TABLE.check(source, event, new.state)
    return Step(new, event, source, effects)


def _stay(row: MunicipalityRow, event: str, *effects: Effect) -> Step:
    """An edge from a state to itself that changes nothing in the row."""
    MUNICIPALITY_TABLE.check(row.state, event, row.state)
    return Step(None, event, row.state, effects)


def _same(row: MunicipalityRow, *effects: Effect) -> Step:
    return Step(None, "", row.state, effects)
