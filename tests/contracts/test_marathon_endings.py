"""How the marathon contract can end, by each path, and what is settled then: articles 15 to 18 and the riders."""

from __future__ import annotations

import pytest
from marathon_lives import (
    GROUNDS,
    D,
    Marathon,
    data_leaked,
    demanded_in_vain,
    made_impossible,
    organised_crime,
    rigged,
    signed_and_begun,
    two_years,
    without_demand,
)

PENALTY = "S2-18-2[case=T1]"


def side_by_side(life: Marathon, day: str) -> dict[str, int | None]:
    """The penalties as the desk lists them: each by itself."""
    return {name: each.yen for name, each in life.on(day).side_by_side("penalty").items()}


# ---- with demand: article 16 ----


@pytest.mark.shows("S2-16", "S2-16/催告", "S2-16/不履行", "S2-16/未完了", "S2-16/徒過")
def test_after_a_demand_that_passed_in_vain_the_committee_may_terminate() -> None:
    life = demanded_in_vain()
    assert life.the("2027-03-31", "S2-16/催告").state == "not_arisen"
    assert life.the("2027-04-01", "S2-16/未完了").state == "holds"
    assert life.the("2027-04-01", "S2-16/催告").state == "available"
    assert life.due("2027-04-06", "S2-16/徒過[demand=M1]") == D(2027, 4, 20)
    assert life.state("2027-04-20", "S2-16[demand=M1]") == "not_arisen"
    assert life.state("2027-04-21", "S2-16/徒過[demand=M1]") == "holds"
    assert life.state("2027-04-21", "S2-16[demand=M1]") == "available"
    assert life.state("2027-04-26", "S2-16[demand=M1]") == "exercised"
    assert life.without_effect("2027-04-26") == []


@pytest.mark.shows("S2-16", "S2-1-1")
def test_a_termination_after_the_term_ends_the_contract_and_the_undone_work_with_it() -> None:
    life = demanded_in_vain()
    assert life.on("2027-04-25").status == "expired"
    assert life.state("2027-04-25", "S2-1-1[e1]") == "violated"
    assert life.on("2027-04-26").status == "terminated"
    work = life.view("2027-04-26", "S2-1-1[e1]")
    assert (work.state, work.breached_on) == ("discharged", D(2027, 4, 1))
    assert "ended_already" not in life.flagged("2027-04-26")


@pytest.mark.shows("S2-16/催告", "S2-16/認定")
def test_a_demand_while_nothing_is_late_has_no_effect_unless_a_default_is_found() -> None:
    life = signed_and_begun()
    early = life.tell("2026-09-01", "demand.received", demand="M1", perform_by="2026-09-20")
    assert life.without_effect("2026-09-01") == [early]
    assert not life.exists("2026-09-02", "S2-16[demand=M1]")
    life.found("2026-09-03", "S2-16/認定")
    life.tell("2026-09-03", "demand.received", demand="M2", perform_by="2026-09-24")
    assert life.state("2026-09-25", "S2-16[demand=M2]") == "available"


@pytest.mark.shows("S2-16/未完了")
def test_work_that_came_late_but_came_gives_no_ground_for_a_demand() -> None:
    life = signed_and_begun()
    assert life.the("2027-04-12", "S2-16/催告").state == "available"
    life.tell("2027-04-12", "work.completed", on="2027-04-10")
    assert life.breached("2027-04-12", "S2-1-1[e1]") == D(2027, 4, 1)
    assert life.the("2027-04-12", "S2-16/催告").state == "not_arisen"


