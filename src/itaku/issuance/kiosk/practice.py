"""The practice stand behind the page: passes what a person does there to the devices, the shop and the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import msgspec

from itaku.basis.clock import JST, Clock, PracticeClock, to_instant, to_jst
from itaku.issuance.devices.contracts import CashState
from itaku.issuance.devices.errors import DeviceError, DeviceUnreachableError
from itaku.issuance.devices.stand_client import DeviceClient
from itaku.issuance.kiosk import screens
from itaku.issuance.kiosk.agent import Agent
from itaku.issuance.kiosk.journal import Phase
from itaku.issuance.kiosk.line import Line
from itaku.issuance.kiosk.practice_cash import CONTROLS, PersonAtCashUnit

FULL_PAPER = 500
_TIMEOUT = aiohttp.ClientTimeout(total=5)


class PracticeRefusedError(Exception):
    """The stand cannot do that now; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Practice:
    """What `GET /practice/...` shows and `POST /practice/...` does (`screens` has the list)."""

    def __init__(
        self,
        devices: DeviceClient,
        stand_socket: str,
        agent: Agent,
        line: Line,
        clock: Clock,
        clerk_page: str,
        cash: PersonAtCashUnit | None = None,
    ) -> None:
        self._cash = cash
        self._devices = devices
        self._stand_socket = stand_socket
        self._agent = agent
        self._line = line
        self._clock = clock
        self._clerk_page = clerk_page
        self._void: dict[str, bool] = {}
        self._offset_before_ms: int | None = None
        self._looks: dict[str, Callable[[], Awaitable[object]]] = {
            "cards": self._cards,
            "state": self._state,
            "tray": self._tray,
        }

    async def look(self, what: str) -> object:
        """Cards, state or tray."""
        if what not in self._looks:
            raise PracticeRefusedError("malformed")
        return await self._looks[what]()

    async def do(self, what: str, body: bytes) -> None:
        """One thing that a person does at the stand."""
        try:
            said = msgspec.json.decode(body or b"{}", type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise PracticeRefusedError("malformed") from error
        if what == "network":
            self._line.down = bool(said.get("gone"))
        elif what == "clock":
            self._move_clock(str(said.get("to", "")))
            self._agent.show_again()
        elif what == "clerk":
            await self._clerk(said)
        elif self._cash is not None and what in CONTROLS:
            await self._pay(self._cash, what, said)
        else:
            for path, change in _stand_requests(what, said):
                await self._post(path, change)

    async def sheet(self, name: str) -> bytes | None:
        """A sheet's picture or document; None if there is none of this name."""
        connector = aiohttp.UnixConnector(self._stand_socket)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT, trust_env=False) as session,
                session.get(f"http://stand/practice/tray/{name}") as answer,
            ):
                return await answer.read() if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def _cards(self) -> object:
        cards = await self._get("/practice/cards")
        return [
            screens.PracticeCard(
                id=card["id"],
                name=card.get("name", ""),
                situation=screens.Names(card["label_ja"], card["label_en"]),
                pin=card["pin"],
                locked=card.get("kind") == "locked",
            )
            for card in cards
        ]

    async def _state(self) -> object:
        state = await self._get("/practice/state")
        printer, cash = state["printer_condition"], state["cash_condition"]
        machine = self._agent.machine
        return screens.PracticeState(
            card=state["card_on_reader"] or "",
            paper_sheets=printer["paper"],
            jam_sheet=printer["jam_in"],
            jammed=printer["jammed"],
            cover_open=printer["cover_open"],
            network_gone=self._line.down,
            refund_fault=cash["refund_fault"] if self._cash is None else self._cash.refund_fault,
            counter_unreadable=printer["counter_unreadable"],
            clock_moved=isinstance(self._clock, PracticeClock) and self._clock.offset_ms != 0,
            awaiting_clerk=machine.state == "clerk",
            sheets_asked=machine.record.sheets_total if machine.record else 0,
            clerk_page=self._clerk_page,
        )

    async def _tray(self) -> object:
        copies: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for sheet in await self._get("/practice/tray"):
            # A job prints one copy after another; until the first is whole, everything belongs to it.
            copy = (sheet["sheet"] - 1) // sheet["pages"] + 1 if sheet["pages"] else 1
            copies.setdefault((sheet["job"], copy), []).append(sheet)
        return [
            screens.TrayPart(
                job=job,
                part=copy,
                pages=tuple(f"/practice/sheet/{sheet['name']}" for sheet in sheets),
                backs=tuple(f"/practice/sheet/{sheet['back']}" if sheet["back"] else "" for sheet in sheets),
                pdf=next((f"/practice/sheet/{sheet['document']}" for sheet in sheets if sheet["document"]), ""),
                void=await self._is_void(job),
            )
            for (job, copy), sheets in copies.items()
        ]

    async def _is_void(self, job: str) -> bool:
        """Whether the money of a job has gone back or has to: its sheets are worth nothing then."""
        record = self._agent.machine.record
        if record is not None and record.issuance_id.hex() == job:
            return record.phase in {Phase.REFUND_DUE, Phase.REFUNDED}
        if job not in self._void:
            cash = await self._money(job)
            if cash not in {CashState.REFUNDED, CashState.BANKED}:
                return cash is CashState.FAULT
            self._void[job] = cash is CashState.REFUNDED
        return self._void[job]

    async def _money(self, job: str) -> CashState:
        if self._cash is None:
            return CashState((await self._get(f"/cash/{job}"))["state"])
        try:
            return await self._cash.state(job)
        except DeviceError as error:
            raise PracticeRefusedError(error.code) from error

    async def _pay(self, cash: PersonAtCashUnit, what: str, said: dict[str, Any]) -> None:
        try:
            await cash.act(what, said)
        except (TypeError, ValueError) as error:
            raise PracticeRefusedError("malformed") from error
        except DeviceError as error:
            raise PracticeRefusedError("wrong_state") from error

    async def _clerk(self, said: dict[str, Any]) -> None:
        machine = self._agent.machine
        if machine.state != "clerk" or not self._clerk_page:
            raise PracticeRefusedError("wrong_state")
        refunded = bool(said.get("refunded"))
        form = {"issuance": machine.issuance_id.hex()}
        if not refunded:
            form["sheets"] = str(int(said.get("sheets", 0)))
        address = self._clerk_page.rstrip("/") + ("/refunded" if refunded else "/sheets")
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=False) as session,
                session.post(address, data=form, allow_redirects=False) as answer,
            ):
                if answer.status != 303:
                    raise PracticeRefusedError("wrong_state")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise PracticeRefusedError("internal") from error

    def _move_clock(self, to: str) -> None:
        if not isinstance(self._clock, PracticeClock):
            raise PracticeRefusedError("not_allowed")
        if not to:
            if self._offset_before_ms is not None:
                self._clock.move(self._offset_before_ms)
            self._offset_before_ms = None
            return
        try:
            wanted = dt.time.fromisoformat(to)
        except ValueError as error:
            raise PracticeRefusedError("malformed") from error
        now = self._clock.now()
        offset_ms = self._clock.offset_ms
        moment = to_instant(dt.datetime.combine(to_jst(now).date(), wanted, JST))
        if self._offset_before_ms is None:
            # The sandbox may run ahead of the machine's clock since its start: back means back to that.
            self._offset_before_ms = offset_ms
        self._clock.move(offset_ms + moment - now)

    async def _get(self, path: str) -> Any:
        try:
            return await self._devices.call(("GET", path), object, DeviceUnreachableError)
        except DeviceError as error:
            raise PracticeRefusedError(error.code) from error

    async def _post(self, path: str, change: dict[str, Any]) -> None:
        try:
            await self._devices.call(("POST", path), object, DeviceUnreachableError, msgspec.json.encode(change))
        except DeviceError as error:
            raise PracticeRefusedError("wrong_state") from error


def _stand_requests(what: str, said: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The stand's own requests for one control of the page."""
    simple: dict[str, tuple[str, dict[str, Any]]] = {
        "lay": ("/practice/reader/lay", {"card": said.get("card", "")}),
        "take": ("/practice/reader/take-away", {}),
        "coin": ("/practice/cash/insert", {"yen": said.get("yen", 0)}),
        "exact": ("/practice/cash/pay-exact", {}),
        "paper": ("/practice/printer/paper", {"sheets": 0}),
        "refill": ("/practice/printer/paper", {"sheets": FULL_PAPER}),
        "cover": ("/practice/printer/cover", {"on": bool(said.get("open"))}),
        "refund-fault": ("/practice/cash/refund-fault", {"on": bool(said.get("on"))}),
        "counter": ("/practice/printer/counter-unreadable", {"on": bool(said.get("unreadable"))}),
        "empty-tray": ("/practice/tray/empty", {}),
    }
    if what == "jam":
        sheet = said.get("sheet", 0)
        jam = ("/practice/printer/jam", {"sheets": sheet})
        return [jam] if sheet else [jam, ("/practice/printer/jammed", {"on": False})]
    if what not in simple:
        raise PracticeRefusedError("malformed")
    return [simple[what]]
