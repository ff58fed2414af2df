"""`itaku late-charge`: a late charge with its working; one from the command line, or one for each line of input."""

from __future__ import annotations

from typing import Any, BinaryIO

import msgspec

from itaku.basis.day_ranges import DayRange
from itaku.basis.errors import ItakuError
from itaku.basis.late_charge import LateCharge, PartPayment, late_charge
from itaku.basis.percents import Percent
from itaku.basis.rates import Rate, rate_on
from itaku.basis.rounding import BaseCut, Rounding, checked_yen
from itaku.basis.working import Line, lines_text
from itaku.basis.written_dates import read_day
from itaku.commands.json_lines import answer_lines, parse, whole_number


class RateChoiceError(ItakuError):
    """Neither a percentage nor a named rate with its day was given, or both were."""

    code = "rate_choice"
    ja = "率は percent か、rate と rate_on の組の、どちらか一方で指定してください。"
    en = "Give the rate either as percent, or as rate together with rate_on."


class Paid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part payment: the day and whole yen."""

    on: str
    yen: int


class LateChargeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked: base in whole yen, a rate, first and last day (both counted), and the contract's choices.

    The rate is a `percent` in decimal text, or a named `rate` as it stood on the day `rate_on`. `exclude` holds ranges
    `D..D`; `payments` part payments; `base_unit` what the base is cut to (1, 100, 1000 yen).
    """

    base_yen: int
    first: str | None
    last: str | None
    percent: str | None = None
    rate: str | None = None
    rate_on: str | None = None
    exclude: tuple[str, ...] = ()
    payments: tuple[Paid, ...] = ()
    base_unit: int = 1
    rounding: Rounding = Rounding.RESULT_FLOOR_100
    clause: str = ""


def charge(request: LateChargeRequest) -> tuple[dict[str, Any], str]:
    """The charge as data and as text. Raises the coded errors of `basis`."""
    base = checked_yen(request.base_yen)
    delay = DayRange(
        read_day(request.first, request.clause or "first").day, read_day(request.last, request.clause or "last").day
    )
    percent, rate = _rate(request)
    found: LateCharge = late_charge(
        base,
        percent,
        delay,
        excluded=tuple(DayRange.parse(each, request.clause or "exclude") for each in request.exclude),
        payments=tuple(
            PartPayment(read_day(paid.on, request.clause or "payments").day, checked_yen(paid.yen))
            for paid in request.payments
        ),
        base_cut=BaseCut(request.base_unit),
        rounding=request.rounding,
        **({"clause": request.clause} if request.clause else {}),
    )
    lines = (*(rate.working if rate else ()), *found.working)
    facts: dict[str, Any] = {"yen": found.yen, "days": found.days, "working": msgspec.to_builtins(lines)}
    if rate is not None:
        confirmed = rate.last_confirmed_on
        facts |= {
            "percent": percent.text,
            "source": rate.source,
            "last_confirmed_on": None if confirmed is None else confirmed.isoformat(),
        }
    return facts, _text(found, lines)


def charge_lines(source: BinaryIO, out: BinaryIO) -> int:
    """Answers one request a line until the input ends."""
    return answer_lines(source, out, lambda line: charge(parse(line, LateChargeRequest))[0])


def paid(text: str) -> Paid:
    """A part payment from the command line, `D=N`."""
    day, _, yen = text.partition("=")
    return Paid(day, whole_number(yen))


def _rate(request: LateChargeRequest) -> tuple[Percent, Rate | None]:
    if request.percent is not None and request.rate is None and request.rate_on is None:
        return Percent(request.percent), None
    if request.percent is not None or request.rate is None or request.rate_on is None:
        raise RateChoiceError
    rate = rate_on(request.rate, read_day(request.rate_on, request.clause or "rate_on").day, request.clause)
    return rate.percent, rate


def _text(found: LateCharge, lines: tuple[Line, ...]) -> str:
    return f"{found.yen:,}円（{found.days:,}日 / {found.days:,} days）\n{lines_text(lines)}"
