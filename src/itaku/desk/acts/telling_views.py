"""Telling one event (記録の画面): the form, what it would change, and the record."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from itaku.basis.errors import ItakuError
from itaku.contracts.keeping.keeping import ContractMovedError
from itaku.contracts.model.parts import Words
from itaku.desk.acts import telling
from itaku.desk.acts.arriving import At, arrive, corrected_event, frame, refused_page
from itaku.desk.acts.fields import as_sent, form_fields
from itaku.desk.acts.models import Act
from itaku.desk.acts.noting import note_telling
from itaku.desk.acts.offered import filled_in, instance_words
from itaku.desk.acts.permission import reserved_for
from itaku.desk.acts.previewing import confirms_of, moved_context, preview_context
from itaku.desk.acts.reading import Whole, read
from itaku.desk.acts.telling import Draft


@require_http_methods(["GET", "HEAD", "POST"])
def tell(request: HttpRequest, contract: str, kind: str) -> HttpResponse:
    """The form of an event, its preview, and its record: one address, one step after another."""
    at = arrive(request, contract, kind)
    refused = refused_page(request, at)
    if refused is not None:
        return refused
    if request.method != "POST":
        return _empty_form(request, at)
    whole = read(request, at)
    step = request.POST.get("step", "preview")
    if whole.errors or step == "edit":
        return _form(request, at, whole, 400 if whole.errors else 200)
    if step != "record":
        return _preview(request, at, whole)
    return _record(request, at, whole)


def _empty_form(request: HttpRequest, at: At) -> HttpResponse:
    corrected = corrected_event(at, request.GET.get("corrects", ""))
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


def _form(request: HttpRequest, at: At, whole: Whole, status: int = 200) -> HttpResponse:
    context = frame(at) | {
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
        draft = msgspec.structs.replace(draft, at=telling.now_text())
    try:
        shown = telling.preview(at.contract, draft.event)
    except ItakuError as error:
        return _form(request, at, whole._replace(errors={"": Words(ja=error.ja, en=f"{error.en} {error.detail}")}), 400)
    return render(
        request,
        "acts/preview.html",
        frame(at)
        | preview_context(at.result, draft, shown, whole.sent)
        | moved_context(at.result, at.contract, notice, since),
        status=409 if notice else 200,
    )


def _record(request: HttpRequest, at: At, whole: Whole) -> HttpResponse:
    seen_seq = telling.read_seq(request.POST.get("_seq", ""))
    draft = whole.draft
    known = Act.objects.filter(token=draft.token).exists()
    if draft.now and not known and telling.is_stale(draft.at):
        return _preview(request, at, whole, "clock")
    confirms = confirms_of(at.result, draft)
    try:
        act = telling.tell(draft, request.user, confirms, seen_seq)
    except ContractMovedError:
        return _preview(request, at, whole, "moved", max(seen_seq, 0))
    note_telling(request, act)
    return redirect("act-pending" if act.state == "waiting" else "act-done", at.contract, act.token)
