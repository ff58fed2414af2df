"""Mails in words (メールの文面): what is due, what the other side told, what waits too long. No personal data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import quote

from itaku.contracts.engine.events import Event
from itaku.contracts.engine.result import Result
from itaku.desk.configuration import desk_settings
from itaku.desk.today.matters import Row
from itaku.desk.words import STATES

LONGEST = 40
"""Matters that one mail lists; the desk shows all."""


def digest(rows: Sequence[Row], total: int, today: dt.date) -> tuple[str, str]:
    """Subject and text of the daily mail."""
    late = sum(row.band == "overdue" for row in rows)
    subject = f"本日の期限 {today.month}/{today.day}: {total}件" + (f"（期限超過 {late}件）" if late else "")
    return subject, _text("あなたの手番のものです。 / It is your turn.", rows, total)


def escalation(rows: Sequence[Row], name: str) -> tuple[str, str]:
    """Subject and text to a second person: what somebody else has left too long."""
    subject = f"期限超過の知らせ: {name}さんの手番 {len(rows)}件"
    lead = f"{name}さんの手番で、期限を過ぎています。 / Overdue, and it is the turn of {name}."
    return subject, _text(lead, rows, len(rows))


def at_once(result: Result, contract: str, event: Event) -> tuple[str, str]:
    """Subject and text when the other side told something that one should know."""
    known, head = result.fold.rules.events[event.kind], result.fold.contract.head
    teller = result.fold.contract.parties.get(event.by or "")
    who = "" if teller is None else f"（{teller.ja}）"
    subject = f"{known.ja}: {head.ja}"
    address = f"{desk_settings().url}/contracts/{quote(contract, safe='')}/"
    body = (
        f"{head.ja}\n{event.day.isoformat()} {known.ja}{who}\n{known.en}\n\n記録番号 / number {event.seq}\n{address}\n"
    )
    return _line(subject), body


def _text(lead: str, rows: Sequence[Row], total: int) -> str:
    lines = [lead, ""]
    for row in rows[:LONGEST]:
        state, line = STATES[row.band], row.line
        day = "" if row.day is None else f" {row.day.isoformat()}"
        moment = "" if row.moment is None else f" {row.moment:%H:%M}"
        lines.append(f"・[{state.ja}]{day}{moment} {line.what.ja}（{line.title.ja}、{line.place}）")
        lines.append(f"　[{state.en}] {line.what.en}")
    if total > LONGEST:
        lines.append(f"ほか{total - LONGEST}件 / and {total - LONGEST} more")
    lines += ["", f"{desk_settings().url}/", f"通知の設定 / settings: {desk_settings().url}/notices/"]
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    """One line: a subject holds no line break, whatever a title says."""
    return " ".join(text.split())[:200]
