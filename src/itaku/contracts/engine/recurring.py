"""Recurring duties (毎年・毎月): one instance for each period, made one period ahead."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from itaku.basis.fiscal import FiscalYear
from itaku.basis.periods import Period, Unit, corresponding_day, shifted
from itaku.contracts.engine.events import midnight_after
from itaku.contracts.engine.instance import Blank
from itaku.contracts.engine.rules import Compiled
from itaku.contracts.engine.values import resolve
from itaku.contracts.model.parts import Every
from itaku.contracts.model.references import read_reference

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold

_MOST = 1000
"""Periods of one duty after which nothing more is made."""


def start_all(fold: Fold, term: str | None = None) -> None:
    """Begins every recurring duty whose first day is known; again when a term on which it rests changes."""
    for rule in fold.rules.recurring:
        assert rule.trigger is not None, "the index holds triggered rules"
        every = rule.trigger.every
        assert every is not None, "the index holds recurring rules"
        given = [fold.choices.read(text) for text in (every.from_, every.until) if text is not None]
        named = {read_reference(text).name for text in given}
        if term is None or term in named:
            go_on(fold, rule.id)


def go_on(fold: Fold, name: str) -> None:
    """Makes the instances of all periods that have begun, and of the next."""
    rule = fold.rules.rules.get(name)
    every = rule.trigger.every if rule is not None and rule.trigger is not None else None
    if rule is None or every is None or (fold.status in {"terminated", "cancelled"} and not rule.survives):
        return
    start = resolve(fold, every.from_, None)
    until = None if every.until is None else resolve(fold, every.until, None)
    if isinstance(start, Blank) or isinstance(until, Blank):
        return
    assert isinstance(start, dt.date), "the lint asked for a day"
    for instance in fold.of(name):
        if instance.state == "pending" and instance.period is not None and instance.period[0] <= fold.today:
            instance.state = "in_effect"
    made = fold.periods.get(name, 0)
    while made < _MOST:
        label, first, last = _period(every, start, made)
        if isinstance(until, dt.date) and first > until:
            break
        _make(fold, rule, every, label, (first, last))
        made += 1
        if first > fold.today:
            fold.push(midnight_after(shifted(first, -1)), "period", name)
            break
    fold.periods[name] = made


def _make(fold: Fold, rule: Compiled, every: Every, label: str, period: tuple[dt.date, dt.date]) -> None:
    keys = {key: label for key in rule.per if key == every.key}
    instance = fold.bring(rule, period[0], None, None, keys=keys, period=period)
    if period[0] > fold.today and instance.state == "in_effect":
        instance.state = "pending"


def _period(every: Every, start: dt.date, number: int) -> tuple[str, dt.date, dt.date]:
    """The name, first and last day of a period, counted from 0."""
    if every.period == "fiscal-year":
        year = FiscalYear(FiscalYear.of(start).year + number)
        return f"R{year.year - 2018}", year.first_day, year.last_day
    period = Period.parse(every.period)
    first, following = _nth(start, period, number), _nth(start, period, number + 1)
    return first.isoformat(), first, shifted(following, -1)


def _nth(start: dt.date, period: Period, number: int) -> dt.date:
    months = period.months
    if months is not None:
        return corresponding_day(start, months * number).day
    assert period.unit is not Unit.HOUR, "periods recur by days at least"
    return shifted(start, period.days * number)
