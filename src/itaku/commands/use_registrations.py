"""`itaku use-registrations`: what an officer of a registry municipality does with applications for use (利用登録)."""

from __future__ import annotations

import asyncio
import sys
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from itaku.basis.clock import PracticeClock, to_jst
from itaku.basis.errors import ItakuError
from itaku.basis.working import lines_text
from itaku.commands.databases import NothingHereError, database
from itaku.issuance.municipality.__main__ import make_registrations
from itaku.issuance.municipality.family_registers import FamilyRegister
from itaku.issuance.municipality.registrations import officer
from itaku.issuance.municipality.registrations.node import Registrations
from itaku.issuance.municipality.registrations.row import Ground, UseRow
from itaku.issuance.municipality.registrations.waiting import expected_use
from itaku.issuance.municipality.settings import MunicipalitySettings
from itaku.issuance.protocol.receipt_numbers import receipt_no
from itaku.issuance.transport.settings import read_settings
from itaku.store.postgres import open_pool
from itaku.supervisor.state import state_directory


class NotARegistryError(ItakuError):
    """That municipality receives no applications for use."""

    code = "no_registrations"
    ja = "この市区町村は利用登録を受け付けていません。"
    en = "That municipality receives no applications for use."


Answer = tuple[dict[str, Any], str]


def listed(state: Path | None, municipality: str, *, everything: bool) -> Answer:
    """The applications that wait, or all."""

    async def work(connection: asyncpg.Connection, _registrations: Registrations) -> Answer:
        rows = await officer.applications(connection, everything=everything)
        text = "\n".join(_line(row) for row in rows) or "待っている申請はありません。 No application waits."
        return {"municipality": municipality, "applications": [_facts(row) for row in rows]}, text + "\n"

    return _with(state, municipality, work)


def taken_up(state: Path | None, municipality: str, number: str, name: str) -> Answer:
    """Begins the review, and shows the officer the register that was claimed and how the waiting days were counted."""

    async def work(connection: asyncpg.Connection, registrations: Registrations) -> Answer:
        row = await officer.application(connection, number)
        if row.state == "received":
            row = await officer.take_up(registrations, row.issuance_id, name)
        register = await officer.register_of(connection, row)
        working = expected_use(row.received_ms, _settings(state, municipality).use_policy).working
        facts = {**_facts(row), "register": _register_facts(register), "working": [line.ja for line in working]}
        return facts, f"{_line(row)}\n{_register_text(register)}{lines_text(working)}\n"

    return _with(state, municipality, work)


def approved(state: Path | None, municipality: str, number: str, name: str) -> Answer:
    """Grants it, if the identity inquiry confirms who of the register holds the card."""

    async def work(connection: asyncpg.Connection, registrations: Registrations) -> Answer:
        row = await officer.application(connection, number)
        return _told(await officer.approve(connection, registrations, row, name))

    return _with(state, municipality, work)


def refused(state: Path | None, municipality: str, number: str, name: str, ground: Ground) -> Answer:
    """Does not grant it."""

    async def work(connection: asyncpg.Connection, registrations: Registrations) -> Answer:
        row = await officer.application(connection, number)
        return _told(await officer.refuse(registrations, row.issuance_id, name, ground))

    return _with(state, municipality, work)


def _with(
    state: Path | None, municipality: str, work: Callable[[asyncpg.Connection, Registrations], Awaitable[Answer]]
) -> Answer:
    with database(state, municipality) as dsn:
        return asyncio.run(_working(dsn, _settings(state, municipality), work))


async def _working(
    dsn: str,
    settings: MunicipalitySettings,
    work: Callable[[asyncpg.Connection, Registrations], Awaitable[Answer]],
) -> Answer:
    async with _registrations(dsn, settings) as (connection, registrations):
        return await work(connection, registrations)


@asynccontextmanager
async def _registrations(
    dsn: str, settings: MunicipalitySettings
) -> AsyncIterator[tuple[asyncpg.Connection, Registrations]]:
    pool = await open_pool(dsn, max_size=2, application_name="itaku-officer")
    clock = settings.clock
    try:
        log = structlog.wrap_logger(structlog.PrintLogger(sys.stderr))
        registrations = make_registrations(settings, pool, clock, log)
        if registrations is None:
            raise NotARegistryError
        async with pool.acquire() as connection:
            yield connection, registrations
    finally:
        await pool.close()
        if isinstance(clock, PracticeClock):
            clock.close()


def _settings(state: Path | None, municipality: str) -> MunicipalitySettings:
    try:
        return read_settings(state_directory(state) / "settings" / f"{municipality}.toml", MunicipalitySettings)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise NothingHereError(municipality) from error


def _told(row: UseRow) -> Answer:
    return _facts(row), _line(row) + "\n"


def _facts(row: UseRow) -> dict[str, Any]:
    """What can be told of an application without saying whose it is."""
    return {
        "receipt_no": receipt_no(row.issuance_id),
        "state": row.state,
        "approved": row.approved,
        "received": row.day.isoformat(),
        "usable_from": None if row.usable_from_ms is None else to_jst(row.usable_from_ms).date().isoformat(),
        "register_no": row.register_no,
        "officer": row.officer,
        "reason": row.reason,
    }


def _line(row: UseRow) -> str:
    facts = _facts(row)
    words = "approved" if row.approved and row.state == "under_review" else row.reason
    return f"{facts['receipt_no']}  {row.state:<13} {facts['received']}  {facts['usable_from'] or '-':<10}  {words}"


def _register_facts(register: FamilyRegister | None) -> dict[str, Any] | None:
    if register is None:
        return None
    members = [
        {"name": member.person.name, "birth_date": member.person.birth_date.isoformat()} for member in register.present
    ]
    return {"domicile": register.domicile, "head_name": register.head_name, "members": members}


def _register_text(register: FamilyRegister | None) -> str:
    if register is None:
        return "  戸籍はここにありません。 The register is not kept here any more.\n"
    people = "".join(f"    {one.person.name}  {one.person.birth_date}\n" for one in register.present)
    return f"  {register.domicile}  {register.head_name}\n{people}"
