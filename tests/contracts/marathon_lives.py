"""Stories of the marathon contract, told as its parties live them; the tests ask on a day what stands.

The price is 11,000,000 yen, the rate 2.5 % as a person entered it, the signing day Tuesday 4 November 2025 (令和7年).
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from contracts_lives import Life

from itaku.contracts.engine.result import View
from itaku.contracts.engine.whatif import Answer, may
from itaku.contracts.model.loading import load_contract

LIBRARY = Path(str(resources.files("itaku.contracts.library")))
MARATHON = load_contract(LIBRARY / "marathon.toml")
PRICE = 11_000_000
RATE = "千葉県財務規則120-1"
D = dt.date


class Marathon(Life):
    """The contract from its signing, with price and rate entered, and short words for what is told most."""

    def __init__(self, *, price: int | None = PRICE, percent: str | None = "2.5") -> None:
        super().__init__(MARATHON, "2025-11-04")
        if price is not None:
            self.tell("2025-11-04", "term.set", term="price_yen", yen=price)
        if percent is not None:
            self.tell("2025-11-04", "rate.entered", rate=RATE, from_="2025-04-01", percent=percent, **_SOURCE)

    def found(self, day: str, *clauses: str, result: bool = True, about: str | None = None) -> None:
        """A person's judgement on conditions; `about` names the one instance of which it speaks."""
        named = {} if about is None else {"instance": about}
        for clause in clauses:
            self.tell(day, "finding.made", on=clause, result=result, person="officer", reason="seen", **named)

    def dated(self, day: str, under: str, date: str, **named: str) -> None:
        """The creditor sets the day until which a debt is to be paid."""
        self.tell(day, "date.set", under=under, date=date, **named)

    def paid(self, day: str, under: str, yen: int, **named: str) -> None:
        """A debt is paid, in whole or in part."""
        self.tell(day, "payment.made", under=under, yen=yen, **named)

    def agreed(self, day: str, under: str, **named: str) -> None:
        """A consultation ends in agreement."""
        self.tell(day, "consultation.agreed", under=under, **named)

    def valued(self, day: str, basis: str, yen: int, *, settlement: str = "S1", separable: bool = True) -> None:
        """What was done is inspected and valued, for a settlement."""
        fields = {"settlement": settlement, "separable": separable, "value_yen": yen}
        self.tell(day, "settlement.valued", basis=basis, **fields)

    def chosen(self, policy: str, option: str, day: str = "2025-11-04") -> None:
        """A disputed reading is chosen."""
        self.tell(day, "policy.chosen", policy=policy, option=option)

    def may(self, day: str, kind: str, **fields: Any) -> Answer:
        """Whether an act may be done on a day."""
        return may(self.contract, self.events, self.event(day, kind, **fields))

    def due(self, day: str, name: str) -> dt.date | None:
        """The deadline in force."""
        return self.view(day, name).due.day

    def breached(self, day: str, name: str) -> dt.date | None:
        """The first day of breach, if any."""
        return self.view(day, name).breached_on

    def unpaid(self, day: str, name: str) -> int | None:
        """What is still owed."""
        found = self.on(day).money(name)
        assert found is not None
        return found.unpaid_yen

    def the(self, day: str, provision: str) -> View:
        """The only instance of a provision."""
        (found,) = [each for each in self.on(day).views.values() if each.provision == provision]
        return found

    def exists(self, day: str, name: str) -> bool:
        """Whether there is such an instance."""
        return name in self.on(day).views

    def without_effect(self, day: str) -> list[str]:
        """The acts told up to that day that had no effect."""
        return [flag.about for flag in self.on(day).flags if flag.code == "without_effect"]


_SOURCE = {"basis": "財務規則第120条第1項", "source": "entered for these tests"}


# ---- two fiscal years ----


