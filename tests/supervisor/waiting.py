"""What tests of processes look at: whether one runs, and the moment when something has come to be."""

from __future__ import annotations

import time
from pathlib import Path


def exists(pid):
    """Whether a process runs (one that has ended and waits for its parent does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def wait_until(condition):
    for _ in range(6_000):  # a minute: far beyond what it takes, so that a fault is told instead of waited for
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")
