"""The life of a paper (書類の一生): made, saved, stepped on. Every change is one transaction under the paper's lock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.db import transaction

from itaku.basis.clock import to_jst
from itaku.contracts.engine.events import EventTwiceError, Told
from itaku.contracts.engine.result import Result
from itaku.contracts.model.contract import Contract, Paper, PaperField
from itaku.contracts.papers.content import PaperDraft
from itaku.contracts.papers.definitions import clauses_of, paper_of, subject
from itaku.contracts.papers.drafting import HEAD, draft
from itaku.contracts.papers.pdf import pdf
from itaku.contracts.papers.persons import persons
from itaku.desk.access import Seat
from itaku.desk.accounts.models import Person
from itaku.desk.acts.telling import now_text
from itaku.desk.asking import ask, clock, randomness
from itaku.desk.papers.attached_list import attached_digest
from itaku.desk.papers.attaching import attached_to, carry_over
from itaku.desk.papers.countersigning import countersign
from itaku.desk.papers.errors import PaperBlankError, PaperMovedError, ReasonMissingError, StepRefusedError
from itaku.desk.papers.handling import Handling, may
from itaku.desk.papers.kept_files import keep
from itaku.desk.papers.models import Document, Step, Version
from itaku.desk.papers.quorum import approved_by, may_approve, people_needed
from itaku.desk.papers.sealing import Sealed, sealed
from itaku.desk.papers.untold import TO_LOOK_AT


class FieldChange(NamedTuple):
    """A blank that two versions fill differently."""

    name: str
    ja: str
    en: str
    before: str
    after: str


def parties_of(contract: Contract, paper: str, instance_id: str) -> tuple[str, str, str]:
    """Drafter, addressee and approver of a paper as legal persons; empty where the contract names nobody."""
    defined = paper_of(contract, paper)
    clause = instance_id.partition("[")[0] or next(iter(clauses_of(contract, paper)), contract.head.id)
    part = contract.part_of(clause)
    labels = contract.parts[part].labels if part in contract.parts else {}

    def person(label: str | None) -> str:
        if label is None:
            return ""
        found = labels.get(label, label)
        return found if found in contract.parties else ""

    return person(defined.drafter), person(defined.addressee), person(defined.approver)


def begin(contract: str, result: Result, paper: str, instance: str | None, seat: Seat, person: Person) -> Document:
    """The open draft of a paper about a matter, or a fresh one. Raises the errors of `contracts.papers`.

    A paper that both sides write is drafted by whoever begins it.
    """
    found = result.fold.contract
    about = subject(result, paper, instance or None)
    name = about.id if about is not None else ""
    drafter, addressee, approver = parties_of(found, paper, name)
    if not drafter:
        drafter = next((each for each in found.parties if each in seat.parties), "")
        addressee = addressee or next((each for each in found.parties if each not in seat.parties), "")
    if drafter not in seat.parties or seat.duties <= {"auditor", "administrator"}:
        raise StepRefusedError(paper)
    defined = paper_of(found, paper)
    with transaction.atomic():
        open_ = Document.objects.select_for_update().filter(
            contract=contract, paper=paper, instance=name, drafter=drafter, state="draft"
        )
        standing = open_.first()
        if standing is not None:
            return standing
        now = int(clock().now())
        document = Document.objects.create(
            token=randomness().token(16).hex(),
            contract=contract,
            paper=paper,
            instance=name,
            title_ja=defined.ja,
            title_en=defined.en,
            drafter=drafter,
            addressee=addressee,
            approver=approver,
            changed_at_ms=now,
        )
        entered = _begun(result, document, person)
        Version.objects.create(document=document, number=1, entered=entered, made_by=person, made_at_ms=now)
    return document


def _begun(result: Result, document: Document, person: Person) -> dict[str, str]:
    """What stands in a fresh draft: today's date, and the sender's name where the contract leaves it blank."""
    entered = {"paper.date": to_jst(clock().now()).date().isoformat()}
    if any(each.blank is not None for each in persons(result.fold.contract, document.drafter, "", None)):
        entered["paper.from"] = str(person.organisation.name)
    return entered


def drafted(result: Result, document: Document, entered: Mapping[str, str]) -> PaperDraft:
    """The paper as it reads with what was entered. Raises the errors of `contracts.papers`."""
    return draft(result, document.paper, document.instance or None, {k: v for k, v in entered.items() if v.strip()})


def fields_of(paper: Paper) -> dict[str, PaperField]:
    """What may be filled on a paper, by name, in the order of its form: date and number first, names last."""
    head = {name: HEAD[name] for name in ("paper.date", "paper.number")}
    return head | dict(paper.fields) | {name: HEAD[name] for name in ("paper.to", "paper.from")}


def save(document: Document, seat: Seat, person: Person, entered: Mapping[str, str], edits: int) -> Version:
    """Saves a draft's blanks. `PaperMovedError` if somebody saved after `edits`; `StepRefusedError`."""
    with transaction.atomic():
        locked = Document.objects.select_for_update().get(pk=document.pk)
        if locked.state != "draft" or locked.drafter not in seat.parties:
            raise StepRefusedError(locked.state)
        version = locked.versions.get(number=locked.number)
        if dict(version.entered) == dict(entered):
            return version
        if version.edits != edits:
            raise PaperMovedError
        version.entered, version.edits, version.saved_by = dict(entered), edits + 1, person
        version.save()
        locked.changed_at_ms = int(clock().now())
        locked.save()
    return version


