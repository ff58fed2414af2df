"""What a drafted paper says (起案された書類): one frozen value, from which the PDF and the Word file are both made."""

from __future__ import annotations

import datetime as dt

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.working import Line
from itaku.contracts.model.parts import Words


class Waiting(msgspec.Struct, frozen=True):
    """A blank that must be filled before the paper is sent: what is missing, its clause, and why it is blank."""

    ja: str
    en: str
    clause: str
    why_ja: str
    why_en: str


class Entry(msgspec.Struct, frozen=True):
    """A line of the paper's form. `value` is empty where it is blank; `origin` is its reference, or `entered`."""

    name: str
    ja: str
    en: str
    value: str
    origin: str
    blank: Waiting | None = None


class Person(msgspec.Struct, frozen=True):
    """A party on the paper: its part (甲, 発注者), and its name, empty where the contract leaves it blank."""

    label: str
    name: str
    known_as: str
    blank: Waiting | None = None


class Working(msgspec.Struct, frozen=True):
    """The working behind one instance: which, by what clause, and its lines in order."""

    instance: str
    ja: str
    en: str
    lines: tuple[Line, ...]


class Ground(msgspec.Struct, frozen=True):
    """A condition on which a right or sum rests: its clause, its summary, what it is for, and whether it is so."""

    clause: str
    ja: str
    en: str
    role_ja: str
    role_en: str
    holds: bool


class Change(msgspec.Struct, frozen=True):
    """One thing that the paper would change: before and after, as people read them."""

    ja: str
    en: str
    before: str
    after: str
    clause: str


class Reading(msgspec.Struct, frozen=True):
    """A disputed reading on which the paper rests (解釈方針), with the option that is chosen."""

    name: str
    ja: str
    en: str
    option_ja: str
    option_en: str
    default: bool


class Clause(msgspec.Struct, frozen=True):
    """A clause behind the paper: its id, its place in the text, and our own short summary."""

    id: str
    place: str
    ja: str
    en: str


class TableCell(msgspec.Struct, frozen=True):
    """A cell of a table of figures: Japanese, with English under it. A figure stands to the right."""

    ja: str
    en: str = ""
    figure: bool = False


class Table(msgspec.Struct, frozen=True):
    """A table of figures behind the form (内訳). `columns` are mm, 0 what is left."""

    ja: str
    en: str
    columns: tuple[int, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    lead: str = ""


class Provenance(msgspec.Struct, frozen=True):
    """From what the paper was made: the instant asked for, the last event known, and the digests of every input."""

    as_of: InstantMs
    seq: int
    contract_sha256: str
    rates_sha256: str
    calendar_sha256: str
    policies_sha256: str
    engine: str


class PaperDraft(msgspec.Struct, frozen=True):
    """A paper as drafted. `unsettled` says why it is still a draft (案); it is final only without a reason.

    `tables` stand behind the form, before everything that explains it.
    """

    contract: str
    contract_ja: str
    contract_en: str
    signed_on: str
    paper: str
    title_ja: str
    title_en: str
    number: str
    dated: str
    dated_on: dt.date | None
    instance: str
    opening: str
    addressees: tuple[Person, ...]
    senders: tuple[Person, ...]
    drafter: str
    approver: str
    copies: int
    entries: tuple[Entry, ...]
    workings: tuple[Working, ...]
    grounds: tuple[Ground, ...]
    changes: tuple[Change, ...]
    readings: tuple[Reading, ...]
    clauses: tuple[Clause, ...]
    notes: tuple[Line, ...]
    waiting: tuple[Waiting, ...]
    unsettled: tuple[Words, ...]
    filed: str
    provenance: Provenance
    tables: tuple[Table, ...] = ()
