"""Late: the contractor by its fault and without, and the committee with its inspection and its payment."""

from __future__ import annotations

import datetime as dt

import pytest
from marathon_lives import D, Marathon, late_by_fault, late_without_fault, paid_late, signed_and_begun

CHARGE = "S2-11-2[delay=D1]"
INTEREST = "S2-11-4[sub_no=R7-1]"

# ---- by the contractor's fault: articles 11-1, 11-2 and 18-4 ----


@pytest.mark.shows("S2-11-1", "S2-11-1/責め", "S2-11-1/見込み", "S2-1-1")
def test_for_a_delay_by_its_fault_the_contractor_gets_more_time_against_a_charge() -> None:
    life = late_by_fault()
    assert life.due("2027-03-23", "S2-1-1[e1]") == D(2027, 3, 31)
    assert life.due("2027-03-24", "S2-1-1[e1]") == D(2027, 6, 30)
    assert life.the("2027-03-24", "S2-11-1").bearer == "committee"
    work = life.view("2027-06-30", "S2-1-1[e1]")
    assert (work.state, work.performed_on, work.breached_on) == ("fulfilled", D(2027, 5, 20), None)


@pytest.mark.shows("S2-11-2")
def test_the_charge_counts_from_the_day_after_the_old_deadline_to_the_day_of_performance() -> None:
    life = late_by_fault()
    assert life.yen("2027-03-31", CHARGE) == 0
    on_the_way = life.on("2027-04-20").money(CHARGE)
    assert on_the_way is not None
    assert (on_the_way.yen, on_the_way.grows) == (15_000, True)  # 11,000,000 x 2.5 % x 20 days / 365 = 15,068.49
    final = life.on("2027-06-01").money(CHARGE)
    assert final is not None
    assert (final.yen, final.grows) == (37_600, False)  # 50 days, 1 April to 20 May: 37,671.23
    assert life.view("2027-06-01", CHARGE).bearer == "contractor"


@pytest.mark.shows("S2-11-1", "S2-11-2")
def test_an_extension_granted_after_the_deadline_leaves_the_breach_and_charges_the_same_days() -> None:
    life = late_by_fault(granted="2027-04-02")
    assert life.breached("2027-04-01", "S2-1-1[e1]") == D(2027, 4, 1)
    work = life.view("2027-04-02", "S2-1-1[e1]")
    assert (work.state, work.due.day, work.breached_on) == ("in_effect", D(2027, 6, 30), D(2027, 4, 1))
    assert life.yen("2027-06-01", CHARGE) == 37_600


@pytest.mark.shows("S2-11-1/見込み", "S2-11-1/責め")
@pytest.mark.parametrize("missing", ["S2-11-1/責め", "S2-11-1/見込み"])
def test_without_fault_or_without_a_prospect_of_completion_there_is_no_charged_extension(missing: str) -> None:
    life = signed_and_begun()
    life.found("2027-03-24", "S2-11-1/責め", "S2-11-1/見込み")
    life.found("2027-03-25", missing, result=False)
    granted = life.tell("2027-03-26", "deadline.extended", delay="D1", until="2027-06-30")
    assert life.without_effect("2027-03-26") == [granted]
    assert life.due("2027-03-26", "S2-1-1[e1]") == D(2027, 3, 31)
    assert not life.exists("2027-04-20", CHARGE)


@pytest.mark.shows("S2-11-2")
def test_a_second_extension_of_one_delay_charges_no_day_twice() -> None:
    life = signed_and_begun()
    life.found("2027-03-24", "S2-11-1/責め", "S2-11-1/見込み")
    life.tell("2027-03-24", "deadline.extended", delay="D1", until="2027-04-30")
    life.tell("2027-04-26", "deadline.extended", delay="D1", until="2027-05-31")
    life.tell("2027-05-24", "work.completed", on="2027-05-20")
    assert life.due("2027-04-26", "S2-1-1[e1]") == D(2027, 5, 31)
    assert life.the("2027-06-01", "S2-11-2").id == CHARGE
    assert life.yen("2027-06-01", CHARGE) == 37_600


@pytest.mark.shows("S2-11-2")
@pytest.mark.parametrize(("option", "yen"), [("completion", 37_600), ("report", 37_600), ("inspection", 43_600)])
def test_which_day_is_the_day_of_performance_is_a_reading_to_be_chosen(option: str, yen: int) -> None:
    life = late_by_fault()
    life.chosen("S2-11-2.performed", option)
    assert life.yen("2027-06-01", CHARGE) == yen  # the inspection passed on 28 May: 58 days, 43,698.63
    assert ("S2-11-2.performed", option) in life.view("2027-06-01", CHARGE).policies


