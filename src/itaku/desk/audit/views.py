"""The audit view (監査): who saw and did what, searched by person, contract, paper or clause, and time."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from itaku.basis.clock import JST, InstantMs, to_instant, to_jst
from itaku.desk.access import seats_of
from itaku.desk.accounts.models import Person
from itaku.desk.audit.models import Note
from itaku.desk.contracts.days import DayUnfitError, asked_day
from itaku.desk.files import download
from itaku.desk.words import NOTE_KINDS
from itaku.settlement.figures import Figures
from itaku.settlement.workbook import csv_text

PAGE = 100
MOST = 20_000
"""Rows of a file: more are asked for by narrower days."""
_HEADER = ("時刻", "利用者名", "氏名", "種類", "契約", "画面", "アドレス", "記録")


class Asked(NamedTuple):
    """What is searched for."""

    person: str
    kind: str
    contract: str
    about: str
    first: str
    last: str


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """The page."""
    seats = audited(request)
    asked, trouble = _asked(request), None
    try:
        found = _found(asked, seats)
    except DayUnfitError as error:
        found, trouble = Note.objects.none(), error
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 18:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PAGE + 1])
    people = Person.objects.filter(memberships__contract__in=seats).distinct().order_by("sign_in_name")
    context = {
        "rows": rows[:PAGE],
        "more": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "asked": asked,
        "kinds": NOTE_KINDS.items(),
        "people": people[:500],
        "contracts": seats[:500],
        "trouble": trouble,
    }
    return render(request, "audit/audit.html", context)


@require_safe
def notes_file(request: HttpRequest) -> HttpResponse:
    """The same as a file."""
    rows = []
    for row in _found(_asked(request), audited(request))[:MOST]:
        at = to_jst(InstantMs(row.at_ms)).strftime("%Y-%m-%d %H:%M:%S")
        who = (row.person.sign_in_name, row.person.name) if row.person else ("", "")
        rows.append((at, *who, row.kind, row.contract, row.page, row.path, bytes(row.entry_id).hex()))
    table = Figures("audit", "監査", "Audit", (0,) * len(_HEADER), _HEADER, tuple(rows))
    return download(csv_text(table), "audit.csv")


def audited(request: HttpRequest) -> list[str]:
    """The contracts at which the person is auditor or administrator; others have no business here."""
    seats = seats_of(request.user).values()
    found = sorted(seat.contract for seat in seats if seat.duties & {"auditor", "administrator"})
    if not found:
        raise PermissionDenied
    return found


def _asked(request: HttpRequest) -> Asked:
    return Asked(*(request.GET.get(name, "").strip()[:200] for name in Asked._fields))


def _found(asked: Asked, contracts: list[str]) -> Any:
    """Notes on these contracts, and on those who have seats there where no contract is named; newest first."""
    people = Person.objects.filter(memberships__contract__in=contracts).values("pk")
    found = Note.objects.filter(Q(contract__in=contracts) | Q(contract="", person__in=people))
    if asked.person:
        found = found.filter(Q(person__sign_in_name=asked.person) | Q(person__name=asked.person))
    if asked.kind in NOTE_KINDS:
        found = found.filter(kind=asked.kind)
    if asked.contract:
        found = found.filter(contract=asked.contract)
    if asked.about:
        found = found.filter(Q(path__icontains=asked.about) | Q(page=asked.about))
    if asked.first:
        found = found.filter(at_ms__gte=_start(asked_day(asked.first, dt.date.min)))
    if asked.last:
        found = found.filter(at_ms__lt=_start(asked_day(asked.last, dt.date.min) + dt.timedelta(days=1)))
    return found.select_related("person").order_by("-pk")


def _start(day: dt.date) -> int:
    return int(to_instant(dt.datetime.combine(day, dt.time(), JST)))
