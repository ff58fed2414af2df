"""The page of one's own notices, the sandbox's outbox, and the calendar by its secret address."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from itaku.desk.accounts.models import Membership, Person
from itaku.desk.audit.noting import note
from itaku.desk.configuration import desk_settings
from itaku.desk.notices.feeds import merged, owner, renew, stop
from itaku.desk.notices.models import Feed, Mail, Wishes
from itaku.desk.notices.rounds import wishes_of

MOST_SHOWN = 100
LATEST_DAYS = 60
_SHOWN_ONCE = "calendar_secret"


@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """One's calendar address and wishes. A fresh address is shown once, then only its digest is known."""
    errors: set[str] = set()
    if request.method == "POST":
        act = request.POST.get("act", "")
        if act == "renew":
            request.session[_SHOWN_ONCE] = renew(request.user)
            note(request, "calendar-renewed")
        elif act == "stop":
            stop(request.user)
            note(request, "calendar-stopped")
        elif act == "wishes":
            errors = _keep_wishes(request)
        if not errors:
            return redirect("notices")
    secret = request.session.pop(_SHOWN_ONCE, "")
    context: dict[str, Any] = {
        "address": f"{desk_settings().url}/calendar/{secret}.ics" if secret else "",
        "feed": Feed.objects.filter(person=request.user).first(),
        "wishes": wishes_of(request.user),
        "seconds": _seconds(request.user),
        "errors": errors,
        "mails": Mail.objects.filter(person=request.user).order_by("-pk")[:20],
    }
    return render(request, "notices/notices.html", context, status=400 if errors else 200)


@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """In the sandbox: the mails of one's own organisation, which do not leave."""
    if not desk_settings().sandbox:
        raise Http404("outbox")
    mails = Mail.objects.filter(person__organisation=request.user.organisation).select_related("person")
    return render(request, "notices/outbox.html", {"mails": mails.order_by("-pk")[:MOST_SHOWN]})


@require_safe
def feed(_request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar. A wrong address is no address."""
    person = owner(secret)
    if person is None:
        raise Http404("calendar")
    answer = HttpResponse(merged(person), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'inline; filename="itaku.ics"'
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _seconds(person: Person) -> list[Person]:
    """Who can be one's second person: colleagues with a seat at one of one's contracts."""
    mine = Membership.objects.filter(person=person, ended_at=None).values("contract")
    found = Person.objects.filter(
        organisation=person.organisation, is_active=True, memberships__contract__in=mine, memberships__ended_at=None
    )
    return list(found.exclude(pk=person.pk).distinct().order_by("sign_in_name")[:500])


def _keep_wishes(request: HttpRequest) -> set[str]:
    """Keeps what was asked for; the names of fields that cannot be taken."""
    errors = set()
    given = {name: request.POST.get(name, "") for name in ("digest_hour", "escalate_days", "second")}
    if not _number(given["digest_hour"], 23):
        errors.add("digest_hour")
    if not _number(given["escalate_days"], LATEST_DAYS):
        errors.add("escalate_days")
    second = next((each for each in _seconds(request.user) if str(each.pk) == given["second"]), None)
    if given["second"] and second is None:
        errors.add("second")
    if not errors:
        Wishes.objects.update_or_create(
            person=request.user,
            defaults={
                "digest": "digest" in request.POST,
                "at_once": "at_once" in request.POST,
                "digest_hour": int(given["digest_hour"]),
                "escalate_days": int(given["escalate_days"]),
                "second": second,
            },
        )
    return errors


def _number(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= most
