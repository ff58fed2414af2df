"""A contract runs: duties, powers, conditions and sums as the days pass."""

from __future__ import annotations

import datetime as dt

import pytest
from contracts_lives import Life, instant

from itaku.contracts.engine.events import (
    EventTwiceError,
    EventUnfitError,
    EventUnknownError,
    Told,
    check_appendable,
    read_event,
)
from itaku.contracts.engine.result import replay
from itaku.contracts.engine.whatif import may, what_if
from itaku.contracts.engine.why import why

D = dt.date


@pytest.fixture
def life() -> Life:
    return Life()


def correction_round(life: Life) -> None:
    life.tell("2026-04-24", "report.received", sub_no="R8-1")
    life.tell("2026-05-01", "inspection.held", sub_no="R8-1", result="fail", correction_ordered=True)
    life.tell("2026-05-20", "correction.notified", sub_no="R8-2", answers="R8-1")


# ---- duties ----


def test_an_inspection_is_due_ten_days_after_receipt_and_both_readings_are_kept(life: Life) -> None:
    life.tell("2026-04-24", "report.received", sub_no="R8-1")
    due = life.view("2026-05-01", "X1-12-2[sub_no=R8-1]").due
    assert (due.raw, due.moved, due.day) == (D(2026, 5, 4), D(2026, 5, 7), D(2026, 5, 4))


def test_the_last_day_ends_at_midnight_in_japan(life: Life) -> None:
    life.tell("2026-04-24", "report.received", sub_no="R8-1")
    name = "X1-12-2[sub_no=R8-1]"
    assert life.state("2026-05-04T23:59", name) == "in_effect"
    assert life.state("2026-05-05T00:00", name) == "violated"


def test_late_performance_is_fulfilled_with_the_breach_beside_it(life: Life) -> None:
    life.tell("2026-04-24", "report.received", sub_no="R8-1")
    life.tell("2026-05-06", "inspection.held", sub_no="R8-1", result="pass")
    view = life.view("2026-05-10", "X1-12-2[sub_no=R8-1]")
    assert (view.state, view.breached_on, view.performed_on) == ("fulfilled", D(2026, 5, 5), D(2026, 5, 6))
    assert view.past_by_the_letter


def test_the_policy_of_the_first_day_changes_the_date_and_is_printed_with_it(life: Life) -> None:
    life.tell("2026-04-01", "policy.chosen", policy="count.sono-hi-kara", option="included")
    life.tell("2026-04-24", "report.received", sub_no="R8-1")
    view = life.view("2026-05-01", "X1-12-2[sub_no=R8-1]")
    assert view.due.raw == D(2026, 5, 3)
    assert ("count.sono-hi-kara", "included") in view.policies


def test_a_policy_chosen_later_moves_open_dates(life: Life) -> None:
    life.tell("2026-04-24", "report.received", sub_no="R8-1")
    life.tell("2026-05-01", "policy.chosen", policy="holiday.in-force", option="moved")
    assert life.state("2026-05-06", "X1-12-2[sub_no=R8-1]") == "in_effect"
    assert life.state("2026-05-08", "X1-12-2[sub_no=R8-1]") == "violated"


def test_each_correction_round_is_an_instance_of_its_own(life: Life) -> None:
    correction_round(life)
    views = life.on("2026-05-25").views
    assert views["X1-12-2[sub_no=R8-1]"].state == "fulfilled"
    assert views["X1-12-3[sub_no=R8-1]"].state == "fulfilled"
    assert views["X1-12-2[sub_no=R8-2]"].due.raw == D(2026, 5, 30)


def test_a_duty_without_a_fixed_day_shows_the_bearers_own_target(life: Life) -> None:
    life.tell("2026-05-01", "complaint.received", complaint="C1")
    life.tell("2026-05-01", "target.set", under="X1-20", instance="X1-20[complaint=C1]", date="2026-05-04")
    view = life.view("2026-06-01", "X1-20[complaint=C1]")
    assert (view.state, view.due.manner, view.target) == ("in_effect", "速やかに", D(2026, 5, 4))


