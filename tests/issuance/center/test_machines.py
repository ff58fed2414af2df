"""Faults tell by themselves (S1-A1-4-7, -8): opened and closed by what machines say, and by their silence."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import asyncpg
import pytest
from structlog.testing import CapturingLogger

from itaku.basis.canonical import canonical_value
from itaku.basis.clock import FixedClock, InstantMs
from itaku.basis.randomness import SystemRandomness
from itaku.issuance.center.admission import Admission, Limits
from itaku.issuance.center.machines import MACHINE_MIGRATIONS, SILENT_MS, Machines
from itaku.issuance.center.schema import MIGRATIONS
from itaku.issuance.center.shops import Shop
from itaku.issuance.protocol import operation_messages as o
from itaku.issuance.relay.statuses import StatusPassage
from itaku.issuance.transport.client import PeerUnreachableError
from itaku.issuance.transport.identity import Identity, Role
from itaku.record import schema
from itaku.store.postgres import migrate, open_pool

NOW = InstantMs(1_790_000_000_000)
RELAY = Identity("relay-1", Role.RELAY)
SHOPS = (
    Shop(name="shop-1", name_ja="駅前店", name_en="Station", kiosks=("k01", "k02"), east=1, north=1),
    Shop(name="shop-2", name_ja="港店", name_en="Port", kiosks=("k03",), east=9, north=9),
)


class Center:
    def __init__(self, pool, shops=SHOPS) -> None:
        self.pool = pool
        self.clock = FixedClock(NOW)
        self.admission = Admission(Limits(total=50), {})
        self.machines = Machines(
            pool=pool,
            shops=shops,
            builds=frozenset({"b1"}),
            admission=self.admission,
            clock=self.clock,
            randomness=SystemRandomness(),
            log=CapturingLogger(),
        )

    async def hear(self, node: str, *faults: tuple[str, str], role: str = "kiosk", **changes):
        said = {"state": "idle", "build": "b1", "at_ms": self.clock.now()} | changes
        status = o.Status(node=node, role=role, faults=tuple(o.Fault(*fault) for fault in faults), **said)
        return o.decode_status_answer(await self.machines.receive(RELAY, o.encode_operation(status)))

    async def open(self) -> list[tuple[str, str, str]]:
        rows = await self.pool.fetch("SELECT machine, code, source FROM fault WHERE closed_at IS NULL ORDER BY id")
        return [tuple(row) for row in rows]

    async def recorded(self) -> list[tuple[str, str, str]]:
        """What stands in the record, by kind, machine and code."""
        entries = [canonical_value(row["body"]) for row in await self.pool.fetch("SELECT body FROM record_pending")]
        return sorted((each["kind"], each["facts"]["machine"], each["facts"]["code"]) for each in entries)


@pytest.fixture
async def center(postgres_dsn):
    pool = await open_pool(postgres_dsn)
    await migrate(pool, schema.ROOM, schema.MIGRATIONS)
    await migrate(pool, "center", MIGRATIONS)
    await migrate(pool, "machines", MACHINE_MIGRATIONS)
    yield Center(pool)
    await pool.close()


async def test_a_fault_opens_with_the_heartbeat_that_tells_it_and_closes_with_the_one_that_does_not(center):
    assert await center.hear("k01", ("k01", "media-jam")) == o.StatusOk("k01")
    await center.hear("k01", ("k01", "media-jam"))
    assert await center.open() == [("k01", "media-jam", "k01")]
    await center.hear("k01")
    assert await center.open() == []
    assert await center.recorded() == [("fault.closed", "k01", "media-jam"), ("fault.opened", "k01", "media-jam")]


class Counted(asyncpg.Connection):
    """A connection that counts what is sent to the database."""

    sent: ClassVar[list[str]] = []

    async def fetch(self, query, *arguments, **options):
        self.sent.append(query)
        return await super().fetch(query, *arguments, **options)

    async def fetchval(self, query, *arguments, **options):
        self.sent.append(query)
        return await super().fetchval(query, *arguments, **options)

    async def execute(self, query, *arguments, **options):
        self.sent.append(query)
        return await super().execute(query, *arguments, **options)


async def no_reset(_connection):
    """As `open_pool` does."""


async def test_heartbeats_that_come_together_cost_one_statement(postgres_dsn, center):
    many = tuple(f"k{number:03}" for number in range(300))
    shop = Shop(name="shop-9", name_ja="店", name_en="S", kiosks=many, east=1, north=1)
    pool = await asyncpg.create_pool(postgres_dsn, connection_class=Counted, min_size=1, max_size=4, reset=no_reset)
    big = Center(pool, (*SHOPS, shop))
    await center.hear("k01", ("k01", "media-jam"))
    Counted.sent.clear()
    answers = await asyncio.gather(*(big.hear(name) for name in many))
    assert answers == [o.StatusOk(name) for name in many]
    assert len(Counted.sent) == 1
    heard = await center.pool.fetchval("SELECT count(*) FROM machine WHERE shop = 'shop-9'")
    assert heard == len(many), "an acknowledged heartbeat is in the register"
    Counted.sent.clear()
    await asyncio.gather(big.hear("k01"), big.hear("k02", ("k02", "media-jam")), *(big.hear(name) for name in many))
    assert await center.open() == [("k02", "media-jam", "k02")]
    recorded = await center.recorded()
    assert recorded.count(("fault.closed", "k01", "media-jam")) == 1
    assert recorded.count(("fault.opened", "k02", "media-jam")) == 1
    assert len(Counted.sent) < 10, "what changed is written beside, and nothing for those that are well"
    await pool.close()


async def test_of_two_heartbeats_of_one_machine_in_a_batch_the_later_counts(center):
    await asyncio.gather(center.hear("k01", ("k01", "media-jam"), state="broken"), center.hear("k01"))
    assert await center.open() == []
    assert await center.pool.fetchval("SELECT state FROM machine WHERE name = 'k01'") == "idle"
    await asyncio.gather(center.hear("k01"), center.hear("k01", ("k01", "media-jam")))
    assert await center.open() == [("k01", "media-jam", "k01")]


async def test_without_the_database_nobody_of_a_batch_is_acknowledged(center):
    await center.pool.execute("ALTER TABLE machine RENAME TO gone")
    answers = await asyncio.gather(center.hear("k01"), center.hear("k02"), center.hear("shop-1", role="shop"))
    assert answers == [o.StatusRefused("center_unavailable")] * 3
    await center.pool.execute("ALTER TABLE gone RENAME TO machine")
    assert await center.hear("k01") == o.StatusOk("k01")


async def test_the_shop_tells_that_its_kiosk_is_silent_and_only_the_shop_takes_it_back(center):
    await center.hear("shop-1", ("k02", "kiosk-silent"), role="shop")
    await center.hear("k02")
    assert await center.open() == [("k02", "kiosk-silent", "shop-1")]
    await center.hear("shop-1", role="shop")
    assert await center.open() == []


async def test_a_machine_that_is_heard_no_more_is_a_fault_until_it_speaks_again(center):
    await center.hear("k01")
    center.clock.advance(SILENT_MS)
    await center.machines.look()
    assert await center.open() == []
    center.clock.advance(1)
    await center.machines.look()
    await center.machines.look()
    assert await center.open() == [("k01", "center-silent", "center")]
    await center.hear("k01")
    await center.machines.look()
    assert await center.open() == []


async def test_an_unapproved_build_and_a_clock_apart_are_seen_by_the_center_itself(center):
    await center.hear("k01", build="old", at_ms=NOW + 90_001)
    assert {code for _, code, _ in await center.open()} == {"build-not-approved", "clock-apart"}


async def test_nobody_speaks_of_a_machine_that_is_not_its_own(center):
    assert await center.hear("k01", ("k02", "media-jam")) == o.StatusRefused("not_allowed")
    assert await center.hear("shop-2", ("k01", "kiosk-silent"), role="shop") == o.StatusRefused("not_allowed")
    assert await center.hear("k99") == o.StatusRefused("not_allowed")
    assert await center.open() == []


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x81\xa4type\xa6Status"])
async def test_what_is_no_heartbeat_is_refused(center, body):
    answer = o.decode_status_answer(await center.machines.receive(RELAY, body))
    assert answer == o.StatusRefused("malformed")


async def test_limits_that_operations_set_are_in_force_at_the_next_look_and_gone_when_taken_back(center):
    await center.pool.execute("INSERT INTO admission(total, shop, kiosk, set_at) VALUES (9, 8, 7, now())")
    await center.machines.look()
    assert center.admission.limits == Limits(total=9, shop=8, kiosk=7)
    await center.pool.execute("DELETE FROM admission")
    await center.machines.look()
    assert center.admission.limits == Limits(total=50)


class Line:
    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.down = False

    async def post(self, _path: str, body: bytes, _timeout_s: float, _most: int) -> bytes:
        if self.down:
            raise PeerUnreachableError
        self.heard.append(body)
        return o.encode_operation(o.StatusOk("k01"))


@pytest.mark.parametrize(
    ("peer", "passes"),
    [
        (Identity("k01", Role.KIOSK), True),
        (Identity("k02", Role.KIOSK), False),
        (Identity("k01", Role.SHOP), False),
    ],
)
async def test_the_relay_passes_each_machines_own_heartbeat_only(peer, passes):
    line = Line()
    body = o.encode_operation(o.Status(node="k01", role="kiosk", state="idle", build="b1", at_ms=NOW))
    answer = o.decode_status_answer(await StatusPassage(line, CapturingLogger()).receive(peer, body))
    assert (line.heard == [body]) is passes
    assert isinstance(answer, o.StatusOk) is passes


async def test_a_center_that_is_away_is_told_to_the_machine():
    line = Line()
    line.down = True
    body = o.encode_operation(o.Status(node="k01", role="kiosk", state="idle", build="b1", at_ms=NOW))
    passage = StatusPassage(line, CapturingLogger())
    answer = o.decode_status_answer(await passage.receive(Identity("k01", Role.KIOSK), body))
    assert answer == o.StatusRefused("center_unavailable")


async def test_whom_a_long_line_holds_back_is_told_to_the_board_and_the_record_and_that_it_is_over(center):
    pace = center.admission.pace("991015")
    for number in range(9):
        pace.applied(bytes([number]) * 16, center.clock.now())
    center.clock.advance(1_000)
    assert not pace.admits(b"new" * 5 + b"!", center.clock.now())
    await center.machines.look()
    row = await center.pool.fetchrow("SELECT instance, municipality, under_way, most, prepare_ms FROM pace")
    assert tuple(row) == ("center", "991015", 9, 2, 1_000)
    for number in range(9):
        pace.answered(bytes([number]) * 16, center.clock.now(), made=True)
    center.clock.advance(20_000)
    await center.machines.look()
    assert tuple(await center.pool.fetchrow("SELECT under_way, most FROM pace")) == (0, None)
    entries = [canonical_value(row["body"]) for row in await center.pool.fetch("SELECT body FROM record_pending")]
    assert sorted(each["kind"] for each in entries) == ["admission.eased", "admission.held"]


async def test_who_applied_through_another_instance_takes_no_place_in_this_ones_line(center):
    pace = center.admission.pace("991015")
    here, elsewhere = b"h" * 16, b"e" * 16
    for issuance_id, state in ((here, "opened"), (elsewhere, "prepared")):
        assert pace.admits(issuance_id, center.clock.now())
        await center.pool.execute(
            "INSERT INTO issuance(issuance_id, state, version, changed_at, body, municipality, kiosk, copies, fee_yen,"
            " reason, told) VALUES ($1, $2, 1, now(), '', '991015', 'k01', 1, 300, '', false)",
            issuance_id,
            state,
        )
    center.clock.advance(2_000)
    await center.machines.look()
    assert pace.choosing(center.clock.now()) == [here]
