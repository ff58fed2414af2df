"""The certificates contract lives: months are settled, secrets kept, claims made, and it renews or ends."""

from __future__ import annotations

import datetime as dt
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from itaku.basis.clock import JST, to_instant
from itaku.contracts.engine.events import Told, read_event
from itaku.contracts.engine.result import Result, replay
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.loading import load_contract

Happening = tuple[str, str, dict[str, Any]]

SIGNED: list[Happening] = [
    ("2026-03-25", "contract.signed", {}),
    ("2026-03-25", "term.set", {"term": "term_start", "date": "2026-04-01"}),
    ("2026-03-25", "term.set", {"term": "term_end", "date": "2027-03-31"}),
    ("2026-03-25", "term.set", {"term": "tax_percent", "text": "10"}),
]
APRIL: Happening = (
    "2026-05-01",
    "month.closed",
    {
        "month": "2026-04",
        "fees_yen": 300_000,
        "issued": 1_010,
        "voided": 10,
        "copies": 1_000,
        "last_day": "2026-04-30",
    },
)
DESIGNATED: Happening = (
    "2026-05-01",
    "date.set",
    {"under": "S1-12-2", "date": "2026-05-29", "instance": "S1-12-2[month=2026-04]"},
)


@pytest.fixture(scope="module", name="contract")
def _contract() -> Contract:
    return load_contract(Path(str(resources.files("itaku.contracts.library") / "certificates.toml")))


def lived(contract: Contract, happenings: list[Happening], as_of: str) -> Result:
    events = [
        read_event(contract, Told(id=f"e{seq}", at=at, kind=kind, fields=fields), seq)
        for seq, (at, kind, fields) in enumerate(happenings, 1)
    ]
    day = dt.datetime.combine(dt.date.fromisoformat(as_of), dt.time(23), JST)
    return replay(contract, events, to_instant(day))


def yen(result: Result, instance: str) -> int | None:
    money = result.money(instance)
    assert money is not None
    return money.yen


def offset(day: str, amount: int = 123_000) -> Happening:
    return day, "commission.offset", {"month": "2026-04", "yen": amount}


def received(day: str, amount: int) -> Happening:
    return day, "fees.received", {"month": "2026-04", "yen": amount}


def test_a_month_is_booked_gross_and_remitted_net(contract: Contract) -> None:
    life = [*SIGNED, APRIL, DESIGNATED, offset("2026-05-29"), received("2026-05-29", 177_000)]
    result = lived(contract, life, "2026-06-10")
    assert yen(result, "S1-12-1[month=2026-04]") == 123_000
    assert yen(result, "S1-12-1/税[month=2026-04]") == 11_181
    assert yen(result, "S1-12-3[month=2026-04]") == 177_000
    assert result.views["S1-12-2[month=2026-04]"].state == "fulfilled"
    assert result.views["S1-12-1[month=2026-04]"].state == "fulfilled"
    assert not [name for name in result.views if name.startswith("S1-15-1[")]
    assert not result.flags


def test_refunded_copies_count_for_the_commission_only_if_that_reading_is_chosen(contract: Contract) -> None:
    chosen = ("2026-04-01", "policy.chosen", {"policy": "S1-8-1.refunded-copies", "option": "issued"})
    result = lived(contract, [*SIGNED, chosen, APRIL], "2026-05-01")
    assert yen(result, "S1-12-1[month=2026-04]") == 124_230


def test_the_remittance_has_no_date_until_the_designated_day_is_set(contract: Contract) -> None:
    view = lived(contract, [*SIGNED, APRIL], "2026-12-31").views["S1-12-2[month=2026-04]"]
    assert (view.state, view.due.day) == ("in_effect", None)
    assert view.due.blank is not None


def late_life() -> list[Happening]:
    return [*SIGNED, APRIL, DESIGNATED, offset("2026-05-29"), received("2026-10-26", 177_000)]


def test_a_late_remittance_is_charged_on_its_unpaid_part(contract: Contract) -> None:
    # 177,000 x 2.5 % x 150 days / 365 = 1,818.49
    assert yen(lived(contract, late_life(), "2026-11-01"), "S1-15-1[month=2026-04]") == 1_800


def test_days_of_inspection_do_not_count_and_overlap_once(contract: Contract) -> None:
    inspections: list[Happening] = [
        ("2026-07-10", "books.inspected", {"inspection": "K1", "from": "2026-07-01", "to": "2026-07-10"}),
        ("2026-07-15", "books.inspected", {"inspection": "K2", "from": "2026-07-06", "to": "2026-07-15"}),
    ]
    life = sorted([*late_life(), *inspections], key=lambda each: each[0])
    # 177,000 x 2.5 % x 135 days / 365 = 1,636.64
    assert yen(lived(contract, life, "2026-11-01"), "S1-15-1[month=2026-04]") == 1_600


@pytest.mark.parametrize(("reading", "charged"), [("gross", 3_000), ("net", 1_800)])
def test_another_base_of_the_late_charge_can_be_chosen(contract: Contract, reading: str, charged: int) -> None:
    chosen = ("2026-04-01", "policy.chosen", {"policy": "S1-15-1.base", "option": reading})
    life = sorted([*late_life(), chosen], key=lambda each: each[0])
    assert yen(lived(contract, life, "2026-11-01"), "S1-15-1[month=2026-04]") == charged


