"""`cards.json`: the practice cards of the sandbox, those that show something and the index of all."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import msgspec

FILE = "cards.json"
PIN = "1234"
"""Of every practice card."""


class CardState(enum.StrEnum):
    """What is the matter with a practice card."""

    NORMAL = "normal"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NOT_YET_VALID = "not_yet_valid"
    LOCKED = "locked"
    JUKI = "juki"
    """住民基本台帳カード, which has ended."""
    FOREIGN_CA = "foreign_ca"
    """Its certificate comes from a CA that merely bears the right name."""


class DemoCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One card on the table: whose it is and what it shows."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    """The resident's, such as r0001."""
    label_ja: str
    label_en: str
    serial: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{1,39}$")]
    """Serial number of the certificate, lower-case hex."""
    kind: CardState = CardState.NORMAL
    pin: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}$")] = PIN

    @property
    def serial_number(self) -> int:
        """The serial as a number."""
        return int(self.serial, 16)


class Cards(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All practice cards of the sandbox's municipality."""

    municipality: str
    municipality_ja: str
    municipality_en: str
    pin: str
    """PIN of every practice card."""
    cards: tuple[DemoCard, ...] = msgspec.field(name="card")
    """Those that show something, in the order to try them."""
    all: dict[str, str]
    """Every resident's id and card serial; cards that are not among `cards` are normal ones."""

    def card(self, resident: str) -> DemoCard | None:
        """The card of a resident by id, in either case of letters; None if there is no such resident."""
        resident = resident.lower()
        for card in self.cards:
            if card.id == resident:
                return card
        serial = self.all.get(resident)
        if serial is None:
            return None
        return DemoCard(resident, f"住民 {resident}", f"Resident {resident}", serial, CardState.NORMAL, self.pin)


def read_cards(state_dir: Path) -> Cards:
    """The cards of a sandbox's state directory; `OSError` or `msgspec.DecodeError` if they cannot be read."""
    return msgspec.json.decode((state_dir / FILE).read_bytes(), type=Cards)


def write_cards(state_dir: Path, cards: Cards) -> None:
    """Writes the file whole or not at all."""
    state_dir.mkdir(parents=True, exist_ok=True)
    fresh = state_dir / (FILE + ".new")
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(cards), indent=1))
    fresh.replace(state_dir / FILE)
