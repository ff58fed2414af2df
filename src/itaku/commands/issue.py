"""`itaku issue`: one certificate from a virtual card to a PDF, through all nodes, as a resident would get it."""

from __future__ import annotations

import asyncio
import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from itaku.basis.errors import ItakuError
from itaku.commands.issue_options import tax_options
from itaku.commands.kiosk_page import KioskPage, KioskUnavailableError
from itaku.issuance.kiosk.screens import (
    Apply,
    Elsewhere,
    MenuItem,
    Screen,
    Service,
    Start,
    State,
    reason_of,
)
from itaku.issuance.protocol.kinds import Kind, Options
from itaku.supervisor.progress import Progress
from itaku.supervisor.state import Running, running
from itaku.supervisor.up import start

KIOSK = "k02"
"""The kiosk that serves the command line; the first one stays free for the page."""
_PATIENCE_S = 120.0


class NotIssuedError(ItakuError):
    """The session ended without a certificate; `code` of the instance is the refusal's."""

    ja = "証明書は交付されませんでした。"
    en = "No certificate was issued."

    def __init__(self, screen: Screen) -> None:
        reason = screen.outcome.reason if screen.outcome else screen.refusal
        self.code = reason.code if reason else "internal"  # type: ignore[misc]  # the refusal's own code
        self.ja = f"{reason.ja}{reason.next_ja}" if reason else type(self).ja  # type: ignore[misc]  # its own words
        self.en = f"{reason.en} {reason.next_en}" if reason else type(self).en  # type: ignore[misc]  # its own words
        super().__init__("")
        self.money = screen.outcome.money.value if screen.outcome else "none"


class UnknownResidentError(ItakuError):
    """No practice card of that id."""

    code = "resident_not_invented"
    ja = "その番号の練習用カードはありません。R0001 のように指定してください。"
    en = "There is no practice card of that id. Try one such as R0001."


class Wish(NamedTuple):
    """What is asked for."""

    resident: str
    options: Options | None
    """None: a tax certificate of the year that the menu offers."""
    kind: Kind
    copies: int
    pin: str
    registry: str = ""
    """Code of the registry municipality (本籍地) of which it is wanted; empty: of the own one."""


class Issued(msgspec.Struct, frozen=True):
    """What came of it. `seconds` tells how long each step took, as the clock on the wall has it."""

    pdf: str
    kind: str
    resident: str
    copies: int
    sheets: int
    fee_yen: int
    issuance_id: str
    seconds: dict[str, float]


def issue(state_dir: Path, wish: Wish, progress: Progress) -> Issued:
    """Issues one certificate; starts what is not running, and stops what it started."""
    began = time.monotonic()
    with nodes_for(state_dir, progress) as nodes:
        started = time.monotonic() - began
        address = nodes.pages[KIOSK].url
        with alone_at_kiosk(state_dir):
            result = asyncio.run(_at_the_kiosk(address, Path(nodes.notes[f"tray-{KIOSK}"]), wish))
    seconds = {"start": round(started, 3), **result.seconds}
    return msgspec.structs.replace(result, seconds={**seconds, "total": round(time.monotonic() - began, 3)})


@contextmanager
def nodes_for(state_dir: Path, progress: Progress) -> Iterator[Running]:
    """What runs in the state directory; started, and stopped afterwards, where nothing does."""
    now = running(state_dir)
    if now is not None:
        if not now.sandbox:
            raise KioskUnavailableError("what runs here is no sandbox")
        yield now
        return
    supervisor = start(state_dir, True, progress)
    try:
        now = running(state_dir)
        assert now is not None, "it has just been started"
        yield now
    finally:
        supervisor.stop()


