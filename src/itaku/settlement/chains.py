"""Each chain's statement (事業者別の計算書): what its tills took, gave back, handed over, and still hold."""

from __future__ import annotations

import asyncpg
import msgspec

from itaku.basis.yen import Yen
from itaku.settlement.kiosks import read_kiosks
from itaku.settlement.month import Month


class ChainRow(msgspec.Struct, frozen=True):
    """One chain's tills for one municipality in a month. `opening_yen` + taken - refunded - handed over = closing.

    Certificates and yen are as booked into the month's statements, corrections included.
    """

    municipality: str
    chain: str
    chain_ja: str
    certificates: int
    taken_yen: Yen
    voided_certificates: int
    refunded_yen: Yen
    handed_over_yen: Yen
    opening_yen: Yen

    @property
    def net_certificates(self) -> int:
        """通数 that count."""
        return self.certificates - self.voided_certificates

    @property
    def net_yen(self) -> Yen:
        """What the chain's tills took in the month, less what they gave back."""
        return Yen(self.taken_yen - self.refunded_yen)

    @property
    def closing_yen(self) -> Yen:
        """What the chain still holds at the month's end."""
        return Yen(self.opening_yen + self.net_yen - self.handed_over_yen)


async def chain_rows(
    connection: asyncpg.Connection, month: Month, municipality: str | None = None, chain: str | None = None
) -> list[ChainRow]:
    """The rows of a month, by municipality and chain; of one municipality or one chain, if named."""
    kiosks = await read_kiosks(connection)
    rows = await connection.fetch(_ROWS, month.text(), municipality, chain)
    return [
        ChainRow(
            row["municipality"],
            row["chain"],
            kiosks.name(row["chain"]),
            row["certificates"],
            Yen(row["taken"]),
            row["voided"],
            Yen(row["refunded"]),
            Yen(row["handed_over"]),
            Yen(row["opening"]),
        )
        for row in rows
    ]


# What stood in earlier months: of closed ones the sums of their close, of others the postings.
_ROWS = """
WITH part AS (
    SELECT p.municipality, l.chain,
        sum(p.times * p.copies) FILTER (WHERE p.counts = 'delivered') AS certificates,
        sum(l.yen) FILTER (WHERE p.counts = 'delivered') AS taken,
        sum(p.times * p.copies) FILTER (WHERE p.counts = 'voided') AS voided,
        -sum(l.yen) FILTER (WHERE p.counts = 'voided') AS refunded,
        -sum(l.yen) FILTER (WHERE p.counts = '') AS handed_over,
        0 AS opening
    FROM settlement_posting p JOIN settlement_line l USING (posting_id)
    WHERE l.account = 'fees-at-shops' AND p.month = $1 AND ($2::text IS NULL OR p.municipality = $2)
      AND ($3::text IS NULL OR l.chain = $3)
    GROUP BY 1, 2
    UNION ALL
    SELECT b.municipality, b.chain, 0, 0, 0, 0, 0, b.yen
    FROM settlement_standing_sum JOIN settlement_month_balance b USING (municipality, month, version)
    WHERE b.account = 'fees-at-shops' AND b.month < $1 AND ($2::text IS NULL OR b.municipality = $2)
      AND ($3::text IS NULL OR b.chain = $3)
    UNION ALL
    SELECT s.municipality, of_month.chain, 0, 0, 0, 0, 0, of_month.yen
    FROM settlement_period s CROSS JOIN LATERAL (
        SELECT l.chain, sum(l.yen) AS yen
        FROM settlement_posting p JOIN settlement_line l USING (posting_id)
        WHERE l.account = 'fees-at-shops' AND p.municipality = s.municipality AND p.month = s.month
          AND ($3::text IS NULL OR l.chain = $3)
        GROUP BY 1
    ) of_month
    WHERE s.month < $1 AND ($2::text IS NULL OR s.municipality = $2)
      AND NOT EXISTS (SELECT FROM settlement_standing_sum h WHERE h.municipality = s.municipality AND h.month = s.month)
)
SELECT municipality, chain, COALESCE(sum(certificates), 0)::bigint AS certificates,
    COALESCE(sum(taken), 0)::bigint AS taken, COALESCE(sum(voided), 0)::bigint AS voided,
    COALESCE(sum(refunded), 0)::bigint AS refunded, COALESCE(sum(handed_over), 0)::bigint AS handed_over,
    sum(opening)::bigint AS opening
FROM part GROUP BY 1, 2 ORDER BY 1, 2
"""
