"""Whatever comes over the wire: a coded answer, no effect on anybody's session, and nothing lost."""

from __future__ import annotations

import asyncio
import random
import zlib

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from kiosk_by_hand import CENTER, CITY, RANDOM, REGISTRY, SHOP, Session, Town, code_of, sign, touch, until

from itaku.basis.randomness import new_issuance_id
from itaku.basis.yen import Yen
from itaku.issuance.municipality import feed
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol import shop_messages as s
from itaku.issuance.protocol.challenges import CHALLENGE_LIFE_MS, ChallengeFacts, sign_challenge
from itaku.issuance.protocol.kinds import ResidentRecordOptions, SealRegistrationOptions
from itaku.issuance.protocol.receipts import ReceiptRefusedError, check_receipt
from itaku.issuance.protocol.sealing import NotOpenedError, SessionSecret
from itaku.issuance.transport.identity import Role
from itaku.sandbox.town import CODE


def refused_bytes(body: bytes) -> str:
    return code_of(m.decode_answer(body))


# ---- bytes that are no message


def spoiled(message: bytes, seed: int) -> bytes:
    """A message with a few bytes changed, cut short, or grown."""
    chance = random.Random(seed)
    data = bytearray(message)
    match seed % 4:
        case 0:
            return bytes(data[: chance.randrange(len(data))])
        case 1:
            return bytes(data) + chance.randbytes(1 + chance.randrange(9))
        case 2:
            return chance.randbytes(chance.randrange(400))
        case _:
            # Heads and short strings, where the types stand: a change of a key's random bytes would stay a message.
            for _ in range(3):
                data[chance.randrange(24)] = chance.randrange(256)
            return bytes(data)


def odd(change: dict[str, object]) -> bytes:
    """A Permit whose fields are not what they should be."""
    plain = {"type": "Permit", "issuance_id": bytes(16), "kiosk": "k09", "digest": bytes(32)}
    return msgspec.msgpack.encode(plain | change)


MALFORMED = {
    "nothing": b"",
    "an unknown field": odd({"name": "x"}),
    "an unknown message": odd({"type": "Grant"}),
    "no message's name": msgspec.msgpack.encode({"issuance_id": bytes(16), "kiosk": "k09"}),
    "a short id": odd({"issuance_id": bytes(15)}),
    "a long id": odd({"issuance_id": bytes(17)}),
    "a text as id": odd({"issuance_id": "0" * 16}),
    "a short digest": odd({"digest": bytes(31)}),
    "a kiosk of capital letters": odd({"kiosk": "K09"}),
    "a kiosk with a line break": odd({"kiosk": "k09\n"}),
    "a kiosk that is no text": odd({"kiosk": 9}),
    "bytes that are no UTF-8": odd({"kiosk": "k09"}).replace(b"k09", b"k\xff9"),
    "a field's name that is no UTF-8": odd({"kiosk": "k09"}).replace(b"kiosk", b"kios\xff"),
    "a float for sheets": odd({"type": "Delivered", "sheets": 1.5}),
    "a huge number of sheets": odd({"type": "Delivered", "sheets": 2**64 - 1}),
    "a negative number of sheets": odd({"type": "Delivered", "sheets": -1}),
    "a list": msgspec.msgpack.encode(["Permit", bytes(16), "k09", bytes(32)]),
    "a deep list": b"\x91" * 20_000,
    "a deep map": b"\x81\xa1a" * 9_000,
    "a list of four thousand million": b"\xdd\xff\xff\xff\xff",
    "bytes of four thousand million": b"\xc6\xff\xff\xff\xff",
    "an extension": b"\xc7\x01\x05x",
    "JSON": b'{"type":"Permit"}',
    "an answer": m.encode(m.PermitOk(new_issuance_id(RANDOM), "k09")),
    "a reason that no database can keep": m.encode(m.Abandon(new_issuance_id(RANDOM), "k09", reason="a\x00b")),
    "a reason that tells a story": m.encode(m.Abandon(new_issuance_id(RANDOM), "k09", reason="Yamada, Taro")),
}


@pytest.mark.parametrize("what", MALFORMED)
async def test_bytes_that_are_no_request_are_refused_as_malformed(town, what):
    assert refused_bytes(await town.kiosk("k09").send(MALFORMED[what])) == "malformed"


