"""The operations board (運用の状況) as markup: counts, map, open faults, every machine, load and admission."""

from __future__ import annotations

import html
from collections.abc import Sequence

from itaku.basis.clock import InstantMs, to_jst
from itaku.issuance.center.shops import Shop
from itaku.issuance.protocol.operation_messages import FAULTS
from itaku.operations.state import Board, Health, HeldBack, MachineState, OpenFault
from itaku.operations.town_map import WORDS, draw, worst

_STATES = {
    "idle": "待機中",
    "paper_out": "紙かカバー待ち",
    "clerk": "店員待ち",
    "refunding": "返金中",
    "ready": "正常",
    "case": "店員の対応待ち",
    "": "—",
}
_PAPER = {"media-empty": "用紙なし", "media-jam": "紙づまり", "cover-open": "カバー開", "printer-silent": "不明"}


def board_markup(board: Board, shops: Sequence[Shop], builds: Sequence[str]) -> str:
    """The part that is sent again with every change."""
    kiosks = [machine for machine in board.machines if machine.is_kiosk]
    health = {
        shop.name: worst([machine.health for machine in board.machines if machine.shop.name == shop.name])
        for shop in shops
    }
    return f"""<p class="clock">{_moment(board.now)} <span id="live">{_en("Updated by itself")}</span></p>
<section class="counts" aria-label="台数 Counts">{_counts(kiosks, board)}</section>
<div class="two"><section class="panel"><h2>店の地図 {_en("Shops")}</h2>{draw(shops, health)}</section>
<section class="panel"><h2>開いている障害 {_en("Open faults")} {len(board.faults)}件</h2>
{_faults(board)}</section></div>
<section class="panel"><h2>店と端末 {_en("Shops and machines")}</h2>
<p class="meta">承認済みの版 {_en("Approved")} {html.escape(", ".join(builds))}</p>{_machines(board)}</section>"""


def _counts(kiosks: Sequence[MachineState], board: Board) -> str:
    cells = [f'<div class="count"><h3>端末 {_en("Kiosks")}</h3><b>{len(kiosks)}</b></div>']
    for health in Health:
        ja, english, sign = WORDS[health]
        number = sum(kiosk.health is health for kiosk in kiosks)
        cells.append(
            f'<div class="count {health.value}"><h3><span aria-hidden="true">{sign}</span> {ja} {_en(english)}</h3>'
            f"<b>{number}</b></div>"
        )
    cells.append(
        f'<div class="count"><h3>いまの受付 {_en("Load")}</h3><b>{board.under_way}</b> 件進行中・'
        f"1分に{board.begun}件（上限{board.limits.total:,}）{''.join(map(_held, board.held))}</div>"
    )
    return "".join(cells)


def _held(held: HeldBack) -> str:
    return (
        f'<p class="meta">△ 混雑のため、{html.escape(held.municipality)}の新しい受付を抑えています'
        f"（{html.escape(held.instance)}: {held.under_way}件進行中・上限{held.most}件、"
        f"証明書の準備{held.prepare_ms / 1000:.1f}秒） {_en('New sessions are held back')}</p>"
    )


def _faults(board: Board) -> str:
    if not board.faults:
        return (
            f'<p class="none">開いている障害はありません。起きると、ここに自動で出ます。 {_en("No open faults.")}</p>'
        )
    head = _head(
        ("起きた", "Since"), ("端末", "Machine"), ("何が", "What"), ("次にすること", "Next"), ("対応", "Taken up")
    )
    return f'<div class="scroll"><table>{head}<tbody>{"".join(map(_fault, board.faults))}</tbody></table></div>'


def _fault(fault: OpenFault) -> str:
    kind = FAULTS.get(fault.code)
    ja, english = (kind.ja, kind.en) if kind else (fault.code, fault.code)
    silent = fault.code in {"kiosk-silent", "center-silent"}
    health = Health.SILENT if silent else Health.STOPPED if kind and kind.stops else Health.ATTENTION
    if fault.acknowledged_ms is not None:
        taken = f"✓ {_time(fault.acknowledged_ms)}"
    else:
        what = html.escape(f"{fault.machine.upper()} {ja}を引き受ける")
        taken = (
            f'<form method="post" action="/taken"><input type="hidden" name="fault" value="{fault.id}">'
            f'<label class="quiet" for="by-{fault.id}">名札の番号 Badge</label>'
            f'<input id="by-{fault.id}" name="by" inputmode="numeric" pattern="[0-9]{{1,8}}" maxlength="8" required'
            f' placeholder="名札"><button aria-label="{what}">引き受ける</button></form>'
        )
    following = f"{kind.next_ja} {_en(kind.next_en)}" if kind else "—"
    return (
        f"<tr><td>{_time(fault.opened_ms)}</td><td>{html.escape(fault.machine.upper())}</td>"
        f"<td>{_chip(health)} {html.escape(ja)} {_en(html.escape(english))}</td><td>{following}</td>"
        f"<td>{taken}</td></tr>"
    )


