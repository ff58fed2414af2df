"""Whose books a person may see (帳簿の閲覧の範囲): the one door through which every page of money goes."""

from __future__ import annotations

from typing import NamedTuple

from django.http import Http404, HttpRequest

from itaku.desk.access import Seat, seats_of
from itaku.desk.accounts.duties import TELLING
from itaku.desk.configuration import desk_settings
from itaku.desk.settings import BooksOf
from itaku.settlement.views import View

_OF_SHOPS = frozenset({"operator", "store_staff"})
"""Duties of people who speak for the shops' registers."""


class Place(NamedTuple):
    """A municipality's books, and where the person sits at their contract."""

    books: BooksOf
    seat: Seat

    @property
    def is_client(self) -> bool:
        """Whether the person acts for the municipality."""
        return bool(self.books.client) and self.books.client in self.seat.parties

    @property
    def is_contractor(self) -> bool:
        """Whether the person acts for who keeps these books."""
        return bool(self.seat.parties) and not self.is_client and not self.seat.reads_only

    @property
    def speaks_for(self) -> View | None:
        """Whose books the person answers for in a case: one of the three, or None for who only reads."""
        if self.seat.reads_only or not self.seat.duties & TELLING:
            return None
        if self.is_client:
            return View.MUNICIPALITY
        return View.REGISTER if self.seat.duties & _OF_SHOPS else View.CENTER


def places_of(request: HttpRequest) -> list[Place]:
    """All books that the person may see, in the order of the settings."""
    seats = seats_of(request.user)
    found = []
    for books in desk_settings().books:
        seat = seats.get(books.contract)
        if seat is not None and _may_see(books, seat):
            found.append(Place(books, seat))
    return found


def place_at(request: HttpRequest, municipality: str) -> Place:
    """The books of a municipality. Those of others are answered as ones that are not there: 404."""
    for place in places_of(request):
        if place.books.municipality == municipality:
            return place
    raise Http404("books")


def places_at(request: HttpRequest, contract: str) -> list[Place]:
    """The books of a contract for who keeps all of them: the contractor. 404 for everybody else."""
    found = [place for place in places_of(request) if place.books.contract == contract and place.is_contractor]
    if not found:
        raise Http404("contract")
    return found


def _may_see(books: BooksOf, seat: Seat) -> bool:
    """A client sees its own municipality's, who audits a client sees that, and the contractor sees all."""
    clients = {each.client for each in desk_settings().books if each.contract == books.contract and each.client}
    if seat.parties - clients:
        return True
    return bool(books.client) and (not seat.parties or books.client in seat.parties)
