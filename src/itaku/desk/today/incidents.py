"""The incident banner (事故の帯): shown on every page while an hour clock runs at any contract of whoever looks."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from urllib.parse import quote

from django.http import HttpRequest

from itaku.basis.clock import to_jst
from itaku.contracts.agenda.incident import Happened, RunningClock, running_clock
from itaku.contracts.keeping.keeping import Keeper
from itaku.contracts.model.parts import Words
from itaku.desk.access import seats_of
from itaku.desk.acts.naming import choice_of
from itaku.desk.asking import ask, clock
from itaku.desk.configuration import desk_settings

_OPEN = frozenset({"in_effect", "violated"})


class Incident(NamedTuple):
    """The clock whose target is nearest, and how many others run. `phone` is "" where no number is registered."""

    clock: RunningClock
    others: int
    what: Words
    happened: tuple[tuple[Words, dt.datetime], ...]
    target: dt.datetime
    limit: dt.datetime
    left_ms: int
    limit_left_ms: int
    phone: str
    path: str

    @property
    def target_ms(self) -> int:
        """The target, for the script that counts down."""
        return int(self.clock.target)

    @property
    def left(self) -> str:
        """1:17:46, as it stands when the page is made."""
        return countdown(max(self.left_ms, 0))


def countdown(milliseconds: int) -> str:
    """Hours, minutes and seconds that are left, the last second rounded down."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def incident_of(request: HttpRequest) -> Incident | None:
    """The incident to show on a page, looked up once for a request; none where nobody is signed in."""
    if not hasattr(request, "_itaku_incident"):
        signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated
        request._itaku_incident = _found(request) if signed_in else None  # noqa: SLF001 our own mark on it
    found: Incident | None = request._itaku_incident  # noqa: SLF001 as above
    return found


def _found(request: HttpRequest) -> Incident | None:
    contracts = tuple(seats_of(request.user))
    running = ask(lambda keeper: _running(keeper, contracts)) if contracts else []
    if not running:
        return None
    now, first = clock().now(), running[0]
    phones = desk_settings().incident_phones
    return Incident(
        first,
        len(running) - 1,
        _what(first),
        tuple((each.name, to_jst(each.at)) for each in first.happened),
        to_jst(first.target),
        to_jst(first.limit),
        first.target - now,
        first.limit - now,
        phones.get(first.contract, ""),
        f"/contracts/{quote(first.contract, safe='')}/#{quote(first.provision, safe='')}",
    )


async def _running(keeper: Keeper, contracts: tuple[str, ...]) -> list[RunningClock]:
    rows = [each for each in await keeper.clocks(contracts) if each.row.state in _OPEN]
    results = await keeper.at_each(list(dict.fromkeys(each.contract for each in rows))) if rows else {}
    found = [running_clock(results[each.contract], each.contract, each.row.instance) for each in rows]
    return sorted((each for each in found if each is not None), key=lambda each: each.target)


def _what(running: RunningClock) -> Words:
    """データの紛失 and the like: what the first event said that it was, else the event's own name."""
    for each in running.happened:
        said = _coded(each)
        if said is not None:
            return said
    return running.happened[0].name if running.happened else running.due


def _coded(event: Happened) -> Words | None:
    threat = event.fields.get("threat")
    if threat is None:
        return None
    said = choice_of(event.kind, "threat", threat)
    return Words(ja=f"{said.ja}の疑い", en=f"suspected: {said.en}")
