"""The marathon contract lives: two years of reports, part payments, a late finish, and endings with their sums."""

from __future__ import annotations

import datetime as dt
from importlib import resources
from pathlib import Path

import pytest
from contracts_lives import Life, instant

from itaku.basis.rates import RateRow
from itaku.contracts.engine.result import replay
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.loading import load_contract

LIBRARY = Path(str(resources.files("itaku.contracts.library")))
RATE = {"千葉県財務規則120-1": (RateRow(dt.date(2025, 4, 1), "2.5", "entered for this test", "entered"),)}


@pytest.fixture(scope="module", name="contract")
def _contract() -> Contract:
    return load_contract(LIBRARY / "marathon.toml")


@pytest.fixture(name="life")
def _life(contract: Contract) -> Life:
    life = Life(contract, None)
    life.tell("2025-11-04", "contract.signed")
    life.tell("2025-11-04", "term.set", term="price_yen", yen=11_000_000)
    return life


def judged(life: Life, day: str, *clauses: str) -> None:
    for clause in clauses:
        life.tell(day, "finding.made", on=clause, result=True, person="officer", reason="seen")


def part_paid(life: Life) -> None:
    """The yearly report fails once, passes in the second round, and is paid in part, late."""
    life.tell("2026-03-25", "report.received", sub_no="R7-1", scope="fiscal-year", fy="R7")
    life.tell(
        "2026-04-07", "inspection.held", sub_no="R7-1", scope="fiscal-year", result="fail", correction_ordered=True
    )
    life.tell("2026-04-10", "correction.notified", sub_no="R7-2", answers="R7-1")
    life.tell("2026-04-15", "inspection.held", sub_no="R7-2", scope="fiscal-year", result="pass")
    life.tell("2026-04-16", "part.valued", valuation="V1", value_yen=3_000_000)
    life.tell("2026-04-17", "part.agreed", valuation="V1", sub_no="R7-2", yen=2_000_000)
    life.tell("2026-04-20", "invoice.received", sub_no="R7-2", under="S2-13-1-但/請求", yen=2_000_000)
    life.tell("2026-06-01", "price.paid", sub_no="R7-2", yen=2_000_000)


def test_a_late_inspection_is_the_committees_breach_and_corrections_make_rounds(life: Life) -> None:
    part_paid(life)
    first = life.view("2026-04-30", "S2-12-2[sub_no=R7-1]")
    assert (first.bearer, first.state, first.due.day) == ("committee", "fulfilled", dt.date(2026, 4, 4))
    assert first.breached_on == dt.date(2026, 4, 5)
    second = life.view("2026-04-30", "S2-12-3-後[sub_no=R7-2]")
    assert (second.due.day, second.breached_on) == (dt.date(2026, 4, 20), None)
    assert life.state("2026-04-30", "S2-12-3[sub_no=R7-1]") == "fulfilled"
    assert life.state("2026-04-30", "S2-12-1-但-R7[e1]") == "fulfilled"


def test_the_report_of_the_first_fiscal_year_is_late_after_its_last_day(life: Life) -> None:
    assert life.state("2026-03-31", "S2-12-1-但-R7[e1]") == "in_effect"
    assert life.state("2026-04-01", "S2-12-1-但-R7[e1]") == "violated"
    assert life.view("2026-04-01", "S2-12-1-但-R8[e1]").due.day == dt.date(2027, 3, 31)


def test_what_is_left_shrinks_by_a_part_payment_and_what_was_agreed_stays(life: Life) -> None:
    part_paid(life)
    assert life.yen("2026-05-01", "S2-13-1-但[valuation=V1]") == 3_000_000
    assert life.yen("2026-06-02", "S2-13-1-但[valuation=V1]") == 1_000_000
    assert life.yen("2026-06-02", "S2-13-2[valuation=V1]") == 2_000_000


def test_a_part_payment_never_exceeds_what_was_valued(life: Life) -> None:
    life.tell("2026-04-15", "price.paid", sub_no="R7-1", yen=500_000)
    life.tell("2026-04-16", "part.valued", valuation="V1", value_yen=3_000_000)
    life.tell("2026-04-17", "part.agreed", valuation="V1", sub_no="R7-2", yen=9_000_000)
    assert life.yen("2026-04-18", "S2-13-2[valuation=V1]") == 2_500_000


def test_interest_waits_for_the_rate_and_is_computed_once_it_is_entered(life: Life) -> None:
    part_paid(life)
    judged(life, "2026-06-02", "S2-11-3/責め")
    life.tell("2026-06-02", "interest.claimed", sub_no="R7-2")
    name = "S2-11-4[sub_no=R7-2]"
    waiting = life.on("2026-06-03").money(name)
    assert waiting is not None
    assert waiting.yen is None
    assert waiting.blank is not None
    found = replay(life.contract, life.events, instant("2026-06-03"), rates=RATE).money(name)
    assert found is not None
    assert found.yen == 1_600  # 2,000,000 x 2.5 % x 12 days / 365 = 1,643.8


def test_interest_is_not_to_be_had_without_the_committees_fault(life: Life) -> None:
    part_paid(life)
    life.tell("2026-06-02", "interest.claimed", sub_no="R7-2")
    assert "without_effect" in life.flagged("2026-06-03")
    assert "S2-11-4[sub_no=R7-2]" not in life.on("2026-06-03").views


