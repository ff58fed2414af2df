"""The month's papers (精算の書類): each a draft of the house's paper machinery, filled with the month's figures.

Of a municipality: 手数料収納計算書, 委託手数料計算書, 繰替使用計算書, 調定書, 支出命令書, 納付書 (S1-12-1 to S1-12-3);
of each chain its own 計算書; and the contractor's 総括表. Nothing is drafted while figures that must be one differ.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.yen import Yen, yen_text
from itaku.contracts.engine.result import Result, replay
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.parts import Words
from itaku.contracts.papers import grounds
from itaku.contracts.papers.content import Entry, PaperDraft, Person, Reading, Waiting, Working
from itaku.contracts.papers.definitions import clauses_of, paper_of
from itaku.contracts.papers.persons import persons, plain_name
from itaku.contracts.papers.places import place
from itaku.contracts.papers.provenance import provenance
from itaku.contracts.papers.wording import opening
from itaku.contracts.papers.written import paper_day
from itaku.contracts.shelf import form
from itaku.settlement import figures
from itaku.settlement.chains import ChainRow
from itaku.settlement.contract_side import CERTIFICATES, CHARGE, FEES, instance
from itaku.settlement.errors import BooksDisagreeError
from itaku.settlement.figures import Figures
from itaku.settlement.glance import MonthAtAGlance
from itaku.settlement.month import Month
from itaku.settlement.statement import Statement
from itaku.settlement.statement_rows import DELIVERED
from itaku.settlement.terms import REFUNDED_COPIES

PAPERS = (
    "collection-statement",
    "commission-statement",
    "offset-statement",
    "revenue-entry",
    "expense-order",
    "remittance-slip",
)
"""The papers of a municipality's month, by their names in the contract."""

_CONTRACTORS = frozenset({"collection-statement", "commission-statement", "offset-statement"})
"""Those that the contractor hands over when it closes the month; the others are the client's to date and sign."""


_INVOICE = "commission-statement"
"""The contractor's bill for the month, with its tax by rate: it bears the registration number (消費税法 第57条の4)."""

REGISTRATION = ("適格請求書発行事業者の登録番号", "Invoice registration number")
"""What it is called."""

_OFFSET = frozenset({"offset-statement", "remittance-slip"})
"""Those whose field `commission` is 繰替払の額: what of the commission was met out of the fees, which may be less."""


class _About(msgspec.Struct, frozen=True):
    """What every paper of one month needs."""

    contract: Contract
    result: Result
    glance: MonthAtAGlance
    client: str | None

    @property
    def statement(self) -> Statement:
        return self.glance.statement


def month_papers(result: Result, glance: MonthAtAGlance, client: str | None = None) -> dict[str, PaperDraft]:
    """The papers of a municipality's month by name; `client` is the municipality's name, a blank without one.

    A month that is not closed gives drafts (案). 納付書 is left out where nothing is to be remitted. Raises
    `BooksDisagreeError` if figures that must be one differ.
    """
    differing = [check.en for check in glance.checks if not check.agrees]
    if differing:
        raise BooksDisagreeError(f"{glance.municipality} {glance.month}: {', '.join(differing)}")
    about = _About(result.fold.contract, result, glance, client)
    names = [name for name in PAPERS if name != "remittance-slip" or about.statement.to_remit_yen > 0]
    return {name: _draft(about, name) for name in names}


def chain_paper(month: Month, rows: Sequence[ChainRow], as_of: InstantMs) -> PaperDraft:
    """取扱事業者別計算書: one chain's tills in a month, by municipality."""
    result = replay(form(CERTIFICATES), [], as_of)
    chain = rows[0].chain_ja
    held = Yen(sum(row.closing_yen for row in rows))
    entries = (
        _entry("chain", "取扱事業者", "Chain", chain),
        _entry("month", "対象の月", "Month", _month_ja(month)),
        _entry("taken", "収納した手数料", "Fees taken", yen_text(Yen(sum(row.taken_yen for row in rows)))),
        _entry("refunded", "返金", "Refunds", yen_text(Yen(sum(row.refunded_yen for row in rows)))),
        _entry("handed-over", "入金済みの額", "Handed over", yen_text(Yen(sum(row.handed_over_yen for row in rows)))),
        _entry("held", "月末に預かる額", "Held at the month's end", yen_text(held)),
    )
    addressee = (Person("", chain, chain),)
    title = ("取扱事業者別計算書", "Statement of a chain")
    return _own(result, "chain-statement", title, month, entries, (figures.of_chain(rows),), addressee)


