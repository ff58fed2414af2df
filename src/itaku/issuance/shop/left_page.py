"""The clerk's register of left sheets (取り忘れ), and the guide for whatever else can happen at a kiosk."""

from __future__ import annotations

import html

from aiohttp import web

from itaku.basis.clock import Clock
from itaku.issuance.shop.ledger import Ledger
from itaku.issuance.shop.left_behind import Ending, LeftSheets
from itaku.issuance.shop.page_frame import alert, day_and_time, en, page, row, table
from itaku.issuance.shop.refund_page import badge

MOST_LEFT = 500
_SHOWN = 20

ENDING = {
    Ending.HANDED: ("お客さまに渡した", "Handed over"),
    Ending.SHREDDED: ("細断した", "Shredded"),
    Ending.DISSOLVED: ("溶解用の箱に入れた", "To be dissolved"),
}

_GUIDE = (
    (
        "用紙の取り忘れ",
        "Sheets left in the tray",
        (
            ("読まずに裏返して取り、「取り忘れ」に登録して、鍵のかかる所に入れる", "Take them face down, unread"),
            ("受付番号を言えるお客さまに、番号を確かめて渡す", "Hand them to whoever can tell the receipt number"),
            ("閉店までに来なければ、細断して記録する。返金はしない", "Else shred them and note it; no refund"),
        ),
    ),
    (
        "カードの忘れ物",
        "A card left on the reader",
        (
            ("カードを裏返して鍵のかかる所に入れる。番号や名前は控えない", "Lock it away; note no number and no name"),
            ("お客さまが戻らなければ、店の拾得物の手順で警察に届ける", "Bring it to the police as lost property"),
        ),
    ),
    (
        "途中で帰ったお客さま（お金を入れる前）",
        "Left before paying",
        (("何もしなくてよい。機械が自分で終わり、データを消す", "Nothing: the kiosk ends and erases by itself"),),
    ),
    (
        "途中で帰ったお客さま（お金を入れた後）",
        "Left after paying",
        (
            ("機械が返したお金は返却口にある。忘れ物として預かる", "Returned coins lie in the tray: lost property"),
            ("印刷が終わっていれば、用紙は「取り忘れ」にする", "Printed sheets: as sheets left in the tray"),
            ("受付番号が「対応する受付」に出ていれば、その手順で返す", "A case on the first page: follow its steps"),
        ),
    ),
    (
        "印刷できたか分からない",
        "Not known whether it was printed",
        (
            ("「対応する受付」に出た受付番号の用紙を数えて、枚数を押す", "Count the sheets of that case and press"),
            ("足りなければ機械がお金を返す。出た用紙は全部無効", "If some are missing the fee goes back; all are void"),
        ),
    ),
    (
        "機械が応答しない・紙づまりが直らない",
        "A kiosk is silent or stays jammed",
        (
            (
                "運用センターへは機械が自分で知らせています。電話は要りません",
                "Operations were told by the machine itself",
            ),
            ("カバーの中の用紙は取り出して「無効」。お客さまの名前を聞かない", "Sheets inside are void; ask no names"),
            ("保守の人が来るまで、機械の中や設定に触らない", "Leave inside and settings to the maintainers"),
        ),
    ),
    (
        "証明書の中身が違うと言われた",
        "The content is said to be wrong",
        (
            ("内容は店では直せない。市役所の窓口を案内する", "Nothing a shop can mend: name the city office"),
            (
                "別の人の証明書が出たと言われたら、用紙を預かり、すぐ運用センターへ電話",
                "Another's paper: keep it, phone at once",
            ),
        ),
    ),
)