def step(
    document: Document, seat: Seat, person: Person, each: Handling, token: str, reason: str, edits: int
) -> Document:
    """Takes a step, once for each token. Raises `StepRefusedError`, `PaperMovedError` and the errors of drafting.

    Handing in freezes the PDF; receiving tells the contract that the paper is there, by its digest.
    """
    if Step.objects.filter(token=token).exists():
        return Document.objects.get(pk=document.pk)
    if each.asks_reason and not reason.strip():
        raise ReasonMissingError
    result = ask(lambda keeper: keeper.at(document.contract))
    made = _handed_in(result, document, person, edits) if each.what == "submit" and may(document, seat, each) else None
    with transaction.atomic():
        locked = Document.objects.select_for_update().get(pk=document.pk)
        version = locked.versions.get(number=locked.number)
        if version.edits != edits or not may(locked, seat, each):
            raise PaperMovedError if version.edits != edits else StepRefusedError(locked.state)
        if each.what == "approve" and not may_approve(locked, version, person):
            raise StepRefusedError(each.what)
        now = int(clock().now())
        if each.what == "submit":
            if made is None:
                raise StepRefusedError(locked.state)
            version.sha256, version.sealed = keep(made.pdf), made.facts
            version.save()
        Step.objects.create(
            token=token,
            document=locked,
            number=locked.number,
            what=each.what,
            person=person,
            at_ms=now,
            reason=reason.strip()[:2000],
        )
        if each.what == "supersede":
            locked.number += 1
            Version.objects.create(
                document=locked, number=locked.number, entered=version.entered, made_by=person, made_at_ms=now
            )
            carry_over(locked, locked.number, person, now)
        _move_on(locked, each)
        locked.changed_at_ms = now
        locked.save()
    if each.what == "receive":
        tell(locked, version, version.sha256)
    return locked


def sign_second(contract: Contract, document: Document, seat: Seat, person: Person, token: str, edits: int) -> None:
    """The other side's seal on a paper that both sign; then the contract is told of the file that bears both.

    Raises the errors of `countersign`.
    """
    locked = countersign(contract, document, seat, person, token, edits)
    version = locked.versions.get(number=locked.number)
    if version.countersealed:
        tell(locked, version, version.countersealed["sha256"], "-signed")


def _handed_in(result: Result, document: Document, person: Person, edits: int) -> Sealed:
    """The PDF that is handed in, sealed. Made before the paper is locked: a time-stamp may take seconds."""
    version = document.versions.get(number=document.number)
    if version.edits != edits:
        raise PaperMovedError
    made = drafted(result, document, version.entered)
    if made.waiting:
        raise PaperBlankError(", ".join(blank.ja for blank in made.waiting))
    return sealed(pdf(made), str(person.organisation.name), clock().now(), randomness())


def _move_on(document: Document, each: Handling) -> None:
    """Its state after a step; once received it may await its event."""
    if each.what != "approve" or _enough(document):
        document.state = _after(document, each)
    if each.what == "receive":
        document.awaits = TO_LOOK_AT


def _after(document: Document, each: Handling) -> str:
    """The state after a step: a paper that nobody need receive is approved or kept as it is handed in."""
    if each.what == "submit" and not document.addressee:
        return "received" if document.approver else "approved"
    return each.to


def _enough(document: Document) -> bool:
    """Whether as many different people have approved this version as the contract's people asked for."""
    return approved_by(document) >= people_needed(document)


def tell(document: Document, version: Version, sha256: str, mark: str = "") -> None:
    """Tells the contract of a paper's file and of what is attached; once, because the id is the version's."""
    attached = attached_digest(each.sha256 for each in attached_to(document, version.number))
    fields = {"paper": document.paper, "sha256": sha256, "attachments_sha256": attached}
    if document.instance:
        fields |= {"under": document.instance.partition("[")[0], "instance": document.instance}
    told = Told(id=f"p-{document.token}-{version.number}{mark}", at=now_text(), kind="paper.filed", fields=fields)
    try:
        ask(lambda keeper: keeper.append(document.contract, told))
    except EventTwiceError:
        return


def differences(
    result: Result, document: Document, before: Mapping[str, str], after: Mapping[str, str]
) -> list[FieldChange]:
    """The blanks that two versions fill differently, in the order of the paper."""
    fields = fields_of(paper_of(result.fold.contract, document.paper))
    names = dict.fromkeys((*fields, *before, *after))
    return [
        FieldChange(
            name,
            fields[name].ja if name in fields else name,
            fields[name].en if name in fields else name,
            before.get(name, ""),
            after.get(name, ""),
        )
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]
