"""Lays the sandbox's practice cards out: which each kiosk's stand knows, and the trust that makes them count."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from itaku.basis.clock import InstantMs
from itaku.issuance.devices.card_office import CardOffice
from itaku.sandbox.cards import read_cards
from itaku.sandbox.stand.cards import publish_trust
from itaku.supervisor.keyfiles import write_whole


class CardPlaces(NamedTuple):
    """Where the practice cards' files lie."""

    office: Path
    """The test card office, which makes a card when it is first laid down."""
    shown: Path
    """The cards that show something: those that a person at the first kiosk chooses from."""
    everyone: Path
    """The cards of all residents, for the kiosk of the command line."""
    anchors: Path
    crls: Path


def card_places(folder: Path) -> CardPlaces:
    """The places under the sandbox's folder."""
    return CardPlaces(
        office=folder / "card-office",
        shown=folder / "cards-shown.json",
        everyone=folder / "cards-everyone.json",
        anchors=folder / "card-anchors",
        crls=folder / "card-crls",
    )


def lay_out_cards(state: Path, places: CardPlaces, now: InstantMs) -> None:
    """From the residents' `cards.json` makes the stands' card files, and publishes the test CAs and their lists."""
    index = read_cards(state)
    shown = {card.id: card for card in index.cards}
    everyone = {**shown, **{resident: card for resident in index.all if (card := index.card(resident))}}
    for path, cards in ((places.shown, shown), (places.everyone, everyone)):
        content = msgspec.json.encode({"card": list(cards.values())})
        write_whole(path, content, 0o600)
    places.office.mkdir(mode=0o700, exist_ok=True)
    publish_trust(CardOffice(places.office), list(everyone.values()), now, places.anchors, places.crls)
