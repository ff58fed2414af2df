"""The practice cash unit: takes, keeps, returns and banks the fee of one issuance at a time, by id."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from itaku.basis.yen import Yen
from itaku.issuance.devices.contracts import CashState, CashStatus
from itaku.issuance.devices.errors import CashUnitBusyError, CashUnitUnreachableError, DeviceConflictError
from itaku.sandbox.stand.memory import DeviceMemory

MONEY = frozenset({10, 50, 100, 500, 1000})
"""Coins and the one note that the unit takes."""
_CANCEL_DUE, _REFUND_DUE = "cancel-due", "refund-due"
"""Told as `fault`: the coins have to go back, and the unit could not give them yet."""


class CashCondition(msgspec.Struct, frozen=True):
    """Faults of the unit."""

    refund_fault: bool = False
    """It cannot give money back."""
    coin_jam: bool = False
    """It can neither take nor give money."""
    lose_reply: bool = False
    """The next request is done, but its answer is lost."""


class CashTotals(NamedTuple):
    """All money that ever went through the unit: inserted = returned + inside + banked."""

    inserted_yen: Yen
    returned_yen: Yen
    inside_yen: Yen
    banked_yen: Yen


class _Row(NamedTuple):
    fee_yen: int
    state: str
    inserted_yen: int
    returned_yen: int


class PracticeCashUnit:
    """Keeps the contract `devices.contracts.CashUnit`. Each answer is durable before it leaves."""

    def __init__(self, memory: DeviceMemory) -> None:
        self._memory = memory
        self.condition = memory.condition("cash", CashCondition())

    async def take(self, id: bytes, yen: Yen) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        row = self._row(id)
        if row is None:
            if self._waiting() is not None:
                raise CashUnitBusyError
            state = CashState.WAITING if yen > 0 else CashState.HELD
            row = self._put(id, _Row(yen, state, 0, 0))
        elif row.fee_yen not in {yen, -1}:
            raise DeviceConflictError("another fee for the same id")
        return self._answer(row)

    async def status(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        row = self._row(id)
        return self._answer(row) if row else CashStatus(CashState.UNKNOWN)

    async def cancel(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        return self._answer(self._fence(id))

    async def refund(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        row = self._row(id)
        if row is None or row.state not in {CashState.HELD, _REFUND_DUE}:
            return self._answer(self._fence(id))
        return self._answer(self._give_back(id, row, CashState.REFUNDED, _REFUND_DUE))

    async def bank(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        row = self._row(id)
        if row is None:
            return self._answer(None)
        if row.state == CashState.HELD:
            row = self._put(id, row._replace(state=CashState.BANKED))
        return self._answer(row)

    def insert(self, yen: int) -> bool:
        """A person puts money in. False if it falls through: nobody waits for it, the unit is jammed, or not money."""
        found = self._waiting()
        if found is None or self.condition.coin_jam or yen not in MONEY:
            return False
        self._insert(*found, yen)
        return True

    def pay_exact(self) -> bool:
        """A person puts in exactly what is missing. False if nobody waits for it or the unit is jammed."""
        found = self._waiting()
        if found is None or self.condition.coin_jam:
            return False
        self._insert(*found, found[1].fee_yen - found[1].inserted_yen)
        return True

    def set_condition(self, condition: CashCondition) -> None:
        """Faults come and go."""
        self._memory.set_condition("cash", condition)
        self.condition = condition

    def waiting(self) -> tuple[bytes, Yen, Yen] | None:
        """The id that waits for money, its fee, and what was put in so far."""
        found = self._waiting()
        return None if found is None else (found[0], Yen(found[1].fee_yen), Yen(found[1].inserted_yen))

    def totals(self) -> CashTotals:
        """What went through the unit since it was new."""
        rows = self._memory.rows(
            "SELECT coalesce(sum(inserted_yen), 0), coalesce(sum(returned_yen), 0),"
            " coalesce(sum(CASE state WHEN 'banked' THEN 0 ELSE inserted_yen - returned_yen END), 0),"
            " coalesce(sum(CASE state WHEN 'banked' THEN inserted_yen - returned_yen ELSE 0 END), 0) FROM cash"
        )
        return CashTotals(*(Yen(value) for value in rows[0]))

    def _fence(self, id: bytes) -> _Row:  # noqa: A002 the contract's own word
        row = self._row(id)
        if row is None:
            # A fee that nobody knows yet: whatever `take` comes later meets this tombstone.
            return self._put(id, _Row(-1, CashState.CANCELLED, 0, 0))
        if row.state not in {CashState.WAITING, _CANCEL_DUE}:
            return row
        return self._give_back(id, row, CashState.CANCELLED, _CANCEL_DUE)

    def _give_back(self, id: bytes, row: _Row, done: str, due: str) -> _Row:  # noqa: A002 the contract's own word
        owed = row.inserted_yen > row.returned_yen
        if owed and (self.condition.refund_fault or self.condition.coin_jam):
            return self._put(id, row._replace(state=due))
        return self._put(id, row._replace(state=done, returned_yen=row.inserted_yen))

    def _insert(self, id: bytes, row: _Row, yen: int) -> None:  # noqa: A002 the contract's own word
        inserted = row.inserted_yen + yen
        if inserted < row.fee_yen:
            self._put(id, row._replace(inserted_yen=inserted))
        else:
            change = inserted - row.fee_yen
            self._put(id, row._replace(inserted_yen=inserted, returned_yen=change, state=CashState.HELD))

    def _waiting(self) -> tuple[bytes, _Row] | None:
        found = self._memory.rows(
            "SELECT id, fee_yen, state, inserted_yen, returned_yen FROM cash WHERE state = 'waiting'"
        )
        return (found[0][0], _Row(*found[0][1:])) if found else None

    def _row(self, id: bytes) -> _Row | None:  # noqa: A002 the contract's own word
        found = self._memory.rows("SELECT fee_yen, state, inserted_yen, returned_yen FROM cash WHERE id = ?", id)
        return _Row(*found[0]) if found else None

    def _put(self, id: bytes, row: _Row) -> _Row:  # noqa: A002 the contract's own word
        assert row.returned_yen <= row.inserted_yen, "no more goes out than came in"
        self._memory.rows(
            "INSERT INTO cash VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state,"
            " inserted_yen = excluded.inserted_yen, returned_yen = excluded.returned_yen",
            id,
            row.fee_yen,
            str(row.state),
            row.inserted_yen,
            row.returned_yen,
        )
        return row

    def _answer(self, row: _Row | None) -> CashStatus:
        if self.condition.lose_reply:
            self.set_condition(msgspec.structs.replace(self.condition, lose_reply=False))
            raise CashUnitUnreachableError
        if row is None:
            return CashStatus(CashState.UNKNOWN)
        state = CashState.FAULT if row.state in {_CANCEL_DUE, _REFUND_DUE} else CashState(row.state)
        return CashStatus(state, Yen(row.inserted_yen), Yen(row.returned_yen))
