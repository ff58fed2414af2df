"""Pages of papers (書類の画面): the list, one paper with its versions and steps, and its files."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from itaku.basis.errors import ItakuError
from itaku.contracts.agenda.line import agenda_line
from itaku.contracts.engine.result import Result
from itaku.contracts.model.contract import PaperField
from itaku.contracts.papers.content import PaperDraft
from itaku.contracts.papers.definitions import definitions, fitting, paper_of
from itaku.contracts.papers.drafting import HEAD
from itaku.contracts.papers.errors import PaperEntryError
from itaku.contracts.papers.pdf import pdf
from itaku.contracts.papers.word import word
from itaku.desk.access import Seat, seat_at, seats_of
from itaku.desk.asking import ask, randomness
from itaku.desk.audit.noting import note
from itaku.desk.files import download
from itaku.desk.papers import keeping, listing
from itaku.desk.papers.attaching import attached_to
from itaku.desk.papers.countersigning import STEP, signing_of
from itaku.desk.papers.errors import PaperMovedError
from itaku.desk.papers.filled_forms import workbook
from itaku.desk.papers.handling import handling, offered
from itaku.desk.papers.kept_files import kept
from itaku.desk.papers.models import Document, Version
from itaku.desk.papers.quorum import approved_by, may_approve, people_needed
from itaku.desk.papers.untold import untold


class Blank(NamedTuple):
    """A blank of the form: what it is, what stands in it, why it is still empty, and the mistake in it."""

    name: str
    field: PaperField
    entered: str
    computed: str
    origin: str
    why_ja: str
    why_en: str
    error: ItakuError | None


@require_safe
def papers(request: HttpRequest) -> HttpResponse:
    """All papers of one's contracts, what changed last first. Pages go on from the last row, without counting all."""
    wanted = {name: request.GET.get(name, "").strip()[:100] for name in ("state", "contract", "q")}
    found = listing.narrowed(listing.seen_by(request.user), wanted["state"], wanted["contract"], wanted["q"])
    page = listing.page(found, request.GET.get("after", ""))
    seats = sorted(seats_of(request.user))
    context = {"rows": page.rows, "more": page.more, "wanted": wanted, "states": Document.STATES, "seats": seats}
    return render(request, "papers/list.html", context)


@require_safe
def papers_of(request: HttpRequest, contract: str) -> HttpResponse:
    """Every paper that a contract names: what is due now, what one may draft, and what is there."""
    seat = seat_at(request, contract)
    result = ask(lambda keeper: keeper.at(contract))
    found = listing.narrowed(listing.seen_by(request.user), "", contract, "")
    there = list(listing.ordered(found, "")[:200])
    rows = []
    for each in definitions(result):
        drafter, _, _ = keeping.parties_of(result.fold.contract, each.name, "")
        mine = drafter in seat.parties or not drafter
        rows.append((each, mine, [one for one in there if one.paper == each.name]))
    return render(
        request, "papers/contract.html", {"contract": contract, "head": result.fold.contract.head, "rows": rows}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, contract: str, paper: str) -> HttpResponse:
    """Begins a draft and goes to it; asked about several matters, lets the person choose."""
    seat = seat_at(request, contract)
    result = ask(lambda keeper: keeper.at(contract))
    if paper not in result.fold.contract.papers:
        raise Http404("paper")
    instance = request.GET.get("instance", "")
    if instance and instance not in result.fold.instances:
        raise Http404("instance")
    choices = fitting(result, paper)
    if not instance and len(choices) > 1:
        lines = [agenda_line(result, contract, each.id) for each in choices]
        context = {"contract": contract, "paper": paper_of(result.fold.contract, paper), "name": paper, "lines": lines}
        return render(request, "papers/which.html", context)
    document = keeping.begin(contract, result, paper, instance, seat, request.user)
    return redirect("paper", contract=contract, token=document.token)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, contract: str, token: str) -> HttpResponse:
    """One paper: its blanks while it is a draft, its versions with their differences, its steps, what comes next."""
    seat = seat_at(request, contract)
    document, version = found_paper(seat, token)
    result = ask(lambda keeper: keeper.at(contract))
    entered = dict(version.entered)
    if request.method == "POST":
        entered = _entered(request, result, document)
        try:
            version = keeping.save(document, seat, request.user, entered, whole_number(request.POST.get("edits", "")))
            if "step" not in request.POST:
                return redirect("paper", contract=contract, token=token)
        except PaperMovedError as error:
            return moved_page(request, seat, token, entered, error)
    context = _context(request, result, document, version, seat, entered)
    return render(request, "papers/sheet.html", context)


