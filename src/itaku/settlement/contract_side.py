"""The contract's side of the books: its replay over what was told and what was booked says what is due, late and owed.

The law is not written twice: designated days (S1-12-2), late charges with inspection days and waivers (S1-15),
acceleration (S1-17-2) and the tail after an early end (S1-22) are the contract file's provisions, run by its engine.
The journal hands it what money did, and books the sums that it answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.contracts.engine.events import Event, Told, check_appendable, read_event
from itaku.contracts.engine.result import Result, replay
from itaku.contracts.model.contract import Contract
from itaku.contracts.shelf import form
from itaku.settlement.accounts import Account
from itaku.settlement.journal import standing
from itaku.settlement.periods import handed_over
from itaku.settlement.posting import Booked, Sort
from itaku.settlement.terms import Terms, terms_of

CERTIFICATES = "certificates"
"""The form of the contract on the shelf."""
FEES, COMMISSION, NET, CHARGE = "S1-12-2", "S1-12-1", "S1-12-3", "S1-15-1"


def instance(provision: str, month: str) -> str:
    """The name of a month's instance of a provision in the replay."""
    return f"{provision}[month={month}]"


async def tell(connection: asyncpg.Connection, municipality: str, news: Sequence[Told], now: InstantMs) -> None:
    """Keeps what the parties told, all or none: signing, terms, designated days, inspections, waivers, notices.

    Call it inside a transaction. Raises what the engine's `read_event` and `check_appendable` do; `EventTwiceError`
    for an id that was told.
    """
    contract = form(CERTIFICATES)
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 12))", f"told {municipality}")
    events = await _told(connection, contract, municipality)
    for each in news:
        new = read_event(contract, each, len(events) + 1)
        check_appendable(events, new)
        events.append(new)
        await connection.execute(
            "INSERT INTO settlement_told(municipality, seq, event_id, told, told_ms) VALUES ($1, $2, $3, $4, $5)",
            municipality, new.seq, each.id, msgspec.json.encode(each), int(now),
        )  # fmt: skip


async def told(connection: asyncpg.Connection, municipality: str) -> list[Told]:
    """What was told of a municipality's contract, as it was told and in that order."""
    rows = await connection.fetch("SELECT told FROM settlement_told WHERE municipality = $1 ORDER BY seq", municipality)
    return [msgspec.json.decode(row["told"], type=Told) for row in rows]


async def terms(connection: asyncpg.Connection, municipality: str) -> Terms:
    """Prices, tax rates and readings of one municipality."""
    return terms_of(await _told(connection, form(CERTIFICATES), municipality))


async def last_known(connection: asyncpg.Connection, municipality: str) -> InstantMs:
    """The instant of the newest thing told, booked or closed: what a paper made of it is as of. 0 if there is none."""
    found: int = await connection.fetchval(_LAST, municipality)
    return InstantMs(found)


async def contract_at(connection: asyncpg.Connection, municipality: str, as_of: InstantMs) -> Result:
    """The contract of a municipality at an instant: what was told, and what the journal says that money did."""
    contract = form(CERTIFICATES)
    events = await _told(connection, contract, municipality)
    day = to_jst(as_of).date()
    for each in await _of_months(connection, municipality):
        events.append(read_event(contract, each, len(events) + 1))
    for booked in await standing(connection, municipality, _MONEY):
        if booked.posting.effective_on <= day:
            events += [read_event(contract, each, len(events) + 1) for each in _of_posting(booked)]
    return replay(contract, events, as_of)


async def _told(connection: asyncpg.Connection, contract: Contract, municipality: str) -> list[Event]:
    return [read_event(contract, each, seq) for seq, each in enumerate(await told(connection, municipality), 1)]


async def _of_months(connection: asyncpg.Connection, municipality: str) -> list[Told]:
    """The months handed over, on the day of their first close: what was collected, how many count, and the offset."""
    found = []
    for closed in await handed_over(connection, municipality):
        statement, on = closed.statement, to_jst(closed.at_ms).date()
        net = statement.net_certificates
        fields = {
            "month": statement.month,
            # The contract knows no negative month: what was given back beyond what was taken is set off by a posting.
            "fees_yen": max(0, statement.owed_yen),
            "issued": max(0, statement.certificates),
            "voided": max(0, statement.refunded_certificates),
            "copies": max(0, net),
            "last_day": closed.month.last_day.isoformat(),
        }
        if not statement.has_one_price:
            fields["commission_yen"] = max(0, statement.commission_yen)
            fields["commission_tax_yen"] = max(0, statement.commission_tax_yen)
        found.append(_event(f"close:{statement.month}", on, "month.closed", fields))
        if statement.offset_yen > 0:
            offset = {"month": statement.month, "yen": int(statement.offset_yen)}
            found.append(_event(f"offset:{statement.month}", on, "commission.offset", offset))
    return found


_MONEY = (Sort.REMITTANCE, Sort.SET_OFF, Sort.LATE_CHARGE_PAYMENT, Sort.COMMISSION_PAYMENT)


def _of_posting(booked: Booked) -> list[Told]:
    """What a posting means to the contract: fees that came in for a month, a charge that was paid."""
    posting = booked.posting
    id_ = f"posting:{booked.number}"
    if posting.sort is Sort.LATE_CHARGE_PAYMENT or posting.sort is Sort.COMMISSION_PAYMENT:
        account, sign, provision = (
            (Account.LATE_CHARGE_OWED, 1, CHARGE)
            if posting.sort is Sort.LATE_CHARGE_PAYMENT
            else (Account.COMMISSION_DUE, -1, COMMISSION)
        )
        [line] = [each for each in posting.lines if each.account is account]
        name = instance(provision, line.debt_month)
        fields = {"under": provision, "instance": name, "yen": sign * int(line.yen)}
        return [_event(id_, posting.effective_on, "payment.made", fields)]
    if any(line.account is Account.COMMISSION_DUE for line in posting.lines):
        return []  # the offset of a closed month, which was told with its close
    met = [line for line in posting.lines if line.yen > 0 and line.account is Account.FEES_OWED]
    beyond = [line for line in posting.lines if line.yen > 0 and line.account is Account.OVERREMITTED]
    return [
        _event(
            f"{id_}:{number}", posting.effective_on, "fees.received", {"month": line.debt_month, "yen": int(line.yen)}
        )
        for number, line in enumerate((*met, *beyond), 1)
    ]


def _event(id_: str, on: dt.date, kind: str, fields: dict[str, Any]) -> Told:
    return Told(id=id_, at=on.isoformat(), kind=kind, fields=fields)


_LAST = """
SELECT GREATEST(
    COALESCE((SELECT max(told_ms) FROM settlement_told WHERE municipality = $1), 0),
    COALESCE((SELECT max(booked_ms) FROM settlement_standing_sum WHERE municipality = $1), 0),
    COALESCE((
        SELECT max(p.booked_ms) FROM settlement_period s JOIN settlement_posting p USING (municipality, month)
        WHERE s.municipality = $1 AND NOT EXISTS (
            SELECT FROM settlement_standing_sum h WHERE h.municipality = $1 AND h.month = s.month)), 0),
    COALESCE((SELECT max(at_ms) FROM settlement_period_event WHERE municipality = $1), 0))
"""
