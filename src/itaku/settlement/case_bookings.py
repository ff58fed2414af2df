"""The journal's part of an agreed case: what the center had wrong is taken back by reversal, what is right booked anew.

Only what the center counted stands in the journal; where the center was right, nothing of it moves.
"""

from __future__ import annotations

import datetime as dt

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import Kind
from itaku.settlement.accounts import Account
from itaku.settlement.bookings import fee_taken, refund
from itaku.settlement.journal import book, of_issuance, reverse
from itaku.settlement.kiosks import read_kiosks
from itaku.settlement.posting import Booked, Posting, Sort
from itaku.settlement.reconciliation import Difference, Held
from itaku.settlement.views import Movement

_SORT = {Movement.SALE: Sort.FEE_TAKEN, Movement.REFUND: Sort.REFUND}


async def correct_journal(
    connection: asyncpg.Connection, difference: Difference, right: Held | None, reason: str, now: InstantMs
) -> list[Booked]:
    """Makes the journal hold what is right of a movement; call it inside a transaction.

    It takes effect today, so that it stands in the month in which the correction is booked in the closed days. Nothing
    is done where the journal holds just that, or was never told of the issuance and need not be.
    """
    if _as_agreed(difference, right):
        return []
    booked = await of_issuance(connection, difference.issuance_id)
    taken_back = {each.posting.reverses for each in booked if each.posting.sort is Sort.REVERSAL}
    of_movement = [each.posting for each in booked if each.posting.sort is _SORT[difference.movement]]
    standing = [each for each in of_movement if each.posting_id not in taken_back]
    today = to_jst(now).date()
    kept = [each for each in standing if right is not None and _held(each) == right][:1]
    done = [
        await reverse(connection, each.municipality, each.key, reason, now, effective_on=today)
        for each in standing
        if each not in kept
    ]
    if right is not None and not kept:
        posting = await _posting(connection, difference, right, today)
        times = sum(each.municipality == right.municipality for each in of_movement)
        done += await book(connection, [posting.anew(times + 1) if times else posting], now)
    return done


def _as_agreed(difference: Difference, right: Held | None) -> bool:
    return list(difference.center) == ([] if right is None else [right])


def _held(posting: Posting) -> Held:
    """What a fee or refund says, as a view would hold it."""
    certificates = posting.certificates
    assert certificates is not None, "a fee and a refund name their set"
    yen = sum(abs(line.yen) for line in posting.lines if line.account is Account.FEES_OWED)
    return Held(posting.municipality, Kind(certificates.kind), certificates.copies, Yen(yen))


async def _posting(connection: asyncpg.Connection, difference: Difference, right: Held, today: dt.date) -> Posting:
    delivered_on = difference.delivered_on
    assert delivered_on is not None, "a row that is there has a day"
    chain = (await read_kiosks(connection)).chain(difference.kiosk, delivered_on)
    facts = (right.municipality, difference.issuance_id, right.kind.value, right.copies, right.fee_yen, delivered_on)
    posting = fee_taken(*facts, chain) if difference.movement is Movement.SALE else refund(*facts, today, chain)
    return msgspec.structs.replace(posting, effective_on=today)