@pytest.mark.shows("S2-16", "S2-16/徒過")
def test_who_performs_within_the_demand_cannot_be_terminated_for_it_but_for_a_second_one() -> None:
    life = signed_and_begun()
    life.found("2026-09-01", "S2-16/認定")
    life.tell("2026-09-01", "demand.received", demand="M1", perform_by="2026-09-20")
    life.tell("2026-09-18", "demand.performed", demand="M1")
    assert life.state("2026-09-21", "S2-16/徒過[demand=M1]") == "averted"
    first = life.tell("2026-09-25", "termination.notified", case="T0", under=["S2-16"])
    assert first in life.without_effect("2026-09-25")
    assert not life.exists("2026-09-25", "S2-18-2[case=T0]")
    life.tell("2026-10-01", "demand.received", demand="M2", perform_by="2026-10-20")
    life.tell("2026-10-26", "termination.notified", case="T1", under=["S2-16"])
    assert life.state("2026-10-26", "S2-16[demand=M2]") == "exercised"
    assert life.on("2026-10-26").status == "terminated"


@pytest.mark.shows("S2-16", "S2-16-但", "S2-17-2")
@pytest.mark.parametrize("excuse", ["S2-16-但", "S2-17-2"])
def test_what_is_minor_or_the_committees_own_fault_bars_it_even_if_found_late(excuse: str) -> None:
    life = signed_and_begun()
    life.tell("2027-04-05", "demand.received", demand="M1", perform_by="2027-04-20")
    life.found("2027-04-22", "S2-16-但", result=excuse == "S2-16-但")
    life.found("2027-04-22", "S2-17-2", result=excuse == "S2-17-2")
    assert life.state("2027-04-21", "S2-16[demand=M1]") == "available"
    barred = life.view("2027-04-22", "S2-16[demand=M1]")
    assert (barred.state, [each.by for each in barred.against]) == ("barred", [excuse])
    notice = life.tell("2027-04-26", "termination.notified", case="T1", under=["S2-16"])
    assert notice in life.without_effect("2027-04-26")
    assert not life.exists("2027-04-26", PENALTY)


# ---- without demand: article 17 ----


@pytest.mark.shows("S2-17-1")
@pytest.mark.parametrize("ground", [pytest.param(each, marks=pytest.mark.shows(each)) for each in GROUNDS])
def test_any_of_the_eleven_cases_ends_the_contract_without_demand(ground: str) -> None:
    life = without_demand(ground)
    assert life.the("2026-08-31", "S2-17-1").state == "not_arisen"
    assert life.the("2026-09-01", "S2-17-1").state == "available"
    held = [each for each in life.on("2026-09-01").views.values() if each.provision in GROUNDS]
    assert [each.provision for each in held if each.state == "holds"] == [ground]
    assert life.on("2026-09-02").status == "terminated"
    assert life.state("2026-09-02", "S2-1-1[e1]") == "discharged"
    assert life.yen("2026-09-02", PENALTY) == 1_100_000


@pytest.mark.shows("S2-17-1-3/一部", "S2-17-1-3/残り", "S2-17-1-5/見込み", "S2-17-1-5/目的")
@pytest.mark.parametrize("half", ["S2-17-1-3/一部", "S2-17-1-3/残り", "S2-17-1-5/見込み", "S2-17-1-5/目的"])
def test_a_part_that_fails_is_a_case_only_where_the_rest_misses_the_purpose(half: str) -> None:
    life = signed_and_begun()
    for each in ("S2-17-1-3/一部", "S2-17-1-3/残り", "S2-17-1-5/見込み", "S2-17-1-5/目的"):
        life.found("2026-09-01", each, result=each == half)
    assert life.state("2026-09-01", half) == "holds"
    assert life.the("2026-09-01", "S2-17-1").state == "not_arisen"
    notice = life.tell("2026-09-02", "termination.notified", case="T1", under=["S2-17-1"])
    assert notice in life.without_effect("2026-09-02")


@pytest.mark.shows("S2-17-1", "S2-17-2")
def test_a_default_by_the_committees_own_fault_bars_the_termination_without_demand() -> None:
    life = signed_and_begun()
    life.found("2026-09-01", "S2-17-1-11", "S2-17-2")
    assert life.the("2026-09-01", "S2-17-1").state == "barred"
    life.tell("2026-09-02", "termination.notified", case="T1", under=["S2-17-1"])
    assert life.on("2026-09-02").status == "in_force"


