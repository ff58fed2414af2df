"""The stand-in for the resident register keeps a replica fresh over mutual TLS, whatever went missing."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import signal
import sys

import msgspec
import pytest

from itaku.basis.clock import InstantMs, SystemClock
from itaku.issuance.municipality import replica
from itaku.issuance.municipality.feed import Delta
from itaku.issuance.municipality.registry import Relation
from itaku.issuance.transport.client import PeerClient
from itaku.issuance.transport.identity import Identity, Role, client_context, server_context
from itaku.issuance.transport.server import NodeServer, Route
from itaku.sandbox.registry import Registry, RegistrySettings
from itaku.sandbox.residents import invent
from itaku.store.log import open_log
from itaku.store.postgres import migrate, open_pool
from itaku.supervisor.pki import Pki

LONG_AGO = InstantMs(1_000)
MUNICIPALITY = Identity("shiomi-1", Role.MUNICIPALITY)


class Municipality:
    """The feed's route of a real node server over a real replica."""

    def __init__(self, pool, pki, folder) -> None:
        self.pool, self.pki, self.folder = pool, pki, folder
        self.lose = 0
        self.port = 0

    async def feed(self, _peer, body: bytes) -> bytes:
        if self.lose:
            self.lose -= 1
            return b"lost"
        async with self.pool.acquire() as conn:
            return await replica.receive(conn, body)

    async def start(self) -> None:
        files = self.pki.node(MUNICIPALITY.name, MUNICIPALITY.role)
        tls = server_context(files.certificate, files.key, self.pki.ca)
        route = Route("/feed", frozenset({Role.REGISTRY}), self.feed, 1_000_000)
        self.server = NodeServer([route], tls, open_log(None, MUNICIPALITY.name))
        self.port = await self.server.start("127.0.0.1", self.port)

    def settings(self, role=Role.REGISTRY, interval_s=0.05):
        files = self.pki.node("register-1", role)
        return {
            "name": "register-1",
            "role": role.value,
            "certificate": str(files.certificate),
            "key": str(files.key),
            "ca": str(self.pki.ca),
            "log_file": str(self.folder / "register.log"),
            "interval_s": interval_s,
            "municipality": {"url": f"https://127.0.0.1:{self.port}", "peer_name": MUNICIPALITY.dns_name},
        }

    def client(self, role=Role.REGISTRY):
        files = self.pki.node("register-1", role)
        tls = client_context(files.certificate, files.key, self.pki.ca)
        return PeerClient(f"https://127.0.0.1:{self.port}", MUNICIPALITY.dns_name, tls)

    async def as_of(self):
        async with self.pool.acquire() as conn:
            return await replica.proven_as_of(conn)


@pytest.fixture
async def municipality(postgres_dsn, tmp_path):
    pool = await open_pool(postgres_dsn, max_size=2)
    await migrate(pool, "replica", replica.REPLICA_MIGRATIONS)
    node = Municipality(pool, Pki(tmp_path / "pki"), tmp_path)
    await node.start()
    yield node
    await node.server.stop()
    await pool.close()


async def load(municipality, seq=0, as_of=LONG_AGO):
    residents = [r for r in invent(dt.date(2026, 11, 21), size=100).residents if r.relation is Relation.HEAD]
    async with municipality.pool.acquire() as conn:
        await replica.load_snapshot(conn, residents, [], seq, as_of)


@pytest.fixture
def log():
    return open_log(None, "register-1")


async def test_each_heartbeat_makes_the_replica_as_fresh_as_its_source(municipality, log):
    await load(municipality, seq=41)
    async with municipality.client() as client:
        registry = Registry(client, SystemClock(), log)
        for _ in range(3):
            before = SystemClock().now()
            assert await registry.beat()
            assert before <= await municipality.as_of() <= SystemClock().now()
        # A restarted stand-in asks where to go on.
        assert await Registry(client, SystemClock(), log).beat()


async def test_before_anything_is_loaded_nothing_is_proven_and_afterwards_it_is(municipality, log):
    async with municipality.client() as client:
        registry = Registry(client, SystemClock(), log)
        assert not await registry.beat()
        assert await municipality.as_of() is None
        await load(municipality)
        assert await registry.beat()


async def test_what_is_missing_is_sent_again(municipality, log):
    await load(municipality)
    async with municipality.client() as client:
        registry = Registry(client, SystemClock(), log)
        assert await registry.beat()
        async with municipality.pool.acquire() as conn:
            await replica.apply_delta(conn, Delta(7, SystemClock().now()))
        assert await municipality.as_of() is None
        assert await registry.beat()
        assert await municipality.as_of() is not None


async def test_lost_answers_and_a_restarted_municipality_are_ridden_out(municipality, log):
    await load(municipality)
    async with municipality.client() as client:
        registry = Registry(client, SystemClock(), log)
        assert await registry.beat()
        municipality.lose = 1
        assert not await registry.beat()
        assert await registry.beat()
        await municipality.server.stop()
        assert not await registry.beat()
        await municipality.start()
        assert await registry.beat()


async def test_a_contradiction_is_not_talked_away(municipality, log):
    await load(municipality)
    async with municipality.client() as client:
        registry = Registry(client, SystemClock(), log)
        assert await registry.beat()
        async with municipality.pool.acquire() as conn:
            await replica.apply_delta(conn, Delta(1, SystemClock().now(), deletions=("r0001",)))
        assert not await registry.beat()
        assert not await registry.beat()
        assert await municipality.as_of() is None
        await load(municipality, seq=5)
        assert await registry.beat()


async def test_nobody_but_the_register_may_feed_the_replica(municipality, log):
    await load(municipality)
    async with municipality.client(Role.KIOSK) as client:
        assert not await Registry(client, SystemClock(), log).beat()
    assert await municipality.as_of() == 1_000


async def test_the_program_beats_until_it_is_told_to_stop(municipality, tmp_path):
    await load(municipality)
    file = tmp_path / "register.toml"
    settings = municipality.settings()
    peer = settings.pop("municipality")
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    lines += ["[municipality]", *[f"{key} = {json.dumps(value)}" for key, value in peer.items()]]
    file.write_text("\n".join(lines))
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "itaku.sandbox.registry", str(file), stderr=asyncio.subprocess.PIPE
    )
    seen = set()
    for _ in range(600):
        seen.add(await municipality.as_of())
        if len(seen) > 3:
            break
        await asyncio.sleep(0.05)
    program.send_signal(signal.SIGTERM)
    _, errors = await program.communicate()
    assert program.returncode == os.EX_OK, errors
    assert len(seen) > 3
    logged = (tmp_path / "register.log").read_text()
    assert "replica_proven" in logged
    assert logged.count("\n") <= 2


def test_settings_say_what_is_unknown(municipality):
    settings = municipality.settings()
    assert msgspec.convert(settings, RegistrySettings).interval_s == 0.05
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**settings, "interval_s": 0}, RegistrySettings)