@contextmanager
def alone_at_kiosk(state_dir: Path) -> Iterator[None]:
    """One command at a time stands at the kiosk; the next one waits behind it."""
    with (state_dir / "issue.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def _at_the_kiosk(address: str, tray: Path, wish: Wish) -> Issued:
    async with KioskPage(address) as page, asyncio.timeout(_PATIENCE_S):
        cards = {card["id"].lower() for card in await page.look("cards")}
        before = {part["job"] for part in await page.look("tray")}
        visit = _Visit(page, wish)
        if wish.resident.lower() not in cards:
            raise UnknownResidentError(wish.resident)
        last = await visit.walk()
        new = [part for part in await page.look("tray") if part["job"] not in before]
        assert len({part["job"] for part in new}) == 1, "one session prints one job"
        pdf = tray / Path(new[0]["pdf"]).name
        assert last.chosen is not None
        assert last.outcome is not None
        return Issued(
            pdf=str(pdf),
            kind=wish.kind.value,
            resident=wish.resident,
            copies=wish.copies,
            sheets=last.outcome.sheets_out,
            fee_yen=last.chosen.fee_yen,
            issuance_id=new[0]["job"],
            seconds=visit.seconds,
        )


class _Visit:
    """One visit to the kiosk, screen by screen."""

    def __init__(self, page: KioskPage, wish: Wish) -> None:
        self._page = page
        self._wish = wish
        self._applied = False
        self._elsewhere = False
        self._paid = False
        self._begun = False
        self._mark = time.monotonic()
        self.seconds: dict[str, float] = {}

    async def walk(self) -> Screen:
        """To the end of the session; the last screen, or `NotIssuedError`."""
        reached: State | None = None
        async for screen in self._page.screens():
            if screen.state is not reached:
                self._note(reached)
                reached = screen.state
            last = await self._answer(screen)
            if last is not None:
                return last
        raise KioskUnavailableError("the stream of screens ended")

    async def _answer(self, screen: Screen) -> Screen | None:
        match screen.state:
            case State.IDLE if not self._begun:
                self._begun = True
                await self._page.touch(Start(Service.CERTIFICATES))
                await self._page.practice("lay", card=self._wish.resident.lower())
            case State.RESULT if not self._begun:
                await self._page.finish(screen)
            case State.CHOOSING if self._wish.registry and not screen.registry:
                await self._go_elsewhere(screen)
            case State.CHOOSING if self._applied and screen.refusal is not None:
                await self._page.leave(screen)
                raise NotIssuedError(screen)
            case State.CHOOSING if not self._applied:
                self._applied = True
                await self._apply(screen)
            case State.PAYING if not self._paid:
                self._paid = True
                await self._pay()
            case State.RESULT | State.CLERK | State.PAPER_OUT:
                if screen.state is State.RESULT:
                    await self._page.leave(screen)
                if screen.outcome is None or screen.outcome.reason is not None:
                    raise NotIssuedError(screen)
                return screen
            case _:
                pass
        return None

    async def _go_elsewhere(self, screen: Screen) -> None:
        if self._elsewhere:
            return
        self._elsewhere = True
        if self._wish.registry not in {place.code for place in screen.elsewhere}:
            await self._page.leave(screen)
            raise NotIssuedError(msgspec.structs.replace(screen, refusal=reason_of("municipality_unknown")))
        await self._page.touch(Elsewhere(screen.session, self._wish.registry))

    async def _apply(self, screen: Screen) -> None:
        item = next((item for item in screen.menu if item.kind is self._wish.kind), None)
        if item is None:
            await self._page.leave(screen)
            raise NotIssuedError(msgspec.structs.replace(screen, refusal=reason_of("option_not_allowed")))
        if item.reason is not None:
            await self._page.leave(screen)
            raise NotIssuedError(_refused(screen, item))
        await self._page.touch(
            Apply(
                session=screen.session,
                kind=self._wish.kind,
                options=self._wish.options or tax_options(item.kind, item.fiscal_year or 0),
                copies=self._wish.copies,
                fee_yen=item.fee_yen * self._wish.copies,
                pin=self._wish.pin,
            )
        )

    async def _pay(self) -> None:
        # The screen asks for money a moment before the cash unit's door opens.
        for _ in range(100):
            try:
                await self._page.practice("exact")
            except KioskUnavailableError:
                await asyncio.sleep(0.02)
            else:
                return
        raise KioskUnavailableError("the cash unit takes no money")

    def _note(self, left: State | None) -> None:
        now = time.monotonic()
        if left is not None:
            name = _STEP_NAMES.get(left, left.value)
            self.seconds[name] = round(self.seconds.get(name, 0.0) + now - self._mark, 3)
        self._mark = now


def _refused(screen: Screen, item: MenuItem) -> Screen:
    return msgspec.structs.replace(screen, refusal=item.reason)


_STEP_NAMES = {
    State.IDLE: "welcome",
    State.READING: "read_card",
    State.OPENING: "open",
    State.CHOOSING: "choose",
    State.SIGNING: "pin_and_signature",
    State.APPLYING: "prepare_certificate",
    State.CHECKING: "check_printer",
    State.PERMITTING: "permit",
    State.PAYING: "pay",
    State.PRINTING: "print",
}
