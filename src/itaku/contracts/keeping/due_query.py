"""Asking the index of what is due (期限の照会): by a person's contracts, in bands of urgency, filtered, in pages."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from itaku.basis.clock import InstantMs
from itaku.contracts.keeping.caches import COLUMNS, due_row
from itaku.contracts.keeping.due_index import DueRow, as_seen

Band = Literal["overdue", "today", "soon", "promptly", "later", "undated", "resting"]

BANDS: tuple[Band, ...] = ("overdue", "today", "soon", "promptly", "later", "undated", "resting")
"""In the order in which people deal with them. promptly: 直ちに, 速やかに or 遅滞なく without a day, nor an own target.
later: after the seven days. undated: the day waits for something. resting: suspended, or not owed for now."""

NEAR: tuple[Band, ...] = ("overdue", "today", "soon", "promptly")
"""What a first screen shows."""


class Share(NamedTuple):
    """What is somebody's own of a legal person's turn at a contract: what bears one of `marks`; with `rest`, the rest.

    Marks are the asker's words for who does what; only their equality counts here.
    """

    contract: str
    person: str
    rest: bool
    marks: tuple[str, ...]


class Marked(NamedTuple):
    """A provision of a form that bears marks where it is a legal person's turn."""

    form: str
    provision: str
    person: str
    marks: tuple[str, ...]


class DueQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. Days are those of Japan at `now`; `soon` reaches to the day `until`.

    `contracts` are those of whoever asks; with `shares` only what is somebody's own is given, by the turn of
    a legal person and by what is `marked`. `provisions` are pairs of a form and a provision: only these (and all of
    `named`, whose own names fit), where a text was looked for.
    """

    today: dt.date
    until: dt.date
    now: InstantMs
    contracts: tuple[str, ...]
    shares: tuple[Share, ...] | None = None
    marked: tuple[Marked, ...] = ()
    kinds: tuple[str, ...] = ()
    bands: tuple[Band, ...] = NEAR
    provisions: tuple[tuple[str, str], ...] | None = None
    named: tuple[str, ...] = ()
    first: int = 0
    limit: int = 50


class DueFound(NamedTuple):
    """A row found: its band, and of what generation its contract's cache is (the last event, what it was made of)."""

    contract: str
    band: Band
    row: DueRow
    last_seq: int
    made_of: bytes
    made_at: InstantMs


class DuePage(NamedTuple):
    """A page of rows, and how many there are in each band of the question, over all pages."""

    counts: Mapping[Band, int]
    found: tuple[DueFound, ...]

    @property
    def total(self) -> int:
        """How many rows fit, over all pages."""
        return sum(self.counts.values())


def page_of(records: list[Any], now: InstantMs) -> DuePage:
    """The page that the database's answer makes."""
    counts: dict[Band, int] = json.loads(records[0]["counts"]) if records else {}
    found = tuple(
        DueFound(each[1], each[2], as_seen(due_row(each, 6), now), each[3], each[4], InstantMs(each[5]))
        for each in records
        if each[1] is not None
    )
    return DuePage(counts, found)


CUSTOM_PLANS = "SET LOCAL plan_cache_mode = force_custom_plan"
"""Arrays of a handful and of thousands of contracts want different plans: one for both is slow for most."""


def page_statement(query: DueQuery) -> tuple[str, list[Any]]:
    """SQL that gives the rows of one page in order, each with the counts of all bands, with its parameters.

    Where there is no row, the counts stand alone.
    """
    base, values = _base(query, f", {', '.join(f'd.{name.strip()}' for name in COLUMNS.split(','))}")
    values += [query.limit, query.first]
    names = ", ".join(f"b.{name.strip()}" for name in COLUMNS.split(","))
    statement = f"""{base}
SELECT k.counts, b.contract, b.band, w.from_seq, w.made_of, w.made_at_ms, {names}
FROM (
    SELECT coalesce(jsonb_object_agg(band, number), '{{}}') AS counts
    FROM (SELECT band, count(*) AS number FROM banded GROUP BY band) AS each
) k
LEFT JOIN (
    SELECT * FROM banded ORDER BY {_ORDER.format("")} LIMIT ${len(values) - 1} OFFSET ${len(values)}
) b ON true
LEFT JOIN contract_wake w ON w.contract = b.contract ORDER BY {_ORDER.format("b.")}
"""  # noqa: S608 names of columns and numbers of parameters
    return statement, values


