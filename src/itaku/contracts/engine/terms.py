"""Terms (条件の値): their history in the replay, and what hangs on a value: dates, periods, the contract's end."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from itaku.basis.errors import ItakuError
from itaku.basis.percents import Percent
from itaku.basis.written_dates import read_day
from itaku.contracts.engine import endings, recurring
from itaku.contracts.engine.events import Event, Value
from itaku.contracts.engine.instance import Step
from itaku.contracts.model.contract import Contract, Term

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold


class TermValue(NamedTuple):
    """One entry of a term's history: its place in the fold, the day from which it holds, the value, what set it."""

    order: int
    day: dt.date | None
    value: Value
    by: str


def written(contract: Contract) -> dict[str, list[TermValue]]:
    """The values that the contract's text gives; blank terms are left out."""
    found: dict[str, list[TermValue]] = {}
    for name, term in contract.terms.items():
        if term.value is not None:
            value = read_day(str(term.value), term.clause).day if term.type == "date" else term.value
            found[name] = [TermValue(-1, None, value, "")]
    return found


_FIELDS = {"date": "date", "yen": "yen", "int": "yen"}
"""The field of `term.set` in which a term of a type stands; the rest is text."""


def told_value(term: Term, event: Event) -> Value | None:
    """The value that a `term.set` gives, if it is one of the term's type."""
    value = event.fields.get(_FIELDS.get(term.type, "text"))
    if term.type == "percent" and value is not None:
        try:
            return Percent(str(value)).text
        except ItakuError:
            return None
    return None if isinstance(value, str) and not value.strip() else value


def set_term(fold: Fold, name: str, value: Value, by: str) -> None:
    """A term takes a value from today on; open dates and paid sums that rest on it are computed again."""
    fold.terms.setdefault(name, []).append(TermValue(fold.order, fold.today, value, by))
    fold.sums_changed = True
    for rule in fold.rules.term_users.get(name, ()):
        for instance in list(fold.of(rule.id)):
            if instance.open:
                fold.recompute(instance)
    if fold.status == "unsigned":
        return
    recurring.start_all(fold, name)
    endings.watch_expiry(fold, name)
    bring_by_term(fold, name)


def bring_by_term(fold: Fold, name: str) -> None:
    """Brings what hangs on a term's value to life, once for each value."""
    history = fold.terms.get(name)
    for rule in fold.rules.by_term.get(name, ()) if history else ():
        value = history[-1].value  # type: ignore[index]
        key = value.isoformat() if isinstance(value, dt.date) else str(value)
        keys = dict.fromkeys((each for each in rule.per if each == name), key)
        for older in fold.of(rule.id):
            if older.state in {"running", "in_effect"} and older.keys != keys:
                older.state = "averted" if older.state == "running" else "discharged"
                older.steps.append(Step(fold.today, "superseded", "", key))
        fold.bring(rule, fold.today, None, None, keys=keys, again=True)
