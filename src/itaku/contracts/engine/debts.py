"""Debts (債務): what is owed of a sum, paid, waived and open; a payment out of a fund takes no more than is in it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from itaku.basis.yen import Yen
from itaku.contracts.engine.charges import charge_of
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.guards import reasons_against, satisfied
from itaku.contracts.engine.instance import Blank, Instance, Paid, Step, Waived
from itaku.contracts.engine.values import resolve

if TYPE_CHECKING:
    from itaku.contracts.engine.fold import Fold


class Owed(NamedTuple):
    """A debt in yen: `computed` by its rule, `owed` after waivers, `paid`, `unpaid`; `excused_by` whom nothing is left.

    `excused_by` names the provisions or policies that waive it whole or excuse it. `waits`: what it needs is not there
    yet, so that nothing is owed so far.
    """

    computed: int
    owed: int
    paid: int
    unpaid: int
    excused_by: tuple[str, ...]
    waits: bool


def amount(fold: Fold, instance: Instance) -> int | Blank:
    """What its rule gives in yen: a duty's amount, a calculation's charge up to now. Waivers are not looked at."""
    if instance.rule.kind == "calculation":
        charge = charge_of(fold, instance)
        return charge if isinstance(charge, Blank) else int(charge.yen)
    if instance.amount is None:
        text = getattr(instance.rule.text, "amount", None)
        found = resolve(fold, text, instance) if text is not None else 0
        if isinstance(found, Blank):
            return found
        instance.amount = found
    return int(instance.amount)


def grows(fold: Fold, instance: Instance) -> bool:
    """Whether a charge's last day is not known yet."""
    if instance.rule.kind != "calculation":
        return False
    charge = charge_of(fold, instance)
    return not isinstance(charge, Blank) and charge.grows


def excuses(fold: Fold, instance: Instance) -> tuple[str, ...]:
    """The provisions and policies for which nothing is owed: a waiver of the whole, an exception that applies."""
    waived = [each.clause for each in instance.waived if each.yen is None]
    if instance.state == "discharged" and not waived:
        waived = [next((step.detail or step.by for step in reversed(instance.steps) if step.code in _CLOSING), "")]
    return (*waived, *(each.by for each in reasons_against(fold, instance) if each.code != "lacks"))


_CLOSING = frozenset({"discharged", "superseded", "ended"})


def settled(fold: Fold, instance: Instance, computed: int) -> Owed:
    """What of a computed amount is owed and open, after waivers and payments."""
    excused = excuses(fold, instance)
    part = sum(each.yen for each in instance.waived if each.yen is not None)
    paid = sum(each.yen for each in instance.paid)
    waits = any(not satisfied(fold, name, instance) for name in instance.rule.needs)
    owed = 0 if excused or waits else max(0, computed - part)
    return Owed(computed, owed, paid, max(0, owed - paid), excused, waits)


def unpaid(fold: Fold, instance: Instance) -> int | Blank:
    """What of a debt is open now, in yen."""
    computed = amount(fold, instance)
    return computed if isinstance(computed, Blank) else settled(fold, instance, computed).unpaid


def is_open(fold: Fold, instance: Instance) -> bool:
    """Whether anything is unpaid. An amount that is not known yet is flagged."""
    found = unpaid(fold, instance)
    if isinstance(found, Blank):
        fold.flag("amount_blank", f"額が決まらない: {found.ja}", f"amount unknown: {found.en}", instance.id)
        return False
    return found > 0


def pay(fold: Fold, instance: Instance, event: Event) -> None:
    """A payment, deposit or set-off on a debt; parts add up."""
    discharge = instance.rule.discharge
    yen = event.fields.get(discharge.amount)
    assert isinstance(yen, int), "the catalogue typed it"
    told = event.fields.get(discharge.day) if discharge.day is not None else None
    on = told if isinstance(told, dt.date) else event.day
    fold.check_day(on, event)
    if event.kind in discharge.limits:
        yen = _from_fund(fold, instance, event, yen)
    if yen == 0:
        fold.flag("nothing_paid", f"{instance.id}: 充てられた額がない", f"{instance.id}: nothing was paid", event.id)
        return
    fold.applied[event.kind] = fold.applied.get(event.kind, 0) + yen
    instance.paid = (*instance.paid, Paid(on, Yen(yen), event.id))
    instance.steps.append(Step(on, "paid", event.id, str(yen)))
    check_paid(fold, instance, event)


