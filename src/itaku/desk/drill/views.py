"""The drill's page (時間を進める): choose, see what wakes, confirm. It exists in the sandbox only."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from itaku.basis.clock import InstantMs, to_jst
from itaku.desk.access import seats_of
from itaku.desk.asking import ask
from itaku.desk.audit.noting import note
from itaku.desk.configuration import desk_settings
from itaku.desk.drill.moving import (
    MOST_SHOWN,
    ClockMovedError,
    MoveRefusedError,
    check,
    move,
    next_deadline,
    practice,
    steps,
    target_of,
    woken,
)

_SALT = "itaku.desk.drill"


@require_http_methods(["GET", "HEAD", "POST"])
def drill(request: HttpRequest) -> HttpResponse:
    """The page; a step is shown with what it wakes before it is done."""
    shared = practice()
    if not desk_settings().sandbox or shared is None:
        raise Http404("drill")
    seats = seats_of(request.user)
    context: dict[str, Any] = {"steps": steps(shared.now())}
    if request.method == "POST":
        try:
            if "confirmed" in request.POST:
                return _moved(request)
            context |= _looked_at(request.POST.get("step", ""), shared.now(), shared.offset_ms, list(seats))
        except (MoveRefusedError, ClockMovedError) as error:
            context["trouble"] = error
    moved_ms = shared.offset_ms
    context |= {
        "next_day": next_deadline(shared.now(), list(seats)),
        "moved_days": abs(moved_ms) // 86_400_000,
        "moved_hours": abs(moved_ms) % 86_400_000 // 3_600_000,
        "is_behind": moved_ms < 0,
        "is_moved": moved_ms != 0,
    }
    return render(request, "drill/drill.html", context, status=409 if "trouble" in context else 200)


def _looked_at(step: str, now: InstantMs, offset: int, contracts: list[str]) -> dict[str, Any]:
    """What the page says of a step before it is done."""
    target = target_of(step, now, contracts)
    check(now, target, to_real=step == "real")
    found = woken(now, target, contracts)
    token = signing.dumps({"step": step, "target": int(target), "offset": offset}, salt=_SALT)
    return {
        "asked": True,
        "target": to_jst(target),
        "target_day": to_jst(target).date(),
        "to_real": step == "real",
        "backward": target < now,
        "woken": found[:MOST_SHOWN],
        "woken_count": len(found),
        "late_count": sum(each.late for each in found),
        "token": token,
    }


def _moved(request: HttpRequest) -> HttpResponse:
    """Moves the clock as it was confirmed. Sent twice, it is moved once: the second is answered with the page."""
    try:
        asked = signing.loads(request.POST.get("confirmed", ""), salt=_SALT, max_age=3600)
    except signing.BadSignature as error:
        raise MoveRefusedError("confirmed") from error
    shared = practice()
    assert shared is not None, "asked above"
    if request.session.get("drill_done") == request.POST["confirmed"]:
        return redirect("drill")
    move(InstantMs(asked["target"]), asked["offset"], to_real=asked["step"] == "real")
    request.session["drill_done"] = request.POST["confirmed"]
    note(request, "clock-moved", "", step=str(asked["step"]), to_ms=int(asked["target"]))
    ask(lambda keeper: keeper.wake())
    return redirect("drill")
