"""Pages of money (お金の画面): all books, one month, what is behind a yen, one issuance, the contractor's totals."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from itaku.desk.access import seat_at
from itaku.desk.asking import ask_books, clock, randomness
from itaku.desk.configuration import desk_settings
from itaku.desk.money import words
from itaku.desk.money.closing import may_ask, may_confirm, waiting
from itaku.desk.money.file_views import PAPER_WORDS
from itaku.desk.money.places import Place, place_at, places_at, places_of
from itaku.desk.money.practice import may_load
from itaku.desk.money.reading import all_on_paper, books_shown, cases_of, issuance_shown, month_shown
from itaku.issuance.protocol.kinds import KIND_TITLE, Kind
from itaku.settlement import figures
from itaku.settlement.drill import behind
from itaku.settlement.month import Month
from itaku.settlement.month_papers import REGISTRATION, registration_text
from itaku.settlement.volumes import by_day

PAGE = 100


class Narrowed(NamedTuple):
    """To which figure the sets behind it are narrowed; empty where they are not."""

    kind: str
    counts: str
    chain: str
    day: str

    def asked(self) -> dict[str, Any]:
        """As the question wants it. A day or kind that cannot be is one with nothing behind it: 404."""
        try:
            day = dt.date.fromisoformat(self.day) if self.day else None
        except ValueError as error:
            raise Http404("day") from error
        return {"kind": self.kind or None, "counts": self.counts or None, "chain": self.chain or None, "day": day}


@require_safe
def books(request: HttpRequest) -> HttpResponse:
    """All books that the person may see: their newest months, and how many cases wait."""
    places = places_of(request)
    connected = bool(places) and desk_settings().settlement_dsn is not None
    shown, waiting_cases = [], 0
    if connected:
        now = clock().now()
        codes = {place.books.municipality for place in places}
        shown = ask_books(lambda connection: books_shown(connection, places, now))
        waiting_cases = len(ask_books(lambda connection: cases_of(connection, codes)))
    months = sorted({glance.month for each in shown for glance in each.months}, reverse=True)
    contracts = sorted({place.books.contract for place in places if place.is_contractor})
    context = {
        "shown": shown,
        "connected": connected,
        "cases": waiting_cases,
        "totals": [(contract, month) for contract in contracts for month in months],
        "practice_offered": connected and may_load(places) and not months,
    }
    return render(request, "money/books.html", context)


@require_safe
def month(request: HttpRequest, municipality: str, month: str) -> HttpResponse:
    """One month of a municipality: figures, tills, remittance, what must agree, papers, closing."""
    return month_page(request, place_at(request, municipality), Month.parse(month))


def month_page(
    request: HttpRequest, place: Place, period: Month, trouble: Any = None, written: str = "", status: int = 200
) -> HttpResponse:
    """The month's page; `trouble` is what was wrong with a form of it, `written` what stood in its field."""
    code, now = place.books.municipality, clock().now()
    shown = ask_books(lambda connection: month_shown(connection, code, period, now))
    step = waiting(code, period)
    statement = shown.glance.statement
    context = {
        "place": place,
        "books": place.books,
        "month": period,
        "shown": shown,
        "glance": shown.glance,
        "statement": statement,
        "sums": figures.sums(statement).rows,
        "prices": figures.by_price(statement).rows,
        "taxes": figures.by_tax_rate(statement).rows,
        "registration": registration_text(shown.glance),
        "registration_name": REGISTRATION,
        "till_rows": list(zip(shown.glance.chains, figures.by_chain(shown.glance.chains).rows, strict=False)),
        "till_total": figures.by_chain(shown.glance.chains).rows[-1],
        "till_heads": words.TILL_HEADS,
        "tables": words.TABLES,
        "kinds": [(each, *KIND_TITLE[each.kind]) for each in statement.kinds],
        "papers": [(name, ja, en) for name, (ja, en) in PAPER_WORDS.items() if _is_made(name, statement.to_remit_yen)],
        "is_over": now >= int(period.next().start.timestamp() * 1000),
        "step": step,
        "may_ask": may_ask(place) and step is None,
        "may_confirm": step is not None and may_confirm(place, step, request.user),
        "may_withdraw": step is not None and step.asked_by_id == request.user.pk,
        "token": randomness().token(16).hex(),
        "trouble": trouble,
        "written": written,
    }
    return render(request, "money/month.html", context, status=status)


