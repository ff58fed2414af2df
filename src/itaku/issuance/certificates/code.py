"""The signed 2-D code: who issued which certificate with what content, to be verified from paper without a network.

COSE_Sign1 with ES256 (RFC 9052), base45 (RFC 9285), QR code. It proves issuer and content; whether the set was
refunded and is void can only be asked online, and the page says so. The payload is minimal so that a module is 0.508 mm
(12 dots at 600 dpi): such a code was still read from a bad 150-dpi copy, one of 0.31 mm was not.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import base45
import cbor2
import msgspec
import zxingcpp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from PIL import Image

from itaku.issuance.certificates.cms import TokenKey
from itaku.issuance.certificates.failures import BadCode, TextTooLong
from itaku.issuance.protocol.kinds import Kind

MODULE_MM = 12 / 600 * 25.4
"""Edge of a module on paper, 12 dots at 600 dpi."""
LARGEST_MODULES = 73
"""Version 14; a page whose people's names need more does not fit the form."""
_MASK = 2
"""Trying all eight masks takes seven times as long; over signed data, which look like noise, this one's penalty is on
average 3 % above that of the best for each code, and less than any other's."""
_DOTS = 6
"""Pixels to a module in the document; two dots at 600 dpi to each."""
_QUIET = 4
"""Modules of white around a code."""
_EDGE_TOLERANCE_MM = 0.05
_GREYS = bytes.maketrans(b"01", b"\x00\xff")
_BITS = bytes.maketrans(b"\x00\xff", b"01")

_PREFIX = "ITAKU1:"
_KINDS = (
    Kind.RESIDENT_RECORD,
    Kind.SEAL_REGISTRATION,
    Kind.RESIDENT_RECORD_ITEMS,
    Kind.INCOME,
    Kind.TAXATION,
    Kind.TAX_PAYMENT,
    Kind.FAMILY_REGISTER_ALL,
    Kind.FAMILY_REGISTER_INDIVIDUAL,
    Kind.FAMILY_REGISTER_ADDRESS,
)
"""A kind's number in the code is its place here; paper is out with these numbers, so new kinds come at the end."""
_EPOCH = dt.date(1900, 1, 1)
_SIGN1_TAG = 18
_ES256 = -7
FRONT_CONTEXT = b""
"""What is signed in it is the code of a front."""
BACK_CONTEXT = b"itaku back side 1"
"""What is signed in it is the statement of a back, and no code of a front."""


class CodedPerson(msgspec.Struct, frozen=True):
    """Name and birth date of one person on the page."""

    name: str
    birth_date: dt.date


class CodeFacts(msgspec.Struct, frozen=True):
    """What one page's code says."""

    municipality: str
    kind: Kind
    serial_number: str
    issued_on: dt.date
    page: int
    pages: int
    people: tuple[CodedPerson, ...]
    text_digest: bytes
    """SHA-256 over the page's text, see `text_digest`."""


def squeezed(text: str) -> str:
    """The text without any white space: how lines are broken and spread is no part of what a page says."""
    return "".join(text.split())


def text_digest(text: str, impression_digest: bytes = b"") -> bytes:
    """SHA-256 over all text of a page in reading order, and over the pixels of a registered impression on it."""
    return hashlib.sha256(squeezed(text).encode("utf-8") + b"\x00" + impression_digest).digest()


class CodeKey(Protocol):
    """The municipality's key for 2-D codes, wherever it is."""

    def sign_code(self, payload: bytes, context: bytes) -> bytes:
        """The signature over a payload in its context: r and s, 32 bytes each."""
        ...


