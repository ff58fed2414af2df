"""What a certificate says: chosen members, chosen facts, nothing else."""

from __future__ import annotations

import datetime as dt
import itertools

import msgspec
import pytest
from invented_residents import FOREIGN, PEOPLE

from itaku.issuance.certificates.content import ResidentRecord, SealRegistration
from itaku.issuance.municipality.extract import extract
from itaku.issuance.municipality.members import relation_to_holder
from itaku.issuance.municipality.registry import Relation
from itaku.issuance.municipality.withheld import Withheld
from itaku.issuance.protocol.kinds import Member, ResidentRecordOptions, SealRegistrationOptions

R = Relation
S, P, C, A, O = Member.SELF, Member.SPOUSE, Member.CHILDREN, Member.PARENTS, Member.OTHERS  # noqa: E741 a table
THREE_GENERATIONS = [R.HEAD, R.WIFE, R.CHILD, R.CHILD_WIFE, R.GRANDCHILD, R.FATHER, R.MOTHER, R.SIBLING, R.LODGER]


def household_of(relations, holder=0, **changes_of_all):
    people = [PEOPLE.person(n, relation=relation, **changes_of_all) for n, relation in enumerate(relations, 1)]
    return PEOPLE.household(*people, holder=holder)


def seen_by(relations, holder):
    household = household_of(relations, relations.index(holder))
    return [relation_to_holder(household, member) for member in household.members]


@pytest.mark.parametrize(
    ("holder", "others"),
    #               head wife child child's wife grandchild father mother brother lodger
    [
        (R.HEAD, [S, P, C, O, O, A, A, O, O]),
        (R.WIFE, [P, S, C, O, O, O, O, O, O]),
        (R.CHILD, [A, A, S, P, C, O, O, O, O]),
        (R.CHILD_WIFE, [O, O, P, S, C, O, O, O, O]),
        (R.GRANDCHILD, [O, O, A, A, S, O, O, O, O]),
        (R.FATHER, [C, O, O, O, O, S, P, C, O]),
        (R.MOTHER, [C, O, O, O, O, P, S, C, O]),
        (R.SIBLING, [O, O, O, O, O, A, A, S, O]),
        (R.LODGER, [O, O, O, O, O, O, O, O, S]),
    ],
)
def test_each_member_of_three_generations_sees_the_others_as_they_are(holder, others):
    assert seen_by(THREE_GENERATIONS, holder) == others


@pytest.mark.parametrize(
    ("relations", "holder", "others"),
    [
        # a wife at the head
        ([R.HEAD, R.HUSBAND, R.CHILD], R.HUSBAND, [P, S, C]),
        ([R.HEAD, R.HUSBAND, R.CHILD], R.CHILD, [A, A, S]),
        ([R.HEAD, R.CHILD, R.CHILD_HUSBAND, R.GRANDCHILD], R.CHILD_HUSBAND, [O, P, S, C]),
        # two children: nobody can tell whose wife, and whose child
        ([R.HEAD, R.CHILD, R.CHILD, R.CHILD_WIFE, R.GRANDCHILD], R.CHILD, [A, S, O, O, O]),
        ([R.HEAD, R.CHILD, R.CHILD, R.CHILD_WIFE, R.GRANDCHILD], R.CHILD_WIFE, [O, O, O, S, O]),
        ([R.HEAD, R.CHILD, R.CHILD, R.GRANDCHILD], R.GRANDCHILD, [O, O, O, S]),
        # the child itself has left: the grandchild's mother cannot be told from its aunt
        ([R.HEAD, R.CHILD_WIFE, R.GRANDCHILD], R.CHILD_WIFE, [O, S, O]),
        ([R.HEAD, R.GRANDCHILD], R.HEAD, [S, O]),
        # brothers and sisters
        ([R.HEAD, R.WIFE, R.CHILD, R.CHILD], R.CHILD, [A, A, S, O]),
        ([R.HEAD], R.HEAD, [S]),
    ],
)
def test_where_the_record_does_not_say_it_nobody_is_guessed(relations, holder, others):
    assert seen_by(relations, holder) == others


def test_a_child_who_has_left_still_counts_when_parents_are_told():
    people = [
        PEOPLE.person(1),
        PEOPLE.person(2, removed_on=dt.date(2020, 1, 1)),
        PEOPLE.person(3),
        PEOPLE.person(4, relation=R.GRANDCHILD),
    ]
    household = PEOPLE.household(*people, holder=2)
    assert relation_to_holder(household, people[3]) is Member.OTHERS


def test_relations_agree_when_both_sides_are_asked():
    answer = {S: S, P: P, C: A, A: C, O: O}
    for size in (2, 3, 4):
        for relations in itertools.combinations_with_replacement([r for r in R if r is not R.HEAD], size - 1):
            people = (R.HEAD, *relations)
            for one, other in itertools.permutations(range(size), 2):
                mine = relation_to_holder(household_of(people, one), household_of(people).members[other])
                theirs = relation_to_holder(household_of(people, other), household_of(people).members[one])
                assert answer[mine] is theirs, (people, one, other)


def test_the_whole_household_stands_in_the_records_order():
    household = household_of(THREE_GENERATIONS, holder=4)
    record = extract(household, ResidentRecordOptions())
    assert record.whole
    assert [person.name for person in record.people] == [member.name for member in household.members]


