"""Practice sales (練習の売上): two invented months of two municipalities, with differences planted for the cases.

They go the way of real ones: sets that the center delivered, taken in, the first month closed and remitted late and in
part. Nobody bought these certificates; kiosks and chains bear the word 練習. Only a sandbox takes them, and once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Sequence
from typing import Any

import asyncpg

from itaku.basis.clock import JST, FixedClock, InstantMs, to_instant, to_jst
from itaku.basis.yen import Yen
from itaku.contracts.engine.events import Told
from itaku.desk.configuration import desk_settings
from itaku.desk.money.errors import PracticeLoadedError
from itaku.desk.money.places import Place
from itaku.issuance.protocol.kinds import Kind
from itaku.settlement import clerk
from itaku.settlement.cases import take_reconciliation
from itaku.settlement.contract_side import tell, told
from itaku.settlement.journal import of_issuance
from itaku.settlement.kiosks import KioskRow, put_kiosks
from itaku.settlement.month import Month
from itaku.settlement.period_list import months_of
from itaku.settlement.reconciliation import Difference, Held, Reconciliation, Sort
from itaku.settlement.settling import Order, settle
from itaku.settlement.views import Movement, View

SETS = 240
"""Sets of a municipality in a month."""
KIOSKS = (
    KioskRow("practice-k1", "practice-s1", "practice-a", "潮風マート（練習）"),
    KioskRow("practice-k2", "practice-s2", "practice-a", "潮風マート（練習）"),
    KioskRow("practice-k3", "practice-s3", "practice-b", "浜町ストア（練習）"),
)
_FEES = {
    Kind.RESIDENT_RECORD: 200,
    Kind.SEAL_REGISTRATION: 200,
    Kind.INCOME: 250,
    Kind.FAMILY_REGISTER_ALL: 450,
    Kind.FAMILY_REGISTER_ADDRESS: 250,
}
_SHARES = (42, 33, 9, 12, 4)
_HOURS = (6, 2, 3, 5, 8, 10, 12, 10, 8, 7, 9, 11, 10, 7, 5, 3, 1)
"""How busy each hour is, from 6:30 on."""
_PUT = """
INSERT INTO issuance(issuance_id, state, version, changed_at, body, municipality, kiosk, kind, copies, fee_yen, reason,
    told, delivered_at, voided_at)
VALUES ($1, $2, 1, $3, '', $4, $5, $6, $7, $8, '', true, $3, $9) ON CONFLICT DO NOTHING
"""


def may_load(places: Sequence[Place]) -> bool:
    """Whether practice sales may be put in at all: in a sandbox, by who keeps the books."""
    return desk_settings().sandbox and any(place.is_contractor for place in places)


async def load_practice(pool: asyncpg.Pool, municipalities: Sequence[str], now: InstantMs) -> None:
    """Puts them in for the two months before this one. Raises `PracticeLoadedError` if the books hold anything."""
    latest = Month.of(to_jst(now).date()).before()
    first = latest.before()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('itaku practice sales'))")
        for code in municipalities:
            if await months_of(connection, code):
                raise PracticeLoadedError
        await put_kiosks(connection, KIOSKS)
        for code in municipalities:
            await connection.executemany(_PUT, [row for month in (first, latest) for row in _sets(code, month)])
            if not await told(connection, code):
                signed = _at(first.first_day - dt.timedelta(days=6))
                await tell(connection, code, _signed(first, code), signed)
    for code in municipalities:
        await _first_month(pool, code, first)
        await settle(pool, Order(month=latest, municipality=code), FixedClock(_at(latest.next().first_day)))
    async with pool.acquire() as connection, connection.transaction():
        planted = [each for code in municipalities for each in await _planted(connection, code, latest)]
        rows = dict.fromkeys(View, SETS * len(municipalities))
        found = Reconciliation(month=latest.text(), rows=rows, differences=tuple(planted), settled=(), carried=())
        await take_reconciliation(connection, found, _at(latest.next().first_day))


async def _first_month(pool: asyncpg.Pool, code: str, month: Month) -> None:
    """Closed on the third of the next month; due at its end; a part came in, and late."""
    after = month.next()
    closing = FixedClock(_at(dt.date(after.year, after.month, 3)))
    order = Order(month=month, municipality=code, closed_by="練習の会計係")
    settled = await settle(pool, order, closing)
    to_remit = settled.municipalities[0].statement.to_remit_yen
    due = dt.date(after.year, after.month, 20)
    async with pool.acquire() as connection, connection.transaction():
        await clerk.designate(connection, code, month, due, _at(dt.date(after.year, after.month, 4)))
        came = due + dt.timedelta(days=5)
        part = Yen(to_remit // 1000 * 800)
        await clerk.receive(connection, code, f"練習-{month.text()}", month, part, came, _at(came))
        yen = Yen(part // 2)
        await clerk.hand_over(connection, code, f"練習-{month.text()}", "practice-a", yen, came, _at(came))


def _sets(code: str, month: Month) -> list[tuple[Any, ...]]:
    """Rows of the center's table, the same for the same municipality and month."""
    drawn = random.Random(f"{code} {month.text()}")  # noqa: S311 invented sales, no secret
    rows = []
    for number in range(SETS):
        kind = drawn.choices(tuple(_FEES), _SHARES)[0]
        copies = drawn.choices((1, 2, 3), (80, 16, 4))[0]
        day = month.first_day + dt.timedelta(days=drawn.randrange(month.last_day.day))
        hour = drawn.choices(range(6, 23), _HOURS)[0]
        minute = drawn.randrange(30, 60) if hour == 6 else drawn.randrange(60)
        at = dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=JST)
        void = number % 60 == 7 and day < month.last_day
        rows.append(
            (
                _id(code, month, number),
                "voided" if void else "closed",
                at,
                code,
                drawn.choices(KIOSKS, (5, 3, 4))[0].kiosk,
                kind.value,
                copies,
                _FEES[kind] * copies,
                at + dt.timedelta(minutes=20) if void else None,
            )
        )
    return rows


