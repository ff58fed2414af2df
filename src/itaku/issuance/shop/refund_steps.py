"""What each step of a refund after delivery shows (返金済・無効, S1-8-1): one step is offered at a time."""

from __future__ import annotations

import html

from itaku.basis.clock import InstantMs
from itaku.basis.yen import Yen, yen_text
from itaku.issuance.protocol.kinds import KIND_TITLE, Kind
from itaku.issuance.shop.ledger import Sale
from itaku.issuance.shop.page_frame import alert, clock_time, day_and_time, en
from itaku.issuance.shop.refunds import Disposal, Refund, Step, Wrong

WRONG = {
    Wrong.FAINT: ("かすれ・うすい", "faint"),
    Wrong.SMEARED: ("汚れ・にじみ", "smeared"),
    Wrong.CUT_OFF: ("欠け・ずれ", "cut off or shifted"),
    Wrong.BLANK: ("白紙・片面だけ", "blank or one side only"),
    Wrong.CREASED: ("しわ・破れ", "creased or torn"),
    Wrong.OTHER: ("そのほか", "something else"),
}
DISPOSAL = {
    Disposal.HANDED: ("お客さまに渡した（スタンプ済み）", "Handed to the customer, stamped"),
    Disposal.SHREDDED: ("シュレッダーで細断した", "Shredded"),
    Disposal.DISSOLVED: ("溶解用の箱に入れた", "Put in the box to be dissolved"),
}


def sale_path(sale: Sale) -> str:
    """Where a sale's refund is."""
    return f"/refund/{sale.issuance_id.hex()}"


def sale_title(sale: Sale) -> tuple[str, str]:
    """The certificate's name, Japanese and English."""
    return KIND_TITLE[Kind(sale.kind)] if sale.kind in set(Kind) else (sale.kind, sale.kind)


def _facts(sale: Sale) -> str:
    ja, english = (html.escape(text) for text in sale_title(sale))
    return (
        f"<p><b>{ja}</b> {en(english)}<br>{html.escape(sale.kiosk.upper())}・{day_and_time(sale.at_ms)}・"
        f"{sale.copies}部・全部で<b>{sale.sheets}枚</b>・{yen_text(Yen(sale.fee_yen))}</p>"
    )


def _head(sale: Sale, mark: str = "") -> str:
    return f'<div class="case__head"><h1>{en("Refund")} {html.escape(sale.receipt_no)}{mark}</h1>{_facts(sale)}</div>'


def begin_form(sale: Sale) -> str:
    """Before anything: what is wrong?"""
    choices = "".join(
        f'<label class="choice"><input type="radio" name="wrong" value="{wrong.value}" required>'
        f"{ja} {en(english)}</label>"
        for wrong, (ja, english) in WRONG.items()
    )
    return f"""<section class="case case--calm">{_head(sale)}
<p>お客さまの受付番号が、この番号と同じか確かめてください。用紙に書いてあることは読みません。
{en("Check that the customer has this number. Do not read what is on the sheets.")}</p>
<form method="post" action="{sale_path(sale)}/begin"><fieldset><legend>どこが悪いですか {en("What is wrong?")}</legend>
{choices}</fieldset><button class="primary">返金の手順を始める {en("Begin the refund")}</button></form>
<p class="else"><a href="/refund">もどる {en("Back")}</a></p></section>"""


def steps_of(sale: Sale, refund: Refund) -> str:
    """A refund that has begun: where it stands, and the one step that is offered."""
    forms = {
        Step.COLLECT: _collect,
        Step.STAMP: _stamp,
        Step.PAY: _pay,
        Step.DISPOSE: _dispose,
    }
    names = (
        (Step.COLLECT, "全部そろえる", "Collect all"),
        (Step.STAMP, "全部にスタンプ", "Stamp each"),
        (Step.PAY, "お金を返す", "Pay back"),
        (Step.DISPOSE, "用紙の処理", "Dispose of"),
    )
    order = list(Step)
    items = "".join(
        f'<li class="{"past" if order.index(refund.step) > order.index(step) else ""}"'
        f"{' aria-current=step' if refund.step is step else ''}>{ja} {en(english)}</li>"
        for step, ja, english in names
    )
    shown = "" if refund.step is Step.DONE else forms[refund.step](sale, refund)
    mark = ' <span class="void">返金済・無効</span>' if refund.void else ""
    return (
        f'<section class="case case--calm">{_head(sale, mark)}<ol class="steps">{items}</ol>'
        f"{_center(refund)}{shown}{_end(sale, refund)}</section>"
    )


def _center(refund: Refund) -> str:
    """What the center knows of it."""
    if not refund.void:
        return ""
    if refund.refused:
        return alert(
            "センターがこの無効を受け付けません。返金はこのまま進め、運用センターに受付番号を伝えてください。",
            "The center refuses this void. Go on with the refund and tell operations the receipt number.",
        )
    if refund.told_ms is None:
        return (
            f'<p class="note">センターへ連絡しています。待たずに進めてください。 {en("Telling the center; go on.")}</p>'
        )
    when = clock_time(InstantMs(refund.told_ms))
    return f'<p class="note note--done">✓ センターで無効になりました（{when}） {en("Void at the center")}</p>'


