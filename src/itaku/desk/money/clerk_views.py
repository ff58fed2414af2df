"""The page of a month's acts (担当者の処理の画面): forms for what one's duties allow, what waits, and what was done."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from itaku.basis.errors import ItakuError
from itaku.desk.asking import ask_books, clock, randomness
from itaku.desk.money.clerk_acts import begin, decide, done_in, may_second, offered
from itaku.desk.money.clerk_table import ACTS, act_words
from itaku.desk.money.errors import ClerkActRefusedError
from itaku.desk.money.places import Place, place_at
from itaku.desk.money.reading import month_shown
from itaku.settlement.month import Month


@require_http_methods(["GET", "HEAD", "POST"])
def acts(request: HttpRequest, municipality: str, month: str) -> HttpResponse:
    """The page; a form of it does one act."""
    place, period = place_at(request, municipality), Month.parse(month)
    if request.method != "POST":
        return _page(request, place, period)
    try:
        begin(request, place, period, request.POST.get("what", ""), request.POST.get("token", ""))
    except ItakuError as error:
        return _page(request, place, period, error)
    return _back(place, period)


@require_POST
def decide_act(request: HttpRequest, municipality: str, month: str) -> HttpResponse:
    """The second person's answer to an act that waits."""
    place, period = place_at(request, municipality), Month.parse(month)
    number = request.POST.get("act", "")
    try:
        if not (number.isascii() and number.isdigit() and len(number) < 18):
            raise ClerkActRefusedError
        yes = request.POST.get("answer") == "yes"
        decide(request, place, period, int(number), request.POST.get("why", ""), yes=yes)
    except ItakuError as error:
        return _page(request, place, period, error)
    return _back(place, period)


def _page(request: HttpRequest, place: Place, month: Month, trouble: Any = None) -> HttpResponse:
    code, now = place.books.municipality, clock().now()
    shown = ask_books(lambda connection: month_shown(connection, code, month, now))
    chosen = request.POST.get("what", "")
    context = {
        "place": place,
        "books": place.books,
        "month": month,
        "glance": shown.glance,
        "forms": [
            (name, act, [(each, request.POST.get(each.name, "") if name == chosen else "") for each in act.fields])
            for name, act in offered(place)
        ],
        "chosen": chosen,
        "chains": [(row.chain, row.chain_ja) for row in shown.glance.chains],
        "acts": [
            (each, act_words(each.what), _said(each), *_asked(place, each, request)) for each in done_in(code, month)
        ],
        "token": randomness().token(16).hex(),
        "trouble": trouble,
    }
    return render(request, "money/acts.html", context, status=409 if trouble else 200)


def _said(act: Any) -> list[tuple[Any, str]]:
    """What a form said, field by field."""
    return [(field, act.said.get(field.name, "")) for field in ACTS[act.what].fields]


def _asked(place: Place, act: Any, request: HttpRequest) -> tuple[bool, bool]:
    """Whether the person may confirm an act that waits, and whether they may take it back."""
    waits = act.state == "waiting"
    return waits and may_second(place, act, request.user), waits and act.asked_by_id == request.user.pk


def _back(place: Place, month: Month) -> HttpResponse:
    answer: HttpResponse = redirect("money-acts", place.books.municipality, month.text())
    return answer
