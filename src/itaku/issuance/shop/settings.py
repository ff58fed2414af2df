"""The shop controller's settings file."""

from __future__ import annotations

from itaku.issuance.devices.device_line import LineSettings
from itaku.issuance.transport.settings import NodeSettings, Peer


class ShopSettings(NodeSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of one shop. The clerk's page listens on loopback only."""

    database: str
    kiosks: tuple[str, ...]
    relay: Peer
    """The relay through which sets are made void and the center hears how the machines are."""
    page_host: str
    page_port: int
    register: LineSettings | None = None
    """The shop's register at the end of a device line; without one, sales stand in the ledger alone."""
