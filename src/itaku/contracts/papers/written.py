"""How values are written on a paper, and how what a person enters is read (記入): typed, bounded, never markup."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from itaku.basis.clock import InstantMs, to_instant
from itaku.basis.eras import era_date
from itaku.basis.errors import ItakuError
from itaku.basis.percents import Percent
from itaku.basis.rates import Rate
from itaku.basis.rounding import LARGEST_YEN
from itaku.basis.text import ascii_digits
from itaku.basis.working import moment_ja
from itaku.basis.written_dates import read_day, read_moment
from itaku.basis.yen import Yen, yen_text
from itaku.contracts.model.contract import PaperField
from itaku.contracts.papers.errors import PaperEntryError

LONGEST_ENTRY = 4_000
"""Characters in one blank: two pages of text."""

Typed = str | int | bool | dt.date
"""What a blank can hold."""

_WEEKDAYS = "月火水木金土日"
_YES = {"true": True, "yes": True, "はい": True, "有": True, "false": False, "no": False, "いいえ": False, "無": False}
_WHOLE = re.compile(r"[0-9]{1,16}|[0-9]{1,3}(,[0-9]{3}){1,5}")


def paper_day(day: dt.date) -> str:
    """A day as papers write it: 令和9年4月20日（火）."""
    return f"{era_date(day)}（{_WEEKDAYS[day.weekday()]}）"


def shown(value: object, field: PaperField | None = None) -> str:
    """A value in the words of the paper."""
    kind = field.type if field is not None else ""
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, dt.date):
        return paper_day(value)
    if isinstance(value, Rate):
        return f"年{value.percent.text}%"
    if isinstance(value, Percent):
        return f"{value.text}%"
    if isinstance(value, int):
        if kind == "instant":
            return moment_ja(InstantMs(value))
        return yen_text(Yen(value)) if kind == "yen" else f"{value:,}"
    if isinstance(value, tuple):
        return "、".join(shown(each, field) for each in value)
    text = str(value)
    return field.words.get(text, text) if field is not None else text


def read_entry(name: str, field: PaperField, text: str) -> Typed:
    """What a person entered into a blank, typed. `PaperEntryError` names the blank, never what was entered."""
    text = checked_text(name, text)
    try:
        return _typed(field, text)
    except (ItakuError, ValueError) as error:
        raise PaperEntryError(f"{name}: {field.type}") from error


def _typed(field: PaperField, text: str) -> Typed:
    if field.type == "date":
        return read_day(text, "entered").day
    if field.type == "instant":
        return to_instant(read_moment(text, "entered"))
    if field.type in {"yen", "int"}:
        plain = ascii_digits(text).replace("，", ",").removeprefix("金").removesuffix("円")
        if not _WHOLE.fullmatch(plain) or int(plain.replace(",", "")) > LARGEST_YEN:
            raise ValueError("no whole number")
        return int(plain.replace(",", ""))
    if field.type == "bool":
        return _YES[text.lower()] if text.lower() in _YES else _refuse()
    if field.type == "percent":
        return Percent(ascii_digits(text).removesuffix("%").removesuffix("％")).text
    if field.words:
        coded = {words: code for code, words in field.words.items()}
        return text if text in field.words else coded[text] if text in coded else _refuse()
    return text


def _refuse() -> bool:
    raise ValueError("none of the words of the blank")


def checked_text(name: str, text: str) -> str:
    """Text as it may stand on a paper: line feeds stay, other control characters and invisible marks are refused."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "　").strip(" 　\n")
    if not text:
        raise PaperEntryError(f"{name}: empty")
    if len(text) > LONGEST_ENTRY:
        raise PaperEntryError(f"{name}: longer than {LONGEST_ENTRY} characters")
    for character in text:
        if character != "\n" and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
            raise PaperEntryError(f"{name}: U+{ord(character):04X}")
    return text
