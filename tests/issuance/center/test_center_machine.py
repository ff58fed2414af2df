"""The center's machine by hand: in every state every request is either an edge of the table or has no effect."""

from __future__ import annotations

import msgspec
import pytest
from kiosk_by_hand import Session, code_of

from itaku.basis.yen import Yen
from itaku.issuance.center import machine as center
from itaku.issuance.center.admission import Limits
from itaku.issuance.center.table import CENTER_TABLE
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.digests import application_digest
from itaku.issuance.protocol.kinds import ResidentRecordOptions
from itaku.issuance.protocol.sealing import SessionSecret
from itaku.sandbox.town import CODE

replace = msgspec.structs.replace
STATES = [
    "opened",
    "applied",
    "prepared",
    "permitted",
    "delivered",
    "closed",
    "refused",
    "abandoned",
    "refunded",
    "voided",
]
REQUESTS = ["Open", "Apply", "Permit", "Delivered", "Refunded", "Abandon", "Erased", "Outcome", "Void"]
AGAIN_WITHOUT_EFFECT = {("refused", "Abandon"), ("abandoned", "Abandon")}
"""What has ended without money may be given up once more: the kiosk only wants to hear that it is void."""


async def brought_to(chain, state: str) -> Session:
    """A session in that state, by its own way."""
    session = await chain.kiosk().opened()
    if state == "refused":
        broken = replace(await session.apply_request(), signature=b"x")
        session.digest = broken.digest
        code_of(await session.hand.ask(broken))
    chain.city_answers = state != "applied"
    ways = {
        "applied": ["apply"],
        "prepared": ["apply"],
        "permitted": ["apply", "permit"],
        "delivered": ["apply", "permit", "delivered"],
        "closed": ["apply", "permit", "delivered", "erased"],
        "abandoned": ["apply", "abandon"],
        "refunded": ["apply", "permit", "refunded"],
        "voided": ["apply", "permit", "delivered", "erased", "void"],
    }
    for step in ways.get(state, []):
        await getattr(session, step)()
    chain.city_answers = True
    assert chain.center_state(session.id) == state
    return session


async def request_of(session: Session, name: str, *, fresh: bool) -> m.Request:
    """A request of the session; `fresh` gives it content that was not sent before."""
    key, digest = session.key, session.digest
    match name:
        case "Open":
            return await session.open_request(at_ms=session.hand.town.now() - (1 if fresh else 0))
        case "Apply":
            options = ResidentRecordOptions(head_and_relation=fresh)
            return await session.apply_request(session.application(options))
        case "Permit":
            return m.Permit(*key, digest=digest)
        case "Delivered":
            return m.Delivered(*key, digest=digest, sheets=session.sheets())
        case "Refunded":
            return m.Refunded(*key, digest=digest, sheets=0, reason="paper_jam" if not fresh else "cash_fault")
        case "Abandon":
            return m.Abandon(*key, reason="not_paid" if fresh else "cancelled")
        case "Erased":
            return m.Erased(*key, receipt=session.receipt())
        case "Void":
            return session.void_request(reason="misprint" if not fresh else "paper_jam")
        case _:
            return m.Outcome(*key, municipality=CODE, delivered=True)


def reply_of(step: center.Step) -> m.Answer:
    (reply,) = [effect for effect in step.effects if isinstance(effect, center.Reply)]
    return reply.answer


def edges_from(state: str) -> set[str]:
    return {edge.event for edge in CENTER_TABLE.edges if edge.source == state}


@pytest.mark.parametrize("fresh", [False, True], ids=["as it was sent", "with other content"])
@pytest.mark.parametrize("request_name", REQUESTS)
@pytest.mark.parametrize("state", STATES)
async def test_a_request_that_is_no_edge_of_the_state_is_refused_without_effect(chain, state, request_name, fresh):
    session = await brought_to(chain, state)
    row = chain.center_rows[session.id]
    request = await request_of(session, request_name, fresh=fresh)
    step = chain.center_step(request)
    sent_before = row.answered.get(request_name)
    answer = reply_of(step) if any(isinstance(effect, center.Reply) for effect in step.effects) else None
    if sent_before is not None:
        assert step.row is None
        if m.encode(answer) != sent_before.answer:
            assert code_of(answer) == "conflict"
        return
    if (state, request_name) in AGAIN_WITHOUT_EFFECT:
        assert step.row is None
        assert isinstance(answer, m.AbandonOk)
        return
    if request_name in edges_from(state):
        assert step.event in {request_name, ""}
        return
    assert step.row is None
    assert chain.center_rows[session.id] == row
    code = code_of(answer)
    assert code in {"wrong_state", "ended", "conflict", "not_allowed", "signature_invalid", "digest_mismatch"}
    assert {type(effect) for effect in step.effects} <= {center.Reply, center.Incident}
    if request_name in {"Delivered", "Refunded", "Erased"} or (request_name, code) == ("Void", "conflict"):
        assert code == "conflict", "a report that contradicts the row is never acknowledged"
        assert center.Incident("conflicting_report", session.id) in step.effects


