"""How a node's process lives: it starts, reports ready, and stops cleanly on SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import uvloop

from itaku.basis.errors import ItakuError
from itaku.issuance.transport.hardening import forbid_dumps
from itaku.store.ready import report_ready

Node = Callable[[Path], AbstractAsyncContextManager[None]]
"""Opens a node from its settings file; it serves while the context is open."""


def run_node(node: Node, arguments: list[str]) -> int:
    """Runs a node until it is told to stop; 2 for wrong arguments, 1 for an error that says what to do.

    Its memory is never written to a core file (see `hardening`).
    """
    if len(arguments) != 2:
        sys.stderr.write(f"usage: python -m {arguments[0]} SETTINGS.toml\n")
        return 2
    forbid_dumps()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_live(node, Path(arguments[1])))
    except ItakuError as error:
        sys.stderr.write(f"{error.ja}\n{error}\n")
        return 1
    return 0


async def _live(node: Node, settings: Path) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with node(settings):
        # What was imported lives as long as the process: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        report_ready()
        await stop.wait()
