"""Demonstration data: loads the invented municipality into the replica and lays out the practice cards."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import asyncpg

from itaku.basis.clock import InstantMs, PracticeClock, SystemClock, to_jst
from itaku.issuance.municipality.replica import REPLICA_MIGRATIONS, household_of, load_snapshot, proven_as_of
from itaku.sandbox.cards import Cards, write_cards
from itaku.sandbox.residents import Population, invent
from itaku.sandbox.showcase import PIN
from itaku.sandbox.town import CODE, NAME_EN, NAME_JA
from itaku.store.postgres import migrate, open_pool

CLOCK_FILE = "clock"
"""The sandbox's shared clock within the state directory; the machine's clock where there is none."""


async def load(municipality_dsn: str, state_dir: Path, say: Callable[[str], None]) -> None:
    """Brings the replica's tables up to date, loads the residents unless they are there, and writes `cards.json`.

    They are loaded again on a new day of the sandbox (for the one who moved in today), and where the replica is
    unproven; the numbers of the feed go on. `say` gets one line for a person, in Japanese and English.
    """
    now = _sandbox_now(state_dir)
    today = to_jst(now).date()
    population = invent(today)
    pool = await open_pool(municipality_dsn, max_size=1, application_name="itaku-sandbox")
    try:
        await migrate(pool, "replica", REPLICA_MIGRATIONS)
        async with pool.acquire() as conn:
            loaded = await _is_loaded(conn, population, today)
            if not loaded:
                last: int | None = await conn.fetchval("SELECT last_seq FROM replica_state")
                await load_snapshot(
                    conn,
                    population.residents,
                    population.seals(),
                    last or 0,
                    now,
                    population.taxes(today),
                    population.registers(),
                )
    finally:
        await pool.close()
    write_cards(state_dir, cards_of(population))
    count = f"{len(population.residents):,}"
    if loaded:
        say(f"{NAME_JA}の架空の住民{count}人は読み込み済みです。/ {count} invented residents of {NAME_EN} are there.")
    else:
        say(f"{NAME_JA}の架空の住民{count}人を読み込みました。/ Loaded {count} invented residents of {NAME_EN}.")


def cards_of(population: Population) -> Cards:
    """What `cards.json` says of a population."""
    return Cards(
        municipality=CODE,
        municipality_ja=NAME_JA,
        municipality_en=NAME_EN,
        pin=PIN,
        cards=population.cards,
        all={resident.resident_no: resident.card_serial for resident in population.residents},
    )


async def _is_loaded(conn: asyncpg.Connection, population: Population, today: dt.date) -> bool:
    """Whether the replica is proven and holds this population: as many entries, and all whose cards show something."""
    if await proven_as_of(conn) is None:
        return False
    if await conn.fetchval("SELECT count(*) FROM tax_entry") != sum(1 for _ in population.taxes(today)):
        return False
    if await conn.fetchval("SELECT count(*) FROM family_register") != sum(1 for _ in population.registers()):
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


def _sandbox_now(state_dir: Path) -> InstantMs:
    file = state_dir / CLOCK_FILE
    if not file.exists():
        return SystemClock().now()
    with contextlib.closing(PracticeClock(file)) as clock:
        return clock.now()
