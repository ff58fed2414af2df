"""How a day is counted (数え方), in few words: first day, last day, closing day, and where other readings lead."""

from __future__ import annotations

import datetime as dt

import msgspec

from itaku.basis.closing_days import ClosingDays, closing_days
from itaku.basis.due_dates import DueDate, DueInstant, FirstDay, InForce, due_date
from itaku.basis.errors import ItakuError
from itaku.basis.working import Line
from itaku.contracts.agenda.day_strip import DayStrip, day_strip
from itaku.contracts.agenda.line import day_short, moment_short
from itaku.contracts.engine.dues import computed_clock, computed_due
from itaku.contracts.engine.fold import Fold
from itaku.contracts.engine.instance import Blank, Instance
from itaku.contracts.engine.why import due_lines
from itaku.contracts.model.parts import Words


class Counting(msgspec.Struct, frozen=True):
    """The counting of one day or hour. `holiday` is None where no closing day is asked for; `strip` is for days."""

    lines: tuple[Words, ...]
    holiday: Words | None = None
    others: tuple[Words, ...] = ()
    strip: DayStrip | None = None


def counting(fold: Fold, instance: Instance) -> Counting:
    """How the deadline of an instance comes about."""
    rule, state = instance.rule.due, instance.due
    if rule is None:
        return Counting((Words(ja="この条文に期限の定めはない", en="This clause sets no deadline"),))
    if rule.continuous:
        return Counting((Words(ja="期限はなく、期間中つねに守る", en="No day: it holds at all times"),))
    if state.blank is None and (rule.after is not None or rule.before is not None):
        computed = computed_due(fold, instance)
        if isinstance(computed, DueDate):
            return _by_days(fold, instance, computed)
        if isinstance(computed, DueInstant):
            return Counting(_lines(computed.working))
    if state.blank is None and rule.clock is not None:
        clocks = computed_clock(fold, instance)
        if not isinstance(clocks, Blank):
            return _by_clock(clocks.working)
    return Counting(_lines(due_lines(fold, instance)))


def _by_clock(working: tuple[Line, ...]) -> Counting:
    """Both clocks: the readings that the text leaves open stand apart, for they are other readings of one hour."""
    readings = tuple(each for each in working if each.ja.startswith("読み方: "))
    rest = tuple(each for each in working if each not in readings)
    return Counting(_lines(rest), others=_lines(readings))


def _lines(working: tuple[Line, ...] | list[Line]) -> tuple[Words, ...]:
    return tuple(Words(ja=each.ja, en=each.en) for each in working)


def _by_days(fold: Fold, instance: Instance, due: DueDate) -> Counting:
    calendar = fold.choices.standard(instance.rule.due.closing, "holiday.calendar")
    closing = None if calendar == "none" else closing_days(calendar)
    today = fold.today
    lines = [_counted(due, today)]
    if instance.shift_days:
        days = instance.shift_days
        lines.append(Words(ja=f"中止の{days}日だけ延びる", en=f"Longer by {days} days of suspension"))
    if instance.accelerated is not None:
        day = day_short(instance.accelerated, today)
        lines.append(Words(ja=f"期限の利益を失い {day.ja} に期限が来た", en=f"Fell due at once on {day.en}"))
    as_counted = len(lines) == 1
    return Counting(
        tuple(lines),
        _holiday(due, closing, today),
        _others(due, closing, today),
        day_strip(due, closing) if as_counted else None,
    )


def _counted(due: DueDate, today: dt.date) -> Words:
    """初日不算入、1日目は 6/3（水）。30日目の 7/2（木）の終わりまで（民法第140条・第141条）."""
    start, raw = day_short(due.start, today), day_short(due.raw, today)
    included = due.first_day is FirstDay.INCLUDED
    first_ja, first_en = ("初日算入", "first day counted") if included else ("初日不算入", "first day not counted")
    if due.backward:
        event = day_short(due.event, today)
        return Words(
            ja=f"{event.ja}からさかのぼる。{first_ja}、{due.period.ja}前は {raw.ja}。その日の終わりまで（民法第138条）",
            en=f"Backwards from {event.en}, {first_en}: {due.period.en} before is {raw.en}, until that day ends",
        )
    if due.period.months is None:
        days = due.period.days
        return Words(
            ja=f"{first_ja}、1日目は {start.ja}。{days}日目の {raw.ja}の終わりまで（民法第140条・第141条）",
            en=f"{first_en[0].upper()}{first_en[1:]}: day 1 is {start.en}; until the end of day {days}, {raw.en}",
        )
    return Words(
        ja=f"{first_ja}、起算日は {start.ja}。{due.period.ja}後の応当日の前日 {raw.ja}の終わりまで（民法第143条）",
        en=f"{first_en[0].upper()}{first_en[1:]}, counted from {start.en}; {due.period.en} end with {raw.en}",
    )


