"""The certificates contract is terminated for cause: by the client in five events, by the contractor after a demand."""

from __future__ import annotations

import datetime as dt

import pytest
from certificates_lives import april, closed, designated, found, offset, received, signed
from contracts_lives import Life

FEES = "S1-12-2[month=2026-04]"


def strike(life: Life, day: str, clause: str) -> None:
    """One of the first four events comes upon the contractor."""
    if clause == "S1-17-1-4":
        found(life, day, clause)
    else:
        events = {
            "S1-17-1-1": "insolvency.known",
            "S1-17-1-2": "bill.dishonoured",
            "S1-17-1-3": "seizure.made",
        }
        life.tell(day, events[clause])


@pytest.mark.shows("S1-17-1", "S1-17-1-1", "S1-17-1-2", "S1-17-1-3", "S1-17-1-4")
def test_each_of_four_events_lets_the_client_terminate_at_once_without_a_demand() -> None:
    for clause in ("S1-17-1-1", "S1-17-1-2", "S1-17-1-3", "S1-17-1-4"):
        life = signed()
        life.tell("2026-05-09", "termination.notified", case="0", extent="whole")
        assert life.on("2026-05-09").status == "in_force"
        assert life.flagged("2026-05-09") == ["without_effect"]
        strike(life, "2026-05-10", clause)
        life.tell("2026-05-10T13:00", "termination.notified", case="1", extent="whole")
        assert life.on("2026-05-10T12:59").status == "in_force"
        result = life.on("2026-05-10T13:00")
        assert (result.status, result.fold.ended_on) == ("terminated", dt.date(2026, 5, 10))
        assert result.views["S1-17-1[case=1]"].state == "exercised"


@pytest.mark.shows("S1-17-1", "S1-17-3")
def test_termination_of_a_part_is_recorded_and_the_rest_goes_on() -> None:
    life = signed()
    life.tell("2026-05-10", "seizure.made")
    life.tell("2026-05-12", "termination.notified", case="1", extent="part")
    result = life.on("2026-05-13")
    assert result.status == "in_force"
    assert result.views["S1-17-1[case=1]"].state == "exercised"
    assert result.views["S1-17-3[case=1]"].state == "holds"


@pytest.mark.shows("S1-17-1-5", "S1-17-1")
def test_a_demand_must_have_gone_fourteen_days_unanswered_first_day_not_counted() -> None:
    for day, status in (("2026-06-15", "in_force"), ("2026-06-16", "terminated")):
        life = signed()
        life.tell("2026-06-01T10:00", "demand.received", demand="T1", to="乙")
        assert life.view("2026-06-02", "S1-17-1-5[demand=T1]").due.day == dt.date(2026, 6, 15)
        life.tell(f"{day}T09:00", "termination.notified", case="1", extent="whole")
        assert life.on("2026-06-20").status == status


@pytest.mark.shows("S1-17-1-5")
def test_a_breach_cured_on_the_fourteenth_day_is_cured_in_time_and_on_the_fifteenth_too_late() -> None:
    for day, state in (("2026-06-15", "averted"), ("2026-06-16", "holds")):
        life = signed()
        life.tell("2026-06-01", "demand.received", demand="T1", to="乙")
        life.tell(day, "breach.cured", demand="T1")
        assert life.state("2026-06-20", "S1-17-1-5[demand=T1]") == state


@pytest.mark.shows("S1-17-1-5")
def test_a_fourteenth_day_on_a_sunday_moves_only_if_that_reading_is_chosen() -> None:
    # 31 May 2026 + 14 = 14 June, a Sunday; the next open day is Monday 15 June
    for option, day in (("raw", dt.date(2026, 6, 14)), ("moved", dt.date(2026, 6, 15))):
        life = signed()
        life.tell("2026-04-01", "policy.chosen", policy="holiday.in-force", option=option)
        life.tell("2026-05-31", "demand.received", demand="T1", to="乙")
        due = life.view("2026-06-01", "S1-17-1-5[demand=T1]").due
        assert (due.day, due.raw, due.moved) == (day, dt.date(2026, 6, 14), dt.date(2026, 6, 15))


@pytest.mark.shows("S1-17-2", "S1-17-2/払込", "S1-12-2")
def test_insolvency_calls_in_fees_that_were_not_yet_due_although_nobody_gave_notice() -> None:
    life = april(offset_on=None)
    life.tell("2026-05-10", "insolvency.known")
    views = life.on("2026-05-10T23:59").views
    assert views[FEES].due.day == dt.date(2026, 5, 10)
    assert views[FEES].state == "in_effect"
    assert life.view("2026-05-11", FEES).breached_on == dt.date(2026, 5, 11)
    pay_in = life.view("2026-05-11", "S1-17-2/払込[S1-17-2]")
    assert (pay_in.bearer, pay_in.due.manner, pay_in.state) == ("contractor", "直ちに", "in_effect")
    life.tell("2026-06-29", "fees.received", month="2026-04", yen=300_000)
    life.tell("2026-06-29", "settlement.completed")
    assert life.on("2026-06-30").status == "in_force"
    assert life.state("2026-06-30", "S1-17-2/払込[S1-17-2]") == "fulfilled"
    # from 11 May to 29 June, 50 days: 300,000 x 2.5 % x 50 / 365 = 1,027.40
    assert life.yen("2026-06-30", "S1-15-1[month=2026-04]") == 1_000


