"""Whether a certificate may be issued at a kiosk at all: the blocks (交付制限), in one fixed order.

The first reason that applies is the answer, and the order is part of the interface:

1.  `option_not_allowed`, `fiscal_year_not_offered`: say nothing about any record, so they come before any is looked at.
2.  `replica_stale`: nothing may be said from a register that is not proven to be current, not even that a card is
    unknown, or that a person is blocked (R5, I8).
3.  `resident_unknown`: no one holds this card. A removed person without a block is answered the same way.
4.  `dv_protected`, `deceased`: before every other fact about the holder, and with the same words for both, so that
    whoever holds the card learns neither which of the two it is, nor anything else.
5.  `moved_out`, `under_15`, `move_in_today`, `character_pending`: facts about the holder, final before temporary.
6.  Resident records and their items: `members_none`; then for the persons shown, whoever they are, `dv_protected`,
    `deceased`; then `planned_leaver` for anyone of the household who is about to leave, shown or not; then for the
    persons shown `move_in_today`, `character_pending`.
    Seal registrations: `seal_not_registered`.
    Tax certificates: `tax_not_assessed`, `tax_filing_pending`, `tax_undeclared` (not for payments).
    Family registers: `register_foreign`, `register_elsewhere`, `register_closed`, `register_moved` (the holder was
    removed from it), `register_filing_pending`, `members_none`, `dv_protected` for anyone shown.
7.  `record_incomplete`: a fact that the certificate must state is blank or contradicts itself (R8).

What cannot be printed (`glyph_missing`, `text_too_long`) is the form's to find.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.dates import has_reached_age
from itaku.basis.text import glyphs
from itaku.issuance.certificates.completeness import require_complete
from itaku.issuance.certificates.failures import RecordIncomplete
from itaku.issuance.municipality.extract import FamilyOptions, TaxOptions, extract, shown_registered, tax_entry
from itaku.issuance.municipality.members import chosen_members
from itaku.issuance.municipality.registry import Block, Household, Resident
from itaku.issuance.municipality.withheld import Withheld
from itaku.issuance.protocol.fiscal_years import FiscalYearRow, offered_year
from itaku.issuance.protocol.kinds import (
    FamilyRegisterAllOptions,
    FamilyRegisterIndividualOptions,
    IncomeOptions,
    Options,
    ResidentRecordItemsOptions,
    ResidentRecordOptions,
    SealRegistrationOptions,
    TaxationOptions,
    TaxPaymentOptions,
)

__all__ = ["YOUNGEST_HOLDER_YEARS", "Withheld", "check"]

YOUNGEST_HOLDER_YEARS = 15
"""Below this age a person cannot use the service (15歳未満)."""


def check(
    household: Household | None,
    options: Options,
    now: InstantMs,
    as_of: InstantMs | None,
    freshness_limit_ms: int,
    fiscal_years: Sequence[FiscalYearRow] = (),
) -> None:
    """Raises `Withheld` with the first reason for which this certificate may not be issued; else returns.

    `as_of` is the household's, or where no household was found the replica's (`replica.proven_as_of`); None means
    unproven. A register from further in the future than the limit is as unproven as one from the past: one of the
    two clocks is wrong. Of tax certificates the one year is issued that `fiscal_years` offers today.
    """
    for reason in _reasons(household, options, now, as_of, freshness_limit_ms, fiscal_years):
        raise Withheld(reason)


def _reasons(
    household: Household | None,
    options: Options,
    now: InstantMs,
    as_of: InstantMs | None,
    freshness_limit_ms: int,
    fiscal_years: Sequence[FiscalYearRow],
) -> Iterator[str]:
    today = to_jst(now).date()
    yield from _of_options(options, fiscal_years, today)
    if as_of is None or abs(now - as_of) > freshness_limit_ms:
        yield "replica_stale"
    if household is None:
        yield "resident_unknown"
        return
    yield from _of_holder(household.holder, today)
    match options:
        case ResidentRecordOptions() | ResidentRecordItemsOptions():
            yield from _of_resident_record(household, options, today)
        case SealRegistrationOptions():
            yield from _of_seal(household, options)
        case IncomeOptions() | TaxationOptions() | TaxPaymentOptions():
            yield from _of_tax(household, options)
        case _:
            yield from _of_family_register(household, options)


def _of_options(options: Options, fiscal_years: Sequence[FiscalYearRow], today: dt.date) -> Iterator[str]:
    match options:
        case IncomeOptions() | TaxationOptions() | TaxPaymentOptions():
            if options.fiscal_year != offered_year(fiscal_years, today):
                yield "fiscal_year_not_offered"
        case FamilyRegisterIndividualOptions() if not options.members:
            yield "option_not_allowed"
        case SealRegistrationOptions() | FamilyRegisterAllOptions():
            return
        case ResidentRecordItemsOptions() if len(set(options.items)) != len(options.items):
            yield "option_not_allowed"
        case _:
            if len(set(options.members)) != len(options.members):
                yield "option_not_allowed"


def _of_holder(holder: Resident, today: dt.date) -> Iterator[str]:
    yield from _withheld_in_silence((holder,))
    if Block.MOVED_OUT in holder.blocks:
        yield "moved_out"
    if holder.removed_on is not None:
        yield "resident_unknown"
    if not has_reached_age(holder.birth_date, YOUNGEST_HOLDER_YEARS, today):
        yield "under_15"
    yield from _temporary((holder,), today)


def _of_seal(household: Household, options: Options) -> Iterator[str]:
    if household.seal is None or not household.seal.seal_png:
        yield "seal_not_registered"
    elif _incomplete(household, (household.holder,), options):
        yield "record_incomplete"


def _of_tax(household: Household, options: TaxOptions) -> Iterator[str]:
    entry = tax_entry(household, options.fiscal_year)
    if entry.filing_pending:
        yield "tax_filing_pending"
    if entry.income is None and not isinstance(options, TaxPaymentOptions):
        yield "tax_undeclared"
    if entry.contradicts_itself or _incomplete(household, (household.holder,), options):
        yield "record_incomplete"


def _of_family_register(household: Household, options: FamilyOptions) -> Iterator[str]:
    holder, register = household.holder, household.register
    if holder.foreign is not None:
        yield "register_foreign"
    member = None if register is None else register.member(holder.resident_no)
    if register is None or member is None:
        yield "register_elsewhere"
        return
    if register.closed:
        yield "register_closed"
    if member.person.removed:
        yield "register_moved"
    if register.filing_pending:
        yield "register_filing_pending"
    shown = shown_registered(household, options)
    if not shown:
        yield "members_none"
    if any(one.protected for one in shown):
        yield "dv_protected"
    same = (member.person.name, member.person.birth_date) == (holder.name, holder.birth_date)
    if not same or _incomplete(household, (holder,), options):
        # The tie between card and register is the number; a name or birth date that differs says that it is wrong.
        yield "record_incomplete"


def _of_resident_record(
    household: Household, options: ResidentRecordOptions | ResidentRecordItemsOptions, today: dt.date
) -> Iterator[str]:
    shown = chosen_members(household, options.members)
    if not shown:
        yield "members_none"
    yield from _withheld_in_silence(shown)
    leaving = {Block.PLANNED_LEAVER, Block.MOVED_OUT}
    if any(not leaving.isdisjoint(member.blocks) for member in household.present_members):
        yield "planned_leaver"
    yield from _temporary(shown, today)
    if _incomplete(household, shown, options):
        yield "record_incomplete"


def _withheld_in_silence(people: Iterable[Resident]) -> Iterator[str]:
    blocks = {block for person in people for block in person.blocks}
    if Block.PROTECTED in blocks:
        yield "dv_protected"
    if Block.DECEASED in blocks:
        yield "deceased"


def _temporary(people: tuple[Resident, ...], today: dt.date) -> Iterator[str]:
    if any(_arrives(person, today) for person in people):
        yield "move_in_today"
    if any(Block.CHARACTER_PENDING in person.blocks for person in people):
        yield "character_pending"


def _arrives(person: Resident, today: dt.date) -> bool:
    # A notice filed today may still be corrected until the office closes; a date ahead is not yet a fact.
    dates = (person.became_resident_on, person.address_since, person.notified_on)
    return any(date is not None and date >= today for date in dates)


def _incomplete(household: Household, shown: Iterable[Resident], options: Options) -> bool:
    if any(_contradicts_itself(person) for person in shown):
        return True
    try:
        require_complete(extract(household, options))
    except (RecordIncomplete, Withheld):
        return True
    return False


def _contradicts_itself(person: Resident) -> bool:
    """R8, beyond what the content itself shows: letters that make no name, dates and facts that exclude each other."""
    try:
        glyphs(person.name)
    except ValueError:
        return True
    if person.became_resident_on < person.birth_date:
        return True
    if person.foreign is None:
        return bool(person.alias)
    return bool(person.registered_domicile or person.family_register_head)
