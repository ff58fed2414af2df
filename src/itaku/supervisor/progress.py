"""What the person at the terminal sees while things start: one line a step, Japanese first, English beside."""

from __future__ import annotations

import contextlib
import time
import unicodedata
from collections.abc import Iterator
from typing import Protocol, TextIO


class Progress(Protocol):
    """Told of steps and news. Steps come from one thread; `say` may come from the one that watches the nodes."""

    def step(self, ja: str, en: str) -> contextlib.AbstractContextManager[None]:
        """One step; an exception that leaves it marks it as failed."""
        ...

    def say(self, ja: str, en: str = "") -> None:
        """A line of news."""
        ...


class Silence:
    """Progress that nobody watches."""

    def step(self, ja: str, en: str) -> contextlib.AbstractContextManager[None]:  # noqa: ARG002 the protocol's names
        """Says nothing."""
        return contextlib.nullcontext()

    def say(self, ja: str, en: str = "") -> None:
        """Says nothing."""


def width(text: str) -> int:
    """Columns that a text takes in a terminal: full-width letters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def padded(text: str, columns: int) -> str:
    """The text with blanks up to that many columns."""
    return text + " " * max(columns - width(text), 0)


class TerminalProgress:
    """Progress on a terminal (the step under way is shown and then replaced) or in a plain file (finished steps)."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._tty = out.isatty()
        encoding = (getattr(out, "encoding", None) or "utf-8").lower().replace("-", "")
        self._marks = ("✓", "✗") if encoding.startswith("utf") else ("+", "!")
        if hasattr(out, "reconfigure"):
            out.reconfigure(errors="replace")  # a terminal without Japanese still shows the English half

    @contextlib.contextmanager
    def step(self, ja: str, en: str) -> Iterator[None]:
        """Shows a step and, when it is over, its mark and how long it took."""
        label = f"{padded(ja, 34)} {padded(en, 34)}"
        if self._tty:
            self._write(f"  … {label}", end="")
        begun = time.monotonic()
        try:
            yield
        except BaseException:
            self._done(self._marks[1], label, begun)
            raise
        self._done(self._marks[0], label, begun)

    def say(self, ja: str, en: str = "") -> None:
        """Writes a line."""
        start = "\r\x1b[K" if self._tty else ""
        self._write(start + (f"{ja}  {en}" if en else ja))

    def _done(self, mark: str, label: str, begun: float) -> None:
        start = "\r\x1b[K" if self._tty else ""
        self._write(f"{start}  {mark} {label} {time.monotonic() - begun:5.1f} s")

    def _write(self, text: str, end: str = "\n") -> None:
        with contextlib.suppress(BrokenPipeError):  # whoever read our words has gone; the nodes go on
            self._out.write(text + end)
            self._out.flush()
