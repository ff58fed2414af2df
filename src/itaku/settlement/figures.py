"""Tables of figures (内訳表): made once from a month's figures, and shown alike on paper, in Excel and in CSV."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from itaku.basis.yen import Yen
from itaku.contracts.papers.content import Table, TableCell
from itaku.issuance.protocol.kinds import KIND_TITLE
from itaku.settlement.chains import ChainRow
from itaku.settlement.glance import Check
from itaku.settlement.statement import Statement
from itaku.settlement.statement_rows import VOIDED, tax_sums

Value = str | int


class Figures(msgspec.Struct, frozen=True):
    """A table: its file name, titles, header, and rows of texts and whole numbers.

    `columns` are mm on paper, 0 what is left. A text `日本語 / English` stands in two lines there.
    """

    name: str
    ja: str
    en: str
    columns: tuple[int, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    def on_paper(self) -> Table:
        """The table as a paper shows it: figures to the right, with commas."""
        return Table(self.ja, self.en, self.columns, self.header, tuple(tuple(map(_cell, row)) for row in self.rows))


def _cell(value: Value) -> TableCell:
    if isinstance(value, int):
        return TableCell(f"{value:,}", figure=True)
    ja, _, en = value.partition(" / ")
    return TableCell(ja, en)


TOTAL = "合計 / Total"


def by_kind(statement: Statement) -> Figures:
    """種類別: issued, made void, and net, in certificates and yen (S1-12-2, S1-8-1)."""
    rows: list[tuple[Value, ...]] = [
        (
            " / ".join(KIND_TITLE[each.kind]),
            each.issuances,
            each.certificates,
            each.fees_yen,
            each.voided_certificates,
            each.voided_fees_yen,
            each.net_certificates,
            each.fees_yen - each.voided_fees_yen,
        )
        for each in statement.kinds
    ]
    rows.append(
        (
            TOTAL,
            sum(each.issuances for each in statement.kinds),
            statement.certificates,
            statement.fees_yen,
            statement.refunded_certificates,
            statement.refunds_yen,
            statement.net_certificates,
            statement.owed_yen,
        )
    )
    header = ("種類", "件数", "通数", "手数料（円）", "無効通数", "返金（円）", "差引通数", "差引額（円）")
    return Figures("kinds", "種類別の内訳", "By kind", (0, 14, 14, 25, 16, 20, 16, 25), header, tuple(rows))


def by_price(statement: Statement) -> Figures:
    """委託手数料の内訳: certificates at each price, what was made void taken off (S1-12-1)."""
    rows: list[tuple[Value, ...]] = [
        (
            "無効を除く / less voided" if each.counts == VOIDED else "交付 / delivered",
            each.days_ja,
            each.certificates,
            each.price_yen,
            each.tax_percent,
            each.yen,
        )
        for each in statement.charges
    ]
    rows.append((TOTAL, "", sum(each.certificates for each in statement.charges), "", "", statement.commission_yen))
    header = ("区分", "交付の月・日", "通数", "単価（円・税込）", "税率（%）", "金額（円）")
    return Figures("prices", "委託手数料の内訳", "Commission by price", (0, 34, 22, 28, 18, 30), header, tuple(rows))


def by_tax_rate(statement: Statement) -> Figures:
    """税率ごとの消費税等: taken once from the sum at each rate, cut below one yen (S1-12-1)."""
    rows: list[tuple[Value, ...]] = [
        (f"{percent}%", yen, tax, yen - tax) for percent, yen, tax in tax_sums(statement.charges)
    ]
    total, taxes = statement.commission_yen, statement.commission_tax_yen
    rows.append((TOTAL, total, taxes, total - taxes))
    header = ("税率", "税込額（円）", "うち消費税等（円）", "税抜額（円）")
    return Figures("taxes", "税率ごとの消費税等", "Tax by rate", (0, 42, 42, 42), header, tuple(rows))


def sums(statement: Statement) -> Figures:
    """繰替使用: both sides at gross, and the cash that is left of them (S1-12-3)."""
    pairs: tuple[tuple[str, Yen], ...] = (
        ("手数料の収納（総額） / Fees, gross", statement.fees_yen),
        ("返金 / Refunds", statement.refunds_yen),
        ("収納金額 / Fees owed", statement.owed_yen),
        ("委託手数料（総額） / Commission, gross", statement.commission_yen),
        ("うち消費税等 / Of which tax", statement.commission_tax_yen),
        ("繰替使用額 / Offset", statement.offset_yen),
        ("納付額 / To remit", statement.to_remit_yen),
        ("甲が現金で支払う委託手数料 / Commission that the client pays in cash", statement.client_pays_yen),
    )
    return Figures("sums", "総括", "Sums", (0, 50), ("項目", "金額（円）"), pairs)


def by_chain(rows: Sequence[ChainRow]) -> Figures:
    """事業者別: what each chain's tills took, gave back, handed over and hold (S1-12-2)."""
    shown = _with_total([(each.chain_ja, _till(each)) for each in rows], len(_TILL_HEADER))
    return Figures("chains", "取扱事業者別の内訳", "By chain", _TILL_COLUMNS, ("事業者", *_TILL_HEADER), shown)


