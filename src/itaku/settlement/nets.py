"""Open items (未照合): what the three views hold unequally, carried from day to day until they are equal.

A row's key is everything that the views must agree on. Of each key the rows of each view are counted, taken-back rows
(sign -1) negative. A key that all three hold equally often is done and forgotten; any other stays open and is carried
on. So a late row closes what its lateness opened, a reversal closes what was wrong, and memory holds one batch of days.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import duckdb

from itaku.basis.yen import Yen
from itaku.settlement.closed_days import Batch
from itaku.settlement.errors import ClosedDayUnfitError
from itaku.settlement.views import Movement, View

BATCH_ROWS = (1 << 19) - 1
"""Rows that are counted at once: little memory, and the counting stays near the processor."""

KEY = "issuance_id, movement, municipality, kind, copies, fee_yen"
"""What the views must agree on. The kiosk and the day are told with a case; they are no money."""
# The three counts travel in one whole number, as digits of base B = 2^21 that may be negative. While each digit stays
# within +-2^20, three equal digits d are exactly the multiples d x (1 + B + B^2), so that one sum does for three, and
# the sum stays within 63 bits. A batch has fewer rows than a digit holds; of a larger one the rows of each key are
# counted, and a key with more of them is an error of its own. So the quick sum, which looks for no overflow, has none.
_BASE_BITS = 21
_WEIGHT = {view: 1 << (_BASE_BITS * place) for place, view in enumerate(View)}
_EQUAL = sum(_WEIGHT.values())
_HALF = 1 << (_BASE_BITS - 1)
_MOST_OF_A_KEY = (1 << 19) - 1


class Item(NamedTuple):
    """One key that is not equal, with how often each view holds it."""

    issuance_id: bytes
    movement: Movement
    municipality: str
    kind_no: int
    copies: int
    fee_yen: Yen
    center: int
    municipal: int
    register: int


class OpenItems:
    """The open items of a run over closed days, in a table of the connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, items: Iterable[Item] = ()) -> None:
        self._connection = connection
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE open_item (issuance_id UUID, movement UTINYINT, municipality INTEGER,"
            " kind UTINYINT, copies UTINYINT, fee_yen BIGINT, packed BIGINT,"
            " rows BIGINT)"
        )
        columns = list(zip(*((*item[:6], _packed(item)) for item in items), strict=True))
        if columns:
            # Whole columns at once: row by row it takes a millisecond each.
            columns[0] = tuple(id_.hex() for id_ in columns[0])
            columns[2] = tuple(map(int, columns[2]))
            connection.execute(
                "INSERT INTO open_item SELECT *, 1 FROM (SELECT unnest(?::UUID[]), unnest(?::BIGINT[]),"
                " unnest(?::BIGINT[]), unnest(?::BIGINT[]), unnest(?::BIGINT[]), unnest(?::BIGINT[]),"
                " unnest(?::BIGINT[]))",
                [list(column) for column in columns],
            )

    def take(self, batch: Batch) -> None:
        """Counts a batch of days into the open items. `ClosedDayUnfitError` if one key stands there absurdly often."""
        part = "" if batch.parts == 1 else f" WHERE hash(issuance_id) % {batch.parts} = {batch.part}"
        rows = " UNION ALL ".join(
            f"SELECT {KEY}, sign * {_WEIGHT[view]} AS packed FROM read_parquet({list(files)!r}){part}"  # noqa: S608 names of our own files
            for view, files in batch.files.items()
        )
        often = "" if batch.rows <= _MOST_OF_A_KEY else f" OR count(*) > {_MOST_OF_A_KEY}"
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE open_item AS SELECT {KEY}, sum_no_overflow(packed)::BIGINT AS packed,"  # noqa: S608 as above
            f" {'1' if not often else 'count(*)'} AS rows FROM ({rows} UNION ALL SELECT {KEY}, packed FROM open_item)"
            f" GROUP BY {KEY} HAVING sum_no_overflow(packed)::BIGINT % {_EQUAL} <> 0{often}"
        )
        most = self._connection.execute("SELECT coalesce(max(rows), 0) FROM open_item").fetchone()
        assert most is not None, "a maximum is a row"
        counts = self._connection.execute("SELECT DISTINCT packed FROM open_item").fetchall()
        if most[0] > _MOST_OF_A_KEY or any(abs(each) > _MOST_OF_A_KEY for (one,) in counts for each in _unpacked(one)):
            raise ClosedDayUnfitError("one row stands there hundreds of thousands of times")

    def items(self) -> list[Item]:
        """What is open now, in the order of the ids."""
        rows = self._connection.execute(
            f"SELECT {KEY}, packed FROM open_item ORDER BY {KEY}"  # noqa: S608 constants
        ).fetchall()
        return [
            Item(id_.bytes, Movement(movement), f"{municipality:06}", kind, copies, Yen(fee), *_unpacked(packed))
            for id_, movement, municipality, kind, copies, fee, packed in rows
        ]


def _packed(item: Item) -> int:
    counts = dict(zip(View, (item.center, item.municipal, item.register), strict=True))
    return sum(counts[view] * weight for view, weight in _WEIGHT.items())


def _unpacked(packed: int) -> tuple[int, int, int]:
    digits = []
    for _ in View:
        digit = (packed + _HALF) % (2 * _HALF) - _HALF
        digits.append(digit)
        packed = (packed - digit) >> _BASE_BITS
    assert packed == 0, "three digits are all there is"
    return digits[0], digits[1], digits[2]
