"""The invented municipality: believable, complete where it should be, and nobody's."""

from __future__ import annotations

import collections
import datetime as dt

import pytest

from itaku.basis.clock import JST, to_instant
from itaku.basis.dates import has_reached_age
from itaku.basis.text import glyphs, is_individual_number, name_form
from itaku.issuance.certificates.failures import MissingGlyph
from itaku.issuance.certificates.fonts import installed_font
from itaku.issuance.municipality.eligibility import Withheld, check
from itaku.issuance.municipality.members import relation_to_holder
from itaku.issuance.municipality.registry import Block, Household, Relation
from itaku.issuance.protocol.kinds import Member, ResidentRecordOptions, SealRegistrationOptions
from itaku.sandbox.residents import SIZE, invent

TODAY = dt.date(2026, 11, 21)
NOON = to_instant(dt.datetime.combine(TODAY, dt.time(12), JST))
TOMORROW_NOON = to_instant(dt.datetime.combine(TODAY + dt.timedelta(days=1), dt.time(12), JST))
ALL_FACTS = ResidentRecordOptions(registered_domicile=True, head_and_relation=True, individual_number=True)


@pytest.fixture(scope="module")
def town():
    return invent(TODAY)


@pytest.fixture(scope="module")
def seals(town):
    return {seal.resident_no: seal for seal in town.seals()}


@pytest.fixture(scope="module")
def households(town, seals):
    """Every resident's household, as a look-up by card would find it."""
    by_number = collections.defaultdict(list)
    for resident in town.residents:
        by_number[resident.household_no].append(resident)
    return {
        resident.resident_no: Household(
            resident, tuple(by_number[resident.household_no]), seals.get(resident.resident_no), NOON
        )
        for resident in town.residents
    }


def told(household, options, now=NOON):
    try:
        check(household, options, now, now, 60_000)
    except Withheld as withheld:
        return withheld.code
    return "ok"


def holder(town, households, label):
    (card,) = [card for card in town.cards if label in card.label_ja]
    return households[card.id]


def test_there_are_a_thousand_and_they_are_the_same_each_time(town):
    assert len(town.residents) == SIZE == 1000
    assert invent(TODAY).residents == town.residents
    assert invent(TODAY, seed=2).residents != town.residents


def test_another_day_changes_only_who_moved_in_today(town):
    other = invent(TODAY + dt.timedelta(days=30))
    changed = [one.resident_no for one, two in zip(town.residents, other.residents, strict=True) if one != two]
    (arrived,) = [card.id for card in town.cards if "きょう転入" in card.label_ja]
    assert changed == [arrived]


def test_numbers_and_cards_are_everyones_own_and_clearly_invented(town):
    numbers = [r.individual_number for r in town.residents if r.individual_number]
    assert len(numbers) == len(set(numbers)) == SIZE - 1
    assert all(is_individual_number(number) and number.startswith("99900") for number in numbers)
    serials = [r.card_serial for r in town.residents]
    assert len(set(serials)) == SIZE
    assert all(serial == f"{int(serial, 16):x}" for serial in serials)
    assert [r.resident_no for r in town.residents] == [f"r{number:04d}" for number in range(1, SIZE + 1)]


def test_every_household_has_one_head_and_an_order(town):
    by_number = collections.defaultdict(list)
    for resident in town.residents:
        by_number[resident.household_no].append(resident)
    shapes = set()
    for members in by_number.values():
        assert [member.order for member in members] == list(range(1, len(members) + 1))
        assert sum(member.relation is Relation.HEAD for member in members) == 1
        assert len({member.address for member in members}) == 1
        assert members[0].address.startswith("汐見市")
        shapes.add(len(members))
    assert shapes >= {1, 2, 3, 4, 5, 7}
    assert {resident.relation for resident in town.residents} >= set(Relation) - {
        Relation.FATHER,
        Relation.CHILD_HUSBAND,
    }


def test_parents_are_older_than_their_children_and_nobody_is_born_tomorrow(households):
    for household in households.values():
        for member in household.members:
            relation = relation_to_holder(household, member)
            years = (household.holder.birth_date - member.birth_date).days / 365.25
            if relation is Member.PARENTS:
                assert 14 < years < 60
        assert household.holder.birth_date <= TODAY
        assert household.holder.birth_date <= household.holder.became_resident_on <= household.holder.address_since
        assert household.holder.address_since <= household.holder.notified_on <= TODAY


def test_everyone_gets_every_certificate_but_those_with_a_story(town, households, seals):
    shown = {card.id for card in town.cards}
    for number, household in households.items():
        if number in shown or any(member.resident_no in shown for member in household.members):
            continue
        young = not has_reached_age(household.holder.birth_date, 15, TODAY)
        assert told(household, ALL_FACTS) == ("under_15" if young else "ok"), household.holder
        seal = "under_15" if young else "ok" if number in seals else "seal_not_registered"
        assert told(household, SealRegistrationOptions()) == seal


