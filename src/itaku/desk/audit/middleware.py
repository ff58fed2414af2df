"""Noting what people see and do (操作の記録): every page of a contract, every act, and what was refused."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from itaku.desk.audit.noting import note

Next = Callable[[HttpRequest], HttpResponse]
_QUIET = frozenset({"language", "sign-in", "sign-in-code", "sign-in-passkey", "sign-out"})
"""Pages that are noted elsewhere or say nothing."""


class Noted:
    """Writes a note after each answer to somebody who is signed in."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, noted. If the note cannot be written, the page is not shown: the record comes first."""
        response = self._next(request)
        match = request.resolver_match
        if match is None or not request.user.is_authenticated or (match.url_name or "") in _QUIET:
            return response
        contract = str(match.kwargs.get("contract", ""))[:200]
        if response.status_code in {403, 404}:
            note(request, "refused", contract, status=response.status_code)
        elif request.method == "POST":
            note(request, "done", contract, status=response.status_code)
        elif contract or match.url_name:
            note(request, "viewed", contract)
        return response