class HeldCodeKey:
    """Keeps `CodeKey` with an ECDSA P-256 key of this process, or the way to one in an HSM; `TypeError` for another.

    A key of this process signs the same payload the same way (RFC 6979), so that a document can be made again.
    """

    def __init__(self, key: ec.EllipticCurvePrivateKey | TokenKey, key_id: bytes) -> None:
        public = key.public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
            raise TypeError("ES256 needs a P-256 key")
        self._key = key
        self._algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        self._protected = _protected(key_id)

    def sign_code(self, payload: bytes, context: bytes) -> bytes:
        """See `CodeKey`."""
        message = _to_be_signed(self._protected, payload, context)
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            der = self._key.sign(message, self._algorithm)
        else:
            der = self._key.sign_message(message)
        r, s = decode_dss_signature(der)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class CodeSigner:
    """Makes 2-D codes; `key_id` tells verifiers which public key to take."""

    def __init__(self, key: ec.EllipticCurvePrivateKey | CodeKey, key_id: bytes) -> None:
        self._key = HeldCodeKey(key, key_id) if isinstance(key, ec.EllipticCurvePrivateKey) else key
        self._protected = _protected(key_id)

    def sign(self, facts: CodeFacts) -> bytes:
        """COSE_Sign1 over the facts."""
        return self.sign_payload(cbor2.dumps(_to_claims(facts), canonical=True), FRONT_CONTEXT)

    def sign_payload(self, payload: bytes, context: bytes) -> bytes:
        """COSE_Sign1 over bytes that hold in one context only: what is signed for a back is no code of a front."""
        signature = self._key.sign_code(payload, context)
        signed: bytes = cbor2.dumps(cbor2.CBORTag(_SIGN1_TAG, [self._protected, {}, payload, signature]))
        return signed


