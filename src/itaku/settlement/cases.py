"""Cases (照合の不一致案件): a difference with its owner, deadline, state and history, in PostgreSQL.

A case is opened by a month's reconciliation, explained by one of its two sides, agreed by the other, and then corrected
by reversal on an open day; the reconciliation after that finds it equal and settles it. What was only late settles by
itself. Nothing of its history is changed. S1-13 (a difference is told at once), S1-12-3 (the figures rest on it).
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.closing_days import OFFICE
from itaku.settlement.case_bookings import correct_journal
from itaku.settlement.errors import CaseStateError, CaseUnknownError, ReasonMissingError
from itaku.settlement.month import Month
from itaku.settlement.reconciliation import CaseName, Difference, Held, Reconciliation, Sort
from itaku.settlement.views import KIND_NO, Movement, View

TARGET_OFFICE_DAYS = 5
"""So many office days a case has. The contract names none: it is our own target, and shown as such."""


class State(enum.StrEnum):
    """How far a case has come."""

    OPEN = "open"
    """未解決: the owner is to explain it."""
    PROPOSED = "proposed"
    """提案済: one side said what is right; the other is to agree."""
    AGREED = "agreed"
    """合意済: both say the same; the correction is booked with the next day that is closed."""
    SETTLED = "settled"
    """解決: a reconciliation found all three equal."""


class Proposal(msgspec.Struct, frozen=True):
    """What is right, as a side says: this, in all three views; or, with None, that it never took place."""

    right: Held | None
    party: View
    person: str
    reason: str


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One case as it stands."""

    name: CaseName
    sort: Sort
    state: State
    version: int
    opened_in: str
    """The month (YYYY-MM) whose reconciliation found it first."""
    seen_in: str
    """The latest month whose reconciliation spoke of it."""
    owner: View
    due_on: dt.date
    difference: Difference
    proposal: Proposal | None = None

    @property
    def parties(self) -> tuple[View, View]:
        """Its two sides: the one that differs, and the one that it is held against."""
        side = self.name.side
        return side, View.REGISTER if side is View.CENTER else View.CENTER


class Step(msgspec.Struct, frozen=True):
    """One line of a case's history."""

    version: int
    event: str
    state: State
    at_ms: InstantMs
    party: str
    person: str
    reason: str


class Kept(msgspec.Struct, frozen=True):
    """What of a case is not a column: the difference as last seen, and what was proposed."""

    difference: Difference
    proposal: Proposal | None = None


class Changes(msgspec.Struct, frozen=True):
    """What a reconciliation did to the cases."""

    opened: int
    seen: int
    settled: int


def owner_of(sort: Sort, side: View) -> View:
    """Who explains a case first (担当): whoever lacks something, or has something that nobody else has.

    For a set that the center does not know, that is the center: it alone can say why it was never counted.
    """
    return View.CENTER if sort in {Sort.UNKNOWN, Sort.REFUNDED_ALONE} else side


def due_day(opened_on: dt.date, office_days: int = TARGET_OFFICE_DAYS) -> dt.date:
    """The last of so many office days after the day on which the case was opened."""
    day = opened_on
    for _ in range(office_days):
        day = OFFICE.open_day(day + dt.timedelta(days=1))
    return day


async def take_reconciliation(connection: asyncpg.Connection, result: Reconciliation, now: InstantMs) -> Changes:
    """Opens, renews and settles cases by a month's reconciliation; call it inside a transaction.

    The month must have been reconciled with what the month before carried on: a case that is not among its differences
    is equal now. The same result again changes nothing.
    """
    assert connection.is_in_transaction(), "a case moves with its event"
    opened = seen = settled = 0
    today = to_jst(now).date()
    named = {each.name for each in result.differences}
    known = await _known(connection, [each.issuance_id for each in result.differences], lock=True)
    for difference in result.differences:
        case = known.get(difference.name)
        if case is None:
            await _open(connection, difference, result.month, due_day(today), now)
            opened += 1
        elif case.state is State.SETTLED and case.seen_in < result.month:
            again = _renewed(case, difference, result.month, State.OPEN, due_day(today))
            await _move(connection, again, "opened again", now)
            opened += 1
        elif case.state is not State.SETTLED and _changed(case, difference):
            # What was proposed was about something else.
            again = _renewed(case, difference, result.month, State.OPEN, case.due_on)
            await _move(connection, again, "changed", now)
            seen += 1
    how = {(each.issuance_id, each.movement): each.by_reversal for each in result.settled}
    for case in await open_cases(connection, before=Month.parse(result.month).next().text()):
        if case.name not in named:
            equal = msgspec.structs.replace(case, state=State.SETTLED, seen_in=result.month, version=case.version + 1)
            by_reversal = how.get((case.name.issuance_id, case.name.movement), case.state is State.AGREED)
            await _move(connection, equal, "settled by reversal" if by_reversal else "arrived", now)
            settled += 1
    return Changes(opened, seen, settled)


