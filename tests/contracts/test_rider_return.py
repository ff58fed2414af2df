"""The work is done: every ledger row is returned or erased by an approved plan, and the ledger hands its results in."""

from __future__ import annotations

import datetime as dt

import pytest
from contracts_lives import Life
from rider_lives import found, of, signed, terminated

from itaku.contracts.engine.whatif import may


@pytest.fixture(name="life")
def _life() -> Life:
    """The work is confirmed as completed on the last day of the term."""
    life = signed()
    life.tell("2027-03-31", "work.completed", on="2027-03-31", told_by="committee")
    return life


@pytest.mark.shows("S2-D4.3-1", "S2-D4.3-1/処理", "S2-D4.3-2")
def test_plan_approval_processing_and_the_ledger_follow_each_other_after_the_term(life: Life) -> None:
    assert life.on("2027-04-01").status == "expired"
    assert of(life, "2027-04-01", "S2-D4.3-1").state == "in_effect"
    life.tell("2027-04-02", "return-plan.submitted", my_number_marked=False, told_by="contractor")
    start = life.event("2027-04-05", "data-return.started")
    assert [each.provision for each in may(life.contract, life.events, start).broken] == ["S2-D4.3-1"]
    life.tell("2027-04-05", "return-plan.approved", told_by="prefecture")
    assert of(life, "2027-04-05", "S2-D4.3-1").performed_on == dt.date(2027, 4, 5)
    life.tell("2027-04-06", "data-return.started")
    assert of(life, "2027-04-06", "S2-D4.3-1").breached_on is None
    # three rows are still open: neither the duty nor the ledger is done
    life.tell("2027-04-08", "data-return.finished", open_rows=3)
    assert of(life, "2027-04-09", "S2-D4.3-1/処理").state == "in_effect"
    assert not [each for each in life.on("2027-04-09").views.values() if each.provision == "S2-D4.3-2"]
    life.tell("2027-04-10", "data-return.finished", open_rows=0)
    assert of(life, "2027-04-11", "S2-D4.3-1/処理").state == "fulfilled"
    assert of(life, "2027-04-11", "S2-D4.3-2").state == "in_effect"
    assert of(life, "2027-04-11", "S2-D4.3-2").due.day is None  # the text names none
    life.tell("2027-04-12", "data-ledger.results-submitted", told_by="contractor")
    assert of(life, "2027-04-13", "S2-D4.3-2").state == "fulfilled"


@pytest.mark.shows("S2-D4.3-1")
@pytest.mark.parametrize("approved", [None, "2027-04-07"])
def test_processing_before_the_plan_is_approved_is_a_breach(life: Life, approved: str | None) -> None:
    life.tell("2027-04-02", "return-plan.submitted", my_number_marked=False)
    life.tell("2027-04-06", "data-return.started", told_by="contractor")
    if approved is not None:
        life.tell(approved, "return-plan.approved")
    assert of(life, "2027-04-08", "S2-D4.3-1").breached_on == dt.date(2027, 4, 6)


@pytest.mark.shows("S2-D4.3-1/行", "S2-D4.1-3-ウ")
def test_every_row_of_the_ledger_stays_open_from_hand_over_to_its_return() -> None:
    life = signed()
    for item in ("D1", "D2", "D3"):
        life.tell("2026-01-20", "data.handed-over", item=item, level="2", my_number=False)
        life.tell("2026-01-20", "data-ledger.opened-row", item=item)
    life.tell("2027-03-31", "work.completed", on="2027-03-31")
    assert open_rows(life, "2027-04-01") == {"D1": "pending", "D2": "pending", "D3": "pending"}
    life.tell("2027-04-02", "return-plan.submitted", my_number_marked=False)
    life.tell("2027-04-05", "return-plan.approved")
    assert open_rows(life, "2027-04-05") == {"D1": "in_effect", "D2": "in_effect", "D3": "in_effect"}
    life.tell("2027-04-06", "data-ledger.closed-row", item="D1", how="returned", told_by="contractor")
    life.tell("2027-04-06", "data-ledger.closed-row", item="D3", how="erased", witness="職員")
    assert open_rows(life, "2027-04-07") == {"D2": "in_effect"}
    life.tell("2027-04-08", "data-ledger.closed-row", item="D2", how="discarded")
    assert open_rows(life, "2027-04-09") == {}


def open_rows(life: Life, day: str) -> dict[str, str]:
    """What was handed over and not dealt with yet: these rows make the return plan."""
    rows = [each for each in life.on(day).views.values() if each.provision == "S2-D4.3-1/行"]
    return {each.keys["item"]: each.state for each in rows if each.state != "fulfilled"}


@pytest.mark.shows("S2-D4.3-1-番号")
@pytest.mark.parametrize(
    ("my_number", "marked", "breached"),
    [(True, True, None), (True, False, dt.date(2027, 4, 6)), (False, False, None)],
)
def test_my_number_rows_are_marked_in_the_plan_before_anything_is_processed(
    life: Life, my_number: bool, marked: bool, breached: dt.date | None
) -> None:
    found(life, "2025-12-01", "S2-D4.1-番号/該当", result=my_number)
    life.tell("2027-04-02", "return-plan.submitted", my_number_marked=marked)
    life.tell("2027-04-05", "return-plan.approved")
    life.tell("2027-04-06", "data-return.started")
    marking = of(life, "2027-04-07", "S2-D4.3-1-番号")
    assert marking.breached_on == breached
    assert (marking.state == "fulfilled") == marked


def test_the_text_has_no_return_plan_after_a_termination_and_says_so() -> None:
    life = signed()
    found(life, "2026-06-01", "S2-P9-1")
    terminated(life, "2026-06-02", "S2-P9", by="committee")
    assert not [each for each in life.on("2026-06-30").views.values() if each.provision.startswith("S2-D4.3-1")]
    (text,) = [each for each in life.contract.provisions if each.id == "S2-D4.3-1"]
    assert any("解除" in note.ja for note in text.note)
