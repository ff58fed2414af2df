"""Rates by date (率の表), each row with its legal basis and source. A rate that is not known is never guessed."""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from collections.abc import Sequence
from importlib import resources
from typing import Literal

import msgspec

from itaku.basis.errors import ItakuError
from itaku.basis.percents import Percent
from itaku.basis.working import Line, day_en, day_ja


class RateUnknownError(ItakuError):
    """No rate is on file for the day. `detail` names the rate, the day and the clauses that wait for it."""

    code = "rate_unknown"
    ja = "その日の率が登録されていません。率・根拠・出典を登録するまで、待っている条項の計算はできません。"
    en = "No rate is on file for that day. The clause that needs it waits until rate, basis and source are entered."


class RateRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rate from a day on. `source` says where it was found, `confirmed_on` up to when it was seen in force."""

    from_date: dt.date
    percent: str
    source: str
    status: Literal["found", "start date unconfirmed", "entered"] = "found"
    confirmed_on: dt.date | None = None


class RateSeries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All known rows of one rate, oldest first, its legal basis, and the clauses that wait where a row is missing."""

    legal_basis: str
    waits: tuple[str, ...]
    row: tuple[RateRow, ...] = ()


class Rate(msgspec.Struct, frozen=True):
    """The rate in force on a day, with its working.

    `last_confirmed_on` is set where it rests on the newest row: until when that row is known to have been in force.
    """

    rate_id: str
    on: dt.date
    percent: Percent
    legal_basis: str
    source: str
    last_confirmed_on: dt.date | None
    working: tuple[Line, ...]


@functools.cache
def known_rates() -> dict[str, RateSeries]:
    """The rates that are shipped with the product (`rates.toml`), by id."""
    raw = tomllib.loads((resources.files("itaku.basis") / "rates.toml").read_text(encoding="utf-8"))
    series = msgspec.convert(raw["rate"], dict[str, RateSeries])
    for each in series.values():
        days = [row.from_date for row in each.row]
        assert days == sorted(set(days)), "rows stand in the order of their days"
        assert all(Percent(row.percent) for row in each.row), "every rate can be read"
    return series


def rate_on(rate_id: str, on: dt.date, clause: str = "", entered: Sequence[RateRow] = ()) -> Rate:
    """The rate in force on a day. `clause` is the clause that asks; `entered` are rows that a person has added.

    An entered row replaces the shipped one of the same day. Raises `RateUnknownError`, naming the clauses that wait.
    """
    series = known_rates().get(rate_id)
    if series is None:
        raise RateUnknownError(f"{rate_id[:40]!a}, waits: {clause or '-'}")
    rows = sorted({row.from_date: row for row in (*series.row, *entered)}.values(), key=lambda row: row.from_date)
    begun = [row for row in rows if row.from_date <= on]
    if not begun:
        raise RateUnknownError(f"{rate_id} on {on.isoformat()}, waits: {clause or ', '.join(series.waits)}")
    row = begun[-1]
    newest = row is rows[-1]
    confirmed = (row.confirmed_on or row.from_date) if newest else None
    return Rate(
        rate_id,
        on,
        Percent(row.percent),
        series.legal_basis,
        row.source,
        confirmed,
        tuple(_lines(row, on, series.legal_basis, confirmed)),
    )


def _lines(row: RateRow, on: dt.date, basis: str, confirmed: dt.date | None) -> list[Line]:
    lines = [
        Line(
            f"{day_ja(on)} の率: 年{row.percent}%（{day_ja(row.from_date)} から。出典: {row.source}）",
            f"Rate on {day_en(on)}: {row.percent} % a year (from {row.from_date.isoformat()}; source: {row.source})",
            basis,
        )
    ]
    if row.status == "start date unconfirmed":
        lines.append(
            Line(
                "この率の適用開始日は出典で確認できていない",
                "The first day of this rate is not confirmed by its source",
                basis,
            )
        )
    if confirmed is not None:
        lines.append(
            Line(
                f"最も新しい行による。最終確認: {day_ja(confirmed)}。その後の改正がないか確かめること",
                f"Rests on the newest row, last confirmed on {confirmed.isoformat()}: check for later changes",
                basis,
            )
        )
    return lines
