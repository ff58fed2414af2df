"""Pages of account administrators (利用者管理の画面): people of the own organisation, their seats and duties."""

from __future__ import annotations

import re
from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from itaku.contracts.model.parts import Words
from itaku.desk.accounts import people, two_persons
from itaku.desk.accounts.duties import CONFIRMING, DUTIES
from itaku.desk.accounts.links import HOURS, make_link
from itaku.desk.accounts.models import Membership, Person, PrivilegedAct
from itaku.desk.accounts.seat_names import SeatName, seat_name
from itaku.desk.accounts.second_factor import factors_of
from itaku.desk.accounts.sessions import end_all, open_ones
from itaku.desk.asking import randomness
from itaku.desk.audit.noting import note
from itaku.desk.configuration import desk_settings

PAGE = 100
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
_LONGEST = 100
_FACTS = ("name", "name_en", "mail", "office")
_MOST_SEATS = 200


class SeatChoice(NamedTuple):
    """A seat that an administrator may give: a contract and a legal person of it, with the names of both."""

    contract: str
    party: str
    title: Words
    of: Words
    held: frozenset[str] = frozenset()

    @property
    def value(self) -> str:
        """As the form sends it."""
        return f"{self.contract}|{self.party}"


@require_safe
def roster(request: HttpRequest) -> HttpResponse:
    """The people of the organisation, and what waits for a second person."""
    manages = bool(people.administered(request.user))
    waiting = two_persons.waiting_at(request.user)
    if not manages and not _may_second(request.user):
        raise PermissionDenied
    rows = Person.objects.filter(organisation=request.user.organisation_id, deleted_at=None)
    wanted = request.GET.get("q", "").strip()[:_LONGEST]
    if wanted:
        rows = rows.filter(name__contains=wanted) | rows.filter(sign_in_name__contains=wanted)
    after = request.GET.get("after", "")[:_LONGEST]
    found = list(rows.filter(sign_in_name__gt=after).order_by("sign_in_name")[: PAGE + 1])
    context = {
        "rows": found[:PAGE],
        "more": found[PAGE - 1].sign_in_name if len(found) > PAGE else None,
        "manages": manages,
        "waiting": [(act, two_persons.words_of(act), _can_decide(request, act)) for act in waiting],
        "q": wanted,
        "duties_of": _duties_of(found, people.administered(request.user)),
    }
    return render(request, "accounts/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Registering a person: no password yet, no seat yet."""
    people.administering(request)
    entered = {name: request.POST.get(name, "").strip()[: _LONGEST * 2] for name in ("sign_in_name", *_FACTS)}
    errors: dict[str, Words] = {}
    if request.method == "POST":
        errors = _unfit(entered)
        if not _NAME.fullmatch(entered["sign_in_name"]):
            errors["sign_in_name"] = Words(
                ja="英小文字・数字・点・下線・ハイフンで、2文字から40文字です。",
                en="Lower case letters, digits, dots, underscores and hyphens; 2 to 40 of them.",
            )
        if not errors:
            found = people.register(request.user, entered["sign_in_name"], {name: entered[name] for name in _FACTS})
            if found is not None:
                note(request, "person-registered", person=found.pk)
                return redirect("person", found.pk)
            errors["sign_in_name"] = Words(
                ja="この利用者名は使われています。別の名にしてください。", en="This name is taken. Choose another."
            )
    context = {"entered": entered, "errors": errors}
    return render(request, "accounts/register.html", context, status=400 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """A person: what is known, seats and duties, sign-in; changing what is known."""
    seats = people.administering(request)
    found = people.person_here(request, pk)
    errors: dict[str, Words] = {}
    entered = {name: getattr(found, name) for name in _FACTS}
    if request.method == "POST":
        entered = {name: request.POST.get(name, "").strip()[: _LONGEST * 2] for name in _FACTS}
        errors = _unfit(entered)
        if not errors:
            changed = [name for name in _FACTS if getattr(found, name) != entered[name]]
            for name in changed:
                setattr(found, name, entered[name])
            found.save(update_fields=list(_FACTS))
            if changed:
                note(request, "person-changed", person=found.pk, fields=" ".join(changed))
            return redirect("person", pk)
    choices = _choices(seats, found)
    context = {
        "person": found,
        "errors": errors,
        "entered": entered,
        "choices": choices,
        "held": [each for each in choices if each.held],
        "elsewhere": _elsewhere(found, seats),
        "duties": DUTIES.items(),
        "locked": people.is_locked(found),
        "factors": factors_of(found),
        "open": len(open_ones(found)),
        "own": found.pk == request.user.pk,
        "token": randomness().token(16).hex(),
        "waiting": [
            (act, two_persons.words_of(act)) for act in two_persons.waiting_at(request.user) if act.subject_id == pk
        ],
    }
    return render(request, "accounts/person.html", context, status=400 if errors else 200)


@require_POST
def change_seat(request: HttpRequest, pk: int) -> HttpResponse:
    """A seat's duties: what is taken away is taken at once, what is added waits for a second person."""
    seats = people.administering(request)
    found = people.person_here(request, pk)
    people.not_oneself(request, found)
    contract, _, party = request.POST.get("seat", "").partition("|")
    if party not in seats.get(contract, frozenset()):
        raise Http404("seat")
    wanted = frozenset(request.POST.getlist("duty")) & frozenset(DUTIES)
    row = Membership.objects.filter(person=found, contract=contract, party=party, ended_at=None).first()
    held = frozenset(row.duties) if row is not None else frozenset()
    taken = people.take_duties(found, contract, party, wanted)
    if taken:
        note(request, "duties-taken", contract, person=pk, party=party, duties=" ".join(sorted(taken)))
    added = wanted - held
    if added:
        act = two_persons.ask_for(
            request,
            "give-duties",
            found,
            request.POST.get("_token", "")[:64],
            contract=contract,
            party=party,
            facts={"duties": sorted(added)},
        )
        return redirect("privileged-act", act.pk)
    return redirect("person", pk)


@require_POST
def take_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Stopping, starting again, unlocking, ending sessions, the first address; and what two persons do."""
    people.administering(request)
    found = people.person_here(request, pk)
    step = request.POST.get("step", "")
    if step in {"stop", "delete-person", "new-password", "no-second-factor"}:
        people.not_oneself(request, found)
    if step == "first-link" and found.password_set_at is None and found.is_active:
        return _link_shown(request, found)
    if step in {"delete-person", "new-password", "no-second-factor"}:
        act = two_persons.ask_for(request, step, found, request.POST.get("_token", "")[:64])
        return redirect("privileged-act", act.pk)
    if step == "end-sessions":
        note(request, "sessions-ended", person=pk, count=end_all(found))
    elif step in _ALONE:
        carry_out, kind = _ALONE[step]
        carry_out(found)
        note(request, kind, person=pk)
    return redirect("person", pk)


_ALONE = {
    "stop": (people.stop, "person-stopped"),
    "start": (people.start_again, "person-started"),
    "unlock": (people.unlock, "person-unlocked"),
}
"""What an administrator does alone, with its note."""


@require_http_methods(["GET", "HEAD", "POST"])
def privileged_act(request: HttpRequest, pk: int) -> HttpResponse:
    """An act that needs two persons: those of the organisation who manage or confirm see it."""
    act = PrivilegedAct.objects.filter(pk=pk, organisation=request.user.organisation_id).first()
    if act is None or not (_may_second(request.user) or act.asked_by_id == request.user.pk):
        raise Http404("act")
    if request.method == "POST":
        if request.POST.get("step") == "confirm":
            try:
                secret = two_persons.confirm(request, act)
            except PermissionError as error:
                raise PermissionDenied from error
            if secret:
                return _link_page(request, act.subject, secret)
        else:
            try:
                two_persons.refuse(request, act, request.POST.get("why", "").strip()[:500])
            except PermissionError as error:
                raise PermissionDenied from error
        return redirect("privileged-act", pk)
    context = {
        "act": act,
        "what": two_persons.words_of(act),
        "duties": act.facts.get("duties", []),
        "seat": _seat_words(act),
        "seconds": two_persons.second_persons(act),
        "able": _can_decide(request, act),
        "own": act.asked_by_id == request.user.pk,
        "over": act.state == "waiting" and act not in two_persons.waiting_at(request.user),
    }
    return render(request, "accounts/privileged_act.html", context)


def _link_shown(request: HttpRequest, found: Person) -> HttpResponse:
    secret = make_link(found, request.user)
    note(request, "first-link", person=found.pk)
    return _link_page(request, found, secret)


def _link_page(request: HttpRequest, found: Person, secret: str) -> HttpResponse:
    """The page that shows a one-time address, once."""
    address = f"{desk_settings().url}/sign-in/first/{secret}/"
    return render(request, "accounts/link_shown.html", {"person": found, "address": address, "hours": HOURS})


def _unfit(entered: dict[str, str]) -> dict[str, Words]:
    """What is wrong with the fields of a person."""
    errors: dict[str, Words] = {}
    if not entered["name"]:
        errors["name"] = Words(ja="空です。氏名を入れてください。", en="This is empty. Give the name.")
    if entered["mail"] and not _MAIL.fullmatch(entered["mail"]):
        errors["mail"] = Words(ja="メールアドレスとして読めません。", en="This is no mail address.")
    for name in _FACTS:
        if len(entered[name]) > _LONGEST or any(not each.isprintable() for each in entered[name]):
            errors[name] = Words(
                ja=f"{_LONGEST}文字以下で、改行などは入れられません。", en=f"At most {_LONGEST} characters on one line."
            )
    return errors


def _choices(seats: dict[str, frozenset[str]], found: Person) -> list[SeatChoice]:
    """The seats that the administrator may give, with what the person holds of them."""
    rows = Membership.objects.filter(person=found, ended_at=None, contract__in=seats)
    held = {(row.contract, row.party): frozenset(row.duties) for row in rows}
    wanted = [(contract, party) for contract, parties in seats.items() for party in sorted(parties)]
    wanted.sort(key=lambda each: each not in held)
    return [
        SeatChoice(contract, party, *seat_name(contract, party), held.get((contract, party), frozenset()))
        for contract, party in wanted[:_MOST_SEATS]
    ]


def _seat_words(act: PrivilegedAct) -> SeatName | None:
    return seat_name(act.contract, act.party) if act.contract else None


def _elsewhere(found: Person, seats: dict[str, frozenset[str]]) -> int:
    """How many seats the person has where the administrator has no say."""
    rows = Membership.objects.filter(person=found, ended_at=None).values_list("contract", "party")
    return sum(party not in seats.get(contract, frozenset()) for contract, party in rows)


def _may_second(person: Person) -> bool:
    seats = Membership.objects.filter(person=person, ended_at=None, duties__overlap=list(CONFIRMING))
    return bool(seats.exists())


def _can_decide(request: HttpRequest, act: PrivilegedAct) -> bool:
    return request.user.pk in {each.pk for each in two_persons.second_persons(act)}


def _duties_of(found: list[Person], seats: dict[str, frozenset[str]]) -> dict[int, list[str]]:
    """Each person's duties at the contracts that the administrator looks after."""
    rows = Membership.objects.filter(person__in=found, ended_at=None, contract__in=seats)
    duties: dict[int, set[str]] = {}
    for row in rows.values_list("person", "duties").distinct():
        duties.setdefault(row[0], set()).update(row[1])
    return {pk: [each for each in DUTIES if each in own] for pk, own in duties.items()}
