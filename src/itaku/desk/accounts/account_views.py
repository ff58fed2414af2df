"""One's own account (自分の利用者情報): last sign-in, sessions, password, second factor."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from itaku.contracts.model.parts import Words
from itaku.desk.accounts import passkeys, second_factor, sessions
from itaku.desk.accounts.entering import HELD, go_on
from itaku.desk.accounts.errors import SecondFactorNeededError
from itaku.desk.accounts.models import CodeDevice, Membership, Passkey, Person, SignIn
from itaku.desk.accounts.passwords import LONGEST, rules_in_words, set_password, troubles
from itaku.desk.accounts.seat_names import seat_name
from itaku.desk.audit.noting import note

_WRONG = Words(ja="いまのパスワードがちがいます。", en="The present password is wrong.")
_MOST_SEATS = 50


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """The page: who one is here, the sign-in before this one, and where one is signed in."""
    last, tries = sessions.before(request)
    seats = Membership.objects.filter(person=request.user, ended_at=None).order_by("contract", "party")
    context = {
        "last": last,
        "tries": tries,
        "open": sessions.open_ones(request.user),
        "this": request.session.session_key,
        "seats": [(seat, seat_name(seat.contract, seat.party)) for seat in seats[:_MOST_SEATS]],
        "seat_count": seats.count(),
        "factors": second_factor.factors_of(request.user),
    }
    return render(request, "accounts/account.html", context)


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Ends one session, or all but this one. Somebody else's is answered as one that is not there."""
    if request.POST.get("step") == "others":
        count = sessions.end_all(request.user, but=request.session.session_key)
    else:
        asked = request.POST.get("sign_in", "")
        row = get_object_or_404(
            SignIn, pk=int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else 0, person=request.user
        )
        sessions.end([row])
        count = 1
    note(request, "sessions-ended", count=count)
    return redirect("account")


@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Changing one's password: every other session ends by it."""
    found: list[Words] = []
    wrong = None
    if request.method == "POST":
        person = Person.objects.get(pk=request.user.pk)
        chosen = request.POST.get("new_password", "")[: LONGEST + 1]
        if not person.check_password(request.POST.get("password", "")[:1000]):
            wrong = _WRONG
            note(request, "refused", what="password")
        else:
            found = troubles(chosen, person)
        if chosen != request.POST.get("again", ""):
            found.append(Words(ja="二つの欄がちがいます。", en="The two fields differ."))
        if wrong is None and not found:
            set_password(person, chosen)
            old = request.session.session_key
            update_session_auth_hash(request, person)
            sessions.follow(request, old)
            sessions.end_all(person, but=request.session.session_key)
            note(request, "password-set")
            return (go_on(request) if request.session.get(HELD) == "password" else None) or redirect("account")
    context = {
        "rules": rules_in_words(),
        "troubles": found,
        "wrong": wrong,
        "held": request.session.get(HELD) == "password",
    }
    return render(request, "accounts/password.html", context, status=400 if wrong or found else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """The second factor: a device for one-time codes, recovery codes, passkeys."""
    context: dict[str, Any] = {"error": None, "wrong": None, "device": None, "codes": None}
    status = 200
    if request.method == "POST":
        answer = _STEPS.get(request.POST.get("step", ""), _nothing)(request, context)
        if answer is not None:
            return answer
        status = 400 if context["error"] or context["wrong"] else 200
    if context["device"] is not None:
        context |= {
            "picture": second_factor.picture(context["device"]),
            "key": second_factor.typed_key(context["device"]),
        }
    context |= {
        "factors": second_factor.factors_of(request.user),
        "held": request.session.get(HELD) == "second",
        "needed": second_factor.is_needed(request.user),
        "passkeys_here": passkeys.site_of(request) is not None,
    }
    return render(request, "accounts/second_factor.html", context, status=status)


def _nothing(request: HttpRequest, context: dict[str, Any]) -> HttpResponse | None:
    del request, context
    return None


def _begin(request: HttpRequest, context: dict[str, Any]) -> HttpResponse | None:
    """Shows the key of a device to come."""
    if _known(request, context):
        context["device"] = second_factor.device_to_come(request.user)
    return None


def _confirm(request: HttpRequest, context: dict[str, Any]) -> HttpResponse | None:
    """A first code takes the device into use; recovery codes are shown once."""
    if not second_factor.confirm_device(request.user, request.POST.get("code", "")):
        context["device"] = CodeDevice.objects.filter(user=request.user, confirmed=False).first()
        context["error"] = Words(
            ja="コードがちがいます。端末の時刻が合っているか確かめ、少し待って、いま出ている6けたを入れてください。",
            en="The code is wrong. Check the device's time, wait a moment, and enter the six digits shown now.",
        )
        return None
    note(request, "factor-added", factor="codes")
    request.session[sessions.SECOND] = True
    context["codes"] = second_factor.new_recovery_codes(request.user)
    if request.session.get(HELD) == "second":
        context["go_on"] = True
    return None


def _renew(request: HttpRequest, context: dict[str, Any]) -> HttpResponse | None:
    """Fresh recovery codes."""
    if _known(request, context):
        context["codes"] = second_factor.new_recovery_codes(request.user)
        note(request, "factor-added", factor="recovery")
    return None


def _remove(request: HttpRequest, context: dict[str, Any]) -> HttpResponse | None:
    """Removes the device, or one passkey; never the last where a duty needs one."""
    if not _known(request, context):
        return None
    which = request.POST.get("which", "")
    factors = second_factor.factors_of(request.user)
    if second_factor.is_needed(request.user) and len(factors.passkeys) + (factors.device is not None) <= 1:
        raise SecondFactorNeededError
    if which == "codes":
        CodeDevice.objects.filter(user=request.user).delete()
    else:
        get_object_or_404(
            Passkey,
            pk=int(which) if which.isascii() and which.isdigit() and len(which) < 18 else 0,
            person=request.user,
        ).delete()
    note(request, "factor-removed", factor="codes" if which == "codes" else "passkey")
    return redirect("second-factor")


def _onward(request: HttpRequest, context: dict[str, Any]) -> HttpResponse | None:
    """After the recovery codes were read: on to where the person wanted to go."""
    del context
    if request.session.get(HELD) == "second" and request.session.get(sessions.SECOND):
        return go_on(request)
    return None


_STEPS = {"begin": _begin, "confirm": _confirm, "renew": _renew, "remove": _remove, "onward": _onward}


def _known(request: HttpRequest, context: dict[str, Any]) -> bool:
    """Whether the password was given again: who finds an open desk changes no second factor."""
    if request.user.check_password(request.POST.get("password", "")[:1000]):
        return True
    context["wrong"] = _WRONG
    note(request, "refused", what="second-factor")
    return False
