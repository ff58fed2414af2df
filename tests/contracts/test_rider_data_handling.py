"""Data at work: machines, storage, ledger rows, attendance, exit checks, mail, outside places, links, subcontracts."""

from __future__ import annotations

import datetime as dt

import pytest
from contracts_lives import Life
from rider_lives import found, proved, signed

from itaku.contracts.engine.whatif import may


@pytest.fixture(name="life")
def _life() -> Life:
    return signed()


# ---- 4.1 (3): handling ----


@pytest.mark.shows("S2-D4.1-3-ア")
def test_machines_in_use_show_access_control_malware_and_patch_state_each_year(life: Life) -> None:
    proved(life, "2026-01-15", "S2-D4.1-3-ア", "access", "malware")
    assert life.state("2026-01-16", "S2-D4.1-3-ア") == "unproved"
    proved(life, "2026-02-01", "S2-D4.1-3-ア", "patches")
    assert life.state("2027-01-15", "S2-D4.1-3-ア") == "proved"
    assert life.state("2027-01-16", "S2-D4.1-3-ア") == "expired"  # the first two are a year old


OUTSIDE = [("S2-D4.1-3-イ", "outside-system"), ("S2-D4.1-3-エ", "outside-storage")]


@pytest.mark.parametrize(
    ("clause", "what"), [pytest.param(*row, marks=pytest.mark.shows(row[0]), id=row[1]) for row in OUTSIDE]
)
@pytest.mark.parametrize("level", ["2", "3"])
def test_nobodys_machines_and_storage_see_level_two_and_up_only_with_permission(
    life: Life, clause: str, what: str, level: str
) -> None:
    for use in ("U1", "U2"):
        life.tell("2026-06-01", f"{what}.planned", use=use, level=level)
    life.tell("2026-06-02", f"{what}.permitted", use="U1", told_by="prefecture")
    for use in ("U1", "U2", "U3"):
        life.tell("2026-06-03", f"{what}.used", use=use, level=level, told_by="contractor")
    life.tell("2026-06-03", f"{what}.used", use="U4", level="1")
    views = life.on("2026-06-04").views
    assert views[f"{clause}[use=U1]"].state == "discharged"
    assert views[f"{clause}[use=U2]"].breached_on == dt.date(2026, 6, 3)
    assert views[f"{clause}[use=U3]"].breached_on == dt.date(2026, 6, 3)  # not even announced
    assert f"{clause}[use=U4]" not in views


@pytest.mark.shows("S2-D4.1-3-イ", "S2-D4.1-3-エ")
def test_permission_to_handle_elsewhere_is_no_permission_to_store_there(life: Life) -> None:
    life.tell("2026-06-01", "outside-system.planned", use="U1", level="2")
    life.tell("2026-06-02", "outside-system.permitted", use="U1")
    life.tell("2026-06-03", "outside-storage.used", use="U1", level="2")
    assert life.state("2026-06-04", "S2-D4.1-3-イ[use=U1]") == "discharged"
    assert life.state("2026-06-04", "S2-D4.1-3-エ[use=U1]") == "violated"


@pytest.mark.shows("S2-D4.1-3-ウ")
def test_every_hand_over_opens_a_row_of_the_ledger(life: Life) -> None:
    for item in ("D1", "D2"):
        life.tell("2026-01-20", "data.handed-over", item=item, level="2", my_number=False)
    life.tell("2026-01-20", "data-ledger.opened-row", item="D1", told_by="contractor")
    assert life.state("2026-01-21", "S2-D4.1-3-ウ[item=D1]") == "fulfilled"
    assert life.state("2026-01-21", "S2-D4.1-3-ウ[item=D2]") == "in_effect"


