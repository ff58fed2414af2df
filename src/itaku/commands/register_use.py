"""`itaku register-use`: an application for use (利用登録申請) at the kiosk, from a virtual card to a receipt number."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import NamedTuple

import msgspec

from itaku.basis.clock import to_jst
from itaku.commands.issue import (
    KIOSK,
    NotIssuedError,
    UnknownResidentError,
    alone_at_kiosk,
    nodes_for,
)
from itaku.commands.kiosk_page import KioskPage, KioskUnavailableError
from itaku.issuance.kiosk.screens import (
    Elsewhere,
    RegisterUse,
    Screen,
    Service,
    Start,
    State,
    reason_of,
)
from itaku.supervisor.progress import Progress

_PATIENCE_S = 120.0


class NotReceivedError(NotIssuedError):
    """The session ended without a receipt; `code` of the instance is the refusal's."""

    ja = "利用登録の申請は受け付けられませんでした。"
    en = "The application for registration was not received."


class UseWish(NamedTuple):
    """What is applied for. Claims and PIN never appear in an error."""

    resident: str
    municipality: str
    domicile: str
    head_name: str
    pin: str


class Received(msgspec.Struct, frozen=True):
    """What the screen showed."""

    receipt_no: str
    municipality: str
    resident: str
    usable_from: str
    """The first day on which it is expected to be usable, in Japan."""
    fee_yen: int
    seconds: float


def register_use(state_dir: Path, wish: UseWish, progress: Progress) -> Received:
    """Applies; starts what is not running, and stops what it started. Raises `NotReceivedError`."""
    with nodes_for(state_dir, progress) as nodes, alone_at_kiosk(state_dir):
        return asyncio.run(_at_the_kiosk(nodes.pages[KIOSK].url, wish))


async def _at_the_kiosk(address: str, wish: UseWish) -> Received:
    async with KioskPage(address) as page, asyncio.timeout(_PATIENCE_S):
        cards = {card["id"].lower() for card in await page.look("cards")}
        if wish.resident.lower() not in cards:
            raise UnknownResidentError(wish.resident)
        began = time.monotonic()
        visit = _Visit(page, wish)
        async for screen in page.screens():
            last = await visit.answer(screen)
            if last is not None and last.use is not None:
                return Received(
                    receipt_no=last.use.case_no,
                    municipality=wish.municipality,
                    resident=wish.resident,
                    usable_from=to_jst(last.use.usable_from_ms).date().isoformat(),
                    fee_yen=0,
                    seconds=round(time.monotonic() - began, 3),
                )
    raise KioskUnavailableError("the stream of screens ended")


class _Visit:
    """One visit to the kiosk, screen by screen. Each thing is touched once."""

    def __init__(self, page: KioskPage, wish: UseWish) -> None:
        self._page = page
        self._wish = wish
        self._touched: set[str] = set()

    async def answer(self, screen: Screen) -> Screen | None:
        """Does what the screen asks for; the last screen, or `NotReceivedError`."""
        match screen.state:
            case State.IDLE if self._first("start"):
                await self._page.touch(Start(Service.CERTIFICATES))
                await self._page.practice("lay", card=self._wish.resident.lower())
            case State.RESULT | State.REGISTERED if "start" not in self._touched:
                await self._page.finish(screen)
            case State.CHOOSING if "apply" in self._touched and screen.refusal is not None:
                await self._page.leave(screen)
                raise NotReceivedError(screen)
            case State.CHOOSING if screen.registry:
                await self._apply(screen)
            case State.CHOOSING if self._first("elsewhere"):
                if self._wish.municipality not in {place.code for place in screen.elsewhere}:
                    await self._page.leave(screen)
                    raise NotReceivedError(_refused(screen, "municipality_unknown"))
                await self._page.touch(Elsewhere(screen.session, self._wish.municipality))
            case State.REGISTERED:
                await self._page.leave(screen)
                return screen
            case State.RESULT:
                await self._page.leave(screen)
                raise NotReceivedError(screen)
            case _:
                pass
        return None

    async def _apply(self, screen: Screen) -> None:
        if not self._first("apply"):
            return
        if not screen.may_register:
            await self._page.leave(screen)
            raise NotReceivedError(_refused(screen, "municipality_unknown"))
        wish = self._wish
        await self._page.touch(
            RegisterUse(session=screen.session, domicile=wish.domicile, head_name=wish.head_name, pin=wish.pin)
        )

    def _first(self, what: str) -> bool:
        new = what not in self._touched
        self._touched.add(what)
        return new


def _refused(screen: Screen, code: str) -> Screen:
    return msgspec.structs.replace(screen, refusal=reason_of(code))