async def propose(connection: asyncpg.Connection, name: CaseName, proposal: Proposal, now: InstantMs) -> Case:
    """A side says what is right. `CaseStateError` unless the case is open and the party one of its two sides."""
    if not proposal.person.strip() or not proposal.reason.strip():
        raise ReasonMissingError("proposal")
    case = await _case(connection, name)
    if case.state is not State.OPEN or proposal.party not in case.parties:
        raise CaseStateError(f"{case.state} {proposal.party}")
    told = msgspec.structs.replace(case, state=State.PROPOSED, version=case.version + 1, proposal=proposal)
    await _move(connection, told, "proposed", now, proposal.party, proposal.person, proposal.reason)
    return told


async def answer(
    connection: asyncpg.Connection,
    name: CaseName,
    party: View,
    person: str,
    reason: str,
    now: InstantMs,
    *,
    agrees: bool,
) -> Case:
    """The other side agrees, or sends it back with a reason; `CaseStateError` if it is not the other side's turn."""
    if not person.strip() or (not agrees and not reason.strip()):
        raise ReasonMissingError("answer")
    case = await _case(connection, name)
    other = case.proposal is not None and party in case.parties and party is not case.proposal.party
    if case.state is not State.PROPOSED or not other:
        raise CaseStateError(f"{case.state} {party}")
    assert case.proposal is not None, "a proposed case has a proposal"
    if agrees and await _agreed_elsewhere(connection, name):
        raise CaseStateError("agreed with the other side already")
    if not agrees:
        back = msgspec.structs.replace(case, state=State.OPEN, version=case.version + 1, proposal=None)
        await _move(connection, back, "sent back", now, party, person, reason)
        return back
    await _put_corrections(connection, case.difference, case.proposal, now)
    await correct_journal(connection, case.difference, case.proposal.right, case.proposal.reason, now)
    agreed = msgspec.structs.replace(case, state=State.AGREED, version=case.version + 1)
    await _move(connection, agreed, "agreed", now, party, person, reason)
    return agreed


def corrections(difference: Difference, right: Held | None) -> list[tuple[View, Held, int]]:
    """The rows that make all three views hold what is right: what is wrong taken back (-1), what lacks put in (1)."""
    found: list[tuple[View, Held, int]] = []
    for view in View:
        times = {msgspec.structs.replace(held, times=1): held.times for held in difference.held(view)}
        if right is not None:
            times.setdefault(right, 0)
        for held, booked in times.items():
            lacking = (held == right) - booked
            found += [(view, held, 1 if lacking > 0 else -1)] * abs(lacking)
    return found


async def find_case(connection: asyncpg.Connection, name: CaseName, *, lock: bool = False) -> Case | None:
    """A case by its name, or None."""
    known = await _known(connection, [name.issuance_id], lock=lock)
    return known.get(name)


async def open_cases(connection: asyncpg.Connection, *, before: str = "9999-12") -> list[Case]:
    """All cases that are not settled and were opened before a month, the most urgent first."""
    rows = await connection.fetch(
        "SELECT * FROM reconciliation_case WHERE state <> 'settled' AND opened_in < $1"
        " ORDER BY due_on, issuance_id, movement, side",
        before,
    )
    return [_read(row) for row in rows]


async def history(connection: asyncpg.Connection, name: CaseName) -> list[Step]:
    """Everything that happened to a case, oldest first."""
    rows = await connection.fetch(
        "SELECT * FROM reconciliation_case_event WHERE issuance_id = $1 AND movement = $2 AND side = $3"
        " ORDER BY version",
        name.issuance_id,
        int(name.movement),
        name.side.value,
    )
    return [
        Step(
            row["version"],
            row["event"],
            State(row["state"]),
            InstantMs(row["at_ms"]),
            row["party"],
            row["person"],
            row["reason"],
        )
        for row in rows
    ]


async def _known(connection: asyncpg.Connection, ids: Sequence[bytes], *, lock: bool) -> dict[CaseName, Case]:
    """All cases of some issuances."""
    query = (
        "SELECT * FROM reconciliation_case WHERE issuance_id = ANY($1::bytea[]) ORDER BY issuance_id, movement, side"
    )
    rows = await connection.fetch(f"{query} FOR UPDATE" if lock else query, list(ids))
    return {case.name: case for case in map(_read, rows)}


async def _case(connection: asyncpg.Connection, name: CaseName) -> Case:
    assert connection.is_in_transaction(), "a case moves with its event"
    case = await find_case(connection, name, lock=True)
    if case is None:
        raise CaseUnknownError(name.issuance_id.hex())
    return case


