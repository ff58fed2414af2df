"""The center's tables: what plain SQL and reports may read of its rows."""

from __future__ import annotations

from typing import Any

from itaku.issuance.center.calendar_entries import CALENDAR_MIGRATION
from itaku.issuance.protocol.kinds import kind_of
from itaku.issuance.rows import base_migration, moment_or_none
from itaku.store.postgres import Migration

COLUMNS: dict[str, Any] = {
    "municipality": lambda row: row.municipality,
    "kiosk": lambda row: row.kiosk,
    "kind": lambda row: None if row.options is None else kind_of(row.options).value,
    "copies": lambda row: row.copies,
    "fee_yen": lambda row: row.fee_yen,
    "reason": lambda row: row.reason,
    "told": lambda row: row.told,
    "delivered_at": lambda row: moment_or_none(row.delivered_ms),
    "voided_at": lambda row: moment_or_none(row.voided_ms),
}
"""What plain SQL and reports may read. `fee_yen` is the whole fee of the application."""

MIGRATIONS = (
    base_migration(
        "issuance",
        {
            "municipality": "text NOT NULL",
            "kiosk": "text NOT NULL",
            "kind": "text",
            "copies": "integer NOT NULL",
            "fee_yen": "integer NOT NULL",
            "reason": "text NOT NULL",
            "told": "boolean NOT NULL",
            "delivered_at": "timestamptz",
        },
    ),
    Migration(name="issuance-voided-1", sql="ALTER TABLE issuance ADD COLUMN voided_at timestamptz;"),
    CALENDAR_MIGRATION,
)
