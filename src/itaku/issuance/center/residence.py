"""Which municipality a card's holder lives in, where more than one takes part (カードの発行番号から市区町村を引く表).

The municipalities hand the table in: serial numbers and codes, and nobody's name. It is read again when it changes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from itaku.issuance.protocol.messages import MunicipalityCode

_table = msgspec.json.Decoder(dict[Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{1,40}\Z")], MunicipalityCode])


class ResidenceDirectory:
    """The table of one file (JSON: serial number in lower-case hexadecimal to code). Unreadable, it knows nobody."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_as: tuple[int, int] | None = None
        self._codes: dict[str, str] = {}

    def get(self, serial: str) -> str | None:
        """The code of the municipality in which this card's holder lives; None if that is not known."""
        try:
            facts = self._path.stat()
            if (facts.st_mtime_ns, facts.st_size) != self._read_as:
                self._codes = _table.decode(self._path.read_bytes())
                self._read_as = (facts.st_mtime_ns, facts.st_size)
        except (OSError, msgspec.DecodeError):
            self._codes, self._read_as = {}, None
        return self._codes.get(serial)
