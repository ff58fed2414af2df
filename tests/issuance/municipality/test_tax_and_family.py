"""Tax and family register certificates at the municipality: replicated, withheld for each reason, extracted."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from invented_residents import FOREIGN, NOW, PEOPLE

from itaku.basis.clock import JST, InstantMs, to_instant
from itaku.basis.yen import Yen
from itaku.issuance.certificates.completeness import require_complete
from itaku.issuance.certificates.content import Sex
from itaku.issuance.certificates.contents import kind_of_content
from itaku.issuance.certificates.register_facts import AddressEntry, Birth, Marriage, RegisterPerson
from itaku.issuance.certificates.tax_facts import Deductions, Income, Levies, Payment
from itaku.issuance.municipality.eligibility import Withheld, check
from itaku.issuance.municipality.extract import extract
from itaku.issuance.municipality.family_registers import FamilyRegister, RegisterMember, RegisterRole, kinship
from itaku.issuance.municipality.feed import Delta, Outcome, decode_request, encode
from itaku.issuance.municipality.registry import Block
from itaku.issuance.municipality.replica import REPLICA_MIGRATIONS, apply_delta, household_of, load_snapshot
from itaku.issuance.municipality.tax_entries import TaxEntry
from itaku.issuance.protocol.fiscal_years import FiscalYearRow, offered_year
from itaku.issuance.protocol.kinds import (
    FamilyRegisterAddressOptions,
    FamilyRegisterAllOptions,
    FamilyRegisterIndividualOptions,
    IncomeOptions,
    Kind,
    Member,
    RecordItem,
    ResidentRecordItemsOptions,
    TaxationOptions,
    TaxPaymentOptions,
    kind_of,
)
from itaku.issuance.protocol.refusals import REFUSALS
from itaku.store.postgres import migrate, open_pool

LIMIT_MS = 300_000
YEARS = (FiscalYearRow(2025, dt.date(2025, 6, 10)), FiscalYearRow(2026, dt.date(2026, 6, 10)))
TAX = (IncomeOptions(2026), TaxationOptions(2026), TaxPaymentOptions(2026))
FAMILY = (FamilyRegisterAllOptions(), FamilyRegisterIndividualOptions(), FamilyRegisterAddressOptions())


def yen(*amounts):
    return [Yen(amount) for amount in amounts]


def tax_entry(resident_no="N0001", year=2026, **changes):
    usual = TaxEntry(
        resident_no=resident_no,
        fiscal_year=year,
        address="汐見市潮見台一丁目2番3号",
        income=Income(*yen(3_000_000, 2_000_000, 0, 0, 0, 0, 0, 2_000_000)),
        dependants=0,
        deductions=Deductions(*yen(300_000, 0, 0, 0, 430_000, 0, 730_000)),
        levies=Levies(*yen(1_270_000, 76_200, 3_000, 50_800, 1_000, 1_000, 132_000)),
        payment=Payment(*yen(132_000, 99_000, 33_000, 0), dt.date(2026, 10, 31)),
    )
    return msgspec.structs.replace(usual, **changes)


def member(resident, role=RegisterRole.HEAD, *, protected=False, **changes):
    surname, given = resident.name.split("　")
    person = RegisterPerson(
        surname,
        given,
        resident.birth_date,
        "",
        "汐見清",
        "汐見松子",
        "長男",
        (Birth(resident.birth_date, "汐見市", resident.birth_date, "父"),),
    )
    address = (AddressEntry(resident.address, dt.date(2010, 4, 1)),)
    person = msgspec.structs.replace(person, **changes)
    return RegisterMember(resident.resident_no, role, person, Sex.MALE, address, protected)


HOLDER, SPOUSE, CHILD = (PEOPLE.person(number) for number in (1, 2, 3))


def register(*members, **changes):
    everyone = members or (
        member(HOLDER),
        member(SPOUSE, RegisterRole.SPOUSE),
        member(CHILD, RegisterRole.CHILD),
    )
    usual = FamilyRegister("F1", "汐見市浜町四丁目56番地", "汐見　1郎", dt.date(2005, 2, 2), everyone)
    return msgspec.structs.replace(usual, **changes)


def household(*, taxes=None, kept=None, holder=HOLDER):
    usual = PEOPLE.household(holder)
    return msgspec.structs.replace(usual, taxes=(tax_entry(),) if taxes is None else taxes, register=kept)


def told(about, options, now=NOW):
    try:
        check(about, options, now, now, LIMIT_MS, YEARS)
    except Withheld as withheld:
        return withheld.code
    content = extract(about, options)
    require_complete(content)
    assert kind_of_content(content) is kind_of(options)
    return "ok"


@pytest.mark.parametrize("options", TAX)
def test_whoever_was_assessed_here_gets_each_tax_certificate(options):
    assert told(household(), options) == "ok"


@pytest.mark.parametrize("options", TAX)
def test_whoever_was_not_assessed_here_is_told_so(options):
    assert told(household(taxes=()), options) == "tax_not_assessed"
    assert told(household(taxes=(tax_entry(year=2025),)), options) == "tax_not_assessed"


@pytest.mark.parametrize("options", TAX)
def test_no_entry_of_another_person_is_taken_for_the_holders(options):
    assert told(household(taxes=(tax_entry("N0002"),)), options) == "tax_not_assessed"


@pytest.mark.parametrize("options", TAX)
def test_a_return_under_way_withholds_all_tax_certificates(options):
    assert told(household(taxes=(tax_entry(filing_pending=True),)), options) == "tax_filing_pending"


def test_without_a_return_income_is_not_certified_but_payment_is():
    about = household(taxes=(tax_entry(income=None),))
    assert [told(about, options) for options in TAX] == ["tax_undeclared", "tax_undeclared", "ok"]


@pytest.mark.parametrize("options", TAX)
def test_a_ledger_that_contradicts_its_payments_is_withheld(options):
    payment = Payment(*yen(130_000, 130_000, 0, 0), dt.date(2026, 10, 31))
    assert told(household(taxes=(tax_entry(payment=payment),)), options) == "record_incomplete"


def test_sums_that_do_not_add_up_withhold_the_certificate_that_states_them():
    wrong = Income(*yen(3_000_000, 2_000_000, 0, 0, 0, 0, 0, 2_000_001))
    assert told(household(taxes=(tax_entry(income=wrong),)), IncomeOptions(2026)) == "record_incomplete"


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (dt.date(2025, 6, 9), None),
        (dt.date(2025, 6, 10), 2025),
        (dt.date(2026, 6, 9), 2025),
        (dt.date(2026, 6, 10), 2026),
        (dt.date(2030, 1, 1), 2026),
    ],
)
def test_during_the_yearly_switch_the_old_year_alone_is_offered(day, year):
    assert offered_year(YEARS, day) == year


def test_the_new_year_is_refused_until_its_first_day_even_where_its_ledger_is_there():
    about = household(taxes=(tax_entry(year=2025), tax_entry(year=2026)))
    evening = to_instant(dt.datetime(2026, 6, 9, 23, 59, tzinfo=JST))
    morning = InstantMs(evening + 60_000)
    for options, at_evening, at_morning in (
        (IncomeOptions(2025), "ok", "fiscal_year_not_offered"),
        (IncomeOptions(2026), "fiscal_year_not_offered", "ok"),
    ):
        assert told(about, options, evening) == at_evening
        assert told(about, options, morning) == at_morning


def test_a_tax_certificate_says_no_more_than_its_kind_needs():
    income, taxation, payment = (extract(household(), options) for options in TAX)
    assert (income.deductions, income.levies, income.payment) == (None, None, None)
    assert taxation.payment is None
    assert (payment.income, payment.dependants, payment.deductions, payment.levies) == (None, None, None, None)


@pytest.mark.parametrize("options", FAMILY)
def test_whoever_is_in_a_register_kept_here_gets_each_family_certificate(options):
    assert told(household(kept=register()), options) == "ok"


@pytest.mark.parametrize("options", FAMILY)
def test_a_register_that_is_not_kept_here_is_answered_with_where_to_ask(options):
    assert told(household(), options) == "register_elsewhere"
    assert told(household(kept=register(member(SPOUSE))), options) == "register_elsewhere"


@pytest.mark.parametrize("options", FAMILY)
def test_each_block_of_a_register_has_its_own_answer(options):
    removed = register(member(HOLDER, removed=True), member(SPOUSE, RegisterRole.SPOUSE))
    assert told(household(kept=register(closed=True)), options) == "register_closed"
    assert told(household(kept=removed), options) == "register_moved"
    assert told(household(kept=register(filing_pending=True)), options) == "register_filing_pending"


@pytest.mark.parametrize("options", FAMILY)
def test_foreign_residents_are_told_that_they_have_no_register(options):
    assert told(household(holder=PEOPLE.person(1, foreign=FOREIGN)), options) == "register_foreign"


def test_a_protected_person_in_the_register_withholds_every_certificate_that_shows_them():
    kept = register(member(HOLDER), member(SPOUSE, RegisterRole.SPOUSE, protected=True))
    everyone, myself, addresses = (told(household(kept=kept), options) for options in FAMILY)
    assert (everyone, myself, addresses) == ("dv_protected", "ok", "dv_protected")


@pytest.mark.parametrize("options", FAMILY)
@pytest.mark.parametrize("change", [{"given_name": "太郎"}, {"birth_date": dt.date(1979, 1, 1)}])
def test_a_register_that_ties_the_card_to_another_name_or_birth_date_is_withheld(options, change):
    wrong = member(HOLDER, **change)
    born = (Birth(wrong.person.birth_date, "汐見市", wrong.person.birth_date, "父"),)
    wrong = msgspec.structs.replace(wrong, person=msgspec.structs.replace(wrong.person, entries=born))
    assert told(household(kept=register(wrong)), options) == "record_incomplete"


def test_one_number_twice_in_a_register_ties_nobody_to_it():
    twice = register(member(HOLDER), member(HOLDER, RegisterRole.SPOUSE))
    assert told(household(kept=twice), FAMILY[0]) == "register_elsewhere"


@pytest.mark.parametrize("block", [Block.DECEASED, Block.PROTECTED, Block.MOVED_OUT, Block.CHARACTER_PENDING])
@pytest.mark.parametrize("options", [*TAX, *FAMILY, ResidentRecordItemsOptions()])
def test_what_withholds_the_holder_withholds_every_kind(block, options):
    about = household(kept=register(), holder=PEOPLE.person(1, blocks=(block,)))
    assert told(about, options) == ("dv_protected" if block is Block.PROTECTED else block.value)


def test_kin_are_told_apart_within_a_register():
    head, spouse, child = register().members
    sibling = member(PEOPLE.person(4), RegisterRole.CHILD)
    seen = {(a.role.value, b.role.value): kinship(a, b) for a in (head, spouse, child) for b in (head, spouse, child)}
    assert seen["head", "spouse"] is seen["spouse", "head"] is Member.SPOUSE
    assert seen["head", "child"] is seen["spouse", "child"] is Member.CHILDREN
    assert seen["child", "head"] is seen["child", "spouse"] is Member.PARENTS
    assert kinship(child, sibling) is Member.OTHERS
    assert kinship(child, child) is Member.SELF


def test_chosen_people_of_a_register_are_shown_and_nobody_else():
    options = FamilyRegisterIndividualOptions((Member.CHILDREN,))
    content = extract(household(kept=register()), options)
    assert [person.given_name for person in content.people] == ["3郎"]
    assert told(household(kept=register(member(HOLDER))), options) == "members_none"
    assert told(household(kept=register()), FamilyRegisterIndividualOptions(())) == "option_not_allowed"


def test_removed_people_stand_on_the_whole_register_and_nowhere_else():
    left = member(CHILD, RegisterRole.CHILD, removed=True)
    kept = register(member(HOLDER), left)
    whole, _, addresses = (extract(household(kept=kept), options) for options in FAMILY)
    assert [person.removed for person in whole.people] == [False, True]
    assert [person.name for person in addresses.people] == ["汐見　1郎"]
    assert told(household(kept=kept), FamilyRegisterIndividualOptions((Member.CHILDREN,))) == "members_none"


def test_domicile_and_head_stand_on_the_address_record_only_if_asked_for():
    plain, asked = (
        extract(household(kept=register()), FamilyRegisterAddressOptions(registered_domicile=shown))
        for shown in (False, True)
    )
    assert (plain.domicile, plain.head_name) == (None, None)
    assert (asked.domicile, asked.head_name) == ("汐見市浜町四丁目56番地", "汐見　1郎")


def test_only_the_items_asked_for_leave_the_register():
    (person,) = extract(household(), ResidentRecordItemsOptions(items=(RecordItem.SEX,))).people
    assert person.sex is Sex.MALE
    hidden = ("became_resident_on", "head_name", "relation", "registered_domicile", "individual_number", "foreign")
    assert [getattr(person, item) for item in hidden] == [None] * len(hidden)
    twice = ResidentRecordItemsOptions(items=(RecordItem.SEX, RecordItem.SEX))
    assert told(household(), twice) == "option_not_allowed"


def test_every_new_block_has_words_and_a_next_step():
    for code in (
        "fiscal_year_not_offered",
        "tax_not_assessed",
        "tax_filing_pending",
        "tax_undeclared",
        "register_foreign",
        "register_elsewhere",
        "register_closed",
        "register_moved",
        "register_filing_pending",
    ):
        refusal = REFUSALS[code]
        assert all((refusal.ja, refusal.next_ja, refusal.en, refusal.next_en)), code


# ---- the replica ----


@pytest.fixture
async def conn(postgres_dsn):
    pool = await open_pool(postgres_dsn, max_size=1)
    await migrate(pool, "replica", REPLICA_MIGRATIONS[:1])
    await migrate(pool, "replica", REPLICA_MIGRATIONS)
    async with pool.acquire() as connection:
        yield connection
    await pool.close()


async def load(conn, taxes=(), registers=()):
    await load_snapshot(conn, [HOLDER, SPOUSE, CHILD], [], 0, NOW, taxes, registers)


async def found(conn, kind):
    return await household_of(conn, HOLDER.card_serial, kind)


def delta(seq, **changes):
    return Delta(seq, InstantMs(NOW + seq * 1000), **changes)


async def test_what_was_loaded_is_found_for_the_kinds_that_need_it_and_for_no_other(conn):
    older = tax_entry(year=2025)
    await load(conn, [tax_entry(), older, tax_entry("N0002")], [register()])
    tax = await found(conn, Kind.INCOME)
    family = await found(conn, Kind.FAMILY_REGISTER_ALL)
    record = await found(conn, Kind.RESIDENT_RECORD)
    assert (tax.taxes, tax.register) == ((older, tax_entry()), None)
    assert (family.taxes, family.register) == ((), register())
    assert (record.taxes, record.register) == ((), None)
    assert tax.members == family.members == record.members


async def test_deltas_change_entries_and_registers_whole(conn):
    await load(conn, [tax_entry()], [register()])
    changed = tax_entry(filing_pending=True)
    smaller = register(member(HOLDER), filing_pending=True)
    sent = delta(1, taxes=(changed,), registers=(smaller,))
    assert decode_request(encode(sent)) == sent
    assert (await apply_delta(conn, sent)).outcome is Outcome.APPLIED
    assert (await found(conn, Kind.INCOME)).taxes == (changed,)
    assert (await found(conn, Kind.FAMILY_REGISTER_ALL)).register == smaller
    gone = delta(2, tax_deletions=(("N0001", 2026),), register_deletions=("F1",))
    assert (await apply_delta(conn, gone)).outcome is Outcome.APPLIED
    assert (await found(conn, Kind.INCOME)).taxes == ()
    assert (await found(conn, Kind.FAMILY_REGISTER_ALL)).register is None


async def test_deleting_a_person_deletes_their_tax_entries_and_a_new_person_does_not_inherit_them(conn):
    await load(conn, [tax_entry()], [])
    await apply_delta(conn, delta(1, deletions=(HOLDER.resident_no,)))
    await apply_delta(conn, delta(2, upserts=(HOLDER,)))
    assert (await found(conn, Kind.INCOME)).taxes == ()


async def test_a_person_in_two_registers_contradicts_the_replica(conn):
    await load(conn, [], [register()])
    second = register(member(HOLDER), register_no="F2")
    answer = await apply_delta(conn, delta(1, registers=(second,)))
    assert (answer.outcome, answer.proven) == (Outcome.CONTRADICTION, False)


async def test_whoever_left_one_register_for_another_is_found_in_the_new_one(conn):
    parents = register(member(SPOUSE), member(HOLDER, RegisterRole.CHILD, removed=True), register_no="F0")
    own = register(member(HOLDER), register_no="F9")
    await load(conn, [], [parents, own])
    assert (await found(conn, Kind.FAMILY_REGISTER_ALL)).register == own


async def test_a_lost_delta_makes_tax_and_family_certificates_wait_too(conn):
    await load(conn, [tax_entry()], [register()])
    await apply_delta(conn, delta(2, taxes=(tax_entry(filing_pending=True),)))
    for options in (*TAX, *FAMILY):
        about = await found(conn, kind_of(options))
        with pytest.raises(Withheld) as withheld:
            check(about, options, NOW, about.as_of, LIMIT_MS, YEARS)
        assert withheld.value.code == "replica_stale"


async def test_a_marriage_entry_survives_the_way_through_the_replica(conn):
    married = Marriage(dt.date(2006, 1, 1), "髙﨑　桜", former_register="汐見市")
    person = member(HOLDER, spouse_mark="夫")
    entries = (*person.person.entries, married)
    kept = register(msgspec.structs.replace(person, person=msgspec.structs.replace(person.person, entries=entries)))
    await load(conn, [], [kept])
    assert (await found(conn, Kind.FAMILY_REGISTER_ALL)).register == kept