def _from_fund(fold: Fold, instance: Instance, event: Event, yen: int) -> int:
    """How much of a payment a fund (a deposit) covers: what is left in it, and no more than is owed."""
    text = instance.rule.discharge.limits[event.kind]
    left = resolve(fold, text, instance, event)
    if isinstance(left, Blank):
        fold.flag("fund_blank", f"充当できる額が決まらない: {left.ja}", f"fund unknown: {left.en}", event.id)
        return 0
    assert isinstance(left, int), "the lint asked for yen"
    if yen > left:
        ja, en = f"{yen:,}円のうち残る{left:,}円だけを充てた", f"of {yen:,} yen only {left:,} are left to be applied"
        fold.flag("fund_exceeded", ja, en, event.id)
    rest = unpaid(fold, instance)
    taken = min(yen, left)
    if isinstance(rest, int) and not grows(fold, instance) and taken > rest:
        ja, en = f"{instance.id}: 債務は{rest:,}円だけ", f"{instance.id}: only {rest:,} yen are owed"
        fold.flag("overpaid", ja, en, event.id)
        taken = rest
    return taken


def check_paid(fold: Fold, instance: Instance, event: Event) -> None:
    """Whether what was paid covers what is owed; more than that is flagged, never swallowed."""
    if not instance.paid or not instance.open:
        return
    computed = _fixed_amount(fold, instance)
    if computed is None:
        return
    found = settled(fold, instance, computed)
    if found.waits:
        return
    if found.paid > found.owed:
        over = found.paid - found.owed
        fold.flag("overpaid", f"{instance.id}: {over:,}円の過払い", f"{instance.id}: {over:,} yen too much", event.id)
    if found.paid >= found.owed:
        fold.perform(instance, instance.paid[-1].on, event)


def _fixed_amount(fold: Fold, instance: Instance) -> int | None:
    """What its rule gives in yen, unless that is not known yet or still grows."""
    if instance.rule.kind == "calculation":
        charge = charge_of(fold, instance)
        return None if isinstance(charge, Blank) or charge.grows else int(charge.yen)
    found = amount(fold, instance)
    return None if isinstance(found, Blank) else found


def check_all(fold: Fold, event: Event) -> None:
    """Asks every debt on which something was paid again, as what sums rest on changed: a term, a rate, a count.

    A debt that was paid up and is now more is open again for the rest.
    """
    fold.sums_changed = False
    for instance in list(fold.instances.values()):
        if not instance.paid or not instance.rule.is_debt:
            continue
        if instance.open:
            check_paid(fold, instance, event)
        elif instance.state == "fulfilled":
            left = unpaid(fold, instance)
            if isinstance(left, int) and left > 0:
                instance.state, instance.performed_on, instance.performed_by = "in_effect", None, None
                instance.closed_by = ""
                instance.steps.append(Step(event.day, "reopened", event.id, str(left)))


def waive(fold: Fold, instance: Instance, clause: str, yen: int | None, event: Event | None) -> None:
    """A waiver (免除) of the whole or of a part. Payments that now exceed what is owed are flagged."""
    by = clause if event is None else event.id
    instance.waived = (*instance.waived, Waived(fold.today, None if yen is None else Yen(yen), by, clause))
    instance.steps.append(Step(fold.today, "discharged" if yen is None else "waived", by, clause))
    if yen is not None:
        left = unpaid(fold, instance)
        if isinstance(left, Blank) or left > 0 or grows(fold, instance):
            return
    paid = sum(each.yen for each in instance.paid)
    if paid and event is not None and instance.rule.is_debt:
        computed = amount(fold, instance)
        if not isinstance(computed, Blank) and paid > (over := settled(fold, instance, computed)).owed:
            ja = f"{instance.id}: 免除の前に{over.paid - over.owed:,}円が支払われている"
            en = f"{instance.id}: {over.paid - over.owed:,} yen had been paid before the waiver"
            fold.flag("overpaid", ja, en, event.id)
    instance.state = "discharged"
    instance.closed_by = by
