"""References (参照): how a rule names a date, a sum or a rate that is known only when it runs.

    SOURCE [@ REFERENCE] [+ PERIOD | - PERIOD]        "term:price_yen@term:signed_on"     "old:deadline + 1d"

`@` asks for the value on that day. `+ 1y` ends with the last day of a year whose first day is the next (民法 第140条,
第143条), so `+ 1d` is the next day; `- 1m` is the corresponding day a month earlier.
"""

from __future__ import annotations

import datetime as dt
import functools
import re

import msgspec

from itaku.basis.errors import ItakuError
from itaku.basis.periods import Period, PeriodUnreadableError

SOURCES: dict[str, str] = {
    "term": "a term's value",
    "old": "a term's value before the cause changed it",
    "field": "a field of the event that caused the instance",
    "field-of": "a field of the newest fitting event of a kind: KIND, or KIND#FIELD if it has several",
    "policy": "what the chosen option of a policy says: again a reference",
    "rate": "a rate of basis.rates by its id",
    "due": "the due date of the fitting instance of a provision",
    "performed": "the day that counts as its performance",
    "amount": "its amount",
    "unpaid": "what of it is unpaid, part payments taken off from the day after each",
    "paid": "what was paid on it",
    "cause": "of the instance that caused this one: due, performed, amount, unpaid, paid",
    "sum-of": "the sum of a yen field over fitting events: KIND#FIELD",
    "count-of": "the number of fitting events of a kind, or the sum of an int field: KIND#FIELD",
    "applied": "what events of a kind have paid on debts so far, in yen: KIND",
    "period": "first or last day of the recurring period",
    "fiscal-year-end": "31 March of the fiscal year that begins in that year",
}
"""What may stand before the colon."""

BARE: dict[str, str] = {
    "born": "the day of the cause",
    "ended": "the day on which the contract ended",
    "now": "the day for which the contract is asked",
}
"""Words that stand alone."""

ABOUT_INSTANCES = frozenset({"due", "performed", "amount", "unpaid", "paid"})
"""Sources that name a provision."""

CAUSE_PARTS = frozenset({"due", "performed", "amount", "unpaid", "paid"})


class ReferenceUnreadableError(ItakuError):
    """The text is no reference."""

    code = "reference_unreadable"
    ja = "参照として読めません。term:名前、field:名前、due:条項ID などの形で書いてください。"
    en = "This cannot be read as a reference. Write it like term:NAME, field:NAME or due:PROVISION."


class Reference(msgspec.Struct, frozen=True):
    """A reference as read. `source` is a key of SOURCES or BARE, "date" or "number"; `name` what stands after it."""

    text: str
    source: str
    name: str = ""
    part: str = ""
    at: Reference | None = None
    offset: Period | None = None
    backward: bool = False


@functools.lru_cache(maxsize=4096)
def read_reference(text: str) -> Reference:
    """Reads a reference; `ReferenceUnreadableError`."""
    found = _OFFSET.fullmatch(text.strip())
    if found is None:
        raise ReferenceUnreadableError(ascii(text[:60]))
    offset = None
    if found["period"]:
        try:
            offset = Period.parse(found["period"])
        except PeriodUnreadableError as error:
            raise ReferenceUnreadableError(ascii(text[:60])) from error
    head, sign, at = found["head"].partition("@")
    source, name, part = _source(head, text)
    return Reference(
        text,
        source,
        name,
        part,
        read_reference(at) if sign else None,
        offset,
        found["sign"] == "-",
    )


_OFFSET = re.compile(r"(?P<head>\S+?)(?:\s+(?P<sign>[+-])\s+(?P<period>[0-9]+[hdwmy]))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _source(head: str, text: str) -> tuple[str, str, str]:
    if _DATE.fullmatch(head):
        try:
            dt.date.fromisoformat(head)
        except ValueError as error:
            raise ReferenceUnreadableError(ascii(text[:60])) from error
        return "date", head, ""
    if head.isascii() and head.isdigit():
        return "number", head, ""
    if head in BARE:
        return head, "", ""
    source, colon, name = head.partition(":")
    if not colon or source not in SOURCES or not name:
        raise ReferenceUnreadableError(ascii(text[:60]))
    name, _, part = name.partition("#") if source in {"field-of", "sum-of", "count-of"} else (name, "", "")
    fits = {
        "cause": name in CAUSE_PARTS,
        "period": name in {"first", "last"},
        "fiscal-year-end": name.isascii() and name.isdigit() and len(name) == 4,
        "sum-of": bool(part),
    }
    if not fits.get(source, True):
        raise ReferenceUnreadableError(ascii(text[:60]))
    return source, name, part