async def test_four_hundred_spoiled_messages_each_get_a_coded_refusal_and_leave_no_trace(town):
    k09 = town.kiosk("k09")
    whole = [m.encode(m.Permit(new_issuance_id(RANDOM), "k09", digest=bytes(32)))]
    session = k09.session()
    whole.append(m.encode(await session.open_request()))
    before = await town.sandbox.center("SELECT count(*) FROM issuance")
    bodies = [spoiled(whole[seed % 2], seed) for seed in range(400)]
    codes = {refused_bytes(answer) for answer in await asyncio.gather(*map(k09.send, bodies))}
    assert "malformed" in codes
    assert codes <= {"malformed", "not_allowed", "unknown_issuance", "build_not_approved"}
    assert await town.sandbox.center("SELECT count(*) FROM issuance") == before


async def test_every_node_refuses_what_it_cannot_read(town):
    lines = [
        (town.client(town.files("relay-1", Role.RELAY), CENTER), "/m"),
        (town.client(town.files(*CENTER), CITY), "/m"),
        (town.client(town.files(REGISTRY, Role.REGISTRY), CITY), "/feed"),
    ]
    for client, path in lines:
        for body in (b"", b"\xff", b"\x91" * 2000, *MALFORMED.values()):
            assert refused_bytes(await client.post(path, body, 10)) == "malformed", path
    shop = town.client(town.files("k01", Role.KIOSK), SHOP)
    bad_text = s.encode_shop(s.Assist(kiosk="k01", at_ms=0)).replace(b"k01", b"k\xff1")
    for body in (b"", b"\xff", b"\x91" * 2000, bad_text, odd({})):
        reply = s.decode_shop_reply(await shop.post("/shop", body, 10))
        assert isinstance(reply, s.ShopRefused)
        assert reply.code == "malformed"


# ---- bytes that are too many


async def test_a_request_above_the_limit_is_refused_unread(town):
    status, body = await town.kiosk("k09").raw(bytes(m.MAX_REQUEST_BYTES + 1))
    assert (status, refused_bytes(body)) == (413, "too_large")


async def test_a_request_at_the_limit_is_read(town):
    status, body = await town.kiosk("k09").raw(bytes(m.MAX_REQUEST_BYTES))
    assert (status, refused_bytes(body)) == (200, "malformed")


async def test_a_request_of_unsaid_length_is_refused_unread(town):
    async def drip():
        for _ in range(3):
            yield bytes(100)

    status, body = await town.kiosk("k09").raw(drip())
    assert (status, refused_bytes(body)) == (413, "too_large")


async def test_a_compressed_request_is_not_unpacked(town):
    bomb = zlib.compress(bytes(8_000_000), 9)
    status, body = await town.kiosk("k09").raw(bomb, **{"Content-Encoding": "deflate"})
    assert (status, refused_bytes(body)) == (200, "malformed")


# ---- the same again


async def test_a_repeated_message_gets_the_same_answer_and_counts_once(town):
    session = await town.kiosk().prepared()
    opened = await session.open_request(at_ms=0)
    # The first Open said another time: only the very same request is a repetition.
    assert code_of(await session.hand.ask(opened)) == "conflict"
    assert await session.permit() == await session.permit()
    assert await session.delivered() == await session.delivered()
    receipt = session.receipt()
    assert await session.erased(receipt) == await session.erased(receipt)
    assert await town.state(session.id) == "closed"
    events = await town.sandbox.center("SELECT event FROM issuance_event WHERE issuance_id = $1", session.id)
    for event in ("Permit", "Delivered", "Erased"):
        assert [row["event"] for row in events].count(event) == 1


async def test_a_repeated_open_and_apply_give_the_same_challenge_and_the_same_sealed_bytes(town):
    session = town.kiosk().session()
    request = await session.open_request()
    first, second = await session.hand.ask(request), await session.hand.ask(request)
    assert isinstance(first, m.OpenOk)
    assert first == second
    session.ok = first
    apply = await session.apply_request()
    answers = await asyncio.gather(*(session.hand.ask(apply) for _ in range(4)))
    assert isinstance(answers[0], m.Prepared)
    assert all(answer == answers[0] for answer in answers)


