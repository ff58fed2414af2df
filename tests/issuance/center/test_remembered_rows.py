"""Two instances of the center on one database: what one remembers may be out of date, what it answers may not."""

import secrets
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from structlog.testing import CapturingLogger

from itaku.basis.clock import InstantMs, SystemClock
from itaku.basis.randomness import IssuanceId, SystemRandomness
from itaku.basis.yen import Yen
from itaku.issuance.center.admission import Admission, Limits
from itaku.issuance.center.node import CenterNode
from itaku.issuance.center.policy import CenterPolicy
from itaku.issuance.center.row import CenterRow
from itaku.issuance.center.schema import COLUMNS, MIGRATIONS
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.card_check import CardTrust
from itaku.issuance.protocol.kinds import ResidentRecordOptions
from itaku.issuance.rows import RowStore
from itaku.issuance.transport.client import PeerClient
from itaku.issuance.transport.identity import Identity, Role, client_context
from itaku.record import schema
from itaku.record.entry import make_entry
from itaku.store.postgres import migrate, open_pool
from itaku.supervisor.pki import Pki

_RELAY = Identity("relay-1", Role.RELAY)
_TOWN = "991015"
_DIGEST = bytes(range(32))


class _Centers(NamedTuple):
    one: CenterNode
    other: CenterNode
    rows: RowStore[CenterRow]


@pytest.fixture
async def centers(postgres_dsn, tmp_path):
    pki, log = Pki(tmp_path / "pki"), CapturingLogger()
    files = pki.node("center-1", Role.CENTER)
    nobody = PeerClient(
        "https://127.0.0.1:1", "m1.municipality.itaku.internal", client_context(files.certificate, files.key, pki.ca)
    )
    async with await open_pool(postgres_dsn) as pool, nobody:
        await migrate(pool, schema.ROOM, schema.MIGRATIONS)
        await migrate(pool, "center", MIGRATIONS)
        nodes = [
            CenterNode(
                pool=pool,
                policy=_policy(pki),
                municipalities={_TOWN: nobody},
                clock=SystemClock(),
                randomness=SystemRandomness(),
                log=log,
            )
            for _ in range(2)
        ]
        yield _Centers(*nodes, RowStore(pool, "issuance", CenterRow, COLUMNS))
        for node in nodes:
            await node.stop()


def _policy(pki: Pki) -> CenterPolicy:
    return CenterPolicy(
        municipalities={},
        trust=lambda: CardTrust((), {}, ()),
        challenge_key=Ed25519PrivateKey.generate(),
        approved_builds=frozenset(),
        kiosks=frozenset({"k01"}),
        node_ca=x509.load_pem_x509_certificate(pki.ca.read_bytes()),
        randomness=SystemRandomness(),
        admission=Admission(Limits(), {}),
        shop_of={},
    )


async def _prepared(rows: RowStore[CenterRow]) -> IssuanceId:
    now = SystemClock().now()
    row = CenterRow(
        issuance_id=IssuanceId(secrets.token_bytes(16)),
        kiosk="k01",
        state="prepared",
        municipality=_TOWN,
        opened_ms=now,
        deadline_ms=InstantMs(now + 60_000),
        options=ResidentRecordOptions(),
        copies=1,
        fee_yen=Yen(300),
        digest=_DIGEST,
        pages=1,
    )
    entry = make_entry(SystemRandomness(), "issuance.prepared", now, {"issuance_id": row.issuance_id})
    assert await rows.commit(row, "Prepared", "applied", now, [entry])
    return row.issuance_id


async def _ask(center: CenterNode, request: m.Request) -> m.Answer:
    return m.decode_answer(await center.receive(_RELAY, m.encode(request)))


async def test_a_delivery_after_the_other_instance_gave_the_session_up_is_refused(centers):
    issuance = await _prepared(centers.rows)
    permit = m.Permit(issuance_id=issuance, kiosk="k01", digest=_DIGEST)
    assert isinstance(await _ask(centers.one, permit), m.PermitOk)
    abandon = m.Abandon(issuance_id=issuance, kiosk="k01", reason="not_paid")
    assert isinstance(await _ask(centers.other, abandon), m.AbandonOk)
    delivered = m.Delivered(issuance_id=issuance, kiosk="k01", digest=_DIGEST, sheets=1)
    answer = await _ask(centers.one, delivered)
    assert isinstance(answer, m.Refused)
    assert answer.code == "conflict"
    assert (await centers.rows.read(issuance)).state == "abandoned"


async def test_an_answer_that_changes_nothing_is_given_on_the_row_as_it_stands(centers):
    issuance = await _prepared(centers.rows)
    permit = m.Permit(issuance_id=issuance, kiosk="k01", digest=_DIGEST)
    assert isinstance(await _ask(centers.one, permit), m.PermitOk)
    delivered = m.Delivered(issuance_id=issuance, kiosk="k01", digest=_DIGEST, sheets=1)
    assert isinstance(await _ask(centers.other, delivered), m.DeliveredOk)
    # The first instance remembers a session that could still be given up, and would take the report for a new one.
    assert isinstance(await _ask(centers.one, delivered), m.DeliveredOk)
    late = await _ask(centers.one, m.Abandon(issuance_id=issuance, kiosk="k01", reason="cancelled"))
    assert isinstance(late, m.Refused)
    assert late.code == "conflict"
    assert (await centers.rows.read(issuance)).state == "delivered"


async def test_a_session_that_only_the_other_instance_has_seen_is_known_to_both(centers):
    issuance = await _prepared(centers.rows)
    wrong = m.Permit(issuance_id=issuance, kiosk="k01", digest=bytes(32))
    answer = await _ask(centers.other, wrong)
    assert isinstance(answer, m.Refused)
    assert answer.code == "digest_mismatch"
    stranger = m.Permit(issuance_id=IssuanceId(secrets.token_bytes(16)), kiosk="k01", digest=_DIGEST)
    unknown = await _ask(centers.other, stranger)
    assert isinstance(unknown, m.Refused)
    assert unknown.code == "unknown_issuance"
