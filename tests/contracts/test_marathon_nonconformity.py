"""A deliverable does not conform: cure, reduction, the bar of one year and its exception, termination for it."""

from __future__ import annotations

import pytest
from marathon_lives import D, Marathon, not_cured, signed_and_begun, terminated_for_a_defect, two_years, without_demand


def known(day: str, sort: str = "quality", *, notified: str | None = None) -> Marathon:
    """A nonconformity that the committee knows of from a day on."""
    life = two_years()
    life.tell(day, "defect.known", defect="N1", sort=sort)
    if notified is not None:
        life.tell(notified, "defect.notified", defect="N1")
    return life


@pytest.mark.shows("S2-14-1", "S2-14-1/追完")
def test_the_committee_demands_cure_within_a_period_that_it_sets() -> None:
    life = not_cured()
    assert life.view("2027-06-14", "S2-14-1[defect=N1]").state == "available"
    assert life.state("2027-06-15", "S2-14-1[defect=N1]") == "exercised"
    cure = life.view("2027-07-15", "S2-14-1/追完[defect=N1]")
    assert (cure.bearer, cure.due.day, cure.state) == ("contractor", D(2027, 7, 15), "in_effect")
    assert life.breached("2027-07-16", "S2-14-1/追完[defect=N1]") == D(2027, 7, 16)


@pytest.mark.shows("S2-14-2", "S2-14-2/減額")
def test_without_cure_in_time_the_price_is_reduced_by_the_degree() -> None:
    life = not_cured()
    assert not life.exists("2027-07-15", "S2-14-2[defect=N1]")
    assert life.state("2027-07-16", "S2-14-2[defect=N1]") == "available"
    assert life.yen("2027-07-20", "S2-14-2/減額[defect=N1]") == 700_000
    life.tell("2027-06-10", "defect.known", defect="N2", sort="kind")
    life.tell("2027-06-15", "cure.demanded", defect="N2", cure_by="2027-07-15", sort="replacement")
    life.tell("2027-07-20", "reduction.claimed", defect="N2", yen=20_000_000)
    assert life.yen("2027-07-20", "S2-14-2/減額[defect=N2]") == 11_000_000


@pytest.mark.shows("S2-14-1/追完")
def test_cure_within_the_period_leaves_no_claim_of_a_reduction() -> None:
    life = known("2027-06-10")
    life.tell("2027-06-15", "cure.demanded", defect="N1", cure_by="2027-07-15", sort="shortfall")
    life.tell("2027-07-15", "cure.done", defect="N1")
    early = life.tell("2027-07-20", "reduction.claimed", defect="N1", yen=700_000)
    assert life.state("2027-07-20", "S2-14-1/追完[defect=N1]") == "fulfilled"
    assert early in life.without_effect("2027-07-20")


@pytest.mark.shows("S2-14-3", "S2-14-1")
def test_a_year_after_knowing_without_notice_the_rights_are_lost() -> None:
    life = known("2027-06-10")
    assert life.due("2027-06-11", "S2-14-3[defect=N1]") == D(2028, 6, 10)
    assert life.state("2028-06-10", "S2-14-1[defect=N1]") == "available"
    assert life.state("2028-06-11", "S2-14-3[defect=N1]") == "holds"
    lost = life.view("2028-06-11", "S2-14-1[defect=N1]")
    assert lost.state == "barred"
    assert [each.by for each in lost.against] == ["S2-14-3"]
    late = life.tell("2028-06-12", "cure.demanded", defect="N1", cure_by="2028-07-12", sort="repair")
    assert late in life.without_effect("2028-06-12")
    assert not life.exists("2028-06-12", "S2-14-1/追完[defect=N1]")


@pytest.mark.shows("S2-14-3")
@pytest.mark.parametrize(
    ("day", "last"),
    [
        ("2027-02-28", D(2028, 2, 29)),  # counted from 1 March to the day before the next 1 March, a leap day
        ("2028-02-29", D(2029, 2, 28)),
        ("2027-12-31", D(2028, 12, 31)),
    ],
)
def test_the_year_ends_the_day_before_the_corresponding_day(day: str, last: D) -> None:
    life = known(day)
    assert life.due(day, "S2-14-3[defect=N1]") == last
    assert life.state(f"{last}T23:59", "S2-14-3[defect=N1]") == "running"