async def test_the_same_key_with_other_content_is_a_conflict_and_an_incident(town):
    session = await town.kiosk().prepared()
    await session.permit()
    assert code_of(await session.permit(bytes(32))) == "conflict"
    await session.delivered()
    assert code_of(await session.delivered(sheets=7)) == "conflict"
    await session.erased()
    assert code_of(await session.erased(msgspec.structs.replace(session.receipt(), erased_ms=1))) == "conflict"
    assert await town.state(session.id) == "closed"
    assert (await town.incidents(session.id)).count("other_content") == 3


async def test_a_second_application_in_one_session_is_a_conflict_and_the_first_goes_on(town):
    session = await town.kiosk().prepared()
    other = await session.apply_request(session.application(ResidentRecordOptions(individual_number=True)))
    assert code_of(await session.hand.ask(other)) == "conflict"
    signed_again = msgspec.structs.replace(await session.apply_request(), signature=bytes(256))
    assert code_of(await session.hand.ask(signed_again)) == "conflict"
    await session.to_the_end()
    assert "second_application" in await town.incidents(session.id)


async def test_another_signature_sent_while_the_first_is_rendered_does_not_strand_the_document(town):
    session = await town.kiosk().opened("r0002")
    good = await session.apply_request()
    bad = msgspec.structs.replace(good, signature=bytes(256))
    first = asyncio.create_task(session.hand.ask(good))

    async def rendering() -> bool:
        return await town.city_state(session.id) is not None

    await until(rendering, every_s=0)
    conflict, prepared = await session.hand.ask(bad), await first
    assert code_of(conflict) == "conflict"
    assert isinstance(prepared, m.Prepared)
    assert await town.state(session.id) == "prepared"
    assert await town.city_state(session.id) == "ready"


# ---- in another order


async def test_messages_out_of_order_are_refused_and_move_nothing(town):
    session = await town.kiosk().opened()
    session.digest = bytes(32)
    assert code_of(await session.permit()) == "wrong_state"
    assert code_of(await session.delivered()) == "conflict"
    assert code_of(await session.refunded()) == "conflict"
    assert code_of(await session.erased()) == "conflict"
    assert await town.state(session.id) == "opened"
    assert isinstance(await session.apply(), m.Prepared)
    assert code_of(await session.delivered()) == "conflict"
    assert await town.state(session.id) == "prepared"
    assert isinstance(await session.permit(), m.PermitOk)
    assert code_of(await session.erased()) == "conflict"
    assert await town.state(session.id) == "permitted"
    assert isinstance(await session.delivered(), m.DeliveredOk)
    assert code_of(await session.refunded()) == "conflict"
    assert code_of(await session.abandon()) == "conflict"
    assert isinstance(await session.erased(), m.ErasedOk)


async def test_nothing_follows_an_abandoned_session(town):
    session = await town.kiosk().opened()
    request = await session.apply_request()
    assert isinstance(await session.abandon(), m.AbandonOk)
    assert code_of(await session.hand.ask(request)) == "ended"
    assert code_of(await session.permit()) == "ended"
    assert code_of(await session.delivered()) == "conflict"
    assert isinstance(await session.abandon("not_paid"), m.Refused | m.AbandonOk)
    assert await town.state(session.id) == "abandoned"


async def test_an_abandon_that_overtakes_its_open_leaves_a_tombstone(town):
    session = town.kiosk().session()
    assert isinstance(await session.abandon(), m.AbandonOk)
    assert code_of(await session.open()) == "ended"
    assert await town.state(session.id) == "abandoned"


@pytest.mark.parametrize("message", ["permit", "delivered", "refunded", "erased"])
async def test_a_session_that_was_never_opened_is_unknown(town, message):
    session = town.kiosk().session()
    assert code_of(await getattr(session, message)()) == "unknown_issuance"
    assert await town.state(session.id) is None


async def test_a_second_open_under_a_used_id_with_another_key_is_a_conflict(town):
    session = await town.kiosk().opened()
    answer = await session.hand.ask(await session.open_request(session_key=SessionSecret().public))
    assert code_of(answer) == "conflict"
    assert "other_content" in await town.incidents(session.id)


