"""Why a certificate is withheld: every error of this room, each with the code of the refusal catalogue."""

from __future__ import annotations

from itaku.basis.errors import ItakuError, Temper
from itaku.issuance.protocol.refusals import REFUSALS


class CertificateError(ItakuError):
    """Base of the room's errors. Details name fields and code points, never what a record says."""


class MissingGlyph(CertificateError):  # noqa: N818 the name is what happened
    """The font has no form for a character, or none for the form that its variation selector asks for."""

    code = "glyph_missing"
    ja, en = REFUSALS["glyph_missing"].ja, REFUSALS["glyph_missing"].en


class TextTooLong(CertificateError):  # noqa: N818 the name is what happened
    """A text does not fit its place on the form, even small and in two lines."""

    code = "text_too_long"
    ja, en = REFUSALS["text_too_long"].ja, REFUSALS["text_too_long"].en


class RecordIncomplete(CertificateError):  # noqa: N818 the name is what happened
    """A required item is blank or contradicts another one (failure R8)."""

    code = "record_incomplete"
    ja, en = REFUSALS["record_incomplete"].ja, REFUSALS["record_incomplete"].en


class RenderFailed(CertificateError):  # noqa: N818 the name is what happened
    """The typesetter could not make the pages that the layout promised."""

    code = "render_failed"
    temper = Temper.RETRYABLE
    ja, en = REFUSALS["render_failed"].ja, REFUSALS["render_failed"].en


class ReadBackMismatch(CertificateError):  # noqa: N818 the name is what happened
    """The finished document does not say what the record says; `facts` names the kinds of fact, not their values."""

    code = "readback_mismatch"
    ja, en = REFUSALS["readback_mismatch"].ja, REFUSALS["readback_mismatch"].en

    def __init__(self, facts: tuple[str, ...]) -> None:
        super().__init__(", ".join(facts))
        self.facts = facts


class DocumentMismatch(CertificateError):  # noqa: N818 the name is what happened
    """A document that arrived belongs to another application, or cannot be read."""

    code = "document_mismatch"
    ja, en = REFUSALS["document_mismatch"].ja, REFUSALS["document_mismatch"].en


class BadSignature(DocumentMismatch):
    """The signature does not hold, does not cover the whole file, or comes from a stranger."""


class BadCode(CertificateError):  # noqa: N818 the name is what happened
    """The 2-D code cannot be read, is of no known issuer, or its signature does not hold."""

    code = "code_invalid"
    ja = "二次元コードを確かめられません。"
    en = "The 2-D code cannot be read or verified."
