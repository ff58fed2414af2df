"""Two centers and two municipalities over one PostgreSQL each, asked at once: one truth, one answer."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from kiosk_by_hand import Hand, Session, code_of, until
from structlog.testing import CapturingLogger

from itaku.basis.canonical import canonical_value
from itaku.basis.clock import FixedClock
from itaku.basis.randomness import SystemRandomness
from itaku.issuance.center import machine as center
from itaku.issuance.center.node import CenterNode
from itaku.issuance.center.schema import MIGRATIONS as CENTER_MIGRATIONS
from itaku.issuance.municipality.feed import MAX_DELTA_BYTES, Delta, encode
from itaku.issuance.municipality.node import STOP_MIGRATION, MunicipalityNode
from itaku.issuance.municipality.replica import REPLICA_MIGRATIONS, load_snapshot
from itaku.issuance.municipality.schema import MIGRATIONS as CITY_MIGRATIONS
from itaku.issuance.protocol import messages as m
from itaku.issuance.transport.client import PeerClient
from itaku.issuance.transport.identity import Identity, Role, client_context, server_context
from itaku.issuance.transport.server import NodeServer, Route
from itaku.record import schema
from itaku.record.note import Signer
from itaku.record.sequencing import bind_key, sequence
from itaku.record.signing_key import read_signer
from itaku.sandbox.town import CODE
from itaku.store.postgres import migrate, open_pool

CENTER, CITY = Identity("center-1", Role.CENTER), Identity("m991015", Role.MUNICIPALITY)


class TwoOfEach:
    """Two instances of each server over one database, TLS between them."""

    def __init__(self, parts, works, other_works, pool) -> None:
        self.parts = parts
        self.pki = parts.pki
        self.pool = pool
        self.clock = FixedClock(parts.now)
        self.log = CapturingLogger()
        self.works = (works, other_works)
        self.cities: list[MunicipalityNode] = []
        self.centers: list[CenterNode] = []
        self._servers: list[NodeServer] = []
        self._clients: list[PeerClient] = []

    async def start(self) -> None:
        await migrate(self.pool, schema.ROOM, schema.MIGRATIONS)
        await migrate(self.pool, "replica", REPLICA_MIGRATIONS)
        await migrate(self.pool, "municipality", (*CITY_MIGRATIONS, STOP_MIGRATION))
        await migrate(self.pool, "center", CENTER_MIGRATIONS)
        async with self.pool.acquire() as connection:
            await load_snapshot(connection, self.parts.residents, [], 1, self.parts.now)
            await self.number(connection)
        for works in self.works:
            shared = {"pool": self.pool, "clock": self.clock, "randomness": SystemRandomness(), "log": self.log}
            city = MunicipalityNode(works=works, **shared)
            self.cities.append(city)
            client = await self._serve(city)
            self.centers.append(CenterNode(policy=self.parts.policy(), municipalities={CODE: client}, **shared))

    async def _serve(self, city: MunicipalityNode) -> PeerClient:
        """This municipality behind its own TLS, and a center's client to it."""
        files, caller = self.pki.node(CITY.name, CITY.role), self.pki.node(CENTER.name, CENTER.role)
        route = Route("/m", frozenset({Role.CENTER}), city.receive, MAX_DELTA_BYTES)
        server = NodeServer([route], server_context(files.certificate, files.key, self.pki.ca), self.log)
        port = await server.start("127.0.0.1", 0)
        tls = client_context(caller.certificate, caller.key, self.pki.ca)
        client = PeerClient(f"https://127.0.0.1:{port}", CITY.dns_name, tls)
        self._servers.append(server)
        self._clients.append(client)
        return client

    async def number(self, connection) -> None:
        """Signs a checkpoint, so that the record counts as alive."""
        signer: Signer = read_signer(self.pki.signing("record-test").key, "test.example/record")
        await bind_key(connection, signer)
        await sequence(connection, signer, self.clock)

    async def stop(self) -> None:
        for node in self.centers:
            await node.stop()
        for client in self._clients:
            await client.close()
        for server in self._servers:
            await server.stop()
        for city in self.cities:
            city.stop()

    async def at(self, instance: int, request: m.Request) -> m.Answer:
        peer = Identity("relay-1", Role.RELAY)
        return m.decode_answer(await self.centers[instance].receive(peer, m.encode(request)))

    async def at_both(self, first: m.Request, second: m.Request) -> tuple[m.Answer, m.Answer]:
        one, other = await asyncio.gather(self.at(0, first), self.at(1, second))
        return one, other

    async def at_city(self, instance: int, request: m.Request) -> m.Answer:
        return m.decode_answer(await self.cities[instance].receive(CENTER, m.encode(request)))

    async def events(self, issuance_id: bytes, table: str = "issuance") -> list[tuple[str, str]]:
        query = f"SELECT event, target FROM {table}_event WHERE issuance_id = $1 ORDER BY version"
        return [tuple(row) for row in await self.pool.fetch(query, issuance_id)]

    async def incidents(self) -> Counter[str]:
        rows = await self.pool.fetch("SELECT body FROM record_pending UNION ALL SELECT body FROM record_entry")
        entries = [canonical_value(row["body"]) for row in rows]
        return Counter(entry["facts"]["code"] for entry in entries if entry["kind"] == "incident")

    # ---- what a session by hand asks of its town

    def now(self):
        return self.clock.now()

    async def state(self, issuance_id: bytes) -> str | None:
        return await self.pool.fetchval("SELECT state FROM issuance WHERE issuance_id = $1", issuance_id)

    async def city_state(self, issuance_id: bytes) -> str | None:
        return await self.pool.fetchval("SELECT state FROM issuing WHERE issuance_id = $1", issuance_id)


