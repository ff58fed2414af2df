"""The one HTTP server of a node: mutual TLS, a table of routes, and for each route the roles that may call it."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path
from traceback import extract_tb
from typing import NamedTuple

from aiohttp import web

from itaku.issuance.protocol.messages import NOBODY, Refused, encode
from itaku.issuance.transport.build import BUILD_HEADER, RUNNING_BUILD
from itaku.issuance.transport.identity import Identity, Role, identity_of
from itaku.store.log import Log

Handler = Callable[[Identity, bytes], Awaitable[bytes]]
"""Answers the bytes of a request from a verified peer."""

_STATUS = {"not_allowed": 403, "build_not_approved": 403, "too_large": 413, "malformed": 400, "internal": 500}


class Route(NamedTuple):
    """One path, who may call it, and how long a request may be."""

    path: str
    callers: frozenset[Role]
    handler: Handler
    max_bytes: int


class NodeServer:
    """Serves a node's routes. A peer whose role may not call a route is refused and logged, and nothing is read.

    So is a peer of a build that is not among `approved_builds`; None takes every build.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        tls: ssl.SSLContext,
        log: Log,
        *,
        build: str = RUNNING_BUILD,
        approved_builds: Collection[str] | None = None,
    ) -> None:
        self._build = build
        self._approved = approved_builds
        self._tls = tls
        self._log = log
        self._app = web.Application(client_max_size=max(route.max_bytes for route in routes) + 1)
        self._app.on_response_prepare.append(self._say_build)
        for route in routes:
            self._app.router.add_post(route.path, self._endpoint(route))
        # A compressed body would pass the limit of length and grow behind it: it is taken as it is, and is no message.
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=2.0, auto_decompress=False)

    async def start(self, host: str, port: int) -> int:
        """Listens; answers the port (useful when 0 was asked for)."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, ssl_context=self._tls, reuse_address=True)
        await site.start()
        addresses = self._runner.addresses
        return int(addresses[0][1])

    async def stop(self) -> None:
        """Stops listening and lets requests under way end."""
        await self._runner.cleanup()

    async def _say_build(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers[BUILD_HEADER] = self._build

    def _endpoint(self, route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def endpoint(request: web.Request) -> web.Response:
            peer = _peer_of(request)
            if peer is None or peer.role not in route.callers:
                self._log.warning("refused_peer", path=route.path, peer=peer.dns_name if peer else "none")
                return refusal("not_allowed")
            theirs = request.headers.get(BUILD_HEADER, "")
            if self._approved is not None and theirs not in self._approved:
                self._log.warning("peer_build_refused", peer=peer.dns_name, build=theirs[:64])
                return refusal("build_not_approved")
            length = request.content_length
            if length is None or length > route.max_bytes:
                return refusal("too_large")
            body = await request.read()
            try:
                answer = await route.handler(peer, body)
            except Exception as error:  # noqa: BLE001 a fault of ours: the peer gets a code, the log gets the place
                # Never the error's own text: a database quotes whole rows in it.
                self._log.error("internal", path=route.path, error=type(error).__name__, at=_place(error))
                return refusal("internal")
            return web.Response(body=answer, content_type="application/octet-stream")

        return endpoint


def refusal(code: str) -> web.Response:
    """A refusal of bytes that were not read as a message."""
    body = encode(Refused(issuance_id=NOBODY, kiosk="unknown", code=code))
    return web.Response(status=_STATUS[code], body=body, content_type="application/octet-stream")


def _place(error: Exception) -> list[str]:
    """The last steps before the error, as file and line."""
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in extract_tb(error.__traceback__)[-4:]]


def _peer_of(request: web.Request) -> Identity | None:
    transport = request.transport
    if transport is None:
        return None
    return identity_of(transport.get_extra_info("peercert"))
