"""An entry of the record (記録): what happened, as canonical bytes, without personal data."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from itaku.basis.canonical import Plain, canonical_bytes, canonical_value
from itaku.basis.clock import InstantMs
from itaku.basis.randomness import Randomness
from itaku.record.errors import EntryUnfitError

VERSION = 1
ENTRY_ID_BYTES = 16
MAX_BODY_BYTES = 65_536
_FIELDS = {"v", "kind", "at_ms", "entry_id", "facts"}


class Entry(msgspec.Struct, frozen=True):
    """One entry before it is numbered: 16 random bytes that name it, and its body.

    Insert both in the statement of the business transaction (`schema.INSERT_PENDING`), so that neither happens alone.
    """

    entry_id: bytes
    body: bytes


def make_entry(randomness: Randomness, kind: str, at: InstantMs, facts: Mapping[str, Plain]) -> Entry:
    """Makes an entry of a kind ("issuance.delivered") from facts that hold ids, codes, counts, digests, never a person.

    Raises `EntryUnfitError` if the facts are not plain data or the body is longer than 65,536 bytes.
    """
    entry_id = randomness.token(ENTRY_ID_BYTES)
    plain: Plain = {"v": VERSION, "kind": kind, "at_ms": int(at), "entry_id": entry_id, "facts": dict(facts)}
    try:
        body = canonical_bytes(plain)
    except TypeError as error:
        raise EntryUnfitError(str(error)) from error
    if not kind or len(body) > MAX_BODY_BYTES:
        raise EntryUnfitError(f"{len(body)} bytes")
    return Entry(entry_id, body)


def flaw(entry: Entry) -> str | None:
    """Why the entry cannot be numbered, or nothing: its body must be canonical and name the same id."""
    try:
        value = canonical_value(entry.body)
    except ValueError:
        return "not canonical"
    if not isinstance(value, dict) or set(value) != _FIELDS or value["v"] != VERSION:
        return "not an entry"
    return None if value["entry_id"] == entry.entry_id else "names another id"
