"""Writing the nodes' settings files: TOML, one per node, 0600 (they hold the way into the node's database)."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias, cast

import msgspec

from itaku.supervisor.keyfiles import write_whole

_BARE = re.compile(r"[A-Za-z0-9_-]+")

Value: TypeAlias = "str | int | float | bool | dt.date | Path | Sequence[Value] | Mapping[str, Value] | None"
"""What a settings file can hold. `None` leaves the entry out; a path becomes its text."""


def write_settings(path: Path, values: Mapping[str, Value]) -> Path:
    """Writes a settings file whole; returns its path."""
    lines = [f"{key} = {_toml(value)}" for key, value in values.items() if value is not None]
    text = "# Written anew at every start. Keep it secret: it names passwords and keys.\n" + "\n".join(lines) + "\n"
    write_whole(path, text.encode(), 0o600)
    return path


def plain(settings: msgspec.Struct) -> Mapping[str, Value]:
    """A node's typed settings as entries of its file."""
    values = msgspec.to_builtins(settings, builtin_types=(dt.date, dt.datetime), enc_hook=str)
    return cast("Mapping[str, Value]", values)


def _toml(value: Value) -> str:
    """One value as TOML writes it; tables stand in one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str | Path):
        # JSON's escapes are TOML's; only DEL, which JSON lets stand, is a control character to TOML.
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_toml(part)}" for key, part in value.items() if part is not None) + "}"
    assert value is not None
    return "[" + ", ".join(_toml(part) for part in value) + "]"


def _key(name: str) -> str:
    """A key as TOML writes it: quoted where it is no plain word, as the name of an organisation is none."""
    return name if _BARE.fullmatch(name) else _toml(name)
