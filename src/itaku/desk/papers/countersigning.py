"""Papers that both sides sign (双方が署名する書類): the second side seals the file that bears the first side's seal."""

from __future__ import annotations

from typing import NamedTuple

from django.db import transaction

from itaku.contracts.model.contract import Contract
from itaku.contracts.papers.definitions import signed_by_both
from itaku.desk.access import Seat
from itaku.desk.accounts.duties import TELLING
from itaku.desk.accounts.models import Person
from itaku.desk.asking import clock, randomness
from itaku.desk.papers.errors import PaperMovedError, StepRefusedError
from itaku.desk.papers.kept_files import keep, kept
from itaku.desk.papers.models import Document, Step, Version
from itaku.desk.papers.sealing import countersealed, has_seal

STEP = "countersign"


class Signing(NamedTuple):
    """How far a paper that both sides sign is: how many seals it bears, and whether one can add the second."""

    signed: int
    may: bool
    lacks_seal: bool
    """Whether only the seal of one's own organisation is missing."""


def signing_of(contract: Contract, document: Document, version: Version, seat: Seat, person: Person) -> Signing | None:
    """The state of a paper's two seals; nothing for a paper of one side, a draft, or one that bears no seal."""
    paper = contract.papers.get(document.paper)
    if paper is None or not signed_by_both(paper) or not version.sealed:
        return None
    if version.countersealed:
        return Signing(2, may=False, lacks_seal=False)
    turn = _turn(document, version, seat)
    sealing = has_seal(str(person.organisation.name))
    return Signing(1, may=turn and sealing, lacks_seal=turn and not sealing)


def _turn(document: Document, version: Version, seat: Seat) -> bool:
    """Whether a seat is the one to sign: people of the other side who may act, once it was received."""
    return (
        document.state == "received"
        and document.number == version.number
        and document.addressee in seat.parties
        and document.drafter != document.addressee
        and bool(seat.duties & TELLING)
    )


def countersign(contract: Contract, document: Document, seat: Seat, person: Person, token: str, edits: int) -> Document:
    """Seals the second, once for each token. Raises `StepRefusedError`, `PaperMovedError` and `SealError`.

    The seal is made before the paper is locked: a time-stamp may take seconds.
    """
    if Step.objects.filter(token=token).exists():
        return Document.objects.get(pk=document.pk)
    version = document.versions.get(number=document.number)
    signing = signing_of(contract, document, version, seat, person)
    if version.edits != edits:
        raise PaperMovedError
    if signing is None or not signing.may:
        raise StepRefusedError(document.state)
    made = countersealed(kept(version.sha256), str(person.organisation.name), clock().now(), randomness())
    with transaction.atomic():
        locked = Document.objects.select_for_update().get(pk=document.pk)
        now_there = locked.versions.get(number=locked.number)
        if now_there.pk != version.pk or now_there.countersealed or not _turn(locked, now_there, seat):
            raise StepRefusedError(locked.state)
        now = int(clock().now())
        now_there.countersealed = {**made.facts, "sha256": keep(made.pdf)}
        now_there.save(update_fields=["countersealed"])
        Step.objects.create(token=token, document=locked, number=locked.number, what=STEP, person=person, at_ms=now)
        if not locked.approver:
            locked.state = "approved"
        locked.changed_at_ms = now
        locked.save()
    return locked