@pytest.mark.shows("S1-17-2", "S1-15-1")
def test_fees_that_were_late_already_do_not_fall_due_later_for_it() -> None:
    life = april()
    life.tell("2026-06-10", "bill.dishonoured")
    received(life, "2026-10-26", "2026-04", 177_000)
    assert life.view("2026-11-01", FEES).due.day == dt.date(2026, 5, 29)
    assert life.yen("2026-11-01", "S1-15-1[month=2026-04]") == 1_800


@pytest.mark.shows("S1-17-2", "S1-12-2")
def test_fees_without_a_designated_day_fall_due_too() -> None:
    life = signed()
    closed(life, "2026-05-01", "2026-04")
    assert life.view("2026-05-09", FEES).due.day is None
    life.tell("2026-05-10", "seizure.made")
    assert life.view("2026-05-10", FEES).due.day == dt.date(2026, 5, 10)
    assert life.state("2026-05-11", FEES) == "violated"


@pytest.mark.shows("S1-17-2", "S1-17-1-5")
def test_an_unanswered_demand_calls_in_the_fees_on_the_fifteenth_day() -> None:
    life = april()
    life.tell("2026-05-07", "demand.received", demand="T1", to="乙")
    assert life.view("2026-05-21", FEES).due.day == dt.date(2026, 5, 29)
    assert life.view("2026-05-22", FEES).due.day == dt.date(2026, 5, 22)


@pytest.mark.shows("S1-17-1", "S1-12-2", "S1-12-1", "S1-19", "S1-6-4")
def test_termination_leaves_debts_and_secrets_and_asks_for_the_hand_over() -> None:
    life = april(offset_on=None)
    life.tell("2026-05-02", "secret.disclosed", asset="A", discloser="甲", medium="紙")
    life.tell("2026-05-02", "complaint.received", complaint="Q1")
    life.tell("2026-05-10", "insolvency.known")
    life.tell("2026-05-12", "termination.notified", case="1", extent="whole")
    closed(life, "2026-06-01", "2026-05", copies=300)
    result = life.on("2026-06-02")
    assert result.views[FEES].state == "violated"
    assert result.views["S1-12-1[month=2026-04]"].state == "in_effect"
    assert life.yen("2026-06-02", "S1-12-2[month=2026-05]") == 90_000
    assert life.yen("2026-06-02", "S1-12-1[month=2026-05]") == 36_900
    assert result.views["S1-14-乙[complaint=Q1]"].state == "discharged"
    assert result.views["S1-6-1[asset=A]"].state == "in_effect"
    assert result.views["S1-6-4[2026-05-12]"].state == "holds"
    assert result.views["S1-19[2026-05-12]"].due.manner == "直ちに"
    assert "S1-22-但[2026-05-12]" not in result.views


@pytest.mark.shows("S1-19")
def test_the_hand_over_is_done_when_the_client_signs_it_off() -> None:
    life = signed()
    life.tell("2026-05-10", "insolvency.known")
    life.tell("2026-05-12", "termination.notified", case="1", extent="whole")
    life.tell("2026-05-20", "handover.delivered")
    assert life.state("2026-05-21", "S1-19[2026-05-12]") == "in_effect"
    life.tell("2026-05-25", "handover.signed-off")
    assert life.state("2026-05-26", "S1-19[2026-05-12]") == "fulfilled"


@pytest.mark.shows("S1-18-1", "S1-18-1/催告", "S1-18-2")
def test_the_contractor_terminates_after_its_own_demand_and_says_so_beforehand() -> None:
    life = signed()
    life.tell("2026-06-01", "demand.received", demand="T1", to="甲")
    life.tell("2026-06-15", "termination.planned", case="1")
    life.tell("2026-06-17", "termination.forewarned", case="1")
    life.tell("2026-06-20", "termination.declared", case="1")
    assert life.view("2026-06-15", "S1-18-1/催告[demand=T1]").due.day == dt.date(2026, 6, 15)
    assert life.state("2026-06-16", "S1-18-1/催告[demand=T1]") == "holds"
    assert life.state("2026-06-16", "S1-18-2[case=1]") == "in_effect"
    result = life.on("2026-06-21")
    assert result.status == "terminated"
    assert result.views["S1-18-1[case=1]"].state == "exercised"
    assert result.views["S1-18-2[case=1]"].state == "fulfilled"
    assert "S1-17-1-5[demand=T1]" not in result.views


