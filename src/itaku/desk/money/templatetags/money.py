"""Tags of the money pages: names in two languages out of the tables of settlement, whole numbers with commas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def named(context: Any, both: str) -> str:
    """One language of a text that settlement's tables write as `日本語 / English`."""
    ja, _, en = both.partition(" / ")
    return en if en and context.get("lang") == "en" else ja


@register.filter
def headed(row: Sequence[Any], heads: Sequence[Any]) -> list[tuple[Any, Any]]:
    """A row's figures, each with the head of its column; the row's first cell is its name."""
    return list(zip(row[1:], heads, strict=True))


@register.filter
def commas(value: Any) -> str:
    """1,234."""
    return f"{value:,}" if isinstance(value, int) else str(value)


@register.filter
def credit(yen: int) -> str:
    """A credit as books write it: without its sign."""
    return f"{-yen:,}円"
