"""`itaku register-file`, `close-day`, `reconcile` and `case`: days closed, months reconciled, differences settled."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.yen import Yen
from itaku.commands.databases import CENTER, NothingHereError, database, now_in
from itaku.issuance.center.calendar import ServiceCalendar
from itaku.issuance.center.calendar_entries import CalendarEntry, read_entries, with_entries
from itaku.issuance.center.schema import MIGRATIONS
from itaku.issuance.protocol.kinds import Kind
from itaku.settlement import cases
from itaku.settlement.closed_days import ClosedDays, Closing
from itaku.settlement.day_closing import close_day
from itaku.settlement.errors import CaseUnknownError
from itaku.settlement.month import Month
from itaku.settlement.month_reconciliation import (
    case_json,
    case_text,
    reconcile_month,
    reconciled_json,
    reconciled_text,
)
from itaku.settlement.reconciliation import CaseName, Held
from itaku.settlement.reconciliation_schema import prepare_reconciliation
from itaku.settlement.register_intake import take_register_file, taken_json, taken_text
from itaku.settlement.views import Movement, View
from itaku.store.postgres import migrate, open_pool
from itaku.supervisor.state import state_directory

CLOSED_DAYS = "closed-days"
"""Where a state directory keeps the files of closed days."""

Result = TypeVar("Result")
Shown = tuple[dict[str, Any], str]
"""An outcome as data and as text."""


class Answer(NamedTuple):
    """What a side says to a case."""

    party: View
    person: str
    why: str


def register_file(state: Path | None, path: Path) -> Shown:
    """Takes a chain's register file in; `OSError` if it cannot be read."""
    data = path.read_bytes()
    known = frozenset(_calendars(state))
    now = now_in(state)

    async def work(connection: asyncpg.Connection) -> Shown:
        taken = await take_register_file(connection, data, path.name, known, now)
        return taken_json(taken), taken_text(taken)

    return _in_center(state, work)


def close(state: Path | None, day: dt.date, why: str) -> Shown:
    """Closes a day from the databases of the center and of every municipality that it serves."""
    calendars, now = _calendars(state), now_in(state)
    closed = _closed_days(state)

    async def work(center: asyncpg.Connection, municipalities: Mapping[str, asyncpg.Connection]) -> Shown:
        fee_of = _fees(calendars, await read_entries(center))
        closing = await close_day(center, municipalities, fee_of, closed, day, now, why=why)
        return msgspec.to_builtins(closing), _closing_text(closing)

    with ExitStack() as open_databases:
        center = open_databases.enter_context(database(state, CENTER))
        others = {code: open_databases.enter_context(database(state, f"m{code}")) for code in calendars}
        return asyncio.run(_with_all(center, others, work))


def reconcile(state: Path | None, month: str) -> Shown:
    """Reconciles a month's closed days and brings the cases up to date."""
    period, now, closed = Month.parse(month), now_in(state), _closed_days(state)
    scratch = state_directory(state) / "scratch"

    async def work(connection: asyncpg.Connection) -> Shown:
        reconciled = await reconcile_month(connection, closed, period, scratch, now)
        return reconciled_json(reconciled), reconciled_text(reconciled)

    return _in_center(state, work)


def list_cases(state: Path | None) -> Shown:
    """All cases that are not settled, the most urgent first."""

    async def work(connection: asyncpg.Connection) -> Shown:
        found = await cases.open_cases(connection)
        text = "\n".join(map(case_text, found)) or "未解決の案件はありません / no case is open"
        return {"cases": [case_json(case) for case in found]}, text

    return _in_center(state, work)


def show_case(state: Path | None, name: CaseName) -> Shown:
    """One case with its history. `CaseUnknownError`."""

    async def work(connection: asyncpg.Connection) -> Shown:
        case = await cases.find_case(connection, name)
        if case is None:
            raise CaseUnknownError(name.issuance_id.hex())
        steps = await cases.history(connection, name)
        told = {**case_json(case), "history": [msgspec.to_builtins(step) for step in steps]}
        lines = [f"  {step.version}. {step.event} {step.party} {step.person} {step.reason}".rstrip() for step in steps]
        return told, "\n".join([case_text(case), *lines])

    return _in_center(state, work)


