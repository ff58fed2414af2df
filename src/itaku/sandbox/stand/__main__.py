"""Runs a stand: `python -m itaku.sandbox.stand SETTINGS.toml`, until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from aiohttp import web

from itaku.issuance.devices.stand_wire import MAX_BODY_BYTES
from itaku.sandbox.stand.answers import failures
from itaku.sandbox.stand.device_routes import DeviceRoutes
from itaku.sandbox.stand.practice_routes import PracticeRoutes
from itaku.sandbox.stand.stand import Stand, read_settings
from itaku.store.ready import report_ready


def application(stand: Stand) -> web.Application:
    """The stand's HTTP application."""
    app = web.Application(middlewares=[failures], client_max_size=MAX_BODY_BYTES)
    app.add_routes([*DeviceRoutes(stand).routes(), *PracticeRoutes(stand).routes()])
    return app


async def serve(stand: Stand, socket: Path) -> web.AppRunner:
    """Starts to listen on a unix socket that only its owner may use; `cleanup` of what is returned ends it.

    No access log: it would say when which card was laid down. A request whose asker died is given up, so that a kiosk
    that waited for a card does not open it after its end.
    """
    runner = web.AppRunner(application(stand), access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
    await runner.setup()
    _free(socket)
    before = os.umask(0o177)
    try:
        await web.UnixSite(runner, str(socket)).start()
    finally:
        os.umask(before)
    return runner


def _free(socket: Path) -> None:
    # The devices' memory is locked by now, so no living stand has this socket.
    socket.unlink(missing_ok=True)


async def run(settings_path: Path) -> None:
    """Serves until a signal ends it."""
    settings = read_settings(settings_path)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stand = Stand.of(settings)
    runner = await serve(stand, settings.socket)
    report_ready()
    await stop.wait()
    await runner.cleanup()
    await stand.close()


def main() -> int:
    """Exit status 2 without a settings file."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m itaku.sandbox.stand SETTINGS.toml\n")
        return 2
    asyncio.run(run(Path(sys.argv[1])))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
