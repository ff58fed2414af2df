"""The page of a bundle (index.html): everything to read offline, in one file without script, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from itaku.basis.clock import to_jst
from itaku.basis.working import day_en, day_ja
from itaku.contracts.engine.result import Result
from itaku.contracts.overview.course import happenings
from itaku.desk.words import STATES
from itaku.settlement.figures import Figures

_STYLE = """
:root{color-scheme:light}body{font:16px/1.6 "Noto Sans JP","Hiragino Sans","Yu Gothic",sans-serif;margin:0 auto;
max-width:1200px;padding:24px;color:#1a1a1c}h1{font-size:28px;line-height:1.4}h2{font-size:20px;margin-top:40px}
table{border-collapse:collapse;width:100%;font-size:14px}th,td{border:1px solid #b3b3b3;padding:4px 8px;text-align:left;
vertical-align:top;overflow-wrap:anywhere}thead th{background:#f2f2f2}td.n{text-align:right;white-space:nowrap}
.scroll{overflow-x:auto}.scroll table{min-width:720px}code{font-size:13px;overflow-wrap:anywhere}.q{color:#595959}
.warn{border:2px solid #b3261e;padding:0 16px 8px}.warn h2{margin-top:12px}
@media print{body{padding:0}}
"""


class Said(NamedTuple):
    """What the page says: a contract, its tables, the bundle's files, how many proofs, and which events have none."""

    result: Result
    contract_id: str
    tables: Sequence[Figures]
    files: Sequence[str]
    proofs: int
    unproved: Sequence[int]


def index(said: Said) -> str:
    """The page."""
    result, contract_id, tables, files, proofs, unproved = said
    head = result.fold.contract.head
    at = to_jst(result.as_of)
    status = STATES["ended" if result.status == "expired" else result.status]
    parties = "".join(
        f"<li>{escape(each.ja)} <span class=q>{escape(each.en)}</span></li>"
        for each in result.fold.contract.parties.values()
    )
    listed = "".join(f'<li><a href="{escape(each, quote=True)}">{escape(each)}</a></li>' for each in files)
    body = "".join(_table(each) for each in tables)
    return f"""<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escape(head.ja)} 証拠一式</title><style>{_STYLE}</style></head><body><main>
<h1>{escape(head.ja)}<br><small class="q" lang="en">{escape(head.en)}</small></h1>
<p>{escape(contract_id)}　{escape(day_ja(at.date()))} {at:%H:%M} の姿
<span lang="en">/ as of {escape(day_en(at.date()))}</span>
　状態 {escape(status.ja)} <span lang="en">/ {escape(status.en)}</span></p>
{_unproved(result, unproved)}<ul>{parties}</ul>
<h2>確かめ方 <span lang="en">/ How to check it</span></h2>
<p>この一式は、できごと{result.seq:,}件と、改ざんできない記録の証明{proofs:,}件を含みます。
<code>itaku record verify</code> にこのZIPを渡すと、サーバーなしで次を確かめます。できごとが記録のとおりか。
状態・金額・期限ができごとから同じに計算されるか。書類と添付が、契約に届いたと記録されたもので、ほかに足りないものも
余分なものもないか。どのファイルも変わっていないか。鍵の指紋は、公表されているものと比べてください。</p>
<p lang="en">This bundle holds {result.seq:,} events and {proofs:,} proofs from the tamper-evident record.
Give the ZIP to <code>itaku record verify</code>: it checks, without any server, that the events are those of the
record, that states, sums and dates follow from them, that papers and attachments are those of
which the contract was told, none missing and none added, and that no file was changed. Compare the key's fingerprint
with the published one.</p>
{body}
<h2>ファイル <span lang="en">/ Files</span></h2><ul>{listed}<li><a href="manifest.json">manifest.json</a></li></ul>
</main></body></html>
"""


def _unproved(result: Result, numbers: Sequence[int]) -> str:
    """What has no proof yet, first of all and one by one: such a bundle is not the whole proof."""
    if not numbers:
        return ""
    told = {each.seq: each for each in happenings(result)}
    rows = "".join(
        f"<li>第{number}番 {escape(told[number].what.ja if number in told else '')}"
        f' <span lang="en">/ no. {number} {escape(told[number].what.en if number in told else "")}</span></li>'
        if number
        else '<li>契約を開いた記録 <span lang="en">/ the contract’s opening</span></li>'
        for number in numbers
    )
    return f"""<section class="warn"><h2>途中の一式です <span lang="en">/ Not the whole proof</span></h2>
<p>次のできごとには、まだ記録の証明がありません。すべての証明がそろってから、もう一度出してください。</p>
<p lang="en">The record does not prove these events yet. Ask for the bundle again when it does.</p>
<ul>{rows}</ul></section>
"""


def _table(table: Figures) -> str:
    """A table; an empty one says so."""
    title = f'<h2>{escape(table.ja)} <span lang="en">/ {escape(table.en)}</span></h2>'
    if not table.rows:
        return f'{title}<p class="q">ありません / none</p>'
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in table.header)
    rows = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in table.rows)
    return f'{title}<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _cell(value: str | int) -> str:
    if isinstance(value, int):
        return f'<td class="n">{value:,}</td>'
    return f"<td>{escape(value)}</td>"
