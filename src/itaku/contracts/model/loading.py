"""Reading a contract: its file and its riders' files, everything checked, every mistake with file and line."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from itaku.contracts.model.contract import Contract, EventType, Head, Paper, Part, Party, Policy, Term
from itaku.contracts.model.conversion import converted
from itaku.contracts.model.draft import Draft, Placed
from itaku.contracts.model.kinds import Provision
from itaku.contracts.model.linting import lint
from itaku.contracts.model.mistakes import ContractFileError, Mistake
from itaku.contracts.model.source import Path, line_of, positions, statements

TABLES: dict[str, type] = {
    "parties": Party,
    "parts": Part,
    "term": Term,
    "policy": Policy,
    "event": EventType,
    "paper": Paper,
}
"""The tables that map names to entries. `contract` and `provision` stand beside them."""


class Source(NamedTuple):
    """A file's name, as mistakes cite it, and its bytes."""

    name: str
    data: bytes


def load_contract(path: FilePath, *, complete: bool = True) -> Contract:
    """Reads a contract file and the riders that it names, which stand in the same directory. `ContractFileError`.

    `complete`: clauses of the register that nothing answers are mistakes too. Leave it out while a file is written.
    """
    sources = [_source(path)]
    head = _peek(sources[0].data)
    sources += [_source(path.parent / FilePath(name).name) for name in head]
    return read_contract(sources, complete=complete)


def read_contract(sources: list[Source], *, complete: bool = True) -> Contract:
    """A contract from the bytes of its main file and its riders' files, in order. `ContractFileError` with all."""
    reading = _Reading()
    for index, source in enumerate(sources):
        reading.take(source, main=index == 0)
    draft = reading.draft
    mistakes = reading.mistakes + lint(draft, complete=complete)
    if mistakes or draft.head is None:
        raise ContractFileError(mistakes)
    digest = hashlib.sha256()
    for source in sources:
        digest.update(hashlib.sha256(source.data).digest())
    tables = {name: {key: placed.value for key, placed in table.items()} for name, table in draft.tables.items()}
    return Contract(
        draft.head,
        tables["parties"],
        tables["parts"],
        tables["term"],
        tables["policy"],
        tables["event"],
        tables["paper"],
        tuple(placed.value for placed in draft.provisions),
        digest.digest(),
    )


def _source(path: FilePath) -> Source:
    try:
        return Source(path.name, path.read_bytes())
    except OSError as error:
        mistake = Mistake(path.name, 1, "-", "file_missing", "ファイルを読めない", f"cannot be read: {error.strerror}")
        raise ContractFileError([mistake]) from error


def _peek(data: bytes) -> list[str]:
    """The riders that the main file names, if it can be read so far."""
    try:
        riders = tomllib.loads(data.decode("utf-8")).get("contract", {}).get("riders", [])
    except (ValueError, AttributeError):
        return []
    return [name for name in riders if isinstance(name, str)] if isinstance(riders, list) else []


_TOML_AT = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>[0-9]+), column [0-9]+|end of document)\)")


class _Reading:
    """Collects what the files hold, and what is wrong with it."""

    def __init__(self) -> None:
        self.draft = Draft(None, {name: {} for name in TABLES})
        self.mistakes: list[Mistake] = []
        self._file = ""
        self._lines: dict[Path, int] = {}

    def take(self, source: Source, *, main: bool) -> None:
        self._file, self._lines = source.name, {}
        self.draft.file = self.draft.file or source.name
        try:
            text = source.data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = source.data.count(b"\n", 0, error.start) + 1
            self._mistake(line, "-", "not_utf8", "UTF-8ではない", "not UTF-8")
            return
        try:
            raw = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            found = _TOML_AT.fullmatch(str(error))
            line = int(found["line"]) if found and found["line"] else text.count("\n") + 1
            what = found["what"] if found else str(error)
            self._mistake(line, "-", "toml_unreadable", f"TOMLとして読めない: {what}", f"not TOML: {what}")
            return
        self._lines = positions(statements(text.replace("\r\n", "\n")))
        self._head(raw.pop("contract", None), main=main)
        provisions = raw.pop("provision", [])
        for name, kind in TABLES.items():
            self._table(name, raw.pop(name, {}), kind)
        for name in raw:
            self._at((name,), name, "table_unknown", f"知らない表 {name}", f"unknown table {name}")
        self._provisions(provisions)

    def _head(self, raw: Any, *, main: bool) -> None:
        if not main:
            if raw is not None:
                self._at(("contract",), "contract", "head_twice", "別ファイルに [contract] は書けない", "only once")
            return
        if raw is None:
            self._mistake(1, "contract", "head_missing", "[contract] がない", "the table [contract] is missing")
            return
        self.draft.head = self._converted(raw, Head, ("contract",), "contract")

    def _table(self, name: str, raw: Any, kind: type) -> None:
        if not isinstance(raw, dict):
            self._at((name,), name, "value_kind", f"{name} は表でなければならない", f"{name} must be a table")
            return
        for key, entry in raw.items():
            path, label = (name, key), f"{name}.{key}"
            if key in self.draft.tables[name]:
                self._at(path, label, "name_twice", f"{label} が二つある", f"{label} stands twice")
                continue
            value = self._converted(entry, kind, path, label)
            if value is not None:
                self.draft.tables[name][key] = Placed(value, self._file, path, self._lines)
            else:
                self.draft.unread.add(key)

    def _provisions(self, raw: Any) -> None:
        if not isinstance(raw, list):
            self._at(("provision",), "provision", "value_kind", "[[provision]] と書く", "write [[provision]]")
            return
        for number, entry in enumerate(raw):
            path = ("provision", number)
            name = entry.get("id") if isinstance(entry, dict) else None
            label = name if isinstance(name, str) else f"provision {number + 1}"
            value = self._converted(entry, Provision, path, label)
            if value is not None:
                self.draft.provisions.append(Placed(value, self._file, path, self._lines))
            elif isinstance(name, str):
                self.draft.unread.add(name)

    def _converted(self, raw: Any, kind: Any, path: Path, label: str) -> Any | None:
        value, unfit = converted(raw, kind)
        for each in unfit:
            self._at((*path, *each.path), label, each.code, each.ja, each.en)
        return value

    def _at(self, path: Path, clause: str, code: str, ja: str, en: str) -> None:
        self._mistake(line_of(self._lines, path), clause, code, ja, en)

    def _mistake(self, line: int, clause: str, code: str, ja: str, en: str) -> None:
        self.mistakes.append(Mistake(self._file, line, clause, code, ja, en))
