"""The center's machine (証明書交付センター), sans-I/O: `handle(now, event, row, policy) -> Step`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.issuance.center.calendar import ServiceCalendar
from itaku.issuance.center.row import Answered, CenterRow
from itaku.issuance.center.table import CENTER_TABLE
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.challenges import CHALLENGE_LIFE_MS, MAX_CLOCKS_APART_MS, ChallengeFacts
from itaku.issuance.protocol.digests import application_digest, content_hash, session_key_hash
from itaku.issuance.protocol.kinds import FAMILY_REGISTER_KINDS, kind_of

OPENED_LIFE_MS = 180_000
APPLIED_LIFE_MS = 120_000
PREPARED_LIFE_MS = 120_000
PERMITTED_LISTED_MS = 900_000
TELL_EVERY_MS = 30_000

AT_REST = frozenset({"closed", "refused", "abandoned", "refunded", "voided"})


class MunicipalityFacts(msgspec.Struct, frozen=True):
    """A municipality that takes part."""

    code: str
    name_ja: str
    name_en: str
    calendar: ServiceCalendar
    elsewhere: tuple[m.Place, ...] = ()
    """Registry municipalities whose family register kinds its residents may get too."""


class OpenRefusedError(Exception):
    """A check at `open` failed; `code` is a code of the refusals."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Policy(Protocol):
    """What the center knows and may do beside the row; handed in, so that the simulator can hand in its own."""

    def admit(self, request: m.Open, now: InstantMs) -> MunicipalityFacts:
        """Checks build, record, load and card, and finds the municipality; raises `OpenRefusedError`."""
        ...

    def municipality(self, code: str) -> MunicipalityFacts | None:
        """A municipality by its code."""
        ...

    def challenge(self) -> bytes:
        """32 fresh random bytes."""
        ...

    def sign_challenge(self, facts: ChallengeFacts) -> bytes:
        """The challenge's token."""
        ...

    def receipt_holds(self, receipt: m.Receipt, row: CenterRow) -> bool:
        """Whether the erasure receipt is this kiosk's own, for this session's key."""
        ...

    def void_holds(self, request: m.Void) -> bool:
        """Whether the kiosk stands in the shop that asks, and that shop itself signed that the set is void."""
        ...


class Deadline(msgspec.Struct, frozen=True):
    """The row's deadline has come."""

    issuance_id: IssuanceId


class FromMunicipality(msgspec.Struct, frozen=True):
    """The municipality's answer to what was forwarded or told."""

    answer: m.Answer
    request: m.Apply | m.RegisterUse | m.Outcome | m.Void


class Reply(msgspec.Struct, frozen=True):
    """Answer the requester."""

    answer: m.Answer


class Forward(msgspec.Struct, frozen=True):
    """Pass the application to its municipality and hand back its answer as `FromMunicipality`."""

    request: m.Apply | m.RegisterUse
    municipality: str


class Tell(msgspec.Struct, frozen=True):
    """Tell the municipality the outcome, or that it is void; its answer comes back as `FromMunicipality`."""

    request: m.Outcome | m.Void
    municipality: str


class Incident(msgspec.Struct, frozen=True):
    """Something that may never happen was seen; it is recorded and shown to operations."""

    code: str
    issuance_id: IssuanceId


Effect = Reply | Forward | Tell | Incident
Event = m.Request | Deadline | FromMunicipality


class Step(msgspec.Struct, frozen=True):
    """What one event does: the new row (None: no change), the edge's event, and the effects once it is durable."""

    row: CenterRow | None
    event: str
    source: str
    effects: tuple[Effect, ...]


