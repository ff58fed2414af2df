"""The flows of the certificates contract, clicked from start to end by its two sides with their own accounts."""

from __future__ import annotations

import datetime as dt

import pytest
from desk_under_test import text_of
from telling_by_hand import Table, certificates


@pytest.fixture
def table(desk) -> Table:
    """A contract of its own, in its first June."""
    at(desk, "2026-06-01")
    return certificates(desk)


def at(desk, day: str, hour: int = 9) -> None:
    """Moves the desk's clock."""
    desk.move_to(dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour)))


def month_closed(table: Table, month: str = "2026-05", last_day: str = "2026-05-31") -> None:
    """A month with 1,000 copies at 300 yen."""
    table.tell(
        "minato", "month.closed", month=month, fees_yen="300,000", issued=1000, voided=0, copies=1000, last_day=last_day
    )


def test_the_month_is_closed_dated_offset_and_paid(desk, table):
    month_closed(table)
    owed = "S1-12-2[month=2026-05]"
    table.tell("morita", "date.set", instance=owed, date="2026-06-30")
    at(desk, "2026-06-29")
    table.tell("ono", "commission.offset", month="2026-05", yen="123000")
    table.tell("ono", "fees.received", instance=owed)
    assert table.state(owed) == "fulfilled"


def test_late_fees_bear_a_charge_that_two_persons_of_the_client_waive(desk, table):
    month_closed(table)
    owed = "S1-12-2[month=2026-05]"
    table.tell("morita", "date.set", instance=owed, date="2026-06-30")
    at(desk, "2026-07-20")
    charge = "S1-15-1[month=2026-05]"
    assert charge in table.result().views
    waived = table.tell("morita", "charge.waived", month="2026-05", reason="銀行の障害", confirmed_by="ono")
    assert "小野 美咲" in waived.text
    assert table.state("S1-15-1-但[month=2026-05]") == "exercised"


def test_a_subcontract_is_applied_for_and_consented_to_before_it_starts(table):
    table.tell("minato", "subcontract.applied", sub="保守会社")
    table.tell("morita", "subcontract.consented", sub="保守会社")
    shown = table.preview("minato", "subcontract.started", sub="保守会社")
    assert "違反になる" not in shown.text
    without = table.preview("minato", "subcontract.started", sub="だれにも言わない会社")
    assert "違反になる" in without.text


def test_an_operator_joins_bound_and_with_its_officer_and_leaves(table):
    for kind in ("operator.contracted", "operator.bound", "officer.appointed", "operator.started"):
        table.tell("minato", kind, operator="潮風マート")
    assert table.state("S1-7-3[operator=潮風マート]") == "fulfilled"
    table.tell("minato", "operator.left", operator="潮風マート")
    assert table.state("S1-7-3[operator=潮風マート]") == "discharged"


def test_the_books_are_inspected_after_notice_and_what_is_wrong_is_put_right(desk, table):
    table.tell("morita", "inspection.planned", inspection="KS-9")
    table.tell("morita", "inspection.notified", inspection="KS-9")
    table.tell("minato", "inspection.agreed", inspection="KS-9")
    at(desk, "2026-06-10")
    table.tell("kanda", "books.inspected", inspection="KS-9", from_="2026-06-09", to="2026-06-10")
    table.tell("morita", "followup.ordered", inspection="KS-9", sort="attend")
    table.tell("morita", "report.ordered", inspection="KS-9")
    table.tell("minato", "followup.reported", inspection="KS-9")
    table.tell("morita", "finding.made", on="S1-11-3-後/不相当", result=True, person="神田", reason="綴りが足りない")
    table.tell("morita", "correction.demanded", inspection="KS-9")
    table.tell("minato", "correction.done", inspection="KS-9")
    table.tell("morita", "correction.confirmed", inspection="KS-9")
    assert table.state("S1-11-2[inspection=KS-9]") == "fulfilled"
    assert table.state("S1-11-3-後/是正[inspection=KS-9]") == "fulfilled"
    assert table.flags() == []


