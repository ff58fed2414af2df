import datetime as dt

import msgspec
import pytest

from itaku.basis.clock import InstantMs, to_instant
from itaku.issuance.municipality.machine import WithheldError
from itaku.issuance.municipality.registrations import machine as r
from itaku.issuance.municipality.registrations.row import Ground, RegisteredPerson
from itaku.issuance.municipality.registrations.table import USE_TABLE
from itaku.issuance.municipality.registrations.waiting import UsePolicyRow, expected_use, policy_on
from itaku.issuance.protocol import messages as m

JST = dt.timezone(dt.timedelta(hours=9))
NOW = to_instant(dt.datetime(2026, 11, 20, 10, tzinfo=JST))
"""A Friday; Monday 23 November is a public holiday."""
EXPIRES = InstantMs(NOW + 400 * 86_400_000)
POLICY = (UsePolicyRow(dt.date(2016, 1, 25)),)
PERSON = RegisteredPerson("帆掛　元子", dt.date(1926, 12, 31))
DAY_COMES = expected_use(NOW, POLICY).from_ms


def request(number=1, **changes):
    issuance_id = number.to_bytes(16, "big")
    application = m.UseApplication(issuance_id, bytes(32), "k01", "991023", bytes(32), bytes(32))
    facts = {
        "issuance_id": issuance_id,
        "kiosk": "k01",
        "application": application,
        "sealed_claims": b"sealed",
        "challenge_token": b"",
        "card_certificate": b"card",
        "digest": bytes(32),
        "signature": b"signed",
    }
    return m.RegisterUse(**(facts | changes))


class Works:
    def __init__(self, withheld=""):
        self.withheld = withheld

    def verify(self, _request, _now):
        if self.withheld:
            raise WithheldError(self.withheld)
        return r.Claimant("ab", EXPIRES, "claims")

    def expected(self, now):
        return expected_use(now, POLICY)

    def attempts_per_day(self, _now):
        return 3


WORKS = Works()


def found(asked=None, **changes):
    facts = {
        "request": asked or request(),
        "claimant": r.Claimant("ab", EXPIRES, "claims"),
        "register_no": "S0001",
        "fresh": True,
        "attempts_today": 0,
        "standing": None,
    }
    return r.Found(**(facts | changes))


def step(event, row=None, now=NOW, works=WORKS):
    return r.handle(now, event, row, works)


def answer(done):
    return next(effect.answer for effect in done.effects if isinstance(effect, r.Reply))


def after(*events):
    """The row after these events, each with its moment."""
    row = step(found()).row
    for event, now in events:
        done = step(event, row, now)
        row = done.row or row
    return row


ID = request().issuance_id
TAKE_UP, APPROVE = r.TakeUp(ID, "磯部"), r.Approve(ID, "磯部", PERSON)
RECEIVED = after()
UNDER_REVIEW = after((TAKE_UP, NOW))
IN_EFFECT = after((TAKE_UP, NOW), (APPROVE, NOW), (r.Due(ID), DAY_COMES))


def test_what_is_received_has_its_first_day_of_use_and_keeps_no_claims():
    done = step(found())
    assert (done.source, done.event, done.row.state) == ("absent", "Claimed", "received")
    assert answer(done).usable_from_ms == DAY_COMES == to_instant(dt.datetime(2026, 11, 30, tzinfo=JST))
    assert b"claims" not in msgspec.msgpack.encode(done.row)


def test_five_office_days_pass_over_weekend_and_holiday_and_the_working_says_so():
    expected = expected_use(NOW, POLICY)
    assert expected.day == dt.date(2026, 11, 30)
    assert sum("日目の開庁日" in line.ja for line in expected.working) == 5
    assert any("とばす" in line.ja for line in expected.working)


def test_the_rule_is_dated_and_where_there_is_none_nothing_is_received():
    changed = (*POLICY, UsePolicyRow(dt.date(2026, 12, 1), open_days=3))
    assert policy_on(changed, dt.date(2026, 11, 30)).open_days == 5
    assert policy_on(changed, dt.date(2026, 12, 1)).open_days == 3
    with pytest.raises(LookupError):
        expected_use(NOW, changed[1:])


@pytest.mark.parametrize("row", [RECEIVED, UNDER_REVIEW, IN_EFFECT])
def test_the_same_application_again_gets_the_stored_answer(row):
    done = step(request(), row)
    assert done.row is None
    assert answer(done).usable_from_ms == DAY_COMES


def test_the_same_id_with_other_content_is_an_incident_and_gets_no_answer_of_the_first():
    done = step(request(signature=b"another"), RECEIVED)
    assert answer(done).code == "conflict"
    assert r.Incident("other_content", ID) in done.effects


