"""Debts: waived, paid out of a deposit or by set-off, owed by several, at a rate that a person entered."""

from __future__ import annotations

import datetime as dt

import pytest
from contracts_lives import Life, delivery_with

from itaku.contracts.engine.why import why
from itaku.contracts.model.mistakes import ContractFileError

D = dt.date

PENALTY = "X1-18-2[case=T1]"
LATE = "X1-18-4[X1-18-2[case=T1]]"


def rule(name: str, kind: str, text: str) -> str:
    """A provision in words of its own."""
    return f'[[provision]]\nid = "{name}"\nkind = "{kind}"\nja = "試み"\nen = "trial"\n{text}\n'


def event(name: str, text: str) -> str:
    """A kind of event in words of its own."""
    return f'[event."{name}"]\nja = "試み"\nen = "trial"\n{text}\n'


WAIVER = (
    event("penalty.waived", 'by = "甲"\nkeys = ["case"]\nfields = {yen = "yen?"}'),
    rule(
        "X1-18-免",
        "power",
        'holder = "甲"\nper = ["case"]\nsurvives = true\nexercise = {event = "penalty.waived"}\n'
        'effect = [{do = "discharge", of = ["X1-18-2"], yen = "field:yen"}]',
    ),
    event("penalty.forgiven", 'by = "甲"\nkeys = ["case"]'),
    rule(
        "X1-18-全",
        "power",
        'holder = "甲"\nper = ["case"]\nsurvives = true\nexercise = {event = "penalty.forgiven"}\n'
        'effect = [{do = "discharge", of = ["X1-18-2"]}]',
    ),
)


def terminated(life: Life) -> Life:
    """A penalty of 1,100,000 yen, due on 30 June 2026."""
    life.tell("2026-05-01", "insolvency.known")
    life.tell("2026-05-03", "termination.notified", case="T1", under=["X1-16"])
    life.tell("2026-05-10", "date.set", under="X1-18-2", date="2026-06-30")
    return life


# ---- waivers ----


def test_a_waiver_leaves_nothing_owed_and_names_its_clause_beside_the_computed_figure() -> None:
    life = terminated(Life(delivery_with(*WAIVER)))
    life.tell("2026-06-01", "penalty.forgiven", case="T1")
    result = life.on("2026-08-01")
    found = result.money(PENALTY)
    assert (found.yen, found.computed_yen, found.unpaid_yen) == (0, 1_100_000, 0)
    assert found.excused_by == ("X1-18-全",)
    assert any("免除" in line.ja and line.clause == "X1-18-全" for line in found.working)
    assert result.views[PENALTY].state == "discharged"
    assert LATE not in result.views


def test_a_waiver_of_a_part_leaves_the_rest_owed() -> None:
    life = terminated(Life(delivery_with(*WAIVER)))
    life.tell("2026-06-01", "penalty.waived", case="T1", yen=1_000_000)
    found = life.on("2026-06-02").money(PENALTY)
    assert (found.yen, found.computed_yen, found.unpaid_yen) == (100_000, 1_100_000, 100_000)
    life.tell("2026-06-20", "payment.made", under="X1-18-2", yen=100_000)
    view = life.view("2026-07-10", PENALTY)
    assert (view.state, view.breached_on) == ("fulfilled", None)


def test_the_late_charge_on_a_debt_waived_later_stops_on_the_day_of_the_waiver() -> None:
    life = terminated(Life(delivery_with(*WAIVER)))
    life.tell("2026-08-01", "penalty.forgiven", case="T1")
    found = life.on("2026-12-01").money(LATE)
    # 7/1..8/1 is 32 days: 1,100,000 x 2.5 % x 32 / 365 = 2,410
    assert (found.yen, found.grows) == (2_400, False)


def test_what_was_paid_before_a_waiver_is_flagged_not_swallowed() -> None:
    life = terminated(Life(delivery_with(*WAIVER)))
    life.tell("2026-05-20", "payment.made", under="X1-18-2", yen=300_000)
    life.tell("2026-06-01", "penalty.forgiven", case="T1")
    assert life.flagged("2026-06-02") == ["overpaid"]
    assert life.on("2026-06-02").money(PENALTY).unpaid_yen == 0


