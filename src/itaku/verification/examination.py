"""The examination of a certificate: from files that somebody hands in to what they prove, without a network."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence

import msgspec
from PIL import Image, ImageFilter, ImageOps

from itaku.basis.clock import InstantMs
from itaku.issuance.certificates.backside import BackStatement, verified_back
from itaku.issuance.certificates.code import CodeFacts, FoundCode, find_codes, key_id_of, verify_code
from itaku.issuance.certificates.failures import BadCode, BadSignature, ReadBackMismatch
from itaku.issuance.certificates.readback import ReadBack, read_back
from itaku.issuance.certificates.signing import verify_signature
from itaku.issuance.protocol.kinds import KIND_TITLE
from itaku.verification.comparison import Comparison, compared, marked
from itaku.verification.findings import (
    Check,
    Examination,
    PersonShown,
    SheetFinding,
    check,
    verdict_of,
)
from itaku.verification.keys import IssuerKeys, KnownKey
from itaku.verification.redrawn import redrawn
from itaku.verification.scanned_back import Print, flat_backs
from itaku.verification.uploads import FILES_AT_MOST, EmptyUploadError, TooLargeError, is_pdf, pictures

_JST = dt.timezone(dt.timedelta(hours=9))
_BACKS_TRIED = 24
"""Ways in which four dark spots of a picture are taken for a back's corners, at most."""


class _Front(msgspec.Struct, frozen=True):
    """A verified code and the picture on which it was found."""

    picture: Image.Image
    code: FoundCode
    facts: CodeFacts
    known: KnownKey
    checks: tuple[Check, ...]


def examine(files: Sequence[bytes], keys: IssuerKeys) -> Examination:
    """What the files prove, taken together; raises a subclass of `UploadRefusedError` for what cannot be looked at."""
    if not files:
        raise EmptyUploadError
    if len(files) > FILES_AT_MOST:
        raise TooLargeError
    if len(files) == 1 and is_pdf(files[0]) and b"/ByteRange" in files[0]:
        return _signed_file(files[0], keys)
    checks: list[Check] = [check("file_unsigned")] if any(map(is_pdf, files)) else []
    fronts: dict[tuple[str, int], _Front] = {}
    others: list[Image.Image] = []
    for data in files:
        for picture in pictures(data):
            found, said = _fronts_on(picture, keys)
            checks += [one for one in said if one not in checks]
            for front in found:
                fronts.setdefault((front.facts.serial_number, front.facts.page), front)
            if not found:
                others.append(picture)
    sheets = tuple(_paper_sheet(fronts[key], others, keys) for key in sorted(fronts))
    if not sheets and not any(one.name.startswith("code_") for one in checks):
        checks.append(check("code_missing"))
    return _examination(checks, sheets)


def _examination(checks: list[Check], sheets: tuple[SheetFinding, ...]) -> Examination:
    complete = True
    for serial in sorted({sheet.serial_number for sheet in sheets}):
        of_one = [sheet for sheet in sheets if sheet.serial_number == serial]
        if len({sheet.page for sheet in of_one}) < of_one[0].pages:
            complete = False
            checks.append(check("sheets_missing", pages=of_one[0].pages, found=len(of_one)))
    if sheets:
        checks.append(check("void_offline"))
    return Examination(verdict_of(tuple(checks), sheets, complete=complete), tuple(checks), sheets)


# --- a signed file


def _signed_file(pdf: bytes, keys: IssuerKeys) -> Examination:
    """A PDF with a signature: signed over the whole by the very issuer of its codes, or refuted."""
    try:
        document = read_back(pdf)
        codes = [page.signed_code for page in document.sheets]
        fronts = [_judged(FoundCode(code, ()), Image.new("L", (1, 1)), keys) for code in codes]
        if not all(isinstance(front, _Front) for front in fronts):
            said = [front for front in fronts if isinstance(front, Check)]
            return _examination(said[:1], ())
        known = [front for front in fronts if isinstance(front, _Front)]
        facts = known[0].facts
        noon = dt.datetime.combine(facts.issued_on, dt.time(12), _JST)
        verify_signature(pdf, keys.anchors(known[0].known.issuer), InstantMs(int(noon.timestamp() * 1000)))
        _require_one_issuer(known, document)
    except (ReadBackMismatch, BadSignature):
        return _examination([check("file_altered")], ())
    sheets = tuple(
        _finding(front, list(front.checks), behind.statement, b"")
        for front, behind in zip(known, document.backs, strict=True)
    )
    return _examination([check("file_genuine")], sheets)


