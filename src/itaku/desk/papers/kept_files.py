"""Files of papers (書類のファイル): kept under their digest, read back only if they are still what they were."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from itaku.desk.configuration import desk_settings
from itaku.desk.papers.errors import FileGoneError

_DIGEST = re.compile(r"[0-9a-f]{64}")


def keep(content: bytes) -> str:
    """Keeps a file durably; its SHA-256 in hexadecimal. The same content is kept once."""
    digest = hashlib.sha256(content).hexdigest()
    place = _place(digest)
    if not place.exists():
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = place.with_name(f".{digest}.{os.getpid()}.new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
        fresh.rename(place)
    return digest


def kept(digest: str) -> bytes:
    """The file of a digest. `FileGoneError` if it is missing or its content has another digest."""
    if not _DIGEST.fullmatch(digest):
        raise FileGoneError
    try:
        content = _place(digest).read_bytes()
    except OSError as error:
        raise FileGoneError(digest[:12]) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise FileGoneError(digest[:12])
    return content


def _place(digest: str) -> Path:
    return Path(desk_settings().files) / digest[:2] / digest
