"""Received papers whose event nobody has told yet (受理・未記録の書類): the clocks that it starts do not run."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from urllib.parse import quote

from django.db.models import Exists, OuterRef
from django.urls import reverse

from itaku.basis.clock import InstantMs, to_jst
from itaku.contracts.agenda.moves import moves
from itaku.contracts.engine.events import catalogue, tellers
from itaku.contracts.engine.result import Result
from itaku.contracts.model.parts import Words
from itaku.contracts.papers.places import place
from itaku.desk.access import Seat, seats_of
from itaku.desk.accounts.models import Membership, Person
from itaku.desk.acts.models import Act
from itaku.desk.acts.permission import leave, reserved_for
from itaku.desk.asking import ask
from itaku.desk.papers.models import Document

TO_LOOK_AT = "?"
"""Stands in `Document.awaits` until it was first asked which event a paper awaits."""

HELD = ("received", "approved")
"""States in which a paper is with its receiver."""

_MOST = 20
"""Rows of the first screen: whoever has more tells these first."""


class Untold(NamedTuple):
    """A received paper and the event that it awaits. `may` is whether whoever looks may tell it; else `who` can.

    `reserved`: only some duties of a side tell it. `title` and `place` are the contract's and its article's.
    """

    document: Document
    received: dt.datetime
    title: Words
    place: str
    event: str
    name: Words
    path: str
    may: bool
    reserved: bool
    who: Words
    waits: bool
    """Whether somebody told it, and a second person must still confirm."""


def awaited(result: Result, document: Document) -> str:
    """The event that a received paper still awaits; "" where it was told, or where the paper starts nothing.

    It is the paper's own event, else the act by which its matter is performed. A paper about no matter was told of once
    such an event counts on the day on which it came, or later.
    """
    paper = result.fold.contract.papers.get(document.paper)
    if paper is None or document.state not in HELD:
        return ""
    own = paper.tells.event if paper.tells is not None else ""
    instance = result.fold.instances.get(document.instance)
    if instance is not None:
        open_ = [each for each in moves(result, instance) if each.role != "evidence"]
        if own:
            return own if any(each.event == own for each in open_) else ""
        side = document.addressee
        return next((each.event for each in open_ if each.role == "act" and side in each.by), "")
    day = received_at(document).date()
    told = any(each.kind == own and each.day >= day for each in result.events.events)
    return "" if told else own


def received_at(document: Document) -> dt.datetime:
    """When the newest version was received, in Japan."""
    came = document.steps.filter(number=document.number, what="receive").values_list("at_ms", flat=True).first()
    return to_jst(InstantMs(document.changed_at_ms if came is None else came))


def untold(result: Result, document: Document, seat: Seat) -> Untold | None:
    """What a paper awaits, as one seat sees it."""
    kind = awaited(result, document)
    known = catalogue(result.fold.contract).get(kind)
    if known is None:
        return None
    leaves = leave(result, kind, seat, dict.fromkeys(seat.parties, seat.duties)).values()
    contract = result.fold.contract
    sides = [contract.parties[each] for each in contract.parties if each in tellers(contract, known)]
    others = Words(ja="、".join(each.ja for each in sides), en=", ".join(each.en for each in sides))
    path = reverse("act", args=(document.contract, kind))
    instance = result.fold.instances.get(document.instance)
    return Untold(
        document,
        received_at(document),
        Words(ja=contract.head.ja, en=contract.head.en),
        place(contract, instance.rule.id) if instance is not None else "",
        kind,
        Words(ja=known.ja, en=known.en),
        f"{path}?instance={quote(document.instance, safe='')}" if document.instance else path,
        not seat.reads_only and any(each.may for each in leaves),
        any(row is not None and row.duties for row in (reserved_for(contract, kind, one) for one in seat.parties)),
        next((each.who for each in leaves if not each.may), others),
        Act.objects.filter(contract=document.contract, kind=kind, state="waiting").exists(),
    )


def untold_for(person: Person, contract: str = "") -> tuple[Untold, ...]:
    """The received papers whose event a person may tell, the oldest first: the first screen shows them."""
    own = Membership.objects.filter(person=person, ended_at=None, contract=OuterRef("contract"))
    rows = Document.objects.filter(Exists(own.filter(party=OuterRef("addressee"))), state__in=HELD).exclude(awaits="")
    rows = rows.filter(contract=contract) if contract else rows
    found = list(rows.order_by("changed_at_ms", "token")[:_MOST])
    if not found:
        return ()
    contracts = sorted({each.contract for each in found})
    results = ask(lambda keeper: keeper.at_each(contracts))
    seats, shown = seats_of(person), []
    for each in found:
        seen = untold(results[each.contract], each, seats[each.contract])
        if seen is None:
            _forget(each)
        elif seen.may and not seen.waits:
            shown.append(seen)
    return tuple(shown)


def _forget(document: Document) -> None:
    """Its event was told: the first screen asks for it no more."""
    Document.objects.filter(pk=document.pk, state=document.state, number=document.number).update(awaits="")
