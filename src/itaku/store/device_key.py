"""The device's key: 32 random bytes in a file that only the device's own user can read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from itaku.basis.randomness import Randomness
from itaku.store.errors import DeviceKeyUnfitError

KEY_BYTES = 32


def make_device_key(path: Path, randomness: Randomness) -> bytes:
    """Writes a fresh key to `path` (mode 0600, durable) and gives it back; `DeviceKeyUnfitError` if the file exists."""
    key = randomness.token(KEY_BYTES)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise DeviceKeyUnfitError(error.strerror or "cannot be made") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    sync_directory(path.parent)
    return key


def read_device_key(path: Path) -> bytes:
    """The key in `path`; `DeviceKeyUnfitError` if it is missing, no plain file, open to others, or of another size."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise DeviceKeyUnfitError(error.strerror or "cannot be read") from error
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode) or state.st_mode & 0o077:
            raise DeviceKeyUnfitError(f"mode {stat.S_IMODE(state.st_mode):04o}")
        key = file.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        raise DeviceKeyUnfitError("not 32 bytes")
    return key


def sync_directory(directory: Path) -> None:
    """Makes a new or renamed name in `directory` durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
