"""What became of a certificate, by the number on it: a set that was refunded is void for whoever asks."""

from __future__ import annotations

import asyncpg
import pytest

from itaku.issuance.municipality.schema import MIGRATIONS
from itaku.issuance.municipality.standing import standing_of
from itaku.issuance.protocol.standings import Standing
from itaku.store.postgres import migrate, open_pool


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        ("counted", Standing.DELIVERED),
        ("voided", Standing.VOIDED),
        ("void", Standing.NEVER_DELIVERED),
        ("ready", Standing.NEVER_DELIVERED),
    ],
)
async def test_a_certificate_is_void_once_its_set_was_refunded(postgres_dsn, state, standing):
    pool = await open_pool(postgres_dsn)
    await migrate(pool, "issuing", MIGRATIONS)
    await pool.execute(
        "INSERT INTO issuing(issuance_id, state, version, changed_at, body, kiosk, kind, copies, serial_number, reason)"
        " VALUES ($1, $2, 1, now(), '', 'k01', 'resident-record', 1, 'A-1', '')",
        bytes(16),
        state,
    )
    await pool.close()
    connection = await asyncpg.connect(postgres_dsn)
    assert await standing_of(connection, "A-1") is standing
    assert await standing_of(connection, "A-2") is Standing.UNKNOWN
    await connection.close()
