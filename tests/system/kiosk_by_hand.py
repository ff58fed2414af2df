"""Nodes worked by hand over the sandbox's own lines: all that someone with a node's key can say."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from sandbox_under_test import MUNICIPALITY, SandboxUnderTest

from itaku.basis.canonical import canonical_value
from itaku.basis.clock import InstantMs, PracticeClock, to_instant
from itaku.basis.randomness import IssuanceId, SystemRandomness, new_issuance_id
from itaku.basis.yen import Yen
from itaku.issuance.devices.card_office import CardOffice
from itaku.issuance.devices.jpki import Jpki
from itaku.issuance.devices.virtual_card import VirtualCard
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.digests import application_digest, session_key_hash
from itaku.issuance.protocol.kinds import Options, ResidentRecordOptions
from itaku.issuance.protocol.receipts import make_receipt, make_void_receipt
from itaku.issuance.protocol.sealing import SessionSecret
from itaku.issuance.transport.client import PeerClient
from itaku.issuance.transport.identity import Role, client_context
from itaku.sandbox.stand.cards import card_of, read_cards
from itaku.sandbox.town import CODE
from itaku.supervisor.pki import NodeFiles, Pki
from itaku.supervisor.plan import BUILD

RANDOM = SystemRandomness()
RELAY, CENTER, SHOP = ("relay-1", Role.RELAY), ("center-1", Role.CENTER), ("shop-1", Role.SHOP)
CITY = (MUNICIPALITY, Role.MUNICIPALITY)
REGISTRY = f"registry-{CODE}"
PATH = {Role.SHOP: "/shop"}


class Town:
    """The sandbox as seen by someone who holds nodes' keys and residents' cards."""

    def __init__(self, sandbox: SandboxUnderTest) -> None:
        self.sandbox = sandbox
        self.pki = Pki(sandbox.directory / "pki")
        folder = sandbox.directory / "sandbox"
        self.office = CardOffice(folder / "card-office")
        self.cards = {card.id: card for card in read_cards(folder / "cards-everyone.json")}
        self._open: list[PeerClient] = []
        self._sessions: list[Session] = []

    def now(self) -> InstantMs:
        with contextlib.closing(PracticeClock(self.sandbox.directory / "clock")) as clock:
            return clock.now()

    def url(self, node: tuple[str, Role]) -> str:
        return f"https://127.0.0.1:{self.sandbox.settings(node[0])['listen_port']}"

    def dns(self, node: tuple[str, Role]) -> str:
        return f"{node[0]}.{node[1].value}.itaku.internal"

    def files(self, name: str, role: Role) -> NodeFiles:
        return self.pki.node(name, role)

    def client(
        self, files: NodeFiles, to: tuple[str, Role], *, expects: str = "", ca: Path | None = None
    ) -> PeerClient:
        tls = client_context(files.certificate, files.key, ca or self.pki.ca)
        client = PeerClient(self.url(to), expects or self.dns(to), tls)
        self._open.append(client)
        return client

    async def fresh(self) -> None:
        """Until the replica is current again: the tests' clock may just have been moved."""

        async def current() -> bool:
            rows = await self.sandbox.municipality("SELECT as_of FROM replica_state WHERE proven")
            return bool(rows) and abs(to_instant(rows[0]["as_of"]) - self.now()) < 60_000

        await until(current)

    def kiosk(self, name: str = "k01") -> Hand:
        return Hand(self, name)

    async def ask_city(self, request: m.Request) -> m.Answer:
        """As the center itself would."""
        client = self.client(self.files(*CENTER), CITY)
        return m.decode_answer(await client.post("/m", m.encode(request), 20))

    def card(self, resident: str) -> VirtualCard:
        return card_of(self.office, self.cards[resident], self.now())

    def keep(self, session: Session) -> None:
        self._sessions.append(session)

    async def leave(self) -> None:
        """Ends what is under way, so that nothing waits for a deadline, and closes the lines."""
        for session in self._sessions:
            await session.give_up()
        for client in self._open:
            await client.close()

    async def incidents(self, issuance_id: bytes) -> list[str]:
        """Codes of the center's incident entries that name this issuance, numbered or still waiting."""
        rows = await self.sandbox.center("SELECT body FROM record_entry UNION ALL SELECT body FROM record_pending")
        found = []
        for row in rows:
            entry: Any = canonical_value(row["body"])
            if entry["kind"] == "incident" and entry["facts"]["issuance_id"] == issuance_id:
                found.append(entry["facts"]["code"])
        return found

    async def state(self, issuance_id: bytes) -> str | None:
        rows = await self.sandbox.center("SELECT state FROM issuance WHERE issuance_id = $1", issuance_id)
        return rows[0]["state"] if rows else None

    async def city_state(self, issuance_id: bytes) -> str | None:
        rows = await self.sandbox.municipality("SELECT state FROM issuing WHERE issuance_id = $1", issuance_id)
        return rows[0]["state"] if rows else None


