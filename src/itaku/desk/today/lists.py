"""What is due as a list to take out (一覧の出力): Excel and CSV with the filters of the screen, all pages of it."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from itaku.desk.access import Seat, seats_of
from itaku.desk.asking import clock
from itaku.desk.files import download
from itaku.desk.today.filters import KINDS, Filters, read_filters
from itaku.desk.today.matters import Row
from itaku.desk.today.views import look
from itaku.desk.words import STATES
from itaku.settlement.figures import Figures, Value
from itaku.settlement.workbook import csv_text, workbook

MOST = 5_000
"""Rows of one file; where there are more, its last row says so."""
_AT_ONCE = 500

_HEAD_JA = (
    "区分", "期限", "時刻", "残り日数", "内容", "契約", "契約名", "義務者", "相手方", "手番", "条項", "条項ID",
    "きっかけ", "数え方", "未払額（円）", "種類", "状態", "書類", "未記入", "整理番号",
)  # fmt: skip
_HEAD_EN = (
    "Band", "Due", "Time", "Days left", "What", "Contract", "Title", "Bearer", "Counterparty", "Turn", "Clause",
    "Clause id", "Trigger", "Counting", "Unpaid (yen)", "Kind", "State", "Paper", "Blanks", "Reference",
)  # fmt: skip


@require_safe
def due_workbook(request: HttpRequest) -> HttpResponse:
    """The list as an Excel workbook."""
    return download(workbook([table(request)]), "due.xlsx")


@require_safe
def due_csv(request: HttpRequest) -> HttpResponse:
    """The list as CSV that Excel reads as it is."""
    return download(csv_text(table(request)), "due.csv")


def table(request: HttpRequest) -> Figures:
    """The rows that fit the filters of the address, in the screen's order."""
    english = request.lang == "en"
    filters, seats = read_filters(request), seats_of(request.user)
    rows: list[tuple[Value, ...]] = [_cells(row, english=english) for row in _rows(filters, seats)]
    if len(rows) > MOST:
        more = (
            f"This list ends after {MOST:,} rows: filter it" if english else f"{MOST:,}行で終わり。しぼりこんでください"
        )
        rows = [*rows[:MOST], (more, *[""] * (len(_HEAD_JA) - 1))]
    columns = (0,) * len(_HEAD_JA)
    return Figures("due", "本日の期限", "Due today", columns, _HEAD_EN if english else _HEAD_JA, tuple(rows))


def _rows(filters: Filters, seats: dict[str, Seat]) -> Iterator[Row]:
    """All rows up to one more than a file takes, asked for in parts."""
    now = clock().now()
    for first in range(0, MOST + 1, _AT_ONCE):
        screen = look(filters, seats, now, first=first, limit=_AT_ONCE)
        yield from screen.rows
        if first + _AT_ONCE >= screen.total:
            return


def _cells(row: Row, *, english: bool) -> tuple[Value, ...]:
    line, document = row.line, row.matter.document
    tongue = "en" if english else "ja"
    sides = [
        "" if each is None else f"{each.label} {getattr(each, tongue)}".strip()
        for each in (line.bearer, line.counterparty, line.turn)
    ]
    return (
        getattr(STATES[row.band], tongue),
        line.manner if row.day is None else row.day.isoformat(),
        "" if row.moment is None else f"{row.moment:%H:%M}",
        "" if row.days_left is None else row.days_left,
        getattr(line.what, tongue),
        line.contract,
        getattr(line.title, tongue),
        *sides,
        line.place,
        line.provision,
        getattr(line.trigger, tongue),
        getattr(line.counted, tongue),
        "" if line.unpaid_yen is None else line.unpaid_yen,
        KINDS.get(line.kind, (line.kind, line.kind))[english],
        getattr(STATES[row.state], tongue),
        "" if document is None else getattr(document.title, tongue),
        "" if document is None else "、".join(getattr(each, tongue) for each in document.missing),
        "、".join(line.keys),
    )
