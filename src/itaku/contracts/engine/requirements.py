"""Requirements (要件): proved by evidence that has not expired."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from itaku.basis.fiscal import FiscalYear
from itaku.basis.periods import Period
from itaku.contracts.engine.events import Event, midnight_after
from itaku.contracts.engine.instance import Instance, Step
from itaku.contracts.engine.values import offset_day, speaks_of

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold


def is_proved(instance: Instance, day: dt.date) -> bool:
    """Whether every slot that must be filled holds a document that is valid on the day."""
    slots = [slot for slot in instance.rule.text.evidence if not slot.optional]
    return bool(slots) and all(_is_valid(instance.evidence.get(slot.slot), day) for slot in slots)


def proof_state(instance: Instance, day: dt.date) -> str:
    """proved, expired or unproved."""
    if is_proved(instance, day):
        return "proved"
    slots = [slot for slot in instance.rule.text.evidence if not slot.optional]
    filled = bool(slots) and all(slot.slot in instance.evidence for slot in slots)
    return "expired" if filled else "unproved"


def _is_valid(filed: tuple[dt.date, dt.date | None] | None, day: dt.date) -> bool:
    return filed is not None and (filed[1] is None or day <= filed[1])


def file_evidence(fold: Fold, event: Event) -> None:
    """Puts a document into a slot, or takes it out."""
    rule = fold.rules.rules.get(str(event.fields["under"]))
    slot = None if rule is None else next((s for s in rule.text.evidence if s.slot == event.fields["slot"]), None)
    if rule is None or slot is None:
        fold.flag("slot_unknown", "その証跡の欄がない", "there is no such slot", event.id)
        return
    for instance in fold.of(rule.id):
        if not speaks_of(fold, event, instance):
            continue
        if event.kind == "evidence.withdrawn":
            instance.evidence = {name: filed for name, filed in instance.evidence.items() if name != slot.slot}
            instance.steps.append(Step(event.day, "evidence_withdrawn", event.id, slot.slot))
            continue
        expires = _expiry(event, fold.choices.read(slot.expires))
        instance.evidence = {**instance.evidence, slot.slot: (event.day, expires)}
        instance.steps.append(Step(event.day, "evidence_filed", event.id, slot.slot))
        if expires is not None:
            fold.push(midnight_after(expires), "evidence", instance.id)


def _expiry(event: Event, rule: str) -> dt.date | None:
    """The last day on which a document that was filed proves; None if it proves for good."""
    if rule == "never":
        return None
    if rule == "stated":
        stated = event.fields.get("expires_on")
        return stated if isinstance(stated, dt.date) else None
    if rule == "fiscal-year":
        return FiscalYear(FiscalYear.of(event.day).year + 1).last_day
    if rule == "calendar-year":
        return dt.date(event.day.year + 1, 12, 31)
    return offset_day(event.day, Period.parse(rule), backward=False)
