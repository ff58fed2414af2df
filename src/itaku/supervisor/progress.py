"""What the person at the terminal sees while things start: one line a step, Japanese first, English beside."""

from __future__ import annotations

import contextlib
import time
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Protocol, TextIO


class Progress(Protocol):
    """Told of steps and news. Steps come from one thread; `say` may come from the one that watches the nodes."""

    def step(self, ja: str, en: str) -> contextlib.AbstractContextManager[None]:
        """One step; an exception that leaves it marks it as failed."""
        ...

    def waiting(self, steps: Sequence[tuple[str, str]]) -> None:
        """Of several steps at once, those under way now, in Japanese and English."""
        ...

    def over(self, ja: str, en: str, took_s: float, *, well: bool = True) -> None:
        """One of several steps is over, or has failed."""
        ...

    def say(self, ja: str, en: str = "") -> None:
        """A line of news."""
        ...


class Silence:
    """Progress that nobody watches."""

    def step(self, ja: str, en: str) -> contextlib.AbstractContextManager[None]:  # noqa: ARG002 the protocol's names
        """Says nothing."""
        return contextlib.nullcontext()

    def waiting(self, steps: Sequence[tuple[str, str]]) -> None:
        """Says nothing."""

    def over(self, ja: str, en: str, took_s: float, *, well: bool = True) -> None:
        """Says nothing."""

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
        self.waiting([(ja, en)])
        begun = time.monotonic()
        try:
            yield
        except BaseException:
            self.over(ja, en, time.monotonic() - begun, well=False)
            raise
        self.over(ja, en, time.monotonic() - begun)

    def waiting(self, steps: Sequence[tuple[str, str]]) -> None:
        """On a terminal, names the first of them and how many there are besides, until the next line."""
        if self._tty and steps:
            ja, en = steps[0]
            if more := len(steps) - 1:
                ja, en = f"{ja} ほか{more}件", f"{en}, {more} more"
            self._write(f"\r\x1b[K  … {_label(ja, en)}", end="")

    def over(self, ja: str, en: str, took_s: float, *, well: bool = True) -> None:
        """A line with the step's mark and how long it took."""
        start = "\r\x1b[K" if self._tty else ""
        self._write(f"{start}  {self._marks[0 if well else 1]} {_label(ja, en)} {took_s:5.1f} s")

    def say(self, ja: str, en: str = "") -> None:
        """Writes a line."""
        start = "\r\x1b[K" if self._tty else ""
        self._write(start + (f"{ja}  {en}" if en else ja))

    def _write(self, text: str, end: str = "\n") -> None:
        with contextlib.suppress(BrokenPipeError):  # whoever read our words has gone; the nodes go on
            self._out.write(text + end)
            self._out.flush()


def _label(ja: str, en: str) -> str:
    return f"{padded(ja, 34)} {padded(en, 34)}"
