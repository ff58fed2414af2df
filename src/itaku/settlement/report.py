"""`itaku settle`: the month's statements as a table for people, Japanese with English beside, and as JSON."""

from __future__ import annotations

import unicodedata
from typing import Any

import msgspec

from itaku.basis.yen import yen_text
from itaku.issuance.protocol.kinds import KIND_TITLE
from itaku.settlement.month import Month
from itaku.settlement.source import movements_in
from itaku.settlement.statement import Movements, Statement, make_statement
from itaku.store.postgres import open_pool

_COLUMNS = (
    ("種類", "kind"),
    ("件数", "issuances"),
    ("通数", "issued"),
    ("無効", "voided"),
    ("差引", "net"),
    ("手数料", "fees"),
    ("返金", "refunds"),
)


async def settle(dsn: str, month: str, municipality: str | None = None) -> list[Statement]:
    """The statements of a month `YYYY-MM` from the center's database, by municipality code.

    With a municipality there is always one statement, of nil if nothing was delivered. Raises `MonthUnreadableError`,
    `RateUnknownError`, `RowUnfitError`, and the errors of `store.postgres.open_pool`.
    """
    period = Month.parse(month)
    pool = await open_pool(dsn, max_size=1, application_name="itaku settle")
    try:
        async with pool.acquire() as connection:
            moved = await movements_in(connection, period, municipality)
    finally:
        await pool.close()
    if municipality is not None:
        moved.setdefault(municipality, Movements(()))
    return [make_statement(code, period, each) for code, each in moved.items()]


def statements_json(statements: list[Statement]) -> dict[str, Any]:
    """The statements as plain data, for `--json`."""
    return {"statements": msgspec.to_builtins(statements)}


def statements_text(statements: list[Statement]) -> str:
    """The statements as text for a terminal."""
    if not statements:
        return "この月に交付を終えた証明書はありません / no certificate was delivered in this month\n"
    return "\n".join(_text(statement) for statement in statements)


def _text(statement: Statement) -> str:
    rows = [
        (
            " / ".join(KIND_TITLE[count.kind]),
            f"{count.issuances:,}",
            f"{count.certificates:,}",
            f"{count.voided_certificates:,}",
            f"{count.net_certificates:,}",
            yen_text(count.fees_yen),
            yen_text(count.voided_fees_yen),
        )
        for count in statement.kinds
    ]
    total = sum(count.issuances for count in statement.kinds)
    rows.append(
        (
            "合計 / total",
            f"{total:,}",
            f"{statement.certificates:,}",
            f"{statement.refunded_certificates:,}",
            f"{statement.net_certificates:,}",
            yen_text(statement.fees_yen),
            yen_text(statement.refunds_yen),
        )
    )
    heads = tuple(f"{ja} {en}" for ja, en in _COLUMNS)
    sums = (
        ("手数料（総額） fees, gross", statement.fees_yen),
        ("返金 refunds", statement.refunds_yen),
        ("委託手数料（総額） commission, gross", statement.commission_yen),
        (f"　うち消費税等 {statement.tax_percent}% of which tax", statement.commission_tax_yen),
        ("納付額 to remit", statement.remit_yen),
    )
    lines = [
        f"繰替使用計算書 offset payment statement  {statement.month}  {statement.municipality}",
        "",
        *_table([heads, *rows]),
        "",
        *_table([(name, yen_text(amount)) for name, amount in sums]),
        "",
        "計算の内訳 / working",
        *(f"  {line.ja} / {line.en} [{line.clause}]" for line in statement.working),
    ]
    return "\n".join(lines) + "\n"


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    """Aligned columns: the first to the left, figures to the right."""
    widths = [max(_width(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines: list[str] = []
    for row in rows:
        first = row[0] + " " * (widths[0] - _width(row[0]))
        rest = (" " * (width - _width(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True))
        lines.append("  ".join(["", first, *rest]))
    return lines


def _width(text: str) -> int:
    """Columns of a terminal: full-width characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
