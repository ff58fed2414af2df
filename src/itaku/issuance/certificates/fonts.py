"""The font book of the certificates: `basis.fonts`, whose missing characters are refused as a certificate's."""

from __future__ import annotations

import functools

from itaku.basis import fonts
from itaku.basis.fonts import FAMILY
from itaku.issuance.certificates.failures import MissingGlyph

__all__ = ["FAMILY", "FontBook", "installed_font"]


class FontBook(fonts.FontBook):
    """One font file's tables; raises `MissingGlyph`."""

    missing = MissingGlyph


@functools.cache
def installed_font() -> FontBook:
    """IPAmj Mincho as the system has it (package fonts-ipamj-mincho); `FileNotFoundError` if it is not installed."""
    return FontBook.installed()