async def _planted(connection: asyncpg.Connection, code: str, month: Month) -> list[Difference]:
    """Four differences, of sorts that need different people: the shop's till, the center, the municipality."""
    found = []
    sorts = ((1, Sort.WRONG_AMOUNT), (2, Sort.MISSING), (3, Sort.UNKNOWN), (4, Sort.WRONG_FACTS))
    for number, sort in sorts:
        issuance_id = _id(code, month, number)
        booked = (await of_issuance(connection, issuance_id))[0].posting
        certificates = booked.certificates
        assert certificates is not None, "a fee names its set"
        yen = Yen(sum(line.yen for line in booked.lines if line.yen > 0))
        held = Held(code, Kind(certificates.kind), certificates.copies, yen)
        dearer = Held(code, held.kind, held.copies, Yen(yen + 100))
        more = Held(code, held.kind, held.copies + 1, yen)
        sides: dict[Sort, tuple[View, tuple[Held, ...], tuple[Held, ...], tuple[Held, ...]]] = {
            Sort.WRONG_AMOUNT: (View.REGISTER, (held,), (held,), (dearer,)),
            Sort.MISSING: (View.MUNICIPALITY, (held,), (), (held,)),
            Sort.UNKNOWN: (View.REGISTER, (), (), (held,)),
            Sort.WRONG_FACTS: (View.MUNICIPALITY, (held,), (more,), (held,)),
        }
        side, center, municipality, register = sides[sort]
        found.append(
            Difference(
                issuance_id=issuance_id if sort is not Sort.UNKNOWN else _id(code, month, SETS + number),
                movement=Movement.SALE,
                side=side,
                sort=sort,
                center=center,
                municipality=municipality,
                register=register,
                kiosk=KIOSKS[number % len(KIOSKS)].kiosk,
                delivered_on=certificates.delivered_on,
            )
        )
    return found


def _signed(first: Month, code: str) -> list[Told]:
    """The contract of the year, signed before the first month."""
    on = (first.first_day - dt.timedelta(days=6)).isoformat()
    start, end = first.first_day, first.first_day.replace(year=first.year + 1) - dt.timedelta(days=1)
    terms: tuple[dict[str, Any], ...] = (
        {"term": "term_start", "date": start.isoformat()},
        {"term": "term_end", "date": end.isoformat()},
        {"term": "tax_percent", "text": "10"},
    )
    signed = Told(id=f"practice:{code}:1", at=on, kind="contract.signed", fields={})
    more = [
        Told(id=f"practice:{code}:{number}", at=on, kind="term.set", fields=fields)
        for number, fields in enumerate(terms, 2)
    ]
    return [signed, *more]


def _id(code: str, month: Month, number: int) -> bytes:
    return hashlib.sha256(f"itaku practice {code} {month.text()} {number}".encode()).digest()[:16]


def _at(day: dt.date) -> InstantMs:
    return to_instant(dt.datetime(day.year, day.month, day.day, 10, tzinfo=JST))
