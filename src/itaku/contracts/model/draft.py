"""A contract as far as it could be read, each entry with its place: what the lint looks at."""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

from itaku.contracts.model.contract import Head
from itaku.contracts.model.source import Path, line_of

Value = TypeVar("Value")


class Placed(NamedTuple, Generic[Value]):
    """A value with its file, its path there, and the lines of that file."""

    value: Value
    file: str
    path: Path
    lines: dict[Path, int]

    def line(self, *inner: str | int) -> int:
        """The line of something inside the value, or of the nearest thing around it."""
        return line_of(self.lines, (*self.path, *inner))


class Draft:
    """What was read: `tables` by table and name, `provisions` in order, `unread` the names that had mistakes."""

    def __init__(self, head: Head | None, tables: dict[str, dict[str, Placed[Any]]], file: str = "") -> None:
        self.head = head
        self.tables = tables
        self.file = file
        self.provisions: list[Placed[Any]] = []
        self.unread: set[str] = set()