@pytest.mark.shows("S2-11-2")
@pytest.mark.parametrize(("option", "yen"), [("at-signing", 37_600), ("at-extension", 41_000)])
def test_after_a_change_of_price_the_base_is_a_reading_to_be_chosen(option: str, yen: int) -> None:
    life = signed_and_begun()
    life.chosen("S2-11-2.base", option)
    changed = {"price_changed": True, "price_yen": 12_000_000, "deadline_changed": False}
    life.tell("2026-10-20", "amendment.agreed", under="S2-20", **changed)
    life.found("2027-03-24", "S2-11-1/責め", "S2-11-1/見込み")
    life.tell("2027-03-24", "deadline.extended", delay="D1", until="2027-06-30")
    life.tell("2027-05-24", "work.completed", on="2027-05-20")
    assert life.yen("2027-06-01", CHARGE) == yen  # 12,000,000 x 2.5 % x 50 / 365 = 41,095.89


@pytest.mark.shows("S2-11-2", "S2-18-4/延滞金")
def test_the_charge_itself_bears_a_late_charge_which_comes_to_nothing_below_a_hundred_yen() -> None:
    life = late_by_fault()
    assert life.due("2027-06-10", CHARGE) == D(2027, 6, 30)
    assert life.unpaid("2027-06-30", CHARGE) == 27_600
    assert life.breached("2027-07-01", CHARGE) == D(2027, 7, 1)
    assert life.state("2027-07-20", CHARGE) == "fulfilled"
    late = life.on("2027-07-20").money("S2-18-4/延滞金[delay=D1]")
    assert late is not None
    assert (late.yen, late.grows) == (0, False)  # 27,600 x 2.5 % x 20 days / 365 = 37.81
    assert any("37.8" in line.en for line in late.working)


@pytest.mark.shows("S2-11-2", "S2-18-4/延滞金")
@pytest.mark.parametrize(("option", "yen"), [("charged", 400), ("not-charged", 0)])
def test_whether_an_unpaid_charge_bears_a_charge_is_a_reading_to_be_chosen(option: str, yen: int) -> None:
    life = late_by_fault()
    life.events = [each for each in life.events if each.kind != "payment.made"]
    life.chosen("S2-18-4.charges", option)
    # 37,600 x 2.5 % x 184 days (1 July to 31 December) / 365 = 473.86
    assert life.yen("2027-12-31", "S2-18-4/延滞金[delay=D1]") == yen
    assert life.unpaid("2027-12-31", CHARGE) == 37_600


@pytest.mark.shows("S2-11-2")
@pytest.mark.parametrize(("option", "yen"), [("counted", 37_600), ("excluded", 30_100)])
def test_whether_days_without_fault_inside_the_delay_count_is_a_reading_to_be_chosen(option: str, yen: int) -> None:
    life = late_by_fault()
    life.chosen("S2-11-2.no-fault-days", option)
    life.tell("2027-05-06", "no-fault-days.found", delay="D1", first="2027-04-10", last="2027-04-19")
    assert life.yen("2027-06-01", CHARGE) == yen  # 10 of 50 days: 11,000,000 x 2.5 % x 40 / 365 = 30,136.99


@pytest.mark.shows("S2-11-2")
def test_without_a_rate_nothing_is_computed_and_the_rate_is_named() -> None:
    life = Marathon(percent=None)
    life.found("2027-03-24", "S2-11-1/責め", "S2-11-1/見込み")
    life.tell("2027-03-24", "deadline.extended", delay="D1", until="2027-06-30")
    found = life.on("2027-04-20").money(CHARGE)
    assert found is not None
    assert found.blank is not None
    assert (found.yen, found.blank.waits) == (None, "千葉県財務規則120-1")


@pytest.mark.shows("S2-12-1-但-R8")
def test_more_time_for_the_work_gives_no_more_time_for_the_years_report_unless_so_read() -> None:
    life = late_by_fault()
    assert life.breached("2027-06-01", "S2-12-1-但-R8[e1]") == D(2027, 4, 1)
    life.chosen("S2-12-1-但-R8.day", "deadline")
    assert life.due("2027-06-01", "S2-12-1-但-R8[e1]") == D(2027, 6, 30)
    assert life.breached("2027-06-01", "S2-12-1-但-R8[e1]") is None


@pytest.mark.shows("S2-9", "S2-H2")
def test_with_the_deadline_the_term_goes_on_and_so_does_the_duty_of_care_unless_so_read() -> None:
    life = late_by_fault()
    assert life.on("2027-04-10").status == "in_force"
    assert life.state("2027-06-30", "S2-9") == "in_effect"
    assert life.on("2027-07-01").status == "expired"
    life.chosen("S2-H2.ends", "term-end")
    assert life.on("2027-03-31").status == "in_force"
    assert life.on("2027-04-01").status == "expired"
    assert life.yen("2027-06-01", CHARGE) == 37_600  # the work is still owed, and so is its charge


