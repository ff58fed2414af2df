"""Where the counts come from: the center's delivered issuances, by the date in Japan on which they were delivered."""

from __future__ import annotations

import asyncpg

from itaku.basis.yen import Yen
from itaku.settlement.month import Month
from itaku.settlement.statement import Delivered

# The center counts on `delivered` only; `closed` is delivered and erased. Like issuances come as one row, so that a
# month of millions is a handful of rows.
_DELIVERED = """
SELECT municipality, kind, copies, fee_yen, count(*) AS issuances FROM issuance
WHERE state IN ('delivered', 'closed') AND delivered_at >= $1 AND delivered_at < $2
  AND ($3::text IS NULL OR municipality = $3)
GROUP BY municipality, kind, copies, fee_yen
ORDER BY municipality, kind, copies, fee_yen
"""


async def delivered_in(
    connection: asyncpg.Connection, month: Month, municipality: str | None
) -> dict[str, list[Delivered]]:
    """The month's delivered issuances by municipality code, in the order of the codes."""
    found: dict[str, list[Delivered]] = {}
    for row in await connection.fetch(_DELIVERED, month.start, month.next().start, municipality):
        code: str = row["municipality"]
        delivered = Delivered(code, row["kind"], row["copies"], Yen(row["fee_yen"]), row["issuances"])
        found.setdefault(code, []).append(delivered)
    return found
