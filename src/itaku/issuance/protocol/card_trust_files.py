"""Card trust read from directories, and read again when a revocation list is renewed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from itaku.issuance.protocol.card_check import CardTrust, trust_from


class CardTrustFiles:
    """Anchors (PEM) and revocation lists (DER) of two directories.

    `current()` looks at the files' times and reads them again when they changed. A renewed file that cannot be read or
    verified leaves the earlier trust in force: an old list ends by its own next update, and then cards are refused. A
    list that is older than the one read before, or a list that is gone, takes no revocation back.
    """

    def __init__(self, anchors: Path, crls: Path, policies: Sequence[str]) -> None:
        self._anchors = anchors
        self._crls = crls
        self._policies = tuple(policies)
        self._seen = self._times()
        self._trust = self._read()

    def current(self) -> CardTrust:
        """The trust in force."""
        seen = self._times()
        if seen != self._seen:
            self._seen = seen
            try:
                self._trust = self._read().keeping_later_lists_of(self._trust)
            except (OSError, ValueError):
                return self._trust
        return self._trust

    def _times(self) -> tuple[tuple[str, int], ...]:
        files = [*sorted(self._anchors.glob("*.pem")), *sorted(self._crls.glob("*.crl"))]
        return tuple((file.name, file.stat().st_mtime_ns) for file in files)

    def _read(self) -> CardTrust:
        anchors = b"".join(file.read_bytes() for file in sorted(self._anchors.glob("*.pem")))
        return trust_from(anchors, [file.read_bytes() for file in sorted(self._crls.glob("*.crl"))], self._policies)
