"""The life of an account (利用者の登録から削除まで): who administers whom, and each step of it."""

from __future__ import annotations

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from axes.utils import reset
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest
from django_otp.plugins.otp_static.models import StaticDevice

from itaku.desk.accounts.errors import OwnAccountError
from itaku.desk.accounts.models import CodeDevice, FirstPasswordLink, Membership, Person, SignIn
from itaku.desk.accounts.moments import moment
from itaku.desk.accounts.sessions import end_all


def administered(person: Person) -> dict[str, frozenset[str]]:
    """The contracts at which the person looks after accounts, with the legal persons of the own seats there."""
    rows = Membership.objects.filter(person=person, ended_at=None, duties__contains=["administrator"])
    found: dict[str, frozenset[str]] = {}
    for contract, party in rows.order_by("contract", "party").values_list("contract", "party"):
        found[contract] = found.get(contract, frozenset()) | {party}
    return found


def administering(request: HttpRequest) -> dict[str, frozenset[str]]:
    """As `administered`; others have no business here: 403."""
    found = administered(request.user)
    if not found:
        raise PermissionDenied
    return found


def person_here(request: HttpRequest, pk: int) -> Person:
    """A person of the administrator's own organisation. Others are answered as ones that are not there: 404."""
    found = Person.objects.filter(pk=pk, organisation=request.user.organisation_id, deleted_at=None).first()
    if found is None:
        raise Http404("person")
    return found


def not_oneself(request: HttpRequest, person: Person) -> None:
    """Nobody changes the own rights. `OwnAccountError`."""
    if request.user.pk == person.pk:
        raise OwnAccountError


def register(by: Person, sign_in_name: str, facts: dict[str, str]) -> Person | None:
    """A new person of the administrator's organisation, without a password; None where the name is taken.

    The same form sent twice registers once.
    """
    with transaction.atomic():
        found = Person.objects.select_for_update().filter(sign_in_name=sign_in_name).first()
        if found is None:
            return Person.objects.make(sign_in_name, None, organisation=by.organisation, **facts)
    same = found.organisation_id == by.organisation_id and found.last_login is None and found.password_set_at is None
    return found if same and all(getattr(found, name) == value for name, value in facts.items()) else None


def stop(person: Person) -> None:
    """Stops an account: no sign-in, and all sessions end now."""
    with transaction.atomic():
        person.is_active = False
        person.save(update_fields=["is_active"])
        FirstPasswordLink.objects.filter(person=person, used_at=None).update(ends_at=moment())
        end_all(person)


def start_again(person: Person) -> None:
    """Lets a stopped account sign in again, with the password that it had."""
    person.is_active = True
    person.save(update_fields=["is_active"])


def unlock(person: Person) -> None:
    """Ends the rest after wrong tries."""
    reset(username=person.sign_in_name)


def is_locked(person: Person) -> bool:
    """Whether wrong tries are counted against the name now."""
    return bool(AccessAttempt.objects.filter(username=person.sign_in_name).exists())


def delete(person: Person) -> None:
    """Deletes a person: the row stays for the record, what tells who it was is blanked, and nothing opens any more."""
    with transaction.atomic():
        stop(person)
        Membership.objects.filter(person=person, ended_at=None).update(ended_at=moment())
        take_second_factors(person)
        for log in (AccessAttempt, AccessFailureLog, AccessLog):
            log.objects.filter(username=person.sign_in_name).delete()
        SignIn.objects.filter(person=person).update(browser="")
        person.sign_in_name, person.name, person.name_en = f"deleted-{person.pk}", "（削除した利用者）", "(deleted)"
        person.mail = person.office = ""
        person.deleted_at = moment()
        person.set_unusable_password()
        person.save()


def take_second_factors(person: Person) -> None:
    """Removes one-time codes, recovery codes and passkeys."""
    CodeDevice.objects.filter(user=person).delete()
    StaticDevice.objects.filter(user=person).delete()
    person.passkeys.all().delete()


def take_duties(person: Person, contract: str, party: str, kept: frozenset[str]) -> frozenset[str]:
    """Leaves a seat only these of its duties; without any, the seat ends. What was taken."""
    with transaction.atomic():
        rows = Membership.objects.select_for_update().filter(
            person=person, contract=contract, party=party, ended_at=None
        )
        seat = rows.first()
        if seat is None:
            return frozenset()
        taken = frozenset(seat.duties) - kept
        seat.duties = [each for each in seat.duties if each in kept]
        if not seat.duties:
            seat.ended_at = moment()
        seat.save(update_fields=["duties", "ended_at"])
    return taken


def give_duties(person: Person, contract: str, party: str, duties: frozenset[str]) -> None:
    """Adds duties to a seat, or makes it."""
    with transaction.atomic():
        rows = Membership.objects.select_for_update().filter(
            person=person, contract=contract, party=party, ended_at=None
        )
        seat = rows.first() or Membership(person=person, contract=contract, party=party, duties=[])
        seat.duties = sorted({*seat.duties, *duties})
        seat.save()
