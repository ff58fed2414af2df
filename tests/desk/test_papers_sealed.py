"""Papers sealed as they are handed in, with a time-stamp; PDFs signed elsewhere looked at; attachments; approval."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import secrets
import shutil
import subprocess
import zipfile

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from desk_under_test import DeskUnderTest, folder, text_of
from paper_trust import Authority, TimeStampAuthority, write_seal
from PIL import Image
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from test_papers import filled, sheet, step, token_in
from test_proof_zip import number

from itaku.desk.proof.checking import check
from itaku.desk.settings import SealFiles

__all__ = ["sheet"]

NOW = dt.datetime(2026, 7, 2, 8, 42)  # noqa: DTZ001 the desk's own zone


@pytest.fixture(scope="module")
def trust(tmp_path_factory):
    authority = Authority("練習認証局")
    stamps = TimeStampAuthority(*authority.issue("練習時刻認証局", for_stamps=True))
    place = tmp_path_factory.mktemp("trust")
    anchor = place / "anchor.pem"
    anchor.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    yield authority, stamps, place, anchor
    stamps.close()


@pytest.fixture(scope="module")
def desk(postgres_server, trust):
    authority, stamps, place, anchor = trust
    files = write_seal(place, "seal", *authority.issue("株式会社潮風イベント 電子印"))
    city = write_seal(place, "city", *authority.issue("汐見市 電子印"))
    name = f"desk_{secrets.token_hex(6)}"
    here = folder()
    found = DeskUnderTest(
        postgres_server.ensure_database(name, name),
        NOW,
        here,
        seals={"株式会社潮風イベント": SealFiles(**files), "汐見市": SealFiles(**city)},
        tsa_url=stamps.url,
        trust_anchors=str(anchor),
    )
    yield found
    found.close()
    postgres_server.drop_database(name, name)
    shutil.rmtree(here)


def attach(visitor, path, name, content):
    return visitor.upload(f"{path}files", {}, {"file": (name, content)})


def plain_pdf(**root) -> bytes:
    with pikepdf.new() as made:
        made.add_blank_page()
        for key, value in root.items():
            made.Root[f"/{key}"] = value
        out = io.BytesIO()
        made.save(out)
    return out.getvalue()


def signed_by(place, authority, name: str) -> bytes:
    files = write_seal(place, secrets.token_hex(4), *authority.issue(name))
    signer = signers.SimpleSigner.load(files["key"], files["certificates"])
    writer = IncrementalPdfFileWriter(io.BytesIO(plain_pdf()))
    return signers.sign_pdf(writer, signers.PdfSignatureMetadata(field_name="s"), signer).getvalue()


def photo(time: str = "2025:01:02 03:04:05") -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = time
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "JPEG", exif=exif)
    return out.getvalue()


def archive(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def test_what_is_handed_in_bears_the_drafters_seal_and_a_time_stamp_that_others_verify(desk, sheet, trust):
    contractor = desk.visitor("shiraishi")
    filled(contractor, sheet)
    assert step(contractor, sheet, "submit").status == 200
    content = desk.visitor("morita").get(f"{sheet}1.pdf").body
    root = load_cert_from_pemder(str(trust[3]))
    (signature,) = PdfFileReader(io.BytesIO(content)).embedded_regular_signatures
    contexts = [ValidationContext(trust_roots=[root], allow_fetching=False) for _ in range(2)]
    status = validate_pdf_signature(signature, *contexts)
    assert status.bottom_line
    assert status.timestamp_validity.trusted
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    page = text_of(contractor.get(sheet).text)
    assert "株式会社潮風イベント 電子印" in page
    assert "2026-07-01T23:45:00+00:00" in page


def test_a_paper_of_both_sides_bears_two_seals_as_revisions_of_one_file(desk, trust, tmp_path):
    contractor, officer = desk.visitor("shiraishi"), desk.visitor("morita")
    theirs = officer.get("/papers/marathon-2026/consultation-record/new")
    assert 'value="汐見市"' not in theirs.text, "the name that is wanted is the contractor's"
    path = contractor.get("/papers/marathon-2026/consultation-record/new").path
    filled(contractor, path)
    page = step(contractor, path, "submit")
    assert page.status == 200, text_of(page.text)
    assert step(officer, path, "countersign").status == 409, "not before it is received"
    first = officer.get(f"{path}1.pdf").body
    step(officer, path, "receive")
    assert "1/2" in text_of(contractor.get(path).text)
    assert step(contractor, path, "countersign").status == 409, "not by who signed first"
    sent = {**token_in(officer.get(path)), "what": "countersign"}
    assert desk.visitor("kuroda").post(f"{path}step", sent).status == 409, "not by an auditor"
    trust[1].refuses = True
    assert "paper_not_sealed" in officer.post(f"{path}step", sent).text
    trust[1].refuses = False
    assert officer.post(f"{path}step", sent).status == 200
    assert officer.post(f"{path}step", sent).status == 200
    page = text_of(contractor.get(path).text)
    assert "2/2 汐見市 電子印" in page
    assert "もう一方の署名" in page
    both = contractor.get(f"{path}1.pdf").body
    assert both.startswith(first)
    root = load_cert_from_pemder(str(trust[3]))
    found = PdfFileReader(io.BytesIO(both)).embedded_regular_signatures
    for signature in found:
        contexts = [ValidationContext(trust_roots=[root], allow_fetching=False) for _ in range(2)]
        assert validate_pdf_signature(signature, *contexts).bottom_line
    assert [each.field_name for each in found] == ["signature", "countersignature"]
    file = tmp_path / "both.pdf"
    file.write_bytes(both)
    said = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature is Valid") == 2
    assert said.count("Total document signed") == 1
    digests = [hashlib.sha256(each).hexdigest() for each in (first, both)]
    told = desk.ask(lambda keeper: keeper.told("marathon-2026"))
    assert [each.fields["sha256"] for each in told if each.fields.get("sha256") in digests] == digests
    number(desk)
    file.write_bytes(officer.get("/proof/marathon-2026/").body)
    report = check(file)
    assert report.ok, report.wrong
    assert report.unfiled == report.papers - 1, "all but this one were handed in and not received"
    with zipfile.ZipFile(file) as bundle:
        assert {f"papers/{each}.pdf" for each in digests} <= set(bundle.namelist())


@pytest.mark.parametrize("fault", ["refuses", "lies"])
def test_without_a_good_time_stamp_nothing_is_handed_in_and_nothing_is_lost(desk, sheet, trust, fault):
    contractor, stamps = desk.visitor("shiraishi"), trust[1]
    filled(contractor, sheet)
    setattr(stamps, fault, True)
    try:
        page = step(contractor, sheet, "submit")
    finally:
        setattr(stamps, fault, False)
    assert page.status == 409
    assert "paper_not_sealed" in page.text
    assert desk.visitor("morita").get(sheet).status == 404
    assert step(contractor, sheet, "submit").status == 200


def test_a_pdf_signed_elsewhere_says_what_is_proved_and_what_is_not(desk, sheet, trust):
    contractor, authority, place = desk.visitor("shiraishi"), trust[0], trust[2]
    known = signed_by(place, authority, "契約 太郎")
    assert attach(contractor, sheet, "契約書.pdf", known).status == 200
    page = text_of(contractor.get(sheet).text)
    assert "署名の後に内容は変わっていません" in page
    assert "この机が信頼する認証局につながります" in page
    assert "証明されないこと：署名の時刻" in page
    assert "失効していないこと" in page
    token = re.search(r"files/([0-9a-f]{32})", contractor.get(sheet).text).group(1)
    assert contractor.get(f"{sheet}files/{token}").body == known
    attach(contractor, sheet, "他.pdf", signed_by(place, Authority("知らない認証局"), "見知らぬ人"))
    assert "だれの署名かは確かめていません" in text_of(contractor.get(sheet).text)


def test_a_signed_pdf_that_was_changed_is_said_to_be(desk, sheet, trust):
    contractor = desk.visitor("shiraishi")
    known = signed_by(trust[2], trust[0], "契約 太郎")
    at = known.index(b"/MediaBox")
    touched = known[:at] + known[at:].replace(b"612", b"613", 1)
    assert touched != known
    attach(contractor, sheet, "契約書.pdf", touched)
    page = text_of(contractor.get(sheet).text)
    assert "電子署名：内容と合いません" in page
    assert "署名の後に内容は変わっていません" not in page


def test_files_are_kept_byte_for_byte_under_neutral_names_until_the_version_is_frozen(desk, sheet):
    contractor, officer = desk.visitor("shiraishi"), desk.visitor("morita")
    content = photo()
    hostile = "..\\..\\etc/\u202egpj.exe"
    assert attach(contractor, sheet, hostile, content).status == 200
    assert attach(contractor, sheet, "again.jpg", content).status == 200
    page = contractor.get(sheet).text
    assert page.count("/off") == 1
    assert "gpj.exe.jpg" in page
    assert "\u202e" not in page
    assert "2025-01-02 03:04:05" in page
    assert "撮影機器の時計による。確かめていません" in page
    token = re.search(r"files/([0-9a-f]{32})", page).group(1)
    assert officer.get(f"{sheet}files/{token}").status == 404
    filled(contractor, sheet)
    step(contractor, sheet, "submit")
    answer = officer.get(f"{sheet}files/{token}")
    assert answer.body == content
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert attach(contractor, sheet, "late.txt", b"late").status == 409
    assert contractor.post(f"{sheet}files/{token}/off").status == 409
    assert desk.visitor("minato").get(f"{sheet}files/{token}").status == 404
    step(officer, sheet, "send_back", reason="写真が違います")
    step(contractor, sheet, "supersede")
    page = contractor.get(sheet).text
    carried = re.search(r"files/([0-9a-f]{32})/off", page).group(1)
    assert carried != token
    contractor.post(f"{sheet}files/{carried}/off")
    assert "添付はありません" in contractor.get(sheet).text
    assert officer.get(f"{sheet}files/{token}").body == content


WORD_KINDS = (
    '<Types><Override ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    "</Types>"
)
OUTSIDE = '<Relationships><Relationship Type="x/attachedTemplate" TargetMode="External" Target="http://x/"/>'


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.pdf", b"", "20MB"),
        ("program.pdf", b"MZ\x90\x00", "文字だけ"),
        ("page.txt", b"<script>alert(1)</script>", "文字だけ"),
        ("photos.zip", archive(a="x"), "文字だけ"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "文字だけ"),
        ("broken.pdf", b"%PDF-1.7\nnothing", "壊れている"),
        ("broken.jpg", photo()[:200], "壊れている"),
        ("macro.docx", archive(**{"[Content_Types].xml": WORD_KINDS, "word__vbaProject.bin": "x"}), "マクロ"),
        ("outside.docx", archive(**{"[Content_Types].xml": WORD_KINDS, "word___rels__d.rels": OUTSIDE}), "マクロ"),
        (
            "script.pdf",
            plain_pdf(OpenAction=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")),
            "マクロ",
        ),
        ("hiding.pdf", plain_pdf(Names=pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary())), "マクロ"),
    ],
)
def test_a_file_that_runs_hides_or_is_of_no_known_kind_is_refused_whatever_its_name(desk, sheet, name, content, code):
    page = attach(desk.visitor("shiraishi"), sheet, name, content)
    assert page.status == 409
    assert code in re.search(r'<p class="field__error" role="alert">(.*?)</p>', page.text).group(1)
    assert "添付はありません" in page.text


def test_a_file_too_large_is_refused(desk, sheet):
    page = attach(desk.visitor("shiraishi"), sheet, "big.txt", b"a" * 20_000_001)
    assert page.status == 409
    assert "20MB" in page.text


def quorum(visitor, paper: str, people: int, what: str = ""):
    return visitor.post("/papers/marathon-2026/quorum", {"paper": paper, "people": str(people), "what": what})


def test_a_side_asks_for_more_people_alone_and_for_fewer_by_two(desk):
    officer, inspector, contractor = desk.visitor("morita"), desk.visitor("kanda"), desk.visitor("shiraishi")
    page = officer.get("/papers/marathon-2026/quorum").text
    paper = re.search(r'name="paper" value="([^"]+)"', page).group(1)
    assert quorum(contractor, paper, 2).status == 409
    assert quorum(officer, paper, 99).status == 409
    assert quorum(officer, "no-such", 2).status == 404
    assert quorum(officer, paper, 2).status == 200
    assert "2人" in officer.get("/papers/marathon-2026/quorum").text
    quorum(officer, paper, 1)
    assert "二人目の確認待ち" in officer.get("/papers/marathon-2026/quorum").text
    assert quorum(officer, paper, 1, "agree").status == 409
    assert "2人" in officer.get("/papers/marathon-2026/quorum").text
    assert quorum(inspector, paper, 1, "agree").status == 200
    assert "2人" not in officer.get("/papers/marathon-2026/quorum").text


def test_the_second_of_two_approvals_is_anothers(desk):
    officer, inspector, contractor = desk.visitor("morita"), desk.visitor("kanda"), desk.visitor("shiraishi")
    papers = re.findall(r'name="paper" value="([^"]+)"', officer.get("/papers/marathon-2026/quorum").text)
    pages = ((each, contractor.get(f"/papers/marathon-2026/{each}/new").path) for each in papers)
    paper, path = next((name, path) for name, path in pages if "/sheet/" in path)
    quorum(officer, paper, 2)
    filled(contractor, path)
    assert step(contractor, path, "submit").status == 200
    step(officer, path, "receive")
    step(officer, path, "approve")
    assert "承認 1 / 2人" in text_of(officer.get(path).text)
    again = {**token_in(inspector.get(path)), "what": "approve"}
    assert officer.post(f"{path}step", again).status == 409
    step(inspector, path, "approve")
    assert "承認済" in officer.get(path).text
