"""The result of a replay (再生の結果): every instance as it stands at an instant, with sums, policies and flags."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.rates import RateRow
from itaku.basis.working import Line, day_en, day_ja
from itaku.basis.yen import Yen
from itaku.contracts.engine import acts, debts, guards
from itaku.contracts.engine.charges import Charged, charge_of
from itaku.contracts.engine.events import Effective, Event, effective
from itaku.contracts.engine.fold import Flag, Fold
from itaku.contracts.engine.instance import Blank, DueState, Instance, Paid
from itaku.contracts.engine.requirements import proof_state
from itaku.contracts.engine.rules import rules_of
from itaku.contracts.engine.values import causes
from itaku.contracts.engine.waking import wake_at
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.kinds import Power

NO_RATES: Mapping[str, Sequence[RateRow]] = {}


class Sum(msgspec.Struct, frozen=True):
    """Money of an instance: what is owed, paid and open. `computed_yen` stays where a waiver makes it less.

    `yen` is None where an input is blank; `blank` says which, and which clause waits. `excused_by` are the clauses and
    policies for which nothing is owed. `debtors` are persons who owe the whole jointly and severally with the bearer.
    """

    yen: Yen | None
    computed_yen: Yen | None
    paid: tuple[Paid, ...]
    unpaid_yen: Yen | None
    grows: bool
    beside: str | None
    blank: Blank | None
    last_confirmed_on: dt.date | None
    working: tuple[Line, ...]
    excused_by: tuple[str, ...] = ()
    debtors: tuple[str, ...] = ()


class View(msgspec.Struct, frozen=True):
    """An instance for people: its state in its own vocabulary, and the breach beside it.

    Duties: pending, in_effect, fulfilled, violated, discharged, suspended. Powers: not_arisen, available, barred,
    exercised, lapsed. Conditions: running, holds, averted. Requirements: unproved, proved, expired. `against` are the
    reasons for which it is excused, barred or not arisen. `policies` are the readings on which it rests.
    """

    id: str
    provision: str
    kind: str
    bearer: str
    counterparty: str
    debtors: tuple[str, ...]
    keys: dict[str, str]
    state: str
    born: dt.date
    due: DueState
    target: dt.date | None
    performed_on: dt.date | None
    breached_on: dt.date | None
    closed_by: str
    against: tuple[guards.Against, ...]
    policies: tuple[tuple[str, str], ...]
    asked_on: dt.date

    @property
    def past_by_the_letter(self) -> bool:
        """Breached by the raw date, in time (or still to be done) if the last day had moved: the third band."""
        moved = self.due.moved
        if self.breached_on is None or moved is None or moved < self.breached_on:
            return False
        return (self.performed_on or self.asked_on) <= moved


class Result(msgspec.Struct, frozen=True, dict=True):
    """A contract at an instant, replayed from the events known up to `seq`."""

    fold: Fold
    as_of: InstantMs
    seq: int
    events: Effective

    @property
    def status(self) -> str:
        """unsigned, in_force, expired, terminated or cancelled."""
        return self.fold.status

    @functools.cached_property
    def views(self) -> dict[str, View]:
        """All instances by id, in the order of the articles."""
        rank = {rule.id: rule.rank for rule in self.fold.rules.rules.values()}
        ordered = sorted(self.fold.instances.values(), key=lambda each: (rank[each.rule.id], each.order))
        return {each.id: view(self.fold, each) for each in ordered}

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What a person should look at, lost corrections and doubled events included."""
        lost = [
            Flag(each.day, "correction_lost", "訂正の対象がない", "nothing to correct", each.id)
            for each in self.events.lost
        ]
        twice = [Flag(each.day, "event_twice", "同じIDの出来事", "told twice", each.id) for each in self.events.twice]
        return (*self.fold.flags, *lost, *twice)

    @property
    def wake_at(self) -> InstantMs | None:
        """The next instant at which time changes more than that a date has passed, or an event told ahead comes."""
        ahead = next((event.at for event in self.events.events if event.at > self.as_of), None)
        return min((each for each in (wake_at(self.fold), ahead) if each is not None), default=None)

    def money(self, instance_id: str) -> Sum | None:
        """What an instance owes, with the working; None if it is no matter of money."""
        instance = self.fold.instances[instance_id]
        return money(self.fold, instance) if instance.rule.is_debt else None

    def side_by_side(self, group: str) -> dict[str, Sum]:
        """The sums of one group, each by itself: they are never added up."""
        found = {}
        for instance in self.fold.instances.values():
            if getattr(instance.rule.text, "beside", None) == group:
                found[instance.id] = money(self.fold, instance)
        return found


def replay(
    contract: Contract,
    events: Iterable[Event],
    as_of: InstantMs,
    *,
    known_seq: int | None = None,
    rates: Mapping[str, Sequence[RateRow]] = NO_RATES,
) -> Result:
    """Replays a contract up to an instant, from the events that were known up to `known_seq` (default: all).

    `rates` are rows that people entered, by rate id. Nothing is stored: the same inputs give the same result.
    """
    known = [event for event in events if known_seq is None or event.seq <= known_seq]
    standing = effective(known)
    fold = Fold(rules_of(contract), rates)
    fold.contract = contract  # rules are kept by the file's digest; a kept contract may have names of its own
    fold.run(standing.events, as_of)
    return Result(fold, as_of, max((event.seq for event in known), default=0), standing)


