"""From what a paper was made (出所): the instant, the last event known, and a digest of every input."""

from __future__ import annotations

import functools
import hashlib

import msgspec

from itaku.basis.canonical import Plain, digest
from itaku.basis.public_holidays import FIRST_DAY, LAST_VOUCHED_YEAR, LAST_YEAR, holidays_of
from itaku.basis.rates import known_rates
from itaku.contracts.engine.result import Result
from itaku.contracts.keeping.due_index import ENGINE
from itaku.contracts.papers.content import Provenance


def provenance(result: Result) -> Provenance:
    """What the paper cites, so that anybody can make it again and get the same bytes."""
    fold = result.fold
    return Provenance(
        result.as_of,
        result.seq,
        fold.contract.sha256.hex(),
        _rates(result).hex(),
        _calendar().hex(),
        digest("itaku.paper.policies", dict(fold.choices.chosen)).hex(),
        ENGINE,
    )


def _rates(result: Result) -> bytes:
    shipped = msgspec.to_builtins(known_rates())
    entered = {name: [msgspec.to_builtins(row) for row in rows] for name, rows in result.fold.rates.items()}
    return hashlib.sha256(msgspec.json.encode({"shipped": shipped, "entered": entered}, order="sorted")).digest()


@functools.cache
def _calendar() -> bytes:
    """All public holidays that the product knows: the closing days of offices follow from them."""
    days: dict[str, Plain] = {}
    for year in range(FIRST_DAY.year, LAST_YEAR + 1):
        days |= {day.isoformat(): holiday.ja for day, holiday in holidays_of(year).items()}
    return digest("itaku.paper.calendar", {"vouched": LAST_VOUCHED_YEAR, "days": days})
