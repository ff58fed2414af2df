"""The machine of a registration for use (利用登録), sans-I/O: `handle(now, event, row, works) -> Step`.

The municipality trusts nobody on the way here either: it verifies challenge, card and signature itself, opens the
claims with its own key, and answers alike whichever of the claims was wrong. An officer decides whose card it is.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.randomness import IssuanceId
from itaku.issuance.municipality.machine import WithheldError
from itaku.issuance.municipality.registrations.row import Ground, RegisteredPerson, UseRow
from itaku.issuance.municipality.registrations.table import USE_TABLE
from itaku.issuance.municipality.registrations.waiting import Expected
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.digests import content_hash

STANDING = {
    "received": "registration_under_review",
    "under_review": "registration_under_review",
    "in_effect": "registration_in_effect",
}
"""What another application of the same card is answered."""


class Claimant(NamedTuple):
    """What the request proved: whose card signed, until when it is valid, and what is claimed in its compared form."""

    card_serial: str
    card_expires_ms: InstantMs
    claims_form: str | None
    """None where the claims could not be opened: it counts as a try all the same."""


class Found(NamedTuple):
    """The registers' answer to `FindRegister`."""

    request: m.RegisterUse
    claimant: Claimant
    register_no: str
    """Empty where not exactly one open register has both address and head."""
    fresh: bool
    """Whether the replica is proven to be current."""
    attempts_today: int
    standing: UseRow | None
    """This card's application that is open or in effect."""


class UseWorks(Protocol):
    """What the municipality knows and can do beside the row."""

    def verify(self, request: m.RegisterUse, now: InstantMs) -> Claimant:
        """Checks challenge, card and signature end to end and opens the claims; raises `WithheldError`."""
        ...

    def expected(self, now: InstantMs) -> Expected:
        """The first day of use of what is received now."""
        ...

    def attempts_per_day(self, now: InstantMs) -> int:
        """Applications that a card may send on this day."""
        ...


class TakeUp(NamedTuple):
    """An officer begins the review."""

    issuance_id: IssuanceId
    officer: str


class Approve(NamedTuple):
    """An officer confirmed that the card's holder is this person of the register."""

    issuance_id: IssuanceId
    officer: str
    person: RegisteredPerson


class Refuse(NamedTuple):
    """An officer does not grant it."""

    issuance_id: IssuanceId
    officer: str
    ground: Ground


class Due(NamedTuple):
    """The row's deadline has come, or its registration is looked up: does the day make it another state?"""

    issuance_id: IssuanceId


class Lapse(NamedTuple):
    """It is found to hold no more: `RegisterChanged` or `CardReplaced`."""

    issuance_id: IssuanceId
    event: str


class Reply(NamedTuple):
    """Answer the center."""

    answer: m.Answer


class FindRegister(NamedTuple):
    """Look up register, tries and standing; comes back as `Found`."""

    request: m.RegisterUse
    claimant: Claimant


class LapseOthers(NamedTuple):
    """Let the registrations of the same person's other cards lapse."""

    row: UseRow


class NotPossible(NamedTuple):
    """What an officer asked for cannot be done in this state; nothing was changed."""

    state: str


class Incident(NamedTuple):
    """Something that may never happen was seen."""

    code: str
    issuance_id: IssuanceId


Effect = Reply | FindRegister | LapseOthers | NotPossible | Incident
Event = m.RegisterUse | Found | TakeUp | Approve | Refuse | Due | Lapse


class Step(NamedTuple):
    """What one event does: the new row (None: no change), the edge's event, and the effects once it is durable."""

    row: UseRow | None
    event: str
    source: str
    effects: tuple[Effect, ...]


def handle(now: InstantMs, event: Event, row: UseRow | None, works: UseWorks) -> Step:
    """One step. Pure but for `works`; the driver makes `row` durable before it runs the effects."""
    match event:
        case m.RegisterUse():
            return _asked(now, event, row, works)
        case Found():
            return _found(now, event, row, works)
        case _ if row is None:
            return Step(None, "", "absent", (NotPossible("absent"),))
        case TakeUp():
            return _decided(row, "TakenUp", "received", state="under_review", officer=event.officer)
        case Approve():
            return _approved(now, event, row)
        case Refuse():
            facts = {"officer": event.officer, "decided_ms": now, "reason": event.ground.value, "deadline_ms": None}
            return _decided(row, "Refused", "under_review", state="refused", approved=False, person=None, **facts)
        case Due():
            return _due(now, row)
        case Lapse():
            return _lapsed(row, event.event) if row.state == "in_effect" else _same(row)


def _asked(now: InstantMs, event: m.RegisterUse, row: UseRow | None, works: UseWorks) -> Step:
    if row is not None:
        return _again(event, row)
    application = event.application
    if (application.issuance_id, application.kiosk) != (event.issuance_id, event.kiosk):
        return _unproven(event, "digest_mismatch")
    try:
        claimant = works.verify(event, now)
    except WithheldError as withheld:
        return _unproven(event, withheld.code)
    return Step(None, "", "absent", (FindRegister(event, claimant),))


