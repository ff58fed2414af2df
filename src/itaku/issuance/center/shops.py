"""The shops that take part (取扱店): which kiosks stand in which shop, and where on the town's map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

MAP_SIZE = 1000
"""The town's map is a square of so many units, counted from its south-west corner."""

_Place = Annotated[int, msgspec.Meta(ge=0, le=MAP_SIZE)]


class Shop(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One shop: its controller's node name, its name for people, its kiosks, and its place on the map."""

    name: str
    name_ja: str
    name_en: str
    kiosks: tuple[str, ...]
    east: _Place
    north: _Place


def shop_of_kiosk(shops: Sequence[Shop]) -> Mapping[str, str]:
    """Each kiosk's shop; `ValueError` if a kiosk stands in two."""
    found: dict[str, str] = {}
    for shop in shops:
        for kiosk in shop.kiosks:
            if kiosk in found:
                raise ValueError(f"{kiosk} stands in {found[kiosk]} and in {shop.name}")
            found[kiosk] = shop.name
    return found