async def test_the_outcome_is_the_centers_to_tell(town):
    session = await town.kiosk().prepared()
    told = m.Outcome(*session.key, municipality=CODE, delivered=True)
    assert code_of(await session.hand.ask(told)) == "not_allowed"
    at_center = town.client(town.files("relay-1", Role.RELAY), CENTER)
    assert refused_bytes(await at_center.post("/m", m.encode(told), 10)) == "not_allowed"
    assert await town.city_state(session.id) == "ready"


# ---- across sessions and kiosks


async def test_a_kiosk_may_not_speak_in_another_kiosks_name(town):
    k01, k02 = town.kiosk("k01"), town.kiosk("k02")
    session = await k02.opened()
    assert code_of(await k01.ask(m.Abandon(*session.key, reason="cancelled"))) == "not_allowed"
    assert await town.state(session.id) == "opened"


async def test_a_kiosk_that_is_not_registered_opens_nothing(town):
    assert code_of(await town.kiosk("k09").session().open()) == "not_allowed"


async def test_another_kiosk_can_neither_end_nor_permit_nor_deliver_a_session(town):
    mine, other = await town.kiosk("k01").prepared(), town.kiosk("k02")
    for request in (
        m.Abandon(mine.id, "k02", reason="cancelled"),
        m.Permit(mine.id, "k02", digest=mine.digest),
        m.Delivered(mine.id, "k02", digest=mine.digest, sheets=mine.sheets()),
        m.Refunded(mine.id, "k02", digest=mine.digest, sheets=0, reason="paper_jam"),
        m.Erased(mine.id, "k02", receipt=mine.receipt()),
    ):
        assert code_of(await other.ask(request)) == "conflict"
    assert await town.state(mine.id) == "prepared"
    assert (await town.incidents(mine.id)).count("another_kiosk") == 5
    await mine.to_the_end()


async def test_the_digest_of_another_session_permits_and_delivers_nothing(town):
    mine, other = await town.kiosk().prepared(), await town.kiosk().prepared("r0002")
    assert code_of(await mine.permit(other.digest)) == "digest_mismatch"
    assert isinstance(await mine.permit(), m.PermitOk)
    assert code_of(await mine.delivered(digest=other.digest)) == "digest_mismatch"
    assert code_of(await mine.delivered(sheets=mine.sheets() + 1)) == "digest_mismatch"
    assert await town.state(mine.id) == "permitted"


async def test_a_document_opens_in_its_own_session_only(town):
    mine, other = await town.kiosk().prepared(), await town.kiosk().prepared("r0002")
    assert mine.answer is not None
    assert mine.secret.open(mine.answer.sealed, mine.digest).startswith(b"%PDF-")
    for secret, digest in ((other.secret, mine.digest), (other.secret, other.digest), (mine.secret, other.digest)):
        with pytest.raises(NotOpenedError):
            secret.open(mine.answer.sealed, digest)
    mine.secret.destroy()
    with pytest.raises(NotOpenedError):
        mine.secret.open(mine.answer.sealed, mine.digest)


async def test_the_challenge_of_another_session_is_refused(town):
    mine, other = await town.kiosk().opened(), await town.kiosk().opened("r0002")
    assert other.ok is not None
    borrowed = await mine.apply_request(mine.application(challenge=other.ok.challenge))
    assert code_of(await mine.hand.ask(borrowed)) == "digest_mismatch"
    token_of_other = await mine.apply_request(challenge_token=other.ok.challenge_token)
    assert code_of(await mine.hand.ask(token_of_other)) == "digest_mismatch"


async def test_the_application_of_another_session_is_refused(town):
    mine, other = await town.kiosk().opened(), await town.kiosk().opened("r0002")
    for application in (
        mine.application(issuance_id=other.id),
        mine.application(kiosk="k02"),
        mine.application(session_key=other.secret.public),
        mine.application(municipality="131016"),
    ):
        assert code_of(await mine.hand.ask(await mine.apply_request(application))) == "digest_mismatch"
    assert await town.state(mine.id) == "opened"
    assert isinstance(await mine.apply(), m.Prepared)


async def test_a_fee_that_the_center_does_not_ask_is_refused(town):
    session = await town.kiosk().opened()
    for fee, copies in ((0, 1), (299, 1), (300, 2)):
        request = await session.apply_request(session.application(fee_yen=Yen(fee), copies=copies))
        assert code_of(await session.hand.ask(request)) == "fee_changed"