def nation_paper(month: Month, statements: Sequence[Statement], as_of: InstantMs) -> PaperDraft:
    """総括表: all municipalities of a month, and their total."""
    result = replay(form(CERTIFICATES), [], as_of)
    table = figures.by_municipality(statements)
    total = table.rows[-1]
    names = (
        ("通数", "Certificates"),
        ("無効通数", "Voided"),
        ("手数料の収納（総額）", "Fees, gross"),
        ("返金", "Refunds"),
        ("委託手数料（総額）", "Commission, gross"),
        ("うち消費税等", "Of which tax"),
        ("繰替使用額", "Offset"),
        ("納付額", "To remit"),
        ("甲が現金で支払う額", "Paid in cash by the clients"),
    )
    entries = [
        _entry("month", "対象の月", "Month", _month_ja(month)),
        _entry("municipalities", "市区町村", "Municipalities", f"{len(statements):,}"),
    ]
    for number, ((ja, en), value) in enumerate(zip(names, total[1:], strict=True)):
        shown = f"{value:,}" if number < 2 else f"{value:,}円"
        entries.append(_entry(f"total-{number}", ja, en, shown))
    title = ("収納・委託手数料総括表", "Summary of fees and commission")
    return _own(result, "settlement-summary", title, month, tuple(entries), (figures.narrow(statements),), ())


def _draft(about: _About, name: str) -> PaperDraft:
    contract, glance = about.contract, about.glance
    paper, ids = paper_of(contract, name), clauses_of(contract, name)
    clause = ids[0]
    values = _values(about)
    if name in _OFFSET:
        values["commission"] = yen_text(about.statement.offset_yen)
    entries = [
        _entry("municipality", "市区町村", "Municipality", f"{about.client or ''}（団体コード {glance.municipality}）"),
        _entry("month", "対象の月", "Month", _month_ja(Month.parse(glance.month))),
    ]
    if name == _INVOICE:
        entries.append(_entry("registration", *REGISTRATION, registration_text(glance)))
    for field, said in paper.fields.items():
        value = values.get(field, "")
        blank = None
        if not value and said.required:
            blank = Waiting(said.ja, said.en, clause, "甲が記入する", "to be written by the client")
        entries.append(Entry(field, said.ja, said.en, value, "settlement", blank))
    addressees = persons(contract, paper.addressee, "S1", about.client if paper.addressee == "甲" else None)
    senders = persons(contract, paper.drafter, "S1", about.client if paper.drafter == "甲" else None)
    dated = glance.closed_on if name in _CONTRACTORS else None
    waiting = _waiting(entries, (*addressees, *senders), dated, clause)
    unsettled = _unsettled(glance, waiting)
    return PaperDraft(
        contract=contract.head.id,
        contract_ja=contract.head.ja,
        contract_en=contract.head.en,
        signed_on="",
        paper=name,
        title_ja=paper.ja,
        title_en=paper.en,
        number="",
        dated="" if dated is None else paper_day(dated).partition("（")[0],
        dated_on=dated,
        instance=instance(clause, glance.month),
        opening=opening(paper.ja, place(contract, clause), both=False),
        addressees=addressees,
        senders=senders,
        drafter=plain_name(contract, paper.drafter, "S1"),
        approver=plain_name(contract, paper.approver, "S1"),
        copies=paper.copies,
        entries=tuple(entries),
        workings=_workings(about, name),
        grounds=(),
        changes=(),
        readings=_readings(about),
        clauses=grounds.clauses(contract, (*ids, *_CITED)),
        notes=grounds.notes(contract, ids),
        waiting=waiting,
        unsettled=unsettled,
        filed="" if unsettled else f"{glance.month} の締め",
        provenance=provenance(about.result),
        tables=tuple(each.on_paper() for each in _tables(about, name)),
    )


def _values(about: _About) -> dict[str, str]:
    """What the contract's fields of these papers say, by name."""
    statement, remittance = about.statement, about.glance.remittance
    due_on = None if remittance is None else remittance.due_on
    own = [each for each in statement.charges if each.delivered_in == statement.month and each.counts == DELIVERED]
    prices = [f"{each.price_yen:,}円" + (f"（{each.days_ja.partition(' ')[2]}）" if each.first else "") for each in own]
    return {
        "gross": yen_text(statement.owed_yen),
        "commission": yen_text(statement.commission_yen),
        "amount": yen_text(statement.commission_yen),
        "tax": yen_text(statement.commission_tax_yen),
        "net": yen_text(statement.to_remit_yen),
        "pay": yen_text(statement.to_remit_yen),
        "last_day": paper_day(Month.parse(statement.month).last_day),
        "issued": f"{statement.certificates:,}通",
        "voided": f"{statement.refunded_certificates:,}通",
        "counted": f"{sum(charge.certificates for charge in statement.charges):,}通",
        "unit": "、".join(prices),
        "pay_by": "" if due_on is None else paper_day(due_on),
    }


