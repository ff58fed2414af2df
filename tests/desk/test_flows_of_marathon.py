"""The flows of the marathon contract, clicked from start to end by its two sides with their own accounts."""

from __future__ import annotations

import datetime as dt

import pytest
from desk_under_test import text_of
from telling_by_hand import Table, marathon


@pytest.fixture
def table(desk) -> Table:
    """A contract of its own on a Tuesday morning in November 2025."""
    at(desk, "2025-11-04")
    return marathon(desk)


def at(desk, day: str, hour: int = 9) -> None:
    """Moves the desk's clock."""
    desk.move_to(dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour)))


def at_work(table: Table) -> Table:
    """The schedule is fit and the work goes on."""
    table.tell("shiraishi", "schedule.submitted", version="1")
    table.tell("morita", "schedule.reviewed", version="1", result="fit")
    return table


def test_the_works_schedule_is_submitted_found_unfit_talked_over_and_found_fit(table):
    next_page = table.tell("shiraishi", "schedule.submitted", version="1")
    assert "業務工程表の審査" in text_of(next_page.text)
    table.tell("morita", "schedule.reviewed", instance="S2-3-2[version=1]", result="unfit")
    talks = table.the("S2-3-2/協議")
    table.tell("morita", "consultation.agreed", instance=talks, confirmed_by="shiraishi")
    table.tell("shiraishi", "schedule.submitted", version="2")
    table.tell("morita", "schedule.reviewed", instance="S2-3-2[version=2]", result="fit")
    assert table.state("S2-3-2[version=2]") == "fulfilled"
    assert table.state(talks) == "fulfilled"


def test_a_subcontract_passes_report_consent_and_plan_before_it_starts(table):
    table.tell("shiraishi", "subcontract.planned", sub="計測", tier="first", personal=True)
    table.tell("shiraishi", "subcontract.reported", instance="S2-5-1[sub=計測]")
    table.tell("morita", "subcontract.doubted", sub="計測", party="committee")
    table.tell("shiraishi", "consultation.agreed", instance="S2-5-3[sub=計測]", confirmed_by="morita")
    table.tell("morita", "subcontract.consented", sub="計測")
    table.tell("shiraishi", "subcontract-plan.submitted", sub="計測")
    table.tell("morita", "subcontract-plan.approved", sub="計測")
    started = table.preview("shiraishi", "subcontract.started", sub="計測", tier="first", personal=True)
    assert "違反になる" not in started.text
    table.tell("shiraishi", "subcontract.started", sub="計測", tier="first", personal=True)
    assert table.state("S2-5-1[sub=計測]") == "fulfilled"


def test_a_subcontract_that_starts_through_no_gate_is_shown_as_a_breach_before_it_is_recorded(table):
    shown = table.preview("shiraishi", "subcontract.started", sub="警備", tier="first", personal=True)
    assert "違反になる" in shown.text


def test_the_work_is_changed_for_a_price_that_both_sides_confirm_and_the_loss_made_good(desk, table):
    at(desk, "2026-06-01")
    table.tell("morita", "change.ordered", change="C1", sort="content")
    table.tell(
        "morita",
        "finding.made",
        party="committee",
        on="S2-7-1-後/必要",
        result=True,
        person="森田",
        reason="コースの変更",
        instance="S2-7-1-後[change=C1]",
    )
    table.tell(
        "morita",
        "amendment.agreed",
        confirmed_by="shiraishi",
        instance="S2-7-1-後[change=C1]",
        price_changed=True,
        price_yen="12,000,000",
        deadline_changed=False,
    )
    assert table.state("S2-7-1-後[change=C1]") == "fulfilled"
    at(desk, "2026-06-20")
    table.tell("shiraishi", "loss.claimed", change="C1")
    table.tell("shiraishi", "loss.agreed", change="C1", yen="300000", confirmed_by="morita")
    loss = table.the("S2-7-2")
    table.tell("shiraishi", "date.set", instance=loss, date="2026-07-31")
    at(desk, "2026-07-30")
    table.tell("ono", "payment.made", instance=loss, party="committee")
    assert table.state(loss) == "fulfilled"


def test_the_work_rests_and_is_resumed(desk, table):
    at(desk, "2026-08-03")
    table.tell("morita", "change.ordered", change="C2", sort="suspension")
    assert table.state(table.the("S2-1-1")) == "suspended"
    at(desk, "2026-09-02")
    table.tell("morita", "work.resumed")
    assert table.state(table.the("S2-1-1")) != "suspended"


