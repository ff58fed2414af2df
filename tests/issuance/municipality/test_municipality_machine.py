"""The municipality's machine by hand: every event in every state, late attempts, tombstones, freshness, read-back."""

from __future__ import annotations

import msgspec
import pytest
from kiosk_by_hand import Session, code_of

from itaku.basis.clock import InstantMs
from itaku.issuance.municipality import machine as city
from itaku.issuance.municipality.works import Registers
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.challenges import CHALLENGE_LIFE_MS
from itaku.issuance.protocol.kinds import Kind, SealRegistrationOptions
from itaku.sandbox.town import CODE

replace = msgspec.structs.replace


def outcome(session: Session, *, delivered: bool, kiosk: str = "k01") -> m.Outcome:
    return m.Outcome(session.id, kiosk, municipality=CODE, delivered=delivered)


async def brought_to(chain, state: str) -> tuple[Session, m.Apply]:
    """A session whose application is in that state at the municipality."""
    session = await chain.kiosk().opened()
    request = await session.apply_request()
    if state == "void":
        request = replace(request, signature=b"x")
    if state == "accepted":
        (look_up,) = chain.city_step(request).effects
        chain.city_step(city.Asked(request, registers(chain, look_up.card_serial)))
    elif state != "absent":
        chain.at_city(request)
    if state in {"counted", "voided"}:
        chain.at_city(outcome(session, delivered=True))
    if state == "voided":
        chain.at_city(session.void_request())
    assert chain.city_state(session.id) == state
    return session, request


def registers(chain, serial: str) -> Registers:
    return Registers(chain.parts.household(serial, chain.as_of), chain.as_of)


def reply_of(step: city.Step) -> m.Answer:
    (reply,) = [effect for effect in step.effects if isinstance(effect, city.Reply)]
    return reply.answer


def incidents_of(step: city.Step) -> list[str]:
    return [effect.code for effect in step.effects if isinstance(effect, city.Incident)]


