"""What every request goes through: language, sign-in, the content policy, and errors that say what to do."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from itaku.basis.errors import ItakuError
from itaku.contracts.keeping.keeping import ContractUnknownError
from itaku.desk.accounts.kept_forms import sign_in_again

Next = Callable[[HttpRequest], HttpResponse]

LANGUAGE_COOKIE = "itaku_language"
OPEN_PATHS = ("/sign-in/", "/language/", "/static/", "/calendar/", "/healthz")
"""Where nobody need be signed in. The calendar's secret address is its own key."""

_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class ContentPolicy:
    """No page asks a third party for anything, and none runs a script that is not ours."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Adds the policy."""
        response = self._next(request)
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class Language:
    """Japanese first; English for whom asked for it."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Puts the language on the request and on Django's own texts."""
        request.lang = "en" if request.COOKIES.get(LANGUAGE_COOKIE) == "en" else "ja"
        with translation.override(request.lang):
            return self._next(request)


class WholeText:
    """A NUL character is in no address and no form of ours, and PostgreSQL's text holds none."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes on what has none. `Http404` for an address, `BadRequest` for what was typed."""
        if "\0" in request.path:
            raise Http404
        if any("\0" in text for given in (request.GET, request.POST) for _, texts in given.lists() for text in texts):
            raise BadRequest
        return self._next(request)


class SignedIn:
    """Every page but those of `OPEN_PATHS` is for people who are signed in."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Sends strangers to the sign-in page, and remembers where they wanted to go."""
        if request.user.is_authenticated or request.path.startswith(OPEN_PATHS):
            return self._next(request)
        if getattr(request, "htmx", False):
            response = HttpResponse(status=401)
            response.headers["HX-Redirect"] = f"/sign-in/?next={request.headers.get('HX-Current-URL', '/')}"
            return response
        if request.method == "POST" and _from_here(request):
            return sign_in_again(request)
        return redirect_to_login(request.get_full_path())


def _from_here(request: HttpRequest) -> bool:
    """Whether one of our own pages sent the form: what a stranger's page sends is not kept."""
    sent_by = request.headers.get("Origin") or request.headers.get("Referer", "")
    return urlsplit(sent_by).netloc == request.get_host()


class CodedErrors:
    """An error with a code becomes a page that says what happened and what to do next."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes the request on."""
        return self._next(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page of a coded error; others are Django's."""
        if not isinstance(error, ItakuError):
            return None
        status = 404 if isinstance(error, ContractUnknownError) else 409
        return render(request, "desk/error.html", {"error": error}, status=status)