def test_a_report_for_each_fiscal_year_is_made_one_year_ahead(life: Life) -> None:
    life.tell("2026-04-01", "term.set", term="term_end", date="2029-03-31")
    views = life.on("2026-05-01").views
    assert views["X1-12-1[fy=R8]"].state == "in_effect"
    assert views["X1-12-1[fy=R9]"].state == "pending"
    assert "X1-12-1[fy=R10]" not in views
    assert life.state("2027-04-01", "X1-12-1[fy=R9]") == "in_effect"


def test_the_plan_is_due_thirty_days_before_and_approval_stops_the_clock(life: Life) -> None:
    life.tell("2026-06-01", "plan.due-announced", device="D1", on="2026-09-30")
    life.tell("2026-08-30", "plan.submitted", device="D1")
    life.tell("2026-09-02", "plan.approved", device="D1")
    view = life.view("2026-10-01", "X1-D1[device=D1]")
    assert (view.due.raw, view.due.remind) == (D(2026, 8, 31), D(2026, 8, 30))
    assert (view.state, view.performed_on, view.breached_on) == ("fulfilled", D(2026, 9, 2), D(2026, 9, 1))
    life.tell("2026-06-01", "policy.chosen", policy="X1-D1.in-time", option="act")
    assert life.state("2026-09-01", "X1-D1[device=D1]") == "in_effect"
    assert life.view("2026-10-01", "X1-D1[device=D1]").breached_on is None


def test_the_lease_end_is_the_day_for_leased_devices(life: Life) -> None:
    life.tell("2026-06-01", "plan.due-announced", device="D2", on="2026-09-30", lease_end="2026-09-15")
    assert life.view("2026-07-01", "X1-D1[device=D2]").due.raw == D(2026, 8, 16)


def test_the_incident_clocks_run_in_hours_and_show_target_and_limit(life: Life) -> None:
    life.tell("2026-11-20T16:59", "incident.recognised", incident="I1")
    life.tell("2026-11-20T17:10", "incident.reported", incident="I1")
    views = life.on("2026-11-20T17:30").views
    assert views["X1-D4[incident=I1]"].due.instant == instant("2026-11-20T17:59")
    details = views["X1-D5[incident=I1]"].due
    assert (details.target, details.instant) == (instant("2026-11-20T17:59"), instant("2026-11-20T20:10"))
    assert life.state("2026-11-20T20:11", "X1-D5[incident=I1]") == "violated"


def test_a_suspended_duty_remembers_its_state_and_is_not_breached_meanwhile(life: Life) -> None:
    life.tell("2027-03-01", "work.suspended")
    assert life.state("2027-04-10", "X1-1[e1]") == "suspended"
    life.tell("2027-04-10", "work.resumed")
    view = life.view("2027-04-10", "X1-1[e1]")
    assert (view.state, view.breached_on) == ("violated", D(2027, 4, 1))
    life.tell("2026-04-01", "policy.chosen", policy="suspension.clock", option="shifts")
    view = life.view("2027-04-10", "X1-1[e1]")
    assert (view.state, view.due.day) == ("in_effect", D(2027, 5, 10))


# ---- gates ----


def test_a_subcontract_names_exactly_what_is_missing(life: Life) -> None:
    life.tell("2026-05-01", "subcontract.planned", sub="S1", personal=True)
    act = life.event("2026-05-10", "subcontract.started", sub="S1", personal=True)
    answer = may(life.contract, life.events, act)
    assert [each.provision for each in answer.broken] == ["X1-5", "X1-R3"]
    life.tell("2026-05-02", "subcontract.reported", sub="S1")
    life.tell("2026-05-03", "subcontract.consented", sub="S1")
    assert may(life.contract, life.events, life.event("2026-05-10", "subcontract.started", sub="S1", personal=True)).may


def test_a_subcontract_that_nobody_announced_is_a_breach_at_the_act(life: Life) -> None:
    life.tell("2026-05-10", "subcontract.started", sub="S2", personal=False)
    views = life.on("2026-05-11").views
    assert views["X1-5[sub=S2]"].breached_on == D(2026, 5, 10)
    assert "X1-R3[sub=S2]" not in views


