"""Closed days (締めた日) as Parquet files: a directory a day, a file a view, and a paper that says what was closed.

A day is the day of *booking*. What is heard of late is booked on a later, open day with the day of its delivery beside
it, so that a closed day never changes. A day that was reopened with a reason is closed again as a further edition,
which holds every row of the edition before it; the earlier edition stays (docs/reconciliation.md).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import MAX_COPIES
from itaku.settlement.errors import ClosedDayUnfitError, DayClosedError, DayNotClosedError
from itaku.settlement.month import Month
from itaku.settlement.views import KIND_OF_NO, MAX_ROW_YEN, Movement, View

COLUMNS: Mapping[str, str] = {
    "issuance_id": "UUID",
    "movement": "UTINYINT",
    "municipality": "INTEGER",
    "kind": "UTINYINT",
    "copies": "UTINYINT",
    "fee_yen": "BIGINT",
    "delivered_on": "DATE",
    "kiosk": "VARCHAR",
    "sign": "TINYINT",
}
"""Columns of a view's file. A municipality stands as a number: 12025 is 012025. A UUID is the 128 bits of the id."""

_PAPER = "closing.json"
_NAME = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})\.(?P<edition>[1-9][0-9]{0,3})")
# Conditions that every row of a view holds; a row that does not is found before it is closed, not in a sum afterwards.
_FIT = (
    f"issuance_id IS NOT NULL AND movement IN ({', '.join(str(int(movement)) for movement in Movement)})"
    f" AND municipality BETWEEN 1 AND 999999 AND kind BETWEEN {min(KIND_OF_NO)} AND {max(KIND_OF_NO)}"
    f" AND copies BETWEEN 1 AND {MAX_COPIES} AND fee_yen BETWEEN 0 AND {MAX_ROW_YEN} AND sign IN (-1, 1)"
    " AND delivered_on <= ?::DATE AND kiosk IS NOT NULL"
)


class ViewFacts(msgspec.Struct, frozen=True):
    """What one view's file of a day holds. `fees_yen` and `certificates` are net of corrections, refunds apart."""

    rows: int
    certificates: int
    fees_yen: Yen
    refunded_certificates: int
    refunds_yen: Yen
    sha256: str


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """The paper of one closing (締めの控え)."""

    day: dt.date
    edition: int
    closed_at_ms: InstantMs
    why: str = ""
    """Why it was closed anew; empty for the first edition."""
    views: dict[View, ViewFacts]


class Batch(NamedTuple):
    """Days to read at once, and the part of them: of `parts` slices by id, the one numbered `part`."""

    files: Mapping[View, tuple[str, ...]]
    rows: int
    part: int = 0
    parts: int = 1