def _is_made(name: str, to_remit_yen: int) -> bool:
    """納付書 is made only where something is to be remitted."""
    return name != "remittance-slip" or to_remit_yen > 0


@require_safe
def behind_a_yen(request: HttpRequest, municipality: str, month: str) -> HttpResponse:
    """What is behind a figure of the month: its days, and the sets one by one."""
    place, period = place_at(request, municipality), Month.parse(month)
    narrowed = Narrowed(*(request.GET.get(name, "")[:60] for name in Narrowed._fields))
    after = request.GET.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Http404("page")
    asked = narrowed.asked()
    days_asked = {name: value for name, value in asked.items() if name != "day"}
    days = ask_books(lambda connection: by_day(connection, municipality, period, **days_asked))
    rows = ask_books(
        lambda connection: behind(connection, municipality, period, **asked, after=int(after), limit=PAGE + 1)
    )
    context = {
        "place": place,
        "books": place.books,
        "month": period,
        "narrowed": narrowed,
        "kind_words": KIND_TITLE[Kind(narrowed.kind)] if narrowed.kind in set(Kind) else None,
        "days": days,
        "rows": [(row, *KIND_TITLE[Kind(row.kind)], words.SORTS[row.sort]) for row in rows[:PAGE]],
        "more": rows[PAGE - 1].number if len(rows) > PAGE else None,
    }
    return render(request, "money/behind.html", context)


@require_safe
def issuance(request: HttpRequest, municipality: str, issuance: str) -> HttpResponse:
    """One issuance: every line that was booked of it, the record's entries about it, its cases."""
    place = place_at(request, municipality)
    try:
        issuance_id = bytes.fromhex(issuance)
    except ValueError as error:
        raise Http404("issuance") from error
    shown = ask_books(lambda connection: issuance_shown(connection, municipality, issuance_id))
    if shown is None:
        raise Http404("issuance")
    context = {
        "place": place,
        "books": place.books,
        "issuance": issuance_id.hex(),
        "month": shown.booked[0].month,
        "booked": [(each, words.SORTS[each.posting.sort]) for each in shown.booked],
        "entries": shown.entries,
        "cases": [words.case_line(case) for case in shown.cases],
    }
    return render(request, "money/issuance.html", context)


@require_safe
def totals(request: HttpRequest, contract: str, month: str) -> HttpResponse:
    """The contractor's totals of a month over all its municipalities, and each chain's tills."""
    seat_at(request, contract)
    places, period = places_at(request, contract), Month.parse(month)
    codes = [place.books.municipality for place in places]
    glances, rows = ask_books(lambda connection: all_on_paper(connection, codes, period))
    names = {place.books.municipality: place.books for place in places}
    table = figures.by_municipality([glance.statement for glance in glances])
    chains = []
    for chain in sorted({row.chain for row in rows}):
        mine = [row for row in rows if row.chain == chain]
        chains.append((chain, mine[0].chain_ja, figures.of_chain(mine)))
    context = {
        "contract": contract,
        "month": period,
        "kinds": ("pdf", "xlsx", "csv"),
        "total_heads": words.TOTAL_HEADS,
        "till_heads": words.TILL_HEADS,
        "rows": [(names.get(str(row[0])), row) for row in table.rows],
        "chains": [(chain, ja, of, [(names.get(str(row[0])), row) for row in of.rows]) for chain, ja, of in chains],
    }
    return render(request, "money/totals.html", context)
