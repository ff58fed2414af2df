"""The list of papers (書類の一覧): what a person may see, in the order of change, a page at a time, never counted."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q

from itaku.desk.accounts.models import Membership, Person
from itaku.desk.papers.models import Document

PAGE = 50
"""Papers on a page."""


class Page(NamedTuple):
    """A page of papers, and the place after which the next one goes on; empty at the end."""

    rows: list[Document]
    more: str


def seen_by(person: Person) -> Any:
    """The papers of a person's contracts. A first draft is its drafter's alone until it is handed in.

    Contracts are joined, not listed: whoever sits at thousands of them asks no longer question than others.
    """
    seats = Membership.objects.filter(person=person, ended_at=None, contract=OuterRef("contract"))
    own = seats.filter(party=OuterRef("drafter"))
    return Document.objects.filter(Exists(seats)).filter(~Q(state="draft") | Q(number__gt=1) | Exists(own))


def narrowed(found: Any, state: str, contract: str, text: str) -> Any:
    """The papers of a state, of a contract, and with a text in their title; empty asks for all."""
    if state in Document.STATES:
        found = found.filter(state=state)
    if contract:
        found = found.filter(contract=contract)
    if text:
        found = found.filter(Q(title_ja__icontains=text) | Q(title_en__icontains=text))
    return found


def ordered(found: Any, after: str) -> Any:
    """What changed last first, from after a place on: `<ms>-<token>`. Papers of one instant go by their token."""
    at, _, token = after.partition("-")
    if at.isascii() and at.isdigit() and len(at) < 16 and token.isalnum() and len(token) <= 64:
        found = found.filter(changed_at_ms__lte=int(at)).filter(Q(changed_at_ms__lt=int(at)) | Q(token__gt=token))
    return found.order_by("-changed_at_ms", "token")


def page(found: Any, after: str) -> Page:
    """One page of papers from after a place on."""
    rows = list(ordered(found, after)[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Page(rows[:PAGE], f"{last.changed_at_ms}-{last.token}" if last is not None else "")
