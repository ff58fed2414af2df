"""Lives of the certificates contract for its scenario tests: signing, months, and what is told of them."""

from __future__ import annotations

import calendar
import datetime as dt

from contracts_lives import Life

from itaku.contracts.shelf import form

CERTIFICATES = form("certificates")
FEE_YEN = 300


def signed(
    on: str = "2026-03-25",
    start: str = "2026-04-01",
    end: str | None = "2027-03-31",
    tax: str | None = "10",
) -> Life:
    """The contract signed, its blanks filled in as far as they are given."""
    life = Life(CERTIFICATES, on)
    life.tell(on, "term.set", term="term_start", date=start)
    if end is not None:
        life.tell(on, "term.set", term="term_end", date=end)
    if tax is not None:
        life.tell(on, "term.set", term="tax_percent", text=tax)
    return life


def closed(life: Life, day: str, month: str, copies: int = 1_000, refunded: int = 0) -> None:
    """A month is closed: so many copies at 300 yen stay issued, and so many more were refunded."""
    year, number = (int(part) for part in month.split("-"))
    life.tell(
        day,
        "month.closed",
        month=month,
        fees_yen=copies * FEE_YEN,
        issued=copies + refunded,
        voided=refunded,
        copies=copies,
        last_day=dt.date(year, number, calendar.monthrange(year, number)[1]).isoformat(),
    )


def designated(life: Life, day: str, month: str, due: str) -> None:
    """The client names the day by which a month's fees are remitted."""
    life.tell(day, "date.set", under="S1-12-2", date=due, instance=f"S1-12-2[month={month}]")


def offset(life: Life, day: str, month: str, yen: int = 123_000) -> None:
    """The commission is offset."""
    life.tell(day, "commission.offset", month=month, yen=yen)


def received(life: Life, day: str, month: str, yen: int) -> None:
    """Cash of a month has come in."""
    life.tell(day, "fees.received", month=month, yen=yen)


def april(offset_on: str | None = "2026-05-29") -> Life:
    """April 2026 with 1,000 copies, to be remitted by 29 May; its commission is offset, the cash is open."""
    life = signed()
    closed(life, "2026-05-01", "2026-04")
    designated(life, "2026-05-01", "2026-04", "2026-05-29")
    if offset_on is not None:
        offset(life, offset_on, "2026-04")
    return life


def found(life: Life, day: str, on: str, *, result: bool = True, instance: str | None = None) -> None:
    """A person of the client finds that a condition holds, or not."""
    about = {} if instance is None else {"instance": instance}
    life.tell(day, "finding.made", on=on, result=result, person="担当者", reason="調べた結果", **about)


def proved(
    life: Life, day: str, under: str, slot: str, instance: str | None = None, expires: str | None = None
) -> None:
    """A document goes into a slot."""
    more = {} if instance is None else {"instance": instance}
    more |= {} if expires is None else {"expires_on": expires}
    life.tell(day, "evidence.filed", under=under, slot=slot, sha256="00" * 32, **more)