@pytest.mark.parametrize("request_name", [name for name in REQUESTS if name not in {"Open", "Abandon"}])
async def test_nothing_but_open_and_abandon_begins_a_row(chain, request_name):
    session = await chain.kiosk().opened()
    stranger = chain.kiosk().session()
    stranger.ok = session.ok
    step = chain.center_step(await request_of(stranger, request_name, fresh=False))
    assert step == center.Step(None, "", "absent", step.effects)
    assert code_of(reply_of(step)) == "unknown_issuance"


@pytest.mark.parametrize("state", STATES)
async def test_another_kiosk_moves_nothing_in_any_state(chain, state):
    session = await brought_to(chain, state)
    for name in REQUESTS:
        request = replace(await request_of(session, name, fresh=True), kiosk="k02")
        step = chain.center_step(request)
        assert step.row is None
        assert code_of(reply_of(step)) == "conflict"
        assert center.Incident("another_kiosk", session.id) in step.effects


@pytest.mark.parametrize("state", STATES)
async def test_a_deadline_that_has_not_come_does_nothing(chain, state):
    session = await brought_to(chain, state)
    step = chain.center_step(center.Deadline(session.id))
    assert (step.row, step.effects) == (None, ())


@pytest.mark.parametrize("state", STATES)
async def test_time_ends_what_waits_before_the_permit_and_nothing_after_it(chain, state):
    session = await brought_to(chain, state)
    chain.city_answers = False
    chain.clock.advance(3_600_000)
    chain.center_step(center.Deadline(session.id))
    ended_by_time = state in {"opened", "applied", "prepared"}
    assert chain.center_state(session.id) == ("abandoned" if ended_by_time else state)


async def test_a_permitted_issuance_that_stays_is_listed_once_and_kept(chain):
    session = await brought_to(chain, "permitted")
    chain.clock.advance(center.PERMITTED_LISTED_MS)
    assert center.Incident("permitted_overdue", session.id) in chain.center_step(center.Deadline(session.id)).effects
    chain.clock.advance(86_400_000)
    assert chain.center_step(center.Deadline(session.id)).effects == ()
    assert isinstance(await session.delivered(), m.DeliveredOk)


async def test_the_municipality_is_told_again_until_it_has_heard(chain):
    session = await brought_to(chain, "permitted")
    chain.city_answers = False
    await session.delivered()
    assert not chain.center_rows[session.id].told
    for _ in range(3):
        chain.clock.advance(center.TELL_EVERY_MS)
        (tell,) = chain.center_step(center.Deadline(session.id)).effects
        assert isinstance(tell, center.Tell)
        assert tell.request.delivered
    chain.city_answers = True
    chain.clock.advance(center.TELL_EVERY_MS)
    chain.at_center(center.Deadline(session.id))
    assert chain.center_rows[session.id].told
    assert chain.city_state(session.id) == "counted"
    chain.clock.advance(86_400_000)
    assert chain.center_step(center.Deadline(session.id)).effects == ()


# ---- what the municipality answers


FOREIGN = [
    {"digest": bytes(32)},
    {"issuance_id": bytes(16)},
    {"kiosk": "k02"},
]


@pytest.mark.parametrize("change", FOREIGN)
async def test_an_answer_about_another_session_is_not_passed_on(chain, change):
    session = await brought_to(chain, "applied")
    request = await session.apply_request()
    answer = chain.at_city(request)
    assert isinstance(answer, m.Prepared)
    step = chain.center_step(center.FromMunicipality(replace(answer, **change), request))
    assert step.row is None
    assert code_of(reply_of(step)) in {"digest_mismatch", "municipality_unavailable"}
    assert center.Incident("foreign_answer", session.id) in step.effects
    assert chain.center_state(session.id) == "applied"


@pytest.mark.parametrize("state", ["permitted", "delivered", "closed", "refused", "abandoned", "refunded", "voided"])
async def test_a_late_document_is_not_handed_out_once_the_session_has_moved_on(chain, state):
    session = await brought_to(chain, state)
    request = await session.apply_request()
    late = m.Prepared(*session.key, digest=chain.center_rows[session.id].digest, sealed=b"late", pages=1)
    step = chain.center_step(center.FromMunicipality(late, request))
    assert step.row is None
    assert isinstance(reply_of(step), m.Refused)


