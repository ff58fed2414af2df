"""Store operators and personal data: bound and staffed before they issue, assessed every year, out when they leave."""

from __future__ import annotations

import datetime as dt

import pytest
from certificates_lives import proved, signed
from contracts_lives import Life

SHOP = "[operator=潮風マート]"
OTHER = "[operator=山彦ストア]"
YEARLY = f"S1-A1-2-4{SHOP}"


def contracted() -> Life:
    """An operator has signed with the contractor."""
    life = signed()
    life.tell("2026-04-02", "operator.contracted", operator="潮風マート")
    return life


@pytest.mark.shows("S1-7-3")
def test_an_operator_may_not_issue_before_it_is_bound_by_contract() -> None:
    late, timely = contracted(), contracted()
    timely.tell("2026-04-03", "operator.bound", operator="潮風マート")
    for life, state in ((late, "violated"), (timely, "fulfilled")):
        assert life.view("2026-04-02", f"S1-7-3{SHOP}").bearer == "contractor"
        life.tell("2026-04-05", "operator.started", operator="潮風マート")
        assert life.state("2026-04-06", f"S1-7-3{SHOP}") == state
    late.tell("2026-04-07", "operator.bound", operator="潮風マート")
    assert late.view("2026-04-08", f"S1-7-3{SHOP}").breached_on == dt.date(2026, 4, 5)


@pytest.mark.shows("S1-A2-3", "S1-A2-3-後")
def test_somebody_answers_for_personal_data_at_each_operator_before_it_handles_any() -> None:
    late, timely = contracted(), contracted()
    timely.tell("2026-04-04", "officer.appointed", operator="潮風マート")
    for life, state in ((late, "violated"), (timely, "fulfilled")):
        life.tell("2026-04-05", "operator.started", operator="潮風マート")
        assert life.state("2026-04-06", f"S1-A2-3{SHOP}") == state
    training = timely.view("2026-04-06", f"S1-A2-3-後{SHOP}")
    assert (training.bearer, training.state, training.due.continuous) == ("contractor", "in_effect", True)


@pytest.mark.shows("S1-A1-2-4")
def test_the_yearly_assessment_expires_a_year_after_it_was_filed_and_is_proved_anew_by_the_next() -> None:
    life = contracted()
    assert life.state("2026-04-09", YEARLY) == "unproved"
    proved(life, "2026-04-10", "S1-A1-2-4", "report", YEARLY)
    # a year from 11 April 2026 ends on 10 April 2027
    assert life.state("2027-04-10", YEARLY) == "proved"
    assert life.state("2027-04-11", YEARLY) == "expired"
    proved(life, "2027-04-20", "S1-A1-2-4", "report", YEARLY)
    assert life.state("2028-04-20", YEARLY) == "proved"
    assert life.state("2028-04-21", YEARLY) == "expired"


@pytest.mark.shows("S1-A1-2-4")
@pytest.mark.parametrize(
    ("option", "last"), [("rolling", "2027-05-10"), ("fiscal", "2028-03-31"), ("calendar", "2027-12-31")]
)
def test_which_year_is_meant_is_a_reading_and_is_printed_with_the_result(option: str, last: str) -> None:
    life = signed()
    life.tell("2026-04-02", "policy.chosen", policy="S1-A1-2-4.year", option=option)
    life.tell("2026-04-02", "operator.contracted", operator="潮風マート")
    proved(life, "2026-05-10", "S1-A1-2-4", "report", YEARLY)
    after = (dt.date.fromisoformat(last) + dt.timedelta(days=1)).isoformat()
    assert [life.state(day, YEARLY) for day in (last, after)] == ["proved", "expired"]
    assert ("S1-A1-2-4.year", option) in life.view(last, YEARLY).policies


