"""Drafting (起案): a paper's form filled from the replay and by a person; what nobody knows stays visibly blank."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from itaku.basis.errors import ItakuError
from itaku.basis.rates import Rate
from itaku.basis.working import moment_ja
from itaku.basis.yen import yen_text
from itaku.contracts.engine.events import Event, day_of
from itaku.contracts.engine.instance import Blank, Instance
from itaku.contracts.engine.result import Result
from itaku.contracts.engine.values import fitting, resolve
from itaku.contracts.model.contract import Contract, Paper, PaperField
from itaku.contracts.model.parts import Words
from itaku.contracts.model.references import read_reference
from itaku.contracts.papers import grounds
from itaku.contracts.papers.content import Change, Entry, PaperDraft, Person, Waiting
from itaku.contracts.papers.definitions import clauses_of, paper_of, subject
from itaku.contracts.papers.effects import changes
from itaku.contracts.papers.errors import PaperEntryError
from itaku.contracts.papers.persons import persons, plain_name
from itaku.contracts.papers.places import place
from itaku.contracts.papers.provenance import provenance
from itaku.contracts.papers.wording import opening
from itaku.contracts.papers.written import Typed, paper_day, read_entry, shown

HEAD = {
    "paper.number": PaperField(ja="文書番号", en="Document number", required=False),
    "paper.date": PaperField(ja="日付", en="Date of the paper", type="date"),
    "paper.to": PaperField(ja="宛先の名称", en="Addressee's name", required=False),
    "paper.from": PaperField(ja="発信者の名称", en="Sender's name", required=False),
}
"""What may be entered on any paper beside its own fields."""

_UNWRITTEN = Words(ja="担当者が記入する", en="to be written by a person")


class _Drafting(msgspec.Struct, frozen=True):
    """What the steps of drafting share."""

    result: Result
    name: str
    paper: Paper
    subject: Instance | None
    clauses: tuple[str, ...]
    typed: Mapping[str, Typed]

    @property
    def contract(self) -> Contract:
        return self.result.fold.contract

    @property
    def clause(self) -> str:
        """The clause that the paper rests on: the subject's, else the first that names it."""
        if self.subject is not None:
            return self.subject.rule.id
        return self.clauses[0] if self.clauses else self.contract.head.id


def draft(
    result: Result, paper_name: str, instance_id: str | None = None, entered: Mapping[str, str] | None = None
) -> PaperDraft:
    """Drafts a paper as the contract stands in `result`.

    `instance_id` says which duty, right or sum it is about; without it the one that is due, or none. `entered` fills
    blanks by name, and `paper.number`, `paper.date`, `paper.to`, `paper.from`. Nothing is guessed: a required blank
    is listed in `waiting` with its clause. Raises `PaperUnknownError`, `PaperInstanceError`, `PaperEntryError`.
    """
    entered = entered or {}
    paper = paper_of(result.fold.contract, paper_name)
    fields = HEAD | dict(paper.fields)
    unknown = [name for name in entered if name not in fields]
    if unknown:
        raise PaperEntryError(f"{unknown[0][:40]!a}: {', '.join(fields)}")
    typed = {name: read_entry(name, fields[name], text) for name, text in entered.items()}
    about = subject(result, paper_name, instance_id)
    return _drafted(_Drafting(result, paper_name, paper, about, clauses_of(result.fold.contract, paper_name), typed))


def _drafted(given: _Drafting) -> PaperDraft:
    result, paper, contract = given.result, given.paper, given.contract
    part = contract.part_of(given.clause)
    entries = (*_about(given), *(_entry(given, name, field) for name, field in paper.fields.items()))
    addressees = persons(contract, paper.addressee, part, _text(given, "paper.to"))
    senders = persons(contract, paper.drafter, part, _text(given, "paper.from"))
    dated = given.typed.get("paper.date")
    assert dated is None or isinstance(dated, dt.date), "the date was read as a date"
    resting = [] if given.subject is None else grounds.referred(result, paper, given.subject)
    conditions = () if given.subject is None else grounds.grounds(result, given.subject)
    cited = (*given.clauses, *(each.rule.id for each in resting), *(each.clause for each in conditions))
    proposed = changes(result, paper, given.subject, given.typed)
    waiting = _waiting(given, entries, (*addressees, *senders), dated)
    filed = _filed(given)
    signed = result.fold.terms.get("signed_on")
    return PaperDraft(
        contract=contract.head.id,
        contract_ja=contract.head.ja,
        contract_en=contract.head.en,
        signed_on=shown(signed[-1].value) if signed else "",
        paper=given.name,
        title_ja=paper.ja,
        title_en=paper.en,
        number=_text(given, "paper.number") or "",
        dated="" if dated is None else paper_day(dated).partition("（")[0],
        dated_on=dated,
        instance="" if given.subject is None else given.subject.id,
        opening=opening(paper.ja, place(contract, given.clause), both=paper.drafter == "both"),
        addressees=addressees,
        senders=senders,
        drafter=plain_name(contract, paper.drafter, part),
        approver=plain_name(contract, paper.approver, part),
        copies=paper.copies,
        entries=entries,
        workings=grounds.workings(result, resting),
        grounds=conditions,
        changes=proposed or (),
        readings=grounds.readings(result, resting),
        clauses=grounds.clauses(contract, cited),
        notes=grounds.notes(contract, (given.clause, *(each.rule.id for each in resting))),
        waiting=waiting,
        unsettled=_unsettled(given, resting, filed, waiting, proposed),
        filed=filed,
        provenance=provenance(result),
    )


