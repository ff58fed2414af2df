"""Random lives of the invented contract, by seed: what people might tell of it in two years, in any order."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from contracts_lives import DELIVERY

from itaku.contracts.engine.events import Event, Told, read_event

FIRST = dt.date(2026, 4, 1)
DAYS = 900


def random_events(seed: int, count: int = 60) -> list[Event]:
    """A signing and so many events after it, in the order in which they are told; some correct, some are told late."""
    chance = random.Random(seed)
    told = [Told(id="e1", at=FIRST.isoformat(), kind="contract.signed")]
    for number in range(2, count + 2):
        kind, fields = _event(chance, number)
        day = FIRST + dt.timedelta(days=chance.randrange(DAYS))
        at = day.isoformat() if chance.random() < 0.7 else f"{day.isoformat()}T{chance.randrange(24):02}:30"
        told.append(Told(id=f"e{number}", at=at, kind=kind, fields=fields))
    chronological = [told[0], *sorted(told[1:], key=lambda each: each.at)]
    events = [read_event(DELIVERY, each, seq) for seq, each in enumerate(chronological, 1)]
    for _ in range(chance.randrange(3)):
        target = chance.choice(events[1:])
        seq = len(events) + 1
        events.append(read_event(DELIVERY, Told(id=f"v{seq}", voids=target.id), seq))
    return events


def _day(chance: random.Random) -> str:
    return (FIRST + dt.timedelta(days=chance.randrange(DAYS))).isoformat()


def _event(chance: random.Random, number: int) -> tuple[str, dict[str, Any]]:
    key = str(chance.randrange(4))
    choices: list[tuple[str, dict[str, Any]]] = [
        ("report.received", {"sub_no": key}),
        ("inspection.held", {"sub_no": key, "result": chance.choice(["pass", "fail"]), "correction_ordered": True}),
        ("correction.notified", {"sub_no": f"c{number}", "answers": key}),
        ("invoice.received", {"sub_no": key, "yen": chance.randrange(10**7)}),
        ("payment.made", {"under": "X1-13-3", "yen": chance.randrange(10**7)}),
        ("payment.made", {"under": "X1-18-2", "yen": chance.randrange(10**6)}),
        ("month.closed", {"month": key, "collected_yen": 10**6, "copies": 9, "pay_by": _day(chance)}),
        ("fees.remitted", {"month": key, "yen": chance.choice([10**6, 3 * 10**5])}),
        ("books.inspected", {"from": _day(chance), "to": _day(chance)}),
        ("defect.known", {"defect": key, "sort": chance.choice(["kind", "quality", "quantity"])}),
        ("defect.notified", {"defect": key}),
        ("demand.received", {"demand": key}),
        ("breach.cured", {"demand": key}),
        ("subcontract.planned", {"sub": key, "personal": chance.random() < 0.5}),
        ("subcontract.consented", {"sub": key}),
        ("subcontract.reported", {"sub": key}),
        ("subcontract.started", {"sub": key, "personal": chance.random() < 0.5}),
        ("complaint.received", {"complaint": key}),
        ("complaint.reported", {"complaint": key}),
        ("work.suspended", {}),
        ("work.resumed", {}),
        ("work.completed", {"on": _day(chance)}),
        ("deadline.extended", {"delay": key, "under": chance.choice(["X1-8", "X1-11-1"]), "until": _day(chance)}),
        ("order.final", {"case": key}),
        ("shop.opened", {"shop": key}),
        ("evidence.filed", {"under": "X1-D2", "slot": "report", "sha256": "00"}),
        ("plan.due-announced", {"device": key, "on": _day(chance)}),
        ("plan.submitted", {"device": key}),
        ("plan.approved", {"device": key}),
        ("incident.recognised", {"incident": key}),
        ("incident.reported", {"incident": key}),
        ("incident.detailed", {"incident": key}),
        ("finding.made", _finding(chance, "X1-11-3/責")),
        ("finding.made", _finding(chance, "X1-15-2-但")),
        ("finding.made", _finding(chance, "X1-14-3-但")),
        ("finding.made", _finding(chance, "X1-R1-但")),
        ("interest.claimed", {"sub_no": key}),
        ("date.set", {"under": chance.choice(["X1-18-2", "X1-11-2", "X1-R1", "X1-15-2"]), "date": _day(chance)}),
        ("target.set", {"under": "X1-20", "date": _day(chance)}),
        ("objection.arrived", {"term_end": "2027-03-31"}),
        ("policy.chosen", {"policy": "holiday.in-force", "option": chance.choice(["raw", "moved"])}),
        ("policy.chosen", {"policy": "suspension.clock", "option": chance.choice(["stands", "shifts"])}),
    ]
    if chance.random() < 0.03:
        ends: list[tuple[str, dict[str, Any]]] = [
            ("insolvency.known", {}),
            ("termination.notified", {"case": key, "under": ["X1-16"]}),
            ("cancellation.notified", {"end_on": _day(chance)}),
        ]
        return chance.choice(ends)
    return chance.choice(choices)


def _finding(chance: random.Random, on: str) -> dict[str, Any]:
    return {"on": on, "result": chance.random() < 0.6, "person": "P", "reason": "R"}
