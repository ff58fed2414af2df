"""The rider after a low-bid survey lives: checks of wages and staff, papers, the hearing, guidance, and termination."""

from __future__ import annotations

import datetime as dt

import pytest
from contracts_lives import Life
from rider_lives import day_set, found, paid, signed, terminated


@pytest.fixture(name="life")
def _life() -> Life:
    """The contract followed a low-bid survey."""
    life = signed()
    found(life, "2025-11-04", "S2-L1/適用")
    return life


def deviated(life: Life, *, without: str = "", result: str = "unjustified") -> None:
    """A survey finds other wages than reported; the contractor is heard, guided, and does not follow."""
    steps = {
        "survey": ("2026-06-01", "low-bid-survey.announced", {"survey": "S1"}),
        "finding": ("2026-06-10", "deviation.found", {"deviation": "V1"}),
        "explanation": ("2026-06-11", "explanation.asked", {"deviation": "V1"}),
        "judgement": ("2026-06-25", "explanation.judged", {"deviation": "V1", "result": result}),
        "guidance": ("2026-06-26", "guidance.given", {"deviation": "V1"}),
        "refusal": ("2026-07-20", "guidance.refused", {"deviation": "V1"}),
    }
    for name, (day, kind, fields) in steps.items():
        if name != without:
            life.tell(day, kind, told_by="prefecture", **fields)


# ---- articles 1 to 3: checks, papers, surveys ----


@pytest.mark.shows("S2-L1/適用", "S2-L2-1", "S2-L2-2", "S2-L3-1", "S2-L3-2")
def test_without_a_low_bid_survey_the_rider_binds_nobody() -> None:
    life = signed()
    found(life, "2025-11-04", "S2-L1/適用", result=False)
    life.tell("2026-05-01", "low-bid-papers.requested", request="R1")
    life.tell("2026-05-02", "low-bid-survey.announced", survey="S1")
    life.tell("2026-05-03", "low-bid-papers.passed-on", passing="P1")
    views = life.on("2027-05-01").views
    assert views["S2-L2-1[e1]"].state == "pending"
    assert views["S2-L2-1[e1]"].breached_on is None
    for name in ("S2-L2-2[request=R1]", "S2-L3-1[survey=S1]", "S2-L3-2[passing=P1]"):
        assert views[name].state == "barred"
    assert life.flagged("2027-05-01").count("without_effect") == 3
    assert not [name for name, view in views.items() if view.provision in {"S2-L2-2/提出", "S2-L3-1-後"}]


@pytest.mark.shows("S2-L1/適用", "S2-L2-1")
def test_the_prefecture_checks_performance_against_the_report_within_the_term(life: Life) -> None:
    duty = life.view("2026-01-01", "S2-L2-1[e1]")
    assert (duty.bearer, duty.due.day) == ("prefecture", dt.date(2027, 3, 31))
    assert life.state("2027-03-31", "S2-L2-1[e1]") == "in_effect"
    assert life.view("2027-04-01", "S2-L2-1[e1]").breached_on == dt.date(2027, 4, 1)
    life.tell("2026-09-01", "compliance.checked", told_by="prefecture")
    assert life.state("2027-04-01", "S2-L2-1[e1]") == "fulfilled"


@pytest.mark.shows("S2-L2-2", "S2-L2-2/提出")
def test_papers_on_wages_and_staff_are_handed_in_when_asked_for(life: Life) -> None:
    life.tell("2026-05-01", "low-bid-papers.requested", request="R1", told_by="prefecture")
    name = "S2-L2-2/提出[request=R1]"
    assert life.state("2026-05-02", "S2-L2-2[request=R1]") == "exercised"
    assert life.view("2026-05-02", name).due.day is None
    day_set(life, "2026-05-02", name, "2026-05-15")
    assert life.view("2026-05-16", name).breached_on == dt.date(2026, 5, 16)
    life.tell("2026-05-15", "low-bid-papers.handed-in", request="R1", told_by="contractor")
    punctual = life.view("2026-05-16", name)
    assert (punctual.state, punctual.breached_on) == ("fulfilled", None)


@pytest.mark.shows("S2-L3-1", "S2-L3-1-後", "S2-L3-2")
def test_the_papers_are_surveyed_with_the_contractors_help_and_may_go_to_the_labour_office(life: Life) -> None:
    life.tell("2026-05-01", "low-bid-papers.requested", request="R1")
    life.tell("2026-05-02", "low-bid-papers.passed-on", passing="P0")
    assert life.state("2026-05-03", "S2-L3-2[passing=P0]") == "barred"  # there are no papers yet
    life.tell("2026-05-15", "low-bid-papers.handed-in", request="R1")
    life.tell("2026-05-20", "low-bid-survey.announced", survey="S1", told_by="prefecture")
    helping = life.view("2026-05-21", "S2-L3-1-後[survey=S1]")
    assert (helping.bearer, helping.state) == ("contractor", "in_effect")
    life.tell("2026-06-01", "low-bid-survey.assisted", survey="S1")
    assert life.state("2026-06-02", "S2-L3-1-後[survey=S1]") == "fulfilled"
    life.tell("2026-06-03", "low-bid-papers.passed-on", passing="P1", told_by="prefecture")
    assert life.state("2026-06-04", "S2-L3-2[passing=P1]") == "exercised"


