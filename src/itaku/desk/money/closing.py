"""Closing and reopening a month at the desk (締めと再開): the contractor's treasurer asks, another person confirms.

The books are changed when the second person confirms, by the same room that `itaku settle` uses. If the desk stopped
between the books and its own note, confirming again finds the month as it is and only notes it.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from itaku.desk.accounts.models import Person
from itaku.desk.asking import act_in_books, clock, work_in_books
from itaku.desk.audit.noting import note
from itaku.desk.money.errors import MonthStepReasonError, MonthStepRefusedError
from itaku.desk.money.models import MonthStep
from itaku.desk.money.places import Place
from itaku.settlement.month import Month
from itaku.settlement.periods import reopen_month
from itaku.settlement.settling import Order, settle

LONGEST_REASON = 2000
_CONFIRMING = frozenset({"treasurer", "manager", "officer"})


def may_ask(place: Place) -> bool:
    """Whether the person may ask for a month to be closed or reopened: the treasurer of who keeps the books."""
    return place.is_contractor and "treasurer" in place.seat.duties


def may_confirm(place: Place, step: MonthStep, person: Person) -> bool:
    """Whether the person may be the second: of the same side, and not who asked."""
    return place.is_contractor and bool(place.seat.duties & _CONFIRMING) and step.asked_by_id != person.pk


def waiting(municipality: str, month: Month) -> MonthStep | None:
    """What waits for a second person."""
    rows = MonthStep.objects.filter(municipality=municipality, month=month.text(), state="waiting")
    return rows.select_related("asked_by").first()


def ask_for(request: HttpRequest, place: Place, month: Month, what: str, reason: str, token: str) -> None:
    """Asks; the same form sent twice asks once. `MonthStepRefusedError`, `MonthStepReasonError`."""
    if not may_ask(place) or what not in {"close", "reopen"} or not token:
        raise MonthStepRefusedError
    if what == "reopen" and not reason.strip():
        raise MonthStepReasonError
    facts = {"municipality": place.books.municipality, "month": month.text(), "what": what}
    try:
        with transaction.atomic():
            _, made = MonthStep.objects.get_or_create(
                token=f"{request.user.pk}:{token[:80]}",
                defaults={
                    **facts,
                    "reason": reason.strip()[:LONGEST_REASON],
                    "asked_by_id": request.user.pk,
                    "asked_at_ms": int(clock().now()),
                },
            )
            if made:
                note(request, "month-asked", place.books.contract, **facts)
    except IntegrityError as error:  # another step of the month waits
        raise MonthStepRefusedError from error


def decide(request: HttpRequest, place: Place, month: Month, number: int, why: str, *, yes: bool) -> None:
    """The second person's answer; who asked may take it back. A step that was decided so already stays so.

    Raises `MonthStepRefusedError`, `MonthStepReasonError`, and what closing raises: then nothing is changed.
    """
    with transaction.atomic():
        step = _locked(place, month, number)
        wanted = "done" if yes else "refused"
        if step.state != "waiting":
            if step.state == wanted and step.decided_by_id == request.user.pk:
                return
            raise MonthStepRefusedError
        own = step.asked_by_id == request.user.pk
        if not may_confirm(place, step, request.user) and not (own and not yes and place.is_contractor):
            raise MonthStepRefusedError
        if not yes and not own and not why.strip():
            raise MonthStepReasonError
        step.state, step.why = wanted, why.strip()[:LONGEST_REASON]
        step.decided_by_id, step.decided_at_ms = request.user.pk, int(clock().now())
        step.save()
        kind = "month-decided" if yes else "month-refused"
        facts = {"municipality": place.books.municipality, "month": month.text(), "what": step.what}
        note(request, kind, place.books.contract, **facts)
        if yes:
            _carry_out(place, month, step, request.user.name)


def take_in(place: Place, month: Month) -> None:
    """Takes what the center counted into the books, as `itaku settle` does; done again, nothing more is booked."""
    order = Order(month=month, municipality=place.books.municipality)
    work_in_books(lambda pool: settle(pool, order, clock()))


def _carry_out(place: Place, month: Month, step: MonthStep, second: str) -> None:
    """Last in the transaction: what the books refuse leaves no decision behind."""
    code, persons = place.books.municipality, f"{step.asked_by.name}（確認 {second}）"
    if step.what == "close":
        order = Order(month=month, municipality=code, closed_by=persons)
        work_in_books(lambda pool: settle(pool, order, clock()))
    else:
        act_in_books(lambda connection: reopen_month(connection, code, month, persons, step.reason, clock().now()))


def _locked(place: Place, month: Month, number: int) -> MonthStep:
    rows = MonthStep.objects.select_for_update(of=("self",)).select_related("asked_by")
    step = rows.filter(pk=number, municipality=place.books.municipality, month=month.text()).first()
    if step is None:
        raise MonthStepRefusedError
    return step