def propose(state: Path | None, name: CaseName, right: View | None, said: Answer) -> Shown:
    """A side says what is right: what a view holds now, or (None) that it never took place."""
    now = now_in(state)

    async def work(connection: asyncpg.Connection) -> Shown:
        async with connection.transaction():
            case = await cases.find_case(connection, name)
            if case is None:
                raise CaseUnknownError(name.issuance_id.hex())
            proposal = cases.Proposal(_held_by(case, right), said.party, said.person, said.why)
            told = await cases.propose(connection, name, proposal, now)
        return case_json(told), case_text(told)

    return _in_center(state, work)


def answer(state: Path | None, name: CaseName, said: Answer, *, agrees: bool) -> Shown:
    """The other side agrees with what was proposed, or sends it back."""
    now = now_in(state)

    async def work(connection: asyncpg.Connection) -> Shown:
        async with connection.transaction():
            told = await cases.answer(connection, name, said.party, said.person, said.why, now, agrees=agrees)
        return case_json(told), case_text(told)

    return _in_center(state, work)


def case_name(issuance: str, movement: str, side: str) -> CaseName:
    """The case that a command names. `CaseUnknownError` if its id is none."""
    try:
        return CaseName(bytes.fromhex(issuance), Movement[movement.upper()], View(side))
    except (ValueError, KeyError) as error:
        raise CaseUnknownError(ascii(issuance[:40])) from error


def _held_by(case: cases.Case, view: View | None) -> Held | None:
    if view is None:
        return None
    held = case.difference.held(view)
    if not held:
        raise CaseUnknownError(f"{view} holds nothing")
    return msgspec.structs.replace(held[0], times=1)


def _closing_text(closing: Closing) -> str:
    edition = "" if closing.edition == 1 else f"（第{closing.edition}版 edition {closing.edition}: {closing.why}）"
    rows = (
        f"  {view.value:<12} {facts.rows:>9,}行 rows  {facts.certificates:>9,}通 certificates  {facts.fees_yen:>12,}円"
        f"  返金 refunds {facts.refunds_yen:,}円"
        for view, facts in closing.views.items()
    )
    return "\n".join([f"締めました closed: {closing.day}{edition}", *rows])


def _fees(calendars: Mapping[str, ServiceCalendar], entries: tuple[CalendarEntry, ...]) -> Callable[..., Yen | None]:
    """The fees in force by municipality, kind and instant, as they were entered with their dates."""
    in_force = {code: with_entries(base, entries, code) for code, base in calendars.items()}

    def fee_of(municipality: str, kind: Kind, at: InstantMs) -> Yen | None:
        return in_force[municipality].fee_yen(kind, at)

    return fee_of


def _calendars(state: Path | None) -> dict[str, ServiceCalendar]:
    """The municipalities that the center serves, with the calendars of its settings."""
    path = state_directory(state) / "settings" / "center-1.toml"
    if not path.is_file():
        raise NothingHereError(str(path.parent.parent))
    found = tomllib.loads(path.read_text(encoding="utf-8")).get("municipalities", [])
    return {item["code"]: msgspec.convert(item["calendar"], ServiceCalendar, strict=False) for item in found}


def _closed_days(state: Path | None) -> ClosedDays:
    return ClosedDays(state_directory(state) / CLOSED_DAYS)


def _in_center(state: Path | None, work: Callable[[asyncpg.Connection], Awaitable[Result]]) -> Result:
    async def alone(center: asyncpg.Connection, _others: Mapping[str, asyncpg.Connection]) -> Result:
        return await work(center)

    with database(state, CENTER) as dsn:
        return asyncio.run(_with_all(dsn, {}, alone))


async def _with_all(
    center_dsn: str,
    others: Mapping[str, str],
    work: Callable[[asyncpg.Connection, Mapping[str, asyncpg.Connection]], Awaitable[Result]],
) -> Result:
    async with AsyncExitStack() as stack:
        center = await stack.enter_async_context(_pool(center_dsn))
        await migrate(center, "center", MIGRATIONS)
        await prepare_reconciliation(center)
        connection = await stack.enter_async_context(center.acquire())
        municipalities = {}
        for code, dsn in others.items():
            pool = await stack.enter_async_context(_pool(dsn))
            municipalities[code] = await stack.enter_async_context(pool.acquire())
        return await work(connection, municipalities)


@contextlib.asynccontextmanager
async def _pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(dsn, max_size=2, application_name="itaku settlement")
    try:
        yield pool
    finally:
        await pool.close()
