"""市民税・県民税 of one person and year as typed facts, and what a tax certificate says of them. Sums in yen."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec

from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import FiscalYear, Kind

Sum = Annotated[Yen, msgspec.Meta(ge=0, le=10**13)]
Loss = Annotated[Yen, msgspec.Meta(ge=-(10**13), le=10**13)]
"""An income that may be a loss."""


class Income(msgspec.Struct, frozen=True):
    """所得 of the year before the fiscal year."""

    salary_revenue_yen: Sum
    """給与収入."""
    salary_yen: Sum
    """給与所得."""
    pension_revenue_yen: Sum
    """公的年金等の収入."""
    pension_yen: Sum
    """公的年金等に係る雑所得."""
    business_yen: Loss
    """営業等所得."""
    property_yen: Loss
    """不動産所得."""
    other_yen: Sum
    """その他の所得."""
    total_yen: Loss
    """合計所得金額."""

    @property
    def adds_up(self) -> bool:
        """Whether the total is the sum of the incomes."""
        parts = (self.salary_yen, self.pension_yen, self.business_yen, self.property_yen, self.other_yen)
        return sum(parts) == self.total_yen


class Deductions(msgspec.Struct, frozen=True):
    """所得控除."""

    social_insurance_yen: Sum
    """社会保険料控除."""
    life_insurance_yen: Sum
    """生命保険料控除."""
    spouse_yen: Sum
    """配偶者控除."""
    dependants_yen: Sum
    """扶養控除."""
    basic_yen: Sum
    """基礎控除."""
    other_yen: Sum
    """その他の控除."""
    total_yen: Sum
    """所得控除の合計."""

    @property
    def adds_up(self) -> bool:
        """Whether the total is the sum of the deductions."""
        *parts, total = msgspec.structs.astuple(self)
        return bool(sum(parts) == total)


class Levies(msgspec.Struct, frozen=True):
    """課税標準額 and the levies of the year."""

    base_yen: Sum
    """課税標準額."""
    city_income_yen: Sum
    """市民税所得割額."""
    city_capita_yen: Sum
    """市民税均等割額."""
    prefecture_income_yen: Sum
    """県民税所得割額."""
    prefecture_capita_yen: Sum
    """県民税均等割額."""
    forest_yen: Sum
    """森林環境税額 (since 令和6年度)."""
    annual_yen: Sum
    """年税額."""

    @property
    def adds_up(self) -> bool:
        """Whether the year's tax is the sum of the levies."""
        _base, *parts, annual = msgspec.structs.astuple(self)
        return bool(sum(parts) == annual)


class Payment(msgspec.Struct, frozen=True):
    """納付の状況 as booked on `as_of`: what is unpaid is said, not withheld."""

    annual_yen: Sum
    """年税額."""
    paid_yen: Sum
    """納付済額."""
    not_due_yen: Sum
    """納期未到来額."""
    overdue_yen: Sum
    """未納額: due and not paid."""
    as_of: dt.date
    """収納状況の基準日."""

    @property
    def adds_up(self) -> bool:
        """Whether what is paid, not yet due and overdue is the year's tax."""
        return self.paid_yen + self.not_due_yen + self.overdue_yen == self.annual_yen


class TaxCertificate(msgspec.Struct, frozen=True, tag="tax"):
    """所得証明書, 課税証明書, 非課税証明書 or 納税証明書 of one person. `None` means: no part of this kind."""

    kind: Kind
    name: str
    alias: str
    birth_date: dt.date
    is_foreign: bool
    address: str
    """1月1日現在の住所."""
    fiscal_year: FiscalYear
    income: Income | None
    dependants: int | None
    """扶養人数."""
    deductions: Deductions | None
    levies: Levies | None
    payment: Payment | None

    @property
    def is_taxed(self) -> bool:
        """Whether any tax is levied: 課税証明書 if so, else 非課税証明書."""
        return self.levies is not None and self.levies.annual_yen > 0
