"""Putting practice sales in (練習の売上を入れる): a button of the sandbox."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from itaku.desk.asking import clock, work_in_books
from itaku.desk.audit.noting import note
from itaku.desk.money.errors import PracticeLoadedError
from itaku.desk.money.places import places_of
from itaku.desk.money.practice import load_practice, may_load


@require_POST
def load(request: HttpRequest) -> HttpResponse:
    """Puts them in, for the municipalities that the person keeps the books of."""
    places = places_of(request)
    if not may_load(places):
        raise PracticeLoadedError
    codes = [place.books.municipality for place in places if place.is_contractor]
    now = clock().now()
    work_in_books(lambda pool: load_practice(pool, codes, now))
    note(request, "practice-sales", places[0].books.contract, sets=len(codes))
    answer: HttpResponse = redirect("money")
    return answer
