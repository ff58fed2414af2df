"""The kinds of provision (条項の種類): a tagged union on `kind`, each with the fields that it alone understands."""

from __future__ import annotations

from itaku.contracts.model.parts import (
    Act,
    Charge,
    Discharge,
    Due,
    Effect,
    Evidence,
    Names,
    Notice,
    Strict,
    Trigger,
    Words,
)


class Common(Strict, frozen=True, kw_only=True, tag_field="kind", tag=str.lower):
    """What every provision says: its clause id (with /x where a clause makes several), our own summary, its defects.

    `note` lists known defects of the text: shown, never repaired. `policies` names disputed readings that touch it
    beyond those that its rules refer to. `paper` names the documents that it makes or wants. `evidence` are its slots.
    """

    id: str
    ja: str
    en: str
    heading: str = ""
    note: tuple[Words, ...] = ()
    policies: tuple[str, ...] = ()
    paper: Names | None = None
    evidence: tuple[Evidence, ...] = ()


class Ruled(Common, frozen=True, kw_only=True):
    """What every executable rule says beyond that.

    `per` are the keys that tell its instances apart. `needs`/`unless`: provisions that must, must not hold
    (a condition holds, a power was exercised, a duty fulfilled, a requirement proved); both are live. `when`: readings
    (`policy:NAME=option`) of which each must be in force, live as well.
    """

    trigger: Trigger | None = None
    per: tuple[str, ...] | None = None
    needs: Names | None = None
    unless: Names | None = None
    when: Names | None = None
    survives: bool = False


class Obligation(Ruled, frozen=True, kw_only=True):
    """A duty (義務). `amount` is set for a duty to pay. Without `due` and `trigger` it stands from signing to the end.

    `gate`: it must be done before that act; the trigger is then the announcement.
    """

    bearer: str
    counterparty: str | None = None
    due: Due | None = None
    discharge: Discharge | None = None
    gate: Act | None = None
    amount: str | None = None


class Document(Ruled, frozen=True, kw_only=True):
    """A paper to draft and hand over (書類), with a due rule and a discharge like an obligation."""

    bearer: str
    counterparty: str | None = None
    due: Due | None = None
    discharge: Discharge | None = None
    gate: Act | None = None


class Prohibition(Ruled, frozen=True, kw_only=True):
    """What must not be done (禁止). `forbids` is the act that violates it; `lifted` the act that allows one (承諾)."""

    bearer: str
    counterparty: str | None = None
    forbids: Act | None = None
    lifted: Act | None = None


class Power(Ruled, frozen=True, kw_only=True):
    """A right to act (権利): demand, terminate, waive, extend. Available while one of `grounds` holds, if it has any.

    `exercise` is the event, `notice` how early it must come, `due` when the right lapses, `effect` what it does.
    """

    holder: str
    counterparty: str | None = None
    grounds: Names | None = None
    exercise: Act | None = None
    notice: Notice | None = None
    due: Due | None = None
    effect: tuple[Effect, ...] = ()


class Condition(Ruled, frozen=True, kw_only=True):
    """A fact or judgement on which others depend (条件).

    Without `due` it holds as soon as it is triggered; with it, when the date passes before the discharge. `any_of` and
    `all_of` compose conditions. A person's finding (`finding.made`) decides where there is nothing else, and prevails
    where there is. `bars`: rights lost while it holds.
    """

    due: Due | None = None
    discharge: Discharge | None = None
    any_of: Names | None = None
    all_of: Names | None = None
    judged_by: str | None = None
    bars: Names | None = None
    effect: tuple[Effect, ...] = ()


class Calculation(Ruled, frozen=True, kw_only=True):
    """A sum of money (計算): what it is, who owes it, when, and what pays it.

    `beside` names a group of sums that are listed side by side and never added up.
    """

    bearer: str | None = None
    counterparty: str | None = None
    charge: Charge
    due: Due | None = None
    discharge: Discharge | None = None
    beside: str | None = None


class Requirement(Ruled, frozen=True, kw_only=True):
    """A security or quality requirement (要件): proved by a probe of the running system or by evidence in its slots."""

    bearer: str
    counterparty: str | None = None
    due: Due | None = None
    probe: str | None = None
    recommended: bool = False


class Definition(Common, frozen=True, kw_only=True):
    """A term or scope (定義). `term` is the word as written, `scope` the parts in which it is read so."""

    term: str = ""
    scope: Names | None = None
    missing: Words | None = None


class Outside(Common, frozen=True, kw_only=True):
    """What software cannot do: why, and what the desk shows instead."""

    reason: Words
    shows: Words


Rule = Obligation | Document | Prohibition | Power | Condition | Calculation | Requirement
"""Kinds that a replay can bring to life."""

Provision = Rule | Definition | Outside

KINDS: tuple[type[Common], ...] = (
    Obligation,
    Prohibition,
    Power,
    Condition,
    Calculation,
    Document,
    Requirement,
    Definition,
    Outside,
)


def brief_of(provision: Common) -> Words:
    """What it is about, as a list names it: its heading, or the first sentence of the summary where it has none."""
    return Words(ja=provision.heading or provision.ja.partition("。")[0], en=provision.en.partition(".")[0])


def kind_of(provision: Common) -> str:
    """The provision's kind as the file writes it."""
    tag = type(provision).__struct_config__.tag
    assert isinstance(tag, str), "every kind is tagged"
    return tag
