"""Asking the kept contracts (契約に尋ねる): the one door from the desk's threads to the keeper's event loop."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from itaku.basis.clock import Clock, clock_from
from itaku.basis.randomness import Randomness, SystemRandomness
from itaku.contracts.keeping.keeping import Keeper
from itaku.contracts.shelf import form
from itaku.desk.books_errors import BooksAbsentError
from itaku.desk.configuration import desk_settings
from itaku.settlement.reconciliation_schema import prepare_reconciliation
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
        self._books: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    async def _open(self) -> Keeper:
        pool = await open_pool(desk_settings().dsn, max_size=8, application_name="itaku desk")
        return Keeper(pool, form, clock(), randomness())

    async def books(self) -> asyncpg.Pool:
        """The books of settlement, opened when they are first asked for. `BooksAbsentError` where there are none."""
        dsn = desk_settings().settlement_dsn
        if dsn is None:
            raise BooksAbsentError
        async with self._opening:
            if self._books is None:
                pool = await open_pool(dsn, max_size=4, application_name="itaku desk")
                await prepare_reconciliation(pool)
                self._books = pool
        return self._books

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()


_guard = threading.Lock()
_lines: list[_Line] = []


def ask(question: Callable[[Keeper], Coroutine[Any, Any, T]]) -> T:
    """Asks the keeper and waits for the answer: `ask(lambda keeper: keeper.at("marathon-2026"))`.

    Raises what the keeper raises.
    """
    line = _line()
    return line.run(question(line.keeper))


def ask_books(question: Callable[[asyncpg.Connection], Coroutine[Any, Any, T]]) -> T:
    """Asks the books of settlement; all that one question reads is of one moment. Raises `BooksAbsentError`."""
    line = _line()

    async def asked() -> T:
        pool = await line.books()
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            return await question(connection)

    return line.run(asked())


def act_in_books(act: Callable[[asyncpg.Connection], Coroutine[Any, Any, T]]) -> T:
    """Does something in the books, in one transaction. Raises `BooksAbsentError` and what the act raises."""
    line = _line()

    async def done() -> T:
        pool = await line.books()
        async with pool.acquire() as connection, connection.transaction():
            return await act(connection)

    return line.run(done())


def work_in_books(work: Callable[[asyncpg.Pool], Coroutine[Any, Any, T]]) -> T:
    """Hands over the books' connections to a work that begins its own transactions: taking in, closing."""
    line = _line()

    async def done() -> T:
        return await work(await line.books())

    return line.run(done())


def _line() -> _Line:
    with _guard:
        if not _lines:
            _lines.append(_Line())
    return _lines[0]