async def test_a_signature_by_another_card_or_over_another_digest_is_refused(town):
    for card, digest in (("r0002", None), ("r0001", bytes(32))):
        session = await town.kiosk().opened()
        request = await session.apply_request()
        signature = await sign(town.card(card), digest or request.digest)
        forged = msgspec.structs.replace(request, signature=signature)
        assert code_of(await session.hand.ask(forged)) == "signature_invalid"
        assert await town.state(session.id) == "refused"
        assert await town.city_state(session.id) == "void"


async def test_a_session_key_that_cannot_be_one_is_refused_before_anything_rests_on_it(town):
    for key in (bytes(1216), b"\xff" * 1216):
        session = town.kiosk().session()
        assert code_of(await session.open(session_key=key)) == "malformed"
        assert await town.state(session.id) is None


# ---- cards


STORIES = {
    "expired": "card_expired",
    "revoked": "card_revoked",
    "not_yet_valid": "card_not_yet_valid",
    "foreign_ca": "card_unknown_issuer",
}


def card_with(town: Town, story: str) -> str:
    return next(card.id for card in town.cards.values() if card.kind.value == story)


@pytest.mark.parametrize("story", STORIES)
async def test_a_card_that_does_not_count_is_refused_at_open(town, story):
    session = town.kiosk().session(card_with(town, story))
    assert code_of(await session.open()) == STORIES[story]
    assert await town.state(session.id) is None


async def challenged(town: Town, session: Session, **changes) -> None:
    """The center's own challenge for a session that the center never opened: the municipality must judge by itself."""
    key = load_pem_private_key(town.pki.signing("center-challenge").key.read_bytes(), None)
    now = town.now()
    facts = ChallengeFacts(
        issuance_id=session.id,
        kiosk=session.hand.name,
        municipality=CODE,
        challenge=RANDOM.token(32),
        issued_ms=now,
        expires_ms=now + CHALLENGE_LIFE_MS,
    )
    facts = msgspec.structs.replace(facts, **changes)
    session.ok = m.OpenOk(
        *session.key,
        municipality=CODE,
        municipality_ja="",
        municipality_en="",
        menu=(),
        challenge=facts.challenge,
        challenge_token=sign_challenge(facts, key),
    )


@pytest.mark.parametrize("story", STORIES)
async def test_a_card_that_does_not_count_is_refused_again_end_to_end_at_the_municipality(town, story):
    session = town.kiosk().session(card_with(town, story))
    await challenged(town, session)
    assert code_of(await town.ask_city(await session.apply_request())) == STORIES[story]
    assert await town.city_state(session.id) == "void"


@pytest.mark.parametrize(
    ("moved_ms", "code"), [(-CHALLENGE_LIFE_MS - 60_000, "challenge_expired"), (3_600_000, "clock_apart")]
)
async def test_the_municipality_judges_the_challenges_age_by_itself(town, moved_ms, code):
    session = town.kiosk().session()
    issued = town.now() + moved_ms
    await challenged(town, session, issued_ms=issued, expires_ms=issued + CHALLENGE_LIFE_MS)
    assert code_of(await town.ask_city(await session.apply_request())) == code


async def test_a_challenge_that_the_center_did_not_sign_is_refused(town):
    session = town.kiosk().session()
    await challenged(town, session)
    assert session.ok is not None
    forged = bytearray(session.ok.challenge_token)
    forged[-1] ^= 1
    for token in (bytes(forged), b"", b"\xff", bytes(1024)):
        session = town.kiosk().session()
        await challenged(town, session)
        request = await session.apply_request(challenge_token=token)
        assert code_of(await town.ask_city(request)) == "signature_invalid"


@pytest.mark.parametrize("apart_ms", [91_000, -91_000, 600_000])
async def test_a_kiosk_whose_clock_is_minutes_off_is_refused(town, apart_ms):
    session = town.kiosk().session()
    assert code_of(await session.open(at_ms=max(0, town.now() + apart_ms))) == "clock_apart"
    assert await town.state(session.id) is None


async def test_a_kiosk_whose_clock_is_a_minute_off_is_served(town):
    assert isinstance(await town.kiosk().session().open(at_ms=town.now() - 60_000), m.OpenOk)


