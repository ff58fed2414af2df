"""Settles a month (月次精算): takes in, closes, and shows or writes each municipality's papers, one after the other.

Every step is one that can be done again: a run that was broken off at any point is simply started anew, does what is
left, and answers what an unbroken one would have answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import asyncpg
import msgspec

from itaku.basis.clock import Clock, to_instant
from itaku.settlement.chains import ChainRow, chain_rows
from itaku.settlement.contract_side import contract_at, last_known, terms
from itaku.settlement.errors import ReasonMissingError
from itaku.settlement.glance import MonthAtAGlance, month_at_a_glance
from itaku.settlement.kiosks import KioskRow, put_kiosks
from itaku.settlement.month import Month
from itaku.settlement.paper_files import write_chain, write_municipality, write_nation
from itaku.settlement.periods import close_month
from itaku.settlement.schema import prepare
from itaku.settlement.taking_in import TakenIn, take_in


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to settle: a month, of one municipality or of all.

    `closed_by` names the person who closes it; without one it stays open. `papers` is the directory for papers.
    `names` are municipalities' names by code, `kiosks` what is known of shops and chains.
    """

    month: Month
    municipality: str | None = None
    closed_by: str | None = None
    papers: Path | None = None
    names: Mapping[str, str] = {}
    kiosks: tuple[KioskRow, ...] = ()


class Settled(msgspec.Struct, frozen=True):
    """A settled month: what was taken in, each municipality at a glance, each chain's tills, and the papers' folders.

    `papers` maps a folder, relative to the directory, to its files with their SHA-256.
    """

    month: str
    taken_in: TakenIn
    municipalities: tuple[MonthAtAGlance, ...]
    chains: tuple[ChainRow, ...]
    papers: dict[str, dict[str, str]]

    @property
    def agrees(self) -> bool:
        """Whether all figures that must be one are, in every municipality."""
        return all(each.agrees for each in self.municipalities)


class Heard(Protocol):
    """Told how far a run has come."""

    def booked(self, read: int, new: int) -> None:
        """After each batch that was taken in."""
        ...

    def settled(self, done: int, of: int) -> None:
        """After each municipality."""
        ...


class Nobody:
    """Progress that nobody watches."""

    def booked(self, read: int, new: int) -> None:
        """Says nothing."""

    def settled(self, done: int, of: int) -> None:
        """Says nothing."""


async def settle(pool: asyncpg.Pool, order: Order, clock: Clock, heard: Heard | None = None) -> Settled:
    """Settles as ordered. The center's tables stand in the pool's database; the journal's are made if they are missing.

    What was heard of late in the month before is taken in as well. A municipality that is named is always answered, of
    nil if nothing happened there. Raises `RowUnfitError`, `PostingConflictError`, `RateUnknownError`,
    `MonthNotOverError`, `ReasonMissingError`; `BooksDisagreeError` before a paper of that municipality is written.
    """
    heard = heard or Nobody()
    if order.closed_by is not None and not order.closed_by.strip():
        raise ReasonMissingError("close: person")
    await prepare(pool)
    async with pool.acquire() as connection:
        await put_kiosks(connection, order.kiosks)
    late = await take_in(pool, clock, order.month.before(), order.municipality, heard.booked)
    taken = await take_in(pool, clock, order.month, order.municipality, heard.booked)
    codes = await _municipalities(pool, order)
    glances: list[MonthAtAGlance] = []
    papers: dict[str, dict[str, str]] = {}
    for done, code in enumerate(codes, 1):
        glance, folder = await _one(pool, order, code, clock)
        glances.append(glance)
        papers |= folder
        heard.settled(done, len(codes))
    async with pool.acquire() as connection:
        chains = await chain_rows(connection, order.month, order.municipality)
    if order.papers is not None and order.municipality is None and glances:
        papers |= _of_all(order.papers, order.month, glances, chains)
    both = TakenIn(late.read + taken.read, late.new + taken.new)
    return Settled(order.month.text(), both, tuple(glances), tuple(chains), papers)


async def _municipalities(pool: asyncpg.Pool, order: Order) -> list[str]:
    if order.municipality is not None:
        return [order.municipality]
    rows = await pool.fetch(
        "SELECT municipality FROM settlement_period WHERE month = $1 ORDER BY municipality", order.month.text()
    )
    return [row["municipality"] for row in rows]


async def _one(
    pool: asyncpg.Pool, order: Order, code: str, clock: Clock
) -> tuple[MonthAtAGlance, dict[str, dict[str, str]]]:
    """Closes one municipality if that is ordered, in a transaction of its own, and writes its papers."""
    async with pool.acquire() as connection:
        if order.closed_by is not None:
            async with connection.transaction():
                known = await terms(connection, code)
                await close_month(connection, code, order.month, known, order.closed_by, clock.now())
        # As of the newest thing known, and not of now: so the same books give the same papers.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            as_of = await last_known(connection, code) or to_instant(order.month.start)
            glance = await month_at_a_glance(connection, code, order.month, as_of)
            if order.papers is None:
                return glance, {}
            result = await contract_at(connection, code, as_of)
        written = write_municipality(order.papers, result, glance, order.names.get(code))
    return glance, {f"{order.month.text()}/{code}": written.files}


def _of_all(
    root: Path, month: Month, glances: Sequence[MonthAtAGlance], chains: Sequence[ChainRow]
) -> dict[str, dict[str, str]]:
    """The chains' statements and the contractor's summary."""
    as_of = max(each.as_of for each in glances)
    found = {}
    for chain in sorted({row.chain for row in chains}):
        rows = [row for row in chains if row.chain == chain]
        written = write_chain(root, month, rows, as_of)
        found[f"{month.text()}/{written.folder}"] = written.files
    summary = write_nation(root, month, [each.statement for each in glances], as_of)
    found[f"{month.text()}/{summary.folder}"] = summary.files
    return found
