"""The formatter (整形): one way to write a contract file. Order, comments and meaning stay; twice changes nothing."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from typing import Any, NamedTuple

from itaku.contracts.model.mistakes import ContractFileError, Mistake
from itaku.contracts.model.source import Sort, Statement, statements

WIDTH = 120
"""Columns after which a list is written one item a line."""

_ORDER = (
    "id", "kind", "heading", "term", "ja", "en", "bearer", "holder", "counterparty", "judged_by", "scope", "trigger",
    "per", "grounds", "needs", "unless", "when", "any_of", "all_of", "gate", "forbids", "lifted", "exercise", "notice",
    "due", "discharge", "amount", "charge", "effect", "bars", "beside", "survives", "probe", "recommended", "paper",
    "evidence", "policies", "missing", "reason", "shows", "note",
)  # fmt: skip
_RANK = {name: rank for rank, name in enumerate(_ORDER)}
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class _Section(NamedTuple):
    """A table: comments above its header, the header, and its pairs with the comments above each."""

    above: list[str]
    header: Statement | None
    pairs: list[tuple[list[str], Statement]]
    below: list[str]


def formatted(text: str, file: str = "contract.toml") -> str:
    """The text as it should be written. `ContractFileError` if it is no TOML."""
    text = text.replace("\r\n", "\n")
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ContractFileError([Mistake(file, 1, "-", "toml_unreadable", "TOMLとして読めない", str(error))]) from error
    done = "\n\n".join("\n".join(lines) for section in _sections(statements(text)) if (lines := _lines(section))) + "\n"
    assert tomllib.loads(done) == before, "formatting keeps the meaning"
    return done


def _sections(found: Iterable[Statement]) -> list[_Section]:
    sections = [_Section([], None, [], [])]
    waiting: list[str] = []
    loose: list[str] = []
    for statement in found:
        if statement.sort is Sort.COMMENT:
            waiting.append(statement.comment)
        elif statement.sort is Sort.BLANK:
            loose, waiting = loose + waiting, []
        elif statement.sort is Sort.PAIR:
            sections[-1].pairs.append((loose + waiting, statement))
            loose, waiting = [], []
        else:
            sections[-1].below.extend(loose)
            sections.append(_Section(waiting, statement, [], []))
            loose, waiting = [], []
    sections[-1].below.extend(loose + waiting)
    return sections


def _lines(section: _Section) -> list[str]:
    lines = list(section.above)
    pairs = section.pairs
    if section.header is not None:
        key = _key(section.header.key)
        bare = f"[[{key}]]" if section.header.sort is Sort.ARRAY_TABLE else f"[{key}]"
        lines.append(_with_comment(bare, section.header.comment))
        if section.header.key == ("provision",):
            pairs = sorted(pairs, key=lambda pair: _RANK.get(pair[1].key[0], len(_RANK)))
    for above, statement in pairs:
        lines += above
        lines.append(_with_comment(_pair(statement), statement.comment))
    if section.below:
        lines += ([""] if lines else []) + section.below
    return lines


def _with_comment(text: str, comment: str) -> str:
    return f"{text}  {comment}" if comment else text


def _key(path: tuple[str, ...]) -> str:
    return ".".join(name if _BARE.fullmatch(name) else _string(name) for name in path)


def _pair(statement: Statement) -> str:
    key = _key(statement.key)
    value = tomllib.loads(f"x = {statement.value_text}")["x"]
    if _is_raw(statement.value_text, value):
        return f"{key} = {statement.value_text}"
    text = f"{key} = {_value(value)}"
    if len(text) > WIDTH and isinstance(value, list) and value:
        return "\n".join([f"{key} = [", *(f"  {_value(item)}," for item in value), "]"])
    return text


def _is_raw(text: str, value: Any) -> bool:
    """Whether a value stays as it was written: a comment inside a list, a text of several lines, no plain value."""
    if isinstance(value, str):
        return "\n" in value
    if isinstance(value, list):
        return any("#" in line for line in _outside_strings(text)) or not _is_plain(value)
    return not _is_plain(value)


def _outside_strings(text: str) -> list[str]:
    return re.sub(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'', '""', text).split("\n")


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_plain(each) for each in value.values())
    if isinstance(value, list):
        return all(_is_plain(each) for each in value)
    return isinstance(value, bool | int) or (isinstance(value, str) and "\n" not in value)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    assert isinstance(value, dict), "only plain values come here"
    return "{" + ", ".join(f"{_key((name,))} = {_value(item)}" for name, item in value.items()) + "}"


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
