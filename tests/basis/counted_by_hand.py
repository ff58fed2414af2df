"""The same law counted another way: day by day with a finger on the calendar, charges added up one day at a time.

Nothing here is shared with the product's own arithmetic; a test that compares both fails if either is wrong.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

ONE = dt.timedelta(days=1)
_PUBLISHED = Path(__file__).with_name("public_holidays_1955_2027.txt")


def published_holidays():
    days = set()
    for line in _PUBLISHED.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            year, _, rest = line.partition(":")
            days |= {dt.date(int(year), int(day[:2]), int(day[2:])) for day in rest.split()}
    return days


def last_day_of_days(start, count):
    day, counted = start, 1
    while counted < count:
        day, counted = day + ONE, counted + 1
    return day


def last_day_of_months(start, months):
    """Walks from the first counted day until the next would be the corresponding day, or its month has none."""
    day, turned = start, 0
    while True:
        tomorrow = day + ONE
        turned_tomorrow = turned + (tomorrow.month != day.month)
        if turned_tomorrow == months and tomorrow.day == start.day:
            return day
        if turned_tomorrow > months:
            return day
        day, turned = tomorrow, turned_tomorrow


def day_before_by_days(event, count):
    day = event
    for _ in range(count):
        day -= ONE
    return day


def day_before_by_months(event, months):
    """Walks back until the day has the event's number in the month so many months before, or is its last day below."""
    day, turned = event, 0
    while True:
        yesterday = day - ONE
        turned += yesterday.month != day.month
        day = yesterday
        if turned == months and day.day <= event.day:
            return day


def office_is_closed(day, holidays):
    return (
        day.strftime("%a") in {"Sat", "Sun"}
        or day in holidays
        or day.strftime("%m%d")
        in {
            "1229",
            "1230",
            "1231",
            "0101",
            "0102",
            "0103",
        }
    )


def charge_by_the_day(base_yen, percent, first, last, excluded=(), payments=(), base_unit=1):
    """Adds the exact charge of every single day, then cuts below 100 yen. Returns yen and days."""
    whole, _, part = percent.partition(".")
    rate = Fraction(int(whole + part), 10 ** len(part)) / 100
    left_out = set()
    for from_day, to_day in excluded:
        day = from_day
        while day <= to_day:
            left_out.add(day)
            day += ONE
    total, days, unpaid, day = Fraction(0), 0, base_yen, first
    while day <= last:
        if day not in left_out:
            total += Fraction(unpaid - unpaid % base_unit) * rate / 365
            days += 1
        unpaid -= sum(yen for on, yen in payments if on == day)
        day += ONE
    hundreds = 0
    while (hundreds + 1) * 100 <= total:
        hundreds += 1
    return hundreds * 100, days
