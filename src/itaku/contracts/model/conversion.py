"""From a TOML table to its struct, with every mistake in it, not only the first: each named by its path."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec

from itaku.contracts.model.source import Path

_MOST = 40
"""Mistakes in one table after which it is given up."""


class Unfit(NamedTuple):
    """What does not fit: where in the table, and why."""

    path: Path
    code: str
    ja: str
    en: str


def converted(table: Any, kind: Any) -> tuple[Any | None, list[Unfit]]:
    """The table as `kind`, or None, and all mistakes: what does not fit is taken out to see what lies behind."""
    found: list[Unfit] = []
    while len(found) < _MOST:
        try:
            value = msgspec.convert(table, kind)
        except msgspec.ValidationError as error:
            unfit = _unfit(str(error))
            found.append(unfit)
            cut = _without(table, unfit.path)
            if cut is None:
                return None, found
            table = cut
            continue
        return (None if found else value), found
    return None, found


_AT = re.compile(r"(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[([0-9]+|\.\.\.)\]")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_MISSING = re.compile(r"Object missing required field `(.*)`")
_EXPECTED = re.compile(r"Expected `(.*)`, got `(.*)`")
_INVALID = re.compile(r"Invalid (?:enum )?value (.*)")


def _unfit(message: str) -> Unfit:
    found = _AT.fullmatch(message)
    what = found["what"] if found else message
    path = _path(found["path"] or "$") if found else ()
    if match := _UNKNOWN.fullmatch(what):
        name = match[1]
        return Unfit((*path, name), "key_unknown", f"知らない項目 {name}", f"unknown key {name}")
    if match := _MISSING.fullmatch(what):
        name = match[1]
        return Unfit((*path, f"?{name}"), "key_missing", f"項目 {name} がない", f"the key {name} is missing")
    if match := _EXPECTED.fullmatch(what):
        where = _text(path)
        return Unfit(
            path,
            "value_kind",
            f"{where} の値の種類が違う（{match[1]} が必要、{match[2]} がある）",
            f"{where} must be {match[1]}, not {match[2]}",
        )
    if match := _INVALID.fullmatch(what):
        where = _text(path)
        return Unfit(path, "value_unknown", f"{where} に使えない値 {match[1]}", f"{where} cannot be {match[1]}")
    return Unfit(path, "value_unfit", f"{_text(path)}: {what}", f"{_text(path)}: {what}")


def _text(path: Path) -> str:
    return ".".join(str(step) for step in path) or "-"


def _path(text: str) -> Path:
    steps: list[str | int] = []
    for name, index in _STEP.findall(text):
        if name:
            steps.append(name)
        elif index == "...":
            break
        else:
            steps.append(int(index))
    return tuple(steps)


def _without(table: Any, path: Path) -> Any | None:
    """A copy without the value at the path; None if there is nothing to take out."""
    if not path:
        return None
    step, rest = path[0], path[1:]
    if isinstance(table, dict) and isinstance(step, str) and step in table:
        if not rest:
            return {key: value for key, value in table.items() if key != step}
        inner = _without(table[step], rest)
        return None if inner is None else {**table, step: inner}
    if isinstance(table, list) and isinstance(step, int) and step < len(table):
        if not rest:
            return [*table[:step], *table[step + 1 :]]
        inner = _without(table[step], rest)
        return None if inner is None else [*table[:step], inner, *table[step + 1 :]]
    return None
