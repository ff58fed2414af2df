"""The text of a contract file as statements, each with its line: where a mistake stands, and what the formatter keeps.

Only enough of TOML is understood to find where statements begin and end; `tomllib` reads the values.
"""

from __future__ import annotations

import enum
import functools
import tomllib
from collections.abc import Iterable
from typing import NamedTuple

Path = tuple[str | int, ...]
"""Where a value stands in the file: ("provision", 3, "due", "after")."""


class Sort(enum.Enum):
    """What a statement is."""

    BLANK = enum.auto()
    COMMENT = enum.auto()
    TABLE = enum.auto()
    ARRAY_TABLE = enum.auto()
    PAIR = enum.auto()


class Statement(NamedTuple):
    """One statement: the line on which it begins, its key, its value as written, and the comment behind it."""

    sort: Sort
    line: int
    key: tuple[str, ...]
    key_text: str
    value_text: str
    comment: str


def statements(text: str) -> list[Statement]:
    """The statements of a text that `tomllib` has accepted."""
    found: list[Statement] = []
    position, line = 0, 1
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        bare = text[position:end].strip()
        if not bare:
            found.append(Statement(Sort.BLANK, line, (), "", "", ""))
        elif bare.startswith("#"):
            found.append(Statement(Sort.COMMENT, line, (), "", "", bare))
        elif bare.startswith("["):
            found.append(_header(bare, line))
        else:
            statement, end = _pair(text, position, line)
            found.append(statement)
        line += text.count("\n", position, end) + 1
        position = end + 1
    return found


def positions(found: Iterable[Statement]) -> dict[Path, int]:
    """The line of every table and key. An element of an array of tables stands under its number."""
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    here: Path = ()
    for statement in found:
        if statement.sort in {Sort.TABLE, Sort.ARRAY_TABLE}:
            here = _resolved(statement.key, counts, new=statement.sort is Sort.ARRAY_TABLE)
            _note(lines, here, statement.line)
        elif statement.sort is Sort.PAIR:
            _note(lines, here + statement.key, statement.line)
    return lines


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of the nearest thing that has one, from the path outwards; 1 if nothing has."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _note(lines: dict[Path, int], path: Path, line: int) -> None:
    for length in range(1, len(path) + 1):
        lines.setdefault(path[:length], line)


def _resolved(key: tuple[str, ...], counts: dict[Path, int], *, new: bool) -> Path:
    path: Path = ()
    for index, name in enumerate(key):
        path = (*path, name)
        last = index == len(key) - 1
        if last and new:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _header(bare: str, line: int) -> Statement:
    double = bare.startswith("[[")
    opening = 2 if double else 1
    end = _end_of_key(bare, opening, "]")
    rest = bare[end + opening :].strip()
    key_text = bare[opening:end].strip()
    return Statement(Sort.ARRAY_TABLE if double else Sort.TABLE, line, key_path(key_text), key_text, "", rest)


def _pair(text: str, position: int, line: int) -> tuple[Statement, int]:
    equals = _end_of_key(text, position, "=")
    key_text = text[position:equals].strip()
    end, comment_at = _end_of_value(text, equals + 1)
    value = text[equals + 1 : comment_at].strip()
    comment = text[comment_at:end].strip()
    return Statement(Sort.PAIR, line, key_path(key_text), key_text, value, comment), end


@functools.lru_cache(maxsize=4096)
def key_path(key_text: str) -> tuple[str, ...]:
    """The parts of a dotted key, quotes taken off."""
    value: object = tomllib.loads(f"{key_text} = 0")
    path: list[str] = []
    while isinstance(value, dict):
        ((name, value),) = value.items()
        path.append(name)
    return tuple(path)


def _end_of_key(text: str, position: int, stop: str) -> int:
    quote = ""
    while True:
        character = text[position]
        if quote:
            if character == "\\" and quote == '"':
                position += 1
            elif character == quote:
                quote = ""
        elif character in "\"'":
            quote = character
        elif character == stop:
            return position
        position += 1


def _end_of_value(text: str, position: int) -> tuple[int, int]:
    """Where the value's last line ends, and where the comment on it begins (its end if there is none)."""
    depth = 0
    while position < len(text):
        character = text[position]
        if character in "\"'":
            position = _end_of_string(text, position)
            continue
        if character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        elif character == "#":
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            if depth == 0:
                return end, position
            position = end
        elif character == "\n" and depth == 0:
            return position, position
        position += 1
    return position, position


def _end_of_string(text: str, position: int) -> int:
    quote = text[position]
    fence = quote * 3 if text.startswith(quote * 3, position) else quote
    position += len(fence)
    while not text.startswith(fence, position):
        position += 2 if text[position] == "\\" and quote == '"' else 1
    position += len(fence)
    while len(fence) == 3 and text.startswith(quote, position):
        position += 1
    return position
