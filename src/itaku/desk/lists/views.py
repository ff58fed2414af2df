"""Pages of lists: out as files, back in with the differences shown, told only by who may tell them."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from itaku.basis.clock import to_jst
from itaku.basis.errors import ItakuError
from itaku.contracts.engine.events import Told
from itaku.contracts.engine.result import Result
from itaku.contracts.model.parts import Words
from itaku.desk.access import Seat, seat_at
from itaku.desk.acts.permission import duties_at, leave, reserved_for_this, who_confirms
from itaku.desk.acts.telling import Draft, tell
from itaku.desk.asking import ask, clock, randomness
from itaku.desk.audit.noting import note
from itaku.desk.files import download
from itaku.desk.lists.reading import Brought, ListFileError, Proposed, read_list
from itaku.desk.lists.shapes import Shape, figures, rows_of, shapes_of
from itaku.settlement.workbook import csv_text, workbook

_SALT = "itaku.desk.lists"
_GOOD_FOR_S = 86_400


class Difference(NamedTuple):
    """A proposed event for people: its name, for whom it is told, and why it cannot be where it cannot."""

    proposed: Proposed
    words: Words
    party: str
    refused: Words | None


@require_safe
def lists(request: HttpRequest, contract: str) -> HttpResponse:
    """The lists of a contract."""
    seat_at(request, contract)
    result = ask(lambda keeper: keeper.at(contract))
    shown = [(each, list(rows_of(each, result).values())) for each in shapes_of(result)]
    context = {"contract": contract, "head": result.fold.contract.head, "lists": shown}
    return render(request, "lists/lists.html", context)


@require_safe
def as_workbook(request: HttpRequest, contract: str, name: str) -> HttpResponse:
    """A list as Excel."""
    seat_at(request, contract)
    shape, result = _asked(contract, name)
    return download(workbook([figures(shape, result)]), f"{name}.xlsx")


@require_safe
def as_csv(request: HttpRequest, contract: str, name: str) -> HttpResponse:
    """A list as CSV."""
    seat_at(request, contract)
    shape, result = _asked(contract, name)
    return download(csv_text(figures(shape, result)), f"{name}.csv")


@require_POST
def brought(request: HttpRequest, contract: str, name: str) -> HttpResponse:
    """A file that comes back is shown as differences; what was approved is told."""
    seat = seat_at(request, contract)
    shape, result = _asked(contract, name)
    if "approved" in request.POST:
        return _tell(request, contract, shape, result)
    context: dict[str, Any] = {"contract": contract, "head": result.fold.contract.head, "shape": shape}
    try:
        found = _read(request, shape, result)
    except ListFileError as error:
        return render(request, "lists/brought.html", context | {"trouble": error}, status=400)
    differences = [_difference(result, seat, request, each) for each in found.proposed]
    trouble = _tried(contract, differences)
    refused = any(each.refused for each in differences)
    token = "" if found.mistakes or refused or trouble or not differences else _signed(contract, name, result, found)
    context |= {"found": found, "differences": differences, "token": token, "trouble": trouble, "refused": refused}
    return render(request, "lists/brought.html", context)


def _asked(contract: str, name: str) -> tuple[Shape, Result]:
    result = ask(lambda keeper: keeper.at(contract))
    shape = next((each for each in shapes_of(result) if each.name == name), None)
    if shape is None:
        raise Http404("list")
    return shape, result


def _read(request: HttpRequest, shape: Shape, result: Result) -> Brought:
    file = request.FILES.get("file")
    if file is None:
        raise ListFileError("file")
    return read_list(shape, rows_of(shape, result), file.read(), to_jst(clock().now()).date())


def _difference(result: Result, seat: Seat, request: HttpRequest, proposed: Proposed) -> Difference:
    """Whether and for whom the person may tell a proposed event. What wants a second person is told one by one."""
    known = result.fold.rules.events[proposed.kind]
    words = Words(ja=known.ja, en=known.en)
    asked = {} if seat.reads_only else leave(result, proposed.kind, seat, duties_at(request.user, seat.contract))
    party = next((name for name, each in asked.items() if each.may), "")
    if not party:
        why = next((each.why for each in asked.values()), None)
        other = Words(ja="あなたの側が記録するものではありません", en="not for your side to tell")
        return Difference(proposed, words, "", why or other)
    row = reserved_for_this(result, proposed.kind, party, proposed.fields)
    if who_confirms(result.fold.contract, proposed.kind, party, row):
        why = Words(ja="二人で記録するものです。記録の画面から行います", en="it wants two persons: tell it by itself")
        return Difference(proposed, words, party, why)
    return Difference(proposed, words, party, None)


def _tried(contract: str, differences: list[Difference]) -> ItakuError | None:
    """What the contract says against the events, before anybody approves them."""
    events = [
        Told(id=f"try-{number}", at=each.proposed.at, kind=each.proposed.kind, fields=each.proposed.fields)
        for number, each in enumerate(differences)
    ]
    try:
        ask(lambda keeper: keeper.what_if(contract, events))
    except ItakuError as error:
        return error
    return None


def _signed(contract: str, name: str, result: Result, found: Brought) -> str:
    events = [(each.kind, each.at, each.fields) for each in found.proposed]
    fresh = {
        "contract": contract,
        "name": name,
        "seq": result.seq,
        "events": events,
        "once": randomness().token(8).hex(),
    }
    return signing.dumps(fresh, salt=_SALT, compress=True)


def _tell(request: HttpRequest, contract: str, shape: Shape, result: Result) -> HttpResponse:
    """Tells what was approved, each event once however often the form is sent. `ContractMovedError`."""
    try:
        asked = signing.loads(request.POST["approved"], salt=_SALT, max_age=_GOOD_FOR_S)
    except signing.BadSignature as error:
        raise ListFileError("approved") from error
    if (asked["contract"], asked["name"]) != (contract, shape.name):
        raise ListFileError("approved")
    seat, seen = seat_at(request, contract), asked["seq"]
    for number, (kind, at, fields) in enumerate(asked["events"]):
        difference = _difference(result, seat, request, Proposed(0, "", kind, at, fields, ()))
        if difference.refused:
            raise ListFileError(kind)
        token = "a" + hashlib.sha256(f"{asked['once']}/{number}".encode()).hexdigest()[:32]
        draft = Draft(token=token, contract=contract, kind=kind, party=difference.party, at=at, fields=fields)
        act = tell(draft, request.user, (), seen)
        seen = act.seq or seen
    note(request, "list-told", contract, list=shape.name, events=len(asked["events"]))
    return redirect("lists", contract=contract)
