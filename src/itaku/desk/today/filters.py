"""What a person has narrowed the first screen to (絞り込み): kept in the address and in the session."""

from __future__ import annotations

import functools
from collections.abc import Collection
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest

from itaku.contracts.keeping.due_query import BANDS, NEAR, Band
from itaku.contracts.model.parts import names
from itaku.contracts.shelf import form, forms
from itaku.desk.finding import called

KINDS = {
    "obligation": ("義務", "duties"),
    "document": ("書類", "papers"),
    "calculation": ("お金", "sums"),
    "power": ("権利", "rights"),
    "condition": ("時の経過で変わること", "what time decides"),
}
"""The kinds of matter that a row can be, with their words."""

_KEY = "today_filters"
_LONGEST = 80


class Filters(NamedTuple):
    """The filters. Empty texts narrow nothing; `band` is one band, or "" for what is near."""

    own: bool = False
    contract: str = ""
    kind: str = ""
    band: str = ""
    text: str = ""

    @property
    def bands(self) -> tuple[Band, ...]:
        """The bands to show."""
        return tuple(each for each in BANDS if each == self.band) or NEAR

    def address(self, **changes: Any) -> str:
        """The filters as a query, some of them changed. Never empty: an address without a query keeps what was."""
        found = {**self._asdict(), **changes}
        given = {name: ("1" if value is True else value) for name, value in found.items() if value}
        return f"?{urlencode(given or {'page': 1})}"


def read_filters(request: HttpRequest) -> Filters:
    """The filters of the address. What is no filter, or names nothing that there is, narrows nothing."""
    given = request.GET
    kind, band = given.get("kind", ""), given.get("band", "")
    return Filters(
        own=given.get("own") == "1",
        contract=given.get("contract", "").strip()[:_LONGEST],
        kind=kind if kind in KINDS else "",
        band=band if band in BANDS else "",
        text=given.get("text", "").strip()[:_LONGEST],
    )


def kept_filters(request: HttpRequest) -> Filters | None:
    """The filters that the session keeps and the address does not say, so that the screen is found as it was left."""
    if request.GET:
        return None
    kept = request.session.get(_KEY)
    return Filters(**kept) if kept else None


def keep_filters(request: HttpRequest, filters: Filters) -> None:
    """Keeps them for the session; without any, forgets them."""
    kept = filters._asdict() if filters != Filters() else None
    if request.session.get(_KEY) != kept:
        request.session[_KEY] = kept


def fitting(text: str, contracts: Collection[str]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]] | None:
    """Provisions by form, and contracts by id and title, whose words hold a text; None where no text is asked for."""
    if not text:
        return None
    return _provisions(text.casefold()), tuple(called(text, contracts))


@functools.lru_cache(maxsize=256)
def _provisions(looked_for: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, provision) for name in forms() for provision, words in _words(name) if looked_for in words)


@functools.cache
def _words(name: str) -> tuple[tuple[str, str], ...]:
    """Each provision of a form with all the words by which people may look for it."""
    contract = form(name)
    found = []
    for each in contract.provisions:
        words = [each.id, each.heading, each.ja, each.en, contract.head.ja, contract.head.en]
        discharge = getattr(each, "discharge", None)
        for kind in names(discharge.event if discharge is not None else None):
            words += [known.ja for known in (contract.events.get(kind),) if known is not None]
        for paper in names(each.paper):
            words += [contract.papers[paper].ja, contract.papers[paper].en]
        found.append((each.id, "\n".join(words).casefold()))
    return tuple(found)
