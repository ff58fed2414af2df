"""Volumes of a month (通数の内訳): by day from the journal; by hour, kind and place from the center's own register."""

from __future__ import annotations

import datetime as dt

import asyncpg
import msgspec

from itaku.basis.yen import Yen
from itaku.settlement.drill import FROM_BOOKINGS
from itaku.settlement.month import Month


class DayRow(msgspec.Struct, frozen=True):
    """One day's bookings in a month's statement: sets, certificates and signed yen, reversals taken off."""

    day: dt.date
    sets: int
    copies: int
    yen: Yen


class Volume(msgspec.Struct, frozen=True):
    """So many sets and certificates that the center delivered; `name` is an hour of the day, a kind, or a kiosk."""

    name: str
    sets: int
    copies: int


class Volumes(msgspec.Struct, frozen=True):
    """A month's deliveries by hour in Japan, by kind and by kiosk. Sets made void later are among them."""

    by_hour: tuple[Volume, ...]
    by_kind: tuple[Volume, ...]
    by_place: tuple[Volume, ...]


async def by_day(
    connection: asyncpg.Connection,
    municipality: str,
    month: Month,
    *,
    kind: str | None = None,
    counts: str | None = None,
    chain: str | None = None,
) -> list[DayRow]:
    """The days on which a month's bookings took effect, in order; narrowed as `drill.behind` is."""
    rows = await connection.fetch(_BY_DAY, municipality, month.text(), kind, counts, chain)
    return [DayRow(row["day"], row["sets"], row["copies"], Yen(row["yen"])) for row in rows]


async def volumes(connection: asyncpg.Connection, municipality: str, month: Month) -> Volumes:
    """What the center delivered for a municipality in a month. Kinds and places: the busiest first."""
    span = (municipality, month.start, month.next().start)
    hours = {row["name"]: row for row in await connection.fetch(_BY_HOUR, *span)}
    named = (str(hour) for hour in range(24))
    by_hour = tuple(_volume(hours[name]) if name in hours else Volume(name, 0, 0) for name in named)
    by_kind = tuple(map(_volume, await connection.fetch(_BY_KIND, *span)))
    by_place = tuple(map(_volume, await connection.fetch(_BY_PLACE, *span)))
    return Volumes(by_hour, by_kind, by_place)


def _volume(row: asyncpg.Record) -> Volume:
    return Volume(row["name"], row["sets"], row["copies"])


_BY_DAY = f"""
SELECT p.effective_on AS day, sum(p.times)::bigint AS sets, sum(p.times * p.copies)::bigint AS copies,
    sum(l.yen)::bigint AS yen
{FROM_BOOKINGS}
GROUP BY 1 ORDER BY 1
"""

_DELIVERED = """
count(*)::bigint AS sets, sum(copies)::bigint AS copies FROM issuance
WHERE municipality = $1 AND state IN ('delivered', 'closed', 'voided') AND delivered_at >= $2 AND delivered_at < $3
GROUP BY 1 ORDER BY 3 DESC, 1
"""
_BY_HOUR = f"SELECT extract(hour FROM delivered_at AT TIME ZONE 'Asia/Tokyo')::int::text AS name, {_DELIVERED}"  # noqa: S608 constants
_BY_KIND = f"SELECT kind AS name, {_DELIVERED}"
_BY_PLACE = f"SELECT kiosk AS name, {_DELIVERED}"
