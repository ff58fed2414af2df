"""Telling one event (記録の画面): the form, what it would change, the record; and voiding what was told."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from itaku.basis.clock import to_instant, to_jst
from itaku.basis.errors import ItakuError
from itaku.basis.written_dates import read_written
from itaku.contracts.engine.events import Told, catalogue
from itaku.contracts.engine.result import Result
from itaku.contracts.engine.whatif import difference
from itaku.contracts.keeping.keeping import ContractMovedError
from itaku.contracts.model.contract import EventType
from itaku.contracts.model.parts import Words
from itaku.desk.access import Seat, seat_at
from itaku.desk.acts import telling
from itaku.desk.acts.fields import LONGEST_KEY, as_sent, checked_text, form_fields, read_fields
from itaku.desk.acts.models import Act
from itaku.desk.acts.offered import filled_in, instance_words
from itaku.desk.acts.permission import (
    Leave,
    duties_at,
    leave,
    reads_only,
    reserved_for,
    reserved_for_this,
    side_of,
    who_confirms,
    why_nobody_of,
)
from itaku.desk.acts.shown import next_lines, rows, said
from itaku.desk.acts.telling import Draft
from itaku.desk.asking import ask, clock

EMPTY = Words(ja="空です。入れてください。", en="This is empty. Fill it in.")


class At(NamedTuple):
    """A contract, the kind of event, and who is there: what every page of a telling begins with."""

    contract: str
    kind: str
    seat: Seat
    result: Result
    known: EventType
    leaves: dict[str, Leave]

    @property
    def parties(self) -> list[str]:
        """The legal persons for which this human being may tell the event."""
        return [party for party, each in self.leaves.items() if each.may]


class Whole(NamedTuple):
    """A form as it was sent and read: the draft, or what is wrong."""

    draft: Draft
    errors: dict[str, Words]
    sent: dict[str, tuple[str, ...]]


def _arrive(request: HttpRequest, contract: str, kind: str) -> At:
    seat = seat_at(request, contract)
    result = ask(lambda keeper: keeper.at(contract))
    known = catalogue(result.fold.contract).get(kind)
    if known is None:
        raise Http404("event")
    leaves = {} if seat.reads_only else leave(result, kind, seat, duties_at(request.user, contract))
    return At(contract, kind, seat, result, known, leaves)


def _refused(request: HttpRequest, at: At) -> HttpResponse | None:
    """The page that says why this person may not tell the event and who may; nothing where they may."""
    if at.seat.reads_only:
        why = reads_only(at.result)
    elif not at.leaves:
        why = why_nobody_of(at.result.fold.contract, at.kind)
    elif not at.parties:
        why = next(iter(at.leaves.values()))
    else:
        return None
    return render(request, "acts/refused.html", {"at": at, "leave": why}, status=403)


@require_http_methods(["GET", "HEAD", "POST"])
def tell(request: HttpRequest, contract: str, kind: str) -> HttpResponse:
    """The form of an event, its preview, and its record: one address, one step after another."""
    at = _arrive(request, contract, kind)
    refused = _refused(request, at)
    if refused is not None:
        return refused
    if request.method != "POST":
        return _empty_form(request, at)
    whole = _read(request, at)
    step = request.POST.get("step", "preview")
    if whole.errors or step == "edit":
        return _form(request, at, whole, 400 if whole.errors else 200)
    if step != "record":
        return _preview(request, at, whole)
    return _record(request, at, whole)


def _empty_form(request: HttpRequest, at: At) -> HttpResponse:
    corrected = _corrected(at, request.GET.get("corrects", ""))
    told: dict[str, Any] = {}
    sent: dict[str, tuple[str, ...]] = {"when": ("now",), "party": (at.parties[0],)}
    if corrected is not None:
        told = dict(corrected.fields)
        sent |= {"when": ("earlier",), "day": (corrected.at[:10],), "time": (corrected.at[11:16],)}
        if corrected.by in at.parties:
            sent["party"] = (corrected.by or "",)
    instance = request.GET.get("instance", "")[:200]
    if instance:
        if instance not in at.result.fold.instances:
            raise Http404("instance")
        told = filled_in(at.result, at.kind, instance)
    preset = {name.removeprefix("f_"): (value[:4000],) for name, value in request.GET.items() if name.startswith("f_")}
    draft = Draft(
        token=telling.new_token(),
        contract=at.contract,
        kind=at.kind,
        party=sent["party"][0],
        corrects=corrected.id if corrected else "",
    )
    return _form(request, at, Whole(draft, {}, {**sent, **as_sent(told), **preset}))


def _corrected(at: At, event_id: str) -> Told | None:
    """The event that is to be corrected: told by one's own side, of this kind, and standing. 404 for any other."""
    if not event_id:
        return None
    found = _own_event(at.contract, at.seat, at.result, event_id)
    if found.kind != at.kind:
        raise Http404("event")
    return found


