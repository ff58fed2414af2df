"""A nation's year by seed: closed days of invented issuances in three views, with errors planted and written down.

31.89 million copies, 1,741 municipalities and 55,000 shops are what today's service has; the codes of these
municipalities are of prefectures that do not exist. Every number follows from the seed alone, so that a year can be
made again, and what was planted is known to the last issuance: a reconciliation has to find that and nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

import duckdb
import msgspec

from itaku.basis.clock import JST, InstantMs, to_instant
from itaku.basis.closing_days import YEAR_END
from itaku.settlement.closed_days import ClosedDays
from itaku.settlement.month import Month
from itaku.settlement.reconciliation import Sort
from itaku.settlement.views import Movement, View

COPIES_OF_100 = 112
"""Of a hundred issuances ninety are of one copy, eight of two, two of three."""
LATE_DAYS = {14: 7, 15: 1}
"""How many days of service late a row is booked, by the number of what is planted."""
_VOID_LAGS = (0, 0, 1, 3, 12, 40)
"""Days of service from a delivery to its refund, each as likely."""
_ONE_VOID_IN = 2_000


class Size(msgspec.Struct, frozen=True):
    """How much is made. `planted_per_million` issuances in a million have an error."""

    issuances: int
    municipalities: int
    shops: int
    planted_per_million: int = 400


NATION_YEAR = Size(issuances=28_473_216, municipalities=1_741, shops=55_000)
"""Issuances that make 31.89 million copies."""


class Planted(msgspec.Struct, frozen=True, order=True):
    """A difference that has to be found at the end of the month `opened`, and to be gone at the end of `settled`."""

    issuance_id: bytes
    movement: Movement
    side: View
    sort: Sort
    opened: str
    settled: str | None = None


_PLANTED: dict[int, tuple[tuple[Movement, View, Sort], ...]] = {
    1: ((Movement.SALE, View.REGISTER, Sort.MISSING),),
    2: ((Movement.SALE, View.MUNICIPALITY, Sort.MISSING),),
    3: ((Movement.SALE, View.MUNICIPALITY, Sort.UNKNOWN), (Movement.SALE, View.REGISTER, Sort.UNKNOWN)),
    4: ((Movement.SALE, View.REGISTER, Sort.UNKNOWN),),
    5: ((Movement.SALE, View.REGISTER, Sort.WRONG_AMOUNT),),
    6: ((Movement.SALE, View.MUNICIPALITY, Sort.WRONG_AMOUNT),),
    7: ((Movement.SALE, View.REGISTER, Sort.WRONG_FACTS),),
    8: ((Movement.SALE, View.MUNICIPALITY, Sort.WRONG_FACTS),),
    9: ((Movement.REFUND, View.REGISTER, Sort.NOT_REFUNDED),),
    10: ((Movement.REFUND, View.MUNICIPALITY, Sort.NOT_REFUNDED),),
    11: ((Movement.REFUND, View.REGISTER, Sort.REFUNDED_ALONE),),
    12: ((Movement.SALE, View.REGISTER, Sort.DUPLICATE),),
    13: ((Movement.SALE, View.REGISTER, Sort.DUPLICATE),),
    14: ((Movement.SALE, View.REGISTER, Sort.MISSING),),
    15: ((Movement.SALE, View.MUNICIPALITY, Sort.MISSING),),
    16: ((Movement.REFUND, View.REGISTER, Sort.WRONG_AMOUNT),),
}
"""What each number of a planted error makes different. 12 is the same row twice, 13 a second one for another sum."""

_ROW = "issuance_id, {movement} AS movement, municipality, {kind} AS kind, {copies} AS copies, {fee} AS fee_yen,"
_ROW += " delivered_on, kiosk, 1 AS sign FROM {table} WHERE {where}"


def service_days(first: dt.date, last: dt.date) -> list[dt.date]:
    """The days on which certificates are issued: all but 29 December to 3 January."""
    days = (first + dt.timedelta(days=each) for each in range((last - first).days + 1))
    return [day for day in days if (day.month, day.day) not in YEAR_END]


def make_days(
    connection: duckdb.DuckDBPyConnection,
    closed: ClosedDays,
    seed: int,
    size: Size,
    days: Sequence[dt.date],
    made: Callable[[dt.date], None] | None = None,
) -> list[Planted]:
    """Makes and closes the days; what was planted in them, sorted. `made` is told of each day."""
    _make_tables(connection, seed, size)
    planted: list[Planted] = []
    for at, day in enumerate(days):
        first, last = size.issuances * at // len(days), size.issuances * (at + 1) // len(days)
        _make_day(connection, seed, size, at, day, range(first, last))
        planted += _planted_on(connection, days, at)
        closed.close(connection, day, {view: _source(view, at) for view in View}, _closing_time(day))
        if made is not None:
            made(day)
    return sorted(planted)


def codes(number: int) -> list[str]:
    """Municipality codes of prefectures 50 to 96, which do not exist, with right check digits."""
    return [_with_check_digit(50 + each % 47, 101 + each // 47) for each in range(number)]


def _with_check_digit(prefecture: int, within: int) -> str:
    """全国地方公共団体コード: five digits weighed with 6 to 2, and 11 less the remainder by 11, its last digit."""
    five = f"{prefecture:02}{within:03}"
    weighed = sum(int(digit) * weight for digit, weight in zip(five, range(6, 1, -1), strict=True))
    return five + str((11 - weighed % 11) % 10)


def _make_tables(connection: duckdb.DuckDBPyConnection, seed: int, size: Size) -> None:
    """The municipalities, their fees (of every fourth changing at a midnight), and rows that wait for their day."""
    # Hashes of one number beside several words differ by little more than a constant; hashed once more they do not.
    connection.execute("CREATE OR REPLACE TEMP MACRO drawn(number, word, seed) AS hash(hash(number, word, seed))")
    connection.execute("CREATE OR REPLACE TEMP TABLE place (place_no BIGINT, municipality INTEGER)")
    connection.execute("INSERT INTO place SELECT unnest(range(?)), unnest(?)", [size.municipalities, _codes_int(size)])
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE fee AS SELECT place_no, kind,"
        " 200 + 50 * (drawn(place_no, kind::VARCHAR, $seed) % 4)::BIGINT AS fee_yen,"
        " DATE '2026-05-01' + (drawn(place_no, 'raised', $seed) % 300)::INTEGER AS raised_on,"
        " 50 * (drawn(place_no, 'raise', $seed) % 4 = 0)::BIGINT AS raise_yen"
        " FROM place, range(1, 10) AS kinds(kind)",
        {"seed": seed},
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE sale (issuance_id UUID, municipality INTEGER, kind BIGINT, copies BIGINT,"
        " fee_yen BIGINT, delivered_on DATE, kiosk VARCHAR, planted BIGINT, refund_at BIGINT)"
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE waiting AS FROM sale")


def _codes_int(size: Size) -> list[int]:
    return [int(code) for code in codes(size.municipalities)]


def _make_day(
    connection: duckdb.DuckDBPyConnection, seed: int, size: Size, at: int, day: dt.date, numbers: range
) -> None:
    lags = ", ".join(map(str, _VOID_LAGS))
    connection.execute("DELETE FROM sale")
    connection.execute(
        f"""
