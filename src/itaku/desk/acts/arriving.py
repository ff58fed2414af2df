"""Who is where (どの契約のどの出来事か): the contract, the kind of event and the person's leave to tell it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from itaku.contracts.engine.events import Told, catalogue
from itaku.contracts.engine.result import Result
from itaku.contracts.model.contract import EventType
from itaku.desk.access import Seat, seat_at
from itaku.desk.acts.permission import Leave, duties_at, leave, reads_only, side_of, why_nobody_of
from itaku.desk.asking import ask


class At(NamedTuple):
    """A contract, the kind of event, and who is there: what every page of a telling begins with."""

    contract: str
    kind: str
    seat: Seat
    result: Result
    known: EventType
    leaves: dict[str, Leave]

    @property
    def parties(self) -> list[str]:
        """The legal persons for which this human being may tell the event."""
        return [party for party, each in self.leaves.items() if each.may]


def arrive(request: HttpRequest, contract: str, kind: str) -> At:
    """The contract, the event and the person's seat; 404 for a contract of others and for no event."""
    seat = seat_at(request, contract)
    result = ask(lambda keeper: keeper.at(contract))
    known = catalogue(result.fold.contract).get(kind)
    if known is None:
        raise Http404("event")
    leaves = {} if seat.reads_only else leave(result, kind, seat, duties_at(request.user, contract))
    return At(contract, kind, seat, result, known, leaves)


def refused_page(request: HttpRequest, at: At) -> HttpResponse | None:
    """The page that says why this person may not tell the event and who may; nothing where they may."""
    if at.seat.reads_only:
        why = reads_only(at.result)
    elif not at.leaves:
        why = why_nobody_of(at.result.fold.contract, at.kind)
    elif not at.parties:
        why = next(iter(at.leaves.values()))
    else:
        return None
    return render(request, "acts/refused.html", {"at": at, "leave": why}, status=403)


def corrected_event(at: At, event_id: str) -> Told | None:
    """The event that is to be corrected: told by one's own side, of this kind, and standing. 404 for any other."""
    if not event_id:
        return None
    found = own_event(at.contract, at.seat, at.result, event_id)
    if found.kind != at.kind:
        raise Http404("event")
    return found


def own_event(contract: str, seat: Seat, result: Result, event_id: str) -> Told:
    """An event of one's own side; what was told for nobody is the client's to put right. 404 for any other."""
    told: list[Told] = ask(lambda keeper: keeper.told(contract))
    found = next((each for each in told if each.id == event_id and not each.voids), None)
    if found is None:
        raise Http404("event")
    theirs = {side_of(result.fold.contract, party) for party in seat.parties}
    if found.by not in seat.parties and not (found.by is None and "client" in theirs):
        raise Http404("event")
    return found


def frame(at: At) -> dict[str, Any]:
    """What each page of a telling shows."""
    parties = at.result.fold.contract.parties
    return {
        "at": at,
        "title": at.result.fold.contract.head,
        "parties": [(each, parties[each]) for each in at.parties],
    }