def _collect(sale: Sale, refund: Refund) -> str:
    total = refund.sheets_total
    return f"""<ol class="do"><li>お客さまから、きれいな用紙も含めて<b>全部</b>受け取る
{en("Take back every sheet, good ones too")}</li>
<li>数える。<b>{total}枚</b>あるはずです {en(f"Count: there must be {total}")}</li></ol>
<form method="post" action="{sale_path(sale)}/collected">
<label for="sheets">手元の枚数 {en("Sheets in your hands")}</label>
<input id="sheets" name="sheets" inputmode="numeric" pattern="[0-9]{{1,4}}" maxlength="4" required autofocus>
<button class="primary">この枚数を受け取った {en("I have these")}</button></form>
<p class="else">1枚でも足りないときは返金できません。お客さまに、全部お持ちいただくよう伝えてください。
{en("If one is missing nothing can be refunded: ask for all of them.")}</p>
<form method="post" action="{sale_path(sale)}/give_up"><button>返金をやめる（用紙は有効のまま）
{en("Stop: the sheets stay valid")}</button></form>"""


def _stamp(sale: Sale, refund: Refund) -> str:
    rest = [sheet for sheet in range(1, refund.sheets_total + 1) if sheet not in refund.stamped]
    done = refund.sheets_total - len(rest)
    buttons = "".join(
        f'<button name="sheet" value="{sheet}" class="{"primary" if sheet == rest[0] else ""}"'
        f"{' autofocus' if sheet == rest[0] else ''}>{sheet}枚目に押した {en(f'Stamped sheet {sheet}')}</button>"
        for sheet in rest
    )
    give_up = ""
    if done == 0:
        give_up = (
            f'<p class="else">まだ押していなければ、やめられます {en("Until the first stamp you can stop")}</p>'
            f'<form method="post" action="{sale_path(sale)}/give_up"><button>返金をやめて全部お返しする '
            f"{en('Stop and give all back')}</button></form>"
        )
    return f"""<ol class="do"><li>1枚ずつ「<b>返金済・無効</b>」のスタンプを押す
{en("Stamp each sheet 返金済・無効")}</li>
<li>押した枚数だけ、ボタンを押す {en("Press once for each")}</li></ol>
<p class="progress" role="status">{done} / {refund.sheets_total}枚 {en("stamped")}</p>
<form method="post" action="{sale_path(sale)}/stamped">{buttons}</form>
<p class="else"><b>全部に押し終わるまで、1枚もお渡ししないでください</b>
{en("Hand out no sheet until all are stamped")}</p>{give_up}"""


def _pay(sale: Sale, _refund: Refund) -> str:
    fee = yen_text(Yen(sale.fee_yen))
    return f"""<ol class="do"><li>ボタンを押してから、レジから <b>{fee}</b> を返す
{en(f"Press, then pay {sale.fee_yen} yen back from the register")}</li></ol>
<form method="post" action="{sale_path(sale)}/paid">
<button class="primary" autofocus>{fee}を返す {en("Pay back")}</button>
</form>"""


def _dispose(sale: Sale, refund: Refund) -> str:
    buttons = "".join(
        f'<button name="how" value="{how.value}">{ja} {en(english)}</button>' for how, (ja, english) in DISPOSAL.items()
    )
    return f"""<p><b>{yen_text(Yen(sale.fee_yen))}を返しました。</b>無効の用紙{refund.sheets_total}枚をどうしましたか。
{en("What became of the void sheets?")}</p>
<form method="post" action="{sale_path(sale)}/disposed">
<label for="staff">名札の番号 {en("Number on your badge")}</label>
<input id="staff" name="staff" inputmode="numeric" pattern="[0-9]{{1,8}}" maxlength="8" autocomplete="off" required>
<div class="row">{buttons}</div></form>"""


def _end(sale: Sale, refund: Refund) -> str:
    if not refund.void:
        return ""
    ending = ""
    if refund.step is Step.DONE and refund.disposal is not None:
        ja, english = DISPOSAL[refund.disposal]
        ending = f"<p><b>終わりました。</b>用紙{refund.sheets_total}枚：{ja} {en(english)}</p>"
    return f'{ending}<p class="else"><a href="{sale_path(sale)}/slip">返金票を出す {en("Refund slip to print")}</a></p>'


def slip_of(sale: Sale, refund: Refund) -> str:
    """無効票: for the register's file or the customer; it names no person and no content."""
    assert refund.voided_ms is not None, "a slip is of a void set"
    paid = "—" if refund.paid_ms is None else day_and_time(refund.paid_ms)
    lines = (
        ("受付番号 Receipt no.", sale.receipt_no),
        ("証明書 Certificate", sale_title(sale)[0]),
        ("発行 Issued", f"{sale.kiosk.upper()}・{day_and_time(sale.at_ms)}"),
        ("無効の用紙 Void sheets", f"{refund.sheets_total}枚（{sale.copies}部の全部）"),
        ("無効にした時刻 Made void", day_and_time(refund.voided_ms)),
        ("返金 Refund", f"{yen_text(Yen(sale.fee_yen))}・{paid}"),
        ("理由 Reason", f"印刷不良（{WRONG[refund.wrong][0]}）"),
    )
    rows = "".join(f'<tr><th scope="row">{name}</th><td>{html.escape(value)}</td></tr>' for name, value in lines)
    return f"""<section class="slip"><h1>返金票 {en("Refund slip")} <span class="void">返金済・無効</span></h1>
<table><tbody>{rows}</tbody></table></section>"""
