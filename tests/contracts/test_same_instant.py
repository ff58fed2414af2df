"""What one event does, in which order; chains, gates and conditions with keys of their own."""

from __future__ import annotations

import datetime as dt

import pytest
from contracts_lives import Life, delivery_with

from itaku.contracts.model.mistakes import ContractFileError

D = dt.date


def codes(*provisions: str, exchange: tuple[tuple[str, str], ...] = ()) -> set[str]:
    """The codes of the mistakes in the invented contract with further provisions."""
    with pytest.raises(ContractFileError) as refused:
        delivery_with(*provisions, exchange=exchange)
    return {each.code for each in refused.value.mistakes}


def rule(name: str, kind: str, text: str) -> str:
    """A provision in words of its own."""
    return f'[[provision]]\nid = "{name}"\nkind = "{kind}"\nja = "試み"\nen = "trial"\n{text}\n'


# ---- facts before acts ----


def test_a_fact_that_an_event_makes_true_counts_for_what_the_same_event_does() -> None:
    grounds = 'grounds = ["X1-16-1", "X1-16-2"]'
    fact = rule("X1-16-9", "condition", 'trigger.event = "termination.notified"\nper = ["case"]')
    contract = delivery_with(fact, exchange=((grounds, 'grounds = ["X1-16-1", "X1-16-9"]'),))
    life = Life(contract)
    life.tell("2026-05-01", "termination.notified", case="T1", under=["X1-16"])
    result = life.on("2026-05-02")
    assert result.status == "terminated"
    assert result.flags == ()


def test_a_condition_with_a_term_does_not_hold_at_its_own_event() -> None:
    grounds = 'grounds = ["X1-16-1", "X1-16-2"]'
    slow = rule("X1-16-9", "condition", 'trigger.event = "termination.notified"\nper = ["case"]\ndue.after = "3d"')
    contract = delivery_with(slow, exchange=((grounds, 'grounds = ["X1-16-1", "X1-16-9"]'),))
    life = Life(contract)
    life.tell("2026-05-01", "termination.notified", case="T1", under=["X1-16"])
    assert life.flagged("2026-05-02") == ["without_effect"]


# ---- gates and bans ----


def test_a_gate_watches_an_act_that_is_about_another_provision() -> None:
    gate = rule(
        "X1-8-前",
        "obligation",
        'bearer = "甲"\nper = ["delay"]\ntrigger.event = "deadline.extended"\ntrigger.where = {under = "X1-16"}\n'
        'gate.event = "deadline.extended"\ngate.where = {under = "X1-11-1"}',
    )
    life = Life(delivery_with(gate))
    life.tell("2027-03-01", "deadline.extended", delay="1", under="X1-8", until="2027-05-31")
    assert "X1-8-前[delay=1]" not in life.on("2027-03-02").views
    life.tell("2027-03-03", "deadline.extended", delay="2", under="X1-11-1", until="2027-06-30")
    assert life.view("2027-03-04", "X1-8-前[delay=2]").breached_on == D(2027, 3, 3)


def test_a_ban_watches_an_act_whichever_of_several_provisions_it_names() -> None:
    ban = rule(
        "X1-16-禁",
        "prohibition",
        'bearer = "甲"\nper = ["case"]\n'
        'forbids = {event = "termination.notified", where = {under = ["X1-22", "X1-16"]}}',
    )
    life = Life(delivery_with(ban))
    life.tell("2026-05-01", "termination.notified", case="T1", under=["X1-16"])
    assert life.view("2026-05-02", "X1-16-禁[case=T1]").breached_on == D(2026, 5, 1)


def test_where_names_only_provisions_that_exist() -> None:
    ban = rule(
        "X1-16-禁",
        "prohibition",
        'bearer = "甲"\nper = ["case"]\nforbids = {event = "termination.notified", where = {under = "X1-99"}}',
    )
    assert codes(ban) == {"id_unknown"}


# ---- where in a chain ----


def chained(trigger: str, where: str) -> str:
    """A duty that a chain brings to life, by fields of the event behind it."""
    return rule(
        "X1-15-9", "obligation", f'bearer = "乙"\nper = ["month"]\ntrigger = {{{trigger}, where = {{{where}}}}}'
    )


@pytest.mark.parametrize(("copies", "born"), [(7, True), (8, False)])
def test_where_beside_violated_asks_the_event_behind_the_breach(copies: int, born: bool) -> None:
    life = Life(delivery_with(chained('violated = "X1-15"', "copies = 7")))
    life.tell("2026-05-01", "month.closed", month="4", collected_yen=100, copies=copies, pay_by="2026-05-10")
    assert ("X1-15-9[month=4]" in life.on("2026-05-12").views) is born


@pytest.mark.parametrize(("yen", "born"), [(100, True), (99, False)])
def test_where_beside_fulfilled_asks_the_performance_first_and_then_the_cause(yen: int, born: bool) -> None:
    life = Life(delivery_with(chained('fulfilled = "X1-15"', "yen = 100, copies = 7")))
    life.tell("2026-05-01", "month.closed", month="4", collected_yen=yen, copies=7, pay_by="2026-05-10")
    life.tell("2026-05-02", "fees.remitted", month="4", yen=yen)
    assert ("X1-15-9[month=4]" in life.on("2026-05-12").views) is born


@pytest.mark.parametrize(("sort", "born"), [("kind", True), ("quality", False)])
def test_where_beside_holds_asks_the_event_behind_the_condition(sort: str, born: bool) -> None:
    bar = rule(
        "X1-14-9",
        "obligation",
        'bearer = "甲"\nper = ["defect"]\ntrigger = {holds = "X1-14-3", where = {sort = "kind"}}',
    )
    life = Life(delivery_with(bar))
    life.tell("2026-05-01", "defect.known", defect="F1", sort=sort)
    assert ("X1-14-9[defect=F1]" in life.on("2027-05-02").views) is born