@pytest.mark.parametrize(
    ("label", "record", "seal"),
    [
        ("5人家族の世帯主", "ok", "ok"),
        ("その長女", "ok", "seal_not_registered"),
        ("その次女", "under_15", "under_15"),
        ("三世代", "ok", "ok"),
        ("通称あり", "ok", "ok"),
        ("長いお名前", "ok", "seal_not_registered"),
        ("特別永住者", "ok", "ok"),
        ("大正生まれ", "ok", "ok"),
        ("交付制限のある方（1）", "dv_protected", "dv_protected"),
        ("交付制限のある方（2）", "deceased", "deceased"),
        ("転出の届け出", "moved_out", "moved_out"),
        ("登録中", "character_pending", "character_pending"),
        ("転出予定", "planned_leaver", "ok"),
        ("記録に欠け", "record_incomplete", "ok"),
        ("きょう転入", "move_in_today", "move_in_today"),
    ],
)
def test_each_card_tells_the_story_of_its_label(town, households, label, record, seal):
    household = holder(town, households, label)
    assert told(household, ALL_FACTS) == record
    assert told(household, SealRegistrationOptions()) == seal


def test_who_moved_in_today_can_come_tomorrow(town, households):
    assert told(holder(town, households, "きょう転入"), ALL_FACTS, TOMORROW_NOON) == "ok"


def test_labels_of_withheld_cards_do_not_say_why(town, households):
    for card in town.cards:
        blocks = households[card.id].holder.blocks
        if Block.PROTECTED in blocks or Block.DECEASED in blocks:
            assert card.label_ja.startswith("交付制限のある方")
            assert not {"保護", "DV", "死亡", "支援"} & set(card.label_ja)


def test_every_letter_but_one_persons_can_be_printed(town):
    font = installed_font()
    lacking = set()
    for resident in town.residents:
        facts = [
            resident.name,
            resident.alias,
            resident.address,
            resident.previous_address,
            resident.registered_domicile,
            resident.family_register_head,
        ]
        if resident.foreign:
            facts += [resident.foreign.nationality, resident.foreign.status, resident.foreign.category]
        assert name_form(resident.name) == resident.name
        try:
            font.check("".join(facts).replace("\u3000", ""))
        except MissingGlyph as missing:
            lacking.add((resident.resident_no, missing.detail))
    (card,) = [card for card in town.cards if "U+4E06" in card.label_ja]
    assert lacking == {(card.id, "U+4E06")}


def test_rare_letters_and_forms_are_among_the_names(town):
    names = "".join(resident.name for resident in town.residents)
    assert all(letter in names for letter in "𠮷髙﨑濵齋邊邉")
    forms = {glyph for glyph in glyphs(names) if glyph.selector}
    assert len(forms) >= 5
    watanabe = {r.name for r in town.residents if r.name_kana == "ワタナベ　オサム"}
    assert len(watanabe) == 6


def test_namesakes_share_name_and_birth_date_but_no_household(town):
    pairs = collections.defaultdict(list)
    for resident in town.residents:
        pairs[resident.name, resident.birth_date].append(resident)
    (namesakes,) = [people for people in pairs.values() if len(people) > 1]
    one, two = namesakes
    assert one.household_no != two.household_no
    assert {one.resident_no, two.resident_no} <= {card.id for card in town.cards}


def test_twins_differ_in_one_letter(town, households):
    elder, younger = (holder(town, households, f"双子の{which}").holder for which in "姉妹")
    assert elder.birth_date == younger.birth_date
    assert elder.name_kana == younger.name_kana
    assert sum(a != b for a, b in zip(elder.name, younger.name, strict=True)) == 1


def test_foreign_residents_are_of_several_nations_and_some_have_an_alias_or_a_japanese_family(town, households):
    foreign = [resident for resident in town.residents if resident.foreign]
    assert 0.03 < len(foreign) / SIZE < 0.06
    assert len({resident.foreign.nationality for resident in foreign}) >= 5
    assert len({resident.foreign.status for resident in foreign}) >= 5
    assert any(resident.alias for resident in foreign)
    assert not any(resident.alias for resident in town.residents if not resident.foreign)
    mixed = [h for h in households.values() if len({m.foreign is None for m in h.members}) == 2]
    assert len(mixed) >= 6


def test_birth_dates_lie_on_every_side_of_the_eras_borders(town):
    born = {resident.birth_date for resident in town.residents}
    for border in (dt.date(1926, 12, 25), dt.date(1989, 1, 8), dt.date(2019, 5, 1)):
        assert {border - dt.timedelta(days=1), border} <= born


def test_about_half_of_the_adults_have_a_seal_and_no_two_are_alike(town, seals):
    adults = [resident for resident in town.residents if has_reached_age(resident.birth_date, 20, TODAY)]
    assert 0.4 < len(seals) / len(adults) < 0.65
    assert len({seal.seal_png for seal in seals.values()}) == len(seals)
    for resident in town.residents:
        if resident.resident_no in seals:
            assert has_reached_age(resident.birth_date, 15, seals[resident.resident_no].registered_on)
            assert seals[resident.resident_no].registered_on <= TODAY
