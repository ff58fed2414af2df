"""Fees are collected for the client month by month, the commission is offset against them, and only cash is net."""

from __future__ import annotations

import datetime as dt

import pytest
from certificates_lives import april, closed, designated, offset, received, signed

from itaku.contracts.engine.why import why


@pytest.mark.shows("S1-12-1", "S1-12-1/税", "S1-12-2", "S1-12-3")
def test_a_month_is_booked_gross_and_remitted_net() -> None:
    life = april()
    received(life, "2026-05-29", "2026-04", 177_000)
    result = life.on("2026-06-10")
    assert life.yen("2026-06-10", "S1-12-2[month=2026-04]") == 300_000  # 1,000 copies at 300 yen: what is collected
    assert life.yen("2026-06-10", "S1-12-1[month=2026-04]") == 123_000  # 1,000 copies at 123 yen: the commission
    assert life.yen("2026-06-10", "S1-12-1/税[month=2026-04]") == 11_181  # 123,000 x 10/110 = 11,181.8
    assert life.yen("2026-06-10", "S1-12-3[month=2026-04]") == 177_000  # cash
    fees = result.money("S1-12-2[month=2026-04]")
    assert fees is not None
    assert [(part.on.isoformat(), part.yen) for part in fees.paid] == [("2026-05-29", 123_000), ("2026-05-29", 177_000)]
    assert result.views["S1-12-2[month=2026-04]"].state == "fulfilled"
    assert result.views["S1-12-1[month=2026-04]"].state == "fulfilled"
    assert (result.views["S1-12-2[month=2026-04]"].bearer, result.views["S1-12-1[month=2026-04]"].bearer) == (
        "contractor",
        "client",
    )
    assert "S1-15-1[month=2026-04]" not in result.views
    assert not result.flags


@pytest.mark.shows("S1-12-1", "S1-12-2", "S1-12-3")
def test_every_month_of_a_year_is_settled_by_itself() -> None:
    life = signed()
    months = [
        (f"{year}-{month:02}", 900 + 10 * month)
        for year, month in [*((2026, m) for m in range(4, 13)), (2027, 1), (2027, 2), (2027, 3)]
    ]
    for month, copies in months:
        first = dt.date.fromisoformat(f"{month}-01") + dt.timedelta(days=32)
        told, due = first.replace(day=1).isoformat(), first.replace(day=25).isoformat()
        closed(life, told, month, copies)
        designated(life, told, month, due)
        offset(life, due, month, copies * 123)
        received(life, due, month, copies * 177)
    result = life.on("2027-05-01")
    assert all(result.views[f"S1-12-2[month={month}]"].state == "fulfilled" for month, _ in months)
    assert [life.yen("2027-05-01", f"S1-12-3[month={month}]") for month, _ in months] == [
        copies * 177 for _, copies in months
    ]
    # 900 x 12 + 10 x (1 + ... + 12) = 11,580 copies, at 123 yen
    assert sum(life.yen("2027-05-01", f"S1-12-1[month={month}]") or 0 for month, _ in months) == 1_424_340
    assert not result.flags


@pytest.mark.shows("S1-12-2")
def test_the_remittance_has_no_date_and_is_never_late_until_the_client_names_the_day() -> None:
    life = signed()
    closed(life, "2026-05-01", "2026-04")
    waiting = life.view("2026-12-31", "S1-12-2[month=2026-04]")
    assert (waiting.state, waiting.due.day) == ("in_effect", None)
    assert waiting.due.blank is not None
    designated(life, "2027-01-04", "2026-04", "2027-01-29")
    assert life.state("2027-01-29", "S1-12-2[month=2026-04]") == "in_effect"
    assert life.state("2027-01-30", "S1-12-2[month=2026-04]") == "violated"


@pytest.mark.shows("S1-12-2")
def test_a_day_named_for_one_month_says_nothing_of_another() -> None:
    life = april(offset_on=None)
    closed(life, "2026-06-01", "2026-05")
    views = life.on("2026-06-02").views
    assert views["S1-12-2[month=2026-04]"].due.day == dt.date(2026, 5, 29)
    assert views["S1-12-2[month=2026-05]"].due.day is None


@pytest.mark.shows("S1-12-1", "S1-8-1-但", "S1-8-1-複")
@pytest.mark.parametrize(("reading", "commission", "net"), [("net", 123_000, 177_000), ("issued", 124_230, 175_770)])
def test_refunded_copies_count_for_the_commission_only_if_that_reading_is_chosen(
    reading: str, commission: int, net: int
) -> None:
    life = signed()
    life.tell("2026-04-01", "policy.chosen", policy="S1-8-1.refunded-copies", option=reading)
    life.tell("2026-04-10T10:00", "misprint.refunded", order="Z1", several=True, yen=3_000)
    life.tell("2026-04-10T10:01", "sheet.stamped", order="Z1")
    life.tell("2026-04-10T10:02", "order.stamped", order="Z1")
    life.tell("2026-04-10T10:03", "sheet.handed-over", order="Z1", several=True)
    closed(life, "2026-05-01", "2026-04", copies=1_000, refunded=10)
    assert life.yen("2026-05-02", "S1-12-1[month=2026-04]") == commission
    assert life.yen("2026-05-02", "S1-12-3[month=2026-04]") == net  # 300,000 less the commission
    view = life.view("2026-05-02", "S1-8-1-複[order=Z1]")
    assert ("S1-8-1.refunded-copies", reading) in view.policies


