"""Applications for use (利用登録申請) at the center: passed on to the registry municipality, and nothing kept of them.

`handle` takes what belongs to them and leaves all else to the machine of issuances, whose rows they share: a session
is opened alike, and what is applied for in it is either a certificate or the use of the service.
"""

from __future__ import annotations

import msgspec

from itaku.basis.clock import InstantMs
from itaku.issuance.center import machine
from itaku.issuance.center.machine import (
    APPLIED_LIFE_MS,
    NOT_THE_ANSWER,
    Deadline,
    Event,
    Forward,
    FromMunicipality,
    Incident,
    Policy,
    Reply,
    Step,
)
from itaku.issuance.center.row import CenterRow
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.tables import Edge, Money, State, Table
from itaku.issuance.protocol.use_claims import use_digest

_N = Money.NONE
STATES = (
    State("opened", "", "", _N, True),
    State("registering", "", "", _N, True),
    State("registered", "", "", _N, True, True),
    State("refused", "", "", _N, True, True),
    State("abandoned", "", "", _N, True, True),
)
EDGES = (
    Edge("opened", "RegisterUse", "registering", "J, Forward(RegisterUse)"),
    Edge("registering", "RegisterUse", "registering", "Forward(RegisterUse) again"),
    Edge("registering", "UseReceived", "registered", "J, UseReceived"),
    Edge("registering", "Refused", "refused", "J, Refused"),
    Edge("registering", "Abandon", "abandoned", "J, AbandonOk: the municipality keeps what it may have received"),
    Edge("registering", "Deadline", "abandoned", "J"),
    Edge("registered", "RegisterUse", "registered", "Forward(RegisterUse) again: the answer is stored there"),
    Edge("registered", "UseReceived", "registered", "UseReceived"),
)
CENTER_USE_TABLE = Table("center, application for use", STATES, EDGES)
"""利用登録申請を取り次ぐ証明書交付センターの状態遷移表."""


def handle(now: InstantMs, event: Event, row: CenterRow | None, policy: Policy) -> Step:
    """One step, of an application for use or of an issuance."""
    if row is None or getattr(event, "kiosk", row.kiosk) != row.kiosk:
        return machine.handle(now, event, row, policy)
    if isinstance(event, m.RegisterUse):
        return _register(now, event, row)
    if isinstance(event, FromMunicipality) and isinstance(event.request, m.RegisterUse):
        return _answered(event.answer, event.request, row)
    if row.state == "registering":
        if isinstance(event, m.Abandon):
            reply = Reply(m.AbandonOk(row.issuance_id, row.kiosk))
            return _edge(_moved(row, "abandoned", reason=event.reason, told=True), row, "Abandon", reply)
        if isinstance(event, Deadline):
            if row.deadline_ms is None or row.deadline_ms > now:
                return _same(row)
            return _edge(_moved(row, "abandoned", reason="session_timeout", told=True), row, "Deadline")
    if row.state == "registered" and isinstance(event, m.Abandon):
        # The kiosk did not hear the answer. What is received stays received, and nothing of it is left at the kiosk.
        return _same(row, Reply(m.AbandonOk(row.issuance_id, row.kiosk)))
    return machine.handle(now, event, row, policy)


def _register(now: InstantMs, event: m.RegisterUse, row: CenterRow) -> Step:
    application = event.application
    if row.state not in {"opened", "registering", "registered"}:
        return _same(row, Reply(m.refuse(event, row.reason if row.state == "refused" else "ended", row.again_ms)))
    if not row.registry:
        return _same(row, Reply(m.refuse(event, "option_not_allowed")))
    if (
        use_digest(application) != event.digest
        or application.issuance_id != row.issuance_id
        or application.kiosk != row.kiosk
        or application.challenge != row.challenge
        or application.municipality != row.municipality
    ):
        return _same(row, Reply(m.refuse(event, "digest_mismatch")), Incident("digest_mismatch", row.issuance_id))
    if row.state == "opened":
        new = _moved(row, "registering", digest=event.digest)
        new = msgspec.structs.replace(new, deadline_ms=InstantMs(now + APPLIED_LIFE_MS))
        return _edge(new, row, "RegisterUse", Forward(event, row.municipality))
    if event.digest != row.digest:
        return _same(row, Reply(m.refuse(event, "conflict")), Incident("second_application", row.issuance_id))
    CENTER_USE_TABLE.check(row.state, "RegisterUse", row.state)
    return Step(None, "RegisterUse", row.state, (Forward(event, row.municipality),))


def _answered(answer: m.Answer, request: m.RegisterUse, row: CenterRow) -> Step:
    if answer.issuance_id != row.issuance_id:
        reply = Reply(m.refuse(request, "municipality_unavailable"))
        return _same(row, reply, Incident("foreign_answer", row.issuance_id))
    if isinstance(answer, m.UseReceived):
        if (answer.digest, answer.kiosk) != (row.digest, row.kiosk):
            reply = Reply(m.refuse(request, "digest_mismatch"))
            return _same(row, reply, Incident("foreign_answer", row.issuance_id))
        if row.state == "registering":
            return _edge(_moved(row, "registered", told=True), row, "UseReceived", Reply(answer))
        if row.state == "registered":
            CENTER_USE_TABLE.check(row.state, "UseReceived", row.state)
            return Step(None, "UseReceived", row.state, (Reply(answer),))
        return _same(row, Reply(m.refuse(request, "ended")))
    if not isinstance(answer, m.Refused):
        return _same(row, Reply(m.refuse(request, "municipality_unavailable")))
    if row.state == "registering" and answer.code not in NOT_THE_ANSWER:
        new = _moved(row, "refused", reason=answer.code, told=True, again_ms=answer.again_ms)
        return _edge(new, row, "Refused", Reply(answer))
    return _same(row, Reply(answer))


def _edge(new: CenterRow, row: CenterRow, event: str, *effects: machine.Effect) -> Step:
    CENTER_USE_TABLE.check(row.state, event, new.state)
    return Step(new, event, row.state, effects)


def _same(row: CenterRow, *effects: machine.Effect) -> Step:
    return Step(None, "", row.state, effects)


def _moved(row: CenterRow, state: str, **changes: object) -> CenterRow:
    return msgspec.structs.replace(row, state=state, version=row.version + 1, deadline_ms=None, **changes)
