"""What was told wrongly is told anew: the difference is shown first, and what was known before can still be asked."""

from __future__ import annotations

import pytest
from contracts_lives import instant
from marathon_lives import D, late_by_fault, paid_late, signed_and_begun, two_years

from itaku.contracts.engine.result import replay
from itaku.contracts.engine.whatif import what_if


@pytest.mark.shows("S2-12-2", "S2-12-1-但-R7")
def test_another_day_of_receipt_clears_the_committee_and_puts_the_contractor_in_breach() -> None:
    life = paid_late()
    (receipt,) = [each for each in life.events if each.kind == "report.received"]
    fields = {"sub_no": "R7-1", "scope": "fiscal-year", "fy": "R7"}
    anew = life.event("2026-04-04", "report.received", corrects=receipt.id, **fields)
    found = what_if(life.contract, life.events, [anew], instant("2026-04-30"))
    changed = {each.id: each for each in found.changes}
    inspection, report = changed["S2-12-2[sub_no=R7-1]"], changed["S2-12-1-但-R7[e1]"]
    assert inspection.before is not None
    assert inspection.after is not None
    assert (inspection.before.breached_on, inspection.after.breached_on) == (D(2026, 4, 5), None)
    assert inspection.after.due.day == D(2026, 4, 14)
    assert report.before is not None
    assert report.after is not None
    assert (report.before.breached_on, report.after.breached_on) == (None, D(2026, 4, 1))
    assert life.breached("2026-04-30", "S2-12-2[sub_no=R7-1]") == D(2026, 4, 5)  # only asked, nothing told


@pytest.mark.shows("S2-11-2", "S2-1-1")
def test_taking_an_extension_back_leaves_its_date_and_its_payments_for_a_person_to_look_at() -> None:
    life = late_by_fault()
    (granted,) = [each for each in life.events if each.kind == "deadline.extended"]
    before = life.on("2027-07-31").views
    life.void(granted.id)
    assert not life.exists("2027-07-31", "S2-11-2[delay=D1]")
    assert life.breached("2027-07-31", "S2-1-1[e1]") == D(2027, 4, 1)
    assert "orphan" in life.flagged("2027-07-31")
    life.tell("2027-03-24", "deadline.extended", delay="D1", until="2027-06-30")
    again = life.on("2027-07-31").views
    assert again["S2-11-2[delay=D1]"].state == before["S2-11-2[delay=D1]"].state == "fulfilled"


@pytest.mark.shows("S2-12-3", "S2-12-3-後")
def test_each_failure_makes_another_round_and_only_the_pass_ends_them() -> None:
    life = signed_and_begun()
    life.tell("2026-03-02", "report.received", sub_no="R7-1", scope="fiscal-year", fy="R7")
    failed = {"scope": "fiscal-year", "result": "fail", "correction_ordered": True}
    life.tell("2026-03-10", "inspection.held", sub_no="R7-1", **failed)
    life.tell("2026-03-16", "correction.notified", sub_no="R7-2", answers="R7-1")
    life.tell("2026-03-20", "inspection.held", sub_no="R7-2", **failed)
    life.tell("2026-03-24", "correction.notified", sub_no="R7-3", answers="R7-2")
    assert life.state("2026-03-25", "S2-12-3[sub_no=R7-1]") == "fulfilled"
    assert life.state("2026-03-25", "S2-12-3[sub_no=R7-2]") == "fulfilled"
    assert life.due("2026-03-25", "S2-12-3-後[sub_no=R7-2]") == D(2026, 3, 26)
    assert life.due("2026-03-25", "S2-12-3-後[sub_no=R7-3]") == D(2026, 4, 3)
    life.tell("2026-03-31", "inspection.held", sub_no="R7-3", scope="fiscal-year", result="pass")
    assert not life.exists("2026-04-01", "S2-12-3[sub_no=R7-3]")
    assert life.state("2026-04-01", "S2-12-3-後[sub_no=R7-3]") == "fulfilled"


@pytest.mark.shows("S2-13-3")
def test_what_was_known_then_can_be_asked_for_later() -> None:
    life = two_years()
    (paid,) = [each for each in life.events if each.kind == "price.paid" and each.fields["sub_no"] == "R7-2"]
    life.tell("2026-05-25", "price.paid", sub_no="R7-2", yen=2_000_000, corrects=paid.id)
    assert life.breached("2026-06-01", "S2-13-3[sub_no=R7-2]") == D(2026, 5, 21)
    before = replay(life.contract, life.events, instant("2026-06-01"), known_seq=len(life.events) - 1)
    assert before.views["S2-13-3[sub_no=R7-2]"].breached_on is None
