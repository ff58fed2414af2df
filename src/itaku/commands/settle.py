"""`itaku settle`: the month's statements from the center's database."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from itaku.commands.databases import CENTER, database
from itaku.settlement.month import Month
from itaku.settlement.report import settle as statements_of
from itaku.settlement.report import statements_json, statements_text


def settle(state: Path | None, month: str, municipality: str | None) -> tuple[dict[str, Any], str]:
    """The statements of a month, as data and as text."""
    Month.parse(month)  # a month that cannot be read is refused before any server is started
    with database(state, CENTER) as dsn:
        statements = asyncio.run(statements_of(dsn, month, municipality))
    return {"month": month, **statements_json(statements)}, statements_text(statements)
