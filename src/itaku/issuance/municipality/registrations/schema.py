"""Tables of registrations for use: the rows, and who a card's holder is as the identity inquiry answered."""

from __future__ import annotations

from typing import Any

from itaku.issuance.rows import base_migration
from itaku.store.postgres import Migration

TABLE = "use_registration"

COLUMNS: dict[str, Any] = {
    "card_serial": lambda row: row.card_serial,
    "day": lambda row: row.day,
    "attempt": lambda row: row.attempt,
    "register_no": lambda row: row.register_no,
    "officer": lambda row: row.officer,
    "reason": lambda row: row.reason,
}
"""What plain SQL may read."""

MIGRATIONS = (
    base_migration(
        TABLE,
        {
            "card_serial": "text NOT NULL",
            "day": "date NOT NULL",
            "attempt": "integer NOT NULL",
            "register_no": "text NOT NULL",
            "officer": "text NOT NULL",
            "reason": "text NOT NULL",
        },
    ),
    Migration(
        name="use_registration-2",
        sql="""
-- Two applications of one card at one moment cannot both be its so-many-th of the day.
CREATE UNIQUE INDEX use_registration_attempt ON use_registration (card_serial, day, attempt);
-- A card is open or in effect once.
CREATE UNIQUE INDEX use_registration_standing ON use_registration (card_serial)
    WHERE state IN ('received', 'under_review', 'in_effect');
CREATE INDEX use_registration_register ON use_registration (register_no) WHERE state = 'in_effect';

CREATE TABLE identity_answer (
    card_serial text PRIMARY KEY,
    name text NOT NULL,
    birth_date date NOT NULL,
    answered_at timestamptz NOT NULL
);
COMMENT ON TABLE identity_answer IS
    'Who holds a card, as the identity inquiry of the resident registry network answered';
""",
    ),
)
