"""Wordings of deadlines (期限の文言): how each phrase of a contract is read by default, and how it may be read instead.

A contract can choose the other reading (民法 第138条); both are computed, so that a printed result shows the dispute.
"""

from __future__ import annotations

import datetime as dt
import enum

import msgspec

from itaku.basis.closing_days import ClosingDays
from itaku.basis.day_ranges import DayRange
from itaku.basis.due_dates import DueDate, FirstDay, InForce, due_date
from itaku.basis.errors import ItakuError
from itaku.basis.periods import Period, shifted
from itaku.basis.working import Line, day_en, day_ja


class WordingUnknownError(ItakuError):
    """There is no wording of that name."""

    code = "wording_unknown"
    ja = "その名前の期限の文言は登録されていません。"
    en = "There is no wording of a deadline of that name."


class NoAlternativeError(ItakuError):
    """The wording leaves no other reading to choose."""

    code = "wording_no_alternative"
    ja = "この文言に別の読み方はありません。"
    en = "This wording has no other reading."


class NoFixedDateError(ItakuError):
    """The wording sets no date (直ちに, 速やかに, 遅滞なく): none is computed as the contract's."""

    code = "wording_no_date"
    ja = "この文言は期日を定めていません。目標日は義務を負う者が自ら定めます。"
    en = "This wording sets no date. The one who owes the duty sets a target of its own."


class ReadingName(enum.StrEnum):
    """Which reading of a wording is taken."""

    DEFAULT = "default"
    ALTERNATIVE = "alternative"


class Wording(msgspec.Struct, frozen=True):
    """A phrase, the clauses that use it, and the readings of its first day. `alternative` is None where there is none.

    `right_next_day`: a right arises on the day after the deadline. `dated` is False for the wordings without a date.
    """

    name: str
    phrase: str
    clauses: tuple[str, ...]
    default: FirstDay = FirstDay.EXCLUDED
    alternative: FirstDay | None = None
    backward: bool = False
    right_next_day: bool = False
    dated: bool = True


class Deadline(msgspec.Struct, frozen=True):
    """A deadline by a wording. `other` is the disputed reading's date; `right_from` the day on which a right arises."""

    wording: str
    reading: ReadingName
    due: DueDate
    other: dt.date | None
    right_from: dt.date | None
    working: tuple[Line, ...]


class OwnTarget(msgspec.Struct, frozen=True):
    """A target date that the bearer of a duty set itself. `contractual` is always False: it is ours, not a deadline."""

    wording: str
    target: dt.date
    working: tuple[Line, ...]
    contractual: bool = False


WORDINGS: tuple[Wording, ...] = (
    Wording("count.sono-hi-kara", "その日から…以内", ("S2-12-2", "S2-12-3-後"), alternative=FirstDay.INCLUDED),
    Wording(
        "count.atta-hi-kara",
        "…があった日から…以内",
        ("S2-13-3", "S2-D4.4-1-賃", "S2-D4.4-3"),
        alternative=FirstDay.INCLUDED,
    ),
    Wording("count.kisan-shite", "…した日から起算して…以内", (), default=FirstDay.INCLUDED),
    Wording("count.shitta-toki-kara", "知った時から…以内", ("S2-14-3",)),
    Wording("count.ato", "…した後…以内", ("S1-17-1-5", "S1-18-1"), right_next_day=True),
    Wording("count.mae-made", "…前まで", ("S2-D4.4-1", "S1-21-但", "S1-22"), backward=True),
    Wording("promptly.tadachini", "直ちに", ("S1-13", "S1-17-2", "S1-19", "S2-D4.1-6-ア"), dated=False),
    Wording("promptly.sumiyakani", "速やかに", ("S1-14-乙", "S1-16-4", "S2-D4.1-6-オ"), dated=False),
    Wording("promptly.chitainaku", "遅滞なく", ("S2-12-1", "S2-12-3", "S2-D4.1-6-イ-書面"), dated=False),
)
"""翌日から…の日まで (S2-11-2, S2-18-4) is no deadline but a count of days: `days_of_delay`."""


