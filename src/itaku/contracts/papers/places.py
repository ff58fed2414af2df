"""Where a clause stands, as papers cite it (条項の表示): 第11条第2項, after the part's name where it needs one."""

from __future__ import annotations

import re

from itaku.contracts.model.contract import Contract, part_of
from itaku.contracts.model.register import clause_of

_ARTICLES = ("第{}条", "第{}項", "第{}号")
_MARKS = {"但": "ただし書", "後": "後段"}
_RIDER_ARTICLES = re.compile(r"[RL][0-9]+")


def place(contract: Contract, provision_id: str) -> str:
    """The clause as people cite it, with its id where the part is not counted by articles.

    Only the main text and riders that are written in 条・項・号 are counted so; annexes and specifications keep their
    own numbers, for a place that is cited wrongly is worse than an id.
    """
    clause = clause_of(provision_id)
    part = part_of(clause, contract.parts)
    whole = contract.head.id
    tokens = clause.removeprefix(f"{whole}-").split("-")
    first = tokens[0]
    if part == whole and first.isascii() and first.isdigit() and first != "0":
        return _counted(tokens)
    name = contract.parts[part].ja if part and part != whole else ""
    if name and _RIDER_ARTICLES.fullmatch(first):
        return name + _counted([first[1:], *tokens[1:]])
    return f"{name}（{clause}）" if name else clause


def _counted(tokens: list[str]) -> str:
    words: list[str] = []
    numbers = 0
    for token in tokens:
        if token.isascii() and token.isdigit() and numbers < len(_ARTICLES):
            words.append(_ARTICLES[numbers].format(token))
            numbers += 1
        else:
            words.append(_MARKS.get(token, f"（{token}）"))
    return "".join(words)
