"""Takes what the center counted into the journal (計上): each set delivered or made void, once, in batches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import asyncpg
import msgspec

from itaku.basis.clock import JST, Clock, InstantMs
from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import Kind
from itaku.settlement.bookings import fee_taken, refund
from itaku.settlement.errors import MonthClosedError, RowUnfitError
from itaku.settlement.journal import book
from itaku.settlement.kiosks import Kiosks, read_kiosks
from itaku.settlement.month import Month
from itaku.settlement.posting import Booked, Posting

BATCH = 1000
"""Postings in one transaction: what a crash leaves behind is whole batches, and a second run goes on from there."""

_TRIES = 8
"""Closes that may come between one batch and its booking; each loss means that a month was closed meanwhile."""

Told = Callable[[int, int], None]
"""Hears after each batch how many sets were read and how many of them were new."""


class TakenIn(msgspec.Struct, frozen=True):
    """What one run read and how much of it was new to the journal."""

    read: int
    new: int


async def take_in(
    pool: asyncpg.Pool, clock: Clock, month: Month, municipality: str | None = None, told: Told | None = None
) -> TakenIn:
    """Books the sets that the center delivered or made void in a month, by the dates in Japan.

    A run that was broken off is simply run again: what stands in the journal is answered, not booked twice. What is
    dated in a month that was closed goes into the next open month's statement. Raises `RowUnfitError` for a set that
    cannot be counted, `PostingConflictError` if the center says something else of a set than it did before; batches
    that were booked before that stay.
    """
    read = new = 0
    async with pool.acquire() as reader:
        kiosks = await read_kiosks(reader)
        for query, form in ((_DELIVERED, _fee), (_VOIDED, _refund)):
            last = b""
            while True:
                rows = await reader.fetch(query, month.start, month.next().start, municipality, last, BATCH)
                if not rows:
                    break
                postings = [form(row, kiosks) for row in rows]
                booked = await _book(reader, postings, clock.now())
                read += len(booked)
                new += sum(not each.again for each in booked)
                last = bytes(rows[-1]["issuance_id"])
                if told is not None:
                    told(read, new)
    return TakenIn(read, new)


async def _book(connection: asyncpg.Connection, postings: Sequence[Posting], now: InstantMs) -> list[Booked]:
    """Books a batch; if a close came in between, once more, into the next month that is open."""
    for _ in range(_TRIES):
        try:
            async with connection.transaction():
                return await book(connection, postings, now)
        except MonthClosedError:
            continue
    raise MonthClosedError(postings[0].municipality)


def _fee(row: asyncpg.Record, kiosks: Kiosks) -> Posting:
    kind, copies, fee, delivered_on = _facts(row)
    chain = kiosks.chain(row["kiosk"], delivered_on)
    return fee_taken(row["municipality"], bytes(row["issuance_id"]), kind, copies, fee, delivered_on, chain)


def _refund(row: asyncpg.Record, kiosks: Kiosks) -> Posting:
    kind, copies, fee, delivered_on = _facts(row)
    voided_on = row["voided_at"].astimezone(JST).date()
    # The money went back over the till into which it had come.
    chain = kiosks.chain(row["kiosk"], delivered_on)
    return refund(row["municipality"], bytes(row["issuance_id"]), kind, copies, fee, delivered_on, voided_on, chain)


def _facts(row: asyncpg.Record) -> tuple[str, int, Yen, dt.date]:
    """Kind, copies, whole fee and day of delivery. `RowUnfitError` if one of them is missing or cannot be."""
    unfit = row["kind"] not in set(Kind) or row["copies"] < 1 or row["fee_yen"] < 0 or row["delivered_at"] is None
    if unfit or not row["municipality"]:
        raise RowUnfitError(bytes(row["issuance_id"]).hex())
    return row["kind"], row["copies"], Yen(row["fee_yen"]), row["delivered_at"].astimezone(JST).date()


_FACTS = "SELECT issuance_id, municipality, kiosk, kind, copies, fee_yen, delivered_at, voided_at FROM issuance"

_DELIVERED = f"""
{_FACTS} WHERE state IN ('delivered', 'closed', 'voided') AND delivered_at >= $1 AND delivered_at < $2
  AND ($3::text IS NULL OR municipality = $3) AND issuance_id > $4
ORDER BY issuance_id LIMIT $5
"""

_VOIDED = f"""
{_FACTS} WHERE state = 'voided' AND voided_at >= $1 AND voided_at < $2
  AND ($3::text IS NULL OR municipality = $3) AND issuance_id > $4
ORDER BY issuance_id LIMIT $5
"""
