"""Reading a form of an event (入力を読む): the draft, or what is wrong beside which field; nothing sent is lost."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.http import HttpRequest

from itaku.basis.clock import to_instant, to_jst
from itaku.basis.errors import ItakuError
from itaku.basis.written_dates import read_written
from itaku.contracts.model.parts import Words
from itaku.desk.acts import telling
from itaku.desk.acts.arriving import At, corrected_event
from itaku.desk.acts.fields import checked_text, read_fields
from itaku.desk.acts.telling import Draft
from itaku.desk.asking import clock

EMPTY = Words(ja="空です。入れてください。", en="This is empty. Fill it in.")


class Whole(NamedTuple):
    """A form as it was sent and read: the draft, or what is wrong."""

    draft: Draft
    errors: dict[str, Words]
    sent: dict[str, tuple[str, ...]]


def read(request: HttpRequest, at: At) -> Whole:
    """Reads a form: the draft, what is wrong beside which field, and what was sent. 404 for a forged correction."""
    post = request.POST
    entered = read_fields(at.result, at.kind, post)
    errors = dict(entered.errors)
    party = post.get("party", "") or (at.parties[0] if len(at.parties) == 1 else "")
    if party not in at.parties:
        errors["party"] = Words(ja="だれとして記録するかを選んでください。", en="Choose for whom you record.")
    corrects = post.get("_corrects", "")[:80]
    corrected_event(at, corrects)
    now = post.get("when", "now") != "earlier"
    sent = dict(entered.sent) | {name: (post.get(name, "")[:4000],) for name in ("when", "day", "time", "why", "party")}
    instant = post.get("_at", "") if now and _is_minute(post.get("_at", "")) else telling.now_text()
    if not now:
        instant, wrong = _earlier(post.get("day", ""), post.get("time", ""))
        errors |= wrong
    reason, unfit = checked_text(post.get("why", ""))
    if unfit is not None:
        errors["why"] = unfit
    elif not reason and (not now or corrects):
        errors["why"] = EMPTY
    token = post.get("_token", "")
    draft = Draft(
        token=token if telling.is_token(token) else telling.new_token(),
        contract=at.contract,
        kind=at.kind,
        party=party,
        at=instant,
        now=now,
        fields=entered.fields,
        reason=reason if not now or corrects else "",
        corrects=corrects,
    )
    return Whole(draft, errors, sent)


def _is_minute(text: str) -> bool:
    try:
        dt.datetime.strptime(text, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 the desk's own zone
    except ValueError:
        return False
    return True


def _earlier(day: str, time: str) -> tuple[str, dict[str, Words]]:
    """A day in the past with, perhaps, a time of day; what is wrong with it stands beside it."""
    text = f"{day.strip()[:40]}T{time.strip()[:5]}" if time.strip() else day.strip()[:40]
    try:
        written = read_written(text, "")
    except ItakuError as error:
        return "", {"day": Words(ja=error.ja, en=error.en)}
    now = clock().now()
    ahead = written.day > to_jst(now).date() if written.moment is None else to_instant(written.moment) > now
    if ahead:
        return "", {
            "day": Words(
                ja="まだ来ていない日時です。起きてから記録します。", en="This has not come yet. Record it when it has."
            )
        }
    if written.moment is None:
        return written.day.isoformat(), {}
    return to_jst(to_instant(written.moment)).strftime("%Y-%m-%dT%H:%M"), {}
