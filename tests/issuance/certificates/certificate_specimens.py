"""Invented people, an invented municipality and its test CA, for the tests of this room."""

from __future__ import annotations

import datetime as dt
import functools
import subprocess
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from PIL import Image

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.basis.text import individual_number_check_digit
from itaku.issuance.certificates.code import CodeSigner
from itaku.issuance.certificates.content import (
    Binding,
    ForeignStatus,
    IssuerText,
    PersonContent,
    ResidentRecord,
    SealRegistration,
    Sex,
)
from itaku.issuance.certificates.fonts import installed_font
from itaku.issuance.certificates.render import Renderer
from itaku.issuance.certificates.seal import draw_office_seal, draw_personal_seal
from itaku.issuance.certificates.signing import DocumentSigner

DAY = dt.date(2026, 11, 21)
NOW = InstantMs(1_795_222_800_000)
KEY_ID = b"132985-1"
CODE_KEY = ec.derive_private_key(20261121, ec.SECP256R1())


def number(eleven: str) -> str:
    return eleven + str(individual_number_check_digit(eleven))


def person(name: str = "葛\U000e0102城　𠮷之助", **changes: object) -> PersonContent:
    usual = PersonContent(
        name=name,
        alias="",
        birth_date=dt.date(1984, 3, 14),
        sex=Sex.MALE,
        address="汐見市中央一丁目2番3号　コーポ汐見　203号室",
        became_resident_on=dt.date(2011, 4, 1),
        address_since=dt.date(2015, 10, 1),
        notified_on=dt.date(2015, 10, 3),
        previous_address="東京都千代田区丸の内九丁目9番9号",
        head_name=name,
        relation="世帯主",
        registered_domicile="汐見市浜町四丁目56番地",
        family_register_head=name,
        individual_number=number("12345678901"),
        foreign=None,
    )
    return msgspec.structs.replace(usual, **changes)


def foreigner(name: str = "NGUYEN THI MINH KHAI", **changes: object) -> PersonContent:
    facts = ForeignStatus(
        nationality="ベトナム",
        category="中長期在留者",
        status="技術・人文知識・国際業務",
        period="3年",
        expires_on=dt.date(2027, 5, 7),
        card_number="AB12345678CD",
    )
    usual = person(
        name, alias="阮　明開", registered_domicile=None, family_register_head=None, foreign=facts, is_foreign=True
    )
    return msgspec.structs.replace(usual, **changes)


def household(*people: PersonContent, whole: bool = True) -> ResidentRecord:
    return ResidentRecord(people or (person(),), whole)


def family_of(size: int) -> ResidentRecord:
    return household(*(person(f"汐見　{'一二三四五六七八九'[index]}子") for index in range(size)))


def seal_registration(**changes: object) -> SealRegistration:
    usual = SealRegistration(
        name="葛\U000e0102城　𠮷之助",
        alias="",
        birth_date=dt.date(1984, 3, 14),
        address="汐見市中央一丁目2番3号　コーポ汐見　203号室",
        seal_png=draw_personal_seal("葛城"),
    )
    return msgspec.structs.replace(usual, **changes)


def binding(resident: int = 0x22, application: int = 0x11) -> Binding:
    return Binding(
        IssuanceId(bytes(range(16))), bytes((application,)) * 32, bytes((resident,)) * 32, "7K2M-93QXT-4HWP2"
    )


@functools.cache
def issuer() -> IssuerText:
    return IssuerText("132985", "汐見市", "汐見市長", "汐見　太郎", draw_office_seal("汐見市長之印"))


@functools.cache
def renderer() -> Renderer:
    return Renderer(issuer(), CodeSigner(CODE_KEY, KEY_ID), installed_font())


def rendered(content: ResidentRecord | SealRegistration, bound: Binding | None = None, day: dt.date = DAY) -> bytes:
    return renderer().render(content, bound or binding(), day, NOW).pdf


def _name(text: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, text)]
    )


def certificate(
    key: object,
    issuer_key: object,
    *,
    subject: str,
    authority: str,
    ca: bool = False,
    path_length: int | None = None,
    signing: bool = True,
    until: int = 2040,
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=signing and not ca,
        content_commitment=signing and not ca,
        key_encipherment=not signing,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(authority))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(until, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


CA_KEY = ec.generate_private_key(ec.SECP256R1())
CA = certificate(CA_KEY, CA_KEY, subject="Test CA", authority="Test CA", ca=True)
LEAF_KEY = ec.generate_private_key(ec.SECP256R1())
LEAF = certificate(LEAF_KEY, CA_KEY, subject="Shiomi", authority="Test CA")


def signer() -> DocumentSigner:
    return DocumentSigner(LEAF_KEY, LEAF, ())


def signed(pdf: bytes) -> bytes:
    return signer().sign(pdf, NOW)


def raster(pdf: bytes, folder: Path, dpi: int, sheet: int = 1, *, gray: bool = True, back: bool = False) -> Image.Image:
    """One side of a sheet as poppler draws it."""
    page = 2 * sheet - (not back)
    source, target = folder / "page.pdf", folder / f"page-{dpi}-{page}"
    source.write_bytes(pdf)
    command = ["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-singlefile", "-png"]
    subprocess.run([*command, *(["-gray"] if gray else []), source, target], check=True)
    with Image.open(target.with_suffix(".png")) as image:
        return image.convert("L" if gray else "RGB")
