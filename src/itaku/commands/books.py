"""`itaku books`: what a clerk does with a municipality's books (指定期日・納付・延滞損害金・充当・取消)."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.written_dates import read_day
from itaku.basis.yen import Yen, yen_text
from itaku.commands.contract_tell import Said, told_of
from itaku.commands.databases import CENTER, database, now_in
from itaku.commands.json_lines import whole_number
from itaku.contracts.shelf import form
from itaku.settlement import clerk
from itaku.settlement.balances import balances, differing
from itaku.settlement.contract_side import CERTIFICATES, contract_at, tell, told
from itaku.settlement.drill import behind
from itaku.settlement.errors import BooksDisagreeError
from itaku.settlement.journal import reverse
from itaku.settlement.month import Month, checked_municipality
from itaku.settlement.periods import reopen_month
from itaku.settlement.posting import Booked
from itaku.settlement.registration import checked_registration, enter_registration, registrations
from itaku.settlement.schema import prepare
from itaku.store.postgres import open_pool

Act = Callable[[asyncpg.Connection, InstantMs], Awaitable[tuple[dict[str, Any], str]]]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What was said on the command line; what an act does not need is empty."""

    municipality: str = ""
    """Empty for what is the contractor's alone, of all municipalities."""
    month: str = ""
    other: str = ""
    number: str = ""
    yen: str = ""
    on: str = ""
    known: str = ""
    key: str = ""
    person: str = ""
    reason: str = ""
    kind: str | None = None
    chain: str | None = None
    fields: tuple[str, ...] = ()
    by: str | None = None
    source: str = ""


def books(state: Path | None, act: str, wanted: Wanted) -> tuple[dict[str, Any], str]:
    """Does one act in one transaction and says what was booked, as data and as text. Raises what the act raises."""
    if act not in OF_ALL:
        checked_municipality(wanted.municipality)
    does = _ACTS[act](wanted)  # what cannot be read is refused before any server is started
    with database(state, CENTER) as dsn:
        return asyncio.run(_done(dsn, does, now_in(state)))


async def _done(dsn: str, does: Act, now: InstantMs) -> tuple[dict[str, Any], str]:
    pool = await open_pool(dsn, max_size=1, application_name="itaku books")
    try:
        await prepare(pool)
        async with pool.acquire() as connection, connection.transaction():
            return await does(connection, now)
    finally:
        await pool.close()


def _tell(said: Wanted) -> Act:
    async def act(connection: asyncpg.Connection, now: InstantMs) -> tuple[dict[str, Any], str]:
        before = await told(connection, said.municipality)
        spoken = Said(kind=said.kind or "", at=said.on, fields=said.fields, by=said.by)
        event = told_of(form(CERTIFICATES), before, spoken)
        await tell(connection, said.municipality, [event], now)
        status = (await contract_at(connection, said.municipality, now)).status
        facts = {"municipality": said.municipality, "event": msgspec.to_builtins(event), "status": status}
        return facts, f"記録しました: {event.id} {event.kind} {event.at} / Told. ({status})"

    return act


def _designate(said: Wanted) -> Act:
    month, day = Month.parse(said.month), _day(said.on)

    async def act(connection: asyncpg.Connection, now: InstantMs) -> tuple[dict[str, Any], str]:
        await clerk.designate(connection, said.municipality, month, day, now)
        facts = {"municipality": said.municipality, "month": month.text(), "due_on": day.isoformat()}
        return facts, f"{month.text()} の指定期日: {day} / designated date [S1-12-2]"

    return act


def _receive(said: Wanted) -> Act:
    month, yen, day = Month.parse(said.month), _yen(said.yen), _day(said.on)
    return _booking(lambda at, now: clerk.receive(at, said.municipality, said.number, month, yen, day, now))


def _charge(said: Wanted) -> Act:
    month = Month.parse(said.month)
    return _booking(lambda at, now: clerk.book_late_charge(at, said.municipality, month, now))


def _pay_charge(said: Wanted) -> Act:
    month, yen, day = Month.parse(said.month), _yen(said.yen), _day(said.on)
    return _booking(lambda at, now: clerk.pay_late_charge(at, said.municipality, said.number, month, yen, day, now))


def _pay_commission(said: Wanted) -> Act:
    month, yen, day = Month.parse(said.month), _yen(said.yen), _day(said.on)
    return _booking(lambda at, now: clerk.pay_commission(at, said.municipality, said.number, month, yen, day, now))


def _give_back(said: Wanted) -> Act:
    month, yen, day = Month.parse(said.month), _yen(said.yen), _day(said.on)
    return _booking(lambda at, now: clerk.give_back(at, said.municipality, said.number, month, yen, day, now))


def _hand_over(said: Wanted) -> Act:
    chain, yen, day = said.chain or "", _yen(said.yen), _day(said.on)
    return _booking(lambda at, now: clerk.hand_over(at, said.municipality, said.number, chain, yen, day, now))


def _waive(said: Wanted) -> Act:
    month = Month.parse(said.month)
    return _booking(lambda at, now: clerk.waive(at, said.municipality, month, said.person, said.reason, now))


def _set_off(said: Wanted) -> Act:
    claim, debt, yen, day = Month.parse(said.month), Month.parse(said.other), _yen(said.yen), _day(said.on)
    return _booking(lambda at, now: clerk.set_off(at, said.municipality, said.number, claim, debt, yen, day, now))


