"""Disputed readings switch provisions, days, caps and clocks, also later, and are printed with what they touched."""

from __future__ import annotations

import datetime as dt

import pytest
from contracts_lives import Life, delivery_with, instant

from itaku.contracts.engine.why import why
from itaku.contracts.model.mistakes import ContractFileError

D = dt.date

READING = (
    '[policy."X1-99.reading"]\nja = "読み方"\nen = "The reading"\ndefault = "wide"\nclauses = ["X1-99"]\n'
    'options.wide = {ja = "広い", en = "wide"}\noptions.narrow = {ja = "狭い", en = "narrow"}\n'
)


def rule(name: str, kind: str, text: str) -> str:
    """A provision in words of its own."""
    return f'[[provision]]\nid = "{name}"\nkind = "{kind}"\nja = "試み"\nen = "trial"\n{text}\n'


def chosen(life: Life, day: str, policy: str, option: str) -> None:
    """A reading is chosen on a day."""
    life.tell(day, "policy.chosen", policy=policy, option=option)


def codes(*tables: str) -> set[str]:
    """The codes of the mistakes in the invented contract with further tables."""
    with pytest.raises(ContractFileError) as refused:
        delivery_with(*tables)
    return {each.code for each in refused.value.mistakes}


# ---- provisions ----

PENALTY = rule(
    "X1-99",
    "calculation",
    'bearer = "乙"\nper = ["case"]\ntrigger.event = "order.final"\nwhen = "policy:X1-99.reading=wide"\n'
    'charge = {formula = "share", base = "term:price_yen", share = "1/10"}\ndue.on = "field-of:date.set"\n'
    'discharge = {event = "payment.made", amount = "yen"}',
)


def test_a_sum_that_a_reading_does_not_know_stands_at_nothing_beside_its_figure() -> None:
    life = Life(delivery_with(READING, PENALTY))
    life.tell("2026-05-01", "order.final", case="K1")
    name = "X1-99[case=K1]"
    assert life.yen("2026-05-02", name) == 1_100_000
    chosen(life, "2026-05-03", "X1-99.reading", "narrow")
    result = life.on("2026-05-04")
    found = result.money(name)
    assert (found.yen, found.computed_yen, found.unpaid_yen) == (0, 1_100_000, 0)
    assert found.excused_by == ("policy:X1-99.reading=wide",)
    assert result.views[name].state == "discharged"
    assert ("X1-99.reading", "narrow") in result.views[name].policies
    assert any("狭い" in line.ja for line in why(result, name))


def test_a_duty_comes_back_with_its_reading_and_is_overdue_if_its_day_has_passed() -> None:
    duty = rule("X1-99", "obligation", 'bearer = "乙"\ndue.on = "2026-05-10"\nwhen = "policy:X1-99.reading=wide"')
    life = Life(delivery_with(READING, duty))
    chosen(life, "2026-05-01", "X1-99.reading", "narrow")
    assert life.state("2026-05-20", "X1-99") == "discharged"
    assert life.view("2026-05-20", "X1-99").breached_on is None
    chosen(life, "2026-06-01", "X1-99.reading", "wide")
    view = life.view("2026-06-02", "X1-99")
    assert (view.state, view.breached_on) == ("violated", D(2026, 5, 11))


def test_a_power_does_not_arise_and_a_condition_does_not_hold_under_another_reading() -> None:
    fact = rule("X1-16-9", "condition", 'trigger.event = "books.inspected"\nwhen = "policy:X1-99.reading=wide"')
    power = rule("X1-99", "power", 'holder = "甲"\nper = []\ntrigger.event = "contract.signed"\nneeds = "X1-16-9"')
    life = Life(delivery_with(READING, fact, power))
    life.tell("2026-05-01", "books.inspected", from_="2026-05-01", to="2026-05-01")
    assert life.state("2026-05-02", "X1-99[e1]") == "available"
    chosen(life, "2026-05-03", "X1-99.reading", "narrow")
    assert life.state("2026-05-04", "X1-16-9[e2]") == "running"
    assert life.state("2026-05-04", "X1-99[e1]") == "not_arisen"
    chosen(life, "2026-05-05", "X1-99.reading", "wide")
    assert life.state("2026-05-06", "X1-99[e1]") == "available"


