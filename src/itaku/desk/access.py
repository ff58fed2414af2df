"""Who may see which contract (閲覧の範囲): the one door through which every page of a contract goes."""

from __future__ import annotations

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
    """All contracts that the person may see, by id."""
    found: dict[str, Seat] = {}
    for each in Membership.objects.filter(person=person, ended_at=None):
        before = found.get(each.contract, Seat(each.contract, frozenset(), frozenset()))
        parties = before.parties | ({each.party} if each.party else frozenset())
        found[each.contract] = Seat(each.contract, parties, before.duties | frozenset(each.duties))
    return found


def seat_at(request: HttpRequest, contract: str) -> Seat:
    """The person's seat at a contract. A contract of others is answered as one that is not there: 404."""
    seat = seats_of(request.user).get(contract)
    if seat is None:
        raise Http404("contract")
    return seat