def _text(given: _Drafting, name: str) -> str | None:
    value = given.typed.get(name)
    return None if value is None else str(value)


def _about(given: _Drafting) -> list[Entry]:
    """Which duty or right the paper is about, and its deadline."""
    contract, about = given.contract, given.subject
    entries = [Entry("", "契約の名称", "Contract", contract.head.ja, "contract")]
    signed = given.result.fold.terms.get("signed_on")
    if "signed_on" in contract.terms and not any(
        each.source == "term:signed_on" for each in given.paper.fields.values()
    ):
        term = contract.terms["signed_on"]
        blank = None
        if not signed:
            why_ja, why_en = "契約書で空欄", "blank in the contract"
            blank = Waiting("契約締結日", "Signing date", term.clause, why_ja, why_en)
        entries.append(
            Entry("", "契約締結日", "Signed on", shown(signed[-1].value) if signed else "", "term:signed_on", blank)
        )
    if about is None:
        return entries
    if about.keys:
        words = "、".join(about.keys.values())
        entries.append(Entry("", "整理番号", "Reference", words, "instance"))
    entries += _own_sum(given, about)
    due = about.due
    already = any(each.source and each.source.startswith("due:") for each in given.paper.fields.values())
    if due.instant is not None:
        target = "" if due.target in {None, due.instant} else f"（目標 {moment_ja(due.target)}）"
        entries.append(Entry("", "期限", "Due", moment_ja(due.instant) + target, "due"))
    elif due.day is not None and not already:
        note = "" if due.moved in {None, due.day} else f"（休日により動かせば{paper_day(due.moved)}）"
        entries.append(Entry("", "期限", "Due", paper_day(due.day) + note, "due"))
    elif due.manner is not None:
        entries.append(Entry("", "期限", "Due", f"{due.manner}（契約に日の定めはない）", "due"))
    return entries


def _own_sum(given: _Drafting, about: Instance) -> list[Entry]:
    """The sum that the paper is about, unless a field of the paper says it already."""
    told = any(each.source == f"amount:{about.rule.id}" for each in given.paper.fields.values())
    if told or not about.rule.is_debt:
        return []
    found = _owed(given, about)
    if isinstance(found, Blank):
        blank = Waiting("金額", "Sum", about.rule.id, found.ja, found.en)
        return [Entry("", "金額", "Sum", "", "amount", blank)]
    return [Entry("", "金額", "Sum", found, "amount")]


def _owed(given: _Drafting, instance: Instance) -> str | Blank:
    """What an instance owes now; where it is waived, what was computed stands beside the nothing that is owed."""
    money = given.result.money(instance.id)
    assert money is not None, "asked of debts only"
    if money.yen is None or money.computed_yen is None:
        return money.blank or Blank("額が決まらない", "there is no sum", instance.rule.id)
    if money.yen == money.computed_yen:
        return yen_text(money.yen)
    return f"{yen_text(money.yen)}（免除・除外前の計算額 {yen_text(money.computed_yen)}）"


def _entry(given: _Drafting, name: str, field: PaperField) -> Entry:
    """One blank: what the replay gives, else what a person wrote, else visibly nothing."""
    origin, why = "", _UNWRITTEN
    if field.source is not None:
        origin = field.source
        value = _found(given, field.source)
        if not isinstance(value, Blank):
            written = shown(value, field)
            if name in given.typed and shown(given.typed[name], field) != written:
                raise PaperEntryError(f"{name}: {field.source}")
            return Entry(name, field.ja, field.en, written, origin)
        why = Words(ja=value.ja, en=value.en)
    if name in given.typed:
        return Entry(name, field.ja, field.en, shown(given.typed[name], field), "entered")
    clause = _waits_for(given, field)
    blank = Waiting(field.ja, field.en, clause, why.ja, why.en) if field.required else None
    return Entry(name, field.ja, field.en, "", origin, blank)