def add_left_pages(app: web.Application, ledger: Ledger, clock: Clock) -> None:
    """Adds the register's page, its forms, and the guide."""

    async def show(request: web.Request) -> web.Response:
        return page(
            "取り忘れ", "Left sheets", _body(ledger, request.query.get("problem", "")), clock.now(), here="/left"
        )

    async def found(request: web.Request) -> web.Response:
        form = await request.post()
        kiosk, sheets = str(form.get("kiosk", "")), str(form.get("sheets", ""))
        known = {state.name for state in ledger.kiosks()}
        if kiosk not in known or not (sheets.isascii() and sheets.isdigit()) or not 1 <= int(sheets) <= MOST_LEFT:
            raise web.HTTPSeeOther("/left?problem=entry")
        ledger.left_behind.found(kiosk, int(sheets), clock.now())
        raise web.HTTPSeeOther("/left")

    async def ended(request: web.Request) -> web.Response:
        form = await request.post()
        try:
            ending = Ending(str(form.get("ending", "")))
        except ValueError:
            return web.Response(status=400, text="malformed")
        staff = badge(str(form.get("staff", "")))
        if not staff:
            raise web.HTTPSeeOther("/left?problem=staff")
        ledger.left_behind.ended(int(request.match_info["number"]), ending, staff, clock.now())
        raise web.HTTPSeeOther("/left")

    async def guide(_request: web.Request) -> web.Response:
        body = f"<h1>困ったとき {en('What to do when')}</h1>" + "".join(_chapter(*chapter) for chapter in _GUIDE)
        return page("困ったとき", "Guide", body, clock.now(), here="/guide")

    app.router.add_get("/left", show)
    app.router.add_post("/left", found)
    app.router.add_post(r"/left/{number:[0-9]{1,9}}/ended", ended)
    app.router.add_get("/guide", guide)


def _body(ledger: Ledger, problem: str) -> str:
    problems = {
        "entry": ("機械と枚数を入れてください。", "Enter the kiosk and the number of sheets."),
        "staff": ("名札の番号を数字で入れてください。", "Enter the number on your badge."),
    }
    items = ledger.left_behind.latest(_SHOWN)
    kept = "".join(_kept(item) for item in items if item.ending is None)
    gone = "".join(_gone(item) for item in items if item.ending is not None)
    options = "".join(
        f'<option value="{html.escape(state.name)}">{html.escape(state.name.upper())}</option>'
        for state in ledger.kiosks()
    )
    return f"""<h1>取り忘れの用紙 {en("Left sheets")}</h1>
{alert(*problems[problem]) if problem in problems else ""}
<ol class="do"><li>読まずに裏返して取り、鍵のかかる所に入れる
{en("Take them face down, unread, and lock them away")}</li>
<li>機械と枚数を登録し、出た番号を用紙の袋に書く {en("Register them and write the number on the bag")}</li></ol>
<form method="post" action="/left" class="find"><label for="kiosk">機械 {en("Kiosk")}</label>
<select id="kiosk" name="kiosk">{options}</select><label for="sheets">枚数 {en("Sheets")}</label>
<input id="sheets" name="sheets" inputmode="numeric" pattern="[0-9]{{1,3}}" maxlength="3" required>
<button class="primary">預かる {en("Keep")}</button></form>
<h2>預かっているもの {en("Kept")}</h2>{kept or f'<p class="none">ありません。 {en("None.")}</p>'}
<h2>終わったもの {en("Done")}</h2>
{table(("番号", "機械", "枚数", "見つけた時刻", "結果", "いつ"), gone, "まだありません。")}"""


def _kept(item: LeftSheets) -> str:
    buttons = "".join(
        f'<button name="ending" value="{ending.value}">{ja} {en(english)}</button>'
        for ending, (ja, english) in ENDING.items()
    )
    field = f"staff-{item.number}"
    return f"""<section class="case case--calm"><div class="case__head"><h3>F{item.number}</h3>
<p>{html.escape(item.kiosk.upper())}・{item.sheets}枚・{day_and_time(item.found_ms)}</p></div>
<p>渡すのは、受付番号を言えるお客さまだけ {en("Only to a customer who can tell the receipt number")}</p>
<form method="post" action="/left/{item.number}/ended"><label for="{field}">名札の番号 {en("Your badge")}</label>
<input id="{field}" name="staff" inputmode="numeric" pattern="[0-9]{{1,8}}" maxlength="8" autocomplete="off" required>
<div class="row">{buttons}</div></form></section>"""


def _gone(item: LeftSheets) -> str:
    assert item.ending is not None, "only what has ended"
    when = "" if item.ended_ms is None else day_and_time(item.ended_ms)
    return row(
        (
            f"F{item.number}",
            item.kiosk.upper(),
            f"{item.sheets}枚",
            day_and_time(item.found_ms),
            ENDING[item.ending][0],
            when,
        )
    )


def _chapter(ja: str, english: str, steps: tuple[tuple[str, str], ...]) -> str:
    items = "".join(f"<li>{step} {en(text)}</li>" for step, text in steps)
    return f'<section class="guide"><h2>{ja} {en(english)}</h2><ol class="do">{items}</ol></section>'
