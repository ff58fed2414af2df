"""A person's calendar (予定表): all contracts of the person in one, by an address that nobody can guess."""

from __future__ import annotations

import hashlib

import icalendar

from itaku.contracts.exports.calendar import calendar, empty
from itaku.desk.access import Seat, seats_of
from itaku.desk.accounts.models import Person
from itaku.desk.asking import ask, clock, randomness
from itaku.desk.notices.models import Feed

_SECRET_BYTES = 32


def renew(person: Person) -> str:
    """A fresh secret; the address of before is dead at once. It is given this once."""
    secret = randomness().token(_SECRET_BYTES).hex()
    Feed.objects.update_or_create(
        person=person, defaults={"secret_sha256": _digest(secret), "made_at_ms": int(clock().now())}
    )
    return secret


def stop(person: Person) -> None:
    """No address leads to the calendar any more."""
    Feed.objects.filter(person=person).delete()


def owner(secret: str) -> Person | None:
    """Whose calendar a secret opens: nobody's once the person is stopped."""
    feed = Feed.objects.filter(secret_sha256=_digest(secret), person__is_active=True).select_related("person").first()
    return None if feed is None else feed.person


def merged(person: Person) -> bytes:
    """Everything with a date at the person's contracts that is theirs to do or to lose; to an auditor, everything."""
    made = empty(f"委託の期限 {person.name}")
    for component in _components(seats_of(person)).values():
        made.add_component(component)
    written: bytes = made.to_ical()
    return written


def _components(seats: dict[str, Seat]) -> dict[str, icalendar.Component]:
    """By UID, so that what two legal persons of one seat share stands once."""
    now = clock().now()
    results = ask(lambda keeper: keeper.at_each(sorted(seats)))
    found: dict[str, icalendar.Component] = {}
    for contract, result in results.items():
        parties: list[str | None] = [*sorted(seats[contract].parties)]
        for party in parties or [None]:
            one = icalendar.Calendar.from_ical(calendar(result, contract, now, party))
            for component in one.subcomponents:
                component["summary"] = icalendar.vText(f"{component['summary']}｜{result.fold.contract.head.ja}")
                found.setdefault(str(component["uid"]), component)
    return found


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