@pytest.mark.shows("S2-17-2", "S2-R4-1")
def test_that_fault_does_not_bar_the_riders() -> None:
    life = signed_and_begun()
    life.found("2026-09-01", "S2-17-2", "S2-R4-1-1")
    life.tell("2026-09-02", "termination.notified", case="T1", under=["S2-R4-1"])
    assert life.on("2026-09-02").status == "terminated"


@pytest.mark.shows("S2-16", "S2-17-1", "S2-P9")
def test_one_notice_on_several_grounds_takes_effect_on_each() -> None:
    life = signed_and_begun()
    life.found("2026-09-01", "S2-16/認定", "S2-17-1-7", "S2-P9-1")
    life.tell("2026-09-01", "demand.received", demand="M1", perform_by="2026-09-20")
    life.tell("2026-09-24", "termination.notified", case="T1", under=["S2-16", "S2-17-1", "S2-P9"])
    assert life.without_effect("2026-09-24") == []
    assert life.state("2026-09-24", "S2-16[demand=M1]") == "exercised"
    assert life.state("2026-09-24", "S2-17-1[e1]") == "exercised"
    assert life.state("2026-09-24", "S2-P9[case=T1]") == "exercised"
    assert side_by_side(life, "2026-09-25") == {PENALTY: 1_100_000}  # the same penalty, once


# ---- what is settled: article 18 ----


@pytest.mark.shows("S2-18-1", "S2-18-1/解除")
def test_the_separable_part_that_passed_is_paid_less_what_was_paid_before() -> None:
    life = demanded_in_vain()
    name = "S2-18-1[settlement=S1]"
    assert life.the("2027-04-26", "S2-18-1/解除").state == "holds"
    settled = life.view("2027-05-10", name)
    assert (settled.bearer, settled.due.day) == ("committee", D(2027, 6, 30))
    assert life.yen("2027-05-10", name) == 3_000_000  # 5,000,000 - 2,000,000
    assert life.state("2027-06-30", name) == "fulfilled"
    assert not life.exists("2027-06-30", "S2-15[settlement=S1]")
    life.valued("2027-05-11", "terminated", 20_000_000, settlement="S2")
    assert life.yen("2027-05-11", "S2-18-1[settlement=S2]") == 11_000_000


@pytest.mark.shows("S2-18-1")
def test_without_a_termination_or_of_what_cannot_be_separated_nothing_is_settled() -> None:
    life = signed_and_begun()
    life.valued("2026-09-10", "terminated", 5_000_000)
    assert life.state("2026-09-10", "S2-18-1[settlement=S1]") == "pending"
    life = without_demand()
    life.valued("2026-09-10", "terminated", 5_000_000, separable=False)
    assert not life.exists("2026-09-10", "S2-18-1[settlement=S1]")


@pytest.mark.shows("S2-18-2", "S2-18-4")
def test_the_penalty_is_a_tenth_of_the_price_and_late_parts_of_it_bear_a_charge_in_segments() -> None:
    life = demanded_in_vain()
    penalty = life.view("2027-05-31", PENALTY)
    assert (penalty.bearer, penalty.counterparty, penalty.due.day) == ("contractor", "committee", D(2027, 5, 31))
    assert life.yen("2027-05-31", PENALTY) == 1_100_000
    assert life.breached("2027-06-01", PENALTY) == D(2027, 6, 1)
    assert life.unpaid("2027-06-10", PENALTY) == 500_000
    # 1,100,000 for 10 days (1 to 10 June), then 500,000 for 20: 21,000,000 x 2.5 % / 365 = 1,438.36
    assert life.yen("2027-06-30", f"S2-18-4[{PENALTY}]") == 1_400
    assert life.state("2027-06-30", PENALTY) == "fulfilled"


