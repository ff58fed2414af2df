"""Starting in waves: each step begins as soon as what it needs is there, a few at a time, and one failure ends it all.

A step is a process, or work that this process does itself in a thread beside them.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from itaku.supervisor.failures import StartError
from itaku.supervisor.processes import Process
from itaku.supervisor.progress import Progress

_LOOK_S = 0.02
_BEYOND_CORES = 2
"""Steps under way beyond the number of cores: while one waits for the database or a disk, another computes."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Something done here while processes start: `do` is handed a way to say lines, told when all of it is done."""

    name: str
    ja: str
    en: str
    do: Callable[[Callable[[str], None]], None]
    needs: tuple[str, ...] = ()


Step: TypeAlias = "Process | Work"
Poll: TypeAlias = Callable[[], bool]
"""Whether a step that was begun is over; raises `StartError` if it failed."""


class WorkUnderWay:
    """The thread that does a work."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.said: list[str] = []
        self._trouble: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"itaku-{work.name}", daemon=True)
        self._thread.start()

    def over(self) -> bool:
        """Whether it is done; raises `StartError` if something went wrong."""
        if self._thread.is_alive():
            return False
        if isinstance(self._trouble, StartError):
            raise self._trouble
        if self._trouble is not None:
            raise StartError(
                f"{self.work.name}: {type(self._trouble).__name__}: {self._trouble}",
                remedy_ja="データベースを確かめてください。試すだけなら --state で新しい場所を指定してください。",
                remedy_en="Check the database; to try things out, name a new place (--state).",
            ) from self._trouble
        return True

    def wait(self, at_most_s: float) -> None:
        """Returns when the thread has ended, or that time has passed."""
        self._thread.join(at_most_s)

    def _run(self) -> None:
        try:
            self.work.do(self.said.append)
        except BaseException as error:  # noqa: BLE001 carried over to the thread that looks
            self._trouble = error


class _UnderWay(NamedTuple):
    step: Step
    begun_s: float
    over: Poll


def start_in_waves(steps: Sequence[Step], begin: Callable[[Step], Poll], progress: Progress) -> None:
    """Begins every step when all that it needs is over, in their order where several could; returns when all are.

    Raises `StartError`, which names the step, at the first failure; what is then under way is the caller's to end.
    """
    at_most = len(os.sched_getaffinity(0)) + _BEYOND_CORES
    waiting, under_way = list(steps), list[_UnderWay]()
    over: set[str] = set()
    while waiting or under_way:
        free = at_most - len(under_way)
        for step in [each for each in waiting if over.issuperset(each.needs)][:free]:
            waiting.remove(step)
            begun_s = time.monotonic()
            with _named(step):
                under_way.append(_UnderWay(step, begun_s, begin(step)))
        _refuse_what_cannot_begin(waiting, under_way)
        progress.waiting([(each.step.ja, each.step.en) for each in under_way])
        finished = _finished(under_way, progress)
        for each in finished:
            under_way.remove(each)
            over.add(each.step.name)
        if not finished:
            time.sleep(_LOOK_S)


def _finished(under_way: Iterable[_UnderWay], progress: Progress) -> list[_UnderWay]:
    """Those that are over, each told of; a failure is told of and raised."""
    found = []
    for each in under_way:
        took_s = time.monotonic() - each.begun_s
        try:
            with _named(each.step):
                if not each.over():
                    continue
        except StartError:
            progress.over(each.step.ja, each.step.en, took_s, well=False)
            raise
        progress.over(each.step.ja, each.step.en, took_s)
        found.append(each)
    return found


@contextlib.contextmanager
def _named(step: Step) -> Iterator[None]:
    """Within, a `StartError` learns which step it belongs to."""
    try:
        yield
    except StartError as error:
        error.step = error.step or f"{step.ja} ({step.en})"
        raise


def _refuse_what_cannot_begin(waiting: Sequence[Step], under_way: Sequence[_UnderWay]) -> None:
    """A need that nobody meets, or that goes in a circle, is a fault of the plan."""
    if waiting and not under_way:
        raise ValueError(f"they wait for what never comes: {[(each.name, each.needs) for each in waiting]}")
