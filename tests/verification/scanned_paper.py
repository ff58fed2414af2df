"""What a hasty hand makes of paper on a scanner, and the keys that an issuer publishes."""

from __future__ import annotations

import datetime as dt
import io
import random

from certificate_specimens import CA, CODE_KEY, KEY_ID
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image, ImageFilter

from itaku.verification.keys import CodeKey, Issuer


def issuer(**changes):
    pem = CODE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    key = CodeKey(KEY_ID.decode(), pem, dt.date(2026, 1, 1), dt.date(2036, 1, 1))
    usual = {"codes": (key,), "documents": (CA.public_bytes(Encoding.PEM).decode(),), "municipality": "132985"}
    return Issuer(name_ja="汐見市", name_en="Shiomi City", **usual | changes)


def scanned(picture, angle=1.3, blur=1.0, grain=0.15, quality=60, threshold=None, seed=3):
    """Laid askew, unsharp, grainy, packed as JPEG, and black and white where a threshold is given."""
    scan = picture.rotate(angle, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    scan = scan.filter(ImageFilter.GaussianBlur(blur))
    noise = Image.frombytes("L", scan.size, random.Random(seed).randbytes(scan.width * scan.height))
    out = io.BytesIO()
    Image.blend(scan, noise, grain).save(out, "JPEG", quality=quality)
    with Image.open(out) as packed:
        grey = packed.convert("L")
    return grey if threshold is None else grey.point(lambda value: 255 if value > threshold else 0)


def as_file(picture, kind="JPEG", **options):
    out = io.BytesIO()
    picture.save(out, kind, **({"quality": 75} if kind == "JPEG" else {}) | options)
    return out.getvalue()


def names(checks):
    return [one.name for one in checks]