@pytest.mark.shows("S1-18-1", "S1-18-1/催告")
def test_the_contractor_cannot_terminate_while_the_client_may_still_cure() -> None:
    for cured_on, told_on in ((None, "2026-06-15"), ("2026-06-14", "2026-06-20")):
        life = signed()
        life.tell("2026-06-01", "demand.received", demand="T1", to="甲")
        if cured_on is not None:
            life.tell(cured_on, "breach.cured", demand="T1")
        life.tell("2026-06-02", "termination.forewarned", case="1")
        life.tell(told_on, "termination.declared", case="1")
        result = life.on("2026-06-21")
        assert result.status == "in_force"
        assert "without_effect" in life.flagged("2026-06-21")
        assert result.views["S1-18-1/催告[demand=T1]"].state == ("holds" if cured_on is None else "averted")


@pytest.mark.shows("S1-18-2")
def test_an_unannounced_termination_ends_the_contract_and_breaks_the_duty_to_announce_it() -> None:
    life = signed()
    life.tell("2026-06-01", "demand.received", demand="T1", to="甲")
    life.tell("2026-06-20", "termination.declared", case="1")
    result = life.on("2026-06-21")
    assert result.status == "terminated"
    assert result.views["S1-18-2[case=1]"].breached_on == dt.date(2026, 6, 20)


@pytest.mark.shows("S1-12-1", "S1-12-2")
def test_after_termination_the_commission_still_offsets_the_last_fees() -> None:
    life = april(offset_on=None)
    life.tell("2026-05-10", "insolvency.known")
    life.tell("2026-05-12", "termination.notified", case="1", extent="whole")
    offset(life, "2026-05-20", "2026-04")
    received(life, "2026-05-20", "2026-04", 177_000)
    views = life.on("2026-05-21").views
    assert views[FEES].state == "fulfilled"
    assert views["S1-12-1[month=2026-04]"].state == "fulfilled"
    assert views[FEES].breached_on == dt.date(2026, 5, 11)


@pytest.mark.shows("S1-17-2")
def test_a_month_closed_after_the_event_waits_for_its_day_and_for_the_duty_to_pay_in_everything() -> None:
    life = signed()
    life.tell("2026-04-20", "insolvency.known")
    closed(life, "2026-05-01", "2026-04")
    views = life.on("2026-05-02").views
    assert views[FEES].state == "in_effect"
    assert views["S1-17-2/払込[S1-17-2]"].state == "in_effect"
    designated(life, "2026-05-02", "2026-04", "2026-05-11")
    assert life.view("2026-05-12", FEES).breached_on == dt.date(2026, 5, 12)


@pytest.mark.shows("S1-17-1", "S1-17-1-5")
def test_of_two_demands_the_one_that_was_not_cured_gives_the_right_on_its_own_fifteenth_day() -> None:
    life = signed()
    life.tell("2026-06-01", "demand.received", demand="T1", to="乙")
    life.tell("2026-06-05", "demand.received", demand="T2", to="乙")
    life.tell("2026-06-10", "breach.cured", demand="T1")
    life.tell("2026-06-19", "termination.notified", case="1", extent="whole")
    assert life.on("2026-06-19").status == "in_force"
    life.tell("2026-06-20", "termination.notified", case="2", extent="whole")
    views = life.on("2026-06-20").views
    assert (views["S1-17-1[case=1]"].state, views["S1-17-1[case=2]"].state) == ("barred", "exercised")


@pytest.mark.shows("S1-17-2", "S1-17-1-4")
def test_a_finding_that_is_taken_back_ends_the_right_but_what_fell_due_stays_so_for_a_person_to_look_at() -> None:
    life = april(offset_on=None)
    found(life, "2026-05-10", "S1-17-1-4")
    found(life, "2026-05-20", "S1-17-1-4", result=False)
    life.tell("2026-05-21", "termination.notified", case="1", extent="whole")
    result = life.on("2026-05-22")
    assert result.status == "in_force"
    assert result.views[FEES].due.day == dt.date(2026, 5, 10)
    assert life.flagged("2026-05-22") == ["effect_stands", "without_effect"]


@pytest.mark.shows("S1-12-2")
def test_an_insolvency_told_by_mistake_and_voided_never_called_in_the_fees() -> None:
    life = april(offset_on=None)
    mistaken = life.tell("2026-05-10", "insolvency.known")
    assert life.state("2026-05-22", FEES) == "violated"
    life.void(mistaken)
    view = life.view("2026-05-22", FEES)
    assert (view.state, view.due.day, view.breached_on) == ("in_effect", dt.date(2026, 5, 29), None)
