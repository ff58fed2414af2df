"""Where kept contracts lie (契約の置き場): the settings file by which commands and desks reach them."""

from __future__ import annotations

from pathlib import Path

import msgspec

FILE_NAME = "contracts.toml"
"""The file's name in the folder of settings."""


class KeptSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The database of kept contracts, and the sandbox's shared clock where there is one."""

    dsn: str
    clock_file: str | None = None

    @property
    def clock_path(self) -> Path | None:
        """The clock's file, for `basis.clock.clock_from`."""
        return None if self.clock_file is None else Path(self.clock_file)


def read_kept_settings(path: Path) -> KeptSettings:
    """Reads the file. Raises `OSError` and `msgspec.MsgspecError`."""
    return msgspec.toml.decode(path.read_bytes(), type=KeptSettings)
