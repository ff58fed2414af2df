"""Where a clause stands, for a chip of one line (条項の略称): 第12条第2項, 特約 第2条第1項, 仕様 4.4(1)."""

from __future__ import annotations

import re

from itaku.contracts.model.contract import Contract
from itaku.contracts.model.register import clause_of
from itaku.contracts.papers.places import place

_SORTS = ("特約", "特記事項", "仕様", "別紙", "頭書")
_ARTICLE = re.compile(r"第\d+条.*")
_NUMBERED = re.compile(r"[A-Z](?P<number>[\d.]+)(?P<rest>.*)")


def short_place(contract: Contract, provision_id: str) -> str:
    """The place without the part's long name; `place` gives it whole. A specification keeps its own numbers."""
    whole, part = place(contract, provision_id), contract.part_of(provision_id)
    name = contract.parts[part].ja if part in contract.parts else ""
    if not name or not whole.startswith(name):
        return whole
    sort = next((each for each in _SORTS if each in name), name)
    number = re.search(r"別紙\d+", name)
    sort = number[0] if number else sort
    article = _ARTICLE.search(whole.removeprefix(name))
    if article:
        return f"{sort} {article[0]}"
    tail = clause_of(provision_id).removeprefix(f"{contract.head.id}-")
    numbered = _NUMBERED.fullmatch(tail)
    if numbered is None:
        return sort
    marks = [each for each in numbered["rest"].split("-") if each]
    shown = "".join(f"({each})" if each.isascii() and each.isdigit() else each for each in marks)
    return f"{sort} {numbered['number']}{shown}"
