"""The clerk's page at the register (店員の画面): open cases, what to do for each, and how the kiosks are."""

from __future__ import annotations

import html

from aiohttp import web

from itaku.basis.clock import Clock, InstantMs
from itaku.basis.yen import Yen, yen_text
from itaku.issuance.protocol.receipt_numbers import receipt_no
from itaku.issuance.protocol.refusals import REFUSALS
from itaku.issuance.shop.ledger import ClerkCase, KioskState, Ledger
from itaku.issuance.shop.left_page import add_left_pages
from itaku.issuance.shop.page_frame import clock_time, en, own_forms_only, page, row, table
from itaku.issuance.shop.refund_page import add_refund_pages
from itaku.issuance.shop.refunds import Refund, Step
from itaku.issuance.shop.void_telling import Signer

MOST_SHEETS = 10_000
"""No case has more; a larger number is no number of this page."""
SILENT_MS = 30_000
"""A kiosk that was not heard for so long is shown as 応答なし: unknown is not the same as broken."""

CALL_SHOWN_MS = 120_000
"""A resident's call stays on the page for so long."""


def clerk_app(ledger: Ledger, clock: Clock, sign: Signer) -> web.Application:
    """All pages of the clerk and their forms; loopback only, and forms are taken from these very pages alone."""

    async def cases(_request: web.Request) -> web.Response:
        now = clock.now()
        return _page(ledger, now)

    async def answer(request: web.Request) -> web.Response:
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

    app = web.Application(client_max_size=4096, middlewares=[own_forms_only])
    app.router.add_get("/", cases)
    app.router.add_post("/sheets", answer)
    app.router.add_post("/refunded", answer)
    add_refund_pages(app, ledger, clock, sign)
    add_left_pages(app, ledger, clock)
    return app


def _page(ledger: Ledger, now: InstantMs) -> web.Response:
    cases, kiosks = ledger.cases(), ledger.kiosks()
    waiting = [case for case in cases if case.open]
    closed = [case for case in cases if not case.open][:10]
    begun = [refund for refund in ledger.refunds.latest(50) if refund.step is not Step.DONE or not refund.told_ms]
    body = "".join(_case(case) for case in waiting) or (
        '<p class="empty"><b>対応が必要な受付はありません</b>キオスクで困りごとが起きると、ここに受付番号が出ます。'
        '<span lang="en">No open cases. A case appears here when a kiosk needs you.</span></p>'
    )
    asking = {case.kiosk for case in waiting}
    kiosk_rows = "".join(_kiosk(kiosk, now, asks=kiosk.name in asking) for kiosk in kiosks)
    closed_rows = "".join(map(_closed, closed))
    count = f'<span class="count">{len(waiting)}件</span>'
    text = f"""{"".join(_call(kiosk, now) for kiosk in kiosks)}
<h1>対応が必要な受付 <span lang="en">Open cases</span>{count}</h1>{body}
{"".join(_begun(refund) for refund in begun)}
<p class="do-now"><a class="button" href="/refund">印刷不良の返金をする {en("Refund a bad print")}</a>
<a class="button" href="/left">取り忘れの用紙を預かる {en("Keep left sheets")}</a>
<a class="button" href="/guide">困ったとき {en("What to do when")}</a></p>
<h2>キオスク <span lang="en">Kiosks</span></h2>
{table(("機械", "いま", "プリンター", "最後の連絡"), kiosk_rows)}
<h2>終わった受付 <span lang="en">Closed cases</span></h2>
{table(("受付番号", "機械", "理由", "結果"), closed_rows, "まだありません。")}"""
    return page("店員の画面", "Clerk", text, now, here="/", refresh=True)


def _begun(refund: Refund) -> str:
    """A refund that waits for the clerk, or for the center."""
    words = {
        Step.COLLECT: ("用紙を集めるところ", "collecting the sheets"),
        Step.STAMP: ("スタンプを押すところ", "stamping"),
        Step.PAY: ("無効になりました。お金を返すところ", "void; the fee is to be paid back"),
        Step.DISPOSE: ("返金済み。無効の用紙の処理を記録するところ", "paid back; say where the void sheets went"),
        Step.DONE: ("返金済み。センターへの連絡を待っています", "paid back; the center has not heard yet"),
    }
    ja, english = words[refund.step]
    if refund.refused:
        ja, english = "センターが無効を受け付けません。運用センターへ連絡", "the center refuses; call operations"
    return (
        f'<p class="call call--calm"><b>返金 {receipt_no(refund.issuance_id)}</b> {ja} {en(english)}'
        f'<a href="/refund/{refund.issuance_id.hex()}">つづける {en("Go on")}</a></p>'
    )


