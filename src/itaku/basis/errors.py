"""The one base of every error: a stable code, what to do with it, and words for the person who meets it."""

from __future__ import annotations

import enum
from typing import ClassVar


class Temper(enum.StrEnum):
    """What the one who meets an error may do about it."""

    RETRYABLE = "retryable"
    """The same request may succeed later."""
    FINAL = "final"
    """The same request will never succeed."""
    DUPLICATE = "duplicate"
    """The request contradicts an earlier one with the same key."""


class ItakuError(Exception):
    """Base of all errors of the product.

    A subclass names its `code` (stable, part of the interface), its `temper`, and a message in Japanese and in English
    that says what happened and what to do next. `detail` adds facts for the log; it never holds names, numbers or PINs.
    """

    code: ClassVar[str] = "internal"
    temper: ClassVar[Temper] = Temper.FINAL
    ja: ClassVar[str] = "内部で誤りが起きました。記録を管理者に見せてください。"
    en: ClassVar[str] = "Something went wrong inside. Please show the log to the administrator."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        """Code, English message and detail, for logs and terminals."""
        return f"{self.code}: {self.en}" + (f" ({self.detail})" if self.detail else "")

    def as_json(self) -> dict[str, str]:
        """The error as every command prints it with `--json`."""
        return {"code": self.code, "temper": self.temper.value, "ja": self.ja, "en": self.en, "detail": self.detail}