INSERT INTO sale
WITH made AS (
    SELECT i, md5($seed || ':' || i)::UUID AS issuance_id,
        ((drawn(i, 'm1', $seed) % $municipalities) * (drawn(i, 'm2', $seed) % $municipalities)
            // $municipalities)::BIGINT AS place_no,
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 2, 5, 4, 6, 7, 7, 8, 9]
            [1 + (drawn(i, 'k', $seed) % 23)::BIGINT] AS kind,
        CASE WHEN i % 100 < 90 THEN 1 WHEN i % 100 < 98 THEN 2 ELSE 3 END AS copies,
        'shop-' || lpad((drawn(i, 's', $seed) % $shops)::VARCHAR, 5, '0') || '-k1' AS kiosk,
        CASE WHEN drawn(i, 'e', $seed) % 1000000 < $planted
            THEN 1 + (drawn(i, 'f', $seed) % {len(_PLANTED)})::BIGINT ELSE 0 END AS planted
    FROM range($first, $last) AS numbers(i)
)
SELECT issuance_id, municipality, kind, copies,
    copies * (fee_yen + CASE WHEN $day >= raised_on THEN raise_yen ELSE 0 END), $day::DATE, kiosk, planted,
    CASE WHEN planted IN (9, 10, 11, 16) THEN $day_no
        WHEN planted = 0 AND drawn(i, 'v', $seed) % {_ONE_VOID_IN} = 0
            THEN $day_no + [{lags}][1 + (drawn(i, 'l', $seed) % {len(_VOID_LAGS)})::BIGINT] END