def test_books_inspected_without_notice_are_shown_as_the_clients_breach(table):
    shown = table.preview("kanda", "books.inspected", inspection="KS-0", from_="2026-06-01", to="2026-06-01")
    assert "違反になる" in shown.text


def test_an_accident_is_reported_and_dealt_with(table):
    for kind in ("accident.happened", "accident.reported", "accident.handled"):
        table.tell("minato", kind, incident="J-9")
    assert table.state("S1-13[incident=J-9]") == "fulfilled"
    assert table.state("S1-13/措置[incident=J-9]") == "fulfilled"


def test_a_complaint_goes_from_the_contractor_to_the_client_who_settles_it(table):
    table.tell("minato", "complaint.received", complaint="K-9")
    reported = table.tell("minato", "complaint.reported", instance="S1-14-乙[complaint=K-9]")
    assert "折衝の終了" in text_of(reported.text)
    table.tell("morita", "complaint.settled", complaint="K-9")
    assert table.state("S1-14-甲[complaint=K-9]") == "fulfilled"


def test_damages_are_claimed_documented_dated_and_paid(desk, table):
    table.tell(
        "morita",
        "damages.claimed",
        claim="C1",
        under="S1-16-1",
        claimant="甲",
        category="ordinary-direct",
        yen="50,000",
    )
    debt = table.the("S1-16-1/甲への賠償")
    table.tell("morita", "date.set", instance=debt, date="2026-06-30")
    at(desk, "2026-06-30")
    table.tell("minato", "payment.made", instance=debt, confirmed_by="ono")
    assert table.state(debt) == "fulfilled"


def test_a_demand_in_vain_ends_the_contract_by_two_persons_and_the_work_is_handed_over(desk, table):
    table.tell("morita", "demand.received", demand="D1", to="乙")
    at(desk, "2026-06-22")
    table.tell("morita", "termination.notified", case="T1", extent="whole", confirmed_by="kanda")
    assert table.result().status == "terminated"
    table.tell("minato", "handover.delivered")
    table.tell("morita", "handover.signed-off")
    assert table.state(table.the("S1-19")) == "fulfilled"


def test_the_contractor_terminates_after_a_demand_and_a_warning_by_two_of_its_own(desk, table):
    table.tell("minato", "demand.received", demand="D2", to="甲")
    table.tell("minato", "termination.planned", case="T2")
    at(desk, "2026-06-22")
    table.tell("minato", "termination.forewarned", case="T2")
    table.tell("minato", "termination.declared", case="T2", confirmed_by="sakai")
    assert table.result().status == "terminated"


def test_an_objection_in_time_stops_the_renewal(desk, table):
    at(desk, "2027-02-01")
    table.tell("morita", "objection.arrived", instance=table.the("S1-21-但"))
    at(desk, "2027-04-05")
    assert table.result().status == "expired"


def test_the_contract_ends_early_by_notice_of_two_persons_and_the_fees_are_settled(desk, table):
    table.tell("minato", "cancellation.notified", end_on="2026-08-31", confirmed_by="sakai")
    at(desk, "2026-09-01")
    assert table.result().status == "cancelled"
    table.tell("minato", "handover.delivered")
    table.tell("morita", "handover.signed-off")
    table.tell("morita", "settlement.completed")
    assert table.state(table.the("S1-19")) == "fulfilled"


def test_a_misprint_is_refunded_marked_void_and_handed_over(table):
    table.tell("minato", "misprint.refunded", order="ZH-1", several=True, yen="600")
    for kind in ("sheet.stamped", "order.stamped"):
        table.tell("minato", kind, order="ZH-1")
    shown = table.preview("minato", "sheet.handed-over", order="ZH-1", several=True)
    assert "違反になる" not in shown.text


def test_a_doubt_is_settled_once_the_other_side_confirms_the_answer(table):
    table.tell("morita", "doubt.raised", question="Q1")
    table.tell(
        "morita", "doubt.settled", question="Q1", answer="別表の時刻による", from_="2026-06-01", confirmed_by="minato"
    )
    assert table.state("S1-24[question=Q1]") == "fulfilled"
