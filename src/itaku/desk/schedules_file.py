"""The file of a desk's first works schedules (最初の業務工程表), as whoever sets a desk up writes it."""

from __future__ import annotations

from typing import Any

import msgspec


class FirstSchedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A schedule: its contract, its version, and its rows as `WorksSchedule` holds them."""

    contract: str
    version: str
    rows: list[dict[str, Any]]