def test_an_effect_happens_only_under_its_reading() -> None:
    effect = '{do = "discharge", of = ["X1-2"], when = "policy:X1-99.reading=wide"}'
    text = f'trigger.event = "books.inspected"\neffect = [{effect}]'
    contract = delivery_with(READING, rule("X1-99", "condition", text))
    for option, state in (("wide", "discharged"), ("narrow", "in_effect")):
        life = Life(contract)
        chosen(life, "2026-04-02", "X1-99.reading", option)
        life.tell("2026-05-01", "books.inspected", from_="2026-05-01", to="2026-05-01")
        assert life.state("2026-05-02", "X1-2") == state


# ---- days, caps, periods, clocks ----


def test_days_are_left_out_of_a_charge_only_under_the_reading_that_says_so() -> None:
    plain = 'excluded = [{event = "books.inspected", first = "from", last = "to"}]'
    switched = (
        'excluded = [{event = "books.inspected", first = "from", last = "to", when = "policy:X1-99.reading=narrow"}]'
    )
    life = Life(delivery_with(READING, exchange=((plain, switched),)))
    life.tell("2026-05-01", "month.closed", month="4", collected_yen=11_000_000, copies=0, pay_by="2026-04-30")
    life.tell("2026-05-02", "books.inspected", from_="2026-05-03", to="2026-05-05")
    life.tell("2026-05-20", "fees.remitted", month="4", yen=11_000_000)
    name = "X1-15-2[X1-15[month=4]]"
    assert life.yen("2026-06-01", name) == 15_000
    chosen(life, "2026-04-02", "X1-99.reading", "narrow")
    assert life.yen("2026-06-01", name) == 12_800
    assert ("X1-99.reading", "narrow") in life.view("2026-06-01", name).policies


def test_a_cap_may_be_a_reading_and_none_of_its_options_a_cap() -> None:
    cap = (
        '[policy."X1-99.cap"]\nja = "上限"\nen = "The cap"\ndefault = "price"\nclauses = ["X1-99"]\n'
        'options.price = {ja = "契約金額", en = "the price", value = "term:price_yen"}\n'
        'options.none = {ja = "なし", en = "none"}\n'
    )
    figure = rule(
        "X1-99",
        "calculation",
        'trigger.event = "invoice.received"\nper = ["sub_no"]\n'
        'charge = {formula = "sum", plus = ["field:yen"], at_most = "policy:X1-99.cap"}',
    )
    life = Life(delivery_with(cap, figure))
    life.tell("2026-05-01", "invoice.received", sub_no="1", yen=20_000_000)
    assert life.yen("2026-05-02", "X1-99[sub_no=1]") == 11_000_000
    chosen(life, "2026-05-03", "X1-99.cap", "none")
    assert life.yen("2026-05-04", "X1-99[sub_no=1]") == 20_000_000


def test_the_length_of_a_period_may_be_a_reading() -> None:
    days = (
        '[policy."X1-99.days"]\nja = "日数"\nen = "Days"\ndefault = "ten"\nclauses = ["X1-12-2"]\n'
        'options.ten = {ja = "10日", en = "ten", value = "10d"}\n'
        'options.fourteen = {ja = "14日", en = "fourteen", value = "14d"}\n'
    )
    life = Life(delivery_with(days, exchange=(('due.after = "10d"', 'due.after = "policy:X1-99.days"'),)))
    life.tell("2026-04-24", "report.received", sub_no="R8-1")
    assert life.view("2026-05-01", "X1-12-2[sub_no=R8-1]").due.raw == D(2026, 5, 4)
    chosen(life, "2026-05-01", "X1-99.days", "fourteen")
    view = life.view("2026-05-02", "X1-12-2[sub_no=R8-1]")
    assert view.due.raw == D(2026, 5, 8)
    assert ("X1-99.days", "fourteen") in view.policies


CLOCK = (
    '[policy."X1-99.start"]\nja = "始まり"\nen = "Start"\ndefault = "all-readings"\nclauses = ["X1-99"]\n'
    'options.all-readings = {ja = "両方", en = "both"}\noptions.recognition = {ja = "認知", en = "recognition"}\n'
    'options.first-report = {ja = "第一報", en = "first report"}\n\n'
    '[policy."X1-99.window"]\nja = "時間帯"\nen = "Window"\ndefault = "all-readings"\nclauses = ["X1-99"]\n'
    'options.all-readings = {ja = "両方", en = "both"}\noptions.recognition = {ja = "認知", en = "recognition"}\n'
    'options.first-report = {ja = "第一報", en = "first report"}\n\n'
    '[policy."X1-99.clock"]\nja = "時計"\nen = "Clock"\ndefault = "details"\nclauses = ["X1-99"]\n'
    'options.details = {ja = "詳報", en = "details", value = "incident-details"}\n'
    'options.first = {ja = "第一報", en = "first", value = "incident-first-report"}\n'
)
DETAILS = rule(
    "X1-99",
    "obligation",
    'bearer = "乙"\nper = ["incident"]\ntrigger.event = "incident.recognised"\n'
    'due.clock = "policy:X1-99.clock"\n'
    'due.readings = {start = "policy:X1-99.start", window = "policy:X1-99.window"}\n'
    'discharge.event = "incident.detailed"',
).replace('trigger.event = "incident.recognised"', 'trigger.fulfilled = "X1-98"')
FIRST = rule(
    "X1-98",
    "obligation",
    'bearer = "乙"\nper = ["incident"]\ntrigger.event = "incident.recognised"\ndue.clock = "incident-first-report"\n'
    'discharge.event = "incident.reported"',
)