def _own_event(contract: str, seat: Seat, result: Result, event_id: str) -> Told:
    """An event of one's own side; what was told for nobody is the client's to put right. 404 for any other."""
    told: list[Told] = ask(lambda keeper: keeper.told(contract))
    found = next((each for each in told if each.id == event_id and not each.voids), None)
    if found is None:
        raise Http404("event")
    theirs = {side_of(result.fold.contract, party) for party in seat.parties}
    if found.by not in seat.parties and not (found.by is None and "client" in theirs):
        raise Http404("event")
    return found


def _read(request: HttpRequest, at: At) -> Whole:
    post = request.POST
    entered = read_fields(at.result, at.kind, post)
    errors = dict(entered.errors)
    party = post.get("party", "") or (at.parties[0] if len(at.parties) == 1 else "")
    if party not in at.parties:
        errors["party"] = Words(ja="だれとして記録するかを選んでください。", en="Choose for whom you record.")
    corrects = post.get("_corrects", "")[:80]
    _corrected(at, corrects)
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


def _context(at: At) -> dict[str, Any]:
    parties = at.result.fold.contract.parties
    return {
        "at": at,
        "title": at.result.fold.contract.head,
        "parties": [(each, parties[each]) for each in at.parties],
    }


def _form(request: HttpRequest, at: At, whole: Whole, status: int = 200) -> HttpResponse:
    context = _context(at) | {
        "fields": form_fields(at.result, at.kind, whole.sent, whole.errors),
        "draft": whole.draft,
        "sent": {name: values[0] for name, values in whole.sent.items() if values},
        "errors": whole.errors,
        "reserved": reserved_for(at.result.fold.contract, at.kind, whole.draft.party),
        "instance": _about(request, at),
    }
    return render(request, "acts/form.html", context, status=status)


def _about(request: HttpRequest, at: At) -> Words | None:
    """The matter from which the form was opened."""
    instance = at.result.fold.instances.get(request.GET.get("instance", "")[:200])
    return instance_words(at.result, instance) if instance is not None else None


def _preview(request: HttpRequest, at: At, whole: Whole, notice: str = "", since: int = 0) -> HttpResponse:
    draft = whole.draft
    if draft.now:
        draft = _at_present(draft)
    try:
        shown = telling.preview(at.contract, draft.event)
    except ItakuError as error:
        return _form(request, at, whole._replace(errors={"": Words(ja=error.ja, en=f"{error.en} {error.detail}")}), 400)
    return render(
        request,
        "acts/preview.html",
        _context(at) | preview_context(at.result, draft, shown, whole.sent) | _moved(at, notice, since),
        status=409 if notice else 200,
    )


def _at_present(draft: Draft) -> Draft:
    return Draft(
        token=draft.token,
        contract=draft.contract,
        kind=draft.kind,
        party=draft.party,
        at=telling.now_text(),
        now=True,
        fields=draft.fields,
        reason=draft.reason,
        corrects=draft.corrects,
    )


def preview_context(
    result: Result, draft: Draft, shown: telling.Preview, sent: dict[str, tuple[str, ...]]
) -> dict[str, Any]:
    """What the page of a difference shows."""
    contract = result.fold.contract
    reserved = reserved_for_this(result, draft.kind, draft.party, draft.fields)
    confirms = who_confirms(contract, draft.kind, draft.party, reserved)
    moment = read_written(draft.at, "") if draft.at else None
    return {
        "draft": draft,
        "said": said(draft.kind, draft.fields),
        "carried": [(f"f_{name}", value) for name, values in as_sent(draft.fields).items() for value in values],
        "sent": sent,
        "seq": shown.seq,
        "rows": rows(contract, shown.difference),
        "flags": shown.difference.new_flags,
        "status_before": shown.difference.status_before,
        "status_after": shown.difference.status_after,
        "party": contract.parties[draft.party],
        "confirms": [contract.parties[each] for each in confirms],
        "reserved": reserved,
        "day": moment.day if moment else None,
        "time": draft.at[11:16],
    }


def _moved(at: At, notice: str, since: int) -> dict[str, Any]:
    """Why the difference is shown again, and what was told in between."""
    known = catalogue(at.result.fold.contract)
    told = ask(lambda keeper: keeper.told(at.contract))[since:] if notice == "moved" else []
    return {"notice": notice, "between": [(each, known.get(each.kind)) for each in told]}


