"""What is one's own (自分の担当): of the turn of one's side, what one's duties at the contract are there for.

An event that the table of duties reserves (an inspection for the inspector, a payment for the treasurer) is theirs; the
rest is of the people with other duties. What nobody of the side is there for falls to everybody of it, so that
nothing is nobody's.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from itaku.contracts.engine.events import catalogue, tellers
from itaku.contracts.keeping.due_query import Marked, Share
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.parts import Words, names
from itaku.contracts.shelf import form, forms
from itaku.desk.access import Seat
from itaku.desk.accounts.duties import DUTIES, RESERVED, TELLING
from itaku.desk.accounts.models import Membership
from itaku.desk.acts.permission import reserved_for

SPECIAL = frozenset(duty for rows in RESERVED.values() for row in rows for duty in row.duties)
"""Duties for which some events are reserved."""


class Own(NamedTuple):
    """One's own share of each contract, and by what it goes, in words for the page."""

    shares: tuple[Share, ...]
    by: Words


def own_of(contracts: Iterable[str], seats: Mapping[str, Seat]) -> Own:
    """The shares of somebody's seats. Where duties say nothing (an administrator's alone), all of the side's turn."""
    chosen = [seats[each] for each in contracts if seats[each].parties]
    there = _there([each.contract for each in chosen])
    shares: list[Share] = []
    told: set[str] = set()
    for seat in chosen:
        acting = seat.duties & TELLING
        told |= acting
        for party in sorted(seat.parties):
            held = there.get((seat.contract, party), frozenset())
            rest = bool(acting - SPECIAL) or not held - SPECIAL or not acting
            marks = (acting & SPECIAL) | (SPECIAL - held if rest else frozenset()) if acting else SPECIAL
            shares.append(Share(seat.contract, party, rest, tuple(sorted(marks))))
    return Own(tuple(shares), _by(told, any(each.rest for each in shares)))


def _there(contracts: list[str]) -> dict[tuple[str, str], frozenset[str]]:
    """The duties with which events are told that somebody of a side has, by contract and legal person."""
    rows = Membership.objects.filter(contract__in=contracts, ended_at=None, person__is_active=True).exclude(party="")
    found: dict[tuple[str, str], frozenset[str]] = {}
    for contract, party, duties in rows.values_list("contract", "party", "duties"):
        found[contract, party] = found.get((contract, party), frozenset()) | (frozenset(duties) & TELLING)
    return found


def _by(duties: set[str], rest: bool) -> Words:
    if not duties:
        return Words(
            ja="自分の側の手番すべて（役割では分けられません）",
            en="all of one's own side's turn: one's duties do not divide it",
        )
    known = [DUTIES[each] for each in DUTIES if each in duties]
    ja, en = "・".join(each.ja for each in known), ", ".join(each.en for each in known)
    if rest:
        return Words(
            ja=f"自分の役割（{ja}）の手番。ほかの役割の人が決まっている検査・支払などは除く",
            en=f"by one's own duties ({en}): without inspections, payments and the like that others have",
        )
    return Words(ja=f"自分の役割（{ja}）の手番だけ", en=f"by one's own duties alone ({en})")


@functools.cache
def marked() -> tuple[Marked, ...]:
    """The provisions of all forms whose next act the table of duties reserves, for each legal person."""
    return tuple(each for name in forms() for each in _marked(name, form(name)))


def _marked(name: str, contract: Contract) -> Iterable[Marked]:
    for rule in contract.provisions:
        discharge, exercise = getattr(rule, "discharge", None), getattr(rule, "exercise", None)
        kinds = [
            *names(discharge.event if discharge is not None else None),
            *names(getattr(discharge, "accept", None)),
            *names(exercise.event if exercise is not None else None),
        ]
        for party in contract.parties:
            duties = _reserved(contract, kinds, party)
            if duties:
                yield Marked(name, rule.id, party, tuple(sorted(duties)))


def _reserved(contract: Contract, kinds: list[str], party: str) -> frozenset[str]:
    """The duties for which all that a legal person tells of these is reserved; none where any of it is not."""
    events = catalogue(contract)
    own = [kind for kind in kinds if kind in events and party in (tellers(contract, events[kind]) or {party})]
    rows = [reserved_for(contract, kind, party) for kind in own]
    if not rows or any(row is None or not row.duties for row in rows):
        return frozenset()
    return frozenset(duty for row in rows if row is not None for duty in row.duties)
