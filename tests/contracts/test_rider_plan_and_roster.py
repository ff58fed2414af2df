"""The data plan lives: its parts, its approval before work, the roster, changes, deviations, reports and audits."""

from __future__ import annotations

import datetime as dt

import pytest
from contracts_lives import Life
from rider_lives import found, of, proved, signed

from itaku.contracts.engine.whatif import may

PARTS = {"roster": "S2-D4.1-1", "training": "S2-D4.1-2", "handling": "S2-D4.1-3", "incident": "S2-D4.1-6"}


@pytest.fixture(name="life")
def _life() -> Life:
    return signed()


def plan_approved(life: Life, *, without: str = "") -> None:
    """Every part drawn up, the plan handed in on 10 December and approved on the 15th."""
    for part in PARTS:
        if part != without:
            life.tell("2025-12-08", "data-plan.part-filed", part=part, told_by="contractor")
    life.tell("2025-12-10", "data-plan.submitted", version="1", told_by="contractor")
    life.tell("2025-12-15", "data-plan.approved", version="1", told_by="prefecture")


# ---- 4.1: the plan before work starts ----


@pytest.mark.shows("S2-D4")
def test_the_chapter_binds_the_contractor_towards_the_prefecture_all_along(life: Life) -> None:
    chapter = life.view("2026-12-01", "S2-D4")
    assert (chapter.bearer, chapter.counterparty) == ("contractor", "prefecture")
    assert (chapter.state, chapter.due.continuous) == ("in_effect", True)


@pytest.mark.shows("S2-D4.1", "S2-D4.1-1", "S2-D4.1-2", "S2-D4.1-3", "S2-D4.1-6")
def test_before_work_starts_the_desk_names_every_part_that_is_missing(life: Life) -> None:
    start = life.event("2025-12-20", "data-work.started")
    missing = {each.provision for each in may(life.contract, life.events, start).broken}
    assert missing == {"S2-D4.1", *PARTS.values()}
    plan_approved(life)
    start = life.event("2025-12-20", "data-work.started")
    assert may(life.contract, life.events, start).may
    life.tell("2025-12-20", "data-work.started", told_by="contractor")
    for clause in ("S2-D4.1", *PARTS.values()):
        assert (of(life, "2025-12-21", clause).state, of(life, "2025-12-21", clause).breached_on) == ("fulfilled", None)


@pytest.mark.parametrize(
    ("part", "clause"), [pytest.param(*row, marks=pytest.mark.shows(row[1]), id=row[0]) for row in PARTS.items()]
)
def test_a_part_that_is_missing_when_work_starts_is_a_breach_of_its_own_clause(
    life: Life, part: str, clause: str
) -> None:
    plan_approved(life, without=part)
    life.tell("2025-12-20", "data-work.started")
    life.tell("2025-12-22", "data-plan.part-filed", part=part)
    late = of(life, "2025-12-23", clause)
    assert (late.state, late.breached_on) == ("fulfilled", dt.date(2025, 12, 20))
    assert of(life, "2025-12-23", "S2-D4.1").breached_on is None


@pytest.mark.shows("S2-D4.1")
def test_a_plan_that_is_handed_in_but_not_approved_opens_no_work(life: Life) -> None:
    life.tell("2025-12-10", "data-plan.submitted", version="1")
    assert of(life, "2025-12-11", "S2-D4.1").state == "in_effect"
    life.tell("2025-12-20", "data-work.started")
    life.tell("2025-12-21", "data-plan.approved", version="1")
    plan = of(life, "2025-12-22", "S2-D4.1")
    assert plan.breached_on == dt.date(2025, 12, 20)
    assert plan.performed_on == dt.date(2025, 12, 21)


@pytest.mark.shows("S2-D4.1")
def test_approval_of_another_version_than_the_one_handed_in_approves_nothing(life: Life) -> None:
    life.tell("2025-12-10", "data-plan.submitted", version="1")
    life.tell("2025-12-12", "data-plan.approved", version="2")
    assert of(life, "2025-12-13", "S2-D4.1").state == "in_effect"
    assert life.flagged("2025-12-13") != []
    life.tell("2025-12-14", "data-plan.submitted", version="2")
    life.tell("2025-12-15", "data-plan.approved", version="2", told_by="prefecture")
    assert of(life, "2025-12-16", "S2-D4.1").performed_on == dt.date(2025, 12, 15)


