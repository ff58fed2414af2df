"""The fields of a telling (入力欄): made from the event's typed catalogue, read back with an error beside each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from itaku.basis.errors import ItakuError
from itaku.basis.percents import Percent
from itaku.basis.rounding import LARGEST_YEN
from itaku.basis.text import ascii_digits
from itaku.basis.written_dates import read_day, read_moment
from itaku.contracts.engine.events import catalogue
from itaku.contracts.engine.result import Result
from itaku.contracts.model.contract import FieldType, field_type
from itaku.contracts.model.parts import Words
from itaku.desk.acts.naming import choice_of, name_of
from itaku.desk.acts.offered import Choice, choices, known_values, provision_ids

LONGEST_KEY = 60
LONGEST_TEXT = 4_000
LONGEST_AMENDMENT = 40_000
"""Characters of a provision's new text."""

_NO_KEY = re.compile(r"[\[\],=]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]")
_DIGITS = re.compile(r"[0-9]{1,18}")


class Post(Protocol):
    """What a form sent, by name: Django's `QueryDict`."""

    def get(self, name: str, default: str) -> Any:
        """The last value of a name."""

    def getlist(self, name: str) -> list[Any]:
        """All values of a name."""


class FormField(msgspec.Struct, frozen=True, kw_only=True):
    """A field as the form shows it. `shape` is the control; `values` what stands in it now; `offers` its datalist."""

    name: str
    words: Words
    shape: str
    required: bool
    values: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    offers: tuple[str, ...] = ()
    error: Words | None = None

    @property
    def value(self) -> str:
        """The one value."""
        return self.values[0] if self.values else ""


class Entered(msgspec.Struct, frozen=True):
    """What was read: fields ready to be told, the texts as they were sent, and what is wrong with which."""

    fields: dict[str, Any]
    sent: dict[str, tuple[str, ...]]
    errors: dict[str, Words]


def form_fields(
    result: Result, kind: str, sent: Mapping[str, tuple[str, ...]], errors: Mapping[str, Words]
) -> list[FormField]:
    """The fields of an event's form: its keys first, then its fields in the catalogue's order."""
    known = catalogue(result.fold.contract)[kind]
    found = [
        FormField(
            name=f"f_{key}",
            words=name_of(kind, key),
            shape="text",
            required=True,
            values=sent.get(key, ()),
            offers=tuple(known_values(result, key)),
            error=errors.get(key),
        )
        for key in known.keys
    ]
    for name, text in known.fields.items():
        typed = field_type(text)
        assert typed is not None, "the lint read every type"
        options = tuple(choices(result, kind, name, typed.name))
        if typed.choices:
            options = tuple(Choice(each, choice_of(kind, name, each)) for each in typed.choices)
        elif typed.name == "bool":
            options = (Choice("yes", Words(ja="はい", en="Yes")), Choice("no", Words(ja="いいえ", en="No")))
        values = sent.get(name, ())
        shape = _shape(name, typed, options)
        if shape == "select" and values and values[0] not in {each.value for each in options}:
            options = (*options, *(Choice(each, Words(ja=each, en=each)) for each in values if each))
        found.append(
            FormField(
                name=f"f_{name}",
                words=name_of(kind, name),
                shape=shape,
                required=not typed.optional,
                values=values,
                choices=options,
                offers=tuple(known_values(result, name)) if shape == "text" else (),
                error=errors.get(name),
            )
        )
    return found


def _shape(name: str, typed: FieldType, options: tuple[Choice, ...]) -> str:
    if typed.many:
        return "checks" if options else "lines"
    if typed.choices or typed.name == "bool":
        return "radios"
    if options:
        return "select"
    if name in {"toml", "reason", "answer"}:
        return "area"
    return {"date": "date", "instant": "instant", "yen": "yen", "int": "number", "percent": "percent"}.get(
        typed.name, "text"
    )


def read_fields(result: Result, kind: str, post: Post) -> Entered:
    """Reads what a form sent. Nothing is raised: what is wrong stands in `errors`, what was sent stays in `sent`."""
    known = catalogue(result.fold.contract)[kind]
    fields: dict[str, Any] = {}
    errors: dict[str, Words] = {}
    sent = {
        name: tuple(str(each)[:LONGEST_AMENDMENT] for each in post.getlist(f"f_{name}")[:200])
        for name in (*known.keys, *known.fields)
    }
    for key in known.keys:
        try:
            fields[key] = _key((sent[key] or ("",))[-1])
        except _WrongError as error:
            errors[key] = error.words
    for name, text in known.fields.items():
        typed = field_type(text)
        assert typed is not None, "the lint read every type"
        try:
            value = _many(sent[name], typed, result) if typed.many else _one((sent[name] or ("",))[-1], typed, result)
        except _WrongError as error:
            errors[name] = error.words
            continue
        if name == "instance" and value is not None and value not in result.fold.instances:
            errors[name] = Words(
                ja="その一件はありません。一覧から選んでください。", en="There is no such one. Choose one."
            )
            continue
        if value is not None:
            fields[name] = value
        elif not typed.optional:
            errors[name] = _missing(typed)
    return Entered(fields, sent, errors)


