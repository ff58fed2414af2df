"""Storage leaves the client: plan 30 days before, class by class, witness, photos, and a report within 30 days."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from contracts_lives import Life
from rider_lives import chosen, found, proved, signed

DAY = "2026-10-20"


@pytest.fixture(name="life")
def _life() -> Life:
    return signed()


def planned(life: Life, day: str = "2026-07-01", **differently: Any) -> None:
    fields = {"device": "D1", "class": "B", "on": DAY, "leased": False, "outside": False} | differently
    life.tell(day, "sanitization.planned", told_by="contractor", **fields)


def handed_in(life: Life, submitted: str, approved: str | None, *, on: str = DAY) -> None:
    life.tell(submitted, "sanitization.plan-submitted", device="D1", on=on, told_by="contractor")
    if approved is not None:
        life.tell(approved, "sanitization.plan-approved", device="D1", told_by="prefecture")


# ---- (1): the plan ----


@pytest.mark.shows("S2-D4.4-1/賃貸借")
def test_a_leased_devices_plan_is_due_thirty_days_before_the_lease_ends_with_a_reminder_a_day_earlier(
    life: Life,
) -> None:
    planned(life, leased=True, lease_end="2026-09-30")
    due = life.view("2026-07-02", "S2-D4.4-1/賃貸借[device=D1]").due
    assert (due.day, due.remind) == (dt.date(2026, 8, 31), dt.date(2026, 8, 30))
    assert "S2-D4.4-1[device=D1]" not in life.on("2026-07-02").views


@pytest.mark.shows("S2-D4.4-1/賃貸借", "S2-D4.4-1-賃")
def test_a_lease_whose_end_is_blank_has_no_date_rather_than_a_wrong_one(life: Life) -> None:
    planned(life, leased=True)
    for clause in ("S2-D4.4-1/賃貸借", "S2-D4.4-1-賃"):
        due = life.view("2026-07-02", f"{clause}[device=D1]").due
        assert due.day is None
        assert due.blank is not None


@pytest.mark.shows("S2-D4.4-1")
def test_without_a_lease_the_thirty_days_count_back_from_the_day_of_sanitization(life: Life) -> None:
    planned(life)
    due = life.view("2026-07-02", "S2-D4.4-1[device=D1]").due
    assert (due.day, due.remind) == (dt.date(2026, 9, 20), dt.date(2026, 9, 19))
    assert due.moved == dt.date(2026, 9, 18)  # the 20th is a Sunday; backwards it moves to the Friday
    assert "S2-D4.4-1/賃貸借[device=D1]" not in life.on("2026-07-02").views
    assert "S2-D4.4-1-賃[device=D1]" not in life.on("2026-07-02").views


@pytest.mark.shows("S2-D4.4-1", "S2-D4.4-1/賃貸借")
def test_the_one_day_in_dispute_is_a_stored_choice(life: Life) -> None:
    chosen(life, "2026-06-30", "S2-D4.4-1.day-count", "included")
    planned(life)
    planned(life, device="D2", leased=True, lease_end="2026-09-30")
    assert life.view("2026-07-02", "S2-D4.4-1[device=D1]").due.day == dt.date(2026, 9, 21)
    assert life.view("2026-07-02", "S2-D4.4-1/賃貸借[device=D2]").due.day == dt.date(2026, 9, 1)


@pytest.mark.shows("S2-D4.4-1")
@pytest.mark.parametrize(
    ("option", "approved", "breached"),
    [
        ("accept", "2026-09-20", None),
        ("accept", "2026-09-21", dt.date(2026, 9, 21)),
        ("act", "2026-09-21", None),
    ],
)
def test_approval_too_is_needed_by_then_unless_submission_is_chosen_to_count(
    life: Life, option: str, approved: str, breached: dt.date | None
) -> None:
    chosen(life, "2026-06-30", "S2-D4.4-1.in-time", option)
    planned(life)
    handed_in(life, "2026-09-18", approved)
    plan = life.view("2026-10-01", "S2-D4.4-1[device=D1]")
    assert (plan.state, plan.breached_on) == ("fulfilled", breached)


@pytest.mark.shows("S2-D4.4-1-賃")
@pytest.mark.parametrize(
    ("option", "on", "breached"),
    [
        ("excluded", "2026-10-30", None),
        ("excluded", "2026-10-31", dt.date(2026, 10, 31)),
        ("included", "2026-10-29", None),
        ("included", "2026-10-30", dt.date(2026, 10, 30)),
    ],
)
def test_the_day_in_the_plan_lies_within_thirty_days_of_the_leases_end(
    life: Life, option: str, on: str, breached: dt.date | None
) -> None:
    chosen(life, "2026-06-30", "S2-D4.4-1-賃.day-count", option)
    planned(life, on=on, leased=True, lease_end="2026-09-30")
    handed_in(life, "2026-08-03", "2026-08-10", on=on)
    day = life.view("2026-12-01", "S2-D4.4-1-賃[device=D1]")
    assert (day.state, day.breached_on) == ("fulfilled", breached)
    assert day.performed_on == dt.date.fromisoformat(on)


# ---- (2): by what the media held ----


@pytest.mark.shows("S2-D4.4")
def test_every_device_that_leaves_proves_that_its_storage_is_beyond_recovery(life: Life) -> None:
    planned(life)
    planned(life, device="D2")
    assert life.state(DAY, "S2-D4.4[device=D1]") == "unproved"
    proved(life, DAY, "S2-D4.4[device=D1]", "record")
    assert life.state("2036-10-20", "S2-D4.4[device=D1]") == "proved"  # it never runs out
    assert life.state("2036-10-20", "S2-D4.4[device=D2]") == "unproved"


CLASSES = [
    ("A", False, {"S2-D4.4-2-ア-ア": ("photos",)}),
    ("A", True, {"S2-D4.4-2-ア-ア": ("photos",), "S2-D4.4-2-ア-イ-但": ("inside", "certificate")}),
    ("B", False, {"S2-D4.4-2-イ-ア": ("method",), "S2-D4.4-2-イ-イ": ("inside", "certificate")}),
    ("C", False, {"S2-D4.4-2-ウ-ア": ("method",), "S2-D4.4-2-ウ-イ": ("confirmation",)}),
    ("D", False, {"S2-D4.4-2-エ-イ": ("confirmation",)}),
]


@pytest.mark.parametrize(
    ("letter", "outside", "wanted"),
    [
        pytest.param(*row, marks=pytest.mark.shows(*row[2]), id=f"{row[0]}-{'out' if row[1] else 'in'}side")
        for row in CLASSES
    ],
)
def test_each_class_wants_its_own_proofs_and_those_of_no_other(
    life: Life, letter: str, outside: bool, wanted: dict[str, tuple[str, ...]]
) -> None:
    planned(life, outside=outside, **{"class": letter})
    views = life.on("2026-07-02").views
    assert {view.provision for view in views.values() if view.kind == "requirement" and view.keys.get("device")} == {
        "S2-D4.4",
        *wanted,
    }
    for clause, slots in wanted.items():
        name = f"{clause}[device=D1]"
        for slot in slots:
            assert life.state(DAY, name) == "unproved"
            proved(life, DAY, name, slot)
        assert life.state(DAY, name) == "proved"


@pytest.mark.shows("S2-D4.4-2-ア-ア")
def test_leased_media_of_class_a_are_destroyed_all_the_same(life: Life) -> None:
    planned(life, leased=True, lease_end="2026-09-30", **{"class": "A"})
    destruction = life.view("2026-07-02", "S2-D4.4-2-ア-ア[device=D1]")
    assert (destruction.bearer, destruction.state) == ("contractor", "unproved")


@pytest.mark.shows("S2-D4.4-2-ア-イ")
def test_for_class_a_inside_the_building_the_clients_official_attends_to_the_end(life: Life) -> None:
    planned(life, **{"class": "A"})
    planned(life, device="D2", outside=True, **{"class": "A"})
    name = "S2-D4.4-2-ア-イ[device=D1]"
    witness = life.view("2026-07-02", name)
    assert (witness.bearer, witness.counterparty) == ("prefecture", "contractor")
    assert witness.due.day == dt.date(2026, 10, 20)
    assert "S2-D4.4-2-ア-イ[device=D2]" not in life.on("2026-07-02").views
    assert life.view("2026-10-21", name).breached_on == dt.date(2026, 10, 21)
    life.tell(
        f"{DAY}T16:00",
        "sanitization.witnessed",
        device="D1",
        official="職員",
        until=f"{DAY}T16:00",
        told_by="prefecture",
        **{"from": f"{DAY}T13:00"},
    )
    assert (life.state("2026-10-21", name), life.view("2026-10-21", name).breached_on) == ("fulfilled", None)


@pytest.mark.parametrize(
    ("letter", "clause"),
    [
        pytest.param("A", "S2-D4.4-2-ア-イ-但/引渡", marks=pytest.mark.shows("S2-D4.4-2-ア-イ-但/引渡"), id="A"),
        pytest.param("B", "S2-D4.4-2-イ-イ/引渡", marks=pytest.mark.shows("S2-D4.4-2-イ-イ/引渡"), id="B"),
    ],
)
def test_media_leave_the_building_only_after_an_official_saw_that_they_are_erased(
    life: Life, letter: str, clause: str
) -> None:
    of_class = {"class": letter}
    for device in ("D1", "D2"):
        life.tell(DAY, "sanitization.erased-inside", device=device, told_by="contractor", **of_class)
    life.tell(DAY, "sanitization.erasure-confirmed", device="D1", official="職員", told_by="prefecture")
    for device in ("D1", "D2", "D3"):
        life.tell("2026-10-21", "sanitization.media-handed-over", device=device, **of_class)
    views = life.on("2026-10-22").views
    assert views[f"{clause}[device=D1]"].bearer == "prefecture"
    assert (views[f"{clause}[device=D1]"].state, views[f"{clause}[device=D1]"].breached_on) == ("fulfilled", None)
    for device in ("D2", "D3"):  # erased but unseen; not even erased
        assert views[f"{clause}[device={device}]"].breached_on == dt.date(2026, 10, 21)


@pytest.mark.shows("S2-D4.4-2-エ-ア", "S2-D4.4-2-エ-ア/認証")
def test_a_devices_own_erase_function_counts_only_where_it_is_certified(life: Life) -> None:
    planned(life, **{"class": "D"})
    name = "S2-D4.4-2-エ-ア[device=D1]"
    life.tell(DAY, "sanitization.function-used", device="D1", certificate="なし")
    assert life.state("2026-10-20", name) == "not_arisen"
    assert "without_effect" in life.flagged("2026-10-20")
    found(life, "2026-10-21", "S2-D4.4-2-エ-ア/認証")
    assert life.state("2026-10-21", name) == "available"
    life.tell("2026-10-22", "sanitization.function-used", device="D1", certificate="C-0001", told_by="contractor")
    assert life.state("2026-10-23", name) == "exercised"


@pytest.mark.shows("S2-D4.4-2-エ-ア")
def test_other_classes_have_no_such_function(life: Life) -> None:
    planned(life, **{"class": "D"})
    planned(life, device="D2", **{"class": "B"})
    assert "S2-D4.4-2-エ-ア[device=D1]" in life.on("2026-07-02").views
    assert "S2-D4.4-2-エ-ア[device=D2]" not in life.on("2026-07-02").views


# ---- (3): the report ----


@pytest.mark.shows("S2-D4.4-3")
@pytest.mark.parametrize(
    ("count", "stops", "approved", "due", "breached"),
    [
        ("excluded", "accept", "2026-11-19", "2026-11-19", None),
        ("excluded", "accept", "2026-11-20", "2026-11-19", "2026-11-20"),
        ("excluded", "act", "2026-11-20", "2026-11-19", None),
        ("included", "accept", "2026-11-19", "2026-11-18", "2026-11-19"),
    ],
)
def test_the_report_is_handed_in_and_approved_within_thirty_days_of_the_day(
    life: Life, count: str, stops: str, approved: str, due: str, breached: str | None
) -> None:
    chosen(life, "2026-06-30", "S2-D4.4-3.day-count", count)
    chosen(life, "2026-06-30", "S2-D4.4-3.in-time", stops)
    life.tell("2026-10-21", "sanitization.done", device="D1", on=DAY, told_by="contractor")
    name = "S2-D4.4-3[device=D1]"
    assert life.view("2026-10-22", name).due.day == dt.date.fromisoformat(due)
    life.tell("2026-11-10", "sanitization.report-submitted", device="D1", told_by="contractor")
    life.tell(approved, "sanitization.report-approved", device="D1", told_by="prefecture")
    report = life.view("2026-12-01", name)
    assert report.state == "fulfilled"
    assert (report.breached_on and report.breached_on.isoformat()) == breached


@pytest.mark.shows("S2-D4.4-3")
def test_photos_before_and_after_are_kept_with_the_report(life: Life) -> None:
    life.tell("2026-10-21", "sanitization.done", device="D1", on=DAY)
    name = "S2-D4.4-3[device=D1]"
    proved(life, "2026-10-21", name, "before", "after")
    assert life.on("2026-10-22").fold.instances[name].evidence == {
        "before": (dt.date(2026, 10, 21), None),
        "after": (dt.date(2026, 10, 21), None),
    }
    paper = life.contract.papers["sanitization-report"].fields
    assert {"before", "after", "witness", "devices", "class", "operator", "tools", "when"} == set(paper)


@pytest.mark.shows("S2-D4.4", "S2-D4.4-1/賃貸借", "S2-D4.4-1-賃", "S2-D4.4-3")
def test_a_lease_that_ends_after_the_contract_is_sanitized_by_the_same_clauses(life: Life) -> None:
    planned(life, "2027-05-01", leased=True, lease_end="2027-06-30", on="2027-07-15")
    assert life.on("2027-05-02").status == "expired"
    assert life.view("2027-05-02", "S2-D4.4-1/賃貸借[device=D1]").due.day == dt.date(2027, 5, 31)
    assert life.view("2027-05-02", "S2-D4.4-1-賃[device=D1]").due.day == dt.date(2027, 7, 30)
    assert life.state("2027-05-02", "S2-D4.4[device=D1]") == "unproved"
    life.tell("2027-07-15", "sanitization.done", device="D1", on="2027-07-15")
    assert life.view("2027-07-16", "S2-D4.4-3[device=D1]").due.day == dt.date(2027, 8, 14)