def _require_one_issuer(known: Sequence[_Front], document: ReadBack) -> None:
    """All pages are of one issuer, and each back says what stands on its front; `BadSignature`."""
    if any(front.facts.municipality != known[0].facts.municipality for front in known):
        raise BadSignature("codes of several issuers")
    for page, back in zip(document.sheets, document.backs, strict=True):
        if back.statement.front.text != page.text:
            raise BadSignature("a back that is not its front's")


# --- paper


def _fronts_on(picture: Image.Image, keys: IssuerKeys) -> tuple[list[_Front], list[Check]]:
    found: list[_Front] = []
    said: list[Check] = []
    for code in _codes_on(picture):
        judged = _judged(code, picture, keys)
        if isinstance(judged, _Front):
            found.append(judged)
        else:
            said.append(judged)
    return found, said


def _codes_on(picture: Image.Image) -> tuple[FoundCode, ...]:
    """Codes on a picture; a bad copy is tried again smoothed, and enlarged."""
    if found := find_codes(picture):
        return found
    levelled = ImageOps.autocontrast(picture, cutoff=2)
    for radius in (0.8, 1.6):
        if found := find_codes(levelled.filter(ImageFilter.GaussianBlur(radius))):
            return found
    if max(picture.size) <= 2600:
        double = levelled.resize((picture.width * 2, picture.height * 2), Image.Resampling.BICUBIC)
        for radius in (0.0, 2.0):
            for one in find_codes(double.filter(ImageFilter.GaussianBlur(radius))):
                return (FoundCode(one.signed, tuple((x / 2, y / 2) for x, y in one.corners)),)
    return ()


def _judged(code: FoundCode, picture: Image.Image, keys: IssuerKeys) -> _Front | Check:
    try:
        known = keys.known(key_id_of(code.signed))
        if known is None:
            return check("code_unknown_issuer")
        facts = verify_code(code.signed, keys.by_id)
    except BadCode:
        return check("code_forged")
    if facts.municipality != known.issuer.municipality:
        return check("code_other_issuer")
    if not known.covers(facts.issued_on):
        return check("code_out_of_time")
    genuine = check("code_genuine", issuer=known.issuer.name_ja, issuer_en=known.issuer.name_en)
    return _Front(picture, code, facts, known, (genuine,))


def _paper_sheet(front: _Front, others: Sequence[Image.Image], keys: IssuerKeys) -> SheetFinding:
    said = list(front.checks)
    back = _back_of(front, others, keys)
    if not isinstance(back, tuple):
        return _finding(front, [*said, back], None, b"")
    statement, prints = back
    said.append(check("back_genuine"))
    drawn = redrawn(statement.front)
    comparison, straight = compared(front.picture, front.code.corners, statement.front, drawn)
    said.append(check(_compared_name(comparison)))
    if prints is not Print.UNCLEAR:
        said.append(check("print_first" if prints is Print.FIRST else "print_copy"))
    return _finding(front, said, statement, _png(marked(straight, comparison)), drawn)


def _compared_name(comparison: Comparison) -> str:
    if not comparison.compared:
        return "front_not_compared"
    if comparison.coarse:
        return "front_too_coarse"
    return "front_same" if comparison.alike else "front_different"


def _back_of(front: _Front, others: Sequence[Image.Image], keys: IssuerKeys) -> tuple[BackStatement, Print] | Check:
    """The statement on the back that opens with this front's code, wherever among the pictures it is."""
    seen = False
    for picture in (*others, front.picture):
        for tried, flat in enumerate(flat_backs(picture)):
            seen = True
            if tried >= _BACKS_TRIED:
                break
            try:
                statement, _ = verified_back(flat.cells(), front.code.signed, keys.by_id)
            except BadCode:
                continue
            return statement, flat.detection()
    return check("back_unreadable" if seen else "back_missing")


def _finding(
    front: _Front,
    said: list[Check],
    statement: BackStatement | None,
    uploaded_png: bytes,
    drawn: Image.Image | None = None,
) -> SheetFinding:
    facts, issuer = front.facts, front.known.issuer
    kind_ja, kind_en = KIND_TITLE[facts.kind]
    shown = b""
    if statement is not None:
        shown = _png(drawn or redrawn(statement.front))
    return SheetFinding(
        issuer=issuer.name_ja,
        issuer_en=issuer.name_en,
        municipality=issuer.municipality,
        kind=facts.kind.value,
        kind_ja=kind_ja,
        kind_en=kind_en,
        issued_on=facts.issued_on.isoformat(),
        serial_number=facts.serial_number,
        page=facts.page,
        pages=facts.pages,
        people=tuple(PersonShown(person.name, person.birth_date.isoformat()) for person in facts.people),
        checks=tuple(said),
        text="" if statement is None else statement.front.text,
        issued_png=shown,
        uploaded_png=uploaded_png,
    )


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=3)
    return out.getvalue()
