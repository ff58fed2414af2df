"""PDFs signed elsewhere (外で署名されたPDF): what each signature proves and what it does not; nothing is re-signed."""

from __future__ import annotations

import datetime as dt
import io
import logging
from pathlib import Path
from typing import Any

from itaku.basis.clock import InstantMs
from itaku.desk.configuration import desk_settings
from itaku.desk.papers.errors import UploadUnreadableError

_MOST_SIGNATURES = 20


def anchors() -> list[Any]:
    """The certificates of authorities that the desk trusts, from its settings; none if none are set."""
    path = desk_settings().trust_anchors
    if not path:
        return []
    from pyhanko.keys import load_certs_from_pemder  # noqa: PLC0415 takes a second to load

    load: Any = load_certs_from_pemder
    return list(load([Path(path)]))


def signatures(pdf: bytes, at: InstantMs) -> list[dict[str, Any]]:
    """Each signature in the order of signing, as plain facts for a page. Empty for an unsigned file.

    Facts: signer and issuer as the certificate names them, `intact` (the covered bytes are unchanged), `whole` (it
    covers the file to its end, or only forms and signatures came after), `trusted` (its certificate leads to an
    authority that the desk trusts, at the proved time or else at `at`), `claimed_at` (the signer's own clock),
    `stamped_at` (a time-stamp authority's) and `stamp_trusted`. Revocation is never asked: nothing goes outside.
    """
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # its warnings would name people in our log
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 takes a second to load

    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        found = list(reader.embedded_regular_signatures)[:_MOST_SIGNATURES]
        return [_looked_at(each, at) for each in found]
    except Exception as error:  # noqa: BLE001 a parser of foreign bytes: whatever it stumbles over, nothing is proved
        raise UploadUnreadableError(type(error).__name__) from None


def _looked_at(signature: Any, at: InstantMs) -> dict[str, Any]:
    status = _status(signature, dt.datetime.fromtimestamp(at / 1000, dt.UTC))
    stamp = status.timestamp_validity
    stamped = stamp is not None and stamp.valid and stamp.intact
    if stamped and stamp.trusted:
        status = _status(signature, stamp.timestamp)
    signer = status.signing_cert
    return {
        "by": _named(signer.subject.human_friendly),
        "issuer": _named(signer.issuer.human_friendly),
        "serial": format(signer.serial_number, "x"),
        "intact": bool(status.intact and status.valid),
        "whole": _covers(status),
        "trusted": bool(status.trusted),
        "claimed_at": signature.self_reported_timestamp.isoformat(timespec="minutes")
        if signature.self_reported_timestamp
        else "",
        "stamped_at": stamp.timestamp.isoformat(timespec="seconds") if stamped else "",
        "stamp_trusted": bool(stamped and stamp.trusted),
    }


def _named(text: str) -> str:
    """A certificate's name for a page; one that is a common name alone stands without that word."""
    alone = text.removeprefix("Common Name: ")
    return (text if ", " in alone or ": " in alone else alone)[:300]


def _covers(status: Any) -> bool:
    """Whether nothing but forms and further signatures was added after it."""
    from pyhanko.sign.validation import SignatureCoverageLevel  # noqa: PLC0415 takes a second to load

    if status.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return True
    return bool(status.coverage >= SignatureCoverageLevel.ENTIRE_REVISION and status.docmdp_ok)


def _status(signature: Any, moment: dt.datetime) -> Any:
    from pyhanko.sign.validation import validate_pdf_signature  # noqa: PLC0415 takes a second to load
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415

    def context() -> Any:
        return ValidationContext(trust_roots=anchors(), moment=moment, best_signature_time=moment, allow_fetching=False)

    return validate_pdf_signature(signature, context(), context())
