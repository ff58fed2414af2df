"""Holding people who must first see to their account (先に済ませること): a password that is over, a second factor."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from itaku.desk.accounts.entering import HELD

Next = Callable[[HttpRequest], HttpResponse]
_FREE = ("/account/", "/sign-out/", "/sign-in/", "/language/", "/static/", "/healthz")


class Held:
    """Until it is done, no page but those of the own account is answered."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes on, or sends to what must be done first."""
        held = request.session.get(HELD, "") if request.user.is_authenticated else ""
        if not held or request.path.startswith(_FREE):
            return self._next(request)
        return redirect("password" if held == "password" else "second-factor")