def code_signature_holds(
    public: ec.EllipticCurvePublicKey, key_id: bytes, payload: bytes, context: bytes, signature: bytes
) -> bool:
    """Whether r and s are this key's over the payload in its context."""
    if len(signature) != 64:
        return False
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    try:
        public.verify(der, _to_be_signed(_protected(key_id), payload, context), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def facts_in(payload: bytes) -> CodeFacts:
    """The facts that a front's payload says, unsigned as it is; `BadCode` if it is none."""
    try:
        return _from_claims(_whole(payload))
    except (cbor2.CBORDecodeError, KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        raise BadCode("not a certificate code") from error


def _protected(key_id: bytes) -> bytes:
    protected: bytes = cbor2.dumps({1: _ES256, 4: key_id}, canonical=True)
    return protected


def code_rows(signed: bytes) -> tuple[bytes, int, float]:
    """The QR code (level M, without quiet zone) as rows of 1-bit pixels, its edge in pixels, and in mm on paper.

    Eight pixels to a byte, 1 for white, each row filled up with zeros to whole bytes.
    """
    text = _PREFIX + base45.b45encode(signed).decode("ascii")
    barcode = zxingcpp.create_barcode(text, zxingcpp.QRCode, ec_level="M", data_mask=_MASK)
    matrix = barcode.to_image(scale=1, add_quiet_zones=False)
    modules = matrix.shape[0]
    if modules > LARGEST_MODULES:
        raise TextTooLong
    pixels = bytes(memoryview(matrix))  # type: ignore[arg-type]  # its stub does not tell of the buffer protocol
    bits = pixels.translate(_BITS).decode("ascii")
    edge = modules * _DOTS
    stride = -(-edge // 8)
    rows: list[bytes] = []
    for at in range(0, len(bits), modules):
        wide = bits[at : at + modules].replace("0", "0" * _DOTS).replace("1", "1" * _DOTS)
        rows.append(int(wide.ljust(8 * stride, "0"), 2).to_bytes(stride, "big") * _DOTS)
    return b"".join(rows), edge, modules * MODULE_MM


def code_image(signed: bytes) -> tuple[Image.Image, float]:
    """The QR code (level M, without quiet zone) as a 1-bit image, and its edge in millimetres on paper."""
    rows, edge, edge_mm = code_rows(signed)
    return Image.frombytes("1", (edge, edge), rows), edge_mm


class FoundCode(msgspec.Struct, frozen=True):
    """A certificate's code on a picture: its signed bytes, and its corners clockwise from the upper left, in pixels."""

    signed: bytes
    corners: tuple[tuple[float, float], ...]


def find_codes(image: Image.Image) -> tuple[FoundCode, ...]:
    """All certificate codes on a grey scan or photograph, each once; what is spoilt or of another kind is left out."""
    found: dict[bytes, FoundCode] = {}
    for barcode in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.QRCode)):
        try:
            signed = _signed_bytes([barcode])
        except BadCode:
            continue
        place = barcode.position
        corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        found.setdefault(signed, FoundCode(signed, tuple((float(at.x), float(at.y)) for at in corners)))
    return tuple(found.values())


def read_code(image: Image.Image) -> bytes:
    """The signed bytes of the one certificate code on a scan or photograph; `BadCode` if it finds none or two."""
    return _signed_bytes(zxingcpp.read_barcodes(image.convert("L"), formats=zxingcpp.BarcodeFormats(zxingcpp.QRCode)))


def read_drawn_code(pixels: bytes, edge: int, edge_mm: float) -> bytes:
    """The signed bytes of a code in the pixels that a document draws (1-bit, `edge` squared, `edge_mm` on paper).

    `BadCode` unless each module is a full square of one colour and of its size on paper.
    """
    count = edge // _DOTS
    rows = _module_rows(pixels, edge)
    if abs(edge_mm - count * MODULE_MM) > _EDGE_TOLERANCE_MM:
        raise BadCode("size of the modules")
    white = b"\xff" * _QUIET
    above = b"\xff" * (_QUIET * (count + 2 * _QUIET))
    samples = above + b"".join(white + row + white for row in rows) + above
    sheet = Image.frombytes("L", (count + 2 * _QUIET, count + 2 * _QUIET), samples)
    return _signed_bytes(
        zxingcpp.read_barcodes(
            sheet,
            formats=zxingcpp.BarcodeFormats(zxingcpp.QRCode),
            is_pure=True,
            try_rotate=False,
            try_downscale=False,
            try_invert=False,
            binarizer=zxingcpp.Binarizer.BoolCast,
        )
    )


def _module_rows(pixels: bytes, edge: int) -> list[bytes]:
    """The modules of each row, 0 for black and 255 for white; `BadCode` if a module is not of one colour throughout."""
    stride = -(-edge // 8)
    if edge <= 0 or edge % _DOTS or len(pixels) != stride * edge:
        raise BadCode("pixels")
    rows: list[bytes] = []
    for at in range(0, len(pixels), _DOTS * stride):
        line = pixels[at : at + stride]
        bits = f"{int.from_bytes(line, 'big'):0{8 * stride}b}"[:edge]
        modules = bits[::_DOTS]
        wide = modules.replace("0", "0" * _DOTS).replace("1", "1" * _DOTS)
        if bits != wide or pixels[at : at + _DOTS * stride] != line * _DOTS:
            raise BadCode("modules")
        rows.append(modules.encode("ascii").translate(_GREYS))
    return rows


def _signed_bytes(barcodes: Sequence[zxingcpp.Barcode]) -> bytes:
    found = {barcode.text for barcode in barcodes if barcode.text.startswith(_PREFIX)}
    if len(found) != 1:
        raise BadCode(f"{len(found)} codes")
    try:
        decoded: bytes = base45.b45decode(found.pop().removeprefix(_PREFIX))
    except ValueError as error:
        raise BadCode("not base45") from error
    return decoded


def verify_code(payload: bytes, keys: Mapping[bytes, ec.EllipticCurvePublicKey]) -> CodeFacts:
    """The facts of a code that `read_code` read, if one of the known keys signed them; raises `BadCode`."""
    return facts_in(verified_payload(payload, keys, FRONT_CONTEXT))


def verified_payload(signed: bytes, keys: Mapping[bytes, ec.EllipticCurvePublicKey], context: bytes) -> bytes:
    """What `CodeSigner.sign_payload` signed in this context, if one of the known keys did; raises `BadCode`."""
    try:
        protected, unprotected, payload, signature = _parts(signed)
        header = _whole(protected)
        if unprotected != {} or header.keys() != {1, 4} or header[1] != _ES256 or header[4] not in keys:
            raise BadCode("no known key")
        if len(signature) != 64:
            raise BadCode("signature")
        der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        keys[header[4]].verify(der, _to_be_signed(protected, payload, context), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise BadCode("signature") from error
    except (cbor2.CBORDecodeError, AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        raise BadCode("not a certificate code") from error
    return payload


def key_id_of(signed: bytes) -> bytes:
    """Which key a code says that signed it; `BadCode` if it is no such code."""
    try:
        key_id = _whole(_parts(signed)[0])[4]
    except (cbor2.CBORDecodeError, AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadCode("not a certificate code") from error
    if not isinstance(key_id, bytes):
        raise BadCode("not a certificate code")
    return key_id


def unverified_payload(signed: bytes) -> bytes:
    """What was signed, whoever signed it: for the issuer's own read-back. Raises `BadCode` if it is no such thing."""
    try:
        return _parts(signed)[2]
    except (cbor2.CBORDecodeError, TypeError, ValueError, OverflowError) as error:
        raise BadCode("not a certificate code") from error


def unverified_facts(payload: bytes) -> CodeFacts:
    """What a code says, whoever signed it: for the issuer's own read-back. Raises `BadCode` if it is no such code."""
    try:
        return _from_claims(_whole(_parts(payload)[2]))
    except (cbor2.CBORDecodeError, KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        raise BadCode("not a certificate code") from error


def _whole(data: bytes) -> Any:
    """The one CBOR item that the data are; `ValueError` for anything after it."""
    stream = io.BytesIO(data)
    value = cbor2.CBORDecoder(stream, read_size=1).decode()
    if stream.read(1):
        raise ValueError("something after the item")
    return value


def _parts(payload: bytes) -> tuple[bytes, dict[Any, Any], bytes, bytes]:
    tagged = _whole(payload)
    if not isinstance(tagged, cbor2.CBORTag) or tagged.tag != _SIGN1_TAG:
        raise BadCode("not COSE_Sign1")
    protected, unprotected, claims, signature = tagged.value
    if not all(isinstance(part, bytes) for part in (protected, claims, signature)):
        raise BadCode("not COSE_Sign1")
    return protected, unprotected, claims, signature


def _to_be_signed(protected: bytes, payload: bytes, context: bytes) -> bytes:
    """Sig_structure (RFC 9052, 4.4); the context is its externally supplied data."""
    structure: bytes = cbor2.dumps(["Signature1", protected, context, payload])
    return structure


def _to_claims(facts: CodeFacts) -> dict[int, object]:
    return {
        1: facts.municipality,
        2: _KINDS.index(facts.kind),
        3: facts.serial_number,
        4: (facts.issued_on - _EPOCH).days,
        5: [facts.page, facts.pages],
        6: [[person.name, (person.birth_date - _EPOCH).days] for person in facts.people],
        7: facts.text_digest,
    }


def _from_claims(claims: dict[int, Any]) -> CodeFacts:
    if claims.keys() != set(range(1, 8)):
        raise BadCode("not a certificate code")
    facts = CodeFacts(
        municipality=claims[1],
        kind=_KINDS[claims[2]],
        serial_number=claims[3],
        issued_on=_EPOCH + dt.timedelta(days=claims[4]),
        page=claims[5][0],
        pages=claims[5][1],
        people=tuple(CodedPerson(name, _EPOCH + dt.timedelta(days=born)) for name, born in claims[6]),
        text_digest=claims[7],
    )
    return msgspec.convert(msgspec.to_builtins(facts, builtin_types=(bytes, dt.date)), CodeFacts, strict=True)
