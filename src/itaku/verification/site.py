"""The public verification page's server: takes files into memory, has them examined apart, answers, keeps nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import BodyPartReader, web

from itaku.basis.errors import ItakuError, Temper
from itaku.store.log import Log
from itaku.verification.issuers import Issuers, asking
from itaku.verification.keys import BadKeysError, keys_from
from itaku.verification.page_text import front_page, result_page
from itaku.verification.settings import VerificationSettings
from itaku.verification.uploads import (
    FILES_AT_MOST,
    LARGEST_BYTES,
    EmptyUploadError,
    TooLargeError,
    UnreadableError,
    UploadRefusedError,
)
from itaku.verification.worker import examined_apart

LARGEST_REQUEST = 60_000_000
"""Bytes of everything that is handed in at once."""
_PIECE = 1 << 16
_PATIENCE_S = 60.0
"""For a request to arrive whole."""
_ASSETS = Path(__file__).parent / "page"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Permissions-Policy": "geolocation=(), microphone=()",
}


class BusyError(ItakuError):
    """More people ask at once than can be served."""

    code = "verification_busy"
    temper = Temper.RETRYABLE
    ja = "いま混み合っています。1分ほどたってから、もう一度お試しください。"
    en = "Many people are asking at this moment. Try again in a minute."


class VerificationSite:
    """The page. `keys` is read anew for each examination, so that a renewed file counts at once.

    With `issuers` it asks whether what it found is void; without, it says that this is not known here.
    """

    def __init__(
        self,
        settings: VerificationSettings,
        log: Log,
        issuers: Issuers | None = None,
    ) -> None:
        self._issuers = issuers
        self._keys = Path(settings.keys)
        self._log = log
        self._working = asyncio.Semaphore(settings.at_once)
        self._most = settings.at_once + settings.waiting
        self._inside = 0

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.router.add_get("/", self._front)
        app.router.add_post("/", self._examine)
        app.router.add_get("/issuer-keys.json", self._published)
        for name, kind in (("verification.css", "text/css"), ("verification.js", "text/javascript")):
            app.router.add_get(f"/{name}", _asset((_ASSETS / name).read_text(encoding="utf-8"), kind))
        return app

    async def _front(self, _request: web.Request) -> web.Response:
        return _html(front_page())

    async def _published(self, _request: web.Request) -> web.Response:
        try:
            data = await asyncio.to_thread(self._keys.read_bytes)
        except OSError:
            return web.Response(status=503, headers=_HEADERS)
        return web.Response(body=data, content_type="application/json", headers=_HEADERS)

    async def _examine(self, request: web.Request) -> web.Response:
        if self._inside >= self._most:
            return _html(front_page(BusyError()), 503)
        self._inside += 1
        try:
            async with asyncio.timeout(_PATIENCE_S):
                files = await _files(request)
            keys = await asyncio.to_thread(self._keys.read_bytes)
            keys_from(keys)
            async with self._working:
                examination = await examined_apart(files, keys)
            if self._issuers is not None:
                examination = await self._issuers.completed(examination)
        except TooLargeError as refused:
            return self._refused(refused, 413)
        except UploadRefusedError as refused:
            return self._refused(refused, 400)
        except TimeoutError:
            return self._refused(EmptyUploadError(), 408)
        except (OSError, BadKeysError):
            self._log.error("keys_unreadable")
            return _html(front_page(BusyError()), 503)
        finally:
            self._inside -= 1
        # How often, and with what outcome: nothing of what was handed in, and nothing of whom it names.
        self._log.info("examined", verdict=examination.verdict.value, sheets=len(examination.sheets))
        return _html(result_page(examination))

    def _refused(self, refused: UploadRefusedError, status: int) -> web.Response:
        self._log.info("upload_refused", code=refused.code)
        return _html(front_page(refused), status)


async def _files(request: web.Request) -> tuple[bytes, ...]:
    """The files of the form, in memory: aiohttp's own reading of forms would put them on a disk."""
    if not request.content_type.startswith("multipart/form-data"):
        raise EmptyUploadError
    files: list[bytes] = []
    total = 0
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader):
                raise UnreadableError
            data = bytearray()
            while piece := await part.read_chunk(_PIECE):
                data += piece
                total += len(piece)
                if len(data) > LARGEST_BYTES or total > LARGEST_REQUEST:
                    raise TooLargeError
            if data:
                files.append(bytes(data))
            if len(files) > FILES_AT_MOST:
                raise TooLargeError
    except (ValueError, AssertionError) as error:
        raise UnreadableError from error
    if not files:
        raise EmptyUploadError
    return tuple(files)


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html", headers=_HEADERS)


def _asset(text: str, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=text, content_type=kind, headers=_HEADERS | {"Cache-Control": "max-age=300"})

    return answer


@asynccontextmanager
async def serving(settings: VerificationSettings, log: Log) -> AsyncIterator[int]:
    """Serves while the context is open; gives the port."""
    async with asking(settings.online, log) as issuers:
        app = VerificationSite(settings, log, issuers).app()
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, settings.page_host, settings.page_port)
            await site.start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()
