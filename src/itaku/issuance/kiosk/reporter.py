"""Tells the cash unit, the center and the shop what became of settled sessions, until each has acknowledged."""

from __future__ import annotations

import asyncio

import msgspec

from itaku.basis.randomness import IssuanceId
from itaku.issuance.devices.contracts import CashState, CashUnit
from itaku.issuance.devices.errors import DeviceError
from itaku.issuance.kiosk.journal import JournalRecord, Phase, encode_record
from itaku.issuance.kiosk.line import Line, LineDownError
from itaku.issuance.kiosk.reports import acknowledged, is_told, next_report
from itaku.issuance.protocol import shop_messages as s
from itaku.store.journal import Journal
from itaku.store.log import Log

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0


class Reporter:
    """One task per settled session; the journal's record goes when everyone knows."""

    def __init__(self, kiosk: str, line: Line, cash: CashUnit, journal: Journal, log: Log) -> None:
        self._kiosk = kiosk
        self._line = line
        self._cash = cash
        self._journal = journal
        self._log = log
        self._tasks: dict[IssuanceId, asyncio.Task[None]] = {}

    def report(self, record: JournalRecord) -> None:
        """Begins to tell; a session that is being told already is not told twice at once."""
        if record.issuance_id not in self._tasks:
            task = asyncio.create_task(self._tell(record))
            self._tasks[record.issuance_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(record.issuance_id, None))

    @property
    def pending(self) -> int:
        """Sessions that somebody has not acknowledged yet."""
        return len(self._tasks)

    async def stop(self) -> None:
        """Ends all telling; the journal keeps what is not told."""
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _tell(self, record: JournalRecord) -> None:
        pause = FIRST_PAUSE_S
        banked = record.phase is not Phase.DELIVERED
        while True:
            try:
                if not banked:
                    banked = await self._bank(record)
                record = await self._next(record)
                if banked and is_told(record, self._kiosk):
                    await self._journal.delete(record.issuance_id)
                    return
                continue
            except (LineDownError, DeviceError) as error:
                self._log.warning("not_told", issuance=record.issuance_id.hex(), error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _bank(self, record: JournalRecord) -> bool:
        status = await self._cash.bank(record.issuance_id)
        if status.state is not CashState.BANKED:
            # A clerk settled it by hand, or the unit knows better: the register's reconciliation will name it.
            self._log.error("not_banked", issuance=record.issuance_id.hex(), state=status.state.value)
        return True

    async def _next(self, record: JournalRecord) -> JournalRecord:
        """One more acknowledgement, durable; `LineDownError` if none came."""
        message = next_report(record, self._kiosk)
        if message is not None:
            answer = await self._line.ask_center(message)
            new = acknowledged(record, answer)
            if new is None:
                code = getattr(answer, "code", "")
                self._log.error("not_acknowledged", issuance=record.issuance_id.hex(), code=code)
                raise LineDownError(code)
        elif not record.booked:
            new = await self._book(record)
        else:
            return record
        await self._journal.put(new.issuance_id, encode_record(new))
        return new

    async def _book(self, record: JournalRecord) -> JournalRecord:
        assert record.settled_ms is not None, "a settled session knows when"
        sale = s.Book(
            kiosk=self._kiosk,
            issuance_id=record.issuance_id,
            kind=record.kind.value,
            copies=record.copies,
            sheets=record.sheets_total,
            fee_yen=record.fee_yen,
            at_ms=record.settled_ms,
        )
        reply = await self._line.ask_shop(sale)
        if not isinstance(reply, s.ShopOk):
            raise LineDownError(getattr(reply, "code", ""))
        return msgspec.structs.replace(record, booked=True)
