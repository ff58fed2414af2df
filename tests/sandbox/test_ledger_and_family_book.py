"""The invented tax ledger and family registers of 汐見市: whole, consistent, and the same each time."""

import collections
import datetime as dt

import pytest

from itaku.basis.clock import to_instant
from itaku.issuance.certificates.composition import compose
from itaku.issuance.certificates.failures import MissingGlyph
from itaku.issuance.certificates.fonts import installed_font
from itaku.issuance.certificates.layout import Fitter
from itaku.issuance.certificates.register_facts import Birth, Death
from itaku.issuance.municipality.eligibility import Withheld, check
from itaku.issuance.municipality.extract import extract
from itaku.issuance.municipality.registry import Household
from itaku.issuance.protocol.kinds import (
    FamilyRegisterAddressOptions,
    FamilyRegisterAllOptions,
    IncomeOptions,
    RecordItem,
    ResidentRecordItemsOptions,
    TaxationOptions,
    TaxPaymentOptions,
)
from itaku.sandbox.residents import invent
from itaku.sandbox.tax_ledger import FISCAL_YEARS
from itaku.sandbox.town import NAME_JA

TODAY = dt.date(2026, 11, 21)
NOW = to_instant(dt.datetime(2026, 11, 21, 1, 0, tzinfo=dt.UTC))
POPULATION = invent(TODAY)
TAXES = tuple(POPULATION.taxes(TODAY))
REGISTERS = tuple(POPULATION.registers())


@pytest.fixture(scope="module")
def households():
    members, taxes, registers = collections.defaultdict(list), collections.defaultdict(list), {}
    for resident in POPULATION.residents:
        members[resident.household_no].append(resident)
    for entry in TAXES:
        taxes[entry.resident_no].append(entry)
    for register in REGISTERS:
        for member in register.members:
            if member.resident_no:
                assert member.resident_no not in registers, "nobody is in two registers"
                registers[member.resident_no] = register
    return [
        Household(
            resident,
            tuple(members[resident.household_no]),
            None,
            NOW,
            tuple(taxes[resident.resident_no]),
            registers.get(resident.resident_no),
        )
        for resident in POPULATION.residents
    ]


@pytest.mark.parametrize(
    ("options", "least", "reasons"),
    [
        (IncomeOptions(2026), 700, {"tax_filing_pending", "tax_undeclared", "tax_not_assessed"}),
        (TaxationOptions(2026), 700, {"tax_filing_pending", "tax_undeclared", "tax_not_assessed"}),
        (TaxPaymentOptions(2026), 700, {"tax_filing_pending", "tax_not_assessed"}),
        (FamilyRegisterAllOptions(), 400, {"register_elsewhere", "register_foreign", "register_filing_pending"}),
        (FamilyRegisterAddressOptions(), 400, {"register_elsewhere", "register_foreign", "register_filing_pending"}),
        (ResidentRecordItemsOptions(items=tuple(RecordItem)), 700, {"planned_leaver"}),
    ],
)
def test_what_is_issued_is_whole_and_the_rest_has_a_reason(households, options, least, reasons):
    fitter = Fitter(installed_font())
    issued = 0
    told = collections.Counter()
    for household in households:
        try:
            check(household, options, NOW, NOW, 300_000, FISCAL_YEARS)
            compose(extract(household, options), fitter)
            issued += 1
        except (Withheld, MissingGlyph) as withheld:
            told[withheld.code] += 1
    assert issued >= least
    assert reasons <= told.keys()
    assert told["record_incomplete"] <= 1, "one story is about an incomplete record; no other record may be"


def test_ledger_and_registers_are_the_same_each_time():
    again = invent(TODAY)
    assert tuple(again.taxes(TODAY)) == TAXES
    assert tuple(again.registers()) == REGISTERS


def test_the_ledger_shows_taxed_and_untaxed_and_someone_who_is_behind():
    offered = [entry for entry in TAXES if entry.fiscal_year == 2026]
    assert {entry.levies.annual_yen > 0 for entry in offered} == {True, False}
    assert any(entry.payment.overdue_yen for entry in offered)
    assert {entry.fiscal_year for entry in TAXES} == {2025, 2026}


def test_nothing_in_a_register_happened_before_birth_or_after_today():
    for register in REGISTERS:
        assert register.domicile.startswith(NAME_JA)
        assert register.made_on <= TODAY
        for member in register.members:
            births = [entry.born_on for entry in member.person.entries if isinstance(entry, Birth)]
            assert births == [member.person.birth_date]
            deaths = [entry.died_on for entry in member.person.entries if isinstance(entry, Death)]
            assert all(member.person.birth_date < day <= TODAY for day in deaths)
            assert member.person.removed == bool(deaths)
            assert all(entry.since <= TODAY for entry in member.addresses)


def test_a_child_is_a_child_of_those_at_the_head_of_its_register():
    pairs = 0
    for register in REGISTERS:
        heads = {member.person.name.replace("　", "") for member in register.members if member.role.value != "child"}
        for member in register.members:
            if member.role.value == "child":
                parents = {name for name in (member.person.father, member.person.mother) if name}
                assert parents, member.person.relation
                assert parents <= heads
                pairs += 1
    assert pairs > 100
