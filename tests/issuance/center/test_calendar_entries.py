"""What people enter in the calendar: kept with who and why, recorded, in force at once, never changed."""

import datetime as dt

import pytest

from itaku.basis.canonical import canonical_value
from itaku.basis.clock import InstantMs
from itaku.basis.randomness import SystemRandomness
from itaku.basis.yen import Yen
from itaku.issuance.center.calendar import FeeRow, ServiceCalendar
from itaku.issuance.center.calendar_entries import (
    CalendarEntryError,
    CalendarWatch,
    Cancel,
    Fee,
    Hours,
    Stop,
    enter,
    read_entries,
)
from itaku.issuance.center.schema import MIGRATIONS
from itaku.issuance.municipality.node import STOP_MIGRATION
from itaku.issuance.municipality.route_stops import LiftRefusedError, lift, read_stops
from itaku.issuance.protocol.kinds import Kind
from itaku.record import schema
from itaku.store.postgres import migrate, open_pool


def local(year, month, day, hour=0):
    """A moment in Japan's time, as the calendar's rows have it: without a zone."""
    return dt.datetime(year, month, day, hour, tzinfo=dt.UTC).replace(tzinfo=None)


NOW = InstantMs(1_795_312_800_000)  # 2026-11-22 11:00 in Japan
CITY, OTHER = "991015", "991023"
RECORD = Kind.RESIDENT_RECORD
BASE = ServiceCalendar(fees=(FeeRow(RECORD, Yen(300), dt.date(2016, 1, 25)),))
STOP = Stop(local(2026, 11, 22), local(2026, 11, 23), RECORD, why_ja="機器の保守")


@pytest.fixture
async def pool(postgres_dsn):
    pool = await open_pool(postgres_dsn)
    await migrate(pool, schema.ROOM, schema.MIGRATIONS)
    await migrate(pool, "center", MIGRATIONS)
    await migrate(pool, "stops", [STOP_MIGRATION])
    yield pool
    await pool.close()


async def put(pool, change, municipality=CITY, by="会計課 一番", why="告示第5号"):
    async with pool.acquire() as connection:
        return await enter(connection, SystemRandomness(), NOW, municipality, change, by, why)


async def recorded(pool):
    return [canonical_value(row["body"]) for row in await pool.fetch("SELECT body FROM record_pending ORDER BY 1")]


async def test_an_entry_is_in_force_at_the_next_look_and_of_its_own_municipality_only(pool):
    watch = CalendarWatch({CITY: BASE, OTHER: BASE})
    first = await watch.renewed(pool, NOW)
    assert first[CITY].item(RECORD, NOW).reason == ""
    await put(pool, STOP)
    assert await watch.renewed(pool, InstantMs(NOW + 500)) is None, "at most one question a second"
    second = await watch.renewed(pool, InstantMs(NOW + 1000))
    assert second[CITY].item(RECORD, NOW).reason == "stopped"
    assert second[OTHER].item(RECORD, NOW).reason == ""
    assert await watch.renewed(pool, InstantMs(NOW + 2000)) is None, "nothing new, nothing to take"


async def test_a_cancelled_entry_counts_no_more_and_stays_to_be_seen(pool):
    stop = await put(pool, STOP)
    fee = await put(pool, Fee(RECORD, Yen(350), dt.date(2026, 11, 22)))
    await put(pool, Cancel(stop.entry_no))
    calendars = await CalendarWatch({CITY: BASE}).renewed(pool, NOW)
    assert (calendars[CITY].item(RECORD, NOW).reason, calendars[CITY].item(RECORD, NOW).fee_yen) == ("", 350)
    entries = await read_entries(pool)
    assert [entry.change for entry in entries] == [STOP, fee.change, Cancel(stop.entry_no)]
    assert {(entry.entered_by, entry.why, entry.entered_ms) for entry in entries} == {("会計課 一番", "告示第5号", NOW)}


async def test_every_entry_is_in_the_record_together_with_who_and_why(pool):
    entry = await put(pool, STOP)
    (found,) = await recorded(pool)
    assert found["kind"] == "calendar.entered"
    assert (found["facts"]["entry_no"], found["facts"]["by"]) == (entry.entry_no, "会計課 一番")
    assert "機器の保守" in found["facts"]["change"]


async def test_an_entry_can_neither_be_changed_nor_deleted(pool):
    await put(pool, STOP)
    await pool.execute("UPDATE calendar_entry SET why = 'x'")
    await pool.execute("DELETE FROM calendar_entry")
    assert [entry.why for entry in await read_entries(pool)] == ["告示第5号"]


@pytest.mark.parametrize(
    "change",
    [
        Stop(local(2026, 11, 23), local(2026, 11, 23)),
        Fee(RECORD, Yen(1), dt.date(2026, 1, 1), 60, 60),
        Hours(RECORD, 600, 540),
        Cancel(77),
    ],
    ids=lambda change: type(change).__name__,
)
async def test_what_contradicts_itself_is_not_entered_and_leaves_no_trace(pool, change):
    with pytest.raises(CalendarEntryError):
        await put(pool, change)
    assert await read_entries(pool) == ()
    assert await recorded(pool) == []


@pytest.mark.parametrize(("by", "why"), [("", "x"), ("x", "  ")])
async def test_nobody_and_no_reason_enter_nothing(pool, by, why):
    with pytest.raises(CalendarEntryError):
        await put(pool, STOP, by=by, why=why)


async def test_another_municipalitys_entry_cannot_be_cancelled(pool):
    stop = await put(pool, STOP)
    with pytest.raises(CalendarEntryError):
        await put(pool, Cancel(stop.entry_no), municipality=OTHER)


# ---- the stop that an incident set


async def stopped_route(pool):
    await pool.execute(
        "INSERT INTO route_stop(kind, code, issuance_id) VALUES ($1, 'readback_mismatch', $2)", RECORD, bytes(16)
    )


async def lifted(pool, persons, why="書体の誤りを直した", kind=RECORD):
    async with pool.acquire() as connection:
        return await lift(connection, SystemRandomness(), NOW, kind, persons, why)


async def test_two_named_persons_lift_a_stopped_route_and_the_record_names_them(pool):
    await stopped_route(pool)
    stop = await lifted(pool, ("窓口 花子", "情報 太郎"))
    assert (stop.kind, stop.code) == (RECORD.value, "readback_mismatch")
    assert await read_stops(pool) == ()
    (found,) = await recorded(pool)
    assert found["kind"] == "route.lifted"
    assert (found["facts"]["by"], found["facts"]["and"], found["facts"]["why"]) == (
        "窓口 花子",
        "情報 太郎",
        "書体の誤りを直した",
    )


@pytest.mark.parametrize(
    ("persons", "why"),
    [(("A", "a "), "x"), (("A", ""), "x"), (("A", "B"), " ")],
)
async def test_one_person_alone_or_no_reason_lifts_nothing(pool, persons, why):
    await stopped_route(pool)
    with pytest.raises(LiftRefusedError):
        await lifted(pool, persons, why)
    assert len(await read_stops(pool)) == 1
    assert await recorded(pool) == []


async def test_a_kind_that_is_not_stopped_cannot_be_lifted(pool):
    await stopped_route(pool)
    with pytest.raises(LiftRefusedError):
        await lifted(pool, ("A", "B"), kind=Kind.SEAL_REGISTRATION)
    assert len(await read_stops(pool)) == 1
