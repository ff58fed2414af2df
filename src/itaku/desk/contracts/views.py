"""The list of contracts, and a contract at a glance as it stands now or stood on a day (この日の姿で見る)."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from itaku.basis.clock import JST, InstantMs, to_instant, to_jst
from itaku.contracts.agenda.line import side
from itaku.contracts.engine.result import Result
from itaku.contracts.keeping.keeping import Keeper
from itaku.contracts.overview.bound import bound
from itaku.contracts.overview.course import ahead, happenings
from itaku.contracts.overview.purse import purse
from itaku.contracts.overview.tree import tree
from itaku.contracts.papers.definitions import definitions
from itaku.desk.access import Seat, seat_at, seats_of
from itaku.desk.accounts.duties import DUTIES
from itaku.desk.accounts.models import Membership, Person
from itaku.desk.asking import ask, clock
from itaku.desk.contracts.days import DayUnfitError, asked_day
from itaku.desk.contracts.gantt import gantt
from itaku.desk.contracts.models import schedule_in_force
from itaku.desk.finding import called

PAGE = 50
_TALKS = ("consult", "doubt", "question", "specification.silent", "inquiry", "objection")
_WORKS = ("deliverable", "rights.", "own-work", "foreign-work", "reuse", "moral-right")


class Listed(NamedTuple):
    """A contract in the list: how many of its matters are overdue, due today, and due within seven days."""

    id: str
    title_ja: str
    title_en: str
    status: str
    overdue: int
    today: int
    soon: int
    seat: Seat


@require_safe
def contracts(request: HttpRequest) -> HttpResponse:
    """All contracts of whoever looks."""
    seats = seats_of(request.user)
    wanted = request.GET.get("q", "").strip()[:100]
    today = to_jst(clock().now()).date()
    names = called(wanted, seats)
    page = Paginator(names, PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    rows = ask(lambda keeper: _listed(keeper, shown, today, seats))
    return render(request, "contracts/list.html", {"rows": rows, "page": page, "q": wanted, "count": len(names)})


async def _listed(keeper: Keeper, names: list[str], today: dt.date, seats: dict[str, Seat]) -> list[Listed]:
    found = []
    for name, result in sorted((await keeper.at_each(names)).items()):
        days = [each.day for each in ahead(result)]
        head = result.fold.contract.head
        found.append(
            Listed(
                name,
                head.ja,
                head.en,
                status_of(result),
                sum(day < today for day in days),
                days.count(today),
                sum(today < day <= today + dt.timedelta(days=7) for day in days),
                seats[name],
            )
        )
    return found


@require_safe
def contract_page(request: HttpRequest, contract: str) -> HttpResponse:
    """One contract: articles with their state, its course, money, people, papers and those bound through it."""
    seat = seat_at(request, contract)
    today = to_jst(clock().now()).date()
    day, trouble = today, None
    try:
        day = asked_day(request.GET.get("as_of", ""), today)
    except DayUnfitError as error:
        trouble = error
    as_of = None if day == today else InstantMs(to_instant(dt.datetime.combine(day, dt.time(23, 59, 59), JST)))
    result = ask(lambda keeper: keeper.at(contract, as_of))
    return render(request, "contracts/contract.html", _page(result, contract, seat, day, today) | {"trouble": trouble})


def _page(result: Result, contract: str, seat: Seat, day: dt.date, today: dt.date) -> dict[str, Any]:
    told = happenings(result)
    coming = ahead(result)
    labels = _labels(result)
    schedule = schedule_in_force(contract, result)
    return {
        "contract": contract,
        "head": result.fold.contract.head,
        "status": status_of(result),
        "seat": seat,
        "day": day,
        "is_today": day == today,
        "parties": labels,
        "branches": tree(result),
        "told": told[-12:],
        "told_before": told[:-12],
        "overdue": [each for each in coming if each.day < day],
        "ahead": [each for each in coming if each.day >= day],
        "purse": purse(result),
        "labels": {each.id: each for each in labels},
        "papers": definitions(result),
        "bound": bound(result),
        "talks": [each for each in told if each.kind.startswith(_TALKS)],
        "works": [each for each in told if each.kind.startswith(_WORKS)],
        "people": _people(contract),
        "chart": gantt(schedule, day) if schedule else None,
        "schedule": schedule,
        "missing": result.fold.contract.head.missing,
        "flags": result.flags,
    }


def status_of(result: Result) -> str:
    """The contract's status; a contract whose term has run out has ended."""
    return "ended" if result.status == "expired" else result.status


def _labels(result: Result) -> list[Any]:
    """The legal persons, by the label of the first part that names them."""
    contract = result.fold.contract
    found = {}
    for part in contract.parts:
        for person in contract.parts[part].labels.values():
            if person not in found:
                found[person] = side(contract, person, part)
    return list(found.values())


def _people(contract: str) -> list[tuple[Person, list[Any]]]:
    """Who has a seat here, with the words of their duties, once each."""
    seats = Membership.objects.filter(contract=contract, ended_at=None).select_related("person__organisation")
    found: dict[int, tuple[Person, dict[str, None]]] = {}
    for each in seats.order_by("person__organisation__name", "id"):
        found.setdefault(each.person_id, (each.person, {}))[1].update(dict.fromkeys(each.duties))
    return [(person, [DUTIES[duty] for duty in duties if duty in DUTIES]) for person, duties in found.values()]
