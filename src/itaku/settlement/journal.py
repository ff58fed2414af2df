"""The journal (仕訳帳): postings are written once, found again by their key, and taken back by reversal only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.yen import Yen
from itaku.settlement.accounts import Account
from itaku.settlement.errors import (
    MonthClosedError,
    PostingConflictError,
    PostingUnknownError,
    ReasonMissingError,
    ReversalRefusedError,
)
from itaku.settlement.month import Month
from itaku.settlement.posting import Booked, Certificates, Counts, Posting, PostingLine, Sort


async def book(connection: asyncpg.Connection, postings: Sequence[Posting], now: InstantMs) -> list[Booked]:
    """Books postings, all or none; call it inside a transaction. The answers stand in the order of `postings`.

    A posting whose key is known with the same content is answered as it stands (`again`). Each goes into the statement
    of its day's month, or, if that was closed, of the next month that is open; its day stays. Raises
    `PostingConflictError` for a known key with other content, `MonthClosedError` if a close came in between.
    """
    assert connection.is_in_transaction(), "postings are written in a transaction"
    wanted = _without_repetitions(postings)
    known = await _known(connection, list(wanted))
    fresh = {id_: each for id_, each in wanted.items() if id_ not in known}
    new = await _put(connection, fresh, now) if fresh else set()
    found = known | (await _known(connection, list(fresh)) if fresh else {})
    answers = []
    for each in postings:
        row = found[each.posting_id]
        if bytes(row["content"]) != each.content:
            raise PostingConflictError(f"{each.municipality} {each.key[:80]}")
        answers.append(Booked(row["number"], row["month"], row["booked_on"], each, each.posting_id not in new))
    return answers


async def reverse(
    connection: asyncpg.Connection,
    municipality: str,
    key: str,
    reason: str,
    now: InstantMs,
    *,
    effective_on: dt.date | None = None,
) -> Booked:
    """取消仕訳: takes a posting back, whole, with its certificates. A posting is taken back once.

    It takes effect on the day of what it reverses, unless `effective_on` says otherwise, and stands in the next open
    month's statement if that day's month was closed. What is right is then booked `anew`. Raises `PostingUnknownError`,
    `ReasonMissingError`, `ReversalRefusedError` for a reversal and for what a close booked.
    """
    if not reason.strip():
        raise ReasonMissingError("reversal")
    mistaken = (await find(connection, municipality, key)).posting
    if mistaken.sort in {Sort.REVERSAL, Sort.COMMISSION} or key.startswith("offset:"):
        raise ReversalRefusedError(key[:80])
    certificates = mistaken.certificates
    if certificates is not None:
        taken_back = -certificates.times
        certificates = Certificates(
            certificates.counts, certificates.kind, certificates.copies, certificates.delivered_on, taken_back
        )
    mirror = Posting(
        municipality,
        f"reversal:{key}",
        Sort.REVERSAL,
        effective_on or mistaken.effective_on,
        tuple(PostingLine(line.account, Yen(-line.yen), line.debt_month, line.chain) for line in mistaken.lines),
        mistaken.issuance_id,
        certificates,
        mistaken.posting_id,
        reason,
    )
    [booked] = await book(connection, [mirror], now)
    return booked


async def find(connection: asyncpg.Connection, municipality: str, key: str) -> Booked:
    """A posting by its key. `PostingUnknownError`."""
    rows = await connection.fetch(
        _READ + " WHERE p.municipality = $1 AND p.key = $2 GROUP BY p.posting_id", municipality, key
    )
    if not rows:
        raise PostingUnknownError(f"{municipality} {key[:80]}")
    return _booked(rows[0])


async def of_issuance(connection: asyncpg.Connection, issuance_id: bytes) -> list[Booked]:
    """Everything that was booked of an issuance, in the order of booking."""
    rows = await connection.fetch(
        _READ + " WHERE p.issuance_id = $1 GROUP BY p.posting_id ORDER BY p.number", issuance_id
    )
    return [_booked(row) for row in rows]


async def of_month(
    connection: asyncpg.Connection, municipality: str, month: Month, *, after: int = 0, limit: int = 500
) -> list[Booked]:
    """The postings that stand in a month's statement, in the order of booking, `limit` of them after a number."""
    rows = await connection.fetch(
        _READ + " WHERE p.municipality = $1 AND p.month = $2 AND p.number > $3 GROUP BY p.posting_id"
        " ORDER BY p.number LIMIT $4",
        municipality, month.text(), after, limit,
    )  # fmt: skip
    return [_booked(row) for row in rows]


async def standing(connection: asyncpg.Connection, municipality: str, sorts: Sequence[Sort]) -> list[Booked]:
    """The postings of some sorts, neither fees nor refunds, that no reversal took back, in the order of booking."""
    assert not {Sort.FEE_TAKEN, Sort.REFUND} & set(sorts), "of these there are millions"
    rows = await connection.fetch(
        _READ + " WHERE p.municipality = $1 AND p.sort = ANY($2::text[]) AND p.sort NOT IN ('fee-taken', 'refund')"
        " AND NOT EXISTS (SELECT FROM settlement_posting r WHERE r.reverses = p.posting_id)"
        " GROUP BY p.posting_id ORDER BY p.number",
        municipality,
        [sort.value for sort in sorts],
    )
    return [_booked(row) for row in rows]


