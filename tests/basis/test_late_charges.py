"""Late charges: the figures of the contracts, and any figures against adding up day by day."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from counted_by_hand import charge_by_the_day
from hypothesis import given
from hypothesis import strategies as st

from itaku.basis.day_ranges import DayRange
from itaku.basis.late_charge import ExclusionOutsideError, PartPayment, PaymentUnfitError, late_charge
from itaku.basis.percents import Percent, PercentUnreadableError, decimal_text
from itaku.basis.rounding import BaseCut, Rounding, RoundingUnknownError, YenUnfitError

FIRST = dt.date(2026, 5, 1)


def days(count, first=FIRST):
    return DayRange(first, first + dt.timedelta(days=count - 1))


@pytest.mark.parametrize(
    ("base", "count", "yen", "exact"),
    [
        (11_000_000, 20, 15_000, "15,068.49…"),
        (1_234_567, 10, 800, "845.59…"),
        (100_000, 14, 0, "95.89…"),
        (11_000_000, 17, 12_800, "12,808.21…"),
        (0, 20, 0, "0"),
        (146_000, 10, 100, "100"),
        (145_999, 10, 0, "99.99…"),
    ],
)
def test_figures_at_two_and_a_half_percent(base, count, yen, exact):
    found = late_charge(base, Percent("2.5"), days(count))
    assert (found.yen, found.days, decimal_text(found.exact)) == (yen, count, exact)


def test_a_leap_day_counts_and_the_year_still_has_365_days():
    found = late_charge(10_000_000, Percent("3.65"), DayRange(dt.date(2024, 2, 28), dt.date(2024, 3, 1)))
    assert (found.days, found.exact) == (3, Fraction(3000))


def test_days_excluded_twice_are_taken_off_once():
    found = late_charge(
        11_000_000,
        Percent("2.5"),
        days(20),
        excluded=[
            DayRange(dt.date(2026, 5, 3), dt.date(2026, 5, 5)),
            DayRange(dt.date(2026, 5, 5), dt.date(2026, 5, 6)),
        ],
    )
    assert (found.days, found.excluded_days) == (16, 4)
    assert any("重なる1日" in line.ja for line in found.working)


def test_an_exclusion_outside_the_delay_is_refused():
    for outside in (days(1, dt.date(2026, 4, 30)), days(30), days(2, dt.date(2026, 5, 20))):
        with pytest.raises(ExclusionOutsideError):
            late_charge(1_000, Percent("2.5"), days(20), excluded=[outside])


def test_all_days_excluded_leave_nothing():
    found = late_charge(11_000_000, Percent("2.5"), days(20), excluded=[days(20)])
    assert (found.yen, found.days) == (0, 0)


def test_part_payments_make_segments_that_are_rounded_once():
    # Two segments of 79.45 and 54.79 yen: each alone would be cut to nothing.
    found = late_charge(116_000, Percent("2.5"), days(20), payments=[PartPayment(FIRST + dt.timedelta(days=9), 36_000)])
    assert [(segment.base_yen, segment.days) for segment in found.segments] == [(116_000, 10), (80_000, 10)]
    assert [decimal_text(segment.exact) for segment in found.segments] == ["79.45…", "54.79…"]
    assert found.yen == 100


def test_a_payment_that_does_not_fit_is_refused():
    for payment in (
        PartPayment(FIRST - dt.timedelta(days=1), 1),
        PartPayment(FIRST + dt.timedelta(days=20), 1),
        PartPayment(FIRST, 0),
        PartPayment(FIRST, 1_001),
    ):
        with pytest.raises(PaymentUnfitError):
            late_charge(1_000, Percent("2.5"), days(20), payments=[payment])


def test_a_base_is_cut_only_where_the_rules_say_so():
    whole = late_charge(1_999_999, Percent("14.6"), days(365)).exact
    assert whole == Fraction(1_999_999) * 146 / 1000
    assert late_charge(1_999_999, Percent("14.6"), days(365), base_cut=BaseCut(1000)).exact == 1_999_000 * Fraction(
        146, 1000
    )
    with pytest.raises(RoundingUnknownError):
        BaseCut(10)


@pytest.mark.parametrize("amount", [-1, 2**53])
def test_an_amount_that_is_no_yen_is_refused(amount):
    with pytest.raises(YenUnfitError):
        late_charge(amount, Percent("2.5"), days(20))


@pytest.mark.parametrize(
    "text", ["", "2.", ".5", "-1", "+1", "1e1", "2,5", "２．５", "02.5", "100.1", "nan", "2.5%", "1/3"]
)
def test_a_rate_that_is_not_plain_decimal_text_is_refused(text):
    with pytest.raises(PercentUnreadableError):
        Percent(text)


def test_a_rate_is_exact():
    assert Percent("2.5").share == Fraction(1, 40)
    assert Percent("0.1").share * 1000 == 1
    assert Percent("100").share == 1


def test_a_result_can_be_cut_to_whole_yen_instead():
    found = late_charge(1_234_567, Percent("2.5"), days(10), rounding=Rounding.FLOOR_1)
    assert found.yen == 845


def test_the_working_shows_every_figure_in_both_languages_with_its_clause():
    found = late_charge(
        11_000_000, Percent("2.5"), days(20), excluded=[days(3)], clause="S1-15-1", days_clause="S1-15-2"
    )
    ja, en = ("\n".join(getattr(line, name) for line in found.working) for name in ("ja", "en"))
    for text in (ja, en):
        assert all(figure in text for figure in ("11,000,000", "2.5", "2026-05-01", "2026-05-20", "17", "12,800"))
    assert {line.clause.split("、")[0] for line in found.working} == {"S1-15-1", "S1-15-2"}


@st.composite
def _cases(draw):
    length = draw(st.integers(1, 120))
    first = draw(st.dates(dt.date(2019, 12, 1), dt.date(2028, 3, 1)))
    inside = st.integers(0, length - 1)
    base = draw(st.integers(0, 10**10))
    cuts = draw(st.lists(st.tuples(inside, inside).map(sorted), max_size=4))
    paid, rest = [], base
    for offset in draw(st.lists(inside, max_size=4)):
        if rest > 0:
            yen = draw(st.integers(1, rest))
            paid.append((first + dt.timedelta(days=offset), yen))
            rest -= yen
    percent = draw(st.from_regex(r"(0|[1-9][0-9]?)(\.[0-9]{1,4})?", fullmatch=True))
    excluded = [tuple(first + dt.timedelta(days=offset) for offset in cut) for cut in cuts]
    return (
        base,
        percent,
        first,
        first + dt.timedelta(days=length - 1),
        excluded,
        paid,
        draw(st.sampled_from([1, 100, 1000])),
    )


@given(_cases())
def test_any_charge_agrees_with_adding_up_day_by_day(case):
    base, percent, first, last, excluded, paid, unit = case
    if base * 120 > 4 * 10**9:  # the other way counts hundreds on fingers
        base, paid = base % 10**7, []
    found = late_charge(
        base,
        Percent(percent),
        DayRange(first, last),
        excluded=[DayRange(*each) for each in excluded],
        payments=[PartPayment(*each) for each in paid],
        base_cut=BaseCut(unit),
    )
    assert (found.yen, found.days) == charge_by_the_day(base, percent, first, last, excluded, paid, unit)
    assert found.days + found.excluded_days == (last - first).days + 1