# ---- deposits ----

DEPOSIT = (
    '[term.deposit_yen]\ntype = "yen"\nja = "契約保証金"\nen = "Deposit"\nclause = "X1-3"\nvalue = 500000\n',
    rule(
        "X1-3",
        "calculation",
        'bearer = "甲"\ntrigger.event = "contract.signed"\nper = []\nsurvives = true\n'
        'charge = {formula = "sum", plus = ["term:deposit_yen"], minus = ["applied:deposit.applied"]}',
    ),
)
_PAYS = 'discharge = {event = ["payment.made", "deposit.applied"], amount = "yen"}\ncharge = {formula = "share"'
LIMITED = (
    (
        _PAYS,
        (
            'discharge = {event = ["payment.made", "deposit.applied"], amount = "yen", '
            'limits = {"deposit.applied" = "amount:X1-3"}}\ncharge = {formula = "share"'
        ),
    ),
)


def test_a_deposit_reaches_no_further_than_what_is_left_of_it() -> None:
    life = terminated(Life(delivery_with(*DEPOSIT, exchange=LIMITED)))
    life.tell("2026-06-01", "deposit.applied", under="X1-18-2", yen=200_000)
    result = life.on("2026-06-02")
    assert result.money("X1-3[e1]").yen == 300_000
    assert result.money(PENALTY).unpaid_yen == 900_000
    life.tell("2026-06-03", "deposit.applied", under="X1-18-2", yen=400_000)
    result = life.on("2026-06-04")
    assert [flag.code for flag in result.flags] == ["fund_exceeded"]
    assert result.money("X1-3[e1]").yen == 0
    assert result.money(PENALTY).unpaid_yen == 600_000


def test_no_more_of_a_deposit_is_taken_than_is_owed() -> None:
    life = terminated(Life(delivery_with(*DEPOSIT, exchange=LIMITED)))
    life.tell("2026-06-01", "payment.made", under="X1-18-2", yen=1_000_000)
    life.tell("2026-06-02", "deposit.applied", under="X1-18-2", yen=500_000)
    result = life.on("2026-06-03")
    assert [flag.code for flag in result.flags] == ["overpaid"]
    assert result.money("X1-3[e1]").yen == 400_000
    assert result.views[PENALTY].state == "fulfilled"


# ---- set-off ----

SET_OFF = (
    event("set-off.declared", 'by = ["甲", "乙"]\nfields = {under = "provision[]", yen = "yen"}'),
    rule(
        "X1-9",
        "obligation",
        'bearer = "甲"\ntrigger.event = "insolvency.known"\namount = "400000"\nsurvives = true\n'
        'discharge = {event = ["payment.made", "set-off.declared"], amount = "yen"}',
    ),
)


def test_a_set_off_pays_both_debts_by_the_same_sum() -> None:
    exchange = ((_PAYS, _PAYS.replace('"payment.made", ', '"payment.made", "set-off.declared", ')),)
    life = terminated(Life(delivery_with(*SET_OFF, exchange=exchange)))
    life.tell("2026-06-01", "set-off.declared", under=["X1-9", "X1-18-2"], yen=400_000)
    result = life.on("2026-06-02")
    assert result.views["X1-9[e2]"].state == "fulfilled"
    assert result.money(PENALTY).unpaid_yen == 700_000
    assert result.flags == ()


# ---- several debtors ----


def test_each_of_several_debtors_owes_the_whole_and_one_payment_frees_all(life: Life) -> None:
    life.tell("2026-05-01", "member.joined", member="1", person="株式会社甲乙")
    life.tell("2026-05-01", "member.joined", member="2", person="合同会社丙")
    life.tell("2026-05-02", "order.final", case="K1")
    name = "X1-R1[case=K1]"
    found = life.on("2026-05-03").money(name)
    assert (found.yen, found.debtors) == (2_200_000, ("株式会社甲乙", "合同会社丙"))
    assert any("それぞれ全額" in line.ja for line in why(life.on("2026-05-03"), name))
    life.tell("2026-05-10", "payment.made", under="X1-R1", yen=200_000)
    assert life.on("2026-05-11").money(name).unpaid_yen == 2_000_000
    life.tell("2026-05-12", "payment.made", under="X1-R1", yen=2_000_000)
    assert life.state("2026-05-13", name) == "fulfilled"
    assert len([each for each in life.on("2026-05-13").views if each.startswith("X1-R1[")]) == 1


