"""Balances (残高) of a municipality's accounts on any day, by the day of effect and by what was booked up to a day."""

from __future__ import annotations

import datetime as dt

import asyncpg
import msgspec

from itaku.basis.yen import Yen
from itaku.settlement.accounts import Account
from itaku.settlement.month import Month


class Balance(msgspec.Struct, frozen=True):
    """Yen of an account, by the month whose debt it is and by the chain. A debit balance is positive."""

    account: Account
    debt_month: str
    chain: str
    yen: Yen


class Balances(msgspec.Struct, frozen=True):
    """All balances of one municipality on a day: what took effect up to it, as known up to another day."""

    municipality: str
    effective_on: dt.date
    booked_on: dt.date
    rows: tuple[Balance, ...]

    def debit(self, account: Account, *, month: Month | None = None, chain: str | None = None) -> Yen:
        """The account's balance as a debit; of one month's debt or one chain's till, if named."""
        return Yen(
            sum(
                row.yen
                for row in self.rows
                if row.account is account
                and (month is None or row.debt_month == month.text())
                and (chain is None or row.chain == chain)
            )
        )

    def credit(self, account: Account, *, month: Month | None = None, chain: str | None = None) -> Yen:
        """The same as a credit: what is owed."""
        return Yen(-self.debit(account, month=month, chain=chain))

    @property
    def sum_yen(self) -> Yen:
        """Over all accounts: always zero."""
        return Yen(sum(row.yen for row in self.rows))


async def balances(
    connection: asyncpg.Connection,
    municipality: str,
    effective_on: dt.date = dt.date.max,
    booked_on: dt.date = dt.date.max,
) -> Balances:
    """The balances on a day (`effective_on`, both days inclusive), by the postings booked up to `booked_on`.

    Of a month that is closed the sums are taken that the database wrote at its close, where all of the month took
    effect and was booked by these days; of every other month the postings are read. `differing` proves the sums.
    """
    rows = await connection.fetch(_BALANCES, municipality, effective_on, booked_on)
    return Balances(
        municipality,
        effective_on,
        booked_on,
        tuple(Balance(Account(row["account"]), row["month"], row["chain"], Yen(row["yen"])) for row in rows),
    )


class Differing(msgspec.Struct, frozen=True):
    """A sum of a closed month that is not what its postings sum to: as it is kept, and as they are."""

    month: str
    account: Account
    debt_month: str
    chain: str
    kept_yen: Yen
    booked_yen: Yen


async def differing(connection: asyncpg.Connection, municipality: str) -> list[Differing]:
    """Reads every posting of the closed months again and holds it against the sums that were kept: none may differ."""
    rows = await connection.fetch(_DIFFERING, municipality)
    return [
        Differing(
            row["month"],
            Account(row["account"]),
            row["debt_month"],
            row["chain"],
            Yen(row["kept"]),
            Yen(row["booked"]),
        )
        for row in rows
    ]


_DEBT_MONTH = "CASE WHEN l.debt_month = '' AND l.account = 'fees-owed' THEN p.month ELSE l.debt_month END"

# A posting never stands in a month before that of its day, so a month's last day is the last on which any took effect.
# Open months are read one by one, for else the planner reads every posting to find theirs.
_BALANCES = f"""
WITH summed AS MATERIALIZED (
    SELECT month, version FROM settlement_standing_sum
    WHERE municipality = $1 AND COALESCE(booked_until, $3) <= $3
      AND (to_date(month, 'YYYY-MM') + interval '1 month - 1 day')::date <= $2
), part AS (
    SELECT b.account, b.chain, b.debt_month AS month, b.yen
    FROM settlement_month_balance b JOIN summed USING (month, version) WHERE b.municipality = $1
    UNION ALL
    SELECT of_month.*
    FROM settlement_period s CROSS JOIN LATERAL (
        SELECT l.account, l.chain, {_DEBT_MONTH} AS month, sum(l.yen) AS yen
        FROM settlement_posting p JOIN settlement_line l USING (posting_id)
        WHERE p.municipality = $1 AND p.month = s.month AND p.effective_on <= $2 AND p.booked_on <= $3
        GROUP BY 1, 2, 3
    ) of_month
    WHERE s.municipality = $1 AND NOT EXISTS (SELECT FROM summed WHERE summed.month = s.month)
)
SELECT account, chain, month, sum(yen)::bigint AS yen FROM part GROUP BY 1, 2, 3 ORDER BY 1, 3, 2
"""  # noqa: S608 constants

_DIFFERING = f"""
WITH kept AS (
    SELECT b.month, b.account, b.debt_month, b.chain, b.yen
    FROM settlement_month_balance b JOIN settlement_standing_sum USING (municipality, month, version)
    WHERE b.municipality = $1
), booked AS (
    SELECT p.month, l.account, {_DEBT_MONTH} AS debt_month, l.chain, sum(l.yen) AS yen
    FROM settlement_posting p JOIN settlement_line l USING (posting_id)
    WHERE p.municipality = $1 AND p.month IN (SELECT month FROM settlement_standing_sum WHERE municipality = $1)
    GROUP BY 1, 2, 3, 4
)
SELECT month, account, debt_month, chain,
    COALESCE(kept.yen, 0)::bigint AS kept, COALESCE(booked.yen, 0)::bigint AS booked
FROM kept FULL JOIN booked USING (month, account, debt_month, chain)
WHERE kept.yen IS DISTINCT FROM booked.yen ORDER BY 1, 2, 3, 4
"""  # noqa: S608 constants
