"""An instance (個々の義務・権利・条件・計算): one provision brought to life by one cause, as the fold keeps it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.yen import Yen
from itaku.contracts.engine.events import Event
from itaku.contracts.engine.rules import Compiled


class Blank(msgspec.Struct, frozen=True, gc=False):
    """A value that is not known: what is missing, in words, and the clause or event that would fill it."""

    ja: str
    en: str
    waits: str


class DueState(msgspec.Struct, frozen=True, gc=False):
    """When an instance is due. Dates pass at their end, instants at once.

    `day` is the deadline in force, `raw` and `moved` both readings; `target` and `instant` belong to hour clocks
    (strictest and loosest reading). `blank` says why there is none. `manner` is 直ちに, 速やかに or 遅滞なく.
    """

    day: dt.date | None = None
    raw: dt.date | None = None
    moved: dt.date | None = None
    remind: dt.date | None = None
    provisional: bool = False
    instant: InstantMs | None = None
    target: InstantMs | None = None
    manner: str | None = None
    continuous: bool = False
    blank: Blank | None = None


NO_DUE = DueState()


class Paid(NamedTuple):
    """A payment on an instance: the day, the yen, and the event that told it."""

    on: dt.date
    yen: Yen
    event: str


class Waived(NamedTuple):
    """A waiver of a debt: the day, the yen (None: the whole), what did it, and the clause that allows it."""

    on: dt.date
    yen: Yen | None
    by: str
    clause: str


class Step(msgspec.Struct, frozen=True, gc=False):
    """One thing that happened to an instance: the day, a code, and the event or instance behind it."""

    day: dt.date
    code: str
    by: str
    detail: str = ""


class Instance:
    """An instance under the fold's hand. Its `state` is kept by the fold; guards and bars are asked when it is read."""

    # What most instances never change stands on the class: a thousand of them are made in a replay.
    standing = False
    performed_on: dt.date | None = None
    performed_by: Event | None = None
    acted: dt.date | None = None
    acted_by: Event | None = None
    accepted: dt.date | None = None
    breached_on: dt.date | None = None
    closed_by = ""
    amount: Any = None
    finding: bool | None = None
    held = False
    period: tuple[dt.date, dt.date] | None = None
    suspended_since: dt.date | None = None
    shift_days = 0
    accelerated: dt.date | None = None
    target: dt.date | None = None
    due: DueState = NO_DUE
    paid: tuple[Paid, ...] = ()
    waived: tuple[Waived, ...] = ()
    debtors: tuple[str, ...] = ()
    evidence: Mapping[str, tuple[dt.date, dt.date | None]] = MappingProxyType({})

    def __init__(
        self,
        rule: Compiled,
        name: str,
        keys: dict[str, str],
        born: dt.date,
        order: int,
        source: Event | None,
        cause: Instance | None,
    ) -> None:
        self.rule = rule
        self.id = name
        self.keys = keys
        self.born = born
        self.order = order
        self.source = source
        self.cause = cause
        self.state = rule.first_state
        self.steps = [Step(born, "born", source.id if source else cause.id if cause else "")]

    @property
    def open(self) -> bool:
        """Whether it may still be performed, exercised or averted."""
        return self.state in _OPEN


def keyed(rule_id: str, names: Iterable[str], values: Iterable[object]) -> str:
    """The id of the instance with these keys: `S2-12-2[sub_no=R7-2]`."""
    return f"{rule_id}[{','.join([f'{name}={value}' for name, value in zip(names, values, strict=True)])}]"


_OPEN = frozenset({"pending", "in_effect", "suspended", "violated", "available", "running", "holds"})
