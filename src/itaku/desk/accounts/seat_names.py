"""Names of seats (担当の表示): a contract's title and the legal person's name, for lists of seats."""

from __future__ import annotations

from typing import NamedTuple

from itaku.contracts.model.parts import Words
from itaku.desk.asking import ask


class SeatName(NamedTuple):
    """A seat in words: the contract's title, and for whom one sits there."""

    title: Words
    of: Words


def seat_name(contract: str, party: str) -> SeatName:
    """The names. Raises `ContractUnknownError` for a contract that is not kept."""
    form = ask(lambda keeper: keeper.form_of(contract))
    of = form.parties.get(party)
    nobody = Words(ja="当事者ではない", en="no party")
    return SeatName(Words(ja=form.head.ja, en=form.head.en), nobody if of is None else Words(ja=of.ja, en=of.en))
