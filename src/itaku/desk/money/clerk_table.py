"""The table of acts of a clerk (担当者の処理の一覧): words, fields, whose duty, and the function that does it."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, NamedTuple

import asyncpg

from itaku.basis.clock import InstantMs
from itaku.basis.written_dates import read_day
from itaku.basis.yen import Yen
from itaku.contracts.model.parts import Words
from itaku.desk.money.errors import ClerkFieldError
from itaku.settlement import clerk
from itaku.settlement.journal import reverse
from itaku.settlement.month import Month
from itaku.settlement.posting import Booked
from itaku.settlement.registration import Registration, enter_registration

LONGEST = 2000
Said = Mapping[str, str]


class About(NamedTuple):
    """Whose month it is, who acts, and when."""

    municipality: str
    month: Month
    person: str
    now: InstantMs


Does = Callable[[asyncpg.Connection, About, Said], Coroutine[Any, Any, Booked | Registration | None]]


class Field(NamedTuple):
    """A field of an act's form; `sort` is text, yen, date, month, chain or reason."""

    name: str
    ja: str
    en: str
    sort: str


class Act(NamedTuple):
    """An act: its words, clause and fields, and the contract's event whose tellers do it ("": 乙's treasurer)."""

    ja: str
    en: str
    clause: str
    event: str
    fields: tuple[Field, ...]
    does: Does


def check(name: str, said: Said) -> None:
    """Everything that an act asks for is there and can be read, before anything is begun. `ClerkFieldError`."""
    for field in ACTS[name].fields:
        text = said[field.name]
        if not text:
            raise ClerkFieldError(field.name)
        if field.sort == "yen":
            _yen(text)
        elif field.sort == "date":
            _day(text)
        elif field.sort == "month":
            Month.parse(text)


def _yen(text: str) -> Yen:
    """Whole yen as people write them: 177,000円. `ClerkFieldError`."""
    plain = unicodedata.normalize("NFKC", text).removesuffix("円").replace(",", "").strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 13):
        raise ClerkFieldError("yen")
    return Yen(int(plain))


def _day(text: str) -> dt.date:
    return read_day(text, "entered").day


async def _designate(connection: asyncpg.Connection, about: About, said: Said) -> None:
    await clerk.designate(connection, about.municipality, about.month, _day(said["on"]), about.now)


def _cash(does: Callable[..., Awaitable[Booked]]) -> Does:
    """An act about cash of a month: the paper's number, yen, and the day."""

    async def act(connection: asyncpg.Connection, about: About, said: Said) -> Booked:
        facts = (said["number"], about.month, _yen(said["yen"]), _day(said["on"]))
        return await does(connection, about.municipality, *facts, about.now)

    return act


async def _charge(connection: asyncpg.Connection, about: About, _: Said) -> Booked | None:
    return await clerk.book_late_charge(connection, about.municipality, about.month, about.now)


async def _hand_over(connection: asyncpg.Connection, about: About, said: Said) -> Booked:
    facts = (said["number"], said["chain"], _yen(said["yen"]), _day(said["on"]))
    return await clerk.hand_over(connection, about.municipality, *facts, about.now)


async def _waive(connection: asyncpg.Connection, about: About, said: Said) -> Booked | None:
    return await clerk.waive(connection, about.municipality, about.month, about.person, said["reason"], about.now)


async def _set_off(connection: asyncpg.Connection, about: About, said: Said) -> Booked:
    facts = (said["number"], about.month, Month.parse(said["other"]), _yen(said["yen"]), _day(said["on"]))
    return await clerk.set_off(connection, about.municipality, *facts, about.now)


async def _reverse(connection: asyncpg.Connection, about: About, said: Said) -> Booked:
    return await reverse(connection, about.municipality, said["key"], said["reason"], about.now)


async def _registration(connection: asyncpg.Connection, about: About, said: Said) -> Registration:
    since = _day(said["on"])
    return await enter_registration(connection, said["number"], since, said["source"], about.person, about.now)


_NUMBER = Field("number", "書類の番号", "Number of the paper", "text")
_YEN, _ON = Field("yen", "金額（円）", "Yen", "yen"), Field("on", "日", "Day", "date")
_REASON = Field("reason", "理由", "Reason", "reason")
_PAID = (_NUMBER, _YEN, _ON)

ACTS: dict[str, Act] = {
    "designate": Act("指定期日を決める", "Name the designated day", "S1-12-2", "date.set", (_ON,), _designate),
    "receive": Act("納付を確認する", "Note a remittance", "S1-12-2", "fees.received", _PAID, _cash(clerk.receive)),
    "pay-charge": Act(
        "延滞損害金の納付を確認する",
        "Note the payment of a late charge",
        "S1-15-1",
        "payment.made",
        _PAID,
        _cash(clerk.pay_late_charge),
    ),
    "pay-commission": Act(
        "繰替使用できなかった委託手数料の支払を記録する",
        "Note that the commission which could not be offset was paid",
        "S1-12-1",
        "payment.made",
        _PAID,
        _cash(clerk.pay_commission),
    ),
    "waive": Act("延滞損害金を免除する", "Waive the late charge", "S1-15-1-但", "charge.waived", (_REASON,), _waive),
    "charge": Act("延滞損害金を計上する", "Book the late charge", "S1-15-1", "", (), _charge),
    "hand-over": Act(
        "取扱店からの入金を記帳する",
        "Note what a chain handed over",
        "S1-12-2",
        "",
        (Field("chain", "事業者", "Chain", "chain"), *_PAID),
        _hand_over,
    ),
    "set-off": Act(
        "この月の過納金などを別の月に充てる",
        "Let what is too much in this month meet another's debt",
        "S1-12-2",
        "",
        (Field("other", "充てる月（2026-11 のように）", "Month whose debt is met, like 2026-11", "month"), *_PAID),
        _set_off,
    ),
    "give-back": Act(
        "過納金の還付を記帳する", "Note what was given back", "S1-12-2", "", _PAID, _cash(clerk.give_back)
    ),
    "reverse": Act(
        "仕訳を取り消す（取消仕訳）",
        "Take a posting back by a reversal",
        "S1-12-3",
        "",
        (Field("key", "仕訳の名前", "The posting's key", "text"), _REASON),
        _reverse,
    ),
    "registration": Act(
        "適格請求書の登録番号を入力する",
        "Enter the invoice registration number",
        "S1-12-1",
        "",
        (
            Field("number", "登録番号（T と数字13桁）", "Number, T and 13 digits", "text"),
            Field("on", "登録の日", "Holds from", "date"),
            Field("source", "根拠（通知書、公表サイト）", "Source: the notice, the public register", "text"),
        ),
        _registration,
    ),
}
"""Every act by the name that it has on the command line too."""


def act_words(name: str) -> Words:
    """An act in two languages."""
    return Words(ja=ACTS[name].ja, en=ACTS[name].en)
