"""Every clause that is answered by evidence: who must prove it, from when on, with which papers, and for how long."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from contracts_lives import Life

from itaku.contracts.model.kinds import Requirement
from itaku.contracts.shelf import form

# What brings a requirement to life: the event, its fields, the keys by which instances are told apart.
CAUSES: dict[str, tuple[str, dict[str, Any]]] = {
    "operator": ("operator.contracted", {"operator": "K1"}),
    "by contractor": (
        "device.sanitized",
        {"device": "K1", "method": "destroyed", "verified": True, "personal": True, "holder": "contractor"},
    ),
    "by operator": (
        "device.sanitized",
        {"device": "K1", "method": "destroyed", "verified": True, "personal": True, "holder": "operator"},
    ),
    "placement": ("external-placement.started", {"place": "K1"}),
    "connection": ("external-connection.started", {"link": "K1"}),
    "my number": (
        "finding.made",
        {"on": "S2-D4.1-番号/該当", "result": True, "person": "発注者", "reason": "番号を扱う"},
    ),
    "subcontract": ("subcontract.started", {"sub": "K1", "tier": "first", "personal": True}),
} | {
    f"class {letter}{' outside' if outside else ''}": (
        "sanitization.planned",
        {"device": "K1", "class": letter, "on": "2026-12-01", "leased": False, "outside": outside},
    )
    for letter in "ABCD"
    for outside in (False, True)
}

# Clause, who must prove it, what causes it (nothing: it stands from signing on), the papers and how long they are good.
REQUIREMENTS = [
    ("S1-7-1", "both", "", "places never, custody never"),
    ("S1-7-2", "both", "", "inventory never, controls never"),
    ("S1-A1-1", "third", "operator", "centres never"),
    ("S1-A1-1-1", "third", "operator", "network never"),
    ("S1-A1-1-2", "third", "operator", "zones never, rules never"),
    ("S1-A1-1-3", "third", "operator", "server never"),
    ("S1-A1-2", "third", "operator", "networks never"),
    ("S1-A1-2-1", "third", "operator", "line stated"),
    ("S1-A1-2-2", "third", "operator", "protocol 1y"),
    ("S1-A1-2-3", "third", "operator", "allow-list never"),
    ("S1-A1-2-4", "third", "operator", "report policy:S1-A1-2-4.year"),
    ("S1-A1-3", "third", "operator", "systems never"),
    ("S1-A1-3-1", "third", "operator", "keys never"),
    ("S1-A1-3-2", "third", "operator", "router never"),
    ("S1-A1-3-3", "third", "operator", "access never"),
    ("S1-A1-3-4", "third", "operator", "wireless never"),
    ("S1-A1-4", "third", "operator", "kiosks never"),
    ("S1-A1-4-1", "third", "operator", "cards never"),
    ("S1-A1-4-2", "third", "operator", "certification stated, deletion never"),
    ("S1-A1-4-3", "third", "operator", "keys never"),
    ("S1-A1-4-4", "third", "operator", "passwords never"),
    ("S1-A1-4-5", "third", "operator", "log never, retention never"),
    ("S1-A1-4-6", "third", "operator", "access never"),
    ("S1-A1-4-7", "third", "operator", "alerts never"),
    ("S1-A1-4-8", "third", "operator", "monitoring never"),
    ("S1-A1-4-9", "third", "operator", "isms stated"),
    ("S1-A1-4-10", "third", "operator", "franchise never"),
    ("S1-A1-4-11", "third", "operator", "work-rules never"),
    ("S1-A1-4-12", "third", "operator", "camera never"),
    ("S1-A2-4", "乙", "", "access never, passwords never"),
    ("S1-A2-4/事業者", "third", "operator", "access never, passwords never"),
    ("S1-A2-4-2", "乙", "", "tamper never"),
    ("S1-A2-4-2/事業者", "third", "operator", "tamper never"),
    ("S1-A2-5-2", "乙", "by contractor", "proof never"),
    ("S1-A2-5-2/事業者", "third", "by operator", "proof never"),
    ("S2-P3-3", "乙", "", "controls stated"),
    ("S2-D4.1-番号", "受注者", "my number", "separation 1y, safeguards never"),
    ("S2-D4.1-3-ア", "受注者", "", "access 1y, malware 1y, patches 1y"),
    ("S2-D4.1-4-ア", "受注者", "placement", "place 1y"),
    ("S2-D4.1-4-イ", "受注者", "placement", "devices 1y"),
    ("S2-D4.1-4-ウ", "受注者", "placement", "logs 1y"),
    ("S2-D4.1-5-ア", "受注者", "connection", "firewall 1y"),
    ("S2-D4.1-5-イ", "受注者", "connection", "detection 1y"),
    ("S2-D4.1-7/水準", "受注者", "subcontract", "check 1y"),
    ("S2-D4.4", "受注者", "class B", "record never"),
    ("S2-D4.4-2-ア-ア", "受注者", "class A", "photos never"),
    ("S2-D4.4-2-ア-イ-但", "受注者", "class A outside", "inside never, certificate never"),
    ("S2-D4.4-2-イ-ア", "受注者", "class B", "method never"),
    ("S2-D4.4-2-イ-イ", "受注者", "class B", "inside never, certificate never"),
    ("S2-D4.4-2-ウ-ア", "受注者", "class C", "method never"),
    ("S2-D4.4-2-ウ-イ", "受注者", "class C", "confirmation never"),
    ("S2-D4.4-2-エ-イ", "受注者", "class D", "confirmation never"),
    ("S2-D5.1-1-ア", "受注者", "", "zones 1y"),
    ("S2-D5.1-1-イ", "受注者", "", "rules 1y"),
    ("S2-D5.1-1-ウ", "受注者", "", "admission 1y"),
    ("S2-D5.1-1-エ", "受注者", "", "throttling 1y"),
    ("S2-D5.1-2-ア", "受注者", "", "malware 1y"),
    ("S2-D5.1-2-イ", "受注者", "", "status 1y"),
    ("S2-D5.1-3-ア", "受注者", "", "check 1y"),
    ("S2-D5.1-3-イ", "受注者", "", "updates 1y"),
    ("S2-D5.2-1-ア", "受注者", "", "logs 1y"),
    ("S2-D5.2-1-イ", "受注者", "", "protection 1y"),
    ("S2-D5.2-1-ウ", "受注者", "", "time 1y"),
    ("S2-D5.2-2-ア", "受注者", "", "detection 1y"),
    ("S2-D5.2-2-イ", "受注者", "", "overload 1y"),
    ("S2-D5.3-1", "受注者", "", "authentication 1y"),
    ("S2-D5.3-2-ア", "受注者", "", "accounts 1y"),
    ("S2-D5.3-2-イ", "受注者", "", "rights 1y"),
    ("S2-D5.3-2-ウ", "受注者", "", "admins 1y"),
    ("S2-D5.4-1", "受注者", "", "transit 1y"),
    ("S2-D5.4-2", "受注者", "", "storage 1y"),
    ("S2-D5.4-3", "受注者", "", "integrity 1y"),
    ("S2-D5.5-1", "受注者", "", "devices 1y"),
    ("S2-D5.5-2", "受注者", "", "place 1y"),
    ("S2-D5.6-1/一致", "受注者", "", "comparison 1y"),
    ("S2-D5.6-1-後", "受注者", "", "inventory 1y"),
    ("S2-D5.6-2", "受注者", "", "restore 1y"),
    ("S2-D5.7-1", "受注者", "", "organisation 1y"),
    ("S2-D5.7-2", "受注者", "", "process 1y"),
    ("S2-D5.8-1", "受注者", "", "release 1y"),
]

STATED = "2026-12-31"
GOOD_UNTIL = {
    "never": "2040-01-01",
    "1y": "2027-06-01",
    "policy:S1-A1-2-4.year": "2027-06-01",
    "stated": STATED,
}


def file_evidence(life: Life, name: str, slot: str, expires: str) -> None:
    stated = {"expires_on": STATED} if expires == "stated" else {}
    life.tell("2026-06-01", "evidence.filed", under=name, slot=slot, sha256="0" * 64, **stated)


def after(day: str) -> str:
    return (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("name", "bearer", "cause", "slots"),
    [pytest.param(*row, marks=pytest.mark.shows(row[0]), id=row[0]) for row in REQUIREMENTS],
)
def test_it_is_proved_when_every_paper_is_there_and_until_the_first_runs_out(
    name: str, bearer: str, cause: str, slots: str
) -> None:
    life = Life(form(name[:2]), "2026-04-01")
    instance = name
    if cause:
        kind, fields = CAUSES[cause]
        before = [each for each in life.on("2026-04-30").views.values() if each.provision == name]
        assert all(each.against for each in before)
        life.tell("2026-05-01", kind, **fields)
        instance = next(each.id for each in life.on("2026-05-01").fold.of(name))
        assert instance.endswith("=K1]") == (not before)
    wanted = life.view("2026-05-02", instance)
    part = life.contract.part_of(name)
    assert wanted.bearer == life.contract.parts[part].labels.get(bearer, bearer)
    assert (wanted.state, wanted.against) == ("unproved", ())
    papers = dict(each.split() for each in slots.split(", "))
    for slot, expires in papers.items():
        assert life.state("2026-06-01", instance) == "unproved"
        file_evidence(life, name, slot, expires)
    last = min(GOOD_UNTIL[expires] for expires in papers.values())
    assert life.state(last, instance) == "proved"
    if set(papers.values()) != {"never"}:
        assert life.state(after(last), instance) == "expired"
    assert not life.flagged("2026-06-02")
    life.tell("2026-07-01", "evidence.withdrawn", under=name, slot=next(iter(papers)))
    assert life.state("2026-07-01", instance) == "unproved"


def test_no_requirement_is_left_out() -> None:
    found = [text.id for name in ("S1", "S2") for text in form(name).provisions if isinstance(text, Requirement)]
    assert [row[0] for row in REQUIREMENTS] == found


@pytest.mark.parametrize("name", [row[0] for row in REQUIREMENTS if row[2] == "operator"])
def test_what_an_operator_must_prove_ends_for_the_one_that_leaves(name: str) -> None:
    life = Life(form("S1"), "2026-04-01")
    for operator in ("K1", "K2"):
        life.tell("2026-05-01", "operator.contracted", operator=operator)
    life.tell("2026-08-01", "operator.left", operator="K1")
    left, stays = (life.view("2026-08-02", f"{name}[operator={each}]").against for each in ("K1", "K2"))
    assert [(each.code, each.by) for each in left] == [("excused", "S1-7-3/離脱")]
    assert stays == ()


@pytest.mark.parametrize("name", [row[0] for row in REQUIREMENTS if row[0].startswith("S2-D5.")])
def test_a_security_requirement_applies_until_its_group_is_found_not_to(name: str) -> None:
    life = Life(form("S2"), "2026-04-01")
    group = f"S2-D5/{name[4:7].removeprefix('D')}"
    finding = {"result": False, "person": "発注者", "reason": "システムを導入しない"}
    for on in (group, "S2-D5"):
        life.tell("2026-05-01", "finding.made", on=on, **finding)
        assert ("lacks", on) in life.view("2026-05-02", name).against
