"""What a person does at the stand over HTTP: cards, coins, paper, faults, the tray. Practice only."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web

from itaku.sandbox.stand.answers import NotTakenError, answer, body
from itaku.sandbox.stand.stand import Stand

Count = Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class Lay(msgspec.Struct, frozen=True):
    """Which demonstration card."""

    card: str


class Coin(msgspec.Struct, frozen=True):
    """10, 50, 100, 500 or 1000 yen."""

    yen: int


class Sheets(msgspec.Struct, frozen=True):
    """A number of sheets."""

    sheets: Count


class Commands(msgspec.Struct, frozen=True):
    """A number of commands to the card."""

    commands: Count


class Switch(msgspec.Struct, frozen=True):
    """A fault comes (`true`) or goes."""

    on: bool


_PRINTER_SWITCHES = {
    "cover": "cover_open",
    "jammed": "jammed",
    "counter-unreadable": "counter_unreadable",
    "lose-reply": "lose_reply",
}
_CASH_SWITCHES = {"refund-fault": "refund_fault", "coin-jam": "coin_jam", "lose-reply": "lose_reply"}


class PracticeRoutes:
    """Handlers over one stand. What changes something answers with the stand's new state."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

    def routes(self) -> list[web.RouteDef]:
        """Method, path and handler."""
        return [
            web.get("/practice/state", self._state),
            web.get("/practice/cards", self._cards),
            web.post("/practice/cards/{card}/unlock", self._unlock),
            web.post("/practice/reader/lay", self._lay),
            web.post("/practice/reader/take-away", self._take_away),
            web.post("/practice/reader/remove-after", self._remove_after),
            web.post("/practice/cash/insert", self._insert),
            web.post("/practice/cash/pay-exact", self._pay_exact),
            web.post(f"/practice/cash/{_one_of(_CASH_SWITCHES)}", self._cash_switch),
            web.post("/practice/printer/jam", self._jam),
            web.post("/practice/printer/paper", self._paper),
            web.post("/practice/printer/abort", self._abort),
            web.post(f"/practice/printer/{_one_of(_PRINTER_SWITCHES)}", self._printer_switch),
            web.get("/practice/tray", self._tray),
            web.post("/practice/tray/empty", self._empty_tray),
            web.get("/practice/tray/{name}", self._sheet),
        ]

    async def _state(self, _request: web.Request) -> web.Response:
        return answer(await self._stand.state())

    async def _cards(self, _request: web.Request) -> web.Response:
        return answer(list(self._stand.cards.values()))

    async def _unlock(self, request: web.Request) -> web.Response:
        self._stand.unlock_card(request.match_info["card"])
        return await self._state(request)

    async def _lay(self, request: web.Request) -> web.Response:
        self._stand.lay_card((await body(request, Lay)).card)
        return await self._state(request)

    async def _take_away(self, request: web.Request) -> web.Response:
        self._stand.take_card()
        return await self._state(request)

    async def _remove_after(self, request: web.Request) -> web.Response:
        commands = (await body(request, Commands)).commands
        if self._stand.reader.card is None:
            raise NotTakenError
        self._stand.reader.card.remove_after(commands)
        return await self._state(request)

    async def _insert(self, request: web.Request) -> web.Response:
        if not self._stand.cash.insert((await body(request, Coin)).yen):
            raise NotTakenError
        return await self._state(request)

    async def _pay_exact(self, request: web.Request) -> web.Response:
        if not self._stand.cash.pay_exact():
            raise NotTakenError
        return await self._state(request)

    async def _cash_switch(self, request: web.Request) -> web.Response:
        change = {_CASH_SWITCHES[request.match_info["switch"]]: (await body(request, Switch)).on}
        self._stand.cash.set_condition(msgspec.structs.replace(self._stand.cash.condition, **change))
        return await self._state(request)

    async def _jam(self, request: web.Request) -> web.Response:
        return await self._change_printer(request, jam_in=(await body(request, Sheets)).sheets)

    async def _paper(self, request: web.Request) -> web.Response:
        return await self._change_printer(request, paper=(await body(request, Sheets)).sheets)

    async def _abort(self, request: web.Request) -> web.Response:
        if not await self._stand.printer.abort():
            raise NotTakenError
        return await self._state(request)

    async def _printer_switch(self, request: web.Request) -> web.Response:
        change = {_PRINTER_SWITCHES[request.match_info["switch"]]: (await body(request, Switch)).on}
        return await self._change_printer(request, **change)

    async def _change_printer(self, request: web.Request, **changes: int | bool) -> web.Response:
        self._stand.printer.set_condition(msgspec.structs.replace(self._stand.printer.condition, **changes))
        return await self._state(request)

    async def _tray(self, _request: web.Request) -> web.Response:
        return answer(self._stand.tray_sheets())

    async def _empty_tray(self, request: web.Request) -> web.Response:
        if self._stand.tray is not None:
            self._stand.tray.empty()
        return await self._state(request)

    async def _sheet(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        data = self._stand.tray.read(name) if self._stand.tray is not None else None
        if data is None:
            raise web.HTTPNotFound
        kind = "application/pdf" if name.endswith(".pdf") else "image/png"
        return web.Response(body=data, content_type=kind, headers={"Cache-Control": "no-store"})


def _one_of(switches: dict[str, str]) -> str:
    return "{switch:" + "|".join(switches) + "}"