@pytest.mark.shows("S2-18-2")
@pytest.mark.parametrize(("option", "yen"), [("at-event", 1_200_000), ("at-signing", 1_100_000)])
def test_after_a_change_the_price_behind_the_penalty_is_a_reading_to_be_chosen(option: str, yen: int) -> None:
    life = signed_and_begun()
    life.chosen("S2-18-2.base", option)
    changed = {"price_changed": True, "price_yen": 12_000_000, "deadline_changed": False}
    life.tell("2026-06-15", "amendment.agreed", under="S2-20", **changed)
    life.found("2026-09-01", "S2-17-1-7")
    life.tell("2026-09-02", "termination.notified", case="T1", under=["S2-17-1"])
    assert life.yen("2026-09-02", PENALTY) == yen


@pytest.mark.shows("S2-18-2")
def test_part_of_a_yen_of_the_penalty_is_cut() -> None:
    life = Marathon(price=10_999_999)
    life.found("2026-09-01", "S2-17-1-7")
    life.tell("2026-09-02", "termination.notified", case="T1", under=["S2-17-1"])
    assert life.yen("2026-09-02", PENALTY) == 1_099_999


@pytest.mark.shows("S2-18-2", "S2-18-2-但")
def test_without_the_contractors_fault_no_penalty_is_owed_and_no_charge_on_it() -> None:
    life = without_demand("S2-17-1-1")
    life.dated("2026-09-02", "S2-18-2", "2026-09-30")
    life.found("2026-09-10", "S2-18-2-但")
    waived = life.on("2026-11-01").money(PENALTY)
    assert waived is not None
    assert (waived.yen, waived.computed_yen, waived.unpaid_yen) == (0, 1_100_000, 0)
    assert life.state("2026-11-01", PENALTY) == "discharged"
    assert life.breached("2026-11-01", PENALTY) is None
    assert not life.exists("2026-11-01", f"S2-18-4[{PENALTY}]")


@pytest.mark.shows("S2-18-3", "S2-18-3/超過")
def test_a_loss_above_the_penalty_is_claimed_as_well_one_below_adds_nothing() -> None:
    life = demanded_in_vain()
    assert life.state("2027-05-11", "S2-18-3[case=T1]") == "available"
    assert life.yen("2027-05-12", "S2-18-3/超過[case=T1]") == 400_000  # 1,500,000 - 1,100,000
    assert life.state("2027-06-30", "S2-18-3/超過[case=T1]") == "fulfilled"
    life = without_demand()
    life.tell("2026-09-10", "excess.claimed", case="T1", loss_yen=900_000)
    assert life.yen("2026-09-10", "S2-18-3/超過[case=T1]") == 0


@pytest.mark.shows("S2-18-2")
def test_a_debt_that_is_paid_on_its_day_bears_no_charge() -> None:
    life = without_demand()
    life.dated("2026-09-02", "S2-18-2", "2026-09-30")
    life.paid("2026-09-30", "S2-18-2", 1_100_000)
    assert life.state("2026-12-01", PENALTY) == "fulfilled"
    assert life.breached("2026-12-01", PENALTY) is None
    assert not life.exists("2026-12-01", f"S2-18-4[{PENALTY}]")


@pytest.mark.shows("S2-15", "S2-15/責めなし")
def test_what_nobody_could_help_is_settled_by_the_part_that_passed_without_a_penalty() -> None:
    life = made_impossible()
    name = "S2-15[settlement=S1]"
    assert life.state("2026-09-20", name) == "in_effect"
    assert life.yen("2026-09-20", name) == 2_500_000  # 4,500,000 - 2,000,000
    assert (life.view("2026-09-20", name).bearer, life.due("2026-09-20", name)) == ("committee", D(2026, 10, 30))
    assert side_by_side(life, "2026-09-20") == {}
    life.valued("2026-09-22", "impossible", 20_000_000, settlement="S2")
    life.valued("2026-09-22", "impossible", 4_500_000, settlement="S3", separable=False)
    assert life.yen("2026-09-22", "S2-15[settlement=S2]") == 11_000_000
    assert not life.exists("2026-09-22", "S2-15[settlement=S3]")
    assert not life.exists("2026-09-22", "S2-18-1[settlement=S1]")
    life.found("2026-09-25", "S2-15/責めなし", result=False)
    assert life.state("2026-09-25", name) == "pending"


