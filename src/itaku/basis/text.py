"""Japanese text: the same name stays the same letters; normal form, digits, variation selectors, My Number digits."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

FULL_WIDTH_DIGITS = {0x30 + digit: 0xFF10 + digit for digit in range(10)}
ASCII_DIGITS = {full: plain for plain, full in FULL_WIDTH_DIGITS.items()}


class Glyph(NamedTuple):
    """One base character with the variation selector that chooses its form; `selector` is empty if there is none."""

    base: str
    selector: str


def is_variation_selector(character: str) -> bool:
    """Whether the character chooses a form of the one before it (VS1 to VS256)."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def is_compatibility_ideograph(character: str) -> bool:
    """Whether the character stands in a block of CJK compatibility ideographs.

    NFC turns most of them into another character (U+FA10 塚 into U+585A 塚), and a name with another character is
    another name. Twelve of the block, such as U+FA11 﨑, are ordinary ideographs that merely live there.
    """
    return "\uf900" <= character <= "\ufaff" or "\U0002f800" <= character <= "\U0002fa1f"


def name_form(text: str) -> str:
    """NFC, except that compatibility ideographs and what they stand before stay as they are (IVS are left alone).

    Kana with combining marks and Latin letters with accents become one code point; ideographs of names are never
    exchanged. Applying it twice changes nothing.
    """
    done: list[str] = []
    run: list[str] = []
    for character in text:
        if is_compatibility_ideograph(character):
            done.append(unicodedata.normalize("NFC", "".join(run)))
            done.append(character)
            run.clear()
        else:
            run.append(character)
    done.append(unicodedata.normalize("NFC", "".join(run)))
    return "".join(done)


def glyphs(text: str) -> tuple[Glyph, ...]:
    """The text as pairs of base and variation selector, in order; joined again they are the text.

    A selector without a base before it (at the start, or after another selector) raises `ValueError`: no form of a
    name contains one.
    """
    found: list[Glyph] = []
    for character in text:
        if not is_variation_selector(character):
            found.append(Glyph(character, ""))
            continue
        if not found or found[-1].selector:
            raise ValueError("a variation selector without a base character")
        found[-1] = Glyph(found[-1].base, character)
    return tuple(found)


def full_width_digits(text: str) -> str:
    """ASCII digits as full-width ones, as forms print numbers; all else unchanged."""
    return text.translate(FULL_WIDTH_DIGITS)


def ascii_digits(text: str) -> str:
    """Full-width digits as ASCII ones; all else unchanged."""
    return text.translate(ASCII_DIGITS)


def individual_number_check_digit(eleven: str) -> int:
    """検査用数字 of a 個人番号 from its first eleven digits (平成26年総務省令第85号 第5条).

    With P_n the n-th digit from the right of the eleven and Q_n = n + 1 for n up to 6, else n - 5, it is
    11 - (sum of P_n x Q_n mod 11), and 0 where that remainder is 0 or 1. `ValueError` unless eleven ASCII digits.
    """
    if len(eleven) != 11 or not (eleven.isascii() and eleven.isdigit()):
        raise ValueError("eleven digits are needed")
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    remainder = sum(int(digit) * weight for digit, weight in zip(eleven, weights, strict=True)) % 11
    return 0 if remainder <= 1 else 11 - remainder


def is_individual_number(text: str) -> bool:
    """Whether the text is twelve ASCII digits whose last is the right check digit."""
    if len(text) != 12 or not (text.isascii() and text.isdigit()):
        return False
    return individual_number_check_digit(text[:11]) == int(text[11])
