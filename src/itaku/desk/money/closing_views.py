"""Acts of a month (締め・再開の操作): asked for, confirmed or refused, and what the center counted taken in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from itaku.basis.errors import ItakuError
from itaku.desk.money.closing import ask_for, decide, take_in
from itaku.desk.money.errors import MonthStepRefusedError
from itaku.desk.money.places import Place, place_at
from itaku.desk.money.views import month_page
from itaku.settlement.month import Month


@require_POST
def ask(request: HttpRequest, municipality: str, month: str) -> HttpResponse:
    """Asks for a month to be closed or reopened."""
    place, period = place_at(request, municipality), Month.parse(month)
    reason = request.POST.get("reason", "")
    try:
        ask_for(request, place, period, request.POST.get("what", ""), reason, request.POST.get("token", ""))
    except ItakuError as error:
        return month_page(request, place, period, error, reason, 409)
    return _back(place, period)


@require_POST
def decide_step(request: HttpRequest, municipality: str, month: str) -> HttpResponse:
    """Confirms or refuses what was asked for."""
    place, period = place_at(request, municipality), Month.parse(month)
    number, why = request.POST.get("step", ""), request.POST.get("why", "")
    try:
        if not (number.isascii() and number.isdigit() and len(number) < 18):
            raise MonthStepRefusedError
        decide(request, place, period, int(number), why, yes=request.POST.get("answer") == "yes")
    except ItakuError as error:
        return month_page(request, place, period, error, why, 409)
    return _back(place, period)


@require_POST
def take_in_now(request: HttpRequest, municipality: str, month: str) -> HttpResponse:
    """Takes in what the center counted since."""
    place, period = place_at(request, municipality), Month.parse(month)
    try:
        if not place.is_contractor:
            raise MonthStepRefusedError
        take_in(place, period)
    except ItakuError as error:
        return month_page(request, place, period, error, status=409)
    return _back(place, period)


def _back(place: Place, month: Month) -> HttpResponse:
    answer: HttpResponse = redirect("money-month", place.books.municipality, month.text())
    return answer