def signed_and_begun() -> Marathon:
    """Papers, deposit, engineer, and a schedule that is unfit at first."""
    life = Marathon()
    life.tell("2025-11-04", "term.set", term="price_tax_yen", yen=1_000_000)
    life.tell("2025-11-04", "term.set", term="tax_percent", text="10")
    life.tell("2025-11-04", "term.set", term="deposit_yen", yen=1_100_000)
    life.tell("2025-11-04", "contract.sealed", on="2025-11-04")
    life.tell("2025-11-04", "originals.exchanged")
    life.found("2025-11-04", "S2-H4")
    life.dated("2025-11-04", "S2-H4/納付", "2025-11-14")
    life.tell("2025-11-12", "deposit.paid", yen=1_100_000)
    life.tell("2025-11-04", "schedule.submitted", version="1")
    life.tell("2025-11-05", "target.set", under="S2-3-2", date="2025-11-11", instance="S2-3-2[version=1]")
    life.tell("2025-11-06", "engineer.notified")
    life.tell("2025-11-10", "schedule.reviewed", version="1", result="unfit")
    life.agreed("2025-11-13", "S2-3-2/協議")
    life.tell("2025-11-14", "schedule.submitted", version="2")
    life.tell("2025-11-18", "schedule.reviewed", version="2", result="fit")
    return life


def first_year_in_part(life: Marathon, *, valued: int = 3_000_000, agreed: int = 2_000_000) -> None:
    """The report for 令和7年度 fails its first inspection, passes the second, and a part payment is agreed."""
    life.tell("2026-03-25", "report.received", sub_no="R7-1", scope="fiscal-year", fy="R7")
    life.tell(
        "2026-04-03", "inspection.held", sub_no="R7-1", scope="fiscal-year", result="fail", correction_ordered=True
    )
    life.tell("2026-04-10", "correction.notified", sub_no="R7-2", answers="R7-1")
    life.tell("2026-04-15", "inspection.held", sub_no="R7-2", scope="fiscal-year", result="pass")
    life.tell("2026-04-16", "part.valued", valuation="V1", value_yen=valued)
    life.tell("2026-04-17", "part.agreed", valuation="V1", sub_no="R7-2", yen=agreed)


def two_years() -> Marathon:
    """Everything in time: the part payment of the first year, completion in the second, the rest of the price."""
    life = signed_and_begun()
    first_year_in_part(life)
    life.tell("2026-04-20", "invoice.received", sub_no="R7-2", under="S2-13-1-但/請求", yen=2_000_000)
    life.tell("2026-05-18", "price.paid", sub_no="R7-2", yen=2_000_000)
    life.tell("2027-02-26", "work.finished")
    life.tell("2027-03-01", "report.received", sub_no="R8-1", scope="completion", fy="R8")
    life.tell("2027-03-08", "inspection.held", sub_no="R8-1", scope="completion", result="pass", passed_on="2027-03-08")
    life.tell("2027-03-08", "work.completed", on="2027-02-26")
    life.tell("2027-03-10", "invoice.received", sub_no="R8-1", under="S2-13-1", yen=9_000_000)
    life.tell("2027-04-08", "price.paid", sub_no="R8-1", yen=9_000_000)
    return life


def questions_on_the_way() -> Marathon:
    """What the two sides settle by talking, and an inquiry."""
    life = signed_and_begun()
    life.tell("2026-01-15", "specification.silent", question="Q1")
    life.agreed("2026-01-20", "S2-1-2", instance="S2-1-2[question=Q1]")
    life.tell("2026-02-02", "inquiry.made", inquiry="I1", sort="report", answer_by="2026-02-13")
    life.tell("2026-02-12", "inquiry.answered", inquiry="I1")
    life.tell("2026-06-01", "doubt.raised", doubt="B1")
    life.agreed("2026-06-10", "S2-25", instance="S2-25[doubt=B1]")
    return life


