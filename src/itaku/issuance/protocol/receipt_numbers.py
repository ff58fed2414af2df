"""Receipt numbers (受付番号): short enough to be read aloud, made from the issuance id, so that every node agrees."""

from __future__ import annotations

import hashlib
import unicodedata

_DOMAIN = b"itaku/receipt-number/v1\x00"
_DIGITS = 7


def receipt_no(issuance_id: bytes) -> str:
    """The number that the resident's screen shows and the shop's register finds, such as `K7 4821 93`.

    It says nothing about the issuance and does not lead back to its id. Among ten million two may share one: whoever
    looks one up at a shop sees kiosk and time beside it.
    """
    drawn = int.from_bytes(hashlib.sha256(_DOMAIN + issuance_id).digest()[:8], "big") % 10**_DIGITS
    digits = f"{drawn:0{_DIGITS}d}"
    return f"K{digits[0]} {digits[1:5]} {digits[5:]}"


def read_receipt_no(text: str) -> str | None:
    """A number as people type it (full-width, without spaces, without K) in its one form; None if it is none."""
    plain = "".join(unicodedata.normalize("NFKC", text).upper().split()).removeprefix("K").replace("-", "")
    if len(plain) != _DIGITS or not (plain.isascii() and plain.isdigit()):
        return None
    return f"K{plain[0]} {plain[1:5]} {plain[5:]}"