def _record(request: HttpRequest, at: At, whole: Whole) -> HttpResponse:
    seen = request.POST.get("_seq", "")
    seen_seq = int(seen) if seen.isdigit() and len(seen) < LONGEST_KEY // 6 else -1
    draft = whole.draft
    known = Act.objects.filter(token=draft.token).exists()
    if draft.now and not known and telling.is_stale(draft.at):
        return _preview(request, at, whole, "clock")
    confirms = _confirms(at.result, draft)
    try:
        act = telling.tell(draft, request.user, confirms, seen_seq)
    except ContractMovedError:
        return _preview(request, at, whole, "moved", max(seen_seq, 0))
    if act.state == "waiting":
        return redirect("act-pending", at.contract, act.token)
    return redirect("act-done", at.contract, act.token)


def _confirms(result: Result, draft: Draft) -> tuple[str, ...]:
    """The legal persons of whom somebody confirms the draft."""
    row = reserved_for_this(result, draft.kind, draft.party, draft.fields)
    return who_confirms(result.fold.contract, draft.kind, draft.party, row)


@require_safe
def done(request: HttpRequest, contract: str, token: str) -> HttpResponse:
    """What was recorded, and what comes next on both sides."""
    seat = seat_at(request, contract)
    act = telling.settle(get_object_or_404(Act, token=token, contract=contract))
    if act.state != "recorded":
        return redirect("act-pending", contract, token)
    before, after = (
        ask(lambda keeper: keeper.at(contract, known_seq=act.seq - 1)),
        ask(lambda keeper: keeper.at(contract)),
    )
    then = ask(lambda keeper: keeper.at(contract, known_seq=act.seq))
    changed = {each.id for each in difference(before, then).changes}
    form = after.fold.contract
    context = {
        "act": act,
        "contract": contract,
        "title": form.head,
        "event": catalogue(form)[act.kind],
        "said": said(act.kind, act.fields),
        "party": form.parties[act.party],
        "recorded_at": telling.recorded_at(contract, act.seq),
        "day": read_written(act.at, "").day if act.at else None,
        "time": act.at[11:16],
        "lines": next_lines(after, contract, changed),
        "mine": _mine(seat, request, after),
        "rows": rows(form, difference(before, then)),
    }
    return render(request, "acts/done.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def void(request: HttpRequest, contract: str, event_id: str) -> HttpResponse:
    """Takes back what one's own side told (取消し), with a reason: the difference first, then the record."""
    seat = seat_at(request, contract)
    result = ask(lambda keeper: keeper.at(contract))
    if seat.reads_only:
        leave_ = reads_only(result)
        return render(request, "acts/refused.html", {"leave": leave_, "at": {"contract": contract}}, status=403)
    found = _own_event(contract, seat, result, event_id)
    at = _arrive(request, contract, found.kind)
    refused = _refused(request, at)
    if refused is not None:
        return refused
    post = request.POST
    reason, unfit = checked_text(post.get("why", ""))
    token = post.get("_token", "")
    draft = Draft(
        token=token if telling.is_token(token) else telling.new_token(),
        contract=contract,
        kind=found.kind,
        party=found.by if found.by in at.parties else at.parties[0],
        reason=reason,
        voids=event_id,
    )
    error = unfit or (EMPTY if request.method == "POST" and not reason else None)
    notice, since = "", 0
    if request.method == "POST" and post.get("step") == "record" and error is None:
        seen = post.get("_seq", "")
        seen_seq = int(seen) if seen.isdigit() and len(seen) < LONGEST_KEY // 6 else -1
        try:
            act = telling.tell(draft, request.user, _confirms(result, draft), seen_seq)
        except ContractMovedError:
            notice, since = "moved", max(seen_seq, 0)
        else:
            return redirect("act-done" if act.state == "recorded" else "act-pending", contract, act.token)
    shown = telling.preview(contract, draft.event)
    context = _context(at) | preview_context(result, draft, shown, {}) | _moved(at, notice, since)
    context |= {
        "voided": found,
        "voided_said": said(found.kind, found.fields),
        "error": error,
        "why": post.get("why", ""),
    }
    return render(request, "acts/void.html", context, status=400 if error else 409 if notice else 200)


def _mine(seat: Seat, request: HttpRequest, result: Result) -> set[str]:
    """The kinds of event that this human being may tell."""
    if seat.reads_only:
        return set()
    duties = duties_at(request.user, seat.contract)
    kinds = catalogue(result.fold.contract)
    return {kind for kind in kinds if any(each.may for each in leave(result, kind, seat, duties).values())}
