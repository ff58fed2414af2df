"""A run of requests (標準入力の1行に1件): one JSON object a line in, one a line out; a bad line never ends the run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, BinaryIO, NoReturn, TypeVar

import msgspec

from itaku.basis.errors import ItakuError

LONGEST_LINE = 1 << 20
"""Bytes of the longest line that is read; a longer one is refused and passed over."""

Request = TypeVar("Request", bound=msgspec.Struct)


class LineUnreadableError(ItakuError):
    """The line is no JSON object in UTF-8, or is too long."""

    code = "line_unreadable"
    ja = "この行をJSONのオブジェクトとして読めません。"
    en = "This line cannot be read as a JSON object."


class NumberNotWholeError(ItakuError):
    """A number has a fraction or an exponent. Yen are whole; rates are decimal text."""

    code = "number_not_whole"
    ja = '小数の数値は受け付けません。円は整数で、率は "2.5" のように文字列で書いてください。'
    en = 'Numbers with a fraction or an exponent are refused. Write yen as integers and rates as text, like "2.5".'


class KeyUnknownError(ItakuError):
    """The object has a key that this request does not know, or the same key twice."""

    code = "key_unknown"
    ja = "知らない項目か、二重の項目があります。detail の項目名を確かめてください。"
    en = "There is an unknown or repeated key. `detail` names it."


class ValueUnfitError(ItakuError):
    """A key is missing, or its value is of another kind than asked for."""

    code = "value_unfit"
    ja = "項目が足りないか、値の種類が違います。detail を確かめてください。"
    en = "A key is missing, or a value is of the wrong kind. `detail` says which."


def parse(text: str | bytes, kind: type[Request]) -> Request:
    """One request. Raises `LineUnreadableError`, `NumberNotWholeError`, `KeyUnknownError`, `ValueUnfitError`."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        value = json.loads(
            text, parse_float=_no_float, parse_constant=_no_float, object_pairs_hook=_once, parse_int=_integer
        )
    except (ValueError, RecursionError) as error:
        raise LineUnreadableError(type(error).__name__) from error
    if not isinstance(value, dict):
        raise LineUnreadableError("not an object")
    unknown = set(value).difference(kind.__struct_encode_fields__)
    if unknown:
        raise KeyUnknownError(", ".join(sorted(ascii(key[:40]) for key in unknown)[:5]))
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise ValueUnfitError(str(error)) from error


def whole_number(text: str) -> int:
    """An integer as an argument of the command line. Raises `NumberNotWholeError`, or `ValueUnfitError` if too long."""
    if not text.isascii() or not text.removeprefix("-").isdigit():
        raise NumberNotWholeError(ascii(text[:40]))
    return _integer(text)


def answer_lines(source: BinaryIO, out: BinaryIO, answer: Callable[[bytes], dict[str, Any]]) -> int:
    """Answers each line of `source` with one line, flushed before the next is read. 0 when the source has ended.

    An error stands in its line's answer with the line's number, counted from 1.
    """
    number = 0
    while line := source.readline(LONGEST_LINE + 1):
        number += 1
        try:
            if len(line) > LONGEST_LINE:
                _pass_over(source, line)
                raise LineUnreadableError(f"longer than {LONGEST_LINE} bytes")
            result = answer(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
        except ItakuError as error:
            result = {"error": {**error.as_json(), "line": number}}
        out.write(json_text(result) + b"\n")
        out.flush()
    return 0


def json_text(value: Any) -> bytes:
    """A value as one line of JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _pass_over(source: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = source.readline(LONGEST_LINE)


def _no_float(text: str) -> NoReturn:
    raise NumberNotWholeError(text[:40])


def _integer(text: str) -> int:
    if len(text) > 20:
        raise ValueUnfitError("an integer of more than 20 digits")
    return int(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise KeyUnknownError("a key stands twice")
    return found
