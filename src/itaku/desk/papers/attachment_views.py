"""Pages of attachments (添付の画面): put on, taken off, given out byte for byte under a neutral name."""

from __future__ import annotations

from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from itaku.basis.errors import ItakuError
from itaku.desk.access import seat_at
from itaku.desk.audit.noting import note
from itaku.desk.papers.attaching import attach, take_off
from itaku.desk.papers.errors import UploadTooLargeError
from itaku.desk.papers.kept_files import kept
from itaku.desk.papers.uploads import MOST_BYTES
from itaku.desk.papers.views import found_paper, sheet_page


@require_POST
def put_on(request: HttpRequest, contract: str, token: str) -> HttpResponse:
    """Takes an uploaded file in, or says beside the field why not."""
    seat = seat_at(request, contract)
    document, _ = found_paper(seat, token)
    try:
        file = request.FILES.get("file")
        if file is None or file.size > MOST_BYTES:
            raise UploadTooLargeError
        put = attach(document, seat, request.user, file.name or "", file.read())
    except ItakuError as error:
        return sheet_page(request, seat, token, {"attach_trouble": error}, status=409)
    note(request, "paper-attached", contract, paper=token, sha256=put.sha256)
    return redirect("paper", contract=contract, token=token)


@require_POST
def off(request: HttpRequest, contract: str, token: str, attachment: str) -> HttpResponse:
    """Takes a file off a draft."""
    seat = seat_at(request, contract)
    document, _ = found_paper(seat, token)
    try:
        taken = take_off(document, seat, attachment)
    except ItakuError as error:
        return sheet_page(request, seat, token, {"attach_trouble": error}, status=409)
    if taken is None:
        raise Http404("attachment")
    note(request, "paper-attached", contract, paper=token, sha256=taken.sha256, off=True)
    return redirect("paper", contract=contract, token=token)


@require_safe
def content(request: HttpRequest, contract: str, token: str, attachment: str) -> HttpResponse:
    """The file as it came, to be saved and never opened inside the desk."""
    seat = seat_at(request, contract)
    document, version = found_paper(seat, token)
    found = document.attachments.filter(token=attachment, number__lte=version.number).first()
    if found is None or (found.removed_at_ms is not None and document.drafter not in seat.parties):
        raise Http404("attachment")
    answer = HttpResponse(kept(found.sha256), content_type=found.mime)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    return answer