class AtOne(Hand):
    """A kiosk whose requests all reach the first center."""

    def __init__(self, pair: TwoOfEach) -> None:
        self.town, self.name = pair, "k01"
        self.files = pair.pki.node("k01", Role.KIOSK)

    async def ask(self, request: m.Request) -> m.Answer:
        return await self.town.at(0, request)

    def session(self, card: str = "r0001") -> Session:
        return Session(self, self.town.parts.card(card))


@pytest.fixture(scope="session")
def other_works(parts):
    return parts.works()


@pytest.fixture
async def pair(parts, works, other_works, postgres_dsn):
    pool = await open_pool(postgres_dsn, min_size=4, max_size=12)
    pair = TwoOfEach(parts, works, other_works, pool)
    await pair.start()
    yield pair
    await pair.stop()
    await pool.close()


def permit(session: Session) -> m.Permit:
    return m.Permit(*session.key, digest=session.digest)


def abandon(session: Session) -> m.Abandon:
    return m.Abandon(*session.key, reason="cancelled")


ROUNDS = 12


async def test_one_application_at_two_municipalities_makes_one_document_and_one_answer(pair):
    for _ in range(4):
        session = await AtOne(pair).opened()
        request = await session.apply_request()
        answers = await asyncio.gather(*(pair.at_city(n % 2, request) for n in range(6)))
        assert isinstance(answers[0], m.Prepared)
        assert all(answer == answers[0] for answer in answers)
        assert session.secret.open(answers[0].sealed, request.digest).startswith(b"%PDF-")
        assert await pair.events(session.id, "issuing") == [("Apply", "accepted"), ("Rendered", "ready")]
    assert await pair.incidents() == Counter()


async def test_one_application_at_two_centers_makes_one_document_and_one_answer(pair):
    for _ in range(4):
        session = await AtOne(pair).opened()
        request = await session.apply_request()
        first, second = await pair.at_both(request, request)
        assert isinstance(first, m.Prepared)
        assert first == second
        events = await pair.events(session.id)
        assert events == [("Open", "opened"), ("Apply", "applied"), ("Prepared", "prepared")]
    assert await pair.incidents() == Counter()


