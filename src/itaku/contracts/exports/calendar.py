"""iCalendar (RFC 5545): the dates of a contract as all-day events, the hours of its clocks as to-dos.

A calendar that is fetched again updates what it showed: the UID rests on the contract and the instance alone, and
SEQUENCE is the number of the last event that was told. Days are days in Japan (DATE, no zone), hours are in UTC.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import NamedTuple

import icalendar

from itaku import __version__
from itaku.basis.clock import InstantMs
from itaku.basis.errors import ItakuError
from itaku.basis.working import day_en, day_ja, lines_text, moment_en, moment_ja
from itaku.contracts.engine.result import Result, View
from itaku.contracts.engine.why import why

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:itaku:calendar")
_LONGEST_SUMMARY = 60


class PartyUnknownError(ItakuError):
    """The contract has no such party."""

    code = "party_unknown"
    ja = "その名前の当事者は契約にいません。"
    en = "The contract has no party of that name."


class Standing(NamedTuple):
    """How an instance appears: its categories, its words in front of the summary, and the status of both components."""

    categories: tuple[str, str]
    mark: str
    event_status: str
    todo_status: str


def calendar(result: Result, contract_id: str, stamped_at: InstantMs, party: str | None = None) -> bytes:
    """Everything that has a date or an hour, as one calendar; of one party only what it must do or could lose.

    `stamped_at` becomes DTSTAMP. Raises `PartyUnknownError`.
    """
    contract = result.fold.contract
    if party is not None and party not in contract.parties:
        raise PartyUnknownError(f"{party[:40]!a}: {', '.join(contract.parties)}")
    made = empty(f"{contract_id} {contract.head.ja}")
    for shown in result.views.values():
        if shown.kind not in _SHOWN or not _concerns(shown, party):
            continue
        if shown.due.instant is not None:
            made.add_component(_todo(result, contract_id, shown, stamped_at))
        elif shown.due.day is not None:
            made.add_component(_event(result, contract_id, shown, stamped_at))
    written: bytes = made.to_ical()
    return written


def empty(name: str) -> icalendar.Calendar:
    """A calendar of that name with nothing in it yet."""
    made = icalendar.Calendar()
    made.add("prodid", f"-//itaku//itaku {__version__}//JA")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("x-wr-timezone", "Asia/Tokyo")
    return made


def uid(contract_id: str, instance_id: str) -> str:
    """The same for the same instance of the same contract, whenever and wherever the calendar is made."""
    return str(uuid.uuid5(_NAMESPACE, f"{contract_id}\n{instance_id}"))


def _concerns(shown: View, party: str | None) -> bool:
    return party is None or party in {shown.bearer, *shown.debtors} or shown.bearer in {"both", ""}


def _event(result: Result, contract_id: str, shown: View, stamped_at: InstantMs) -> icalendar.Event:
    day = shown.due.day
    assert day is not None, "asked of what has a day"
    made = icalendar.Event()
    standing = _common(made, result, contract_id, shown, stamped_at)
    made.add("dtstart", day)
    made.add("dtend", day + dt.timedelta(days=1))
    made.add("transp", "TRANSPARENT")
    made.add("status", standing.event_status)
    if shown.due.remind is not None and shown.state in _OPEN:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", _summary(result, shown, standing))
        # What is counted backwards is disputed by one day. A day that was moved forward is met a day before, too.
        alarm.add("trigger", dt.timedelta(days=min((shown.due.remind - day).days, -1)))
        made.add_component(alarm)
    return made


def _todo(result: Result, contract_id: str, shown: View, stamped_at: InstantMs) -> icalendar.Todo:
    assert shown.due.instant is not None, "asked of what has an hour"
    made = icalendar.Todo()
    standing = _common(made, result, contract_id, shown, stamped_at)
    made.add("due", _utc(shown.due.instant))
    made.add("status", standing.todo_status)
    performed = result.fold.instances[shown.id].performed_by
    if standing.todo_status == "COMPLETED":
        made.add("percent-complete", 100)
        if performed is not None:
            made.add("completed", _utc(performed.at))
    return made


def _common(
    made: icalendar.Event | icalendar.Todo, result: Result, contract_id: str, shown: View, stamped_at: InstantMs
) -> Standing:
    standing = _standing(shown)
    made.add("uid", uid(contract_id, shown.id))
    made.add("dtstamp", _utc(stamped_at))
    made.add("sequence", result.seq)
    made.add("summary", _summary(result, shown, standing))
    made.add("description", _description(result, shown))
    made.add("categories", list(standing.categories))
    return standing


def _standing(shown: View) -> Standing:
    if shown.state == "violated":
        if shown.past_by_the_letter:
            return Standing(
                ("文言では期限超過", "past-by-the-letter"), "【文言では期限超過】", "CONFIRMED", "NEEDS-ACTION"
            )
        return Standing(("期限超過", "overdue"), "【期限超過】", "CONFIRMED", "NEEDS-ACTION")
    if shown.state in _DONE:
        late = shown.breached_on is not None
        done = ("期限後に履行", "done-late") if late else ("履行済", "done")
        return Standing(done, "【済】", "CONFIRMED", "COMPLETED")
    if shown.state in _PASSED:
        return Standing(("期限の経過", "passed"), "【経過】", "CONFIRMED", "NEEDS-ACTION")
    if shown.state in _GONE:
        return Standing(("消滅", "gone"), "【消滅】", "CANCELLED", "CANCELLED")
    if shown.state == "suspended":
        return Standing(("中止", "suspended"), "【中止】", "TENTATIVE", "NEEDS-ACTION")
    if shown.state in _CLOSED:
        return Standing(("いまは行使不可", "not-available"), "【行使不可】", "TENTATIVE", "NEEDS-ACTION")
    if shown.kind in {"power", "condition"}:
        return Standing(("権利・条件の期限", "time-limit"), "", "CONFIRMED", "NEEDS-ACTION")
    return Standing(("期限", "due"), "", "CONFIRMED", "NEEDS-ACTION")


def _summary(result: Result, shown: View, standing: Standing) -> str:
    text = result.fold.instances[shown.id].rule.text
    what = text.heading or text.ja
    if len(what) > _LONGEST_SUMMARY:
        what = what[: _LONGEST_SUMMARY - 1] + "…"
    who = _name(result, shown.bearer)
    return f"{standing.mark}{what}（{who}）" if who else f"{standing.mark}{what}"


def _description(result: Result, shown: View) -> str:
    text = result.fold.instances[shown.id].rule.text
    due = shown.due
    lines = [text.ja, text.en, "", f"条項 / clause: {shown.provision}", f"個別 / instance: {shown.id}"]
    if due.instant is not None:
        lines.append(f"期限 / due: {moment_ja(due.instant)} / {moment_en(due.instant)}")
    if due.target is not None and due.target != due.instant:
        lines.append(f"目標 / target: {moment_ja(due.target)} / {moment_en(due.target)}")
    if due.instant is None and due.day is not None:
        lines.append(f"期限 / due: {day_ja(due.day)} / {day_en(due.day)}")
    if due.raw is not None:
        lines.append(f"文言どおりの日 / by the letter: {day_ja(due.raw)}")
    if due.moved is not None:
        lines.append(f"閉庁日を避けた日 / moved off closing days: {day_ja(due.moved)}")
    if due.provisional:
        lines.append("祝日が未公表の年を含む / some public holidays are not published yet")
    lines.append(f"義務者 / who: {_name(result, shown.bearer) or '—'}")
    if len(shown.debtors) > 1:
        lines.append(f"連帯 / jointly: {'、'.join(_name(result, each) for each in shown.debtors)}")
    if shown.counterparty:
        lines.append(f"相手方 / to whom: {_name(result, shown.counterparty)}")
    if shown.breached_on is not None:
        lines.append(f"違反の日 / breached on: {day_ja(shown.breached_on)}")
    lines += ["", "なぜ / why:", lines_text(why(result, shown.id))]
    return "\n".join(lines)


def _name(result: Result, person: str) -> str:
    party = result.fold.contract.parties.get(person)
    return party.ja if party is not None else {"both": "双方", "third": "第三者"}.get(person, person)


def _utc(instant: InstantMs) -> dt.datetime:
    return dt.datetime.fromtimestamp(instant // 1000, dt.UTC)


_SHOWN = frozenset({"obligation", "document", "calculation", "power", "condition"})
_OPEN = frozenset({"pending", "in_effect", "suspended", "available", "running"})
_CLOSED = frozenset({"not_arisen", "barred"})
_DONE = frozenset({"fulfilled", "exercised"})
_PASSED = frozenset({"lapsed", "holds"})
_GONE = frozenset({"discharged", "averted"})
