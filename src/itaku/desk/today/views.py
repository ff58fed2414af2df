"""The first screen (本日の期限): overdue, today, the next seven days, over all contracts of whoever looks."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from itaku.basis.clock import to_jst
from itaku.contracts.agenda.line import AgendaLine, agenda_line
from itaku.contracts.engine.why import why
from itaku.contracts.keeping.keeping import DueItem, Keeper
from itaku.desk.access import seat_at, seats_of
from itaku.desk.asking import ask, clock

AHEAD = dt.timedelta(days=7)


class Row(NamedTuple):
    """A line as the page shows it: its group, the days left (negative: overdue), and whether it is one's own duty."""

    line: AgendaLine
    days_left: int
    mine: bool


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """The page."""
    day = to_jst(clock().now()).date()
    seats = seats_of(request.user)
    lines = ask(lambda keeper: _lines(keeper, tuple(seats), day + AHEAD))
    rows = [
        Row(
            line,
            (line.due - day).days,
            line.bearer is not None and line.bearer.id in seats[line.contract].parties,
        )
        for line in lines
        if line.due is not None
    ]
    groups = [
        ("overdue", [row for row in rows if row.days_left < 0]),
        ("today", [row for row in rows if row.days_left == 0]),
        ("soon", [row for row in rows if row.days_left > 0]),
    ]
    return render(request, "today/today.html", {"groups": groups, "contracts": len(seats), "count": len(rows)})


@require_safe
def why_panel(request: HttpRequest, contract: str, instance: str) -> HttpResponse:
    """なぜ？ of one line: everything behind its date and amount."""
    seat_at(request, contract)
    result = ask(lambda keeper: keeper.at(contract))
    lines = why(result, instance) if instance in result.fold.instances else ()
    return render(request, "today/why.html", {"lines": lines, "instance": instance})


async def _lines(keeper: Keeper, contracts: tuple[str, ...], until: dt.date) -> list[AgendaLine]:
    items: list[DueItem] = [item for item in await keeper.due(until) if item.contract in contracts]
    found = []
    for contract in dict.fromkeys(item.contract for item in items):
        result = await keeper.at(contract)
        found += [agenda_line(result, contract, item.row.instance) for item in items if item.contract == contract]
    return sorted(found, key=lambda line: (line.due or until, line.contract))