# ---- sums side by side ----


def test_penalties_that_stand_side_by_side_are_never_added_up() -> None:
    text = 'charge = {formula = "sum", plus = ["amount:X1-18-2", "unpaid:X1-R1"]}'
    with pytest.raises(ContractFileError) as refused:
        delivery_with(rule("X1-99", "calculation", text))
    assert [each.code for each in refused.value.mistakes] == ["beside_added"]


def test_the_loss_above_a_penalty_stands_beside_it() -> None:
    claim = event("excess.claimed", 'by = "甲"\nkeys = ["case"]\nfields = {loss_yen = "yen"}')
    excess = rule(
        "X1-18-3",
        "calculation",
        'bearer = "乙"\nper = ["case"]\ntrigger.event = "excess.claimed"\nbeside = "penalty"\nsurvives = true\n'
        'charge = {formula = "sum", plus = ["field:loss_yen"], minus = ["amount:X1-18-2"]}',
    )
    life = terminated(Life(delivery_with(claim, excess)))
    life.tell("2026-06-01", "excess.claimed", case="T1", loss_yen=1_500_000)
    found = life.on("2026-06-02").side_by_side("penalty")
    assert {name: each.yen for name, each in found.items()} == {PENALTY: 1_100_000, "X1-18-3[case=T1]": 400_000}


# ---- sums up to a day ----


def test_a_sum_asked_for_a_day_leaves_out_what_came_after_it() -> None:
    figure = rule(
        "X1-15-8",
        "calculation",
        'trigger.event = "books.inspected"\nper = []\n'
        'charge = {formula = "sum", plus = ["sum-of:fees.remitted#yen@born"]}',
    )
    count = rule(
        "X1-15-9",
        "calculation",
        'trigger.event = "books.inspected"\nper = []\n'
        'charge = {formula = "unit", count = "count-of:fees.remitted@born", unit = "1"}',
    )
    life = Life(delivery_with(figure, count))
    life.tell("2026-05-01", "month.closed", month="4", collected_yen=1_000, copies=0, pay_by="2026-05-31")
    life.tell("2026-05-02", "fees.remitted", month="4", yen=300)
    life.tell("2026-05-03", "books.inspected", from_="2026-05-03", to="2026-05-03")
    life.tell("2026-05-04", "fees.remitted", month="4", yen=200)
    assert life.yen("2026-05-05", "X1-15-8[e4]") == 300
    assert life.yen("2026-05-05", "X1-15-9[e4]") == 1


def test_a_day_on_a_reference_that_knows_none_is_refused() -> None:
    text = 'charge = {formula = "sum", plus = ["amount:X1-15-3@born"]}\ntrigger.event = "books.inspected"\nper = []'
    with pytest.raises(ContractFileError) as refused:
        delivery_with(rule("X1-99", "calculation", text))
    assert [each.code for each in refused.value.mistakes] == ["reference_dated"]


def test_a_debt_that_was_paid_up_and_grows_by_a_later_event_is_open_again() -> None:
    capped = rule(
        "X1-15-9",
        "calculation",
        'bearer = "乙"\ntrigger.event = "month.closed"\nper = ["month"]\n'
        'discharge = {event = "payment.made", amount = "yen"}\n'
        'charge = {formula = "sum", plus = ["field:collected_yen"], at_most = "sum-of:fees.remitted#yen"}',
    )
    life = Life(delivery_with(capped))
    life.tell("2026-05-01", "month.closed", month="4", collected_yen=500, copies=0, pay_by="2026-05-31")
    life.tell("2026-05-02", "fees.remitted", month="4", yen=200)
    life.tell("2026-05-03", "payment.made", under="X1-15-9", yen=200)
    assert life.state("2026-05-04", "X1-15-9[month=4]") == "fulfilled"
    life.tell("2026-05-05", "fees.remitted", month="4", yen=100)
    assert life.state("2026-05-06", "X1-15-9[month=4]") == "in_effect"
    assert life.on("2026-05-06").money("X1-15-9[month=4]").unpaid_yen == 100
    life.tell("2026-05-07", "payment.made", under="X1-15-9", yen=100)
    assert life.state("2026-05-08", "X1-15-9[month=4]") == "fulfilled"


