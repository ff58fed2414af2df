"""Acts of a clerk at the desk (担当者の処理): days, cash, late charges, set-offs, reversals, by whose duty each is.

What an act does is settlement's own function, the one that `itaku books` calls. Who may tell what the contract hears of
(a designated day, fees received, a payment, a waiver) is said by the duties' table; what the contractor books for
itself is its treasurer's. A form that is sent twice acts once: its token is kept with what was done.
"""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from itaku.desk.accounts.duties import RESERVED, TELLING, Reserved
from itaku.desk.accounts.models import Person
from itaku.desk.asking import act_in_books, clock
from itaku.desk.audit.noting import note
from itaku.desk.money.clerk_table import ACTS, LONGEST, About, check
from itaku.desk.money.closing import may_ask
from itaku.desk.money.errors import ClerkActRefusedError, MonthStepReasonError
from itaku.desk.money.models import ClerkAct
from itaku.desk.money.places import Place
from itaku.settlement.month import Month
from itaku.settlement.posting import Booked


def may(place: Place, name: str) -> bool:
    """Whether the person's duties allow an act."""
    event = ACTS[name].event
    if not event:
        return may_ask(place)
    if not place.is_client or not place.seat.duties & TELLING:
        return False
    row = _reserved(event)
    return row is None or not row.duties or bool(place.seat.duties & set(row.duties))


def may_second(place: Place, act: ClerkAct, person: Person) -> bool:
    """Whether the person may be the second of an act that waits: one who may do it, and who did not ask for it."""
    return may(place, act.what) and act.asked_by_id != person.pk


def begin(request: HttpRequest, place: Place, month: Month, name: str, token: str) -> None:
    """Does what a form says, or, of an act that takes two, asks for it. Sent twice it is done once.

    Raises `ClerkActRefusedError`, `ClerkFieldError`, and what the act raises: then nothing is changed.
    """
    if name not in ACTS or not token or not may(place, name):
        raise ClerkActRefusedError
    said = {each.name: request.POST.get(each.name, "").strip()[:LONGEST] for each in ACTS[name].fields}
    check(name, said)
    facts = {"municipality": place.books.municipality, "month": month.text(), "what": name}
    waits = _takes_two(name)
    try:
        with transaction.atomic():
            act, made = ClerkAct.objects.get_or_create(
                token=f"{request.user.pk}:{token[:80]}",
                defaults={
                    **facts,
                    "said": said,
                    "state": "waiting" if waits else "done",
                    "asked_by_id": request.user.pk,
                    "asked_at_ms": int(clock().now()),
                },
            )
            if not made:
                return
            note(request, "books-act-asked" if waits else "books-act", place.books.contract, **facts)
            if not waits:
                _carry_out(place, month, act, request.user.name)
    except IntegrityError as error:  # the same act waits for its second person
        raise ClerkActRefusedError from error


def decide(request: HttpRequest, place: Place, month: Month, number: int, why: str, *, yes: bool) -> None:
    """The second person's answer; who asked may take it back. What was decided so already stays so."""
    with transaction.atomic():
        rows = ClerkAct.objects.select_for_update(of=("self",)).select_related("asked_by")
        act = rows.filter(pk=number, municipality=place.books.municipality, month=month.text()).first()
        wanted = "done" if yes else "refused"
        if act is None or act.state != "waiting":
            if act is not None and act.state == wanted and act.decided_by_id == request.user.pk:
                return
            raise ClerkActRefusedError
        own = act.asked_by_id == request.user.pk
        if not may_second(place, act, request.user) and not (own and not yes and may(place, act.what)):
            raise ClerkActRefusedError
        if not yes and not own and not why.strip():
            raise MonthStepReasonError
        act.state, act.why = wanted, why.strip()[:LONGEST]
        act.decided_by_id, act.decided_at_ms = request.user.pk, int(clock().now())
        act.save()
        facts = {"municipality": place.books.municipality, "month": month.text(), "what": act.what}
        note(request, "books-act" if yes else "books-act-refused", place.books.contract, **facts)
        if yes:
            _carry_out(place, month, act, f"{act.asked_by.name}（確認 {request.user.name}）")


def done_in(municipality: str, month: Month) -> list[ClerkAct]:
    """What was asked for or done at the desk in a month, the newest first."""
    rows = ClerkAct.objects.filter(municipality=municipality, month=month.text())
    return list(rows.select_related("asked_by", "decided_by").order_by("-pk")[:50])


def _carry_out(place: Place, month: Month, act: ClerkAct, person: str) -> None:
    """Last in the transaction: what the books refuse leaves nothing behind at the desk."""
    about = About(place.books.municipality, month, person, clock().now())
    found = act_in_books(lambda connection: ACTS[act.what].does(connection, about, act.said))
    if isinstance(found, Booked):
        act.answer = found.posting.key
        act.save(update_fields=["answer"])


def _reserved(event: str) -> Reserved | None:
    """The duties' row that binds the client's people at an event."""
    return next((row for row in RESERVED.get(event, ()) if row.side in {"", "client"}), None)


def _takes_two(name: str) -> bool:
    row = _reserved(ACTS[name].event)
    return row is not None and bool(row.second)


def offered(place: Place) -> list[tuple[str, Any]]:
    """The acts that the person's duties allow, in their order."""
    return [(name, act) for name, act in ACTS.items() if may(place, name)]
