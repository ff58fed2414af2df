"""Three-way reconciliation (三者照合) of a month: center, municipality and register, issuance by issuance.

The center's register is the measure, since it alone counts on delivery; each other view is held against it. Every
difference names its issuance, the side that differs, and what each of the three holds. S1-12-3: the figures of a
statement rest on it; what is not equal is listed, never left out of a sum.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import duckdb
import msgspec

from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import Kind
from itaku.settlement.closed_days import ClosedDays, Closing
from itaku.settlement.month import Month
from itaku.settlement.nets import BATCH_ROWS, KEY, Item, OpenItems
from itaku.settlement.views import KIND_OF_NO, Movement, View


class Sort(enum.StrEnum):
    """What kind of difference it is, always seen from the center."""

    MISSING = "missing"
    """漏れ: the center has it, the side does not."""
    UNKNOWN = "unknown"
    """不明: the side has it, the center does not."""
    WRONG_AMOUNT = "wrong_amount"
    """金額相違: both have it, for another sum."""
    WRONG_FACTS = "wrong_facts"
    """内容相違: both have it for the same sum, but of another municipality or kind, or with other copies."""
    DUPLICATE = "duplicate"
    """二重計上: the side has it more than once."""
    NOT_REFUNDED = "not_refunded"
    """返金漏れ: void at the center, and the side knows of no refund."""
    REFUNDED_ALONE = "refunded_alone"
    """返金相違: refunded at the side, and the center knows of no void."""


SORT_TITLE: dict[Sort, tuple[str, str]] = {
    Sort.MISSING: ("漏れ", "missing"),
    Sort.UNKNOWN: ("不明", "unknown"),
    Sort.WRONG_AMOUNT: ("金額相違", "wrong amount"),
    Sort.WRONG_FACTS: ("内容相違", "wrong facts"),
    Sort.DUPLICATE: ("二重計上", "booked twice"),
    Sort.NOT_REFUNDED: ("返金漏れ", "void here, not refunded there"),
    Sort.REFUNDED_ALONE: ("返金相違", "refunded there, not void here"),
}
"""Japanese and English title of each sort."""


class Held(msgspec.Struct, frozen=True, order=True):
    """What a view holds of one issuance's movement, and how often."""

    municipality: str
    kind: Kind
    copies: int
    fee_yen: Yen
    times: int = 1


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One issuance's movement on which a side differs from the center."""

    issuance_id: bytes
    movement: Movement
    side: View
    sort: Sort
    center: tuple[Held, ...]
    municipality: tuple[Held, ...]
    register: tuple[Held, ...]
    kiosk: str = ""
    """Where it happened, if a row of this month says so."""
    delivered_on: dt.date | None = None
    """When the set was delivered, if a row of this month says so."""

    @property
    def name(self) -> CaseName:
        """By which its case is known."""
        return CaseName(self.issuance_id, self.movement, self.side)

    def held(self, view: View) -> tuple[Held, ...]:
        """What a view holds."""
        return {View.CENTER: self.center, View.MUNICIPALITY: self.municipality, View.REGISTER: self.register}[view]

    @property
    def yen(self) -> Yen:
        """How much more (negative: less) the side has booked than the center; the center itself, than the register."""
        other = View.REGISTER if self.side is View.CENTER else View.CENTER
        return Yen(_yen(self.held(self.side)) - _yen(self.held(other)))


class CaseName(NamedTuple):
    """The key of a case: one issuance's movement at one side."""

    issuance_id: bytes
    movement: Movement
    side: View


class Settled(msgspec.Struct, frozen=True):
    """A movement that was open before this month and is equal now."""

    issuance_id: bytes
    movement: Movement
    by_reversal: bool
    """Whether a correction was booked; else what was late has come."""


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """A month's reconciliation: what is open at its end, what was settled in it, and how many rows were compared."""

    month: str
    rows: dict[View, int]
    differences: tuple[Difference, ...]
    settled: tuple[Settled, ...]
    carried: tuple[Item, ...]
    """Goes into the next month's reconciliation: all that the three hold of what is open, also where they agree."""

    @property
    def equal(self) -> bool:
        """Whether nothing is open."""
        return not self.differences


Nets = dict[View, Counter[tuple[str, int, int, Yen]]]
"""Of each view how often it holds which (municipality, kind number, copies, fee)."""


def reconcile(
    connection: duckdb.DuckDBPyConnection, closed: ClosedDays, month: Month, carried: Sequence[Item] = ()
) -> Reconciliation:
    """Reconciles the closed days of a month, with what was open at the end of the month before.

    `ClosedDayUnfitError` if a closed day cannot be read as it was closed.
    """
    closings = closed.month(month)
    items = OpenItems(connection, carried)
    for batch in closed.batches(closings, BATCH_ROWS):
        items.take(batch)
    now_open = items.items()
    rows, places, reversed_ = _rows_of(connection, closed, closings, [*carried, *now_open])
    for item in carried:
        _add(rows[item.issuance_id, item.movement], item)
    open_keys = {(item.issuance_id, item.movement) for item in now_open}
    return Reconciliation(
        month=month.text(),
        rows={view: sum(closing.views[view].rows for closing in closings) for view in View},
        differences=tuple(
            difference
            for key in sorted(open_keys)
            for difference in differences_of(*key, rows[key], places.get(key[0]))
        ),
        settled=tuple(
            Settled(*key, by_reversal=key in reversed_)
            for key in sorted({(item.issuance_id, item.movement) for item in carried} - open_keys)
        ),
        carried=tuple(item for key in sorted(open_keys) for item in _items(*key, rows[key])),
    )


