"""The marathon contract from its signing through 令和7年度 and 令和8年度 to its end, everything in time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from marathon_lives import (
    D,
    Marathon,
    first_year_in_part,
    price_revised,
    questions_on_the_way,
    signed_and_begun,
    two_years,
)

from itaku.contracts.model.kinds import Definition, Outside, Provision
from itaku.contracts.model.parts import names

# ---- the signing ----


@pytest.mark.shows("S2-H2", "S2-H3", "S2-H3/税抜", "S2-H5", "S2-H6")
def test_the_header_gives_period_price_and_its_tax_part() -> None:
    life = signed_and_begun()
    day = "2025-11-05"
    assert life.state(day, "S2-H2[signed_on=2025-11-04]") == "holds"
    assert life.the(day, "S2-H5").state == "fulfilled"
    assert life.the(day, "S2-H6").performed_on == D(2025, 11, 4)
    assert life.yen(day, life.the(day, "S2-H3").id) == 1_000_000  # 11,000,000 x 10 / 110
    assert life.yen(day, life.the(day, "S2-H3/税抜").id) == 10_000_000


@pytest.mark.shows("S2-H3")
def test_while_the_price_is_blank_every_sum_on_it_waits_for_the_header() -> None:
    life = Marathon(price=None)
    found = life.on("2025-11-05").money("S2-H3[e1]")
    assert found is not None
    assert found.blank is not None
    assert (found.yen, found.blank.waits) == (None, "S2-H3")


@pytest.mark.shows("S2-H4", "S2-H4/納付")
def test_a_deposit_is_owed_only_where_the_rules_ask_for_one() -> None:
    life = signed_and_begun()
    assert life.due("2025-11-11", "S2-H4/納付[e1]") == D(2025, 11, 14)
    assert life.state("2025-11-11", "S2-H4/納付[e1]") == "in_effect"
    assert life.state("2025-11-12", "S2-H4/納付[e1]") == "fulfilled"
    waived = Marathon()
    waived.tell("2025-11-04", "term.set", term="deposit_yen", yen=1_100_000)
    waived.dated("2025-11-04", "S2-H4/納付", "2025-11-14")
    assert waived.state("2025-12-01", "S2-H4/納付[e1]") == "pending"


@pytest.mark.shows("S2-2")
def test_the_responsible_engineer_is_named_without_a_day_being_fixed() -> None:
    life = signed_and_begun()
    assert life.due("2025-11-05", "S2-2[e1]") is None
    assert life.state("2025-11-05", "S2-2[e1]") == "in_effect"
    assert life.state("2025-11-06", "S2-2[e1]") == "fulfilled"
    assert life.state("2026-03-01", "S2-2[e1]") == "fulfilled"


@pytest.mark.shows("S2-3-1", "S2-3-2", "S2-3-2/協議")
def test_an_unfit_schedule_is_talked_over_and_its_second_version_fits() -> None:
    life = signed_and_begun()
    schedule = life.the("2025-11-05", "S2-3-1")
    assert (schedule.due.day, schedule.performed_on, schedule.state) == (D(2025, 11, 4), D(2025, 11, 4), "fulfilled")
    review = life.view("2025-11-09", "S2-3-2[version=1]")
    assert (review.bearer, review.due.manner, review.due.day) == ("committee", "遅滞なく", None)
    assert review.target == D(2025, 11, 11)
    assert life.state("2025-11-12", "S2-3-2/協議[version=1]") == "in_effect"
    assert life.state("2025-11-13", "S2-3-2/協議[version=1]") == "fulfilled"
    assert life.state("2025-11-18", "S2-3-2[version=2]") == "fulfilled"
    assert not life.exists("2025-11-18", "S2-3-2/協議[version=2]")


@pytest.mark.shows("S2-3-1")
def test_a_schedule_the_day_after_the_signing_is_late() -> None:
    life = Marathon()
    life.tell("2025-11-05", "schedule.submitted", version="1")
    schedule = life.the("2025-11-05", "S2-3-1")
    assert (schedule.state, schedule.breached_on) == ("fulfilled", D(2025, 11, 5))


# ---- on the way ----


@pytest.mark.shows("S2-1-2", "S2-25")
def test_what_the_papers_leave_open_is_settled_by_both() -> None:
    life = questions_on_the_way()
    question = life.view("2026-01-16", "S2-1-2[question=Q1]")
    assert (question.bearer, question.state) == ("both", "in_effect")
    assert life.state("2026-01-20", "S2-1-2[question=Q1]") == "fulfilled"
    assert life.state("2026-06-09", "S2-25[doubt=B1]") == "in_effect"
    assert life.state("2026-06-10", "S2-25[doubt=B1]") == "fulfilled"


@pytest.mark.shows("S2-6", "S2-6/回答")
def test_the_committee_may_look_in_at_any_time_and_the_contractor_answers_by_the_day_it_names() -> None:
    life = questions_on_the_way()
    assert life.view("2026-02-03", "S2-6[inquiry=I1]").bearer == "committee"
    assert life.state("2026-02-03", "S2-6[inquiry=I1]") == "exercised"
    answer = life.view("2026-02-13", "S2-6/回答[inquiry=I1]")
    assert (answer.bearer, answer.due.day, answer.state) == ("contractor", D(2026, 2, 13), "fulfilled")


@pytest.mark.shows("S2-6/回答")
def test_an_inquiry_without_an_answer_is_breached_after_its_day() -> None:
    life = Marathon()
    life.tell("2026-02-02", "inquiry.made", inquiry="I1", sort="survey", answer_by="2026-02-13")
    assert life.state("2026-02-13", "S2-6/回答[inquiry=I1]") == "in_effect"
    assert life.breached("2026-02-14", "S2-6/回答[inquiry=I1]") == D(2026, 2, 14)


@pytest.mark.shows("S2-9", "S2-23", "S2-24")
def test_care_and_the_two_riders_on_data_bind_every_day_of_the_term() -> None:
    life = two_years()
    for name in ("S2-9", "S2-23", "S2-24"):
        standing = life.view("2026-05-05", name)
        assert (standing.bearer, standing.due.continuous, standing.state) == ("contractor", True, "in_effect")
        assert life.state("2027-03-31", name) == "in_effect"
        assert life.state("2027-04-01", name) == "discharged"


@pytest.mark.shows("S2-20", "S2-7-1-後/変更")
def test_a_price_that_no_longer_fits_is_agreed_anew_and_the_old_one_stays_in_its_history() -> None:
    life = price_revised()
    assert life.state("2026-10-19", "S2-20[revision=E1]") == "in_effect"
    assert life.state("2026-10-20", "S2-20[revision=E1]") == "fulfilled"
    history = life.on("2026-10-20").fold.terms["price_yen"]
    assert [each.value for each in history] == [11_000_000, 11_550_000]


# ---- the first fiscal year ----


@pytest.mark.shows("S2-12-1-但-R7")
def test_the_report_of_the_first_year_is_due_on_its_last_day_even_if_nothing_is_done() -> None:
    life = signed_and_begun()
    assert life.due("2026-03-31", "S2-12-1-但-R7[e1]") == D(2026, 3, 31)
    assert life.state("2026-03-31", "S2-12-1-但-R7[e1]") == "in_effect"
    assert life.breached("2026-04-01", "S2-12-1-但-R7[e1]") == D(2026, 4, 1)
    first_year_in_part(life)
    assert life.view("2026-04-01", "S2-12-1-但-R7[e1]").performed_on == D(2026, 3, 25)
    assert life.breached("2026-04-01", "S2-12-1-但-R7[e1]") is None


@pytest.mark.shows("S2-12-2")
def test_the_committee_inspects_within_ten_days_the_day_of_receipt_not_counted() -> None:
    life = signed_and_begun()
    life.tell("2026-03-25", "report.received", sub_no="R7-1", scope="fiscal-year", fy="R7")
    due = life.view("2026-03-26", "S2-12-2[sub_no=R7-1]").due
    assert (due.day, due.raw, due.moved) == (D(2026, 4, 4), D(2026, 4, 4), D(2026, 4, 6))  # a Saturday, then Monday
    assert life.state("2026-04-04", "S2-12-2[sub_no=R7-1]") == "in_effect"
    late = life.view("2026-04-05", "S2-12-2[sub_no=R7-1]")
    assert (late.bearer, late.state, late.past_by_the_letter) == ("committee", "violated", True)
    life.chosen("count.sono-hi-kara", "included")
    assert life.due("2026-03-26", "S2-12-2[sub_no=R7-1]") == D(2026, 4, 3)
    life.chosen("count.sono-hi-kara", "excluded")
    life.chosen("holiday.in-force", "moved")
    assert life.state("2026-04-06", "S2-12-2[sub_no=R7-1]") == "in_effect"
    assert life.breached("2026-04-07", "S2-12-2[sub_no=R7-1]") == D(2026, 4, 7)


@pytest.mark.shows("S2-12-2", "S2-12-3", "S2-12-3-後")
def test_a_failed_inspection_makes_a_round_of_its_own() -> None:
    life = two_years()
    assert life.state("2026-04-04", "S2-12-2[sub_no=R7-1]") == "fulfilled"
    correction = life.view("2026-04-09", "S2-12-3[sub_no=R7-1]")
    assert (correction.bearer, correction.due.manner, correction.state) == ("contractor", "遅滞なく", "in_effect")
    assert life.state("2026-04-10", "S2-12-3[sub_no=R7-1]") == "fulfilled"
    again = life.view("2026-04-14", "S2-12-3-後[sub_no=R7-2]")
    assert (again.bearer, again.due.day, again.state) == ("committee", D(2026, 4, 20), "in_effect")
    assert life.state("2026-04-15", "S2-12-3-後[sub_no=R7-2]") == "fulfilled"
    life.chosen("count.sono-hi-kara", "included")
    assert life.due("2026-04-14", "S2-12-3-後[sub_no=R7-2]") == D(2026, 4, 19)
    assert life.due("2026-05-01", "S2-13-3[sub_no=R7-2]") == D(2026, 5, 19)


@pytest.mark.shows("S2-12-3")
def test_a_failed_inspection_without_an_order_to_correct_makes_no_round() -> None:
    life = signed_and_begun()
    life.tell("2026-03-25", "report.received", sub_no="R7-1", scope="fiscal-year", fy="R7")
    failed = {"sub_no": "R7-1", "scope": "fiscal-year", "result": "fail"}
    life.tell("2026-04-03", "inspection.held", correction_ordered=False, **failed)
    assert not life.exists("2026-04-10", "S2-12-3[sub_no=R7-1]")
    life.tell("2026-04-04", "inspection.held", correction_ordered=True, **failed)
    assert life.exists("2026-04-10", "S2-12-3[sub_no=R7-1]")


@pytest.mark.shows("S2-13-1-但", "S2-13-1-但/請求", "S2-13-2", "S2-13-2/上限", "S2-13-2/協議")
def test_a_part_payment_is_agreed_within_the_value_of_the_part_that_passed() -> None:
    life = two_years()
    for name in ("S2-13-2/協議", "S2-13-1-但/請求"):
        assert not life.exists("2026-04-17", f"{name}[sub_no=R7-1]")  # that round failed
    assert life.state("2026-04-16", "S2-13-2/協議[sub_no=R7-2]") == "in_effect"
    assert life.state("2026-04-16", "S2-13-1-但/請求[sub_no=R7-2]") == "not_arisen"
    assert life.state("2026-04-17", "S2-13-2/協議[sub_no=R7-2]") == "fulfilled"
    assert life.state("2026-04-17", "S2-13-1-但/請求[sub_no=R7-2]") == "available"
    assert life.yen("2026-04-17", "S2-13-2/上限[valuation=V1]") == 3_000_000
    assert life.yen("2026-04-17", "S2-13-2[valuation=V1]") == 2_000_000
    assert life.yen("2026-04-17", "S2-13-1-但[valuation=V1]") == 3_000_000
    assert life.yen("2026-05-19", "S2-13-1-但[valuation=V1]") == 1_000_000
    assert life.yen("2026-05-19", "S2-13-2[valuation=V1]") == 2_000_000


@pytest.mark.shows("S2-13-2", "S2-13-2/上限", "S2-12-1-但-R8")
def test_the_second_years_part_payment_stops_at_what_the_first_left() -> None:
    life = signed_and_begun()
    first_year_in_part(life)
    life.tell("2026-04-20", "invoice.received", sub_no="R7-2", under="S2-13-1-但/請求", yen=2_000_000)
    life.tell("2026-05-18", "price.paid", sub_no="R7-2", yen=2_000_000)
    life.tell("2027-03-25", "report.received", sub_no="R8-1", scope="fiscal-year", fy="R8")
    life.tell("2027-04-02", "inspection.held", sub_no="R8-1", scope="fiscal-year", result="pass")
    life.tell("2027-04-05", "part.valued", valuation="V2", value_yen=8_000_000)
    life.tell("2027-04-06", "part.agreed", valuation="V2", sub_no="R8-1", yen=7_000_000)
    assert life.state("2027-03-25", "S2-12-1-但-R8[e1]") == "fulfilled"
    assert life.yen("2027-04-06", "S2-13-2/上限[valuation=V2]") == 6_000_000  # 8,000,000 - 2,000,000
    assert life.yen("2027-04-06", "S2-13-2[valuation=V2]") == 6_000_000
    assert life.yen("2027-04-06", "S2-13-2[valuation=V1]") == 2_000_000


@pytest.mark.shows("S2-13-2/上限")
def test_no_valuation_lifts_a_part_payment_above_the_price() -> None:
    life = signed_and_begun()
    first_year_in_part(life, valued=12_000_000, agreed=12_000_000)
    assert life.yen("2026-04-17", "S2-13-2[valuation=V1]") == 11_000_000
    assert life.yen("2026-04-17", "S2-13-1-但[valuation=V1]") == 11_000_000


@pytest.mark.shows("S2-13-3")
def test_the_committee_pays_within_thirty_days_of_the_claim() -> None:
    life = two_years()
    payment = life.view("2026-05-01", "S2-13-3[sub_no=R7-2]")
    assert (payment.bearer, payment.counterparty, payment.state) == ("committee", "contractor", "in_effect")
    assert payment.due.day == D(2026, 5, 20)
    assert life.unpaid("2026-05-01", "S2-13-3[sub_no=R7-2]") == 2_000_000
    assert life.state("2026-05-18", "S2-13-3[sub_no=R7-2]") == "fulfilled"


@pytest.mark.shows("S2-13-1", "S2-13-1-但/請求")
def test_an_invoice_before_the_pass_claims_nothing_and_starts_no_thirty_days() -> None:
    life = signed_and_begun()
    life.tell("2026-03-25", "report.received", sub_no="R7-1", scope="fiscal-year", fy="R7")
    early = life.tell("2026-03-26", "invoice.received", sub_no="R7-1", under="S2-13-1-但/請求", yen=2_000_000)
    life.tell("2026-04-01", "inspection.held", sub_no="R7-1", scope="fiscal-year", result="pass")
    assert early in life.without_effect("2026-04-02")
    assert not life.exists("2026-04-02", "S2-13-3[sub_no=R7-1]")
    hasty = life.tell("2026-04-03", "invoice.received", sub_no="R7-1", under="S2-13-1-但/請求", yen=2_000_000)
    assert hasty in life.without_effect("2026-04-03")  # passed, but the amount is not agreed
    life.tell("2027-03-01", "report.received", sub_no="R8-1", scope="completion", fy="R8")
    whole = life.tell("2027-03-02", "invoice.received", sub_no="R8-1", under="S2-13-1", yen=11_000_000)
    assert whole in life.without_effect("2027-03-03")
    life.tell(
        "2027-03-03", "inspection.held", sub_no="R8-1", scope="completion", result="fail", correction_ordered=True
    )
    assert not life.exists("2027-03-03", "S2-13-1[sub_no=R8-1]")
    assert not life.exists("2027-03-03", "S2-13-1[sub_no=R7-1]")  # a yearly pass gives no claim of the rest
    life.tell("2027-03-08", "correction.notified", sub_no="R8-2", answers="R8-1")
    life.tell("2027-03-12", "inspection.held", sub_no="R8-2", scope="completion", result="pass")
    assert life.state("2027-03-12", "S2-13-1[sub_no=R8-2]") == "available"
    assert not life.exists("2027-03-12", "S2-13-1-但/請求[sub_no=R8-2]")


@pytest.mark.shows("S2-13-1/過大", "S2-13-1-但/過大")
def test_what_an_invoice_asks_beyond_its_due_is_shown_beside_it() -> None:
    life = two_years()
    assert life.yen("2026-04-20", "S2-13-1-但/過大[sub_no=R7-2]") == 0
    assert life.yen("2027-03-10", life.the("2027-03-10", "S2-13-1/過大").id) == 0
    life = signed_and_begun()
    first_year_in_part(life)
    life.tell("2026-04-20", "invoice.received", sub_no="R7-2", under="S2-13-1-但/請求", yen=2_200_000)
    assert life.yen("2026-04-20", "S2-13-1-但/過大[sub_no=R7-2]") == 200_000
    life.tell("2026-05-18", "price.paid", sub_no="R7-2", yen=2_000_000)
    life.tell("2027-03-08", "inspection.held", sub_no="R8-1", scope="completion", result="pass")
    life.tell("2027-03-10", "invoice.received", sub_no="R8-1", under="S2-13-1", yen=11_000_000)
    assert life.yen("2027-03-10", life.the("2027-03-10", "S2-13-1/過大").id) == 2_000_000
    life.tell("2027-04-08", "price.paid", sub_no="R8-1", yen=9_000_000)
    assert life.yen("2027-04-09", life.the("2027-04-09", "S2-13-1/過大").id) == 2_000_000


# ---- the second fiscal year ----


@pytest.mark.shows("S2-1-1", "S2-12-1", "S2-12-1-但-R8")
def test_the_work_is_done_before_the_deadline_and_reported_without_delay() -> None:
    life = two_years()
    assert life.due("2026-05-01", "S2-1-1[e1]") == D(2027, 3, 31)
    done = life.view("2027-03-09", "S2-1-1[e1]")
    assert (done.state, done.performed_on, done.breached_on) == ("fulfilled", D(2027, 2, 26), None)
    report = life.the("2027-02-28", "S2-12-1")
    assert (report.bearer, report.due.manner, report.state) == ("contractor", "遅滞なく", "in_effect")
    assert life.the("2027-03-01", "S2-12-1").state == "fulfilled"
    assert life.due("2026-05-01", "S2-12-1-但-R8[e1]") == D(2027, 3, 31)
    assert life.state("2027-03-01", "S2-12-1-但-R8[e1]") == "fulfilled"


@pytest.mark.shows("S2-12-1", "S2-12-1-但-R8")
def test_a_yearly_report_is_no_report_of_completion() -> None:
    life = signed_and_begun()
    life.tell("2027-02-26", "work.finished")
    life.tell("2027-03-25", "report.received", sub_no="R8-1", scope="fiscal-year", fy="R8")
    assert life.state("2027-03-26", "S2-12-1-但-R8[e1]") == "fulfilled"
    assert life.the("2027-03-26", "S2-12-1").state == "in_effect"


@pytest.mark.shows("S2-13-1", "S2-13-1/残額", "S2-13-3")
def test_after_the_last_pass_the_rest_of_the_price_is_claimed_and_paid() -> None:
    life = two_years()
    assert life.due("2027-03-02", "S2-12-2[sub_no=R8-1]") == D(2027, 3, 11)
    assert life.state("2027-03-08", "S2-13-1[sub_no=R8-1]") == "available"
    rest = life.the("2027-03-08", "S2-13-1/残額").id
    assert life.yen("2027-03-08", rest) == 9_000_000
    assert life.due("2027-03-11", "S2-13-3[sub_no=R8-1]") == D(2027, 4, 9)
    assert life.state("2027-04-07", "S2-13-3[sub_no=R8-1]") == "in_effect"  # the term is over, the debt is not
    assert life.state("2027-04-08", "S2-13-3[sub_no=R8-1]") == "fulfilled"
    assert life.yen("2027-04-08", rest) == 0


@pytest.mark.shows("S2-H2", "S2-13-3")
def test_the_term_ends_with_its_last_day_and_nobody_is_in_breach() -> None:
    life = two_years()
    assert life.on("2027-03-31T23:59").status == "in_force"
    result = life.on("2027-04-30")
    assert result.status == "expired"
    mine = [each for each in result.views.values() if not each.provision.startswith(("S2-D", "S2-P"))]
    assert [each.id for each in mine if each.breached_on is not None] == []
    assert result.flags == ()


# ---- words, and what is outside ----


@pytest.mark.shows(
    "S2-H1",
    "S2-H5-定-甲/乙",
    "S2-1-1-定-業務委託料",
    "S2-1-1-定-履行期限",
    "S2-1-1-定-委託業務",
    "S2-2-定-業務主任技術者",
    "S2-14-1-定-契約不適合",
    "S2-21-1-定-著作権",
    "S2-21-5-定-乙著作物",
)
def test_a_word_of_the_contract_means_in_its_part_what_the_glossary_says(clause: Callable[[str], Provision]) -> None:
    words = {
        "S2-H1": "委託業務の名称",
        "S2-H5-定-甲/乙": "甲・乙",
        "S2-1-1-定-業務委託料": "業務委託料",
        "S2-1-1-定-履行期限": "履行期限",
        "S2-1-1-定-委託業務": "委託業務",
        "S2-2-定-業務主任技術者": "業務主任技術者",
        "S2-14-1-定-契約不適合": "契約不適合",
        "S2-21-1-定-著作権": "著作権",
        "S2-21-5-定-乙著作物": "乙著作物",
    }
    for name, word in words.items():
        found = clause(name)
        assert isinstance(found, Definition)
        assert found.term == word
        assert "S2" in names(found.scope)


@pytest.mark.shows("S2-22")
def test_going_to_court_stays_outside_and_the_text_names_the_courts_at_the_committees_seat(
    clause: Callable[[str], Provision],
) -> None:
    courts = clause("S2-22")
    assert isinstance(courts, Outside)
    assert "甲の所在地" in courts.ja
    assert not two_years().exists("2027-04-30", "S2-22")
