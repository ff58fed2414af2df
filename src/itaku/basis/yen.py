"""Money: whole yen. No float and no bare decimal comes near it."""

from __future__ import annotations

from typing import NewType

Yen = NewType("Yen", int)
"""円, a whole number."""


def yen_text(amount: Yen) -> str:
    """An amount as people write it: `1,234円`."""
    return f"{amount:,}円"