def _holiday(due: DueDate, closing: ClosingDays | None, today: dt.date) -> Words | None:
    """Whether the last day is closed, and whether that moves it (民法第142条)."""
    if closing is None or due.moved is None:
        return None
    raw, moved = day_short(due.raw, today), day_short(due.moved, today)
    closed = closing.why_closed(due.raw)
    if closed is None:
        return Words(
            ja=f"{raw.ja}は{closing.ja}に当たらない。動かさない（民法第142条）",
            en=f"{raw.en} is none of {closing.en}; it does not move (Civil Code 142)",
        )
    if due.in_force is InForce.MOVED:
        return Words(
            ja=f"末日 {raw.ja}は{closing.ja}（{closed.ja}）。{moved.ja}に動かす読み方を採用（民法第142条）",
            en=f"The last day {raw.en} is closed ({closed.en}); the reading chosen moves it to {moved.en}",
        )
    return Words(
        ja=f"末日 {raw.ja}は{closing.ja}（{closed.ja}）。動かさない読み方を採用（民法第142条）",
        en=f"The last day {raw.en} is closed ({closed.en}); the reading chosen does not move it",
    )


def _others(due: DueDate, closing: ClosingDays | None, today: dt.date) -> tuple[Words, ...]:
    """The days to which the other readings lead, where they lead to another day."""
    found = []
    other_day = FirstDay.EXCLUDED if due.first_day is FirstDay.INCLUDED else FirstDay.INCLUDED
    try:
        other = due_date(
            due.event,
            due.period,
            first_day=other_day,
            backward=due.backward,
            closing=closing,
            in_force=due.in_force or InForce.RAW,
        ).due
    except ItakuError:
        other = due.due
    if other != due.due:
        day, event = day_short(other, today), day_short(due.event, today)
        ja = f"{event.ja}を数えに入れ" + ("ると" if other_day is FirstDay.INCLUDED else "ないと")
        en = f"With {event.en} {'counted' if other_day is FirstDay.INCLUDED else 'not counted'}"
        found.append(Words(ja=f"{ja} {day.ja}", en=f"{en}: {day.en}"))
    if due.moved is not None and due.moved != due.raw:
        away = due.raw if due.in_force is InForce.MOVED else due.moved
        day = day_short(away, today)
        ja = "閉庁日でも動かさないと" if away == due.raw else "閉庁日なので動かすと"
        en = "Not moved for the closing day" if away == due.raw else "Moved for the closing day"
        found.append(Words(ja=f"{ja} {day.ja}", en=f"{en}: {day.en}"))
    if due.remind is not None:
        day = day_short(due.remind, today)
        found.append(
            Words(
                ja=f"さかのぼる期間は1日の差に争いがある。{day.ja}までなら安全",
                en=f"Counting backwards is disputed by one day; safe by {day.en}",
            )
        )
    return tuple(found)


def instants(fold: Fold, instance: Instance) -> tuple[Words, ...]:
    """An hour clock's instants: the target by the strictest reading, the outer limit by the loosest."""
    due = instance.due
    found = []
    if due.target is not None and due.target != due.instant:
        at = moment_short(due.target, fold.today)
        found.append(Words(ja=f"目標（最も厳しい読み方） {at.ja}", en=f"Target, by the strictest reading: {at.en}"))
    if due.instant is not None:
        at = moment_short(due.instant, fold.today)
        found.append(Words(ja=f"限度 {at.ja}", en=f"Limit: {at.en}"))
    return tuple(found)
