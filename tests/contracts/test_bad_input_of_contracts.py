"""Bad contract files and bad events: each is refused or flagged with its place, and the rest goes on working."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from contracts_lives import Life, delivery_with, instant

from itaku.basis.errors import ItakuError
from itaku.contracts.engine.events import (
    EventTwiceError,
    EventUnfitError,
    EventUnknownError,
    Told,
    check_appendable,
    effective,
    read_event,
)
from itaku.contracts.engine.result import replay
from itaku.contracts.model.mistakes import ContractFileError, Mistake

D = dt.date


@pytest.fixture
def life() -> Life:
    return Life()


def mistakes(*tables: str, exchange: tuple[tuple[str, str], ...] = ()) -> list[Mistake]:
    """What is refused in the invented contract with further tables or other texts."""
    with pytest.raises(ContractFileError) as refused:
        delivery_with(*tables, exchange=exchange)
    return list(refused.value.mistakes)


def refusal(life: Life, at: str, kind: str, **fields: Any) -> ItakuError:
    """The coded error with which an event is refused; the contract stays as it was."""
    before = life.on("2026-12-01").views
    with pytest.raises(ItakuError) as refused:
        life.tell(at, kind, **fields)
    assert life.on("2026-12-01").views == before
    return refused.value


def flags(life: Life, day: str = "2026-12-01") -> list[tuple[str, str]]:
    """What a person should look at: the code, and the event or instance that it is about."""
    return [(flag.code, flag.about) for flag in life.on(day).flags]


def still_runs(life: Life) -> None:
    """A duty that has nothing to do with what was wrong arises and is counted as ever."""
    life.tell("2026-10-01", "report.received", sub_no="R8-9")
    assert life.view("2026-10-02", "X1-12-2[sub_no=R8-9]").due.raw == D(2026, 10, 11)


# ---- contract files ----


def test_an_unknown_key_is_named_with_its_line_and_clause() -> None:
    (mistake,) = mistakes(exchange=(('due.after = "30d"', 'due.after = "30d"\ndue.until = "30d"'),))
    assert (mistake.code, mistake.clause, mistake.file) == ("key_unknown", "X1-13-3", "main.toml")
    assert mistake.line > 1
    assert "until" in mistake.ja


def test_a_rule_that_waits_for_an_event_outside_the_catalogue_is_named() -> None:
    (mistake,) = mistakes(exchange=(('discharge.event = "handover.done"', 'discharge.event = "handover.made"'),))
    assert (mistake.code, mistake.clause) == ("event_unknown", "X1-19")


def test_triggers_in_a_circle_are_named_as_one_mistake() -> None:
    def duty(name: str, other: str) -> str:
        return (
            f'[[provision]]\nid = "{name}"\nkind = "obligation"\nja = "輪"\nen = "circle"\nbearer = "乙"\n'
            f'trigger.violated = "{other}"\ndue.promptly = "直ちに"\n'
        )

    (mistake,) = mistakes(duty("X1-97", "X1-98"), duty("X1-98", "X1-99"), duty("X1-99", "X1-97"))
    assert mistake.code == "circular"
    assert all(name in mistake.ja for name in ("X1-97", "X1-98", "X1-99"))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("value = 11000000", "value = -11000000", "term_value"),
        ("value = 11000000", "value = 11000000.5", "value_kind"),
        ("value = 11000000", "value = 1000000000000000000000", "term_value"),
        ("value = 11000000", 'value = "一千百万"', "term_value"),
        ('value = "10"', 'value = "-10"', "term_value"),
        ('value = "10"', 'value = "101"', "term_value"),
        ('value = "10"', 'value = "ten"', "term_value"),
        ('value = "2027-03-31"', 'value = "令和　年　月　日"', "date_blank"),
        ('value = "2027-03-31"', 'value = "2027-02-30"', "term_value"),
    ],
)
def test_a_term_that_is_no_value_of_its_type_is_refused(old: str, new: str, code: str) -> None:
    assert {each.code for each in mistakes(exchange=((old, new),))} == {code}


# ---- yen ----


@pytest.mark.parametrize("yen", [-1, -0.5, 1.5, 100.0, "100", "１００", True, None, 10**20])
def test_yen_that_are_negative_fractional_or_no_whole_number_are_refused(life: Life, yen: Any) -> None:
    error = refusal(life, "2026-05-01", "payment.made", under="X1-18-2", yen=yen)
    assert error.code == "event_unfit"
    assert "yen" in (error.detail or "")
    still_runs(life)


def test_a_payment_of_nothing_pays_nothing_and_says_so(life: Life) -> None:
    life.tell("2026-05-01", "month.closed", month="4", collected_yen=100, copies=0, pay_by="2026-05-31")
    told = life.tell("2026-05-02", "fees.remitted", month="4", yen=0)
    assert flags(life, "2026-05-03") == [("nothing_paid", told)]
    assert life.on("2026-05-03").money("X1-15[month=4]").paid == ()


# ---- dates ----


@pytest.mark.parametrize("at", ["", "令和　年　月　日", "令和8年2月30日", "2026-02-30", "soon", "2026-05-01T25:00"])
def test_an_event_without_a_day_that_exists_is_refused(life: Life, at: str) -> None:
    error = refusal(life, at, "books.inspected", **{"from": "2026-05-01", "to": "2026-05-02"})
    assert error.code in {"date_blank", "date_unreadable", "era_date_invalid", "time_unreadable"}, error.code
    assert error.ja
    assert error.en
    still_runs(life)


@pytest.mark.parametrize("day", ["", "令和　年　月　日", "2026-13-01", 20260501])
def test_a_blank_or_unreadable_day_inside_an_event_is_refused(life: Life, day: Any) -> None:
    error = refusal(life, "2026-05-01", "books.inspected", **{"from": day, "to": "2026-05-02"})
    assert error.code in {"date_blank", "date_unreadable", "event_unfit"}, error.code
    assert "from" in (error.detail or "")
    still_runs(life)


def test_an_event_before_the_signing_is_flagged_with_its_id() -> None:
    life = Life(signed=None)
    early = life.tell("2026-03-31", "books.inspected", **{"from": "2026-03-30", "to": "2026-03-31"})
    life.tell("2026-04-01", "contract.signed")
    assert flags(life) == [("before_signing", early)]
    still_runs(life)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("term.set", {"term": "deadline", "date": "2026-03-31"}),
        ("work.completed", {"on": "2026-03-31"}),
        ("date.set", {"under": "X1-15-2", "date": "2026-03-31"}),
        ("target.set", {"under": "X1-20", "date": "2026-03-31"}),
    ],
)
def test_a_day_before_the_signing_inside_an_event_is_flagged(life: Life, kind: str, fields: dict[str, Any]) -> None:
    told = life.tell("2026-05-01", kind, **fields)
    assert ("date_before_signing", told) in flags(life)
    still_runs(life)


def test_a_contract_signed_after_its_own_deadline_is_flagged() -> None:
    life = Life(signed="2027-04-01")
    assert ("date_before_signing", "e1") in flags(life, "2027-04-02")


# ---- terms ----


@pytest.mark.parametrize(
    ("term", "fields", "code"),
    [
        ("price", {"yen": 1}, "term_unknown"),
        ("price_yen", {"text": "1"}, "term_value"),
        ("price_yen", {"date": "2026-05-01"}, "term_value"),
        ("price_yen", {}, "term_value"),
        ("deadline", {"yen": 1}, "term_value"),
        ("tax_percent", {"text": "-1"}, "term_value"),
        ("tax_percent", {"text": "101"}, "term_value"),
        ("tax_percent", {"text": "8.5%"}, "term_value"),
        ("tax_percent", {"text": " "}, "term_value"),
    ],
)
def test_a_term_takes_only_a_value_of_its_type(life: Life, term: str, fields: dict[str, Any], code: str) -> None:
    before = life.on("2026-05-02").fold.terms.get(term)
    told = life.tell("2026-05-01", "term.set", term=term, **fields)
    assert flags(life) == [(code, told)]
    assert life.on("2026-05-02").fold.terms.get(term) == before
    still_runs(life)


def test_a_percentage_within_its_range_is_taken(life: Life) -> None:
    life.tell("2026-05-01", "term.set", term="tax_percent", text="8")
    life.tell("2026-05-01", "month.closed", month="4", collected_yen=300_000, copies=1000, pay_by="2026-05-31")
    assert life.yen("2026-05-02", "X1-15-5[month=4]") == 9_111  # 123,000 x 8 / 108
    assert flags(life) == []


# ---- order, twice, corrections ----


def test_events_told_in_any_order_give_what_their_days_give() -> None:
    told = [
        ("2026-04-24", "report.received", {"sub_no": "R8-1"}),
        ("2026-05-01", "inspection.held", {"sub_no": "R8-1", "result": "pass"}),
        ("2026-05-02", "invoice.received", {"sub_no": "R8-1", "yen": 100}),
    ]

    def states(order: list[int]) -> dict[str, tuple[str, D | None]]:
        life = Life()
        for number in order:
            at, kind, fields = told[number]
            life.tell(at, kind, **fields)
        views = life.on("2026-06-15").views
        return {name: (view.state, view.breached_on) for name, view in views.items()}

    assert states([0, 1, 2]) == states([2, 1, 0]) == states([1, 2, 0])


def test_one_event_told_twice_is_refused_at_the_door_and_flagged_if_it_got_in(life: Life) -> None:
    life.tell("2026-05-01", "month.closed", month="4", collected_yen=100, copies=0, pay_by="2026-05-31")
    life.tell("2026-05-02", "fees.remitted", month="4", yen=60)
    again = life.events[-1]
    with pytest.raises(EventTwiceError):
        check_appendable(life.events, again)
    twice = read_event(
        life.contract, Told(id=again.id, at="2026-05-03", kind="fees.remitted", fields={"month": "4", "yen": 40}), 9
    )
    result = replay(life.contract, [*life.events, twice], instant("2026-05-04"))
    assert [flag.code for flag in result.flags] == ["event_twice"]
    assert result.money("X1-15[month=4]").unpaid_yen == 40


def test_a_correction_is_appended_and_what_was_told_first_can_still_be_asked(life: Life) -> None:
    first = life.tell("2026-04-24", "report.received", sub_no="R8-1")
    before = list(life.events)
    life.tell("2026-04-20", "report.received", sub_no="R8-1", corrects=first)
    assert life.events[: len(before)] == before
    assert life.view("2026-05-01", "X1-12-2[sub_no=R8-1]").born == D(2026, 4, 20)
    then = replay(life.contract, life.events, instant("2026-05-01"), known_seq=len(before))
    assert then.views["X1-12-2[sub_no=R8-1]"].born == D(2026, 4, 24)
    assert [event.id for event in effective(life.events).events] == ["e1", first]


@pytest.mark.parametrize("target", ["e99", "e2"])
def test_a_correction_of_nothing_or_of_what_is_voided_is_refused_and_flagged(life: Life, target: str) -> None:
    life.tell("2026-04-24", "report.received", sub_no="R8-1")
    life.void("e2")
    lost = life.event("2026-04-25", "report.received", sub_no="R8-1", corrects=target)
    with pytest.raises(EventUnknownError):
        check_appendable(life.events, lost)
    result = replay(life.contract, [*life.events, lost], instant("2026-05-01"))
    assert [(flag.code, flag.about) for flag in result.flags] == [("correction_lost", lost.id)]


def test_a_correction_is_read_like_any_event(life: Life) -> None:
    first = life.tell("2026-04-24", "report.received", sub_no="R8-1")
    with pytest.raises(EventUnfitError):
        life.event("2026-04-24", "report.received", sub_no="", corrects=first)


# ---- findings, dates and papers that meet nothing ----


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("finding.made", {"on": "X1-99", "result": True, "person": "P", "reason": "R"}, "provision_unknown"),
        ("finding.made", {"on": "X1-1", "result": True, "person": "P", "reason": "R"}, "finding_unfit"),
        (
            "finding.made",
            {"on": "X1-16-3", "result": True, "person": "P", "reason": "R", "instance": "X1-9[a=1]"},
            "instance_unknown",
        ),
        ("date.set", {"under": "X1-99", "date": "2026-06-01"}, "orphan"),
        ("target.set", {"under": "X1-20", "date": "2026-06-01"}, "orphan"),
        ("policy.chosen", {"policy": "X1-11-2.base", "option": "mine"}, "policy_unknown"),
        ("policy.chosen", {"policy": "nothing", "option": "raw"}, "policy_unknown"),
        ("evidence.filed", {"under": "X1-D2", "slot": "none", "sha256": "00"}, "slot_unknown"),
        ("paper.filed", {"paper": "none", "sha256": "00"}, "paper_unknown"),
        ("provision.amended", {"toml": "id = "}, "amendment_unreadable"),
        ("provision.amended", {"toml": 'id = "X1-2"\nkind = "wish"\n'}, "amendment_unfit"),
    ],
)
def test_what_meets_nothing_is_flagged_with_its_event(life: Life, kind: str, fields: dict[str, Any], code: str) -> None:
    told = life.tell("2026-05-01", kind, **fields)
    assert flags(life) == [(code, told)]
    still_runs(life)


# ---- who may tell ----


def test_a_notice_by_somebody_who_does_not_hold_the_right_is_without_effect(life: Life) -> None:
    life.tell("2026-05-01", "insolvency.known")
    power = (
        '[event."stop.notified"]\nja = "停止"\nen = "Stop"\nby = ["甲", "乙"]\n\n'
        '[[provision]]\nid = "X1-99"\nkind = "power"\nja = "停止できる"\nen = "甲 may stop"\nholder = "甲"\n'
        'exercise.event = "stop.notified"\n'
    )
    for teller, code in (("carrier", ["without_effect"]), ("town", []), (None, [])):
        other = Life(delivery_with(power))
        other.tell("2026-05-01", "stop.notified", told_by=teller)
        assert other.flagged("2026-05-02") == code