def connect(scratch: Path, *, memory: str = "1200MB", threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory with bounds; what does not fit goes to `scratch`. It loads nothing from any network."""
    connection = duckdb.connect(
        config={
            "memory_limit": memory,
            "threads": threads,
            "temp_directory": str(scratch),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    # On a terminal it would draw bars between the lines of whoever called.
    connection.execute("SET enable_progress_bar = false")
    return connection


class ClosedDays:
    """The directory of closed days. One process closes; any number read."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def close(
        self,
        connection: duckdb.DuckDBPyConnection,
        day: dt.date,
        sources: Mapping[View, str],
        now: InstantMs,
        *,
        why: str = "",
    ) -> Closing:
        """Writes a day from a query for each view; it is there whole, or not at all.

        `DayClosedError` for a day that is closed, unless `why` says why it was reopened; `ClosedDayUnfitError` if a
        row cannot stand in a view, or if a further edition lacks a row of the one before it.
        """
        before = self.closing(day)
        if before is not None and not why.strip():
            raise DayClosedError(day.isoformat())
        edition = 1 if before is None else before.edition + 1
        made = self._root / f".{day}.{edition}.part"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        for view in View:
            _write(connection, sources[view], day, made / f"{view}.parquet")
            if before is not None:
                self._refuse_loss(connection, before, view, made)
        facts = {view: _facts(connection, made / f"{view}.parquet") for view in View}
        closing = Closing(day=day, edition=edition, closed_at_ms=now, why=why.strip(), views=facts)
        (made / _PAPER).write_bytes(msgspec.json.format(msgspec.json.encode(closing), indent=2) + b"\n")
        for path in (*made.iterdir(), made):
            _make_durable(path)
        made.rename(self._directory(closing))
        _make_durable(self._root)
        return closing

    def closing(self, day: dt.date) -> Closing | None:
        """The newest edition's paper; None for a day that is not closed."""
        editions = self._editions().get(day)
        return None if editions is None else self._read(day, max(editions))

    def closings(self, day: dt.date) -> list[Closing]:
        """The papers of every edition, oldest first."""
        return [self._read(day, edition) for edition in sorted(self._editions().get(day, ()))]

    def days(self) -> list[dt.date]:
        """All closed days in order."""
        return sorted(self._editions())

    def month(self, month: Month, open_days: Iterable[dt.date] = ()) -> list[Closing]:
        """The closings of a month's days in order. `DayNotClosedError` names the first of `open_days` not closed."""
        editions = self._editions()
        for day in open_days:
            if day not in editions:
                raise DayNotClosedError(day.isoformat())
        inside = (day for day in sorted(editions) if month.first_day <= day <= month.last_day)
        return [self._read(day, max(editions[day])) for day in inside]

    def files(self, closings: Iterable[Closing], view: View) -> tuple[str, ...]:
        """Paths of a view's files."""
        return tuple(str(self._directory(closing) / f"{view}.parquet") for closing in closings)

    def batches(self, closings: Iterable[Closing], rows: int) -> list[Batch]:
        """The days in order in batches of about `rows` rows; a day far beyond that in slices by id."""
        batches: list[Batch] = []
        days: list[Closing] = []
        gathered = 0
        for closing in closings:
            size = sum(facts.rows for facts in closing.views.values())
            if days and gathered + size > rows:
                batches += self._batches(days, gathered, rows)
                days, gathered = [], 0
            days.append(closing)
            gathered += size
        return batches + self._batches(days, gathered, rows)

    def _batches(self, days: Sequence[Closing], gathered: int, rows: int) -> list[Batch]:
        """Days that are read at once. A slice reads the whole day again, so a day is sliced at four times the rows."""
        files = {view: self.files(days, view) for view in View}
        parts = -(-gathered // (4 * rows))
        return [Batch(files, gathered, part, parts) for part in range(parts)]

    def verify(self, closing: Closing) -> None:
        """`ClosedDayUnfitError` unless each file is byte for byte what was closed."""
        for view, facts in closing.views.items():
            path = self._directory(closing) / f"{view}.parquet"
            if not path.is_file() or _sha256(path) != facts.sha256:
                raise ClosedDayUnfitError(f"{closing.day} {view}")

    def _directory(self, closing: Closing) -> Path:
        return self._root / f"{closing.day}.{closing.edition}"

    def _read(self, day: dt.date, edition: int) -> Closing:
        path = self._root / f"{day}.{edition}" / _PAPER
        try:
            closing = msgspec.json.decode(path.read_bytes(), type=Closing)
        except (OSError, msgspec.MsgspecError) as error:
            raise ClosedDayUnfitError(f"{day}.{edition}") from error
        if (closing.day, closing.edition) != (day, edition) or set(closing.views) != set(View):
            raise ClosedDayUnfitError(f"{day}.{edition}")
        return closing

    def _editions(self) -> dict[dt.date, list[int]]:
        found: dict[dt.date, list[int]] = {}
        if self._root.is_dir():
            for path in self._root.iterdir():
                name = _NAME.fullmatch(path.name)
                if name is not None:
                    found.setdefault(dt.date.fromisoformat(name["day"]), []).append(int(name["edition"]))
        return found

    def _refuse_loss(self, connection: duckdb.DuckDBPyConnection, before: Closing, view: View, made: Path) -> None:
        """Corrections go by reversal only: what an edition holds, the next one holds too."""
        old, new = str(self._directory(before) / f"{view}.parquet"), str(made / f"{view}.parquet")
        lost = connection.execute(
            "SELECT count(*) FROM (FROM read_parquet(?) EXCEPT ALL FROM read_parquet(?))", [old, new]
        ).fetchone()
        assert lost is not None, "a count is a row"
        if lost[0]:
            shutil.rmtree(made)
            raise ClosedDayUnfitError(f"{before.day} {view}: {lost[0]} rows of edition {before.edition} are not there")


def _write(connection: duckdb.DuckDBPyConnection, source: str, day: dt.date, path: Path) -> None:
    """A view's file, ordered so that like rows lie together."""
    cast = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in COLUMNS.items())
    try:
        unfit = connection.execute(
            f"SELECT count(*) FROM (SELECT {cast} FROM ({source})) WHERE NOT coalesce({_FIT}, false)",  # noqa: S608 columns are constants, the source is the caller's own query
            [day],
        ).fetchone()
        assert unfit is not None, "a count is a row"
        if unfit[0]:
            raise ClosedDayUnfitError(f"{day} {path.stem}: {unfit[0]} rows")
        connection.execute(
            f"COPY (SELECT {cast} FROM ({source}) ORDER BY municipality, issuance_id)"  # noqa: S608 as above
            f" TO '{_quoted(path)}' (FORMAT parquet, COMPRESSION zstd)"
        )
    except duckdb.ConversionException as error:
        raise ClosedDayUnfitError(f"{day} {path.stem}") from error


def _facts(connection: duckdb.DuckDBPyConnection, path: Path) -> ViewFacts:
    sums = ", ".join(
        f"coalesce(sum(sign * {column}) FILTER (movement = {int(movement)}), 0)::BIGINT"
        for movement in Movement
        for column in ("copies", "fee_yen")
    )
    row = connection.execute(f"SELECT count(*), {sums} FROM read_parquet(?)", [str(path)]).fetchone()  # noqa: S608 constants
    assert row is not None, "a count is a row"
    return ViewFacts(row[0], row[1], Yen(row[2]), row[3], Yen(row[4]), _sha256(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _make_durable(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