def test_more_time_without_fault_is_asked_for_and_agreed(desk, table):
    at(desk, "2027-02-15")
    table.tell("shiraishi", "delay.foreseen", delay="D2")
    table.tell(
        "shiraishi",
        "finding.made",
        on="S2-8/責めなし",
        result=True,
        person="白石",
        reason="台風",
        confirmed_by="morita",
    )
    table.tell("shiraishi", "extension.requested", delay="D2")
    table.tell("shiraishi", "extension.agreed", delay="D2", until="2027-04-30", confirmed_by="morita")
    assert table.result().views[table.the("S2-1-1")].due.day == dt.date(2027, 4, 30)


def test_more_time_by_fault_costs_a_late_charge_that_is_dated_and_paid(desk, table):
    at(desk, "2027-03-24")
    for clause in ("S2-11-1/責め", "S2-11-1/見込み"):
        table.tell(
            "morita", "finding.made", on=clause, result=True, person="森田", reason="人手不足", party="committee"
        )
    table.tell("morita", "deadline.extended", delay="D1", until="2027-06-30")
    at(desk, "2027-05-20")
    table.tell("shiraishi", "work.finished")
    table.tell("morita", "report.received", sub_no="R8-1", scope="completion", fy="R8")
    at(desk, "2027-05-28")
    table.tell("kanda", "inspection.held", instance="S2-12-2[sub_no=R8-1]", result="pass", passed_on="2027-05-28")
    table.tell("morita", "work.completed", on="2027-05-20")
    charge = table.the("S2-11-2")
    assert int(table.result().money(charge).unpaid_yen) == 37_600
    table.tell("morita", "date.set", instance=charge, date="2027-06-30", party="committee")
    at(desk, "2027-06-30")
    paid = table.tell("ono", "payment.made", instance=charge, party="committee")
    assert "37,600" in text_of(paid.text)
    assert table.state(charge) == "fulfilled"


def test_report_inspection_correction_inspection_part_payment_completion_and_the_rest(desk, table):
    at_work(table)
    at(desk, "2026-03-25")
    table.tell("morita", "report.received", sub_no="R7-1", scope="fiscal-year", fy="R7")
    at(desk, "2026-04-03")
    failed = table.tell(
        "kanda", "inspection.held", instance="S2-12-2[sub_no=R7-1]", result="fail", correction_ordered=True
    )
    assert "補正完了の届" in text_of(failed.text)
    at(desk, "2026-04-10")
    table.tell("shiraishi", "correction.notified", instance="S2-12-3[sub_no=R7-1]", sub_no="R7-2")
    at(desk, "2026-04-15")
    table.tell("kanda", "inspection.held", sub_no="R7-2", scope="fiscal-year", result="pass")
    table.tell("kanda", "part.valued", valuation="V1", value_yen="3,000,000")
    table.tell("morita", "part.agreed", valuation="V1", sub_no="R7-2", yen="2,000,000", confirmed_by="shiraishi")
    at(desk, "2026-04-20")
    table.tell("morita", "invoice.received", sub_no="R7-2", under="S2-13-1-但/請求", yen="2000000")
    at(desk, "2026-05-18")
    part = next(name for name in table.result().views if name.startswith("S2-13-3[") and "R7-2" in name)
    table.tell("ono", "price.paid", instance=part)
    assert table.state(part) == "fulfilled"
    at(desk, "2027-02-26")
    table.tell("shiraishi", "work.finished")
    at(desk, "2027-03-01")
    table.tell("morita", "report.received", sub_no="R8-1", scope="completion", fy="R8")
    at(desk, "2027-03-08")
    table.tell("kanda", "inspection.held", instance="S2-12-2[sub_no=R8-1]", result="pass", passed_on="2027-03-08")
    table.tell("morita", "work.completed", on="2027-02-26")
    table.tell("morita", "invoice.received", sub_no="R8-1", under="S2-13-1", yen="9,000,000")
    at(desk, "2027-04-01")
    rest = next(name for name in table.result().views if name.startswith("S2-13-3[") and "R8-1" in name)
    table.tell("ono", "price.paid", instance=rest)
    assert table.state(rest) == "fulfilled"
    assert table.state(table.the("S2-1-1")) == "fulfilled"
    assert table.flags() == []


def test_late_payment_bears_interest_that_the_contractor_claims_and_the_client_finds_due(desk, table):
    at(desk, "2026-03-25")
    table.tell("morita", "report.received", sub_no="R7-1", scope="fiscal-year", fy="R7")
    at(desk, "2026-04-03")
    table.tell("kanda", "inspection.held", sub_no="R7-1", scope="fiscal-year", result="pass")
    table.tell("kanda", "part.valued", valuation="V1", value_yen="5000000")
    table.tell("morita", "part.agreed", valuation="V1", sub_no="R7-1", yen="5000000", confirmed_by="shiraishi")
    at(desk, "2026-04-21")
    table.tell("morita", "invoice.received", sub_no="R7-1", under="S2-13-1-但/請求", yen="5000000")
    at(desk, "2026-06-15")
    owed = next(name for name in table.result().views if name.startswith("S2-13-3["))
    table.tell("ono", "price.paid", instance=owed)
    assert table.result().views[owed].breached_on is not None
    table.tell(
        "shiraishi",
        "finding.made",
        on="S2-11-3/責め",
        result=True,
        person="白石",
        reason="支払の遅れ",
        confirmed_by="morita",
    )
    table.tell("shiraishi", "interest.claimed", sub_no="R7-1")
    interest = table.the("S2-11-4")
    table.tell("shiraishi", "date.set", instance=interest, date="2026-06-30")
    table.tell("ono", "payment.made", instance=interest, party="committee")
    assert table.state(interest) == "fulfilled"


