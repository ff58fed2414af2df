"""An invented tax ledger for the residents of 汐見市: incomes by age, deductions, levies and payments that add up."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence

from itaku.basis.yen import Yen
from itaku.issuance.certificates.tax_facts import Deductions, Income, Levies, Payment
from itaku.issuance.municipality.registry import Resident
from itaku.issuance.municipality.tax_entries import TaxEntry
from itaku.issuance.protocol.fiscal_years import FiscalYearRow, offered_year

FISCAL_YEARS = tuple(FiscalYearRow(year, dt.date(year, 6, 10)) for year in range(2016, 2046))
"""In 汐見市 each fiscal year is offered from 10 June of its year, and the old one until then."""

_OLDEST_MINOR = 17
_UNTAXED_UP_TO_YEN = 450_000
"""Up to this 合計所得金額 no tax is levied in this invented city."""
_FOREST_SINCE = 2024
_CAPITA = ((3_500, 1_500), (3_000, 1_000))
"""均等割額 of city and prefecture before the forest tax, and since."""


def tax_entries(residents: Sequence[Resident], told: frozenset[str], today: dt.date) -> Iterator[TaxEntry]:
    """Entries of the year that is offered and the one before, the same each time.

    Those in `told`, whose cards show something else, have plain entries; of the others some have not paid, some
    have a return under way, and some have filed none.
    """
    offered = offered_year(FISCAL_YEARS, today)
    assert offered is not None, "the sandbox lives after 2016"
    for resident in residents:
        for year in (offered - 1, offered):
            first = dt.date(year, 1, 1)
            there = resident.removed_on is None and resident.became_resident_on <= first
            if there and first.year - resident.birth_date.year > _OLDEST_MINOR:
                yield _entry(resident, year, plain=resident.resident_no in told)


def _entry(resident: Resident, year: int, *, plain: bool) -> TaxEntry:
    rng = random.Random(f"tax {resident.resident_no} {year}")  # noqa: S311 the same ledger each time, on purpose
    income = _income(rng, year - resident.birth_date.year)
    deductions = _deductions(rng, income)
    levies = _levies(year, income, deductions)
    odd = 1.0 if plain else rng.random()
    return TaxEntry(
        resident_no=resident.resident_no,
        fiscal_year=year,
        address=resident.address,
        income=None if odd < 0.02 else income,
        dependants=deductions.dependants_yen // 330_000,
        deductions=deductions,
        levies=_levies(year, None, deductions) if odd < 0.02 else levies,
        payment=_payment(year, Yen(0) if odd < 0.02 else levies.annual_yen, overdue=0.04 <= odd < 0.08),
        filing_pending=0.02 <= odd < 0.04,
    )


def _income(rng: random.Random, age: int) -> Income:
    salary = pension = business = rent = 0
    if age >= 65:
        pension = rng.randrange(60, 280) * 10_000
        salary = rng.choice((0, 0, 0, 96)) * 10_000
    elif age < 22 or rng.random() < 0.15:
        salary = rng.choice((0, 0, 80)) * 10_000
    else:
        salary = rng.randrange(220, 900) * 10_000
        business = rng.choice((0, 0, 0, 0, 35, -12)) * 10_000
    if rng.random() < 0.05:
        rent = rng.randrange(10, 90) * 10_000
    salary_net = max(0, salary - 550_000 - salary // 5)
    pension_net = max(0, pension - 1_100_000)
    total = salary_net + pension_net + business + rent
    return Income(*map(Yen, (salary, salary_net, pension, pension_net, business, rent, 0, total)))


def _deductions(rng: random.Random, income: Income) -> Deductions:
    insurance = (income.salary_revenue_yen + income.pension_revenue_yen) // 100_000 * 14_000
    life = rng.choice((0, 0, 28_000, 56_000))
    earns = income.total_yen > 2_000_000
    spouse = 330_000 if earns and rng.random() < 0.3 else 0
    dependants = 330_000 * rng.choice((0, 0, 0, 1, 2)) if earns else 0
    parts = (insurance, life, spouse, dependants, 430_000, 0)
    return Deductions(*map(Yen, (*parts, sum(parts))))


def _levies(year: int, income: Income | None, deductions: Deductions) -> Levies:
    if income is None or income.total_yen <= _UNTAXED_UP_TO_YEN:
        return Levies(*[Yen(0)] * 7)
    base = max(0, income.total_yen - deductions.total_yen) // 1_000 * 1_000
    city, prefecture = base * 6 // 100 // 100 * 100, base * 4 // 100 // 100 * 100
    city_capita, prefecture_capita = _CAPITA[year >= _FOREST_SINCE]
    forest = 1_000 if year >= _FOREST_SINCE else 0
    parts = (city, city_capita, prefecture, prefecture_capita, forest)
    return Levies(*map(Yen, (base, *parts, sum(parts))))


def _payment(year: int, annual_yen: Yen, *, overdue: bool) -> Payment:
    """Four terms; on 31 October three are due, and whoever is overdue has paid the first only."""
    term = annual_yen // 4
    if overdue:
        paid, late = annual_yen - 3 * term, 2 * term
    else:
        paid, late = annual_yen - term, 0
    return Payment(annual_yen, Yen(paid), Yen(term), Yen(late), dt.date(year, 10, 31))
