"""After the record (記録のあと): what was recorded and what comes next; and voiding what one's own side told."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from itaku.basis.written_dates import read_written
from itaku.contracts.engine.events import catalogue
from itaku.contracts.engine.result import Result
from itaku.contracts.engine.whatif import difference
from itaku.contracts.keeping.keeping import ContractMovedError
from itaku.desk.access import Seat, seat_at
from itaku.desk.acts import telling
from itaku.desk.acts.arriving import arrive, frame, own_event, refused_page
from itaku.desk.acts.fields import checked_text
from itaku.desk.acts.models import Act
from itaku.desk.acts.noting import note_telling
from itaku.desk.acts.permission import duties_at, leave, reads_only
from itaku.desk.acts.previewing import confirms_of, moved_context, preview_context
from itaku.desk.acts.reading import EMPTY
from itaku.desk.acts.shown import next_lines, rows, said
from itaku.desk.acts.telling import Draft
from itaku.desk.asking import ask


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
        "said": said(form, act.kind, act.fields),
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
        why = {"leave": reads_only(result), "at": {"contract": contract}}
        return render(request, "acts/refused.html", why, status=403)
    found = own_event(contract, seat, result, event_id)
    at = arrive(request, contract, found.kind)
    refused = refused_page(request, at)
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
        seen_seq = telling.read_seq(post.get("_seq", ""))
        try:
            act = telling.tell(draft, request.user, confirms_of(result, draft), seen_seq)
        except ContractMovedError:
            notice, since = "moved", max(seen_seq, 0)
        else:
            note_telling(request, act)
            return redirect("act-done" if act.state == "recorded" else "act-pending", contract, act.token)
    shown = telling.preview(contract, draft.event)
    shown_to = (
        frame(at) | preview_context(result, draft, shown, {}) | moved_context(at.result, at.contract, notice, since)
    )
    shown_to |= {
        "voided": found,
        "voided_said": said(result.fold.contract, found.kind, found.fields),
        "error": error,
        "why": post.get("why", ""),
    }
    return render(request, "acts/void.html", shown_to, status=400 if error else 409 if notice else 200)


def _mine(seat: Seat, request: HttpRequest, result: Result) -> set[str]:
    """The kinds of event that this human being may tell."""
    if seat.reads_only:
        return set()
    duties = duties_at(request.user, seat.contract)
    kinds = catalogue(result.fold.contract)
    return {kind for kind in kinds if any(each.may for each in leave(result, kind, seat, duties).values())}
