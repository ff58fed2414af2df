"""An agent for the page's tests: serves the real page on loopback, shows what it is told, keeps what it is sent."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import msgspec
from aiohttp import web
from PIL import Image, ImageDraw

from itaku.basis.clock import InstantMs
from itaku.basis.yen import Yen
from itaku.issuance.kiosk.screens import (
    PAGE_DIR,
    PAGE_HEADERS,
    STEP,
    Action,
    CardPlace,
    Chosen,
    DataPlace,
    MenuItem,
    MoneyPlace,
    Names,
    Outcome,
    PaperPlace,
    PracticeCard,
    PracticeState,
    Screen,
    Service,
    State,
    TrayPart,
    action_of,
    reason_of,
    screen_event,
)
from itaku.issuance.protocol.kinds import KIND_TITLE, Kind, Member, ResidentRecordOptions

NOW = InstantMs(1_782_996_240_000)
"""2026-07-02 21:44 in Japan."""
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ARTEFACTS = Path(__file__).parents[3] / "artefacts" / "kiosk"

_HAND_BACK = ("cancel", "touched", "continue", "call_clerk")
_AFTER = ("finish", "touched", "continue", "call_clerk")
RECORD = Names(*KIND_TITLE[Kind.RESIDENT_RECORD])
SEAL = Names(*KIND_TITLE[Kind.SEAL_REGISTRATION])
MENU = (
    MenuItem(Kind.RESIDENT_RECORD, RECORD, Yen(200)),
    MenuItem(Kind.SEAL_REGISTRATION, SEAL, Yen(200)),
)
MENU_WITHOUT_SEAL = (
    MENU[0],
    MenuItem(Kind.SEAL_REGISTRATION, SEAL, Yen(200), reason_of("outside_hours", "9:00-17:00")),
)
CHOSEN = Chosen(
    Kind.RESIDENT_RECORD,
    RECORD,
    ResidentRecordOptions((Member.SELF, Member.CHILDREN), registered_domicile=True, head_and_relation=True),
    2,
    Yen(400),
)


def screen(state: State, **more) -> Screen:
    """A screen as the agent would send it in that state."""
    facts = {
        "state": state,
        "now_ms": NOW,
        "step": STEP.get(state, 5),
        "shop": Names("汐見中央店", "Shiomi Chuo"),
        "may": () if state is State.IDLE else _HAND_BACK,
    }
    if state is not State.IDLE:
        facts |= {"session": "7f3a", "service": Service.CERTIFICATES, "card": CardPlace.LYING}
    if state not in {State.IDLE, State.READING, State.OPENING}:
        facts |= {"municipality": Names("汐見市", "Shiomi City"), "tries_left": 3, "menu": MENU}
    if state is State.CHOOSING:
        facts |= {"deadline_ms": InstantMs(NOW + 72_000)}
    if state not in {State.IDLE, State.READING, State.OPENING, State.CHOOSING}:
        facts |= {"chosen": CHOSEN}
    return Screen(**(facts | more))


def outcome(code: str = "", **more) -> Outcome:
    """What is confirmed when nothing was paid and nothing printed, unless told otherwise."""
    facts = {
        "reason": reason_of(code) if code else None,
        "at_ms": NOW,
        "card": CardPlace.LYING,
        "money": MoneyPlace.NONE,
        "paper": PaperPlace.NONE,
        "data": DataPlace.NONE,
    }
    return Outcome(**(facts | more))


def ended(code: str = "", *, step: int = 5, **more) -> Screen:
    """The result screen with that refusal, or of a finished issuance."""
    return screen(
        State.RESULT,
        step=step,
        failed=bool(code) and code != "cancelled",
        may=_AFTER,
        deadline_ms=InstantMs(NOW + 168_000),
        outcome=outcome(code, **more),
    )


JAM = ended(
    "paper_jam",
    money=MoneyPlace.AT_REGISTER,
    money_yen=Yen(400),
    paper=PaperPlace.INSIDE,
    sheets_out=1,
    sheets_total=2,
    data=DataPlace.ERASED,
    erased_at_ms=NOW,
    case_no="K7 4821 93",
    clerk_called=True,
)
DONE = ended(
    money=MoneyPlace.TAKEN,
    money_yen=Yen(400),
    paper=PaperPlace.OUT,
    sheets_out=2,
    sheets_total=2,
    data=DataPlace.ERASED,
    erased_at_ms=NOW,
    case_no="K7 4821 93",
)
HELD = {
    "money": MoneyPlace.HELD,
    "money_yen": Yen(400),
    "sheets_out": 1,
    "sheets_total": 2,
    "data": DataPlace.KEEPING,
    "case_no": "K7 4821 93",
    "clerk_called": True,
}


def _interrupted(state: State, code: str, **more) -> Screen:
    return screen(state, may=("call_clerk",), money_held=True, outcome=outcome(code, **(HELD | more)))


SCREENS: dict[str, Screen] = {
    "idle": screen(State.IDLE),
    "reading": screen(State.READING, card=CardPlace.NONE, deadline_ms=InstantMs(NOW + 55_000)),
    "reading-again": screen(State.READING, card=CardPlace.NONE, refusal=reason_of("card_unreadable")),
    "opening": screen(State.OPENING, tries_left=3),
    "choosing": screen(State.CHOOSING, menu=MENU_WITHOUT_SEAL),
    "choosing-last-seconds": screen(State.CHOOSING, deadline_ms=InstantMs(NOW + 18_000), menu=MENU_WITHOUT_SEAL),
    "choosing-again": screen(State.CHOOSING, refusal=reason_of("members_none"), tries_left=1),
    "members-again": screen(State.CHOOSING, chosen=CHOSEN, refusal=reason_of("members_none")),
    "wrong-pin-2": screen(State.CHOOSING, chosen=CHOSEN, refusal=reason_of("pin_wrong"), tries_left=2),
    "wrong-pin-1": screen(
        State.CHOOSING, chosen=CHOSEN, refusal=reason_of("pin_wrong"), tries_left=1, deadline_ms=InstantMs(NOW + 18_000)
    ),
    "signing": screen(State.SIGNING, may=()),
    "applying": screen(State.APPLYING),
    "checking": screen(State.CHECKING, card=CardPlace.RETURNED),
    "permitting": screen(State.PERMITTING, card=CardPlace.RETURNED),
    "paying": screen(
        State.PAYING,
        card=CardPlace.RETURNED,
        due_yen=Yen(400),
        paid_yen=Yen(150),
        may=("cancel_payment", "call_clerk"),
        deadline_ms=InstantMs(NOW + 48_000),
    ),
    "paying-card": screen(
        State.PAYING, due_yen=Yen(2000), may=("cancel_payment",), deadline_ms=InstantMs(NOW + 48_000)
    ),
    "cancelling": screen(State.CANCELLING, paid_yen=Yen(150), may=(), money_held=True),
    "printing": screen(State.PRINTING, sheets_done=1, sheets_total=2, may=("call_clerk",), money_held=True),
    "printing-ten": screen(
        State.PRINTING, sheets_done=3, sheets_total=10, may=(), money_held=True, card=CardPlace.RETURNED
    ),
    "paper-out": screen(
        State.PAPER_OUT,
        may=("call_clerk",),
        money_held=True,
        deadline_ms=InstantMs(NOW + 280_000),
        outcome=outcome("paper_out", **(HELD | {"paper": PaperPlace.OUT})),
    ),
    "cover-open": screen(
        State.PAPER_OUT,
        may=("call_clerk",),
        money_held=True,
        deadline_ms=InstantMs(NOW + 280_000),
        outcome=outcome("cover_open", **(HELD | {"paper": PaperPlace.OUT})),
    ),
    "clerk-refund": _interrupted(
        State.CLERK,
        "paper_jam",
        money=MoneyPlace.AT_REGISTER,
        paper=PaperPlace.INSIDE,
        data=DataPlace.ERASED,
        erased_at_ms=NOW,
    ),
    "asking": _interrupted(State.ASKING, "printing_unconfirmed", paper=PaperPlace.ASKING),
    "refunding": _interrupted(
        State.REFUNDING, "paper_jam", paper=PaperPlace.INSIDE, data=DataPlace.ERASED, erased_at_ms=NOW
    ),
    "clerk": _interrupted(State.CLERK, "printing_unconfirmed", paper=PaperPlace.ASKING),
    "clerk-cash": _interrupted(State.CLERK, "cash_fault", money=MoneyPlace.ASKING, paper=PaperPlace.NONE, sheets_out=0),
    "done": DONE,
    "paper-jam": JAM,
    "refunded": ended(
        "paper_out",
        money=MoneyPlace.RETURNED,
        money_yen=Yen(400),
        paper=PaperPlace.VOID,
        sheets_out=1,
        sheets_total=2,
        data=DataPlace.ERASED,
        erased_at_ms=NOW,
        case_no="K7 4821 93",
        clerk_called=True,
    ),
    "cancelled": ended("cancelled", step=2),
    "tries-3": screen(State.TRIES, service=Service.TRIES, may=_AFTER, deadline_ms=InstantMs(NOW + 60_000)),
    "tries-1": screen(
        State.TRIES, service=Service.TRIES, may=_AFTER, tries_left=1, deadline_ms=InstantMs(NOW + 15_000)
    ),
    "tries-0": screen(State.TRIES, service=Service.TRIES, may=_AFTER, tries_left=0, card=CardPlace.RETURNED),
}
"""One screen for every state and every way it can look."""

FAILURES: dict[str, int] = {
    "pin_blocked": 3,
    "card_expired": 1,
    "card_revoked": 1,
    "card_not_yet_valid": 1,
    "card_old_juki": 1,
    "card_removed": 2,
    "outside_hours": 1,
    "network_gone": 3,
    "center_unavailable": 1,
    "record_unavailable": 1,
    "document_mismatch": 3,
    "moved_out": 3,
    "character_pending": 3,
    "printer_not_ready": 3,
    "not_paid": 4,
    "session_timeout": 2,
}
"""Refusals that end a session before any money, and the step at which they do."""
SCREENS |= {code.replace("_", "-"): ended(code, step=step) for code, step in FAILURES.items()}

CARDS = (
    PracticeCard("c1", "汐見 太郎", Names("4人世帯の世帯主", "Head of a household of four"), "1234"),
    PracticeCard("c2", "髙橋 葛󠄀葉", Names("氏名に異体字", "A variant character in the name"), "2222"),
    PracticeCard("c3", "GREEN MARIA", Names("外国籍の方", "A foreign resident"), "3333"),
    PracticeCard("c4", "浜辺 凪", Names("カードの期限切れ", "An expired card"), "4444"),
    PracticeCard("c5", "磯部 渚", Names("失効したカード", "A revoked card"), "5555"),
    PracticeCard("c6", "港 一郎", Names("転出の届け出あり", "A moving-out notice is on file"), "6666"),
)


class ScriptedAgent:
    """Serves the page. `show` pushes a screen; `actions` holds what the page sent; `answer` is the code of a 409."""

    def __init__(self) -> None:
        self.now = SCREENS["idle"]
        self.actions: list[Action] = []
        self.bodies: list[bytes] = []
        self.practised: list[tuple[str, dict]] = []
        self.answer = ""
        self.state = PracticeState(paper_sheets=250)
        self.tray: tuple[TrayPart, ...] = ()
        self.url = ""
        self._listeners: set[asyncio.Queue[bytes | None]] = set()
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/events", self._events),
                web.post("/act", self._act),
                web.get("/practice/{name}", self._practice),
                web.post("/practice/{name}", self._practise),
                web.get("/paper/{name}", self._paper),
                web.get("/page/{path:.+}", self._file),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)

    async def start(self) -> None:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"

    async def stop(self) -> None:
        self.hang_up()
        await self._runner.cleanup()

    def show(self, screen: Screen) -> None:
        self.now = screen
        for queue in self._listeners:
            queue.put_nowait(screen_event(screen))

    def hang_up(self) -> None:
        """Ends every event stream, as a dying agent would."""
        for queue in self._listeners:
            queue.put_nowait(None)

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE_DIR / "index.html", headers=PAGE_HEADERS)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        path = (PAGE_DIR / request.match_info["path"]).resolve()
        assert path.is_relative_to(PAGE_DIR)
        if not path.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(path, headers=PAGE_HEADERS)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        queue.put_nowait(screen_event(self.now))
        self._listeners.add(queue)
        try:
            while (event := await queue.get()) is not None:
                await response.write(event)
        except ConnectionResetError:
            pass
        finally:
            self._listeners.discard(queue)
        return response

    async def _act(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.bodies.append(body)
        self.actions.append(action_of(body))
        if self.answer:
            return web.json_response({"code": self.answer}, status=409)
        return web.Response(status=204)

    async def _practice(self, request: web.Request) -> web.StreamResponse:
        data = {"cards": CARDS, "state": self.state, "tray": self.tray}[request.match_info["name"]]
        return web.Response(body=msgspec.json.encode(data), content_type="application/json")

    async def _practise(self, request: web.Request) -> web.StreamResponse:
        self.practised.append((request.match_info["name"], json.loads(await request.read())))
        if request.match_info["name"] == "lay":
            self.state = msgspec.structs.replace(self.state, card=self.practised[-1][1]["card"])
        return web.Response(status=204)

    async def _paper(self, _: web.Request) -> web.StreamResponse:
        picture = Image.new("RGB", (420, 594), "white")
        ImageDraw.Draw(picture).rectangle((40, 40, 380, 300), outline="black")
        data = io.BytesIO()
        picture.save(data, "png")
        return web.Response(body=data.getvalue(), content_type="image/png")