def view(fold: Fold, instance: Instance) -> View:
    """An instance as it stands, guards and bars asked now."""
    rule = instance.rule
    against: list[guards.Against] = []
    if isinstance(rule.text, Power):
        if instance.state in {"available", "lapsed"}:
            against = acts.against_exercise(fold, instance, None)
    elif rule.guarded or rule.id in fold.rules.barred_by:
        against = guards.reasons_against(fold, instance)
    return View(
        instance.id,
        rule.id,
        rule.kind,
        rule.bearer,
        rule.counterparty,
        tuple(instance.debtors),
        instance.keys,
        _state(fold, instance, against),
        instance.born,
        instance.due,
        instance.target,
        instance.performed_on,
        instance.breached_on,
        instance.closed_by,
        tuple(against),
        fold.choices.shown(_policies(fold, instance)),
        fold.today,
    )


def _policies(fold: Fold, instance: Instance) -> tuple[str, ...]:
    """Every policy that touched the instance: those of its rule, and of the instances from which it arose."""
    found = fold.rules.touched(instance.rule.id)
    if instance.cause is None and not instance.shift_days and instance.rule is fold.rules.rules[instance.rule.id]:
        return found
    every = dict.fromkeys(found)
    for each in (instance, *causes(instance)):
        every |= dict.fromkeys(fold.rules.touched(each.rule.id))
        if each.shift_days or each.suspended_since is not None:
            every["suspension.clock"] = None
        if each.rule is not fold.rules.rules[each.rule.id]:
            every["amendment.open-instances"] = None
    return tuple(every)


def _state(fold: Fold, instance: Instance, against: list[guards.Against]) -> str:
    state, codes = instance.state, {each.code for each in against}
    kind = instance.rule.kind
    if kind == "requirement":
        if codes & {"excused", "policy"}:
            return "discharged"
        return proof_state(instance, fold.today) if state == "unproved" else state
    if kind == "power":
        if state != "available" or not codes:
            return state
        return "not_arisen" if codes & {"no_ground", "lacks", "policy"} else "barred"
    if kind == "condition" or not codes:
        return state
    if codes & {"excused", "barred", "policy"}:
        return "discharged"
    return "pending" if state == "in_effect" else state


def money(fold: Fold, instance: Instance) -> Sum:
    """What an instance owes now."""
    paid = tuple(instance.paid)
    charge: Charged | Blank | None = None
    if instance.rule.kind == "calculation":
        charge = charge_of(fold, instance)
        amount: int | Blank = charge if isinstance(charge, Blank) else int(charge.yen)
    else:
        amount = fold.amount(instance)
    beside = getattr(instance.rule.text, "beside", None)
    if isinstance(amount, Blank):
        return Sum(None, None, paid, None, False, beside, amount, None, ())
    owed = debts.settled(fold, instance, amount)
    found = charge if isinstance(charge, Charged) else None
    return Sum(
        Yen(owed.owed),
        Yen(amount),
        paid,
        Yen(owed.unpaid),
        found.grows and not owed.excused_by if found else False,
        beside,
        None,
        found.last_confirmed_on if found else None,
        (*(found.working if found else ()), *_waiver_lines(instance, owed), *_debtor_lines(instance)),
        owed.excused_by,
        tuple(instance.debtors),
    )


def _waiver_lines(instance: Instance, owed: debts.Owed) -> list[Line]:
    """What was waived, by which clause, beside the figure that the rule gives."""
    lines = []
    for each in instance.waived:
        what_ja, what_en = ("全額", "the whole") if each.yen is None else (f"{each.yen:,}円", f"{each.yen:,} yen")
        ja = f"免除: {day_ja(each.on)} {each.clause} により{what_ja}（{each.by}。計算額 {owed.computed:,}円）"
        en = f"Waived on {day_en(each.on)} by {each.clause}: {what_en} ({each.by}; computed {owed.computed:,} yen)"
        lines.append(Line(ja, en, each.clause))
    waived = {each.clause for each in instance.waived}
    for by in owed.excused_by:
        if by not in waived:
            ja, en = f"{by} により債務は0円（計算額 {owed.computed:,}円）", f"Nothing is owed, by {by}"
            lines.append(Line(ja, f"{en} (computed {owed.computed:,} yen)", by))
    return lines


def _debtor_lines(instance: Instance) -> list[Line]:
    if not instance.debtors:
        return []
    who = "、".join(instance.debtors)
    ja = f"連帯債務: {who} も、それぞれ全額を負う。一人の支払は全員のためになる"
    en = f"Joint and several: {who} each owe the whole as well; a payment by one counts for all"
    return [Line(ja, en, "民法 第436条")]
