"""The durable rows of a simulated server, written by compare-and-set as `issuance.rows` does it."""

from __future__ import annotations

from typing import Generic, TypeVar

from itaku.issuance.rows import Row
from itaku.store.cluster import check_founded, check_named

RowT = TypeVar("RowT", bound=Row)


class Store(Generic[RowT]):
    """One database. It survives every crash of the instances over it."""

    def __init__(self) -> None:
        self.rows: dict[bytes, RowT] = {}
        self.founded: tuple[str, ...] | None = None
        """The instances that the founder named here; None while it has never used this database."""

    def commit(self, row: RowT, source: str) -> bool:
        """Writes if the row is still the one that the step was made from; False if another step came first."""
        old = self.rows.get(row.issuance_id)
        if old is None:
            if row.version != 1:
                return False
        elif old.version != row.version - 1 or old.state != source:
            return False
        self.rows[row.issuance_id] = row
        return True


def check_topology(stores: tuple[Store[RowT], ...]) -> None:
    """Starts every instance as `store.cluster` does, the founder first; `TopologyError` before anything is served."""
    names = tuple(f"instance-{number}" for number in range(1, len(stores) + 1))
    for name, store in zip(names, stores, strict=True):
        check_named(name, names)
        if name == names[0]:
            store.founded = names
        check_founded(names, store.founded)
