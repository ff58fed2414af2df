"""Cases (照合の不一致案件): the list, and one case that its two sides explain and settle by reversal."""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from itaku.basis.errors import ItakuError
from itaku.desk.asking import act_in_books, ask_books, clock
from itaku.desk.audit.noting import note
from itaku.desk.money import words
from itaku.desk.money.errors import CaseStepRefusedError
from itaku.desk.money.places import Place, places_of
from itaku.desk.money.reading import case_is_about, case_shown, cases_of
from itaku.issuance.protocol.kinds import KIND_TITLE
from itaku.settlement import cases as kept
from itaku.settlement.reconciliation import CaseName, Held
from itaku.settlement.views import Movement, View

LONGEST_REASON = 2000
NEVER = "never"
"""What a form says for: it never took place."""


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """All cases that are not settled, of the municipalities that the person may see."""
    places = places_of(request)
    if not places:
        raise Http404("books")
    codes = {place.books.municipality for place in places}
    found = ask_books(lambda connection: cases_of(connection, codes))
    lines = [(words.case_line(each), _is_my_turn(_place_of(places, each), each)) for each in found]
    return render(request, "money/cases.html", {"lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, issuance: str, movement: str, side: str) -> HttpResponse:
    """One case; a form says what is right, or answers what was said."""
    name = _name(issuance, movement, side)
    found = ask_books(lambda connection: case_shown(connection, name))
    places = places_of(request)
    codes = {place.books.municipality for place in places}
    if found is None or not case_is_about(found[0], codes):
        raise Http404("case")
    place = _place_of(places, found[0])
    trouble = None
    if request.method == "POST":
        try:
            _said(request, place, name, *found)
        except ItakuError as error:
            trouble = error
        else:
            answer: HttpResponse = redirect("money-case", issuance, movement, side)
            return answer
    return render(request, "money/case.html", _context(request, place, found, trouble), status=409 if trouble else 200)


def _context(request: HttpRequest, place: Place, found: tuple[kept.Case, list[kept.Step]], trouble: Any) -> Any:
    each, steps = found
    mine = place.speaks_for
    proposal = each.proposal
    return {
        "line": words.case_line(each),
        "case": each,
        "place": place,
        "holds": [(words.VIEWS[view], [_held(one) for one in each.difference.held(view)]) for view in View],
        "steps": [(step, words.step_words(step.event), _party(step.party)) for step in steps],
        "proposal": proposal,
        "proposed": None if proposal is None or proposal.right is None else _held(proposal.right),
        "may_propose": each.state is kept.State.OPEN and mine in each.parties,
        "may_answer": _may_answer(place, each),
        "choices": [(view, words.VIEWS[view], _held(held[0])) for view in View if (held := each.difference.held(view))],
        "trouble": trouble,
        "written": request.POST.get("reason", ""),
        "chosen": request.POST.get("right", ""),
    }


def _said(request: HttpRequest, place: Place, name: CaseName, case: kept.Case, steps: list[kept.Step]) -> None:
    """What the form says, done in the books, and noted. A form that was sent twice acts once.

    It names the version of the case that the person saw: what was said of another, or done otherwise, is refused.
    """
    party, person = place.speaks_for, request.user.name
    reason, now = request.POST.get("reason", "")[:LONGEST_REASON], clock().now()
    if party is None or party not in case.parties:
        raise CaseStepRefusedError
    does, seen = request.POST.get("does", ""), request.POST.get("version", "")
    if does not in _EVENTS:
        raise CaseStepRefusedError
    right = _right(case, request.POST.get("right", "")) if does == "propose" else None
    if _was_done(case, steps, kept.Proposal(right, party, person, reason.strip()), does, seen):
        return

    async def act(connection: asyncpg.Connection) -> kept.Case:
        now_it_is = await kept.find_case(connection, name, lock=True)
        if now_it_is is None or str(now_it_is.version) != seen:
            raise CaseStepRefusedError
        if does == "propose":
            return await kept.propose(connection, name, kept.Proposal(right, party, person, reason), now)
        return await kept.answer(connection, name, party, person, reason, now, agrees=does == "agree")

    act_in_books(act)
    facts = {"issuance": name.issuance_id.hex(), "side": name.side.value, "does": does}
    note(request, "case-answered", place.books.contract, **facts)


_EVENTS = {"propose": "proposed", "agree": "agreed", "send-back": "sent back"}
"""What a form does, and the event that it becomes."""


def _was_done(case: kept.Case, steps: list[kept.Step], said: kept.Proposal, does: str, seen: str) -> bool:
    """Whether the very same was done already to the version that the person saw, by this person."""
    done = (_EVENTS[does], said.party.value, said.person, said.reason)
    if not any(
        (step.event, step.party, step.person, step.reason) == done for step in steps if str(step.version - 1) == seen
    ):
        return False
    return does != "propose" or (case.proposal is not None and case.proposal.right == said.right)


def _right(case: kept.Case, chosen: str) -> Held | None:
    """What is right: what one of the three holds, or that it never took place."""
    if chosen == NEVER:
        return None
    if chosen not in set(View) or not case.difference.held(View(chosen)):
        raise CaseStepRefusedError
    return msgspec.structs.replace(case.difference.held(View(chosen))[0], times=1)


def _may_answer(place: Place, case: kept.Case) -> bool:
    mine, proposal = place.speaks_for, case.proposal
    waits = case.state is kept.State.PROPOSED and proposal is not None
    return waits and mine in case.parties and proposal is not None and proposal.party is not mine


def _is_my_turn(place: Place, case: kept.Case) -> bool:
    mine = place.speaks_for
    return _may_answer(place, case) or (case.state is kept.State.OPEN and mine is not None and case.owner is mine)


def _place_of(places: list[Place], case: kept.Case) -> Place:
    """Where the person sits for a case that they may see."""
    return next(each for each in places if case_is_about(case, {each.books.municipality}))


def _held(held: Held) -> tuple[Held, str, str]:
    return (held, *KIND_TITLE[held.kind])


def _party(party: str) -> Any:
    return words.VIEWS[View(party)] if party else None


def _name(issuance: str, movement: str, side: str) -> CaseName:
    try:
        return CaseName(bytes.fromhex(issuance), Movement[movement.upper()], View(side))
    except (ValueError, KeyError) as error:
        raise Http404("case") from error
