"""Texts that a spreadsheet would take for a formula, and the apostrophe that keeps one from doing so."""

from __future__ import annotations

_STARTS = ("=", "+", "-", "@", "\t", "\r")


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet that reads the text as a cell could run it."""
    return text.startswith(_STARTS)


def guarded(text: str) -> str:
    """The text for a cell of a CSV file: with an apostrophe before it where it looks like a formula."""
    return f"'{text}" if looks_like_formula(text) else text


def unguarded(text: str) -> str:
    """The text of a cell that came back, without the apostrophe of `guarded`; any other apostrophe stays."""
    return text[1:] if text.startswith("'") and looks_like_formula(text[1:]) else text