@pytest.mark.shows("S2-14-3")
def test_notice_on_the_last_day_saves_the_rights_and_a_demand_of_cure_is_such_notice() -> None:
    life = known("2027-06-10", notified="2028-06-10")
    assert life.state("2028-07-01", "S2-14-3[defect=N1]") == "averted"
    assert life.state("2028-07-01", "S2-14-1[defect=N1]") == "available"
    life = not_cured()
    assert life.state("2028-07-01", "S2-14-3[defect=N1]") == "averted"
    life = known("2027-06-10", notified="2028-06-11")
    assert life.state("2028-07-01", "S2-14-3[defect=N1]") == "holds"


@pytest.mark.shows("S2-14-3", "S2-16/不適合", "S2-17-1/不適合")
def test_the_bar_takes_cure_and_the_terminations_for_the_nonconformity() -> None:
    life = known("2026-02-10")
    for name in ("S2-14-1", "S2-16/不適合", "S2-17-1/不適合"):
        assert "S2-14-3" not in {each.by for each in life.view("2027-02-10", f"{name}[defect=N1]").against}
        assert "S2-14-3" in {each.by for each in life.view("2027-02-11", f"{name}[defect=N1]").against}


@pytest.mark.shows("S2-14-1")
def test_no_bar_reaches_a_shortfall_of_quantity() -> None:
    life = known("2027-06-10", "quantity")
    assert not life.exists("2029-01-01", "S2-14-3[defect=N1]")
    assert life.state("2029-01-01", "S2-14-1[defect=N1]") == "available"


@pytest.mark.shows("S2-14-3", "S2-14-3-但")
def test_a_contractor_that_knew_at_hand_over_finds_no_shelter_in_the_year() -> None:
    life = known("2027-06-10")
    life.found("2028-07-01", "S2-14-3-但")
    assert life.state("2028-06-30", "S2-14-1[defect=N1]") == "barred"
    assert life.state("2028-07-01", "S2-14-1[defect=N1]") == "available"


@pytest.mark.shows("S2-14-3", "S2-14-3-但")
def test_the_exception_found_for_one_nonconformity_helps_no_other() -> None:
    life = known("2027-06-10")
    life.tell("2027-06-10", "defect.known", defect="N2", sort="kind")
    life.found("2028-07-01", "S2-14-3-但", about="S2-14-3[defect=N2]")
    life.found("2028-07-01", "S2-14-3-但", about="S2-14-3[defect=N1]", result=False)
    assert life.state("2028-07-02", "S2-14-1[defect=N1]") == "barred"
    assert life.state("2028-07-02", "S2-14-1[defect=N2]") == "available"
    life.found("2028-08-01", "S2-14-3-但")
    assert life.state("2028-08-01", "S2-14-1[defect=N1]") == "barred"


@pytest.mark.shows("S2-14-1", "S2-14-1/追完", "S2-14-2", "S2-14-2/減額", "S2-14-3", "S2-14-3-但")
def test_what_was_delivered_before_a_termination_is_answered_for_after_it() -> None:
    life = without_demand()
    for defect in ("N1", "N2"):
        life.tell("2026-10-01", "defect.known", defect=defect, sort="kind")
    life.tell("2026-10-05", "cure.demanded", defect="N1", cure_by="2026-11-05", sort="replacement")
    assert life.breached("2026-11-06", "S2-14-1/追完[defect=N1]") == D(2026, 11, 6)
    life.tell("2026-11-10", "reduction.claimed", defect="N1", yen=300_000)
    assert life.yen("2026-11-10", "S2-14-2/減額[defect=N1]") == 300_000
    assert life.state("2027-10-01", "S2-14-1[defect=N2]") == "available"
    assert life.state("2027-10-02", "S2-14-1[defect=N2]") == "barred"
    life.found("2027-10-03", "S2-14-3-但")
    assert life.state("2027-10-03", "S2-14-1[defect=N2]") == "available"


# ---- termination for a nonconformity ----


@pytest.mark.shows("S2-16/未追完")
def test_a_cure_that_came_late_but_came_gives_no_ground_for_a_demand() -> None:
    life = signed_and_begun()
    life.tell("2026-11-10", "defect.known", defect="N1", sort="quality")
    life.tell("2026-11-16", "cure.demanded", defect="N1", cure_by="2026-11-30", sort="repair")
    assert life.the("2026-12-01", "S2-16/催告").state == "available"
    life.tell("2026-12-03", "cure.done", defect="N1")
    assert life.the("2026-12-03", "S2-16/催告").state == "not_arisen"


