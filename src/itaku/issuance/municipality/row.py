"""One issuance as the municipality keeps it: what it decided, and the sealed answer until the outcome is known."""

from __future__ import annotations

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.issuance.protocol.kinds import Options


class MunicipalityRow(msgspec.Struct, frozen=True, kw_only=True):
    """The issuing register (交付簿). `resident_key` is opaque; the resident's number stands nowhere in it."""

    issuance_id: IssuanceId
    kiosk: str
    state: str
    version: int = 1
    deadline_ms: InstantMs | None = None
    """End of the render lease while `accepted`."""
    attempt: int = 0
    content: bytes = b""
    """Hash of the Apply that was answered, so that a retry is told from another request."""
    options: Options | None = None
    copies: int = 0
    digest: bytes = b""
    resident_key: bytes = b""
    serial_number: str = ""
    document_sha256: bytes = b""
    pages: int = 0
    sealed: bytes = b""
    """The sealed document, kept until the outcome is known so that a retry gets the very same answer."""
    reason: str = ""
    """Why it is void: a code of the refusals."""
    again_ms: InstantMs | None = None
    """Of an application that was withheld: when it can be granted, as far as that is known."""
