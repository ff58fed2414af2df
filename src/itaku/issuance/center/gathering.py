"""What comes in within a short while is done together, and each who waits is answered when it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Gathering(Generic[Item]):
    """Hands items to `work` in batches, in the order in which they came, one batch at a time.

    A batch is what came within `window_s` of its first item, or while the batch before it was under way; `most` bounds
    it. `put` returns when the item's batch is done and raises what `work` raised.
    """

    def __init__(
        self, work: Callable[[Sequence[Item]], Awaitable[None]], *, window_s: float = 0.05, most: int = 500
    ) -> None:
        self._work = work
        self._window_s = window_s
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def put(self, item: Item) -> None:
        """Waits until this item's batch is done."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        await done

    async def _run(self) -> None:
        await asyncio.sleep(self._window_s)
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                await self._work([item for item, _ in batch])
            except Exception as error:  # noqa: BLE001 each who waits gets it, and answers it as its own
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)
        self._task = None
