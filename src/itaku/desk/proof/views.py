"""Giving out a bundle of proof (証拠一式を出す)."""

from __future__ import annotations

import datetime as dt
import hashlib
import re

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from itaku.basis.clock import JST, InstantMs, to_instant, to_jst
from itaku.basis.errors import ItakuError
from itaku.contracts.keeping.keeping import Keeper
from itaku.desk.access import seat_at
from itaku.desk.asking import ask, clock
from itaku.desk.audit.noting import note
from itaku.desk.contracts.days import asked_day
from itaku.desk.files import download
from itaku.desk.papers.kept_files import kept
from itaku.desk.papers.models import Version
from itaku.desk.proof.bundle import bundle
from itaku.desk.proof.contents import Contents, PaperFile


class DayAheadError(ItakuError):
    """Nothing can be proved of a day that has not come."""

    code = "proof_day_ahead"
    ja = "まだ来ていない日の証拠一式はつくれません。"
    en = "No proof can be made of a day that has not come."


@require_safe
def proof(request: HttpRequest, contract: str) -> HttpResponse:
    """The ZIP of a contract as it stood at the end of a day, or stands now. `DayUnfitError`, `RecordEmptyError`."""
    seat_at(request, contract)
    now = clock().now()
    today = to_jst(now).date()
    day = asked_day(request.GET.get("as_of", ""), today)
    if day > today:
        raise DayAheadError(day.isoformat())
    as_of = now if day == today else to_instant(dt.datetime.combine(day, dt.time(23, 59, 59), JST))
    made = bundle(_contents(contract, InstantMs(as_of)), now)
    note(request, "proof-made", contract, as_of=day.isoformat(), sha256=hashlib.sha256(made).hexdigest())
    name = re.sub(r"[^A-Za-z0-9._-]", "_", contract)[:80]
    return download(made, f"{name}-{day.isoformat()}-proof.zip")


def _contents(contract: str, as_of: InstantMs) -> Contents:
    papers = _papers(contract, as_of)

    async def question(keeper: Keeper) -> Contents:
        form, naming = await keeper.opened_by(contract)
        return Contents(
            contract=contract,
            form=form,
            as_of=as_of,
            told=tuple(await keeper.told(contract)),
            naming=naming,
            papers=papers,
            files={each.sha256: kept(each.sha256) for each in papers},
            proved=await keeper.proved(contract),
        )

    return ask(question)


def _papers(contract: str, as_of: InstantMs) -> tuple[PaperFile, ...]:
    """Versions of papers that were handed in by then, each with its file."""
    versions = Version.objects.filter(document__contract=contract, made_at_ms__lte=int(as_of)).exclude(sha256="")
    found = {
        each.sha256: PaperFile(
            title_ja=each.document.title_ja,
            title_en=each.document.title_en,
            paper=each.document.paper,
            number=each.number,
            made_at_ms=each.made_at_ms,
            sha256=each.sha256,
        )
        for each in versions.select_related("document").order_by("made_at_ms", "pk")
    }
    return tuple(found.values())
