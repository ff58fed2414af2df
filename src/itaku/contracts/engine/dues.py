"""Due dates of instances (期限): from the due rule, the cause, the terms and the policies; both readings kept."""

from __future__ import annotations

import datetime as dt
import functools
from typing import TYPE_CHECKING

from itaku.basis.clock import JST, InstantMs, to_jst
from itaku.basis.closing_days import closing_days
from itaku.basis.due_dates import DueDate, DueInstant, FirstDay, InForce, due_date, due_instant
from itaku.basis.errors import ItakuError
from itaku.basis.periods import Period, shifted
from itaku.contracts.engine.events import midnight_after
from itaku.contracts.engine.instance import NO_DUE, Blank, DueState, Instance
from itaku.contracts.engine.values import Found, causes, resolve
from itaku.contracts.model.parts import Due, names
from itaku.protection.incident_clock import Clocks, incident_clocks

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold

_CONTINUOUS = DueState(continuous=True)

FIRST_REPORT = "incident-first-report"
"""The clock that starts at the recognition; the other one starts after the first report."""


def due_state(fold: Fold, instance: Instance) -> DueState:
    """When the instance is due, as things stand at this place of the replay."""
    rule: Due | None = instance.rule.due
    if rule is None:
        return NO_DUE
    if rule.continuous:
        return _CONTINUOUS
    try:
        state = _due(fold, instance, rule)
    except ItakuError as error:
        state = DueState(blank=Blank(error.ja, error.en, instance.rule.id))
    return _moved_by_events(instance, state)


def _due(fold: Fold, instance: Instance, rule: Due) -> DueState:
    if rule.promptly is not None:
        return DueState(manner=rule.promptly, day=None)
    if rule.clock is not None:
        return _clock(fold, instance)
    if rule.on is not None:
        return _dated(resolve(fold, rule.on, instance))
    computed = computed_due(fold, instance)
    if isinstance(computed, Blank):
        return DueState(blank=computed)
    if isinstance(computed, DueInstant):
        return DueState(instant=computed.due, target=computed.due, day=to_jst(computed.due).date())
    return DueState(
        day=computed.due,
        raw=computed.raw,
        moved=computed.moved,
        remind=computed.remind,
        provisional=computed.provisional,
    )


def computed_due(fold: Fold, instance: Instance) -> DueDate | DueInstant | Blank:
    """The counted period with its working. Only for rules with `after` or `before`."""
    rule: Due = instance.rule.due
    text = rule.after or rule.before
    assert text is not None, "the rule counts a period"
    text = fold.choices.read(text)
    if text.endswith("h"):
        return due_instant(_moment(instance), Period.parse(text), backward=rule.before is not None)
    start = _start(fold, instance, rule)
    if isinstance(start, Blank):
        return start
    first_day = fold.choices.standard(rule.first_day, "count.first-day")
    calendar = fold.choices.standard(rule.closing, "holiday.calendar")
    in_force = fold.choices.standard(rule.in_force, "holiday.in-force")
    return _counted(start, text, first_day, rule.before is not None, calendar, in_force, instance.rule.id)


@functools.lru_cache(maxsize=16384)
def _counted(
    start: dt.date, text: str, first_day: str, backward: bool, calendar: str, in_force: str, clause: str
) -> DueDate:
    return due_date(
        start,
        Period.parse(text),
        first_day=FirstDay(first_day),
        backward=backward,
        closing=None if calendar == "none" else closing_days(calendar),
        in_force=InForce(in_force),
        first_day_clause=f"{clause}、民法 第138条・第140条",
    )


def _start(fold: Fold, instance: Instance, rule: Due) -> dt.date | Blank:
    """The day from which the period counts: the first of `of` that has a value, else the day of the cause."""
    if rule.of is None:
        return instance.born
    blank: Blank | None = None
    for text in names(rule.of):
        found = resolve(fold, text, instance)
        if isinstance(found, dt.date):
            return found
        if isinstance(found, Blank):
            blank = blank or found
    assert blank is not None, "the lint asked for days"
    return blank


def _moment(instance: Instance) -> dt.datetime:
    if instance.source is None:
        return dt.datetime.combine(instance.born, dt.time(0), JST)
    return to_jst(instance.source.at)


def _dated(found: Found) -> DueState:
    if isinstance(found, Blank):
        return DueState(blank=found)
    if isinstance(found, dt.date):
        return DueState(day=found, raw=found)
    assert isinstance(found, int), "the lint asked for a day or an instant"
    return DueState(instant=InstantMs(found), day=to_jst(InstantMs(found)).date())


def _clock(fold: Fold, instance: Instance) -> DueState:
    clocks = computed_clock(fold, instance)
    if isinstance(clocks, Blank):
        return DueState(blank=clocks)
    if fold.choices.read(instance.rule.due.clock) == FIRST_REPORT:
        due = clocks.first_report_due
        return DueState(instant=due, target=due, day=to_jst(due).date())
    assert clocks.outer_limit is not None, "the first report was made"
    return DueState(instant=clocks.outer_limit, target=clocks.target, day=to_jst(clocks.outer_limit).date())


def computed_clock(fold: Fold, instance: Instance) -> Clocks | Blank:
    """Both incident clocks with their working, in every reading that the policies leave open."""
    due: Due = instance.rule.due
    assert due.clock is not None, "the rule has a clock"
    first = instance if fold.choices.read(due.clock) == FIRST_REPORT else next(causes(instance), instance)
    source, reported = first.source, first.performed_by
    if source is None or source.day_only:
        return Blank("認知の時刻が要る", "the time of recognition is needed", instance.rule.id)
    known = source.fields.get("subcontractor_at")
    return _clocks(
        source.at,
        None if first is instance or reported is None else reported.at,
        InstantMs(known) if isinstance(known, int) else None,
        tuple((each, fold.choices.read(text)) for each, text in due.readings.items()),
    )


@functools.lru_cache(maxsize=1024)
def _clocks(
    at: InstantMs, reported: InstantMs | None, subcontractor: InstantMs | None, readings: tuple[tuple[str, str], ...]
) -> Clocks:
    """The clocks with their working, kept: each event that speaks of an incident asks for them again."""
    return incident_clocks(at, reported, subcontractor_recognised=subcontractor, readings=dict(readings))


def _moved_by_events(instance: Instance, state: DueState) -> DueState:
    """Suspension makes it later, acceleration never later than it was (期限の利益の喪失)."""
    if not instance.shift_days and instance.accelerated is None:
        return state
    day, raw, moved = state.day, state.raw, state.moved
    if instance.shift_days and state.instant is None:
        day, raw, moved = (None if each is None else shifted(each, instance.shift_days) for each in (day, raw, moved))
    if instance.accelerated is not None and state.instant is None:
        fast = instance.accelerated
        day = fast if day is None else min(day, fast)
        raw = fast if raw is None else min(raw, fast)
        moved = None if moved is None else min(moved, fast)
    if (day, raw, moved) == (state.day, state.raw, state.moved):
        return state
    return DueState(
        day=day,
        raw=raw,
        moved=moved,
        remind=state.remind,
        provisional=state.provisional,
        manner=state.manner,
        blank=None if day is not None else state.blank,
    )


def limit_of(state: DueState) -> InstantMs | None:
    """The first instant at which it is too late: the midnight after a day, just after an instant."""
    if state.instant is not None:
        return InstantMs(state.instant + 1)
    if state.day is None:
        return None
    return midnight_after(state.day)
