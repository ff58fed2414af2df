"""The public verification page as HTML: what to hand in, and the result in plain words, Japanese first."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence

from itaku.basis.errors import ItakuError
from itaku.verification.findings import VERDICTS, Check, Examination, SheetFinding, State, Verdict

_STATES = {
    State.PROVED: ("確かめた", "Proved"),
    State.REFUTED: ("違います", "Refuted"),
    State.OPEN: ("未確認", "Open"),
}
_LABELS = {"void_yes": "無効", "void_never_delivered": "記録なし", "void_unknown_number": "記録なし"}
_PROVED_HERE = (
    "分かること: 発行者、種類、発行日、氏名と生年月日(二次元コード)。PDFファイル、または裏面もあれば、表の記載すべて。",
    "Proved: issuer, kind, date, names, birth dates (by the code); with the PDF or the back, all that is on the front.",
)
_NOT_PROVED_HERE = (
    "分からないこと: 取消しの有無(発行者から答えがあったときだけ分かります)、原本か複写か(目安だけ)、本人かどうか。",
    "Not proved: void or not (known only if the issuer answers), original or copy (a hint only), who its bearer is.",
)


def _page(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title><link rel="stylesheet" href="/verification.css"></head>
<body><header><a href="/">証明書を確かめる <span lang="en">Verify a certificate</span></a></header>
<main>{body}</main><script src="/verification.js"></script></body></html>"""


def _two(ja: str, en: str) -> str:
    return f'{html.escape(ja)} <span lang="en">{html.escape(en)}</span>'


def _what_it_proves() -> str:
    items = "".join(f"<li>{_two(*words)}</li>" for words in (_PROVED_HERE, _NOT_PROVED_HERE))
    title = _two("ここで分かること、分からないこと", "What is proved here, and what is not")
    return f'<section class="card"><h2>{title}</h2><ul class="plain">{items}</ul></section>'


def front_page(problem: ItakuError | None = None) -> str:
    """The form; above it what was wrong with what was handed in before."""
    trouble = ""
    if problem is not None:
        trouble = f'<section class="verdict nothing" role="alert"><h1>{_two(problem.ja, problem.en)}</h1></section>'
    accept = "application/pdf,image/jpeg,image/png,image/tiff,image/webp"
    body = f"""{trouble}<h1>{_two("証明書を確かめる", "Verify a certificate")}</h1>
<p>{
        _two(
            "コンビニのキオスクなどで交付された証明書が、発行されたときのままかどうかを調べます。ファイルは調べる間だけ使い、保存しません。",
            "Find out whether a certificate is as it was issued. Files are examined and not kept.",
        )
    }</p>
<form method="post" action="/" enctype="multipart/form-data">
<div class="card"><div class="drop"><b>{
        _two("PDF、または表と裏を読み取った画像", "The PDF, or scans of front and back")
    }</b>
<label>{_two("ここに置くか、選んでください(いくつでも一度に)", "Drop them here or choose them, all at once")}<br>
<input type="file" name="file" multiple accept="{accept}"></label>
<span class="note">{_two("300dpi、1個25MBまで、8個まで", "300 dpi, 25 MB each, eight at most")}</span></div>
<h3>{_two("スマートフォンで撮る", "Or photograph it")}</h3>
<div class="shots"><label>{_two("表(二次元コードまで全体)", "Front, whole, with its code")}
<input type="file" name="file" accept="image/*" capture="environment"></label>
<label>{_two("裏(四隅の黒い四角まで全体)", "Back, whole, with its four black squares")}
<input type="file" name="file" accept="image/*" capture="environment"></label></div>
<button type="submit">確かめる <span lang="en">Verify</span></button></div></form>
{_what_it_proves()}
<section class="card"><h2>{_two("通信なしで確かめる", "Verify without a network")}</h2>
<p>{
        _two(
            "発行者の公開鍵のファイルを一度保存すれば、自分のコンピューターだけで同じことを調べられます。",
            "With the issuers' published keys, saved once, the same is done on your own computer.",
        )
    }</p>
<p><a href="/issuer-keys.json" download>issuer-keys.json</a>
<code>itaku verify-certificate FILE --keys issuer-keys.json</code></p></section>"""
    return _page("証明書を確かめる / Verify a certificate", body)


def result_page(examination: Examination) -> str:
    """The result: the verdict, each sheet with what is proved of it, and what stays open."""
    ja, en = VERDICTS[examination.verdict]
    sheets = "".join(_sheet(sheet) for sheet in examination.sheets)
    # An altered paper's number may well be good: that is told below, where it cannot be taken for the verdict.
    altered = examination.verdict is Verdict.REFUTED
    standing = [one for one in examination.checks if one.name.startswith("void_") and not altered]
    checks = [one for one in examination.checks if one not in standing]
    whole = f'<section class="card"><h2>{_two("全体について", "As a whole")}</h2>{_checks(checks)}</section>'
    body = f"""<section class="verdict {examination.verdict.value}" role="status"><h1>{html.escape(ja)}</h1>
<span lang="en">{html.escape(en)}</span>{_checks(standing)}</section>{sheets}
{whole if checks else ""}{_what_it_proves()}
<p class="again"><a href="/">{_two("別の証明書を確かめる", "Verify another one")}</a></p>"""
    return _page(f"{ja} / {en}", body)


def _sheet(sheet: SheetFinding) -> str:
    people = "<br>".join(
        f"{html.escape(person.name)} <small>{html.escape(person.birth_date)} {_inline('生', 'born')}</small>"
        for person in sheet.people
    )
    rows = (
        (_two("発行者", "Issuer"), f"{html.escape(sheet.issuer)} <small>{html.escape(sheet.issuer_en)}</small>"),
        (_two("種類", "Kind"), f"{html.escape(sheet.kind_ja)} <small>{html.escape(sheet.kind_en)}</small>"),
        (_two("発行日", "Date of issue"), html.escape(sheet.issued_on)),
        (_two("発行番号", "Serial number"), html.escape(sheet.serial_number)),
        (_two("枚", "Sheet"), f"{sheet.page} / {sheet.pages}"),
        (_two("氏名・生年月日", "Name and birth date"), people),
    )
    facts = "".join(f"<dt>{head}</dt><dd>{value}</dd>" for head, value in rows)
    title = f"{html.escape(sheet.kind_ja)} {sheet.page} / {sheet.pages}"
    return (
        f"""<section class="card"><h2>{title}</h2><dl>{facts}</dl>{_checks(sheet.checks)}{_fronts(sheet)}</section>"""
    )


def _inline(ja: str, en: str) -> str:
    return f"{ja} {en}"


def _fronts(sheet: SheetFinding) -> str:
    shown = (
        (sheet.issued_png, "発行されたときの表", "The front as issued"),
        (sheet.uploaded_png, "お持ちの表(違うところは赤い枠)", "Your front (differences framed in red)"),
    )
    figures = "".join(
        f'<figure><figcaption>{_two(ja, en)}</figcaption><img src="data:image/png;base64,'
        f'{base64.b64encode(png).decode("ascii")}" alt="{html.escape(ja)}"></figure>'
        for png, ja, en in shown
        if png
    )
    return f'<div class="fronts">{figures}</div>' if figures else ""


def _checks(checks: Sequence[Check]) -> str:
    items = "".join(
        f'<li><span class="state {one.state.value}">{_LABELS.get(one.name, _STATES[one.state][0])}</span>'
        f"<div>{_two(one.ja, one.en)}</div></li>"
        for one in checks
    )
    return f'<ul class="checks">{items}</ul>' if items else ""
