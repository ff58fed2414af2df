"""What is handed in by anybody: refused kindly, within limits, and never kept."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from certificate_specimens import household, rendered
from PIL import Image, ImageFile
from scanned_paper import as_file, names

from itaku.verification.examination import examine
from itaku.verification.findings import Verdict
from itaku.verification.keys import BadKeysError, keys_from
from itaku.verification.uploads import (
    FILES_AT_MOST,
    LARGEST_BYTES,
    EmptyUploadError,
    HeifError,
    TooLargeError,
    UnreadableError,
    pictures,
)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width, height, rows=b""):
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows or bytes(9000)))
        + chunk(b"IEND", b"")
    )


def pdf_of(media_box, pages=1):
    kids = " ".join(f"{3 + number} 0 R" for number in range(pages))
    objects = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {pages}>>"]
    objects += [f"<</Type/Page/Parent 2 0 R/MediaBox[{media_box}]>>"] * pages
    body = "%PDF-1.4\n" + "".join(f"{n} 0 obj\n{one}\nendobj\n" for n, one in enumerate(objects, 1))
    return (body + "trailer\n<</Root 1 0 R>>\n%%EOF\n").encode()


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", EmptyUploadError),
        (b"x" * (LARGEST_BYTES + 1), TooLargeError),
        (b"hello, this is no picture" * 20, UnreadableError),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 20, UnreadableError),
        (b"GIF89a" + bytes(300), UnreadableError),
        (b"\x00\x00\x00\x18ftypheic" + bytes(300), HeifError),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), UnreadableError),
        (png_of(200_000, 200_000), TooLargeError),
        (png_of(9000, 9000), TooLargeError),
        (png_of(40, 4000), UnreadableError),
        (png_of(3000, 3000), UnreadableError),
        (b"%PDF-1.7\nnothing", UnreadableError),
        (pdf_of("0 0 99999 99999"), UnreadableError),
        (pdf_of("0 0 1 1"), UnreadableError),
        (pdf_of("0 0 595 842", pages=200), TooLargeError),
    ],
    ids=[
        "nothing",
        "too many bytes",
        "text",
        "a drawing",
        "another format",
        "a telephone's format",
        "a spoilt picture",
        "a bomb",
        "too many pixels",
        "too narrow",
        "a picture cut short",
        "a spoilt PDF",
        "a PDF as large as a field",
        "a PDF as small as a dot",
        "a PDF of many pages",
    ],
)
def test_what_cannot_be_looked_at_is_refused_with_words(data, refusal, keys, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as a library for paper leaves it
    with pytest.raises(refusal) as refused:
        examine([data], keys)
    assert refused.value.ja
    assert refused.value.en


def test_more_files_than_sheets_have_sides_are_refused(keys):
    with pytest.raises(TooLargeError):
        examine([png_of(300, 300)] * (FILES_AT_MOST + 1), keys)
    with pytest.raises(EmptyUploadError):
        examine([], keys)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pictures_of_every_usual_kind_become_grey(mode):
    out = io.BytesIO()
    Image.new("L", (300, 400), 255).convert("I" if mode == "I;16" else mode).convert(mode).save(out, "PNG")
    (picture,) = pictures(out.getvalue())
    assert (picture.mode, picture.size) == ("L", (300, 400))


def test_a_telephones_picture_is_turned_upright():
    image = Image.new("L", (300, 400), 255)
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    (picture,) = pictures(out.getvalue())
    assert picture.size == (400, 300)


def test_a_picture_without_a_certificate_proves_nothing_and_accuses_nobody(keys):
    result = examine([as_file(Image.new("L", (900, 1200), 240))], keys)
    assert (result.verdict, names(result.checks)) == (Verdict.NOTHING, ["code_missing"])


def test_the_pdf_itself_is_proved_to_the_last_byte(document, keys):
    result = examine([document], keys)
    assert result.verdict is Verdict.PROVED
    assert names(result.checks) == ["file_genuine", "void_offline"]
    (sheet,) = result.sheets
    assert "コーポ汐見203号室" in sheet.text
    for at in (60, len(document) // 2, len(document) - 40):
        changed = bytearray(document)
        changed[at] ^= 1
        result = examine([bytes(changed)], keys)
        assert result.verdict in {Verdict.REFUTED, Verdict.NOTHING}
        assert not result.sheets


def test_a_pdf_that_was_never_signed_is_examined_as_paper(keys):
    result = examine([rendered(household())], keys)
    assert names(result.checks) == ["file_unsigned", "void_offline"]
    assert names(result.sheets[0].checks)[:3] == ["code_genuine", "back_genuine", "front_same"]


@pytest.mark.parametrize("data", [b"", b"{}", b'{"format": "other", "issuers": []}', b"\xff", b"[" * 100_000])
def test_a_file_of_keys_with_anything_wrong_is_refused(data):
    with pytest.raises(BadKeysError):
        keys_from(data)


def test_a_file_of_keys_with_a_key_that_is_none_is_refused(published_keys):
    with pytest.raises(BadKeysError):
        keys_from(published_keys.replace(b"BEGIN PUBLIC KEY", b"BEGIN PUBLIC KEX"))
    with pytest.raises(BadKeysError):
        keys_from(published_keys.replace(b"BEGIN CERTIFICATE", b"BEGIN CERTIFICATF"))
