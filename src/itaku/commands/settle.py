"""`itaku settle`: settles a month from the center's database, and writes its papers if a directory is named."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from itaku.basis.clock import Clock, FixedClock
from itaku.commands.databases import CENTER, database, now_in
from itaku.issuance.center.settings import CenterSettings
from itaku.issuance.transport.settings import read_settings
from itaku.settlement.kiosks import KioskRow
from itaku.settlement.month import Month, checked_municipality
from itaku.settlement.report import settled_json, settled_text
from itaku.settlement.settling import Order, Settled
from itaku.settlement.settling import settle as settle_as_ordered
from itaku.store.postgres import open_pool
from itaku.supervisor.progress import Progress
from itaku.supervisor.state import state_directory

_EVERY = 20
"""A line of progress after so many batches or municipalities."""


class _Said:
    """Says on the terminal how far the run has come."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._batches = 0

    def booked(self, read: int, new: int) -> None:
        """Every so many batches."""
        self._batches += 1
        if self._batches % _EVERY == 0:
            self._progress.say(f"計上 {read:,}件（新規 {new:,}件）", f"taken in: {read:,}, of which new: {new:,}")

    def settled(self, done: int, of: int) -> None:
        """Every so many municipalities, and the last."""
        if done % _EVERY == 0 or (done == of and of > 1):
            self._progress.say(f"精算 {done:,}/{of:,} 市区町村", f"settled: {done:,} of {of:,} municipalities")


def settle(
    state: Path | None,
    month: str,
    municipality: str | None,
    closed_by: str | None,
    papers: Path | None,
    progress: Progress,
) -> tuple[dict[str, Any], str]:
    """A settled month, as data and as text."""
    if municipality is not None:
        checked_municipality(municipality)
    period = Month.parse(month)  # a month that cannot be read is refused before any server is started
    with database(state, CENTER) as dsn:
        settings = read_settings(state_directory(state) / "settings" / "center-1.toml", CenterSettings)
        order = Order(
            month=period,
            municipality=municipality,
            closed_by=closed_by,
            papers=papers,
            names={each.code: each.name_ja for each in settings.municipalities},
            kiosks=tuple(
                KioskRow(kiosk, shop.name, shop.name, shop.name_ja) for shop in settings.shops for kiosk in shop.kiosks
            ),
        )
        settled = asyncio.run(_settle(dsn, order, FixedClock(now_in(state)), progress))
    return settled_json(settled), settled_text(settled)


async def _settle(dsn: str, order: Order, clock: Clock, progress: Progress) -> Settled:
    pool = await open_pool(dsn, max_size=2, application_name="itaku settle")
    try:
        return await settle_as_ordered(pool, order, clock, _Said(progress))
    finally:
        await pool.close()
