import secrets
from typing import NamedTuple

import asyncpg
import msgspec
import pytest

from itaku.basis.clock import FixedClock, InstantMs
from itaku.basis.randomness import IssuanceId, SystemRandomness
from itaku.issuance.municipality.row import MunicipalityRow
from itaku.issuance.municipality.schema import COLUMNS, MIGRATIONS
from itaku.issuance.rows import RowStore
from itaku.record import schema
from itaku.record.entry import Entry, make_entry
from itaku.store.postgres import migrate, open_pool

_NOW = InstantMs(1_795_222_800_000)


@pytest.fixture
async def pool(postgres_dsn):
    async with await open_pool(postgres_dsn) as opened:
        await migrate(opened, schema.ROOM, schema.MIGRATIONS)
        await migrate(opened, "municipality", MIGRATIONS)
        yield opened


def _store(pool: asyncpg.Pool) -> RowStore[MunicipalityRow]:
    return RowStore(pool, "issuing", MunicipalityRow, COLUMNS)


def _first() -> MunicipalityRow:
    return MunicipalityRow(issuance_id=IssuanceId(secrets.token_bytes(16)), kiosk="k01", state="accepted")


def _next(row: MunicipalityRow, state: str, **changes: object) -> MunicipalityRow:
    return msgspec.structs.replace(row, state=state, version=row.version + 1, **changes)


def _entry(state: str) -> Entry:
    return make_entry(SystemRandomness(), f"issuing.{state}", _NOW, {"state": state})


class _Step(NamedTuple):
    row: MunicipalityRow | None
    event: str
    source: str


async def _settle(store: RowStore[MunicipalityRow], row: MunicipalityRow, handle) -> _Step | None:
    def entry(_step: _Step, new: MunicipalityRow, _now: InstantMs) -> Entry:
        return _entry(new.state)

    return await store.settle(row.issuance_id, handle, entry, FixedClock(_NOW))


async def _commit(store: RowStore[MunicipalityRow], row: MunicipalityRow, source: str) -> bool:
    return await store.commit(row, "Apply", source, _NOW, [_entry(row.state)])


async def test_a_change_is_row_event_and_entry_together_and_is_known_without_asking(pool):
    store, row = _store(pool), _first()
    assert store.known(row.issuance_id) is None
    assert await _commit(store, row, "absent")
    assert store.known(row.issuance_id) == row == await store.read(row.issuance_id)
    assert await pool.fetchval("SELECT count(*) FROM issuing_event") == 1
    assert await pool.fetchval("SELECT count(*) FROM record_pending") == 1


async def test_what_another_instance_changed_meanwhile_is_never_overwritten_from_memory(pool):
    ours, theirs, row = _store(pool), _store(pool), _first()
    assert await _commit(ours, row, "absent")
    assert await _commit(theirs, _next(row, "void"), "accepted")
    assert ours.known(row.issuance_id) == row, "a guess that is out of date"
    assert not await _commit(ours, _next(row, "ready"), "accepted")
    assert ours.known(row.issuance_id) is None
    assert (await ours.read(row.issuance_id)).state == "void"
    assert await pool.fetchval("SELECT count(*) FROM issuing_event") == 2, "the step that came too late left nothing"
    assert await pool.fetchval("SELECT count(*) FROM record_pending") == 2


async def test_a_row_of_the_right_version_in_another_state_is_not_changed(pool):
    store, row = _store(pool), _first()
    assert await _commit(store, row, "absent")
    assert not await _commit(store, _next(row, "counted"), "ready")
    assert (await store.read(row.issuance_id)).state == "accepted"


async def test_a_second_first_row_changes_nothing(pool):
    ours, theirs, row = _store(pool), _store(pool), _first()
    assert await _commit(theirs, row, "absent")
    assert not await _commit(ours, msgspec.structs.replace(row, state="void"), "absent")
    assert (await ours.read(row.issuance_id)).state == "accepted"


async def test_nothing_is_known_after_a_commit_whose_end_nobody_saw(pool):
    store, row = _store(pool), _first()
    assert await _commit(store, row, "absent")
    await pool.execute("DROP TABLE record_pending")
    with pytest.raises(asyncpg.UndefinedTableError):
        await _commit(store, _next(row, "ready"), "accepted")
    assert store.known(row.issuance_id) is None
    assert (await store.read(row.issuance_id)).state == "accepted"


async def test_a_sealed_document_is_kept_in_the_database_alone_and_as_it_came(pool):
    store, row = _store(pool), _first()
    assert await _commit(store, row, "absent")
    ready = _next(row, "ready", sealed=secrets.token_bytes(70_000))
    assert await _commit(store, ready, "accepted")
    assert store.known(row.issuance_id) is None
    assert await store.read(row.issuance_id) == ready
    storage = await pool.fetchval(
        "SELECT attstorage FROM pg_attribute WHERE attrelid = 'issuing'::regclass AND attname = 'body'"
    )
    assert storage == b"e", "external: not compressed"


async def test_memory_of_rows_is_bounded(pool, monkeypatch):
    monkeypatch.setattr("itaku.issuance.rows._KNOWN_ROWS", 2)
    store, rows = _store(pool), [_first() for _ in range(3)]
    for row in rows:
        assert await _commit(store, row, "absent")
    assert [store.known(row.issuance_id) is not None for row in rows] == [False, True, True]


async def test_an_event_is_handled_against_the_row_as_another_instance_left_it(pool):
    ours, theirs, row = _store(pool), _store(pool), _first()
    assert await _commit(ours, row, "absent")
    assert await _commit(theirs, _next(row, "void"), "accepted")
    seen = []

    def handle(_now: InstantMs, found: MunicipalityRow | None) -> _Step:
        seen.append(found.state)
        return _Step(_next(found, "ready") if found.state == "accepted" else None, "Rendered", found.state)

    step = await _settle(ours, row, handle)
    assert seen == ["accepted", "void"], "first from memory, then as it is"
    assert step == _Step(None, "Rendered", "void")
    assert (await ours.read(row.issuance_id)).state == "void"


async def test_a_step_that_changes_nothing_rests_on_the_row_as_it_is_and_not_on_memory(pool):
    ours, theirs, row = _store(pool), _store(pool), _first()
    assert await _commit(ours, row, "absent")
    assert await _commit(theirs, _next(row, "ready"), "accepted")
    step = await _settle(ours, row, lambda _now, found: _Step(None, "", found.state))
    assert step == _Step(None, "", "ready")


async def test_a_step_that_loses_every_race_is_given_up_and_leaves_nothing(pool):
    store, row = _store(pool), _first()
    assert await _commit(store, row, "absent")
    late = msgspec.structs.replace(row, version=row.version + 2, state="ready")
    handled = []
    assert (
        await _settle(store, row, lambda _now, found: handled.append(found) or _Step(late, "Late", "accepted")) is None
    )
    assert len(handled) == 8
    assert (await store.read(row.issuance_id)) == row
    assert await pool.fetchval("SELECT count(*) FROM record_pending") == 1