async def test_two_residents_at_once_at_two_municipalities_each_get_their_own(pair):
    ours = [await AtOne(pair).opened(card) for card in ("r0001", "r0002") * 3]
    requests = [await session.apply_request() for session in ours]
    answers = await asyncio.gather(*(pair.at_city(n % 2, request) for n, request in enumerate(requests)))
    documents = [
        session.secret.open(answer.sealed, request.digest)
        for session, request, answer in zip(ours, requests, answers, strict=True)
    ]
    assert len(set(documents)) == 6
    rows = await pair.pool.fetch("SELECT serial_number FROM issuing")
    assert len({row["serial_number"] for row in rows}) == 6


async def test_when_the_lease_runs_out_the_other_instance_renders_and_one_answer_stands(pair):
    session = await AtOne(pair).opened()
    request = await session.apply_request()
    rendering, works = asyncio.Event(), pair.works[0]
    loop, render, let_go = asyncio.get_running_loop(), works.render, asyncio.Event()

    def slow(job, now):
        document = render(job, now)
        loop.call_soon_threadsafe(rendering.set)
        asyncio.run_coroutine_threadsafe(let_go.wait(), loop).result()
        return document

    works.render = slow
    try:
        first = asyncio.create_task(pair.at_city(0, request))
        await rendering.wait()
        second = asyncio.create_task(pair.at_city(1, request))
        await asyncio.sleep(0.2)
        assert not second.done(), "the lease holds"
        pair.clock.advance(15_000)
        answer = await second
        let_go.set()
        late = await first
    finally:
        works.render = render
        let_go.set()
    assert isinstance(answer, m.Prepared)
    assert late == answer
    events = [event for event, _ in await pair.events(session.id, "issuing")]
    assert events == ["Apply", "Apply", "Rendered"]
    assert await pair.incidents() == Counter()


async def test_permit_and_abandon_at_once_agree_on_whether_money_may_be_taken(pair):
    for n in range(ROUNDS):
        session = await AtOne(pair).prepared()
        both = (permit(session), abandon(session))
        first, second = await pair.at_both(*(both if n % 2 else both[::-1]))
        permitted, abandoned = (first, second) if n % 2 else (second, first)
        assert isinstance(abandoned, m.AbandonOk)
        assert await pair.state(session.id) == "abandoned"
        targets = [target for _, target in await pair.events(session.id)][3:]
        if isinstance(permitted, m.PermitOk):
            assert targets[:2] == ["permitted", "abandoned"]
        else:
            assert code_of(permitted) == "ended"
            assert "permitted" not in targets
    assert await pair.incidents() == Counter()


RIVALS = {
    "Delivered": lambda s: m.Delivered(*s.key, digest=s.digest, sheets=s.sheets()),
    "Refunded": lambda s: m.Refunded(*s.key, digest=s.digest, sheets=0, reason="paper_jam"),
    "Abandon": abandon,
}


