"""The page on which a side says how many of its people approve each paper (承認の人数の設定)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from itaku.basis.errors import ItakuError
from itaku.desk.access import seat_at
from itaku.desk.asking import ask
from itaku.desk.audit.noting import note
from itaku.desk.papers import quorum
from itaku.desk.papers.keeping import parties_of


@require_http_methods(["GET", "HEAD", "POST"])
def setting(request: HttpRequest, contract: str) -> HttpResponse:
    """Every paper that is approved by somebody, with its number of people; raised at once, lowered by two."""
    seat = seat_at(request, contract)
    found = ask(lambda keeper: keeper.at(contract)).fold.contract
    approvers = {name: parties_of(found, name, "")[2] for name in found.papers}
    approvers = {name: party for name, party in approvers.items() if party}
    trouble, about, written, status = None, "", "", 200
    if request.method == "POST":
        about, written = request.POST.get("paper", ""), request.POST.get("people", "")[:9]
        if about not in approvers:
            raise Http404("paper")
        people = int(written) if written.isascii() and written.isdigit() else 0
        what = request.POST.get("what", "")
        try:
            if what in {"agree", "refuse"}:
                quorum.confirm(contract, about, approvers[about], seat, request.user, people, agrees=what == "agree")
            else:
                quorum.ask_for(contract, about, approvers[about], seat, request.user, people)
        except ItakuError as error:
            trouble, status = error, 409
        else:
            note(request, "paper-quorum", contract, paper=about, people=people, what=what or "ask")
            return redirect("papers-quorum", contract=contract)
    rows = quorum.asked_of(contract, found, approvers, seat, request.user)
    context = {"contract": contract, "head": found.head, "rows": rows, "parties": found.parties}
    context |= {"trouble": trouble, "about": about, "written": written}
    return render(request, "papers/quorum.html", context, status=status)
