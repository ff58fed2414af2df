"""A sum for which the text names no day: it has none until the creditor sets one, and is in default from the next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import rider_lives
from certificates_lives import signed
from contracts_lives import Life
from marathon_lives import damage_done, late_by_fault, without_demand

D = dt.date


def claimed(under: str, claimant: str, category: str = "ordinary-direct") -> Life:
    life = signed()
    fields = {"claim": "C1", "claimant": claimant, "category": category, "yen": 70_000}
    life.tell("2026-06-01", "damages.claimed", under=under, **fields)
    life.tell("2026-06-02", "operator.compensated", claim="C1", yen=70_000)
    return life


def excess() -> Life:
    life = without_demand()
    life.tell("2026-09-10", "excess.claimed", case="T1", loss_yen=1_500_000)
    return life


def rigging_excess() -> Life:
    life = rider_lives.signed()
    life.tell("2026-10-01", "order.final", order="J1", sort="cease", member=False, low_price=False, on="2026-10-01")
    life.tell("2026-11-01", "rigging-excess.claimed", order="J1", loss_yen=3_000_000)
    return life


def low_bid_penalty() -> Life:
    life = rider_lives.signed()
    rider_lives.found(life, "2025-11-04", "S2-L1/適用")
    life.tell("2026-06-01", "low-bid-survey.announced", survey="V1")
    life.tell("2026-06-10", "deviation.found", deviation="W1")
    life.tell("2026-06-11", "explanation.asked", deviation="W1")
    life.tell("2026-06-25", "explanation.judged", deviation="W1", result="unjustified")
    life.tell("2026-06-26", "guidance.given", deviation="W1")
    life.tell("2026-07-20", "guidance.refused", deviation="W1")
    rider_lives.terminated(life, "2026-07-21", "S2-L4-1-解")
    return life


def penalty_not_paid() -> Life:
    life = without_demand()
    life.dated("2026-09-02", "S2-18-2", "2026-09-30")
    return life


DEBTS: list[tuple[Callable[[], Life], str, int]] = [
    (lambda: claimed("S1-16-1", "甲"), "S1-16-1/甲への賠償[claim=C1]", 70_000),
    (lambda: claimed("S1-16-1/乙", "乙"), "S1-16-1/乙への賠償[claim=C1]", 70_000),
    (lambda: claimed("S1-16-2/請求", "甲", "operator-fault"), "S1-16-2[claim=C1]", 70_000),
    (excess, "S2-18-3/超過[case=T1]", 400_000),
    (damage_done, "S2-18-4/損害[damage=A2]", 1_000),  # 730,000 x 2.5 % x 20 days / 365
    (low_bid_penalty, "S2-L4-2[case=T1]", 1_100_000),
    (rigging_excess, "S2-R3-2/超過[order=J1]", 800_000),
]


@pytest.mark.parametrize(
    ("story", "name", "yen"),
    [pytest.param(*row, marks=pytest.mark.shows(row[1].partition("[")[0]), id=row[1]) for row in DEBTS],
)
def test_it_is_due_on_the_day_that_the_creditor_sets(story: Callable[[], Life], name: str, yen: int) -> None:
    life = story()
    assert life.yen("2028-01-10", name) == yen
    waiting = life.view("2028-01-10", name)
    assert (waiting.state, waiting.due.day, waiting.breached_on) == ("in_effect", None, None)
    life.tell("2028-01-11", "date.set", under=name.partition("[")[0], date="2028-01-31", instance=name)
    assert life.view("2028-01-12", name).due.day == D(2028, 1, 31)
    assert life.state("2028-01-31", name) == "in_effect"
    assert life.view("2028-02-01", name).breached_on == D(2028, 2, 1)


@pytest.mark.parametrize(
    ("story", "name", "grows"),
    [
        pytest.param(late_by_fault, "S2-18-4/延滞金[delay=D1]", False, marks=pytest.mark.shows("S2-18-4/延滞金")),
        pytest.param(penalty_not_paid, "S2-18-4[S2-18-2[case=T1]]", True, marks=pytest.mark.shows("S2-18-4")),
    ],
)
def test_a_late_charge_is_due_on_a_day_of_its_own(story: Callable[[], Life], name: str, grows: bool) -> None:
    life = story()
    assert life.view("2028-01-10", name).due.day is None
    money = life.on("2028-01-10").money(name)
    assert money is not None
    assert money.grows == grows  # while its debt is unpaid
    life.tell("2028-01-11", "date.set", under=name.split("[", maxsplit=1)[0], date="2028-01-31", instance=name)
    assert life.view("2028-01-12", name).due.day == D(2028, 1, 31)
    late = life.view("2028-02-01", name)
    assert late.breached_on == (D(2028, 2, 1) if grows else None)  # a charge of 37 yen is cut to nothing
