"""A subcontract passes three gates: the report (article 5), the consent (rider P, 4), the plan (specification, 4.1)."""

from __future__ import annotations

import pytest
from marathon_lives import D, Marathon, signed_and_begun, subcontracted

REPORT, CONSENT, PLAN = "S2-5-1[sub=K1]", "S2-P4[sub=K1]", "S2-D4.1-7[sub=K1]"


def missing(life: Marathon, day: str) -> set[str]:
    """What starting K1 would break on a day."""
    return {each.id for each in life.may(day, "subcontract.started", sub="K1", tier="first", personal=True).broken}


@pytest.mark.shows("S2-5-1", "S2-P4", "S2-D4.1-7")
def test_asked_beforehand_the_gates_name_exactly_what_is_missing() -> None:
    life = signed_and_begun()
    life.tell("2026-01-09", "subcontract.planned", sub="K1", tier="first", personal=True)
    assert missing(life, "2026-01-12") == {REPORT, CONSENT, PLAN}
    life.tell("2026-01-13", "subcontract.reported", sub="K1")
    assert missing(life, "2026-01-14") == {CONSENT, PLAN}
    life.tell("2026-01-19", "subcontract.consented", sub="K1")
    assert missing(life, "2026-01-19") == {PLAN}
    life.tell("2026-01-20", "subcontract-plan.submitted", sub="K1")
    assert missing(life, "2026-01-21") == {PLAN}
    life.tell("2026-01-26", "subcontract-plan.approved", sub="K1")
    assert missing(life, "2026-01-26") == set()
    assert life.may("2026-01-26", "subcontract.started", sub="K1", tier="first", personal=True).may


@pytest.mark.shows("S2-5-1", "S2-5-3", "S2-P4", "S2-D4.1-7")
def test_through_all_three_gates_nobody_is_in_breach() -> None:
    life = subcontracted()
    assert life.state("2026-01-12", REPORT) == "in_effect"
    doubt = life.view("2026-01-15", "S2-5-3[sub=K1]")
    assert (doubt.bearer, doubt.state) == ("both", "in_effect")
    assert life.state("2026-01-16", "S2-5-3[sub=K1]") == "fulfilled"
    assert not life.exists("2026-02-02", "S2-5-2[sub=K1]")
    day = "2026-02-02"
    assert (life.state(day, REPORT), life.state(day, CONSENT), life.state(day, PLAN)) == (
        "fulfilled",
        "discharged",
        "fulfilled",
    )
    assert all(life.breached(day, each) is None for each in (REPORT, CONSENT, PLAN))


@pytest.mark.shows("S2-5-2", "S2-D4.1-7")
def test_a_further_level_that_was_planned_but_not_reported_breaks_its_own_gate() -> None:
    life = subcontracted()
    assert life.view("2026-03-08", "S2-5-2[sub=K2]").bearer == "contractor"
    assert life.state("2026-03-08", "S2-5-2[sub=K2]") == "in_effect"
    assert life.breached("2026-03-09", "S2-5-2[sub=K2]") == D(2026, 3, 9)
    assert life.breached("2026-03-09", "S2-D4.1-7[sub=K2]") == D(2026, 3, 9)
    assert not life.exists("2026-03-09", "S2-5-1[sub=K2]")
    assert not life.exists("2026-03-09", "S2-P4[sub=K2]")  # no personal data, no consent needed


@pytest.mark.shows("S2-5-1", "S2-P4", "S2-D4.1-7")
def test_a_start_that_nobody_announced_breaks_all_three() -> None:
    life = subcontracted()
    for name in ("S2-5-1[sub=K3]", "S2-P4[sub=K3]", "S2-D4.1-7[sub=K3]"):
        assert not life.exists("2026-03-31", name)
        assert (life.state("2026-04-01", name), life.breached("2026-04-01", name)) == ("violated", D(2026, 4, 1))


@pytest.mark.shows("S2-5-1")
def test_a_report_after_the_start_comes_too_late() -> None:
    life = subcontracted()
    life.tell("2026-04-02", "subcontract.reported", sub="K3")
    report = life.view("2026-04-02", "S2-5-1[sub=K3]")
    assert (report.state, report.breached_on) == ("fulfilled", D(2026, 4, 1))