def handle(now: InstantMs, event: Event, row: CenterRow | None, policy: Policy) -> Step:
    """One step. Pure but for what `policy` hands in; the driver makes `row` durable before it runs the effects."""
    if isinstance(event, Deadline):
        return _deadline(now, row)
    if isinstance(event, FromMunicipality):
        return _from_municipality(now, event, row)
    if row is None:
        return _first(now, event, policy)
    if event.kiosk != row.kiosk:
        return _same(row, Reply(m.refuse(event, "conflict")), Incident("another_kiosk", row.issuance_id))
    earlier = row.answered.get(type(event).__name__)
    if earlier is not None:
        return _again(event, row, earlier)
    return _HANDLERS[type(event)](now, event, row, policy)


def _first(now: InstantMs, event: m.Request, policy: Policy) -> Step:
    if isinstance(event, m.Open):
        return _open(now, event, policy)
    if isinstance(event, m.Abandon):
        row = CenterRow(
            issuance_id=event.issuance_id,
            kiosk=event.kiosk,
            state="abandoned",
            opened_ms=now,
            reason=event.reason,
            told=True,
        )
        return _done(now, row, None, event, m.AbandonOk(event.issuance_id, event.kiosk))
    return Step(None, "", "absent", (Reply(m.refuse(event, "unknown_issuance")),))


def _open(now: InstantMs, event: m.Open, policy: Policy) -> Step:
    try:
        municipality = policy.admit(event, now)
    except OpenRefusedError as refused:
        return _not_opened(event, refused.code)
    if abs(event.at_ms - now) > MAX_CLOCKS_APART_MS:
        return _not_opened(event, "clock_apart")
    if not municipality.calendar.is_open(now):
        return _not_opened(event, "outside_hours")
    challenge = policy.challenge()
    token = policy.sign_challenge(
        ChallengeFacts(
            issuance_id=event.issuance_id,
            kiosk=event.kiosk,
            municipality=municipality.code,
            challenge=challenge,
            issued_ms=now,
            expires_ms=now + CHALLENGE_LIFE_MS,
        )
    )
    registry = event.municipality is not None
    menu = municipality.calendar.menu(now)
    row = CenterRow(
        issuance_id=event.issuance_id,
        kiosk=event.kiosk,
        state="opened",
        registry=registry,
        municipality=municipality.code,
        session_key_sha256=session_key_hash(event.session_key),
        challenge=challenge,
        opened_ms=now,
        deadline_ms=_after(now, OPENED_LIFE_MS),
    )
    answer = m.OpenOk(
        issuance_id=event.issuance_id,
        kiosk=event.kiosk,
        municipality=municipality.code,
        municipality_ja=municipality.name_ja,
        municipality_en=municipality.name_en,
        menu=tuple(item for item in menu if item.kind in FAMILY_REGISTER_KINDS) if registry else menu,
        challenge=challenge,
        challenge_token=token,
        elsewhere=() if registry else municipality.elsewhere,
        registry=registry,
    )
    return _done(now, row, None, event, answer)


def _not_opened(event: m.Open, code: str) -> Step:
    """A refused `open` leaves no row: nothing was promised, and the next try is judged afresh."""
    return Step(None, "", "absent", (Reply(m.refuse(event, code)),))


def _apply(now: InstantMs, event: m.Apply, row: CenterRow, policy: Policy) -> Step:
    if row.state not in {"opened", "applied", "prepared"}:
        return _refuse_late(event, row)
    application = event.application
    digest = application_digest(application)
    if (
        digest != event.digest
        or application.issuance_id != row.issuance_id
        or application.kiosk != row.kiosk
        or application.challenge != row.challenge
        or application.municipality != row.municipality
        or session_key_hash(application.session_key) != row.session_key_sha256
    ):
        return _same(row, Reply(m.refuse(event, "digest_mismatch")), Incident("digest_mismatch", row.issuance_id))
    if row.state != "opened":
        if digest != row.digest:
            return _same(row, Reply(m.refuse(event, "conflict")), Incident("second_application", row.issuance_id))
        # A retry: the municipality holds the stored answer, so that sealed bytes rest in one place only.
        return _stay(row, "Apply", Forward(event, row.municipality))
    municipality = policy.municipality(row.municipality)
    kind = kind_of(application.options)
    if row.registry and kind not in FAMILY_REGISTER_KINDS:
        return _same(row, Reply(m.refuse(event, "option_not_allowed")))
    item = None if municipality is None else municipality.calendar.item(kind, now)
    if item is None or item.reason:
        return _same(row, Reply(m.refuse(event, item.reason if item else "municipality_unknown")))
    if application.fee_yen != item.fee_yen * application.copies:
        return _same(row, Reply(m.refuse(event, "fee_changed")))
    new = _moved(
        row,
        "applied",
        _after(now, APPLIED_LIFE_MS),
        options=application.options,
        copies=application.copies,
        fee_yen=application.fee_yen,
        digest=digest,
    )
    return _edge(new, row, "Apply", Forward(event, row.municipality))