# ---- the municipality's own refusals


def shown(town: Town, words: str) -> str:
    return next(card.id for card in town.cards.values() if words in card.label_en)


async def test_a_character_that_the_font_lacks_is_refused_before_payment(town):
    session = await town.kiosk().opened(shown(town, "font lacks"))
    assert code_of(await session.apply()) == "glyph_missing"
    assert await town.state(session.id) == "refused"
    assert code_of(await session.permit()) == "glyph_missing"


async def test_a_gap_in_the_feed_stops_issuing_until_it_is_filled(town):
    registry = town.client(town.files(REGISTRY, Role.REGISTRY), CITY)

    async def feed_with(request) -> feed.FeedAnswer:
        return feed.decode_answer(await registry.post("/feed", feed.encode(request), 10))

    # Ended, not frozen: it must ask anew which number is wanted after another has fed in its place.
    town.sandbox.supervisor.end(REGISTRY)
    try:
        wanted = (await feed_with(feed.Inquiry())).wanted_seq
        gap = await feed_with(feed.Delta(wanted + 2, town.now()))
        assert (gap.outcome, gap.proven) == (feed.Outcome.GAP, False)
        session = await town.kiosk().opened()
        assert code_of(await session.apply()) == "replica_stale"
        for seq in range(wanted, wanted + 3):
            answer = await feed_with(feed.Delta(seq, town.now()))
        assert answer.proven
        await (await town.kiosk().prepared()).to_the_end()
    finally:
        town.sandbox.supervisor.restart(REGISTRY)


async def test_a_silent_register_makes_the_replica_stale(town):
    supervisor = town.sandbox.supervisor
    supervisor.freeze(REGISTRY)
    try:
        await town.sandbox.municipality("UPDATE replica_state SET as_of = as_of - interval '6 minutes'")
        session = await town.kiosk().opened()
        assert code_of(await session.apply(SealRegistrationOptions())) == "replica_stale"
        assert await town.state(session.id) == "refused"
    finally:
        supervisor.thaw(REGISTRY)

    async def issued() -> bool:
        return isinstance(await (await town.kiosk().opened()).apply(), m.Prepared)

    await until(issued, every_s=0.5)


# ---- erasure receipts


async def test_an_erasure_receipt_holds_offline_and_is_kept_by_the_center(town):
    session = await (await town.kiosk().prepared()).to_the_end()
    row = (await town.sandbox.center("SELECT body FROM issuance WHERE issuance_id = $1", session.id))[0]
    kept = msgspec.msgpack.decode(row["body"])["receipt"]
    receipt = msgspec.convert(kept, m.Receipt)
    ca = x509.load_pem_x509_certificate(town.pki.ca.read_bytes())
    erased = session.receipt().session_key_sha256
    check_receipt(receipt, session.id, "k01", erased, ca)
    for changed in ({"erased_ms": receipt.erased_ms + 1}, {"signature": receipt.signature[:-1] + b"\x00"}):
        with pytest.raises(ReceiptRefusedError):
            check_receipt(msgspec.structs.replace(receipt, **changed), session.id, "k01", erased, ca)


async def test_receipts_of_others_and_altered_receipts_are_refused_and_the_session_stays_open_for_the_right_one(town):
    mine, other = await town.kiosk("k01").prepared(), await town.kiosk("k01").prepared("r0002")
    await mine.permit()
    await mine.delivered()
    right = mine.receipt()
    wrong = [
        mine.receipt(of=other),
        mine.receipt(by=town.kiosk("k02")),
        msgspec.structs.replace(right, erased_ms=right.erased_ms - 1),
        msgspec.structs.replace(right, signature=b"x"),
        msgspec.structs.replace(right, certificate=b"\x30\x00"),
        msgspec.structs.replace(right, certificate=await (await touch(mine.card)).certificate()),
        msgspec.structs.replace(right, session_key_sha256=bytes(32)),
    ]
    for receipt in wrong:
        assert code_of(await mine.erased(receipt)) == "signature_invalid"
    assert await town.state(mine.id) == "delivered"
    assert isinstance(await mine.erased(right), m.ErasedOk)
    assert (await town.incidents(mine.id)).count("receipt_refused") == len(wrong)
