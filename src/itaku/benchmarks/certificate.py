"""The cost of a certificate, measured: ours, and the same page by WeasyPrint and pyHanko in the same run.

Both make 住民票の写し of one person with copy-warning tint, signed 2-D code and office seal as PDF/A-2a, and sign it as
PAdES B-B with one P-256 key. The content changes with every call: a typesetter that sees the same text again is faster
than it will ever be in service.
"""

from __future__ import annotations

import base64
import datetime as dt
import html
import io
import random
import statistics
import time
from collections.abc import Callable

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from PIL import Image

from itaku.basis.clock import InstantMs
from itaku.basis.eras import era_date
from itaku.basis.randomness import IssuanceId
from itaku.basis.text import individual_number_check_digit
from itaku.benchmarks.figure import Figure
from itaku.issuance.certificates.check import check_document
from itaku.issuance.certificates.code import CodedPerson, CodeFacts, CodeSigner, code_image, text_digest
from itaku.issuance.certificates.composition import WORDS, compose, mayor_line, notes
from itaku.issuance.certificates.content import Binding, IssuerText, PersonContent, ResidentRecord, Sex
from itaku.issuance.certificates.fonts import FAMILY, installed_font
from itaku.issuance.certificates.layout import Fitter, text_of
from itaku.issuance.certificates.pattern import copy_warning_tile
from itaku.issuance.certificates.readback import compare, read_back
from itaku.issuance.certificates.render import Renderer
from itaku.issuance.certificates.seal import draw_office_seal
from itaku.issuance.certificates.signing import DocumentSigner
from itaku.issuance.protocol.kinds import Kind

_DAY = dt.date(2026, 11, 21)
_AT = InstantMs(1_795_222_800_000)
_OURS_CALLS, _GUARD_CALLS, _THEIRS_CALLS = 60, 40, 9

Make = Callable[[ResidentRecord, Binding], bytes]


