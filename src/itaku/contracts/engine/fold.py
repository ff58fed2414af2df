"""The fold (畳み込み): a contract's state as events and deadlines pass, one after another, from signing to an instant.

Deadlines by days pass at the midnight after them, before any event of that instant; hours pass at the instant.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.rates import RateRow
from itaku.contracts.engine import acts, conditions, debts, endings, recurring, standard_events
from itaku.contracts.engine.choices import Choices
from itaku.contracts.engine.dues import due_state, limit_of
from itaku.contracts.engine.events import Event, day_of
from itaku.contracts.engine.guards import reasons_against
from itaku.contracts.engine.instance import Blank, Instance, Step, keyed
from itaku.contracts.engine.rules import Compiled, Rules
from itaku.contracts.engine.terms import TermValue, written
from itaku.contracts.engine.values import fits, fits_chain, named_rules, speaks_of
from itaku.contracts.model.kinds import Condition, Power


class Flag(msgspec.Struct, frozen=True, gc=False):
    """Something that a person should look at: the day, a stable code, words, and the event or instance."""

    day: dt.date
    code: str
    ja: str
    en: str
    about: str


class Tick(msgspec.Struct, frozen=True, order=True, gc=False):
    """A moment at which time alone changes something."""

    at: InstantMs
    serial: int
    what: str
    name: str


class Fold:
    """The state of one contract. `now` is the instant that was reached, `order` the number of the step there."""

    def __init__(self, rules: Rules, rates: Mapping[str, Sequence[RateRow]]) -> None:
        self.rules = rules
        self.contract = rules.contract
        self.rates = {name: list(rows) for name, rows in rates.items()}
        self.now = InstantMs(0)
        self.order = 0
        self.instances: dict[str, Instance] = {}
        self.by_rule: dict[str, list[Instance]] = {}
        self.terms: dict[str, list[TermValue]] = written(rules.contract)
        self.choices = Choices(rules.contract)
        self.told: dict[str, list[Event]] = {}
        self.status = "unsigned"
        self.signed_on: dt.date | None = None
        self.ended_on: dt.date | None = None
        self.ended_by = ""
        self.flags: list[Flag] = []
        self.early: dict[str, list[tuple[str, Event]]] = {}
        self.scoped: dict[str, dict[str, bool]] = {}
        self.joined: dict[str, list[tuple[str, dict[str, str]]]] = {}
        self.periods: dict[str, int] = {}
        self.papers: list[Event] = []
        self.applied: dict[str, int] = {}
        self.sums_changed = False
        self.ticks: list[Tick] = []
        self._serial = 0

    @property
    def today(self) -> dt.date:
        """The day in Japan of the instant that was reached."""
        return day_of(self.now)

    # ---- running ----

    def run(self, events: Sequence[Event], until: InstantMs) -> None:
        """Takes events in legal order, and the deadlines between them, up to and including an instant."""
        for event in events:
            if event.at > until:
                break
            if self.ticks and self.ticks[0].at <= event.at:
                self.pass_time(event.at)
            self.now = event.at
            self.take(event)
        self.pass_time(until)

    def pass_time(self, until: InstantMs) -> None:
        """Lets every deadline up to the instant pass, in order."""
        while self.ticks and self.ticks[0].at <= until:
            tick = heapq.heappop(self.ticks)
            self.now = tick.at
            self.order += 1
            self._tick(tick)
        self.now = until

    def take(self, event: Event) -> None:
        """One event: what the engine itself does, facts that it makes true, what it does as an act, what it brings."""
        self.order += 1
        told = self.told.get(event.kind)
        if told is None:
            self.told[event.kind] = [event]
        else:
            told.append(event)
        if self.status == "unsigned" and event.kind not in _BEFORE_SIGNING:
            self.flag("before_signing", "締結より前の出来事", "before the contract was signed", event.id)
        standard_events.take(self, event)
        if event.kind in self.rules.facts_by:
            self._bear(self.rules.facts_by[event.kind], event)
        acts.take(self, event)
        if event.kind in self.rules.born_by:
            self._bear(self.rules.born_by[event.kind], event)
        for rule in named_rules(self, event, self.rules.field_users.get(event.kind, ())):
            for instance in self.of(rule.id):
                if instance.open and speaks_of(self, event, instance):
                    self.recompute(instance)
        if self.sums_changed or event.kind in self.rules.counted:
            debts.check_all(self, event)

    def _bear(self, rules: Sequence[Compiled], event: Event) -> None:
        for rule in rules:
            trigger = rule.trigger
            assert trigger is not None, "the index holds triggered rules"
            if (trigger.where and not fits(event, trigger.where)) or not self._may_be_born(rule, event):
                continue
            key = event.fields.get(rule.per[0]) if rule.key_head else None
            if type(key) is str and (name := f"{rule.key_head}{key}]") not in self.instances:
                self._live(Instance(rule, name, {rule.per[0]: key}, event.day, self.order, event, None))
            else:  # nearly never; what is done above is the same, only shorter
                self.bring(rule, event.day, event, None)

    def _may_be_born(self, rule: Compiled, event: Event) -> bool:
        if self.status not in {"terminated", "cancelled"} or rule.survives:
            return True
        self.flag("after_the_end", f"終了後の出来事（{rule.id} は生じない）", f"after the end: no {rule.id}", event.id)
        return False

    def _tick(self, tick: Tick) -> None:
        if tick.what == "due":
            instance = self.instances.get(tick.name)
            if instance is not None and limit_of(instance.due) == tick.at:
                self._lapse(instance)
        elif tick.what == "period":
            recurring.go_on(self, tick.name)
        elif tick.what == "evidence":
            conditions.changed(self, self.instances[tick.name].rule)
        else:
            endings.tick(self, tick.what, tick.name)

    def push(self, at: InstantMs, what: str, name: str) -> None:
        """Asks to be woken at an instant. One that is past already passes before the next event."""
        self._serial += 1
        heapq.heappush(self.ticks, Tick(at, self._serial, what, name))

    # ---- instances ----

    def of(self, rule_id: str) -> list[Instance]:
        """All instances of a provision, in the order of their births."""
        return self.by_rule.get(rule_id, [])

    def bring(
        self,
        rule: Compiled,
        born: dt.date,
        source: Event | None,
        cause: Instance | None,
        *,
        keys: dict[str, str] | None = None,
        standing: bool = False,
        again: bool = False,
        period: tuple[dt.date, dt.date] | None = None,
    ) -> Instance:
        """Brings an instance to life, or gives the one of the same keys. `again`: that this may happen."""
        if standing:
            found: dict[str, str] = keys or {}
            name = rule.id
        else:
            found = self._keys(rule, source, cause) if keys is None else keys
            name = _identity(rule, found, source, cause, born)
        existing = self.instances.get(name)
        if existing is not None:
            if again:
                existing.steps.append(Step(born, "again", source.id if source else cause.id if cause else ""))
            else:
                about = source.id if source else name
                self.flag("same_key", f"{name} はすでにある", f"{name} exists already", about)
            return existing
        instance = Instance(rule, name, found, born, self.order, source, cause)
        if standing:
            instance.standing = True
        if period is not None:
            instance.period = period
        self._live(instance)
        return instance

    def _live(self, instance: Instance) -> None:
        """Takes a newborn instance in and sets it going: its debtors, its due date, what was done before its birth."""
        rule = instance.rule
        self.instances[instance.id] = instance
        fellows = self.by_rule.get(rule.id)
        if fellows is None:
            self.by_rule[rule.id] = [instance]
        else:
            fellows.append(instance)
        if rule.id in self.joined:
            instance.debtors = tuple(person for person, keys in self.joined[rule.id] if agree(keys, instance.keys))
        if rule.due is not None:
            self.recompute(instance, newborn=True)
        if rule.is_condition:
            conditions.settle(self, instance)
        if rule.per and rule.id in self.early:
            acts.apply_early(self, instance)

    def _keys(self, rule: Compiled, source: Event | None, cause: Instance | None) -> dict[str, str]:
        keys: dict[str, str] = {}
        for key in rule.per:
            value: Any = None if source is None else source.fields.get(key)
            if type(value) is str:  # nearly always
                keys[key] = value
                continue
            walk = cause
            while value is None and walk is not None:
                value = walk.keys.get(key)
                if value is None and walk.source is not None:
                    value = walk.source.fields.get(key)
                walk = walk.cause
            if value is None:
                about = source.id if source else rule.id
                self.flag("key_blank", f"{rule.id} のキー {key} がない", f"{rule.id}: no key {key}", about)
                value = "?"
            keys[key] = value.isoformat() if isinstance(value, dt.date) else str(value)
        return keys

    def recompute(self, instance: Instance, *, newborn: bool = False) -> None:
        """Computes the due date again, as a term, a date or a policy changed."""
        before = instance.due
        instance.due = due_state(self, instance)
        if instance.due == before and not newborn:
            return
        limit = limit_of(instance.due)
        if not newborn:
            instance.steps.append(Step(self.today, "due_changed", "", _day_text(before.day)))
        if instance.state == "violated" and (limit is None or limit > self.now):
            instance.state = "in_effect"
        if limit is not None and instance.open:
            self.push(limit, "due", instance.id)
        if instance.due != before:
            for rule in self.rules.due_watchers.get(instance.rule.id, ()):
                for watcher in list(self.of(rule.id)):
                    if watcher.open and watcher is not instance:
                        self.recompute(watcher)

    def _lapse(self, instance: Instance) -> None:
        """Its deadline has passed."""
        if isinstance(instance.rule.text, Condition):
            conditions.lapse(self, instance)
        elif isinstance(instance.rule.text, Power):
            if instance.state == "available":
                instance.state = "lapsed"
                instance.steps.append(Step(self.today, "lapsed", ""))
        elif instance.rule.is_duty and instance.state in {"in_effect", "pending"}:
            self.overdue(instance)

    def overdue(self, instance: Instance) -> None:
        """Breach, unless it is excused, waits for a condition, or nothing is owed."""
        if instance.rule.guarded and reasons_against(self, instance):
            return
        if instance.rule.is_debt and not debts.is_open(self, instance):
            return
        if instance.acted is not None and self.choices.read(instance.rule.discharge.in_time) == "act":
            return  # it was handed in before the limit, and that act stops the clock; acceptance is still open
        due = instance.due.day
        assert due is not None, "what is overdue had a date"
        self.breach(instance, due if instance.due.instant is not None else due + dt.timedelta(days=1))

    def breach(self, instance: Instance, on: dt.date) -> None:
        """Records the breach, the second axis beside the state, and brings to life what follows from it."""
        if instance.breached_on is None:
            instance.breached_on = on
        instance.state = "violated"
        instance.steps.append(Step(on, "violated", ""))
        self.follow("violated", instance, on, None)
        conditions.changed(self, instance.rule)

    def perform(self, instance: Instance, on: dt.date, event: Event) -> None:
        """Performance on a day; late performance stays a breach, and what was told late of a day in time is none."""
        due = instance.due
        instance.performed_on, instance.performed_by = on, event
        if due.day is not None and instance.breached_on is None and _late(due.day, due.instant, on, event):
            self.breach(instance, on if due.instant is not None else due.day + dt.timedelta(days=1))
        elif due.day is not None and instance.breached_on is not None and on < instance.breached_on:
            self._unbreach(instance)
        instance.state = "fulfilled"
        instance.closed_by = event.id
        instance.steps.append(Step(on, "fulfilled", event.id))
        self.follow("fulfilled", instance, event.day, event)
        for rule in self.rules.watchers.get(instance.rule.id, ()):
            for watcher in list(self.of(rule.id)):
                if watcher.open:
                    self.recompute(watcher)
                    debts.check_paid(self, watcher, event)
        conditions.changed(self, instance.rule)

    def follow(self, what: str, instance: Instance, born: dt.date, source: Event | None) -> None:
        """Brings to life what follows from an instance's exercise, breach, performance or coming to hold."""
        for rule in self.rules.after[what].get(instance.rule.id, ()):
            assert rule.trigger is not None, "the index holds triggered rules"
            if not rule.trigger.where or fits_chain(rule.trigger.where, source, instance):
                self.bring(rule, born, source, instance, again=True)

    def _unbreach(self, instance: Instance) -> None:
        instance.breached_on = None
        for child in [each for each in self.instances.values() if each.cause is instance and each.source is None]:
            if child.state in {"in_effect", "pending", "available", "running", "violated"} and not child.paid:
                del self.instances[child.id]
                self.by_rule[child.rule.id].remove(child)

    # ---- values ----

    def amount(self, instance: Instance) -> int | Blank:
        """What its rule gives in yen, before waivers."""
        return debts.amount(self, instance)

    def unpaid(self, instance: Instance) -> int | Blank:
        """What of it is open."""
        return debts.unpaid(self, instance)

    def choose(self, policy: str, option: str) -> None:
        """Puts a reading in force; every open date is computed again, and what rests on the reading is asked again."""
        self.choices.choose(policy, option)
        self.sums_changed = True
        for instance in list(self.instances.values()):
            if instance.open:
                self.recompute(instance)
        endings.watch_expiry(self)
        for rule in self.rules.switched.get(policy, ()):
            conditions.ask_again(self, rule)
            conditions.changed(self, rule)

    def check_day(self, day: dt.date, event: Event) -> None:
        """Flags a day in an event that lies before the signing."""
        if self.signed_on is not None and day < self.signed_on:
            ja, en = f"{day} は締結日 {self.signed_on} より前", f"{day} lies before the signing on {self.signed_on}"
            self.flag("date_before_signing", ja, en, event.id)

    def flag(self, code: str, ja: str, en: str, about: str) -> None:
        """Notes something for a person to look at."""
        self.flags.append(Flag(self.today, code, ja, en, about))


_BEFORE_SIGNING = frozenset(
    {"contract.signed", "term.set", "rate.entered", "policy.chosen", "finding.made", "paper.filed"}
)


def agree(first: dict[str, str], second: dict[str, str]) -> bool:
    """Whether two sets of keys agree wherever both speak."""
    return all(second.get(key, value) == value for key, value in first.items())


def _identity(rule: Compiled, keys: dict[str, str], source: Event | None, cause: Instance | None, born: dt.date) -> str:
    if keys:
        if rule.key_head and len(keys) == 1:
            return f"{rule.key_head}{keys[rule.per[0]]}]"
        return keyed(rule.id, keys, keys.values())
    return f"{rule.id}[{cause.id if cause is not None else source.id if source is not None else born.isoformat()}]"


def _late(due: dt.date, instant: InstantMs | None, on: dt.date, event: Event) -> bool:
    return event.at > instant if instant is not None else on > due


def _day_text(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()
