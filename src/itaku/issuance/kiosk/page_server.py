"""The touch page's server, on loopback only: files, the stream of screens, and what the resident touches."""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from itaku.issuance.kiosk import screens
from itaku.issuance.kiosk.agent import Agent, DeniedError
from itaku.issuance.kiosk.practice import Practice, PracticeRefusedError

MAX_ACTION_BYTES = 8192
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def page_app(agent: Agent, practice: Practice | None) -> web.Application:
    """The application; the practice stand's routes exist only in a sandbox."""
    app = web.Application(middlewares=[_only_this_page], client_max_size=MAX_ACTION_BYTES)
    page = _Page(agent)
    app.router.add_get("/", page.index)
    app.router.add_get("/page/{path:[a-z0-9/._-]+}", page.file)
    app.router.add_get("/events", page.events)
    app.router.add_post("/act", page.act)
    if practice is not None:
        stand = _Stand(practice)
        app.router.add_get("/practice/sheet/{name:[0-9a-f-]+\\.(?:png|pdf)}", stand.sheet)
        app.router.add_get("/practice/{what:[a-z-]+}", stand.look)
        app.router.add_post("/practice/{what:[a-z-]+}", stand.do)
    return app


@web.middleware
async def _only_this_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses other sites' pages (by Origin) and names that were bent to loopback (by Host)."""
    host = request.host.rsplit(":", 1)[0]
    origin = request.headers.get("Origin")
    if host not in {"127.0.0.1", "localhost", "[::1]"} or origin not in {None, f"http://{request.host}"}:
        return _json(screens.Denied("not_allowed"), 403)
    return await handler(request)


class _Page:
    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    async def index(self, _request: web.Request) -> web.StreamResponse:
        return _file("index.html")

    async def file(self, request: web.Request) -> web.StreamResponse:
        return _file(request.match_info["path"])

    async def events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={**screens.PAGE_HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            while True:
                version = self._agent.version
                await response.write(screens.screen_event(self._agent.screen()))
                await self._agent.changed(version, screens.RESEND_MS / 1000)
        except ConnectionError:
            return response

    async def act(self, request: web.Request) -> web.StreamResponse:
        try:
            action = screens.action_of(await request.read())
        except msgspec.DecodeError:
            # The body is not logged: it can hold a PIN.
            return _json(screens.Denied("malformed"), 409)
        try:
            self._agent.act(action)
        except DeniedError as denied:
            return _json(screens.Denied(denied.code), 409)
        return web.Response(status=204)


class _Stand:
    def __init__(self, practice: Practice) -> None:
        self._practice = practice

    async def look(self, request: web.Request) -> web.StreamResponse:
        return await _answer(self._practice.look(request.match_info["what"]))

    async def do(self, request: web.Request) -> web.StreamResponse:
        return await _answer(self._practice.do(request.match_info["what"], await request.read()))

    async def sheet(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        data = await self._practice.sheet(name)
        if data is None:
            return web.Response(status=404)
        kind = "application/pdf" if name.endswith(".pdf") else "image/png"
        return web.Response(body=data, content_type=kind, headers={"Cache-Control": "no-store"})


async def _answer(work: Awaitable[object]) -> web.Response:
    try:
        result = await work
    except PracticeRefusedError as refused:
        return _json(screens.Denied(refused.code), 409)
    return web.Response(status=204) if result is None else _json(result, 200)


def _json(value: object, status: int) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(value), content_type="application/json")


def _file(name: str) -> web.StreamResponse:
    path = (screens.PAGE_DIR / name).resolve()
    if not path.is_relative_to(screens.PAGE_DIR.resolve()) or not path.is_file():
        return web.Response(status=404)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    charset = "utf-8" if kind.startswith("text/") or kind.endswith(("javascript", "json")) else None
    return web.Response(body=path.read_bytes(), content_type=kind, charset=charset, headers=screens.PAGE_HEADERS)
