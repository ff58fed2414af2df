"""The certificates contract goes on from year to year unless one side objects a month before its last day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from certificates_lives import closed, designated, signed
from contracts_lives import Life

from itaku.contracts.engine.why import why
from itaku.contracts.model.kinds import Definition


def last_day(life: Life, day: str) -> object:
    """The last day of the term as it stands on a day."""
    return life.on(day).fold.terms["term_end"][-1].value


@pytest.mark.shows("S1-21-但")
def test_silence_renews_it_three_times_for_a_year_each() -> None:
    life = signed()
    years = [
        # last day, last day for objecting (the corresponding day, or the month's last), last day once it has passed
        ("2027-03-31", "2027-02-28", "2028-03-31"),
        ("2028-03-31", "2028-02-29", "2029-03-31"),
        ("2029-03-31", "2029-02-28", "2030-03-31"),
    ]
    for ends, cut_off, next_end in years:
        name = f"S1-21-但[term_end={ends}]"
        waiting = life.view(cut_off, name)
        assert (waiting.state, waiting.due.day) == ("running", dt.date.fromisoformat(cut_off))
        assert waiting.due.remind == dt.date.fromisoformat(cut_off) - dt.timedelta(days=1)
        assert last_day(life, cut_off) == dt.date.fromisoformat(ends)
        day_after = (dt.date.fromisoformat(cut_off) + dt.timedelta(days=1)).isoformat()
        assert life.state(day_after, name) == "holds"
        assert last_day(life, day_after) == dt.date.fromisoformat(next_end)
        assert life.on(ends).status == life.on(next_end).status == "in_force"
    assert not life.flagged("2030-03-31")


@pytest.mark.shows("S1-21-但", "S1-19")
@pytest.mark.parametrize("side", ["client", "contractor"])
def test_an_objection_of_either_side_on_the_last_day_for_it_lets_the_contract_expire(side: str) -> None:
    life = signed()
    life.tell("2028-02-29", "objection.arrived", term_end="2028-03-31", told_by=side)
    assert life.state("2028-03-01", "S1-21-但[term_end=2028-03-31]") == "averted"
    assert last_day(life, "2028-03-31") == dt.date(2028, 3, 31)
    assert life.on("2028-03-31T23:59").status == "in_force"
    assert life.on("2028-04-01T00:00").status == "expired"
    assert life.on("2028-04-01").fold.ended_on == dt.date(2028, 3, 31)
    assert life.state("2028-04-01", "S1-19[2028-03-31]") == "in_effect"


@pytest.mark.shows("S1-21-但")
def test_an_objection_a_day_late_changes_nothing_and_is_kept() -> None:
    life = signed()
    late = life.tell("2028-03-01", "objection.arrived", term_end="2028-03-31", told_by="client")
    result = life.on("2028-04-01")
    assert (result.status, last_day(life, "2028-04-01")) == ("in_force", dt.date(2029, 3, 31))
    assert any(
        f"Done after the time ran out ({late})" in line.en for line in why(result, "S1-21-但[term_end=2028-03-31]")
    )


@pytest.mark.shows("S1-21-但")
def test_an_objection_to_another_year_does_not_stop_this_renewal() -> None:
    life = signed()
    life.tell("2027-01-10", "objection.arrived", term_end="2028-03-31")
    assert life.on("2027-04-01").status == "in_force"
    assert life.on("2028-03-31").status == "in_force"
    assert life.on("2028-04-01").status == "expired"


@pytest.mark.shows("S1-21-但")
def test_a_year_from_the_first_of_march_ends_on_the_last_of_february_also_in_a_leap_year() -> None:
    life = signed(start="2026-03-01", on="2026-02-20", end="2027-02-28")
    assert life.view("2027-01-28", "S1-21-但[term_end=2027-02-28]").due.day == dt.date(2027, 1, 28)
    assert last_day(life, "2027-01-29") == dt.date(2028, 2, 29)
    assert life.view("2028-01-29", "S1-21-但[term_end=2028-02-29]").due.day == dt.date(2028, 1, 29)
    assert last_day(life, "2028-01-30") == dt.date(2029, 2, 28)


@pytest.mark.shows("S1-21-但")
def test_where_the_last_day_for_objecting_is_a_sunday_both_readings_can_be_chosen() -> None:
    name = "S1-21-但[term_end=2027-03-31]"
    for option, day, status in (("raw", "2027-02-28", "expired"), ("moved", "2027-02-26", "in_force")):
        life = signed()
        life.tell("2026-04-01", "policy.chosen", policy="S1-21.cut-off", option=option)
        life.tell("2027-02-27", "objection.arrived", term_end="2027-03-31")
        due = life.view("2026-12-01", name).due
        assert (due.day, due.raw, due.moved) == (
            dt.date.fromisoformat(day),
            dt.date(2027, 2, 28),
            dt.date(2027, 2, 26),
        )
        assert life.on("2027-04-01").status == status


@pytest.mark.shows("S1-21", "S1-21-但")
def test_while_the_last_day_is_blank_it_neither_renews_nor_expires(clause: Callable[[str], Definition]) -> None:
    assert clause("S1-21").missing is not None
    life = signed(end=None)
    result = life.on("2036-04-01")
    assert result.status == "in_force"
    assert not [name for name in result.views if name.startswith("S1-21-但")]
    life.tell("2036-04-02", "term.set", term="term_end", date="2037-03-31")
    assert life.state("2036-04-03", "S1-21-但[term_end=2037-03-31]") == "running"


@pytest.mark.shows("S1-12-2", "S1-6-4", "S1-19")
def test_after_expiry_the_last_months_fees_are_still_owed_and_secrets_stay_secret() -> None:
    life = signed()
    life.tell("2026-05-01", "secret.disclosed", asset="A", discloser="甲", medium="電子メール")
    life.tell("2027-02-01", "objection.arrived", term_end="2027-03-31")
    closed(life, "2027-04-05", "2027-03")
    designated(life, "2027-04-05", "2027-03", "2027-04-30")
    life.tell("2027-06-01", "secret.given-out", asset="A")
    result = life.on("2027-06-02")
    assert result.status == "expired"
    assert result.views["S1-12-2[month=2027-03]"].breached_on == dt.date(2027, 5, 1)
    assert result.views["S1-6-4[2027-03-31]"].state == "holds"
    assert result.views["S1-6-1/開示[asset=A]"].breached_on == dt.date(2027, 6, 1)
    assert "S1-22-但[2027-03-31]" not in result.views