def test_consent_given_before_the_announcement_is_not_lost(life: Life) -> None:
    life.tell("2026-05-01", "subcontract.consented", sub="S3")
    life.tell("2026-05-02", "subcontract.planned", sub="S3", personal=True)
    assert life.state("2026-05-03", "X1-R3[sub=S3]") == "discharged"


# ---- powers and conditions ----


def test_an_invoice_before_any_pass_has_no_effect(life: Life) -> None:
    life.tell("2026-04-24", "invoice.received", sub_no="R8-1", yen=100)
    assert life.flagged("2026-05-01") == ["without_effect"]
    assert "X1-13-3[sub_no=R8-1]" not in life.on("2026-05-01").views


def test_a_right_arises_when_the_finding_comes_long_after_the_breach(life: Life) -> None:
    life.tell("2026-04-24", "report.received", sub_no="R8-1")
    life.tell("2026-05-01", "inspection.held", sub_no="R8-1", result="pass")
    life.tell("2026-05-01", "invoice.received", sub_no="R8-1", yen=10_000_000)
    name = "X1-11-3[sub_no=R8-1]"
    assert life.state("2026-06-10", name) == "not_arisen"
    life.tell("2026-07-01", "finding.made", on="X1-11-3/責", result=True, person="課長", reason="起案漏れ")
    assert life.state("2026-07-02", name) == "available"
    life.tell("2026-07-10", "interest.claimed", sub_no="R8-1")
    life.tell("2026-07-20", "payment.made", under="X1-13-3", instance="X1-13-3[sub_no=R8-1]", yen=10_000_000)
    assert life.view("2026-08-01", "X1-13-3[sub_no=R8-1]").due.day == D(2026, 5, 31)
    # 6/1..7/20 is 50 days: 10,000,000 x 2.5 % x 50 / 365 = 34,246
    assert life.yen("2026-08-01", "X1-11-4[sub_no=R8-1]") == 34_200


def test_a_demand_not_met_in_fourteen_days_is_a_ground_on_day_fifteen(life: Life) -> None:
    life.tell("2026-06-01", "demand.received", demand="M1")
    assert life.state("2026-06-15", "X1-16") == "not_arisen"
    assert life.state("2026-06-16", "X1-16") == "available"


def test_termination_without_a_ground_has_no_effect(life: Life) -> None:
    life.tell("2026-06-01", "termination.notified", case="T1", under=["X1-16"])
    result = life.on("2026-06-02")
    assert result.status == "in_force"
    assert [flag.code for flag in result.flags] == ["without_effect"]


def test_the_clients_own_fault_bars_termination(life: Life) -> None:
    life.tell("2026-05-01", "insolvency.known")
    life.tell("2026-05-02", "finding.made", on="X1-16-3", result=True, person="P", reason="R")
    assert life.state("2026-05-03", "X1-16") == "barred"
    life.tell("2026-05-04", "termination.notified", case="T1", under=["X1-16"])
    assert life.on("2026-05-05").status == "in_force"


def test_termination_discharges_duties_keeps_debts_and_what_survives(life: Life) -> None:
    life.tell("2026-05-01", "month.closed", month="2026-04", collected_yen=300_000, copies=1000, pay_by="2026-05-31")
    life.tell("2026-05-10", "insolvency.known")
    life.tell("2026-05-11", "termination.notified", case="T1", under=["X1-16"])
    result = life.on("2026-05-12")
    states = {name: view.state for name, view in result.views.items()}
    assert result.status == "terminated"
    assert states["X1-1[e1]"] == "discharged"
    assert states["X1-2"] == "discharged"
    assert states["X1-R4"] == "in_effect"
    assert states["X1-18-2[case=T1]"] == "in_effect"
    assert states["X1-19[2026-05-11]"] == "in_effect"
    assert result.money("X1-18-2[case=T1]").yen == 1_100_000


