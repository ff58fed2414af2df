"""What card CAs publish over plain HTTP: a bounded GET or POST whose answer proves itself by its own signature."""

from __future__ import annotations

import aiohttp

from itaku.issuance.transport.one_session import OneSession

TIMEOUT_S = 3.0


class PublishedUnreachableError(Exception):
    """No whole answer came; the text is the kind of failure."""


class PublishedClient(OneSession):
    """Fetches what is published. No redirects, no cookies, no proxy of the environment; length and time are bounded."""

    async def fetch(
        self,
        url: str,
        max_bytes: int,
        *,
        body: bytes | None = None,
        content_type: str = "",
        timeout_s: float = TIMEOUT_S,
    ) -> bytes:
        """The answer to a GET, or with `body` to a POST; `PublishedUnreachableError` if it is not there whole."""
        session = self._open()
        method, headers = ("GET", {}) if body is None else ("POST", {"Content-Type": content_type})
        limit = aiohttp.ClientTimeout(total=timeout_s)
        try:
            async with session.request(
                method, url, data=body, headers=headers, timeout=limit, allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise PublishedUnreachableError(f"status {response.status}")
                data = b""
                async for piece in response.content.iter_chunked(64 * 1024):
                    data += piece
                    if len(data) > max_bytes:
                        raise PublishedUnreachableError("too long")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise PublishedUnreachableError(type(error).__name__) from error
        return data

    def _made(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)