def _machines(board: Board) -> str:
    head = _head(
        ("店", "Shop"),
        ("端末", "Machine"),
        ("状態", "State"),
        ("いま", "Now"),
        ("用紙", "Paper"),
        ("最後の応答", "Last heard"),
        ("受付（1分）", "Begun"),
        ("版", "Build"),
    )
    rows = "".join(_machine(machine, board) for machine in board.machines)
    return f'<div class="scroll"><table>{head}<tbody>{rows}</tbody></table></div>'


def _machine(machine: MachineState, board: Board) -> str:
    paper = next((word for code, word in _PAPER.items() if code in machine.codes), "あり")
    silent = machine.health is Health.SILENT
    begun = f"{machine.begun} / {board.limits.kiosk}"
    if not machine.is_kiosk:
        inside = [each.begun for each in board.machines if each.shop == machine.shop and each.is_kiosk]
        paper, begun = "—", f"{sum(inside)} / {board.limits.shop}"
    cells = (
        html.escape(machine.shop.name_ja),
        html.escape(machine.name.upper()) if machine.is_kiosk else "ストアコントローラー",
        _chip(machine.health),
        "不明" if silent else _STATES.get(machine.state, "利用中"),
        "不明" if silent and machine.is_kiosk else paper,
        _ago(machine.heard_ms, board.now),
        begun,
        html.escape(machine.build) or "—",
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def limits_markup(board: Board) -> str:
    """The form for limits of admission. It stands outside the part that is sent again, so that nobody loses a digit."""
    limits = board.limits
    fields = "".join(
        f'<label for="{name}">{ja} {_en(english)}</label>'
        f'<input id="{name}" name="{name}" type="number" min="0" max="1000000" value="{value}" required>'
        for name, ja, english, value in (
            ("total", "全体", "In all", limits.total),
            ("shop", "店ごと", "Each shop", limits.shop),
            ("kiosk", "端末ごと", "Each kiosk", limits.kiosk),
        )
    )
    state = "運用が変えた値です" if board.limits_set else "ふだんの値です"
    return f"""<section class="panel"><h2>受付の上限（1分あたり） {_en("Admission, each minute")}</h2>
<p>新しい受付だけを抑えます。進行中の受付は、いつも最後まで進みます。{state}。
{_en("Only new sessions are held back; those under way always go on.")}</p>
<form method="post" action="/limits" class="limits">{fields}
<label for="by">名札の番号 {_en("Badge")}</label>
<input id="by" name="by" inputmode="numeric" pattern="[0-9]{{1,8}}" maxlength="8" required>
<button name="do" value="set">上限を変える {_en("Set")}</button>
<button name="do" value="usual">ふだんに戻す {_en("Back to usual")}</button></form></section>"""


def _chip(health: Health) -> str:
    ja, _, sign = WORDS[health]
    return f'<span class="chip {health.value}"><span aria-hidden="true">{sign}</span> {ja}</span>'


def _head(*names: tuple[str, str]) -> str:
    cells = "".join(f'<th scope="col">{ja} {_en(english)}</th>' for ja, english in names)
    return f"<thead><tr>{cells}</tr></thead>"


def _en(text: str) -> str:
    return f'<span lang="en">{text}</span>'


def _ago(heard: InstantMs | None, now: InstantMs) -> str:
    if heard is None:
        return "まだありません"
    seconds = max(now - heard, 0) // 1000
    return f"{seconds}秒前" if seconds < 60 else f"<b>{seconds // 60}分{seconds % 60:02d}秒前</b>"


def _time(instant: InstantMs) -> str:
    moment = to_jst(instant)
    return f"{moment.hour}:{moment.minute:02d}"


def _moment(instant: InstantMs) -> str:
    moment = to_jst(instant)
    return f"{moment.year}年{moment.month}月{moment.day}日 {moment.hour}:{moment.minute:02d}:{moment.second:02d}"