def test_insolvency_brings_remittances_forward_and_never_back(life: Life) -> None:
    life.tell("2026-05-01", "month.closed", month="2026-04", collected_yen=1, copies=0, pay_by="2026-05-05")
    life.tell("2026-06-01", "month.closed", month="2026-05", collected_yen=1, copies=0, pay_by="2026-06-30")
    life.tell("2026-06-10", "insolvency.known")
    views = life.on("2026-06-11").views
    assert views["X1-15[month=2026-04]"].due.day == D(2026, 5, 5)
    assert views["X1-15[month=2026-05]"].due.day == D(2026, 6, 10)


def test_a_year_of_silence_bars_the_rights_of_a_known_defect(life: Life) -> None:
    life.tell("2026-05-01", "defect.known", defect="F1", sort="quality")
    assert life.state("2027-05-01", "X1-14-1[defect=F1]") == "available"
    assert life.view("2026-06-01", "X1-14-3[defect=F1]").due.raw == D(2027, 5, 1)
    life.tell("2026-05-01", "term.set", term="term_end", date="2028-03-31")
    assert life.state("2027-05-02", "X1-14-1[defect=F1]") == "barred"
    life.tell("2027-06-01", "finding.made", on="X1-14-3-但", result=True, person="P", reason="R")
    assert life.state("2027-06-02", "X1-14-1[defect=F1]") == "available"


def test_a_notice_given_before_the_knowledge_was_recorded_is_not_lost(life: Life) -> None:
    life.tell("2026-04-30", "defect.notified", defect="F1")
    life.tell("2026-05-01", "defect.known", defect="F1", sort="kind")
    assert life.state("2026-05-02", "X1-14-3[defect=F1]") == "averted"


def test_a_quantity_defect_has_no_time_bar(life: Life) -> None:
    life.tell("2026-05-01", "defect.known", defect="F1", sort="quantity")
    assert "X1-14-3[defect=F1]" not in life.on("2026-06-01").views


def test_renewal_goes_on_year_after_year_without_limit(life: Life) -> None:
    result = life.on("2031-01-15")
    ends = [name for name in result.views if name.startswith("X1-21[")]
    assert ends == [f"X1-21[term_end={year}-03-31]" for year in range(2027, 2032)]
    assert result.status == "in_force"


def test_an_objection_a_month_before_lets_the_contract_expire(life: Life) -> None:
    life.tell("2027-02-28", "objection.arrived", term_end="2027-03-31")
    assert life.on("2027-03-31").status == "in_force"
    result = life.on("2027-04-01")
    assert result.status == "expired"
    assert result.views["X1-1[e1]"].state == "violated"
    assert result.views["X1-19[2027-03-31]"].state == "in_effect"


def test_an_objection_a_day_late_does_not(life: Life) -> None:
    life.tell("2027-03-01", "objection.arrived", term_end="2027-03-31")
    assert life.on("2027-04-02").status == "in_force"


def test_expiry_discharges_no_open_duty(life: Life) -> None:
    life.tell("2027-02-01", "objection.arrived", term_end="2027-03-31")
    life.tell("2027-03-31", "report.received", sub_no="R8-1")
    assert life.state("2027-04-05", "X1-12-2[sub_no=R8-1]") == "in_effect"
    life.tell("2027-04-05", "inspection.held", sub_no="R8-1", result="fail", correction_ordered=True)
    life.tell("2027-04-08", "correction.notified", sub_no="R8-2", answers="R8-1")
    assert life.state("2027-04-09", "X1-12-2[sub_no=R8-2]") == "in_effect"


def test_cancellation_needs_a_months_notice(life: Life) -> None:
    life.tell("2026-08-31", "cancellation.notified", end_on="2026-09-30")
    assert life.on("2026-10-01").status == "in_force"
    life.tell("2026-08-31", "cancellation.notified", end_on="2026-10-31")
    assert life.on("2026-10-31").status == "in_force"
    assert life.on("2026-11-01").status == "cancelled"


# ---- money ----


