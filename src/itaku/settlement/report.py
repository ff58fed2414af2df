"""`itaku settle`: the month's statements as a table for people, Japanese with English beside, and as JSON."""

from __future__ import annotations

import unicodedata
from typing import Any

import msgspec

from itaku.basis.yen import yen_text
from itaku.issuance.protocol.kinds import KIND_TITLE
from itaku.settlement.glance import MonthAtAGlance
from itaku.settlement.settling import Settled
from itaku.settlement.statement import Statement
from itaku.settlement.statement_rows import tax_sums

_COLUMNS = (
    ("種類", "kind"),
    ("件数", "issuances"),
    ("通数", "issued"),
    ("無効", "voided"),
    ("差引", "net"),
    ("手数料", "fees"),
    ("返金", "refunds"),
)


def settled_json(settled: Settled) -> dict[str, Any]:
    """A settled month as plain data, for `--json`: the statements first, as programs read them, then the rest."""
    found: dict[str, Any] = msgspec.to_builtins(settled)
    return {
        "month": settled.month,
        "agrees": settled.agrees,
        "statements": [
            msgspec.to_builtins(each.statement)
            | {
                "owed_yen": each.statement.owed_yen,
                "offset_yen": each.statement.offset_yen,
                "to_remit_yen": each.statement.to_remit_yen,
                "client_pays_yen": each.statement.client_pays_yen,
                "closed_on": None if each.closed_on is None else each.closed_on.isoformat(),
            }
            for each in settled.municipalities
        ],
        "taken_in": found["taken_in"],
        "municipalities": [
            {name: value for name, value in each.items() if name != "statement"} for each in found["municipalities"]
        ],
        "chains": found["chains"],
        "papers": found["papers"],
    }


def settled_text(settled: Settled) -> str:
    """A settled month as text for a terminal."""
    if not settled.municipalities:
        return "この月に交付を終えた証明書はありません / no certificate was delivered in this month\n"
    return "\n".join(_text(each.statement) + _standing(each) for each in settled.municipalities)


def _standing(glance: MonthAtAGlance) -> str:
    """Whether the month is closed, what is due, and whether the figures agree."""
    closed = glance.closed_on
    state = "締めていない / open" if closed is None else f"締めた日 / closed on {closed}（{glance.closed_by}）"
    lines = ["", f"  {state}"]
    remittance = glance.remittance
    if remittance is not None:
        due = "未指定 / not named" if remittance.due_on is None else str(remittance.due_on)
        lines.append(f"  指定期日 / designated date: {due}　未納 / unpaid: {yen_text(remittance.unpaid_yen)} [S1-12-2]")
        if remittance.charge is not None and remittance.charge.yen is not None:
            lines.append(f"  延滞損害金 / late charge: {yen_text(remittance.charge.yen)} [S1-15-1]")
    number = "未登録 / not entered" if glance.registration is None else glance.registration.number
    lines.append(f"  登録番号 / invoice registration number: {number}")
    for check in glance.checks:
        mark = "一致 / agrees" if check.agrees else "不一致 / DIFFERS"
        lines.append(f"  {check.ja} / {check.en}: {check.left_yen:,} = {check.right_yen:,}　{mark} [{check.clause}]")
    return "\n".join(lines) + "\n"


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
        *((f"　うち消費税等 {each.percent}% of which tax", each.tax_yen) for each in tax_sums(statement.charges)),
        ("繰替使用額 offset", statement.offset_yen),
        ("納付額 to remit", statement.to_remit_yen),
        *(
            (("甲の現金支払 paid in cash by the client", statement.client_pays_yen),)
            if statement.client_pays_yen
            else ()
        ),
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
