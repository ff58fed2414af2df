"""Rates by date with their sources, and penalties as shares of the price."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from itaku.basis.penalties import SHARES, PenaltyUnknownError, penalty, side_by_side
from itaku.basis.rates import RateRow, RateUnknownError, known_rates, rate_on
from itaku.basis.rounding import YenUnfitError


@pytest.mark.parametrize(
    ("day", "percent"),
    [
        ("2008-04-01", "3.7"),
        ("2009-03-31", "3.7"),
        ("2009-04-01", "3.6"),
        ("2010-04-01", "3.3"),
        ("2013-03-31", "3.1"),
        ("2013-04-01", "3.0"),
        ("2016-03-31", "2.9"),
        ("2016-04-01", "2.8"),
        ("2017-04-01", "2.7"),
        ("2020-03-31", "2.7"),
        ("2020-04-01", "2.6"),
        ("2021-04-01", "2.5"),
        ("2026-11-22", "2.5"),
    ],
)
def test_the_rate_of_article_8_by_date(day, percent):
    rate = rate_on("mof-article-8", dt.date.fromisoformat(day), "S1-15-1")
    assert rate.percent.text == percent
    assert rate.source
    assert rate.source in rate.working[0].ja


def test_a_result_on_the_newest_row_says_when_it_was_last_confirmed():
    newest = rate_on("mof-article-8", dt.date(2026, 5, 1))
    assert newest.last_confirmed_on == dt.date(2021, 4, 1)
    assert any("last confirmed on 2021-04-01" in line.en for line in newest.working)
    assert rate_on("mof-article-8", dt.date(2020, 5, 1)).last_confirmed_on is None


def test_a_row_whose_first_day_is_not_proved_says_so():
    assert any("not confirmed" in line.en for line in rate_on("mof-article-8", dt.date(2015, 1, 1)).working)
    assert not any("not confirmed" in line.en for line in rate_on("mof-article-8", dt.date(2018, 1, 1)).working)


@pytest.mark.parametrize(
    ("rate", "day", "waits"),
    [
        ("千葉県財務規則120-1", "2026-04-01", "S2-18-4"),
        ("mof-article-8", "2008-03-31", "S1-15-1"),
        ("no-such-rate", "2026-04-01", "S2-11-2"),
    ],
)
def test_a_rate_that_is_not_known_is_refused_with_the_clause_that_waits(rate, day, waits):
    with pytest.raises(RateUnknownError) as caught:
        rate_on(rate, dt.date.fromisoformat(day), waits)
    assert waits in caught.value.detail


def test_a_person_may_enter_a_missing_rate_with_its_source():
    row = RateRow(dt.date(2025, 4, 1), "2.5", "告示の写し", "entered", dt.date(2026, 11, 1))
    rate = rate_on("千葉県財務規則120-1", dt.date(2025, 6, 1), "S2-11-2", [row])
    assert (rate.percent.text, rate.source) == ("2.5", "告示の写し")
    assert rate.last_confirmed_on == dt.date(2026, 11, 1)
    with pytest.raises(RateUnknownError):
        rate_on("千葉県財務規則120-1", dt.date(2025, 3, 31), "S2-11-2", [row])


def test_every_row_on_file_has_a_source_and_a_legal_basis():
    for series in known_rates().values():
        assert series.legal_basis
        assert series.waits
        assert all(row.source for row in series.row)


@pytest.mark.parametrize(
    ("clause", "price", "yen"),
    [
        ("S2-18-2", 11_000_000, 1_100_000),
        ("S2-R2-3", 11_000_000, 1_100_000),
        ("S2-R3-1", 11_000_000, 2_200_000),
        ("S2-R4-3", 12_345_678, 1_234_567),
        ("S2-L4-2", 9, 0),
        ("S2-R3-1", 12_345_678, 2_469_135),
    ],
)
def test_penalties_are_shares_of_the_price_cut_to_whole_yen(clause, price, yen):
    found = penalty(clause, price)
    assert found.yen == yen
    assert any("既定" in line.ja for line in found.working)
    assert all(line.clause.startswith(clause) for line in found.working)


def test_penalties_of_several_clauses_stand_beside_each_other_and_are_not_added():
    found = side_by_side(["S2-R3-1", "S2-R2-3", "S2-R3-1", "S2-18-2"], 11_000_000)
    assert [(each.clause, each.yen) for each in found] == [
        ("S2-R3-1", 2_200_000),
        ("S2-R2-3", 1_100_000),
        ("S2-18-2", 1_100_000),
    ]
    assert found[0].exact == Fraction(2_200_000)


def test_a_clause_without_a_share_or_a_price_that_is_none_is_refused():
    with pytest.raises(PenaltyUnknownError):
        penalty("S1-15-1", 1)
    with pytest.raises(YenUnfitError):
        penalty(SHARES[0].clause, -1)
