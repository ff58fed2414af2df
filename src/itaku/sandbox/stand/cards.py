"""The demonstration cards: which there are, how each is made by the test card office, and which are revoked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import serialization

from itaku.basis.clock import InstantMs
from itaku.issuance.devices.card_office import CardOffice
from itaku.issuance.devices.jpki import CardKind
from itaku.issuance.devices.virtual_card import VirtualCard
from itaku.sandbox.cards import CardState, DemoCard

_DAY_MS = 86_400_000
_YEAR_MS = 365 * _DAY_MS
TRUST_LASTS_MS = 50 * _YEAR_MS
"""Practice revocation lists outlast every practice session, whose clock may be moved by years."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    card: tuple[DemoCard, ...]


def read_cards(path: Path) -> tuple[DemoCard, ...]:
    """The cards of a file: `[[card]]` in TOML, `{"card": [...]}` in JSON; `ValueError` if an id stands twice."""
    decode = msgspec.toml.decode if path.suffix == ".toml" else msgspec.json.decode
    cards = decode(path.read_bytes(), type=_File).card
    if len({card.id for card in cards}) != len(cards):
        raise ValueError("a card's id stands twice")
    return cards


def card_of(office: CardOffice, card: DemoCard, now: InstantMs) -> VirtualCard:
    """The virtual card: made when it is first laid down (its dates follow from `now` and its story), then kept."""
    first, last = {
        CardState.EXPIRED: (now - 6 * _YEAR_MS, now - _YEAR_MS),
        CardState.NOT_YET_VALID: (now + _DAY_MS, now + 5 * _YEAR_MS),
    }.get(card.kind, (now - 30 * _DAY_MS, now + 5 * _YEAR_MS))
    return office.issue(
        card.serial_number,
        InstantMs(first),
        InstantMs(last),
        card.pin,
        kind=CardKind.OLD_JUKI if card.kind is CardState.JUKI else CardKind.MY_NUMBER,
        foreign=card.kind is CardState.FOREIGN_CA,
        locked=card.kind is CardState.LOCKED,
    )


def publish_trust(office: CardOffice, cards: Sequence[DemoCard], now: InstantMs, anchors: Path, crls: Path) -> None:
    """Writes what a practice center trusts into two directories: `card-ca-<generation>.pem` and `.crl` (DER).

    Cards whose story is `revoked` are on the lists. May be repeated: files are replaced whole.
    """
    revoked = {card.serial_number: now for card in cards if card.kind is CardState.REVOKED}
    for generation, anchor in enumerate(office.anchors, start=1):
        crl = office.crl(generation, revoked, now, InstantMs(now + TRUST_LASTS_MS))
        _replace(anchors / f"card-ca-{generation}.pem", anchor.public_bytes(serialization.Encoding.PEM))
        _replace(crls / f"card-ca-{generation}.crl", crl)


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.new")
    aside.write_bytes(data)
    aside.replace(path)
