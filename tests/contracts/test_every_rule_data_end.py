"""Chapters 4.3 and 4.4 of the data protection specification live: return, incident records, sanitization of devices."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from contracts_lives import Life
from rider_lives import chosen, day_set, found, of, proved, signed

D = dt.date


@pytest.fixture(name="life")
def _life() -> Life:
    return signed()


# ---- 4.3: return ----


@pytest.mark.shows("S2-D4.3-1", "S2-D4.3-1/処理", "S2-D4.3-2")
def test_data_go_back_by_an_approved_plan_and_the_ledger_tells_the_result(life: Life) -> None:
    life.tell("2027-03-20", "work.completed", on="2027-03-20")
    assert of(life, "2027-03-21", "S2-D4.3-1").bearer == "contractor"
    life.tell("2027-03-22", "return-plan.submitted", my_number_marked=False)
    assert of(life, "2027-03-23", "S2-D4.3-1").state == "in_effect"
    life.tell("2027-03-25", "return-plan.approved")
    life.tell("2027-03-26", "data-return.started")
    plan = of(life, "2027-03-27", "S2-D4.3-1")
    assert (plan.state, plan.performed_on, plan.breached_on) == ("fulfilled", D(2027, 3, 25), None)
    life.tell("2027-03-28", "data-return.finished", open_rows=2)
    assert of(life, "2027-03-29", "S2-D4.3-1/処理").state == "in_effect"
    assert not [view for view in life.on("2027-03-29").views.values() if view.provision == "S2-D4.3-2"]
    life.tell("2027-04-05", "data-return.finished", open_rows=0)
    assert of(life, "2027-04-06", "S2-D4.3-2").state == "in_effect"
    life.tell("2027-04-07", "data-ledger.results-submitted")
    assert of(life, "2027-04-08", "S2-D4.3-2").state == "fulfilled"


@pytest.mark.shows("S2-D4.3-1")
def test_data_that_go_back_before_the_plan_is_approved_are_a_breach(life: Life) -> None:
    life.tell("2027-03-20", "work.completed", on="2027-03-20")
    life.tell("2027-03-22", "return-plan.submitted", my_number_marked=False)
    life.tell("2027-03-24", "data-return.started")
    life.tell("2027-03-25", "return-plan.approved")
    plan = of(life, "2027-03-26", "S2-D4.3-1")
    assert (plan.state, plan.breached_on) == ("fulfilled", D(2027, 3, 24))


@pytest.mark.shows("S2-D4.3-1-番号")
@pytest.mark.parametrize(("marked", "state"), [(True, "fulfilled"), (False, "violated")])
def test_where_my_number_is_handled_the_return_plan_says_so(life: Life, marked: bool, state: str) -> None:
    found(life, "2025-11-10", "S2-D4.1-番号/該当")
    life.tell("2027-03-20", "work.completed", on="2027-03-20")
    life.tell("2027-03-22", "return-plan.submitted", my_number_marked=marked)
    life.tell("2027-03-24", "data-return.started")
    assert of(life, "2027-03-26", "S2-D4.3-1-番号").state == state


@pytest.mark.shows("S2-D4.3-1-番号")
def test_without_my_number_nothing_has_to_be_marked(life: Life) -> None:
    life.tell("2027-03-20", "work.completed", on="2027-03-20")
    life.tell("2027-03-24", "data-return.started")
    unmarked = of(life, "2027-03-26", "S2-D4.3-1-番号")
    assert (unmarked.state, unmarked.breached_on) == ("pending", None)


@pytest.mark.shows("S2-D4.3-3")
def test_incident_records_are_handed_over_on_the_day_that_is_set(life: Life) -> None:
    name = "S2-D4.3-3[incident=I1]"
    life.tell("2026-05-15T10:00", "data-incident.recognised", incident="I1", threat="leak")
    assert life.view("2026-05-16", name).due.day is None
    life.tell("2027-03-20", "work.completed", on="2027-03-20")
    assert life.view("2027-03-21", name).due.day is None  # completion sets no day by itself
    day_set(life, "2027-03-21", name, "2027-04-20")
    assert life.view("2027-04-21", name).breached_on == D(2027, 4, 21)
    life.tell("2027-04-20", "data-incident.records-handed-over", incident="I1")
    assert (life.state("2027-04-21", name), life.view("2027-04-21", name).breached_on) == ("fulfilled", None)


@pytest.mark.shows("S2-D4.3-3")
def test_by_the_heading_incident_records_are_handed_over_at_completion(life: Life) -> None:
    chosen(life, "2026-05-01", "S2-D4.3-3.day", "completion")
    life.tell("2026-05-15T10:00", "data-incident.recognised", incident="I1", threat="leak")
    life.tell("2027-03-20", "work.completed", on="2027-03-20")
    records = life.view("2027-03-21", "S2-D4.3-3[incident=I1]")
    assert (records.bearer, records.due.day, records.breached_on) == ("contractor", D(2027, 3, 20), D(2027, 3, 21))


# ---- 4.4: sanitization ----


def planned(life: Life, device: str = "D1", letter: str = "A", **fields: Any) -> None:
    told = {"class": letter, "on": "2026-10-20", "leased": False, "outside": False} | fields
    life.tell("2026-07-01", "sanitization.planned", device=device, **told)


@pytest.mark.shows("S2-D4.4")
def test_a_device_leaves_only_with_a_record_of_its_sanitization(life: Life) -> None:
    planned(life)
    assert life.state("2026-07-02", "S2-D4.4[device=D1]") == "unproved"
    proved(life, "2026-10-21", "S2-D4.4[device=D1]", "record")
    assert life.state("2026-10-22", "S2-D4.4[device=D1]") == "proved"


@pytest.mark.shows("S2-D4.4-1")
def test_the_sanitization_plan_is_approved_thirty_days_before(life: Life) -> None:
    for device, approved in (("D1", "2026-09-20"), ("D2", "2026-09-21")):
        planned(life, device)
        life.tell("2026-09-10", "sanitization.plan-submitted", device=device, on="2026-10-20")
        life.tell(approved, "sanitization.plan-approved", device=device)
    assert life.view("2026-07-02", "S2-D4.4-1[device=D1]").due.day == D(2026, 9, 20)
    assert life.view("2026-10-01", "S2-D4.4-1[device=D1]").breached_on is None
    assert life.view("2026-10-01", "S2-D4.4-1[device=D2]").breached_on == D(2026, 9, 21)


@pytest.mark.shows("S2-D4.4-1/賃貸借", "S2-D4.4-1-賃")
def test_for_a_leased_device_both_days_count_from_the_leases_end(life: Life) -> None:
    planned(life, leased=True, lease_end="2026-09-30", on="2026-11-10")
    assert life.view("2026-07-02", "S2-D4.4-1/賃貸借[device=D1]").due.day == D(2026, 8, 31)
    assert life.view("2026-07-02", "S2-D4.4-1-賃[device=D1]").due.day == D(2026, 10, 30)
    life.tell("2026-08-20", "sanitization.plan-submitted", device="D1", on="2026-10-30")
    life.tell("2026-08-25", "sanitization.plan-approved", device="D1")
    for name in ("S2-D4.4-1/賃貸借[device=D1]", "S2-D4.4-1-賃[device=D1]"):
        assert (life.state("2026-12-01", name), life.view("2026-12-01", name).breached_on) == ("fulfilled", None)


@pytest.mark.shows("S2-D4.4-2-ア-イ", "S2-D4.4-2-ア-ア")
def test_the_clients_own_official_watches_class_a_to_the_end(life: Life) -> None:
    planned(life)
    duty = life.view("2026-07-02", "S2-D4.4-2-ア-イ[device=D1]")
    assert (duty.bearer, duty.due.day) == ("prefecture", D(2026, 10, 20))
    assert life.view("2026-10-21", "S2-D4.4-2-ア-イ[device=D1]").breached_on == D(2026, 10, 21)
    life.tell("2026-10-20T15:00", "sanitization.witnessed", device="D1", official="職員A")
    assert life.state("2026-10-21", "S2-D4.4-2-ア-イ[device=D1]") == "fulfilled"
    proved(life, "2026-10-20", "S2-D4.4-2-ア-ア[device=D1]", "photos")
    assert life.state("2026-10-21", "S2-D4.4-2-ア-ア[device=D1]") == "proved"


@pytest.mark.shows("S2-D4.4-2-ア-イ-但", "S2-D4.4-2-ア-イ-但/引渡")
def test_class_a_destroyed_elsewhere_is_first_erased_inside_and_seen_by_an_official(life: Life) -> None:
    for device in ("D1", "D2"):
        planned(life, device, outside=True)
        life.tell("2026-10-19", "sanitization.erased-inside", device=device, **{"class": "A"})
    life.tell("2026-10-19", "sanitization.erasure-confirmed", device="D1", official="職員A")
    for device in ("D1", "D2"):
        life.tell("2026-10-20", "sanitization.media-handed-over", device=device, **{"class": "A"})
    seen, unseen = (life.view("2026-10-21", f"S2-D4.4-2-ア-イ-但/引渡[device={each}]") for each in ("D1", "D2"))
    assert (seen.bearer, seen.state, seen.breached_on) == ("prefecture", "fulfilled", None)
    assert (unseen.state, unseen.breached_on) == ("violated", D(2026, 10, 20))
    proved(life, "2026-10-25", "S2-D4.4-2-ア-イ-但[device=D1]", "inside", "certificate")
    assert life.state("2026-10-26", "S2-D4.4-2-ア-イ-但[device=D1]") == "proved"
    assert not [name for name in life.on("2026-10-26").views if name.startswith("S2-D4.4-2-ア-イ[")]


@pytest.mark.shows("S2-D4.4-2-イ-ア", "S2-D4.4-2-イ-イ", "S2-D4.4-2-イ-イ/引渡")
def test_class_b_leaves_the_building_only_erased_and_seen(life: Life) -> None:
    planned(life, letter="B")
    proved(life, "2026-10-19", "S2-D4.4-2-イ-ア[device=D1]", "method")
    life.tell("2026-10-19", "sanitization.erased-inside", device="D1", **{"class": "B"})
    assert life.state("2026-10-19", "S2-D4.4-2-イ-イ/引渡[device=D1]") == "in_effect"
    life.tell("2026-10-20", "sanitization.erasure-confirmed", device="D1", official="職員A")
    life.tell("2026-10-21", "sanitization.media-handed-over", device="D1", **{"class": "B"})
    handing = life.view("2026-10-22", "S2-D4.4-2-イ-イ/引渡[device=D1]")
    assert (handing.bearer, handing.state, handing.breached_on) == ("prefecture", "fulfilled", None)
    assert life.state("2026-10-22", "S2-D4.4-2-イ-ア[device=D1]") == "proved"
    proved(life, "2026-10-22", "S2-D4.4-2-イ-イ[device=D1]", "inside")
    assert life.state("2026-10-23", "S2-D4.4-2-イ-イ[device=D1]") == "unproved"


@pytest.mark.shows("S2-D4.4-2-エ-ア", "S2-D4.4-2-エ-ア/認証")
def test_a_special_devices_own_function_counts_only_if_it_is_certified(life: Life) -> None:
    for device in ("D1", "D2"):
        planned(life, device, "D")
    first, second = (f"S2-D4.4-2-エ-ア[device={each}]" for each in ("D1", "D2"))
    assert life.view("2026-07-02", first).state == "not_arisen"
    life.tell("2026-10-20", "sanitization.function-used", device="D1", certificate="なし")
    assert life.state("2026-10-20", first) == "not_arisen"
    assert "without_effect" in life.flagged("2026-10-20")
    found(life, "2026-10-21", "S2-D4.4-2-エ-ア/認証")
    life.tell("2026-10-22", "sanitization.function-used", device="D2", certificate="認証第1号")
    used = life.view("2026-10-22", second)
    assert (used.bearer, used.state) == ("contractor", "exercised")


@pytest.mark.shows("S2-D4.4-3")
@pytest.mark.parametrize(("approved", "breached_on"), [("2026-11-19", None), ("2026-11-20", D(2026, 11, 20))])
def test_the_sanitization_report_is_approved_within_thirty_days(
    life: Life, approved: str, breached_on: dt.date | None
) -> None:
    life.tell("2026-10-20", "sanitization.done", device="D1", on="2026-10-20")
    name = "S2-D4.4-3[device=D1]"
    assert life.view("2026-10-21", name).due.day == D(2026, 11, 19)
    life.tell("2026-11-10", "sanitization.report-submitted", device="D1")
    life.tell(approved, "sanitization.report-approved", device="D1")
    report = life.view("2026-12-01", name)
    assert (report.state, report.breached_on) == ("fulfilled", breached_on)


@pytest.mark.shows("S2-D4.4-3")
def test_by_the_other_reading_handing_the_report_in_stops_the_clock(life: Life) -> None:
    chosen(life, "2026-10-01", "S2-D4.4-3.in-time", "act")
    life.tell("2026-10-20", "sanitization.done", device="D1", on="2026-10-20")
    life.tell("2026-11-19", "sanitization.report-submitted", device="D1")
    life.tell("2026-11-30", "sanitization.report-approved", device="D1")
    report = life.view("2026-12-01", "S2-D4.4-3[device=D1]")
    assert (report.performed_on, report.breached_on) == (D(2026, 11, 19), None)