@pytest.mark.shows("S2-D4.1-3-オ", "S2-D4.1-3-カ")
def test_the_manager_attends_the_work_and_searches_everyone_who_leaves(life: Life) -> None:
    for session in ("W1", "W2"):
        life.tell("2026-02-02", "handler-work.started", session=session)
        life.tell("2026-02-02", "handler-work.ended", session=session)
    assert life.state("2026-02-02", "S2-D4.1-3-オ[session=W1]") == "in_effect"
    life.tell("2026-02-02", "handler-work.attended", session="W1", manager="責任者")
    leaving = life.event("2026-02-02", "workplace.left", session="W1")
    assert [each.id for each in may(life.contract, life.events, leaving).broken] == ["S2-D4.1-3-カ[session=W1]"]
    life.tell("2026-02-02", "exit-check.done", session="W1", manager="責任者", taken_out=False)
    for session in ("W1", "W2"):
        life.tell("2026-02-02", "workplace.left", session=session)
    life.tell("2026-02-03", "exit-check.done", session="W2", manager="責任者", taken_out=False)
    views = life.on("2026-02-04").views
    assert views["S2-D4.1-3-オ[session=W1]"].state == "fulfilled"
    assert views["S2-D4.1-3-オ[session=W2]"].state == "in_effect"
    assert views["S2-D4.1-3-カ[session=W1]"].breached_on is None
    assert views["S2-D4.1-3-カ[session=W2]"].breached_on == dt.date(2026, 2, 2)


@pytest.mark.shows("S2-D4.1-3-キ")
@pytest.mark.parametrize(
    ("level", "encrypted", "broken"),
    [("1", False, False), ("2", True, False), ("2", False, True), ("3", True, False), ("3", False, True)],
)
def test_level_two_and_up_is_never_mailed_in_the_clear(life: Life, level: str, encrypted: bool, broken: bool) -> None:
    life.tell("2026-03-02", "data-mail.sent", mail="M0", level="3", encrypted=False)
    life.tell("2026-03-02", "data-mail.sent", mail="M1", level=level, encrypted=encrypted)
    views = life.on("2026-03-03").views
    assert views["S2-D4.1-3-キ[mail=M0]"].state == "violated"
    assert ("S2-D4.1-3-キ[mail=M1]" in views) == broken


# ---- 4.2 (2): the ledger ----


@pytest.mark.shows("S2-D4.2-2", "S2-D4.2-2/確認")
def test_each_handling_is_entered_and_then_confirmed_by_the_manager(life: Life) -> None:
    life.tell("2026-02-02", "data.handled", handling="H1", item="D1", level="2")
    assert life.state("2026-02-02", "S2-D4.2-2[handling=H1]") == "in_effect"
    assert "S2-D4.2-2/確認[handling=H1]" not in life.on("2026-02-02").views
    life.tell("2026-02-03", "data-ledger.entered", handling="H1")
    assert life.state("2026-02-03", "S2-D4.2-2[handling=H1]") == "fulfilled"
    assert life.state("2026-02-03", "S2-D4.2-2/確認[handling=H1]") == "in_effect"
    life.tell("2026-02-04", "data-ledger.confirmed", handling="H1", manager="責任者")
    assert life.state("2026-02-05", "S2-D4.2-2/確認[handling=H1]") == "fulfilled"


@pytest.mark.shows("S2-D4.2-2-番号", "S2-D4.2-2/確認")
def test_my_number_entries_are_confirmed_twice(life: Life) -> None:
    life.tell("2026-02-02", "data.handled", handling="H1", item="D1", level="3")
    life.tell("2026-02-03", "data-ledger.entered", handling="H1")
    life.tell("2026-02-04", "data-ledger.confirmed", handling="H1", manager="責任者")
    second = "S2-D4.2-2-番号[handling=H1]"
    assert life.state("2026-02-05", second) == "pending"
    found(life, "2026-02-06", "S2-D4.1-番号/該当")
    assert life.state("2026-02-07", second) == "in_effect"
    life.tell("2026-02-08", "data-ledger.my-number-confirmed", handling="H1", manager="番号責任者")
    assert life.state("2026-02-09", second) == "fulfilled"


# ---- 4.1 (4), (5): outside places and other networks ----

PLACES = [
    ("S2-D4.1-4", "external-placement", "placement-plan", "place"),
    ("S2-D4.1-5", "external-connection", "connection-plan", "link"),
]