def _base(query: DueQuery, columns: str) -> tuple[str, list[Any]]:
    """The rows that fit, each with its band and its place in the order.

    Contracts are joined, never compared with an array: a plan for every array would search it row by row.
    """
    values: list[Any] = [list(query.contracts), query.today, query.until, int(query.now), list(query.bands)]
    mine, marks, where = "unnest($1::text[]) AS mine(id)", "", [_reach(query.bands)]
    if query.shares is not None:
        mine, marks = _shared(query, values)
        where += ["d.turn = mine.person", "$1::text[] IS NOT NULL", _OWN]
    if query.kinds:
        values.append(list(query.kinds))
        where.append(f"d.kind = ANY(${len(values)}::text[])")
    if query.provisions is not None:
        values += [[form for form, _ in query.provisions], [each for _, each in query.provisions], list(query.named)]
        forms, provisions, named = (f"${len(values) - back}::text[]" for back in (2, 1, 0))
        fitting = f"SELECT * FROM unnest({forms}, {provisions})"  # noqa: S608 numbers of parameters
        by_name = f"SELECT * FROM unnest({named})"  # noqa: S608 as above
        where.append(f"((c.form, d.provision) IN ({fitting}) OR d.contract IN ({by_name}))")
    statement = f"""
WITH chosen AS (
    SELECT d.contract, d.instance AS place, {_BAND} AS band, coalesce(d.due_day, d.target_day) AS on_day,
        coalesce(d.target_at_ms, d.due_at_ms) AS at_ms{columns}
    FROM {mine} JOIN contract c ON c.id = mine.id JOIN contract_due d ON d.contract = mine.id{marks}
    WHERE {" AND ".join(where)}
),
banded AS MATERIALIZED (SELECT * FROM chosen WHERE band = ANY($5::text[]))
"""  # noqa: S608 names of columns and numbers of parameters
    return statement, values


_OWN = """CASE WHEN kept.marks IS NULL THEN mine.rest
        ELSE string_to_array(kept.marks, ' ') && string_to_array(mine.marks, ' ') END"""


def _shared(query: DueQuery, values: list[Any]) -> tuple[str, str]:
    """The asker's shares to begin with, and the join that says which rows bear marks. Adds to `values`."""
    shares = query.shares or ()
    first = len(values) + 1
    values += [[each.contract for each in shares], [each.person for each in shares], [each.rest for each in shares]]
    values += [[" ".join(each.marks) for each in shares]]
    values += [[each.form for each in query.marked], [each.provision for each in query.marked]]
    values += [[each.person for each in query.marked], [" ".join(each.marks) for each in query.marked]]
    a, b, c, d, e, f, g, h = (f"${first + number}" for number in range(8))
    mine = f"unnest({a}::text[], {b}::text[], {c}::boolean[], {d}::text[]) AS mine(id, person, rest, marks)"
    marks = (
        f" LEFT JOIN unnest({e}::text[], {f}::text[], {g}::text[], {h}::text[]) AS kept(form, provision, person, marks)"
        " ON kept.form = c.form AND kept.provision = d.provision AND kept.person = d.turn"
    )
    return mine, marks


def _reach(bands: tuple[Band, ...]) -> str:
    """What the indexes by day can leave out at once where nothing later is asked for."""
    if set(bands) <= set(NEAR):
        return (
            "(d.due_day <= $3 OR d.due_day IS NULL AND d.target_day <= $3 OR d.due_day IS NULL AND d.manner <> '' "
            "OR d.due_at_ms IS NOT NULL)"
        )
    return "$3::date IS NOT NULL"


_LATE = "(d.too_late_ms <= $4 OR d.due_day IS NULL AND d.target_day < $2)"

_BAND = f"""CASE
    WHEN d.state = 'suspended' OR {_LATE} AND d.state = 'pending' AND NOT d.plain THEN 'resting'
    WHEN {_LATE} THEN 'overdue'
    WHEN coalesce(d.due_day, d.target_day) <= $2 THEN 'today'
    WHEN coalesce(d.due_day, d.target_day) <= $3 THEN 'soon'
    WHEN coalesce(d.due_day, d.target_day) IS NOT NULL THEN 'later'
    WHEN d.manner <> '' THEN 'promptly'
    ELSE 'undated' END"""

_ORDER = "array_position($5::text[], {0}band), {0}on_day, {0}at_ms, {0}contract, {0}place"