def _waits_for(given: _Drafting, field: PaperField) -> str:
    """The clause that waits for a blank: the one of which its reference speaks, else the paper's own."""
    if field.source is not None:
        reference = read_reference(field.source)
        if reference.source in {"term", "old"}:
            return given.contract.terms[reference.name].clause
        if any(each.id == reference.name for each in given.contract.provisions):
            return reference.name
    return given.clause


def _found(given: _Drafting, source: str) -> object:
    """What a reference gives for the subject. Without one, only what stands by itself."""
    reference = read_reference(source)
    if given.subject is None and reference.source not in {"term", "date", "number", "now", "fiscal-year-end"}:
        return Blank("対象がまだ生じていない", "there is nothing yet that the paper could be about", given.clause)
    if reference.source == "amount" and given.subject is not None:
        debtor = fitting(given.result.fold, reference.name, given.subject)
        if debtor is not None and debtor.rule.is_debt:
            return _owed(given, debtor)
    try:
        found = resolve(given.result.fold, source, given.subject)
    except ItakuError as error:
        return Blank(error.ja, error.en, given.clause)
    if reference.source in {"sum-of", "count-of"} and given.subject is None:
        return Blank("対象がまだ生じていない", "nothing to count yet", given.clause)
    return found.percent if isinstance(found, Rate) else found


def _waiting(
    given: _Drafting, entries: tuple[Entry, ...], people: tuple[Person, ...], dated: dt.date | None
) -> tuple[Waiting, ...]:
    blanks = (*(each.blank for each in entries), *(each.blank for each in people))
    found = [each for each in blanks if each is not None]
    if dated is None:
        field = HEAD["paper.date"]
        found.insert(
            0, Waiting(field.ja, field.en, given.clause, "発する日に記入する", "written on the day it is sent")
        )
    return tuple(dict.fromkeys(found))


def _filed(given: _Drafting) -> str:
    """The event by which this very paper was signed and filed, or nothing."""
    about = given.subject
    for event in reversed(given.result.fold.papers):
        if event.fields["paper"] == given.name and _speaks_of(event, about):
            return event.id
    return ""


def _speaks_of(event: Event, about: Instance | None) -> bool:
    under, named = event.fields.get("under"), event.fields.get("instance")
    if about is None:
        return under is None and named is None
    return (under in {None, about.rule.id}) and named in ({about.id} if about.keys else {None, about.id})


def _unsettled(
    given: _Drafting,
    resting: list[Instance],
    filed: str,
    waiting: tuple[Waiting, ...],
    proposed: tuple[Change, ...] | None,
) -> tuple[Words, ...]:
    """Why the paper is still a draft, in the order in which a person deals with it."""
    found: list[Words] = []
    result, about = given.result, given.subject
    if about is not None and about.rule.kind == "power":
        against = result.views[about.id].against
        if against:
            by = "、".join(dict.fromkeys(each.by for each in against))
            found.append(
                Words(ja=f"この権利は今は行使できない（{by}）", en=f"The right cannot be exercised now ({by})")
            )
    for each in resting:
        money = result.money(each.id)
        if money is not None and money.grows:
            day = paper_day(day_of(result.as_of))
            found.append(
                Words(ja=f"額は{day}までの計算で、なお増える", en="The sum still grows; computed up to this day")
            )
        if money is not None and money.last_confirmed_on is not None:
            day = paper_day(money.last_confirmed_on)
            en = f"The rate was last confirmed on {money.last_confirmed_on}"
            found.append(Words(ja=f"率の最終確認は{day}。その後の改正を確かめる", en=en))
        if each.due.provisional:
            found.append(Words(ja="期限が未公表の暦による", en="The deadline rests on a calendar not yet published"))
    if proposed is None and not filed:
        ja, en = "この書面の効果は、要る欄がそろい権利が整うまで計算しない", "Its effect is not computed yet"
        found.append(Words(ja=ja, en=en))
    if waiting:
        found.append(Words(ja=f"記入を待つ欄が{len(waiting)}か所ある", en=f"{len(waiting)} blanks wait"))
    if not filed:
        found.append(Words(ja="押印・発出の登録がない", en="Not filed as signed and sent"))
    return tuple(dict.fromkeys(found))
