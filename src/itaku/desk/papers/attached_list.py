"""One digest for all that is attached to a version (添付の一覧のダイジェスト), as the contract is told of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def attached_digest(digests: Iterable[str]) -> str:
    """SHA-256 over the files' own digests, in hexadecimal, sorted, each on a line; of nothing at all for none."""
    return hashlib.sha256("".join(f"{each}\n" for each in sorted(digests)).encode()).hexdigest()
