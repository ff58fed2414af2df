"""How the stand answers over HTTP: JSON bodies, typed errors, and lost answers that really get lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from aiohttp import web

from itaku.basis.errors import ItakuError
from itaku.issuance.devices.errors import DeviceUnreachableError
from itaku.issuance.devices.stand_wire import DEVICE_ERRORS, Failed

T = TypeVar("T")
_KINDS: dict[type[ItakuError], str] = {error: kind for kind, error in DEVICE_ERRORS.items()}


class NotTakenError(ItakuError):
    """What a person did had no effect: no money was asked for, nothing prints."""

    code = "not_taken"
    ja = "いまはその操作をしても何も起きません。"
    en = "Nothing happens by this at the moment."


def answer(value: object, status: int = 200) -> web.Response:
    """A value as JSON."""
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")


async def body(request: web.Request, kind: type[T]) -> T:
    """A request's JSON body, parsed."""
    return msgspec.json.decode(await request.read(), type=kind)


@web.middleware
async def failures(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Errors as `Failed`; an answer that a practice device is to lose is cut off on the way."""
    try:
        return await handler(request)
    except DeviceUnreachableError:
        if request.transport is not None:
            request.transport.abort()
        raise web.HTTPServiceUnavailable from None
    except ItakuError as error:
        return answer(Failed(_KINDS.get(type(error), error.code), error.detail), 409)
    except (msgspec.DecodeError, ValueError):
        # Without the text of the error: it may quote what was sent.
        return answer(Failed("malformed"), 400)