def price_revised() -> Marathon:
    """Wages and materials rise; both agree on a new price."""
    life = signed_and_begun()
    life.tell("2026-10-01", "price.unfit", revision="E1")
    life.tell(
        "2026-10-20",
        "amendment.agreed",
        under="S2-20",
        instance="S2-20[revision=E1]",
        price_changed=True,
        price_yen=11_550_000,
        deadline_changed=False,
    )
    return life


def rights_passed_on() -> Marathon:
    """What is transferred, assigned, shared, reused: with leave and without."""
    life = two_years()
    for transfer in ("T1", "T2"):
        life.tell("2026-05-01", "assignment.planned", transfer=transfer)
    life.tell("2026-05-08", "assignment.consented", transfer="T2")
    for transfer in ("T1", "T2"):
        life.tell("2026-05-11", "assignment.made", transfer=transfer)
    life.tell("2027-03-09", "deliverable.handed-over", deliverable="film")
    life.tell("2027-03-15", "rights.transferred", deliverable="film")
    life.tell("2027-03-09", "foreign-work.found", work="song")
    life.tell("2027-03-09", "own-work.listed", work="drawing")
    life.tell("2027-03-12", "foreign-work.licensed", work="song")
    return life


def after_the_end() -> Marathon:
    """The duties that stay when all is done and paid."""
    life = rights_passed_on()
    life.tell("2027-06-01", "foreign-work.disputed", work="song")
    life.tell("2027-06-02", "deliverable.altered", deliverable="film")
    for sharing in ("S1", "S2"):
        life.tell("2027-06-03", "deliverable.sharing-planned", sharing=sharing)
    life.tell("2027-06-04", "deliverable.sharing-approved", sharing="S2")
    for sharing in ("S1", "S2"):
        life.tell("2027-06-07", "deliverable.shared", sharing=sharing)
    for reuse in ("U1", "U2"):
        life.tell("2027-06-08", "reuse.planned", reuse=reuse)
    life.tell("2027-06-09", "reuse.approved", reuse="U2")
    for reuse in ("U1", "U2"):
        life.tell("2027-06-10", "reuse.started", reuse=reuse)
    for moral in ("M1", "M2"):
        life.tell("2027-06-11", "moral-right.planned", moral=moral)
    life.tell("2027-06-14", "moral-right.consented", moral="M2")
    for moral in ("M1", "M2"):
        life.tell("2027-06-15", "moral-right.used", moral=moral)
    life.tell("2027-07-01", "secret.disclosed")
    return life


# ---- change, damage ----


def changed_and_stopped() -> Marathon:
    """The course is changed for a price, the loss by it made good, and the work rests for thirty days."""
    life = signed_and_begun()
    life.tell("2026-06-01", "change.ordered", change="C1", sort="content")
    life.found("2026-06-02", "S2-7-1-後/必要", about="S2-7-1-後[change=C1]")
    life.tell(
        "2026-06-15",
        "amendment.agreed",
        under="S2-7-1-後",
        instance="S2-7-1-後[change=C1]",
        price_changed=True,
        price_yen=12_000_000,
        deadline_changed=False,
    )
    life.tell("2026-06-20", "loss.claimed", change="C1")
    life.tell("2026-06-30", "loss.agreed", change="C1", yen=300_000)
    life.dated("2026-06-30", "S2-7-2", "2026-07-31")
    life.paid("2026-07-30", "S2-7-2", 300_000)
    life.tell("2026-08-03", "change.ordered", change="C2", sort="suspension")
    life.tell("2026-09-02", "work.resumed")
    return life


