"""What a clerk does with a month (担当者の処理): names its day, notes cash, books and waives late charges, sets off."""

from __future__ import annotations

import datetime as dt

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.yen import Yen
from itaku.contracts.engine.events import Told
from itaku.settlement import bookings
from itaku.settlement.accounts import Account
from itaku.settlement.balances import balances
from itaku.settlement.contract_side import CHARGE, FEES, contract_at, instance, tell
from itaku.settlement.errors import (
    AmountUnfitError,
    ChargeNotFinalError,
    PostingConflictError,
    PostingUnknownError,
    ReasonMissingError,
)
from itaku.settlement.journal import book, find, reverse, standing
from itaku.settlement.month import Month
from itaku.settlement.posting import Booked, Posting, Sort


async def designate(
    connection: asyncpg.Connection, municipality: str, month: Month, day: dt.date, now: InstantMs
) -> None:
    """指定期日: the client names the day by which a month is remitted (S1-12-2); naming it anew moves it."""
    told_on = to_jst(now).date().isoformat()
    fields = {"under": FEES, "date": day.isoformat(), "instance": instance(FEES, month.text())}
    event = Told(id=f"designated:{month.text()}:{int(now)}", at=told_on, kind="date.set", fields=fields)
    await tell(connection, municipality, [event], now)


async def receive(
    connection: asyncpg.Connection,
    municipality: str,
    slip: str,
    month: Month,
    yen: Yen,
    on: dt.date,
    now: InstantMs,
) -> Booked:
    """納付の確認: cash that reached the client on a day, for a month, in full or in part; what is too much is 過納金.

    `slip` is the number of the 納付書: told again with the same month, yen and day it is answered as it stands. Raises
    `PostingConflictError` if it was told otherwise, `AmountUnfitError` below one yen.
    """
    await _one_at_a_time(connection, municipality)
    try:
        known = await find(connection, municipality, f"remittance:{slip}")
    except PostingUnknownError:
        owed = (await balances(connection, municipality)).credit(Account.FEES_OWED, month=month)
        posting = bookings.remittance(municipality, slip, month, yen, owed, on)
        return (await book(connection, [posting], now))[0]
    cash, *met = known.posting.lines
    same = (-cash.yen, {line.debt_month for line in met}, known.posting.effective_on)
    if same != (yen, {month.text()}, on):
        raise PostingConflictError(f"{municipality} remittance {slip[:40]!a}")
    return known


async def book_late_charge(
    connection: asyncpg.Connection, municipality: str, month: Month, now: InstantMs
) -> Booked | None:
    """延滞損害金の計上 (S1-15-1): the charge that the contract's replay computes, once it no longer grows.

    None if there is none, or if it is nil (below 100 yen). Where the books hold another sum, because a receipt or an
    inspection was told later, that is reversed and the right one booked. A waived charge is booked as it was computed.
    Raises `ChargeNotFinalError` while the fees are unpaid or the rate is not on file.
    """
    await _one_at_a_time(connection, municipality)
    result = await contract_at(connection, municipality, now)
    name = instance(CHARGE, month.text())
    money = result.money(name) if name in result.views else None
    yen = Yen(0)
    if money is not None:
        if money.grows or money.computed_yen is None:
            raise ChargeNotFinalError(name)
        yen = money.computed_yen
    told = [each for each in await standing(connection, municipality, [Sort.LATE_CHARGE]) if _of(each) == month.text()]
    if told and _yen(told[0]) == yen:
        return told[0]
    for each in told:
        await reverse(connection, municipality, each.posting.key, "再計算により改める", now)
    if not yen:
        return None
    last = result.views[instance(FEES, month.text())].performed_on or to_jst(now).date()
    posting = bookings.late_charge(municipality, month, yen, last, "S1-15-1")
    booked = await _book_next(connection, posting, now)
    if await connection.fetchval(_IS_TOLD, municipality, f"waived:{month.text()}"):
        await _book_waiver(connection, municipality, month, yen, now)
    return booked


async def waive(
    connection: asyncpg.Connection, municipality: str, month: Month, person: str, reason: str, now: InstantMs
) -> Booked | None:
    """免除 (S1-15-1-但): the client accepts the reason. The computed charge stays in the books, the waiver beside it.

    While the charge still grows only the contract hears of it, and None is answered. Raises `ReasonMissingError`.
    """
    if not person.strip() or not reason.strip():
        raise ReasonMissingError("waiver")
    await _one_at_a_time(connection, municipality)
    event_id = f"waived:{month.text()}"
    if not await connection.fetchval(_IS_TOLD, municipality, event_id):
        fields = {"month": month.text(), "reason": f"{reason}（{person}）"}
        told_on = to_jst(now).date().isoformat()
        event = Told(id=event_id, at=told_on, kind="charge.waived", fields=fields)
        await tell(connection, municipality, [event], now)
    try:
        charge = await book_late_charge(connection, municipality, month, now)
    except ChargeNotFinalError:
        return None
    if charge is None:
        return None
    return await _book_waiver(connection, municipality, month, _yen(charge), now)


