"""The paper that an open matter wants (出す書類): its title, copies and addressee, and which blanks are still open."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from itaku.basis.errors import ItakuError
from itaku.contracts.agenda.moves import Move
from itaku.contracts.engine.instance import Instance
from itaku.contracts.engine.result import Result
from itaku.contracts.model.parts import Words
from itaku.contracts.papers.drafting import draft
from itaku.contracts.papers.persons import plain_name


class DocumentWanted(msgspec.Struct, frozen=True):
    """A paper to hand over. `missing` are the blanks that the contract's own record cannot fill, in order."""

    name: str
    title: Words
    copies: int
    addressee: str
    missing: tuple[Words, ...]


def document_wanted(
    result: Result, instance: Instance, moves: tuple[Move, ...], persons: Collection[str]
) -> DocumentWanted | None:
    """The paper that the next move wants, where one of `persons` writes it; none where the matter wants no paper."""
    contract = result.fold.contract
    name = next((each.paper for each in moves if each.paper), "")
    paper = contract.papers.get(name)
    if paper is None:
        return None
    part = contract.part_of(instance.rule.id)
    labels = contract.parts[part].labels if part in contract.parts else {}
    if paper.drafter != "both" and labels.get(paper.drafter, paper.drafter) not in persons:
        return None
    return DocumentWanted(
        name,
        Words(ja=paper.ja, en=paper.en),
        paper.copies,
        plain_name(contract, paper.addressee, part),
        _missing(result, name, instance),
    )


def _missing(result: Result, name: str, instance: Instance) -> tuple[Words, ...]:
    try:
        drafted = draft(result, name, instance.id)
    except ItakuError:
        return ()  # the paper is about other instances than this one: what it lacks is told where it is drafted
    return tuple(Words(ja=each.ja, en=each.en) for each in drafted.waiting)