def _permit(now: InstantMs, event: m.Permit, row: CenterRow, _policy: Policy) -> Step:
    if row.state != "prepared":
        return _refuse_late(event, row)
    if event.digest != row.digest:
        return _same(row, Reply(m.refuse(event, "digest_mismatch")), Incident("digest_mismatch", row.issuance_id))
    new = _moved(row, "permitted", _after(now, PERMITTED_LISTED_MS))
    return _done(now, new, row, event, m.PermitOk(row.issuance_id, row.kiosk))


def _delivered(now: InstantMs, event: m.Delivered, row: CenterRow, _policy: Policy) -> Step:
    if row.state != "permitted":
        return _conflicting_report(event, row)
    if event.digest != row.digest or event.sheets != row.pages * row.copies:
        return _same(row, Reply(m.refuse(event, "digest_mismatch")), Incident("report_mismatch", row.issuance_id))
    new = _moved(row, "delivered", _after(now, TELL_EVERY_MS), sheets=event.sheets, delivered_ms=now)
    return _done(now, new, row, event, m.DeliveredOk(row.issuance_id, row.kiosk), _tell(new))


def _refunded(now: InstantMs, event: m.Refunded, row: CenterRow, _policy: Policy) -> Step:
    if row.state != "permitted":
        return _conflicting_report(event, row)
    if event.digest != row.digest:
        return _same(row, Reply(m.refuse(event, "digest_mismatch")), Incident("report_mismatch", row.issuance_id))
    new = _moved(row, "refunded", _after(now, TELL_EVERY_MS), sheets=event.sheets, reason=event.reason)
    return _done(now, new, row, event, m.RefundedOk(row.issuance_id, row.kiosk), _tell(new))


def _abandon(now: InstantMs, event: m.Abandon, row: CenterRow, _policy: Policy) -> Step:
    answer = m.AbandonOk(row.issuance_id, row.kiosk)
    if row.state in {"refused", "abandoned"}:
        return _same(row, Reply(answer))
    if row.state not in {"opened", "applied", "prepared", "permitted"}:
        return _conflicting_report(event, row)
    told = row.state == "opened"
    deadline = None if told else _after(now, TELL_EVERY_MS)
    new = _moved(row, "abandoned", deadline, reason=event.reason, told=told)
    return _done(now, new, row, event, answer, *(() if told else (_tell(new),)))


def _erased(now: InstantMs, event: m.Erased, row: CenterRow, policy: Policy) -> Step:
    if row.state not in {"delivered", "voided"}:
        return _conflicting_report(event, row)
    if not policy.receipt_holds(event.receipt, row):
        return _same(row, Reply(m.refuse(event, "signature_invalid")), Incident("receipt_refused", row.issuance_id))
    target = "closed" if row.state == "delivered" else row.state
    new = _moved(row, target, row.deadline_ms, receipt=event.receipt)
    return _done(now, new, row, event, m.ErasedOk(row.issuance_id, row.kiosk))


