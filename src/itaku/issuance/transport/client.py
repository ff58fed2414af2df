"""The one HTTP client between nodes: a POST over mutual TLS to a named peer, bounded in time and size."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection

import aiohttp

from itaku.basis.errors import ItakuError, Temper
from itaku.issuance.transport.build import BUILD_HEADER, RUNNING_BUILD
from itaku.issuance.transport.one_session import OneSession


class PeerUnreachableError(ItakuError):
    """No answer came: refused, reset, timed out, or the peer is not who it should be. Whether it acted is unknown."""

    code = "network_gone"
    temper = Temper.RETRYABLE
    ja = "通信の相手が応答しません。しばらくしてから、もう一度お試しください。"
    en = "The peer does not answer. Please try again in a little while."


class PeerBuildError(PeerUnreachableError):
    """The peer answers, but runs a build that is not approved: whatever it says is not used (R6)."""

    code = "build_not_approved"
    ja = "通信の相手のプログラムが承認された版ではありません。"
    en = "The peer does not run an approved build."


class PeerClient(OneSession):
    """Requests to one peer. Connections are kept and shared; each request has its own deadline.

    `approved_builds`: answers of a peer of any other build are not used; None takes every build.
    """

    def __init__(
        self,
        base_url: str,
        peer_name: str,
        tls: ssl.SSLContext,
        *,
        connections: int = 64,
        build: str = RUNNING_BUILD,
        approved_builds: Collection[str] | None = None,
    ) -> None:
        super().__init__()
        self._base_url = base_url.rstrip("/")
        self._peer_name = peer_name
        self._tls = tls
        self._connections = connections
        self._headers = {"Content-Type": "application/octet-stream", BUILD_HEADER: build}
        self._approved = approved_builds

    async def post(self, path: str, body: bytes, timeout_s: float, max_answer: int = 8 * 1024 * 1024) -> bytes:
        """The peer's answer, whatever its status; `PeerUnreachableError` if none came whole."""
        session = self._open()
        try:
            async with session.post(
                self._base_url + path,
                data=body,
                server_hostname=self._peer_name,
                timeout=aiohttp.ClientTimeout(total=timeout_s),
                allow_redirects=False,
                headers=self._headers,
            ) as response:
                theirs = response.headers.get(BUILD_HEADER, "")
                if self._approved is not None and theirs not in self._approved:
                    raise PeerBuildError(theirs[:64])
                # Every node says how long its answer is; only then can a cut one be told from a whole one.
                length = response.content_length
                if length is None or length > max_answer:
                    raise PeerUnreachableError("answer too large" if length else "answer of unsaid length")
                answer = await response.read()
        except (aiohttp.ClientError, TimeoutError, ssl.SSLError, OSError) as error:
            raise PeerUnreachableError(type(error).__name__) from error
        return answer

    async def close(self) -> None:
        """Closes all connections."""
        if self._session is not None:
            await super().close()
            # The event loop closes TLS transports one turn later.
            await asyncio.sleep(0)

    def _made(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._tls, limit=self._connections, keepalive_timeout=60),
            auto_decompress=False,
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
