"""The works schedule (業務工程表): seen as a chart, taken out as Excel, brought back with the differences to accept."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from itaku.basis.clock import to_jst
from itaku.desk.access import Seat, seat_at
from itaku.desk.asking import ask, clock
from itaku.desk.contracts.gantt import gantt
from itaku.desk.contracts.models import WorksSchedule, schedule_in_force
from itaku.desk.contracts.schedule_file import ScheduleFileError, as_file, read_file
from itaku.desk.files import download

_SALT = "itaku.desk.schedule"


class RowChange(NamedTuple):
    """A row that a new version adds, drops or changes; None where it does not exist."""

    name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest, contract: str) -> HttpResponse:
    """The page; a file that is brought is shown beside the version in force before it becomes a new one."""
    seat = seat_at(request, contract)
    result = ask(lambda keeper: keeper.at(contract))
    standing = schedule_in_force(contract, result)
    context: dict[str, Any] = {"contract": contract, "head": result.fold.contract.head, "may_edit": may_edit(seat)}
    if request.method == "POST":
        if not may_edit(seat):
            return HttpResponseForbidden()
        if "accepted" in request.POST:
            return _accept(request, contract)
        context |= _looked_at(request, standing)
    today = to_jst(clock().now()).date()
    context |= {
        "standing": standing,
        "chart": gantt(standing, today) if standing else None,
        "versions": WorksSchedule.objects.filter(contract=contract).order_by("-made_at_ms").select_related("made_by"),
    }
    return render(request, "contracts/schedule.html", context)


@require_safe
def schedule_file(request: HttpRequest, contract: str) -> HttpResponse:
    """The version in force as Excel; without one, an empty form."""
    seat_at(request, contract)
    result = ask(lambda keeper: keeper.at(contract))
    standing = schedule_in_force(contract, result)
    return download(as_file(standing.rows if standing else []), "works-schedule.xlsx")


def may_edit(seat: Seat) -> bool:
    """Whether the seat is the contractor's, who draws the schedule up (S2-3-1)."""
    return "contractor" in seat.parties


def _looked_at(request: HttpRequest, standing: Any) -> dict[str, Any]:
    """What the page says of a file that was brought."""
    file = request.FILES.get("file")
    if file is None:
        return {"trouble": ScheduleFileError()}
    try:
        rows, mistakes = read_file(file.read())
    except ScheduleFileError as error:
        return {"trouble": error}
    changes = differences(standing.rows if standing else [], rows)
    token = "" if mistakes else signing.dumps(rows, salt=_SALT, compress=True)
    return {"mistakes": mistakes, "changes": changes, "rows": len(rows), "token": token, "brought": True}


def differences(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[RowChange]:
    """The rows that differ, by their names, in the order of the new version."""
    old = {row["name"]: row for row in before}
    new = {row["name"]: row for row in after}
    names = dict.fromkeys((*new, *old))
    return [RowChange(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def _accept(request: HttpRequest, contract: str) -> HttpResponse:
    """Keeps the rows as the next version. Sent twice, it is kept once."""
    try:
        rows = signing.loads(request.POST.get("accepted", ""), salt=_SALT, max_age=86_400)
    except signing.BadSignature as error:
        raise ScheduleFileError("accepted") from error
    with transaction.atomic():
        kept = list(WorksSchedule.objects.select_for_update().filter(contract=contract).order_by("made_at_ms"))
        if not kept or kept[-1].rows != rows:
            numbers = [int(each.version) for each in kept if each.version.isdigit()]
            WorksSchedule.objects.create(
                contract=contract,
                version=str(max(numbers, default=0) + 1),
                rows=rows,
                made_by=request.user,
                made_at_ms=int(clock().now()),
            )
    return redirect("schedule", contract=contract)
