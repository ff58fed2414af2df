"""`itaku calendar`: shows the service calendar, and enters fees, stops, hours and the lifting of a stopped route."""

from __future__ import annotations

import asyncio
import datetime as dt
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.errors import ItakuError
from itaku.basis.randomness import SystemRandomness
from itaku.commands.databases import CENTER, NothingHereError, database, now_in
from itaku.issuance.center.calendar import MINUTES, ServiceCalendar
from itaku.issuance.center.calendar_entries import CalendarEntry, Change, enter, read_entries, with_entries
from itaku.issuance.center.schema import MIGRATIONS
from itaku.issuance.municipality.route_stops import RouteStop, lift, read_stops
from itaku.issuance.protocol.kinds import KIND_TITLE, Kind
from itaku.issuance.protocol.messages import MenuItem
from itaku.store.postgres import migrate, open_pool
from itaku.supervisor.state import state_directory

Result = TypeVar("Result")


class TimeUnreadableError(ItakuError):
    """Not a day, a moment, or a time of day as this command reads them."""

    code = "calendar_time_unreadable"
    ja = "日時を読めません。2026-12-01、2026-12-01T22:00、9:00 のように書いてください。"
    en = "The time cannot be read. Write 2026-12-01, 2026-12-01T22:00 or 9:00."


class MunicipalityUnknownError(ItakuError):
    """The center's settings name no such municipality."""

    code = "municipality_not_configured"
    ja = "その市区町村はセンターの設定にありません。"
    en = "The center's settings name no such municipality."


class Shown(msgspec.Struct, frozen=True):
    """The calendar of one municipality at one moment."""

    municipality: str
    at_ms: InstantMs
    is_open: bool
    opens_again_ms: InstantMs | None
    menu: tuple[MenuItem, ...]
    entries: tuple[CalendarEntry, ...]
    route_stops: tuple[RouteStop, ...]


def show(state: Path | None, municipality: str | None, at: str | None) -> tuple[Shown, str]:
    """What can be had at a moment (default: now) and for how much, and everything that was entered."""
    code, base = _configured(state, municipality)
    now = now_in(state) if at is None else _instant(moment(at))
    entries = _in_center(state, read_entries)
    stops = _in_database(state, f"m{code}", read_stops)
    calendar = with_entries(base, entries, code)
    again = None if calendar.is_open(now) else calendar.opens_again(None, now)
    ours = tuple(entry for entry in entries if entry.municipality == code)
    shown = Shown(code, now, calendar.is_open(now), again, calendar.menu(now), ours, stops)
    return shown, _text(shown)


def put(
    state: Path | None, municipality: str | None, change: Change, entered_by: str, why: str
) -> tuple[CalendarEntry, str]:
    """Enters a change; running centers take it up within a second."""
    code, _ = _configured(state, municipality)
    now = now_in(state)

    async def work(conn: asyncpg.Connection) -> CalendarEntry:
        return await enter(conn, SystemRandomness(), now, code, change, entered_by, why)

    entry = _in_center(state, work)
    return entry, f"{entry.entry_no}  {msgspec.json.encode(entry.change).decode()}"


def lift_route(
    state: Path | None, municipality: str | None, kind: Kind, persons: tuple[str, str], why: str
) -> tuple[RouteStop, str]:
    """Lifts the stop that an incident set on a kind (停止の解除), in the municipality's own database and record."""
    code, _ = _configured(state, municipality)
    now = now_in(state)

    async def work(conn: asyncpg.Connection) -> RouteStop:
        return await lift(conn, SystemRandomness(), now, kind, persons, why)

    lifted = _in_database(state, f"m{code}", work)
    return lifted, f"{KIND_TITLE[kind][0]}の停止を解除しました。 {KIND_TITLE[kind][1]}: the stop is lifted."


def day(text: str) -> dt.date:
    """A day; `TimeUnreadableError`."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise TimeUnreadableError(ascii(text[:40])) from error


def moment(text: str) -> dt.datetime:
    """A moment in Japan's time; a day alone means its midnight."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise TimeUnreadableError(ascii(text[:40])) from error
    return found if found.tzinfo is None else found.astimezone(_JST).replace(tzinfo=None)


def minute(text: str) -> int:
    """A time of day (`9:00`, `24:00`) in minutes from midnight."""
    hour, colon, rest = text.partition(":")
    if not (colon and hour.isdecimal() and rest.isdecimal() and len(rest) == 2 and int(rest) < 60):
        raise TimeUnreadableError(ascii(text[:40]))
    if int(hour) * 60 + int(rest) > MINUTES:
        raise TimeUnreadableError(ascii(text[:40]))
    return int(hour) * 60 + int(rest)


_JST = dt.timezone(dt.timedelta(hours=9))


def _instant(local: dt.datetime) -> InstantMs:
    return InstantMs(round(local.replace(tzinfo=_JST).timestamp() * 1000))


def _configured(state: Path | None, municipality: str | None) -> tuple[str, ServiceCalendar]:
    """Code and calendar as the center's settings have them; without a name the only one, or the first."""
    path = state_directory(state) / "settings" / "center-1.toml"
    if not path.is_file():
        raise NothingHereError(str(path.parent.parent))
    found = tomllib.loads(path.read_text(encoding="utf-8")).get("municipalities", [])
    for item in found:
        if municipality in {None, item["code"], f"m{item['code']}"}:
            return item["code"], msgspec.convert(item["calendar"], ServiceCalendar, strict=False)
    raise MunicipalityUnknownError(ascii(municipality))


def _in_center(state: Path | None, work: Callable[[asyncpg.Connection], Awaitable[Result]]) -> Result:
    with database(state, CENTER) as dsn:
        return asyncio.run(_with(dsn, work, center=True))


def _in_database(state: Path | None, of: str, work: Callable[[asyncpg.Connection], Awaitable[Result]]) -> Result:
    with database(state, of) as dsn:
        return asyncio.run(_with(dsn, work))


async def _with(dsn: str, work: Callable[[asyncpg.Connection], Awaitable[Result]], *, center: bool = False) -> Result:
    pool = await open_pool(dsn, max_size=1)
    try:
        if center:
            await migrate(pool, "center", MIGRATIONS)
        async with pool.acquire() as connection:
            return await work(connection)
    finally:
        await pool.close()


def _text(shown: Shown) -> str:
    lines = [f"{shown.municipality}  {_when(shown.at_ms)}  " + ("取扱中 open" if shown.is_open else "時間外 closed")]
    if shown.opens_again_ms is not None:
        lines.append(f"  {_when(shown.opens_again_ms)} から / opens again")
    for item in shown.menu:
        ja, en = KIND_TITLE[item.kind]
        state = f"{item.fee_yen:,}円" if not item.reason else f"{item.reason} {item.why_ja}".rstrip()
        again = "" if item.opens_again_ms is None else f"  → {_when(InstantMs(item.opens_again_ms))}"
        lines.append(f"  {item.kind.value:<28} {ja} / {en}: {state}{again}")
    lines += [
        f"  停止(障害) incident stop: {stop.kind} ({stop.code}, {_when(stop.since_ms)})" for stop in shown.route_stops
    ]
    for entry in shown.entries:
        change = msgspec.json.encode(entry.change).decode()
        lines.append(f"  {entry.entry_no}  {_when(entry.entered_ms)}  {entry.entered_by}: {entry.why}  {change}")
    return "\n".join(lines)


def _when(instant: InstantMs) -> str:
    return f"{to_jst(instant):%Y-%m-%d %H:%M}"
