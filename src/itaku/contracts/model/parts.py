"""The small parts of which provisions are made: words, triggers, due rules, discharges, charges and effects.

Every struct is strict: a key that it does not know is a mistake. `Names` is one id or a list of them.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Names = str | tuple[str, ...]
"""One name or several. `names` gives them as a tuple."""

Scalar = str | bool | int
Where = dict[str, Scalar | tuple[Scalar, ...]]
"""A condition on an event's fields: each equal to the value, or one of the values."""


def names(one_or_more: Names | None) -> tuple[str, ...]:
    """The names as a tuple, none as the empty one."""
    if one_or_more is None:
        return ()
    return (one_or_more,) if isinstance(one_or_more, str) else one_or_more


NO_CAP = "none"
"""What an option of a policy at `at_most` says where it sets no cap."""


def policy_case(text: str) -> tuple[str, tuple[str, ...]]:
    """A case `policy:NAME=option` (or `=one|other`): the policy, and the options under which it applies."""
    policy, _, options = text.removeprefix("policy:").rpartition("=")
    return policy, tuple(options.split("|"))


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of what is read from a contract file."""


class Words(Strict, frozen=True, kw_only=True):
    """A text for people: Japanese, and English beside it."""

    ja: str
    en: str


class Every(Strict, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A duty that recurs (毎年・毎月): `period` ("1m", "1y", "fiscal-year") from a day on until a day.

    Each period makes an instance, one period ahead. `key` is the name in `per` under which the period stands: a fiscal
    year as R8, any other by its first day.
    """

    period: str
    key: str
    from_: str
    until: str | None = None


class Trigger(Strict, frozen=True, kw_only=True):
    """What brings a provision to life; several sources are alternatives.

    `where` asks for fields of the causing event, in a chain of the nearest event that has the field.

    `event`: an event of the catalogue. `exercised`: a power took effect. `violated`, `fulfilled`: an
    instance of a duty was breached, performed. `holds`: a condition came to hold. `term`: a term has a value, once for
    each value. `every`: recurring. `end`: the contract ended (expired, terminated, cancelled).
    """

    event: Names | None = None
    where: Where = {}
    exercised: Names | None = None
    violated: Names | None = None
    fulfilled: Names | None = None
    holds: Names | None = None
    term: str | None = None
    every: Every | None = None
    end: tuple[Literal["expired", "terminated", "cancelled"], ...] = ()


class Due(Strict, frozen=True, kw_only=True):
    """When it is due. Exactly one of `after`, `before`, `on`, `promptly`, `clock`, `continuous`.

    `after`/`before`: a period ("10d", "1m", "1h") counted from, or backward from, the first of `of` that has a value
    (default: the day of the cause). `on`: a date. `promptly`: 直ちに, 速やかに or 遅滞なく, no date but the
    bearer's own target. `clock`: a named clock with target and limit. `continuous`: always. `after`, `before` and
    `clock` may be policies whose options say them. `readings` narrows a clock that the text leaves open to what a
    policy says of its `start`, `window`, `weekday` and `boundary`. `first_day`, `closing` and `in_force` are values or
    policies; without them the standard policies decide.
    """

    after: str | None = None
    before: str | None = None
    of: Names | None = None
    on: str | None = None
    promptly: Literal["直ちに", "速やかに", "遅滞なく"] | None = None
    clock: str | None = None
    readings: dict[str, str] = {}
    continuous: bool = False
    first_day: str | None = None
    closing: str | None = None
    in_force: str | None = None


class Discharge(Strict, frozen=True, kw_only=True):
    """What performs it. `accept` is the other side's act without which performance is not complete.

    `join` says under which field of the event a key of the instance stands. `in_time` says which of both acts stops the
    clock ("act", "accept" or a policy), `day` the field that tells the day that counts (default: the event's own day),
    `amount` the field with the yen paid: part payments add up. `limits` says for a kind of event out of what it pays
    (`{"deposit.applied" = "amount:X1-3"}`): no more than that is taken, and the rest is flagged.
    """

    event: Names
    where: Where = {}
    join: dict[str, str] = {}
    accept: str | None = None
    accept_where: Where = {}
    in_time: str = "act"
    day: str | None = None
    amount: str | None = None
    limits: dict[str, str] = {}


class Act(Strict, frozen=True, kw_only=True):
    """An act that a gate or a prohibition watches."""

    event: Names
    where: Where = {}
    join: dict[str, str] = {}


class Notice(Strict, frozen=True, kw_only=True):
    """How long before a date a power must be exercised: the period before the first of `of` that has a value."""

    before: str
    of: Names


class Excluded(Strict, frozen=True, kw_only=True):
    """Days that do not count in a charge: of every such event, the range of days between two of its fields.

    `ends` says whether the first and the last day of the range are taken off too: both, first, last or neither, or a
    policy that says so. `when` names the readings under which they do not count (`policy:NAME=option`).
    """

    event: str
    first: str
    last: str
    ends: str = "both"
    where: Where = {}
    when: Names | None = None


class Charge(Strict, frozen=True, kw_only=True):
    """A sum of money by formula. References and policies stand for the inputs.

    late: `base` x `rate` x days from `first` to `last` / 365, less `excluded` days. share: `base` x `share` ("2/10").
    unit: `count` x `unit`. sum: all of `plus` less all of `minus`, never below zero. tax-part: `base` x t / (100 + t).
    `at_most` caps any of them; a policy option that says `none` sets no cap. `round` is a rule of `basis.rounding`,
    `base_cut` 1, 100 or 1000 yen. `told` is a field in which the event may say the sum itself, where one formula
    cannot: the settlement of a month in which the price changed. Where it is blank the formula holds.
    """

    formula: Literal["late", "share", "unit", "sum", "tax-part"]
    base: str | None = None
    rate: str | None = None
    first: str | None = None
    last: str | None = None
    excluded: tuple[Excluded, ...] = ()
    excluded_clause: str | None = None
    base_cut: int = 1
    share: str | None = None
    count: str | None = None
    unit: str | None = None
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    at_most: Names | None = None
    told: str | None = None
    round: Literal["result-floor-100", "floor-1"] = "floor-1"


class Effect(Strict, frozen=True, kw_only=True, rename={"from_": "from"}):
    """What a power does when exercised, or a condition when it comes to hold.

    terminate: the contract ends at once (解除). end: it ends with the day `on` (解約). set-term: `term` takes the value
    `from`. suspend/resume: the duties `of` rest. accelerate: the duties `of` fall due on the day. discharge: the duties
    `of` (same keys) need no longer be performed; with `yen`, so much of a debt is waived and the rest stays.
    join-debtors: the person in the event's field `from` owes the debts `of` jointly and severally. `when` names the
    readings under which it happens.
    """

    do: Literal["terminate", "end", "set-term", "suspend", "resume", "accelerate", "discharge", "join-debtors"]
    of: Names | None = None
    term: str | None = None
    from_: str | None = None
    on: str | None = None
    yen: str | None = None
    where: Where = {}
    when: Names | None = None


class Evidence(Strict, frozen=True, kw_only=True):
    """A slot for a document that proves (証跡), and until when it does.

    `expires`: never, as stated on it, a period after its filing, or with the fiscal or calendar year after the one of
    its filing (what is due each year is late only when the next year ends without it); or a policy that says so.
    """

    slot: str
    ja: str
    en: str
    expires: str = "never"
    optional: bool = False