@pytest.mark.shows("S1-A1-4-2")
def test_the_certified_erasure_product_counts_until_the_day_that_its_certificate_states() -> None:
    life = contracted()
    name = f"S1-A1-4-2{SHOP}"
    proved(life, "2026-04-10", "S1-A1-4-2", "deletion", name)
    assert life.state("2026-04-11", name) == "unproved"
    proved(life, "2026-04-10", "S1-A1-4-2", "certification", name, expires="2028-09-30")
    assert life.state("2028-09-30", name) == "proved"
    assert life.state("2028-10-01", name) == "expired"


@pytest.mark.shows("S1-A1-4-9")
def test_an_isms_certificate_that_is_missing_is_no_breach() -> None:
    view = contracted().view("2030-01-01", f"S1-A1-4-9{SHOP}")
    assert (view.state, view.breached_on) == ("unproved", None)


@pytest.mark.shows("S1-A1-4-12", "S1-A1-1")
def test_what_one_operator_proves_says_nothing_of_another() -> None:
    life = contracted()
    life.tell("2026-04-03", "operator.contracted", operator="山彦ストア")
    for clause, slot in (("S1-A1-4-12", "camera"), ("S1-A1-1", "centres")):
        proved(life, "2026-04-04", clause, slot, clause + SHOP)
        assert life.state("2026-04-05", clause + SHOP) == "proved"
        assert life.state("2026-04-05", clause + OTHER) == "unproved"


@pytest.mark.shows("S1-7-3/離脱", "S1-7-3", "S1-A2-3", "S1-A2-3-後")
def test_nothing_more_is_asked_of_an_operator_that_has_left() -> None:
    life = contracted()
    life.tell("2026-04-03", "operator.contracted", operator="山彦ストア")
    life.tell("2026-05-01", "operator.left", operator="潮風マート")
    views = life.on("2026-05-02").views
    assert views[f"S1-7-3/離脱{SHOP}"].state == "holds"
    assert views[f"S1-7-3{SHOP}"].state == "discharged"
    assert views[f"S1-A2-3{SHOP}"].state == "discharged"
    assert views[f"S1-A2-3-後{SHOP}"].state == "discharged"
    assert [(each.code, each.by) for each in views[YEARLY].against] == [("excused", "S1-7-3/離脱")]
    assert views[f"S1-7-3{OTHER}"].state == "in_effect"
    assert views[f"S1-A1-2-4{OTHER}"].against == ()


@pytest.mark.shows("S1-A2-1")
def test_personal_data_is_given_to_nobody_else_also_after_the_end() -> None:
    life = signed()
    life.tell("2026-06-01", "personal-data.given-out", leak="L1")
    life.tell("2027-02-01", "objection.arrived", term_end="2027-03-31")
    life.tell("2035-01-01", "personal-data.given-out", leak="L2")
    result = life.on("2035-01-02")
    assert result.status == "expired"
    assert result.views["S1-A2-1[leak=L1]"].breached_on == dt.date(2026, 6, 1)
    assert result.views["S1-A2-1[leak=L2]"].breached_on == dt.date(2035, 1, 1)


@pytest.mark.shows("S1-A2-4-3", "S1-A2-4-3/事業者")
def test_personal_data_on_paper_breaks_the_ban_of_the_one_who_keeps_it() -> None:
    for holder, mine, others in (
        ("contractor", "S1-A2-4-3", "S1-A2-4-3/事業者"),
        ("operator", "S1-A2-4-3/事業者", "S1-A2-4-3"),
    ):
        life = signed()
        life.tell("2026-06-01", "personal-data.on-paper", asset="控え", holder=holder)
        views = life.on("2026-06-02").views
        assert views[f"{mine}[asset=控え]"].breached_on == dt.date(2026, 6, 1)
        assert f"{others}[asset=控え]" not in views


