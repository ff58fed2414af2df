"""One stand: reader, printer and cash unit together, what a person can do to them, and what they look like."""

from __future__ import annotations

from pathlib import Path

import msgspec

from itaku.basis.clock import Clock, clock_from
from itaku.basis.errors import ItakuError
from itaku.basis.yen import Yen
from itaku.issuance.devices.card_office import CardOffice
from itaku.issuance.devices.contracts import PrinterStatus
from itaku.sandbox.cards import DemoCard
from itaku.sandbox.stand.cards import card_of, read_cards
from itaku.sandbox.stand.cash import CashCondition, PracticeCashUnit
from itaku.sandbox.stand.memory import DeviceMemory
from itaku.sandbox.stand.printer import PracticePrinter, PrinterCondition
from itaku.sandbox.stand.reader import PracticeReader
from itaku.sandbox.stand.tray import Tray, TraySheet


class StandSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of one stand (TOML). Relative paths are taken from the settings file's directory."""

    socket: Path
    """Unix socket, mode 0600."""
    data: Path
    """The devices' memory (SQLite)."""
    tray: Path
    office: Path
    """Directory of the test card office; several stands may share it."""
    cards: Path
    """The demonstration cards (`cards.read_cards`)."""
    clock: Path | None = None
    """The sandbox's shared clock; the machine's own if not given."""
    seconds_per_sheet: float = 0.35

    def under(self, directory: Path) -> StandSettings:
        """The same settings with paths made absolute."""
        return msgspec.structs.replace(
            self,
            socket=directory / self.socket,
            data=directory / self.data,
            tray=directory / self.tray,
            office=directory / self.office,
            cards=directory / self.cards,
            clock=directory / self.clock if self.clock else None,
        )


def read_settings(path: Path) -> StandSettings:
    """The settings of a file; `msgspec.ValidationError` if they are not such."""
    return msgspec.toml.decode(path.read_bytes(), type=StandSettings, dec_hook=_path).under(path.resolve().parent)


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError


class CardNotThereError(ItakuError):
    """No demonstration card of this id."""

    code = "card_not_there"
    ja = "その練習用カードはありません。一覧から選んでください。"
    en = "There is no such practice card. Choose one of the list."


class WaitingPayment(msgspec.Struct, frozen=True):
    """What the cash unit waits for."""

    fee_yen: Yen
    inserted_yen: Yen


class CashTotalsSeen(msgspec.Struct, frozen=True):
    """All money that went through the unit: inserted = returned + inside + banked."""

    inserted_yen: Yen
    returned_yen: Yen
    inside_yen: Yen
    banked_yen: Yen


class StandState(msgspec.Struct, frozen=True):
    """A stand at a glance, for the practice panel. It names nobody."""

    card_on_reader: str | None
    """Id of the demonstration card."""
    auth_tries: int | None
    printer: PrinterStatus
    printer_condition: PrinterCondition
    cash_condition: CashCondition
    waiting: WaitingPayment | None
    cash: CashTotalsSeen
    tray_sheets: int


class _OnReader(msgspec.Struct, frozen=True):
    card: str | None = None


class Stand:
    """The devices of one kiosk. `reader`, `printer` and `cash` keep the device contracts in process."""

    def __init__(
        self,
        memory: DeviceMemory,
        office: CardOffice,
        cards: tuple[DemoCard, ...],
        clock: Clock,
        tray: Tray | None = None,
        seconds_per_sheet: float = 0.0,
    ) -> None:
        self._memory = memory
        self._office = office
        self._clock = clock
        self.cards = {card.id: card for card in cards}
        self.tray = tray
        self.reader = PracticeReader(left=lambda: memory.set_condition("reader", _OnReader()))
        self.printer = PracticePrinter(memory, tray, seconds_per_sheet)
        self.cash = PracticeCashUnit(memory)
        self._find_card_again()

    @classmethod
    def of(cls, settings: StandSettings) -> Stand:
        """The stand of these settings, as it was left."""
        settings.data.parent.mkdir(parents=True, exist_ok=True)
        return cls(
            DeviceMemory(settings.data),
            CardOffice(settings.office),
            read_cards(settings.cards),
            clock_from(settings.clock),
            Tray(settings.tray),
            settings.seconds_per_sheet,
        )

    def lay_card(self, card_id: str) -> None:
        """A person lays a demonstration card on the reader; `CardNotThereError` if there is none of this id."""
        if card_id not in self.cards:
            raise CardNotThereError
        self.reader.lay(card_of(self._office, self.cards[card_id], self._clock.now()))
        self._memory.set_condition("reader", _OnReader(card_id))

    def take_card(self) -> None:
        """A person takes the card from the reader."""
        self.reader.take_away()

    def unlock_card(self, card_id: str) -> None:
        """The municipality's counter gives a card all its tries back; `CardNotThereError` as above."""
        if card_id not in self.cards:
            raise CardNotThereError
        on_reader = self._on_reader() == card_id and self.reader.card
        (on_reader or card_of(self._office, self.cards[card_id], self._clock.now())).unlock()

    def tray_sheets(self) -> tuple[TraySheet, ...]:
        """What lies in the tray."""
        return self.tray.sheets() if self.tray else ()

    async def state(self) -> StandState:
        """The stand at a glance."""
        card, waiting = self.reader.card, self.cash.waiting()
        return StandState(
            card_on_reader=self._on_reader() if card else None,
            auth_tries=card.memory.auth_tries if card else None,
            printer=await self.printer.status(),
            printer_condition=self.printer.condition,
            cash_condition=self.cash.condition,
            waiting=WaitingPayment(*waiting[1:]) if waiting else None,
            cash=CashTotalsSeen(*self.cash.totals()),
            tray_sheets=len(self.tray_sheets()),
        )

    async def close(self) -> None:
        """Switches everything off."""
        await self.printer.close()
        self._memory.close()

    def _on_reader(self) -> str | None:
        return self._memory.condition("reader", _OnReader()).card

    def _find_card_again(self) -> None:
        # A card that lay on the reader when power went still lies there.
        left = self._on_reader()
        if left in self.cards:
            self.lay_card(left)
