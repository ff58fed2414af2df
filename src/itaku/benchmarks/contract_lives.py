"""Believable lives of the two contracts on the shelf, by seed: what a bench tells of thousands of contracts.

A life is its beginning, its months and stories (a complaint and its settling, a day's work with personal data, a device
scrapped), some left unfinished or done late, a few events corrected or taken back. Nobody in it is real.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from itaku.contracts.engine.events import Told

TODAY = dt.date(2027, 2, 10)
"""The day up to which lives are told: both contracts are in their term, deadlines behind and before it."""

FORMS = ("certificates", "marathon")
"""The forms on the shelf by their files' names, each with as many contracts as the other."""

Happening = tuple[int, str, dict[str, Any]]
"""Days after the story's first, the kind of event, and its fields: `#` is the story's number, `+N` so many days on."""

_OPERATORS: tuple[Happening, ...] = (
    (0, "operator.contracted", {"operator": "O#"}),
    (3, "operator.bound", {"operator": "O#"}),
    (5, "officer.appointed", {"operator": "O#"}),
    (9, "operator.started", {"operator": "O#"}),
)
_EVIDENCE = (
    ("S1-A1-1", "centres"),
    ("S1-A1-2-4", "report"),
    ("S1-A1-3", "systems"),
    ("S1-A1-4", "kiosks"),
    ("S1-A1-4-5", "log"),
    ("S1-A2-3-後", "training"),
    ("S1-A2-4", "access"),
)
_CERTIFICATE_STORIES: tuple[tuple[int, tuple[Happening, ...]], ...] = (
    (
        8,
        (
            (0, "complaint.received", {"complaint": "C#"}),
            (2, "complaint.reported", {"complaint": "C#"}),
            (20, "complaint.settled", {"complaint": "C#"}),
        ),
    ),
    (
        8,
        (
            (0, "misprint.refunded", {"order": "R#", "several": False, "yen": 300}),
            (0, "sheet.stamped", {"order": "R#"}),
            (0, "sheet.handed-over", {"order": "R#", "several": False}),
        ),
    ),
    (
        4,
        (
            (0, "disposal.planned", {"item": "P#", "sort": "personal-paper", "holder": "operator"}),
            (4, "material.destroyed", {"item": "P#", "method": "shredded"}),
            (5, "material.discarded", {"item": "P#", "sort": "personal-paper", "holder": "operator"}),
        ),
    ),
    (
        2,
        (
            (0, "device.release-planned", {"device": "D#", "secret": True, "personal": True, "holder": "operator"}),
            (
                8,
                "device.sanitized",
                {"device": "D#", "method": "tool", "verified": True, "personal": True, "holder": "operator"},
            ),
            (9, "device.released", {"device": "D#", "secret": True, "personal": True, "holder": "operator"}),
        ),
    ),
    (
        2,
        (
            (0, "secret.disclosed", {"asset": "A#", "discloser": "甲", "medium": "paper"}),
            (9, "secret.copy-wanted", {"asset": "A#", "copy": "1"}),
            (12, "secret.copy-consented", {"asset": "A#", "copy": "1"}),
            (13, "secret.copied", {"asset": "A#", "copy": "1"}),
        ),
    ),
    (
        2,
        (
            (0, "accident.happened", {"incident": "I#"}),
            (1, "accident.reported", {"incident": "I#"}),
            (3, "accident.handled", {"incident": "I#"}),
        ),
    ),
    (
        1,
        (
            (0, "inspection.planned", {"inspection": "K#"}),
            (7, "inspection.notified", {"inspection": "K#"}),
            (9, "inspection.agreed", {"inspection": "K#"}),
            (30, "books.inspected", {"inspection": "K#", "from": "+28", "to": "+30"}),
            (35, "correction.demanded", {"inspection": "K#"}),
            (50, "correction.done", {"inspection": "K#"}),
            (55, "correction.confirmed", {"inspection": "K#"}),
        ),
    ),
    (
        1,
        (
            (0, "subcontract.applied", {"sub": "B#"}),
            (9, "subcontract.consented", {"sub": "B#"}),
            (14, "subcontract.started", {"sub": "B#"}),
        ),
    ),
    (1, ((0, "demand.received", {"demand": "M#", "to": "乙"}), (9, "breach.cured", {"demand": "M#"}))),
    (
        1,
        (
            (0, "doubt.raised", {"question": "Q#"}),
            (30, "doubt.settled", {"question": "Q#", "answer": "as read", "from": "+31"}),
        ),
    ),
)
_MARATHON_START: tuple[Happening, ...] = (
    (0, "contract.signed", {}),
    (0, "term.set", {"term": "price_yen", "yen": 11_000_000}),
    (0, "originals.exchanged", {}),
    (1, "engineer.notified", {}),
    (2, "schedule.submitted", {"version": "1"}),
    (6, "schedule.reviewed", {"version": "1", "result": "fit"}),
    (3, "data-plan.part-filed", {"part": "roster"}),
    (3, "data-plan.part-filed", {"part": "training"}),
    (4, "data-plan.part-filed", {"part": "handling"}),
    (4, "data-plan.part-filed", {"part": "incident"}),
    (5, "data-plan.submitted", {"version": "1"}),
    (9, "data-plan.approved", {"version": "1"}),
    (12, "data-work.started", {}),
)
_MARATHON_STORIES: tuple[tuple[int, tuple[Happening, ...]], ...] = (
    (
        6,
        (
            (0, "handler-work.started", {"session": "W#"}),
            (0, "handler-work.attended", {"session": "W#", "manager": "H1"}),
            (0, "handler-work.ended", {"session": "W#"}),
            (0, "exit-check.done", {"session": "W#", "manager": "H1", "taken_out": False}),
            (0, "workplace.left", {"session": "W#"}),
        ),
    ),
    (
        6,
        (
            (0, "data.handled", {"handling": "L#", "item": "entries", "level": "2"}),
            (0, "data-ledger.entered", {"handling": "L#"}),
            (7, "data-ledger.confirmed", {"handling": "L#", "manager": "H1"}),
        ),
    ),
    (
        3,
        (
            (0, "data.handed-over", {"item": "E#", "level": "2", "my_number": False}),
            (0, "data-ledger.opened-row", {"item": "E#"}),
        ),
    ),
    (
        3,
        (
            (0, "handler.nominated", {"person": "H#", "role": "handler"}),
            (5, "handler.trained", {"person": "H#", "on": "+5", "course": "basics"}),
            (6, "handler.listed", {"person": "H#", "role": "handler"}),
        ),
    ),
    (2, ((0, "staff.assigned", {"staff": "S#"}), (1, "staff.briefed", {"staff": "S#"}))),
    (2, ((0, "collection.started", {"collection": "G#"}), (0, "collection.recorded", {"collection": "G#"}))),
    (
        2,
        (
            (0, "compliance-report.scheduled", {"report": "C#", "on": "+30"}),
            (28, "compliance-report.submitted", {"report": "C#"}),
        ),
    ),
    (
        2,
        (
            (0, "inquiry.made", {"inquiry": "Q#", "sort": "report", "answer_by": "+14"}),
            (12, "inquiry.answered", {"inquiry": "Q#"}),
        ),
    ),
    (
        2,
        (
            (0, "report.received", {"sub_no": "N#", "scope": "fiscal-year", "fy": "R8"}),
            (
                8,
                "inspection.held",
                {"sub_no": "N#", "scope": "fiscal-year", "result": "fail", "correction_ordered": True},
            ),
            (15, "correction.notified", {"sub_no": "N#b", "answers": "N#"}),
            (22, "inspection.held", {"sub_no": "N#b", "scope": "fiscal-year", "result": "pass"}),
            (23, "part.valued", {"valuation": "V#", "value_yen": 900_000}),
            (24, "part.agreed", {"valuation": "V#", "sub_no": "N#b", "yen": 500_000}),
            (27, "invoice.received", {"sub_no": "N#b", "under": "S2-13-1-但/請求", "yen": 500_000}),
            (55, "price.paid", {"sub_no": "N#b", "yen": 500_000}),
        ),
    ),
    (
        1,
        (
            (0, "subcontract.planned", {"sub": "B#", "tier": "first", "personal": True}),
            (2, "subcontract-plan.submitted", {"sub": "B#"}),
            (6, "subcontract-plan.approved", {"sub": "B#"}),
            (7, "subcontract.reported", {"sub": "B#"}),
            (8, "subcontract.consented", {"sub": "B#"}),
            (12, "subcontract.started", {"sub": "B#", "tier": "first", "personal": True}),
        ),
    ),
    (
        1,
        (
            (
                0,
                "sanitization.planned",
                {"device": "D#", "class": "B", "on": "+60", "leased": False, "outside": False},
            ),
            (20, "sanitization.plan-submitted", {"device": "D#", "on": "+20"}),
            (27, "sanitization.plan-approved", {"device": "D#"}),
            (60, "sanitization.done", {"device": "D#", "on": "+60"}),
            (75, "sanitization.report-submitted", {"device": "D#"}),
            (80, "sanitization.report-approved", {"device": "D#"}),
        ),
    ),
    (
        1,
        (
            (0, "data-incident.recognised", {"incident": "I#", "threat": "loss"}),
            (0, "data-incident.first-reported", {"incident": "I#", "caller": "H1", "whom": "section"}),
            (1, "data-incident.detailed", {"incident": "I#"}),
            (9, "data-incident.report-submitted", {"incident": "I#"}),
            (12, "prevention.submitted", {"incident": "I#"}),
            (20, "prevention.approved", {"incident": "I#"}),
        ),
    ),
    (1, ((0, "defect.known", {"defect": "F#", "sort": "quality"}), (40, "defect.notified", {"defect": "F#"}))),
    (
        1,
        (
            (0, "plan-change.planned", {"change": "X#", "matter": "staff"}),
            (3, "plan-change.submitted", {"change": "X#"}),
            (8, "plan-change.approved", {"change": "X#"}),
            (9, "plan-change.applied", {"change": "X#"}),
            (10, "plan-change.recorded", {"change": "X#"}),
        ),
    ),
    (
        1,
        (
            (0, "data-audit.requested", {"audit": "K#", "on": "+21"}),
            (20, "data-audit.accepted", {"audit": "K#"}),
        ),
    ),
)