def _voided(now: InstantMs, event: m.Void, row: CenterRow, policy: Policy) -> Step:
    """返金済・無効 (S1-8-1): one bad copy voids the whole set, so nothing less than all its sheets will do."""
    if not policy.void_holds(event):
        return _same(row, Reply(m.refuse(event, "signature_invalid")), Incident("receipt_refused", row.issuance_id))
    if row.state in {"opened", "applied", "prepared", "permitted"}:
        # The kiosk has not reported its delivery yet: the shop tells again.
        return _same(row, Reply(m.refuse(event, "wrong_state")))
    if row.state not in {"delivered", "closed"}:
        return _conflicting_report(event, row)
    if event.receipt.sheets != row.sheets:
        return _same(row, Reply(m.refuse(event, "conflict")), Incident("report_mismatch", row.issuance_id))
    new = _moved(row, "voided", _after(now, TELL_EVERY_MS), reason=event.reason, told=False, voided_ms=now, void=event)
    return _done(now, new, row, event, m.VoidOk(row.issuance_id, row.kiosk), _tell(new))


def _not_ours(_now: InstantMs, event: m.Request, row: CenterRow, _policy: Policy) -> Step:
    return _same(row, Reply(m.refuse(event, "not_allowed")))


_Handler = Callable[[InstantMs, m.Request, CenterRow, Policy], Step]
_HANDLERS: dict[type[m.Request], _Handler] = {
    m.Open: cast("_Handler", lambda _now, event, row, _policy: _refuse_late(event, row)),
    m.Apply: cast("_Handler", _apply),
    m.Permit: cast("_Handler", _permit),
    m.Delivered: cast("_Handler", _delivered),
    m.Refunded: cast("_Handler", _refunded),
    m.Abandon: cast("_Handler", _abandon),
    m.Erased: cast("_Handler", _erased),
    m.Outcome: _not_ours,
    m.Void: cast("_Handler", _voided),
    m.RegisterUse: _not_ours,
}


def _deadline(now: InstantMs, row: CenterRow | None) -> Step:
    if row is None or row.deadline_ms is None or row.deadline_ms > now:
        return Step(None, "", row.state if row else "absent", ())
    if row.state == "permitted":
        new = _moved(row, "permitted", None, overdue=True)
        return _edge(new, row, "Deadline", Incident("permitted_overdue", row.issuance_id))
    if row.state in {"opened", "applied", "prepared"}:
        told = row.state == "opened"
        new = _moved(
            row, "abandoned", None if told else _after(now, TELL_EVERY_MS), reason="session_timeout", told=told
        )
        return _edge(new, row, "Deadline", *(() if told else (_tell(new),)))
    new = _moved(row, row.state, _after(now, TELL_EVERY_MS))
    return _edge(new, row, "Deadline", _tell(new))


def _from_municipality(now: InstantMs, event: FromMunicipality, row: CenterRow | None) -> Step:
    answer, request = event.answer, event.request
    if row is None or answer.issuance_id != row.issuance_id:
        reply = Reply(m.refuse(request, "municipality_unavailable"))
        return Step(None, "", "absent", (reply, Incident("foreign_answer", request.issuance_id)))
    if isinstance(request, m.RegisterUse):
        # Answered where applications for use are handled; here it belongs to no session.
        return _same(row, Reply(m.refuse(request, "municipality_unavailable")))
    if isinstance(request, m.Void):
        if isinstance(answer, m.VoidOk) and row.state == "voided" and not row.told:
            return _edge(_moved(row, row.state, None, told=True), row, "VoidOk")
        return _same(row)
    if isinstance(request, m.Outcome):
        # An outcome that is acknowledged late says nothing of a set that was made void since.
        if isinstance(answer, m.OutcomeOk) and not row.told and row.state != "voided":
            deadline = None if row.state in AT_REST or row.state == "delivered" else row.deadline_ms
            return _edge(_moved(row, row.state, deadline, told=True), row, "OutcomeOk")
        return _same(row)
    if isinstance(answer, m.Prepared):
        return _prepared(now, request, answer, row)
    if not isinstance(answer, m.Refused):
        return _same(row, Reply(m.refuse(request, "municipality_unavailable")))
    if row.state == "applied" and answer.code not in NOT_THE_ANSWER:
        new = _moved(row, "refused", None, reason=answer.code, told=True, again_ms=answer.again_ms)
        return _edge(new, row, "Refused", Reply(answer))
    return _same(row, Reply(answer))


