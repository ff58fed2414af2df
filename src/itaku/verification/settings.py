"""Settings of the public verification page."""

from __future__ import annotations

from pathlib import Path

import msgspec

PUBLISHED_KEYS = Path("published") / "issuer-keys.json"
"""Where a state directory keeps the file of its issuers' keys."""


class VerificationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one page's process (`python -m itaku.verification SETTINGS.toml`)."""

    name: str
    page_host: str
    page_port: int
    keys: str
    """Path of the published file of issuers' keys; read again whenever it changes."""
    log_file: str | None = None
    at_once: int = 2
    """Examinations at the same time; each takes a process of its own."""
    waiting: int = 8
    """Further ones that may wait; beyond that people are asked to come back."""
