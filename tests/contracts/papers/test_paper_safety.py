"""What people enter stays text; what cannot be drawn is refused; the same paper has the same bytes."""

from __future__ import annotations

import io
import zipfile

import docx
import pikepdf
import pytest
from docx.oxml.ns import qn
from marathon_lives import Marathon
from paper_reading import pdf_pages, pdf_text, word_text

from itaku.basis.fonts import GlyphMissingError
from itaku.contracts.papers.content import PaperDraft
from itaku.contracts.papers.drafting import draft
from itaku.contracts.papers.errors import PaperEntryError, PaperInstanceError, PaperUnknownError
from itaku.contracts.papers.pdf import pdf
from itaku.contracts.papers.word import word

FILLED = {
    "paper.number": "実委第12号",
    "paper.date": "令和8年5月7日",
    "paper.to": "株式会社みなとスポーツ企画",
    "engineer": "山田 太郎",
    "post": "技術士",
    "contact": "000-0000-0000",
    "since": "2026-05-01",
}


def notice(**entered: str) -> PaperDraft:
    return draft(Marathon().on("2026-05-01"), "engineer-notice", None, FILLED | entered)


@pytest.mark.parametrize(
    "text",
    [
        '#panic("x") $x^2$ *b* _i_ `r` <a> @b \\\\ \\u{41} // 注 /* */ = 見出し',
        '"); #make(json(bytes("{}"))',
        "</w:t><w:t>&amp;&lt;",
        "=HYPERLINK(A1) {{7*7}} ${x} %s",
    ],
)
def test_what_looks_like_markup_is_printed_as_it_was_written(text: str) -> None:
    drafted = notice(post=text)
    wanted = "".join(text.split())
    assert wanted in pdf_text(pdf(drafted))
    document = docx.Document(io.BytesIO(word(drafted)))
    assert text in [cell.text for table in document.tables for row in table.rows for cell in row.cells]


@pytest.mark.parametrize(
    "character", ["\x00", "\x07", "\x1b", "\u200b", "\u202e", "\ufeff", "\ue000", "\u2028", "\ud800"]
)
def test_control_characters_and_invisible_marks_are_refused_and_not_quoted(character: str) -> None:
    with pytest.raises(PaperEntryError) as refused:
        notice(post=f"秘密{character}")
    assert "post" in refused.value.detail
    assert "秘密" not in refused.value.detail


def test_a_name_is_drawn_in_the_form_that_was_asked_for() -> None:
    asked, usual = pdf(notice(engineer="葛\U000e0102城 𠮷之助 髙﨑")), pdf(notice(engineer="葛城 𠮷之助 髙﨑"))
    assert "𠮷之助髙﨑" in pdf_text(asked)
    assert asked != usual
    assert "葛\U000e0102城" in word_text(word(notice(engineer="葛\U000e0102城")))


@pytest.mark.parametrize("name", ["葛\U000e01ef城", "\u4e06山", "山田\U0001f600", "か\u3099"])
def test_what_the_font_cannot_draw_is_refused_and_never_a_box(name: str) -> None:
    with pytest.raises(GlyphMissingError):
        pdf(notice(engineer=name))


def test_the_same_draft_has_the_same_bytes_and_another_day_has_others(monkeypatch: pytest.MonkeyPatch) -> None:
    first_pdf, first_word = pdf(notice()), word(notice())
    monkeypatch.setenv("TZ", "America/New_York")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    assert pdf(notice()) == first_pdf
    assert word(notice()) == first_word
    later = draft(Marathon().on("2026-05-02"), "engineer-notice", None, FILLED)
    assert pdf(later) != first_pdf
    with zipfile.ZipFile(io.BytesIO(first_word)) as parts:
        assert {each.date_time for each in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_pdf_is_archival_tagged_titled_and_carries_its_font() -> None:
    made = pdf(notice())
    with pikepdf.open(io.BytesIO(made)) as opened:
        meta = opened.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"], meta["pdfuaid:part"]) == ("2", "A", "1")
        assert meta["dc:title"] == "業務主任技術者通知書"
        assert opened.Root.MarkInfo.Marked
        assert str(opened.Root.Lang).startswith("ja")
        fonts = [font for page in opened.pages for font in page.Resources.Font.values()]
        assert fonts
        for font in fonts:
            (inner,) = font.DescendantFonts
            assert "IPAmjMincho" in str(inner.BaseFont)
            assert "/FontFile2" in inner.FontDescriptor
        assert [float(side) for side in opened.pages[0].MediaBox[2:]] == pytest.approx([595.28, 841.89], abs=0.1)
    text = pdf_text(made)
    assert all(f"{page}/{pdf_pages(made)}" in text for page in range(1, pdf_pages(made) + 1))


def test_the_word_file_has_headings_tables_a_mincho_and_fixed_properties() -> None:
    drafted = notice()
    document = docx.Document(io.BytesIO(word(drafted)))
    core = document.core_properties
    assert (core.title, core.author, core.revision) == (drafted.title_ja, drafted.drafter, 1)
    assert core.created == core.modified
    assert core.created.isoformat() == "2026-05-01T03:00:00+00:00"
    assert len(document.tables) >= 4
    for name in ("Normal", "Heading 1", "Heading 2"):
        fonts = document.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == "ＭＳ 明朝"
        assert fonts.get(qn("w:asciiTheme")) is None
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)


