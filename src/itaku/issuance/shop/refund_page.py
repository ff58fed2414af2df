"""The clerk's way through a refund after delivery (返金済・無効, S1-8-1): pages and forms, one step each."""

from __future__ import annotations

import html
from collections.abc import Mapping

from aiohttp import web

from itaku.basis.clock import Clock
from itaku.basis.yen import Yen, yen_text
from itaku.issuance.protocol.receipt_numbers import read_receipt_no
from itaku.issuance.shop.ledger import Ledger, Sale
from itaku.issuance.shop.page_frame import alert, day_and_time, en, issuance_of, page, row, table
from itaku.issuance.shop.refund_steps import begin_form, sale_path, sale_title, slip_of, steps_of
from itaku.issuance.shop.refunds import Disposal, Step, Wrong
from itaku.issuance.shop.void_telling import Signer

_SHOWN_SALES = 8
_STAFF_DIGITS = 8

_PROBLEMS = {
    "missing": (
        "用紙がそろっていないため、返金できません。全部そろってから、もう一度押してください。",
        "Not all sheets are here, so nothing can be refunded yet.",
    ),
    "unknown": (
        "この番号の売上は、この店にありません。番号を確かめてください。",
        "This shop has no sale with that number.",
    ),
    "number": ("受付番号は数字7けたです。例：7 4821 93", "A receipt number has seven digits, such as 7 4821 93."),
    "late": (
        "その操作はもうできません。いまの手順を確かめてください。",
        "That cannot be done any more; see the step below.",
    ),
    "staff": ("名札の番号を数字で入れてください。", "Enter the number on your badge."),
}


def add_refund_pages(app: web.Application, ledger: Ledger, clock: Clock, sign: Signer) -> None:
    """Adds the refund's pages and forms. Each form does one step, and shows the page that follows from the ledger."""
    pages = _Pages(ledger, clock, sign)
    app.router.add_get("/refund", pages.find)
    app.router.add_get("/refund/{issuance}", pages.show)
    app.router.add_get("/refund/{issuance}/slip", pages.slip)
    for step in (pages.begin, pages.give_up, pages.collected, pages.stamped, pages.paid, pages.disposed):
        app.router.add_post(f"/refund/{{issuance}}/{step.__name__}", step)


