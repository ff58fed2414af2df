"""The municipality's tables: what plain SQL may read of its rows."""

from __future__ import annotations

from typing import Any

from itaku.issuance.protocol.kinds import kind_of
from itaku.issuance.rows import base_migration, sealed_migration

COLUMNS: dict[str, Any] = {
    "kiosk": lambda row: row.kiosk,
    "kind": lambda row: None if row.options is None else kind_of(row.options).value,
    "copies": lambda row: row.copies,
    "serial_number": lambda row: row.serial_number or None,
    "reason": lambda row: row.reason,
}
"""What plain SQL may read."""

MIGRATIONS = (
    base_migration(
        "issuing",
        {
            "kiosk": "text NOT NULL",
            "kind": "text",
            "copies": "integer NOT NULL",
            "serial_number": "text UNIQUE",
            "reason": "text NOT NULL",
        },
    ),
    sealed_migration("issuing"),
)
