"""A thread for calls that may hang in a driver: one that does is given up, and the next call gets a new thread."""

from __future__ import annotations

import asyncio
import concurrent.futures
import queue
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

W = TypeVar("W")
T = TypeVar("T")


class DriverThread(Generic[W]):
    """Does calls on one object of `make`, strictly one after another, in a thread that no exit waits for.

    `end` is the last call on each object, also on one that was given up, as soon as it hangs no more.
    """

    def __init__(self, name: str, make: Callable[[], W], end: Callable[[W], None]) -> None:
        self._name = name
        self._make = make
        self._end = end
        self._queue: queue.SimpleQueue[tuple[Callable[[W], Any], concurrent.futures.Future[Any]] | None] | None
        self._queue = None

    async def do(self, call: Callable[[W], T], within_s: float) -> T:
        """The call's answer or its error; `TimeoutError` if it took longer than `within_s`, waiting included.

        The object of a call given up is never used again but for its end.
        """
        if self._queue is None:
            self._queue = queue.SimpleQueue()
            threading.Thread(
                target=_work, args=(self._queue, self._make, self._end), name=self._name, daemon=True
            ).start()
        mine = self._queue
        answer: concurrent.futures.Future[Any] = concurrent.futures.Future()
        mine.put((call, answer))
        try:
            done: T = await asyncio.wait_for(asyncio.wrap_future(answer), within_s)
        except TimeoutError:
            mine.put(None)
            if self._queue is mine:
                self._queue = None
            raise
        return done

    def stop(self) -> None:
        """Lets the thread end once it has done what it was given."""
        if self._queue is not None:
            self._queue.put(None)
            self._queue = None


def _work(
    asked: queue.SimpleQueue[tuple[Callable[[W], Any], concurrent.futures.Future[Any]] | None],
    make: Callable[[], W],
    end: Callable[[W], None],
) -> None:
    worked = make()
    while (item := asked.get()) is not None:
        call, answer = item
        if not answer.set_running_or_notify_cancel():
            continue  # given up before its turn
        try:
            answer.set_result(call(worked))
        except Exception as error:  # noqa: BLE001 whatever it is belongs to the one who asked
            answer.set_exception(error)
    end(worked)