@pytest.mark.shows(
    "S2-16/不適合", "S2-16/未追完", "S2-16/不履行", "S2-16/催告", "S2-16/徒過", "S2-18-1/解除", "S2-18-2/不適合"
)
def test_cure_that_does_not_come_gives_a_demand_and_the_demand_a_termination() -> None:
    life = terminated_for_a_defect()
    assert not life.exists("2026-11-30", "S2-16/未追完[defect=N1]")
    assert life.state("2026-12-01", "S2-16/未追完[defect=N1]") == "holds"
    assert life.state("2026-12-15", "S2-16/不適合[defect=N1]") == "not_arisen"
    assert life.state("2026-12-16", "S2-16/徒過[demand=M1]") == "holds"
    assert life.state("2026-12-16", "S2-16/不適合[defect=N1]") == "available"
    assert life.on("2026-12-21").status == "terminated"
    assert life.the("2026-12-21", "S2-18-1/解除").state == "holds"
    listed = life.on("2026-12-22").side_by_side("penalty")
    assert {name: each.yen for name, each in listed.items()} == {"S2-18-2/不適合[defect=N1]": 1_100_000}
    assert life.due("2026-12-22", "S2-18-2/不適合[defect=N1]") == D(2027, 1, 29)


@pytest.mark.shows("S2-17-1/不適合", "S2-17-1-8", "S2-18-2/不適合")
def test_without_demand_the_same_termination_needs_one_of_the_cases() -> None:
    life = terminated_for_a_defect(under="S2-17-1/不適合")
    assert life.state("2026-12-15", "S2-17-1/不適合[defect=N1]") == "not_arisen"
    assert life.state("2026-12-16", "S2-17-1/不適合[defect=N1]") == "available"
    assert life.on("2026-12-21").status == "terminated"
    assert life.yen("2026-12-22", "S2-18-2/不適合[defect=N1]") == 1_100_000


@pytest.mark.shows("S2-18-3/不適合", "S2-18-3/不適合超過", "S2-18-4")
def test_the_loss_above_that_penalty_is_owed_as_well_and_both_bear_a_late_charge() -> None:
    life = terminated_for_a_defect()
    assert life.state("2026-12-22", "S2-18-3/不適合[defect=N1]") == "available"
    assert life.yen("2026-12-26", "S2-18-3/不適合超過[defect=N1]") == 400_000
    assert life.breached("2027-02-28", "S2-18-3/不適合超過[defect=N1]") == D(2027, 1, 30)
    # 30 January to 28 February: 30 days on 1,100,000 (2,260.27) and on 400,000 (821.92)
    assert life.yen("2027-02-28", "S2-18-4[S2-18-2/不適合[defect=N1]]") == 2_200
    assert life.yen("2027-02-28", "S2-18-4[S2-18-3/不適合超過[defect=N1]]") == 800


@pytest.mark.shows("S2-16/不適合", "S2-16-但", "S2-17-2")
@pytest.mark.parametrize("excuse", ["S2-16-但", "S2-17-2"])
def test_a_minor_defect_or_one_by_the_committees_fault_ends_no_contract(excuse: str) -> None:
    life = signed_and_begun()
    life.tell("2026-11-10", "defect.known", defect="N1", sort="quality")
    life.tell("2026-11-16", "cure.demanded", defect="N1", cure_by="2026-11-30", sort="repair")
    life.tell("2026-12-01", "demand.received", demand="M1", perform_by="2026-12-15")
    life.found("2026-12-16", "S2-16-但", result=excuse == "S2-16-但")
    life.found("2026-12-16", "S2-17-2", result=excuse == "S2-17-2")
    assert life.state("2026-12-16", "S2-16/不適合[defect=N1]") == "barred"
    notice = life.tell("2026-12-21", "termination.for-defect", defect="N1", under=["S2-16/不適合"])
    assert notice in life.without_effect("2026-12-21")
    assert life.on("2026-12-21").status == "in_force"


@pytest.mark.shows("S2-17-1/不適合", "S2-17-2")
def test_without_demand_too_a_defect_by_the_committees_fault_ends_no_contract() -> None:
    life = signed_and_begun()
    life.tell("2026-11-10", "defect.known", defect="N1", sort="quality")
    life.found("2026-11-20", "S2-17-1-8")
    assert life.state("2026-11-20", "S2-17-1/不適合[defect=N1]") == "available"
    life.found("2026-11-21", "S2-17-2")
    assert life.state("2026-11-21", "S2-17-1/不適合[defect=N1]") == "barred"


@pytest.mark.shows("S2-18-2/不適合", "S2-18-2-但")
def test_a_defect_without_the_contractors_fault_costs_no_penalty() -> None:
    life = terminated_for_a_defect()
    life.found("2027-01-10", "S2-18-2-但")
    assert life.yen("2027-01-10", "S2-18-2/不適合[defect=N1]") == 0
    assert life.breached("2027-02-28", "S2-18-2/不適合[defect=N1]") is None