def test_a_waiver_owes_nothing_and_keeps_the_figure(contract: Contract) -> None:
    waived = ("2026-11-01", "charge.waived", {"month": "2026-04", "reason": "広域の停電"})
    money = lived(contract, [*late_life(), waived], "2026-11-02").money("S1-15-1[month=2026-04]")
    assert money is not None
    assert (money.yen, money.computed_yen) == (0, 1_800)


def test_one_excluded_item_leaves_the_other_secrets_secret(contract: Contract) -> None:
    told = {"discloser": "甲", "medium": "紙"}
    life: list[Happening] = [
        *SIGNED,
        ("2026-04-02", "secret.disclosed", {"asset": "A", **told}),
        ("2026-04-02", "secret.disclosed", {"asset": "B", **told}),
        ("2026-04-03", "exclusion.recorded", {"asset": "A", "reason": "public"}),
        ("2026-04-04", "secret.given-out", {"asset": "A"}),
        ("2026-04-04", "secret.given-out", {"asset": "B"}),
    ]
    views = lived(contract, life, "2026-04-05").views
    assert views["S1-6-1/開示[asset=A]"].breached_on is None
    assert views["S1-6-1/開示[asset=B]"].breached_on == dt.date(2026, 4, 4)


def test_consent_to_one_copy_does_not_allow_another(contract: Contract) -> None:
    life: list[Happening] = [
        *SIGNED,
        ("2026-04-02", "secret.copy-wanted", {"asset": "A", "copy": "1"}),
        ("2026-04-03", "secret.copy-consented", {"asset": "A", "copy": "1"}),
        ("2026-04-04", "secret.copied", {"asset": "A", "copy": "1"}),
        ("2026-04-05", "secret.copied", {"asset": "A", "copy": "2"}),
    ]
    views = lived(contract, life, "2026-04-06").views
    assert views["S1-6-3[asset=A,copy=1]"].breached_on is None
    assert views["S1-6-3[asset=A,copy=2]"].breached_on == dt.date(2026, 4, 5)


def test_an_operator_may_not_issue_before_it_is_bound(contract: Contract) -> None:
    contracted = ("2026-04-02", "operator.contracted", {"operator": "潮風マート"})
    started = ("2026-04-05", "operator.started", {"operator": "潮風マート"})
    bound = ("2026-04-03", "operator.bound", {"operator": "潮風マート"})
    name = "S1-7-3[operator=潮風マート]"
    assert lived(contract, [*SIGNED, contracted, started], "2026-04-06").views[name].state == "violated"
    assert lived(contract, [*SIGNED, contracted, bound, started], "2026-04-06").views[name].state == "fulfilled"


def test_no_sheet_of_a_refunded_order_is_handed_over_before_all_are_void(contract: Contract) -> None:
    refunded = ("2026-04-10", "misprint.refunded", {"order": "Z1", "several": True, "yen": 600})
    one = ("2026-04-10", "sheet.stamped", {"order": "Z1"})
    every = ("2026-04-10", "order.stamped", {"order": "Z1"})
    handed = ("2026-04-10", "sheet.handed-over", {"order": "Z1", "several": True})
    early = lived(contract, [*SIGNED, refunded, handed], "2026-04-11")
    assert early.views["S1-8-1-但[order=Z1]"].state == "not_arisen"
    partly = lived(contract, [*SIGNED, refunded, one, handed], "2026-04-11")
    assert partly.views["S1-8-1-複[order=Z1]"].state == "violated"
    wholly = lived(contract, [*SIGNED, refunded, one, every, handed], "2026-04-11")
    assert wholly.views["S1-8-1-複[order=Z1]"].state == "fulfilled"
    assert wholly.views["S1-8-1-但[order=Z1]"].state == "exercised"
    assert not wholly.flags


def test_the_yearly_assessment_expires_after_a_year(contract: Contract) -> None:
    name = "S1-A1-2-4[operator=潮風マート]"
    life: list[Happening] = [
        *SIGNED,
        ("2026-04-02", "operator.contracted", {"operator": "潮風マート"}),
        (
            "2026-04-10",
            "evidence.filed",
            {"under": "S1-A1-2-4", "slot": "report", "sha256": "00" * 32, "instance": name},
        ),
    ]
    states = [lived(contract, life, day).views[name].state for day in ("2026-04-09", "2027-04-10", "2027-04-11")]
    assert states == ["unproved", "proved", "expired"]


def test_a_device_that_was_only_initialised_may_not_leave(contract: Contract) -> None:
    kept = {"secret": False, "personal": True, "holder": "contractor"}
    for method, state in (("initialised", "violated"), ("destroyed", "fulfilled")):
        life: list[Happening] = [
            *SIGNED,
            ("2026-04-02", "device.release-planned", {"device": "D1", **kept}),
            (
                "2026-04-03",
                "device.sanitized",
                {"device": "D1", "method": method, "verified": True, "personal": True, "holder": "contractor"},
            ),
            ("2026-04-04", "device.released", {"device": "D1", **kept}),
        ]
        assert lived(contract, life, "2026-04-05").views["S1-A2-5[device=D1]"].state == state