def registration_text(glance: MonthAtAGlance) -> str:
    """登録番号 as papers and pages say it; that it is missing, or that it did not hold all month, is said plainly."""
    held = glance.registration
    if held is None:
        return "未登録（番号が入力されていないため、この書類は適格請求書にあたりません）"
    first = Month.parse(glance.month).first_day
    if held.since <= first:
        return held.number
    return f"{held.number}（{paper_day(held.since)}から。それより前の交付の分は、適格請求書にあたりません）"


def _tables(about: _About, name: str) -> list[Figures]:
    statement, glance = about.statement, about.glance
    of = {
        "collection-statement": [figures.by_kind(statement), figures.by_chain(glance.chains)],
        "commission-statement": [figures.by_price(statement), figures.by_tax_rate(statement)],
        "offset-statement": [figures.sums(statement), figures.checked(glance.checks)],
        "revenue-entry": [figures.by_kind(statement)],
        "expense-order": [figures.by_price(statement), figures.by_tax_rate(statement)],
        "remittance-slip": [figures.sums(statement)],
    }
    return of[name]


def _workings(about: _About, name: str) -> tuple[Working, ...]:
    statement, remittance = about.statement, about.glance.remittance
    found = [Working(f"{statement.municipality} {statement.month}", "計算の内訳", "Working", statement.working)]
    if name == "remittance-slip" and remittance is not None:
        found.append(Working(instance(FEES, statement.month), "指定期日", "Designated date", remittance.working))
    return tuple(found)


def _readings(about: _About) -> tuple[Reading, ...]:
    known = about.contract.policies[REFUNDED_COPIES]
    chosen = about.statement.refunded_copies.value
    words = known.options[chosen]
    return (Reading(REFUNDED_COPIES, known.ja, known.en, words.ja, words.en, chosen == known.default),)


def _waiting(
    entries: Sequence[Entry], people: Sequence[Person], dated: dt.date | None, clause: str
) -> tuple[Waiting, ...]:
    blanks = [*(each.blank for each in entries), *(each.blank for each in people)]
    found = [each for each in blanks if each is not None]
    if dated is None:
        found.insert(
            0, Waiting("日付", "Date of the paper", clause, "発する日に記入する", "written on the day it is sent")
        )
    return tuple(dict.fromkeys(found))


def _unsettled(glance: MonthAtAGlance, waiting: Sequence[Waiting]) -> tuple[Words, ...]:
    found = []
    if glance.closed_on is None:
        found.append(Words(ja="月がまだ締められていない", en="The month is not closed yet"))
    if waiting:
        found.append(Words(ja=f"記入を待つ欄が{len(waiting)}ある", en=f"{len(waiting)} blanks wait to be filled"))
    return tuple(found)


def _own(
    result: Result,
    name: str,
    title: tuple[str, str],
    month: Month,
    entries: tuple[Entry, ...],
    tables: Sequence[Figures],
    addressees: tuple[Person, ...],
) -> PaperDraft:
    """A paper that the contract does not name: the contractor's own, by S1-12-2."""
    contract = result.fold.contract
    return PaperDraft(
        contract=contract.head.id,
        contract_ja=contract.head.ja,
        contract_en=contract.head.en,
        signed_on="",
        paper=name,
        title_ja=title[0],
        title_en=title[1],
        number="",
        dated="",
        dated_on=None,
        instance=month.text(),
        opening="次のとおり計算します。",
        addressees=addressees,
        senders=persons(contract, "乙", "S1", None),
        drafter=plain_name(contract, "乙", "S1"),
        approver="",
        copies=1,
        entries=entries,
        workings=(),
        grounds=(),
        changes=(),
        readings=(),
        clauses=grounds.clauses(contract, _CITED),
        notes=(),
        waiting=(),
        unsettled=(),
        filed=f"{month.text()} の精算",
        provenance=provenance(result),
        tables=tuple(each.on_paper() for each in tables),
    )


def _entry(name: str, ja: str, en: str, value: str) -> Entry:
    return Entry(name, ja, en, value, "settlement")


def _month_ja(month: Month) -> str:
    """令和8年10月."""
    return paper_day(month.first_day).partition("月")[0] + "月"


_CITED = ("S1-12-1", "S1-12-2", "S1-12-3", CHARGE)
