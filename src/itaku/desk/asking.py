"""Asking the kept contracts (契約に尋ねる): the one door from the desk's threads to the keeper's event loop."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from itaku.basis.clock import Clock, clock_from
from itaku.basis.randomness import Randomness, SystemRandomness
from itaku.contracts.keeping.keeping import Keeper
from itaku.contracts.shelf import form
from itaku.desk.configuration import desk_settings
from itaku.store.postgres import open_pool

T = TypeVar("T")


@functools.cache
def clock() -> Clock:
    """The desk's clock: the sandbox's shared one, or the machine's."""
    settings = desk_settings()
    return clock_from(Path(settings.clock_file) if settings.clock_file else None)


@functools.cache
def randomness() -> Randomness:
    """The desk's randomness."""
    return SystemRandomness()


class _Line:
    """An event loop in a thread of its own, with the keeper in it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, name="itaku-keeper", daemon=True).start()
        self.keeper: Keeper = self.run(self._open())

    async def _open(self) -> Keeper:
        pool = await open_pool(desk_settings().dsn, max_size=8, application_name="itaku desk")
        return Keeper(pool, form, clock(), randomness())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()


_guard = threading.Lock()
_lines: list[_Line] = []


def ask(question: Callable[[Keeper], Coroutine[Any, Any, T]]) -> T:
    """Asks the keeper and waits for the answer: `ask(lambda keeper: keeper.at("marathon-2026"))`.

    Raises what the keeper raises.
    """
    with _guard:
        if not _lines:
            _lines.append(_Line())
    line = _lines[0]
    return line.run(question(line.keeper))