async def _open(
    connection: asyncpg.Connection, difference: Difference, month: str, due_on: dt.date, now: InstantMs
) -> None:
    case = Case(
        name=difference.name,
        sort=difference.sort,
        state=State.OPEN,
        version=1,
        opened_in=month,
        seen_in=month,
        owner=owner_of(difference.sort, difference.side),
        due_on=due_on,
        difference=difference,
    )
    await _move(connection, case, "opened", now)


async def _agreed_elsewhere(connection: asyncpg.Connection, name: CaseName) -> bool:
    """Whether a correction of the same movement waits to be booked: a second one would correct it twice."""
    known = await _known(connection, [name.issuance_id], lock=True)
    return any(
        case.state is State.AGREED and case.name.movement is name.movement and case.name.side is not name.side
        for case in known.values()
    )


def _renewed(case: Case, difference: Difference, month: str, state: State, due_on: dt.date) -> Case:
    """The case with what was seen now; where it happened stays as it was known, if this month does not say."""
    known = case.difference
    difference = msgspec.structs.replace(
        difference,
        kiosk=difference.kiosk or known.kiosk,
        delivered_on=difference.delivered_on or known.delivered_on,
    )
    return msgspec.structs.replace(
        case,
        sort=difference.sort,
        state=state,
        version=case.version + 1,
        seen_in=month,
        owner=owner_of(difference.sort, difference.side),
        due_on=due_on,
        difference=difference,
        proposal=None,
    )


def _changed(case: Case, difference: Difference) -> bool:
    known = case.difference
    return difference.sort is not known.sort or any(difference.held(view) != known.held(view) for view in View)


async def _put_corrections(
    connection: asyncpg.Connection, difference: Difference, proposal: Proposal, now: InstantMs
) -> None:
    delivered_on = difference.delivered_on
    assert delivered_on is not None, "a row that is there has a day"
    await connection.executemany(
        "INSERT INTO reconciliation_correction(view, issuance_id, movement, municipality, kind, copies, fee_yen,"
        " delivered_on, kiosk, sign, reason, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        [
            (
                view.value,
                difference.issuance_id,
                int(difference.movement),
                held.municipality,
                KIND_NO[held.kind],
                held.copies,
                int(held.fee_yen),
                delivered_on,
                difference.kiosk,
                sign,
                proposal.reason,
                now,
            )
            for view, held, sign in corrections(difference, proposal.right)
        ],
    )


async def _move(
    connection: asyncpg.Connection,
    case: Case,
    event: str,
    now: InstantMs,
    party: View | None = None,
    person: str = "",
    reason: str = "",
) -> None:
    """Writes the case as it is now, with its event."""
    body = msgspec.msgpack.encode(Kept(case.difference, case.proposal))
    await connection.execute(
        _PUT if case.version == 1 else _CHANGE,
        case.name.issuance_id,
        int(case.name.movement),
        case.name.side.value,
        case.sort.value,
        case.state.value,
        case.version,
        case.opened_in,
        case.seen_in,
        case.owner.value,
        case.due_on,
        body,
        event,
        "" if party is None else party.value,
        person.strip(),
        reason.strip(),
        now,
    )


def _read(row: asyncpg.Record) -> Case:
    kept = _KEPT.decode(row["body"])
    return Case(
        name=CaseName(bytes(row["issuance_id"]), Movement(row["movement"]), View(row["side"])),
        sort=Sort(row["sort"]),
        state=State(row["state"]),
        version=row["version"],
        opened_in=row["opened_in"],
        seen_in=row["seen_in"],
        owner=View(row["owner"]),
        due_on=row["due_on"],
        difference=kept.difference,
        proposal=kept.proposal,
    )


_KEPT = msgspec.msgpack.Decoder(Kept)

_EVENT = """
INSERT INTO reconciliation_case_event(issuance_id, movement, side, version, event, state, party, person, reason, body,
    at_ms) VALUES ($1, $2, $3, $6, $12, $5, $13, $14, $15, $11, $16)
"""
_PUT = f"""
WITH put AS (
    INSERT INTO reconciliation_case(issuance_id, movement, side, sort, state, version, opened_in, seen_in, owner,
        due_on, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
)
{_EVENT}
"""  # noqa: S608 constants
_CHANGE = f"""
WITH changed AS (
    UPDATE reconciliation_case SET sort = $4, state = $5, version = $6, opened_in = $7, seen_in = $8, owner = $9,
        due_on = $10, body = $11
    WHERE issuance_id = $1 AND movement = $2 AND side = $3
)
{_EVENT}
"""  # noqa: S608 constants
