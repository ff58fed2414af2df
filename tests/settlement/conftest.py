from __future__ import annotations

import datetime as dt

import pytest
from city_books import SIGNED, Books

from itaku.issuance.center.schema import MIGRATIONS
from itaku.settlement.schema import prepare
from itaku.store.postgres import migrate, open_pool


@pytest.fixture
async def books(postgres_dsn):
    """A fresh database with the journal's tables: a pool of connections."""
    pool = await open_pool(postgres_dsn, max_size=4)
    await prepare(pool)
    yield pool
    pool.terminate()


class CenterRegister:
    """The center's issuances, as its node leaves them; days are days in Japan, at noon."""

    def __init__(self, pool):
        self._pool = pool
        self._number = 0

    async def sold(self, day, municipality, *, kind="resident-record", copies=1, fee=300, kiosk="k1", voided=None):
        """A set that was delivered, and on another day perhaps made void. Its number, of which its id is made."""
        self._number += 1
        await self._pool.execute(
            "INSERT INTO issuance(issuance_id, state, version, changed_at, body, municipality, kiosk, kind, copies,"
            " fee_yen, reason, told, delivered_at, voided_at)"
            " VALUES ($1, $2, 1, now(), '', $3, $4, $5, $6, $7, '', true, $8, $9)",
            self._number.to_bytes(16, "big"), "voided" if voided else "closed", municipality, kiosk, kind, copies, fee,
            noon(day), None if voided is None else noon(voided),
        )  # fmt: skip
        return self._number

    async def made_void(self, number, day):
        """A delivered set is made void by the clerk."""
        await self._pool.execute(
            "UPDATE issuance SET state = 'voided', voided_at = $2 WHERE issuance_id = $1",
            number.to_bytes(16, "big"), noon(day),
        )  # fmt: skip


def noon(day):
    return dt.datetime.fromisoformat(f"{day}T12:00:00+09:00")


@pytest.fixture
async def center(books):
    """The center's register beside the journal."""
    await migrate(books, "center", MIGRATIONS)
    return CenterRegister(books)


@pytest.fixture
async def city(books, center):  # noqa: ARG001 the tables of the center stand there
    made = Books(books)
    await made.tell("2026-03-25", *SIGNED)
    return made
