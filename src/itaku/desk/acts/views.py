"""What may be told at a contract (記録できること), what was told, and the flows that the contract names."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import NamedTuple

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from itaku.basis.clock import to_jst
from itaku.basis.written_dates import read_written
from itaku.contracts.agenda.line import AgendaLine, agenda_line
from itaku.contracts.agenda.short_places import short_place
from itaku.contracts.engine.events import Told, catalogue, tellers
from itaku.contracts.engine.result import Result
from itaku.contracts.model.contract import Contract, EventType
from itaku.contracts.model.parts import Words
from itaku.desk.access import Seat, seat_at, seats_of
from itaku.desk.acts.flows import flows_of, standing
from itaku.desk.acts.models import Act
from itaku.desk.acts.offered import rules_of_event
from itaku.desk.acts.permission import duties_at, leave, reserved_for, side_of
from itaku.desk.acts.shown import Said, said
from itaku.desk.asking import ask
from itaku.desk.finding import called, titles_of


class Tellable(NamedTuple):
    """An event of the catalogue with the clauses that it moves; `why` where this person may not tell it alone."""

    kind: str
    words: EventType
    places: tuple[str, ...]
    may: bool
    why: Words | None
    second: bool


class Entry(NamedTuple):
    """An event as the list of what was told shows it."""

    seq: int
    told: Told
    name: Words
    said: list[Said]
    day: dt.date | None
    time: str
    told_on: dt.datetime
    late: bool
    act: Act | None
    own: bool
    undone: str


MOST_CONTRACTS = 50
"""Contracts that the page of contracts shows at once: more are searched for."""


@require_safe
def contracts(request: HttpRequest) -> HttpResponse:
    """The contracts at which the person sits, those with something to confirm first; straight on where it is one."""
    seats = seats_of(request.user)
    if len(seats) == 1:
        return redirect("acts-of", next(iter(seats)))
    waiting = Act.objects.filter(contract__in=list(seats), state="waiting").values_list("contract", flat=True)
    counts = Counter(waiting)
    asked = request.GET.get("q", "").strip()[:100]
    wanted = sorted(called(asked, seats), key=lambda each: -counts[each])
    titles = titles_of(wanted[:MOST_CONTRACTS])
    found = [(each, titles[each], counts[each]) for each in wanted[:MOST_CONTRACTS]]
    shown = {"found": found, "asked": asked, "count": len(wanted), "seats": len(seats), "most": MOST_CONTRACTS}
    return render(request, "acts/contracts.html", shown)


@require_safe
def offered(request: HttpRequest, contract: str) -> HttpResponse:
    """What I may tell now: open matters that my side moves on, then the whole catalogue, searchable."""
    seat = seat_at(request, contract)
    result = ask(lambda keeper: keeper.at(contract))
    asked = request.GET.get("q", "").strip()[:100]
    duties = duties_at(request.user, contract)
    every = [] if seat.reads_only else _tellable(result, seat, duties)
    wanted = [each for each in every if _speaks_of(each, asked)]
    context = {
        "contract": contract,
        "title": result.fold.contract.head,
        "status": result.status,
        "reader": seat.reads_only,
        "lines": []
        if seat.reads_only or asked
        else _my_lines(result, contract, {each.kind for each in every if each.may}, seat),
        "tellable": wanted,
        "count": len(every),
        "asked": asked,
        "waiting": _waiting(contract, result.fold.contract),
    }
    return render(request, "acts/offered.html", context)


def _waiting(contract: str, form: Contract) -> list[tuple[Act, EventType]]:
    found = Act.objects.filter(contract=contract, state="waiting").select_related("person").order_by("told_at")
    return [(act, catalogue(form)[act.kind]) for act in found]


def _tellable(result: Result, seat: Seat, duties: dict[str, frozenset[str]]) -> list[Tellable]:
    contract = result.fold.contract
    found = []
    for kind, known in (
        *contract.events.items(),
        *((k, e) for k, e in catalogue(contract).items() if k not in contract.events),
    ):
        leaves = leave(result, kind, seat, duties)
        if not leaves:
            continue
        may = [party for party, each in leaves.items() if each.may]
        why = None if may else next(iter(leaves.values()))
        places = dict.fromkeys(short_place(contract, rule.id) for rule in rules_of_event(result, kind)[:200])
        second = bool(may) and all(_second(contract, kind, party) for party in may)
        reason = (
            Words(ja=f"{why.why.ja}記録できる人: {why.who.ja}", en=f"{why.why.en} Who can: {why.who.en}")
            if why
            else None
        )
        found.append(Tellable(kind, known, tuple(places), bool(may), reason, second))
    return found


def _second(contract: Contract, kind: str, party: str) -> bool:
    row = reserved_for(contract, kind, party)
    return row is not None and bool(row.second)


def _speaks_of(each: Tellable, asked: str) -> bool:
    text = " ".join((each.kind, each.words.ja, each.words.en, *each.places)).casefold()
    return all(word in text for word in asked.casefold().split())


def _my_lines(result: Result, contract: str, kinds: set[str], seat: Seat) -> list[AgendaLine]:
    """Open matters that an event which I may tell moves on, the nearest day first; own rights without a day last."""
    found = []
    others = set(result.fold.contract.parties) - seat.parties
    for name, shown in result.views.items():
        if (
            shown.state not in {"pending", "in_effect", "violated", "available", "running"}
            or shown.kind == "requirement"
            or (shown.kind == "power" and shown.bearer in others)
        ):
            continue
        line = agenda_line(result, contract, name)
        mine = tuple(move for move in line.moves if move.event in kinds)
        if mine:
            found.append(msgspec.structs.replace(line, moves=mine))
    return sorted(found, key=lambda line: (line.kind == "power", line.due is None, line.due or dt.date.max))


@require_safe
def told(request: HttpRequest, contract: str) -> HttpResponse:
    """Everything that was told, the newest first, with who told it, and what own side may correct or void."""
    seat = seat_at(request, contract)
    result = ask(lambda keeper: keeper.at(contract))
    events: list[Told] = ask(lambda keeper: keeper.told(contract))
    times = ask(lambda keeper: keeper.told_at(contract))
    acts = {
        act.token: act
        for act in Act.objects.filter(contract=contract, state="recorded").select_related("person", "confirmer")
    }
    client = any(side_of(result.fold.contract, party) == "client" for party in seat.parties)
    form = result.fold.contract
    kinds = {each.id: each.kind for each in events}
    undone: dict[str, str] = {}
    for each in events:
        if each.voids:
            undone[each.voids] = "voided"
        elif each.corrects:
            undone[each.corrects] = "corrected"
    entries = [
        _entry(
            form,
            seq,
            each,
            kinds,
            to_jst(times[seq - 1]),
            acts.get(each.id),
            undone.get(each.id, ""),
            own=not seat.reads_only and (each.by in seat.parties or (each.by is None and client)),
        )
        for seq, each in enumerate(events, 1)
    ]
    entries.reverse()
    return render(request, "acts/told.html", {"contract": contract, "title": form.head, "entries": entries})


def _entry(
    form: Contract,
    seq: int,
    each: Told,
    kinds: dict[str, str],
    told_on: dt.datetime,
    act: Act | None,
    undone: str,
    *,
    own: bool,
) -> Entry:
    known = catalogue(form).get(kinds.get(each.voids, "") if each.voids else each.kind)
    name = Words(ja=known.ja, en=known.en) if known else Words(ja=each.kind, en=each.kind)
    if each.voids:
        name = Words(ja=f"{name.ja}の取消し", en=f"{name.en}: voided")
    elif each.corrects:
        name = Words(ja=f"{name.ja}の訂正", en=f"{name.en}: corrected")
    day = read_written(each.at, "").day if each.at else None
    late = day is not None and day < told_on.date()
    return Entry(
        seq, each, name, said(form, each.kind, each.fields), day, each.at[11:16], told_on, late, act, own, undone
    )


@require_safe
def flows(request: HttpRequest, contract: str) -> HttpResponse:
    """The flows that the contract names: their steps, who does each, and where each stands."""
    seat = seat_at(request, contract)
    result = ask(lambda keeper: keeper.at(contract))
    form = result.fold.contract
    every = catalogue(form)
    duties = duties_at(request.user, contract)
    shown = []
    for flow in flows_of(form.head.id):
        steps = []
        for step in standing(result, flow):
            leaves = {} if seat.reads_only else leave(result, step.kind, seat, duties)
            steps.append((step, every[step.kind], _labels(form, step.kind), any(each.may for each in leaves.values())))
        shown.append((flow, list(dict.fromkeys(short_place(form, clause) for clause in flow.clauses)), steps))
    return render(request, "acts/flows.html", {"contract": contract, "title": form.head, "flows": shown})


def _labels(form: Contract, kind: str) -> list[str]:
    """The labels of those who may tell an event: 甲, 乙, 発注者 …; both where the catalogue names nobody."""
    allowed = tellers(form, catalogue(form)[kind]) or frozenset(form.parties)
    sides = {side_of(form, party) for party in allowed}
    return [label for label, side in (("甲", "client"), ("乙", "contractor")) if side in sides]
