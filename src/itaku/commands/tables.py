"""`itaku tables`: the transition tables as one document, drawn from the code that runs."""

from __future__ import annotations

from typing import Any

from itaku.issuance.center.table import CENTER_TABLE
from itaku.issuance.center.use_applications import CENTER_USE_TABLE
from itaku.issuance.kiosk.table import KIOSK_TABLE
from itaku.issuance.kiosk.use_table import KIOSK_USE_TABLE
from itaku.issuance.municipality.registrations.table import USE_TABLE
from itaku.issuance.municipality.table import MUNICIPALITY_TABLE

TABLES = (KIOSK_TABLE, CENTER_TABLE, MUNICIPALITY_TABLE)
"""An issuance's, which the simulator runs."""
DRAWN = (*TABLES, KIOSK_USE_TABLE, CENTER_USE_TABLE, USE_TABLE)
"""These, and those of applications for use (利用登録申請)."""

_HEAD = """# Transition tables of an issuance

Drawn by `itaku tables --write docs/transition-tables.md` from the tables that the nodes run on, and kept equal by a
test. `J` is a durable write: nothing after it happens before it is on disk. An edge that is not here cannot happen: the
machine stops instead.

"""


def drawn() -> str:
    """The document."""
    return _HEAD + "\n".join(table.markdown() for table in DRAWN)


def facts() -> dict[str, Any]:
    """The same as data."""
    return {
        table.name: {
            "states": [state._asdict() for state in table.states.values()],
            "edges": [edge._asdict() for edge in table.edges],
        }
        for table in DRAWN
    }
