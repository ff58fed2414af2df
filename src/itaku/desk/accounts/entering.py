"""Coming in (サインインの段取り): after the password the second factor, then what must be done first."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from itaku.desk.accounts import second_factor, sessions
from itaku.desk.accounts.kept_forms import kept_form_of
from itaku.desk.accounts.models import Person
from itaku.desk.accounts.passwords import is_over
from itaku.desk.asking import clock

HELD = "itaku_held"
"""In the session: what a person must do first, "password" or "second"."""

_HALF = "itaku_half"
_KEPT = "itaku_kept"
_HALF_MS = 10 * 60 * 1000
"""Between password and code: ten minutes, then from the start."""

_BACKEND = "django.contrib.auth.backends.ModelBackend"


class Half(NamedTuple):
    """Somebody who has shown the password and not yet the second factor."""

    person: Person
    onward: str
    kept: str


def begin_half(request: HttpRequest, person: Person, onward: str, kept: str) -> None:
    """Remembers who has shown the password. The session's key is a new one, and nobody is signed in."""
    if request.user.is_authenticated:
        logout(request)
    request.session.cycle_key()
    request.session[_HALF] = {"person": person.pk, "at": int(clock().now()), "next": onward, "kept": kept}


def half_of(request: HttpRequest) -> Half | None:
    """Who has shown the password in this session, while it is not long ago."""
    found = request.session.get(_HALF)
    if found is None or not 0 <= int(clock().now()) - found["at"] <= _HALF_MS:
        return None
    person = Person.objects.filter(pk=found["person"], is_active=True).first()
    return Half(person, found["next"], found["kept"]) if person is not None else None


def enter(request: HttpRequest, person: Person, onward: str, kept: str, *, second: bool) -> HttpResponse:
    """Signs in under a new session key and goes on: to what must be done first, to the kept form, or onward."""
    if request.user.is_authenticated:
        logout(request)
    request.session.pop(_HALF, None)
    request.session[sessions.SECOND] = second
    login(request, person, backend=_BACKEND)
    sessions.remember_last(request)
    if is_over(person):
        request.session[HELD] = "password"
    elif not second and second_factor.is_needed(person):
        request.session[HELD] = "second"
    else:
        return kept_form_of(request, kept, onward) or redirect(onward)
    request.session[_KEPT] = {"next": onward, "kept": kept}
    return redirect("password" if request.session[HELD] == "password" else "second-factor")


def go_on(request: HttpRequest) -> HttpResponse | None:
    """After something that had to be done first: the next such thing, the kept form, or where the person wanted to go.

    Nothing where nothing was held.
    """
    if request.session.pop(HELD, "") == "":
        return None
    if not request.session.get(sessions.SECOND) and second_factor.is_needed(request.user):
        request.session[HELD] = "second"
        return redirect("second-factor")
    waiting = request.session.pop(_KEPT, None) or {"next": "/", "kept": ""}
    return kept_form_of(request, waiting["kept"], waiting["next"]) or redirect(waiting["next"])
