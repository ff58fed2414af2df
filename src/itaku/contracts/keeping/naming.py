"""A kept contract's own names (契約名・当事者名): one form serves several works, each named for itself."""

from __future__ import annotations

import functools

import msgspec

from itaku.contracts.model.contract import Contract, Party
from itaku.contracts.model.parts import Words


class Naming(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """The title, and the names of parties by their ids; whoever is not named keeps the form's name."""

    title: Words
    parties: dict[str, Words] = {}


def written(naming: Naming | None) -> bytes | None:
    """As it is stored: the same names give the same bytes."""
    return None if naming is None else msgspec.json.encode(naming, order="deterministic")


def named(contract: Contract, stored: bytes | None) -> Contract:
    """The contract file under the kept contract's own names. Its rules and its digest stay the form's."""
    return contract if stored is None else _named(_Form(contract), bytes(stored))


class _Form:
    """A contract file as an argument of a cache: it is told apart by its digest."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Form) and other.contract.sha256 == self.contract.sha256

    def __hash__(self) -> int:
        return hash(self.contract.sha256)


@functools.lru_cache(maxsize=1024)
def _named(form: _Form, stored: bytes) -> Contract:
    contract, naming = form.contract, msgspec.json.decode(stored, type=Naming)
    head = msgspec.structs.replace(contract.head, ja=naming.title.ja, en=naming.title.en)
    parties = {
        name: Party(ja=own.ja, en=own.en) if (own := naming.parties.get(name)) is not None else party
        for name, party in contract.parties.items()
    }
    return msgspec.structs.replace(contract, head=head, parties=parties)
