"""Who may see which contract (閲覧の範囲): the one door through which every page of a contract goes."""

from __future__ import annotations

import functools
from typing import NamedTuple

from django.http import Http404, HttpRequest

from itaku.desk.accounts.models import Membership, Person


class Seat(NamedTuple):
    """Where a person sits at a contract: the legal persons for whom they act, and their duties there."""

    contract: str
    parties: frozenset[str]
    duties: frozenset[str]

    @property
    def reads_only(self) -> bool:
        """Whether the person may look and nothing else: an auditor, or somebody without a party."""
        return not self.parties or self.duties <= {"auditor"}


def seats_of(person: Person) -> dict[str, Seat]:
    """All contracts that the person may see, by id, as they are when a request first asks."""
    known: dict[str, Seat] | None = person.__dict__.get(_SEATS)
    if known is None:
        known = person.__dict__[_SEATS] = _seats(person)
    return known


_SEATS = "_itaku_seats"
"""Where a request's own object of the person keeps them: one request, one look."""


def _seats(person: Person) -> dict[str, Seat]:
    found: dict[str, Seat] = {}
    rows = Membership.objects.filter(person=person, ended_at=None).values_list("contract", "party", "duties")
    for contract, party, duties in rows:
        seat = _seat(contract, party, tuple(duties))
        before = found.get(contract)
        if before is not None:
            seat = Seat(contract, before.parties | seat.parties, before.duties | seat.duties)
        found[contract] = seat
    return found


@functools.lru_cache(maxsize=16_384)
def _seat(contract: str, party: str, duties: tuple[str, ...]) -> Seat:
    """A seat made once: whoever sits at thousands of contracts has thousands of them on every page."""
    return Seat(contract, frozenset({party}) if party else frozenset(), frozenset(duties))


def seat_at(request: HttpRequest, contract: str) -> Seat:
    """The person's seat at a contract. A contract of others is answered as one that is not there: 404."""
    seat = seats_of(request.user).get(contract)
    if seat is None:
        raise Http404("contract")
    return seat