@pytest.mark.parametrize("size", range(1, 6))
def test_only_the_chosen_groups_are_shown_in_the_records_order(size):
    household = household_of(THREE_GENERATIONS, holder=2)
    for chosen in itertools.combinations(Member, size):
        record = extract(household, ResidentRecordOptions(members=chosen))
        expected = [m.name for m in household.members if relation_to_holder(household, m) in chosen]
        assert [person.name for person in record.people] == expected
        assert not record.whole


def test_a_removed_member_is_never_shown_and_never_the_head():
    people = [
        PEOPLE.person(1, removed_on=dt.date(2024, 5, 1)),
        PEOPLE.person(2, relation=R.HEAD),
        PEOPLE.person(3, relation=R.WIFE),
    ]
    record = extract(PEOPLE.household(*people, holder=1), ResidentRecordOptions(head_and_relation=True))
    assert [person.name for person in record.people] == [people[1].name, people[2].name]
    assert {person.head_name for person in record.people} == {people[1].name}


@pytest.mark.parametrize("domicile", [False, True])
@pytest.mark.parametrize("head", [False, True])
@pytest.mark.parametrize("number", [False, True])
def test_what_was_not_asked_for_is_left_out(domicile, head, number):
    citizen = PEOPLE.person(1)
    foreigner = PEOPLE.person(2, relation=R.WIFE, name="NGUYỄN THỊ HOA", alias="汐見　花", foreign=FOREIGN)
    options = ResidentRecordOptions((), domicile, head, number)
    first, second = extract(PEOPLE.household(citizen, foreigner), options).people
    assert first.registered_domicile == (citizen.registered_domicile if domicile else None)
    assert first.family_register_head == (citizen.family_register_head if domicile else None)
    assert first.foreign is None
    assert not first.is_foreign
    assert second.registered_domicile is None
    assert second.family_register_head is None
    assert second.foreign == (FOREIGN if domicile else None)
    assert second.is_foreign
    assert second.alias == "汐見　花"
    for person, member, relation in ((first, citizen, "世帯主"), (second, foreigner, "妻")):
        assert person.head_name == (citizen.name if head else None)
        assert person.relation == (relation if head else None)
        assert person.individual_number == (member.individual_number if number else None)


def test_a_fact_that_was_not_asked_for_is_nowhere_in_the_content():
    household = household_of(THREE_GENERATIONS, holder=3)
    plain = msgspec.json.encode(extract(household, ResidentRecordOptions())).decode()
    for member in household.members:
        assert member.individual_number not in plain
        assert member.registered_domicile not in plain.replace(member.address, "")
        assert member.resident_no not in plain
        assert member.card_serial not in plain
        assert member.household_no not in plain
    myself = msgspec.json.encode(extract(household, ResidentRecordOptions(members=(S,)))).decode()
    assert [member.name in myself for member in household.members] == [n == 3 for n in range(9)]


def test_the_facts_of_a_person_are_taken_over_unchanged():
    member = PEOPLE.person(
        1, name="葛\U000e0102城　﨑𠮷", address_since=None, notified_on=None, previous_address="他県西町1番"
    )
    (person,) = extract(PEOPLE.household(member), ResidentRecordOptions()).people
    for field in (
        "name",
        "alias",
        "birth_date",
        "sex",
        "address",
        "became_resident_on",
        "address_since",
        "notified_on",
        "previous_address",
    ):
        assert getattr(person, field) == getattr(member, field)


def test_a_seal_certificate_says_the_holder_and_the_holders_seal():
    holder = PEOPLE.person(2, relation=R.WIFE, name="NGUYỄN THỊ HOA", alias="汐見　花", foreign=FOREIGN)
    household = PEOPLE.household(PEOPLE.person(1), holder, holder=1)
    assert extract(household, SealRegistrationOptions()) == SealRegistration(
        holder.name, "汐見　花", holder.birth_date, holder.address, PEOPLE.seal(holder).seal_png, is_foreign=True
    )


def test_a_citizens_seal_certificate_counts_birth_by_era_and_a_foreign_residents_by_the_western_year():
    citizen = PEOPLE.household(PEOPLE.person(1))
    foreign = PEOPLE.household(PEOPLE.person(1, name="NGUYỄN THỊ HOA", foreign=FOREIGN))
    assert extract(citizen, SealRegistrationOptions()).is_foreign is False
    assert extract(foreign, SealRegistrationOptions()).is_foreign is True


def test_without_the_check_nothing_impossible_is_said_either():
    head, wife = PEOPLE.person(1), PEOPLE.person(2, relation=R.WIFE)
    of_another = msgspec.structs.replace(PEOPLE.household(head, wife), seal=PEOPLE.seal(wife))
    for household, options, reason in (
        (PEOPLE.household(head, seal=False), SealRegistrationOptions(), "seal_not_registered"),
        (of_another, SealRegistrationOptions(), "seal_not_registered"),
        (PEOPLE.household(head), ResidentRecordOptions(members=(P,)), "members_none"),
        (PEOPLE.household(wife), ResidentRecordOptions(head_and_relation=True), "record_incomplete"),
    ):
        with pytest.raises(Withheld) as refused:
            extract(household, options)
        assert refused.value.code == reason
    assert isinstance(extract(PEOPLE.household(wife), ResidentRecordOptions()), ResidentRecord)