@pytest.mark.parametrize("granted", ["2027-03-30", "2027-04-02"])
def test_an_extension_for_fault_costs_the_days_after_the_old_deadline(life: Life, granted: str) -> None:
    judged(life, granted, "S2-11-1/責め", "S2-11-1/見込み")
    life.tell(granted, "deadline.extended", delay="D1", until="2027-06-30")
    life.tell("2027-05-20", "work.completed", on="2027-05-20")
    for day, yen in (("2027-04-20", 15_000), ("2027-06-01", 37_600)):
        found = replay(life.contract, life.events, instant(day), rates=RATE).money("S2-11-2[delay=D1]")
        assert found is not None
        assert found.yen == yen


def test_nothing_on_the_price_is_computed_while_it_is_blank(contract: Contract) -> None:
    life = Life(contract, None)
    life.tell("2025-11-04", "contract.signed")
    life.tell("2026-10-01", "order.final", order="J1", sort="cease", member=False, low_price=False, on="2026-10-01")
    found = life.on("2026-10-02").money("S2-R3-1[order=J1]")
    assert found is not None
    assert found.yen is None
    assert found.blank is not None
    assert found.blank.waits == "S2-H3"


def test_the_sums_of_an_ending_stand_side_by_side(life: Life) -> None:
    part_paid(life)
    judged(life, "2026-09-01", "S2-16/認定")
    life.tell("2026-09-01", "demand.received", demand="D1", perform_by="2026-09-20")
    life.tell("2026-10-01", "order.final", order="J1", sort="cease", member=False, low_price=False, on="2026-10-01")
    life.tell("2026-10-05", "termination.notified", case="T1", under=["S2-16", "S2-R2-1"])
    life.tell(
        "2026-10-20", "settlement.valued", settlement="S1", basis="terminated", separable=True, value_yen=5_000_000
    )
    day = "2026-10-21"
    assert life.on(day).status == "terminated"
    assert life.yen(day, "S2-18-2[case=T1]") == 1_100_000
    assert life.yen(day, "S2-R2-3[case=T1]") == 1_100_000
    assert life.yen(day, "S2-R3-1[order=J1]") == 2_200_000
    assert life.yen(day, "S2-R2-5/違約金[case=T1]") == 0
    assert life.yen(day, "S2-18-1[settlement=S1]") == 3_000_000
    assert life.view(day, "S2-18-2[case=T1]").counterparty == "committee"
    assert life.view(day, "S2-R3-1[order=J1]").counterparty == "prefecture"


def test_the_committee_may_terminate_after_the_term_for_work_never_done(life: Life) -> None:
    life.tell("2027-04-05", "demand.received", demand="D1", perform_by="2027-04-20")
    life.tell("2027-04-15", "termination.notified", case="T0", under=["S2-16"])
    assert "S2-18-2[case=T0]" not in life.on("2027-04-16").views
    life.tell("2027-04-25", "termination.notified", case="T1", under=["S2-16"])
    assert life.yen("2027-04-26", "S2-18-2[case=T1]") == 1_100_000


def test_a_termination_is_barred_where_the_default_is_the_committees_own_fault(life: Life) -> None:
    judged(life, "2026-09-01", "S2-17-1-6", "S2-17-2")
    life.tell("2026-09-02", "termination.notified", case="T1", under=["S2-17-1"])
    assert life.on("2026-09-03").status == "in_force"
    assert "without_effect" in life.flagged("2026-09-03")


def test_silence_for_a_year_costs_the_rights_of_that_nonconformity_alone(life: Life) -> None:
    life.tell("2026-02-10", "defect.known", defect="N1", sort="quality")
    life.tell("2026-02-10", "defect.known", defect="N2", sort="quality")
    life.tell("2026-03-01", "defect.notified", defect="N2")
    life.tell("2027-02-20", "cure.demanded", defect="N1", cure_by="2027-03-10", sort="repair")
    life.tell("2027-02-20", "cure.demanded", defect="N2", cure_by="2027-03-10", sort="repair")
    views = life.on("2027-02-21").views
    assert "S2-14-1/追完[defect=N1]" not in views
    assert views["S2-14-1/追完[defect=N2]"].state == "in_effect"


def test_members_of_a_cooperative_owe_the_compensation_together(life: Life) -> None:
    judged(life, "2026-09-01", "S2-R2-2/協同組合等")
    life.tell("2026-09-01", "member.joined", member="M1", person="prefecture")
    life.tell("2026-10-01", "order.final", order="J1", sort="cease", member=True, low_price=False, on="2026-10-01")
    assert "prefecture" in life.view("2026-10-02", "S2-R3-1[order=J1]").debtors


def test_a_subcontract_with_personal_data_wants_report_and_consent(life: Life) -> None:
    life.tell("2026-01-10", "subcontract.planned", sub="K1", tier="first", personal=True)
    life.tell("2026-01-11", "subcontract.reported", sub="K1")
    life.tell("2026-01-12", "subcontract.started", sub="K1", tier="first", personal=True)
    assert life.state("2026-01-13", "S2-5-1[sub=K1]") == "fulfilled"
    assert life.state("2026-01-13", "S2-P4[sub=K1]") == "violated"