def of_chain(rows: Sequence[ChainRow]) -> Figures:
    """一事業者の計算書: its tills for each municipality (S1-12-2)."""
    shown = _with_total([(each.municipality, _till(each)) for each in rows], len(_TILL_HEADER))
    ja, en = "市区町村別の内訳", "By municipality"
    return Figures("municipalities", ja, en, _TILL_COLUMNS, ("団体コード", *_TILL_HEADER), shown)


_TILL_HEADER = ("通数", "収納額", "無効", "返金", "差引額", "前月末", "入金", "月末残")
_TILL_COLUMNS = (0, 14, 21, 10, 15, 21, 21, 21, 21)


def _till(row: ChainRow) -> tuple[int, ...]:
    return (
        row.certificates,
        row.taken_yen,
        row.voided_certificates,
        row.refunded_yen,
        row.net_yen,
        row.opening_yen,
        row.handed_over_yen,
        row.closing_yen,
    )


def _with_total(rows: Sequence[tuple[str, tuple[int, ...]]], width: int) -> tuple[tuple[Value, ...], ...]:
    """Named rows of figures, and their total below."""
    shown: list[tuple[Value, ...]] = [(name, *figures) for name, figures in rows]
    shown.append((TOTAL, *(sum(figures[at] for _, figures in rows) for at in range(width))))
    return tuple(shown)


def checked(checks: Sequence[Check]) -> Figures:
    """突合: figures that must be one, both of them, and the clause by which they must."""
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            f"{each.ja} / {each.en}",
            each.left_yen,
            each.right_yen,
            "一致 / agrees" if each.agrees else "不一致 / DIFFERS",
            each.clause,
        )
        for each in checks
    )
    header = ("突合", "左（円）", "右（円）", "結果", "根拠")
    return Figures("checks", "突合の結果", "What must agree", (0, 30, 30, 22, 26), header, rows)


def by_municipality(statements: Sequence[Statement]) -> Figures:
    """市区町村別の総括 of one month: everything that the contractor settles, and its total."""
    rows = _with_total([(each.municipality, _sums(each)) for each in statements], len(_SUMS))
    columns = (0, 19, 14, 23, 17, 22, 20, 22, 23, 18)
    return Figures("municipalities", "市区町村別の総括", "By municipality", columns, ("団体コード", *_SUMS), rows)


def narrow(statements: Sequence[Statement]) -> Figures:
    """The same for a sheet of paper, upright: what is collected, charged and remitted."""
    whole = by_municipality(statements)
    kept = (0, 1, 3, 4, 5, 8)
    header = tuple(whole.header[at] for at in kept)
    rows = tuple(tuple(row[at] for at in kept) for row in whole.rows)
    return Figures(whole.name, whole.ja, whole.en, (0, 24, 30, 24, 30, 30), header, rows)


_SUMS = ("通数", "無効", "収納額", "返金", "委託手数料", "うち税", "繰替使用", "納付額", "甲支払")


def _sums(statement: Statement) -> tuple[int, ...]:
    return (
        statement.certificates,
        statement.refunded_certificates,
        statement.fees_yen,
        statement.refunds_yen,
        statement.commission_yen,
        statement.commission_tax_yen,
        statement.offset_yen,
        statement.to_remit_yen,
        statement.client_pays_yen,
    )
