"""Consents and approvals under the riders are the client's own word: who needs one cannot give it to himself."""

from __future__ import annotations

import pytest
from rider_lives import MARATHON, found, signed, terminated

from itaku.contracts.engine.events import EventUnfitError
from itaku.contracts.engine.rules import rules_of
from itaku.contracts.model.parts import names

RIDERS = ("S2-R", "S2-P", "S2-L", "S2-D")


def words_of_the_other_side() -> list[tuple[str, str]]:
    """Each provision of a rider with the kind of event that permits, consents or approves under it."""
    found = []
    for rule in rules_of(MARATHON).rules.values():
        if rule.id.startswith(RIDERS):
            lifted = getattr(rule.text, "lifted", None)
            accept = rule.discharge.accept if rule.discharge is not None else None
            found += [(rule.id, kind) for kind in (*names(lifted.event if lifted else None), *names(accept))]
    return found


WORDS = words_of_the_other_side()


def test_they_are_all_of_the_riders_consents_permissions_and_approvals() -> None:
    assert {clause for clause, _ in WORDS} == {
        *("S2-P3-4", "S2-P3-4/場所", "S2-P3-5", "S2-P3-5/提供", "S2-P3-6", "S2-P4"),
        *("S2-D4.1", "S2-D4.1-3-イ", "S2-D4.1-3-エ", "S2-D4.1-4", "S2-D4.1-5", "S2-D4.1-6-オ/策定", "S2-D4.1-7"),
        *("S2-D4.2-3-ア", "S2-D4.2-3-イ", "S2-D4.3-1"),
        *("S2-D4.4-1", "S2-D4.4-1/賃貸借", "S2-D4.4-1-賃", "S2-D4.4-3"),
    }


@pytest.mark.parametrize(("clause", "kind"), WORDS, ids=[f"{clause}-{kind}" for clause, kind in WORDS])
def test_the_contractor_cannot_give_itself_what_only_the_client_gives(clause: str, kind: str) -> None:
    life = signed()
    known = MARATHON.events[kind]
    fields = dict.fromkeys(known.keys, "N1")
    life.event("2026-06-01", kind, told_by=client_of(clause), **fields)
    with pytest.raises(EventUnfitError, match="is not told by 'contractor'"):
        life.event("2026-06-01", kind, told_by="contractor", **fields)


def client_of(clause: str) -> str:
    """The person whom a clause's part calls 甲 or 発注者: the committee in one rider, the prefecture in the others."""
    labels = MARATHON.parts[MARATHON.part_of(clause) or ""].labels
    return labels["発注者"] if "発注者" in labels else labels["甲"]


REPORTS = [
    ("data-plan.submitted", {"version": "1"}),
    ("return-plan.submitted", {"my_number_marked": False}),
    ("sanitization.report-submitted", {"device": "D1"}),
    ("data-incident.detailed", {"incident": "I1"}),
    ("prevention.submitted", {"incident": "I1"}),
]


@pytest.mark.parametrize(("kind", "fields"), REPORTS, ids=[kind for kind, _ in REPORTS])
def test_nor_can_the_client_hand_in_what_the_contractor_owes(kind: str, fields: dict[str, object]) -> None:
    life = signed()
    life.event("2026-06-01", kind, told_by="contractor", **fields)
    with pytest.raises(EventUnfitError, match="is not told by 'prefecture'"):
        life.event("2026-06-01", kind, told_by="prefecture", **fields)


HOLDERS = [
    ("S2-R4-1", "S2-R4-1-1", "prefecture", "committee"),
    ("S2-P9", "S2-P9-1", "committee", "prefecture"),
]


@pytest.mark.parametrize(
    ("power", "ground", "holder", "other"),
    [pytest.param(*row, marks=pytest.mark.shows(row[0], row[1]), id=row[0]) for row in HOLDERS],
)
def test_a_right_to_terminate_is_its_holders_and_no_other_clients(
    power: str, ground: str, holder: str, other: str
) -> None:
    life = signed()
    found(life, "2026-06-01", ground)
    terminated(life, "2026-06-02", power, case="T0", by=other)
    assert life.on("2026-06-03").status == "in_force"
    assert life.flagged("2026-06-03") == ["without_effect"]
    barred = life.on("2026-06-03").views[f"{power}[case=T0]"]
    assert barred.state == "barred"
    terminated(life, "2026-06-04", power, by=holder)
    assert life.on("2026-06-05").status == "terminated"
