"""The relay's settings file."""

from __future__ import annotations

from itaku.issuance.transport.settings import NodeSettings, Peer


class RelaySettings(NodeSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of one relay. `database` is its log."""

    center: Peer
    database: str
    max_requests_per_minute: int = 600
    """From one kiosk; a resident's session makes fewer than ten."""
