"""Settings of the public verification page."""

from __future__ import annotations

from pathlib import Path

import msgspec

from itaku.issuance.transport.settings import Peer

PUBLISHED_KEYS = Path("published") / "issuer-keys.json"
"""Where a state directory keeps the file of its issuers' keys."""


class AskedIssuer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A municipality that answers whether one of its certificates is void."""

    municipality: str
    """Its code, six digits."""
    node: Peer


class OnlineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the page needs to ask issuers: a certificate of its own (role `verification`), and where they listen."""

    certificate: str
    key: str
    ca: str
    issuers: tuple[AskedIssuer, ...]


class VerificationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one page's process (`python -m itaku.verification SETTINGS.toml`)."""

    name: str
    page_host: str
    page_port: int
    keys: str
    """Path of the published file of issuers' keys; read again whenever it changes."""
    online: OnlineSettings | None = None
    """Without it the page asks nobody, and says of every certificate that void or not is not known here."""
    log_file: str | None = None
    at_once: int = 2
    """Examinations at the same time; each takes a process of its own."""
    waiting: int = 8
    """Further ones that may wait; beyond that people are asked to come back."""