STATES = ["accepted", "ready", "counted", "void", "voided"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("change", [{"kiosk": "k02"}, {"signature": b"y"}, {"challenge_token": b"z"}])
async def test_another_application_under_the_same_id_is_a_conflict_in_every_state(chain, state, change):
    session, request = await brought_to(chain, state)
    step = chain.city_step(replace(request, **change))
    assert step.row is None
    assert code_of(reply_of(step)) == "conflict"
    assert incidents_of(step) == ["other_content"]
    assert chain.city_state(session.id) == state


AGAIN = {
    "accepted": city.Wait,
    "ready": m.Prepared,
    "counted": "ended",
    "void": "signature_invalid",
    "voided": "misprint",
}


@pytest.mark.parametrize("state", AGAIN)
async def test_the_same_application_again_gets_what_it_got_and_changes_nothing(chain, state):
    _, request = await brought_to(chain, state)
    step = chain.city_step(request)
    assert step.row is None
    if state == "accepted":
        assert step.effects == (city.Wait(request),)
    elif state == "ready":
        assert reply_of(step) == chain.at_city(request)
        assert isinstance(reply_of(step), m.Prepared)
    else:
        assert code_of(reply_of(step)) == AGAIN[state]


OUTCOMES = {
    ("absent", True): "unknown_issuance",
    ("accepted", True): "wrong_state",
    ("ready", True): None,
    ("counted", True): None,
    ("void", True): "conflict",
    ("voided", True): None,
    ("absent", False): None,
    ("accepted", False): None,
    ("ready", False): None,
    ("counted", False): "conflict",
    ("void", False): None,
    ("voided", False): "conflict",
}


@pytest.mark.parametrize(("state", "delivered"), OUTCOMES)
async def test_an_outcome_is_taken_or_refused_by_the_state_and_a_final_state_is_never_left(chain, state, delivered):
    session, _ = await brought_to(chain, state)
    step = chain.city_step(outcome(session, delivered=delivered))
    code = OUTCOMES[state, delivered]
    if code is None:
        assert isinstance(reply_of(step), m.OutcomeOk)
        after = "counted" if delivered else "void"
        assert chain.city_state(session.id) == ("voided" if state == "voided" else after)
        assert chain.city_rows[session.id].sealed == b""
    else:
        assert step.row is None
        assert code_of(reply_of(step)) == code
        assert len(incidents_of(step)) == 1
        assert chain.city_state(session.id) == state


VOIDS = {
    "absent": "unknown_issuance",
    "accepted": "conflict",
    "ready": None,
    "counted": None,
    "void": "conflict",
    "voided": None,
}


@pytest.mark.parametrize("state", VOIDS)
async def test_only_what_was_delivered_can_be_made_void_and_void_it_stays(chain, state):
    session, _ = await brought_to(chain, state)
    step = chain.city_step(session.void_request())
    if VOIDS[state] is None:
        assert isinstance(reply_of(step), m.VoidOk)
        assert chain.city_state(session.id) == "voided"
        assert chain.city_rows[session.id].sealed == b""
    else:
        assert step.row is None
        assert code_of(reply_of(step)) == VOIDS[state]
        assert len(incidents_of(step)) == 1
    other = chain.city_step(session.void_request(kiosk="k02")) if state != "absent" else None
    if other is not None:
        assert (other.row, incidents_of(other)) == (None, ["another_kiosk"])


@pytest.mark.parametrize("state", ["ready", "counted", "void", "accepted"])
async def test_an_outcome_in_another_kiosks_name_is_a_conflict(chain, state):
    session, _ = await brought_to(chain, state)
    step = chain.city_step(outcome(session, delivered=False, kiosk="k02"))
    assert (step.row, incidents_of(step)) == (None, ["another_kiosk"])
    assert code_of(reply_of(step)) == "conflict"


async def test_an_outcome_that_overtakes_its_application_leaves_a_tombstone(chain):
    session = await chain.kiosk().opened()
    request = await session.apply_request()
    chain.at_city(outcome(session, delivered=False))
    assert code_of(chain.at_city(request)) == "ended"
    assert chain.city_state(session.id) == "void"


# ---- attempts


async def test_after_the_lease_another_attempt_renders_and_the_late_result_of_the_first_is_dropped(chain):
    session = await chain.kiosk().opened()
    request = await session.apply_request()
    (look_up,) = chain.city_step(request).effects
    (first,) = chain.city_step(city.Asked(request, registers(chain, look_up.card_serial))).effects
    chain.clock.advance(city.RENDER_LEASE_MS)
    (look_up,) = chain.city_step(request).effects
    (second,) = chain.city_step(city.Asked(request, registers(chain, look_up.card_serial))).effects
    assert (first.job.attempt, second.job.attempt) == (1, 2)
    late = chain.city_step(chain.rendered(first))
    assert (late.row, late.effects) == (None, (city.Wait(request),))
    done = chain.city_step(chain.rendered(second))
    assert isinstance(reply_of(done), m.Prepared)
    later_still = chain.city_step(chain.rendered(first))
    assert later_still.row is None
    assert chain.at_city(request) == reply_of(done)
    assert chain.incidents == []


@pytest.mark.parametrize("state", ["ready", "counted", "void"])
async def test_a_result_that_comes_when_all_is_over_changes_nothing(chain, state):
    session = await chain.kiosk().opened()
    request = await session.apply_request()
    (look_up,) = chain.city_step(request).effects
    (render,) = chain.city_step(city.Asked(request, registers(chain, look_up.card_serial))).effects
    result = chain.rendered(render)
    if state == "void":
        chain.at_city(outcome(session, delivered=False))
    else:
        chain.city_step(result)
    if state == "counted":
        chain.at_city(outcome(session, delivered=True))
    step = chain.city_step(result)
    assert step.row is None
    assert chain.city_state(session.id) == state
    assert incidents_of(step) == []


async def test_a_failed_rendering_voids_the_application_with_its_code(chain):
    _, request = await brought_to(chain, "accepted")
    row = chain.city_rows[request.issuance_id]
    job = city.Job(request.issuance_id, row.attempt, None, None)
    step = chain.city_step(city.Rendered(request, job, b"", "text_too_long"))
    assert code_of(reply_of(step)) == "text_too_long"
    assert code_of(chain.at_city(request)) == "text_too_long"


async def test_another_residents_document_stops_the_route_and_is_never_sealed(chain):
    _, request = await brought_to(chain, "accepted")
    other = await chain.kiosk().opened("r0002")
    other_request = await other.apply_request()
    (look_up,) = chain.city_step(other_request).effects
    (render,) = chain.city_step(city.Asked(other_request, registers(chain, look_up.card_serial))).effects
    wrong_document = chain.rendered(render).document
    row = chain.city_rows[request.issuance_id]
    mine = chain.works.make_job(request, registers(chain, chain.works.verify(request, chain.now())), chain.now(), 1)
    binding = replace(mine.binding, serial_number=row.serial_number)
    step = chain.city_step(city.Rendered(request, mine._replace(binding=binding), wrong_document))
    assert code_of(reply_of(step)) == "readback_mismatch"
    (incident,) = [effect for effect in step.effects if isinstance(effect, city.Incident)]
    assert incident.stops_route
    assert chain.city_rows[request.issuance_id].sealed == b""
    assert chain.city_rows[request.issuance_id].state == "void"


@pytest.mark.parametrize("document", [b"", b"%PDF-1.7\n%%EOF", bytes(5000)])
async def test_a_document_that_cannot_be_read_back_is_never_sealed(chain, document):
    _, request = await brought_to(chain, "accepted")
    row = chain.city_rows[request.issuance_id]
    job = chain.works.make_job(request, registers(chain, chain.works.verify(request, chain.now())), chain.now(), 1)
    job = job._replace(binding=replace(job.binding, serial_number=row.serial_number))
    assert code_of(reply_of(chain.city_step(city.Rendered(request, job, document)))) == "readback_mismatch"


async def test_a_stopped_route_withholds_its_kind(chain):
    chain.works.stopped = frozenset({Kind.RESIDENT_RECORD})
    assert code_of(await (await chain.kiosk().opened()).apply()) == "stopped"


# ---- freshness and the resident


@pytest.mark.parametrize("late_ms", [300_001, -300_001])
async def test_a_replica_older_or_younger_than_the_limit_issues_nothing(chain, late_ms):
    chain.as_of = InstantMs(chain.now() - late_ms)
    session = await chain.kiosk().opened()
    assert code_of(await session.apply()) == "replica_stale"


async def test_an_unproven_replica_does_not_even_say_that_a_card_is_unknown(chain):
    chain.as_of = None
    session = await chain.kiosk().opened()
    assert code_of(await session.apply()) == "replica_stale"


async def test_a_replica_at_the_limit_still_issues(chain):
    chain.as_of = InstantMs(chain.now() - 300_000)
    assert isinstance(await (await chain.kiosk().opened()).apply(), m.Prepared)


async def test_a_resident_without_a_registered_seal_is_told_so(chain):
    assert code_of(await (await chain.kiosk().opened()).apply(SealRegistrationOptions())) == "seal_not_registered"


@pytest.mark.parametrize(("moved_ms", "code"), [(CHALLENGE_LIFE_MS + 1, "challenge_expired"), (-90_001, "clock_apart")])
async def test_a_challenge_too_old_or_from_the_future_is_refused_by_the_municipalitys_own_clock(chain, moved_ms, code):
    session = await chain.kiosk().opened()
    request = await session.apply_request()
    chain.clock.advance(moved_ms)
    chain.as_of = chain.now()
    assert code_of(chain.at_city(request)) == code


@pytest.mark.parametrize("moved_ms", [CHALLENGE_LIFE_MS, -90_000])
async def test_a_challenge_at_the_edge_of_its_life_is_taken(chain, moved_ms):
    session = await chain.kiosk().opened()
    request = await session.apply_request()
    chain.clock.advance(moved_ms)
    chain.as_of = chain.now()
    assert isinstance(chain.at_city(request), m.Prepared)


async def test_a_session_key_that_cannot_be_one_is_refused_before_rendering(chain):
    session = await chain.kiosk().opened()
    request = await session.apply_request(session.application(session_key=b"\xff" * 1216))
    assert code_of(chain.at_city(request)) == "malformed"
    assert chain.city_state(session.id) == "void"
