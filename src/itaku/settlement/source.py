"""Where the counts come from: the journal's postings of a month, and the center's issuances to be held against them."""

from __future__ import annotations

import asyncpg

from itaku.basis.yen import Yen
from itaku.settlement.month import Month
from itaku.settlement.statement import Delivered, Movements, Voided

# The center counts on `delivered` only; `closed` is delivered and erased, `voided` was delivered and taken back later.
# Like issuances come as one row, so that a month of millions is a handful of rows.
_DELIVERED = """
SELECT municipality, kind, copies, fee_yen, count(*) AS issuances FROM issuance
WHERE state IN ('delivered', 'closed', 'voided') AND delivered_at >= $1 AND delivered_at < $2
  AND ($3::text IS NULL OR municipality = $3)
GROUP BY municipality, kind, copies, fee_yen
ORDER BY municipality, kind, copies, fee_yen
"""

# A set is taken off in the month in which it was made void, at the price of the month in which it was delivered: a
# statement that was handed over never changes.
_VOIDED = """
SELECT municipality, kind, copies, fee_yen, count(*) AS issuances,
  to_char(delivered_at AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM') AS delivered_in
FROM issuance
WHERE state = 'voided' AND voided_at >= $1 AND voided_at < $2 AND ($3::text IS NULL OR municipality = $3)
GROUP BY municipality, kind, copies, fee_yen, delivered_in
ORDER BY municipality, kind, copies, fee_yen, delivered_in
"""


async def movements_in(connection: asyncpg.Connection, month: Month, municipality: str | None) -> dict[str, Movements]:
    """The month's delivered and voided issuances by municipality code, in the order of the codes."""
    span = (month.start, month.next().start, municipality)
    delivered: dict[str, list[Delivered]] = {}
    for row in await connection.fetch(_DELIVERED, *span):
        found = Delivered(row["municipality"], row["kind"], row["copies"], Yen(row["fee_yen"]), row["issuances"])
        delivered.setdefault(found.municipality, []).append(found)
    voided: dict[str, list[Voided]] = {}
    for row in await connection.fetch(_VOIDED, *span):
        alike = Delivered(row["municipality"], row["kind"], row["copies"], Yen(row["fee_yen"]), row["issuances"])
        voided.setdefault(alike.municipality, []).append(Voided(alike, Month.parse(row["delivered_in"])))
    return {
        code: Movements(tuple(delivered.get(code, ())), tuple(voided.get(code, ())))
        for code in sorted(delivered.keys() | voided.keys())
    }


# Postings that a reversal took back cancel out here; what stands in a month is what was booked into its statement.
_JOURNAL = """
SELECT p.counts, p.kind, p.copies, abs(l.yen) AS fee_yen, to_char(p.delivered_on, 'YYYY-MM') AS delivered_in,
    sum(p.times)::bigint AS issuances
FROM settlement_posting p JOIN settlement_line l ON l.posting_id = p.posting_id AND l.account = 'fees-owed'
WHERE p.municipality = $1 AND p.month = $2 AND p.counts <> ''
GROUP BY 1, 2, 3, 4, 5 HAVING sum(p.times) <> 0 ORDER BY 1, 2, 3, 4, 5
"""


async def journal_movements(connection: asyncpg.Connection, municipality: str, month: Month) -> Movements:
    """What stands in one municipality's statement of a month: delivered and voided issuances that are alike."""
    delivered: list[Delivered] = []
    voided: list[Voided] = []
    for row in await connection.fetch(_JOURNAL, municipality, month.text()):
        of = Month.parse(row["delivered_in"])
        alike = Delivered(municipality, row["kind"], row["copies"], Yen(row["fee_yen"]), row["issuances"], of)
        if row["counts"] == "delivered":
            delivered.append(alike)
        else:
            voided.append(Voided(alike, of))
    return Movements(tuple(delivered), tuple(voided))