def wording(name: str) -> Wording:
    """The wording of that name; `WordingUnknownError`."""
    for each in WORDINGS:
        if each.name == name:
            return each
    raise WordingUnknownError(ascii(name[:40]))


def deadline(
    name: str,
    event: dt.date,
    period: Period,
    *,
    clause: str,
    reading: ReadingName = ReadingName.DEFAULT,
    closing: ClosingDays | None = None,
    in_force: InForce = InForce.MOVED,
) -> Deadline:
    """The deadline that a wording sets. Raises `NoFixedDateError`, `NoAlternativeError` and what `due_date` raises.

    Where a right arises on the next day, it arises after the date in force.
    """
    found = wording(name)
    if not found.dated:
        raise NoFixedDateError(f"{found.phrase}, {clause}")
    readings = {ReadingName.DEFAULT: found.default, ReadingName.ALTERNATIVE: found.alternative}
    taken = readings[reading]
    if taken is None:
        raise NoAlternativeError(found.name)
    left = readings[ReadingName.ALTERNATIVE if reading is ReadingName.DEFAULT else ReadingName.DEFAULT]
    due, other = (
        None
        if first is None
        else due_date(
            event,
            period,
            first_day=first,
            backward=found.backward,
            closing=closing,
            in_force=in_force,
            first_day_clause=f"{clause}「{found.phrase}」",
        )
        for first in (taken, left)
    )
    assert due is not None, "the reading that was taken has a first day"
    right_from = shifted(due.due, 1) if found.right_next_day else None
    return Deadline(
        found.name,
        reading,
        due,
        None if other is None else other.due,
        right_from,
        (*due.working, *_dispute_lines(reading, other, clause), *_right_lines(right_from, clause)),
    )


def own_target(name: str, event: dt.date, target: dt.date, *, clause: str) -> OwnTarget:
    """The bearer's own target for a wording without a date; it is shown as ours, never as the contract's.

    Raises `WordingUnknownError` for a wording that does set a date, `RangeReversedError` for a target before the event.
    """
    found = wording(name)
    if found.dated:
        raise WordingUnknownError(name)
    DayRange(event, target)
    return OwnTarget(
        found.name,
        target,
        (
            Line(
                f"「{found.phrase}」は期日を定めていない。{day_ja(event)} から",
                f"The wording sets no date; counted from {day_en(event)}",
                clause,
            ),
            Line(
                f"目標日（当方が定めたもので、契約の期限ではない）: {day_ja(target)}",
                f"Target (our own, not the contract's deadline): {day_en(target)}",
                clause,
            ),
        ),
    )


def days_of_delay(deadline_day: dt.date, performed: dt.date) -> DayRange | None:
    """翌日から…の日まで: the day after the deadline to the day performed, both counted (S2-11-2, S2-11-4, S2-18-4).

    None if it was performed in time.
    """
    return None if performed <= deadline_day else DayRange(shifted(deadline_day, 1), performed)


def _dispute_lines(reading: ReadingName, other: DueDate | None, clause: str) -> list[Line]:
    if other is None:
        return []
    ja, en = ("既定", "default") if reading is ReadingName.DEFAULT else ("契約の方針による別の読み方", "alternative")
    return [
        Line(
            f"読み方: {ja}。もう一方の読み方では {day_ja(other.due)}",
            f"Reading: {en}. By the other reading: {day_en(other.due)}",
            clause,
        )
    ]


def _right_lines(right_from: dt.date | None, clause: str) -> list[Line]:
    if right_from is None:
        return []
    return [
        Line(
            f"期間内に是正がなければ、権利は翌日 {day_ja(right_from)} から生じる",
            f"If it is not cured by then, the right arises the day after: {day_en(right_from)}",
            clause,
        )
    ]
