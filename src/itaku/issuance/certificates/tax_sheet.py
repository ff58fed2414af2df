"""所得証明書, 課税（非課税）証明書 and 納税証明書 as ruled blocks: whose, then labels with their sums in yen."""

from __future__ import annotations

from itaku.basis.eras import era_date
from itaku.basis.yen import Yen
from itaku.issuance.certificates.layout import NAME, Block, Cell, Choices, Fitter, Role, Row
from itaku.issuance.certificates.paging import LEFT_MM, TOP_MM
from itaku.issuance.certificates.resident_record import birth_date_text
from itaku.issuance.certificates.tax_facts import Deductions, Income, Levies, Payment, TaxCertificate

_WHO = (44.0, 134.0)
_SUMS = (18.0, 71.0, 89.0)
_SUM: Choices = ((10.5, 1), (9.5, 1))
_GAP_MM = 3.0

Line = tuple[str, str]
"""A label with its text."""


def blocks_of(content: TaxCertificate, fitter: Fitter) -> tuple[Block, ...]:
    """The blocks of the one page: the person, then a block for each part that the kind has."""
    parts: list[tuple[str, list[Line]]] = []
    if content.income is not None:
        parts.append(("所得", _income(content.income)))
    if content.dependants is not None:
        parts.append(("扶養", [("扶養人数", f"{content.dependants}人")]))
    if content.deductions is not None:
        parts.append(("控除", _deductions(content.deductions)))
    if content.levies is not None:
        parts.append(("税額", _levies(content.levies)))
    if content.payment is not None:
        parts.append(("納付", _payment(content.payment)))
    blocks = [Block(LEFT_MM, TOP_MM, _WHO, _who(content, fitter))]
    for heading, lines in parts:
        y = blocks[-1].y_mm + blocks[-1].height_mm + _GAP_MM
        blocks.append(Block(LEFT_MM, round(y, 3), _SUMS, tuple(_rows(heading, lines, fitter))))
    return tuple(blocks)


def _who(content: TaxCertificate, fitter: Fitter) -> tuple[Row, ...]:
    name = fitter.value(content.name, _WHO[1], NAME, role=Role.NAME)
    lines = [("通称", content.alias)] if content.alias else []
    lines.append(("生年月日", birth_date_text(content.birth_date, is_foreign=content.is_foreign)))
    lines.append(("1月1日現在の住所", content.address))
    return (
        Row(11.0, (fitter.label("氏名", _WHO[0]), name)),
        *(Row(7.5, (fitter.label(label, _WHO[0]), fitter.value(text, _WHO[1]))) for label, text in lines),
    )


def _rows(heading: str, lines: list[Line], fitter: Fitter) -> list[Row]:
    empty = Cell(Role.LABEL, (), 8.0)
    return [
        Row(
            6.4,
            (
                fitter.label(heading, _SUMS[0]) if number == 0 else empty,
                fitter.label(label, _SUMS[1]),
                fitter.value(text, _SUMS[2], _SUM, role=Role.AMOUNT),
            ),
        )
        for number, (label, text) in enumerate(lines)
    ]


def _income(income: Income) -> list[Line]:
    return [
        ("給与収入", _yen(income.salary_revenue_yen)),
        ("給与所得", _yen(income.salary_yen)),
        ("公的年金等収入", _yen(income.pension_revenue_yen)),
        ("公的年金等に係る雑所得", _yen(income.pension_yen)),
        ("営業等所得", _yen(income.business_yen)),
        ("不動産所得", _yen(income.property_yen)),
        ("その他の所得", _yen(income.other_yen)),
        ("合計所得金額", _yen(income.total_yen)),
    ]


def _deductions(deductions: Deductions) -> list[Line]:
    return [
        ("社会保険料控除", _yen(deductions.social_insurance_yen)),
        ("生命保険料控除", _yen(deductions.life_insurance_yen)),
        ("配偶者控除", _yen(deductions.spouse_yen)),
        ("扶養控除", _yen(deductions.dependants_yen)),
        ("基礎控除", _yen(deductions.basic_yen)),
        ("その他の控除", _yen(deductions.other_yen)),
        ("所得控除合計", _yen(deductions.total_yen)),
    ]


def _levies(levies: Levies) -> list[Line]:
    return [
        ("課税標準額", _yen(levies.base_yen)),
        ("市民税所得割額", _yen(levies.city_income_yen)),
        ("市民税均等割額", _yen(levies.city_capita_yen)),
        ("県民税所得割額", _yen(levies.prefecture_income_yen)),
        ("県民税均等割額", _yen(levies.prefecture_capita_yen)),
        ("森林環境税額", _yen(levies.forest_yen)),
        ("年税額", _yen(levies.annual_yen)),
    ]


def _payment(payment: Payment) -> list[Line]:
    return [
        ("税目", "市民税・県民税・森林環境税"),
        ("年税額", _yen(payment.annual_yen)),
        ("納付済額", _yen(payment.paid_yen)),
        ("納期未到来額", _yen(payment.not_due_yen)),
        ("未納額", _yen(payment.overdue_yen)),
        ("収納状況の基準日", era_date(payment.as_of)),
    ]


def _yen(amount: Yen) -> str:
    return f"△{-amount:,}円" if amount < 0 else f"{amount:,}円"
