"""`python -m itaku.operations SETTINGS.toml`: the operations board."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from itaku.basis.randomness import SystemRandomness
from itaku.issuance.transport.running import run_node
from itaku.issuance.transport.settings import read_settings
from itaku.operations.settings import OperationsSettings
from itaku.operations.web import BoardPages
from itaku.store.log import open_log
from itaku.store.postgres import open_pool


@asynccontextmanager
async def operations(path: Path) -> AsyncIterator[None]:
    """Serves as the settings file says."""
    settings = read_settings(path, OperationsSettings)
    log = open_log(Path(settings.log_file) if settings.log_file else None, settings.name)
    async with await open_pool(settings.dsn, max_size=4, application_name="itaku operations") as pool:
        pages = BoardPages(settings, pool, settings.clock, SystemRandomness(), log)
        runner = web.AppRunner(pages.app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, settings.page_host, settings.page_port).start()
        log.info("ready")
        try:
            yield
        finally:
            await runner.cleanup()


if __name__ == "__main__":
    sys.exit(run_node(operations, sys.argv))