@pytest.mark.parametrize(
    ("start", "window", "target", "limit"),
    [
        ("all-readings", "all-readings", "17:59", "20:10"),
        ("recognition", "recognition", "17:59", "17:59"),
        ("first-report", "recognition", "18:10", "18:10"),
        ("first-report", "first-report", "20:10", "20:10"),
        ("first-report", "all-readings", "18:10", "20:10"),
    ],
)
def test_each_reading_of_the_clock_gives_its_own_hour(start: str, window: str, target: str, limit: str) -> None:
    life = Life(delivery_with(CLOCK, FIRST, DETAILS))
    chosen(life, "2026-04-02", "X1-99.start", start)
    chosen(life, "2026-04-02", "X1-99.window", window)
    life.tell("2026-11-20T16:59", "incident.recognised", incident="I1")
    life.tell("2026-11-20T17:10", "incident.reported", incident="I1")
    view = life.view("2026-11-20T17:30", "X1-99[incident=I1]")
    assert (view.due.target, view.due.instant) == (instant(f"2026-11-20T{target}"), instant(f"2026-11-20T{limit}"))
    assert {"X1-99.start", "X1-99.window", "X1-99.clock"} <= {name for name, _ in view.policies}


# ---- printed ----


def test_readings_behind_the_cause_are_printed_with_what_followed(life: Life) -> None:
    life.tell("2026-04-24", "report.received", sub_no="R8-1")
    life.tell("2026-05-01", "inspection.held", sub_no="R8-1", result="pass")
    life.tell("2026-05-01", "invoice.received", sub_no="R8-1", yen=10_000_000)
    view = life.view("2026-06-10", "X1-11-3[sub_no=R8-1]")
    assert ("count.sono-hi-kara", "excluded") in view.policies
    assert ("holiday.in-force", "raw") in view.policies


def test_the_reading_of_a_suspension_is_printed_with_what_it_moved(life: Life) -> None:
    life.tell("2026-04-01", "policy.chosen", policy="suspension.clock", option="shifts")
    life.tell("2027-03-01", "work.suspended")
    life.tell("2027-03-11", "work.resumed")
    assert ("suspension.clock", "shifts") in life.view("2027-03-12", "X1-1[e1]").policies


# ---- refused ----


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("X1-99.reading=wide", "when_unreadable"),
        ("policy:X1-99.reading", "when_unreadable"),
        ("policy:X1-99.reading=", "when_unreadable"),
        ("policy:X1-98.reading=wide", "policy_unknown"),
        ("policy:X1-99.reading=wide|broad", "policy_option"),
    ],
)
def test_a_reading_that_can_never_be_in_force_is_refused(case: str, code: str) -> None:
    assert codes(READING, rule("X1-99", "obligation", f'bearer = "乙"\nwhen = "{case}"')) == {code}


@pytest.mark.parametrize(
    ("due", "code"),
    [
        ('due.after = "policy:X1-99.reading"', "period_unreadable"),
        ('due.clock = "policy:X1-99.reading"', "clock_unknown"),
        ('due.clock = "incident"', "clock_unknown"),
        ('due = {clock = "incident-details", readings = {start = "policy:X1-99.reading"}}', "choice_unknown"),
        ('due = {clock = "incident-details", readings = {end = "all-readings"}}', "choice_unknown"),
    ],
)
def test_a_reading_that_says_nothing_at_its_place_is_refused(due: str, code: str) -> None:
    assert codes(READING, rule("X1-99", "obligation", f'bearer = "乙"\n{due}')) == {code}


def test_a_reading_that_leads_back_to_itself_is_refused() -> None:
    loop = READING.replace('en = "wide"}', 'en = "wide", value = "policy:X1-99.reading"}')
    assert codes(loop) == {"circular"}


@pytest.fixture
def life() -> Life:
    return Life()
