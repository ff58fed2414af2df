"""What an amendment would change (変更契約を試す): terms changed on trial, the difference shown, nothing written."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from itaku.basis.clock import to_jst
from itaku.basis.errors import ItakuError
from itaku.contracts.engine.events import Told
from itaku.contracts.engine.result import Result
from itaku.contracts.engine.whatif import Change
from itaku.contracts.model.contract import Contract, Term
from itaku.contracts.model.kinds import brief_of
from itaku.contracts.model.parts import Words
from itaku.contracts.papers.places import place
from itaku.desk.access import seat_at
from itaku.desk.asking import ask, clock
from itaku.desk.contracts.days import asked_day

_SHOWN = ("date", "yen")
_FIELD = {"date": "date", "yen": "yen", "text": "text", "int": "text", "percent": "text"}


class Asked(NamedTuple):
    """A term with its value in force, and what was asked to be put in its place."""

    name: str
    term: Term
    value: str
    wanted: str
    error: ItakuError | None


class Changed(NamedTuple):
    """A matter that would change: what it is about, where it stands, and both sides of it."""

    what: Words
    place: str
    change: Change


@require_safe
def what_if(request: HttpRequest, contract: str) -> HttpResponse:
    """The page: asked by its address alone, so that a trial can be sent to the other side."""
    seat_at(request, contract)
    result = ask(lambda keeper: keeper.at(contract))
    asked = [_asked(request, result, name, term) for name, term in _terms(result)]
    today = to_jst(clock().now()).date()
    day, trouble, changes, status = today, None, None, ("", "")
    try:
        day = asked_day(request.GET.get("on", ""), today)
        wanted = [each for each in asked if each.wanted]
        if wanted and not any(each.error for each in wanted):
            told = [_told(each, number, day) for number, each in enumerate(wanted)]
            found = ask(lambda keeper: keeper.what_if(contract, told))
            changes = [_changed(result.fold.contract, each) for each in found.changes]
            status = (found.status_before, found.status_after)
    except ItakuError as error:
        trouble = error
    context = {
        "contract": contract,
        "head": result.fold.contract.head,
        "asked": asked,
        "on": day,
        "trouble": trouble,
        "changes": changes,
        "status": status,
    }
    return render(request, "contracts/what_if.html", context)


def _terms(result: Result) -> list[tuple[str, Term]]:
    """The terms that an amendment may change: days and sums of yen."""
    return [(name, term) for name, term in result.fold.contract.terms.items() if term.type in _SHOWN]


def _asked(request: HttpRequest, result: Result, name: str, term: Term) -> Asked:
    history = result.fold.terms.get(name, [])
    value = "" if not history or history[-1].value is None else str(history[-1].value)
    wanted = request.GET.get(f"term.{name}", "").strip().replace(",", "")[:40]
    error = None
    if wanted and term.type == "date":
        try:
            wanted = asked_day(wanted, dt.date.min).isoformat()
        except ItakuError as trouble:
            error = trouble
    if wanted and term.type == "yen" and not (wanted.isascii() and wanted.isdigit() and len(wanted) <= 15):
        error = YenUnfitError(wanted)
    return Asked(name, term, value, wanted, error)


class YenUnfitError(ItakuError):
    """What was written is no sum of yen."""

    code = "yen_unfit"
    ja = "金額は円の整数で入れてください。"
    en = "Write the sum in whole yen."


def _told(asked: Asked, number: int, day: dt.date) -> Told:
    field = _FIELD[asked.term.type]
    value: Any = int(asked.wanted) if field == "yen" else asked.wanted
    return Told(id=f"trial-{number}", at=day.isoformat(), kind="term.set", fields={"term": asked.name, field: value})


def _changed(contract: Contract, change: Change) -> Changed:
    shown = change.after or change.before
    assert shown is not None, "a change has a side"
    text = next(each for each in contract.provisions if each.id == shown.provision)
    return Changed(brief_of(text), place(contract, shown.provision), change)
