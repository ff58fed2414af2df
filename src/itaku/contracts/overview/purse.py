"""The money of a contract (お金): the price and how it came about, what was paid and is open, charges side by side."""

from __future__ import annotations

import datetime as dt

import msgspec

from itaku.basis.yen import Yen
from itaku.contracts.engine.instance import Blank
from itaku.contracts.engine.result import Result
from itaku.contracts.model.kinds import Calculation, brief_of
from itaku.contracts.model.parts import Words
from itaku.contracts.papers.places import place


class Priced(msgspec.Struct, frozen=True):
    """A value of a term in yen: since when (none: from the paper itself), and the event that set it."""

    term: str
    name: Words
    yen: int
    since: dt.date | None
    by: str
    clause: str


class Owed(msgspec.Struct, frozen=True):
    """A debt: who owes whom, how much, what was paid of it, what is open; or what the sum waits for."""

    instance: str
    what: Words
    place: str
    bearer: str
    counterparty: str
    yen: int | None
    paid_yen: int
    unpaid_yen: int | None
    due: dt.date | None
    state: str
    blank: Blank | None
    beside: str
    grows: bool
    is_figure: bool
    """A sum that nobody pays as such: a cap, a part, a value on which others rest."""


class Purse(msgspec.Struct, frozen=True):
    """All money of a contract. Sums of one `beside` group stand side by side and are never added up."""

    prices: tuple[Priced, ...]
    debts: tuple[Owed, ...]

    @property
    def price_yen(self) -> int | None:
        """The contract's price in force."""
        found = [each for each in self.prices if each.term == "price_yen"]
        return found[-1].yen if found else None

    @property
    def duties(self) -> tuple[Owed, ...]:
        """Debts that are no charges."""
        return tuple(each for each in self.debts if not each.beside and not each.is_figure)

    @property
    def figures(self) -> tuple[Owed, ...]:
        """Caps, parts and values on which debts rest."""
        return tuple(each for each in self.debts if each.is_figure and not each.beside)

    @property
    def paid_yen(self) -> int:
        """What was paid of the price: of the debts that are no charges."""
        return sum(each.paid_yen for each in self.duties)

    @property
    def charges(self) -> tuple[Owed, ...]:
        """Charges and penalties, each by itself."""
        return tuple(each for each in self.debts if each.beside)


def purse(result: Result) -> Purse:
    """The money of a contract as it stands."""
    return Purse(tuple(_prices(result)), tuple(_debts(result)))


def _prices(result: Result) -> list[Priced]:
    found = []
    for name, history in result.fold.terms.items():
        term = result.fold.contract.terms.get(name)
        if term is None or term.type != "yen":
            continue
        for entry in history:
            if isinstance(entry.value, int):
                words = Words(ja=term.ja, en=term.en)
                found.append(Priced(name, words, entry.value, entry.day, entry.by or "", term.clause))
    return found


def _debts(result: Result) -> list[Owed]:
    found = []
    for view in result.views.values():
        money = result.money(view.id)
        if money is None or view.state in {"discharged", "averted"}:
            continue
        text = result.fold.instances[view.id].rule.text
        found.append(
            Owed(
                view.id,
                brief_of(text),
                place(result.fold.contract, text.id),
                view.bearer,
                view.counterparty,
                _yen(money.yen),
                sum(int(each.yen) for each in money.paid),
                _yen(money.unpaid_yen),
                view.due.day,
                view.state,
                money.blank,
                money.beside or "",
                money.grows,
                isinstance(text, Calculation) and text.discharge is None,
            )
        )
    return found


def _yen(amount: Yen | None) -> int | None:
    return None if amount is None else int(amount)