def test_a_nonconformity_is_notified_cured_and_another_reduces_the_price(desk, table):
    at(desk, "2026-11-10")
    table.tell("morita", "defect.known", defect="N1", sort="quality")
    table.tell("morita", "defect.notified", defect="N1")
    table.tell("morita", "cure.demanded", defect="N1", cure_by="2026-11-30", sort="repair")
    at(desk, "2026-11-25")
    table.tell("morita", "cure.done", instance=table.the("S2-14-1/追完"))
    assert table.state(table.the("S2-14-1/追完")) == "fulfilled"
    at(desk, "2026-12-01")
    table.tell("morita", "defect.known", defect="N2", sort="kind")
    table.tell("morita", "cure.demanded", defect="N2", cure_by="2026-12-10", sort="replacement")
    at(desk, "2026-12-14")
    table.tell("morita", "reduction.claimed", defect="N2", yen="700000")
    assert table.state("S2-14-2[defect=N2]") == "exercised"


def test_a_demand_in_vain_a_termination_by_two_persons_settlement_penalty_and_damages(desk, table):
    at(desk, "2027-04-05")
    table.tell("morita", "demand.received", demand="M1", perform_by="2027-04-20")
    at(desk, "2027-04-26")
    ended = table.tell(
        "morita", "termination.notified", case="T1", under="S2-16", party="committee", confirmed_by="kanda"
    )
    assert "神田 悠" in ended.text
    assert table.result().status == "terminated"
    penalty = table.the("S2-18-2")
    table.tell("morita", "date.set", instance=penalty, date="2027-05-31", party="committee")
    at(desk, "2027-05-10")
    table.tell("kanda", "settlement.valued", settlement="S1", basis="terminated", separable=True, value_yen="5000000")
    settled = table.the("S2-18-1")
    table.tell("shiraishi", "date.set", instance=settled, date="2027-06-30")
    table.tell("morita", "excess.claimed", case="T1", loss_yen="1500000")
    for debt in (penalty, settled):
        table.tell("ono", "payment.made", instance=debt, party="committee")
        assert table.state(debt) == "fulfilled"


def test_damage_by_the_client_is_shared_by_agreement_and_paid(desk, table):
    at(desk, "2026-09-01")
    table.tell("morita", "damage.counted", damage="A3", fault="committee", payee="third", yen="60000")
    table.tell("shiraishi", "damage.agreed", damage="A3", yen="50000", confirmed_by="morita")
    share = table.the("S2-10-但")
    table.tell("shiraishi", "date.set", instance=share, date="2026-09-30")
    at(desk, "2026-09-30")
    table.tell("ono", "payment.made", instance=share, party="committee")
    assert table.state(share) == "fulfilled"


def test_improper_intervention_is_reported_filed_with_the_police_and_countered(desk, table):
    at(desk, "2026-10-01")
    table.tell("shiraishi", "intervention.suffered", intervention="F1")
    table.tell("morita", "intervention.reported", intervention="F1")
    table.tell("shiraishi", "intervention.filed-with-police", intervention="F1")
    table.tell("morita", "intervention.countered", intervention="F1")
    assert table.state("S2-R5-1[intervention=F1]") == "fulfilled"
    assert table.state("S2-R5-2[intervention=F1]") == "fulfilled"


def test_low_bid_papers_are_asked_for_surveyed_explained_and_guided(desk, table):
    at(desk, "2026-05-11")
    early = table.preview("morita", "low-bid-papers.requested", request="L0")
    assert "効力を生じません" in early.text
    table.tell(
        "morita",
        "finding.made",
        party="prefecture",
        on="S2-L1/適用",
        result=True,
        person="森田",
        reason="低入札価格調査を経た契約",
    )
    table.tell("morita", "low-bid-papers.requested", request="L1")
    table.tell("shiraishi", "low-bid-papers.handed-in", instance=table.the("S2-L2-2/提出"))
    table.tell("morita", "low-bid-survey.announced", survey="Y1")
    table.tell("morita", "low-bid-survey.assisted", instance=table.the("S2-L3-1-後"))
    table.tell("morita", "deviation.found", deviation="W1")
    table.tell("morita", "explanation.asked", deviation="W1")
    table.tell("morita", "explanation.judged", deviation="W1", result="unjustified")
    table.tell("morita", "guidance.given", instance=table.the("S2-L4-1/指導"))
    assert table.state(table.the("S2-L2-2/提出")) == "fulfilled"
    assert table.state(table.the("S2-L4-1/指導")) == "fulfilled"