@pytest.mark.parametrize("code", ["internal", "busy", "municipality_unavailable", "conflict", "malformed"])
async def test_a_refusal_that_says_nothing_of_the_application_leaves_it_open(chain, code):
    session = await brought_to(chain, "applied")
    request = await session.apply_request()
    step = chain.center_step(center.FromMunicipality(m.refuse(request, code), request))
    assert step.row is None
    assert code_of(reply_of(step)) == code
    assert isinstance(await session.apply(), m.Prepared)


@pytest.mark.parametrize("code", ["moved_out", "replica_stale", "glyph_missing", "signature_invalid"])
async def test_a_refusal_of_the_application_ends_the_session_with_its_reason(chain, code):
    session = await brought_to(chain, "applied")
    request = await session.apply_request()
    chain.center_step(center.FromMunicipality(m.refuse(request, code), request))
    assert chain.center_rows[session.id].reason == code
    assert code_of(await session.permit()) == code


async def test_an_answer_that_is_neither_document_nor_refusal_changes_nothing(chain):
    session = await brought_to(chain, "applied")
    request = await session.apply_request()
    step = chain.center_step(center.FromMunicipality(m.PermitOk(*session.key), request))
    assert step.row is None
    assert code_of(reply_of(step)) == "municipality_unavailable"


# ---- admission


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kiosk": "k09"}, "not_allowed"),
        ({"build": "itaku-0.0.0"}, "build_not_approved"),
        ({"session_key": bytes(1216)}, "malformed"),
        ({"card_certificate": b"\x30\x00"}, "card_unsupported"),
        ({"at_ms": 0}, "clock_apart"),
        ({"at_ms": 2**53}, "clock_apart"),
    ],
)
async def test_an_open_that_is_not_admitted_leaves_no_row(chain, change, code):
    session = chain.kiosk().session()
    assert code_of(chain.ask(await session.open_request(**change))) == code
    assert chain.center_rows == {}


async def test_without_a_record_nothing_is_opened(chain):
    chain.policy.record_writable = False
    assert code_of(await chain.kiosk().session().open()) == "record_unavailable"
    assert chain.center_rows == {}


async def test_beyond_the_limit_new_sessions_are_refused_and_those_let_in_go_on(chain):
    chain.policy.admission.limits = Limits(total=2)
    first = await chain.kiosk().opened()
    await chain.kiosk().opened("r0002")
    assert code_of(await chain.kiosk().session().open()) == "busy"
    assert isinstance(await first.apply(), m.Prepared)
    chain.clock.advance(60_001)
    chain.as_of = chain.now()
    assert isinstance(await chain.kiosk().session().open(), m.OpenOk)


async def test_a_session_opened_before_closing_cannot_apply_after_it(chain):
    session = await chain.kiosk().opened()
    facts = chain.policy._municipalities[CODE]
    closed = replace(facts, calendar=replace(facts.calendar, opens_minute=0, closes_minute=1))
    chain.policy._municipalities = {CODE: closed}
    assert code_of(await session.apply()) == "outside_hours"
    assert code_of(await chain.kiosk().session().open()) == "outside_hours"


async def test_a_fee_that_changed_between_menu_and_application_is_asked_for_anew(chain):
    session = await chain.kiosk().opened()
    facts = chain.policy._municipalities[CODE]
    dearer = tuple(replace(row, fee_yen=Yen(350)) for row in facts.calendar.fees)
    chain.policy._municipalities = {CODE: replace(facts, calendar=replace(facts.calendar, fees=dearer))}
    assert code_of(await session.apply()) == "fee_changed"
    assert chain.center_state(session.id) == "opened"


def test_the_digest_covers_every_field_of_an_application(changed):
    application = m.Application(
        issuance_id=bytes(16),
        challenge=bytes(32),
        kiosk="k01",
        municipality=CODE,
        options=ResidentRecordOptions(),
        copies=1,
        fee_yen=Yen(300),
        session_key=SessionSecret().public,
    )
    others = {
        "issuance_id": bytes(range(16)),
        "challenge": bytes(range(32)),
        "kiosk": "k02",
        "municipality": "131016",
        "options": ResidentRecordOptions(registered_domicile=True),
        "copies": 2,
        "fee_yen": Yen(301),
        "session_key": SessionSecret().public,
    }
    assert set(others) == set(application.__struct_fields__)
    digests = {application_digest(changed(application, **{field: value})) for field, value in others.items()}
    assert len(digests | {application_digest(application)}) == len(others) + 1
