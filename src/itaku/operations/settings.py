"""The board's settings file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from itaku.basis.clock import Clock, clock_from
from itaku.issuance.center.admission import Limits
from itaku.issuance.center.shops import Shop


class OperationsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the operations board. It reads the center's database and listens on loopback only."""

    name: str
    dsn: str
    """A login to the center's database."""
    shops: tuple[Shop, ...]
    limits: Limits = Limits()
    """The center's own limits, in force while operations have set none."""
    approved_builds: tuple[str, ...]
    page_host: str = "127.0.0.1"
    page_port: int = 0
    clock_file: str | None = None
    log_file: str | None = None

    @property
    def clock(self) -> Clock:
        """The clock of this process."""
        return clock_from(Path(self.clock_file) if self.clock_file else None)
