"""Moving the practice clock (時間を進める): where it can go, what wakes on the way, and the move itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from itaku.basis.clock import JST, InstantMs, PracticeClock, SystemClock, to_instant, to_jst
from itaku.basis.errors import ItakuError
from itaku.contracts.agenda.line import AgendaLine, agenda_line
from itaku.contracts.keeping.keeping import Keeper
from itaku.desk.asking import ask, clock

FURTHEST = dt.timedelta(days=1100)
"""How far ahead of the real time a drill may go: three years, within the calendar's published holidays and beyond."""

MORNING = dt.time(8, 30)
"""When a day begins for whoever practises."""

MOST_SHOWN = 40
"""Matters that the page lists; of more it gives the number."""


class MoveRefusedError(ItakuError):
    """The practice time cannot go there. `detail` says why."""

    code = "drill_move_refused"
    ja = "練習の時刻は、いまより先で、実際の時刻から3年以内にだけ動かせます。"
    en = "Practice time moves forward only, and at most three years ahead of the real time."


class ClockMovedError(ItakuError):
    """Somebody else moved the clock since the page was made."""

    code = "drill_clock_moved"
    ja = "見ている間に、ほかの人が練習の時刻を動かしました。もう一度、選んでください。"
    en = "Somebody else moved the practice time while you looked. Choose again."


class Woken(NamedTuple):
    """A matter whose day or hour is reached or passed on the way. `late`: it is past by then."""

    line: AgendaLine
    at: dt.datetime
    has_hour: bool
    late: bool


def practice() -> PracticeClock | None:
    """The shared practice clock, where the desk runs on one."""
    found = clock()
    return found if isinstance(found, PracticeClock) else None


def steps(now: InstantMs) -> list[tuple[str, str, str]]:
    """The moves by a fixed span: their name in the form, and their words."""
    del now
    return [
        ("1h", "1時間", "1 hour"),
        ("6h", "6時間", "6 hours"),
        ("1d", "翌朝", "next morning"),
        ("7d", "7日後の朝", "7 days, morning"),
        ("30d", "30日後の朝", "30 days, morning"),
    ]


def target_of(step: str, now: InstantMs, contracts: Collection[str]) -> InstantMs:
    """Where a step leads: 1h, 7d, `due` (the morning of the next deadline), `past` (the morning after it), `real`.

    Raises `MoveRefusedError` for any other, and where no deadline is ahead.
    """
    here = to_jst(now)
    if step == "real":
        return SystemClock().now()
    if step in {"due", "past"}:
        found = next_deadline(now, contracts)
        if found is None:
            raise MoveRefusedError("no deadline ahead")
        return _morning(found + dt.timedelta(days=step == "past"))
    number, unit = step[:-1], step[-1:]
    if not (number.isascii() and number.isdigit() and 1 <= len(number) <= 3) or unit not in {"h", "d"}:
        raise MoveRefusedError("step")
    if unit == "h":
        return to_instant(here + dt.timedelta(hours=int(number)))
    return _morning(here.date() + dt.timedelta(days=int(number)))


def next_deadline(now: InstantMs, contracts: Collection[str]) -> dt.date | None:
    """The next day after today on which something falls due at the contracts."""
    today = to_jst(now).date()
    items = ask(
        lambda keeper: keeper.due(today + FURTHEST, since=today + dt.timedelta(days=1), contracts=sorted(contracts))
    )
    return min((each.row.due_day for each in items if each.row.due_day is not None), default=None)


def check(now: InstantMs, target: InstantMs, *, to_real: bool) -> None:
    """Raises `MoveRefusedError` where the target is not ahead, or too far. Back to the real time is always open."""
    furthest = SystemClock().now() + int(FURTHEST.total_seconds() * 1000)
    if not to_real and not now < target <= furthest:
        raise MoveRefusedError(to_jst(target).isoformat(timespec="minutes"))


def woken(now: InstantMs, target: InstantMs, contracts: Collection[str]) -> list[Woken]:
    """What falls due between now and then at the contracts, in order: as it stands, if nobody does anything."""
    if target <= now:
        return []
    then = to_jst(target)

    async def question(keeper: Keeper) -> list[Woken]:
        names = sorted(contracts)
        found = await keeper.due(then.date(), since=to_jst(now).date(), contracts=names)
        clocks = {(each.contract, each.row.instance): each for each in await keeper.clocks(names)}
        rows = {(each.contract, each.row.instance): each for each in found} | clocks
        results = await keeper.at_each(sorted({contract for contract, _ in rows}))
        made = []
        for (contract, instance), each in rows.items():
            if instance not in results[contract].fold.instances:
                continue
            line = agenda_line(results[contract], contract, instance)
            limit = each.row.target_at or each.row.due_at
            if limit is not None:
                if now < limit <= target:
                    made.append(Woken(line, to_jst(InstantMs(limit)), has_hour=True, late=True))
            elif each.row.due_day is not None:
                day = each.row.due_day
                at = dt.datetime.combine(day, dt.time(23, 59, 59), JST)
                made.append(Woken(line, at, has_hour=False, late=day < then.date()))
        return sorted(made, key=lambda one: (one.at, one.line.contract, one.line.instance))

    return ask(question)


def move(target: InstantMs, seen_offset: int, *, to_real: bool) -> None:
    """Moves the clock of the whole sandbox. `ClockMovedError` where it was moved since the page was made."""
    shared = practice()
    assert shared is not None, "the views asked"
    if shared.offset_ms != seen_offset:
        raise ClockMovedError
    check(shared.now(), target, to_real=to_real)
    shared.move(0 if to_real else target - SystemClock().now())


def _morning(day: dt.date) -> InstantMs:
    return to_instant(dt.datetime.combine(day, MORNING, JST))