class _WrongError(Exception):
    def __init__(self, ja: str, en: str) -> None:
        super().__init__(ja)
        self.words = Words(ja=ja, en=en)


def _missing(typed: FieldType) -> Words:
    if typed.choices or typed.name in {"bool", "provision", "term"}:
        return Words(ja="選んでいません。一つ選んでください。", en="Nothing is chosen. Choose one.")
    return Words(ja="空です。入れてください。", en="This is empty. Fill it in.")


def _key(text: str) -> str:
    plain = clean(text, LONGEST_KEY).strip()
    if not plain:
        raise _WrongError("空です。入れてください。", "This is empty. Fill it in.")
    if _NO_KEY.search(plain) or "\n" in plain:
        raise _WrongError("[ ] , = と改行は使えません。", "Brackets, commas, = and line breaks cannot be used.")
    return plain


def clean(text: str, longest: int) -> str:
    """A text without what no paper holds; raises for control characters and for more than `longest` characters."""
    if _CONTROL.search(text):
        raise _WrongError("使えない文字（制御文字）があります。", "It holds control characters.")
    if len(text) > longest:
        raise _WrongError(f"長すぎます（{longest:,}文字まで）。", f"Too long (up to {longest:,} characters).")
    return text.replace("\r\n", "\n")


def checked_text(text: str, longest: int = LONGEST_TEXT) -> tuple[str, Words | None]:
    """A free text (a reason, say) and what is wrong with it."""
    try:
        return clean(text, longest).strip(), None
    except _WrongError as error:
        return "", error.words


def _many(texts: tuple[str, ...], typed: FieldType, result: Result) -> list[Any] | None:
    lines = [line.strip() for text in texts for line in text.splitlines() if line.strip()]
    return [_one(line, typed, result) for line in dict.fromkeys(lines)] or None


def _one(text: str, typed: FieldType, result: Result) -> Any:
    plain = clean(text, LONGEST_AMENDMENT if typed.name == "text" else LONGEST_TEXT).strip()
    if not plain:
        return None
    reader = _READERS.get(typed.name)
    if reader is not None:
        return reader(plain)
    if typed.choices and plain not in typed.choices:
        raise _WrongError("一覧にない値です。", "This is not one of the choices.")
    if typed.name == "provision" and plain not in provision_ids(result.fold.contract):
        raise _WrongError("その条項はありません。", "There is no such provision.")
    if typed.name == "term" and plain not in result.fold.contract.terms:
        raise _WrongError("その条件はありません。", "There is no such term.")
    return plain


def _whole(plain: str) -> int:
    digits = ascii_digits(plain).replace(",", "").replace("，", "").replace("、", "").removesuffix("円").strip()
    if not _DIGITS.fullmatch(digits) or int(digits) > LARGEST_YEN:
        raise _WrongError(
            f"0から{LARGEST_YEN:,}までの整数で入れてください。", f"Enter a whole number from 0 to {LARGEST_YEN:,}."
        )
    return int(digits)


def _yes_or_no(plain: str) -> bool:
    if plain not in {"yes", "no"}:
        raise _WrongError("一つ選んでください。", "Choose one.")
    return plain == "yes"


def _coded(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def reader(plain: str) -> Any:
        try:
            return read(plain)
        except ItakuError as error:
            raise _WrongError(error.ja, error.en) from error

    return reader


_READERS: dict[str, Callable[[str], Any]] = {
    "yen": _whole,
    "int": _whole,
    "bool": _yes_or_no,
    "date": _coded(lambda plain: read_day(plain, "").day.isoformat()),
    "instant": _coded(lambda plain: read_moment(plain, "").isoformat()),
    "percent": _coded(lambda plain: Percent(ascii_digits(plain).removesuffix("%")).text),
}
"""How a written value of a type is read."""


def as_sent(fields: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Told values as a form would have sent them: to fill a form ahead, or to carry them to the next page."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in fields.items():
        if isinstance(value, bool):
            found[name] = ("yes" if value else "no",)
        elif isinstance(value, list | tuple):
            found[name] = tuple(map(str, value))
        else:
            found[name] = (str(value),)
    return found
