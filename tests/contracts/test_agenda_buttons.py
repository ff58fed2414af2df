"""The one button of a row: whose turn it is, what each side can do, and what paper the matter still wants."""

from __future__ import annotations

from certificates_lives import closed
from contracts_lives import Life, instant
from rider_lives import day_set, signed

from itaku.contracts.agenda.buttons import Button, button
from itaku.contracts.agenda.documents import document_wanted
from itaku.contracts.agenda.incident import running_clock
from itaku.contracts.agenda.line import agenda_line
from itaku.contracts.agenda.moves import moves
from itaku.contracts.engine.result import Result, replay
from itaku.contracts.engine.turn import whose_turn
from itaku.contracts.shelf import form


def on(life: Life, at: str) -> Result:
    return replay(life.contract, life.events, instant(at))


def offered(result: Result, instance: str, *persons: str) -> Button:
    found = result.fold.instances[instance]
    return button(result, found, moves(result, found), set(persons))


def test_the_inspector_s_side_drafts_the_inspection_record_and_the_contractor_can_only_look():
    life = signed()
    life.tell("2026-06-19", "report.received", sub_no="N-1", scope="fiscal-year", fy="R7")
    result = on(life, "2026-07-02")
    own = offered(result, "S2-12-2[sub_no=N-1]", "committee")
    assert (own.label.ja, own.sort, own.name, own.mine) == ("検査調書をつくる", "paper", "inspection-record", True)
    other = offered(result, "S2-12-2[sub_no=N-1]", "contractor")
    assert (other.sort, other.mine) == ("look", False)


def test_who_acts_for_nobody_can_only_look():
    life = signed()
    life.tell("2026-06-19", "report.received", sub_no="N-1", scope="fiscal-year", fy="R7")
    found = offered(on(life, "2026-07-02"), "S2-12-2[sub_no=N-1]")
    assert (found.sort, found.mine) == ("look", False)


def test_a_payment_is_recorded_by_whoever_pays_and_as_a_receipt_by_whoever_is_paid():
    life = Life(form("certificates"), "2026-04-01")
    closed(life, "2026-07-01", "2026-06", copies=100)
    day_set(life, "2026-07-01", "S1-12-2[month=2026-06]", "2026-07-20")
    day_set(life, "2026-07-01", "S1-12-1[month=2026-06]", "2026-07-20")
    result = on(life, "2026-07-02")
    assert offered(result, "S1-12-1[month=2026-06]", "client").label.ja == "支払いを記録する"
    assert offered(result, "S1-12-2[month=2026-06]", "client").label.ja == "入金を記録する"
    assert not offered(result, "S1-12-2[month=2026-06]", "client").mine


def test_a_remittance_in_arrears_is_answered_with_what_the_client_can_do():
    life = Life(form("certificates"), "2026-04-01")
    closed(life, "2026-06-01", "2026-05", copies=100)
    day_set(life, "2026-06-01", "S1-12-2[month=2026-05]", "2026-06-30")
    result = on(life, "2026-07-02")
    assert result.views["S1-12-2[month=2026-05]"].state == "violated"
    assert offered(result, "S1-12-2[month=2026-05]", "client").sort == "act"


def test_a_day_that_waits_to_be_named_is_recorded_first():
    life = Life(form("certificates"), "2026-04-01")
    closed(life, "2026-07-01", "2026-06", copies=100)
    found = offered(on(life, "2026-07-02"), "S1-12-2[month=2026-06]", "client")
    assert (found.label.ja, found.name) == ("期日を記録する", "date.set")


def test_a_plan_is_the_contractor_s_to_draft_then_the_other_side_s_turn_to_accept():
    life = signed()
    life.tell(
        "2026-06-30", "sanitization.planned", device="D1", class_="B", on="2026-08-06", leased=False, outside=False
    )
    result = on(life, "2026-07-02")
    instance = "S2-D4.4-1[device=D1]"
    assert offered(result, instance, "contractor").label.ja == "抹消措置作業計画をつくる"
    wanted = document_wanted(
        result, result.fold.instances[instance], moves(result, result.fold.instances[instance]), {"contractor"}
    )
    assert wanted is not None
    assert (wanted.title.ja, wanted.addressee) == ("抹消措置作業計画", "千葉県")
    assert wanted.missing
    life.tell("2026-07-01", "sanitization.plan-submitted", device="D1", on="2026-07-01")
    later = on(life, "2026-07-02")
    assert whose_turn(later, later.fold.instances[instance]) == "prefecture"
    assert agenda_line(later, "M", instance).waiting
    accepting = offered(later, instance, "prefecture")
    assert (accepting.sort, accepting.name, accepting.mine) == ("act", "sanitization.plan-approved", True)
    assert not offered(later, instance, "contractor").mine


def test_the_other_side_s_paper_is_not_one_s_own_to_hand_in():
    life = signed()
    life.tell("2026-06-19", "report.received", sub_no="N-1", scope="fiscal-year", fy="R7")
    result = on(life, "2026-07-02")
    found = result.fold.instances["S2-12-2[sub_no=N-1]"]
    assert document_wanted(result, found, moves(result, found), {"contractor"}) is None


def test_a_move_names_legal_persons_and_no_labels():
    life = signed()
    life.tell(
        "2026-06-30", "sanitization.planned", device="D1", class_="B", on="2026-08-06", leased=False, outside=False
    )
    result = on(life, "2026-07-02")
    told = moves(result, result.fold.instances["S2-D4.4-1[device=D1]"])
    assert {person for each in told for person in each.by} <= set(result.fold.contract.parties)
    assert told[0].by == ("contractor",)


def test_a_clock_runs_with_its_target_and_blanks_until_the_details_are_reported():
    life = signed()
    life.tell("2026-07-02T08:12", "data-incident.recognised", incident="I1", threat="loss")
    first = on(life, "2026-07-02T08:20")
    assert running_clock(first, "M", "S2-D4.1-6-ア[incident=I1]").target == instant("2026-07-02T09:12")
    life.tell("2026-07-02T08:24", "data-incident.first-reported", incident="I1", caller="T-01", whom="当番")
    second = on(life, "2026-07-02T08:42")
    assert running_clock(second, "M", "S2-D4.1-6-ア[incident=I1]") is None
    clock = running_clock(second, "M", "S2-D4.1-6-イ[incident=I1]")
    assert (clock.target, clock.limit) == (instant("2026-07-02T10:00"), instant("2026-07-02T11:24"))
    assert [each.kind for each in clock.happened] == ["data-incident.recognised", "data-incident.first-reported"]
    assert {"日時", "場所", "事由"} <= {each.ja for each in clock.blanks}
    life.tell("2026-07-02T09:40", "data-incident.detailed", incident="I1")
    assert running_clock(on(life, "2026-07-02T09:41"), "M", "S2-D4.1-6-イ[incident=I1]") is None