@pytest.mark.shows("S2-D4.1-番号", "S2-D4.1-番号/該当", "S2-D4.1-1-番号")
def test_my_number_work_keeps_its_data_apart_and_lists_its_own_handlers_first(life: Life) -> None:
    plan_approved(life)
    assert [each.by for each in life.view("2025-12-16", "S2-D4.1-番号").against] == ["S2-D4.1-番号/該当"]
    assert of(life, "2025-12-16", "S2-D4.1-1-番号").state == "pending"
    found(life, "2025-12-17", "S2-D4.1-番号/該当")
    assert of(life, "2025-12-18", "S2-D4.1-1-番号").state == "in_effect"
    start = life.event("2025-12-20", "data-work.started")
    assert [each.provision for each in may(life.contract, life.events, start).broken] == ["S2-D4.1-1-番号"]
    life.tell("2025-12-18", "data-roster.my-number-added", told_by="contractor")
    life.tell("2025-12-20", "data-work.started")
    assert of(life, "2025-12-21", "S2-D4.1-1-番号").breached_on is None
    proved(life, "2025-12-19", "S2-D4.1-番号", "safeguards")
    assert life.state("2025-12-20", "S2-D4.1-番号") == "unproved"
    proved(life, "2025-12-20", "S2-D4.1-番号", "separation")
    assert life.state("2026-12-20", "S2-D4.1-番号") == "proved"
    assert life.state("2026-12-21", "S2-D4.1-番号") == "expired"


@pytest.mark.shows("S2-D4.1-1-番号")
def test_work_without_my_numbers_needs_no_further_roles(life: Life) -> None:
    plan_approved(life)
    life.tell("2025-12-20", "data-work.started")
    assert of(life, "2025-12-21", "S2-D4.1-1-番号").breached_on is None


# ---- the roster ----


@pytest.mark.shows("S2-D4.1-1-教育")
@pytest.mark.parametrize("role", ["handler", "manager", "my-number-handler", "my-number-manager"])
def test_nobody_of_the_four_roles_is_listed_without_a_training_record(life: Life, role: str) -> None:
    for person in ("K1", "K2", "K3"):
        life.tell("2025-12-01", "handler.nominated", person=person, role=role)
    life.tell("2025-12-03", "handler.trained", person="K1", on="2025-12-02", course="守秘義務")
    for person in ("K1", "K2", "K3"):
        life.tell("2025-12-05", "handler.listed", person=person, role=role)
    life.tell("2025-12-09", "handler.trained", person="K3", on="2025-12-08", course="守秘義務")
    views = life.on("2025-12-10").views
    assert views["S2-D4.1-1-教育[person=K1]"].performed_on == dt.date(2025, 12, 2)
    assert views["S2-D4.1-1-教育[person=K1]"].breached_on is None
    assert views["S2-D4.1-1-教育[person=K2]"].state == "violated"
    assert views["S2-D4.1-1-教育[person=K3]"].breached_on == dt.date(2025, 12, 5)


@pytest.mark.shows("S2-D4.1-1-教育")
def test_a_listing_that_nobody_announced_is_held_to_the_same(life: Life) -> None:
    life.tell("2025-12-05", "handler.listed", person="K9", role="handler")
    assert life.state("2025-12-06", "S2-D4.1-1-教育[person=K9]") == "violated"


@pytest.mark.shows("S2-D4.1-1-教育")
def test_who_was_trained_earlier_may_be_listed_at_once(life: Life) -> None:
    life.tell("2025-11-20", "handler.trained", person="K8", on="2025-11-19", course="守秘義務")
    life.tell("2025-12-05", "handler.listed", person="K8", role="manager")
    trained = life.view("2025-12-06", "S2-D4.1-1-教育[person=K8]")
    assert (trained.state, trained.breached_on, trained.performed_on) == ("fulfilled", None, dt.date(2025, 11, 19))


# ---- 4.2 (3): changes and deviations ----

MATTERS = {"staff": "1", "training": "2", "handling": "3", "subcontract": "4"}