# ---- article 4: hearing, guidance, termination ----


@pytest.mark.shows("S2-L4-1", "S2-L4-1/指導", "S2-L4-1/不服従", "S2-L4-1-解", "S2-L4-2")
def test_who_is_heard_and_guided_and_does_not_follow_is_terminated_for_ten_percent(life: Life) -> None:
    deviated(life)
    assert life.state("2026-06-10", "S2-L4-1[deviation=V1]") == "in_effect"
    assert life.view("2026-06-10", "S2-L4-1[deviation=V1]").bearer == "prefecture"
    assert life.state("2026-06-12", "S2-L4-1[deviation=V1]") == "fulfilled"
    assert life.state("2026-06-25", "S2-L4-1/指導[deviation=V1]") == "in_effect"
    assert life.state("2026-07-21", "S2-L4-1/不服従[deviation=V1]") == "holds"
    terminated(life, "2026-08-01", "S2-L4-1-解")
    assert life.on("2026-08-02").status == "terminated"
    debt = life.view("2026-08-02", "S2-L4-2[case=T1]")
    assert (debt.bearer, debt.counterparty) == ("contractor", "prefecture")
    assert life.yen("2026-08-02", "S2-L4-2[case=T1]") == 1_100_000
    day_set(life, "2026-08-03", "S2-L4-2[case=T1]", "2026-08-31")
    paid(life, "2026-08-31", "S2-L4-2[case=T1]", 1_100_000)
    assert life.view("2026-09-02", "S2-L4-2[case=T1]").breached_on is None


@pytest.mark.shows("S2-L4-1-解", "S2-18-1")
def test_the_text_settles_no_done_part_after_this_termination_and_says_so(life: Life) -> None:
    deviated(life)
    terminated(life, "2026-08-01", "S2-L4-1-解")
    valued = {"settlement": "S1", "basis": "terminated", "separable": True, "value_yen": 2_500_000}
    life.tell("2026-08-20", "settlement.valued", **valued)
    assert life.state("2026-08-21", "S2-18-1[settlement=S1]") == "pending"
    assert life.yen("2026-08-21", "S2-18-1[settlement=S1]") == 0
    (text,) = [each for each in life.contract.provisions if each.id == "S2-L4-1-解"]
    assert any("精算" in note.ja for note in text.note)


@pytest.mark.shows("S2-L4-1/不服従", "S2-L4-1-解")
@pytest.mark.parametrize("without", ["survey", "explanation", "judgement", "guidance"])
def test_no_step_may_be_left_out_before_the_termination(life: Life, without: str) -> None:
    deviated(life, without=without)
    terminated(life, "2026-08-01", "S2-L4-1-解")
    assert life.on("2026-08-02").status == "in_force"
    assert life.state("2026-08-02", "S2-L4-1/不服従[deviation=V1]") == "running"
    assert life.state("2026-08-02", "S2-L4-1-解[case=T1]") == "barred"
    assert "S2-L4-2[case=T1]" not in life.on("2026-08-02").views


@pytest.mark.shows("S2-L4-1", "S2-L4-1/指導")
def test_what_no_survey_brought_to_light_need_not_be_heard_or_guided(life: Life) -> None:
    life.tell("2026-06-10", "deviation.found", deviation="V1")
    life.tell("2026-06-25", "explanation.judged", deviation="V1", result="unjustified")
    for name in ("S2-L4-1[deviation=V1]", "S2-L4-1/指導[deviation=V1]"):
        waiting = life.view("2026-07-01", name)
        assert (waiting.bearer, waiting.state) == ("prefecture", "pending")
        assert ("lacks", "S2-L3-1") in waiting.against


@pytest.mark.shows("S2-L4-1")
def test_a_good_reason_ends_it_with_the_hearing(life: Life) -> None:
    deviated(life, result="justified")
    terminated(life, "2026-08-01", "S2-L4-1-解")
    assert life.state("2026-08-02", "S2-L4-1[deviation=V1]") == "fulfilled"
    assert "S2-L4-1/指導[deviation=V1]" not in life.on("2026-08-02").views
    assert life.on("2026-08-02").status == "in_force"


@pytest.mark.shows("S2-L4-2")
def test_its_penalty_stands_beside_the_main_texts_and_is_not_added_to_it(life: Life) -> None:
    deviated(life)
    found(life, "2026-07-30", "S2-17-1-11")
    terminated(life, "2026-08-01", "S2-L4-1-解", "S2-17-1", by=None)
    side_by_side = life.on("2026-08-02").side_by_side("penalty")
    assert {name: found_sum.yen for name, found_sum in side_by_side.items()} == {
        "S2-18-2[case=T1]": 1_100_000,
        "S2-L4-2[case=T1]": 1_100_000,
    }


@pytest.mark.shows("S2-L2-1", "S2-L4-1")
def test_two_deviations_are_heard_each_for_itself(life: Life) -> None:
    deviated(life)
    life.tell("2026-07-01", "deviation.found", deviation="V2")
    assert life.state("2026-07-02", "S2-L4-1[deviation=V1]") == "fulfilled"
    assert life.state("2026-07-02", "S2-L4-1[deviation=V2]") == "in_effect"
    life.tell("2026-07-02", "compliance.checked")
    assert life.state("2026-07-03", "S2-L2-1[e1]") == "fulfilled"