def _reverse(said: Wanted) -> Act:
    return _booking(lambda at, now: reverse(at, said.municipality, said.key, said.reason, now))


def _reopen(said: Wanted) -> Act:
    month = Month.parse(said.month)

    async def act(connection: asyncpg.Connection, now: InstantMs) -> tuple[dict[str, Any], str]:
        await reopen_month(connection, said.municipality, month, said.person, said.reason, now)
        return {
            "municipality": said.municipality,
            "month": month.text(),
            "state": "open",
        }, f"{month.text()} 再開 / open"

    return act


def _registration(said: Wanted) -> Act:
    """Enters the number, or, without one, says what was entered. `none` ends it."""
    number = "" if said.number in {"", "none"} else checked_registration(said.number)
    since = _day(said.on) if said.number else dt.date.max

    async def act(connection: asyncpg.Connection, now: InstantMs) -> tuple[dict[str, Any], str]:
        if said.number:
            await enter_registration(connection, number, since, said.source, said.person, now)
        found = await registrations(connection)
        lines = [f"  {each.since}  {each.number or 'なし / none'}  {each.source}  {each.person}" for each in found]
        facts = {"registrations": msgspec.to_builtins(found)}
        return facts, "\n".join(lines) or "  登録番号は入力されていません / no registration number was entered"

    return act


def _balance(said: Wanted) -> Act:
    on = _day(said.on) if said.on else dt.date.max
    known = _day(said.known) if said.known else dt.date.max

    async def act(connection: asyncpg.Connection, _: InstantMs) -> tuple[dict[str, Any], str]:
        found = await balances(connection, said.municipality, on, known)
        rows = [row for row in found.rows if row.yen]
        lines = [
            f"  {row.account.named.ja} / {row.account.named.en}  {row.debt_month} {row.chain}"
            f"  {_side(row.yen)} [{row.account.named.clause}]"
            for row in rows
        ]
        facts = {"municipality": said.municipality, "rows": msgspec.to_builtins(rows), "sum_yen": found.sum_yen}
        return facts, "\n".join(lines) or "  残高はありません / nothing"

    return act


def _prove_balances(said: Wanted) -> Act:
    async def act(connection: asyncpg.Connection, _: InstantMs) -> tuple[dict[str, Any], str]:
        found = await differing(connection, said.municipality)
        if found:
            raise BooksDisagreeError(f"{said.municipality}: {len(found)}, {found[0]}")
        facts = {"municipality": said.municipality, "differing": []}
        return (
            facts,
            "締めた月の合計は、すべての仕訳の合計と一致します / the closed months' sums are those of their postings",
        )

    return act


def _behind(said: Wanted) -> Act:
    month, after = Month.parse(said.month), whole_number(said.number or "0")

    async def act(connection: asyncpg.Connection, _: InstantMs) -> tuple[dict[str, Any], str]:
        rows = await behind(connection, said.municipality, month, kind=said.kind, chain=said.chain, after=after)
        lines = [
            f"  {row.number}  {row.effective_on}  {row.sort}  {row.issuance_id}  {row.kind}  {row.copies}通"
            f"  {yen_text(row.yen)}  {row.chain}"
            for row in rows
        ]
        facts = {"municipality": said.municipality, "month": month.text(), "rows": msgspec.to_builtins(rows)}
        return facts, "\n".join(lines) or "  ありません / nothing"

    return act


def _booking(does: Callable[[asyncpg.Connection, InstantMs], Awaitable[Booked | None]]) -> Act:
    async def act(connection: asyncpg.Connection, now: InstantMs) -> tuple[dict[str, Any], str]:
        booked = await does(connection, now)
        if booked is None:
            return {"booked": None}, "記帳するものはありません / nothing to book"
        posting = booked.posting
        lines = [f"  {line.account.named.ja}  {_side(line.yen)}  {line.debt_month}" for line in posting.lines]
        known = "（記帳済み / already booked）" if booked.again else ""
        head = f"{posting.key}  {posting.effective_on}  {booked.month}{known}"
        facts = {
            "number": booked.number,
            "key": posting.key,
            "sort": posting.sort.value,
            "effective_on": posting.effective_on.isoformat(),
            "month": booked.month,
            "again": booked.again,
            "lines": [
                {"account": line.account.value, "yen": line.yen, "month": line.debt_month, "chain": line.chain}
                for line in posting.lines
            ],
        }
        return {"booked": facts}, "\n".join((head, *lines))

    return act


def _side(yen: Yen) -> str:
    """A signed amount as books write it: 借方 is positive."""
    return f"{'借' if yen > 0 else '貸'} {yen_text(Yen(abs(yen)))}"


def _day(text: str) -> dt.date:
    return read_day(text, "entered").day


def _yen(text: str) -> Yen:
    return Yen(whole_number(text))


_ACTS: dict[str, Callable[[Wanted], Act]] = {
    "tell": _tell,
    "designate": _designate,
    "receive": _receive,
    "charge": _charge,
    "pay-charge": _pay_charge,
    "pay-commission": _pay_commission,
    "give-back": _give_back,
    "hand-over": _hand_over,
    "waive": _waive,
    "set-off": _set_off,
    "reverse": _reverse,
    "reopen": _reopen,
    "balance": _balance,
    "prove-balances": _prove_balances,
    "behind": _behind,
    "registration": _registration,
}
"""Every act by its name."""

OF_ALL = frozenset({"registration"})
"""Acts that are about no single municipality."""