def _again(event: m.RegisterUse, row: UseRow) -> Step:
    if event.kiosk != row.kiosk or content_hash(event) != row.content:
        return _same(row, Reply(m.refuse(event, "conflict")), Incident("other_content", row.issuance_id))
    if row.state in STANDING:
        USE_TABLE.check(row.state, "RegisterUse", row.state)
        return Step(None, "RegisterUse", row.state, (Reply(_received(row)),))
    officer_said = row.decided_ms is not None
    code = "registration_lapsed" if row.state == "lapsed" else "registration_refused" if officer_said else row.reason
    return _same(row, Reply(m.refuse(event, code)))


def _unproven(event: m.RegisterUse, code: str) -> Step:
    """Nothing proves that this card applied: no row, and no try of the card is used up."""
    return Step(None, "", "absent", (Reply(m.refuse(event, code)),))


def _found(now: InstantMs, event: Found, row: UseRow | None, works: UseWorks) -> Step:
    request, claimant = event.request, event.claimant
    if row is not None:
        return _again(request, row)
    if not event.fresh:
        return _unproven(request, "replica_stale")
    try:
        limit, expected = works.attempts_per_day(now), works.expected(now)
    except LookupError:
        return _unproven(request, "stopped")
    new = UseRow(
        issuance_id=request.issuance_id,
        kiosk=request.kiosk,
        state="refused",
        content=content_hash(request),
        digest=request.digest,
        card_serial=claimant.card_serial,
        card_expires_ms=claimant.card_expires_ms,
        received_ms=now,
        day=to_jst(now).date(),
        attempt=event.attempts_today + 1,
    )
    code, again = _objection(event, limit)
    if code:
        reply = Reply(m.refuse(request, code, again))
        return _edge(msgspec.structs.replace(new, reason=code), None, "NotGranted", reply)
    received = msgspec.structs.replace(
        new,
        state="received",
        deadline_ms=claimant.card_expires_ms,
        register_no=event.register_no,
        usable_from_ms=expected.from_ms,
    )
    return _edge(received, None, "Claimed", Reply(_received(received)))


def _objection(event: Found, limit: int) -> tuple[str, InstantMs | None]:
    """Why it is not received, in an order that says nothing of the registers to whoever may not ask."""
    if event.attempts_today >= limit:
        return "registration_too_often", None
    if event.standing is not None:
        again = event.standing.usable_from_ms if event.standing.state != "in_effect" else None
        return STANDING[event.standing.state], again
    if event.claimant.claims_form is None:
        return "claims_unreadable", None
    return ("", None) if event.register_no else ("register_not_found", None)


def _approved(now: InstantMs, event: Approve, row: UseRow) -> Step:
    if row.state != "under_review":
        return _same(row, NotPossible(row.state))
    assert row.usable_from_ms is not None, "what is received has its day"
    if now >= row.card_expires_ms:
        return _lapsed(row, "CardExpired")
    facts = {"officer": event.officer, "decided_ms": now, "person": event.person, "approved": True}
    if now < row.usable_from_ms:
        deadline = min(row.usable_from_ms, row.card_expires_ms)
        return _decided(row, "Approved", "under_review", state="under_review", deadline_ms=deadline, **facts)
    step = _decided(row, "ApprovedLate", "under_review", state="in_effect", deadline_ms=row.card_expires_ms, **facts)
    assert step.row is not None
    return step._replace(effects=(LapseOthers(step.row),))


def _due(now: InstantMs, row: UseRow) -> Step:
    if row.state not in STANDING:
        return _same(row)
    if now >= row.card_expires_ms:
        return _lapsed(row, "CardExpired")
    if row.state == "under_review" and row.approved and row.usable_from_ms is not None and now >= row.usable_from_ms:
        new = _moved(row, state="in_effect", deadline_ms=row.card_expires_ms)
        return _edge(new, row, "DayCome", LapseOthers(new))
    return _same(row)


def _lapsed(row: UseRow, event: str) -> Step:
    return _edge(_moved(row, state="lapsed", deadline_ms=None, reason=""), row, event)


def _decided(row: UseRow, event: str, wanted: str, **changes: object) -> Step:
    if row.state != wanted:
        return _same(row, NotPossible(row.state))
    return _edge(_moved(row, **changes), row, event)


def _moved(row: UseRow, **changes: object) -> UseRow:
    return msgspec.structs.replace(row, version=row.version + 1, **changes)


def _received(row: UseRow) -> m.UseReceived:
    assert row.usable_from_ms is not None, "what is received has its day"
    return m.UseReceived(
        issuance_id=row.issuance_id, kiosk=row.kiosk, digest=row.digest, usable_from_ms=row.usable_from_ms
    )


def _edge(new: UseRow, row: UseRow | None, event: str, *effects: Effect) -> Step:
    source = "absent" if row is None else row.state
    USE_TABLE.check(source, event, new.state)
    return Step(new, event, source, effects)


def _same(row: UseRow, *effects: Effect) -> Step:
    return Step(None, "", row.state, effects)
