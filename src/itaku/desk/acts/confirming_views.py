"""The second person's page (二人目の確認): what waits, what it would change, and confirming or refusing it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from itaku.basis.errors import ItakuError
from itaku.contracts.engine.events import catalogue
from itaku.contracts.keeping.keeping import ContractMovedError
from itaku.contracts.model.parts import Words
from itaku.desk.access import seat_at
from itaku.desk.accounts.duties import TELLING
from itaku.desk.acts import telling
from itaku.desk.acts.fields import checked_text
from itaku.desk.acts.models import Act
from itaku.desk.acts.permission import duties_at
from itaku.desk.acts.telling import Draft
from itaku.desk.acts.telling_views import preview_context
from itaku.desk.asking import ask


@require_http_methods(["GET", "HEAD", "POST"])
def pending(request: HttpRequest, contract: str, token: str) -> HttpResponse:
    """One waiting act: both sides see it, a second person acts on it."""
    seat = seat_at(request, contract)
    act = telling.settle(get_object_or_404(Act, token=token, contract=contract))
    own = act.person_id == request.user.pk
    duties = duties_at(request.user, contract)
    able = any(duties.get(party, frozenset()) & TELLING for party in act.confirms) and not own
    notice, error, why = "", None, ""
    if request.method == "POST":
        why, error = checked_text(request.POST.get("why", ""))
        step = request.POST.get("step", "")
        if step == "confirm":
            if own:
                raise telling.SelfConfirmedError
            if not able:
                return _not_yours(request, contract, act)
            seen = request.POST.get("_seq", "")
            try:
                telling.confirm(act, request.user, int(seen) if seen.isdigit() and len(seen) < 10 else -1)
            except ContractMovedError:
                notice = "moved"
                act.refresh_from_db()
            else:
                return redirect("act-done", contract, token)
        elif step == "withdraw" and error is None:
            if not own and not able:
                return _not_yours(request, contract, act)
            if why:
                telling.withdraw(act, request.user, why)
                return redirect("act-pending", contract, token)
            error = Words(ja="空です。理由を入れてください。", en="This is empty. Give the reason.")
    if act.state == "recorded":
        return redirect("act-done", contract, token)
    result = ask(lambda keeper: keeper.at(contract))
    form = result.fold.contract
    draft = Draft(
        token=act.token,
        contract=contract,
        kind=act.kind,
        party=act.party,
        at=act.at,
        fields=act.fields,
        reason=act.reason,
        corrects=act.corrects,
        voids=act.voids,
    )
    context = {
        "act": act,
        "contract": contract,
        "title": form.head,
        "event": catalogue(form)[act.kind],
        "able": able,
        "own": own,
        "reader": seat.reads_only,
        "who": [form.parties[each] for each in act.confirms],
        "notice": notice,
        "error": error,
        "why": why,
        "unfit": None,
    }
    try:
        shown = telling.preview(contract, draft.event)
    except ItakuError as unfit:
        return render(request, "acts/pending.html", context | {"unfit": unfit, "draft": draft}, status=409)
    context |= preview_context(result, draft, shown, {})
    return render(request, "acts/pending.html", context, status=400 if error else 409 if notice else 200)


def _not_yours(request: HttpRequest, contract: str, act: Act) -> HttpResponse:
    """The page for somebody who is no second person of this act."""
    form = ask(lambda keeper: keeper.form_of(contract))
    who = [form.parties[each] for each in act.confirms]
    leave = {
        "why": Words(
            ja="この記録の確認は、あなたの担当ではできません。", en="Your duties do not let you confirm this."
        ),
        "who": Words(ja="、".join(each.ja for each in who), en=", ".join(each.en for each in who)),
    }
    return render(request, "acts/refused.html", {"leave": leave, "at": {"contract": contract}}, status=403)