def extended(life: Life) -> None:
    finding = {"on": "X1-16-3", "result": False, "person": "P", "reason": "R"}
    life.tell("2027-04-01", "finding.made", **finding)
    life.tell("2027-04-05", "deadline.extended", delay="1", under="X1-11-1", until="2027-05-31")


def test_a_fault_extension_charges_from_the_old_deadline_and_grows_until_performed(life: Life) -> None:
    extended(life)
    result = life.on("2027-04-20")
    charge = result.money("X1-11-2[delay=1]")
    assert (charge.yen, charge.grows) == (15_000, True)
    assert result.views["X1-1[e1]"].state == "in_effect"
    assert result.views["X1-1[e1]"].breached_on == D(2027, 4, 1)
    life.tell("2027-05-20", "work.completed", on="2027-05-20")
    charge = life.on("2027-06-01").money("X1-11-2[delay=1]")
    assert (charge.yen, charge.grows) == (37_600, False)


def test_two_extensions_of_one_delay_are_one_charge(life: Life) -> None:
    extended(life)
    life.tell("2027-05-30", "deadline.extended", delay="1", under="X1-11-1", until="2027-06-30")
    life.tell("2027-06-09", "work.completed", on="2027-06-09")
    result = life.on("2027-06-30")
    assert [name for name in result.views if name.startswith("X1-11-2[")] == ["X1-11-2[delay=1]"]
    assert result.money("X1-11-2[delay=1]").yen == 52_700  # 70 days: 52,739


def test_an_extension_without_fault_charges_nothing(life: Life) -> None:
    life.tell("2027-03-20", "deadline.extended", delay="1", under="X1-8", until="2027-05-31")
    views = life.on("2027-04-20").views
    assert "X1-11-2[delay=1]" not in views
    assert views["X1-1[e1]"].breached_on is None


def test_the_base_is_the_price_that_the_policy_names(life: Life) -> None:
    life.tell("2026-10-01", "term.set", term="price_yen", yen=22_000_000)
    extended(life)
    assert life.yen("2027-04-20", "X1-11-2[delay=1]") == 15_000
    life.tell("2027-04-06", "policy.chosen", policy="X1-11-2.base", option="now")
    assert life.yen("2027-04-20", "X1-11-2[delay=1]") == 30_100


def test_a_late_remittance_excludes_inspection_days_and_counts_part_payments_by_segments(life: Life) -> None:
    life.tell("2026-05-01", "month.closed", month="4", collected_yen=11_000_000, copies=0, pay_by="2026-04-30")
    life.tell("2026-05-02", "books.inspected", from_="2026-05-03", to="2026-05-05")
    life.tell("2026-05-20", "fees.remitted", month="4", yen=11_000_000)
    charge = life.on("2026-06-01").money("X1-15-2[X1-15[month=4]]")
    assert charge.yen == 12_800  # 17 of 20 days
    part = Life()
    part.tell("2026-04-01", "month.closed", month="4", collected_yen=11_000_000, copies=0, pay_by="2026-04-30")
    part.tell("2026-05-10", "fees.remitted", month="4", yen=6_000_000)
    part.tell("2026-05-20", "fees.remitted", month="4", yen=5_000_000)
    # 11,000,000 for 10 days and 5,000,000 for 10: 7,534.24 + 3,424.65
    assert part.yen("2026-06-01", "X1-15-2[X1-15[month=4]]") == 10_900


def test_a_waived_charge_keeps_the_computed_figure(life: Life) -> None:
    life.tell("2026-04-01", "month.closed", month="4", collected_yen=11_000_000, copies=0, pay_by="2026-04-30")
    life.tell("2026-05-20", "fees.remitted", month="4", yen=11_000_000)
    name = "X1-15-2[X1-15[month=4]]"
    life.tell("2026-05-25", "finding.made", on="X1-15-2-但", result=True, person="P", reason="R", instance=name)
    found = life.on("2026-06-01").money(name)
    assert (found.yen, found.computed_yen) == (0, 15_000)
    assert life.state("2026-06-01", name) == "discharged"