FROM made JOIN fee USING (place_no, kind) JOIN place USING (place_no)
""",  # noqa: S608 constants
        {
            "seed": seed,
            "municipalities": size.municipalities,
            "shops": size.shops,
            "planted": size.planted_per_million,
            "first": numbers.start,
            "last": numbers.stop,
            "day": day,
            "day_no": at,
        },
    )
    connection.execute("DELETE FROM waiting WHERE coalesce(refund_at, $day_no) < $day_no", {"day_no": at})
    late = " ".join(f"WHEN {number} THEN $day_no + {days}" for number, days in LATE_DAYS.items())
    connection.execute(
        f"INSERT INTO waiting SELECT * REPLACE (CASE planted {late} ELSE refund_at END AS refund_at) FROM sale"  # noqa: S608 constants
        f" WHERE refund_at IS NOT NULL OR planted IN ({', '.join(map(str, LATE_DAYS))})",
        {"day_no": at},
    )


def _source(view: View, at: int) -> str:
    """The query of one view's rows of the day: its sales as it has them, its refunds, and what it had late."""
    due = f"refund_at = {at} AND planted"
    queries = {
        View.CENTER: (_sale("planted NOT IN (3, 4)"), _refund(f"{due} NOT IN (11, 14, 15)")),
        View.MUNICIPALITY: (
            _sale(
                "planted NOT IN (2, 4, 15)",
                fee="fee_yen - 50 * (planted = 6)::BIGINT",
                kind="CASE planted WHEN 8 THEN kind % 9 + 1 ELSE kind END",
            ),
            _refund(f"{due} NOT IN (10, 11, 14, 15)"),
            _sale(f"{due} = 15", table="waiting"),
        ),
        View.REGISTER: (
            _sale(
                "planted NOT IN (1, 14)",
                fee="fee_yen + 50 * (planted = 5)::BIGINT",
                copies="copies + (planted = 7)::BIGINT",
            ),
            _sale("planted IN (12, 13)", fee="fee_yen + 50 * (planted = 13)::BIGINT"),
            _refund(f"{due} NOT IN (9, 14, 15)", fee="fee_yen - 50 * (planted = 16)::BIGINT"),
            _sale(f"{due} = 14", table="waiting"),
        ),
    }
    return " UNION ALL ".join(queries[view])


def _sale(where: str, *, table: str = "sale", fee: str = "fee_yen", kind: str = "kind", copies: str = "copies") -> str:
    return "SELECT " + _ROW.format(
        movement=int(Movement.SALE), table=table, where=where, fee=fee, kind=kind, copies=copies
    )


def _refund(where: str, *, fee: str = "fee_yen") -> str:
    return "SELECT " + _ROW.format(
        movement=int(Movement.REFUND), table="waiting", where=where, fee=fee, kind="kind", copies="copies"
    )


def _planted_on(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], at: int) -> Iterator[Planted]:
    """The differences planted in today's sales: what is late and comes in the same month is none."""
    opened = Month(days[at].year, days[at].month).text()
    for id_, number in connection.execute("SELECT issuance_id, planted FROM sale WHERE planted > 0").fetchall():
        settled = None
        if number in LATE_DAYS and at + LATE_DAYS[number] < len(days):
            came = days[at + LATE_DAYS[number]]
            settled = Month(came.year, came.month).text()
        if settled != opened:
            for movement, side, sort in _PLANTED[number]:
                yield Planted(id_.bytes, movement, side, sort, opened, settled)


def _closing_time(day: dt.date) -> InstantMs:
    """Two in the morning of the day after."""
    return to_instant(dt.datetime.combine(day + dt.timedelta(days=1), dt.time(2), JST))