def test_a_paper_is_a_draft_until_it_is_complete_and_filed() -> None:
    life = Marathon()
    drafted = draft(life.on("2026-05-01"), "engineer-notice", None, FILLED | {"paper.from": "株式会社みなと"})
    assert drafted.waiting == ()
    assert [each.ja for each in drafted.unsettled] == ["押印・発出の登録がない"]
    assert pdf_text(pdf(drafted)).startswith("案案押印・発出の登録がない")
    life.tell("2026-05-07", "paper.filed", paper="engineer-notice", sha256="00" * 32)
    filed = draft(life.on("2026-05-08"), "engineer-notice", None, FILLED | {"paper.from": "株式会社みなと"})
    assert (filed.unsettled, filed.filed) == ((), life.events[-1].id)
    assert "案" not in pdf_text(pdf(filed))
    assert "登録済" in word_text(word(filed))


def test_another_paper_that_was_filed_files_not_this_one() -> None:
    life = Marathon()
    life.tell("2026-03-25", "report.received", sub_no="A", scope="fiscal-year", fy="R7")
    life.tell("2026-03-26", "report.received", sub_no="B", scope="fiscal-year", fy="R8")
    life.tell("2026-03-30", "paper.filed", paper="inspection-record", sha256="00" * 32, instance="S2-12-2[sub_no=A]")
    result = life.on("2026-04-01")
    assert draft(result, "inspection-record", "S2-12-2[sub_no=A]").filed
    assert not draft(result, "inspection-record", "S2-12-2[sub_no=B]").filed
    assert not draft(result, "work-schedule").filed


def test_a_computed_sum_cannot_be_overwritten() -> None:
    life = Marathon()
    life.found("2026-09-01", "S2-17-1-6")
    life.tell("2026-10-05", "termination.notified", case="T1", under=["S2-17-1"])
    with pytest.raises(PaperEntryError) as refused:
        draft(life.on("2026-10-06"), "penalty-claim", None, {"base": "1"})
    assert "base" in refused.value.detail
    same = draft(life.on("2026-10-06"), "penalty-claim", None, {"base": "11,000,000円"})
    assert next(each.origin for each in same.entries if each.name == "base") == "policy:S2-18-2.base"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("since", "2026-02-30"),
        ("since", "あした"),
        ("nowhere", "x"),
        ("post", ""),
        ("post", " \n "),
        ("post", "x" * 4_001),
    ],
)
def test_an_entry_that_fits_no_blank_is_refused(name: str, text: str) -> None:
    with pytest.raises(PaperEntryError):
        notice(**{name: text})


def test_it_is_never_guessed_which_duty_a_paper_is_about() -> None:
    life = Marathon()
    life.tell("2026-03-25", "report.received", sub_no="A", scope="fiscal-year", fy="R7")
    life.tell("2026-03-26", "report.received", sub_no="B", scope="fiscal-year", fy="R8")
    result = life.on("2026-04-01")
    with pytest.raises(PaperInstanceError) as refused:
        draft(result, "inspection-record")
    assert "S2-12-2[sub_no=A], S2-12-2[sub_no=B]" in refused.value.detail
    with pytest.raises(PaperInstanceError):
        draft(result, "inspection-record", "S2-12-2[sub_no=C]")
    with pytest.raises(PaperInstanceError):
        draft(result, "inspection-record", "S2-3-1[e1]")
    with pytest.raises(PaperUnknownError):
        draft(result, "love-letter")