@pytest.mark.shows("S2-9", "S2-11-1")
def test_an_extension_after_the_term_ran_out_opens_it_again() -> None:
    life = late_by_fault(granted="2027-04-02")
    assert (life.on("2027-04-01").status, life.state("2027-04-01", "S2-9")) == ("expired", "discharged")
    assert (life.on("2027-04-02").status, life.state("2027-04-02", "S2-9")) == ("in_force", "in_effect")
    assert life.on("2027-07-01").status == "expired"


# ---- without fault: article 8 ----


@pytest.mark.shows("S2-8", "S2-8/責めなし", "S2-8-但", "S2-8-但/延長")
def test_without_its_fault_the_contractor_gets_the_days_both_agree_on_and_pays_nothing() -> None:
    life = late_without_fault()
    asked = life.view("2027-02-15", "S2-8[delay=D2]")
    assert (asked.bearer, asked.state, asked.due.manner) == ("contractor", "not_arisen", "遅滞なく")
    assert life.state("2027-02-16", "S2-8[delay=D2]") == "exercised"
    assert life.state("2027-02-25", "S2-8-但[delay=D2]") == "in_effect"
    assert life.state("2027-02-26", "S2-8-但[delay=D2]") == "fulfilled"
    assert life.due("2027-02-26", "S2-1-1[e1]") == D(2027, 4, 30)
    work = life.view("2027-05-31", "S2-1-1[e1]")
    assert (work.state, work.breached_on) == ("fulfilled", None)
    assert not any(each.provision == "S2-11-2" for each in life.on("2027-05-31").views.values())


@pytest.mark.shows("S2-8", "S2-8-但/延長")
def test_a_request_where_fault_was_not_excluded_moves_no_deadline() -> None:
    life = signed_and_begun()
    life.tell("2027-02-15", "delay.foreseen", delay="D2")
    asked = life.tell("2027-02-16", "extension.requested", delay="D2")
    life.tell("2027-02-26", "extension.agreed", delay="D2", until="2027-04-30")
    assert life.without_effect("2027-02-26") == [asked]
    assert life.due("2027-02-26", "S2-1-1[e1]") == D(2027, 3, 31)
    assert life.state("2027-02-26", "S2-8-但/延長[delay=D2]") != "holds"


@pytest.mark.shows("S2-8-但/延長", "S2-11-2")
def test_after_days_without_charge_the_charge_begins_where_they_end() -> None:
    life = signed_and_begun()
    life.tell("2027-02-15", "delay.foreseen", delay="D2")
    life.found("2027-02-16", "S2-8/責めなし", about="S2-8[delay=D2]")
    life.tell("2027-02-16", "extension.requested", delay="D2")
    life.tell("2027-02-26", "extension.agreed", delay="D2", until="2027-04-30")
    life.found("2027-04-26", "S2-11-1/責め", "S2-11-1/見込み")
    life.tell("2027-04-26", "deadline.extended", delay="D1", until="2027-05-31")
    life.tell("2027-05-24", "work.completed", on="2027-05-20")
    assert life.yen("2027-06-01", CHARGE) == 15_000  # 1 to 20 May: 20 days


# ---- the committee: articles 12-2, 11-3 and 11-4 ----


@pytest.mark.shows("S2-12-2")
def test_an_inspection_on_the_thirteenth_day_is_the_committees_breach_in_every_reading() -> None:
    life = paid_late()
    inspection = life.view("2026-04-08", "S2-12-2[sub_no=R7-1]")
    assert (inspection.bearer, inspection.state, inspection.performed_on) == ("committee", "fulfilled", D(2026, 4, 7))
    assert inspection.breached_on == D(2026, 4, 5)
    life.chosen("holiday.in-force", "moved")
    assert life.breached("2026-04-08", "S2-12-2[sub_no=R7-1]") == D(2026, 4, 7)


@pytest.mark.shows("S2-11-3", "S2-11-3/責め", "S2-13-3")
def test_late_payment_by_its_fault_gives_the_contractor_a_claim_of_interest() -> None:
    life = paid_late()
    payment = life.view("2026-05-29", "S2-13-3[sub_no=R7-1]")
    assert (payment.state, payment.due.day, payment.breached_on) == ("violated", D(2026, 5, 21), D(2026, 5, 22))
    assert life.unpaid("2026-05-29", "S2-13-3[sub_no=R7-1]") == 3_000_000
    assert not life.exists("2026-05-21", "S2-11-3[sub_no=R7-1]")
    claim = life.view("2026-06-15", "S2-11-3[sub_no=R7-1]")
    assert (claim.bearer, claim.state) == ("contractor", "not_arisen")
    assert life.state("2026-06-16", "S2-11-3[sub_no=R7-1]") == "exercised"


