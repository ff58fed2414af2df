"""Where the counts come from: the journal's postings of a month, and the center's issuances to be held against them."""

from __future__ import annotations

import asyncpg

from itaku.basis.yen import Yen
from itaku.settlement.month import Month
from itaku.settlement.statement import Delivered, Movements

# The center counts on `delivered` only; `closed` is delivered and erased, `voided` was delivered and taken back later.
# Like issuances of a day come as one row, so that a month of millions is some hundred rows.
_DELIVERED = """
SELECT municipality, kind, copies, fee_yen, count(*) AS issuances,
  (delivered_at AT TIME ZONE 'Asia/Tokyo')::date AS delivered_on
FROM issuance
WHERE state IN ('delivered', 'closed', 'voided') AND delivered_at >= $1 AND delivered_at < $2
  AND ($3::text IS NULL OR municipality = $3)
GROUP BY municipality, kind, copies, fee_yen, delivered_on
ORDER BY municipality, kind, copies, fee_yen, delivered_on
"""

# A set is taken off in the month in which it was made void, at the price of the day on which it was delivered: a
# statement that was handed over never changes.
_VOIDED = """
SELECT municipality, kind, copies, fee_yen, count(*) AS issuances,
  (delivered_at AT TIME ZONE 'Asia/Tokyo')::date AS delivered_on
FROM issuance
WHERE state = 'voided' AND voided_at >= $1 AND voided_at < $2 AND ($3::text IS NULL OR municipality = $3)
GROUP BY municipality, kind, copies, fee_yen, delivered_on
ORDER BY municipality, kind, copies, fee_yen, delivered_on
"""


async def movements_in(connection: asyncpg.Connection, month: Month, municipality: str | None) -> dict[str, Movements]:
    """The month's delivered and voided issuances by municipality code, in the order of the codes."""
    span = (month.start, month.next().start, municipality)
    delivered: dict[str, list[Delivered]] = {}
    for row in await connection.fetch(_DELIVERED, *span):
        delivered.setdefault(row["municipality"], []).append(_alike(row))
    voided: dict[str, list[Delivered]] = {}
    for row in await connection.fetch(_VOIDED, *span):
        voided.setdefault(row["municipality"], []).append(_alike(row))
    return {
        code: Movements(tuple(delivered.get(code, ())), tuple(voided.get(code, ())))
        for code in sorted(delivered.keys() | voided.keys())
    }


# Postings that a reversal took back cancel out here; what stands in a month is what was booked into its statement.
_JOURNAL = """
SELECT p.municipality, p.counts, p.kind, p.copies, abs(l.yen) AS fee_yen, p.delivered_on,
    sum(p.times)::bigint AS issuances
FROM settlement_posting p JOIN settlement_line l ON l.posting_id = p.posting_id AND l.account = 'fees-owed'
WHERE p.municipality = $1 AND p.month = $2 AND p.counts <> ''
GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(p.times) <> 0 ORDER BY 1, 2, 3, 4, 5, 6
"""


async def journal_movements(connection: asyncpg.Connection, municipality: str, month: Month) -> Movements:
    """What stands in one municipality's statement of a month: delivered and voided issuances that are alike."""
    delivered: list[Delivered] = []
    voided: list[Delivered] = []
    for row in await connection.fetch(_JOURNAL, municipality, month.text()):
        (delivered if row["counts"] == "delivered" else voided).append(_alike(row))
    return Movements(tuple(delivered), tuple(voided))


def _alike(row: asyncpg.Record) -> Delivered:
    return Delivered(
        row["municipality"],
        row["kind"],
        row["copies"],
        Yen(row["fee_yen"]),
        row["delivered_on"],
        row["issuances"],
    )