class Place(NamedTuple):
    """Where and when a set was delivered, as the first row says that is met, the center's before others."""

    kiosk: str
    delivered_on: dt.date


def differences_of(issuance_id: bytes, movement: Movement, nets: Nets, place: Place | None = None) -> list[Difference]:
    """The differences of one issuance's movement, of each side at most one."""
    held = {view: _held(nets[view]) for view in View}
    found = []
    for side in View:
        sort = _sort(movement, side, held[View.CENTER], held[side])
        if sort is not None:
            found.append(
                Difference(
                    issuance_id=issuance_id,
                    movement=movement,
                    side=side,
                    sort=sort,
                    center=held[View.CENTER],
                    municipality=held[View.MUNICIPALITY],
                    register=held[View.REGISTER],
                    kiosk="" if place is None else place.kiosk,
                    delivered_on=None if place is None else place.delivered_on,
                )
            )
    return found


def _sort(movement: Movement, side: View, center: Sequence[Held], held: Sequence[Held]) -> Sort | None:
    times = sum(each.times for each in held)
    if times > 1:
        return Sort.DUPLICATE
    if side is View.CENTER or list(held) == list(center):
        return None
    refund = movement is Movement.REFUND
    if times < 1:
        return Sort.NOT_REFUNDED if refund else Sort.MISSING
    if not center:
        return Sort.REFUNDED_ALONE if refund else Sort.UNKNOWN
    if _yen(center[:1]) != _yen(held[:1]):
        return Sort.WRONG_AMOUNT
    # The center has it twice, which is the center's own case.
    return None if held[0] in {msgspec.structs.replace(each, times=1) for each in center} else Sort.WRONG_FACTS


def _held(counted: Mapping[tuple[str, int, int, Yen], int]) -> tuple[Held, ...]:
    return tuple(
        sorted(
            Held(municipality, KIND_OF_NO[kind], copies, fee_yen, times)
            for (municipality, kind, copies, fee_yen), times in counted.items()
            if times
        )
    )


def _yen(held: Iterable[Held]) -> int:
    return sum(each.times * each.fee_yen for each in held)


def _nets() -> Nets:
    return {view: Counter() for view in View}


def _add(nets: Nets, item: Item) -> None:
    key = (item.municipality, item.kind_no, item.copies, item.fee_yen)
    for view, times in zip(View, (item.center, item.municipal, item.register), strict=True):
        nets[view][key] += times


def _items(issuance_id: bytes, movement: Movement, nets: Nets) -> list[Item]:
    held = sorted({key for counted in nets.values() for key, times in counted.items() if times})
    return [Item(issuance_id, movement, *key, *(nets[view][key] for view in View)) for key in held]


def _rows_of(
    connection: duckdb.DuckDBPyConnection, closed: ClosedDays, closings: Sequence[Closing], items: Iterable[Item]
) -> tuple[defaultdict[tuple[bytes, Movement], Nets], dict[bytes, Place], set[tuple[bytes, Movement]]]:
    """What this month's rows say of the items' issuances, equal rows too: so a second booking is told from a first.

    With each issuance's place, and the movements in which something was taken back.
    """
    nets: defaultdict[tuple[bytes, Movement], Nets] = defaultdict(_nets)
    places: dict[bytes, Place] = {}
    reversed_: set[tuple[bytes, Movement]] = set()
    ids = {item.issuance_id for item in items}
    if not ids or not closings:
        return nets, places, reversed_
    connection.execute("CREATE OR REPLACE TEMP TABLE looked_up (issuance_id UUID)")
    connection.execute("INSERT INTO looked_up SELECT unnest(?::UUID[])", [[id_.hex() for id_ in sorted(ids)]])
    for view in View:
        files = list(closed.files(closings, view))
        found = connection.execute(
            f"SELECT {KEY}, sign, kiosk, delivered_on FROM read_parquet({files!r})"  # noqa: S608 names of our own files
            " WHERE issuance_id IN (SELECT issuance_id FROM looked_up)"
        ).fetchall()
        for id_, movement, municipality, kind, copies, fee, sign, kiosk, delivered_on in found:
            key = (id_.bytes, Movement(movement))
            nets[key][view][f"{municipality:06}", kind, copies, Yen(fee)] += sign
            places.setdefault(id_.bytes, Place(kiosk, delivered_on))
            if sign < 0:
                reversed_.add(key)
    return nets, places, reversed_
