"""Pages of passkeys (パスキーの画面): the browser's questions, and what it answers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from itaku.desk.accounts import passkeys
from itaku.desk.accounts.entering import HELD, enter, go_on
from itaku.desk.accounts.errors import PasskeyRefusedError
from itaku.desk.accounts.kept_forms import LONGEST_KEPT
from itaku.desk.accounts.sessions import SECOND
from itaku.desk.accounts.views import onward_of
from itaku.desk.audit.noting import note, write


@require_POST
def options_to_sign_in(request: HttpRequest) -> HttpResponse:
    """The challenge for signing in."""
    return HttpResponse(passkeys.signing_in(request), content_type="application/json")


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Signs in whose passkey it is: what the device checked is both factors."""
    kept = request.POST.get("kept", "")[:LONGEST_KEPT]
    try:
        person = passkeys.person_shown(request, request.POST.get("credential", ""))
    except PasskeyRefusedError as error:
        write(None, "sign-in-refused", page="sign-in-passkey")
        context = {"onward": onward_of(request), "entered": "", "kept": kept, "error": error}
        return render(request, "accounts/sign_in.html", context, status=401)
    return enter(request, person, onward_of(request), kept, second=True)


@require_POST
def options_to_register(request: HttpRequest) -> HttpResponse:
    """The challenge for a new passkey."""
    return HttpResponse(passkeys.registration(request), content_type="application/json")


@require_POST
def register(request: HttpRequest) -> HttpResponse:
    """Keeps a new passkey of the signed-in person."""
    key = passkeys.register(request, request.POST.get("credential", ""), request.POST.get("name", ""))
    note(request, "factor-added", factor="passkey", key=key.pk)
    request.session[SECOND] = True
    return (go_on(request) if request.session.get(HELD) == "second" else None) or redirect("second-factor")
