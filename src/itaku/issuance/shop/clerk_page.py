"""The clerk's page at the register (店員の画面): open cases, what to do for each, and how the kiosks are."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from itaku.basis.clock import Clock, InstantMs, to_jst
from itaku.basis.yen import Yen, yen_text
from itaku.issuance.protocol.refusals import REFUSALS
from itaku.issuance.shop.ledger import ClerkCase, KioskState, Ledger

MOST_SHEETS = 10_000
"""No case has more; a larger number is no number of this page."""
SILENT_MS = 30_000
"""A kiosk that was not heard for so long is shown as 応答なし: unknown is not the same as broken."""

_STYLE = (Path(__file__).parent / "clerk.css").read_text(encoding="utf-8")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def clerk_app(ledger: Ledger, clock: Clock) -> web.Application:
    """The page and its two forms; loopback only, and forms are taken from this very page alone."""

    async def page(_request: web.Request) -> web.Response:
        now = clock.now()
        text = _page(ledger.cases(), ledger.kiosks(), now)
        return web.Response(text=text, content_type="text/html", headers=_HEADERS)

    async def answer(request: web.Request) -> web.Response:
        if request.headers.get("Origin") not in {None, f"http://{request.host}"}:
            return web.Response(status=403, text="not_allowed")
        form = await request.post()
        try:
            issuance_id = bytes.fromhex(str(form["issuance"]))
            sheets = int(str(form.get("sheets", "-1")))
        except (KeyError, ValueError):
            return web.Response(status=400, text="malformed")
        if sheets > MOST_SHEETS:
            return web.Response(status=400, text="malformed")
        if request.path == "/refunded":
            ledger.gave_back(issuance_id, clock.now())
        elif sheets >= 0:
            ledger.saw_sheets(issuance_id, sheets, clock.now())
        raise web.HTTPSeeOther("/")

    app = web.Application(client_max_size=4096)
    app.router.add_get("/", page)
    app.router.add_post("/sheets", answer)
    app.router.add_post("/refunded", answer)
    return app


def _page(cases: Sequence[ClerkCase], kiosks: Sequence[KioskState], now: InstantMs) -> str:
    waiting = [case for case in cases if case.open]
    closed = [case for case in cases if not case.open][:10]
    body = "".join(_case(case) for case in waiting) or (
        '<p class="empty"><b>対応が必要な受付はありません</b>キオスクで困りごとが起きると、ここに受付番号が出ます。'
        '<span lang="en">No open cases. A case appears here when a kiosk needs you.</span></p>'
    )
    return f"""<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>店員の画面 / Clerk</title><style>{_STYLE}</style></head>
<body><header><b>店員の画面</b> <span lang="en">Clerk's page</span><time>{_time(now)}</time></header>
<main><h1>対応が必要な受付 <span class="count">{len(waiting)}件</span></h1>{body}
<h2>キオスク <span lang="en">Kiosks</span></h2>
<table><thead><tr><th>機械</th><th>いま</th><th>プリンター</th><th>最後の連絡</th></tr></thead>
<tbody>{"".join(_kiosk(kiosk, now) for kiosk in kiosks)}</tbody></table>
<h2>終わった受付 <span lang="en">Closed</span></h2>
<table><thead><tr><th>受付番号</th><th>機械</th><th>理由</th><th>結果</th></tr></thead>
<tbody>{"".join(_closed(case) for case in closed)}</tbody></table></main></body></html>"""


def _case(case: ClerkCase) -> str:
    hidden = f'<input type="hidden" name="issuance" value="{case.issuance_id.hex()}">'
    reason = html.escape(REFUSALS[case.reason].ja if case.reason in REFUSALS else case.reason)
    fee = yen_text(Yen(case.fee_yen))
    refund = (
        f'<form method="post" action="/refunded">{hidden}'
        f'<button class="primary">{fee}を返しました <span lang="en">Refunded</span></button></form>'
    )
    count = ""
    if not case.refund_due:
        buttons = "".join(f'<button name="sheets" value="{n}">{n}枚</button>' for n in range(case.sheets_total + 1))
        count = (
            f"<p>出てきた用紙を数えて、枚数を押してください（全部で{case.sheets_total}枚）。"
            '<span lang="en">Count the sheets that came out.</span></p>'
            f'<form method="post" action="/sheets">{hidden}{buttons}</form><p>または</p>'
        )
    else:
        count = (
            f"<p>この組は無効です。出ている用紙を受け取り、お客さまに{fee}を返してから押してください。"
            '<span lang="en">The set is void: take the sheets, give the money back, then press.</span></p>'
        )
    return (
        f'<section class="case"><h2>{html.escape(case.case_no)}</h2>'
        f"<p><b>{reason}</b>（{html.escape(case.kiosk.upper())}、{_time(case.at_ms)}、お預かり{fee}）</p>{count}{refund}</section>"
    )


def _kiosk(kiosk: KioskState, now: InstantMs) -> str:
    silent = now - kiosk.heard_ms > SILENT_MS
    state = "？ 応答なし" if silent else html.escape(kiosk.state or "動作中")
    ring = " お客さまが呼んでいます" if kiosk.assist_ms and 0 <= now - kiosk.assist_ms < 120_000 else ""
    printer = html.escape(kiosk.printer) or "正常"
    name = html.escape(kiosk.name.upper())
    return f"<tr><td>{name}</td><td>{state}{ring}</td><td>{printer}</td><td>{_time(kiosk.heard_ms)}</td></tr>"


def _closed(case: ClerkCase) -> str:
    result = f"{yen_text(Yen(case.fee_yen))}返金・組は無効" if case.refunded else f"用紙{case.sheets}枚を確認"
    reason = REFUSALS[case.reason].ja if case.reason in REFUSALS else case.reason
    cells = (case.case_no, case.kiosk.upper(), reason, result)
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


def _time(instant: InstantMs) -> str:
    moment = to_jst(instant)
    return f"{moment.hour}時{moment.minute:02d}分"