class _Desk:
    """Keys, issuer and random content of one run."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 content of a measurement, replayable on purpose
        self.key = ec.generate_private_key(ec.SECP256R1())
        ca_key = ec.generate_private_key(ec.SECP256R1())
        self.anchor = _certificate("benchmark CA", ca_key, ca_key)
        self.certificate = _certificate("benchmark", self.key, ca_key)
        self.code_signer = CodeSigner(ec.generate_private_key(ec.SECP256R1()), b"bench")
        self.issuer = IssuerText("132985", "汐見市", "汐見市長", "汐見　太郎", draw_office_seal("汐見市長之印"))

    def content(self) -> ResidentRecord:
        """One person, invented anew."""
        pick = self.random.choice
        name = f"{pick('山川田中村上下葛辻')}{pick('本口島﨑谷沢')}　{pick('太一二健美𠮷')}{pick('郎助子代也')}"
        street = f"{self.random.randint(1, 99)}番{self.random.randint(1, 99)}号"
        eleven = f"{self.random.randrange(10**11):011}"
        person = PersonContent(
            name=name,
            alias="",
            birth_date=dt.date(1940, 1, 1) + dt.timedelta(days=self.random.randrange(25000)),
            sex=pick((Sex.MALE, Sex.FEMALE)),
            address=f"汐見市{pick('浜港岬丘谷森')}町{pick('一二三四五')}丁目{street}",
            became_resident_on=dt.date(2011, 4, 1),
            address_since=dt.date(2015, 10, 1),
            notified_on=dt.date(2015, 10, 3),
            previous_address=f"東京都千代田区丸の内九丁目{street}",
            head_name=name,
            relation="世帯主",
            registered_domicile=f"汐見市{pick('浜港岬丘谷森')}町{street}",
            family_register_head=name,
            individual_number=eleven + str(individual_number_check_digit(eleven)),
            foreign=None,
        )
        return ResidentRecord((person,), whole=True)

    def binding(self) -> Binding:
        """A binding, invented anew."""
        token = self.random.randbytes
        return Binding(
            IssuanceId(token(16)), token(32), token(32), f"{token(2).hex()}-{token(3).hex()}-{token(2).hex()}"
        )


def run(seed: int = 1) -> list[Figure]:
    """Measures for about ten seconds; without WeasyPrint and pyHanko installed, ours alone."""
    desk = _Desk(seed)
    renderer = Renderer(desk.issuer, desk.code_signer, installed_font())
    renderer.warm()
    signer = DocumentSigner(desk.key, desk.certificate, ())

    def ours(content: ResidentRecord, binding: Binding) -> bytes:
        return signer.sign(renderer.render(content, binding, _DAY, _AT).pdf, _AT)

    our_ms, our_bytes = _measured(desk, ours, _OURS_CALLS)
    figures = [
        Figure(
            "certificate: made and signed",
            our_ms,
            "ms CPU",
            f"composed, coded, typeset, signed; {our_bytes // 1024} KB",
        ),
        *_guards(desk, ours),
    ]
    try:
        theirs = _weasyprint_and_pyhanko(desk)
    except ImportError:
        return figures
    their_ms, their_bytes = _measured(desk, theirs, _THEIRS_CALLS)
    return [
        *figures,
        Figure(
            "certificate: WeasyPrint and pyHanko", their_ms, "ms CPU", f"same page and key; {their_bytes // 1024} KB"
        ),
        Figure("certificate: WeasyPrint and pyHanko over ours", their_ms / our_ms, "x", "same machine, same run"),
    ]


def _measured(desk: _Desk, make: Make, calls: int) -> tuple[float, int]:
    """Median CPU milliseconds and bytes, after two calls that do not count."""
    spent: list[float] = []
    size = 0
    for call in range(calls + 2):
        content, binding = desk.content(), desk.binding()
        began = time.process_time()
        document = make(content, binding)
        if call >= 2:
            spent.append((time.process_time() - began) * 1000)
        size = len(document)
    return statistics.median(spent), size


def _guards(desk: _Desk, make: Make) -> list[Figure]:
    """What the guards add: read-back at the municipality, check at the kiosk."""
    back_ms: list[float] = []
    check_ms: list[float] = []
    for _ in range(_GUARD_CALLS + 2):
        content, binding = desk.content(), desk.binding()
        document = make(content, binding)
        began = time.process_time()
        compare(read_back(document), content, binding, desk.issuer)
        middle = time.process_time()
        check_document(document, [desk.anchor], _AT, binding.issuance_id, binding.application_digest)
        back_ms.append((middle - began) * 1000)
        check_ms.append((time.process_time() - middle) * 1000)
    return [
        Figure(
            "certificate: read back and compared",
            statistics.median(back_ms[2:]),
            "ms CPU",
            "text, outlines, images and code of one page",
        ),
        Figure(
            "certificate: checked at the kiosk", statistics.median(check_ms[2:]), "ms CPU", "signature, id and digest"
        ),
    ]


def _weasyprint_and_pyhanko(desk: _Desk) -> Make:
    """The same page as HTML through WeasyPrint, signed by pyHanko, each used as its documentation says."""
    # Alternatives are installed with the developers' packages only.
    from asn1crypto import keys  # type: ignore[import-untyped]  # noqa: PLC0415
    from asn1crypto import x509 as asn1_x509  # noqa: PLC0415
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415
    from pyhanko.sign import fields, signers  # noqa: PLC0415
    from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: PLC0415
    from weasyprint import HTML  # noqa: PLC0415
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    key = desk.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(desk.certificate.public_bytes(Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )
    metadata = signers.PdfSignatureMetadata(field_name="signature", subfilter=fields.SigSeedSubFilter.PADES)
    configuration = FontConfiguration()
    images: dict[str, object] = {}  # WeasyPrint's own cache: tile and seal are decoded once
    fitter = Fitter(installed_font())
    tile, seal = (
        _data_uri(copy_warning_tile()),
        "data:image/png;base64," + base64.b64encode(desk.issuer.seal_png).decode(),
    )

    def make(content: ResidentRecord, binding: Binding) -> bytes:
        page = _page_html(desk, content, binding, fitter, tile, seal)
        pdf = HTML(string=page).write_pdf(font_config=configuration, pdf_variant="pdf/a-2a", cache=images)
        out = io.BytesIO()
        signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), metadata, signer=signer, output=out)
        return out.getvalue()

    return make


def _page_html(desk: _Desk, content: ResidentRecord, binding: Binding, fitter: Fitter, tile: str, seal: str) -> str:
    """The page with the very cells of our form."""
    composition = compose(content, fitter)
    (page,) = composition.pages
    words = WORDS[Kind.RESIDENT_RECORD]
    facts = CodeFacts(
        municipality=desk.issuer.municipality,
        kind=Kind.RESIDENT_RECORD,
        serial_number=binding.serial_number,
        issued_on=_DAY,
        page=1,
        pages=1,
        people=tuple(CodedPerson(person.name, person.birth_date) for person in content.people),
        text_digest=text_digest(text_of(page.blocks)),
    )
    image, edge_mm = code_image(desk.code_signer.sign(facts))
    rows = "".join(
        f'<tr style="height:{row.height_mm}mm">'
        + "".join(
            f'<td colspan="{cell.span}" style="font-size:{cell.size_pt}pt">'
            + "<br>".join(map(html.escape, cell.lines))
            + "</td>"
            for cell in row.cells
        )
        + "</tr>"
        for block in page.blocks
        for row in block.rows
    )
    columns = "".join(f'<col style="width:{width}mm">' for width in page.blocks[0].columns_mm)
    binding_text = msgspec.json.encode({"issuance": bytes(binding.issuance_id).hex()}).decode()
    return f"""<!doctype html><html lang="ja"><head><title>{words.document_title}</title>