def moved_page(
    request: HttpRequest, seat: Seat, token: str, entered: dict[str, str], error: PaperMovedError
) -> HttpResponse:
    """The page for the second of two people: what was saved first beside what they wrote, which stands in the form."""
    document, version = found_paper(seat, token)
    result = ask(lambda keeper: keeper.at(seat.contract))
    context = _context(request, result, document, version, seat, entered)
    changes = keeping.differences(result, document, version.entered, entered)
    return render(request, "papers/sheet.html", context | {"trouble": error, "changes": changes}, status=409)


def _context(
    request: HttpRequest, result: Result, document: Document, version: Version, seat: Seat, entered: dict[str, str]
) -> dict[str, Any]:
    made, blanks = _blanks(result, document, entered)
    versions = list(document.versions.order_by("-number").select_related("made_by", "saved_by"))
    drafting = document.state == "draft" and document.drafter in seat.parties
    before = next((each for each in versions if each.number == version.number - 1), None)
    open_steps = [
        each
        for each in offered(document, seat)
        if each.what != "approve" or may_approve(document, version, request.user)
    ]
    return {
        "contract": document.contract,
        "head": result.fold.contract.head,
        "document": document,
        "version": version,
        "versions": versions,
        "since": keeping.differences(result, document, before.entered, version.entered) if before else [],
        "steps": document.steps.select_related("person").order_by("id"),
        "draft": made,
        "attachments": attached_to(document, version.number),
        "blanks": blanks,
        "may_write": drafting,
        "offered": open_steps,
        "token": randomness().token(16).hex(),
        "line": agenda_line(result, document.contract, document.instance)
        if document.instance in result.fold.instances
        else None,
        "signing": signing_of(result.fold.contract, document, version, seat, request.user),
        "seals": [each for each in (version.sealed, version.countersealed) if each],
        "untold": untold(result, document, seat),
        "approved": approved_by(document),
        "needed": people_needed(document),
        "mine": request.user,
    }


def _blanks(result: Result, document: Document, entered: dict[str, str]) -> tuple[PaperDraft | None, list[Blank]]:
    """The form: each blank with its value or its mistake; the draft, unless a blank cannot be read."""
    paper = paper_of(result.fold.contract, document.paper)
    fields = keeping.fields_of(paper)
    errors: dict[str, ItakuError] = {}
    readable = dict(entered)
    while True:
        try:
            made = keeping.drafted(result, document, readable)
            break
        except PaperEntryError as error:
            name = str(error.args[0]).partition(":")[0] if error.args else ""
            if name not in readable:
                raise
            errors[name] = error
            del readable[name]
    computed = {each.name: each for each in made.entries if each.name}
    waiting = {each.ja: each for each in made.waiting}
    found = []
    for name, field in fields.items():
        entry = computed.get(name)
        blank = entry.blank if entry is not None else waiting.get(field.ja)
        found.append(
            Blank(
                name,
                field,
                entered.get(name, ""),
                entry.value if entry is not None and entry.origin != "entered" else "",
                entry.origin if entry is not None else "",
                blank.why_ja if blank is not None else "",
                blank.why_en if blank is not None else "",
                errors.get(name),
            )
        )
    return (None if errors else made), found