async def _put(connection: asyncpg.Connection, fresh: dict[bytes, Posting], now: InstantMs) -> set[bytes]:
    """Writes postings and their lines; the ids of those that another transaction did not write meanwhile."""
    months = await _months(connection, fresh.values())
    try:
        rows = await connection.fetch(_PUT, *_columns(fresh, months, now))
        new = {bytes(row["posting_id"]) for row in rows}
        await connection.execute(_PUT_LINES, *_line_columns(each for id_, each in fresh.items() if id_ in new))
    except asyncpg.CheckViolationError as error:
        if "settlement_month_closed" in str(error):
            raise MonthClosedError(str(error)) from error
        raise
    return new


async def _known(connection: asyncpg.Connection, ids: list[bytes]) -> dict[bytes, asyncpg.Record]:
    """Number, month, day of booking and content of the postings that stand there."""
    rows = await connection.fetch(_KNOWN, ids)
    return {bytes(row["posting_id"]): row for row in rows}


def _without_repetitions(postings: Iterable[Posting]) -> dict[bytes, Posting]:
    wanted: dict[bytes, Posting] = {}
    for each in postings:
        first = wanted.setdefault(each.posting_id, each)
        if first != each:
            raise PostingConflictError(f"{each.municipality} {each.key[:80]}")
    return wanted


async def _months(connection: asyncpg.Connection, postings: Iterable[Posting]) -> dict[tuple[str, Month], str]:
    """For each municipality and month of effect, the month in whose statement a posting stands."""
    wished = {(each.municipality, Month.of(each.effective_on)) for each in postings}
    if not wished:
        return {}
    codes = sorted({code for code, _ in wished})
    rows = await connection.fetch(
        "SELECT municipality, month FROM settlement_period WHERE municipality = ANY($1::text[]) AND state = 'closed'",
        codes,
    )
    closed = {(row["municipality"], row["month"]) for row in rows}
    found: dict[tuple[str, Month], str] = {}
    for code, month in wished:
        open_one = month
        while (code, open_one.text()) in closed:
            open_one = open_one.next()
        found[code, month] = open_one.text()
    names = sorted({(code, text) for (code, _), text in found.items()})
    await connection.execute(
        "INSERT INTO settlement_period(municipality, month) SELECT * FROM unnest($1::text[], $2::text[])"
        " ON CONFLICT DO NOTHING",
        [code for code, _ in names],
        [text for _, text in names],
    )
    return found


def _columns(wanted: dict[bytes, Posting], months: dict[tuple[str, Month], str], now: InstantMs) -> list[Any]:
    rows = []
    booked_on = to_jst(now).date()
    for posting_id, each in wanted.items():
        said = each.certificates
        rows.append(
            (
                posting_id,
                each.municipality,
                each.key,
                each.content,
                each.sort.value,
                months[each.municipality, Month.of(each.effective_on)],
                each.effective_on,
                booked_on,
                int(now),
                each.issuance_id,
                "" if said is None else said.counts.value,
                1 if said is None else said.times,
                "" if said is None else said.kind,
                0 if said is None else said.copies,
                None if said is None else said.delivered_on,
                each.reverses,
                each.reason,
            )
        )
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * 17


def _line_columns(postings: Iterable[Posting]) -> list[Any]:
    rows = [
        (each.posting_id, number, line.account.value, int(line.yen), line.debt_month, line.chain)
        for each in postings
        for number, line in enumerate(each.lines, 1)
    ]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * 6


def _booked(row: asyncpg.Record) -> Booked:
    certificates = None
    if row["counts"]:
        certificates = Certificates(
            Counts(row["counts"]), row["kind"], row["copies"], row["delivered_on"], row["times"]
        )
    lines = tuple(
        PostingLine(Account(account), Yen(yen), debt_month, chain)
        for account, yen, debt_month, chain in zip(
            row["accounts"], row["yens"], row["debt_months"], row["chains"], strict=True
        )
    )
    posting = Posting(
        row["municipality"],
        row["key"],
        Sort(row["sort"]),
        row["effective_on"],
        lines,
        row["issuance_id"],
        certificates,
        row["reverses"],
        row["reason"],
    )
    return Booked(row["number"], row["month"], row["booked_on"], posting, again=True)


_KNOWN = """
SELECT posting_id, number, month, booked_on, content FROM settlement_posting WHERE posting_id = ANY($1::bytea[])
"""

_PUT = """
INSERT INTO settlement_posting(posting_id, municipality, key, content, sort, month, effective_on, booked_on, booked_ms,
    issuance_id, counts, times, kind, copies, delivered_on, reverses, reason)
SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::date[], $8::date[],
    $9::bigint[], $10::bytea[], $11::text[], $12::smallint[], $13::text[], $14::integer[], $15::date[], $16::bytea[],
    $17::text[])
ON CONFLICT (municipality, key) DO NOTHING RETURNING posting_id
"""

_PUT_LINES = """
INSERT INTO settlement_line(posting_id, line, account, yen, debt_month, chain)
SELECT * FROM unnest($1::bytea[], $2::smallint[], $3::text[], $4::bigint[], $5::text[], $6::text[])
"""

_READ = """
SELECT p.*, array_agg(l.account ORDER BY l.line) AS accounts, array_agg(l.yen ORDER BY l.line) AS yens,
    array_agg(l.debt_month ORDER BY l.line) AS debt_months, array_agg(l.chain ORDER BY l.line) AS chains
FROM settlement_posting p JOIN settlement_line l USING (posting_id)
"""