@pytest.mark.parametrize(
    ("clause", "what", "plan", "key"),
    [pytest.param(*row, marks=pytest.mark.shows(row[0]), id=row[3]) for row in PLACES],
)
def test_equipment_elsewhere_and_other_networks_wait_for_their_own_approved_plan(
    life: Life, clause: str, what: str, plan: str, key: str
) -> None:
    for number in ("N1", "N2"):
        life.tell("2026-03-01", f"{what}.planned", **{key: number})
        life.tell("2026-03-02", f"{plan}.submitted", told_by="contractor", **{key: number})
    life.tell("2026-03-05", f"{plan}.approved", told_by="prefecture", **{key: "N1"})
    for number in ("N1", "N2", "N3"):
        life.tell("2026-03-06", f"{what}.started", **{key: number})
    views = life.on("2026-03-07").views
    assert (views[f"{clause}[{key}=N1]"].state, views[f"{clause}[{key}=N1]"].breached_on) == ("fulfilled", None)
    for number in ("N2", "N3"):
        assert views[f"{clause}[{key}={number}]"].breached_on == dt.date(2026, 3, 6)


MEASURES = [
    ("S2-D4.1-4-ア", "external-placement.started", "place", "place"),
    ("S2-D4.1-4-イ", "external-placement.started", "place", "devices"),
    ("S2-D4.1-4-ウ", "external-placement.started", "place", "logs"),
    ("S2-D4.1-5-ア", "external-connection.started", "link", "firewall"),
    ("S2-D4.1-5-イ", "external-connection.started", "link", "detection"),
    ("S2-D4.1-7/水準", "subcontract.started", "sub", "check"),
]


@pytest.mark.parametrize(
    ("clause", "kind", "key", "slot"),
    [pytest.param(*row, marks=pytest.mark.shows(row[0]), id=row[0]) for row in MEASURES],
)
def test_each_place_link_and_subcontractor_proves_its_own_measures_for_a_year(
    life: Life, clause: str, kind: str, key: str, slot: str
) -> None:
    more = {"tier": "first", "personal": False} if key == "sub" else {}
    for number in ("N1", "N2"):
        life.tell("2026-03-06", kind, **{key: number}, **more)
    proved(life, "2026-03-10", f"{clause}[{key}=N1]", slot)
    assert life.state("2026-03-11", f"{clause}[{key}=N1]") == "proved"
    assert life.state("2026-03-11", f"{clause}[{key}=N2]") == "unproved"
    assert life.state("2027-03-10", f"{clause}[{key}=N1]") == "proved"
    assert life.state("2027-03-11", f"{clause}[{key}=N1]") == "expired"


# ---- 4.1 (7): subcontracts ----


@pytest.mark.shows("S2-D4.1-7")
@pytest.mark.parametrize("tier", ["first", "further"])
def test_no_subcontract_at_any_level_starts_before_its_security_plan_is_approved(life: Life, tier: str) -> None:
    for sub in ("K1", "K2"):
        life.tell("2026-01-10", "subcontract.planned", sub=sub, tier=tier, personal=False)
        life.tell("2026-01-11", "subcontract-plan.submitted", sub=sub)
    life.tell("2026-01-15", "subcontract-plan.approved", sub="K1", told_by="prefecture")
    for sub in ("K1", "K2", "K3"):
        life.tell("2026-01-20", "subcontract.started", sub=sub, tier=tier, personal=False)
    views = life.on("2026-01-21").views
    assert (views["S2-D4.1-7[sub=K1]"].state, views["S2-D4.1-7[sub=K1]"].breached_on) == ("fulfilled", None)
    for sub in ("K2", "K3"):
        assert views[f"S2-D4.1-7[sub={sub}]"].breached_on == dt.date(2026, 1, 20)


@pytest.mark.shows("S2-D4.1-7-番号")
def test_the_contractor_helps_when_the_client_checks_a_subcontractor_with_my_numbers(life: Life) -> None:
    life.tell(
        "2026-04-01", "subcontractor-check.announced", check="Q1", sub="K1", on="2026-04-20", told_by="prefecture"
    )
    name = "S2-D4.1-7-番号[check=Q1]"
    assert life.state("2026-04-02", name) == "pending"  # no My Number work
    assert life.view("2026-04-25", name).breached_on is None
    found(life, "2026-03-01", "S2-D4.1-番号/該当")
    assert life.state("2026-04-20", name) == "in_effect"
    assert life.view("2026-04-21", name).breached_on == dt.date(2026, 4, 21)
    life.tell("2026-04-20", "subcontractor-check.assisted", check="Q1")
    assert (life.state("2026-04-21", name), life.view("2026-04-21", name).breached_on) == ("fulfilled", None)
