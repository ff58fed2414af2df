"""Ages (年齢): the first whole day on which a person is that old, by 年齢計算ニ関スル法律 and 民法 第143条."""

from __future__ import annotations

import datetime as dt


def first_day_at_age(birth_date: dt.date, years: int) -> dt.date:
    """The first day on which a person is `years` old from its first minute.

    A person's years are counted from the day of birth, that day included (年齢計算ニ関スル法律 第1項), and run out with
    the end of the day before the corresponding day (民法 第143条第2項): a child born on 10 March is 15 at 24:00 on
    9 March, so 10 March is the first whole day. One born on 29 February reaches the age at 24:00 on 28 February of a
    common year, so 1 March is the first whole day there. Laws that ask for the day *in which* the age is reached
    (達する日) mean the day before the one returned.
    """
    try:
        return birth_date.replace(year=birth_date.year + years)
    except ValueError:
        return dt.date(birth_date.year + years, 3, 1)


def has_reached_age(birth_date: dt.date, years: int, today: dt.date) -> bool:
    """Whether a person is `years` old or older during the whole of `today` (a date in Japan)."""
    return first_day_at_age(birth_date, years) <= today
