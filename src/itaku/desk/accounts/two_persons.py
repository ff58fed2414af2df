"""Privileged acts by two persons (二人による操作): one asks, another of the same party confirms, nobody alone.

An app says with `register` what it means to carry a kind out. Whoever asked, and whom it is about, cannot confirm.
What is not confirmed in time is never done. Asking, confirming and refusing stand in the audit trail.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from django.db import transaction
from django.http import HttpRequest

from itaku.contracts.model.parts import Words
from itaku.desk.accounts.duties import CONFIRMING
from itaku.desk.accounts.errors import ActSettledError, SelfConfirmedError
from itaku.desk.accounts.models import Membership, Person, PrivilegedAct
from itaku.desk.accounts.moments import moment
from itaku.desk.audit.noting import note

DAYS = 7
"""How long an act waits for its second person."""


class Kind(NamedTuple):
    """A kind of privileged act. `carry_out` does it, inside one transaction, and may return a secret to show once."""

    ja: str
    en: str
    carry_out: Callable[[PrivilegedAct, Person], str]


KINDS: dict[str, Kind] = {}
"""All kinds by name."""


def register(name: str, kind: Kind) -> None:
    """Makes a kind known."""
    KINDS[name] = kind


def ask_for(
    request: HttpRequest,
    kind: str,
    subject: Person,
    token: str,
    *,
    contract: str = "",
    party: str = "",
    facts: dict[str, object] | None = None,
) -> PrivilegedAct:
    """Asks for an act; the same form sent twice asks once. Somebody's own matters: `SelfConfirmedError`."""
    if subject.pk == request.user.pk:
        raise SelfConfirmedError
    now = moment()
    with transaction.atomic():
        act, made = PrivilegedAct.objects.get_or_create(
            token=f"{request.user.pk}:{token}",
            defaults={
                "kind": kind,
                "organisation": subject.organisation,
                "contract": contract,
                "party": party,
                "subject": subject,
                "facts": facts or {},
                "asked_by": Person.objects.get(pk=request.user.pk),
                "asked_at": now,
                "ends_at": now + dt.timedelta(days=DAYS),
            },
        )
        if made:
            note(request, "asked-second", contract, act=act.pk, what=kind, person=subject.pk)
    return act


def second_persons(act: PrivilegedAct) -> list[Person]:
    """Who may confirm an act: at a contract, people of the same party there; else, of the same organisation."""
    seats = Membership.objects.filter(ended_at=None, duties__overlap=list(CONFIRMING), person__is_active=True)
    if act.contract:
        seats = seats.filter(contract=act.contract, party=act.party)
    else:
        seats = seats.filter(person__organisation=act.organisation_id)
    people = Person.objects.filter(pk__in=seats.values("person"), organisation=act.organisation_id)
    return list(people.exclude(pk__in=(act.asked_by_id, act.subject_id)).order_by("sign_in_name"))


def waiting_at(person: Person) -> list[PrivilegedAct]:
    """What waits in the person's organisation and is still in time, oldest first."""
    rows = PrivilegedAct.objects.filter(organisation=person.organisation_id, state="waiting", ends_at__gt=moment())
    return list(rows.select_related("subject", "asked_by").order_by("pk"))


def confirm(request: HttpRequest, act: PrivilegedAct) -> str:
    """The second person's yes: it is carried out now, or not at all. A secret to show once, or "".

    `SelfConfirmedError`, `ActSettledError`, and what carrying out raises; `PermissionError` for who is no second
    person.
    """
    with transaction.atomic():
        act = _decided(request, act, "done", "")
        said = KINDS[act.kind].carry_out(act, Person.objects.get(pk=request.user.pk))
        note(request, "confirmed-second", act.contract, act=act.pk, what=act.kind, person=act.subject_id)
    return said


def refuse(request: HttpRequest, act: PrivilegedAct, why: str) -> None:
    """The second person's no, or the first's own withdrawal. Raises as `confirm`."""
    own = act.asked_by_id == request.user.pk
    with transaction.atomic():
        act = _decided(request, act, "withdrawn" if own else "refused", why)
        note(request, "refused-second", act.contract, act=act.pk, what=act.kind, person=act.subject_id)


def _decided(request: HttpRequest, act: PrivilegedAct, state: str, why: str) -> PrivilegedAct:
    locked = PrivilegedAct.objects.select_for_update().get(pk=act.pk)
    if locked.state != "waiting" or locked.ends_at <= moment():
        raise ActSettledError
    person = request.user.pk
    if state != "withdrawn":
        if person in {locked.asked_by_id, locked.subject_id}:
            raise SelfConfirmedError
        if person not in {each.pk for each in second_persons(locked)}:
            raise PermissionError
    locked.state, locked.why = state, why
    locked.decided_by_id, locked.decided_at = person, moment()
    locked.save()
    return locked


def words_of(act: PrivilegedAct) -> Words:
    """What an act is, in words."""
    known = KINDS[act.kind]
    return Words(ja=known.ja, en=known.en)
