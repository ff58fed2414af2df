"""The kiosk's settings file."""

from __future__ import annotations

import msgspec

from itaku.issuance.devices.device_line import LineSettings
from itaku.issuance.devices.ipp_client import IppSettings
from itaku.issuance.transport.settings import NodeSettings, Peer


class KioskSettings(NodeSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of one machine. Its page listens on loopback only; it serves no other node."""

    page_host: str
    page_port: int
    practice: bool = False
    """A sandbox: the page shows the practice stand, and its controls work."""
    shop_name_ja: str
    shop_name_en: str
    municipality: str = ""
    """The name on the welcome screen."""
    relay: Peer
    shop: Peer
    stand_socket: str
    """Unix socket of the devices."""
    pcsc_reader: str | None = None
    """A card reader reached through PC/SC instead of the stand's: its name or the beginning of it, empty for the first.

    Needs the optional extra `pcsc`."""
    printer: IppSettings | None = None
    """A printer reached over IPPS instead of the stand's."""
    cash_unit: LineSettings | None = None
    """A cash unit at the end of a device line instead of the stand's."""
    cash_person_socket: str | None = None
    """Practice only, together with `cash_unit`: where the page's coins go (`sandbox.cash_unit`)."""
    journal: str
    journal_key: str
    document_anchors: tuple[str, ...]
    """Published anchors of the municipalities' document signatures (PEM)."""
    claims_keys: dict[str, str] = msgspec.field(default_factory=dict)
    """Files of the published keys for claims, by the registry municipality's code; without one none is applied to."""
    build: str
    clerk_page: str = ""
    """Practice only: address of the shop's clerk page, where the stand's clerk answers."""
