"""What a form held when its session had ended (書きかけの保持): kept through the sign-in, and offered again."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

HIDDEN = frozenset({"csrfmiddlewaretoken", "password", "code", "kept"})
"""Names that are never shown again."""

LONGEST_KEPT = 1_000_000
"""Characters that are kept at most: a form's text, not its files."""

_DECODER = msgspec.json.Decoder(list[tuple[str, str]])


def written(request: HttpRequest) -> list[tuple[str, str]]:
    """What the form held, less secrets."""
    return [(name, value) for name, values in request.POST.lists() for value in values if name not in HIDDEN]


def sign_in_again(request: HttpRequest) -> HttpResponse:
    """The sign-in page for a form that came without a session: what was written goes along and is not lost."""
    kept = msgspec.json.encode(written(request)).decode()
    fits = len(kept) <= LONGEST_KEPT
    context = {"onward": request.get_full_path(), "entered": "", "error": None, "kept": kept if fits else ""}
    return render(request, "accounts/sign_in.html", context, status=401)


def kept_form_of(request: HttpRequest, text: str, onward: str) -> HttpResponse | None:
    """After signing in: the page that offers what was written to be sent again; nothing where nothing was kept."""
    if not text or len(text) > LONGEST_KEPT:
        return None
    try:
        kept = _DECODER.decode(text)
    except msgspec.MsgspecError:
        return None
    return render(request, "desk/form_expired.html", {"kept": kept, "action": onward})