async def touch(card: VirtualCard) -> Jpki:
    class Reader:
        async def transmit(self, apdu: bytes) -> bytes:
            return card.transmit(apdu)

    jpki = Jpki(Reader())
    await jpki.select()
    return jpki


async def sign(card: VirtualCard, digest: bytes) -> bytes:
    jpki = await touch(card)
    await jpki.verify_pin("1234")
    return await jpki.sign(digest)


class Hand:
    """One kiosk's line to the relay, under the kiosk's own certificate."""

    def __init__(self, town: Town, name: str) -> None:
        self.town = town
        self.name = name
        self.files = town.files(name, Role.KIOSK)
        self.relay = town.client(self.files, RELAY)

    async def ask(self, request: m.Request) -> m.Answer:
        return m.decode_answer(await self.send(m.encode(request)))

    async def send(self, body: bytes) -> bytes:
        return await self.relay.post("/m", body, 30)

    async def raw(self, data: Any, **headers: str) -> tuple[int, bytes]:
        """Bytes as they are, by an HTTP client without our manners: status and body."""
        tls = client_context(self.files.certificate, self.files.key, self.town.pki.ca)
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls), trust_env=False) as session,
            session.post(
                f"{self.town.url(RELAY)}/m", data=data, server_hostname=self.town.dns(RELAY), headers=headers
            ) as answer,
        ):
            return answer.status, await answer.read()

    def session(self, card: str = "r0001") -> Session:
        session = Session(self, self.town.card(card))
        self.town.keep(session)
        return session

    async def opened(self, card: str = "r0001") -> Session:
        session = self.session(card)
        answer = await session.open()
        assert isinstance(answer, m.OpenOk), answer
        return session

    async def prepared(self, card: str = "r0001", options: Options | None = None) -> Session:
        session = await self.opened(card)
        answer = await session.apply(options)
        assert isinstance(answer, m.Prepared), answer
        return session


