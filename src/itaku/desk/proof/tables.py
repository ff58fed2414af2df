"""The tables of a bundle (一覧): articles as they stand, what was told, money, papers; for CSV, page and PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itaku.basis.clock import InstantMs, to_jst
from itaku.contracts.engine.result import Result
from itaku.contracts.model.kinds import brief_of
from itaku.contracts.overview.course import happenings
from itaku.contracts.overview.purse import purse
from itaku.contracts.papers.places import place
from itaku.desk.proof.proven import filings
from itaku.desk.words import STATES
from itaku.settlement.figures import Figures, Value

if TYPE_CHECKING:
    from itaku.desk.proof.contents import Contents


def tables(result: Result, contents: Contents) -> tuple[Figures, ...]:
    """All of them, in the order of the page."""
    return _articles(result), _told(result), _money(result), _papers(contents), _attachments(contents)


def _articles(result: Result) -> Figures:
    contract = result.fold.contract
    rows: list[tuple[Value, ...]] = []
    for view in result.views.values():
        text, state = result.fold.instances[view.id].rule.text, STATES.get(view.state)
        due = view.due.day
        rows.append(
            (
                place(contract, text.id),
                view.id,
                brief_of(text).ja,
                view.state if state is None else f"{state.ja} / {state.en}",
                "" if due is None else due.isoformat(),
                "" if view.breached_on is None else view.breached_on.isoformat(),
            )
        )
    header = ("条項", "ID", "内容", "状態", "期限", "違反の日")
    return Figures("articles", "条項の状態", "Articles as they stand", (26, 42, 0, 32, 22, 22), header, tuple(rows))


def _told(result: Result) -> Figures:
    parties = result.fold.contract.parties
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            each.seq,
            f"{each.day.isoformat()} {each.time}".strip(),
            each.what.ja,
            each.facts,
            parties[each.by].ja if each.by in parties else each.by,
        )
        for each in happenings(result)
    )
    header = ("番号", "日時", "できごと", "内容", "記録した人")
    return Figures("events", "できごと", "What was told", (14, 30, 0, 48, 40), header, rows)


def _money(result: Result) -> Figures:
    parties = result.fold.contract.parties
    rows: list[tuple[Value, ...]] = [
        (each.name.ja, each.clause, "", "", each.yen, "", "" if each.since is None else each.since.isoformat())
        for each in purse(result).prices
    ]
    rows += [
        (
            each.what.ja,
            each.place,
            parties[each.bearer].ja if each.bearer in parties else each.bearer,
            parties[each.counterparty].ja if each.counterparty in parties else each.counterparty,
            "" if each.yen is None else each.yen,
            "" if each.unpaid_yen is None else each.unpaid_yen,
            "" if each.due is None else each.due.isoformat(),
        )
        for each in purse(result).debts
    ]
    header = ("内容", "条項", "負う者", "相手方", "金額（円）", "未払（円）", "期限・日")
    return Figures("money", "お金", "Money", (0, 26, 30, 30, 26, 26, 22), header, tuple(rows))


def _papers(contents: Contents) -> Figures:
    told = filings(contents.told)
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            each.title_ja,
            each.number,
            to_jst(InstantMs(each.made_at_ms)).strftime("%Y-%m-%d %H:%M"),
            len(each.attachments),
            "契約に記録あり / told" if each.sha256 in told else "契約に記録なし / not told",
            each.sha256,
        )
        for each in contents.papers
    )
    header = ("書類", "版", "作成", "添付", "記録", "SHA-256")
    return Figures("papers", "書類", "Papers", (0, 14, 34, 14, 40, 90), header, rows)


def _attachments(contents: Contents) -> Figures:
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (paper.title_ja, paper.number, each.title, each.bytes, each.sha256)
        for paper in contents.papers
        for each in paper.attachments
    )
    header = ("書類", "版", "添付", "バイト", "SHA-256")
    return Figures("attachments", "添付", "Attachments", (50, 14, 0, 24, 90), header, rows)
