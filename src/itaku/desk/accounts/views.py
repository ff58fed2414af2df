"""Signing in and out (サインイン)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from itaku.desk.accounts.errors import LockedOutError, SignInRefusedError
from itaku.desk.accounts.kept_forms import LONGEST_KEPT, kept_form


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page. A wrong name and a wrong password are answered alike."""
    onward = _onward(request)
    if request.user.is_authenticated and request.method == "GET":
        return redirect(onward)
    context: dict[str, Any] = {"onward": onward, "entered": "", "error": None}
    status = 200
    if request.method == "POST":
        name = request.POST.get("sign_in_name", "")[:200]
        person = authenticate(request, username=name, password=request.POST.get("password", "")[:1000])
        if person is not None:
            login(request, person)
            return kept_form(request, onward) or redirect(onward)
        status = 401
        context |= {"kept": request.POST.get("kept", "")[:LONGEST_KEPT]}
        context |= {"entered": name, "error": SignInRefusedError()}
    return render(request, "accounts/sign_in.html", context, status=status)


def locked_out(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """The sign-in page of an account that rests after too many wrong tries."""
    context = {
        "onward": _onward(request),
        "entered": request.POST.get("sign_in_name", "")[:200],
        "kept": request.POST.get("kept", "")[:LONGEST_KEPT],
        "error": LockedOutError(),
    }
    return render(request, "accounts/sign_in.html", context, status=403)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Signs out and goes to the sign-in page."""
    logout(request)
    return redirect("sign-in")


def _onward(request: HttpRequest) -> str:
    """Where to go after signing in: a place of this desk only."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else "/"
