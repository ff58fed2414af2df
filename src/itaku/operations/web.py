"""The operations board's pages: the board, its live events, and two forms. Loopback only."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import msgspec
from aiohttp import web

from itaku.basis.clock import Clock
from itaku.basis.randomness import Randomness
from itaku.issuance.center.admission import Limits
from itaku.operations.board_page import board_markup, limits_markup
from itaku.operations.settings import OperationsSettings
from itaku.operations.state import Board, acknowledge, read_board, set_limits
from itaku.store.log import Log
from itaku.store.postgres import UNREACHABLE

EVERY_S = 1.0
"""How often the board is read again while somebody watches it."""
_HERE = Path(__file__).parent
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self';"
        " base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_DATABASE_GONE = (*UNREACHABLE, asyncpg.PostgresError)


class BoardPages:
    """Serves the board of one center's database."""

    def __init__(
        self,
        settings: OperationsSettings,
        pool: asyncpg.Pool,
        clock: Clock,
        randomness: Randomness,
        log: Log,
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._clock = clock
        self._randomness = randomness
        self._log = log

    def app(self) -> web.Application:
        """The application; forms of other pages are refused."""
        app = web.Application(client_max_size=4096)
        app.router.add_get("/", self._page)
        app.router.add_get("/live", self._live)
        app.router.add_get("/board.js", _file("board.js", "text/javascript"))
        app.router.add_get("/board.css", _file("board.css", "text/css"))
        app.router.add_post("/taken", self._taken)
        app.router.add_post("/limits", self._limits)
        return app

    async def _read(self) -> Board:
        async with self._pool.acquire() as connection:
            settings = self._settings
            return await read_board(connection, settings.shops, settings.limits, self._clock.now())

    def _markup(self, board: Board) -> str:
        return board_markup(board, self._settings.shops, self._settings.approved_builds)

    async def _page(self, request: web.Request) -> web.Response:
        board = await self._read()
        problem = ""
        if request.query.get("problem") == "badge":
            words = "名札の番号を数字で入れてください。 / Enter the number on your badge."
            problem = f'<p class="problem" role="alert">{html.escape(words)}</p>'
        text = f"""<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>運用の状況 / Operations</title><link rel="stylesheet" href="/board.css">
<script src="/board.js" defer></script></head>
<body><a class="skip" href="#main">本文へ Skip to content</a>
<header><b>運用</b> <span lang="en">itaku operations</span></header>
<main id="main"><h1>運用の状況 <span lang="en">Operations board</span></h1>{problem}
<div id="board">{self._markup(board)}</div>{limits_markup(board)}</main></body></html>"""
        return web.Response(text=text, content_type="text/html", headers=_HEADERS)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the board's markup each second, until the page is closed."""
        stream = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        await stream.prepare(request)
        try:
            while True:
                try:
                    data = msgspec.json.encode(self._markup(await self._read()))
                except _DATABASE_GONE as error:
                    self._log.error("database_gone", error=type(error).__name__)
                else:
                    await stream.write(b"data: " + data + b"\n\n")
                await asyncio.sleep(EVERY_S)
        except ConnectionError:
            return stream

    async def _taken(self, request: web.Request) -> web.Response:
        form = await _form(request)
        by = _badge(form)
        try:
            fault = int(form["fault"])
        except (KeyError, ValueError) as error:
            raise web.HTTPBadRequest(text="malformed") from error
        if not 0 < fault < 2**63:
            raise web.HTTPBadRequest(text="malformed")
        async with self._pool.acquire() as connection:
            await acknowledge(connection, fault, by, self._clock.now(), self._randomness)
        raise web.HTTPSeeOther("/")

    async def _limits(self, request: web.Request) -> web.Response:
        form = await _form(request)
        by = _badge(form)
        limits = None
        if form.get("do") != "usual":
            numbers = {name: form.get(name, "") for name in ("total", "shop", "kiosk")}
            try:
                limits = msgspec.convert(numbers, Limits, strict=False)
            except msgspec.ValidationError as error:
                raise web.HTTPBadRequest(text="malformed") from error
        async with self._pool.acquire() as connection:
            await set_limits(connection, limits, by, self._clock.now(), self._randomness)
        self._log.warning("limits_set", by=by, usual=limits is None)
        raise web.HTTPSeeOther("/")


async def _form(request: web.Request) -> dict[str, str]:
    """The form's fields; 403 for a form of another page."""
    if request.headers.get("Origin") not in {None, f"http://{request.host}"}:
        raise web.HTTPForbidden(text="not_allowed")
    return {name: str(value) for name, value in (await request.post()).items()}


def _badge(form: dict[str, str]) -> str:
    """Who acts, by the number on the badge; sends back to the board without one."""
    by = form.get("by", "").strip()
    if not (by.isascii() and by.isdigit() and len(by) <= 8):
        raise web.HTTPSeeOther("/?problem=badge")
    return by


def _file(name: str, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    text = (_HERE / name).read_text(encoding="utf-8")

    async def serve(_request: web.Request) -> web.Response:
        return web.Response(text=text, content_type=kind, headers=_HEADERS)

    return serve