def test_a_claim_for_operator_fault_is_capped_by_what_the_operator_paid(contract: Contract) -> None:
    claim = {"claim": "C1", "claimant": "甲", "category": "operator-fault", "yen": 500_000}
    life: list[Happening] = [
        *SIGNED,
        ("2026-06-01", "damages.claimed", {"under": "S1-16-2/請求", **claim}),
        ("2026-07-01", "operator.compensated", {"claim": "C1", "yen": 200_000}),
    ]
    assert yen(lived(contract, life, "2026-06-30"), "S1-16-2[claim=C1]") == 0
    assert yen(lived(contract, life, "2026-07-02"), "S1-16-2[claim=C1]") == 200_000


def test_lost_profit_makes_no_debt(contract: Contract) -> None:
    claim = {"claim": "C2", "claimant": "乙", "category": "lost-profit", "yen": 900_000}
    views = lived(
        contract, [*SIGNED, ("2026-06-01", "damages.claimed", {"under": "S1-16-1/乙", **claim})], "2026-06-02"
    ).views
    assert views["S1-16-1-但[claim=C2]"].state == "holds"
    assert "S1-16-1/乙への賠償[claim=C2]" not in views


def test_ordinary_loss_is_owed_by_the_side_in_breach(contract: Contract) -> None:
    claim = {"claim": "C3", "claimant": "乙", "category": "ordinary-direct", "yen": 70_000}
    result = lived(
        contract, [*SIGNED, ("2026-06-01", "damages.claimed", {"under": "S1-16-1/乙", **claim})], "2026-06-02"
    )
    assert yen(result, "S1-16-1/乙への賠償[claim=C3]") == 70_000
    assert result.views["S1-16-1/乙への賠償[claim=C3]"].bearer == "client"
    assert "S1-16-1/甲への賠償[claim=C3]" not in result.views


def test_insolvency_calls_in_the_fees_and_lets_the_client_terminate(contract: Contract) -> None:
    life: list[Happening] = [
        *SIGNED,
        APRIL,
        DESIGNATED,
        ("2026-05-10", "insolvency.known", {}),
        ("2026-05-12", "termination.notified", {"case": "1", "extent": "whole"}),
    ]
    result = lived(contract, life, "2026-05-20")
    assert result.views["S1-12-2[month=2026-04]"].due.day == dt.date(2026, 5, 10)
    assert result.views["S1-12-2[month=2026-04]"].state == "violated"
    assert result.status == "terminated"
    assert any(name.startswith("S1-19") for name in result.views)


def test_the_client_may_terminate_from_the_fifteenth_day_after_a_demand(contract: Contract) -> None:
    demand = ("2026-06-01", "demand.received", {"demand": "T1", "to": "乙"})
    for day, status in (("2026-06-15", "in_force"), ("2026-06-16", "terminated")):
        notice = (day, "termination.notified", {"case": "1", "extent": "whole"})
        assert lived(contract, [*SIGNED, demand, notice], "2026-06-20").status == status


def test_the_contractor_must_announce_its_termination(contract: Contract) -> None:
    demand = ("2026-06-01", "demand.received", {"demand": "T1", "to": "甲"})
    declared = ("2026-06-20", "termination.declared", {"case": "1"})
    forewarned = ("2026-06-17", "termination.forewarned", {"case": "1"})
    unannounced = lived(contract, [*SIGNED, demand, declared], "2026-06-21")
    announced = lived(contract, [*SIGNED, demand, forewarned, declared], "2026-06-21")
    assert unannounced.status == announced.status == "terminated"
    assert unannounced.views["S1-18-2[case=1]"].breached_on == dt.date(2026, 6, 20)
    assert announced.views["S1-18-2[case=1]"].breached_on is None


def test_it_renews_for_a_year_unless_somebody_objects(contract: Contract) -> None:
    objection = ("2027-02-10", "objection.arrived", {"term_end": "2027-03-31"})
    assert lived(contract, SIGNED, "2027-04-01").status == "in_force"
    assert lived(contract, [*SIGNED, objection], "2027-03-31").status == "in_force"
    assert lived(contract, [*SIGNED, objection], "2027-04-01").status == "expired"


def test_a_months_notice_ends_it_and_the_fees_stay_owed(contract: Contract) -> None:
    early = ("2026-05-10", "cancellation.notified", {"end_on": "2026-06-20"})
    short = ("2026-05-30", "cancellation.notified", {"end_on": "2026-06-20"})
    life = [*SIGNED, APRIL, DESIGNATED]
    assert lived(contract, [*life, short], "2026-06-21").status == "in_force"
    ended = lived(contract, [*life, early], "2026-06-21")
    assert ended.status == "cancelled"
    assert ended.views["S1-12-2[month=2026-04]"].state == "violated"
    assert [view.state for name, view in ended.views.items() if name.startswith("S1-22-但")] == ["in_effect"]
