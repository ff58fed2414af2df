"""From a yen to its issuances (内訳): the sets behind any figure of a month's statement, page by page."""

from __future__ import annotations

import datetime as dt

import asyncpg
import msgspec

from itaku.basis.yen import Yen
from itaku.settlement.month import Month


class Behind(msgspec.Struct, frozen=True):
    """One booking behind a figure. `yen` is signed as it enters the month's fees: a refund is negative."""

    number: int
    key: str
    sort: str
    issuance_id: str
    kind: str
    copies: int
    yen: Yen
    chain: str
    delivered_on: dt.date
    effective_on: dt.date
    booked_on: dt.date
    reason: str


async def behind(
    connection: asyncpg.Connection,
    municipality: str,
    month: Month,
    *,
    kind: str | None = None,
    counts: str | None = None,
    chain: str | None = None,
    day: dt.date | None = None,
    after: int = 0,
    limit: int = 200,
) -> list[Behind]:
    """The bookings of a month in the order of their numbers, `limit` of them after a number.

    `kind`, `counts` (`delivered`, `voided`), `chain` and the `day` of effect narrow it to one figure: the yen of all
    pages sum to it.
    """
    rows = await connection.fetch(_BEHIND, municipality, month.text(), kind, counts, chain, after, limit, day)
    return [
        Behind(
            row["number"],
            row["key"],
            row["sort"],
            bytes(row["issuance_id"] or b"").hex(),
            row["kind"],
            row["times"] * row["copies"],
            Yen(row["yen"]),
            row["chain"],
            row["delivered_on"],
            row["effective_on"],
            row["booked_on"],
            row["reason"],
        )
        for row in rows
    ]


FROM_BOOKINGS = """
FROM settlement_posting p JOIN settlement_line l ON l.posting_id = p.posting_id AND l.account = 'fees-at-shops'
WHERE p.municipality = $1 AND p.month = $2 AND p.counts <> '' AND ($3::text IS NULL OR p.kind = $3)
  AND ($4::text IS NULL OR p.counts = $4) AND ($5::text IS NULL OR l.chain = $5)
"""
"""A month's bookings of fees, narrowed by kind, counts and chain."""

_BEHIND = f"""
SELECT p.number, p.key, p.sort, p.issuance_id, p.kind, p.copies, p.times, l.yen, l.chain, p.delivered_on,
    p.effective_on, p.booked_on, p.reason
{FROM_BOOKINGS}
  AND p.number > $6 AND ($8::date IS NULL OR p.effective_on = $8)
ORDER BY p.number LIMIT $7
"""