@pytest.mark.shows("S1-12-1/税")
def test_the_tax_within_the_price_follows_the_rate_of_the_months_last_day() -> None:
    life = signed(tax="8")
    life.tell("2026-10-01", "term.set", term="tax_percent", text="10")
    closed(life, "2026-10-01", "2026-09")
    closed(life, "2026-11-02", "2026-10")
    assert life.yen("2026-11-30", "S1-12-1/税[month=2026-09]") == 9_111  # 123,000 x 8/108 = 9,111.1
    assert life.yen("2026-11-30", "S1-12-1/税[month=2026-10]") == 11_181
    assert life.yen("2026-11-30", "S1-12-1[month=2026-09]") == 123_000  # the price stays: tax is part of it


@pytest.mark.shows("S1-12-1/税")
def test_the_tax_part_is_not_guessed_while_no_rate_is_entered() -> None:
    life = signed(tax=None)
    closed(life, "2026-05-01", "2026-04")
    money = life.on("2026-05-02").money("S1-12-1/税[month=2026-04]")
    assert money is not None
    assert (money.yen, money.blank is not None and money.blank.waits) == (None, "S1-12-1")


@pytest.mark.shows("S1-12-1")
def test_a_new_unit_price_counts_from_the_month_in_which_it_holds() -> None:
    life = signed()
    life.tell("2026-07-01", "term.set", term="commission_yen", yen=117)
    closed(life, "2026-07-01", "2026-06")
    closed(life, "2026-08-03", "2026-07")
    assert life.yen("2026-08-04", "S1-12-1[month=2026-06]") == 123_000
    assert life.yen("2026-08-04", "S1-12-1[month=2026-07]") == 117_000


@pytest.mark.shows("S1-12-1")
def test_a_commission_that_is_not_offset_is_paid_by_the_client_on_the_day_set_for_it() -> None:
    name = "S1-12-1[month=2026-04]"
    life = april(offset_on=None)
    received(life, "2026-05-29", "2026-04", 300_000)
    assert life.state("2026-06-30", name) == "in_effect"
    life.tell("2026-07-01", "date.set", under="S1-12-1", date="2026-07-31", instance=name)
    life.tell("2026-08-03", "payment.made", under="S1-12-1", instance=name, yen=123_000, told_by="contractor")
    paid = life.view("2026-08-04", name)
    assert (paid.state, paid.bearer) == ("fulfilled", "client")
    assert paid.breached_on == dt.date(2026, 8, 1)


@pytest.mark.shows("S1-12-2")
def test_a_yen_too_much_is_flagged_and_a_yen_too_little_leaves_the_month_open() -> None:
    short, long = april(), april()
    received(short, "2026-05-29", "2026-04", 176_999)
    received(long, "2026-05-29", "2026-04", 177_001)
    money = short.on("2026-05-29").money("S1-12-2[month=2026-04]")
    assert money is not None
    assert money.unpaid_yen == 1
    assert short.state("2026-05-30", "S1-12-2[month=2026-04]") == "violated"
    assert long.state("2026-05-30", "S1-12-2[month=2026-04]") == "fulfilled"
    assert long.flagged("2026-05-30") == ["overpaid"]


@pytest.mark.shows("S1-12-2")
def test_a_receipt_dated_wrongly_is_corrected_and_the_breach_with_its_charge_disappears() -> None:
    life = april()
    wrong = life.tell("2026-06-05", "fees.received", month="2026-04", yen=177_000)
    assert life.view("2026-06-30", "S1-12-2[month=2026-04]").breached_on == dt.date(2026, 5, 30)
    life.tell("2026-05-29", "fees.received", month="2026-04", yen=177_000, corrects=wrong)
    result = life.on("2026-06-30")
    assert result.views["S1-12-2[month=2026-04]"].breached_on is None
    assert "S1-15-1[month=2026-04]" not in result.views


@pytest.mark.shows("S1-12-3")
def test_why_shows_the_net_as_the_gross_less_the_commission() -> None:
    lines = why(april().on("2026-06-01"), "S1-12-3[month=2026-04]")
    assert any("300,000 - 123,000" in line.en and "177,000" in line.en for line in lines)


@pytest.mark.shows("S1-12-2", "S1-12-1", "S1-12-3")
def test_a_month_without_a_copy_owes_nothing_and_is_never_late() -> None:
    life = signed()
    closed(life, "2026-05-01", "2026-04", copies=0)
    designated(life, "2026-05-01", "2026-04", "2026-05-29")
    result = life.on("2026-06-10")
    assert [life.yen("2026-06-10", f"S1-12-{item}[month=2026-04]") for item in (1, 2, 3)] == [0, 0, 0]
    assert result.views["S1-12-2[month=2026-04]"].breached_on is None
    assert "S1-15-1[month=2026-04]" not in result.views


@pytest.mark.shows("S1-12-2")
def test_fees_remitted_gross_although_the_commission_was_offset_are_flagged_as_too_much() -> None:
    life = april()
    received(life, "2026-05-29", "2026-04", 300_000)
    flags = life.on("2026-06-01").flags
    assert [flag.code for flag in flags] == ["overpaid"]
    assert "123,000" in flags[0].en
