"""The rows of the first screen (行): lines of the agenda with what whoever looks can do, kept while they hold."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from itaku.basis.clock import to_jst
from itaku.contracts.agenda.buttons import Button, button
from itaku.contracts.agenda.documents import DocumentWanted, document_wanted
from itaku.contracts.agenda.line import AgendaLine, Side, agenda_line
from itaku.contracts.engine.result import Result
from itaku.contracts.keeping.due_query import Band, DueFound
from itaku.contracts.keeping.keeping import Keeper
from itaku.contracts.model.parts import Words
from itaku.desk.access import Seat
from itaku.desk.acts.permission import leave

_KEPT = 8_192
"""Lines kept in memory: about 30 MB."""


class Matter(NamedTuple):
    """What is the same for everybody with the same seat, until something is told or the contract wakes.

    `left_to` says whose duty the next act is, where it is one's own side's, but not one's own.
    """

    line: AgendaLine
    button: Button
    document: DocumentWanted | None
    left_to: Words | None


class Row(NamedTuple):
    """A matter as the page shows it on a day. `days_left` is negative where it is overdue, None without a day."""

    matter: Matter
    band: Band
    state: str
    days_left: int | None
    day: dt.date | None
    moment: dt.datetime | None
    limit: dt.datetime | None
    partner: Side | None

    @property
    def line(self) -> AgendaLine:
        """The line."""
        return self.matter.line

    @property
    def solid(self) -> bool:
        """Whether the button is solid: only where one's own duty is overdue or due today."""
        return self.matter.button.mine and self.band in {"overdue", "today"}

    @property
    def path(self) -> str:
        """Where the button leads."""
        line, offered = self.line, self.matter.button
        contract, instance = quote(line.contract, safe=""), quote(line.instance, safe="")
        if offered.sort == "paper":
            return f"/papers/{contract}/{quote(offered.name, safe='')}/new?instance={instance}"
        if offered.sort == "act":
            return f"/acts/{contract}/{quote(offered.name, safe='')}/?instance={instance}"
        return self.clause_path

    @property
    def clause_path(self) -> str:
        """Where the article stands."""
        return f"/contracts/{quote(self.line.contract, safe='')}/#{quote(self.line.provision, safe='')}"


_Key = tuple[str, str, frozenset[str], frozenset[str]]
_Generation = tuple[int, bytes, int, dt.date | None]


class _Kept:
    """Matters by contract, instance and seat; each good for one generation of its contract's cache."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held: OrderedDict[_Key, tuple[_Generation, Matter]] = OrderedDict()

    def find(self, found: DueFound, seat: Seat, today: dt.date) -> Matter | None:
        key = _key(found, seat)
        with self._guard:
            held = self._held.get(key)
            if held is None or held[0][:3] != _generation(found) or held[0][3] not in {None, today}:
                return None
            self._held.move_to_end(key)
            return held[1]

    def keep(self, found: DueFound, seat: Seat, good_on: dt.date | None, matter: Matter) -> None:
        with self._guard:
            generation = (*_generation(found), good_on)
            self._held[_key(found, seat)] = (generation, matter)
            while len(self._held) > _KEPT:
                self._held.popitem(last=False)


def _key(found: DueFound, seat: Seat) -> _Key:
    return found.contract, found.row.instance, seat.parties, seat.duties


def _generation(found: DueFound) -> tuple[int, bytes, int]:
    return found.last_seq, found.made_of, int(found.made_at)


_kept = _Kept()


async def rows_of(
    keeper: Keeper, page: Sequence[DueFound], seats: Mapping[str, Seat], today: dt.date
) -> tuple[Row, ...]:
    """The rows of a page. Contracts of which a line is missing are replayed, read together."""
    matters = {(each.contract, each.row.instance): _kept.find(each, seats[each.contract], today) for each in page}
    stale = list(dict.fromkeys(contract for (contract, _), matter in matters.items() if matter is None))
    results = await keeper.at_each(stale) if stale else {}
    made = []
    for each in page:
        matter = matters[(each.contract, each.row.instance)]
        if matter is None:
            result = results[each.contract]
            if each.row.instance not in result.fold.instances:
                continue  # told in between: the next look has a row of it no more
            matter = matter_of(result, each.row.instance, seats[each.contract])
            _kept.keep(each, seats[each.contract], today if _grows(result, each.row.instance) else None, matter)
        made.append(_row(each, matter, seats[each.contract], today))
    return tuple(made)


def matter_of(result: Result, instance_id: str, seat: Seat) -> Matter:
    """The line of an instance, with what can be done about it from a seat and the paper that it wants of its side."""
    line = agenda_line(result, seat.contract, instance_id)
    instance = result.fold.instances[instance_id]
    persons = _persons(seat)
    offered = button(result, instance, line.moves, persons)
    left_to = _left_to(result, offered, seat)
    if left_to is not None:
        offered = button(result, instance, line.moves, ())
    return Matter(line, offered, document_wanted(result, instance, line.moves, persons), left_to)


def _left_to(result: Result, offered: Button, seat: Seat) -> Words | None:
    """Whose duty the act is, where this seat's people may not tell it."""
    if offered.sort != "act":
        return None
    leaves = leave(result, offered.name, seat, dict.fromkeys(seat.parties, seat.duties)).values()
    return None if any(each.may for each in leaves) else next((each.who for each in leaves), None)


def _persons(seat: Seat) -> frozenset[str]:
    return frozenset() if seat.reads_only else seat.parties


def _grows(result: Result, instance_id: str) -> bool:
    """Whether its sum is another one tomorrow."""
    owed = result.money(instance_id)
    return owed is not None and owed.grows


def _row(found: DueFound, matter: Matter, seat: Seat, today: dt.date) -> Row:
    row = found.row
    day = row.due_day or row.target_day
    at = row.target_at if row.target_at is not None else row.due_at
    return Row(
        matter,
        found.band,
        row.state,
        None if day is None else (day - today).days,
        day,
        None if at is None else to_jst(at),
        None if row.due_at is None or row.due_at == at else to_jst(row.due_at),
        _partner(matter.line, seat.parties),
    )


def _partner(line: AgendaLine, parties: Iterable[str]) -> Side | None:
    """The other side, as whoever looks sees it; for an auditor the one who owes."""
    sides = [each for each in (line.counterparty, line.bearer) if each is not None and each.id not in parties]
    return sides[-1] if sides else None