@pytest.mark.shows("S2-13-3")
@pytest.mark.parametrize(("option", "due"), [("arrived", D(2026, 5, 21)), ("sent", D(2026, 5, 18))])
def test_thirty_days_run_from_arrival_or_by_another_reading_from_sending(option: str, due: dt.date) -> None:
    life = paid_late()
    invoice = next(event for event in life.events if event.kind == "invoice.received")
    told = {name: value for name, value in invoice.fields.items() if value is not None}
    life.tell("2026-04-21", "invoice.received", corrects=invoice.id, **(told | {"sent_on": "2026-04-18"}))
    life.chosen("S2-13-3.day", option)
    payment = life.view("2026-05-10", "S2-13-3[sub_no=R7-1]")
    assert payment.due.day == due
    assert ("S2-13-3.day", option) in payment.policies


@pytest.mark.shows("S2-11-4")
def test_interest_runs_on_what_is_unpaid_in_segments_and_is_cut_once() -> None:
    life = paid_late()
    interest = life.on("2026-06-16").money(INTEREST)
    assert interest is not None
    # 5,000,000 for 7 days (22 to 28 May), then 3,000,000 for 18 (29 May to 15 June): 6,095.89
    assert (interest.yen, interest.grows) == (6_000, False)
    shown = life.view("2026-06-16", INTEREST)
    assert (shown.bearer, shown.due.day) == ("committee", D(2026, 6, 30))
    assert life.state("2026-06-30", INTEREST) == "fulfilled"


@pytest.mark.shows("S2-11-4")
def test_interest_claimed_before_the_rest_is_paid_still_grows() -> None:
    life = paid_late()
    life.found("2026-06-01", "S2-11-3/責め")
    life.tell("2026-06-01", "interest.claimed", sub_no="R7-1")
    interest = life.on("2026-06-01").money(INTEREST)
    assert interest is not None
    assert (interest.yen, interest.grows) == (3_200, True)  # 7 days on 5,000,000, 4 on 3,000,000: 3,219.17


@pytest.mark.shows("S2-11-4")
def test_interest_on_the_whole_price_is_the_other_reading() -> None:
    life = paid_late()
    life.chosen("S2-11-4.base", "price")
    assert life.yen("2026-06-16", INTEREST) == 18_800  # 11,000,000 x 2.5 % x 25 days / 365 = 18,835.61


@pytest.mark.shows("S2-11-4")
@pytest.mark.parametrize(("option", "yen"), [("after-limit", 6_000), ("claim", 3_000)])
def test_the_first_day_of_interest_under_a_late_finding_of_fault_is_a_reading(option: str, yen: int) -> None:
    life = paid_late()
    life.chosen("S2-11-4.first", option)
    life.found("2026-06-01", "S2-11-3/責め")
    life.tell("2026-06-01", "interest.claimed", sub_no="R7-1")
    assert life.yen("2026-06-16", INTEREST) == yen  # from the claim: 3,000,000 for 15 days, 3,082.19


@pytest.mark.shows("S2-11-3", "S2-11-3/責め")
def test_without_the_committees_fault_no_interest_is_owed() -> None:
    life = paid_late()
    life.found("2026-06-16", "S2-11-3/責め", result=False)
    claim = life.tell("2026-06-17", "interest.claimed", sub_no="R7-1")
    assert claim in life.without_effect("2026-06-17")


@pytest.mark.shows("S2-11-3", "S2-11-3/責め", "S2-11-4", "S2-13-3")
def test_a_termination_in_between_takes_neither_the_debt_nor_its_interest() -> None:
    life = paid_late()
    life.found("2026-05-07", "S2-17-1-9")
    life.tell("2026-05-08", "termination.notified", case="T1", under=["S2-17-1"])
    assert life.on("2026-05-08").status == "terminated"
    assert life.breached("2026-05-22", "S2-13-3[sub_no=R7-1]") == D(2026, 5, 22)
    assert life.state("2026-06-16", "S2-11-3[sub_no=R7-1]") == "exercised"
    assert life.yen("2026-06-16", INTEREST) == 6_000


@pytest.mark.shows("S2-13-3")
def test_a_payment_on_the_thirtieth_day_is_in_time() -> None:
    life = signed_and_begun()
    life.tell("2027-03-01", "report.received", sub_no="R8-1", scope="completion", fy="R8")
    life.tell("2027-03-08", "inspection.held", sub_no="R8-1", scope="completion", result="pass")
    life.tell("2027-03-10", "invoice.received", sub_no="R8-1", under="S2-13-1", yen=11_000_000)
    life.tell("2027-04-09", "price.paid", sub_no="R8-1", yen=11_000_000)
    payment = life.view("2027-05-01", "S2-13-3[sub_no=R8-1]")
    assert (payment.state, payment.due.day, payment.breached_on) == ("fulfilled", D(2027, 4, 9), None)
    assert not life.exists("2027-05-01", "S2-11-3[sub_no=R8-1]")