# ---- by a rider ----


@pytest.mark.shows("S2-R2-1", "S2-R2-3", "S2-R2-4", "S2-R3-1", "S2-18-1")
def test_bid_rigging_costs_a_tenth_and_two_tenths_and_the_deposit_covers_the_tenth() -> None:
    life = rigged()
    assert life.on("2026-10-05").status == "terminated"
    rider = life.view("2026-10-06", "S2-R2-3[case=T1]")
    assert (rider.counterparty, rider.due.day) == ("prefecture", D(2026, 11, 30))
    assert life.unpaid("2026-10-06", "S2-R2-3[case=T1]") == 1_100_000
    assert life.unpaid("2026-10-20", "S2-R2-3[case=T1]") == 0
    assert life.unpaid("2026-10-20", "S2-R3-1[order=J1]") == 2_200_000
    life.valued("2026-10-25", "terminated", 1_500_000)
    assert life.yen("2026-10-25", "S2-18-1[settlement=S1]") == 1_500_000  # by the contract's rules


@pytest.mark.shows("S2-R2-3", "S2-R3-1", "S2-18-2", "S2-18-2/特約")
def test_penalties_of_two_papers_stand_side_by_side_and_are_never_added_up() -> None:
    life = signed_and_begun()
    life.found("2026-10-01", "S2-17-1-7")
    life.tell("2026-10-01", "order.final", order="J1", sort="cease", member=False, low_price=False, on="2026-10-01")
    life.tell("2026-10-05", "termination.notified", case="T1", under=["S2-17-1", "S2-R2-1"])
    listed = side_by_side(life, "2026-10-06")
    assert listed[PENALTY] == 1_100_000
    assert listed["S2-R2-3[case=T1]"] == 1_100_000
    assert listed["S2-R3-1[order=J1]"] == 2_200_000
    assert 4_400_000 not in listed.values()
    assert life.view("2026-10-06", PENALTY).counterparty == "committee"
    life.chosen("S2-18-2.riders", "absorbed")
    listed = side_by_side(life, "2026-10-06")
    assert (listed[PENALTY], listed["S2-R2-3[case=T1]"], listed["S2-R3-1[order=J1]"]) == (0, 1_100_000, 2_200_000)


@pytest.mark.shows("S2-R3-1", "S2-R2-1-1", "S2-18-4/特約")
def test_bid_rigging_that_comes_out_after_all_is_done_still_costs_two_tenths() -> None:
    life = two_years()
    life.tell("2028-05-10", "order.final", order="J1", sort="surcharge", member=False, low_price=False, on="2028-05-10")
    life.dated("2028-05-20", "S2-R3-1", "2028-06-30")
    assert life.on("2028-05-20").status == "expired"
    assert life.unpaid("2028-05-20", "S2-R3-1[order=J1]") == 2_200_000
    assert side_by_side(life, "2028-05-20") == {"S2-R3-1[order=J1]": 2_200_000}
    late = "S2-18-4/特約[S2-R3-1[order=J1]]"
    assert life.yen("2028-07-20", late) == 0
    life.chosen("S2-18-4.riders", "covered")
    assert life.yen("2028-07-20", late) == 3_000  # 2,200,000 x 2.5 % x 20 days / 365 = 3,013.70


