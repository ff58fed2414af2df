from __future__ import annotations

import pytest

from itaku.settlement.schema import prepare
from itaku.store.postgres import open_pool


@pytest.fixture
async def books(postgres_dsn):
    """A fresh database with the journal's tables: a pool of connections."""
    pool = await open_pool(postgres_dsn, max_size=4)
    await prepare(pool)
    yield pool
    pool.terminate()
