"""The municipality's replica of the registers: filled by numbered deltas, looked up by card, unproven when in doubt.

Every doubt about the feed (a missing number, a number used twice, no snapshot) is written down before the feed is
answered, so that from then on each look-up finds `as_of` None and nothing is issued from it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Any

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs, to_instant
from itaku.issuance.certificates.content import ForeignStatus, Sex
from itaku.issuance.municipality import feed
from itaku.issuance.municipality.family_registers import FamilyRegister
from itaku.issuance.municipality.feed import Delta, FeedAnswer, Outcome
from itaku.issuance.municipality.feed_position import Position, judge, moved
from itaku.issuance.municipality.registry import Block, Household, Relation, Resident, SealRegister
from itaku.issuance.municipality.tax_entries import TaxEntry
from itaku.issuance.protocol.kinds import FAMILY_REGISTER_KINDS, TAX_KINDS, Kind
from itaku.issuance.protocol.use_claims import claims_form
from itaku.store.postgres import Migration

REPLICA_MIGRATIONS: tuple[Migration, ...] = (
    Migration("0001-registers", resources.files(__package__).joinpath("schema_registry.sql").read_text("utf-8")),
    Migration(
        "0002-tax-and-family",
        resources.files(__package__).joinpath("schema_tax_and_family.sql").read_text("utf-8"),
    ),
    Migration(
        "0003-claims",
        "-- Address and head as claims are compared with them. Older registers lack it: a new snapshot is needed.\n"
        "ALTER TABLE family_register ADD COLUMN claims_form text;\n"
        "CREATE INDEX family_register_claims ON family_register (claims_form);\n"
        "UPDATE replica_state SET contradicted = true WHERE EXISTS (SELECT 1 FROM family_register);\n",
    ),
)
"""Tables of the replica, for `store.postgres.migrate`."""

KEPT_DIGESTS = 10_000
"""Digests of that many latest deltas are kept."""

_RESIDENT_COLUMNS = (
    "resident_no",
    "household_no",
    "place",
    "name",
    "name_kana",
    "alias",
    "birth_date",
    "sex",
    "relation",
    "address",
    "became_resident_on",
    "address_since",
    "notified_on",
    "previous_address",
    "registered_domicile",
    "family_register_head",
    "individual_number",
    "foreign_facts",
    "blocks",
    "card_serial",
    "removed_on",
)
_SEAL_COLUMNS = ("resident_no", "registered_on", "seal_png")

_COLUMNS = ", ".join(f"m.{column}" for column in _RESIDENT_COLUMNS)

# One statement is one snapshot of the database: a delta that commits meanwhile is seen whole or not at all.
_FIND_ALSO = """
SELECT {columns},
       m.resident_no = h.resident_no AS is_holder, s.registered_on, s.seal_png, {also},
       CASE WHEN st.proven THEN st.as_of END AS as_of