def _case(case: ClerkCase) -> str:
    """One open case: its number as the resident reads it out, what happened, and what to do in order."""
    facts = f"{html.escape(case.kiosk.upper())}・{clock_time(case.at_ms)}・お預かり {yen_text(Yen(case.fee_yen))}"
    steps = _pay_back(case) if case.refund_due else _count_sheets(case)
    return (
        f'<section class="case"><div class="case__head"><h2>{html.escape(case.case_no)}</h2>'
        f"<p><b>{html.escape(_reason(case.reason))}</b><br>{facts}</p></div>{steps}</section>"
    )


def _pay_back(case: ClerkCase) -> str:
    fee = yen_text(Yen(case.fee_yen))
    return (
        '<ol class="do"><li>お客さまの受付番号が、この番号と同じか確かめる '
        '<span lang="en">Check that the customer has this number</span></li>'
        "<li>出てきた用紙があれば、すべて受け取り、1枚ずつ「返金済・無効」のスタンプを押す "
        '<span lang="en">Take back any sheets and stamp each: they are void</span></li>'
        f"<li>レジから <b>{fee}</b> を返す "
        f'<span lang="en">Pay {case.fee_yen} yen back from the register</span></li></ol>'
        f"{_refunded(case, 'primary')}"
    )


def _count_sheets(case: ClerkCase) -> str:
    total = case.sheets_total
    buttons = "".join(_count_button(number, total) for number in range(total + 1))
    return (
        f'<ol class="do"><li>出てきた用紙を数える（全部で <b>{total}枚</b>） '
        f'<span lang="en">Count the sheets that came out, of {total}</span></li>'
        "<li>枚数を押す。足りなければ、お金は機械が返します "
        '<span lang="en">Press the number. If some are missing, the kiosk returns the money</span></li></ol>'
        f'<form method="post" action="/sheets">{_hidden(case)}{buttons}</form>'
        '<p class="else">お金をレジから返したときだけ '
        '<span lang="en">Only if you paid back from the register</span></p>'
        f"{_refunded(case, '')}"
    )


def _count_button(number: int, total: int) -> str:
    note = "すべて All" if number == total else ""
    look = ' class="primary"' if number == total else ""
    return (
        f'<button name="sheets" value="{number}"{look}>{number}枚{f" <small>{note}</small>" if note else ""}</button>'
    )


def _refunded(case: ClerkCase, look: str) -> str:
    text = f'{yen_text(Yen(case.fee_yen))}を返しました <span lang="en">Paid back</span>'
    return f'<form method="post" action="/refunded">{_hidden(case)}<button class="{look}">{text}</button></form>'


def _hidden(case: ClerkCase) -> str:
    return f'<input type="hidden" name="issuance" value="{case.issuance_id.hex()}">'


def _reason(code: str) -> str:
    return REFUSALS[code].ja if code in REFUSALS else code


_BUSY = {"paper_out": "紙かカバーを待っています", "clerk": "店員を待っています", "refunding": "お金を返しています"}
"""What a clerk should know of a kiosk's state; in all others a resident is simply using it."""
_FREE = frozenset({"idle", "delivered", "refunded", "abandoned", "ended"})
_PRINTER = {"media-empty": "用紙がありません", "media-jam": "紙がつまっています", "cover-open": "カバーが開いています"}
"""What the printer waits for a person for, by its own word."""


def _call(kiosk: KioskState, now: InstantMs) -> str:
    """What needs a person at a kiosk without being a case: a resident who calls, or a printer that waits."""
    needs = []
    if kiosk.assist_ms and 0 <= now - kiosk.assist_ms < CALL_SHOWN_MS:
        needs.append("お客さまが呼んでいます")
    if now - kiosk.heard_ms <= SILENT_MS:
        needs += [text for word, text in _PRINTER.items() if word in kiosk.printer]
    if not needs:
        return ""
    return f'<p class="call" role="status"><b>{html.escape(kiosk.name.upper())}</b> {"、".join(needs)}</p>'


def _kiosk(kiosk: KioskState, now: InstantMs, *, asks: bool) -> str:
    silent = now - kiosk.heard_ms > SILENT_MS
    said = "clerk" if asks else kiosk.state
    state = "？ 応答なし" if silent else "あいています" if said in _FREE else _BUSY.get(said, "利用中")
    waiting = "、".join(text for word, text in _PRINTER.items() if word in kiosk.printer)
    printer = "？" if silent else waiting or html.escape(kiosk.printer) or "正常"
    name = html.escape(kiosk.name.upper())
    return f"<tr><td>{name}</td><td>{state}</td><td>{printer}</td><td>{clock_time(kiosk.heard_ms)}</td></tr>"


def _closed(case: ClerkCase) -> str:
    result = f"{yen_text(Yen(case.fee_yen))}をレジで返金" if case.refunded else f"用紙{case.sheets}枚を確認"
    return row((case.case_no, case.kiosk.upper(), _reason(case.reason), result))
