import msgspec
import pytest

from itaku.basis.clock import InstantMs
from itaku.issuance.center import machine
from itaku.issuance.center.machine import Deadline, Forward, FromMunicipality, Incident, Reply
from itaku.issuance.center.row import CenterRow
from itaku.issuance.center.use_applications import CENTER_USE_TABLE, handle
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.use_claims import use_digest

NOW = InstantMs(1_800_000_000_000)
ID, CITY = bytes(16), "991023"
APPLICATION = m.UseApplication(ID, b"c" * 32, "k01", CITY, b"1" * 32, b"2" * 32)
REQUEST = m.RegisterUse(ID, "k01", APPLICATION, b"sealed", b"token", b"card", use_digest(APPLICATION), b"signed")
RECEIVED = m.UseReceived(ID, "k01", REQUEST.digest, NOW + 1)
OPENED = CenterRow(
    issuance_id=ID, kiosk="k01", state="opened", municipality=CITY, challenge=b"c" * 32, opened_ms=NOW, registry=True
)


def step(event, row, now=NOW):
    return handle(now, event, row, None)


def row_in(state):
    row = step(REQUEST, OPENED).row
    return row if state == "registering" else step(FromMunicipality(RECEIVED, REQUEST), row).row


def code(done):
    return next(effect.answer.code for effect in done.effects if isinstance(effect, Reply))


REGISTERING, REGISTERED = row_in("registering"), row_in("registered")


def test_every_edge_of_the_table_is_taken():
    late = InstantMs(NOW + machine.APPLIED_LIFE_MS)
    taken = [
        step(REQUEST, OPENED),
        step(REQUEST, REGISTERING),
        step(REQUEST, REGISTERED),
        step(FromMunicipality(RECEIVED, REQUEST), REGISTERING),
        step(FromMunicipality(RECEIVED, REQUEST), REGISTERED),
        step(FromMunicipality(m.refuse(REQUEST, "register_not_found"), REQUEST), REGISTERING),
        step(m.Abandon(ID, "k01", "session_timeout"), REGISTERING),
        step(Deadline(ID), REGISTERING, late),
    ]
    edges = {(done.source, done.event, done.row.state if done.row else done.source) for done in taken}
    assert edges == {(edge.source, edge.event, edge.target) for edge in CENTER_USE_TABLE.edges}


def test_it_is_passed_on_to_the_sessions_own_municipality_as_it_came():
    assert step(REQUEST, OPENED).effects == (Forward(REQUEST, CITY),)


@pytest.mark.parametrize(
    "changes", [{"municipality": "991015"}, {"challenge": b"x" * 32}, {"claims_sha256": b"x" * 32}, {"kiosk": "k02"}]
)
def test_another_application_than_the_one_that_was_signed_goes_no_further(changes):
    changed = msgspec.structs.replace(REQUEST, application=msgspec.structs.replace(APPLICATION, **changes))
    done = step(changed, OPENED)
    assert (done.row, code(done)) == (None, "digest_mismatch")
    assert Incident("digest_mismatch", ID) in done.effects


def test_an_application_for_one_municipality_is_never_answered_by_another():
    elsewhere = msgspec.structs.replace(APPLICATION, municipality="991015")
    signed = msgspec.structs.replace(REQUEST, application=elsewhere, digest=use_digest(elsewhere))
    assert code(step(signed, OPENED)) == "digest_mismatch"
    foreign = msgspec.structs.replace(RECEIVED, digest=b"x" * 32)
    done = step(FromMunicipality(foreign, REQUEST), REGISTERING)
    assert (done.row, code(done)) == (None, "digest_mismatch")
    assert Incident("foreign_answer", ID) in done.effects


def test_a_second_application_in_one_session_is_an_incident():
    other = msgspec.structs.replace(APPLICATION, claims_sha256=b"9" * 32)
    second = msgspec.structs.replace(REQUEST, application=other, digest=use_digest(other))
    done = step(second, REGISTERING)
    assert code(done) == "conflict"
    assert Incident("second_application", ID) in done.effects


def test_it_belongs_into_a_session_of_a_registry_municipality_and_to_its_kiosk():
    own = msgspec.structs.replace(OPENED, registry=False)
    assert code(step(REQUEST, own)) == "option_not_allowed"
    assert code(step(msgspec.structs.replace(REQUEST, kiosk="k02"), OPENED)) == "conflict"
    assert code(step(REQUEST, None)) == "unknown_issuance"


def test_an_answer_that_says_nothing_of_the_application_leaves_it_open():
    done = step(FromMunicipality(m.refuse(REQUEST, "municipality_unavailable"), REQUEST), REGISTERING)
    assert done.row is None


def test_a_refusal_keeps_its_day_for_whoever_asks_again():
    told = m.refuse(REQUEST, "registration_under_review", NOW + 5)
    refused = step(FromMunicipality(told, REQUEST), REGISTERING).row
    again = step(REQUEST, refused)
    assert [effect.answer.again_ms for effect in again.effects] == [NOW + 5]


def test_a_kiosk_that_did_not_hear_the_answer_changes_nothing_of_what_was_received():
    done = step(m.Abandon(ID, "k01", "network_gone"), REGISTERED)
    assert done.row is None
    assert isinstance(done.effects[0].answer, m.AbandonOk)
