"""Why a start fails: which step, what was found, and what the person at the terminal can do about it."""

from __future__ import annotations

from pathlib import Path

from itaku.basis.errors import ItakuError, Temper


class StartError(ItakuError):
    """A step of the start did not succeed; everything that had been started is stopped again by who raised it.

    `what` says what was found (never a secret), `log_tail` the last lines of the log concerned, and `remedy_ja` and
    `remedy_en` what to do next.
    """

    code = "start_failed"
    temper = Temper.RETRYABLE
    ja = "起動できませんでした。"
    en = "It could not be started."

    def __init__(
        self, what: str, *, remedy_ja: str, remedy_en: str, log_tail: str = "", log_file: Path | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.remedy_ja = remedy_ja
        self.remedy_en = remedy_en
        self.log_tail = log_tail
        self.log_file = log_file
        self.step = ""
        """The step during which it happened, filled in by the one who runs the steps."""


class AlreadyRunningError(ItakuError):
    """Another supervisor holds the state directory."""

    code = "already_running"
    temper = Temper.DUPLICATE
    ja = "すでに動いています。"
    en = "It is already running."


def tail(path: Path, lines: int = 12, *, since: int = 0) -> str:
    """The last `lines` lines of a log, leaving out what was written before byte `since`; empty if there is none."""
    try:
        with path.open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(since, size - 16_384))
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
