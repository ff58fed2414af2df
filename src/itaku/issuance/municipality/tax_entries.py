"""Entries of the tax ledger (課税台帳・収納): one person and fiscal year, assessed by this municipality."""

from __future__ import annotations

import msgspec

from itaku.issuance.certificates.tax_facts import Deductions, Income, Levies, Payment
from itaku.issuance.protocol.kinds import FiscalYear


class TaxEntry(msgspec.Struct, frozen=True):
    """市民税・県民税 of one person and year. Whoever did not live here on 1 January has no entry here."""

    resident_no: str
    fiscal_year: FiscalYear
    address: str
    """1月1日現在の住所."""
    income: Income | None
    """None: no return was filed and none was due from others (未申告), so the income is not known."""
    dependants: int
    deductions: Deductions
    levies: Levies
    payment: Payment
    filing_pending: bool = False
    """申告・更正の処理中: the sums are about to change."""

    @property
    def contradicts_itself(self) -> bool:
        """Whether ledger and payments speak of different taxes (R8)."""
        return self.payment.annual_yen != self.levies.annual_yen