# ---- rates ----

PREFECTURE = "千葉県財務規則120-1"
UNKNOWN = (("rate:mof-article-8@term:signed_on", f"rate:{PREFECTURE}@term:signed_on"),)


def delayed() -> Life:
    """A delay by fault, charged at a rate that the product does not know."""
    life = Life(delivery_with(exchange=UNKNOWN))
    life.tell("2027-04-05", "deadline.extended", delay="1", under="X1-11-1", until="2027-05-31")
    life.tell("2027-05-20", "work.completed", on="2027-05-20")
    return life


def test_a_rate_that_is_not_known_stops_the_sum_and_names_clause_and_event() -> None:
    found = delayed().on("2027-06-01").money("X1-11-2[delay=1]")
    assert found.yen is None
    assert found.blank.waits == PREFECTURE
    assert "X1-11-2" in found.blank.ja
    assert "rate.entered" in found.blank.ja
    assert "rate.entered" in found.blank.en


def test_a_rate_that_a_person_entered_counts_from_its_telling_on_with_who_and_source() -> None:
    life = delayed()
    fields = {"rate": PREFECTURE, "from": "2020-04-01", "percent": "2.5", "basis": "規則第120条", "source": "県報"}
    life.tell("2027-06-10", "rate.entered", told_by="town", **fields)
    assert life.yen("2027-06-09", "X1-11-2[delay=1]") is None
    found = life.on("2027-06-10").money("X1-11-2[delay=1]")
    assert found.yen == 37_600
    assert found.last_confirmed_on == D(2027, 6, 10)
    text = "\n".join(line.ja for line in found.working)
    assert all(part in text for part in ("規則第120条", "県報", "e4", "town", "最終確認: 2027-06-10"))
    assert any("last confirmed on 2027-06-10" in line.en for line in found.working)


def test_a_corrected_rate_corrects_the_sum() -> None:
    life = delayed()
    fields = {"rate": PREFECTURE, "from": "2020-04-01", "basis": "規則第120条", "source": "県報"}
    first = life.tell("2027-06-10", "rate.entered", percent="25", **fields)
    life.tell("2027-06-10", "rate.entered", percent="2.5", corrects=first, **fields)
    assert life.yen("2027-06-11", "X1-11-2[delay=1]") == 37_600


def test_a_debt_paid_while_its_rate_was_blank_is_closed_when_the_rate_comes() -> None:
    life = delayed()
    life.tell("2027-06-02", "payment.made", under="X1-11-2", yen=37_600)
    assert life.state("2027-06-09", "X1-11-2[delay=1]") == "in_effect"
    fields = {"rate": PREFECTURE, "from": "2020-04-01", "percent": "2.5", "basis": "規則第120条", "source": "県報"}
    life.tell("2027-06-10", "rate.entered", **fields)
    assert life.state("2027-06-11", "X1-11-2[delay=1]") == "fulfilled"


@pytest.mark.parametrize(
    ("exchange", "code"), [({"rate": "mof-article-9"}, "rate_unknown"), ({"basis": " "}, "rate_unsourced")]
)
def test_a_rate_without_series_or_source_is_not_used(exchange: dict[str, str], code: str) -> None:
    life = delayed()
    fields = {"rate": PREFECTURE, "from": "2020-04-01", "percent": "2.5", "basis": "規則第120条", "source": "県報"}
    life.tell("2027-06-10", "rate.entered", **{**fields, **exchange})
    assert life.flagged("2027-06-11") == [code]
    assert life.yen("2027-06-11", "X1-11-2[delay=1]") is None


@pytest.fixture
def life() -> Life:
    return Life()
