"""Attachments of a version (添付): put on and taken off while it is a draft, carried to the next version."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from itaku.basis.clock import InstantMs
from itaku.desk.access import Seat
from itaku.desk.accounts.models import Person
from itaku.desk.asking import clock, randomness
from itaku.desk.papers.errors import StepRefusedError, UploadTooLargeError
from itaku.desk.papers.kept_files import keep
from itaku.desk.papers.models import Attachment, Document
from itaku.desk.papers.signed_elsewhere import signatures
from itaku.desk.papers.uploads import MOST_FILES, neutral_name, read_upload


def attached_to(document: Document, number: int) -> list[Attachment]:
    """The files of a version, in the order in which they came."""
    found = document.attachments.filter(number=number, removed_at_ms=None).select_related("added_by")
    return list(found.order_by("id"))


def attach(document: Document, seat: Seat, person: Person, name: str, content: bytes) -> Attachment:
    """Puts a file on the draft; the same content is there once. Raises the upload errors and `StepRefusedError`."""
    if not writes(document, seat):
        raise StepRefusedError(document.state)
    read = read_upload(content)
    now = clock().now()
    facts = dict(read.facts) | _proved(read.mime, content, now)
    digest = keep(content)
    with transaction.atomic():
        locked = _locked(document, seat)
        there = locked.attachments.filter(number=locked.number, removed_at_ms=None)
        same = there.filter(sha256=digest).first()
        if same is not None:
            return same
        if there.count() >= MOST_FILES:
            raise UploadTooLargeError("files")
        return Attachment.objects.create(
            token=randomness().token(16).hex(),
            document=locked,
            number=locked.number,
            name=neutral_name(name, read.mime),
            sha256=digest,
            mime=read.mime,
            size=len(content),
            facts=facts,
            added_by=person,
            added_at_ms=int(now),
        )


def _proved(mime: str, content: bytes, now: InstantMs) -> dict[str, Any]:
    """The signatures of a PDF that was signed elsewhere, and when they were looked at."""
    if mime != "application/pdf":
        return {}
    found = signatures(content, now)
    return {"signatures": found, "verified_at_ms": int(now)} if found else {}


def take_off(document: Document, seat: Seat, token: str) -> Attachment | None:
    """Takes a file off the draft; its row and content stay kept. None if it is not on it."""
    with transaction.atomic():
        locked = _locked(document, seat)
        found = locked.attachments.filter(token=token, number=locked.number, removed_at_ms=None).first()
        if found is not None:
            found.removed_at_ms = int(clock().now())
            found.save()
        return found


def carry_over(document: Document, number: int, person: Person, now: int) -> None:
    """The files of the version before stand on the next one too, until somebody takes them off."""
    for each in attached_to(document, number - 1):
        try:
            with transaction.atomic():
                Attachment.objects.create(
                    token=randomness().token(16).hex(),
                    document=document,
                    number=number,
                    name=each.name,
                    sha256=each.sha256,
                    mime=each.mime,
                    size=each.size,
                    facts=each.facts,
                    added_by=person,
                    added_at_ms=now,
                )
        except IntegrityError:
            continue


def writes(document: Document, seat: Seat) -> bool:
    """Whether a seat may change the draft."""
    return bool(
        document.state == "draft"
        and document.drafter in seat.parties
        and not seat.duties <= {"auditor", "administrator"}
    )


def _locked(document: Document, seat: Seat) -> Document:
    locked = Document.objects.select_for_update().get(pk=document.pk)
    if not writes(locked, seat):
        raise StepRefusedError(locked.state)
    return locked
