"""Whether a certificate may be issued at a kiosk at all: the blocks (交付制限), in one fixed order.

The first reason that applies is the answer, and the order is part of the interface:

1.  `option_not_allowed`: says nothing about any record, so it comes before any is looked at.
2.  `replica_stale`: nothing may be said from a register that is not proven to be current, not even that a card is
    unknown, or that a person is blocked (R5, I8).
3.  `resident_unknown`: no one holds this card. A removed person without a block is answered the same way.
4.  `dv_protected`, `deceased`: before every other fact about the holder, and with the same words for both, so that
    whoever holds the card learns neither which of the two it is, nor anything else.
5.  `moved_out`, `under_15`, `move_in_today`, `character_pending`: facts about the holder, final before temporary.
6.  Resident records: `members_none`; then for the persons shown, whoever they are, `dv_protected`, `deceased`;
    then `planned_leaver` for anyone of the household who is about to leave, shown or not; then for the persons shown
    `move_in_today`, `character_pending`.
    Seal registrations: `seal_not_registered`.
7.  `record_incomplete`: a fact that the certificate must state is blank or contradicts itself (R8).

What cannot be printed (`glyph_missing`, `text_too_long`) is the form's to find.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.dates import has_reached_age
from itaku.basis.errors import ItakuError
from itaku.basis.text import glyphs, is_individual_number
from itaku.issuance.municipality.members import chosen_members
from itaku.issuance.municipality.registry import Block, Household, Relation, Resident
from itaku.issuance.protocol.kinds import Options, ResidentRecordOptions
from itaku.issuance.protocol.refusals import REFUSALS

YOUNGEST_HOLDER_YEARS = 15
"""Below this age a person cannot use the service (15歳未満)."""


class Withheld(ItakuError):  # noqa: N818 an answer to the resident, not a fault
    """The certificate is withheld. `reason` is the code of a refusal, which has the words for the resident."""

    code = "withheld"
    ja = "この証明書はここでは交付できません。"
    en = "This certificate cannot be issued here."

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        if reason not in REFUSALS:
            raise ValueError(f"no such refusal: {reason}")


def check(
    household: Household | None,
    options: Options,
    now: InstantMs,
    as_of: InstantMs | None,
    freshness_limit_ms: int,
) -> None:
    """Raises `Withheld` with the first reason for which this certificate may not be issued; else returns.

    `as_of` is the household's, or where no household was found the replica's (`replica.proven_as_of`); None means
    unproven. A register from further in the future than the limit is as unproven as one from the past: one of the
    two clocks is wrong.
    """
    for reason in _reasons(household, options, now, as_of, freshness_limit_ms):
        raise Withheld(reason)


def _reasons(
    household: Household | None, options: Options, now: InstantMs, as_of: InstantMs | None, freshness_limit_ms: int
) -> Iterator[str]:
    if isinstance(options, ResidentRecordOptions) and len(set(options.members)) != len(options.members):
        yield "option_not_allowed"
    if as_of is None or abs(now - as_of) > freshness_limit_ms:
        yield "replica_stale"
    if household is None:
        yield "resident_unknown"
        return
    today = to_jst(now).date()
    yield from _of_holder(household.holder, today)
    if isinstance(options, ResidentRecordOptions):
        yield from _of_resident_record(household, options, today)
    elif household.seal is None or not household.seal.seal_png:
        yield "seal_not_registered"
    elif any(_lacks_basics(household.holder)):
        yield "record_incomplete"


def _of_holder(holder: Resident, today: dt.date) -> Iterator[str]:
    yield from _withheld_in_silence((holder,))
    if Block.MOVED_OUT in holder.blocks:
        yield "moved_out"
    if holder.removed_on is not None:
        yield "resident_unknown"
    if not has_reached_age(holder.birth_date, YOUNGEST_HOLDER_YEARS, today):
        yield "under_15"
    yield from _temporary((holder,), today)


def _of_resident_record(household: Household, options: ResidentRecordOptions, today: dt.date) -> Iterator[str]:
    shown = chosen_members(household, options)
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


def _incomplete(household: Household, shown: tuple[Resident, ...], options: ResidentRecordOptions) -> bool:
    heads = [member for member in household.present_members if member.relation is Relation.HEAD]
    if options.head_and_relation and (len(heads) != 1 or not heads[0].name.strip()):
        return True
    return any(_lacks(person, options) for person in shown)


def _lacks(person: Resident, options: ResidentRecordOptions) -> bool:
    missing = list(_lacks_basics(person))
    if options.individual_number:
        missing.append(not is_individual_number(person.individual_number))
    if options.registered_domicile and person.foreign is None:
        missing += [not person.registered_domicile.strip(), not person.family_register_head.strip()]
    if options.registered_domicile and person.foreign is not None:
        facts = person.foreign
        missing += [not text.strip() for text in (facts.nationality, facts.category, facts.status)]
        # 特別永住者 have neither a period nor its end; whoever has one of the two has both.
        missing.append(bool(facts.period.strip()) != (facts.expires_on is not None))
    return any(missing)


def _lacks_basics(person: Resident) -> Iterator[bool]:
    """R8: what every certificate states may not be blank, and a name must be letters that can be told apart."""
    yield not person.resident_no
    yield not person.name.strip()
    yield not person.address.strip()
    yield not _well_formed(person.name)
    yield person.birth_date > person.became_resident_on
    yield person.foreign is not None and bool(person.registered_domicile or person.family_register_head)


def _well_formed(name: str) -> bool:
    try:
        return bool(glyphs(name))
    except ValueError:
        return False
