"""Writing the audit trail: a note and its entry in the record, in one transaction."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest

from itaku.basis.canonical import Plain, canonical_bytes
from itaku.desk.accounts.models import Person
from itaku.desk.asking import clock, randomness
from itaku.desk.audit.models import Note
from itaku.record.entry import make_entry

LONGEST_PATH = 500


def note(request: HttpRequest, kind: str, contract: str = "", **facts: Plain) -> None:
    """Notes what the person of a request did or saw. The record holds ids and a digest, never a name or a path."""
    person = request.user if isinstance(getattr(request, "user", None), Person) else None
    match = request.resolver_match
    page = (match.url_name or "") if match is not None else ""
    path = request.get_full_path()
    secret = str(match.kwargs.get("secret", "")) if match is not None else ""
    if secret:  # an address that is its own key is noted without it
        path = path.replace(secret, "…")
    write(person, kind, contract, page, path[:LONGEST_PATH], facts)


def write(
    person: Person | None, kind: str, contract: str = "", page: str = "", path: str = "", facts: Any = None
) -> None:
    """Writes a note of whoever it was; None for somebody unknown."""
    now = clock().now()
    plain: dict[str, Plain] = {
        "person": 0 if person is None else int(person.pk),
        "contract": contract,
        "page": page,
        "path": path,
        "facts": dict(facts or {}),
    }
    digest = hashlib.sha256(canonical_bytes(plain)).digest()
    entry = make_entry(
        randomness(),
        f"desk.{kind}",
        now,
        {"person": plain["person"], "contract": contract, "page": page, "sha256": digest},
    )
    with transaction.atomic():
        Note.objects.create(
            at_ms=int(now),
            person=person,
            kind=kind,
            contract=contract,
            page=page,
            path=path,
            facts=dict(facts or {}),
            entry_id=entry.entry_id,
        )
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO record_pending(entry_id, body) VALUES (%s, %s)", [entry.entry_id, entry.body])
