"""What tests ask of a running sandbox: its pages, its databases, its devices, and blows to its nodes."""

from __future__ import annotations

import asyncio
import contextlib
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import msgspec

from itaku.basis.clock import PracticeClock
from itaku.commands.kiosk_page import KioskPage, KioskUnavailableError
from itaku.issuance.kiosk.screens import Apply, Screen, Service, Start, State
from itaku.issuance.protocol.kinds import Kind, Options, ResidentRecordOptions, SealRegistrationOptions
from itaku.sandbox.town import CODE
from itaku.supervisor.state import Running, running
from itaku.supervisor.supervising import Supervisor

Hook = Callable[[Screen], Awaitable[None]]
MUNICIPALITY = f"m{CODE}"


class SandboxUnderTest:
    def __init__(self, directory: Path, supervisor: Supervisor) -> None:
        self.directory = directory
        self.supervisor = supervisor

    @property
    def now(self) -> Running:
        found = running(self.directory)
        assert found is not None
        return found

    def page(self, kiosk: str = "k01") -> str:
        return self.now.pages[kiosk].url

    def move_clock(self, milliseconds: int) -> None:
        with contextlib.closing(PracticeClock(self.directory / "clock")) as clock:
            clock.move(clock.offset_ms + milliseconds)

    def settings(self, name: str) -> dict[str, Any]:
        return tomllib.loads((self.directory / "settings" / f"{name}.toml").read_text(encoding="utf-8"))

    async def center(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        return await _query(self.settings("center-1")["dsn"], query, *arguments)

    async def municipality(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        return await _query(self.settings(MUNICIPALITY)["dsn"], query, *arguments)

    async def stand(self, method: str, path: str, kiosk: str = "k01", **facts: Any) -> Any:
        connector = aiohttp.UnixConnector(self.settings(kiosk)["stand_socket"])
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.request(method, f"http://stand{path}", data=msgspec.json.encode(facts)) as answer,
        ):
            body = await answer.read()
            assert answer.status < 400, (path, answer.status, body)
            return msgspec.json.decode(body) if body else None

    async def take_card_away(self, kiosk: str = "k01") -> None:
        state = await self.stand("GET", "/practice/state", kiosk)
        if state["card_on_reader"]:
            await self.stand("POST", "/practice/reader/take-away", kiosk)


async def _query(dsn: str, query: str, *arguments: Any) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(query, *arguments)
    finally:
        await connection.close()


OPTIONS: dict[Kind, Options] = {
    Kind.RESIDENT_RECORD: ResidentRecordOptions(),
    Kind.SEAL_REGISTRATION: SealRegistrationOptions(),
}


class Visitor:
    """A resident at a kiosk who does what is asked, screen by screen; `hooks` step in when a state is first shown."""

    def __init__(
        self,
        page: KioskPage,
        card: str = "r0001",
        *,
        options: Options | None = None,
        kind: Kind = Kind.RESIDENT_RECORD,
        copies: int = 1,
        pins: tuple[str, ...] = ("1234",),
        hooks: dict[State, Hook] | None = None,
        pays: bool = True,
    ) -> None:
        self.page = page
        self.card = card
        self.options = options or OPTIONS[kind]
        self.kind = kind
        self.copies = copies
        self.pins = list(pins)
        self.hooks = dict(hooks or {})
        self.pays = pays
        self.seen: list[Screen] = []
        self._begun = False
        self._paid = False

    async def visit(self, at_most_s: float = 60.0) -> Screen:
        """To the result's screen; reconnects when the kiosk restarts, as the page does."""
        async with asyncio.timeout(at_most_s):
            while True:
                try:
                    async for screen in self.page.screens():
                        last = await self._see(screen)
                        if last is not None:
                            return last
                except KioskUnavailableError:
                    pass
                await asyncio.sleep(0.05)

    async def _see(self, screen: Screen) -> Screen | None:
        fresh = not self.seen or self.seen[-1].state is not screen.state
        self.seen.append(screen)
        if fresh and screen.state in self.hooks and self._begun:
            await self.hooks.pop(screen.state)(screen)
        match screen.state:
            case State.IDLE if not self._begun:
                self._begun = True
                await self.page.touch(Start(Service.CERTIFICATES))
                await self.page.practice("lay", card=self.card)
            case State.IDLE if fresh:
                return screen
            case State.RESULT if not self._begun:
                await self.page.finish(screen)
            case State.RESULT:
                await self.page.finish(screen)
                return screen
            case State.CHOOSING if self.pins and (fresh or screen.refusal is not None):
                await self._apply(screen)
            case State.PAYING if self.pays and not self._paid:
                self._paid = True
                await self._pay()
            case _:
                pass
        return None

    async def _apply(self, screen: Screen) -> None:
        item = next(item for item in screen.menu if item.kind is self.kind)
        await self.page.touch(
            Apply(
                session=screen.session,
                kind=self.kind,
                options=self.options,
                copies=self.copies,
                fee_yen=item.fee_yen * self.copies,
                pin=self.pins.pop(0),
            )
        )

    async def _pay(self) -> None:
        """Pays as soon as the cash unit takes money; a kiosk that was killed meanwhile may never ask for it."""
        for _ in range(100):
            try:
                await self.page.practice("exact")
            except KioskUnavailableError:
                await asyncio.sleep(0.02)
            else:
                return