@pytest.mark.shows("S1-A2-4", "S1-A2-4-2", "S1-9")
def test_the_contractor_proves_its_own_controls_and_handles_personal_data_as_the_annex_says() -> None:
    life = signed()
    assert life.view("2026-04-02", "S1-9").due.continuous
    for clause, slots in (("S1-A2-4", ("access", "passwords")), ("S1-A2-4-2", ("tamper",))):
        for slot in slots:
            assert life.state("2026-04-03", clause) == "unproved"
            proved(life, "2026-04-03T13:00", clause, slot)
        assert life.state("2026-04-04", clause) == "proved"


# What one operator files for annex 1 and for its part of annex 2: clause, slots.
ANNEXES = [
    ("S1-A1-1", "centres"),
    ("S1-A1-1-1", "network"),
    ("S1-A1-1-2", "zones rules"),
    ("S1-A1-1-3", "server"),
    ("S1-A1-2", "networks"),
    ("S1-A1-2-1", "line"),
    ("S1-A1-2-2", "protocol"),
    ("S1-A1-2-3", "allow-list"),
    ("S1-A1-2-4", "report"),
    ("S1-A1-3", "systems"),
    ("S1-A1-3-1", "keys"),
    ("S1-A1-3-2", "router"),
    ("S1-A1-3-3", "access"),
    ("S1-A1-3-4", "wireless"),
    ("S1-A1-4", "kiosks"),
    ("S1-A1-4-1", "cards"),
    ("S1-A1-4-2", "certification deletion"),
    ("S1-A1-4-3", "keys"),
    ("S1-A1-4-4", "passwords"),
    ("S1-A1-4-5", "log retention"),
    ("S1-A1-4-6", "access"),
    ("S1-A1-4-7", "alerts"),
    ("S1-A1-4-8", "monitoring"),
    ("S1-A1-4-9", "isms"),
    ("S1-A1-4-10", "franchise"),
    ("S1-A1-4-11", "work-rules"),
    ("S1-A1-4-12", "camera"),
    ("S1-A2-4/事業者", "access passwords"),
    ("S1-A2-4-2/事業者", "tamper"),
]


def standing(life: Life, day: str) -> dict[str, str]:
    """What of the annexes is asked of the operator, and whether it is proved."""
    return {
        view.provision: view.state
        for view in life.on(day).views.values()
        if view.kind == "requirement" and view.keys == {"operator": "潮風マート"} and not view.against
    }


@pytest.mark.shows("S1-A1-1-1", "S1-A1-1-2", "S1-A1-1-3", "S1-A1-2", "S1-A1-2-1", "S1-A1-2-2", "S1-A1-2-3")
@pytest.mark.shows("S1-A1-3", "S1-A1-3-1", "S1-A1-3-2", "S1-A1-3-3", "S1-A1-3-4", "S1-A1-1", "S1-A1-2-4")
@pytest.mark.shows("S1-A1-4", "S1-A1-4-1", "S1-A1-4-2", "S1-A1-4-3", "S1-A1-4-4", "S1-A1-4-5", "S1-A1-4-6")
@pytest.mark.shows("S1-A1-4-7", "S1-A1-4-8", "S1-A1-4-9", "S1-A1-4-10", "S1-A1-4-11", "S1-A1-4-12")
@pytest.mark.shows("S1-A2-4/事業者", "S1-A2-4-2/事業者")
def test_an_operator_proves_the_annexes_one_by_one_and_after_a_year_two_papers_are_out_of_date() -> None:
    life = contracted()
    assert standing(life, "2026-04-02") == {clause: "unproved" for clause, _ in ANNEXES}
    for clause, slots in ANNEXES:
        for slot in slots.split():
            proved(life, "2026-04-10", clause, slot, clause + SHOP)
    assert standing(life, "2027-04-10") == {clause: "proved" for clause, _ in ANNEXES}
    a_year_later = standing(life, "2027-04-11")
    assert {clause for clause, state in a_year_later.items() if state != "proved"} == {"S1-A1-2-2", "S1-A1-2-4"}
    assert not life.flagged("2027-04-11")
    life.tell("2027-05-01", "operator.left", operator="潮風マート")
    assert standing(life, "2027-05-02") == {}