<meta name="keywords" content="{html.escape(binding_text)}"><style>
@page {{ size: A4; margin: 12mm 16mm; background: url({tile}) 0 0 / 67.056mm 62.315mm repeat; }}
body {{ font-family: {FAMILY}; font-size: 10.5pt; }}
h1 {{ font-size: 22pt; font-weight: normal; text-align: center; letter-spacing: 24pt; background: #fff; }}
table {{ border-collapse: collapse; table-layout: fixed; width: 178mm; background: #fff; }}
td {{ border: 0.45pt solid #000; padding: 0 2mm; }}
footer {{ position: absolute; top: 224mm; width: 178mm; height: 50mm; border: 1.1pt solid #000; background: #fff; }}
.code {{ position: absolute; left: 8mm; top: 9mm; width: {edge_mm}mm; }}
.seal {{ position: absolute; left: 152mm; top: 17mm; width: 22mm; }}
footer p {{ margin: 2mm 0 0 50mm; }}</style></head><body>
<h1>{words.title}</h1><p style="text-align:center">{words.title_en}</p>
<p>{composition.scope}　発行番号　{binding.serial_number}　{page.number_text}</p>
<table><colgroup>{columns}</colgroup>{rows}</table><p>{page.after}</p>
<footer><p>{words.statement}</p><p>{era_date(_DAY)}</p><p>{mayor_line(desk.issuer)}</p>
<p style="font-size:6.5pt">{"<br>".join(notes(desk.issuer))}</p>
<img class="code" alt="code" src="{_data_uri(image)}">
<img class="seal" alt="seal" src="{seal}"></footer></body></html>"""


def _data_uri(image: Image.Image) -> str:
    out = io.BytesIO()
    image.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def _certificate(subject: str, key: ec.EllipticCurvePrivateKey, ca_key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """A certificate for this run only; of the CA itself if both keys are one."""
    is_ca = key is ca_key
    usage = x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=not is_ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name("benchmark CA"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2040, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(ca_key, hashes.SHA256())
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, text)])
