"""The wordings of the contracts: the default reading, the other one, and those that set no date."""

from __future__ import annotations

import datetime as dt

import pytest

from itaku.basis.closing_days import OFFICE
from itaku.basis.day_ranges import RangeReversedError
from itaku.basis.periods import Period
from itaku.basis.wordings import (
    WORDINGS,
    NoAlternativeError,
    NoFixedDateError,
    ReadingName,
    WordingUnknownError,
    days_of_delay,
    deadline,
    own_target,
    wording,
)

EVENT = dt.date(2026, 6, 2)


def after(days):
    return EVENT + dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("name", "clause", "period", "default", "alternative"),
    [
        ("count.sono-hi-kara", "S2-12-2", "10d", 10, 9),
        ("count.atta-hi-kara", "S2-13-3", "30d", 30, 29),
        ("count.kisan-shite", "S9-1", "10d", 9, None),
        ("count.ato", "S1-17-1-5", "14d", 14, None),
        ("count.mae-made", "S2-D4.4-1", "30d", -30, None),
    ],
)
def test_each_wording_has_its_default_and_its_other_reading(name, clause, period, default, alternative):
    found = deadline(name, EVENT, Period.parse(period), clause=clause)
    assert found.due.due == after(default)
    assert any(clause in line.clause for line in found.working)
    if alternative is None:
        assert found.other is None
        with pytest.raises(NoAlternativeError):
            deadline(name, EVENT, Period.parse(period), clause=clause, reading=ReadingName.ALTERNATIVE)
    else:
        assert found.other == after(alternative)
        other = deadline(name, EVENT, Period.parse(period), clause=clause, reading=ReadingName.ALTERNATIVE)
        assert (other.due.due, other.other) == (after(alternative), after(default))


def test_a_right_arises_the_day_after_the_fourteenth():
    found = deadline("count.ato", EVENT, Period.parse("14d"), clause="S1-17-1-5")
    assert (found.due.due, found.right_from) == (after(14), after(15))
    moved = deadline("count.ato", dt.date(2026, 4, 20), Period.parse("14d"), clause="S1-17-1-5", closing=OFFICE)
    assert (moved.due.raw, moved.due.due, moved.right_from) == (
        dt.date(2026, 5, 4),
        dt.date(2026, 5, 7),
        dt.date(2026, 5, 8),
    )


def test_one_month_before_the_end_of_march_is_the_end_of_february_with_a_reminder_before():
    found = deadline("count.mae-made", dt.date(2027, 3, 31), Period.parse("1m"), clause="S1-21-但")
    assert (found.due.due, found.due.remind) == (dt.date(2027, 2, 28), dt.date(2027, 2, 27))


@pytest.mark.parametrize("phrase", ["直ちに", "速やかに", "遅滞なく"])
def test_wordings_without_a_date_take_only_our_own_target(phrase):
    name = next(each.name for each in WORDINGS if each.phrase == phrase)
    with pytest.raises(NoFixedDateError):
        deadline(name, EVENT, Period.parse("1d"), clause="S2-12-1")
    target = own_target(name, EVENT, after(3), clause="S2-12-1")
    assert (target.target, target.contractual) == (after(3), False)
    assert any("契約の期限ではない" in line.ja for line in target.working)
    with pytest.raises(RangeReversedError):
        own_target(name, EVENT, after(-1), clause="S2-12-1")


def test_a_wording_with_a_date_takes_no_target_and_unknown_ones_are_refused():
    with pytest.raises(WordingUnknownError):
        own_target("count.ato", EVENT, after(3), clause="S1-17-1-5")
    with pytest.raises(WordingUnknownError):
        wording("count.someday")


def test_from_the_next_day_to_the_day_performed_both_ends_count():
    delay = days_of_delay(dt.date(2026, 3, 31), dt.date(2026, 4, 20))
    assert (delay.first, delay.last, delay.days) == (dt.date(2026, 4, 1), dt.date(2026, 4, 20), 20)
    assert days_of_delay(dt.date(2026, 3, 31), dt.date(2026, 3, 31)) is None
    assert days_of_delay(dt.date(2026, 3, 31), dt.date(2026, 4, 1)).days == 1
