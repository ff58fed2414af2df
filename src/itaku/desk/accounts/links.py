"""One-time addresses for a first password (最初のパスワードのアドレス): random, expiring, shown once, used once."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib

from django.db import transaction

from itaku.desk.accounts.errors import LinkSpentError
from itaku.desk.accounts.models import FirstPasswordLink, Person
from itaku.desk.accounts.moments import moment
from itaku.desk.accounts.passwords import set_password
from itaku.desk.asking import randomness

HOURS = 72
"""How long an address works: over a weekend, not over a holiday."""

_SECRET_BYTES = 24


def make_link(person: Person, by: Person) -> str:
    """The secret of a new address for a person; earlier ones stop working. It is kept nowhere."""
    secret = base64.urlsafe_b64encode(randomness().token(_SECRET_BYTES)).decode()
    now = moment()
    with transaction.atomic():
        FirstPasswordLink.objects.filter(person=person, used_at=None).update(ends_at=now)
        FirstPasswordLink.objects.create(
            person=person,
            sha256=_digest(secret),
            made_by=by,
            made_at=now,
            ends_at=now + dt.timedelta(hours=HOURS),
        )
    return secret


def person_of(secret: str) -> Person:
    """Whose address it is, while it works. `LinkSpentError`."""
    return _working(secret).person


def use_link(secret: str, password: str) -> Person:
    """Sets the password and spends the address, once however often it is sent. `LinkSpentError`."""
    with transaction.atomic():
        link = _working(secret, lock=True)
        link.used_at = moment()
        link.save(update_fields=["used_at"])
        set_password(link.person, password)
    return link.person


def _working(secret: str, *, lock: bool = False) -> FirstPasswordLink:
    rows = FirstPasswordLink.objects.select_for_update(of=("self",)) if lock else FirstPasswordLink.objects
    found = (
        rows.select_related("person")
        .filter(sha256=_digest(secret), used_at=None, ends_at__gt=moment(), person__is_active=True)
        .first()
    )
    if found is None:
        raise LinkSpentError
    return found


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
