"""What every page shows around its content: navigation, the sandbox's strip, who is signed in, the language."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from itaku.basis.clock import to_jst
from itaku.desk.accounts.duties import CONFIRMING
from itaku.desk.accounts.models import Membership
from itaku.desk.accounts.sessions import LAST
from itaku.desk.asking import clock
from itaku.desk.configuration import desk_settings
from itaku.desk.middleware import LANGUAGE_COOKIE


class Place(NamedTuple):
    """An entry of the navigation: its address, its two names."""

    path: str
    ja: str
    en: str
    duties: tuple[str, ...] = ()
    """Whose it is: people with one of these duties; () for everybody."""


PLACES = [
    Place("/", "本日の期限", "Due today"),
    Place("/contracts/", "契約", "Contracts"),
    Place("/papers/", "書類", "Papers"),
    Place("/money/", "お金", "Money"),
    Place("/acts/", "記録する", "Record"),
    Place("/people/", "利用者", "People", CONFIRMING),
    Place("/notices/", "通知", "Notices"),
    Place("/audit/", "監査", "Audit", ("auditor", "administrator")),
]
"""The navigation, in order."""


def every_page(request: HttpRequest) -> dict[str, Any]:
    """What the frame of a page needs."""
    now = clock().now()
    here = max((each.path for each in PLACES[1:] if request.path.startswith(each.path)), key=len, default="")
    if request.path == PLACES[0].path:
        here = PLACES[0].path
    return {
        "places": _places(request),
        "here": here,
        "last_sign_in": _last_sign_in(request),
        "now_ms": int(now),
        "now": to_jst(now),
        "today": to_jst(now).date(),
        "sandbox": desk_settings().sandbox,
        "lang": getattr(request, "lang", "ja"),
    }


def _last_sign_in(request: HttpRequest) -> dict[str, int] | None:
    """The sign-in before this one, on the first page after signing in."""
    return request.session.pop(LAST, None) if request.user.is_authenticated else None


def _places(request: HttpRequest) -> list[Place]:
    """The places that are the reader's."""
    if not request.user.is_authenticated:
        return []
    wanted = {duty for place in PLACES for duty in place.duties}
    seats = Membership.objects.filter(person=request.user, ended_at=None, duties__overlap=list(wanted))
    held = {duty for duties in seats.values_list("duties", flat=True).distinct() for duty in duties}
    return [place for place in PLACES if not place.duties or held & set(place.duties)]


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Sets the language and goes back."""
    back = request.POST.get("back", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = "/"
    answer: HttpResponse = redirect(back)
    lang = "en" if request.POST.get("lang") == "en" else "ja"
    answer.set_cookie(LANGUAGE_COOKIE, lang, max_age=31_536_000, samesite="Lax", httponly=True)
    return answer


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is no longer valid: nothing was done, and what was written is shown to be sent again."""
    del reason
    hidden = {"csrfmiddlewaretoken", "password", "code"}
    kept = [(name, value) for name, values in request.POST.lists() for value in values if name not in hidden]
    return render(request, "desk/form_expired.html", {"kept": kept}, status=403)


def healthz(_request: HttpRequest) -> HttpResponse:
    """Whether the desk serves."""
    return HttpResponse("ok", content_type="text/plain")
