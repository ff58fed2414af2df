"""The papers of a contract (書類の定め): which clauses want each, for what, and which are due now."""

from __future__ import annotations

import datetime as dt

import msgspec

from itaku.contracts.engine.instance import Instance
from itaku.contracts.engine.result import Result, View
from itaku.contracts.model.contract import Contract, Paper
from itaku.contracts.model.parts import names
from itaku.contracts.papers.errors import PaperInstanceError, PaperUnknownError
from itaku.contracts.papers.persons import plain_name

_OPEN = frozenset({"in_effect", "violated", "available", "running"})


class DueNow(msgspec.Struct, frozen=True):
    """An open duty or sum for which the paper is due, or a right that may be used with it (`is_right`)."""

    instance: str
    state: str
    is_right: bool
    due: dt.date | None
    manner: str


class Definition(msgspec.Struct, frozen=True):
    """A paper as the contract defines it, and what it is due for now."""

    name: str
    ja: str
    en: str
    clauses: tuple[str, ...]
    drafter: str
    approver: str
    addressee: str
    copies: int
    fields: tuple[str, ...]
    due: tuple[DueNow, ...]


def signed_by_both(paper: Paper) -> bool:
    """Whether both sides sign it: either may draft it, and each keeps an original."""
    return paper.drafter == "both" and paper.copies > 1


def paper_of(contract: Contract, name: str) -> Paper:
    """The paper of that name; `PaperUnknownError`."""
    found = contract.papers.get(name)
    if found is None:
        raise PaperUnknownError(ascii(name[:60]))
    return found


def clauses_of(contract: Contract, name: str) -> tuple[str, ...]:
    """The provisions that make or want the paper, in the order of the articles."""
    return tuple(each.id for each in contract.provisions if name in names(each.paper))


def candidates(result: Result, name: str) -> list[Instance]:
    """Every instance for which the paper can be made, in the order of the articles and of their births."""
    return [each for clause in clauses_of(result.fold.contract, name) for each in result.fold.of(clause)]


def definitions(result: Result) -> tuple[Definition, ...]:
    """All papers of a contract, in the order of the articles that want them."""
    contract = result.fold.contract
    order = {name: rank for rank, each in enumerate(contract.provisions) for name in reversed(names(each.paper))}
    found = sorted(contract.papers.items(), key=lambda each: order.get(each[0], len(order)))
    return tuple(_definition(result, name, paper) for name, paper in found)


def _definition(result: Result, name: str, paper: Paper) -> Definition:
    clauses = clauses_of(result.fold.contract, name)
    part = result.fold.contract.part_of(clauses[0]) if clauses else ""
    open_now = [each for each in candidates(result, name) if is_due(result, each)]
    return Definition(
        name,
        paper.ja,
        paper.en,
        clauses,
        plain_name(result.fold.contract, paper.drafter, part),
        plain_name(result.fold.contract, paper.approver, part),
        plain_name(result.fold.contract, paper.addressee, part),
        paper.copies,
        tuple(paper.fields),
        tuple(_due_now(result.views[each.id]) for each in open_now),
    )


def _due_now(view: View) -> DueNow:
    return DueNow(view.id, view.state, view.kind == "power", view.due.day, view.due.manner or "")


def is_due(result: Result, instance: Instance) -> bool:
    """Whether its paper is to be made now: a duty that is open, a right that can be exercised, a sum that is owed."""
    if result.views[instance.id].state not in _OPEN:
        return False
    if not instance.rule.is_debt:
        return True
    found = result.money(instance.id)
    return found is None or found.unpaid_yen is None or found.unpaid_yen > 0


def subject(result: Result, name: str, instance_id: str | None) -> Instance | None:
    """The instance that the paper is about: the one named, else the one that is due, else the only one; or none.

    Raises `PaperInstanceError` if the named one is not to be had, or if several fit and none is named: a paper about
    another delay, claim or report than was meant would be a wrong paper.
    """
    found = candidates(result, name)
    if instance_id is not None:
        named = [each for each in found if each.id == instance_id]
        if not named:
            raise PaperInstanceError(f"{instance_id[:80]!a} of {_listed(found)}")
        return named[0]
    fit = fitting(result, name)
    if len(fit) > 1:
        raise PaperInstanceError(_listed(fit))
    return fit[0] if fit else None


def fitting(result: Result, name: str) -> list[Instance]:
    """The instances that a paper can be about where none is named: those for which it is due, else all."""
    found = candidates(result, name)
    return [each for each in found if is_due(result, each)] or found


def _listed(found: list[Instance]) -> str:
    shown = ", ".join(each.id for each in found[:12])
    return f"{shown}, …" if len(found) > 12 else shown or "-"
