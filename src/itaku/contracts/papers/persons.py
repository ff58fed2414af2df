"""Who writes, approves and receives a paper (作成者・承認者・宛先): labels of the contract's part as legal persons."""

from __future__ import annotations

import re

from itaku.contracts.model.contract import Contract
from itaku.contracts.papers.content import Person, Waiting

_BOTH = ("甲", "乙")
_REMARK = re.compile(r"[（(](?P<remark>[^（()）]*)[）)]$")


def persons(contract: Contract, label: str | None, part: str, entered: str | None) -> tuple[Person, ...]:
    """The persons for whom a label or a party's id stands in a part; both parties for `both`.

    A name that the contract leaves blank, or states in two ways, is no name: it waits to be entered. Of both, the
    entered name is that of the one without a name.
    """
    if label is None:
        return ()
    if label == "both":
        stated = tuple(each for one in _BOTH for each in persons(contract, one, part, None))
        nameless = [each for each in stated if each.blank is not None]
        if entered is None or len(nameless) != 1:
            return stated
        return tuple(Person(each.label, entered, each.known_as) if each is nameless[0] else each for each in stated)
    labels = contract.parts[part].labels if part in contract.parts else {}
    identity = labels.get(label, label)
    shown_as = next((each for each, person in labels.items() if person == identity), "")
    party = contract.parties.get(identity)
    if party is None:
        known_as = _OTHERS.get(label, label)
        return (_person(contract, "", "", known_as, "契約に名がない", "the contract gives no name", entered),)
    remark = _REMARK.search(party.ja)
    if remark is None:
        return (Person(shown_as, entered or party.ja, party.ja),)
    known_as = party.ja[: remark.start()]
    why_ja = f"契約の当事者欄: {remark['remark']}"
    return (_person(contract, shown_as, "", known_as, why_ja, f"in the contract: {party.en}", entered),)


def _person(
    contract: Contract, label: str, name: str, known_as: str, why_ja: str, why_en: str, entered: str | None
) -> Person:
    if entered is not None:
        return Person(label, entered, known_as)
    signing = contract.terms.get("signed_on")
    clause = signing.clause if signing is not None else contract.head.id
    waiting = Waiting(f"{known_as}の名称", f"Name of {known_as}", clause, why_ja, why_en)
    return Person(label, name, known_as, waiting)


def plain_name(contract: Contract, label: str | None, part: str) -> str:
    """The persons in a word, for lists."""
    return "・".join(each.name or each.known_as for each in persons(contract, label, part, None))


_OTHERS = {"third": "第三者", "police": "警察署長"}