@pytest.mark.shows("S2-R4-1", "S2-R4-3", "S2-R4-4", "S2-R4-1-1")
def test_organised_crime_in_the_company_costs_a_tenth_and_no_compensation() -> None:
    life = organised_crime()
    assert life.on("2026-10-05").status == "terminated"
    assert life.unpaid("2026-10-06", "S2-R4-3[case=T1]") == 1_100_000
    assert life.unpaid("2026-10-20", "S2-R4-3[case=T1]") == 0
    assert not any(each.provision == "S2-R3-1" for each in life.on("2026-10-20").views.values())


@pytest.mark.shows("S2-P9", "S2-P9-1", "S2-P9/賠償", "S2-P9/賠償額", "S2-18-4")
def test_a_leak_ends_the_contract_with_damages_and_their_late_charge_but_no_penalty_and_no_settlement() -> None:
    life = data_leaked()
    assert life.on("2026-10-05").status == "terminated"
    assert side_by_side(life, "2026-10-06") == {}
    damages = "S2-P9/賠償額[claim=Q1]"
    assert life.unpaid("2026-10-06", damages) == 2_920_000
    assert life.breached("2026-10-31", damages) == D(2026, 10, 31)
    assert life.yen("2026-11-19", f"S2-18-4[{damages}]") == 4_000  # 2,920,000 x 2.5 % x 20 days / 365 = 4,000
    life.valued("2026-11-25", "terminated", 1_500_000)
    assert life.state("2026-11-25", "S2-18-1[settlement=S1]") == "pending"  # 18-1 speaks of 16 and 17 alone


@pytest.mark.shows("S2-L4-1", "S2-L4-1/指導", "S2-L4-1/不服従", "S2-L4-1-解", "S2-L4-2")
def test_a_low_bidder_that_does_not_follow_the_guidance_loses_the_contract_and_a_tenth() -> None:
    life = signed_and_begun()
    life.found("2026-04-01", "S2-L1/適用")
    life.tell("2026-05-01", "low-bid-survey.announced", survey="V1")
    life.tell("2026-05-20", "deviation.found", deviation="W1")
    life.tell("2026-05-25", "explanation.asked", deviation="W1")
    life.tell("2026-06-10", "explanation.judged", deviation="W1", result="unjustified")
    life.tell("2026-06-15", "guidance.given", deviation="W1")
    early = life.tell("2026-06-20", "termination.notified", case="T0", under=["S2-L4-1-解"])
    assert early in life.without_effect("2026-06-20")
    life.tell("2026-07-15", "guidance.refused", deviation="W1")
    life.tell("2026-07-20", "termination.notified", case="T1", under=["S2-L4-1-解"])
    life.dated("2026-07-20", "S2-L4-2", "2026-08-31")
    assert life.on("2026-07-20").status == "terminated"
    assert side_by_side(life, "2026-07-21") == {"S2-L4-2[case=T1]": 1_100_000}
    assert life.view("2026-07-21", "S2-L4-2[case=T1]").counterparty == "prefecture"


@pytest.mark.shows("S2-R3-3", "S2-R3-3-後", "S2-R2-2")
def test_members_of_a_cooperative_and_former_ones_owe_the_whole_compensation_jointly() -> None:
    life = signed_and_begun()
    life.found("2026-09-01", "S2-R2-2/協同組合等")
    life.tell("2026-09-01", "member.joined", member="M1", person="prefecture")
    life.tell("2026-10-01", "order.final", order="J1", sort="cease", member=True, low_price=False, on="2026-10-01")
    life.tell("2027-10-01", "former-member.named", member="M2", person="committee")
    assert set(life.view("2026-10-02", "S2-R3-1[order=J1]").debtors) == {"prefecture"}
    owed = life.view("2027-10-01", "S2-R3-1[order=J1]")
    assert (owed.bearer, set(owed.debtors)) == ("contractor", {"prefecture", "committee"})
    assert life.unpaid("2027-10-01", "S2-R3-1[order=J1]") == 2_200_000  # the whole from each, and only once
