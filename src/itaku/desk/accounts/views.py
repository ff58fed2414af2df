"""Signing in and out (サインイン): password, then the second factor of whoever has one."""

from __future__ import annotations

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate, logout
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from itaku.contracts.model.parts import Words
from itaku.desk.accounts import second_factor
from itaku.desk.accounts.entering import begin_half, enter, half_of
from itaku.desk.accounts.errors import LockedOutError, SignInRefusedError
from itaku.desk.accounts.kept_forms import LONGEST_KEPT
from itaku.desk.accounts.links import person_of, use_link
from itaku.desk.accounts.passwords import LONGEST, rules_in_words, troubles
from itaku.desk.audit.noting import write

_LONGEST_NAME = 200


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page. A wrong name and a wrong password are answered alike."""
    onward = onward_of(request)
    if request.user.is_authenticated and request.method != "POST":
        return redirect(onward)
    context: dict[str, Any] = {"onward": onward, "entered": "", "error": None}
    status = 200
    if request.method == "POST":
        name = request.POST.get("sign_in_name", "")[:_LONGEST_NAME]
        kept = request.POST.get("kept", "")[:LONGEST_KEPT]
        person = authenticate(request, username=name, password=request.POST.get("password", "")[:1000])
        if person is not None and second_factor.factors_of(person).any:
            begin_half(request, person, onward, kept)
            return redirect("sign-in-code")
        if person is not None:
            return enter(request, person, onward, kept, second=False)
        status = 401
        context |= {"kept": kept, "entered": name, "error": SignInRefusedError()}
    return render(request, "accounts/sign_in.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The page for the second factor: a code of the device, a recovery code, or a passkey."""
    half = half_of(request)
    if half is None:
        return redirect("sign-in")
    context: dict[str, Any] = {"factors": second_factor.factors_of(half.person), "error": None, "onward": half.onward}
    name = {"username": half.person.sign_in_name}
    if not AxesProxyHandler.is_allowed(request, name):
        return locked_out(request)
    status = 200
    if request.method == "POST":
        if second_factor.check_code(half.person, request.POST.get("code", "")):
            return enter(request, half.person, half.onward, half.kept, second=True)
        user_login_failed.send(sender=__name__, credentials=name, request=request)
        status = 401
        context["error"] = Words(
            ja="コードがちがうか、使い終わっています。少し待って、いま出ているコードを入れてください。",
            en="The code is wrong or used. Wait a moment and enter the one shown now.",
        )
    return render(request, "accounts/sign_in_code.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def first_password(request: HttpRequest, secret: str) -> HttpResponse:
    """Where the one-time address leads: a person chooses a password, and then signs in with it."""
    person = person_of(secret)
    found = []
    if request.method == "POST":
        password = request.POST.get("new_password", "")[: LONGEST + 1]
        found = troubles(password, person)
        if password != request.POST.get("again", ""):
            found.append(Words(ja="二つの欄がちがいます。", en="The two fields differ."))
        if not found:
            use_link(secret, password)
            write(person, "password-set", page="first-password")
            return render(request, "accounts/password_chosen.html", {"person": person})
    context = {"person": person, "rules": rules_in_words(), "troubles": found}
    return render(request, "accounts/first_password.html", context, status=400 if found else 200)


def locked_out(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """The sign-in page of an account that rests after too many wrong tries."""
    context = {
        "onward": onward_of(request),
        "entered": request.POST.get("sign_in_name", "")[:_LONGEST_NAME],
        "kept": request.POST.get("kept", "")[:LONGEST_KEPT],
        "error": LockedOutError(),
    }
    return render(request, "accounts/sign_in.html", context, status=403)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Signs out and goes to the sign-in page."""
    logout(request)
    return redirect("sign-in")


def onward_of(request: HttpRequest) -> str:
    """Where to go after signing in: a place of this desk only."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else "/"