NOT_THE_ANSWER = frozenset(
    {"internal", "municipality_unavailable", "busy", "malformed", "too_large", "not_allowed", "conflict"}
)
"""Refusals that say nothing of the application: the kiosk may send it again. A `conflict` speaks of another content
under the same digest (another signature, say): the first one may be rendered at this very moment."""


def _prepared(now: InstantMs, request: m.Apply, answer: m.Prepared, row: CenterRow) -> Step:
    if answer.digest != row.digest or answer.kiosk != row.kiosk:
        reply = Reply(m.refuse(request, "digest_mismatch"))
        return _same(row, reply, Incident("foreign_answer", row.issuance_id))
    if row.state == "applied":
        new = _moved(row, "prepared", _after(now, PREPARED_LIFE_MS), pages=answer.pages)
        return _edge(new, row, "Prepared", Reply(answer))
    if row.state == "prepared":
        return _stay(row, "Prepared", Reply(answer))
    return _refuse_late(request, row)


def _refuse_late(event: m.Request, row: CenterRow) -> Step:
    code = "ended" if row.state in AT_REST or row.state == "delivered" else "wrong_state"
    if row.state == "refused":
        return _same(row, Reply(m.refuse(event, row.reason, row.again_ms)))
    return _same(row, Reply(m.refuse(event, code)))


def _conflicting_report(event: m.Request, row: CenterRow) -> Step:
    """A report that contradicts the row is never acknowledged: the kiosk keeps it, and a person must look."""
    return _same(row, Reply(m.refuse(event, "conflict")), Incident("conflicting_report", row.issuance_id))


def _again(event: m.Request, row: CenterRow, earlier: Answered) -> Step:
    if content_hash(event) != earlier.content:
        return _same(row, Reply(m.refuse(event, "conflict")), Incident("other_content", row.issuance_id))
    return _same(row, Reply(m.decode_answer(earlier.answer)))


def _done(
    _now: InstantMs, new: CenterRow, row: CenterRow | None, event: m.Request, answer: m.Answer, *more: Effect
) -> Step:
    name = type(event).__name__
    answered = {**new.answered, name: Answered(content=content_hash(event), answer=m.encode(answer))}
    return _edge(msgspec.structs.replace(new, answered=answered), row, name, Reply(answer), *more)


def _edge(new: CenterRow, row: CenterRow | None, event: str, *effects: Effect) -> Step:
    source = "absent" if row is None else row.state
    CENTER_TABLE.check(source, event, new.state)
    return Step(new, event, source, effects)


def _stay(row: CenterRow, event: str, *effects: Effect) -> Step:
    """An edge from a state to itself that changes nothing in the row."""
    CENTER_TABLE.check(row.state, event, row.state)
    return Step(None, event, row.state, effects)


def _same(row: CenterRow, *effects: Effect) -> Step:
    return Step(None, "", row.state, effects)


def _moved(row: CenterRow, state: str, deadline: InstantMs | None, **changes: object) -> CenterRow:
    return msgspec.structs.replace(row, state=state, version=row.version + 1, deadline_ms=deadline, **changes)


def _after(now: InstantMs, milliseconds: int) -> InstantMs:
    return InstantMs(now + milliseconds)


def _tell(row: CenterRow) -> Tell:
    if row.state == "voided":
        assert row.void is not None, "a voided row keeps what the shop said"
        return Tell(row.void, row.municipality)
    outcome = m.Outcome(
        issuance_id=row.issuance_id,
        kiosk=row.kiosk,
        municipality=row.municipality,
        delivered=row.state in {"delivered", "closed"},
    )
    return Tell(outcome, row.municipality)
