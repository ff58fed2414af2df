"""`python -m itaku.issuance.relay SETTINGS.toml`: one relay."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from itaku.issuance.protocol.messages import MAX_REQUEST_BYTES
from itaku.issuance.protocol.operation_messages import MAX_STATUS_BYTES
from itaku.issuance.relay.node import RelayNode
from itaku.issuance.relay.passage import Gate
from itaku.issuance.relay.passage_log import PassageLog
from itaku.issuance.relay.settings import RelaySettings
from itaku.issuance.relay.statuses import StatusPassage
from itaku.issuance.transport.identity import MAY_CALL, Role
from itaku.issuance.transport.running import run_node
from itaku.issuance.transport.server import NodeServer, Route
from itaku.issuance.transport.settings import read_settings
from itaku.store.log import open_log


@asynccontextmanager
async def relay(path: Path) -> AsyncIterator[None]:
    """Serves as the settings file says."""
    settings = read_settings(path, RelaySettings)
    log = open_log(settings.log_path, settings.name)
    async with AsyncExitStack() as stack:
        center = await stack.enter_async_context(settings.client(settings.center))
        passages = PassageLog(Path(settings.database))
        writing = asyncio.create_task(passages.run())
        node = RelayNode(center, Gate(settings.max_requests_per_minute), passages, settings.clock, log)
        route = Route("/m", MAY_CALL[Role.RELAY], node.receive, MAX_REQUEST_BYTES)
        statuses = Route("/ops", MAY_CALL[Role.RELAY], StatusPassage(center, log).receive, MAX_STATUS_BYTES)
        server = NodeServer([route, statuses], settings.server_tls(), log)
        await server.start(settings.listen_host, settings.listen_port)
        log.info("ready")
        try:
            yield
        finally:
            await server.stop()
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            passages.close()


if __name__ == "__main__":
    sys.exit(run_node(relay, sys.argv))