class Session:
    """One session from open to erased, each step when the test says so."""

    def __init__(self, hand: Hand, card: VirtualCard) -> None:
        self.hand = hand
        self.card = card
        self.id: IssuanceId = new_issuance_id(RANDOM)
        self.secret = SessionSecret()
        self.ok: m.OpenOk | None = None
        self.answer: m.Prepared | None = None
        self.digest = bytes(32)
        self.ended = False

    @property
    def key(self) -> tuple[IssuanceId, str]:
        return self.id, self.hand.name

    async def open_request(self, **changes: Any) -> m.Open:
        facts = {
            "issuance_id": self.id,
            "kiosk": self.hand.name,
            "session_key": self.secret.public,
            "card_certificate": await (await touch(self.card)).certificate(),
            "build": BUILD,
            "at_ms": self.hand.town.now(),
        }
        return m.Open(**(facts | changes))

    async def open(self, **changes: Any) -> m.Answer:
        answer = await self.hand.ask(await self.open_request(**changes))
        if isinstance(answer, m.OpenOk):
            self.ok = answer
        return answer

    def application(self, options: Options | None = None, **changes: Any) -> m.Application:
        assert self.ok is not None
        facts = {
            "issuance_id": self.id,
            "challenge": self.ok.challenge,
            "kiosk": self.hand.name,
            "municipality": self.ok.municipality,
            "options": options or ResidentRecordOptions(),
            "copies": 1,
            "fee_yen": Yen(300),
            "session_key": self.secret.public,
        }
        return m.Application(**(facts | changes))

    async def apply_request(self, application: m.Application | None = None, **changes: Any) -> m.Apply:
        assert self.ok is not None
        application = application or self.application()
        digest = application_digest(application)
        facts = {
            "issuance_id": self.id,
            "kiosk": self.hand.name,
            "application": application,
            "challenge_token": self.ok.challenge_token,
            "card_certificate": await (await touch(self.card)).certificate(),
            "digest": digest,
            "signature": await sign(self.card, digest),
        }
        return m.Apply(**(facts | changes))

    async def apply(self, options: Options | None = None) -> m.Answer:
        request = await self.apply_request(self.application(options))
        self.digest = request.digest
        answer = await self.hand.ask(request)
        if isinstance(answer, m.Prepared):
            self.answer = answer
        return answer

    async def permit(self, digest: bytes | None = None) -> m.Answer:
        return await self.hand.ask(m.Permit(*self.key, digest=digest or self.digest))

    def sheets(self) -> int:
        return 1 if self.answer is None else self.answer.pages

    async def delivered(self, **changes: Any) -> m.Answer:
        facts = {"digest": self.digest, "sheets": self.sheets()}
        return await self.hand.ask(m.Delivered(*self.key, **(facts | changes)))

    async def refunded(self) -> m.Answer:
        return await self.hand.ask(m.Refunded(*self.key, digest=self.digest, sheets=0, reason="paper_jam"))

    def void_receipt(self, sheets: int | None = None, shop: str = SHOP[0], role: Role = Role.SHOP) -> m.VoidReceipt:
        """The shop's statement that all sheets of this session came back and are marked void."""
        files = self.hand.town.pki.node(shop, role)
        key = load_pem_private_key(files.key.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes()).public_bytes(Encoding.DER)
        count = self.sheets() if sheets is None else sheets
        return make_void_receipt(*self.key, shop, count, self.hand.town.now(), key, certificate)

    def void_request(self, **changes: Any) -> m.Void:
        receipt = changes.get("receipt") or self.void_receipt()
        facts = {"issuance_id": self.id, "kiosk": self.hand.name, "shop": SHOP[0], "reason": "misprint"}
        return m.Void(**(facts | changes | {"receipt": receipt}))

    async def void(self) -> m.Answer:
        """As the shop would ask; where only the kiosk's own line is there, over that."""
        return await self.hand.ask(self.void_request())

    async def abandon(self, reason: str = "cancelled") -> m.Answer:
        return await self.hand.ask(m.Abandon(*self.key, reason=reason))

    def receipt(self, of: Session | None = None, by: Hand | None = None) -> m.Receipt:
        """This session's erasure receipt; or one that speaks of another session, or is signed by another kiosk."""
        of, by = of or self, by or self.hand
        key = load_pem_private_key(by.files.key.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        certificate = x509.load_pem_x509_certificate(by.files.certificate.read_bytes()).public_bytes(Encoding.DER)
        erased = session_key_hash(of.secret.public)
        return make_receipt(of.id, by.name, erased, by.town.now(), key, certificate)

    async def erased(self, receipt: m.Receipt | None = None) -> m.Answer:
        return await self.hand.ask(m.Erased(*self.key, receipt=receipt or self.receipt()))

    async def to_the_end(self) -> Self:
        for step in (self.permit, self.delivered, self.erased):
            answer = await step()
            assert not isinstance(answer, m.Refused), answer
        self.ended = True
        return self

    async def give_up(self) -> None:
        state = await self.hand.town.state(self.id)
        if state in {"opened", "applied", "prepared", "permitted"}:
            await self.hand.ask(m.Abandon(*self.key, reason="session_timeout"))


async def until(holds: Callable[[], Awaitable[bool]], at_most_s: float = 30.0, every_s: float = 0.2) -> None:
    """Waits for something that the sandbox does by itself."""
    async with asyncio.timeout(at_most_s):
        while True:
            if await holds():
                return
            await asyncio.sleep(every_s)


def code_of(answer: m.Answer) -> str:
    """The refusal's code; a granted request fails the test."""
    if not isinstance(answer, m.Refused):
        # Not by `assert`: it would print a whole sealed document.
        pytest.fail(f"not refused: {type(answer).__name__}")
    return answer.code
