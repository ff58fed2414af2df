"""The first screen (本日の期限・今日出すもの): what is overdue, today and soon over all contracts of whoever looks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from itaku.basis.clock import InstantMs, to_jst
from itaku.contracts.agenda.why_parts import why_parts
from itaku.contracts.engine.result import Result
from itaku.contracts.keeping.due_query import BANDS, Band, DuePage, DueQuery
from itaku.contracts.keeping.keeping import Keeper
from itaku.desk.access import Seat, seat_at, seats_of
from itaku.desk.asking import ask, clock
from itaku.desk.papers.untold import Untold, untold_for
from itaku.desk.today.filters import KINDS, Filters, fitting, keep_filters, kept_filters, read_filters
from itaku.desk.today.matters import Row, rows_of
from itaku.desk.today.shares import marked, own_of
from itaku.desk.today.strips import drawn
from itaku.desk.words import STATES

AHEAD = dt.timedelta(days=7)
A_PAGE = 50
"""Rows of one page."""


class Screen(NamedTuple):
    """What the screen shows: the counts of all pages, and the rows of this one."""

    counts: Mapping[Band, int]
    total: int
    rows: tuple[Row, ...]


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """The page. Filters that the session keeps are brought back into the address."""
    kept = kept_filters(request)
    if kept is not None and kept != Filters():
        return redirect(f"/{kept.address()}")
    filters = read_filters(request)
    keep_filters(request, filters)
    seats = seats_of(request.user)
    number = page_number(request)
    screen = look(filters, seats, clock().now(), first=(number - 1) * A_PAGE, limit=A_PAGE)
    pages = max(1, -(-screen.total // A_PAGE))
    if number > pages:
        raise Http404("page")
    groups = [
        (band, screen.counts[band], rows)
        for band in filters.bands
        if (rows := [row for row in screen.rows if row.band == band])
    ]
    return render(
        request,
        "today/today.html",
        {
            "groups": groups,
            "contracts": len(seats),
            "count": screen.total,
            "filters": filters,
            "own_by": own_of(_asked(filters, seats), seats).by if filters.own else None,
            "own_switch": f"/{filters.address(own=not filters.own)}",
            "kinds": KINDS,
            "bands": [(band, STATES[band]) for band in BANDS],
            "untold": _untold(request, filters, seats) if number == 1 else (),
            "coming": () if screen.total else coming(seats, clock().now()),
            "narrowed": filters != Filters(),
            "page": number,
            "pages": pages,
            "earlier": f"/{filters.address(page=number - 1)}" if number > 1 else "",
            "further": f"/{filters.address(page=number + 1)}" if number < pages else "",
            "sends": request.user.organisation.kind not in {"client", "auditor"},
            "known_contracts": sorted(seats) if len(seats) <= A_PAGE else (),
        },
    )


def coming(seats: Mapping[str, Seat], now: InstantMs) -> tuple[Row, ...]:
    """What comes next where nothing is near: the empty screen says so."""
    return look(Filters(band="later"), seats, now, first=0, limit=5).rows


def look(filters: Filters, seats: Mapping[str, Seat], now: InstantMs, *, first: int, limit: int) -> Screen:
    """One page of what fits the filters, over the contracts of the seats."""
    query = query_of(filters, seats, now, first=first, limit=limit)

    async def found(keeper: Keeper) -> tuple[DuePage, tuple[Row, ...]]:
        page = await keeper.due_page(query)
        return page, await rows_of(keeper, page.found, seats, query.today)

    page, rows = ask(found)
    return Screen(page.counts, page.total, rows)


def query_of(filters: Filters, seats: Mapping[str, Seat], now: InstantMs, *, first: int, limit: int) -> DueQuery:
    """The question that the filters of a person put to the index."""
    day = to_jst(now).date()
    contracts = _asked(filters, seats)
    words = fitting(filters.text, contracts)
    return DueQuery(
        today=day,
        until=day + AHEAD,
        now=now,
        contracts=contracts,
        shares=own_of(contracts, seats).shares if filters.own else None,
        marked=marked() if filters.own else (),
        kinds=(filters.kind,) if filters.kind else (),
        bands=filters.bands,
        provisions=None if words is None else words[0],
        named=() if words is None else words[1],
        first=first,
        limit=limit,
    )


def _untold(request: HttpRequest, filters: Filters, seats: Mapping[str, Seat]) -> tuple[Untold, ...]:
    """Received papers that whoever looks may tell of; of one's own only those that are one's own to tell."""
    found = untold_for(request.user, filters.contract)
    if not filters.own or not found:
        return found
    rest = {each.contract for each in own_of(_asked(filters, seats), seats).shares if each.rest}
    return tuple(each for each in found if each.reserved or each.document.contract in rest)


def _asked(filters: Filters, seats: Mapping[str, Seat]) -> tuple[str, ...]:
    """The contracts of the seats that fit the filters."""
    return tuple(each for each in seats if not filters.contract or each == filters.contract)


def page_number(request: HttpRequest) -> int:
    """The page asked for: 1 or more."""
    given = request.GET.get("page", "1")
    return int(given) if given.isascii() and given.isdigit() and 1 <= int(given[:7]) == int(given) else 1


@require_safe
def why_panel(request: HttpRequest, contract: str, instance: str) -> HttpResponse:
    """なぜ？ of one line: everything behind its date and amount."""
    seat_at(request, contract)
    result: Result = ask(lambda keeper: keeper.at(contract))
    if instance not in result.fold.instances:
        raise Http404("instance")
    parts = why_parts(result, instance)
    strip = drawn(parts.counting.strip, english=request.lang == "en")
    whole_page = not getattr(request, "htmx", False)
    return render(
        request,
        "today/why_page.html" if whole_page else "today/why.html",
        {"parts": parts, "strip": strip, "contract": contract, "instance": instance},
    )