@pytest.mark.parametrize(
    ("one", "other"), [("Delivered", "Refunded"), ("Delivered", "Abandon"), ("Abandon", "Refunded")]
)
async def test_of_two_reports_that_contradict_each_other_exactly_one_is_acknowledged(pair, one, other):
    for _ in range(ROUNDS // 2):
        session = await AtOne(pair).prepared()
        await session.permit()
        answers = await pair.at_both(RIVALS[one](session), RIVALS[other](session))
        refused = [answer for answer in answers if isinstance(answer, m.Refused)]
        assert [answer.code for answer in refused] == ["conflict"]
        ends = {"Delivered": "delivered", "Refunded": "refunded", "Abandon": "abandoned"}
        winner = ends[one] if refused[0] is answers[1] else ends[other]
        assert await pair.state(session.id) == winner
    assert await pair.incidents() == Counter({"conflicting_report": ROUNDS // 2})


async def test_a_deadline_and_a_permit_at_once_leave_one_of_them(pair):
    for n in range(ROUNDS // 2):
        session = await AtOne(pair).prepared()
        pair.clock.advance(center.PREPARED_LIFE_MS)
        deadline = pair.centers[1]._run(session.id, center.Deadline(session.id))
        answer, _ = await asyncio.gather(pair.at(0, permit(session)), deadline)
        state = await pair.state(session.id)
        assert state == ("permitted" if isinstance(answer, m.PermitOk) else "abandoned")
        if state == "permitted":
            await session.abandon()
        else:
            assert code_of(answer) == "ended"
        await pair.cities[0].feed(Identity("registry", Role.REGISTRY), encode(Delta(2 + n, pair.now())))


async def counted(pair: TwoOfEach, session: Session) -> None:
    """Until the municipality has heard of the delivery."""

    async def heard() -> bool:
        return await pair.city_state(session.id) == "counted"

    await until(heard, every_s=0.02)


async def test_the_same_report_at_both_is_counted_once_and_both_are_acknowledged(pair):
    for _ in range(ROUNDS // 2):
        session = await AtOne(pair).prepared()
        await session.permit()
        report = RIVALS["Delivered"](session)
        first, second = await pair.at_both(report, report)
        assert isinstance(first, m.DeliveredOk)
        assert first == second
        assert [event for event, _ in await pair.events(session.id)].count("Delivered") == 1
        await counted(pair, session)


async def test_an_open_at_both_gives_one_challenge(pair):
    for _ in range(ROUNDS // 2):
        session = AtOne(pair).session()
        request = await session.open_request()
        first, second = await pair.at_both(request, request)
        assert isinstance(first, m.OpenOk)
        assert first == second


async def test_open_and_its_abandon_at_once_end_in_a_void_session_whichever_came_first(pair):
    for _ in range(ROUNDS // 2):
        session = AtOne(pair).session()
        opened, abandoned = await pair.at_both(await session.open_request(), abandon(session))
        assert isinstance(abandoned, m.AbandonOk)
        assert isinstance(opened, m.OpenOk) or code_of(opened) == "ended"
        assert await pair.state(session.id) == "abandoned"


async def test_a_session_may_change_the_instance_at_every_step(pair):
    session = AtOne(pair).session()
    session.ok = await pair.at(0, await session.open_request())
    request = await session.apply_request()
    session.digest = request.digest
    session.answer = await pair.at(1, request)
    assert isinstance(session.answer, m.Prepared)
    report, erased = RIVALS["Delivered"](session), m.Erased(*session.key, receipt=session.receipt())
    assert isinstance(await pair.at(0, permit(session)), m.PermitOk)
    assert isinstance(await pair.at(1, report), m.DeliveredOk)
    assert isinstance(await pair.at(0, erased), m.ErasedOk)
    await counted(pair, session)
    for instance in (0, 1):
        assert isinstance(await pair.at(instance, report), m.DeliveredOk)
        assert code_of(await pair.at(instance, RIVALS["Refunded"](session))) == "conflict"
        assert code_of(await pair.at_city(instance, request)) == "ended"
    assert await pair.incidents() == Counter({"conflicting_report": 2})


async def test_what_the_other_instance_has_ended_is_over_here_too(pair):
    session = await AtOne(pair).prepared()
    assert isinstance(await pair.at(1, abandon(session)), m.AbandonOk)
    assert code_of(await pair.at(0, permit(session))) == "ended"
    other = await AtOne(pair).prepared()
    request = await other.apply_request()
    told = m.Outcome(*other.key, municipality=CODE, delivered=False)
    assert isinstance(await pair.at_city(1, told), m.OutcomeOk)
    assert code_of(await pair.at_city(0, request)) == "ended"


async def test_every_step_stands_in_the_record_once(pair):
    session = await AtOne(pair).prepared()
    both = permit(session)
    await pair.at_both(both, both)
    rows = await pair.pool.fetch("SELECT body FROM record_pending UNION ALL SELECT body FROM record_entry")
    facts = [canonical_value(row["body"]) for row in rows]
    steps = Counter(entry["kind"] for entry in facts if entry["facts"].get("issuance_id") == session.id)
    assert steps == Counter(
        [f"issuance.{state}" for state in ("opened", "applied", "prepared", "permitted")]
        + [f"issuing.{state}" for state in ("accepted", "ready")]
    )
