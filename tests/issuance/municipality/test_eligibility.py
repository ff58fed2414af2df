"""What is withheld at a kiosk, in which order, and around every boundary."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_residents import FOREIGN, NOW, PEOPLE

from itaku.basis.clock import JST, InstantMs, to_instant
from itaku.issuance.municipality.eligibility import Withheld, check
from itaku.issuance.municipality.registry import Block, Relation
from itaku.issuance.protocol.kinds import Member, ResidentRecordOptions, SealRegistrationOptions
from itaku.issuance.protocol.refusals import REFUSALS

LIMIT_MS = 300_000
WHOLE = ResidentRecordOptions()
MYSELF = ResidentRecordOptions(members=(Member.SELF,))
ALL_FACTS = ResidentRecordOptions(registered_domicile=True, head_and_relation=True, individual_number=True)
SEAL = SealRegistrationOptions()
TODAY = dt.date(2026, 11, 21)


def told(household, options=WHOLE, now=NOW, as_of=NOW):
    try:
        check(household, options, now, as_of, LIMIT_MS)
    except Withheld as withheld:
        return withheld.code
    return "ok"


def alone(**changes):
    return PEOPLE.household(PEOPLE.person(1, **changes))


def pair(**changes_of_wife):
    return PEOPLE.household(PEOPLE.person(1), PEOPLE.person(2, **({"relation": Relation.WIFE} | changes_of_wife)))


def at(year, month, day, hour=0, minute=0, second=0):
    return to_instant(dt.datetime(year, month, day, hour, minute, second, tzinfo=JST))


@pytest.mark.parametrize("options", [WHOLE, MYSELF, ALL_FACTS, SEAL])
def test_a_resident_without_any_block_gets_every_certificate(options):
    assert told(pair(), options) == "ok"


@pytest.mark.parametrize(
    ("behind_ms", "answer"),
    [(0, "ok"), (LIMIT_MS, "ok"), (LIMIT_MS + 1, "replica_stale"), (-LIMIT_MS, "ok"), (-LIMIT_MS - 1, "replica_stale")],
)
def test_a_register_is_current_within_the_limit_and_not_a_millisecond_longer(behind_ms, answer):
    assert told(alone(), as_of=InstantMs(NOW - behind_ms)) == answer


def test_an_unproven_register_says_nothing_at_all():
    assert told(alone(), as_of=None) == "replica_stale"
    assert told(alone(blocks=(Block.PROTECTED,)), as_of=None) == "replica_stale"
    assert told(None, as_of=None) == "replica_stale"


def test_an_unknown_card_is_unknown():
    assert told(None) == "resident_unknown"


@pytest.mark.parametrize(
    ("block", "answer"),
    [
        (Block.MOVED_OUT, "moved_out"),
        (Block.PROTECTED, "dv_protected"),
        (Block.DECEASED, "deceased"),
        (Block.CHARACTER_PENDING, "character_pending"),
    ],
)
@pytest.mark.parametrize("options", [WHOLE, MYSELF, SEAL])
def test_each_block_of_the_holder_withholds_every_certificate(block, answer, options):
    assert told(alone(blocks=(block,)), options) == answer


def test_every_block_of_the_register_withholds_something():
    for block in Block:
        assert told(alone(blocks=(block,))) != "ok"


def test_protected_and_deceased_look_alike_to_whoever_holds_the_card():
    words = [REFUSALS[told(alone(blocks=(block,)))] for block in (Block.PROTECTED, Block.DECEASED)]
    assert words[0] == words[1]


@given(
    st.sets(st.sampled_from(Block)),
    st.booleans(),
    st.sampled_from([dt.date(1980, 1, 1), dt.date(2020, 1, 1)]),
    st.sampled_from([dt.date(2020, 1, 1), TODAY]),
    st.sampled_from(["", "汐見市浜町"]),
    st.sampled_from([WHOLE, MYSELF, ALL_FACTS, SEAL]),
)
def test_a_protected_holder_learns_nothing_else_whatever_else_is_true(
    blocks, removed, birth, moved_in, address, options
):
    household = alone(
        blocks=(*blocks, Block.PROTECTED),
        removed_on=TODAY if removed else None,
        birth_date=birth,
        notified_on=moved_in,
        address=address,
    )
    assert told(household, options) == "dv_protected"


@given(st.permutations(list(Block)), st.sampled_from([WHOLE, SEAL]))
def test_the_order_in_which_blocks_were_entered_never_matters(blocks, options):
    assert told(alone(blocks=tuple(blocks)), options) == "dv_protected"
    assert told(alone(blocks=tuple(b for b in blocks if b is not Block.PROTECTED)), options) == "deceased"


def test_final_facts_come_before_temporary_ones():
    young = dt.date(2020, 1, 1)
    assert told(alone(blocks=(Block.MOVED_OUT,), birth_date=young, notified_on=TODAY)) == "moved_out"
    assert told(alone(blocks=(Block.CHARACTER_PENDING,), birth_date=young, notified_on=TODAY)) == "under_15"
    assert told(alone(blocks=(Block.CHARACTER_PENDING,), notified_on=TODAY)) == "move_in_today"
    assert told(alone(blocks=(Block.CHARACTER_PENDING, Block.PLANNED_LEAVER))) == "character_pending"


def test_a_removed_holder_without_a_block_is_unknown():
    assert told(alone(removed_on=TODAY)) == "resident_unknown"
    assert told(alone(removed_on=TODAY, blocks=(Block.MOVED_OUT,))) == "moved_out"


@pytest.mark.parametrize(
    ("birth", "now", "answer"),
    [
        # 15 at 24:00 on the day before the birthday
        (dt.date(2011, 11, 22), at(2026, 11, 21, 22, 59, 59), "under_15"),
        (dt.date(2011, 11, 22), at(2026, 11, 21, 23, 59, 59), "under_15"),
        (dt.date(2011, 11, 22), at(2026, 11, 22), "ok"),
        (dt.date(2011, 11, 21), at(2026, 11, 21, 6, 30), "ok"),
        # 29 February: 24:00 on 28 February of a common year
        (dt.date(2012, 2, 29), at(2027, 2, 28, 23, 59, 59), "under_15"),
        (dt.date(2012, 2, 29), at(2027, 3, 1), "ok"),
        (dt.date(2012, 3, 1), at(2027, 2, 28, 23, 59, 59), "under_15"),
        (dt.date(2012, 3, 1), at(2027, 3, 1), "ok"),
        # the day begins in Japan, not in UTC
        (dt.date(2011, 1, 1), at(2026, 1, 1, 0, 0, 1), "ok"),
    ],
)
def test_the_fifteenth_birthday(birth, now, answer):
    household = alone(birth_date=birth, became_resident_on=birth, address_since=birth, notified_on=birth)
    assert told(household, WHOLE, now, now) == answer
    assert told(household, SEAL, now, now) == answer


def test_a_child_in_the_household_hinders_nobody():
    born = dt.date(2020, 1, 1)
    child = PEOPLE.person(2, birth_date=born, became_resident_on=born)
    assert told(PEOPLE.household(PEOPLE.person(1), child)) == "ok"
    assert told(PEOPLE.household(PEOPLE.person(1), child, holder=1)) == "under_15"


@pytest.mark.parametrize("field", ["became_resident_on", "address_since", "notified_on"])
@pytest.mark.parametrize("options", [WHOLE, MYSELF, SEAL])
def test_nothing_is_issued_on_the_day_of_moving_in(field, options):
    household = alone(**{field: TODAY})
    assert told(household, options, at(2026, 11, 20, 23, 59), at(2026, 11, 20, 23, 59)) == "move_in_today"
    assert told(household, options, at(2026, 11, 21, 0, 0), at(2026, 11, 21)) == "move_in_today"
    assert told(household, options, at(2026, 11, 21, 23, 59, 59), at(2026, 11, 21, 23, 59)) == "move_in_today"
    assert told(household, options, at(2026, 11, 22, 0, 0), at(2026, 11, 22)) == "ok"


def test_who_moved_in_today_is_not_shown_on_another_members_certificate():
    household = pair(notified_on=TODAY, became_resident_on=TODAY)
    assert told(household, WHOLE) == "move_in_today"
    assert told(household, MYSELF) == "ok"
    assert told(household, SEAL) == "ok"


@pytest.mark.parametrize(
    ("block", "answer"),
    [
        (Block.PROTECTED, "dv_protected"),
        (Block.DECEASED, "deceased"),
        (Block.CHARACTER_PENDING, "character_pending"),
    ],
)
def test_a_blocked_member_is_shown_on_nobodys_certificate(block, answer):
    household = pair(blocks=(block,))
    assert told(household, WHOLE) == answer
    assert told(household, ResidentRecordOptions(members=(Member.SPOUSE,))) == answer
    assert told(household, MYSELF) == "ok"
    assert told(household, SEAL) == "ok"


@pytest.mark.parametrize("block", [Block.PLANNED_LEAVER, Block.MOVED_OUT])
def test_a_planned_leaver_withholds_the_households_records_but_not_a_seal(block):
    household = pair(blocks=(block,))
    assert told(household, WHOLE) == "planned_leaver"
    assert told(household, MYSELF) == "planned_leaver"
    assert told(household, SEAL) == "ok"


def test_who_has_left_hinders_nobody():
    household = pair(blocks=(Block.MOVED_OUT,), removed_on=dt.date(2025, 1, 1), name="")
    assert told(household, ALL_FACTS) == "ok"
    assert told(household, ResidentRecordOptions(members=(Member.SPOUSE,))) == "members_none"


def test_a_choice_that_fits_nobody_is_said():
    assert told(alone(), ResidentRecordOptions(members=(Member.CHILDREN, Member.PARENTS))) == "members_none"


def test_the_same_group_twice_is_no_choice_of_the_screen():
    twice = ResidentRecordOptions(members=(Member.SELF, Member.SELF))
    assert told(alone(), twice) == "option_not_allowed"
    assert told(None, twice, as_of=None) == "option_not_allowed"


def test_a_seal_certificate_needs_a_registered_seal():
    assert told(PEOPLE.household(PEOPLE.person(1), seal=False), SEAL) == "seal_not_registered"
    assert told(PEOPLE.household(PEOPLE.person(1), seal=False), WHOLE) == "ok"
    household = alone()
    blank = msgspec.structs.replace(household, seal=msgspec.structs.replace(household.seal, seal_png=b""))
    assert told(blank, SEAL) == "seal_not_registered"


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({"name": ""}, WHOLE),
        ({"name": "　"}, SEAL),
        ({"name": "\U000e0102城"}, SEAL),
        ({"address": " "}, WHOLE),
        ({"address": ""}, SEAL),
        ({"birth_date": dt.date(2010, 4, 2)}, WHOLE),
        ({"individual_number": ""}, ALL_FACTS),
        ({"individual_number": "000000000001"}, ALL_FACTS),
        ({"individual_number": "99900000001"}, ALL_FACTS),
        ({"registered_domicile": ""}, ALL_FACTS),
        ({"family_register_head": ""}, ALL_FACTS),
        ({"relation": Relation.CHILD}, ALL_FACTS),
        ({"foreign": FOREIGN, "registered_domicile": "汐見市浜町1番"}, WHOLE),
        ({"foreign": msgspec.structs.replace(FOREIGN, nationality="")}, ALL_FACTS),
        ({"foreign": msgspec.structs.replace(FOREIGN, status="")}, ALL_FACTS),
        ({"foreign": msgspec.structs.replace(FOREIGN, category=" ")}, ALL_FACTS),
        ({"foreign": msgspec.structs.replace(FOREIGN, card_number="")}, ALL_FACTS),
        ({"alias": "汐見　花"}, WHOLE),
        ({"foreign": msgspec.structs.replace(FOREIGN, expires_on=None)}, ALL_FACTS),
        ({"foreign": msgspec.structs.replace(FOREIGN, period="")}, ALL_FACTS),
    ],
)
def test_a_blank_or_contradictory_fact_is_never_printed(changes, options):
    changes = {"became_resident_on": dt.date(2010, 4, 1), **changes}
    if changes.get("birth_date") is None or changes["birth_date"] < dt.date(2000, 1, 1):
        assert told(alone(**changes), options) == "record_incomplete"
    else:
        later = at(2030, 1, 1)
        assert told(alone(**changes), options, later, later) == "record_incomplete"


def test_a_blank_that_was_not_asked_for_hinders_nothing():
    assert told(alone(individual_number="", registered_domicile="", family_register_head="")) == "ok"
    assert told(alone(individual_number=""), SEAL) == "ok"
    assert told(pair(individual_number=""), MYSELF) == "ok"
    assert told(pair(individual_number=""), ALL_FACTS) == "record_incomplete"


@pytest.mark.parametrize(
    "foreign",
    [FOREIGN, msgspec.structs.replace(FOREIGN, category="特別永住者", status="特別永住者", period="", expires_on=None)],
)
def test_foreign_residents_with_complete_facts_get_all_of_them(foreign):
    assert told(alone(foreign=foreign, alias="汐見　花"), ALL_FACTS) == "ok"


def test_two_heads_or_none_are_no_household():
    two = PEOPLE.household(PEOPLE.person(1), PEOPLE.person(2, relation=Relation.HEAD))
    assert told(two, ALL_FACTS) == "record_incomplete"
    left = PEOPLE.household(PEOPLE.person(1, removed_on=TODAY), PEOPLE.person(2, relation=Relation.WIFE), holder=1)
    assert told(left, ALL_FACTS) == "record_incomplete"


def test_a_withheld_reason_is_always_in_the_catalogue():
    with pytest.raises(ValueError, match="no such refusal"):
        Withheld("because")
    assert Withheld("under_15").as_json() == {
        "code": "under_15",
        "temper": "final",
        "ja": REFUSALS["under_15"].ja,
        "en": REFUSALS["under_15"].en,
        "detail": "",
    }
    assert Withheld.code == "internal"
