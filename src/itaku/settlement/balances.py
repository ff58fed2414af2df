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
    """The balances on a day (`effective_on`, both days inclusive), by the postings booked up to `booked_on`."""
    rows = await connection.fetch(_BALANCES, municipality, effective_on, booked_on)
    return Balances(
        municipality,
        effective_on,
        booked_on,
        tuple(Balance(Account(row["account"]), row["month"], row["chain"], Yen(row["yen"])) for row in rows),
    )


_BALANCES = """
SELECT l.account, l.chain, sum(l.yen)::bigint AS yen,
    CASE WHEN l.debt_month = '' AND l.account = 'fees-owed' THEN p.month ELSE l.debt_month END AS month
FROM settlement_posting p JOIN settlement_line l USING (posting_id)
WHERE p.municipality = $1 AND p.effective_on <= $2 AND p.booked_on <= $3
GROUP BY 1, 2, 4 ORDER BY 1, 4, 2
"""
