"""What a kiosk asks of the stand over HTTP: the three device contracts, path by path."""

from __future__ import annotations

import asyncio

from aiohttp import web

from itaku.issuance.devices import stand_wire as wire
from itaku.sandbox.stand.answers import answer, body
from itaku.sandbox.stand.stand import Stand

_PART = "/printer/jobs/{job:[0-9a-f]{1,64}}/{part:[0-9]{1,4}}"
_CASH = "/cash/{id:(?:[0-9a-f]{2}){1,32}}"


class DeviceRoutes:
    """Handlers over one stand."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

    def routes(self) -> list[web.RouteDef]:
        """Method, path and handler."""
        return [
            web.post("/reader/open", self._open),
            web.post("/reader/transmit", self._transmit),
            web.post("/reader/release", self._release),
            web.get("/printer", self._printer),
            web.post(_PART, self._submit),
            web.get(_PART, self._job),
            web.delete(_PART, self._cancel_job),
            web.get(_CASH, self._cash),
            web.post(_CASH + "/{verb:take|cancel|refund|bank}", self._cash_verb),
        ]

    async def _open(self, _request: web.Request) -> web.Response:
        try:
            session = await asyncio.wait_for(self._stand.reader.open(), wire.CARD_WAIT_S)
        except TimeoutError:
            return answer(wire.Session(None))
        return answer(wire.Session(session))

    async def _transmit(self, request: web.Request) -> web.Response:
        command = await body(request, wire.Command)
        return answer(wire.CardAnswer(self._stand.reader.transmit_in(command.session, command.apdu)))

    async def _release(self, _request: web.Request) -> web.Response:
        await self._stand.reader.release()
        return answer(None)

    async def _printer(self, _request: web.Request) -> web.Response:
        return answer(await self._stand.printer.status())

    async def _submit(self, request: web.Request) -> web.Response:
        copies = int(request.query.get("copies", "1"))
        await self._stand.printer.submit(*_part(request), await request.read(), copies)
        return answer(None)

    async def _job(self, request: web.Request) -> web.Response:
        return answer(await self._stand.printer.job(*_part(request)))

    async def _cancel_job(self, request: web.Request) -> web.Response:
        return answer(await self._stand.printer.cancel(*_part(request)))

    async def _cash(self, request: web.Request) -> web.Response:
        return answer(await self._stand.cash.status(bytes.fromhex(request.match_info["id"])))

    async def _cash_verb(self, request: web.Request) -> web.Response:
        cash, key = self._stand.cash, bytes.fromhex(request.match_info["id"])
        match request.match_info["verb"]:
            case "take":
                return answer(await cash.take(key, (await body(request, wire.Fee)).yen))
            case "cancel":
                return answer(await cash.cancel(key))
            case "refund":
                return answer(await cash.refund(key))
            case _:
                return answer(await cash.bank(key))


def _part(request: web.Request) -> tuple[str, int]:
    return request.match_info["job"], int(request.match_info["part"])
