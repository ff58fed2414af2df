"""The signature: valid to other programs, and broken by any change at all."""

from __future__ import annotations

import io
import re
import subprocess

import pikepdf
import pytest
from asn1crypto import x509 as asn1_x509
from certificate_specimens import (
    CA,
    CA_KEY,
    LEAF,
    LEAF_KEY,
    NOW,
    certificate,
    family_of,
    household,
    rendered,
    seal_registration,
    signed,
    signer,
)
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from itaku.basis.clock import InstantMs
from itaku.issuance.certificates.failures import BadSignature, RenderFailed
from itaku.issuance.certificates.signing import DocumentSigner, verify_signature


@pytest.fixture(scope="module")
def document():
    return signed(rendered(household()))


def pyhanko_status(pdf, anchor=CA):
    reader = PdfFileReader(io.BytesIO(pdf))
    (embedded,) = reader.embedded_signatures
    root = asn1_x509.Certificate.load(anchor.public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    return validate_pdf_signature(embedded, context)


@pytest.mark.parametrize("content", [household(), family_of(4), seal_registration()], ids=["one", "two", "seal"])
def test_other_programs_find_the_signature_valid_over_the_whole_file(content, tmp_path):
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed(rendered(content)))
    said = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    checked = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=True)
    assert "No syntax or stream encoding errors found" in checked.stdout
    status = pyhanko_status(path.read_bytes())
    assert status.bottom_line
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE


def test_the_signed_file_still_claims_pdf_a_and_pdf_ua_and_is_tagged_in_japanese(document):
    with pikepdf.open(io.BytesIO(document)) as pdf:
        metadata = bytes(pdf.Root.Metadata.read_raw_bytes()).decode()
        assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in metadata
        assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "ja"
        assert str(pdf.docinfo["/Title"]) == "住民票の写し"
        figures = [node for node in pdf.objects if isinstance(node, pikepdf.Dictionary) and node.get("/S") == "/Figure"]
        assert {str(figure.Alt) for figure in figures} == {
            "汐見市長の公印",
            "発行者と記載内容を確かめるための二次元コード",
            "表の記載を署名して暗号にした画像",
            "複写を見分けるための模様",
        }


def test_the_signer_is_found(document):
    assert verify_signature(document, [CA], NOW) == LEAF


def test_one_flipped_bit_anywhere_is_noticed(document):
    for offset in [*range(0, len(document), 997), *range(len(document) - 1500, len(document), 13)]:
        changed = bytearray(document)
        changed[offset] ^= 0x01
        with pytest.raises(BadSignature):
            verify_signature(bytes(changed), [CA], NOW)


def test_appended_bytes_are_refused(document):
    for more in (b"\n", b"%", b"1 0 obj\n<<>>\nendobj\n"):
        with pytest.raises(BadSignature):
            verify_signature(document + more, [CA], NOW)
    with pytest.raises(BadSignature):
        verify_signature(document[:-1], [CA], NOW)


def test_a_second_revision_or_signature_is_refused(document, tmp_path):
    with pytest.raises(RenderFailed):
        signed(document)
    paths = {}
    for name, data in {"key": None, "leaf": LEAF, "ca": CA}.items():
        paths[name] = tmp_path / f"{name}.pem"
        if data is not None:
            paths[name].write_bytes(data.public_bytes(Encoding.PEM))
    leaf = load_cert_from_pemder(paths["leaf"])
    from asn1crypto import keys
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat

    key = LEAF_KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    second = signers.SimpleSigner(
        signing_cert=leaf, signing_key=keys.PrivateKeyInfo.load(key), cert_registry=SimpleCertificateStore()
    )
    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(document))
    metadata = signers.PdfSignatureMetadata(field_name="second", subfilter=fields.SigSeedSubFilter.PADES)
    signers.sign_pdf(writer, metadata, signer=second, output=out)
    with pytest.raises(BadSignature):
        verify_signature(out.getvalue(), [CA], NOW)
    update = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(document))
    writer.root["/Extra"] = writer.root["/Lang"]
    writer.update_root()
    writer.write(update)
    with pytest.raises(BadSignature):
        verify_signature(update.getvalue(), [CA], NOW)


def test_a_signature_that_leaves_out_part_of_the_file_is_refused(document):
    match = re.search(rb"/ByteRange\[0 (\d+) (\d+) (\d+)\]", document)
    shorter = b"/ByteRange[0 %b %b %010d]" % (match[1], match[2], int(match[3]) - 1)
    with pytest.raises(BadSignature):
        verify_signature(document.replace(match[0], shorter), [CA], NOW)


def test_an_issuer_of_the_same_name_with_another_key_is_a_stranger(document):
    stranger_key = ec.generate_private_key(ec.SECP256R1())
    stranger = certificate(stranger_key, stranger_key, subject="Test CA", authority="Test CA", ca=True)
    with pytest.raises(BadSignature):
        verify_signature(document, [stranger], NOW)
    assert verify_signature(document, [stranger, CA], NOW) == LEAF
    with pytest.raises(BadSignature):
        verify_signature(document, [], NOW)


def test_a_certificate_out_of_its_time_is_refused(document):
    year_2041, year_2019 = InstantMs(2_241_000_000_000), InstantMs(1_560_000_000_000)
    for at in (year_2041, year_2019):
        with pytest.raises(BadSignature):
            verify_signature(document, [CA], at)


def test_the_path_may_lead_through_an_intermediate_ca_but_not_through_a_leaf():
    middle_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
    middle = certificate(middle_key, CA_KEY, subject="Middle", authority="Test CA", ca=True, path_length=0)
    leaf = certificate(leaf_key, middle_key, subject="Shiomi", authority="Middle")
    pdf = rendered(household())
    through_ca = DocumentSigner(leaf_key, leaf, (middle,)).sign(pdf, NOW)
    assert verify_signature(through_ca, [CA], NOW) == leaf
    assert pyhanko_status(through_ca).bottom_line
    with pytest.raises(BadSignature):
        verify_signature(DocumentSigner(leaf_key, leaf, ()).sign(pdf, NOW), [CA], NOW)
    under_leaf = certificate(leaf_key, LEAF_KEY, subject="Impostor", authority="Shiomi")
    with pytest.raises(BadSignature):
        verify_signature(DocumentSigner(leaf_key, under_leaf, (LEAF,)).sign(pdf, NOW), [CA], NOW)


def test_a_certificate_for_other_purposes_signs_no_document():
    pdf = rendered(household())
    for changes in ({"signing": False}, {"ca": True}):
        other = certificate(LEAF_KEY, CA_KEY, subject="Shiomi", authority="Test CA", **changes)
        with pytest.raises(BadSignature):
            verify_signature(DocumentSigner(LEAF_KEY, other, ()).sign(pdf, NOW), [CA], NOW)


def test_rsa_signs_as_well():
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    leaf = certificate(key, CA_KEY, subject="Shiomi", authority="Test CA")
    document = DocumentSigner(key, leaf, ()).sign(rendered(household()), NOW)
    assert verify_signature(document, [CA], NOW) == leaf
    assert pyhanko_status(document).bottom_line


def test_a_signer_needs_the_certificate_of_its_key():
    with pytest.raises(ValueError, match="another key"):
        DocumentSigner(CA_KEY, LEAF, ())


def test_what_is_no_document_of_ours_is_neither_signed_nor_accepted():
    for data in (b"", b"%PDF-1.7\n", b"hello" * 100):
        with pytest.raises(RenderFailed):
            signer().sign(data, NOW)
        with pytest.raises(BadSignature):
            verify_signature(data, [CA], NOW)