@pytest.mark.parametrize(
    ("matter", "condition"),
    [
        pytest.param(matter, f"S2-D4.2-3-ア-{item}", marks=pytest.mark.shows(f"S2-D4.2-3-ア-{item}"), id=matter)
        for matter, item in MATTERS.items()
    ],
)
@pytest.mark.shows("S2-D4.2-3-ア", "S2-D4.2-3-ア-記録")
def test_each_kind_of_change_is_approved_before_it_acts_and_then_recorded(
    life: Life, matter: str, condition: str
) -> None:
    life.tell("2026-06-01", "plan-change.planned", change="C1", matter=matter, told_by="contractor")
    assert life.state("2026-06-01", f"{condition}[change=C1]") == "holds"
    life.tell("2026-06-02", "plan-change.submitted", change="C1", version="2")
    applying = life.event("2026-06-04", "plan-change.applied", change="C1")
    assert not may(life.contract, life.events, applying).may
    life.tell("2026-06-03", "plan-change.approved", change="C1", told_by="prefecture")
    life.tell("2026-06-04", "plan-change.applied", change="C1")
    change = life.view("2026-06-05", "S2-D4.2-3-ア[change=C1]")
    assert (change.state, change.performed_on, change.breached_on) == ("fulfilled", dt.date(2026, 6, 3), None)
    assert life.state("2026-06-05", "S2-D4.2-3-ア-記録[change=C1]") == "in_effect"
    life.tell("2026-06-05", "plan-change.recorded", change="C1")
    assert life.state("2026-06-06", "S2-D4.2-3-ア-記録[change=C1]") == "fulfilled"


@pytest.mark.shows("S2-D4.2-3-ア", "S2-D4.2-3-ア-1", "S2-D4.1-1-教育")
def test_a_new_handler_starts_only_trained_and_on_an_approved_roster(life: Life) -> None:
    plan_approved(life)
    life.tell("2026-06-01", "handler.nominated", person="K4", role="handler")
    life.tell("2026-06-01", "plan-change.planned", change="C1", matter="staff")
    life.tell("2026-06-02", "handler.trained", person="K4", on="2026-06-02", course="データの取扱い")
    life.tell("2026-06-02", "plan-change.submitted", change="C1", version="2")
    life.tell("2026-06-03", "plan-change.applied", change="C1")  # the person starts
    life.tell("2026-06-08", "plan-change.approved", change="C1")
    life.tell("2026-06-08", "handler.listed", person="K4", role="handler")
    assert life.view("2026-06-09", "S2-D4.2-3-ア[change=C1]").breached_on == dt.date(2026, 6, 3)
    assert life.view("2026-06-09", "S2-D4.1-1-教育[person=K4]").breached_on is None


@pytest.mark.shows("S2-D4.2-3-ア")
def test_a_change_that_nobody_announced_is_a_breach_when_it_acts(life: Life) -> None:
    life.tell("2026-06-03", "plan-change.applied", change="C9")
    assert life.view("2026-06-04", "S2-D4.2-3-ア[change=C9]").breached_on == dt.date(2026, 6, 3)


@pytest.mark.shows("S2-D4.2-3-イ")
@pytest.mark.parametrize(("approved", "breached"), [("2026-06-10", None), ("2026-06-12", dt.date(2026, 6, 11))])
def test_a_temporary_deviation_too_is_approved_first(life: Life, approved: str, breached: dt.date | None) -> None:
    life.tell("2026-06-08", "deviation.planned", deviation="V1", **{"from": "2026-06-11", "until": "2026-06-20"})
    life.tell("2026-06-09", "deviation.submitted", deviation="V1")
    life.tell(approved, "deviation.approved", deviation="V1", told_by="prefecture")
    life.tell("2026-06-11", "deviation.started", deviation="V1", urgent=False)
    deviation = life.view("2026-06-13", "S2-D4.2-3-イ[deviation=V1]")
    assert (deviation.state, deviation.breached_on) == ("fulfilled", breached)


@pytest.mark.shows("S2-D4.2-3-イ-但")
def test_in_an_emergency_one_deviates_first_and_reports_promptly_afterwards(life: Life) -> None:
    life.tell("2026-06-11", "deviation.started", deviation="V1", urgent=True, incident="I1")
    views = life.on("2026-06-12").views
    report = views["S2-D4.2-3-イ-但[deviation=V1]"]
    assert (report.state, report.due.manner, report.due.day) == ("in_effect", "速やかに", None)
    assert "S2-D4.2-3-イ[deviation=V1]" not in views
    life.tell("2026-06-13", "deviation.reported", deviation="V1")
    assert life.state("2026-06-14", "S2-D4.2-3-イ-但[deviation=V1]") == "fulfilled"