def test_an_application_that_nothing_proves_uses_up_no_try():
    done = step(request(), None, works=Works("signature_invalid"))
    assert (done.row, answer(done).code) == (None, "signature_invalid")
    assert step(found(fresh=False)).row is None
    assert answer(step(found(fresh=False))).code == "replica_stale"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"register_no": ""}, "register_not_found"),
        ({"attempts_today": 3}, "registration_too_often"),
        ({"claimant": r.Claimant("ab", EXPIRES, None)}, "claims_unreadable"),
        ({"standing": RECEIVED}, "registration_under_review"),
        ({"standing": IN_EFFECT, "register_no": ""}, "registration_in_effect"),
    ],
)
def test_what_is_not_received_is_counted_and_says_only_its_code(changes, code):
    done = step(found(**changes))
    assert (done.event, done.row.state, done.row.reason) == ("NotGranted", "refused", code)
    assert answer(done).code == code
    assert answer(step(request(), done.row)).code == code


def test_an_officer_approves_after_the_review_and_it_is_in_effect_from_its_day_on():
    approved = after((TAKE_UP, NOW), (APPROVE, NOW))
    assert (approved.state, approved.approved, approved.deadline_ms) == ("under_review", True, DAY_COMES)
    assert step(r.Due(ID), approved, InstantMs(DAY_COMES - 1)).row is None
    done = step(r.Due(ID), approved, DAY_COMES)
    assert (done.event, done.row.state, done.row.person) == ("DayCome", "in_effect", PERSON)
    assert r.LapseOthers(done.row) in done.effects


def test_a_late_approval_is_in_effect_at_once():
    done = step(APPROVE, UNDER_REVIEW, InstantMs(DAY_COMES + 1))
    assert (done.event, done.row.state) == ("ApprovedLate", "in_effect")


def test_without_an_officers_decision_no_day_brings_it_into_effect():
    assert step(r.Due(ID), RECEIVED, InstantMs(DAY_COMES + 1)).row is None
    assert step(r.Due(ID), UNDER_REVIEW, InstantMs(DAY_COMES + 1)).row is None


@pytest.mark.parametrize(
    ("event", "row"), [(APPROVE, RECEIVED), (TAKE_UP, UNDER_REVIEW), (APPROVE, IN_EFFECT), (APPROVE, None)]
)
def test_an_officers_step_out_of_turn_changes_nothing(event, row):
    done = step(event, row)
    assert done.row is None
    assert isinstance(done.effects[0], r.NotPossible)


def test_a_refusal_takes_an_approval_back_until_its_day():
    approved = after((TAKE_UP, NOW), (APPROVE, NOW))
    done = step(r.Refuse(ID, "磯部", Ground.NOT_IN_REGISTER), approved)
    assert (done.row.state, done.row.approved, done.row.person) == ("refused", False, None)
    assert step(r.Due(ID), done.row, DAY_COMES).row is None
    assert answer(step(request(), done.row)).code == "registration_refused"


@pytest.mark.parametrize("row", [RECEIVED, UNDER_REVIEW, IN_EFFECT])
def test_with_the_cards_certificate_it_lapses(row):
    done = step(r.Due(ID), row, EXPIRES)
    assert (done.event, done.row.state) == ("CardExpired", "lapsed")
    assert answer(step(request(), done.row)).code == "registration_lapsed"


def test_every_edge_of_the_table_is_taken():
    approved = after((TAKE_UP, NOW), (APPROVE, NOW))
    late = InstantMs(DAY_COMES + 1)
    taken = [
        step(found()),
        step(found(register_no="")),
        step(TAKE_UP, RECEIVED),
        step(APPROVE, UNDER_REVIEW),
        step(APPROVE, UNDER_REVIEW, late),
        step(r.Due(ID), approved, DAY_COMES),
        step(r.Refuse(ID, "磯部", Ground.WITHDRAWN), UNDER_REVIEW),
        step(r.Lapse(ID, "RegisterChanged"), IN_EFFECT),
        step(r.Lapse(ID, "CardReplaced"), IN_EFFECT),
        *(step(request(), row) for row in (RECEIVED, UNDER_REVIEW, IN_EFFECT)),
        *(step(r.Due(ID), row, EXPIRES) for row in (RECEIVED, UNDER_REVIEW, IN_EFFECT)),
    ]
    edges = {(done.source, done.event, done.row.state if done.row else done.source) for done in taken}
    assert edges == {(edge.source, edge.event, edge.target) for edge in USE_TABLE.edges}