class _Pages:
    def __init__(self, ledger: Ledger, clock: Clock, sign: Signer) -> None:
        self._ledger = ledger
        self._clock = clock
        self._sign = sign

    # ---- looking

    async def find(self, request: web.Request) -> web.Response:
        typed = request.query.get("number", "").strip()
        number = read_receipt_no(typed) if typed else None
        found = self._ledger.sales_of(number) if number else []
        problem = "" if not typed or found else "number" if number is None else "unknown"
        sales = found or self._ledger.latest_sales(_SHOWN_SALES)
        heads = ("受付番号", "時刻", "機械", "証明書", "部数・枚数", "お金", "操作")
        rows = "".join(self._sale_row(sale) for sale in sales)
        title = "見つかった売上" if found else "最近の売上"
        body = f"""<h1>印刷不良の返金 {en("Refund of a bad print")}</h1>
{_problem(problem)}
<p class="lead">1枚でも印刷が悪いときは、<b>一緒に出した全部</b>を無効にして、全額をお返しします。
{en("If one sheet is bad, the whole set becomes void and the whole fee goes back.")}</p>
<form method="get" action="/refund" class="find"><label for="number">お客さまの受付番号
{en("The customer's receipt number")}</label>
<input id="number" name="number" inputmode="numeric" autocomplete="off" maxlength="20" value="{html.escape(typed)}"
 {'aria-invalid="true" aria-describedby="problem"' if problem else ""} autofocus>
<button class="primary">探す {en("Find")}</button></form>
<h2>{title} {en("Sales")}</h2>{table(heads, rows, "売上はまだありません。")}"""
        return page("印刷不良の返金", "Refund", body, self._clock.now(), here="/refund")

    async def show(self, request: web.Request) -> web.Response:
        sale = self._sale(request)
        refund = self._ledger.refunds.of(sale.issuance_id)
        problem = request.query.get("problem", "")
        body = _problem(problem) + (begin_form(sale) if refund is None else steps_of(sale, refund))
        return page("印刷不良の返金", "Refund", body, self._clock.now(), here="/refund")

    async def slip(self, request: web.Request) -> web.Response:
        sale = self._sale(request)
        refund = self._ledger.refunds.of(sale.issuance_id)
        if refund is None or not refund.void:
            raise web.HTTPNotFound
        return page("返金票", "Refund slip", slip_of(sale, refund), self._clock.now())

    # ---- doing

    async def begin(self, request: web.Request) -> web.Response:
        sale, form = self._sale(request), await request.post()
        try:
            wrong = Wrong(str(form.get("wrong", "")))
        except ValueError:
            return web.Response(status=400, text="malformed")
        return self._then(sale, done=self._ledger.refunds.begin(sale.issuance_id, wrong, self._clock.now()))

    async def give_up(self, request: web.Request) -> web.Response:
        sale = self._sale(request)
        if self._ledger.refunds.give_up(sale.issuance_id):
            raise web.HTTPSeeOther("/refund")
        return self._then(sale, done=False)

    async def collected(self, request: web.Request) -> web.Response:
        sale, sheets = self._sale(request), _number_in(await request.post(), "sheets")
        done = self._ledger.refunds.collected(sale.issuance_id, sheets, self._clock.now())
        refund = self._ledger.refunds.of(sale.issuance_id)
        waiting = refund is not None and refund.step is Step.COLLECT
        return self._then(sale, done=done, problem="missing" if waiting else "late")

    async def stamped(self, request: web.Request) -> web.Response:
        sale, sheet = self._sale(request), _number_in(await request.post(), "sheet")
        now = self._clock.now()
        done = self._ledger.refunds.stamped(sale.issuance_id, sheet, now, lambda sheets: self._sign(sale, sheets, now))
        return self._then(sale, done=done)

    async def paid(self, request: web.Request) -> web.Response:
        sale = self._sale(request)
        return self._then(sale, done=self._ledger.refunds.paid(sale.issuance_id, self._clock.now()))

    async def disposed(self, request: web.Request) -> web.Response:
        sale, form = self._sale(request), await request.post()
        try:
            how = Disposal(str(form.get("how", "")))
        except ValueError:
            return web.Response(status=400, text="malformed")
        staff = badge(str(form.get("staff", "")))
        if not staff:
            return self._then(sale, done=False, problem="staff")
        return self._then(sale, done=self._ledger.refunds.disposed(sale.issuance_id, how, staff, self._clock.now()))

    # ---- parts

    def _sale(self, request: web.Request) -> Sale:
        sale = self._ledger.sale(issuance_of(request))
        if sale is None:
            raise web.HTTPNotFound
        return sale

    def _then(self, sale: Sale, *, done: bool, problem: str = "late") -> web.Response:
        raise web.HTTPSeeOther(sale_path(sale) + ("" if done else f"?problem={problem}"))

    def _sale_row(self, sale: Sale) -> str:
        refund = self._ledger.refunds.of(sale.issuance_id)
        word = "返金する" if refund is None else "終わりました" if refund.step is Step.DONE else "つづける"
        cells = row(
            (
                sale.receipt_no,
                day_and_time(sale.at_ms),
                sale.kiosk.upper(),
                sale_title(sale)[0],
                f"{sale.copies}部・{sale.sheets}枚",
                yen_text(Yen(sale.fee_yen)),
            )
        )
        link = f'<td><a href="{sale_path(sale)}" aria-label="{word} {sale.receipt_no}">{word}</a></td></tr>'
        return cells.removesuffix("</tr>") + link


def badge(text: str) -> str:
    """The number on a clerk's badge: digits alone, no name; empty if it is none."""
    plain = text.strip()
    return plain if plain.isascii() and plain.isdigit() and len(plain) <= _STAFF_DIGITS else ""


def _number_in(form: Mapping[str, object], name: str) -> int:
    try:
        value = int(str(form.get(name, "")))
    except ValueError as error:
        raise web.HTTPBadRequest(text="malformed") from error
    if not 0 <= value <= 10_000:
        raise web.HTTPBadRequest(text="malformed")
    return value


def _problem(code: str) -> str:
    if code not in _PROBLEMS:
        return ""
    return f'<div id="problem">{alert(*_PROBLEMS[code])}</div>'