def test_personal_data_goes_astray_is_reported_handled_published_and_paid_for(desk, table):
    at(desk, "2026-10-01")
    table.tell("shiraishi", "violation.known", incident="P1")
    table.tell("shiraishi", "violation.reported", incident="P1")
    table.tell("morita", "violation.instructed", incident="P1")
    table.tell("morita", "violation.handled", incident="P1")
    table.tell("morita", "leak.occurred", incident="P1")
    table.tell("morita", "publication.decided", incident="P1")
    table.tell(
        "morita", "finding.made", on="S2-P9-1", result=True, person="森田", reason="従事者の責め", party="committee"
    )
    table.tell("morita", "leak-damages.claimed", claim="Q1", yen="2920000")
    debt = table.the("S2-P9/賠償額")
    table.tell("morita", "date.set", instance=debt, date="2026-10-30", party="committee")
    at(desk, "2026-10-30")
    table.tell("ono", "payment.made", instance=debt, party="committee")
    assert table.state(debt) == "fulfilled"


def test_a_data_incident_is_reported_within_the_hour_and_followed_to_prevention(desk, table):
    at(desk, "2026-09-14", 14)
    table.tell("shiraishi", "data-incident.recognised", incident="I-1", threat="loss")
    table.tell("shiraishi", "data-incident.first-reported", incident="I-1", caller="白石", whom="担当課")
    table.tell("shiraishi", "data-incident.detailed", incident="I-1")
    table.tell("shiraishi", "data-incident.paper-submitted", incident="I-1")
    table.tell("morita", "data-incident.instructed", incident="I-1", instruction="1", do_by="2026-09-18")
    at(desk, "2026-09-17")
    table.tell("shiraishi", "data-incident.instruction-done", incident="I-1", instruction="1")
    table.tell("shiraishi", "data-incident.report-submitted", incident="I-1")
    table.tell("shiraishi", "prevention.submitted", incident="I-1")
    table.tell("morita", "prevention.approved", incident="I-1")
    table.tell("shiraishi", "prevention.implemented", incident="I-1")
    assert table.state("S2-D4.1-6-ア[incident=I-1]") == "fulfilled"
    assert table.state("S2-D4.1-6-オ[incident=I-1]") == "fulfilled"


def test_the_deliverable_is_handed_over_with_its_rights_and_reused_with_leave(desk, table):
    at(desk, "2027-03-09")
    table.tell("morita", "deliverable.handed-over", deliverable="記録映像")
    table.tell("morita", "rights.transferred", instance="S2-21-1[deliverable=記録映像]")
    table.tell("shiraishi", "foreign-work.found", work="主題歌")
    table.tell("shiraishi", "foreign-work.licensed", instance="S2-21-4[work=主題歌]")
    table.tell("shiraishi", "reuse.planned", reuse="U1")
    table.tell("morita", "reuse.approved", reuse="U1")
    table.tell("shiraishi", "reuse.started", reuse="U1")
    assert table.state("S2-21-1[deliverable=記録映像]") == "fulfilled"
    assert table.state("S2-21-1-後[reuse=U1]") == "fulfilled"


def test_a_doubt_is_raised_by_one_side_and_settled_by_both(table):
    table.tell("shiraishi", "doubt.raised", doubt="B1")
    waiting = table.people["shiraishi"].get(f"/acts/{table.contract}/")
    assert "協議の成立" in waiting.text
    table.tell("shiraishi", "consultation.agreed", instance="S2-25[doubt=B1]", confirmed_by="morita")
    assert table.state("S2-25[doubt=B1]") == "fulfilled"


def test_the_books_of_personal_data_are_surveyed_and_the_instruction_met(table):
    table.tell("morita", "audit.announced", audit="K1")
    table.tell("morita", "audit.instructed", audit="K1", answer_by="2025-11-20")
    table.tell("morita", "audit.answered", instance=table.the("S2-P8-1-後/対応"))
    assert table.state(table.the("S2-P8-1-後/対応")) == "fulfilled"


def test_the_page_of_flows_shows_each_step_and_where_it_stands(table):
    table.tell("shiraishi", "schedule.submitted", version="1")
    page = table.people["morita"].get(f"/acts/{table.contract}/flows")
    words = text_of(page.text)
    assert page.status == 200
    assert "業務工程表と審査" in words
    assert "いまできる" in words
    assert "記録あり" in words
    assert "低入札の確認・調査・弁明・指導" in words