class _Dated(msgspec.Struct, frozen=True):
    """One event before it has a number: when it is told to have happened, its kind and fields."""

    day: dt.date
    hour: int | None
    kind: str
    fields: dict[str, Any]


def life(form: str, seed: int, count: int) -> list[Told]:
    """So many events of one contract of a form, in the order in which they are told, up to `TODAY`."""
    chance = random.Random(f"{form} {seed} {count}")  # noqa: S311 a bench is to be the same again, not secret
    begin, stories = _FORMS[form]
    span = min(450, max(60, count * 73 // 20))  # about a hundred events a year; longer lives are denser ones
    start = TODAY - dt.timedelta(days=span + chance.randrange(13))
    found = [each for each in begin(chance, start) if each.day <= TODAY]
    weighted = [story for weight, story in stories for _ in range(weight)]
    number = 0
    while len(found) < count:
        number += 1
        first = start + dt.timedelta(days=chance.randrange(13, span + 13))
        story = _told(chance, chance.choice(weighted), first, number)
        found += [each for each in story if each.day <= TODAY]
    found = found[:count]
    found.sort(key=lambda each: (each.day, each.hour or 0))
    told = [_tell(number, each) for number, each in enumerate(found, 1)]
    return [_corrected(chance, each, told) for each in told]


def _told(chance: random.Random, story: tuple[Happening, ...], first: dt.date, number: int) -> Iterator[_Dated]:
    """A story from its first day: one in ten stops before its end, one in six runs late."""
    stops = chance.randrange(1, len(story)) if chance.random() < 0.1 else len(story)
    late = chance.randrange(1, 21) if chance.random() < 0.16 else 0
    for place, (days, kind, fields) in enumerate(story[:stops]):
        on = first + dt.timedelta(days=days + (late if place else 0))
        hour = 8 + place if days == 0 else None
        yield _Dated(on, hour, kind, {name: _filled(value, first, number) for name, value in fields.items()})


def _filled(value: Any, first: dt.date, number: int) -> Any:
    if not isinstance(value, str):
        return value
    if value.startswith("+"):
        return (first + dt.timedelta(days=int(value))).isoformat()
    return value.replace("#", str(number))


def _tell(number: int, dated: _Dated) -> Told:
    at = dated.day.isoformat() if dated.hour is None else f"{dated.day.isoformat()}T{dated.hour:02}:15"
    return Told(id=f"e{number}", at=at, kind=dated.kind, fields=dated.fields)


def _corrected(chance: random.Random, told: Told, all_told: list[Told]) -> Told:
    """One event in a hundred is told again with its time of day corrected, in the place of a later one."""
    number = int(told.id[1:])
    if number < 30 or chance.random() >= 0.01:
        return told
    wrong = all_told[chance.randrange(20, number - 1)]
    return msgspec.structs.replace(wrong, id=told.id, at=f"{wrong.at[:10]}T17:45", corrects=wrong.id)


# ---- how each begins ----


def _certificates(chance: random.Random, start: dt.date) -> Iterator[_Dated]:
    """Signed, its term set to the next 31 March, three operators with their evidence, and every month."""
    end = dt.date(start.year + (start.month > 3), 3, 31)
    terms = (
        ("term_start", "date", start.isoformat()),
        ("term_end", "date", end.isoformat()),
        ("tax_percent", "text", "10"),
    )
    yield _Dated(start, 9, "contract.signed", {})
    for name, field, value in terms:
        yield _Dated(start, 10, "term.set", {"term": name, field: value})
    yield _Dated(start, 11, "originals.exchanged", {})
    for operator in (1, 2, 3):
        yield from _told(chance, _OPERATORS, start + dt.timedelta(days=operator), operator)
    for place, (under, slot) in enumerate(_EVIDENCE):
        filed = start + dt.timedelta(days=14 + place)
        yield _Dated(filed, None, "evidence.filed", {"under": under, "slot": slot, "sha256": f"{place:064x}"})
    closing = dt.date(start.year, start.month, 1)
    while (closing := _next_month(closing)) <= TODAY:
        yield from _month(chance, closing)


def _month(chance: random.Random, closing: dt.date) -> Iterator[_Dated]:
    """A month closed on the first of the next, remitted on the designated day; one in fifteen is paid late."""
    last = closing - dt.timedelta(days=1)
    name, copies = f"{last:%Y-%m}", chance.randrange(200, 3000)
    fees, commission = copies * 300, copies * 123
    by = closing + dt.timedelta(days=24)
    paid = by + dt.timedelta(days=chance.randrange(5, 80) if chance.random() < 1 / 15 else 0)
    counts = {"fees_yen": fees, "issued": copies + 3, "voided": 3, "copies": copies, "last_day": last.isoformat()}
    yield _Dated(closing, None, "month.closed", {"month": name, **counts})
    designated = {"under": "S1-12-2", "date": by.isoformat(), "instance": f"S1-12-2[month={name}]"}
    yield _Dated(closing, None, "date.set", designated)
    yield _Dated(paid, None, "commission.offset", {"month": name, "yen": commission})
    yield _Dated(paid, None, "fees.received", {"month": name, "yen": fees - commission})


def _next_month(day: dt.date) -> dt.date:
    return dt.date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _marathon(chance: random.Random, start: dt.date) -> Iterator[_Dated]:
    yield from _told(chance, _MARATHON_START, start, 0)


_Begin = Callable[[random.Random, dt.date], Iterator[_Dated]]
_FORMS: dict[str, tuple[_Begin, tuple[tuple[int, tuple[Happening, ...]], ...]]] = {
    "certificates": (_certificates, _CERTIFICATE_STORIES),
    "marathon": (_marathon, _MARATHON_STORIES),
}
