"""A contract as a whole: who, which parts, which terms, policies, events and papers, and its provisions in order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

from itaku.contracts.model.kinds import Provision
from itaku.contracts.model.parts import Names, Scalar, Strict, Words


class Head(Strict, frozen=True, kw_only=True):
    """What the contract is: `id`, its title, when it ends (`ends`, a date reference) and what is missing from it.

    `riders` are further files beside this one (特約・別紙・特記仕様書), in the order of the paper.
    """

    id: str
    ja: str
    en: str
    ends: str | None = None
    originals: int = 2
    missing: tuple[Words, ...] = ()
    riders: tuple[str, ...] = ()


class Party(Strict, frozen=True, kw_only=True):
    """A legal person (当事者)."""

    ja: str
    en: str


class Part(Strict, frozen=True, kw_only=True):
    """A part of the paper (本文・特約・別紙・仕様書): its name, and which legal person each label means in it."""

    ja: str
    en: str
    labels: dict[str, str] = msgspec.field(default_factory=dict)


class Term(Strict, frozen=True, kw_only=True):
    """A value that the contract fixes or leaves blank: its type, its value if the text gives one, and its clause."""

    type: Literal["date", "yen", "percent", "int", "text"]
    ja: str
    en: str
    clause: str
    value: str | int | None = None


class Option(Strict, frozen=True, kw_only=True):
    """One reading of a policy. `value` is what the engine puts in its place (default: the option's own name)."""

    ja: str
    en: str
    value: str | None = None


class Policy(Strict, frozen=True, kw_only=True):
    """A disputed reading (解釈方針): its options, the default, and the clauses that it touches."""

    ja: str
    en: str
    default: str
    options: dict[str, Option]
    clauses: tuple[str, ...] = ()


class EventType(Strict, frozen=True, kw_only=True):
    """A kind of event: its name, who may tell it (`by`), the keys that it carries, and its typed fields."""

    ja: str
    en: str
    by: Names | None = None
    keys: tuple[str, ...] = ()
    fields: dict[str, str] = msgspec.field(default_factory=dict)


class PaperField(Strict, frozen=True, kw_only=True):
    """A blank on a paper. `source` is a reference that fills it; without it a person writes it.

    `words` says what a coded value (pass, R8) is called on the paper. `fills` is the field of the paper's own event
    that takes the value.
    """

    ja: str
    en: str
    type: str = "text"
    required: bool = True
    source: str | None = None
    words: dict[str, str] = msgspec.field(default_factory=dict)
    fills: str | None = None


class Telling(Strict, frozen=True, kw_only=True):
    """The event by which a paper takes effect once it is signed or arrives, with the fields that it always has."""

    event: str
    fields: dict[str, Scalar | tuple[Scalar, ...]] = msgspec.field(default_factory=dict)


class Paper(Strict, frozen=True, kw_only=True):
    """A document (書類): its title, who drafts, approves and receives it, in how many copies, and what stands in it.

    `tells` is its event: a draft shows the difference that it would make.
    """

    ja: str
    en: str
    drafter: str
    addressee: str | None = None
    approver: str | None = None
    copies: int = 1
    tells: Telling | None = None
    fields: dict[str, PaperField] = msgspec.field(default_factory=dict)


class Contract(msgspec.Struct, frozen=True):
    """A contract that was read without a mistake. `provisions` stand in the order of the articles."""

    head: Head
    parties: Mapping[str, Party]
    parts: Mapping[str, Part]
    terms: Mapping[str, Term]
    policies: Mapping[str, Policy]
    events: Mapping[str, EventType]
    papers: Mapping[str, Paper]
    provisions: tuple[Provision, ...]
    sha256: bytes

    def part_of(self, provision_id: str) -> str:
        """The part in which a provision stands: the longest part id with which its own begins."""
        return part_of(provision_id, self.parts)


def part_of(provision_id: str, parts: Mapping[str, Part]) -> str:
    """The longest id of a part with which a provision's id begins, or nothing."""
    return max((each for each in parts if provision_id.startswith(each)), key=len, default="")


class FieldType(NamedTuple):
    """A field's type as the catalogue writes it: `date?`, `provision[]`, `pass|fail`."""

    name: str
    optional: bool
    many: bool
    choices: tuple[str, ...]


_SIMPLE = frozenset({"date", "instant", "yen", "int", "bool", "text", "percent", "party", "provision", "term", "event"})
_CHOICES = re.compile(r"[^|\s]+(\|[^|\s]+)+")


def field_type(text: str) -> FieldType | None:
    """Reads a field's type; None if it is none."""
    bare = text.removesuffix("?")
    optional = bare != text
    single = bare.removesuffix("[]")
    many = single != bare
    if single in _SIMPLE:
        return FieldType(single, optional, many, ())
    if _CHOICES.fullmatch(single):
        return FieldType("choice", optional, many, tuple(single.split("|")))
    return None