FROM resident h
JOIN resident m ON m.household_no = h.household_no
CROSS JOIN replica_state st
LEFT JOIN seal_register s ON s.resident_no = h.resident_no AND m.resident_no = h.resident_no
WHERE h.card_serial = $1 AND h.card_serial <> ''
ORDER BY m.place, m.resident_no
"""
_TAXES = """
CASE WHEN m.resident_no = h.resident_no THEN (
    SELECT jsonb_agg(t.facts ORDER BY t.fiscal_year) FROM tax_entry t WHERE t.resident_no = h.resident_no
) END AS taxes, NULL AS register"""
_REGISTER = """
NULL AS taxes, CASE WHEN m.resident_no = h.resident_no THEN (
    SELECT r.facts FROM family_register_member f JOIN family_register r USING (register_no)
    WHERE f.resident_no = h.resident_no ORDER BY f.removed, f.register_no LIMIT 1
) END AS register"""
_FIND = _FIND_ALSO.format(columns=_COLUMNS, also="NULL AS taxes, NULL AS register")
_FIND_OF: dict[Kind, str] = {
    **dict.fromkeys(TAX_KINDS, _FIND_ALSO.format(columns=_COLUMNS, also=_TAXES)),
    **dict.fromkeys(FAMILY_REGISTER_KINDS, _FIND_ALSO.format(columns=_COLUMNS, also=_REGISTER)),
}
"""What a certificate does not need is not read for it."""
_HOLDER = len(_RESIDENT_COLUMNS)

_foreign = msgspec.json.Decoder(ForeignStatus)
_taxes = msgspec.json.Decoder(tuple[TaxEntry, ...])
_register = msgspec.json.Decoder(FamilyRegister)


async def household_of(
    conn: asyncpg.Connection, card_serial: str, kind: Kind = Kind.RESIDENT_RECORD
) -> Household | None:
    """The household of the card's holder (serial in lower-case hex), in one query; None if no one holds this card.

    With what a certificate of this kind needs: tax entries and the family register are looked up for theirs alone.
    When None, ask `proven_as_of` before saying so: a stale replica may not know a new card.
    """
    rows = await conn.fetch(_FIND_OF.get(kind, _FIND), card_serial)
    if not rows:
        return None
    members = tuple(map(_resident, rows))
    place, row = next((place, row) for place, row in enumerate(rows) if row[_HOLDER])
    seal = None if row["seal_png"] is None else SealRegister(row["resident_no"], row["registered_on"], row["seal_png"])
    return Household(
        members[place],
        members,
        seal,
        _instant(row["as_of"]),
        () if row["taxes"] is None else _taxes.decode(row["taxes"]),
        None if row["register"] is None else _register.decode(row["register"]),
    )


async def proven_as_of(conn: asyncpg.Connection) -> InstantMs | None:
    """When the replica last equalled its source; None when that is unproven or nothing was ever loaded."""
    return _instant(await conn.fetchval("SELECT as_of FROM replica_state WHERE proven"))


async def load_snapshot(
    conn: asyncpg.Connection,
    residents: Iterable[Resident],
    seals: Iterable[SealRegister],
    seq: int,
    as_of: InstantMs,
    taxes: Iterable[TaxEntry] = (),
    registers: Iterable[FamilyRegister] = (),
) -> None:
    """Replaces the whole replica by the registers as they stood at `as_of` after delta `seq`, in one transaction."""
    async with conn.transaction():
        await conn.execute("LOCK TABLE replica_state IN EXCLUSIVE MODE")
        await conn.execute(
            "DELETE FROM resident; DELETE FROM seal_register; DELETE FROM replica_delta;"
            " DELETE FROM tax_entry; DELETE FROM family_register"
        )
        await _insert(conn, residents, seals)
        await _insert_taxes(conn, taxes)
        await _insert_registers(conn, registers)
        await conn.execute(
            "INSERT INTO replica_state (last_seq, seen_seq, as_of) VALUES ($1, $1, $2) ON CONFLICT (only_row) DO UPDATE"
            " SET last_seq = $1, seen_seq = $1, as_of = $2, contradicted = false",
            seq,
            _moment(as_of),
        )


async def apply_delta(conn: asyncpg.Connection, delta: Delta) -> FeedAnswer:
    """Applies the next delta, or says which one is wanted. Deltas of several connections are taken one after another.

    A repetition is acknowledged without effect. After a gap the replica stays unproven until the highest number seen
    has been applied. A number that comes again with other content (`feed_position.judge`), or one card for two persons,
    is a contradiction: unproven until the next snapshot.
    """
    sha256 = hashlib.sha256(feed.encode(delta)).digest()
    async with conn.transaction():
        position = await _position(conn, "FOR UPDATE")
        if position is None:
            return FeedAnswer(Outcome.EMPTY, 0, proven=False)
        known = None
        if delta.seq <= position.last_seq:
            known = await conn.fetchval("SELECT sha256 FROM replica_delta WHERE seq = $1", delta.seq)
        outcome = judge(position, delta.seq, delta.as_of, sha256, known)
        if outcome is Outcome.APPLIED:
            try:
                async with conn.transaction():
                    await _write(conn, delta, sha256)
            except asyncpg.UniqueViolationError:
                outcome = Outcome.CONTRADICTION
        new = moved(position, outcome, delta.seq, delta.as_of)
        if new != position:
            await conn.execute(
                "UPDATE replica_state SET last_seq = $1, seen_seq = $2, as_of = $3, contradicted = $4",
                new.last_seq,
                new.seen_seq,
                _moment(new.as_of),
                new.contradicted,
            )
        return new.answer(outcome)


async def standing(conn: asyncpg.Connection) -> FeedAnswer:
    """Which delta is wanted next (0: a snapshot), without any effect."""
    position = await _position(conn)
    return FeedAnswer(Outcome.INQUIRED, 0, proven=False) if position is None else position.answer(Outcome.INQUIRED)


async def _position(conn: asyncpg.Connection, lock: str = "") -> Position | None:
    row = await conn.fetchrow(f"SELECT last_seq, seen_seq, as_of, contradicted FROM replica_state {lock}")  # noqa: S608 a word of ours
    if row is None:
        return None
    return Position(row["last_seq"], row["seen_seq"], to_instant(row["as_of"]), row["contradicted"])


async def receive(conn: asyncpg.Connection, body: bytes) -> bytes:
    """Answers one request of the feed, bytes to bytes. `msgspec.DecodeError` if the bytes are no request."""
    request = feed.decode_request(body)
    answer = await apply_delta(conn, request) if isinstance(request, Delta) else await standing(conn)
    return feed.encode(answer)


async def _write(conn: asyncpg.Connection, delta: Delta, sha256: bytes) -> None:
    # Entries are replaced, not updated, so that within one delta a card may pass from one entry to another.
    if gone := [*delta.deletions, *(resident.resident_no for resident in delta.upserts)]:
        await conn.execute("DELETE FROM resident WHERE resident_no = ANY($1)", gone)
    if gone := [*delta.deletions, *delta.seal_deletions, *(seal.resident_no for seal in delta.seals)]:
        await conn.execute("DELETE FROM seal_register WHERE resident_no = ANY($1)", gone)
    if delta.upserts or delta.seals:
        await _insert(conn, delta.upserts, delta.seals)
    await _write_taxes(conn, delta)
    if gone := [*delta.register_deletions, *(register.register_no for register in delta.registers)]:
        await conn.execute("DELETE FROM family_register WHERE register_no = ANY($1)", gone)
    if delta.registers:
        await _insert_registers(conn, delta.registers)
    await conn.execute(
        "WITH old AS (DELETE FROM replica_delta WHERE seq <= $3) INSERT INTO replica_delta VALUES ($1::bigint, $2)",
        delta.seq,
        sha256,
        delta.seq - KEPT_DIGESTS,
    )


async def _write_taxes(conn: asyncpg.Connection, delta: Delta) -> None:
    if delta.deletions:
        await conn.execute("DELETE FROM tax_entry WHERE resident_no = ANY($1)", list(delta.deletions))
    gone = [*delta.tax_deletions, *((entry.resident_no, entry.fiscal_year) for entry in delta.taxes)]
    if gone:
        await conn.executemany("DELETE FROM tax_entry WHERE resident_no = $1 AND fiscal_year = $2", gone)
    if delta.taxes:
        await _insert_taxes(conn, delta.taxes)


async def _insert_taxes(conn: asyncpg.Connection, taxes: Iterable[TaxEntry]) -> None:
    await conn.copy_records_to_table(
        "tax_entry",
        columns=("resident_no", "fiscal_year", "facts"),
        records=((entry.resident_no, entry.fiscal_year, msgspec.json.encode(entry).decode()) for entry in taxes),
    )


async def _insert_registers(conn: asyncpg.Connection, registers: Iterable[FamilyRegister]) -> None:
    kept = list(registers)
    await conn.copy_records_to_table(
        "family_register",
        columns=("register_no", "facts", "claims_form"),
        records=[
            (
                register.register_no,
                msgspec.json.encode(register).decode(),
                claims_form(register.domicile, register.head_name),
            )
            for register in kept
        ],
    )
    await conn.copy_records_to_table(
        "family_register_member",
        columns=("register_no", "resident_no", "removed"),
        records=[
            (register.register_no, member.resident_no, member.person.removed)
            for register in kept
            for member in register.members
            if member.resident_no
        ],
    )


async def _insert(conn: asyncpg.Connection, residents: Iterable[Resident], seals: Iterable[SealRegister]) -> None:
    await conn.copy_records_to_table("resident", columns=_RESIDENT_COLUMNS, records=map(_row, residents))
    await conn.copy_records_to_table(
        "seal_register", columns=_SEAL_COLUMNS, records=map(msgspec.structs.astuple, seals)
    )


def _row(resident: Resident) -> tuple[Any, ...]:
    values: list[Any] = list(msgspec.structs.astuple(resident))
    values[_FOREIGN] = None if resident.foreign is None else msgspec.json.encode(resident.foreign).decode()
    return tuple(values)


_FOREIGN = _RESIDENT_COLUMNS.index("foreign_facts")
_SEX = _RESIDENT_COLUMNS.index("sex")
_RELATION = _RESIDENT_COLUMNS.index("relation")
_BLOCKS = _RESIDENT_COLUMNS.index("blocks")


def _resident(row: Sequence[Any]) -> Resident:
    values = list(row[:_HOLDER])
    values[_SEX] = Sex(values[_SEX])
    values[_RELATION] = Relation(values[_RELATION])
    values[_BLOCKS] = tuple(map(Block, values[_BLOCKS]))
    if values[_FOREIGN] is not None:
        values[_FOREIGN] = _foreign.decode(values[_FOREIGN])
    return Resident(*values)


def _instant(moment: dt.datetime | None) -> InstantMs | None:
    return None if moment is None else to_instant(moment)


def _moment(instant: InstantMs) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=instant)
