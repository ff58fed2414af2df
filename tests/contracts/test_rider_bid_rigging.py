"""The rider on bid rigging lives: final orders and sentences, termination, penalty and compensation, joint debtors."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from contracts_lives import Life
from rider_lives import chosen, day_set, found, paid, signed, terminated

ORDER = {"sort": "cease", "member": False, "low_price": False}


def order_final(life: Life, day: str, order: str = "J1", **differently: Any) -> None:
    life.tell(day, "order.final", order=order, on=day, told_by="prefecture", **(ORDER | differently))


def sentence_final(life: Life, day: str, order: str = "K1", *, role: str = "officer", member: bool = False) -> None:
    life.tell(day, "sentence.final", order=order, person_role=role, member=member, on=day)


@pytest.fixture(name="life")
def _life() -> Life:
    return signed()


# ---- article 2: termination and its penalty ----


@pytest.mark.shows("S2-R2-1", "S2-R2-1-1", "S2-R2-3")
@pytest.mark.parametrize("sort", ["cease", "surcharge"])
def test_a_final_order_lets_the_prefecture_terminate_for_a_tenth_of_the_price(life: Life, sort: str) -> None:
    terminated(life, "2026-09-30", "S2-R2-1", case="T0")
    order_final(life, "2026-10-01", sort=sort)
    terminated(life, "2026-10-05", "S2-R2-1")
    assert life.on("2026-10-02").status == "in_force"
    assert life.flagged("2026-10-02") == ["without_effect"]
    assert life.state("2026-10-06", "S2-R2-1[case=T0]") == "barred"
    assert life.state("2026-10-06", "S2-R2-1[case=T1]") == "exercised"
    assert life.on("2026-10-06").status == "terminated"
    assert life.yen("2026-10-06", "S2-R2-3[case=T1]") == 1_100_000
    debt = life.view("2026-10-06", "S2-R2-3[case=T1]")
    assert (debt.bearer, debt.counterparty) == ("contractor", "prefecture")


@pytest.mark.shows("S2-R2-3")
def test_the_penalty_is_due_on_the_day_that_the_prefecture_names_and_on_none_before(life: Life) -> None:
    order_final(life, "2026-10-01")
    terminated(life, "2026-10-05", "S2-R2-1")
    name = "S2-R2-3[case=T1]"
    assert life.view("2026-10-06", name).due.day is None
    assert life.view("2026-10-06", name).due.blank is not None
    day_set(life, "2026-10-07", name, "2026-10-30")
    assert life.view("2026-10-08", name).due.day == dt.date(2026, 10, 30)
    assert life.state("2026-10-30", name) == "in_effect"
    assert life.view("2026-10-31", name).breached_on == dt.date(2026, 10, 31)
    paid(life, "2026-11-02", name, 1_100_000)
    late = life.view("2026-11-03", name)
    assert (late.state, late.breached_on) == ("fulfilled", dt.date(2026, 10, 31))


@pytest.mark.shows("S2-R2-3", "S2-R3-1")
def test_a_fraction_of_a_yen_is_cut_from_penalty_and_compensation() -> None:
    life = signed(11_000_009)
    order_final(life, "2026-10-01")
    terminated(life, "2026-10-05", "S2-R2-1")
    assert life.yen("2026-10-06", "S2-R2-3[case=T1]") == 1_100_000  # 1,100,000.9
    assert life.yen("2026-10-06", "S2-R3-1[order=J1]") == 2_200_001  # 2,200,001.8


@pytest.mark.shows("S2-R2-1", "S2-R2-1-2", "S2-R2-3")
@pytest.mark.parametrize("role", ["self", "officer", "staff"])
def test_a_final_sentence_of_the_contractor_an_officer_or_staff_does_the_same(life: Life, role: str) -> None:
    sentence_final(life, "2026-10-01", role=role)
    terminated(life, "2026-10-05", "S2-R2-1")
    assert life.state("2026-10-06", "S2-R2-1-2[order=K1]") == "holds"
    assert life.yen("2026-10-06", "S2-R2-3[case=T1]") == 1_100_000


@pytest.mark.shows("S2-R2-2", "S2-R2-2/協同組合等", "S2-R2-1")
@pytest.mark.parametrize("which", ["order", "sentence"])
def test_what_befalls_a_member_counts_only_against_a_cooperative_or_joint_venture(which: str) -> None:
    alone, joint = signed(), signed()
    found(joint, "2025-11-04", "S2-R2-2/協同組合等")
    for life in (alone, joint):
        if which == "order":
            order_final(life, "2026-10-01", member=True)
        else:
            sentence_final(life, "2026-10-01", "J1", member=True)
        terminated(life, "2026-10-05", "S2-R2-1")
    assert alone.on("2026-10-06").status == "in_force"
    assert alone.state("2026-10-06", "S2-R2-2[order=J1]") == "running"
    assert "S2-R3-1[order=J1]" not in alone.on("2026-10-06").views
    assert joint.on("2026-10-06").status == "terminated"
    assert joint.state("2026-10-06", "S2-R2-2[order=J1]") == "holds"
    assert joint.yen("2026-10-06", "S2-R3-1[order=J1]") == 2_200_000


@pytest.mark.shows("S2-R2-4", "S2-R2-4/納付", "S2-R2-3")
def test_a_deposit_that_was_paid_goes_towards_the_penalty(life: Life) -> None:
    life.tell("2025-11-10", "deposit.paid", yen=550_000)
    order_final(life, "2026-10-01")
    terminated(life, "2026-10-05", "S2-R2-1")
    assert life.state("2026-10-06", "S2-R2-4[case=T1]") == "available"
    life.tell("2026-10-07", "rigging.deposit-applied", case="T1", yen=550_000, told_by="prefecture")
    name = "S2-R2-3[case=T1]"
    found_sum = life.on("2026-10-08").money(name)
    assert found_sum is not None
    assert (found_sum.yen, found_sum.unpaid_yen) == (1_100_000, 550_000)
    paid(life, "2026-10-20", name, 550_000)
    assert life.state("2026-10-21", name) == "fulfilled"


@pytest.mark.shows("S2-R2-4", "S2-R2-4/残り", "S2-R2-3")
def test_no_more_than_the_deposit_that_is_left_goes_towards_the_penalty(life: Life) -> None:
    life.tell("2025-11-10", "deposit.paid", yen=550_000)
    assert life.yen("2025-11-11", "S2-R2-4/残り[e1]") == 550_000
    order_final(life, "2026-10-01")
    terminated(life, "2026-10-05", "S2-R2-1")
    life.tell("2026-10-07", "rigging.deposit-applied", case="T1", yen=1_100_000)
    assert "fund_exceeded" in life.flagged("2026-10-08")
    assert life.yen("2026-10-08", "S2-R2-4/残り[e1]") == 0
    rest = life.on("2026-10-08").money("S2-R2-3[case=T1]")
    assert rest is not None
    assert rest.unpaid_yen == 550_000


@pytest.mark.shows("S2-R2-4", "S2-R2-3")
def test_a_deposit_that_nobody_paid_pays_nothing(life: Life) -> None:
    order_final(life, "2026-10-01")
    terminated(life, "2026-10-05", "S2-R2-1")
    life.tell("2026-10-07", "rigging.deposit-applied", case="T1", yen=1_100_000)
    assert life.state("2026-10-08", "S2-R2-4[case=T1]") == "not_arisen"
    assert "without_effect" in life.flagged("2026-10-08")
    unpaid = life.on("2026-10-08").money("S2-R2-3[case=T1]")
    assert unpaid is not None
    assert unpaid.unpaid_yen == 1_100_000


@pytest.mark.shows("S2-R2-5", "S2-R2-5/違約金", "S2-18-1", "S2-18-1/解除")
def test_after_the_termination_the_done_part_is_settled_by_the_main_text(life: Life) -> None:
    order_final(life, "2026-10-01")
    terminated(life, "2026-10-05", "S2-R2-1")
    assert life.state("2026-10-06", "S2-R2-5[case=T1]") == "holds"
    valued = {"settlement": "S1", "basis": "terminated", "separable": True, "value_yen": 4_000_000}
    life.tell("2026-10-20", "settlement.valued", **valued)
    assert life.yen("2026-10-21", "S2-18-1[settlement=S1]") == 4_000_000
    # whether the main text's own penalty joins is disputed: by default it does not
    assert "S2-18-2[case=T1]" not in life.on("2026-10-21").views
    assert life.yen("2026-10-21", "S2-R2-5/違約金[case=T1]") == 0
    chosen(life, "2026-10-22", "S2-R2-5.main-penalty", "joined")
    assert life.yen("2026-10-23", "S2-R2-5/違約金[case=T1]") == 1_100_000


@pytest.mark.shows("S2-R2-1", "S2-R2-1/履行後", "S2-R3-1")
@pytest.mark.parametrize(("option", "status"), [("allowed", "terminated"), ("refused", "in_force")])
def test_whether_work_that_is_done_can_still_be_terminated_is_a_stored_choice(
    life: Life, option: str, status: str
) -> None:
    chosen(life, "2025-11-05", "S2-R2-1.after-completion", option)
    life.tell("2027-03-20", "work.completed", on="2027-03-20")
    order_final(life, "2027-03-25")
    terminated(life, "2027-03-26", "S2-R2-1")
    assert life.on("2027-03-27").status == status
    assert ("S2-R2-3[case=T1]" in life.on("2027-03-27").views) == (option == "allowed")
    assert life.yen("2027-03-27", "S2-R3-1[order=J1]") == 2_200_000


# ---- article 3: compensation ----


@pytest.mark.shows("S2-R3-1")
def test_compensation_of_two_tenths_is_owed_though_nobody_terminates_and_though_all_was_performed(life: Life) -> None:
    life.tell("2027-03-20", "work.completed", on="2027-03-20")
    order_final(life, "2028-06-01")
    assert life.on("2028-06-02").status == "expired"
    debt = life.view("2028-06-02", "S2-R3-1[order=J1]")
    assert (debt.bearer, debt.counterparty, debt.state) == ("contractor", "prefecture", "in_effect")
    assert life.yen("2028-06-02", "S2-R3-1[order=J1]") == 2_200_000
    day_set(life, "2028-06-05", "S2-R3-1[order=J1]", "2028-07-31")
    paid(life, "2028-07-31", "S2-R3-1[order=J1]", 2_200_000)
    assert life.view("2028-08-02", "S2-R3-1[order=J1]").breached_on is None
    assert life.state("2028-08-02", "S2-R3-1[order=J1]") == "fulfilled"


@pytest.mark.shows("S2-R2-3", "S2-R3-1", "S2-18-2")
def test_penalties_of_several_clauses_stand_side_by_side_and_are_never_one_sum(life: Life) -> None:
    found(life, "2026-10-01", "S2-17-1-7")
    order_final(life, "2026-10-01")
    terminated(life, "2026-10-05", "S2-R2-1", "S2-17-1", by=None)
    side_by_side = life.on("2026-10-06").side_by_side("penalty")
    assert {name: found_sum.yen for name, found_sum in side_by_side.items()} == {
        "S2-18-2[case=T1]": 1_100_000,
        "S2-R2-3[case=T1]": 1_100_000,
        "S2-R2-5/違約金[case=T1]": 0,
        "S2-R3-1[order=J1]": 2_200_000,
    }


@pytest.mark.shows("S2-R3-1-但", "S2-R3-1")
def test_an_order_on_unfair_low_prices_costs_no_compensation_but_frees_no_other_order(life: Life) -> None:
    order_final(life, "2026-10-01", "J1", low_price=True)
    order_final(life, "2026-10-02", "J2")
    assert life.state("2026-10-03", "S2-R3-1[order=J1]") == "discharged"
    assert life.yen("2026-10-03", "S2-R3-1[order=J1]") == 0
    assert life.yen("2026-10-03", "S2-R3-1[order=J2]") == 2_200_000


@pytest.mark.shows("S2-R3-1-但/認める", "S2-R3-1")
def test_the_prefecture_may_accept_that_nothing_is_owed_for_one_order_or_for_all(life: Life) -> None:
    order_final(life, "2026-10-01", "J1")
    order_final(life, "2026-10-02", "J2")
    found(life, "2026-10-10", "S2-R3-1-但/認める", instance="S2-R3-1[order=J1]")
    assert life.yen("2026-10-09", "S2-R3-1[order=J1]") == 2_200_000
    assert life.yen("2026-10-11", "S2-R3-1[order=J1]") == 0
    assert life.yen("2026-10-11", "S2-R3-1[order=J2]") == 2_200_000
    found(life, "2026-10-12", "S2-R3-1-但/認める")
    assert life.yen("2026-10-13", "S2-R3-1[order=J2]") == 0


@pytest.mark.shows("S2-R3-2", "S2-R3-2/超過")
@pytest.mark.parametrize(("loss_yen", "excess_yen"), [(3_000_000, 800_000), (2_200_000, 0), (1_000_000, 0)])
def test_a_loss_above_the_compensation_can_be_claimed_beside_it(life: Life, loss_yen: int, excess_yen: int) -> None:
    order_final(life, "2026-10-01")
    life.tell("2027-02-01", "rigging-excess.claimed", order="J1", loss_yen=loss_yen, told_by="prefecture")
    assert life.state("2027-02-02", "S2-R3-2[order=J1]") == "exercised"
    assert life.yen("2027-02-02", "S2-R3-2/超過[order=J1]") == excess_yen
    assert life.yen("2027-02-02", "S2-R3-1[order=J1]") == 2_200_000


@pytest.mark.shows("S2-R3-3", "S2-R3-3-後", "S2-R3-1", "S2-R3-2/超過")
def test_members_owe_the_compensation_together_and_after_dissolution_former_members_do() -> None:
    life = signed()
    found(life, "2025-11-04", "S2-R2-2/協同組合等")
    life.tell("2025-11-04", "member.joined", member="M1", person="member-one")
    order_final(life, "2026-10-01", member=True)
    life.tell("2027-02-01", "rigging-excess.claimed", order="J1", loss_yen=3_000_000)
    assert life.view("2027-02-02", "S2-R3-1[order=J1]").debtors == ("member-one",)
    life.tell("2027-05-01", "former-member.named", member="M2", person="former-member")
    assert life.state("2027-05-02", "S2-R3-3-後[member=M2]") == "holds"
    for name in ("S2-R3-1[order=J1]", "S2-R3-2/超過[order=J1]"):
        assert life.view("2027-05-02", name).debtors == ("member-one", "former-member")


@pytest.mark.shows("S2-R3-3", "S2-R2-3")
def test_the_penalty_of_a_termination_is_the_contractors_alone(life: Life) -> None:
    found(life, "2025-11-04", "S2-R2-2/協同組合等")
    life.tell("2025-11-04", "member.joined", member="M1", person="member-one")
    order_final(life, "2026-10-01", member=True)
    terminated(life, "2026-10-05", "S2-R2-1")
    assert life.view("2026-10-06", "S2-R2-3[case=T1]").debtors == ()
    assert life.view("2026-10-06", "S2-R3-1[order=J1]").debtors == ("member-one",)


@pytest.mark.shows("S2-R2-3", "S2-R3-1")
@pytest.mark.parametrize(
    ("option", "penalty_yen", "compensation_yen"),
    [("at-event", 1_234_567, 2_469_135), ("at-signing", 1_100_000, 2_200_000)],
)
def test_which_price_is_the_base_after_an_amendment_is_a_stored_choice(
    life: Life, option: str, penalty_yen: int, compensation_yen: int
) -> None:
    chosen(life, "2025-11-05", "S2-18-2.base", option)
    amended = {"under": "S2-7-1-後", "price_changed": True, "price_yen": 12_345_678, "deadline_changed": False}
    life.tell("2026-07-01", "amendment.agreed", **amended)
    order_final(life, "2026-10-01")
    terminated(life, "2026-10-05", "S2-R2-1")
    assert life.yen("2026-10-06", "S2-R2-3[case=T1]") == penalty_yen
    assert life.yen("2026-10-06", "S2-R3-1[order=J1]") == compensation_yen


@pytest.mark.shows("S2-R3-3", "S2-R3-1")
def test_nobody_owes_beside_a_contractor_that_is_no_cooperative(life: Life) -> None:
    life.tell("2025-11-04", "member.joined", member="M1", person="member-one")
    order_final(life, "2026-10-01")
    assert life.state("2026-10-02", "S2-R3-3[member=M1]") == "running"
    assert life.view("2026-10-02", "S2-R3-1[order=J1]").debtors == ()


@pytest.mark.shows("S2-R3-1")
def test_a_blank_price_is_a_blank_compensation() -> None:
    life = signed(None)
    order_final(life, "2026-10-01")
    waiting = life.on("2026-10-02").money("S2-R3-1[order=J1]")
    assert waiting is not None
    assert waiting.yen is None
    assert waiting.blank is not None
    assert waiting.blank.waits == "S2-H3"
