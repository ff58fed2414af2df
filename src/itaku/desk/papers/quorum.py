"""How many people approve a paper (承認の人数): read, raised by one person, lowered by two of the approving side."""

from __future__ import annotations

from typing import NamedTuple

from django.db import transaction

from itaku.contracts.model.contract import Contract
from itaku.contracts.model.parts import Words
from itaku.desk.access import Seat
from itaku.desk.accounts.duties import TELLING
from itaku.desk.accounts.models import Membership, Person
from itaku.desk.papers.errors import QuorumUnfitError, StepRefusedError
from itaku.desk.papers.models import Document, Quorum, Version

MOST = 9
"""People that a paper can ask for at most."""


class Asked(NamedTuple):
    """A paper that needs approval: how many people now, how many there are, what waits for a second person."""

    paper: str
    ja: str
    en: str
    side: Words
    people: int
    there: int
    waiting: int | None
    asked_by: Person | None
    mine: bool
    confirms: bool


def people_needed(document: Document) -> int:
    """How many people must approve it. Without a setting: one."""
    row = Quorum.objects.filter(contract=document.contract, paper=document.paper).first()
    return int(row.people) if row else 1


def approved_by(document: Document) -> int:
    """How many different people have approved the newest version."""
    found = document.steps.filter(number=document.number, what="approve")
    return int(found.values("person").distinct().count())


def may_approve(document: Document, version: Version, person: Person) -> bool:
    """Whether this human being may: not who wrote or handed in the version, and nobody twice."""
    if person.pk in {version.made_by_id, version.saved_by_id}:
        return False
    taken = document.steps.filter(number=version.number, person=person, what__in=("submit", "approve"))
    return not taken.exists()


def asked_of(contract: str, found: Contract, approvers: dict[str, str], seat: Seat, person: Person) -> list[Asked]:
    """Every paper of a contract that somebody approves. `approvers` gives the legal person by paper."""
    rows = {row.paper: row for row in Quorum.objects.filter(contract=contract).select_related("asked_by")}
    there = {party: people_at(contract, party) for party in set(approvers.values())}
    return [_asked(name, found, party, rows.get(name), there[party], seat, person) for name, party in approvers.items()]


def _asked(name: str, found: Contract, party: str, row: Quorum | None, there: int, seat: Seat, person: Person) -> Asked:
    paper = found.papers[name]
    known = found.parties[party]
    side = Words(ja=known.ja, en=known.en)
    mine = may_set(seat, party)
    waiting = row.asked if row else None
    confirms = bool(mine and waiting is not None and row and row.asked_by_id != person.pk)
    people = row.people if row else 1
    return Asked(name, paper.ja, paper.en, side, people, there, waiting, row.asked_by if row else None, mine, confirms)


def people_at(contract: str, party: str) -> int:
    """How many people who may act sit for a legal person at a contract."""
    seats = Membership.objects.filter(contract=contract, party=party, ended_at=None, person__is_active=True)
    return int(seats.filter(duties__overlap=sorted(TELLING)).values("person").distinct().count())


def may_set(seat: Seat, party: str) -> bool:
    """Whether a seat may set how many of a party's people approve: any of that side who acts there."""
    return party in seat.parties and bool(seat.duties & TELLING)


def ask_for(contract: str, paper: str, party: str, seat: Seat, person: Person, people: int) -> None:
    """Sets the number at once if it rises; if it falls, it waits for a second person. `QuorumUnfitError`."""
    if not may_set(seat, party):
        raise StepRefusedError(paper)
    if not 1 <= people <= min(MOST, max(1, people_at(contract, party))):
        raise QuorumUnfitError(str(people))
    with transaction.atomic():
        row, _ = Quorum.objects.select_for_update().get_or_create(contract=contract, paper=paper)
        if people >= row.people:
            row.people, row.asked, row.asked_by, row.set_by = people, None, None, person
        elif row.asked != people:
            row.asked, row.asked_by = people, person
        row.save()


def confirm(contract: str, paper: str, party: str, seat: Seat, person: Person, people: int, *, agrees: bool) -> None:
    """A second person lets the asked number stand, or refuses it; whoever asked can only take it back."""
    with transaction.atomic():
        row = Quorum.objects.select_for_update().filter(contract=contract, paper=paper).first()
        if row is None or row.asked != people or not may_set(seat, party):
            raise StepRefusedError(paper)
        if agrees and row.asked_by_id == person.pk:
            raise StepRefusedError(paper)
        if agrees:
            row.people, row.set_by = row.asked, person
        row.asked, row.asked_by = None, None
        row.save()