def _entered(request: HttpRequest, result: Result, document: Document) -> dict[str, str]:
    """What was written into the blanks; unknown names are left out."""
    known = (*HEAD, *paper_of(result.fold.contract, document.paper).fields)
    found = {name: request.POST.get(f"f.{name}", "").replace("\r\n", "\n").strip() for name in known}
    return {name: text for name, text in found.items() if text}


@require_POST
def take_step(request: HttpRequest, contract: str, token: str) -> HttpResponse:
    """Hands in, receives, approves, sends back, withdraws or begins the next version."""
    seat = seat_at(request, contract)
    document, _ = found_paper(seat, token)
    what = request.POST.get("what", "")
    each = handling(what)
    form = request.POST.get("token", "")
    if (each is None and what != STEP) or not form.isalnum() or len(form) != 32:
        raise Http404("step")
    reason, edits = request.POST.get("reason", ""), whole_number(request.POST.get("edits", ""))
    try:
        if each is None:
            found = ask(lambda keeper: keeper.at(contract)).fold.contract
            keeping.sign_second(found, document, seat, request.user, form, edits)
        else:
            keeping.step(document, seat, request.user, each, form, reason, edits)
    except ItakuError as error:
        return sheet_page(request, seat, token, {"trouble": error, "reason": reason}, status=409)
    there = attached_to(document, document.number) if what == "submit" else []
    facts = ", ".join(one.sha256 for one in there)
    note(request, "paper-step", contract, paper=token, number=document.number, what=what, attachments=facts)
    onward = _told_by_receipt(token, seat) if what == "receive" else ""
    return redirect(onward or reverse("paper", args=(contract, token)))


def _told_by_receipt(token: str, seat: Seat) -> str:
    """Where the receipt becomes an event: the form of what the receiver now tells of the matter, if there is any.

    The event starts the clocks, so it is asked for at once; what it says beyond the paper a person enters.
    """
    document, _ = found_paper(seat, token)
    found = untold(ask(lambda keeper: keeper.at(document.contract)), document, seat)
    return found.path if found is not None and found.may else ""


def sheet_page(request: HttpRequest, seat: Seat, token: str, more: dict[str, Any], *, status: int) -> HttpResponse:
    """The page of a paper as it stands, with what went wrong beside it."""
    document, version = found_paper(seat, token)
    result = ask(lambda keeper: keeper.at(seat.contract))
    context = _context(request, result, document, version, seat, dict(version.entered))
    return render(request, "papers/sheet.html", context | more, status=status)


@require_safe
def file(request: HttpRequest, contract: str, token: str, number: int, kind: str) -> HttpResponse:
    """A version as PDF, Word or Excel form: the PDF that was handed in, or the draft as it reads now."""
    seat = seat_at(request, contract)
    document, _ = found_paper(seat, token)
    version = document.versions.filter(number=number).first()
    if version is None or kind not in {"pdf", "docx", "xlsx"}:
        raise Http404("file")
    if version.sha256 and kind == "pdf":
        content = kept(version.countersealed.get("sha256", version.sha256))
    else:
        result = ask(lambda keeper: keeper.at(contract))
        made = keeping.drafted(result, document, version.entered)
        if kind == "xlsx":
            content = workbook(document, keeping.fields_of(paper_of(result.fold.contract, document.paper)), made)
        else:
            content = pdf(made) if kind == "pdf" else word(made)
    return download(content, f"{document.paper}-{number}.{kind}", inline=kind == "pdf")


def found_paper(seat: Seat, token: str) -> tuple[Document, Version]:
    """A paper of the contract at which one sits, and its newest version; another's draft is not there."""
    document = Document.objects.filter(pk=token[:64], contract=seat.contract).first()
    if document is None:
        raise Http404("paper")
    if document.state == "draft" and document.number == 1 and document.drafter not in seat.parties:
        raise Http404("paper")
    number = document.number
    if document.state == "draft" and document.drafter not in seat.parties:
        number -= 1
    return document, document.versions.get(number=number)


def whole_number(text: str) -> int:
    """A number out of a form; -1, which is no version's, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
