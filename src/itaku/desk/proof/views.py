"""Giving out a bundle of proof (証拠一式を出す)."""

from __future__ import annotations

import datetime as dt
import hashlib
import re

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from itaku.basis.clock import JST, InstantMs, to_instant, to_jst
from itaku.basis.errors import ItakuError
from itaku.contracts.keeping.keeping import Keeper
from itaku.contracts.overview.course import happenings
from itaku.desk.access import seat_at
from itaku.desk.asking import ask, clock
from itaku.desk.audit.noting import note
from itaku.desk.contracts.days import asked_day
from itaku.desk.files import download
from itaku.desk.papers.kept_files import kept
from itaku.desk.papers.models import Attachment, Step, Version
from itaku.desk.proof.bundle import bundle
from itaku.desk.proof.checking import LARGEST
from itaku.desk.proof.contents import AttachmentFile, Contents, PaperFile
from itaku.desk.proof.proven import OPENING


class DayAheadError(ItakuError):
    """Nothing can be proved of a day that has not come."""

    code = "proof_day_ahead"
    ja = "まだ来ていない日の証拠一式はつくれません。"
    en = "No proof can be made of a day that has not come."


class ProofTooLargeError(ItakuError):
    """What is attached to the contract's papers is more than one bundle holds."""

    code = "proof_too_large"
    ja = "添付が多すぎて、一つの証拠一式に入りません。前の日を選ぶか、管理者に連絡してください。"
    en = "The attachments are too many for one bundle. Choose an earlier day, or call your administrator."


_UNFINISHED = "-unfinished"

MOST_ATTACHED = LARGEST // 2
"""Bytes of attachments in a bundle: it is read whole when it is checked."""


@require_safe
def proof(request: HttpRequest, contract: str) -> HttpResponse:
    """The ZIP of a contract as it stood at the end of a day, or stands now. `DayUnfitError`, `RecordEmptyError`.

    While the record does not prove every event, a page says which and nothing is given out, unless a person asks for
    the unfinished bundle by name; that one says of itself that it is no proof of the whole.
    """
    seat_at(request, contract)
    now = clock().now()
    today = to_jst(now).date()
    day = asked_day(request.GET.get("as_of", ""), today)
    if day > today:
        raise DayAheadError(day.isoformat())
    as_of = now if day == today else to_instant(dt.datetime.combine(day, dt.time(23, 59, 59), JST))
    contents = _contents(contract, InstantMs(as_of))
    partial = request.GET.get("partial") == "1"
    if contents.unproved and not partial:
        return _waiting(request, contents, day)
    made = bundle(contents, now)
    note(request, "proof-made", contract, as_of=day.isoformat(), sha256=hashlib.sha256(made).hexdigest())
    name = re.sub(r"[^A-Za-z0-9._-]", "_", contract)[:80]
    return download(made, f"{name}-{day.isoformat()}-proof{_UNFINISHED if contents.unproved else ''}.zip")


def _waiting(request: HttpRequest, contents: Contents, day: dt.date) -> HttpResponse:
    """Which events the record does not prove yet, and what can be done: wait, or take what there is as unfinished."""
    told = {each.seq: each for each in happenings(contents.result())}
    context = {
        "contract": contents.contract,
        "day": day.isoformat(),
        "opening": OPENING in contents.unproved,
        "waiting": [(number, told.get(number)) for number in contents.unproved if number != OPENING],
    }
    return render(request, "proof/waiting.html", context, status=409)


def _contents(contract: str, as_of: InstantMs) -> Contents:
    papers = _papers(contract, as_of)

    async def question(keeper: Keeper) -> Contents:
        form, naming = await keeper.opened_by(contract)
        proved = await keeper.proved(contract)  # before what is told: an event in between has no proof, and is said
        return Contents(
            contract=contract,
            form=form,
            as_of=as_of,
            told=tuple(await keeper.told(contract)),
            naming=naming,
            papers=papers,
            files={digest: kept(digest) for each in papers for digest in each.enclosed.values()},
            proved=proved,
        )

    return ask(question)


def _papers(contract: str, as_of: InstantMs) -> tuple[PaperFile, ...]:
    """Versions of papers that were handed in by then, each with what is attached. `ProofTooLargeError`."""
    handed_in = Step.objects.filter(
        document=OuterRef("document"), number=OuterRef("number"), what="submit", at_ms__lt=int(as_of) + 1000
    )
    versions = Version.objects.filter(Exists(handed_in), document__contract=contract).exclude(sha256="")
    steps = Step.objects.filter(document__contract=contract, what="countersign", at_ms__lt=int(as_of) + 1000)
    signed = set(steps.values_list("document", "number"))
    attached: dict[tuple[str, int], list[AttachmentFile]] = {}
    for one in Attachment.objects.filter(document__contract=contract, removed_at_ms=None).order_by("id"):
        file = AttachmentFile(title=one.name, mime=one.mime, bytes=one.size, sha256=one.sha256)
        attached.setdefault((one.document_id, one.number), []).append(file)
    found = {
        each.sha256: PaperFile(
            title_ja=each.document.title_ja,
            title_en=each.document.title_en,
            paper=each.document.paper,
            number=each.number,
            made_at_ms=each.made_at_ms,
            sha256=each.sha256,
            attachments=tuple(attached.get((each.document_id, each.number), ())),
            signed_sha256=each.countersealed.get("sha256", "") if (each.document_id, each.number) in signed else "",
        )
        for each in versions.select_related("document").order_by("made_at_ms", "pk")
    }
    if sum(one.bytes for each in found.values() for one in each.attachments) > MOST_ATTACHED:
        raise ProofTooLargeError
    return tuple(found.values())
