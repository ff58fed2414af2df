"""Pages of filled forms (用紙の受け取り): what a form would change, and taking it into the draft."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from itaku.basis.errors import ItakuError
from itaku.contracts.papers.definitions import paper_of
from itaku.desk.access import seat_at
from itaku.desk.asking import ask
from itaku.desk.papers import keeping
from itaku.desk.papers.attaching import writes
from itaku.desk.papers.errors import PaperMovedError, StepRefusedError, UploadTooLargeError
from itaku.desk.papers.filled_forms import proposed
from itaku.desk.papers.uploads import MOST_BYTES
from itaku.desk.papers.views import found_paper, moved_page, sheet_page, whole_number


@require_POST
def read_back(request: HttpRequest, contract: str, token: str) -> HttpResponse:
    """Reads a filled form and shows each difference to take or to leave; nothing is changed yet."""
    seat = seat_at(request, contract)
    document, version = found_paper(seat, token)
    result = ask(lambda keeper: keeper.at(contract))
    try:
        if not writes(document, seat):
            raise StepRefusedError(document.state)
        file = request.FILES.get("file")
        if file is None or file.size > MOST_BYTES:
            raise UploadTooLargeError
        fields = keeping.fields_of(paper_of(result.fold.contract, document.paper))
        made, bare = keeping.drafted(result, document, version.entered), keeping.drafted(result, document, {})
        found = proposed(file.read(), document, fields, made, bare)
    except ItakuError as error:
        return sheet_page(request, seat, token, {"form_trouble": error}, status=409)
    context = {"contract": contract, "document": document, "version": version, "found": found}
    return render(request, "papers/filled.html", context)


@require_POST
def take(request: HttpRequest, contract: str, token: str) -> HttpResponse:
    """Takes the chosen differences into the draft; what somebody saved meanwhile is shown and nothing is lost."""
    seat = seat_at(request, contract)
    document, version = found_paper(seat, token)
    result = ask(lambda keeper: keeper.at(contract))
    fields = keeping.fields_of(paper_of(result.fold.contract, document.paper))
    chosen = {name: request.POST.get(f"v.{name}", "") for name in request.POST.getlist("take") if name in fields}
    merged = dict(version.entered) | {name: text.replace("\r\n", "\n").strip() for name, text in chosen.items()}
    entered = {name: text for name, text in merged.items() if text}
    try:
        keeping.save(document, seat, request.user, entered, whole_number(request.POST.get("edits", "")))
    except PaperMovedError as error:
        return moved_page(request, seat, token, entered, error)
    except ItakuError as error:
        return sheet_page(request, seat, token, {"form_trouble": error}, status=409)
    return redirect("paper", contract=contract, token=token)