def test_penalties_of_two_grounds_stand_side_by_side(life: Life) -> None:
    life.tell("2026-05-01", "insolvency.known")
    life.tell("2026-05-02", "order.final", case="K1")
    life.tell("2026-05-03", "termination.notified", case="T1", under=["X1-16"])
    found = life.on("2026-05-04").side_by_side("penalty")
    assert {name: each.yen for name, each in found.items()} == {
        "X1-18-2[case=T1]": 1_100_000,
        "X1-R1[case=K1]": 2_200_000,
    }
    assert life.view("2026-05-04", "X1-R1[case=K1]").counterparty == "prefecture"
    assert life.view("2026-05-04", "X1-18-2[case=T1]").counterparty == "town"


def test_an_unpaid_penalty_falls_late_and_charges_on_what_is_left(life: Life) -> None:
    life.tell("2026-05-01", "insolvency.known")
    life.tell("2026-05-03", "termination.notified", case="T1", under=["X1-16"])
    life.tell("2026-05-10", "date.set", under="X1-18-2", date="2026-06-30")
    life.tell("2026-06-20", "deposit.applied", under="X1-18-2", yen=100_000)
    life.tell("2026-08-01", "payment.made", under="X1-18-2", yen=1_000_000)
    result = life.on("2026-09-01")
    assert result.views["X1-18-2[case=T1]"].breached_on == D(2026, 7, 1)
    assert result.views["X1-18-2[case=T1]"].state == "fulfilled"
    # 1,000,000 x 2.5 % x 32 / 365 = 2,191
    assert result.money("X1-18-4[X1-18-2[case=T1]]").yen == 2_100


def test_too_much_paid_is_flagged_never_swallowed(life: Life) -> None:
    life.tell("2026-04-01", "month.closed", month="4", collected_yen=100, copies=0, pay_by="2026-04-30")
    life.tell("2026-04-20", "fees.remitted", month="4", yen=130)
    assert life.flagged("2026-05-01") == ["overpaid"]


def test_members_owe_jointly_also_when_the_debt_came_first(life: Life) -> None:
    life.tell("2026-05-01", "member.joined", member="1", person="株式会社甲乙")
    life.tell("2026-05-02", "order.final", case="K1")
    life.tell("2026-05-03", "member.joined", member="2", person="合同会社丙")
    assert life.view("2026-05-04", "X1-R1[case=K1]").debtors == ("株式会社甲乙", "合同会社丙")


def test_commission_net_and_tax_part_of_a_month(life: Life) -> None:
    life.tell("2026-05-01", "month.closed", month="4", collected_yen=300_000, copies=1000, pay_by="2026-05-31")
    result = life.on("2026-05-02")
    assert result.money("X1-15-3[month=4]").yen == 123_000
    assert result.money("X1-15-4[month=4]").yen == 177_000
    assert result.money("X1-15-5[month=4]").yen == 11_181


def test_a_sum_whose_day_is_blank_says_what_it_waits_for() -> None:
    life = Life(signed=None)
    life.tell("2027-04-05", "deadline.extended", delay="1", under="X1-11-1", until="2027-05-31")
    found = life.on("2027-04-20").money("X1-11-2[delay=1]")
    assert found.yen is None
    assert found.blank.waits == "X1-0"


# ---- evidence ----


def test_a_requirement_is_proved_until_its_evidence_expires(life: Life) -> None:
    life.tell("2026-05-01", "shop.opened", shop="A")
    name = "X1-D2[shop=A]"
    assert life.state("2026-05-02", name) == "unproved"
    life.tell("2026-06-01", "evidence.filed", under="X1-D2", slot="report", sha256="00", instance=name)
    assert life.state("2027-06-01", name) == "proved"
    assert life.state("2027-06-02", name) == "expired"


# ---- corrections, amendments, what-if ----


