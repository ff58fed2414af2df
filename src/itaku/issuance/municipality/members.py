"""Who of a household is what to the card's holder: spouse, children, parents, derived from relations to the head.

The record words every relation to the head (世帯主との続柄). The kiosk lets the holder choose by relation to
themselves, so that no name is shown before paper. Each other person falls into exactly one group; where the
record does not say whose spouse or parent somebody is (two sons and one 子の妻), the person is among the others,
for a guess might print a person whom the holder did not mean. As the record itself does, a 子 counts as a child of
the head and of the head's spouse, and the head's 父 and 母 as a couple and as parents of the head's siblings.
"""

from __future__ import annotations

from itaku.issuance.municipality.registry import Household, Relation, Resident
from itaku.issuance.protocol.kinds import Member

_R = Relation
_HEAD_PAIR = frozenset({_R.HEAD, _R.HUSBAND, _R.WIFE})
_HEADS_SPOUSE = frozenset({_R.HUSBAND, _R.WIFE})
_HEADS_PARENTS = frozenset({_R.FATHER, _R.MOTHER})
_CHILDS_SPOUSE = frozenset({_R.CHILD_WIFE, _R.CHILD_HUSBAND})

_CERTAIN: dict[tuple[Relation, Relation], Member] = {
    **{(_R.HEAD, spouse): Member.SPOUSE for spouse in _HEADS_SPOUSE},
    **{(spouse, _R.HEAD): Member.SPOUSE for spouse in _HEADS_SPOUSE},
    **{(parent, _R.CHILD): Member.CHILDREN for parent in _HEAD_PAIR},
    **{(_R.CHILD, parent): Member.PARENTS for parent in _HEAD_PAIR},
    **{(_R.HEAD, parent): Member.PARENTS for parent in _HEADS_PARENTS},
    **{(parent, _R.HEAD): Member.CHILDREN for parent in _HEADS_PARENTS},
    **{(_R.SIBLING, parent): Member.PARENTS for parent in _HEADS_PARENTS},
    **{(parent, _R.SIBLING): Member.CHILDREN for parent in _HEADS_PARENTS},
    (_R.FATHER, _R.MOTHER): Member.SPOUSE,
    (_R.MOTHER, _R.FATHER): Member.SPOUSE,
}
"""(holder's relation to the head, the other's relation to the head) -> what the other is to the holder."""

_ONE_CHILD: dict[tuple[Relation, Relation], Member] = {
    **{(_R.CHILD, spouse): Member.SPOUSE for spouse in _CHILDS_SPOUSE},
    **{(spouse, _R.CHILD): Member.SPOUSE for spouse in _CHILDS_SPOUSE},
    **{(parent, _R.GRANDCHILD): Member.CHILDREN for parent in (_R.CHILD, *_CHILDS_SPOUSE)},
    **{(_R.GRANDCHILD, parent): Member.PARENTS for parent in (_R.CHILD, *_CHILDS_SPOUSE)},
}
"""The same, where the head has one child in the household, so that it is certain whose spouse and parent they are."""


def relation_to_holder(household: Household, other: Resident) -> Member:
    """What `other`, a member of the household, is to the holder."""
    if other.resident_no == household.holder.resident_no:
        return Member.SELF
    pair = (household.holder.relation, other.relation)
    found = _CERTAIN.get(pair)
    if found is None and _one_child_and_spouse(household):
        found = _ONE_CHILD.get(pair)
    return Member.OTHERS if found is None else found


def chosen_members(household: Household, members: tuple[Member, ...]) -> tuple[Resident, ...]:
    """Whom the certificate shows, in the record's order: the whole household, or those who were asked for."""
    present = household.present_members
    if not members:
        return present
    wanted = frozenset(members)
    return tuple(member for member in present if relation_to_holder(household, member) in wanted)


def _one_child_and_spouse(household: Household) -> bool:
    # Removed members count: a grandchild's parent may be the child who has died.
    relations = [member.relation for member in household.members]
    return relations.count(_R.CHILD) == 1 and sum(relations.count(spouse) for spouse in _CHILDS_SPOUSE) <= 1
