"""Further works of the demonstration (見本の業務): invented contracts on the shelf's forms, always near their middle.

Their events are days from the day on which a sandbox first opened them, so that whoever starts one today finds
something overdue, something due, and something that went well.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from importlib import resources
from typing import Any

import msgspec

from itaku.basis.clock import Clock, to_jst
from itaku.basis.randomness import SystemRandomness
from itaku.contracts.engine.events import Told
from itaku.contracts.keeping.keeping import Keeper
from itaku.contracts.keeping.naming import Naming
from itaku.contracts.keeping.schema import prepare
from itaku.contracts.model.parts import Words
from itaku.contracts.shelf import form
from itaku.sandbox.contract_lives import told_by
from itaku.store.postgres import open_pool

_CITY = Words(ja="汐見市", en="Shiomi City")
_EVENT_COMPANY = Words(ja="株式会社潮風イベント", en="Shiokaze Event Co., Ltd.")
_TERM_DAYS = 90
"""How long each work's term still runs when it is opened."""

_REPORT = """
id = "S2-12-1-但-R7"
kind = "document"
ja = "報告書は契約期間の末日までに出す。"
en = "The report is due by the last day of the term."
bearer = "乙"
trigger.event = "contract.signed"
due.on = "term:term_end"
discharge = {event = "report.received"}
paper = "completion-report"
"""
"""The form names the marathon's own fiscal year; these works agree on the end of their own term."""

Happening = tuple[int | str, str, str, dict[str, Any]]
"""Days from the opening (with a time of day: "-40T13:05"), the kind, who tells it ("" for nobody), the fields."""


class Work(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A work: its contract's id, form, names, price and day of signing, and what happened since.

    `fresh`: its first papers are still to come.
    """

    id: str
    form: str
    ja: str
    en: str
    signed: int
    events: tuple[Happening, ...]
    committee: Words | None = None
    client: Words | None = None
    contractor: Words | None = None
    price: int = 0
    fresh: bool = False

    @property
    def naming(self) -> Naming:
        """The kept contract's own names."""
        if self.form == "marathon":
            parties = {"committee": self.committee or _CITY, "prefecture": _CITY, "contractor": _EVENT_COMPANY}
        else:
            parties = {"client": self.client or _CITY, "contractor": self.contractor or _CITY}
        return Naming(title=Words(ja=self.ja, en=self.en), parties=parties)


class _Works(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    work: tuple[Work, ...]


@functools.cache
def works() -> tuple[Work, ...]:
    """All of them, in the file's order."""
    file = resources.files("itaku.sandbox").joinpath("contract_histories", "works.toml")
    return msgspec.toml.decode(file.read_bytes(), type=_Works).work


def life(work: Work, opened: dt.date) -> list[Told]:
    """The events of a work that was opened on a day, in their legal order; some lie after that day."""
    happenings = sorted((*_beginning(work), *work.events), key=lambda each: _place(each[0]))
    return [
        Told(
            id=f"e{number}",
            at=_at(at, opened),
            kind=kind,
            fields={name: _field(value, opened) for name, value in fields.items()},
            by=by or None,
        )
        for number, (at, kind, by, fields) in enumerate(happenings, 1)
    ]


async def load_works(dsn: str, clock: Clock, say: Callable[[str], None]) -> None:
    """Opens the works that are not there yet, and tells of each what has happened since the last start.

    A contract of which somebody else told something is left as it is.
    """
    today = to_jst(clock.now()).date()
    pool = await open_pool(dsn, max_size=1, application_name="itaku-sandbox")
    told = 0
    try:
        await prepare(pool)
        keeper = Keeper(pool, form, clock, SystemRandomness())
        there = set(await keeper.contracts())
        for work in works():
            if work.id not in there:
                await keeper.open(work.id, work.form, work.naming)
            opened = to_jst(await keeper.opened_at(work.id)).date()
            past = told_by(life(work, opened), today)
            known = await keeper.told(work.id)
            if known == past[: len(known)] and len(known) < len(past):
                await keeper.append_all(work.id, past[len(known) :])
                told += len(past) - len(known)
    finally:
        await pool.close()
    if told:
        say(
            f"汐見市のほかの業務{len(works())}件に架空の出来事{told}件を読み込みました。/ "
            f"Loaded {told} invented events of {len(works())} further works."
        )


def _beginning(work: Work) -> tuple[Happening, ...]:
    """How every work begins: signed and sealed, and unless it is fresh, its first papers in order."""
    day = work.signed
    if work.form == "certificates":
        return (
            (day, "contract.signed", "", {}),
            (day, "term.set", "", {"term": "term_start", "date": f"{day + 5:+}"}),
            (day, "term.set", "", {"term": "term_end", "date": f"{day + 369:+}"}),
            (day, "term.set", "", {"term": "tax_percent", "text": "10"}),
            (day, "originals.exchanged", "client", {}),
            (day, "signatures.recorded", "contractor", {"on": f"{day:+}"}),
        )
    signed: tuple[Happening, ...] = (
        (day, "term.set", "", {"term": "deadline", "date": f"{_TERM_DAYS:+}"}),
        (day, "term.set", "", {"term": "term_end", "date": f"{_TERM_DAYS:+}"}),
        (day, "contract.signed", "", {}),
        (day, "policy.chosen", "", {"policy": "amendment.open-instances", "option": "new"}),
        (day, "provision.amended", "", {"toml": _REPORT}),
        (day, "term.set", "", {"term": "price_yen", "yen": work.price}),
        (day, "term.set", "", {"term": "price_tax_yen", "yen": work.price // 11}),
        (day, "term.set", "", {"term": "tax_percent", "text": "10"}),
        (day, "contract.sealed", "committee", {"on": f"{day:+}"}),
        (day, "originals.exchanged", "committee", {}),
    )
    if work.fresh:
        return signed
    return (
        *signed,
        (day + 1, "schedule.submitted", "contractor", {"version": "1"}),
        (day + 2, "engineer.notified", "contractor", {}),
        (day + 6, "schedule.reviewed", "committee", {"version": "1", "result": "fit"}),
    )


def _place(at: int | str) -> tuple[int, str]:
    """Where an event stands in order: days alone come before times of that day."""
    days, _, time = str(at).partition("T")
    return int(days), time


def _at(at: int | str, opened: dt.date) -> str:
    """2026-10-13, or 2026-10-13T13:05."""
    days, clock, time = str(at).partition("T")
    return (opened + dt.timedelta(days=int(days))).isoformat() + clock + time


def _field(value: Any, opened: dt.date) -> Any:
    """A field's value; a text of a sign and digits is a day."""
    if isinstance(value, str) and value[:1] in {"+", "-"} and value[1:].isdigit():
        return (opened + dt.timedelta(days=int(value))).isoformat()
    return value
