"""The chart of accounts (勘定科目) of entrusted fees, as the contractor (乙) keeps them for each municipality (甲)."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Account(enum.StrEnum):
    """An account. In a line a debit is positive and a credit negative; `grows_by` says which side adds to it."""

    FEES_AT_SHOPS = "fees-at-shops"
    CASH = "cash"
    COMMISSION_DUE = "commission-due"
    OVERREMITTED = "overremitted"
    FEES_OWED = "fees-owed"
    COMMISSION = "commission"
    CONSUMPTION_TAX = "consumption-tax"
    LATE_CHARGE = "late-charge"
    LATE_CHARGE_OWED = "late-charge-owed"
    LATE_CHARGE_WAIVED = "late-charge-waived"

    @property
    def named(self) -> Title:
        """Its names, the side on which it grows, and the clause by which it exists."""
        return TITLES[self]


class Title(NamedTuple):
    """An account for people."""

    ja: str
    en: str
    grows_by: str
    clause: str


TITLES: dict[Account, Title] = {
    Account.FEES_AT_SHOPS: Title("取扱店にある手数料", "Fees in the shops' tills", "debit", "S1-12-2"),
    Account.CASH: Title("預り現金", "Entrusted cash", "debit", "S1-12-2"),
    Account.COMMISSION_DUE: Title("未収委託手数料", "Commission due from the client", "debit", "S1-12-1"),
    Account.OVERREMITTED: Title("過納金", "Remitted too much", "debit", "S1-12-2"),
    Account.FEES_OWED: Title("預り交付手数料", "Fees owed to the client", "credit", "S1-12-2"),
    Account.COMMISSION: Title("委託手数料（税抜）", "Commission, without tax", "credit", "S1-12-1"),
    Account.CONSUMPTION_TAX: Title("仮受消費税等", "Consumption tax within the commission", "credit", "S1-12-1"),
    Account.LATE_CHARGE: Title("延滞損害金", "Late charge", "debit", "S1-15-1"),
    Account.LATE_CHARGE_OWED: Title("未払延滞損害金", "Late charge owed to the client", "credit", "S1-15-1"),
    Account.LATE_CHARGE_WAIVED: Title("延滞損害金の免除", "Late charge waived", "credit", "S1-15-1-但"),
}
"""Every account. `grows_by` stands in the database too, and a test holds both against each other."""
