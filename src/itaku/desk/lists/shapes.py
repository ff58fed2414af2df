"""The lists that there are (一覧の形): columns, and the events that a row's cells stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from itaku.contracts.engine.events import Event
from itaku.contracts.engine.result import Result
from itaku.contracts.model.parts import Words
from itaku.settlement.figures import Figures

YES, NO = "はい", "いいえ"


class Column(NamedTuple):
    """A column: its name, its heading, and what a cell holds: text, day, choice or yes."""

    name: str
    words: Words
    sort: str = "text"
    choices: Mapping[str, str] = {}
    """Of a choice, the word in the cell for each code."""


class Told(NamedTuple):
    """An event for which a row stands: its kind, the column with its day, and the columns of its fields."""

    kind: str
    day: str
    fields: Mapping[str, str]


class Shape(NamedTuple):
    """A list: its name, its title, the key of its rows (the first column), its columns and its events in order."""

    name: str
    words: Words
    key: str
    columns: tuple[Column, ...]
    events: tuple[Told, ...]

    def header(self) -> tuple[str, ...]:
        """The first line of a file, the same in both languages so that a file comes back wherever it was taken out."""
        return tuple(each.words.ja for each in self.columns)


_ROLES = {
    "handler": "取扱者",
    "manager": "責任者",
    "my-number-handler": "番号取扱者",
    "my-number-manager": "番号責任者",
}
_HOW = {"returned": "返却", "erased": "消去", "discarded": "廃棄"}

SHAPES = {
    "people": Shape(
        "people",
        Words(ja="取扱者の名簿", en="Roster of handlers"),
        "person",
        (
            Column("person", Words(ja="取扱者の番号", en="Person's number")),
            Column("role", Words(ja="役割", en="Role"), "choice", _ROLES),
            Column("nominated", Words(ja="候補とした日", en="Nominated on"), "day"),
            Column("trained", Words(ja="受講の日", en="Trained on"), "day"),
            Column("course", Words(ja="講習", en="Course")),
            Column("listed", Words(ja="登載の日", en="Listed on"), "day"),
        ),
        (
            Told("handler.nominated", "nominated", {"role": "role"}),
            Told("handler.trained", "trained", {"on": "trained", "course": "course"}),
            Told("handler.listed", "listed", {"role": "role"}),
        ),
    ),
    "data": Shape(
        "data",
        Words(ja="データ管理簿", en="Data ledger"),
        "item",
        (
            Column("item", Words(ja="電子データ等", en="Data")),
            Column("level", Words(ja="レベル", en="Level"), "choice", {"1": "1", "2": "2", "3": "3"}),
            Column("my_number", Words(ja="個人番号を含む", en="Holds My Numbers"), "yes"),
            Column("handed", Words(ja="授受の日", en="Handed over on"), "day"),
            Column("opened", Words(ja="登載の日", en="Entered on"), "day"),
            Column("closed", Words(ja="処理を終えた日", en="Closed on"), "day"),
            Column("how", Words(ja="処理", en="How"), "choice", _HOW),
        ),
        (
            Told("data.handed-over", "handed", {"level": "level", "my_number": "my_number"}),
            Told("data-ledger.opened-row", "opened", {}),
            Told("data-ledger.closed-row", "closed", {"how": "how"}),
        ),
    ),
}
"""The lists by their names. A contract has those whose events its catalogue knows."""


def shapes_of(result: Result) -> list[Shape]:
    """The lists that a contract has."""
    known = result.fold.contract.events
    return [each for each in SHAPES.values() if all(one.kind in known for one in each.events)]


def rows_of(shape: Shape, result: Result) -> dict[str, dict[str, str]]:
    """The rows as they stand, by key: every cell as text, as a file shows it."""
    found: dict[str, dict[str, str]] = {}
    told = {each.kind: each for each in shape.events}
    for event in result.events.events:
        if event.kind in told and event.at <= result.as_of:
            key = str(event.fields[shape.key])
            row = found.setdefault(key, dict.fromkeys((each.name for each in shape.columns), ""))
            row[shape.key] = key
            _fill(shape, row, told[event.kind], event)
    return found


def figures(shape: Shape, result: Result) -> Figures:
    """The list as a table for a file."""
    rows = tuple(tuple(row[each.name] for each in shape.columns) for row in rows_of(shape, result).values())
    return Figures(shape.name, shape.words.ja, shape.words.en, (0,) * len(shape.columns), shape.header(), rows)


def _fill(shape: Shape, row: dict[str, str], told: Told, event: Event) -> None:
    columns = {each.name: each for each in shape.columns}
    row[told.day] = event.day.isoformat()
    for field, name in told.fields.items():
        value = event.fields.get(field)
        if isinstance(value, bool):
            row[name] = YES if value else NO
        elif value is not None:
            row[name] = columns[name].choices.get(str(value), str(value))