@pytest.mark.parametrize(
    "trigger",
    [
        '{term = "term_end", where = {yen = 1}}',
        '{end = ["expired"], where = {yen = 1}}',
        '{holds = "X1-16-3", where = {yen = 1}}',
    ],
)
def test_a_where_that_can_select_nothing_is_refused(trigger: str) -> None:
    text = f'bearer = "乙"\ntrigger = {trigger}' + ('\nper = ["term_end"]' if "term_end" in trigger else "")
    assert "where_meaningless" in codes(rule("X1-99", "obligation", text))


# ---- dates that rest on other dates ----


def follower(due: str) -> str:
    """A duty whose date rests on the date of the debt that it follows."""
    text = f'bearer = "乙"\nper = ["case"]\ntrigger.exercised = "X1-16"\n{due}'
    return rule("X1-18-9", "obligation", text)


@pytest.mark.parametrize("due", ['due.on = "due:X1-18-2 + 5d"', 'due = {after = "5d", of = ["due:X1-18-2"]}'])
def test_a_date_that_rests_on_another_moves_whenever_that_is_set_or_changed(due: str) -> None:
    life = Life(delivery_with(follower(due)))
    life.tell("2026-05-01", "insolvency.known")
    life.tell("2026-05-02", "termination.notified", case="T1", under=["X1-16"])
    view = life.view("2026-05-03", "X1-18-9[case=T1]")
    assert view.due.day is None
    assert view.due.blank is not None
    life.tell("2026-05-04", "date.set", under="X1-18-2", date="2026-06-30")
    assert life.view("2026-05-05", "X1-18-9[case=T1]").due.raw == D(2026, 7, 5)
    life.tell("2026-05-06", "date.set", under="X1-18-2", date="2026-07-31")
    assert life.view("2026-05-07", "X1-18-9[case=T1]").due.raw == D(2026, 8, 5)
    assert life.state("2026-08-05", "X1-18-9[case=T1]") == "in_effect"
    assert life.state("2026-08-06", "X1-18-9[case=T1]") == "violated"


def test_dates_that_rest_on_each_other_are_refused() -> None:
    first = rule("X1-98", "obligation", 'bearer = "乙"\ndue.on = "due:X1-99 + 1d"')
    second = rule("X1-99", "obligation", 'bearer = "乙"\ndue.on = "due:X1-98 + 1d"')
    assert codes(first, second) == {"circular"}


def test_sums_that_rest_on_each_other_are_refused() -> None:
    first = rule("X1-98", "calculation", 'charge = {formula = "sum", plus = ["amount:X1-99"]}')
    second = rule("X1-99", "calculation", 'charge = {formula = "sum", plus = ["unpaid:X1-98"]}')
    assert codes(first, second) == {"circular"}


# ---- composed conditions with keys ----


COMPOSED = (
    rule("X1-14-4", "condition", 'per = ["defect"]\nany_of = ["X1-14-3"]'),
    rule(
        "X1-14-5",
        "obligation",
        'bearer = "甲"\nper = ["defect"]\ntrigger.event = "defect.known"\nneeds = "X1-14-4"',
    ),
)


def test_a_composed_condition_with_keys_holds_for_each_of_them_alone() -> None:
    life = Life(delivery_with(*COMPOSED))
    life.tell("2026-05-01", "term.set", term="term_end", date="2029-03-31")
    life.tell("2026-05-01", "defect.known", defect="F1", sort="kind")
    life.tell("2026-05-01", "defect.known", defect="F2", sort="kind")
    life.tell("2026-06-01", "defect.notified", defect="F2")
    views = life.on("2027-05-02").views
    assert views["X1-14-4[defect=F1]"].state == "holds"
    assert views["X1-14-4[defect=F2]"].state == "running"
    assert "X1-14-4" not in views
    assert (views["X1-14-5[defect=F1]"].state, views["X1-14-5[defect=F2]"].state) == ("in_effect", "pending")


def test_keys_that_nothing_could_ever_bring_are_refused() -> None:
    assert codes(rule("X1-99", "condition", 'per = ["defect"]\njudged_by = "甲"')) == {"per_unborn"}
    assert codes(rule("X1-99", "condition", 'per = ["defect"]\nany_of = ["X1-16-1"]')) == {"per_unborn"}
    assert codes(rule("X1-99", "obligation", 'bearer = "甲"\nper = ["defect"]\ndue.continuous = true')) == {
        "per_unborn"
    }


# ---- acceptance ----


def test_only_what_was_handed_in_is_accepted() -> None:
    plan = (
        '[event."plan.drawn"]\nja = "計画"\nen = "Plan"\nby = "乙"\nkeys = ["version"]\n\n'
        '[event."plan.passed"]\nja = "承認"\nen = "Approved"\nby = "甲"\nkeys = ["version"]\n\n'
    )
    duty = rule("X1-99", "obligation", 'bearer = "乙"\ndischarge = {event = "plan.drawn", accept = "plan.passed"}')
    life = Life(delivery_with(plan, duty))
    life.tell("2026-05-01", "plan.drawn", version="1")
    life.tell("2026-05-02", "plan.passed", version="2")
    result = life.on("2026-05-03")
    assert result.views["X1-99"].state == "in_effect"
    assert [flag.code for flag in result.flags] == ["accepted_other"]
    life.tell("2026-05-04", "plan.passed", version="1")
    assert life.state("2026-05-05", "X1-99") == "fulfilled"
