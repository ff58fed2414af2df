"""Telling the supervisor that this process now serves: one line to the file descriptor it named, then closed."""

from __future__ import annotations

import os

READY_VARIABLE = "ITAKU_READY_FD"
"""Environment variable with the number of the descriptor; absent when nobody waits."""


def report_ready() -> None:
    """Writes `ready` once; does nothing at a second call or when no supervisor asked.

    To be called when requests would be answered, not earlier: the supervisor starts the next node on this word.
    """
    number = os.environ.pop(READY_VARIABLE, None)  # popped, so that children of this process do not report for it
    if number is None:
        return
    with os.fdopen(int(number), "wb") as pipe:
        pipe.write(b"ready\n")
