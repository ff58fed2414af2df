"""The one button of a row (行のボタン): what whoever looks can do about an open matter, as a verb with its object."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec

from itaku.contracts.agenda.moves import Move
from itaku.contracts.engine.instance import Instance
from itaku.contracts.engine.result import Result
from itaku.contracts.engine.turn import whose_turn
from itaku.contracts.model.contract import Contract, Paper
from itaku.contracts.model.kinds import Calculation, Obligation
from itaku.contracts.model.parts import Words, names

Sort = Literal["paper", "act", "look"]


class Button(msgspec.Struct, frozen=True):
    """What a row offers. `name` is the paper to draft, or the event to tell; nothing where one can only look.

    `mine`: it is the turn of whoever looks, so the button is the way to do one's own duty.
    """

    sort: Sort
    name: str
    label: Words
    mine: bool


_LOOK = Words(ja="条文を見る", en="See the clause")
_DEMAND = "demand"


def button(result: Result, instance: Instance, moves: tuple[Move, ...], persons: Collection[str]) -> Button:
    """The button for somebody who acts for `persons` of the contract; without any, one can only look.

    A paper that is theirs to write comes first, then an event that is theirs to tell; a breach by the other side is
    answered with a written demand where the contract knows one.
    """
    contract = result.fold.contract
    mine = whose_turn(result, instance) in persons
    if not persons:
        return Button("look", "", _LOOK, mine=False)
    part = contract.part_of(instance.rule.id)
    for move in moves:
        written = _written(contract, part, move, persons)
        if written is not None and not _is_payment(instance, move):
            return Button("paper", move.paper, _make(contract.papers[move.paper]), mine)
        if not move.by or set(move.by) & set(persons):
            return Button("act", move.event, _tell(instance, move, persons), mine)
    demand = contract.papers.get(_DEMAND)
    if instance.breached_on is not None and demand is not None and _drafts(contract, part, demand, persons):
        return Button("paper", _DEMAND, _make(demand), mine)
    return Button("look", "", _LOOK, mine)


def _written(contract: Contract, part: str, move: Move, persons: Collection[str]) -> Paper | None:
    """The paper of a move, where it is theirs to write: not for acceptance, which answers another's paper."""
    paper = contract.papers.get(move.paper) if move.role in {"act", "exercise", "avert"} else None
    return paper if paper is not None and _drafts(contract, part, paper, persons) else None


def _drafts(contract: Contract, part: str, paper: Paper, persons: Collection[str]) -> bool:
    labels = contract.parts[part].labels if part in contract.parts else {}
    return paper.drafter == "both" or labels.get(paper.drafter, paper.drafter) in persons


def _is_payment(instance: Instance, move: Move) -> bool:
    text = instance.rule.text
    debt = isinstance(text, Calculation) or (isinstance(text, Obligation) and text.amount is not None)
    return debt and move.role == "act" and move.event in names(instance.rule.discharge.event)


def _make(paper: Paper) -> Words:
    return Words(ja=f"{paper.ja}をつくる", en=f"Draft: {paper.en[:1].lower()}{paper.en[1:]}")


def _tell(instance: Instance, move: Move, persons: Collection[str]) -> Words:
    if move.role == "date":
        return Words(ja="期日を記録する", en="Record the date set")
    if _is_payment(instance, move):
        if instance.rule.bearer in persons:
            return Words(ja="支払いを記録する", en="Record the payment")
        return Words(ja="入金を記録する", en="Record the receipt")
    return Words(ja=f"{move.name.ja}を記録する", en=f"Record: {move.name.en[:1].lower()}{move.name.en[1:]}")
