"""The durable rows of a simulated server, written by compare-and-set as `issuance.rows` does it."""

from __future__ import annotations

from typing import Generic, TypeVar

from itaku.basis.errors import ItakuError
from itaku.issuance.rows import Row

RowT = TypeVar("RowT", bound=Row)


class TopologyError(ItakuError):
    """Instances of one server that do not share one store: they would each know half of what was promised (R7)."""

    code = "topology_split"
    ja = "同じサーバーの各機が別々のデータベースにつながっています。起動しません。"
    en = "Instances of one server are connected to separate databases. They do not start."


class Store(Generic[RowT]):
    """One database. It survives every crash of the instances over it."""

    def __init__(self) -> None:
        self.rows: dict[bytes, RowT] = {}

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
    """Returns if every instance has the same store; else `TopologyError`, before anything is served."""
    if any(store is not stores[0] for store in stores):
        raise TopologyError