async def set_off(
    connection: asyncpg.Connection,
    municipality: str,
    number: str,
    claim: Month,
    debt: Month,
    yen: Yen,
    on: dt.date,
    now: InstantMs,
) -> Booked:
    """充当: what was remitted too much for a month, or a month whose refunds exceed its fees, meets another month.

    No more than the claim and the debt allow: `AmountUnfitError`. `number` makes it one.
    """
    await _one_at_a_time(connection, municipality)
    try:
        known = await find(connection, municipality, f"set-off:{number}")
    except PostingUnknownError:
        held = await balances(connection, municipality)
        over = held.debit(Account.OVERREMITTED, month=claim)
        account = Account.OVERREMITTED if over > 0 else Account.FEES_OWED
        room = min(held.debit(account, month=claim), held.credit(Account.FEES_OWED, month=debt))
        if not 0 < yen <= room:
            raise AmountUnfitError(f"set-off {number[:40]!a}: at most {max(0, room):,}") from None
        posting = bookings.carried(municipality, number, (account, claim), debt, yen, on)
        return (await book(connection, [posting], now))[0]
    met, claimed = known.posting.lines
    same = (met.yen, met.debt_month, claimed.debt_month, known.posting.effective_on)
    if same != (yen, debt.text(), claim.text(), on):
        raise PostingConflictError(f"{municipality} set-off {number[:40]!a}")
    return known


async def pay_late_charge(
    connection: asyncpg.Connection, municipality: str, slip: str, month: Month, yen: Yen, on: dt.date, now: InstantMs
) -> Booked:
    """延滞損害金の納付 (S1-15-1). No more than is owed by the books: `AmountUnfitError`."""
    posting = bookings.late_charge_payment(municipality, slip, month, yen, on)
    return await _book_up_to(connection, posting, Account.LATE_CHARGE_OWED, month, now)


async def pay_commission(
    connection: asyncpg.Connection, municipality: str, number: str, month: Month, yen: Yen, on: dt.date, now: InstantMs
) -> Booked:
    """委託手数料の入金 (S1-12-1): the client pays what the fees could not meet, and no more: `AmountUnfitError`."""
    posting = bookings.commission_payment(municipality, number, month, yen, on)
    return await _book_up_to(connection, posting, Account.COMMISSION_DUE, month, now)


async def give_back(
    connection: asyncpg.Connection, municipality: str, number: str, month: Month, yen: Yen, on: dt.date, now: InstantMs
) -> Booked:
    """還付: the client gives back what was remitted too much for a month. No more than that: `AmountUnfitError`."""
    posting = bookings.returned(municipality, number, month, yen, on)
    return await _book_up_to(connection, posting, Account.OVERREMITTED, month, now)


async def hand_over(
    connection: asyncpg.Connection, municipality: str, number: str, chain: str, yen: Yen, on: dt.date, now: InstantMs
) -> Booked:
    """取扱店からの入金: a chain hands over what its tills took for a municipality; too much makes the till negative."""
    return (await book(connection, [bookings.shop_payment(municipality, number, chain, yen, on)], now))[0]


async def _book_up_to(
    connection: asyncpg.Connection, posting: Posting, account: Account, month: Month, now: InstantMs
) -> Booked:
    """Books cash that meets no more than an account's balance of a month; a repetition is answered as it stands."""
    await _one_at_a_time(connection, posting.municipality)
    if not await _is_known(connection, posting):
        held = abs((await balances(connection, posting.municipality)).debit(account, month=month))
        met = next(abs(line.yen) for line in posting.lines if line.account is account)
        if met > held:
            raise AmountUnfitError(f"{posting.key[:60]!a}: at most {held:,}")
    return (await book(connection, [posting], now))[0]


async def _book_waiver(
    connection: asyncpg.Connection, municipality: str, month: Month, yen: Yen, now: InstantMs
) -> Booked:
    """The waiver beside a charge of `yen`; one that was booked beside another sum is reversed first."""
    for each in await standing(connection, municipality, [Sort.WAIVER]):
        if _of(each) == month.text():
            if _yen(each) == yen:
                return each
            await reverse(connection, municipality, each.posting.key, "再計算により改める", now)
    told = await connection.fetchval(_TOLD, municipality, f"waived:{month.text()}")
    reason = str(msgspec.json.decode(told, type=Told).fields["reason"])
    return await _book_next(connection, bookings.waiver(municipality, month, yen, to_jst(now).date(), reason), now)


async def _book_next(connection: asyncpg.Connection, posting: Posting, now: InstantMs) -> Booked:
    """Books a matter for the first time, or anew after its reversal."""
    times = await connection.fetchval(_TIMES, posting.municipality, posting.key)
    return (await book(connection, [posting.anew(times + 1) if times else posting], now))[0]


async def _is_known(connection: asyncpg.Connection, posting: Posting) -> bool:
    try:
        await find(connection, posting.municipality, posting.key)
    except PostingUnknownError:
        return False
    return True


async def _one_at_a_time(connection: asyncpg.Connection, municipality: str) -> None:
    """A clerk's act rests on balances that it read: others of the same municipality wait until it is booked."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 13))", f"clerk {municipality}")


def _of(booked: Booked) -> str:
    return booked.posting.lines[0].debt_month


def _yen(booked: Booked) -> Yen:
    return booked.posting.lines[0].yen


_TIMES = "SELECT count(*) FROM settlement_posting WHERE municipality = $1 AND (key = $2 OR key LIKE $2 || '#%')"

_IS_TOLD = "SELECT EXISTS (SELECT FROM settlement_told WHERE municipality = $1 AND event_id = $2)"

_TOLD = "SELECT told FROM settlement_told WHERE municipality = $1 AND event_id = $2"
