"""Poisoned records and pages (R8, R9, R10): what must be refused before any money is asked for."""

from __future__ import annotations

import datetime as dt
import functools
from typing import TYPE_CHECKING

from itaku.basis.eras import era_of, is_valid_era_date
from itaku.issuance.simulator.chance import Chance
from itaku.issuance.simulator.population import Facts

if TYPE_CHECKING:
    from itaku.issuance.simulator.works import ModelDocument


class Poison:
    """Spoils records and pages by chance, and remembers for which issuances."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._looked_at: set[bytes] = set()
        self.records: set[bytes] = set()
        """Issuances whose record is blank: no document may be made."""
        self.pages: set[bytes] = set()
        """Issuances of which one rendering came out spoilt. Another attempt may be good."""

    def record(self, issuance_id: bytes, facts: Facts, *, numbered: bool) -> Facts:
        """The register's facts, perhaps without the personal number that is asked for: at each look the same."""
        if not numbered:
            return facts
        if issuance_id not in self._looked_at:
            self._looked_at.add(issuance_id)
            if self._chance.hit("blank_number"):
                self.records.add(issuance_id)
        return facts._replace(number=issuance_id not in self.records)

    def page(self, document: ModelDocument) -> ModelDocument:
        """The rendered page, perhaps with a day that never was, or without its seal."""
        if document.date_text:
            spoilt = date_of_ended_era(document.facts.since)
            if spoilt != document.date_text and self._chance.hit("wrong_era"):
                self.pages.add(document.issuance_id)
                return document._replace(date_text=spoilt)
        if self._chance.hit("no_seal"):
            self.pages.add(document.issuance_id)
            return document._replace(sealed=False)
        return document

    def forget(self, issuance_id: bytes) -> None:
        """The issuance was audited."""
        self._looked_at.discard(issuance_id)
        self.records.discard(issuance_id)
        self.pages.discard(issuance_id)

    def spoilt(self, document: ModelDocument) -> bool:
        """Whether this very page must never be printed."""
        return not document.sealed or (bool(document.date_text) and not is_valid_era_date(document.date_text))


@functools.cache
def date_of_ended_era(day: dt.date) -> str:
    """The day as a program with an old table of eras writes it: 平成31年5月7日."""
    before = era_of(dt.date(day.year, 1, 1))
    year = day.year - before.first.year + 1
    return f"{before.name}{'元' if year == 1 else year}年{day.month}月{day.day}日"
