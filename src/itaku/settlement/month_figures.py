"""The month's figures of every municipality at once, from closed days: the same figures as `statement.make_statement`.

One pass over the center's rows of a month. Sums are whole yen in 128 bits, and a figure that does not fit 64 bits is an
error, never cut. A statement with its working is made of the same rows by `movements`. S1-12-1, S1-12-2, S1-12-3.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import msgspec

from itaku.basis.yen import Yen
from itaku.settlement.closed_days import ClosedDays
from itaku.settlement.month import Month
from itaku.settlement.rates import Span, rates_on
from itaku.settlement.statement import Delivered, Movements, RefundedCopies, Statement
from itaku.settlement.terms import Terms
from itaku.settlement.views import KIND_OF_NO, Movement, View


class MonthFigures(msgspec.Struct, frozen=True):
    """A municipality's month, as `Statement` has it, without the working."""

    municipality: str
    month: str
    certificates: int
    fees_yen: Yen
    refunded_certificates: int
    refunds_yen: Yen
    commission_yen: Yen
    commission_tax_yen: Yen
    remit_yen: Yen


# Commission is charged, and taken off again, at the price and the tax rate of the day of the delivery. Rows are summed
# by runs of days with one of each, which are few, and not by days. The tax is cut
# once from the sum at each rate, towards zero; division of whole numbers is exact on the absolute sum.
_FIGURES = """
WITH line AS (
    SELECT municipality, movement, {run} AS run,
        sum(sign * copies) AS certificates, sum(sign * fee_yen) AS fees
    FROM read_parquet($files) WHERE $municipality::INTEGER IS NULL OR municipality = $municipality::INTEGER GROUP BY ALL
), charged AS (
    SELECT line.*, tax_percent,
        certificates * price_yen * CASE movement WHEN 1 THEN 1 ELSE -refund_counts END AS commission
    FROM line JOIN rate USING (run), (SELECT $refund_counts::BIGINT AS refund_counts)
), taxed AS (
    SELECT municipality, tax_percent, sum(commission) AS commission FROM charged GROUP BY ALL
), tax AS (
    SELECT municipality,
        sum(sign(commission) * (abs(commission) * tax_percent // (100 + tax_percent)))::BIGINT AS tax_yen
    FROM taxed GROUP BY municipality
)
SELECT municipality,
    coalesce(sum(certificates) FILTER (movement = 1), 0)::BIGINT,
    coalesce(sum(fees) FILTER (movement = 1), 0)::BIGINT,
    coalesce(sum(certificates) FILTER (movement = 2), 0)::BIGINT,
    coalesce(sum(fees) FILTER (movement = 2), 0)::BIGINT,
    sum(commission)::BIGINT, any_value(tax_yen),
    (coalesce(sum(fees) FILTER (movement = 1), 0) - coalesce(sum(fees) FILTER (movement = 2), 0)
        - sum(commission))::BIGINT
FROM charged JOIN tax USING (municipality) GROUP BY municipality ORDER BY municipality
"""


def month_figures(
    connection: duckdb.DuckDBPyConnection,
    closed: ClosedDays,
    month: Month,
    terms: Terms | None = None,
    municipality: str | None = None,
) -> list[MonthFigures]:
    """The figures of each municipality that had a movement in the month, by code; or of one, by its own terms.

    `RateUnknownError` if no price or tax rate is on file for a day on which something of it was delivered.
    """
    terms = terms or Terms()
    files = list(closed.files(closed.month(month), View.CENTER))
    if not files:
        return []
    code = None if municipality is None else int(municipality)
    runs = _runs(rates_on(_days(connection, files, code), terms.prices, terms.taxes))
    if not runs:
        return []
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE rate (run INTEGER PRIMARY KEY, price_yen BIGINT, tax_percent BIGINT)"
    )
    connection.executemany(
        "INSERT INTO rate VALUES (?, ?, ?)",
        [(number, int(span.price_yen), span.tax_percent) for number, (_, span) in enumerate(runs)],
    )
    asked = {
        "files": files,
        "municipality": code,
        "refund_counts": int(terms.refunded_copies is RefundedCopies.NET),
    }
    rows: list[tuple[Any, ...]] = connection.execute(_FIGURES.format(run=_run_of(runs)), asked).fetchall()
    return [
        MonthFigures(f"{code:06}", month.text(), certificates, Yen(fees), refunded, *map(Yen, yen))
        for code, certificates, fees, refunded, *yen in rows
    ]


def movements(connection: duckdb.DuckDBPyConnection, closed: ClosedDays, month: Month, municipality: str) -> Movements:
    """One municipality's like issuances of a month, for a statement with its working."""
    files = list(closed.files(closed.month(month), View.CENTER))
    delivered: list[Delivered] = []
    voided: list[Delivered] = []
    for movement, kind, copies, fee, delivered_on, issuances in _like(connection, files, municipality):
        alike = Delivered(municipality, KIND_OF_NO[kind].value, copies, Yen(fee), delivered_on, issuances)
        (delivered if movement == Movement.SALE else voided).append(alike)
    return Movements(tuple(delivered), tuple(voided))


def figures_of(statement: Statement) -> MonthFigures:
    """A statement's figures, to be held against those of the closed days."""
    return MonthFigures(
        statement.municipality,
        statement.month,
        statement.certificates,
        statement.fees_yen,
        statement.refunded_certificates,
        statement.refunds_yen,
        statement.commission_yen,
        statement.commission_tax_yen,
        statement.remit_yen,
    )


def _runs(rates: Mapping[dt.date, Span]) -> list[tuple[dt.date, Span]]:
    """The days in order as runs with one price and one tax rate, each by its first day."""
    runs: list[tuple[dt.date, Span]] = []
    for day, span in sorted(rates.items()):
        if not runs or (runs[-1][1].price_yen, runs[-1][1].tax_percent) != (span.price_yen, span.tax_percent):
            runs.append((day, span))
    return runs


def _run_of(runs: Sequence[tuple[dt.date, Span]]) -> str:
    """The number of a row's run, in SQL."""
    later = [f" WHEN delivered_on >= DATE '{day}' THEN {number}" for number, (day, _) in enumerate(runs)][:0:-1]
    return f"CASE{''.join(later)} ELSE 0 END" if later else "0"


def _days(connection: duckdb.DuckDBPyConnection, files: list[str], municipality: int | None) -> list[dt.date]:
    """The days of delivery that stand in the files, of one municipality or of all."""
    rows = connection.execute(
        "SELECT DISTINCT delivered_on FROM read_parquet($files)"
        " WHERE $municipality::INTEGER IS NULL OR municipality = $municipality::INTEGER",
        {"files": files, "municipality": municipality},
    ).fetchall()
    return [day for (day,) in rows]


def _like(connection: duckdb.DuckDBPyConnection, files: list[str], municipality: str) -> list[tuple[Any, ...]]:
    if not files:
        return []
    return connection.execute(
        "SELECT movement, kind, copies, fee_yen, delivered_on, sum(sign)::BIGINT"
        " FROM read_parquet($files) WHERE municipality = $code GROUP BY ALL HAVING sum(sign) <> 0 ORDER BY ALL",
        {"files": files, "code": int(municipality)},
    ).fetchall()
