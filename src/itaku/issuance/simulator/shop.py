"""The model shop: a register that books each sale once, and a clerk who counts sheets or gives the money back."""

from __future__ import annotations

from itaku.issuance.simulator.chance import Chance
from itaku.issuance.simulator.devices import ModelCash, ModelPrinter

_NEVER_MS = 10**15


class ModelRegister:
    """The shop's register: sales by issuance id, so that a repeated booking is one sale."""

    def __init__(self) -> None:
        self.sales: dict[bytes, int] = {}
        """Yen booked, by issuance id."""
        self.voided: set[bytes] = set()
        """Sets that were taken back: 返金済・無効."""

    def book(self, issuance_id: bytes, fee_yen: int) -> None:
        """Books a sale; again with the same id it changes nothing."""
        if issuance_id not in self.voided:
            self.sales[issuance_id] = fee_yen

    def void(self, issuance_id: bytes) -> None:
        """The whole set was taken back: the sale is gone, and stays gone if it is booked again."""
        self.voided.add(issuance_id)
        self.sales.pop(issuance_id, None)

    def forget(self, issuance_id: bytes) -> None:
        """The issuance was audited."""
        self.voided.discard(issuance_id)
        self.sales.pop(issuance_id, None)


class ModelClerk:
    """A clerk who answers a case after a while: counts the sheets, or gives the money back."""

    def __init__(self, chance: Chance, printer: ModelPrinter, cash: ModelCash) -> None:
        self._chance = chance
        self._printer = printer
        self._cash = cash
        self._due: dict[bytes, int] = {}
        self._refund: set[bytes] = set()
        self._refunded: set[bytes] = set()

    def call(self, now: int, issuance_id: bytes, *, refund_due: bool) -> None:
        """A case is shown."""
        if issuance_id not in self._due:
            self._due[issuance_id] = now + self._chance.one_of((5_000, 90_000))
        if refund_due:
            self._refund.add(issuance_id)

    def next_ms(self, now: int, issuance_id: bytes) -> int:
        """When the clerk will have answered."""
        return max(self._due.get(issuance_id, now), now)

    def answer(self, now: int, issuance_id: bytes) -> tuple[int | None, bool]:
        """Sheets seen, and whether the fee was given back by hand."""
        if issuance_id in self._refunded:
            return None, True
        if now < self._due.get(issuance_id, _NEVER_MS):
            return None, False
        if issuance_id in self._refund or self._chance.random() < 0.3:
            self._refunded.add(issuance_id)
            self._cash.empty_by_hand(issuance_id)
            return None, True
        self._printer.run(now)
        return self._printer.sheets.get(issuance_id.hex(), 0), False

    def forget(self, issuance_id: bytes) -> None:
        """The issuance was audited."""
        self._due.pop(issuance_id, None)
        self._refund.discard(issuance_id)
        self._refunded.discard(issuance_id)
