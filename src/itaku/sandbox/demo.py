"""Demonstration data: loads the invented municipality into the replica and lays out the practice cards."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs, now_by, to_jst
from itaku.issuance.municipality.registrations.officer import load_identity_answers
from itaku.issuance.municipality.registrations.schema import MIGRATIONS as REGISTRATION_MIGRATIONS
from itaku.issuance.municipality.replica import REPLICA_MIGRATIONS, household_of, load_snapshot, proven_as_of
from itaku.record import schema
from itaku.sandbox.cards import PIN, Cards, write_cards
from itaku.sandbox.neighbour import CODE as NEIGHBOUR_CODE
from itaku.sandbox.neighbour import Neighbour, identity_answers, next_door
from itaku.sandbox.residents import Population, invent
from itaku.sandbox.town import CODE, NAME_EN, NAME_JA
from itaku.store.postgres import migrate, open_pool

CLOCK_FILE = "clock"
"""The sandbox's shared clock within the state directory; the machine's clock where there is none."""
RESIDENCES = "residences.json"
"""Which card's holder lives where, within the state directory."""


async def load(
    municipality_dsn: str, state_dir: Path, say: Callable[[str], None], neighbour_dsn: str | None = None
) -> None:
    """Brings the replica's tables up to date, loads the residents unless they are there, and writes `cards.json`.

    They are loaded again on a new day of the sandbox (for the one who moved in today), and where the replica is
    unproven; the numbers of the feed go on. `say` gets one line for a person, in Japanese and English. `neighbour_dsn`
    is the database of 北浜市, where there is one.
    """
    now = now_by(state_dir / CLOCK_FILE)
    today = to_jst(now).date()
    population = invent(today)
    neighbour = next_door(population)
    loaded = await _load_home(municipality_dsn, population, neighbour, now)
    if neighbour_dsn is not None:
        await _load_neighbour(neighbour_dsn, neighbour, now)
        write_residences(state_dir, population, neighbour)
    write_cards(state_dir, cards_of(population, neighbour if neighbour_dsn is not None else None))
    count = f"{len(population.residents):,}"
    if loaded:
        say(f"{NAME_JA}の架空の住民{count}人は読み込み済みです。/ {count} invented residents of {NAME_EN} are there.")
    else:
        say(f"{NAME_JA}の架空の住民{count}人を読み込みました。/ Loaded {count} invented residents of {NAME_EN}.")


async def _load_home(dsn: str, population: Population, neighbour: Neighbour, now: InstantMs) -> bool:
    """汐見市; whether all of it was there already."""
    today = to_jst(now).date()
    async with _database(dsn) as conn:
        if await _is_loaded(conn, population, neighbour, today):
            return True
        last: int | None = await conn.fetchval("SELECT last_seq FROM replica_state")
        await load_snapshot(
            conn,
            population.residents,
            population.seals(),
            last or 0,
            now,
            population.taxes(today),
            (*population.registers(), *neighbour.registers_at_home),
        )
        await load_identity_answers(conn, identity_answers(neighbour.residents), now)
    return False


async def _load_neighbour(dsn: str, neighbour: Neighbour, now: InstantMs) -> None:
    async with _database(dsn) as conn:
        counted = (
            await conn.fetchval("SELECT count(*) FROM resident"),
            await conn.fetchval("SELECT count(*) FROM family_register"),
        )
        if await proven_as_of(conn) is not None and counted == (len(neighbour.residents), len(neighbour.registers)):
            return
        last: int | None = await conn.fetchval("SELECT last_seq FROM replica_state")
        await load_snapshot(conn, neighbour.residents, neighbour.seals(), last or 0, now, (), neighbour.registers)
        await load_identity_answers(conn, identity_answers(neighbour.registered_elsewhere), now)


@contextlib.asynccontextmanager
async def _database(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A municipality's database with the tables that are loaded."""
    pool = await open_pool(dsn, max_size=1, application_name="itaku-sandbox")
    try:
        await migrate(pool, schema.ROOM, schema.MIGRATIONS)
        await migrate(pool, "replica", REPLICA_MIGRATIONS)
        await migrate(pool, "registrations", REGISTRATION_MIGRATIONS)
        async with pool.acquire() as conn:
            yield conn
    finally:
        await pool.close()


def write_residences(state_dir: Path, population: Population, neighbour: Neighbour) -> None:
    """Which card's holder lives where, for the center (`center.residence`), whole or not at all."""
    lives = dict.fromkeys((one.card_serial for one in population.residents), CODE)
    lives |= dict.fromkeys((one.card_serial for one in neighbour.residents), NEIGHBOUR_CODE)
    fresh = state_dir / (RESIDENCES + ".new")
    fresh.write_bytes(msgspec.json.encode(lives))
    fresh.replace(state_dir / RESIDENCES)


def cards_of(population: Population, neighbour: Neighbour | None = None) -> Cards:
    """What `cards.json` says of a population, and of those with whom registration for use can be tried."""
    near = () if neighbour is None else neighbour.residents
    return Cards(
        municipality=CODE,
        municipality_ja=NAME_JA,
        municipality_en=NAME_EN,
        pin=PIN,
        cards=population.cards if neighbour is None else (*population.cards, *neighbour.cards),
        all={resident.resident_no: resident.card_serial for resident in (*population.residents, *near)},
    )


async def _is_loaded(conn: asyncpg.Connection, population: Population, neighbour: Neighbour, today: dt.date) -> bool:
    """Whether the replica is proven and holds this population: as many entries, and all whose cards show something."""
    if await proven_as_of(conn) is None:
        return False
    if await conn.fetchval("SELECT count(*) FROM tax_entry") != sum(1 for _ in population.taxes(today)):
        return False
    registers = sum(1 for _ in population.registers()) + len(neighbour.registers_at_home)
    if await conn.fetchval("SELECT count(*) FROM family_register") != registers:
        return False
    if await conn.fetchval("SELECT count(*) FROM resident") != len(population.residents):
        return False
    shown = {card.id for card in population.cards}
    for resident in population.residents:
        if resident.resident_no in shown:
            household = await household_of(conn, resident.card_serial)
            if household is None or household.holder != resident:
                return False
    return True