def test_a_corrected_receipt_moves_the_breach_and_keeps_the_events_id(life: Life) -> None:
    first = life.tell("2026-04-24", "report.received", sub_no="R8-1")
    life.tell("2026-05-08", "inspection.held", sub_no="R8-1", result="pass")
    assert life.view("2026-06-01", "X1-12-2[sub_no=R8-1]").breached_on == D(2026, 5, 5)
    life.tell("2026-05-01", "report.received", sub_no="R8-1", corrects=first)
    result = life.on("2026-06-01")
    assert result.views["X1-12-2[sub_no=R8-1]"].breached_on is None
    assert [event.id for event in result.events.events] == ["e1", "e2", "e3"]


def test_correction_and_voiding_restore_the_identical_result(life: Life) -> None:
    correction_round(life)
    before = life.on("2026-05-25").views
    extra = life.tell("2026-05-22", "complaint.received", complaint="C9")
    assert life.on("2026-05-25").views != before
    life.void(extra)
    assert life.on("2026-05-25").views == before


def test_what_was_known_then_is_shown_as_it_was_known_then(life: Life) -> None:
    life.tell("2026-04-24", "report.received", sub_no="R8-1")
    life.tell("2026-04-20", "report.received", sub_no="R8-1", corrects="e2")
    then = replay(life.contract, life.events, instant("2026-05-01"), known_seq=2)
    assert then.views["X1-12-2[sub_no=R8-1]"].born == D(2026, 4, 24)
    assert then.seq == 2


def test_voiding_an_extension_orphans_its_date_and_says_so(life: Life) -> None:
    extended(life)
    life.tell("2027-06-01", "date.set", under="X1-11-2", date="2027-06-30")
    assert "orphan" not in life.flagged("2027-06-02")
    life.void("e3")
    assert "orphan" in life.flagged("2027-06-02")


def test_events_out_of_order_give_the_same_result(life: Life) -> None:
    correction_round(life)
    other = Life()
    other.tell("2026-05-20", "correction.notified", sub_no="R8-2", answers="R8-1")
    other.tell("2026-04-24", "report.received", sub_no="R8-1")
    other.tell("2026-05-01", "inspection.held", sub_no="R8-1", result="fail", correction_ordered=True)
    mine, theirs = (
        {name: (v.state, v.due, v.breached_on, v.performed_on) for name, v in each.on("2026-06-15").views.items()}
        for each in (life, other)
    )
    assert mine == theirs


def test_an_amendment_reaches_duties_that_arise_after_it(life: Life) -> None:
    life.tell("2026-04-24", "report.received", sub_no="R8-1")
    toml = (
        'id = "X1-12-2"\nkind = "obligation"\nja = "14日以内"\nen = "14 days"\nbearer = "甲"\nper = ["sub_no"]\n'
        'trigger.event = ["report.received", "correction.notified"]\ndue.after = "14d"\n'
        'discharge.event = "inspection.held"\n'
    )
    life.tell("2026-04-28", "provision.amended", toml=toml)
    life.tell("2026-04-29", "report.received", sub_no="R8-2")
    views = life.on("2026-05-01").views
    assert views["X1-12-2[sub_no=R8-1]"].due.raw == D(2026, 5, 4)
    assert views["X1-12-2[sub_no=R8-2]"].due.raw == D(2026, 5, 13)
    life.tell("2026-04-01", "policy.chosen", policy="amendment.open-instances", option="new")
    assert life.view("2026-05-01", "X1-12-2[sub_no=R8-1]").due.raw == D(2026, 5, 8)


def test_what_if_shows_only_what_would_change(life: Life) -> None:
    life.tell("2026-04-24", "report.received", sub_no="R8-1")
    found = what_if(
        life.contract,
        life.events,
        [life.event("2026-05-01", "inspection.held", sub_no="R8-1", result="pass")],
        instant("2026-05-10"),
    )
    assert [change.id for change in found.changes] == ["X1-12-2[sub_no=R8-1]", "X1-13-1[sub_no=R8-1]"]
    assert found.changes[0].before.state == "violated"
    assert found.changes[0].after.breached_on is None


def test_an_event_before_signing_is_flagged_and_the_rest_works() -> None:
    life = Life(signed=None)
    life.tell("2026-03-01", "complaint.received", complaint="C1")
    life.tell("2026-04-01", "contract.signed")
    assert life.flagged("2026-04-02") == ["before_signing"]
    assert life.on("2026-04-02").status == "in_force"