# ---- 4.2 (1), (4), (5): carrying out, reports, audits, corrections ----


@pytest.mark.shows("S2-D4.2-1", "S2-D4.2-4-ウ/評価")
def test_the_plans_measures_run_all_along_with_a_record_and_a_review_each_year(life: Life) -> None:
    for name, slot in (("S2-D4.2-1", "state"), ("S2-D4.2-4-ウ/評価", "review")):
        assert life.view("2026-01-10", name).due.continuous
        proved(life, "2026-04-01", name, slot)
        filed = life.on("2026-05-01").fold.instances[name].evidence
        assert filed == {slot: (dt.date(2026, 4, 1), dt.date(2027, 4, 1))}


@pytest.mark.shows("S2-D4.2-4-ア")
def test_compliance_is_reported_on_the_days_agreed_in_the_plan(life: Life) -> None:
    for number, day in (("R1", "2026-03-31"), ("R2", "2026-06-30")):
        life.tell("2025-12-15", "compliance-report.scheduled", report=number, on=day)
    life.tell("2026-03-31", "compliance-report.submitted", report="R1", told_by="contractor")
    first = life.view("2026-07-01", "S2-D4.2-4-ア[report=R1]")
    assert (first.state, first.breached_on, first.due.day) == ("fulfilled", None, dt.date(2026, 3, 31))
    assert life.state("2026-06-30", "S2-D4.2-4-ア[report=R2]") == "in_effect"
    assert life.view("2026-07-01", "S2-D4.2-4-ア[report=R2]").breached_on == dt.date(2026, 7, 1)


@pytest.mark.shows("S2-D4.2-4-イ")
def test_an_audit_is_accepted_whenever_the_client_asks_announced_or_not(life: Life) -> None:
    life.tell("2026-06-01", "data-audit.requested", audit="A1", on="2026-06-15", told_by="prefecture")
    life.tell("2026-06-02", "data-audit.requested", audit="A2", told_by="prefecture")
    assert life.view("2026-06-02", "S2-D4.2-4-イ[audit=A1]").due.day == dt.date(2026, 6, 15)
    assert life.view("2026-06-16", "S2-D4.2-4-イ[audit=A1]").breached_on == dt.date(2026, 6, 16)
    assert life.view("2026-06-02", "S2-D4.2-4-イ[audit=A2]").due.day is None
    life.tell("2026-06-02", "data-audit.accepted", audit="A2")
    assert life.state("2026-06-03", "S2-D4.2-4-イ[audit=A2]") == "fulfilled"


@pytest.mark.shows("S2-D4.2-4-ウ")
def test_a_review_that_shows_an_improvement_leads_to_a_proposal(life: Life) -> None:
    life.tell("2026-10-01", "data-plan.reviewed", review="V1", improvement=True)
    life.tell("2026-10-01", "data-plan.reviewed", review="V2", improvement=False)
    views = life.on("2026-10-02").views
    assert views["S2-D4.2-4-ウ[review=V1]"].state == "in_effect"
    assert "S2-D4.2-4-ウ[review=V2]" not in views
    life.tell("2026-10-05", "improvement.proposed", review="V1", told_by="contractor")
    assert life.state("2026-10-06", "S2-D4.2-4-ウ[review=V1]") == "fulfilled"


@pytest.mark.shows("S2-D4.2-5/協議", "S2-D4.2-5", "S2-D4.2-5-後")
def test_what_is_found_insufficient_is_consulted_on_corrected_and_put_into_the_plan(life: Life) -> None:
    life.tell("2026-08-01", "insufficiency.found", insufficiency="F1", told_by="prefecture")
    steps = [
        ("S2-D4.2-5/協議", "2026-08-05", "corrective-action.consulted", {}),
        ("S2-D4.2-5", "2026-08-10", "corrective-action.taken", {}),
        ("S2-D4.2-5-後", "2026-08-12", "corrective-action.reflected", {"version": "3"}),
    ]
    for number, (clause, day, kind, fields) in enumerate(steps):
        open_ones = {each.provision for each in life.on(day).views.values() if each.keys.get("insufficiency")}
        assert open_ones == {each[0] for each in steps[: number + 1]}
        assert life.state(day, f"{clause}[insufficiency=F1]") == "in_effect"
        life.tell(day, kind, insufficiency="F1", **fields)
        assert life.state(day, f"{clause}[insufficiency=F1]") == "fulfilled"