def damage_done() -> Marathon:
    """Three damages: to a third party, to the committee and paid late, and one by the committee's own fault."""
    life = signed_and_begun()
    life.tell("2026-07-01", "damage.counted", damage="A1", fault="other", payee="third", yen=80_000)
    life.dated("2026-07-01", "S2-10", "2026-07-31", instance="S2-10[damage=A1]")
    life.paid("2026-07-31", "S2-10", 80_000, instance="S2-10[damage=A1]")
    life.tell("2026-07-01", "damage.counted", damage="A2", fault="other", payee="committee", yen=740_000)
    life.dated("2026-07-01", "S2-10", "2026-07-31", instance="S2-10[damage=A2]")
    life.paid("2026-08-20", "S2-10", 740_000, instance="S2-10[damage=A2]")
    life.tell("2026-09-01", "damage.counted", damage="A3", fault="committee", payee="third", yen=60_000)
    life.tell("2026-09-10", "damage.agreed", damage="A3", yen=50_000)
    life.dated("2026-09-10", "S2-10-但", "2026-09-30", instance="S2-10-但[damage=A3]")
    life.paid("2026-09-30", "S2-10-但", 50_000, instance="S2-10-但[damage=A3]")
    return life


# ---- late ----


def late_by_fault(*, granted: str = "2027-03-24") -> Marathon:
    """The contractor is late by its own fault: more time against a charge, whose last part is paid late too."""
    life = signed_and_begun()
    life.found(granted, "S2-11-1/責め", "S2-11-1/見込み")
    life.tell(granted, "deadline.extended", delay="D1", until="2027-06-30")
    life.tell("2027-05-20", "work.finished")
    life.tell("2027-05-20", "report.received", sub_no="R8-1", scope="completion", fy="R8")
    life.tell("2027-05-28", "inspection.held", sub_no="R8-1", scope="completion", result="pass", passed_on="2027-05-28")
    life.tell("2027-05-28", "work.completed", on="2027-05-20")
    life.dated("2027-06-10", "S2-11-2", "2027-06-30")
    life.paid("2027-06-30", "S2-11-2", 10_000)
    life.paid("2027-07-20", "S2-11-2", 27_600)
    return life


def late_without_fault() -> Marathon:
    """A typhoon takes the bridge: more time without a charge."""
    life = signed_and_begun()
    life.tell("2027-02-15", "delay.foreseen", delay="D2")
    life.found("2027-02-16", "S2-8/責めなし")
    life.tell("2027-02-16", "extension.requested", delay="D2")
    life.tell("2027-02-26", "extension.agreed", delay="D2", until="2027-04-30")
    life.tell("2027-04-20", "work.completed", on="2027-04-20")
    return life


def paid_late() -> Marathon:
    """The committee inspects late and pays late, in two parts: the contractor claims interest."""
    life = signed_and_begun()
    life.tell("2026-03-25", "report.received", sub_no="R7-1", scope="fiscal-year", fy="R7")
    life.tell("2026-04-07", "inspection.held", sub_no="R7-1", scope="fiscal-year", result="pass")
    life.tell("2026-04-16", "part.valued", valuation="V1", value_yen=5_000_000)
    life.tell("2026-04-17", "part.agreed", valuation="V1", sub_no="R7-1", yen=5_000_000)
    life.tell("2026-04-21", "invoice.received", sub_no="R7-1", under="S2-13-1-但/請求", yen=5_000_000)
    life.tell("2026-05-28", "price.paid", sub_no="R7-1", yen=2_000_000)
    life.tell("2026-06-15", "price.paid", sub_no="R7-1", yen=3_000_000)
    life.found("2026-06-16", "S2-11-3/責め")
    life.tell("2026-06-16", "interest.claimed", sub_no="R7-1")
    life.dated("2026-06-16", "S2-11-4", "2026-06-30", instance="S2-11-4[sub_no=R7-1]")
    life.paid("2026-06-30", "S2-11-4", 6_000, instance="S2-11-4[sub_no=R7-1]")
    return life


# ---- subcontract ----


