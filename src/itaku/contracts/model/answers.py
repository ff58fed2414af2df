"""What answers each clause (条項への答え): a rule, a paper, an evidence slot, a definition, or why it lies outside."""

from __future__ import annotations

from typing import Literal

import msgspec

from itaku.contracts.model.contract import Contract
from itaku.contracts.model.kinds import Common, Definition, Document, Outside, Requirement, kind_of
from itaku.contracts.model.parts import Words
from itaku.contracts.model.register import clause_of

AnswerKind = Literal["rule", "paper", "evidence", "definition", "outside"]


class Answer(msgspec.Struct, frozen=True):
    """What answers a clause: how, by which provisions, with which notes on defects of its text."""

    clause: str
    answer: AnswerKind
    kind: str
    name: str
    provisions: tuple[str, ...]
    note: tuple[Words, ...]


def answers(contract: Contract) -> tuple[Answer, ...]:
    """One answer for each clause that the contract's provisions name, in the order of the file."""
    found: dict[str, list[Common]] = {}
    for provision in contract.provisions:
        found.setdefault(clause_of(provision.id), []).append(provision)
    return tuple(_answer(clause, provisions) for clause, provisions in found.items())


def _answer(clause: str, provisions: list[Common]) -> Answer:
    first = next((each for each in provisions if each.id == clause), provisions[0])
    return Answer(
        clause,
        _kind(first),
        kind_of(first),
        first.ja,
        tuple(each.id for each in provisions),
        tuple(note for each in provisions for note in each.note),
    )


def _kind(provision: Common) -> AnswerKind:
    if isinstance(provision, Definition):
        return "definition"
    if isinstance(provision, Outside):
        return "outside"
    if isinstance(provision, Document):
        return "paper"
    if isinstance(provision, Requirement) and provision.evidence:
        return "evidence"
    return "rule"
