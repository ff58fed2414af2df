"""The second person's page (二人目の確認): what waits, what it would change, and confirming or refusing it."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from itaku.basis.errors import ItakuError
from itaku.contracts.engine.events import catalogue
from itaku.contracts.keeping.keeping import ContractMovedError
from itaku.contracts.model.parts import Words
from itaku.desk.access import seat_at
from itaku.desk.acts import telling
from itaku.desk.acts.fields import checked_text
from itaku.desk.acts.models import Act
from itaku.desk.acts.noting import note_answer
from itaku.desk.acts.permission import Leave, duties_at, may_confirm
from itaku.desk.acts.previewing import preview_context
from itaku.desk.asking import ask


class Answer(NamedTuple):
    """What became of a second person's (or the first's own) answer: a page to go to, or why it stays."""

    response: HttpResponse | None = None
    notice: str = ""
    error: Words | None = None


@require_http_methods(["GET", "HEAD", "POST"])
def pending(request: HttpRequest, contract: str, token: str) -> HttpResponse:
    """One waiting act: both sides see it, a second person acts on it."""
    seat = seat_at(request, contract)
    act = telling.settle(get_object_or_404(Act, token=token, contract=contract))
    own = act.person_id == request.user.pk
    duties = duties_at(request.user, contract)
    form = ask(lambda keeper: keeper.form_of(contract))
    able = not own and may_confirm(form, act.kind, act.confirms, duties)
    answer = _answered(request, act, own=own, able=able) if request.method == "POST" else Answer()
    if answer.response is not None:
        return answer.response
    if act.state == "recorded":
        return redirect("act-done", contract, token)
    return _page(request, act, answer, {"own": own, "able": able, "reader": seat.reads_only})


def _answered(request: HttpRequest, act: Act, *, own: bool, able: bool) -> Answer:
    """Confirms or withdraws, as the form says."""
    step = request.POST.get("step", "")
    if step == "confirm" and own:
        raise telling.SelfConfirmedError
    if not able and not (own and step == "withdraw"):
        return Answer(_not_yours(request, act))
    if step == "confirm":
        try:
            telling.confirm(act, request.user, telling.read_seq(request.POST.get("_seq", "")))
        except ContractMovedError:
            act.refresh_from_db()
            return Answer(notice="moved")
        note_answer(request, act)
        return Answer(redirect("act-done", act.contract, act.token))
    why, error = checked_text(request.POST.get("why", ""))
    if error is None and not why:
        error = Words(ja="空です。理由を入れてください。", en="This is empty. Give the reason.")
    if error is not None:
        return Answer(error=error)
    telling.withdraw(act, request.user, why)
    note_answer(request, act)
    return Answer(redirect("act-pending", act.contract, act.token))


def _page(request: HttpRequest, act: Act, answer: Answer, who: dict[str, bool]) -> HttpResponse:
    result = ask(lambda keeper: keeper.at(act.contract))
    form = result.fold.contract
    draft = telling.draft_of(act)
    context = who | {
        "act": act,
        "contract": act.contract,
        "title": form.head,
        "event": catalogue(form)[act.kind],
        "who": [form.parties[each] for each in act.confirms],
        "notice": answer.notice,
        "error": answer.error,
        "why": request.POST.get("why", ""),
        "unfit": None,
    }
    try:
        shown = telling.preview(act.contract, draft.event)
    except ItakuError as unfit:
        return render(request, "acts/pending.html", context | {"unfit": unfit, "draft": draft}, status=409)
    context |= preview_context(result, draft, shown, {})
    status = 400 if answer.error else 409 if answer.notice else 200
    return render(request, "acts/pending.html", context, status=status)


def _not_yours(request: HttpRequest, act: Act) -> HttpResponse:
    """The page for somebody who is no second person of this act."""
    form = ask(lambda keeper: keeper.form_of(act.contract))
    who = [form.parties[each] for each in act.confirms]
    leave = Leave(
        may=False,
        why=Words(ja="この記録の確認は、あなたの担当ではできません。", en="Your duties do not let you confirm this."),
        who=Words(ja="、".join(each.ja for each in who), en=", ".join(each.en for each in who)),
    )
    return render(request, "acts/refused.html", {"leave": leave, "at": {"contract": act.contract}}, status=403)