def subcontracted() -> Marathon:
    """K1 through all gates; K2, further down, and K3, never announced, through none."""
    life = signed_and_begun()
    life.tell("2026-01-09", "subcontract.planned", sub="K1", tier="first", personal=True)
    life.tell("2026-01-13", "subcontract.reported", sub="K1")
    life.tell("2026-01-14", "subcontract.doubted", sub="K1")
    life.agreed("2026-01-16", "S2-5-3", instance="S2-5-3[sub=K1]")
    life.tell("2026-01-19", "subcontract.consented", sub="K1")
    life.tell("2026-01-20", "subcontract-plan.submitted", sub="K1")
    life.tell("2026-01-26", "subcontract-plan.approved", sub="K1")
    life.tell("2026-02-02", "subcontract.started", sub="K1", tier="first", personal=True)
    life.tell("2026-03-02", "subcontract.planned", sub="K2", tier="further", personal=False)
    life.tell("2026-03-09", "subcontract.started", sub="K2", tier="further", personal=False)
    life.tell("2026-04-01", "subcontract.started", sub="K3", tier="first", personal=True)
    return life


# ---- nonconformity ----


def not_cured() -> Marathon:
    """A defect is known after the end, not cured in time, and the price reduced."""
    life = two_years()
    life.tell("2027-06-10", "defect.known", defect="N1", sort="quality")
    life.tell("2027-06-15", "cure.demanded", defect="N1", cure_by="2027-07-15", sort="repair")
    life.tell("2027-07-20", "reduction.claimed", defect="N1", yen=700_000)
    return life


def terminated_for_a_defect(*, under: str = "S2-16/不適合") -> Marathon:
    """Race day fails in its timing system: cure is demanded in vain, and the contract ends for it."""
    life = signed_and_begun()
    life.tell("2026-11-10", "defect.known", defect="N1", sort="quality")
    life.tell("2026-11-16", "cure.demanded", defect="N1", cure_by="2026-11-30", sort="repair")
    life.tell("2026-12-01", "demand.received", demand="M1", perform_by="2026-12-15")
    life.found("2026-12-16", "S2-17-1-8")
    life.tell("2026-12-21", "termination.for-defect", defect="N1", under=[under])
    life.dated("2026-12-21", "S2-18-2/不適合", "2027-01-29")
    life.tell("2026-12-25", "defect-excess.claimed", defect="N1", loss_yen=1_500_000)
    life.dated("2026-12-25", "S2-18-3/不適合超過", "2027-01-29")
    return life


# ---- endings ----


def demanded_in_vain() -> Marathon:
    """The work is not done at the deadline; a demand passes; the committee terminates, counts and claims."""
    life = signed_and_begun()
    first_year_in_part(life)
    life.tell("2026-04-20", "invoice.received", sub_no="R7-2", under="S2-13-1-但/請求", yen=2_000_000)
    life.tell("2026-05-18", "price.paid", sub_no="R7-2", yen=2_000_000)
    life.tell("2027-04-05", "demand.received", demand="M1", perform_by="2027-04-20")
    life.tell("2027-04-26", "termination.notified", case="T1", under=["S2-16"])
    life.dated("2027-04-26", "S2-18-2", "2027-05-31")
    life.tell(
        "2027-05-10", "settlement.valued", settlement="S1", basis="terminated", separable=True, value_yen=5_000_000
    )
    life.dated("2027-05-10", "S2-18-1", "2027-06-30")
    life.tell("2027-05-12", "excess.claimed", case="T1", loss_yen=1_500_000)
    life.dated("2027-05-12", "S2-18-3/超過", "2027-06-30")
    life.paid("2027-06-10", "S2-18-2", 600_000)
    life.paid("2027-06-30", "S2-18-2", 500_000)
    life.paid("2027-06-30", "S2-18-1", 3_000_000)
    life.paid("2027-06-30", "S2-18-3/超過", 400_000)
    return life


def without_demand(ground: str = "S2-17-1-7") -> Marathon:
    """One of the eleven cases."""
    life = signed_and_begun()
    _ground(life, "2026-09-01", ground)
    life.tell("2026-09-02", "termination.notified", case="T1", under=["S2-17-1"])
    return life


