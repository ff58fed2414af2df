"""What the keys, fields and coded values of events are called on a form (ことば), from `words.toml`."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Any

from itaku.contracts.model.parts import Words


@functools.cache
def _file() -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "words.toml").read_text(encoding="utf-8"))


def known_name(kind: str, name: str) -> Words | None:
    """The name of a key or field of an event, if the file has one."""
    return _words(_file()["names"], kind, name)


def known_choice(kind: str, field: str, value: str) -> Words | None:
    """The name of a coded value of a field, if the file has one."""
    return _words(_file()["choices"], f"{kind}.{field}", value)


def name_of(kind: str, name: str) -> Words:
    """The name of a key or field; its own id where a contract's file has a name that nobody put into words yet."""
    return known_name(kind, name) or Words(ja=name, en=name)


def choice_of(kind: str, field: str, value: str) -> Words:
    """The name of a coded value; the value itself where it has none."""
    return known_choice(kind, field, value) or Words(ja=value, en=value)


def value_of(kind: str, field: str, value: Any) -> Words:
    """A told value for people."""
    if isinstance(value, bool):
        return Words(ja="はい", en="yes") if value else Words(ja="いいえ", en="no")
    if isinstance(value, int):
        unit_ja, unit_en = ("円", " yen") if field.endswith("yen") else ("", "")
        return Words(ja=f"{value:,}{unit_ja}", en=f"{value:,}{unit_en}")
    if isinstance(value, list):
        text = "、".join(map(str, value))
        return Words(ja=text, en=text.replace("、", ", "))
    return choice_of(kind, field, str(value))


def _words(table: dict[str, Any], of: str, name: str) -> Words | None:
    found = table.get(of, {}).get(name) if isinstance(table.get(of), dict) else None
    found = found or table.get(name)
    return Words(ja=found[0], en=found[1]) if isinstance(found, list) else None
