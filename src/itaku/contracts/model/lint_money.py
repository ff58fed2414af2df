"""Checks of a charge: that its formula has what it needs, and nothing that it does not."""

from __future__ import annotations

import re
from typing import Any

from itaku.basis.rounding import BASE_UNITS_YEN
from itaku.contracts.model.draft import Placed
from itaku.contracts.model.lint_context import Context
from itaku.contracts.model.lint_policies import check_cases, said
from itaku.contracts.model.lint_references import Wanted, check_reference
from itaku.contracts.model.parts import NO_CAP, Charge, Excluded, names

_INPUTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "late": (("base", "rate", "first", "last"), ("excluded", "excluded_clause", "base_cut")),
    "share": (("base", "share"), ("base_cut",)),
    "unit": (("count", "unit"), ()),
    "sum": (("plus",), ("minus",)),
    "tax-part": (("base", "rate"), ()),
}
"""For each formula what it must have, and what it may have beside `at_most`, `told` and `round`."""

_ALL = ("base", "rate", "first", "last", "excluded", "excluded_clause", "share", "count", "unit", "plus", "minus")
_WANTED: dict[str, Wanted] = {
    "base": "yen",
    "rate": "rate",
    "first": "date",
    "last": "date",
    "count": "count",
    "unit": "yen",
    "told": "yen",
}
_SHARE = re.compile(r"[1-9][0-9]{0,3}/[1-9][0-9]{0,3}")


def check_charge(context: Context, placed: Placed[Any], charge: Charge) -> None:
    """Reports what is wrong in a charge."""
    _check_inputs(context, placed, charge)
    for key, kind in _WANTED.items():
        check_reference(context, placed, ("charge", key), getattr(charge, key), kind)
    for text in (*charge.plus, *charge.minus):
        check_reference(context, placed, ("charge",), text, "yen")
    for text in names(charge.at_most):
        check_reference(context, placed, ("charge",), text, "yen", spare=frozenset({NO_CAP}))
    _check_beside(context, placed, charge)
    for each in charge.excluded:
        _check_excluded(context, placed, each)


def _check_inputs(context: Context, placed: Placed[Any], charge: Charge) -> None:
    must, may = _INPUTS[charge.formula]
    for key in _ALL:
        given = bool(getattr(charge, key))
        if key in must and not given:
            ja, en = f"{charge.formula} には {key} が要る", f"{charge.formula} needs {key}"
            context.report(placed, ("charge", key), "charge_lacks", ja, en)
        elif given and key not in must + may:
            ja, en = f"{charge.formula} は {key} を使わない", f"{charge.formula} has no use for {key}"
            context.report(placed, ("charge", key), "charge_spare", ja, en)
    if charge.base_cut not in BASE_UNITS_YEN:
        context.report(placed, ("charge", "base_cut"), "base_cut_unknown", "1, 100, 1000 のどれか", "1, 100 or 1000")
    if charge.share is not None and _SHARE.fullmatch(charge.share) is None:
        context.report(placed, ("charge", "share"), "share_unreadable", "分数 2/10 の形", "write it like 2/10")


def _check_beside(context: Context, placed: Placed[Any], charge: Charge) -> None:
    """Sums that stand side by side (penalties of two clauses) are never added up."""
    groups: dict[str, str] = {}
    for text in charge.plus:
        source, _, name = text.partition(":")
        other = context.provisions.get(name) if source in {"amount", "unpaid"} else None
        group = getattr(other.value, "beside", None) if other is not None else None
        if group is not None and groups.setdefault(group, name) != name:
            ja = f"並べて示す額（{groups[group]} と {name}）は足さない"
            en = f"{groups[group]} and {name} stand side by side: they are not added up"
            context.report(placed, ("charge", "plus"), "beside_added", ja, en)


def _check_excluded(context: Context, placed: Placed[Any], excluded: Excluded) -> None:
    if not context.known(context.events, excluded.event, "event"):
        ja, en = f"出来事 {excluded.event} が目録にない", f"the catalogue has no event {excluded.event}"
        context.report(placed, ("charge", "excluded"), "event_unknown", ja, en)
        return
    check_cases(context, placed, ("charge", "excluded"), excluded.when)
    for text in said(context, excluded.ends):
        if text not in {"both", "first", "last", "neither"}:
            ja, en = f"両端の扱い {text} はない", f"there is no such treatment of the end days: {text}"
            context.report(placed, ("charge", "excluded"), "ends_unknown", ja, en)
    for field in (excluded.first, excluded.last):
        found = context.field(excluded.event, field)
        if excluded.event in context.events and (found is None or found.name != "date"):
            ja, en = f"{excluded.event} に日付の項目 {field} がない", f"{excluded.event} has no date field {field}"
            context.report(placed, ("charge", "excluded"), "field_unknown", ja, en)