def _ground(life: Marathon, day: str, ground: str) -> None:
    match ground:
        case "S2-17-1-3":
            life.found(day, "S2-17-1-3/一部", "S2-17-1-3/残り")
        case "S2-17-1-5":
            life.found(day, "S2-17-1-5/見込み", "S2-17-1-5/目的")
        case "S2-17-1-9":
            life.tell(day, "termination.requested")
        case "S2-17-1-10":
            life.tell(day, "licence.lost")
        case _:
            life.found(day, ground)


def made_impossible() -> Marathon:
    """An earthquake makes the race impossible, by nobody's fault: what passed is paid, and no penalty."""
    life = signed_and_begun()
    first_year_in_part(life)
    life.tell("2026-04-20", "invoice.received", sub_no="R7-2", under="S2-13-1-但/請求", yen=2_000_000)
    life.tell("2026-05-18", "price.paid", sub_no="R7-2", yen=2_000_000)
    life.found("2026-09-01", "S2-15/責めなし")
    life.tell(
        "2026-09-20", "settlement.valued", settlement="S1", basis="impossible", separable=True, value_yen=4_500_000
    )
    life.dated("2026-09-20", "S2-15", "2026-10-30")
    return life


def rigged(*, under: tuple[str, ...] = ("S2-R2-1",)) -> Marathon:
    """A cease order on bid rigging becomes final; the prefecture terminates and takes the deposit."""
    life = signed_and_begun()
    life.tell("2026-10-01", "order.final", order="J1", sort="cease", member=False, low_price=False, on="2026-10-01")
    life.tell("2026-10-05", "termination.notified", case="T1", under=list(under))
    life.dated("2026-10-05", "S2-R2-3", "2026-11-30")
    life.dated("2026-10-05", "S2-R3-1", "2026-11-30")
    life.tell("2026-10-20", "rigging.deposit-applied", case="T1", yen=1_100_000)
    return life


def rigged_and_absorbed() -> Marathon:
    """The same, where the sums of the rider are read to take the place of the main text's penalty."""
    life = rigged()
    life.chosen("S2-18-2.riders", "absorbed")
    return life


def organised_crime() -> Marathon:
    """An officer of the contractor turns out to belong to organised crime."""
    life = signed_and_begun()
    life.found("2026-10-01", "S2-R4-1-1")
    life.tell("2026-10-05", "termination.notified", case="T1", under=["S2-R4-1"])
    life.dated("2026-10-05", "S2-R4-3", "2026-11-30")
    life.tell("2026-10-20", "organised-crime.deposit-applied", case="T1", yen=1_100_000)
    return life


def data_leaked() -> Marathon:
    """The runners' list leaks by the contractor's fault; the damages are paid late."""
    life = signed_and_begun()
    life.found("2026-10-01", "S2-P9-1")
    life.tell("2026-10-05", "termination.notified", case="T1", under=["S2-P9"])
    life.tell("2026-10-06", "leak-damages.claimed", claim="Q1", yen=2_920_000)
    life.dated("2026-10-06", "S2-P9/賠償額", "2026-10-30", instance="S2-P9/賠償額[claim=Q1]")
    life.paid("2026-11-19", "S2-P9/賠償額", 2_920_000, instance="S2-P9/賠償額[claim=Q1]")
    return life


GROUNDS = tuple(f"S2-17-1-{number}" for number in range(1, 12))
"""The eleven cases of termination without demand."""


STORIES: tuple[Callable[[], Marathon], ...] = (
    signed_and_begun,
    two_years,
    questions_on_the_way,
    price_revised,
    rights_passed_on,
    after_the_end,
    changed_and_stopped,
    damage_done,
    late_by_fault,
    late_without_fault,
    paid_late,
    subcontracted,
    not_cured,
    terminated_for_a_defect,
    demanded_in_vain,
    *(functools.partial(without_demand, ground) for ground in GROUNDS),
    made_impossible,
    rigged,
    rigged_and_absorbed,
    organised_crime,
    data_leaked,
)
"""The stories as they stand; each test that asks one claims what it shows."""