def test_the_same_key_twice_is_flagged(life: Life) -> None:
    life.tell("2026-05-01", "complaint.received", complaint="C1")
    life.tell("2026-05-02", "complaint.received", complaint="C1")
    assert life.flagged("2026-05-03") == ["same_key"]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("report.made", {}),
        ("report.received", {}),
        ("report.received", {"sub_no": ""}),
        ("report.received", {"sub_no": "a]b"}),
        ("report.received", {"sub_no": "1", "extra": 1}),
        ("invoice.received", {"sub_no": "1", "yen": -1}),
        ("invoice.received", {"sub_no": "1", "yen": 1.5}),
        ("invoice.received", {"sub_no": "1", "yen": True}),
        ("inspection.held", {"sub_no": "1", "result": "maybe"}),
    ],
)
def test_an_event_that_does_not_fit_the_catalogue_is_refused(life: Life, kind: str, fields: dict) -> None:
    with pytest.raises(EventUnfitError):
        life.event("2026-05-01", kind, **fields)


def test_only_the_side_that_confirms_may_tell(life: Life) -> None:
    told = Told(id="x", at="2026-05-01", kind="plan.approved", fields={"device": "D"}, by="carrier")
    with pytest.raises(EventUnfitError):
        read_event(life.contract, told, 9)
    assert read_event(life.contract, Told(**{**vars_of(told), "by": "prefecture"}), 9).by == "prefecture"


def vars_of(told: Told) -> dict:
    return {name: getattr(told, name) for name in told.__struct_fields__}


def test_an_event_told_twice_or_a_correction_of_nothing_is_refused(life: Life) -> None:
    with pytest.raises(EventTwiceError):
        check_appendable(life.events, life.events[0])
    lost = read_event(life.contract, Told(id="x", voids="e99"), 9)
    with pytest.raises(EventUnknownError):
        check_appendable(life.events, lost)


# ---- why ----


def test_why_leads_down_to_events_clauses_and_policies(life: Life) -> None:
    extended(life)
    life.tell("2027-05-20", "work.completed", on="2027-05-20")
    lines = why(life.on("2027-06-01"), "X1-11-2[delay=1]")
    text = "\n".join(f"{line.ja} [{line.clause}]" for line in lines)
    for part in (
        "出来事 e3",
        "X1-11-1[delay=1] の行使による",
        "50日",
        "37,600円",
        "年2.5%",
        "方針 延滞金の基礎",
        "状態: in_effect",
    ):
        assert part in text, part
    assert all(line.en for line in lines)


def test_every_instance_of_a_long_life_can_be_explained(life: Life) -> None:
    correction_round(life)
    extended(life)
    life.tell("2027-05-01", "month.closed", month="4", collected_yen=300_000, copies=1000, pay_by="2027-05-31")
    life.tell("2027-05-02", "insolvency.known")
    life.tell("2027-05-03", "termination.notified", case="T1", under=["X1-16"])
    result = life.on("2027-06-15")
    for name in result.views:
        assert len(why(result, name)) >= 3, name


def test_a_chained_rule_asks_for_the_fields_of_the_event_behind_it(life: Life) -> None:
    toml = (
        'id = "X1-13-9"\nkind = "obligation"\nja = "大きな請求は課長に回す"\nen = "Large claims go to the head"\n'
        'bearer = "甲"\nper = ["sub_no"]\ntrigger.exercised = "X1-13-1"\ntrigger.where = {yen = 5}\n'
    )
    life.tell("2026-04-01", "provision.amended", toml=toml)
    for number, yen in (("1", 5), ("2", 6)):
        life.tell("2026-04-20", "inspection.held", sub_no=number, result="pass")
        life.tell("2026-04-21", "invoice.received", sub_no=number, yen=yen)
    views = life.on("2026-05-01").views
    assert "X1-13-9[sub_no=1]" in views
    assert "X1-13-9[sub_no=2]" not in views
