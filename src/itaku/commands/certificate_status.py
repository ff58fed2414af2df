"""`itaku certificate-status`: whether a certificate counts, or was refunded and is void."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncpg

from itaku.commands.databases import database
from itaku.issuance.municipality.standing import standing_of
from itaku.issuance.protocol.standings import Standing

_WORDS = {
    Standing.DELIVERED: ("交付されています。無効にはなっていません。", "Delivered, and not void."),
    Standing.VOIDED: (
        "返金済・無効です。この証明書は使えません。",
        "Refunded and void. This certificate does not count.",
    ),
    Standing.NEVER_DELIVERED: ("交付されていません。", "Never delivered."),
    Standing.UNKNOWN: ("その番号の証明書はありません。", "No certificate has that number."),
}


def certificate_status(state: Path | None, serial_number: str, municipality: str) -> tuple[dict[str, Any], str]:
    """The standing of a certificate of a municipality (`m991015`), as data and as text."""
    with database(state, municipality) as dsn:
        standing = asyncio.run(_ask(dsn, serial_number))
    ja, en = _WORDS[standing]
    return {"serial_number": serial_number, "status": standing.value}, f"{serial_number}  {ja} {en}\n"


async def _ask(dsn: str, serial_number: str) -> Standing:
    connection = await asyncpg.connect(dsn)
    try:
        return await standing_of(connection, serial_number)
    finally:
        await connection.close()
